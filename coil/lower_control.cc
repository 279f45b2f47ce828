// Comparisons, jumps and calls.
#include <fmt/format.h>

#include "coil/lower_function.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
using coil::Condition;
using coil::OperandKind;

/// What bytecode calls a condition; nothing for those that only flags of a real CPU know.
std::string_view name_of(Condition condition) {
  switch (condition) {
    case Condition::kEq:
    case Condition::kZ:
      return "eq";
    case Condition::kNe:
    case Condition::kNz:
      return "ne";
    case Condition::kLt:
      return "lt";
    case Condition::kLe:
      return "le";
    case Condition::kGt:
      return "gt";
    case Condition::kGe:
      return "ge";
    default:
      return "";
  }
}

}  // namespace

/// What later conditions ask for. Where one of them is not right behind, both values are copied:
/// what they came from may change. A branch right behind takes no temporaries, so that even theirs
/// are still there.
void FunctionLowering::keep_flags(const Value& a, const Value& b) {
  if (!flags_stay_) {
    flags_ = Flags{a.variable, b.variable, a.number.is_signed};
    return;
  }
  auto known = kept_flags_.find(a.variable.type);
  if (known == kept_flags_.end())
    known = kept_flags_
                .emplace(a.variable.type, std::pair(code_.variable(a.variable.type),
                                                    code_.variable(a.variable.type)))
                .first;
  code_.copy(known->second.first, a.variable);
  code_.copy(known->second.second, b.variable);
  flags_ = Flags{known->second.first, known->second.second, a.number.is_signed};
}

void FunctionLowering::compare(const Instruction& one) {
  const Operand& left = one.operands[0];
  const Operand& right = one.operands[1];
  const Number wanted = compared_number(left, right);
  Value a = read(left, wanted);
  Value b = read(right, wanted);
  if (wanted.whole() && !wanted.is_signed && wanted.width >= 4) {
    // In the order of numbers without sign.
    const CbcVariable least = constant(std::uint64_t{1} << 63, kInt64).variable;
    for (Value* const each : {&a, &b}) {
      const CbcVariable turned = code_.temporary(CbcType::kI64);
      code_.typed("xor", turned, wide(*each).variable, least);
      *each = {turned, {CbcType::kI64, 8, false}};
    }
  } else if (wanted.whole() && flags_stay_) {
    a = {wide(a).variable, {CbcType::kI64, 8, wanted.is_signed}};
    b = {wide(b).variable, {CbcType::kI64, 8, wanted.is_signed}};
  }
  keep_flags(a, b);
}

void FunctionLowering::test(const Instruction& one) {
  const Number wanted = number_of_either(one.operands[0], one.operands[1]);
  const Value a = wide(read(one.operands[0], wanted));
  const Value b = wide(read(one.operands[1], wanted));
  if (!wanted.whole()) return refuse("TEST of floats");
  const CbcVariable both = code_.temporary(CbcType::kI64);
  code_.typed("and", both, a.variable, b.variable);
  keep_flags({both, kInt64}, constant(0, kInt64));
}

bool FunctionLowering::jump_if(Condition condition, CbcCode::Label to) {
  if (!flags_) {
    refuse("which comparison this condition asks for is not known here");
    return false;
  }
  std::string_view name = name_of(condition);
  const bool whole = flags_->a.type == CbcType::kI32 || flags_->a.type == CbcType::kI64;
  // The order is that of the comparison's type: S is what it says of numbers with sign, C without.
  if (condition == Condition::kS && whole && flags_->is_signed) name = "lt";
  if (condition == Condition::kNs && whole && flags_->is_signed) name = "ge";
  if (condition == Condition::kC && whole && !flags_->is_signed) name = "lt";
  if (condition == Condition::kNc && whole && !flags_->is_signed) name = "ge";
  if (name.empty()) {
    refuse("bytecode has no such condition");
    return false;
  }
  code_.branch_if(name, flags_->a, flags_->b, to);
  return true;
}

void FunctionLowering::branch(const Instruction& one) {
  const auto to = target(one.operands[0]);
  if (!to) return;
  if (const auto condition = one.condition())
    jump_if(*condition, *to);
  else
    code_.branch(*to);
}

void FunctionLowering::loop(const Instruction& one) {
  const Number number = number_at(one.operands[0]).value_or(kInt64);
  const auto to = target(one.operands[1]);
  if (!to || !number.whole()) return refuse("LOOP counts with an integer");
  const Value out = calculate(op::kSub, read(one.operands[0], number), constant(1, number), number,
                              direct(one.operands[0], number));
  write(one.operands[0], out);
  code_.branch_if_zero("ne", out.variable, *to);
}

void FunctionLowering::switch_(const Instruction& one) {
  const Number number = number_at(one.operands[0]).value_or(kInt64);
  if (!number.whole()) return refuse("SWITCH takes an integer");
  const Value value = read(one.operands[0], number);
  for (std::size_t i = 2; i + 1 < one.operands.size(); i += 2) {
    const auto to = target(one.operands[i + 1]);
    if (!to) return;
    code_.branch_if("eq", value.variable, read(one.operands[i], number).variable, *to);
  }
  if (const auto to = target(one.operands.back())) code_.branch(*to);
}

/// It holds the value until the next call.
CbcVariable FunctionLowering::result_variable(CbcType type) {
  const auto known = results_.find(type);
  if (known != results_.end()) return known->second;
  return results_[type] = code_.variable(type);
}

void FunctionLowering::call(const Instruction& one) {
  const Operand& callee = one.operands[0];
  if (callee.kind != OperandKind::kSymbol || callee.id >= program_.object().symbols.size())
    return refuse("bytecode calls functions by their names only");
  std::vector<const Operand*> given;
  for (std::size_t i = 1; i < one.operands.size(); ++i) {
    if (one.operands[i].kind != OperandKind::kAbi) given.push_back(&one.operands[i]);
  }
  const SourceFunction* function = program_.function_at(callee.id);
  std::vector<CbcVariable> arguments;
  CbcType result = CbcType::kI64;
  if (function != nullptr) {
    for (std::size_t i = 0; i < function->parameters.size(); ++i) {
      const CbcType type = function->parameters[i];
      const bool eight = type == CbcType::kI64 || type == CbcType::kF64;
      const Number number{type, static_cast<std::uint8_t>(eight ? 8 : 4), true};
      arguments.push_back(
          (i < given.size() ? read(*given[i], number) : constant(0, number)).variable);
    }
    result = function->result.value_or(CbcType::kI64);
  } else if (program_.object().symbols[callee.id].external()) {
    constexpr std::size_t kMost = 3;
    if (given.size() > kMost) return refuse("functions of the host take at most three arguments");
    for (const Operand* each : given) arguments.push_back(read(*each, kInt64).variable);
  } else {
    return refuse(fmt::format("{} is no function", program_.object().symbols[callee.id].name));
  }
  const bool wide_result = result == CbcType::kI64 || result == CbcType::kF64;
  const Number number{result, static_cast<std::uint8_t>(wide_result ? 8 : 4), true};
  const auto at_once = taker(one, number);
  const CbcVariable out = at_once ? *at_once : result_variable(result);
  const std::uint16_t index = function != nullptr
                                  ? function->index
                                  : program_.external(program_.object().symbols[callee.id].name);
  code_.call(index, function != nullptr && !function->result ? CbcVariable{0, result} : out,
             arguments);
  result_ = Value{out, number};
  flags_.reset();
}

/// Linux's calls that the documents' programs make: write to an output, and exit.
void FunctionLowering::system_call(const Instruction& one) {
  std::vector<CbcVariable> values;
  for (const Operand& each : one.operands) {
    if (each.kind != OperandKind::kAbi) values.push_back(wide(read(each, kInt64)).variable);
  }
  const bool by_registers = values.empty();
  constexpr std::uint8_t kRax = 0, kRdx = 3, kRsi = 4, kRdi = 5;
  for (const std::uint8_t id : {kRax, kRdi, kRsi, kRdx}) {
    if (by_registers)
      values.push_back(register_variable(coil::register_operand(coil::type::kGeneralRegister, id)));
  }
  while (values.size() < 4) values.push_back(constant(0, kInt64).variable);
  const CbcVariable out = by_registers ? values[0] : result_variable(CbcType::kI64);
  const CbcCode::Label exit = code_.label();
  const CbcCode::Label other = code_.label();
  const CbcCode::Label done = code_.label();
  constexpr std::uint64_t kWrite = 1, kExit = 60;
  code_.branch_if("eq", values[0], constant(kExit, kInt64).variable, exit);
  code_.branch_if("ne", values[0], constant(kWrite, kInt64).variable, other);
  code_.call(program_.external("write"), out, {values[2], values[3]});
  code_.branch(done);
  code_.place(exit);
  code_.call(program_.external("exit"), {}, {values[1]});
  code_.branch(done);
  code_.place(other);
  constexpr std::uint64_t kNoSuchCall = static_cast<std::uint64_t>(-38);
  code_.copy(out, constant(kNoSuchCall, kInt64).variable);
  code_.place(done);
  result_ = Value{out, kInt64};
}

void FunctionLowering::returns(const Instruction& one) {
  std::vector<const Operand*> values;
  for (const Operand& each : one.operands) {
    if (each.kind != OperandKind::kAbi) values.push_back(&each);
  }
  if (values.size() > layout::kMostResults + 1) return refuse("too many results");
  for (std::size_t i = 1; i < values.size(); ++i) {
    program_.need_memory();
    code_.store_at("i64", wide(read(*values[i], kInt64)).variable,
                   static_cast<std::uint32_t>(layout::kResults + 8 * (i - 1)));
  }
  if (values.empty()) {
    leave();
    return code_.ret();
  }
  const CbcType type = function_.result.value_or(CbcType::kI64);
  const auto own = number_at(*values[0]);
  const bool eight = type == CbcType::kI64 || type == CbcType::kF64;
  Number number{type, static_cast<std::uint8_t>(eight ? 8 : 4), true};
  if (own && own->type == type) number = *own;
  const Value out = read(*values[0], number);
  leave();
  code_.ret(out.variable);
}

void FunctionLowering::halt() {
  code_.call(program_.external("exit"), {}, {constant(0, kInt64).variable});
}

}  // namespace cmos::casm
