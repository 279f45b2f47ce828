#include "coil/lower_function.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;

/// A MOV of the first result of a call.
bool takes_result(const coil::Instruction& one) {
  const auto operands = one.plain_operands();
  if (one.opcode != op::kMov || operands[1].kind != OperandKind::kAbi) return false;
  if (operands[1].control == coil::AbiControl::kParam) return false;
  return operands.size() < 3 || operands[2].value == 0;
}

bool compares(std::uint8_t code) {
  return code == op::kCmp || code == op::kTest || code == op::kBittst || code == op::kCas ||
         code == op::kCmpxchg;
}

}  // namespace

/// Arrays and structures.
bool FunctionLowering::only_memory(const coil::Type& type) const {
  const coil::TypeKind kind = coil::type_row(type.code())->kind;
  return kind == coil::TypeKind::kArray || kind == coil::TypeKind::kStruct;
}

/// In memory; 0 when neither its type nor its first value says how many.
std::uint64_t FunctionLowering::bytes_of(const Declaration& what) const {
  const bool open = what.type.code() == coil::type::kArray && what.type.levels[0].count == 0;
  const auto size = open ? std::nullopt : program_.layouts().size_of(what.type);
  return size.value_or(what.first != nullptr ? what.first->data.size() : 0);
}

/// What has to be known before the first instruction: labels, what lies in memory, flags, frame.
void FunctionLowering::plan() {
  find_labels();
  std::vector<std::map<std::uint32_t, std::uint64_t>> declared(1);
  const Instruction* before = nullptr;
  for (const Instruction& one : function_.code) {
    if (one.opcode == op::kScopeEnter) declared.emplace_back();
    if (one.opcode == op::kScopeLeave && declared.size() > 1) declared.pop_back();
    if (const auto what = declaration(one)) declared.back()[what->id] = one.offset;
    if (one.opcode == op::kPush || one.opcode == op::kPop) pushes_ = true;
    if (one.opcode == op::kLea && one.operands[1].kind == OperandKind::kVariable) {
      for (auto scope = declared.rbegin(); scope != declared.rend(); ++scope) {
        const auto found = scope->find(one.operands[1].id);
        if (found == scope->end()) continue;
        in_memory_.insert({found->second, one.operands[1].id});
        break;
      }
    }
    if (takes_result(one)) {
      const bool behind = before != nullptr && before->opcode == op::kCall &&
                          !before->condition() && !labels_.contains(one.offset);
      results_at_once_ &= behind && !one.condition();
    }
    if (one.condition()) {
      const bool behind = before != nullptr && !labels_.contains(one.offset) &&
                          (compares(before->opcode) ||
                           (before->opcode == op::kBr && before->condition().has_value()));
      if (!behind || one.opcode != op::kBr) flags_stay_ = true;
    }
    before = &one;
  }
  plan_frame();
  plan_parameters();
}

/// The frame's size has to be known when it is made; declarations do not overlap.
void FunctionLowering::plan_frame() {
  for (const Instruction& one : function_.code) {
    const auto what = declaration(one);
    if (!what || (!only_memory(what->type) && !in_memory_.contains({one.offset, what->id})))
      continue;
    frame_offsets_[one.offset] = frame_size_;
    frame_size_ = static_cast<std::uint32_t>(align_up(frame_size_ + bytes_of(*what), 16));
  }
}

/// A variable that only takes a parameter when the function begins is that parameter: what stands
/// in front of all else is done once, unless there is a branch to it.
void FunctionLowering::plan_parameters() {
  std::map<std::uint64_t, unsigned> taken;
  auto parameter = [](const Instruction& one) -> std::optional<std::uint64_t> {
    const auto& operands = one.operands;
    const bool takes = one.opcode == op::kMov && operands.size() == 3 &&
                       operands[1].kind == OperandKind::kAbi &&
                       operands[1].control != coil::AbiControl::kRet && !one.condition();
    return takes ? std::optional(operands[2].value) : std::nullopt;
  };
  for (const Instruction& one : function_.code) {
    if (const auto index = parameter(one)) ++taken[*index];
    const bool jumps = one.opcode == op::kBr || one.opcode == op::kJmp || one.opcode == op::kLoop ||
                       one.opcode == op::kSwitch;
    for (const Operand& operand : one.operands) {
      if (jumps && operand.kind == OperandKind::kSymbol &&
          operand.id < program_.object().symbols.size() &&
          program_.object().symbols[operand.id].value <= function_.start)
        return;
    }
  }
  std::map<std::uint32_t, const Instruction*> declared;
  for (const Instruction& one : function_.code) {
    if (one.offset != function_.start && labels_.contains(one.offset)) return;
    if (one.opcode == op::kSym || one.opcode == op::kScopeEnter) continue;
    const auto index = parameter(one);
    const auto what = declaration(one);
    if (!index && !what) return;
    if (what) {
      declared.erase(what->id);
      if (what->first == nullptr) declared[what->id] = &one;
      continue;
    }
    const auto found = one.operands[0].kind == OperandKind::kVariable
                           ? declared.find(one.operands[0].id)
                           : declared.end();
    if (found == declared.end() || taken[*index] != 1 || *index >= function_.parameters.size())
      continue;
    const Instruction& place = *found->second;
    const auto number = number_of(place.operands[1].type);
    const CbcType type = function_.parameters[*index];
    if (number && number->type == type && !in_memory_.contains({place.offset, found->first}))
      parameter_homes_[place.offset] = {static_cast<std::uint8_t>(*index + 1), type};
    declared.erase(found);
  }
}

void FunctionLowering::prologue() {
  if (frame_size_ == 0 && !pushes_) return;
  program_.need_stack();
  frame_ = code_.variable(CbcType::kI64);
  code_.load_at("i64", *frame_, layout::kStackPointer);
  code_.immediate("sub.i64", *frame_, static_cast<std::int32_t>(frame_size_));
  code_.store_at("i64", *frame_, layout::kStackPointer);
}

/// The stack as the caller had it; pushes without pops are dropped.
void FunctionLowering::leave() {
  if (!frame_) return;
  const CbcVariable top = code_.temporary(CbcType::kI64);
  code_.copy(top, *frame_);
  code_.immediate("add.i64", top, static_cast<std::int32_t>(frame_size_));
  code_.store_at("i64", top, layout::kStackPointer);
}

void FunctionLowering::labels_at(std::uint64_t offset) {
  const auto found = labels_.find(offset);
  if (found == labels_.end()) return;
  code_.place(found->second);
  if (!flags_stay_) flags_.reset();
}

Result<void> FunctionLowering::run() {
  plan();
  prologue();
  for (const Instruction& one : function_.code) {
    at_ = one.offset;
    const coil::Section& section = program_.object().sections[function_.section];
    code_.from(static_cast<std::uint32_t>(section.file_offset + at_));
    labels_at(at_);
    instruction(one);
    code_.release_temporaries();
    if (code_.full()) refuse("the function needs more than 255 variables of bytecode");
    if (error_) return fail(std::move(*error_));
  }
  at_ = function_.end;
  labels_at(at_);
  // The next function is none of this one's business.
  leave();
  code_.ret();
  return {};
}

bool FunctionLowering::declares(const Instruction& one) {
  const auto what = declaration(one);
  if (what) declare(*what, one.offset);
  return what.has_value();
}

void FunctionLowering::instruction(const Instruction& one) {
  if (simple(one)) return;
  const auto condition = one.condition();
  std::optional<CbcCode::Label> over;
  if (condition && one.opcode != op::kBr && one.opcode != op::kJmp) {
    // Done only when it holds: the other case goes around it.
    const CbcCode::Label then = code_.label();
    over = code_.label();
    if (!jump_if(*condition, then)) return;
    code_.branch(*over);
    code_.place(then);
  }
  Instruction plain = one;
  if (over) plain.operands.assign(one.plain_operands().begin(), one.plain_operands().end());
  dispatch(plain);
  if (over) code_.place(*over);
}

// ---- variables --------------------------------------------------------------------------------

void FunctionLowering::declare(const Declaration& what, std::uint64_t offset) {
  Home out;
  out.type = what.type;
  const coil::TypeRow& row = *coil::type_row(what.type.code());
  const bool many = row.kind == coil::TypeKind::kVector || row.kind == coil::TypeKind::kArray;
  out.number = number_of(many ? what.type.element() : what.type);
  if (!out.number && !only_memory(what.type))
    return refuse(fmt::format("bytecode has no {}", coil::text_of(what.type)));
  const auto parameter = parameter_homes_.find(offset);
  if (parameter != parameter_homes_.end()) {
    out.lanes.push_back(parameter->second);
    scopes_.back()[what.id] = std::move(out);
    return;
  }
  if (const auto place = frame_offsets_.find(offset); place != frame_offsets_.end()) {
    out.offset = place->second;
    out.size = bytes_of(what);
    if (out.size == 0) return refuse(fmt::format("{} needs a size", coil::text_of(what.type)));
  } else {
    const std::size_t count = many ? row.size / out.number->width : 1;
    for (std::size_t i = 0; i < count; ++i) out.lanes.push_back(code_.variable(out.number->type));
  }
  scopes_.back()[what.id] = std::move(out);
  first_values(scopes_.back()[what.id], what.first, many);
}

void FunctionLowering::first_values(const Home& made, const Operand* first, bool many) {
  // Structures are filled by their bytes as they lie in memory.
  const Number number = made.number.value_or(Number{CbcType::kI32, 1, false});
  const bool list =
      first != nullptr && first->kind == OperandKind::kImmediate && !first->data.empty();
  auto element = [&](std::size_t index) -> Value {
    if (!list) return first != nullptr ? read(*first, number) : constant(0, number);
    return constant(list_element(*first, index, number.width), number);
  };
  if (made.offset) {
    const CbcVariable base = frame_address(*made.offset);
    // One variable for all elements: bytecode has few.
    const Value value = list ? Value{code_.temporary(number.type), number} : element(0);
    for (std::size_t i = 0; i * number.width < made.size; ++i) {
      if (list) code_.constant(value.variable, list_element(*first, i, number.width));
      store(base, value);
      code_.immediate("add.i64", base, number.width);
    }
    return;
  }
  const bool number_alone = first == nullptr || (first->kind == OperandKind::kImmediate && !list);
  for (std::size_t i = 0; i < made.lanes.size(); ++i) {
    if (number_alone) {
      constant_in(made.lanes[i], first, number);
      continue;
    }
    if (first != nullptr && !list && first->kind == OperandKind::kVariable && many)
      code_.copy(made.lanes[i], read_lane(*first, i, number).variable);
    else
      code_.copy(made.lanes[i], element(i).variable);
  }
}

/// The variable into which a call may put its result at once: that of the MOV behind it.
std::optional<CbcVariable> FunctionLowering::taker(const Instruction& call, const Number& number) {
  const auto next = std::upper_bound(
      function_.code.begin(), function_.code.end(), call.offset,
      [](std::uint64_t offset, const Instruction& one) { return offset < one.offset; });
  const bool taken = next != function_.code.end() && results_at_once_ && takes_result(*next);
  return taken ? direct(next->operands[0], number) : std::nullopt;
}

void FunctionLowering::take_parameter(const Operand& to, std::uint64_t index) {
  const auto wanted = number_at(to).value_or(kInt64);
  const CbcVariable from{static_cast<std::uint8_t>(index + 1), function_.parameters[index]};
  Number number = wanted;
  number.type = from.type;
  write(to, {from, from.type == wanted.type ? wanted : number});
}

void FunctionLowering::take_result(const Operand& to, std::uint64_t index) {
  if (index == 0) {
    if (!result_) return refuse("there was no call whose result this could be");
    return write(to, *result_);
  }
  if (index > layout::kMostResults) return refuse("too many results");
  const CbcVariable value = code_.temporary(CbcType::kI64);
  program_.need_memory();
  code_.load_at("i64", value, static_cast<std::uint32_t>(layout::kResults + 8 * (index - 1)));
  write(to, {value, kInt64});
}

void FunctionLowering::move(const Instruction& one) {
  if (moves_by_abi(one)) return;
  const auto operands = one.plain_operands();
  const Operand& from = operands[1];
  if (operands[0].kind == OperandKind::kVariable) {
    const Home* to = home(operands[0].id);
    if (to == nullptr) return;
    if (to->lanes.size() > 1) {
      for (std::size_t i = 0; i < to->lanes.size(); ++i)
        code_.copy(to->lanes[i], read_lane(from, i, *to->number).variable);
      return;
    }
    if (only_memory(to->type)) {
      const Home* source = from.kind == OperandKind::kVariable ? home(from.id) : nullptr;
      if (source == nullptr || !only_memory(source->type) || source->size != to->size)
        return refuse("a variable of the same type is wanted");
      call_helper(Helper::kCopy, {{frame_address(*to->offset), kAddress},
                                  {frame_address(*source->offset), kAddress},
                                  constant(to->size, kInt64)});
      return;
    }
  }
  move_number(operands[0], from);
}

Result<void> lower_function(const SourceFunction& function, Program& program, CbcCode& code) {
  return FunctionLowering(function, program, code).run();
}

}  // namespace cmos::casm
