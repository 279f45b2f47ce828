// Instructions as CASM writes them.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "formats/coil/floats.h"
#include "formats/coil/instruction_text.h"
#include "formats/coil/registers.h"

namespace cmos::coil {
namespace {

namespace op = opcode;

class InstructionText {
 public:
  InstructionText(const ObjectFile& file, const Triple& target)
      : file_(file), device_(device_of(target)) {}

  std::string operand(const Operand& operand, std::uint8_t opcode) const;
  std::string instruction(const Instruction& instruction) const;

 private:
  std::string symbol(std::uint32_t index) const;
  std::string part(Memory::Part part, std::uint16_t id) const;
  std::string memory(const Memory& memory) const;
  std::string type(const Type& type) const;
  std::string parameter(const Operand& operand, std::uint8_t opcode) const;
  std::string immediate(const Operand& operand) const;
  std::string initialiser(const Operand& operand) const;
  std::string elements(const Operand& operand) const;
  std::string abi_block(const Instruction& instruction) const;

  const ObjectFile& file_;
  const Device& device_;
};

std::string InstructionText::symbol(std::uint32_t index) const {
  return index < file_.symbols.size() ? file_.symbols[index].name : fmt::format("@{}", index);
}

std::string InstructionText::part(Memory::Part part, std::uint16_t id) const {
  switch (part) {
    case Memory::Part::kVariable:
      return fmt::format("#{}", id);
    case Memory::Part::kSymbol:
      return symbol(id);
    case Memory::Part::kRegister:
      return fmt::format("TYPE_RGP={}", register_name(device_, type::kGeneralRegister,
                                                      static_cast<std::uint8_t>(id)));
    case Memory::Part::kNone:
      break;
  }
  return {};
}

std::string InstructionText::memory(const Memory& memory) const {
  using Part = Memory::Part;
  std::string out = part(memory.base, memory.base_id);
  if (memory.index != Part::kNone) {
    if (!out.empty()) out += " + ";
    out += fmt::format("{}*{}", part(memory.index, memory.index_id), memory.scale);
  }
  if (memory.has_displacement) {
    const std::int64_t value = memory.displacement;
    out += fmt::format(" {} {}", value < 0 ? '-' : '+', value < 0 ? -value : value);
  }
  if (out.empty()) out = fmt::format("0x{:x}", memory.address);
  return "[" + out + "]";
}

std::string InstructionText::type(const Type& type) const {
  std::vector<std::string> names;
  if (const std::uint16_t index = type.levels.back().symbol; index < file_.symbols.size()) {
    names.resize(index + 1u);
    names[index] = file_.symbols[index].name;
  }
  return text_of(type, &names);
}

std::string InstructionText::parameter(const Operand& operand, std::uint8_t opcode) const {
  const Codes names = opcode == op::kSym     ? visibilities()
                      : opcode == op::kVload ? vector_load_parameters()
                                             : access_parameters();
  const auto name = name_of(names, operand.id);
  return fmt::format("{}={}", type(operand.type),
                     name ? std::string(*name) : fmt::format("{}", operand.id));
}

/// Shortest decimal that reads back as the same bits, always with a point or an exponent.
template <class Float>
std::string float_text(Float value) {
  std::string out = fmt::format("{}", value);
  if (out.find_first_of(".en") == std::string::npos) out += ".0";
  return out;
}

/// Infinities and NaNs have no decimals: they are written as their bytes.
bool is_finite(std::uint64_t bits, const TypeRow& row) {
  if (row.kind != TypeKind::kFloat || row.size > 8) return true;
  return std::isfinite(row.code == type::kFp32
                           ? double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))}
                           : float_value(bits, row));
}

std::vector<std::uint8_t> bytes_of(std::uint64_t bits, const TypeRow& row) {
  std::vector<std::uint8_t> out(row.size);
  store(out, bits);
  return out;
}

std::string number_text(std::uint64_t bits, const TypeRow& row) {
  if (row.code == type::kFp32)
    return float_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  if (row.kind == TypeKind::kFloat) return float_text(float_value(bits, row));
  if (row.kind != TypeKind::kSigned) return fmt::format("{}", bits);
  const unsigned unused = 64 - 8u * row.size;
  return fmt::format("{}", static_cast<std::int64_t>(bits << unused) >> unused);
}

std::string quoted(const std::vector<std::uint8_t>& bytes) {
  std::string out = "\"";
  for (const std::uint8_t byte : bytes) {
    if (byte == '"' || byte == '\\')
      out += fmt::format("\\{}", static_cast<char>(byte));
    else if (byte >= 0x20 && byte < 0x7f)
      out += static_cast<char>(byte);
    else
      out += fmt::format("\\x{:02x}", byte);
  }
  return out + "\"";
}

/// "(1, 2, 3)": the elements of a list, or a string of bytes.
std::string InstructionText::elements(const Operand& operand) const {
  const TypeRow* row = type_row(operand.type.element().code());
  const bool as_bytes = row != nullptr && (row->code == type::kUnt8 || row->size == 0);
  if (operand.type.code() == type::kArray && as_bytes) return quoted(operand.data);
  std::string out;
  const std::size_t size = row == nullptr || row->size == 0 || row->size > 8 ? 1u : row->size;
  for (std::size_t at = 0; row != nullptr && at + size <= operand.data.size(); at += size) {
    const std::uint64_t bits = load(Bytes(operand.data).subspan(at, size));
    if (!is_finite(bits, *row)) return quoted(operand.data);
    out += fmt::format("{}{}", out.empty() ? "" : ", ", number_text(bits, *row));
  }
  return "(" + out + ")";
}

/// An initialiser has the variable's own type, so its number says all.
std::string InstructionText::initialiser(const Operand& operand) const {
  const TypeRow& row = *type_row(operand.type.code());
  if (row.kind == TypeKind::kArray || row.kind == TypeKind::kVector) return elements(operand);
  if (row.size > 8 || row.kind == TypeKind::kStruct) return quoted(operand.data);
  if (!is_finite(operand.value, row)) return quoted(bytes_of(operand.value, row));
  return number_text(operand.value, row);
}

std::string InstructionText::immediate(const Operand& operand) const {
  const TypeRow& row = *type_row(operand.type.code());
  if (is_scalar(row.kind) && row.size > 8)
    return fmt::format("TYPE_{}={}", row.name, quoted(operand.data));
  if (!is_scalar(row.kind)) return initialiser(operand);
  if (!is_finite(operand.value, row))
    return fmt::format("TYPE_{}={}", row.name, quoted(bytes_of(operand.value, row)));
  const std::string number = number_text(operand.value, row);
  const bool plain_unsigned = unsigned_operand(operand.value) == operand;
  const bool plain_signed = row.kind == TypeKind::kSigned && number.starts_with('-') &&
                            integer_operand(std::stoll(number)) == operand;
  if (plain_unsigned || plain_signed) return number;
  return fmt::format("TYPE_{}={}", row.name, number);
}

std::string InstructionText::operand(const Operand& operand, std::uint8_t opcode) const {
  switch (operand.kind) {
    case OperandKind::kVariable:
      return fmt::format("#{}", operand.id);
    case OperandKind::kSymbol:
      return symbol(operand.id);
    case OperandKind::kRegister:
      return fmt::format(
          "TYPE_{}={}", type_row(operand.type.code())->name,
          register_name(device_, operand.type.code(), static_cast<std::uint8_t>(operand.id)));
    case OperandKind::kImmediate:
      return immediate(operand);
    case OperandKind::kCondition:
      return fmt::format("TYPE_PARAM5={}", *name_of(conditions(), operand.id));
    case OperandKind::kParameter:
      return parameter(operand, opcode);
    case OperandKind::kAbi:
      return fmt::format("TYPE_ABICTL={}={}",
                         *name_of(abi_controls(), static_cast<std::uint32_t>(operand.control)),
                         symbol(operand.id));
    case OperandKind::kMemory:
      return memory(operand.memory);
    case OperandKind::kType:
      return type(operand.type);
    case OperandKind::kTypedVariable:
      return fmt::format("#{}", operand.id);
    case OperandKind::kTypedSymbol:
      return symbol(operand.id);
  }
  return {};
}

std::string InstructionText::abi_block(const Instruction& instruction) const {
  std::string out = fmt::format("ABI {}", symbol(instruction.operands[0].id));
  for (const AbiEntry& entry : instruction.abi) {
    out +=
        fmt::format("\n    {} ", *name_of(abi_records(), static_cast<std::uint32_t>(entry.record)));
    if (!has_registers(entry.record)) {
      out += fmt::format("{}", entry.value);
      continue;
    }
    bool first = true;
    for (const std::uint8_t id : entry.registers) {
      out += (first ? "" : ", ") + register_name(device_, type::kGeneralRegister, id);
      first = false;
    }
    if (entry.registers.empty()) out += "NONE";
  }
  return out + "\nEXIT";
}

std::string InstructionText::instruction(const Instruction& instruction) const {
  const std::uint8_t code = instruction.opcode;
  if (code == op::kAbi) return abi_block(instruction);
  const OpcodeRow& row = *opcode_row(code);
  std::string out(row.mnemonic);
  auto operands = std::span<const Operand>(instruction.operands);
  if (const auto condition = instruction.condition(); condition && row.conditional) {
    out += fmt::format("_{}", *name_of(conditions(), static_cast<std::uint32_t>(*condition)));
    operands = instruction.plain_operands();
  }
  const bool small =
      code == op::kProc || code == op::kArch || code == op::kMode || code == op::kVersion;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Operand& one = operands[i];
    const bool typed = small || (code == op::kVar && i >= 2);
    // The cases of a SWITCH stand on lines of their own.
    const bool new_line = code == op::kSwitch && i >= 2 && i % 2 == 0;
    out += i == 0 ? " " : new_line ? "\n        " : ", ";
    out += typed && one.kind == OperandKind::kImmediate ? initialiser(one) : operand(one, code);
  }
  return out;
}

}  // namespace

std::string operand_text(const Operand& operand, const ObjectFile& file, const Triple& target) {
  return InstructionText(file, target).operand(operand, op::kMov);
}

std::string instruction_text(const Instruction& instruction, const ObjectFile& file,
                             const Triple& target) {
  return InstructionText(file, target).instruction(instruction);
}

void follow_target(const Instruction& instruction, Triple& target) {
  auto byte = [&](std::size_t index) {
    return index < instruction.operands.size()
               ? static_cast<std::uint8_t>(instruction.operands[index].value)
               : std::uint8_t{0};
  };
  if (instruction.opcode == op::kProc) target.device = byte(0);
  if (instruction.opcode == op::kMode) target.mode = byte(0);
  if (instruction.opcode != op::kArch) return;
  target.architecture = byte(0);
  if (instruction.operands.size() > 1) target.mode = byte(1);
}

}  // namespace cmos::coil
