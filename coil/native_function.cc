// Variables, moves, and what goes around instructions.
#include "coil/native_function.h"

#include <algorithm>

namespace cmos::casm::native {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;
using coil::TypeKind;

}  // namespace

// ---- text -------------------------------------------------------------------------------------

void FunctionCompiler::line(std::string text) {
  // What stands behind a jump cannot be reached, but belongs to a block as well.
  if (!open_) body_ += label() + ":\n";
  open_ = true;
  body_ += "  " + std::move(text) + location_ + "\n";
}

void FunctionCompiler::ends(std::string text) {
  line(std::move(text));
  open_ = false;
}

void FunctionCompiler::place(const std::string& label) {
  if (open_) body_ += fmt::format("  br label %{}\n", label);
  body_ += label + ":\n";
  open_ = true;
}

std::string FunctionCompiler::alloca_of(const std::string& type, unsigned alignment) {
  std::string out = temporary();
  head_ += fmt::format("  {} = alloca {}, align {}\n", out, type, alignment);
  return out;
}

// ---- plan -------------------------------------------------------------------------------------

/// What has to be known before: labels, whose address is taken, and as what type the results of
/// calls are taken.
void FunctionCompiler::plan() {
  find_labels();
  DeclaredNumbers numbers;
  std::optional<std::uint64_t> call;
  for (const Instruction& one : function_.code) {
    const auto& operands = one.operands;
    numbers.see(one);
    if (one.opcode == op::kLea && operands[1].kind == OperandKind::kVariable)
      addressed_.insert(operands[1].id);
    if (one.opcode == op::kCall) call = one.offset;
    const bool takes = one.opcode == op::kMov && call && operands.size() > 1 &&
                       operands[1].kind == OperandKind::kAbi &&
                       operands[1].control != coil::AbiControl::kParam;
    if (!takes) continue;
    const std::uint64_t index =
        operands.size() > 2 && operands[2].kind == OperandKind::kImmediate ? operands[2].value : 0;
    asked_[*call].emplace(index, numbers.of_variable(operands[0]).value_or(kInt64));
  }
}

Result<std::string> FunctionCompiler::run() {
  plan();
  LineMetadata* const lines = program_.lines();
  const std::string lines_of_it = lines == nullptr ? "" : lines->begin_function(function_);
  for (const Instruction& one : function_.code) {
    at_ = one.offset;
    if (lines != nullptr) location_ = lines->location(function_.section, at_);
    if (const auto found = labels_.find(at_); found != labels_.end()) place(found->second);
    instruction(one);
    if (error_) return fail(std::move(*error_));
  }
  at_ = function_.end;
  if (const auto found = labels_.find(at_); found != labels_.end()) place(found->second);
  if (open_) leave();
  if (error_) return fail(std::move(*error_));
  const std::string linkage = function_.weak ? "weak " : function_.global ? "" : "internal ";
  return fmt::format("define {}{} #0{} {{\nentry:\n{}  br label %start\nstart:\n{}}}\n\n", linkage,
                     function_.head(), lines_of_it, head_, body_);
}

bool FunctionCompiler::declares(const Instruction& one) {
  const auto what = declaration(one);
  if (what) declare(what->id, what->type, what->first);
  return what.has_value();
}

void FunctionCompiler::instruction(const Instruction& one) {
  if (simple(one)) return;
  const auto condition = one.condition();
  std::string over;
  Instruction plain = one;
  if (condition) {
    const auto holding = holds(*condition);
    if (!holding) return;
    const std::string then = label();
    over = label();
    ends(fmt::format("br i1 {}, label %{}, label %{}", *holding, then, over));
    place(then);
    plain.operands.assign(one.plain_operands().begin(), one.plain_operands().end());
  }
  dispatch(plain);
  if (condition) place(over);
}

// ---- variables --------------------------------------------------------------------------------

void FunctionCompiler::declare(std::uint32_t id, const coil::Type& type, const Operand* first) {
  Home out;
  out.type = type;
  const coil::TypeRow& row = *coil::type_row(type.code());
  const bool vector = row.kind == TypeKind::kVector;
  out.number = number_of(vector || row.kind == TypeKind::kArray ? type.element() : type);
  out.swapped = program_.big() && addressed_.contains(id);
  if (row.kind == TypeKind::kArray || row.kind == TypeKind::kStruct) {
    out.size = program_.layouts().size_of(type).value_or(first != nullptr ? first->data.size() : 0);
    if (out.size == 0) return refuse(fmt::format("{} needs a size", coil::text_of(type)));
    out.swapped = program_.big();
    const std::string made = alloca_of(fmt::format("[{} x i8]", out.size), 16);
    out.memory = temporary();
    head_ += fmt::format("  {} = ptrtoint [{} x i8]* {} to i64\n", out.memory, out.size, made);
  } else if (!out.number) {
    return refuse(fmt::format("native code has no {}", coil::text_of(type)));
  } else {
    const std::size_t count = vector ? row.size / out.number->width : 1;
    const std::string each = type_of(*out.number);
    const std::string whole = fmt::format("[{} x {}]", count, each);
    const std::string made = alloca_of(whole, vector ? 16 : out.number->width);
    for (std::size_t i = 0; i < count; ++i) {
      out.lanes.push_back(temporary());
      head_ += fmt::format("  {} = getelementptr {}, {}* {}, i64 0, i64 {}\n", out.lanes.back(),
                           whole, whole, made, i);
    }
    out.memory = temporary();
    head_ += fmt::format("  {} = ptrtoint {}* {} to i64\n", out.memory, whole, made);
    out.size = count * out.number->width;
  }
  first_value(out, first);
  scopes_.back()[id] = std::move(out);
}

void FunctionCompiler::first_value(const Home& home, const Operand* first) {
  const bool list =
      first != nullptr && first->kind == OperandKind::kImmediate && !first->data.empty();
  if (home.lanes.empty()) {
    // Arrays and structures: elements as their type has them, or the bytes as they lie in memory.
    const bool elements = home.number.has_value();
    const Number number = elements ? *home.number : Number{CbcType::kI32, 1, false};
    const std::string type = type_of(number);
    for (std::uint64_t at = 0; at < home.size; at += number.width) {
      Value value = constant(0, number);
      if (list) {
        value = constant(list_element(*first, at / number.width, number.width), number);
      } else if (first != nullptr) {
        value = read(*first, number);
      }
      store(let("add i64 {}, {}", home.memory, at), value);
    }
    return;
  }
  for (std::size_t i = 0; i < home.lanes.size(); ++i) {
    const Value value = first == nullptr        ? constant(0, *home.number)
                        : home.lanes.size() > 1 ? read_lane(*first, i, *home.number)
                                                : read(*first, *home.number);
    store_pointer(home.lanes[i], value, home.swapped, home.number->width);
  }
}

void FunctionCompiler::take_parameter(const Operand& to, std::uint64_t index) {
  write(to, {fmt::format("%p{}", index), function_.parameters[index]});
}

void FunctionCompiler::take_result(const Operand& to, std::uint64_t index) {
  if (index >= results_.size()) return refuse("there was no call whose result this could be");
  const Value& place = results_[index];
  write(to, load_pointer(place.text, place.number, false, place.number.width));
}

void FunctionCompiler::move(const Instruction& one) {
  if (moves_by_abi(one)) return;
  const auto operands = one.plain_operands();
  const Operand& from = operands[1];
  if (operands[0].kind == OperandKind::kVariable) {
    const Home* to = home(operands[0].id);
    if (to == nullptr) return;
    if (to->lanes.size() > 1) {
      std::vector<Value> lanes;
      for (std::size_t i = 0; i < to->lanes.size(); ++i)
        lanes.push_back(read_lane(from, i, *to->number));
      for (std::size_t i = 0; i < to->lanes.size(); ++i)
        store_pointer(to->lanes[i], lanes[i], to->swapped, to->number->width);
      return;
    }
    if (to->lanes.empty()) {
      const Home* source = from.kind == OperandKind::kVariable ? home(from.id) : nullptr;
      if (source == nullptr || !source->lanes.empty() || source->size != to->size)
        return refuse("a variable of the same type is wanted");
      return line(fmt::format("call void @coil.copy(i64 {}, i64 {}, i64 {})", to->memory,
                              source->memory, to->size));
    }
  }
  move_number(operands[0], from);
}

Result<std::string> compile(const Function& function, Program& program) {
  return FunctionCompiler(function, program).run();
}

}  // namespace cmos::casm::native
