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

void FunctionLowering::refuse(std::string what) {
  if (!error_) error_ = program_.refusal(function_.section, at_, std::move(what));
}

Home* FunctionLowering::home(std::uint32_t id) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto found = scope->homes.find(id);
    if (found != scope->homes.end()) return &found->second;
  }
  refuse(fmt::format("#{} is not declared", id));
  return nullptr;
}

/// What has to be known before the first instruction: labels, what lies in memory, flags, frame.
void FunctionLowering::plan() {
  const auto& symbols = program_.object().symbols;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const bool inside = symbols[i].section == function_.section &&
                        symbols[i].value >= function_.start && symbols[i].value <= function_.end;
    if (inside && !labels_.contains(symbols[i].value)) labels_[symbols[i].value] = code_.label();
  }
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

bool FunctionLowering::simple(const Instruction& one) {
  switch (one.opcode) {
    case op::kSym:
    case op::kNop:
    case op::kOldNop:
    case op::kFence:
    case op::kPrefetch:
    case op::kFlush:
    case op::kBreak:
    case op::kProc:
    case op::kArch:
    case op::kMode:
    case op::kVersion:
    case op::kAbi:
    case op::kTypedef:
    case op::kStruct:
    case op::kUnion:
    case op::kEnum:
      return true;
    case op::kScopeEnter:
      scopes_.emplace_back();
      return true;
    case op::kScopeLeave:
      if (scopes_.size() > 1) scopes_.pop_back();
      return true;
    case op::kVar:
      declare(one);
      return true;
    default:
      return false;
  }
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
  if (plain.opcode == op::kMov)
    move(plain);
  else if (!control(plain) && !vectors(plain) && !arithmetic(plain) && !memory(plain))
    refuse(
        fmt::format("{} has no counterpart in bytecode", coil::opcode_row(one.opcode)->mnemonic));
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
  scopes_.back().homes[id] = std::move(out);
  const Home& made = scopes_.back().homes[id];
  const Operand* first = has_first ? &one.operands[2] : nullptr;
  const bool list =
      first != nullptr && first->kind == OperandKind::kImmediate && !first->data.empty();
  auto element = [&](std::size_t index) -> Value {
    if (!list) return first != nullptr ? read(*first, number) : constant(0, number);
    std::uint64_t bits = 0;
    for (std::size_t i = number.width; i-- > 0;) {
      const std::size_t at = index * number.width + i;
      bits = bits << 8 | (at < first->data.size() ? first->data[at] : 0u);
    }
    return constant(bits, number);
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

std::optional<Number> FunctionLowering::number_at(const Operand& one) {
  switch (one.kind) {
    case OperandKind::kVariable:
    case OperandKind::kTypedVariable: {
      const Home* found = home(one.id);
      if (found == nullptr) return std::nullopt;
      if (!number_of(found->type)) refuse("a number is wanted here");
      return number_of(found->type);
    }
    case OperandKind::kRegister:
      return one.type.code() == coil::type::kGeneralRegister ? std::optional(kAddress)
                                                             : std::optional(kDouble);
    case OperandKind::kMemory: {
      // A pointer's own type says what lies there.
      if (one.memory.base != coil::Memory::Part::kVariable) return std::nullopt;
      const Home* found = home(one.memory.base_id);
      if (found == nullptr || found->type.levels.size() < 2) return std::nullopt;
      return number_of(found->type.element());
    }
    default:
      return std::nullopt;
  }
}

void FunctionLowering::take_parameter(const Operand& to, std::uint64_t index) {
  if (index >= function_.parameters.size()) return refuse("a parameter that is not there");
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
  const auto operands = one.plain_operands();
  const Operand& from = operands[1];
  if (from.kind == OperandKind::kAbi) {
    const std::uint64_t index = operands.size() > 2 ? operands[2].value : 0;
    const bool result = from.control == coil::AbiControl::kRet ||
                        (from.control == coil::AbiControl::kAuto && operands.size() < 3);
    return result ? take_result(operands[0], index) : take_parameter(operands[0], index);
  }
  if (operands[0].kind == OperandKind::kVariable) {
    const Home* to = home(operands[0].id);
    if (to == nullptr) return;
    if (to->lanes.size() > 1) {
      for (std::size_t i = 0; i < to->lanes.size(); ++i)
        code_.copy(to->lanes[i], read_lane(from, i, *to->number).variable);
      return;
    }
  }
  auto wanted = number_at(operands[0]);
  if (!wanted) wanted = number_at(from);
  if (!wanted && from.kind == OperandKind::kImmediate) wanted = number_of(from.type);
  write(operands[0], read(from, wanted.value_or(kInt64)));
}

Result<void> lower_function(const SourceFunction& function, Program& program, CbcCode& code) {
  return FunctionLowering(function, program, code).run();
}

}  // namespace cmos::casm
