// Calculation.
#include <fmt/format.h>

#include <bit>

#include "coil/lower_function.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;

/// What bytecode calls the operation; nothing for those that it does not have.
std::string_view plain_name(std::uint8_t code, bool whole) {
  switch (code) {
    case op::kAdd:
      return "add";
    case op::kSub:
      return "sub";
    case op::kMul:
      return "mul";
    case op::kDiv:
      return "div";
    case op::kMod:
      return whole ? "rem" : "";
    case op::kAnd:
      return whole ? "and" : "";
    case op::kOr:
      return whole ? "or" : "";
    case op::kXor:
      return whole ? "xor" : "";
    default:
      return "";
  }
}

bool shifts(std::uint8_t code) {
  return code >= op::kShl && code <= op::kRor;
}

}  // namespace

Value FunctionLowering::call_helper(Helper helper, std::vector<Value> arguments) {
  std::vector<CbcVariable> variables;
  for (const Value& one : arguments) variables.push_back(wide(one).variable);
  const CbcVariable out = code_.temporary(CbcType::kI64);
  code_.call(program_.helper(helper), out, variables);
  return {out, kInt64};
}

/// Both have the number's type.
Value FunctionLowering::divide(bool remainder, Value a, Value b, const Number& number) {
  const std::string_view name = remainder ? "rem" : "div";
  if (number.whole() && !number.is_signed && number.width == 8)
    return call_helper(remainder ? Helper::kModulo : Helper::kDivide, {a, b});
  if (number.whole() && !number.is_signed && number.width == 4) {
    const CbcVariable out = code_.temporary(CbcType::kI64);
    code_.typed(name, out, wide(a).variable, wide(b).variable);
    return {out, kInt64};
  }
  const CbcVariable out = code_.temporary(number.type);
  code_.typed(name, out, a.variable, b.variable);
  narrow(out, number);
  return {out, number};
}

Value FunctionLowering::calculate(std::uint8_t code, Value a, Value b, const Number& number,
                                  std::optional<CbcVariable> into) {
  const std::string_view name = plain_name(code, number.whole());
  if (name.empty()) {
    refuse(fmt::format("{} of floats", coil::opcode_row(code)->mnemonic));
    return a;
  }
  if (number.whole() && (code == op::kDiv || code == op::kMod))
    return divide(code == op::kMod, a, b, number);
  const CbcVariable out = into ? *into : code_.temporary(number.type);
  code_.typed(name, out, a.variable, b.variable);
  narrow(out, number);
  return {out, number};
}

/// Counts are taken modulo the width.
Value FunctionLowering::shift(std::uint8_t code, Value a, const Operand& count,
                              const Number& number) {
  const unsigned bits = 8u * number.width;
  Number unsigned_ = number;
  unsigned_.is_signed = false;
  Value by = wide(read(count, kInt64));
  const CbcVariable masked = code_.temporary(CbcType::kI64);
  code_.copy(masked, by.variable);
  code_.immediate("and.i64", masked, static_cast<std::int32_t>(bits - 1));
  by.variable = masked;
  if (code == op::kSar) {
    Number with_sign = number;
    with_sign.is_signed = true;
    return as(call_helper(Helper::kShiftRightSign, {as(a, with_sign), by}), number);
  }
  const Value low = as(a, unsigned_);
  if (code == op::kShr) return as(call_helper(Helper::kShiftRight, {low, by}), number);
  auto left = [&](const Value& value, const Value& distance) {
    const Value power = call_helper(Helper::kPower, {distance});
    const CbcVariable out = code_.temporary(CbcType::kI64);
    code_.typed("mul", out, wide(value).variable, power.variable);
    return Value{out, kInt64};
  };
  if (code == op::kShl) return as(left(low, by), number);
  // A rotation is two shifts, of which one by 0 gives the value twice: or makes it one again.
  const CbcVariable rest = constant(bits, kInt64).variable;
  code_.typed("sub", rest, rest, by.variable);
  code_.immediate("and.i64", rest, static_cast<std::int32_t>(bits - 1));
  const Value other{rest, kInt64};
  const Value up = left(low, code == op::kRol ? by : other);
  const Value down = call_helper(Helper::kShiftRight, {low, code == op::kRol ? other : by});
  const CbcVariable out = code_.temporary(CbcType::kI64);
  code_.typed("or", out, up.variable, down.variable);
  return as({out, kInt64}, number);
}

/// `ADD #1, #1, 5` and the like are one instruction.
bool FunctionLowering::with_immediate(const Instruction& one, const Number& number) {
  const auto operands = one.plain_operands();
  const Operand& right = operands.back();
  const std::string_view name = plain_name(one.opcode, number.whole());
  const bool divides = one.opcode == op::kDiv || one.opcode == op::kMod;
  if (!number.whole() || name.empty() || right.kind != OperandKind::kImmediate) return false;
  if (divides && !number.is_signed && number.width >= 4) return false;
  const auto to = direct(operands[0], number);
  const auto from = operands.size() > 2 ? direct(operands[1], number) : to;
  const auto bits = immediate_bits(right, number);
  if (!to || !from || to->id != from->id || !bits) return false;
  const auto value = static_cast<std::int32_t>(*bits);
  const bool same = number.type == CbcType::kI32 || value == static_cast<std::int64_t>(*bits);
  if (!same || (number.width < 4 && value != static_cast<std::int64_t>(*bits))) return false;
  code_.immediate(fmt::format("{}.{}", name, suffix(to->type)), *to, value);
  narrow(*to, number);
  return true;
}

void FunctionLowering::binary(const Instruction& one) {
  const auto operands = one.plain_operands();
  const Operand& to = operands[0];
  const Operand& left = operands.size() > 2 ? operands[1] : operands[0];
  const Operand& right = operands.back();
  auto number = number_at(to);
  if (!number) number = number_at(left);
  if (!number && one.opcode < op::kShl) number = number_at(right);
  const Number wanted = number.value_or(kInt64);
  if (with_immediate(one, wanted)) return;
  const Value a = read(left, wanted);
  if (shifts(one.opcode)) return write(to, shift(one.opcode, a, right, wanted));
  const Value b = read(right, wanted);
  const auto into = direct(to, wanted);
  const Value out = calculate(one.opcode, a, b, wanted, into);
  if (!into || out.variable.id != into->id) write(to, out);
}

void FunctionLowering::unary(const Instruction& one) {
  const auto operands = one.plain_operands();
  const Operand& to = operands[0];
  const Operand& from = operands.size() > 1 ? operands[1] : operands[0];
  auto number = number_at(to);
  if (!number) number = number_at(from);
  const Number wanted = number.value_or(kInt64);
  const Value value = read(from, wanted);
  if (one.opcode == op::kInc || one.opcode == op::kDec) {
    if (const auto place = direct(to, wanted); place && wanted.whole()) {
      code_.immediate(
          fmt::format("{}.{}", one.opcode == op::kInc ? "add" : "sub", suffix(place->type)), *place,
          1);
      return narrow(*place, wanted);
    }
    const Value by = wanted.whole() ? constant(1, wanted)
                     : wanted.type == CbcType::kF32
                         ? constant(std::bit_cast<std::uint32_t>(1.0F), wanted)
                         : constant(std::bit_cast<std::uint64_t>(1.0), wanted);
    return write(to, calculate(one.opcode == op::kInc ? op::kAdd : op::kSub, value, by, wanted));
  }
  if (one.opcode == op::kNot) {
    const Value out = calculate(op::kXor, value, constant(~std::uint64_t{0}, wanted), wanted);
    return write(to, out);
  }
  if (one.opcode == op::kSqrt) {
    if (wanted.whole()) return refuse("SQRT of integers");
    const CbcVariable out = code_.temporary(wanted.type);
    code_.op(wanted.type == CbcType::kF32 ? "sqrt.f32" : "sqrt.f64", out, value.variable);
    return write(to, {out, wanted});
  }
  if (one.opcode == op::kAbs && wanted.whole() && !wanted.is_signed) return write(to, value);
  // NEG and ABS. A float's sign is taken from -0.0, which a float minus 0 keeps; ABS of either zero
  // is the one without sign.
  const std::uint64_t zero = one.opcode == op::kAbs         ? 0
                             : wanted.type == CbcType::kF32 ? 0x8000'0000
                             : wanted.type == CbcType::kF64 ? std::uint64_t{1} << 63
                                                            : 0;
  const Value negative = calculate(op::kSub, constant(zero, wanted), value, wanted);
  if (one.opcode == op::kNeg) return write(to, negative);
  const CbcVariable out = code_.temporary(wanted.type);
  const CbcCode::Label done = code_.label();
  code_.copy(out, value.variable);
  code_.branch_if_zero(wanted.whole() ? "ge" : "gt", value.variable, done);
  code_.copy(out, negative.variable);
  code_.place(done);
  write(to, {out, wanted});
}

void FunctionLowering::convert(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kInt64);
  const auto own = number_at(one.operands[1]);
  const Value value = read(one.operands[1], own);
  write(one.operands[0], as(value, wanted));
}

/// Through memory, where bits have no type.
void FunctionLowering::cast(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kInt64);
  const Value value = read(one.operands[1], number_at(one.operands[1]));
  if (value.number.width != wanted.width) return refuse("CAST between different sizes");
  program_.need_memory();
  const CbcVariable scratch = address_constant(layout::kScratch);
  store(scratch, value);
  write(one.operands[0], load(scratch, wanted));
}

/// Bytecode compares with sign; wide numbers without one are turned into the same order first.
Value FunctionLowering::limit(bool small, const Value& a, const Value& b, const Number& number) {
  const CbcVariable out = code_.temporary(number.type);
  const CbcCode::Label done = code_.label();
  code_.copy(out, a.variable);
  CbcVariable x = a.variable;
  CbcVariable y = b.variable;
  if (number.whole() && !number.is_signed && number.width >= 4) {
    const CbcVariable least = constant(std::uint64_t{1} << 63, kInt64).variable;
    x = code_.temporary(CbcType::kI64);
    y = code_.temporary(CbcType::kI64);
    code_.typed("xor", x, wide(a).variable, least);
    code_.typed("xor", y, wide(b).variable, least);
  }
  code_.branch_if(small ? "le" : "ge", x, y, done);
  code_.copy(out, b.variable);
  code_.place(done);
  return {out, number};
}

void FunctionLowering::smaller_or_greater(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kInt64);
  const Value a = read(one.operands[1], wanted);
  const Value b = read(one.operands[2], wanted);
  write(one.operands[0], limit(one.opcode == op::kMin, a, b, wanted));
}

/// The bits of one number, counted or turned around.
void FunctionLowering::bits(const Instruction& one) {
  const Operand& from = one.operands[1];
  auto own = number_at(from);
  if (!own) own = number_at(one.operands[0]);
  Number number = own.value_or(kInt64);
  if (!number.whole()) return refuse("bits of floats");
  number.is_signed = false;
  const unsigned width = 8u * number.width;
  const Value value = wide(as(read(from, own), number));
  const Value size = constant(width, kInt64);
  if (one.opcode == op::kBitset || one.opcode == op::kBitclr || one.opcode == op::kBittst) {
    const CbcVariable place = code_.temporary(CbcType::kI64);
    code_.copy(place, wide(read(one.operands[2], kInt64)).variable);
    code_.immediate("and.i64", place, static_cast<std::int32_t>(width - 1));
    const CbcVariable mask = call_helper(Helper::kPower, {{place, kInt64}}).variable;
    const CbcVariable out = code_.temporary(CbcType::kI64);
    if (one.opcode == op::kBittst) {
      code_.typed("and", out, value.variable, mask);
      const CbcCode::Label done = code_.label();
      code_.branch_if_zero("eq", out, done);
      code_.constant(out, 1);
      code_.place(done);
      write(one.operands[0], {out, kInt64});
      return keep_flags({out, kInt64}, constant(0, kInt64));
    }
    code_.typed("or", out, value.variable, mask);
    if (one.opcode == op::kBitclr) code_.typed("xor", out, out, mask);
    return write(one.operands[0], as({out, kInt64}, number));
  }
  const bool trailing = one.opcode == op::kCtz;
  const Helper helper = one.opcode == op::kPopcnt  ? Helper::kCountOnes
                        : one.opcode == op::kBswap ? Helper::kSwapBytes
                                                   : Helper::kCountLeading;
  if (!trailing) {
    std::vector<Value> arguments = {value};
    if (helper != Helper::kCountOnes) arguments.push_back(size);
    return write(one.operands[0], as(call_helper(helper, arguments), number));
  }
  // The zeros below the lowest one are the ones below it of the number before; of 0 all of them.
  const CbcVariable below = code_.temporary(CbcType::kI64);
  const CbcVariable flipped = code_.temporary(CbcType::kI64);
  code_.copy(below, value.variable);
  code_.immediate("sub.i64", below, 1);
  code_.copy(flipped, value.variable);
  code_.immediate("xor.i64", flipped, -1);
  code_.typed("and", below, below, flipped);
  const Value ones = call_helper(Helper::kCountOnes, {as({below, kInt64}, number)});
  write(one.operands[0], as(ones, number));
}

void FunctionLowering::rounding(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kDouble);
  if (wanted.whole()) return refuse("rounding to integers is CONVERT");
  const Value value = as(read(one.operands[1], wanted), kDouble);
  const CbcVariable out = code_.temporary(CbcType::kF64);
  const CbcVariable kind = constant(one.opcode - op::kCeil, kInt64).variable;
  code_.call(program_.helper(Helper::kFloor), out, {value.variable, kind});
  write(one.operands[0], as({out, kDouble}, wanted));
}

}  // namespace cmos::casm
