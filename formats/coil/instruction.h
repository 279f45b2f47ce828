// COIL instructions and operands as data, and their bytes (docs/coil.md, Encoding).
//
//   instruction   opcode:u8  operand count:u8  operands
//   operand       main type:u8  extension:u8  [type data]  [value]
//
// The two bytes of a type are never swapped; values follow the file's byte order. An operand keeps
// its extension byte, so that what was read is written back unchanged even where a shorter form
// exists; the functions below that make operands choose the canonical form.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "formats/coil/codes.h"
#include "formats/coil/opcodes.h"
#include "formats/coil/types.h"

namespace cmos::coil {

enum class OperandKind : std::uint8_t {
  kVariable,       ///< `id`: #1 and up
  kSymbol,         ///< `id`: index in the symbol table
  kRegister,       ///< `type` says which file of registers, `id` its position in the target's list
  kImmediate,      ///< `type` and `value` or `data`
  kCondition,      ///< `id`: Condition
  kParameter,      ///< `type`: PARAM0 … PARAM4, `id`: its value
  kAbi,            ///< `control`, and `id`: the symbol of the ABI's name
  kMemory,         ///< `memory`
  kType,           ///< `type`; machine state (SP, BP …), too
  kTypedVariable,  ///< `type`, `id`: read, never written by casm
  kTypedSymbol,    ///< the same
};

/// [base + index * scale + displacement], or [address].
struct Memory {
  enum class Part : std::uint8_t { kNone, kVariable, kSymbol, kRegister };
  Part base = Part::kNone;
  Part index = Part::kNone;
  std::uint16_t base_id = 0;  ///< variable, symbol index or general register
  std::uint16_t index_id = 0;
  std::uint8_t scale = 1;  ///< 1, 2, 4 or 8; only with an index
  bool has_displacement = false;
  std::int32_t displacement = 0;
  std::uint32_t address = 0;  ///< of the form without parts

  bool operator==(const Memory&) const = default;
};

struct Operand {
  OperandKind kind = OperandKind::kType;
  Type type;  ///< its first level's extension byte is the operand's
  std::uint32_t id = 0;
  AbiControl control = AbiControl::kStandard;
  std::uint64_t value = 0;  ///< of immediates of at most eight bytes: their bits, zero-extended
  /// Of all other immediates: elements one behind the other, each little-endian, whatever the
  /// file's order; structures as they lie in memory. Strings are arrays of UNT8.
  std::vector<std::uint8_t> data;
  Memory memory;

  std::uint8_t extension() const { return type.extension(); }
  bool operator==(const Operand&) const = default;
};

Operand variable_operand(std::uint32_t id);
Operand symbol_operand(std::uint32_t index);
Operand register_operand(std::uint8_t file, std::uint8_t id);
/// `value` as `type`, which has at most eight bytes.
Operand immediate_operand(std::uint8_t type, std::uint64_t value);
/// An integer without a type of its own: UNT32, UNT64 above, INT32 and INT64 below zero.
Operand integer_operand(std::int64_t value);
Operand unsigned_operand(std::uint64_t value);
/// A string or list: an immediate of TYPE_ARRAY=`element`.
Operand array_operand(const Type& element, std::vector<std::uint8_t> data);
/// A value of more than eight bytes, of a vector type or of a structure.
Operand wide_operand(const Type& type, std::vector<std::uint8_t> data);
Operand condition_operand(Condition condition);
Operand parameter_operand(std::uint8_t parameter_type, std::uint8_t value);
Operand abi_operand(AbiControl control, std::uint16_t abi_symbol);
Operand memory_operand(const Memory& memory);
Operand type_operand(const Type& type);

/// One record of an ABI block: PARAMS … CALLEE have registers, the others a value.
struct AbiEntry {
  AbiRecord record = AbiRecord::kParams;
  std::vector<std::uint8_t> registers;
  std::uint16_t value = 0;

  bool operator==(const AbiEntry&) const = default;
};
bool has_registers(AbiRecord record);

struct Instruction {
  std::uint8_t opcode = opcode::kNop;
  std::vector<Operand> operands = {};
  std::vector<AbiEntry> abi = {};  ///< of opcode::kAbi alone
  std::uint64_t offset = 0;        ///< in its section
  std::uint64_t size = 0;          ///< bytes

  /// The condition behind the other operands, if any.
  std::optional<Condition> condition() const;
  /// Operands without that condition.
  std::span<const Operand> plain_operands() const;
  /// Equality of what is encoded: offset and size do not count.
  bool same_as(const Instruction& other) const {
    return opcode == other.opcode && operands == other.operands && abi == other.abi;
  }
};

// ---- bytes ----------------------------------------------------------------------------------

/// Why bytes are no instruction; the sub-code of 0x0302.
enum class DecodeFault : std::uint8_t {
  kNone = 0,
  kOpcode = 1,   ///< nobody assigns it, or it is never in a binary, or needs an extension
  kCount = 2,    ///< too few or too many operands
  kOperand = 3,  ///< an operand that is none, or does not fit its place, or is cut short
};
struct Decoded {
  Instruction instruction;
  DecodeFault fault = DecodeFault::kNone;
  Error error;  ///< with the offset in the file; only with a fault
};

/// The instruction at `at` of a section's bytes. `file_offset` is that of the section's first byte,
/// for errors. Operand counts and the kind of every operand are checked against the table.
Decoded decode(Bytes section, std::uint64_t at, ByteOrder order, std::uint64_t file_offset);
/// All of them; fails with the first fault.
Result<std::vector<Instruction>> decode_all(Bytes section, ByteOrder order,
                                            std::uint64_t file_offset, std::string_view file);

void encode(const Instruction& instruction, ByteWriter& out);
std::vector<std::uint8_t> encode(const Instruction& instruction, ByteOrder order);

/// Whether casm would choose the same bytes for what this operand or instruction says.
bool is_canonical(const Operand& operand);
bool is_canonical(const Instruction& instruction);

/// Index of the first operand that has no place in the row's pattern (the operands' number when
/// one is missing), or nothing.
std::optional<std::size_t> mismatch(const OpcodeRow& row, std::span<const Operand> operands);
/// Whether an operand may stand where the pattern has `letter`.
bool accepts(char letter, const Operand& operand);
/// "a destination", for messages.
std::string_view letter_text(char letter);

}  // namespace cmos::coil
