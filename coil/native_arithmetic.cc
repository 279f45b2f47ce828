// Calculation.
#include <bit>

#include "coil/native_function.h"

namespace cmos::casm::native {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;

/// What LLVM calls the operation; nothing for those that it does not have.
std::string_view plain_name(std::uint8_t code, const Number& number) {
  switch (code) {
    case op::kAdd:
      return number.whole() ? "add" : "fadd";
    case op::kSub:
      return number.whole() ? "sub" : "fsub";
    case op::kMul:
      return number.whole() ? "mul" : "fmul";
    case op::kDiv:
      return "fdiv";
    case op::kAnd:
      return number.whole() ? "and" : "";
    case op::kOr:
      return number.whole() ? "or" : "";
    case op::kXor:
      return number.whole() ? "xor" : "";
    default:
      return "";
  }
}

bool shifts(std::uint8_t code) {
  return code >= op::kShl && code <= op::kRor;
}

}  // namespace

void FunctionCompiler::trap_if(const std::string& condition) {
  const std::string wrong = label();
  const std::string fine = label();
  ends(fmt::format("br i1 {}, label %{}, label %{}", condition, wrong, fine));
  place(wrong);
  line("call void @llvm.trap()");
  ends("unreachable");
  place(fine);
}

/// Division by zero is a trap; the least number divided by -1 is itself.
Value FunctionCompiler::divide(bool remainder, const Value& a, const Value& b,
                               const Number& number) {
  const std::string type = type_of(number);
  trap_if(let("icmp eq {} {}, 0", type, b.text));
  if (!number.is_signed)
    return {let("{} {} {}, {}", remainder ? "urem" : "udiv", type, a.text, b.text), number};
  const std::string minus = let("icmp eq {} {}, -1", type, b.text);
  const std::string by = let("select i1 {1}, {0} 1, {0} {2}", type, minus, b.text);
  const std::string out = let("{} {} {}, {}", remainder ? "srem" : "sdiv", type, a.text, by);
  if (remainder) return {out, number};
  const std::string negative = let("sub {} 0, {}", type, a.text);
  return {let("select i1 {1}, {0} {2}, {0} {3}", type, minus, negative, out), number};
}

Value FunctionCompiler::calculate(std::uint8_t code, const Value& a, const Value& b,
                                  const Number& number) {
  if (number.whole() && (code == op::kDiv || code == op::kMod))
    return divide(code == op::kMod, a, b, number);
  const std::string_view name = plain_name(code, number);
  if (name.empty()) {
    refuse(fmt::format("{} of floats", coil::opcode_row(code)->mnemonic));
    return a;
  }
  return {let("{} {} {}, {}", name, type_of(number), a.text, b.text), number};
}

/// Counts are taken modulo the width.
Value FunctionCompiler::shift(std::uint8_t code, const Value& a, const Operand& count,
                              const Number& number) {
  if (!number.whole()) {
    refuse("shifts of floats");
    return a;
  }
  const std::string type = type_of(number);
  const std::string masked = let("and i64 {}, {}", wide(read(count, kInt64)), 8 * number.width - 1);
  const std::string by = as({masked, kInt64}, number).text;
  if (code == op::kRol || code == op::kRor)
    return {let("call {0} @llvm.fsh{1}.{0}({0} {2}, {0} {2}, {0} {3})", type,
                code == op::kRol ? "l" : "r", a.text, by),
            number};
  const std::string_view name = code == op::kShl ? "shl" : code == op::kShr ? "lshr" : "ashr";
  return {let("{} {} {}, {}", name, type, a.text, by), number};
}

void FunctionCompiler::binary(const Instruction& one) {
  const auto& operands = one.operands;
  const Operand& to = operands[0];
  const Operand& left = operands.size() > 2 ? operands[1] : operands[0];
  const Operand& right = operands.back();
  auto number = number_at(to);
  if (!number) number = number_at(left);
  if (!number && one.opcode < op::kShl) number = number_at(right);
  const Number wanted = number.value_or(kInt64);
  const Value a = read(left, wanted);
  if (shifts(one.opcode)) return write(to, shift(one.opcode, a, right, wanted));
  const Value b = read(right, wanted);
  write(to, calculate(one.opcode, a, b, wanted));
}

void FunctionCompiler::unary(const Instruction& one) {
  const Operand& to = one.operands[0];
  const Operand& from = one.operands.size() > 1 ? one.operands[1] : one.operands[0];
  auto number = number_at(to);
  if (!number) number = number_at(from);
  const Number wanted = number.value_or(kInt64);
  const std::string type = type_of(wanted);
  const Value value = read(from, wanted);
  switch (one.opcode) {
    case op::kInc:
    case op::kDec: {
      const std::uint64_t unit = wanted.whole()      ? 1
                                 : wanted.width == 4 ? std::bit_cast<std::uint32_t>(1.0F)
                                                     : std::bit_cast<std::uint64_t>(1.0);
      return write(to, calculate(one.opcode == op::kInc ? op::kAdd : op::kSub, value,
                                 constant(unit, wanted), wanted));
    }
    case op::kNot:
      return write(to, calculate(op::kXor, value, constant(~std::uint64_t{0}, wanted), wanted));
    case op::kSqrt:
      if (wanted.whole()) return refuse("SQRT of integers");
      return write(
          to,
          {let("call {0} @llvm.sqrt.f{1}({0} {2})", type, 8 * wanted.width, value.text), wanted});
    case op::kNeg: {
      const std::string out = wanted.whole() ? let("sub {} 0, {}", type, value.text)
                                             : let("fneg {} {}", type, value.text);
      return write(to, {out, wanted});
    }
    default: {
      if (wanted.whole() && !wanted.is_signed) return write(to, value);
      const std::string negative = wanted.whole() ? let("sub {} 0, {}", type, value.text)
                                                  : let("fsub {} 0.0, {}", type, value.text);
      const std::string keeps = wanted.whole() ? let("icmp sge {} {}, 0", type, value.text)
                                               : let("fcmp ogt {} {}, 0.0", type, value.text);
      return write(
          to, {let("select i1 {1}, {0} {2}, {0} {3}", type, keeps, value.text, negative), wanted});
    }
  }
}

void FunctionCompiler::convert(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kInt64);
  write(one.operands[0], as(read(one.operands[1], number_at(one.operands[1])), wanted));
}

void FunctionCompiler::cast(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kInt64);
  const Value value = read(one.operands[1], number_at(one.operands[1]));
  if (value.number.width != wanted.width) return refuse("CAST between different sizes");
  if (value.number.whole() == wanted.whole()) return write(one.operands[0], {value.text, wanted});
  write(one.operands[0],
        {let("bitcast {} {} to {}", type_of(value.number), value.text, type_of(wanted)), wanted});
}

/// The first where neither is smaller.
Value FunctionCompiler::limit(bool small, const Value& a, const Value& b) {
  const Number& number = a.number;
  const std::string type = type_of(number);
  const std::string_view order = !number.whole()    ? (small ? "fcmp ole" : "fcmp oge")
                                 : number.is_signed ? (small ? "icmp sle" : "icmp sge")
                                                    : (small ? "icmp ule" : "icmp uge");
  const std::string first = let("{} {} {}, {}", order, type, a.text, b.text);
  return {let("select i1 {1}, {0} {2}, {0} {3}", type, first, a.text, b.text), number};
}

/// The bits of one number, counted or turned around.
void FunctionCompiler::bits(const Instruction& one) {
  const Operand& from = one.operands[1];
  auto own = number_at(from);
  if (!own) own = number_at(one.operands[0]);
  Number number = own.value_or(kInt64);
  if (!number.whole()) return refuse("bits of floats");
  number.is_signed = false;
  const std::string type = type_of(number);
  const Value value = as(read(from, own), number);
  switch (one.opcode) {
    case op::kPopcnt:
      return write(one.operands[0],
                   {let("call {0} @llvm.ctpop.{0}({0} {1})", type, value.text), number});
    case op::kBswap:
      return write(one.operands[0], swap(value));
    case op::kClz:
    case op::kCtz:
      return write(one.operands[0], {let("call {0} @llvm.ct{1}z.{0}({0} {2}, i1 false)", type,
                                         one.opcode == op::kClz ? "l" : "t", value.text),
                                     number});
    default:
      break;
  }
  const std::string place =
      let("and i64 {}, {}", wide(read(one.operands[2], kInt64)), 8 * number.width - 1);
  const std::string mask = let("shl {} 1, {}", type, as({place, kInt64}, number).text);
  if (one.opcode == op::kBittst) {
    const std::string some =
        let("icmp ne {} {}, 0", type, let("and {} {}, {}", type, value.text, mask));
    const Value out{let("zext i1 {} to i64", some), kInt64};
    write(one.operands[0], out);
    return keep_flags(out, constant(0, kInt64));
  }
  std::string out = let("or {} {}, {}", type, value.text, mask);
  if (one.opcode == op::kBitclr) out = let("xor {} {}, {}", type, out, mask);
  write(one.operands[0], {out, number});
}

void FunctionCompiler::rounding(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kDouble);
  if (wanted.whole()) return refuse("rounding to integers is CONVERT");
  const Value value = as(read(one.operands[1], wanted), kDouble);
  const std::string out =
      let("call double @coil.round(double {}, i64 {})", value.text, one.opcode - op::kCeil);
  write(one.operands[0], as({out, kDouble}, wanted));
}

void FunctionCompiler::smaller_or_greater(const Instruction& one) {
  const Number wanted = number_at(one.operands[0]).value_or(kInt64);
  const Value a = read(one.operands[1], wanted);
  write(one.operands[0], limit(one.opcode == op::kMin, a, read(one.operands[2], wanted)));
}

}  // namespace cmos::casm::native
