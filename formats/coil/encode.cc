// Structs to bytes.
#include "formats/coil/elements.h"
#include "formats/coil/instruction.h"

namespace cmos::coil {
namespace {

void put_type(const Type& type, ByteWriter& out) {
  for (const TypeLevel& level : type.levels) {
    out.u8(level.code);
    out.u8(level.extension);
    const TypeRow* row = type_row(level.code);
    if (row == nullptr) continue;
    if (row->kind == TypeKind::kStruct) out.u16(level.symbol);
  }
  // A count stands behind the element's type, so the innermost array's comes first.
  for (auto level = type.levels.rbegin(); level != type.levels.rend(); ++level) {
    const TypeRow* row = type_row(level->code);
    if (row != nullptr && row->kind == TypeKind::kArray &&
        (level->extension & extension::kWide) != 0)
      out.u32(level->count);
  }
}

void put_number(std::uint64_t value, unsigned size, ByteWriter& out) {
  switch (size) {
    case 1:
      return out.u8(static_cast<std::uint8_t>(value));
    case 2:
      return out.u16(static_cast<std::uint16_t>(value));
    case 4:
      return out.u32(static_cast<std::uint32_t>(value));
    default:
      return out.u64(value);
  }
}

void put_immediate(const Operand& operand, ByteWriter& out) {
  put_type(operand.type, out);
  const TypeRow* row = type_row(operand.type.code());
  const TypeKind kind = row == nullptr ? TypeKind::kVoid : row->kind;
  if (is_scalar(kind) && row->size <= 8 && row->size != 0)
    return put_number(operand.value, row->size, out);
  if (kind == TypeKind::kArray || kind == TypeKind::kStruct)
    out.u32(static_cast<std::uint32_t>(operand.data.size()));
  out.bytes(in_order(operand.data, element_size(operand.type), out.order()));
}

void put_variable(std::uint32_t id, std::uint8_t ext, ByteWriter& out) {
  if ((ext & extension::kWide) != 0)
    out.u16(static_cast<std::uint16_t>(id));
  else
    out.u8(static_cast<std::uint8_t>(id));
}

void put_part(Memory::Part part, std::uint16_t id, std::uint8_t ext, ByteWriter& out) {
  switch (part) {
    case Memory::Part::kNone:
      return;
    case Memory::Part::kVariable:
      return put_variable(id, ext, out);
    case Memory::Part::kSymbol:
      return out.u16(id);
    case Memory::Part::kRegister:
      return out.u8(static_cast<std::uint8_t>(id));
  }
}

void put_memory(const Operand& operand, ByteWriter& out) {
  const Memory& memory = operand.memory;
  const std::uint8_t ext = operand.extension();
  switch (ext & extension::kValueMask) {
    case extension::kImmediate:
      return out.u32(memory.address);
    case extension::kVariable:
      return put_variable(memory.base_id, ext, out);
    case extension::kSymbol:
      return out.u16(memory.base_id);
    default:
      break;
  }
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(memory.base) |
                                   static_cast<unsigned>(memory.index) << 2 |
                                   (memory.has_displacement ? 0x10u : 0u)));
  put_part(memory.base, memory.base_id, ext, out);
  put_part(memory.index, memory.index_id, ext, out);
  if (memory.index != Memory::Part::kNone) out.u8(memory.scale);
  if (memory.has_displacement) out.u32(static_cast<std::uint32_t>(memory.displacement));
}

void put_operand(const Operand& operand, ByteWriter& out) {
  if (operand.kind == OperandKind::kImmediate) return put_immediate(operand, out);
  put_type(operand.type, out);
  switch (operand.kind) {
    case OperandKind::kVariable:
    case OperandKind::kTypedVariable:
      return put_variable(operand.id, operand.extension(), out);
    case OperandKind::kSymbol:
    case OperandKind::kTypedSymbol:
      return out.u16(static_cast<std::uint16_t>(operand.id));
    case OperandKind::kRegister:
    case OperandKind::kCondition:
    case OperandKind::kParameter:
      return out.u8(static_cast<std::uint8_t>(operand.id));
    case OperandKind::kAbi:
      out.u8(static_cast<std::uint8_t>(operand.control));
      return out.u16(static_cast<std::uint16_t>(operand.id));
    case OperandKind::kMemory:
      return put_memory(operand, out);
    case OperandKind::kImmediate:
    case OperandKind::kType:
      return;
  }
}

void put_abi_block(const std::vector<AbiEntry>& block, ByteWriter& out) {
  for (const AbiEntry& entry : block) {
    out.u8(static_cast<std::uint8_t>(entry.record));
    if (has_registers(entry.record)) {
      out.u8(static_cast<std::uint8_t>(entry.registers.size()));
      out.bytes(entry.registers);
    } else if (entry.record == AbiRecord::kArgumentStyle) {
      out.u8(static_cast<std::uint8_t>(entry.value));
    } else {
      out.u16(entry.value);
    }
  }
  out.u8(static_cast<std::uint8_t>(AbiRecord::kExit));
}

}  // namespace

void encode(const Instruction& instruction, ByteWriter& out) {
  out.u8(instruction.opcode);
  out.u8(static_cast<std::uint8_t>(instruction.operands.size()));
  for (const Operand& operand : instruction.operands) put_operand(operand, out);
  if (instruction.opcode == opcode::kAbi) put_abi_block(instruction.abi, out);
}

std::vector<std::uint8_t> encode(const Instruction& instruction, ByteOrder order) {
  ByteWriter out(order);
  encode(instruction, out);
  return std::move(out).take();
}

}  // namespace cmos::coil
