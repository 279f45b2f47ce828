// Comparisons, jumps and calls.
#include "coil/native_function.h"

namespace cmos::casm::native {
namespace {

namespace op = coil::opcode;
using coil::Condition;
using coil::OperandKind;

}  // namespace

/// What later conditions ask for, wherever they stand: equal, less, greater, less with and without
/// sign, overflow.
void FunctionCompiler::keep_flags(const Value& a, const Value& b) {
  if (!has_flags_) {
    for (const char* const name : {"eq", "lt", "gt", "s", "c", "o"})
      head_ += fmt::format("  %f.{0} = alloca i1\n  store i1 false, i1* %f.{0}\n", name);
    has_flags_ = true;
  }
  const std::string type = type_of(a.number);
  auto keep = [&](std::string_view flag, std::string_view order) {
    const std::string value = let("{} {} {}, {}", order, type, a.text, b.text);
    line(fmt::format("store i1 {}, i1* %f.{}", value, flag));
  };
  if (!a.number.whole()) {
    keep("eq", "fcmp oeq");
    keep("lt", "fcmp olt");
    keep("gt", "fcmp ogt");
    return;
  }
  keep("eq", "icmp eq");
  keep("lt", a.number.is_signed ? "icmp slt" : "icmp ult");
  keep("gt", a.number.is_signed ? "icmp sgt" : "icmp ugt");
  keep("s", "icmp slt");
  keep("c", "icmp ult");
  const std::string both = let("call {{ {0}, i1 }} @llvm.ssub.with.overflow.{0}({0} {1}, {0} {2})",
                               type, a.text, b.text);
  const std::string over = let("extractvalue {{ {}, i1 }} {}, 1", type, both);
  line(fmt::format("store i1 {}, i1* %f.o", over));
}

std::optional<std::string> FunctionCompiler::holds(Condition condition) {
  if (!has_flags_) {
    refuse("there is no comparison before this condition");
    return std::nullopt;
  }
  auto flag = [&](std::string_view name) { return let("load i1, i1* %f.{}", name); };
  auto either = [&](std::string_view name) { return let("or i1 {}, {}", flag(name), flag("eq")); };
  auto no = [&](std::string_view name) { return let("xor i1 {}, true", flag(name)); };
  switch (condition) {
    case Condition::kEq:
    case Condition::kZ:
      return flag("eq");
    case Condition::kNe:
    case Condition::kNz:
      return no("eq");
    case Condition::kLt:
      return flag("lt");
    case Condition::kLe:
      return either("lt");
    case Condition::kGt:
      return flag("gt");
    case Condition::kGe:
      return either("gt");
    case Condition::kS:
      return flag("s");
    case Condition::kNs:
      return no("s");
    case Condition::kC:
      return flag("c");
    case Condition::kNc:
      return no("c");
    case Condition::kO:
      return flag("o");
    case Condition::kNo:
      return no("o");
    default:
      refuse("native code has no condition P");
      return std::nullopt;
  }
}

void FunctionCompiler::compare(const Instruction& one) {
  const Operand& left = one.operands[0];
  const Operand& right = one.operands[1];
  const Number wanted = compared_number(left, right);
  const Value a = read(left, wanted);
  const Value b = read(right, wanted);
  if (one.opcode == op::kCmp) return keep_flags(a, b);
  if (!wanted.whole()) return refuse("TEST of floats");
  keep_flags({let("and {} {}, {}", type_of(wanted), a.text, b.text), wanted}, constant(0, wanted));
}

void FunctionCompiler::loop(const Instruction& one) {
  const Number number = number_at(one.operands[0]).value_or(kInt64);
  const auto to = target(one.operands[1]);
  if (!to || !number.whole()) return refuse("LOOP counts with an integer");
  const Value out = calculate(op::kSub, read(one.operands[0], number), constant(1, number), number);
  write(one.operands[0], out);
  const std::string next = label();
  const std::string more = let("icmp ne {} {}, 0", type_of(number), out.text);
  ends(fmt::format("br i1 {}, label %{}, label %{}", more, *to, next));
  place(next);
}

void FunctionCompiler::switch_(const Instruction& one) {
  const Number number = number_at(one.operands[0]).value_or(kInt64);
  if (!number.whole()) return refuse("SWITCH takes an integer");
  const Value value = read(one.operands[0], number);
  for (std::size_t i = 2; i + 1 < one.operands.size(); i += 2) {
    const auto to = target(one.operands[i + 1]);
    if (!to) return;
    const std::string next = label();
    const std::string same =
        let("icmp eq {} {}, {}", type_of(number), value.text, read(one.operands[i], number).text);
    ends(fmt::format("br i1 {}, label %{}, label %{}", same, *to, next));
    place(next);
  }
  if (const auto to = target(one.operands.back())) ends(fmt::format("br label %{}", *to));
}

void FunctionCompiler::call(const Instruction& one) {
  const Operand& callee = one.operands[0];
  const Function* known =
      callee.kind == OperandKind::kSymbol ? program_.function_at(callee.id) : nullptr;
  std::vector<const Operand*> given;
  std::string convention = known != nullptr ? known->convention : "";
  for (std::size_t i = 1; i < one.operands.size(); ++i) {
    if (one.operands[i].kind != OperandKind::kAbi) {
      given.push_back(&one.operands[i]);
      continue;
    }
    const auto named = program_.convention(one.operands[i].id);
    if (!named) return refuse("native code has no calls by this ABI");
    if (known == nullptr) convention = *named;
  }
  std::vector<Number> results;
  std::string arguments;
  auto add = [&](const Value& value) {
    arguments +=
        fmt::format("{}{} {}", arguments.empty() ? "" : ", ", type_of(value.number), value.text);
  };
  Function type;
  std::string what;
  if (known != nullptr) {
    for (std::size_t i = 0; i < known->parameters.size(); ++i)
      add(i < given.size() ? read(*given[i], known->parameters[i])
                           : constant(0, known->parameters[i]));
    results = known->results;
    what = fmt::format("{} @{}", known->result_type(), llvm_quoted(known->name));
  } else {
    // What is known of it is how it is called here. Arguments of less than 32 bits are widened,
    // whole numbers without a type have 64.
    for (const Operand* each : given) {
      Number own = number_at(*each).value_or(kInt64);
      if (each->kind == OperandKind::kImmediate && !number_of(each->type)->whole()) own = kDouble;
      const Value value = read(*each, own);
      add(own.whole() && own.width < 4 ? as(value, kInt32) : value);
    }
    const auto& asked = asked_[one.offset];
    for (const auto& [index, number] : asked) {
      if (index > 1) return refuse("a call has at most two results");
      results.resize(index + 1, kInt64);
      results[index] = number;
    }
    if (results.empty()) results = {kInt64};
    type.results = results;
    const std::string pointer = fmt::format("{} (...)*", type.result_type());
    std::string name;
    if (callee.kind == OperandKind::kSymbol) {
      const coil::Symbol& symbol = program_.object().symbols[callee.id];
      if (!program_.elsewhere(symbol)) return refuse(fmt::format("{} is no function", symbol.name));
      name = fmt::format("bitcast (void (...)* {} to {})", program_.external(symbol.name), pointer);
    } else {
      name = let("inttoptr i64 {} to {}", wide(read(callee, kInt64)), pointer);
    }
    what = fmt::format("{} (...) {}", type.result_type(), name);
  }
  if (results.empty()) return line(fmt::format("call {}{}({})", convention, what, arguments));
  const std::string out = let("call {}{}({})", convention, what, arguments);
  type.results = results;
  results_.clear();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string value =
        results.size() == 1 ? out : let("extractvalue {} {}, {}", type.result_type(), out, i);
    const std::string place_ = alloca_of(type_of(results[i]), results[i].width);
    store_pointer(place_, {value, results[i]}, false, results[i].width);
    results_.push_back({place_, results[i]});
  }
}

/// Linux's calls that the documents' programs make: write to an output, and exit.
void FunctionCompiler::system_call(const Instruction& one) {
  std::vector<std::string> values;
  for (const Operand& each : one.operands) {
    if (each.kind != OperandKind::kAbi) values.push_back(wide(read(each, kInt64)));
  }
  const bool by_registers = values.empty();
  constexpr std::uint8_t kRax = 0, kRdx = 3, kRsi = 4, kRdi = 5;
  auto general = [](std::uint8_t id) {
    return coil::register_operand(coil::type::kGeneralRegister, id);
  };
  for (const std::uint8_t id : {kRax, kRdi, kRsi, kRdx}) {
    if (by_registers) values.push_back(wide(read(general(id), kInt64)));
  }
  while (values.size() < 4) values.emplace_back("0");
  const std::string out = let("call i64 @coil.syscall(i64 {}, i64 {}, i64 {}, i64 {})", values[0],
                              values[1], values[2], values[3]);
  if (by_registers) write(general(kRax), {out, kInt64});
  const std::string place_ = alloca_of("i64", 8);
  store_pointer(place_, {out, kInt64}, false, 8);
  results_ = {{place_, kInt64}};
}

/// The end of a function: its results are 0.
void FunctionCompiler::leave() {
  if (function_.results.empty()) return ends("ret void");
  ends(fmt::format(
      "ret {} {}", function_.result_type(),
      function_.results.size() > 1 ? "zeroinitializer" : constant(0, function_.results[0]).text));
}

void FunctionCompiler::returns(const Instruction& one) {
  std::vector<const Operand*> values;
  for (const Operand& each : one.operands) {
    if (each.kind != OperandKind::kAbi) values.push_back(&each);
  }
  if (values.empty()) return leave();
  if (values.size() > function_.results.size()) return refuse("a function has at most two results");
  const std::string type = function_.result_type();
  if (function_.results.size() == 1)
    return ends(fmt::format("ret {} {}", type, read(*values[0], function_.results[0]).text));
  std::string whole = "zeroinitializer";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value value = read(*values[i], function_.results[i]);
    whole = let("insertvalue {} {}, {} {}, {}", type, whole, type_of(value.number), value.text, i);
  }
  ends(fmt::format("ret {} {}", type, whole));
}

void FunctionCompiler::branch(const Instruction& one) {
  if (const auto to = target(one.operands[0])) ends(fmt::format("br label %{}", *to));
}

void FunctionCompiler::halt() {
  line("call i64 @coil.syscall(i64 60, i64 0, i64 0, i64 0)");
}

}  // namespace cmos::casm::native
