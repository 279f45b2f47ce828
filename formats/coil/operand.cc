// How operands are made and compared with the places where they stand.
#include <algorithm>

#include "formats/coil/instruction.h"

namespace cmos::coil {

using enum OperandKind;

namespace {

constexpr std::uint32_t kLargestNarrowId = 0xff;

Operand with_id(OperandKind kind, std::uint8_t code, std::uint32_t id, std::uint8_t ext = 0) {
  Operand out;
  out.kind = kind;
  out.type = simple_type(code, ext);
  out.id = id;
  return out;
}

}  // namespace

Operand variable_operand(std::uint32_t id) {
  const bool wide = id > kLargestNarrowId;
  return with_id(kVariable, type::kVariable, id, wide ? extension::kWide : std::uint8_t{0});
}

Operand symbol_operand(std::uint32_t index) {
  return with_id(kSymbol, type::kSymbol, index);
}

Operand register_operand(std::uint8_t file, std::uint8_t id) {
  return with_id(kRegister, file, id);
}

Operand immediate_operand(std::uint8_t type, std::uint64_t value) {
  Operand out;
  out.kind = kImmediate;
  out.type = simple_type(type, extension::kImmediate);
  out.value = value;
  if (const TypeRow* row = type_row(type); row != nullptr && row->size != 0 && row->size < 8)
    out.value &= (std::uint64_t{1} << (8 * row->size)) - 1;
  return out;
}

Operand unsigned_operand(std::uint64_t value) {
  return immediate_operand(value <= UINT32_MAX ? type::kUnt32 : type::kUnt64, value);
}

Operand integer_operand(std::int64_t value) {
  if (value >= 0) return unsigned_operand(static_cast<std::uint64_t>(value));
  return immediate_operand(value >= INT32_MIN ? type::kInt32 : type::kInt64,
                           static_cast<std::uint64_t>(value));
}

Operand array_operand(const Type& element, std::vector<std::uint8_t> data) {
  return wide_operand(type_of(type::kArray, element), std::move(data));
}

Operand wide_operand(const Type& type, std::vector<std::uint8_t> data) {
  Operand out;
  out.kind = kImmediate;
  out.type = type;
  out.type.levels.at(0).extension |= extension::kImmediate;
  out.data = std::move(data);
  return out;
}

Operand condition_operand(Condition condition) {
  return with_id(kCondition, type::kCondition, static_cast<std::uint32_t>(condition));
}

Operand parameter_operand(std::uint8_t parameter_type, std::uint8_t value) {
  return with_id(kParameter, parameter_type, value);
}

Operand abi_operand(AbiControl control, std::uint16_t abi_symbol) {
  Operand out = with_id(kAbi, type::kAbi, abi_symbol);
  out.control = control;
  return out;
}

namespace {

bool uses_wide_variable(const Memory& memory) {
  using Part = Memory::Part;
  return (memory.base == Part::kVariable && memory.base_id > kLargestNarrowId) ||
         (memory.index == Part::kVariable && memory.index_id > kLargestNarrowId);
}

/// The value bits of the shortest form that says the same.
std::uint8_t memory_form(const Memory& memory) {
  using Part = Memory::Part;
  if (memory.index == Part::kNone && !memory.has_displacement) {
    if (memory.base == Part::kNone) return extension::kImmediate;
    if (memory.base == Part::kVariable) return extension::kVariable;
    if (memory.base == Part::kSymbol) return extension::kSymbol;
  }
  return extension::kValueMask;
}

}  // namespace

Operand memory_operand(const Memory& memory) {
  Operand out;
  out.kind = kMemory;
  std::uint8_t ext = memory_form(memory);
  if (uses_wide_variable(memory)) ext |= extension::kWide;
  out.type = simple_type(type::kPointer, ext);
  out.memory = memory;
  return out;
}

Operand type_operand(const Type& type) {
  Operand out;
  out.kind = kType;
  out.type = type;
  return out;
}

bool has_registers(AbiRecord record) {
  return record >= AbiRecord::kParams && record <= AbiRecord::kCallee;
}

bool is_canonical(const Operand& operand) {
  constexpr std::uint8_t kQualifiers = extension::kConst | extension::kVolatile;
  switch (operand.kind) {
    case kVariable:
      return operand.extension() == variable_operand(operand.id).extension();
    case kMemory:
      return (operand.extension() & ~extension::kVolatile) ==
             memory_operand(operand.memory).extension();
    case kImmediate:
      return (operand.extension() & kQualifiers) == 0;
    case kTypedVariable:
    case kTypedSymbol:
      return false;
    default:
      return true;
  }
}

bool is_canonical(const Instruction& instruction) {
  const OpcodeRow* row = opcode_row(instruction.opcode);
  const bool written = row != nullptr && (row->kind == OpcodeKind::kInstruction ||
                                          row->kind == OpcodeKind::kDeclaration);
  return written && std::all_of(instruction.operands.begin(), instruction.operands.end(),
                                [](const Operand& one) { return is_canonical(one); });
}

namespace {

bool is_state(const Operand& operand) {
  const TypeRow* row = type_row(operand.type.code());
  return operand.kind == kType && row != nullptr && row->kind == TypeKind::kState;
}

bool is_place(const Operand& operand) {
  return operand.kind == kVariable || operand.kind == kRegister || operand.kind == kMemory ||
         operand.kind == kTypedVariable || operand.kind == kTypedSymbol || is_state(operand);
}

}  // namespace

bool accepts(char letter, const Operand& operand) {
  const OperandKind kind = operand.kind;
  switch (letter) {
    case 'D':
      return is_place(operand);
    case 'S':
      return is_place(operand) || kind == kImmediate || kind == kSymbol;
    case 'R':
      return accepts('S', operand) || kind == kAbi;
    case 'T':
      return is_place(operand) || kind == kSymbol;
    case 'L':
      return kind == kMemory || kind == kVariable || kind == kSymbol || kind == kTypedVariable ||
             kind == kTypedSymbol;
    case 'V':
      return kind == kVariable;
    case 'N':
      return kind == kSymbol;
    case 'U':
      return kind == kSymbol || (kind == kType && !is_state(operand));
    case 'Y':
      return kind == kType && !is_state(operand);
    case 'Q':
      return accepts('S', operand) || accepts('Y', operand);
    case 'I':
      return kind == kImmediate;
    case 'A':
      return kind == kAbi;
    case 'P':
      return kind == kParameter;
    case 'G':
      return kind == kRegister;
    default:
      return false;
  }
}

std::string_view letter_text(char letter) {
  switch (letter) {
    case 'D':
      return "a variable, register or memory";
    case 'S':
      return "a value";
    case 'R':
      return "a value or TYPE_ABICTL";
    case 'T':
      return "a label, or what holds an address";
    case 'L':
      return "memory, a variable or a symbol";
    case 'V':
      return "a variable";
    case 'N':
      return "a symbol";
    case 'U':
      return "a type's name";
    case 'Y':
      return "a type";
    case 'Q':
      return "a value or type";
    case 'I':
      return "a number";
    case 'A':
      return "TYPE_ABICTL";
    case 'P':
      return "TYPE_PARAM0";
    case 'G':
      return "a register";
    default:
      return "no operand";
  }
}

std::optional<std::size_t> mismatch(const OpcodeRow& row, std::span<const Operand> operands) {
  const OperandPattern pattern = operand_pattern(row);
  std::size_t at = 0;
  for (std::size_t i = 0; i < pattern.front.size(); ++i) {
    const bool optional = i + 1 < pattern.front.size() && pattern.front[i + 1] == '?';
    const bool fitting = at < operands.size() && accepts(pattern.front[i], operands[at]);
    if (!fitting && !optional) return at;
    if (fitting) ++at;
    if (optional) ++i;
  }
  const std::size_t back = pattern.back.size();
  for (std::size_t i = 0; !pattern.group.empty() && at + back < operands.size(); ++i, ++at) {
    if (!accepts(pattern.group[i % pattern.group.size()], operands[at])) return at;
  }
  for (const char letter : pattern.back) {
    if (at >= operands.size() || !accepts(letter, operands[at])) return at;
    ++at;
  }
  return at == operands.size() ? std::nullopt : std::optional(at);
}

std::optional<Condition> Instruction::condition() const {
  if (operands.empty() || operands.back().kind != kCondition) return std::nullopt;
  return static_cast<Condition>(operands.back().id);
}

std::span<const Operand> Instruction::plain_operands() const {
  const std::span<const Operand> all(operands);
  return condition() ? all.first(all.size() - 1) : all;
}

}  // namespace cmos::coil
