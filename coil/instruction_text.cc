// Instructions as CASM writes them.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "coil/disassembler.h"
#include "coil/literal.h"
#include "coil/registers.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
using coil::OperandKind;
using coil::TypeKind;

class InstructionText {
 public:
  InstructionText(const coil::ObjectFile& file, const coil::Triple& target)
      : file_(file), device_(device_of(target)) {}

  std::string operand(const coil::Operand& operand, std::uint8_t opcode) const;
  std::string instruction(const coil::Instruction& instruction) const;

 private:
  std::string symbol(std::uint32_t index) const;
  std::string part(coil::Memory::Part part, std::uint16_t id) const;
  std::string memory(const coil::Memory& memory) const;
  std::string type(const coil::Type& type) const;
  std::string parameter(const coil::Operand& operand, std::uint8_t opcode) const;
  std::string immediate(const coil::Operand& operand) const;
  std::string initialiser(const coil::Operand& operand) const;
  std::string elements(const coil::Operand& operand) const;
  std::string abi_block(const coil::Instruction& instruction) const;

  const coil::ObjectFile& file_;
  const coil::Device& device_;
};

std::string InstructionText::symbol(std::uint32_t index) const {
  return index < file_.symbols.size() ? file_.symbols[index].name : fmt::format("@{}", index);
}

std::string InstructionText::part(coil::Memory::Part part, std::uint16_t id) const {
  switch (part) {
    case coil::Memory::Part::kVariable:
      return fmt::format("#{}", id);
    case coil::Memory::Part::kSymbol:
      return symbol(id);
    case coil::Memory::Part::kRegister:
      return fmt::format("TYPE_RGP={}", register_name(device_, coil::type::kGeneralRegister,
                                                      static_cast<std::uint8_t>(id)));
    case coil::Memory::Part::kNone:
      break;
  }
  return {};
}

std::string InstructionText::memory(const coil::Memory& memory) const {
  using Part = coil::Memory::Part;
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

std::string InstructionText::type(const coil::Type& type) const {
  std::vector<std::string> names;
  if (const std::uint16_t index = type.levels.back().symbol; index < file_.symbols.size()) {
    names.resize(index + 1u);
    names[index] = file_.symbols[index].name;
  }
  return coil::text_of(type, &names);
}

std::string InstructionText::parameter(const coil::Operand& operand, std::uint8_t opcode) const {
  const coil::Codes names = opcode == op::kSym     ? coil::visibilities()
                            : opcode == op::kVload ? coil::vector_load_parameters()
                                                   : coil::access_parameters();
  const auto name = coil::name_of(names, operand.id);
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

std::string number_text(std::uint64_t bits, const coil::TypeRow& row) {
  if (row.code == coil::type::kFp32)
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
std::string InstructionText::elements(const coil::Operand& operand) const {
  const coil::TypeRow* row = coil::type_row(operand.type.element().code());
  if (operand.type.code() == coil::type::kArray && row != nullptr && row->code == coil::type::kUnt8)
    return quoted(operand.data);
  std::string out;
  const std::size_t size = row == nullptr || row->size == 0 || row->size > 8 ? 1u : row->size;
  for (std::size_t at = 0; row != nullptr && at + size <= operand.data.size(); at += size) {
    std::uint64_t bits = 0;
    for (std::size_t i = size; i-- > 0;) bits = bits << 8 | operand.data[at + i];
    out += fmt::format("{}{}", out.empty() ? "" : ", ", number_text(bits, *row));
  }
  return "(" + out + ")";
}

/// An initialiser has the variable's own type, so its number says all.
std::string InstructionText::initialiser(const coil::Operand& operand) const {
  const coil::TypeRow& row = *coil::type_row(operand.type.code());
  if (row.kind == TypeKind::kArray || row.kind == TypeKind::kVector) return elements(operand);
  if (row.size > 8 || row.kind == TypeKind::kStruct) return quoted(operand.data);
  return number_text(operand.value, row);
}

std::string InstructionText::immediate(const coil::Operand& operand) const {
  const coil::TypeRow& row = *coil::type_row(operand.type.code());
  if (!coil::is_scalar(row.kind) || row.size > 8) return initialiser(operand);
  const std::string number = number_text(operand.value, row);
  const bool plain_unsigned = coil::unsigned_operand(operand.value) == operand;
  const bool plain_signed = row.kind == TypeKind::kSigned && number.starts_with('-') &&
                            coil::integer_operand(std::stoll(number)) == operand;
  if (plain_unsigned || plain_signed) return number;
  return fmt::format("TYPE_{}={}", row.name, number);
}

std::string InstructionText::operand(const coil::Operand& operand, std::uint8_t opcode) const {
  switch (operand.kind) {
    case OperandKind::kVariable:
      return fmt::format("#{}", operand.id);
    case OperandKind::kSymbol:
      return symbol(operand.id);
    case OperandKind::kRegister:
      return fmt::format(
          "TYPE_{}={}", coil::type_row(operand.type.code())->name,
          register_name(device_, operand.type.code(), static_cast<std::uint8_t>(operand.id)));
    case OperandKind::kImmediate:
      return immediate(operand);
    case OperandKind::kCondition:
      return fmt::format("TYPE_PARAM5={}", *coil::name_of(coil::conditions(), operand.id));
    case OperandKind::kParameter:
      return parameter(operand, opcode);
    case OperandKind::kAbi:
      return fmt::format(
          "TYPE_ABICTL={}={}",
          *coil::name_of(coil::abi_controls(), static_cast<std::uint32_t>(operand.control)),
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

std::string InstructionText::abi_block(const coil::Instruction& instruction) const {
  std::string out = fmt::format("ABI {}", symbol(instruction.operands[0].id));
  for (const coil::AbiEntry& entry : instruction.abi) {
    out += fmt::format(
        "\n    {} ", *coil::name_of(coil::abi_records(), static_cast<std::uint32_t>(entry.record)));
    if (!coil::has_registers(entry.record)) {
      out += fmt::format("{}", entry.value);
      continue;
    }
    bool first = true;
    for (const std::uint8_t id : entry.registers) {
      out += (first ? "" : ", ") + register_name(device_, coil::type::kGeneralRegister, id);
      first = false;
    }
    if (entry.registers.empty()) out += "NONE";
  }
  return out + "\nEXIT";
}

std::string InstructionText::instruction(const coil::Instruction& instruction) const {
  const std::uint8_t code = instruction.opcode;
  if (code == op::kAbi) return abi_block(instruction);
  const coil::OpcodeRow& row = *coil::opcode_row(code);
  std::string out(row.mnemonic);
  auto operands = std::span<const coil::Operand>(instruction.operands);
  if (const auto condition = instruction.condition(); condition && row.conditional) {
    out += fmt::format("_{}",
                       *coil::name_of(coil::conditions(), static_cast<std::uint32_t>(*condition)));
    operands = instruction.plain_operands();
  }
  const bool small =
      code == op::kProc || code == op::kArch || code == op::kMode || code == op::kVersion;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const coil::Operand& one = operands[i];
    const bool typed = small || (code == op::kVar && i >= 2);
    // The cases of a SWITCH stand on lines of their own.
    const bool new_line = code == op::kSwitch && i >= 2 && i % 2 == 0;
    out += i == 0 ? " " : new_line ? "\n        " : ", ";
    out += typed && one.kind == OperandKind::kImmediate ? initialiser(one) : operand(one, code);
  }
  return out;
}

}  // namespace

std::string operand_text(const coil::Operand& operand, const coil::ObjectFile& file,
                         const coil::Triple& target) {
  return InstructionText(file, target).operand(operand, op::kMov);
}

std::string instruction_text(const coil::Instruction& instruction, const coil::ObjectFile& file,
                             const coil::Triple& target) {
  return InstructionText(file, target).instruction(instruction);
}

}  // namespace cmos::casm
