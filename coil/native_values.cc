// Operands to values, and back.
#include <bit>

#include "coil/native_function.h"
#include "formats/coil/floats.h"

namespace cmos::casm::native {
namespace {

using coil::OperandKind;

}  // namespace

Value FunctionCompiler::constant(std::uint64_t bits, const Number& number) const {
  if (number.whole()) return {fmt::format("{}", sign_extend(bits, number.width)), number};
  // LLVM writes both kinds of floats as the bits of a double.
  const std::uint64_t wide =
      number.width == 8 ? bits
                        : std::bit_cast<std::uint64_t>(
                              double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))});
  return {fmt::format("0x{:016X}", wide), number};
}

std::string FunctionCompiler::register_pointer(const Operand& one) {
  const auto key = static_cast<std::uint16_t>(one.type.code() << 8 | one.id);
  const auto known = registers_.find(key);
  if (known != registers_.end()) return known->second;
  const bool general = one.type.code() == coil::type::kGeneralRegister;
  const std::string made = alloca_of(general ? "i64" : "double", 8);
  head_ += fmt::format("  store {}, {}* {}\n", general ? "i64 0" : "double 0.0",
                       general ? "i64" : "double", made);
  return registers_[key] = made;
}

std::string FunctionCompiler::sum(const std::string& a, const std::string& b) {
  return a == "0" ? b : let("add i64 {}, {}", a, b);
}

/// A part of an address, in 64 bits.
std::string FunctionCompiler::part(coil::Memory::Part kind, std::uint16_t id) {
  using Part = coil::Memory::Part;
  if (kind == Part::kVariable) {
    const Home* found = home(id);
    if (found != nullptr && !found->memory.empty() && found->lanes.empty()) return found->memory;
    return wide(read(coil::variable_operand(id)));
  }
  if (kind == Part::kRegister) {
    return wide(
        read(coil::register_operand(coil::type::kGeneralRegister, static_cast<std::uint8_t>(id))));
  }
  const auto address = program_.address_of(id);
  if (!address) refuse("native code has no address of this symbol");
  return address.value_or("0");
}

std::string FunctionCompiler::address(const Operand& one) {
  using Part = coil::Memory::Part;
  const coil::Memory& memory = one.memory;
  std::string out = "0";
  if (memory.base == Part::kNone && memory.index == Part::kNone && !memory.has_displacement)
    return fmt::format("{}", memory.address);
  if (memory.index != Part::kNone) {
    out = part(memory.index, memory.index_id);
    if (memory.scale != 1) out = let("mul i64 {}, {}", out, memory.scale);
  }
  if (memory.base != Part::kNone) out = sum(out, part(memory.base, memory.base_id));
  if (memory.has_displacement) out = sum(out, fmt::format("{}", memory.displacement));
  return out;
}

/// The value with its bytes the other way round.
Value FunctionCompiler::swap(const Value& value) {
  if (value.number.width == 1) return value;
  const unsigned bits = 8u * value.number.width;
  const std::string type = type_of(value.number);
  std::string raw = value.text;
  if (!value.number.whole()) raw = let("bitcast {} {} to i{}", type, raw, bits);
  raw = let("call i{0} @llvm.bswap.i{0}(i{0} {1})", bits, raw);
  if (!value.number.whole()) raw = let("bitcast i{} {} to {}", bits, raw, type);
  return {raw, value.number};
}

Value FunctionCompiler::load_pointer(const std::string& pointer, const Number& number, bool swapped,
                                     unsigned alignment) {
  const std::string type = type_of(number);
  // A float whose bytes are turned round is none on its way.
  if (swapped && !number.whole()) {
    const unsigned bits = 8u * number.width;
    const std::string raw = let("load i{0}, i{0}* {1}, align {2}", bits,
                                let("bitcast {}* {} to i{}*", type, pointer, bits), alignment);
    const std::string turned = let("call i{0} @llvm.bswap.i{0}(i{0} {1})", bits, raw);
    return {let("bitcast i{} {} to {}", bits, turned, type), number};
  }
  const Value out{let("load {0}, {0}* {1}, align {2}", type, pointer, alignment), number};
  return swapped ? swap(out) : out;
}

void FunctionCompiler::store_pointer(const std::string& pointer, const Value& value, bool swapped,
                                     unsigned alignment) {
  const std::string type = type_of(value.number);
  if (swapped && !value.number.whole()) {
    const unsigned bits = 8u * value.number.width;
    const std::string raw = let("bitcast {} {} to i{}", type, value.text, bits);
    const std::string turned = let("call i{0} @llvm.bswap.i{0}(i{0} {1})", bits, raw);
    const std::string to = let("bitcast {}* {} to i{}*", type, pointer, bits);
    return line(fmt::format("store i{0} {1}, i{0}* {2}, align {3}", bits, turned, to, alignment));
  }
  const Value out = swapped ? swap(value) : value;
  line(fmt::format("store {0} {1}, {0}* {2}, align {3}", type, out.text, pointer, alignment));
}

Value FunctionCompiler::load(const std::string& address, const Number& number) {
  const std::string pointer = let("inttoptr i64 {} to {}*", address, type_of(number));
  return load_pointer(pointer, number, program_.big(), 1);
}

void FunctionCompiler::store(const std::string& address, const Value& value) {
  const std::string pointer = let("inttoptr i64 {} to {}*", address, type_of(value.number));
  store_pointer(pointer, value, program_.big(), 1);
}

Value FunctionCompiler::read(const Operand& one, std::optional<Number> wanted) {
  switch (one.kind) {
    case OperandKind::kImmediate: {
      const Number number = wanted ? *wanted : number_of(one.type).value_or(kInt64);
      return constant(immediate_bits(one, number).value_or(0), number);
    }
    case OperandKind::kVariable:
    case OperandKind::kTypedVariable: {
      const Home* found = home(one.id);
      if (found == nullptr) return constant(0, wanted.value_or(kInt32));
      if (found->lanes.size() != 1 || !found->number) {
        refuse(fmt::format("#{} is no single number", one.id));
        return constant(0, wanted.value_or(kInt32));
      }
      const Value out =
          load_pointer(found->lanes[0], *found->number, found->swapped, found->number->width);
      return wanted ? as(out, *wanted) : out;
    }
    case OperandKind::kRegister: {
      const Number number = number_of_register(one);
      const Value out = load_pointer(register_pointer(one), number, false, 8);
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
      if (!place) refuse("native code has no address of this symbol");
      const Value out{place.value_or("0"), kAddress};
      return wanted ? as(out, *wanted) : out;
    }
    default:
      refuse("an operand that is no value");
      return constant(0, wanted.value_or(kInt32));
  }
}

Value FunctionCompiler::read_lane(const Operand& one, std::size_t lane, Number element) {
  if (one.kind == OperandKind::kVariable) {
    const Home* found = home(one.id);
    if (found != nullptr && found->lanes.size() > 1) {
      if (lane >= found->lanes.size()) refuse("vectors of different lengths");
      const std::size_t place = std::min(lane, found->lanes.size() - 1);
      return as(
          load_pointer(found->lanes[place], *found->number, found->swapped, found->number->width),
          element);
    }
  }
  if (one.kind == OperandKind::kImmediate && !one.data.empty()) {
    return constant(list_element(one, lane, element.width), element);
  }
  return read(one, element);  // one number for all lanes
}

Value FunctionCompiler::as(const Value& value, const Number& wanted) {
  const Number& own = value.number;
  const std::string from = type_of(own);
  const std::string to = type_of(wanted);
  if (own.whole() == wanted.whole() && own.width == wanted.width) return {value.text, wanted};
  auto made = [&](std::string_view operation) -> Value {
    return {let("{} {} {} to {}", operation, from, value.text, to), wanted};
  };
  if (own.whole() && wanted.whole())
    return made(wanted.width < own.width ? "trunc" : own.is_signed ? "sext" : "zext");
  if (own.whole()) return made(own.is_signed ? "sitofp" : "uitofp");
  if (!wanted.whole()) return made(wanted.width < own.width ? "fptrunc" : "fpext");
  // To the nearest that there is; what is no number becomes 0.
  return {let("call {0} @llvm.fpto{1}i.sat.{0}.f{2}({3} {4})", to, wanted.is_signed ? "s" : "u",
              8 * own.width, from, value.text),
          wanted};
}

void FunctionCompiler::write(const Operand& to, const Value& value) {
  switch (to.kind) {
    case OperandKind::kVariable:
    case OperandKind::kTypedVariable: {
      const Home* found = home(to.id);
      if (found == nullptr) return;
      if (found->lanes.size() != 1 || !found->number)
        return refuse(fmt::format("#{} is no single number", to.id));
      return store_pointer(found->lanes[0], as(value, *found->number), found->swapped,
                           found->number->width);
    }
    case OperandKind::kRegister: {
      const Number number = number_of_register(to);
      return store_pointer(register_pointer(to), as(value, number), false, 8);
    }
    case OperandKind::kMemory: {
      const Number number = number_at(to).value_or(value.number);
      const Value out = as(value, number);
      return store(address(to), out);
    }
    default:
      return refuse("nothing can be put there");
  }
}

}  // namespace cmos::casm::native
