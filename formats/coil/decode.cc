// Bytes to structs. Nothing is reserved before the bytes it needs were seen.
#include <fmt/format.h>

#include "formats/coil/elements.h"
#include "formats/coil/instruction.h"

namespace cmos::coil {
namespace {

/// Types of types: no program needs more, and a hostile file must not recurse.
constexpr std::size_t kMostLevels = 8;

class Decoder {
 public:
  explicit Decoder(ByteReader& in) : in_(in) {}

  Operand operand();
  std::vector<AbiEntry> abi_block();

 private:
  void wrong(std::uint64_t at, std::string_view field, std::string found, std::string expected) {
    in_.fail_at(at, field, std::move(found), std::move(expected));
  }
  TypeLevel code();
  void type_data(Type& type);
  std::uint32_t variable(std::uint8_t ext);
  std::uint16_t part(Memory::Part part, std::uint8_t ext);
  void fixed(Operand& out, TypeKind kind);
  void memory(Operand& out);
  void general_memory(Operand& out);
  void immediate(Operand& out, const TypeRow& row);
  void long_immediate(Operand& out, const TypeRow& row);
  void typed(Operand& out, const TypeRow& row);
  void plain_type(Operand& out, const TypeRow& row);
  void check_extension(const Operand& out, std::uint8_t allowed);

  ByteReader& in_;
  std::uint64_t at_ = 0;  ///< of the operand
};

TypeLevel Decoder::code() {
  TypeLevel out;
  const std::uint64_t at = in_.offset();
  out.code = in_.u8("operand type");
  out.extension = in_.u8("operand type extension");
  if (in_.ok() && type_row(out.code) == nullptr)
    wrong(at, "operand type", fmt::format("0x{:02x}", out.code), "a type code");
  return out;
}

/// What follows the first type code: element types, names, counts.
void Decoder::type_data(Type& type) {
  for (;;) {
    TypeLevel& last = type.levels.back();
    const TypeRow* row = type_row(last.code);
    if (row->kind == TypeKind::kStruct) last.symbol = in_.u16("type name symbol");
    if (!has_element(row->kind)) break;
    const std::uint64_t at = in_.offset();
    if (type.levels.size() == kMostLevels)
      return wrong(at, "element type", "one more level", fmt::format("at most {}", kMostLevels));
    TypeLevel next = code();
    if (!in_.ok()) return;
    const TypeRow* inner = type_row(next.code);
    const std::uint8_t allowed = extension::kConst | extension::kVolatile | extension::kNoValue |
                                 (inner->kind == TypeKind::kArray ? extension::kWide : 0);
    const bool value = inner->kind == TypeKind::kVoid || is_scalar(inner->kind) ||
                       has_element(inner->kind) || inner->kind == TypeKind::kStruct ||
                       inner->kind == TypeKind::kComplex;
    if (!value || (next.extension & ~allowed) != 0)
      return wrong(at, "element type", fmt::format("{:02x} {:02x}", next.code, next.extension),
                   "the type of a value");
    type.levels.push_back(next);
  }
  for (auto level = type.levels.rbegin(); level != type.levels.rend(); ++level) {
    if (type_row(level->code)->kind == TypeKind::kArray &&
        (level->extension & extension::kWide) != 0)
      level->count = in_.u32("array length");
  }
}

std::uint32_t Decoder::variable(std::uint8_t ext) {
  const std::uint64_t at = in_.offset();
  const std::uint32_t id =
      (ext & extension::kWide) != 0 ? in_.u16("variable id") : in_.u8("variable id");
  if (in_.ok() && id == 0) wrong(at, "variable id", "0", "1 or more");
  return id;
}

std::uint16_t Decoder::part(Memory::Part part, std::uint8_t ext) {
  switch (part) {
    case Memory::Part::kNone:
      return 0;
    case Memory::Part::kVariable:
      return static_cast<std::uint16_t>(variable(ext));
    case Memory::Part::kSymbol:
      return in_.u16("symbol index");
    case Memory::Part::kRegister:
      return in_.u8("register id");
  }
  return 0;
}

void Decoder::check_extension(const Operand& out, std::uint8_t allowed) {
  if ((out.extension() & ~allowed) != 0)
    wrong(at_ + 1, "operand type extension", fmt::format("0x{:02x}", out.extension()),
          fmt::format("bits of 0x{:02x}", allowed));
}

/// Operands whose main type says all about what follows.
void Decoder::fixed(Operand& out, TypeKind kind) {
  switch (kind) {
    case TypeKind::kVariable:
      out.kind = OperandKind::kVariable;
      check_extension(out, extension::kWide);
      out.id = variable(out.extension());
      return;
    case TypeKind::kSymbol:
      out.kind = OperandKind::kSymbol;
      check_extension(out, 0);
      out.id = in_.u16("symbol index");
      return;
    case TypeKind::kRegister:
      out.kind = OperandKind::kRegister;
      check_extension(out, 0);
      out.id = in_.u8("register id");
      return;
    case TypeKind::kCondition: {
      out.kind = OperandKind::kCondition;
      check_extension(out, 0);
      const std::uint64_t at = in_.offset();
      out.id = in_.u8("condition");
      if (in_.ok() && !name_of(conditions(), out.id))
        wrong(at, "condition", fmt::format("{}", out.id), "0 to 15");
      return;
    }
    case TypeKind::kParameter:
      out.kind = OperandKind::kParameter;
      check_extension(out, 0);
      out.id = in_.u8("parameter value");
      return;
    default: {
      out.kind = OperandKind::kAbi;
      check_extension(out, 0);
      const std::uint64_t at = in_.offset();
      const std::uint8_t control = in_.u8("ABI control");
      if (in_.ok() && !name_of(abi_controls(), control))
        wrong(at, "ABI control", fmt::format("{}", control), "0 to 4");
      out.control = static_cast<AbiControl>(control);
      out.id = in_.u16("ABI symbol");
      return;
    }
  }
}

void Decoder::memory(Operand& out) {
  using Part = Memory::Part;
  out.kind = OperandKind::kMemory;
  const std::uint8_t ext = out.extension();
  check_extension(out, extension::kValueMask | extension::kVolatile | extension::kWide);
  switch (ext & extension::kValueMask) {
    case extension::kImmediate:
      out.memory.address = in_.u32("memory address");
      return;
    case extension::kVariable:
      out.memory.base = Part::kVariable;
      out.memory.base_id = part(Part::kVariable, ext);
      return;
    case extension::kSymbol:
      out.memory.base = Part::kSymbol;
      out.memory.base_id = part(Part::kSymbol, ext);
      return;
    case extension::kValueMask:
      return general_memory(out);
    default:
      wrong(at_ + 1, "operand type extension", fmt::format("0x{:02x}", ext),
            "one of 0x20, 0x40, 0x80, 0xe0");
  }
}

void Decoder::general_memory(Operand& out) {
  using Part = Memory::Part;
  Memory& memory = out.memory;
  const std::uint64_t at = in_.offset();
  const std::uint8_t form = in_.u8("memory form");
  memory.base = static_cast<Part>(form & 3);
  memory.index = static_cast<Part>(form >> 2 & 3);
  memory.has_displacement = (form & 0x10) != 0;
  if (in_.ok() && (form & 0xe0) != 0)
    wrong(at, "memory form", fmt::format("0x{:02x}", form), "bits of 0x1f");
  if (in_.ok() && (form & 0x1f) == 0) wrong(at, "memory form", "no part", "at least one part");
  memory.base_id = part(memory.base, out.extension());
  memory.index_id = part(memory.index, out.extension());
  if (memory.index != Part::kNone) {
    const std::uint64_t scale_at = in_.offset();
    memory.scale = in_.u8("memory scale");
    const bool power =
        memory.scale == 1 || memory.scale == 2 || memory.scale == 4 || memory.scale == 8;
    if (in_.ok() && !power)
      wrong(scale_at, "memory scale", fmt::format("{}", memory.scale), "1, 2, 4 or 8");
  }
  if (memory.has_displacement)
    memory.displacement = static_cast<std::int32_t>(in_.u32("memory displacement"));
}

void Decoder::long_immediate(Operand& out, const TypeRow& row) {
  std::uint64_t size = row.size;
  if (row.kind == TypeKind::kArray || row.kind == TypeKind::kStruct)
    size = in_.u32("immediate length");
  const Bytes raw = in_.bytes(size, "immediate value");
  out.data = in_order({raw.begin(), raw.end()}, element_size(out.type), in_.order());
}

void Decoder::immediate(Operand& out, const TypeRow& row) {
  out.kind = OperandKind::kImmediate;
  const bool has_length = row.kind == TypeKind::kArray || row.kind == TypeKind::kStruct;
  check_extension(out, extension::kConst | extension::kVolatile | extension::kImmediate);
  if (row.size == 0 && !has_length)
    return wrong(at_, "immediate type", fmt::format("0x{:02x}", row.code), "a type with a size");
  type_data(out.type);
  if (!in_.ok()) return;
  if (!is_scalar(row.kind) || row.size > 8) return long_immediate(out, row);
  switch (row.size) {
    case 1:
      out.value = in_.u8("immediate value");
      break;
    case 2:
      out.value = in_.u16("immediate value");
      break;
    case 4:
      out.value = in_.u32("immediate value");
      break;
    default:
      out.value = in_.u64("immediate value");
  }
}

void Decoder::typed(Operand& out, const TypeRow& row) {
  const bool by_variable = (out.extension() & extension::kValueMask) == extension::kVariable;
  out.kind = by_variable ? OperandKind::kTypedVariable : OperandKind::kTypedSymbol;
  std::uint8_t allowed =
      extension::kConst | extension::kVolatile | extension::kVariable | extension::kSymbol;
  if (by_variable && row.kind != TypeKind::kArray) allowed |= extension::kWide;
  check_extension(out, allowed);
  if (!is_scalar(row.kind) && !has_element(row.kind) && row.kind != TypeKind::kStruct)
    return wrong(at_, "operand type", fmt::format("0x{:02x}", row.code), "the type of a value");
  type_data(out.type);
  if (!in_.ok()) return;
  out.id = by_variable ? variable(out.extension()) : in_.u16("symbol index");
}

void Decoder::plain_type(Operand& out, const TypeRow& row) {
  out.kind = OperandKind::kType;
  std::uint8_t allowed = extension::kConst | extension::kVolatile | extension::kNoValue;
  if (row.kind == TypeKind::kArray) allowed |= extension::kWide;
  check_extension(out, allowed);
  if (in_.ok()) type_data(out.type);
}

Operand Decoder::operand() {
  Operand out;
  at_ = in_.offset();
  out.type.levels.push_back(code());
  if (!in_.ok()) return out;
  const TypeRow& row = *type_row(out.type.code());
  const std::uint8_t value = out.extension() & extension::kValueMask;
  switch (row.kind) {
    case TypeKind::kVariable:
    case TypeKind::kSymbol:
    case TypeKind::kRegister:
    case TypeKind::kCondition:
    case TypeKind::kParameter:
    case TypeKind::kAbi:
      fixed(out, row.kind);
      return out;
    default:
      break;
  }
  if (row.kind == TypeKind::kPointer && value != 0) {
    memory(out);
  } else if (value == extension::kImmediate) {
    immediate(out, row);
  } else if (value == extension::kVariable || value == extension::kSymbol) {
    typed(out, row);
  } else if (value == 0) {
    plain_type(out, row);
  } else {
    wrong(at_ + 1, "operand type extension", fmt::format("0x{:02x}", out.extension()),
          "one of IMM, VAR and SYM");
  }
  return out;
}

std::vector<AbiEntry> Decoder::abi_block() {
  std::vector<AbiEntry> out;
  while (in_.ok()) {
    const std::uint64_t at = in_.offset();
    AbiEntry entry;
    const std::uint8_t record = in_.u8("ABI record");
    entry.record = static_cast<AbiRecord>(record);
    if (!in_.ok() || entry.record == AbiRecord::kExit) break;
    if (!name_of(abi_records(), record)) {
      wrong(at, "ABI record", fmt::format("{}", record), "0 to 8");
      break;
    }
    if (has_registers(entry.record)) {
      const Bytes ids = in_.bytes(in_.u8("ABI register count"), "ABI registers");
      entry.registers.assign(ids.begin(), ids.end());
    } else {
      entry.value = entry.record == AbiRecord::kArgumentStyle ? in_.u8("ABI argument style")
                                                              : in_.u16("ABI value");
    }
    out.push_back(std::move(entry));
  }
  return out;
}

Decoded refused(DecodeFault fault, std::uint64_t offset, std::string_view field, std::string found,
                std::string expected, ErrorCode code = ErrorCode::kMalformed) {
  return {.instruction = {},
          .fault = fault,
          .error = {.code = code,
                    .offset = offset,
                    .field = std::string(field),
                    .found = std::move(found),
                    .expected = std::move(expected)}};
}

std::optional<Decoded> refused_opcode(std::uint8_t code, std::uint64_t offset) {
  const OpcodeRow* row = opcode_row(code);
  if (row != nullptr && row->kind != OpcodeKind::kSourceOnly) return std::nullopt;
  if (row != nullptr)
    return refused(DecodeFault::kOpcode, offset, "opcode",
                   fmt::format("0x{:02x} ({})", code, row->mnemonic),
                   "no directive of the assembler");
  if (code >= opcode::kFirstProcessorSpecific)
    return refused(DecodeFault::kOpcode, offset, "opcode",
                   fmt::format("0x{:02x}, which is specific to a processor", code),
                   "a common opcode", ErrorCode::kUnsupported);
  return refused(DecodeFault::kOpcode, offset, "opcode", fmt::format("0x{:02x}", code),
                 "an opcode");
}

std::string counts_text(const OpcodeRow& row) {
  const auto [least, most] = operand_counts(row);
  if (most == kManyOperands) return fmt::format("{} or more operands of {}", least, row.mnemonic);
  if (least == most) return fmt::format("{} operands of {}", least, row.mnemonic);
  return fmt::format("{} to {} operands of {}", least, most, row.mnemonic);
}

/// SWITCH says how many cases it has; the operand count says it, too.
bool switch_counts(const Instruction& instruction) {
  const auto operands = instruction.plain_operands();
  return operands.size() >= 3 && operands[1].value == (operands.size() - 3) / 2;
}

Decoded checked(Decoded out, const OpcodeRow& row, std::uint64_t offset,
                const std::vector<std::uint64_t>& operand_offsets) {
  const Instruction& instruction = out.instruction;
  auto operands = std::span<const Operand>(instruction.operands);
  if (row.conditional) operands = instruction.plain_operands();
  if (!fits(row, operands.size()))
    return refused(DecodeFault::kCount, offset + 1, "operand count",
                   fmt::format("{}", operands.size()), counts_text(row));
  if (const auto bad = mismatch(row, operands)) {
    const bool there = *bad < operands.size();
    return refused(DecodeFault::kOperand, there ? operand_offsets[*bad] : offset + 1, "operand",
                   fmt::format("operand {} of {} is of another kind", *bad + 1, row.mnemonic),
                   fmt::format("the operands {}", row.operands));
  }
  if (row.code == opcode::kSwitch && !switch_counts(instruction))
    return refused(DecodeFault::kCount, offset + 1, "number of cases",
                   fmt::format("{}", operands[1].value),
                   fmt::format("{}", (operands.size() - 3) / 2));
  return out;
}

}  // namespace

Decoded decode(Bytes section, std::uint64_t at, ByteOrder order, std::uint64_t file_offset) {
  const std::uint64_t offset = file_offset + at;
  ByteReader in(section.subspan(at), offset, order);
  Decoded out;
  Instruction& instruction = out.instruction;
  instruction.offset = at;
  instruction.opcode = in.u8("opcode");
  if (in.ok()) {
    if (auto bad = refused_opcode(instruction.opcode, offset)) return std::move(*bad);
  }
  const std::uint8_t count = in.u8("operand count");
  Decoder decoder(in);
  std::vector<std::uint64_t> offsets;
  for (unsigned i = 0; i < count && in.ok(); ++i) {
    offsets.push_back(in.offset());
    instruction.operands.push_back(decoder.operand());
  }
  if (in.ok() && instruction.opcode == opcode::kAbi) instruction.abi = decoder.abi_block();
  if (!in.ok()) {
    const bool head = in.error().offset < offset + 2;
    return {.instruction = {},
            .fault = head ? DecodeFault::kCount : DecodeFault::kOperand,
            .error = in.error()};
  }
  instruction.size = in.offset() - offset;
  return checked(std::move(out), *opcode_row(out.instruction.opcode), offset, offsets);
}

Result<std::vector<Instruction>> decode_all(Bytes section, ByteOrder order,
                                            std::uint64_t file_offset, std::string_view file) {
  std::vector<Instruction> out;
  for (std::uint64_t at = 0; at < section.size();) {
    Decoded one = decode(section, at, order, file_offset);
    if (one.fault != DecodeFault::kNone) return fail(std::move(one.error).in_file(file));
    at += one.instruction.size;
    out.push_back(std::move(one.instruction));
  }
  return out;
}

}  // namespace cmos::coil
