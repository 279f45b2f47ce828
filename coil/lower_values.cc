// Operands to values, and back.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "coil/lower_function.h"
#include "formats/coil/floats.h"

namespace cmos::casm {
namespace {

using coil::OperandKind;

/// As a slot of the number's type holds it.
std::uint64_t in_range(std::uint64_t bits, const Number& number) {
  if (number.type != CbcType::kI32) return bits;
  bits = number.is_signed ? static_cast<std::uint64_t>(sign_extend(bits, number.width))
                          : bits & (~std::uint64_t{0} >> (64 - 8 * number.width));
  return bits & 0xffff'ffff;
}

}  // namespace

Value FunctionLowering::constant(std::uint64_t bits, const Number& number) {
  const CbcVariable out = code_.temporary(number.type);
  code_.constant(out, in_range(bits, number));
  return {out, number};
}

void FunctionLowering::constant_in(CbcVariable to, const Operand* one, const Number& number) {
  const auto bits = one == nullptr ? std::optional<std::uint64_t>(0) : immediate_bits(*one, number);
  code_.constant(to, in_range(bits.value_or(0), number));
}

/// A weakly typed number: it is what its place wants.
Value FunctionLowering::immediate(const Operand& one, std::optional<Number> wanted) {
  const Number number = wanted ? *wanted : number_of(one.type).value_or(kInt64);
  return constant(immediate_bits(one, number).value_or(0), number);
}

CbcVariable FunctionLowering::register_variable(const Operand& one) {
  const auto key = static_cast<std::uint16_t>(one.type.code() << 8 | one.id);
  const auto known = registers_.find(key);
  if (known != registers_.end()) return known->second;
  const bool general = one.type.code() == coil::type::kGeneralRegister;
  return registers_[key] = code_.variable(general ? CbcType::kI64 : CbcType::kF64);
}

CbcVariable FunctionLowering::address_constant(std::uint64_t value) {
  return constant(value, kAddress).variable;
}

CbcVariable FunctionLowering::frame_address(std::uint32_t offset) {
  const CbcVariable out = code_.temporary(CbcType::kI64);
  code_.copy(out, *frame_);
  if (offset != 0) code_.immediate("add.i64", out, static_cast<std::int32_t>(offset));
  return out;
}

/// A part of an address, in 64 bits.
CbcVariable FunctionLowering::part(coil::Memory::Part kind, std::uint16_t id) {
  using Part = coil::Memory::Part;
  if (kind == Part::kVariable) {
    const Home* found = home(id);
    if (found != nullptr && found->offset && !number_of(found->type))
      return frame_address(*found->offset);
    return wide(read(coil::variable_operand(id))).variable;
  }
  if (kind == Part::kRegister) {
    return register_variable(
        coil::register_operand(coil::type::kGeneralRegister, static_cast<std::uint8_t>(id)));
  }
  const auto address = program_.address_of(id);
  if (!address) refuse("bytecode has no address of this symbol");
  return address_constant(address.value_or(0));
}

CbcVariable FunctionLowering::address(const Operand& one) {
  using Part = coil::Memory::Part;
  const coil::Memory& memory = one.memory;
  if (memory.base == Part::kNone && memory.index == Part::kNone)
    return address_constant(memory.has_displacement
                                ? static_cast<std::uint64_t>(std::int64_t{memory.displacement})
                                : memory.address);
  if (memory.index == Part::kNone && !memory.has_displacement)
    return part(memory.base, memory.base_id);
  const CbcVariable out = code_.temporary(CbcType::kI64);
  if (memory.index != Part::kNone) {
    code_.copy(out, part(memory.index, memory.index_id));
    if (memory.scale != 1) code_.immediate("mul.i64", out, memory.scale);
  }
  if (memory.base != Part::kNone) {
    const CbcVariable base = part(memory.base, memory.base_id);
    if (memory.index != Part::kNone)
      code_.typed("add", out, out, base);
    else
      code_.copy(out, base);
  }
  if (memory.has_displacement && memory.displacement != 0)
    code_.immediate("add.i64", out, memory.displacement);
  return out;
}

Value FunctionLowering::load(CbcVariable at, const Number& number) {
  const CbcVariable out = code_.temporary(number.type);
  code_.load(number.access(), out, at);
  if (number.whole() && !number.is_signed && number.width < 4) narrow(out, number);
  return {out, number};
}

void FunctionLowering::store(CbcVariable at, const Value& value) {
  code_.store(value.number.access(), at, value.variable);
}

Value FunctionLowering::read(const Operand& one, std::optional<Number> wanted) {
  switch (one.kind) {
    case OperandKind::kImmediate:
      return immediate(one, wanted);
    case OperandKind::kVariable:
    case OperandKind::kTypedVariable: {
      const Home* found = home(one.id);
      if (found == nullptr) return constant(0, wanted.value_or(kInt32));
      if (found->lanes.size() > 1 || (found->offset && !number_of(found->type))) {
        refuse(fmt::format("#{} is no single number", one.id));
        return constant(0, wanted.value_or(kInt32));
      }
      Value out = found->offset ? load(frame_address(*found->offset), *found->number)
                                : Value{found->lanes[0], *found->number};
      return wanted ? as(out, *wanted) : out;
    }
    case OperandKind::kRegister: {
      const CbcVariable variable = register_variable(one);
      const Value out{variable, variable.type == CbcType::kF64 ? kDouble : kAddress};
      return wanted ? as(out, *wanted) : out;
    }
    case OperandKind::kMemory: {
      const Number number = number_at(one).value_or(wanted.value_or(kInt64));
      const Value out = load(address(one), number);
      return wanted ? as(out, *wanted) : out;
    }
    case OperandKind::kSymbol:
    case OperandKind::kTypedSymbol: {
      const auto place = program_.address_of(one.id);
      if (!place) refuse("bytecode has no address of this symbol");
      const Value out{address_constant(place.value_or(0)), kAddress};
      return wanted ? as(out, *wanted) : out;
    }
    default:
      refuse("an operand that is no value");
      return constant(0, wanted.value_or(kInt32));
  }
}

Value FunctionLowering::read_lane(const Operand& one, std::size_t lane, Number element) {
  if (one.kind == OperandKind::kVariable) {
    const Home* found = home(one.id);
    if (found != nullptr && found->lanes.size() > 1) {
      if (lane >= found->lanes.size()) refuse("vectors of different lengths");
      return as({found->lanes[std::min(lane, found->lanes.size() - 1)], *found->number}, element);
    }
  }
  if (one.kind == OperandKind::kImmediate && !one.data.empty()) {
    return constant(list_element(one, lane, element.width), element);
  }
  return read(one, element);  // one number for all lanes
}

/// 8 and 16 bits are kept in their type's range.
void FunctionLowering::narrow(CbcVariable variable, const Number& number) {
  if (number.type != CbcType::kI32 || number.width == 4) return;
  const std::int32_t mask = number.width == 1 ? 0xff : 0xffff;
  code_.immediate("and.i32", variable, mask);
  if (!number.is_signed) return;
  const std::int32_t sign = number.width == 1 ? 0x80 : 0x8000;
  code_.immediate("xor.i32", variable, sign);
  code_.immediate("sub.i32", variable, sign);
}

Value FunctionLowering::wide(const Value& value) {
  if (value.number.type == CbcType::kI64 || !value.number.whole()) return value;
  const CbcVariable out = code_.temporary(CbcType::kI64);
  code_.op("i32.to.i64", out, value.variable);
  if (!value.number.is_signed && value.number.width == 4)
    code_.typed("and", out, out, constant(0xffff'ffff, kInt64).variable);
  return {out, kInt64};
}

/// Towards zero, to the nearest that there is.
Value FunctionLowering::float_to_whole(const Value& from, const Number& wanted) {
  if (from.number.type == CbcType::kF32 && wanted == kInt32) {
    const CbcVariable out = code_.temporary(CbcType::kI32);
    code_.op("f32.to.i32", out, from.variable);
    return {out, wanted};
  }
  const Value real = as(from, kDouble);
  const CbcVariable out = code_.temporary(CbcType::kI64);
  code_.op("f64.to.i64", out, real.variable);
  if (wanted.width == 8) {
    if (!wanted.is_signed) refuse("bytecode has no conversion from floats to 64 bits without sign");
    return {out, wanted};
  }
  const unsigned bits = 8u * wanted.width;
  const std::int64_t most = (std::int64_t{1} << (wanted.is_signed ? bits - 1 : bits)) - 1;
  const std::int64_t least = wanted.is_signed ? -most - 1 : 0;
  for (const auto& [limit, condition] : {std::pair(most, "le"), std::pair(least, "ge")}) {
    const CbcVariable bound = constant(static_cast<std::uint64_t>(limit), kInt64).variable;
    const CbcCode::Label fine = code_.label();
    code_.branch_if(condition, out, bound, fine);
    code_.copy(out, bound);
    code_.place(fine);
  }
  const CbcVariable narrow_ = code_.temporary(CbcType::kI32);
  code_.op("i64.to.i32", narrow_, out);
  return {narrow_, wanted};
}

void FunctionLowering::whole_to_float(const Value& from, CbcVariable to) {
  if (from.number.width == 8 && !from.number.is_signed)
    return refuse("bytecode has no conversion from 64 bits without sign to floats");
  const bool exact =
      from.number.type == CbcType::kI32 && (from.number.is_signed || from.number.width < 4);
  if (exact && to.type == CbcType::kF32) return code_.op("i32.to.f32", to, from.variable);
  if (to.type == CbcType::kF64) return code_.op("i64.to.f64", to, wide(from).variable);
  if (from.number.width == 8) return refuse("bytecode rounds 64 bits to FP32 twice: use FP64");
  const CbcVariable real = code_.temporary(CbcType::kF64);
  code_.op("i64.to.f64", real, wide(from).variable);
  code_.op("f64.to.f32", to, real);
}

Value FunctionLowering::as(const Value& value, const Number& wanted) {
  if (value.number == wanted) return value;
  if (!wanted.whole()) {
    const CbcVariable out = code_.temporary(wanted.type);
    if (value.number.whole())
      whole_to_float(value, out);
    else if (value.number.type == wanted.type)
      return {value.variable, wanted};
    else
      code_.op(wanted.type == CbcType::kF64 ? "f32.to.f64" : "f64.to.f32", out, value.variable);
    return {out, wanted};
  }
  if (!value.number.whole()) return float_to_whole(value, wanted);
  if (wanted.type == CbcType::kI64) return {wide(value).variable, wanted};
  CbcVariable out = value.variable;
  const bool fits = value.number.type == CbcType::kI32 && value.number.width <= wanted.width &&
                    (value.number.is_signed == wanted.is_signed || wanted.width == 4);
  if (fits) return {out, wanted};
  out = code_.temporary(CbcType::kI32);
  if (value.number.type == CbcType::kI64)
    code_.op("i64.to.i32", out, value.variable);
  else
    code_.copy(out, value.variable);
  narrow(out, wanted);
  return {out, wanted};
}

std::optional<CbcVariable> FunctionLowering::direct(const Operand& to, const Number& number) {
  if (to.kind != OperandKind::kVariable) return std::nullopt;
  const Home* found = home(to.id);
  if (found == nullptr || found->offset || found->lanes.size() != 1 || *found->number != number)
    return std::nullopt;
  return found->lanes[0];
}

void FunctionLowering::write(const Operand& to, const Value& value) {
  switch (to.kind) {
    case OperandKind::kVariable:
    case OperandKind::kTypedVariable: {
      const Home* found = home(to.id);
      if (found == nullptr) return;
      if (found->lanes.size() > 1 || !number_of(found->type))
        return refuse(fmt::format("#{} is no single number", to.id));
      const Value out = as(value, *found->number);
      if (found->offset) return store(frame_address(*found->offset), out);
      return code_.copy(found->lanes[0], out.variable);
    }
    case OperandKind::kRegister: {
      const CbcVariable variable = register_variable(to);
      return code_.copy(variable,
                        as(value, variable.type == CbcType::kF64 ? kDouble : kAddress).variable);
    }
    case OperandKind::kMemory: {
      const Number number = number_at(to).value_or(value.number);
      return store(address(to), as(value, number));
    }
    default:
      return refuse("nothing can be put there");
  }
}

}  // namespace cmos::casm
