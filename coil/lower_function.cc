#include "coil/lower_function.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;

bool compares(std::uint8_t code) {
  return code == op::kCmp || code == op::kTest || code == op::kBittst || code == op::kCas ||
         code == op::kCmpxchg;
}

/// Bytes of a type in memory; nothing for those that bytecode cannot hold.
std::optional<std::uint64_t> bytes_of(const coil::Type& type) {
  if (type.code() == coil::type::kArray && type.levels[0].count == 0) return std::nullopt;
  return coil::size_of(type);
}

}  // namespace

/// What has to be known before the first instruction: labels, what lies in memory, flags, frame.
void FunctionLowering::plan() {
  find_labels();
  std::vector<std::map<std::uint32_t, std::uint64_t>> declared(1);
  const Instruction* before = nullptr;
  for (const Instruction& one : function_.code) {
    if (one.opcode == op::kScopeEnter) declared.emplace_back();
    if (one.opcode == op::kScopeLeave && declared.size() > 1) declared.pop_back();
    if (one.opcode == op::kVar) declared.back()[one.operands[0].id] = one.offset;
    if (one.opcode == op::kPush || one.opcode == op::kPop) pushes_ = true;
    if (one.opcode == op::kLea && one.operands[1].kind == OperandKind::kVariable) {
      for (auto scope = declared.rbegin(); scope != declared.rend(); ++scope) {
        const auto found = scope->find(one.operands[1].id);
        if (found == scope->end()) continue;
        in_memory_.insert({found->second, one.operands[1].id});
        break;
      }
    }
    if (one.condition()) {
      const bool behind = before != nullptr && !labels_.contains(one.offset) &&
                          (compares(before->opcode) ||
                           (before->opcode == op::kBr && before->condition().has_value()));
      if (!behind || one.opcode != op::kBr) flags_stay_ = true;
    }
    before = &one;
  }
  // The frame's size has to be known when it is made; declarations do not overlap.
  for (const Instruction& one : function_.code) {
    if (one.opcode != op::kVar) continue;
    const coil::Type& type = one.operands[1].type;
    const bool array = type.code() == coil::type::kArray;
    if (!array && !in_memory_.contains({one.offset, one.operands[0].id})) continue;
    frame_size_ = static_cast<std::uint32_t>(align_up(
        frame_size_ +
            bytes_of(type).value_or(one.operands.size() > 2 ? one.operands[2].data.size() : 0),
        16));
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
  if (one.opcode != op::kVar) return false;
  declare(one);
  return true;
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

void FunctionLowering::declare(const Instruction& one) {
  const std::uint32_t id = one.operands[0].id;
  const coil::Type& type = one.operands[1].type;
  Home out;
  out.type = type;
  const coil::TypeRow& row = *coil::type_row(type.code());
  const bool many = row.kind == coil::TypeKind::kVector || row.kind == coil::TypeKind::kArray;
  out.number = number_of(many ? type.element() : type);
  const bool has_first = one.operands.size() > 2 && one.operands[2].kind != OperandKind::kRegister;
  if (!out.number) return refuse(fmt::format("bytecode has no {}", coil::text_of(type)));
  if (row.kind == coil::TypeKind::kArray || in_memory_.contains({one.offset, id})) {
    out.size = bytes_of(type).value_or(has_first ? one.operands[2].data.size() : 0);
    if (out.size == 0) return refuse("an array needs a length or a first value");
    frame_size_ = static_cast<std::uint32_t>(align_up(frame_size_, 16));
    out.offset = 0;
    for (const Instruction& other : function_.code) {
      if (other.offset >= one.offset) break;
      if (other.opcode != op::kVar) continue;
      const coil::Type& before = other.operands[1].type;
      if (before.code() != coil::type::kArray &&
          !in_memory_.contains({other.offset, other.operands[0].id}))
        continue;
      *out.offset = static_cast<std::uint32_t>(
          align_up(*out.offset + bytes_of(before).value_or(
                                     other.operands.size() > 2 ? other.operands[2].data.size() : 0),
                   16));
    }
  } else {
    const std::size_t count = many ? row.size / out.number->width : 1;
    for (std::size_t i = 0; i < count; ++i) out.lanes.push_back(code_.variable(out.number->type));
  }
  const Number number = *out.number;
  scopes_.back()[id] = std::move(out);
  const Home& made = scopes_.back()[id];
  const Operand* first = has_first ? &one.operands[2] : nullptr;
  const bool list =
      first != nullptr && first->kind == OperandKind::kImmediate && !first->data.empty();
  auto element = [&](std::size_t index) -> Value {
    if (!list) return first != nullptr ? read(*first, number) : constant(0, number);
    return constant(list_element(*first, index, number.width), number);
  };
  if (made.offset) {
    const CbcVariable base = frame_address(*made.offset);
    for (std::size_t i = 0; i * number.width < made.size; ++i) {
      store(base, element(i));
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
  }
  move_number(operands[0], from);
}

Result<void> lower_function(const SourceFunction& function, Program& program, CbcCode& code) {
  return FunctionLowering(function, program, code).run();
}

}  // namespace cmos::casm
