// .cbc files (docs/coil.md 5): bytes <-> structs, and the ONE table of CBC's instructions, from
// which validator, disassembler, lowering and interpreter take them.
//
//   header          "CBC\0", version, flags, constant_offset, code_offset, metadata_offset,
//                   file_size
//   constant pool   u32 count, count type bytes, values one behind the other
//   code section    u32 count of functions, {u16 name, u16 signature, u32 code offset,
//                   u16 parameters, u16 locals, u32 code size}, bytecode
//   metadata        u32 offsets of the source's name, of debug information and of attributes
//
// Offsets are from the start of the image, which is the file, or the section of a .coilo that holds
// it. Ownership: code is a view, into the image that was read or into what the maker owns.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/coil/debug.h"
#include "formats/coil/header.h"
#include "formats/coil/instruction.h"

namespace cmos::coil {

// ---- instructions -----------------------------------------------------------------------------

/// How the operands of an opcode are used; with the format nibble it says what they are.
enum class CbcShape : std::uint8_t {
  kPlain,       ///< format 0
  kBranch,      ///< 1 rel8, 2 rel16, 3 rel32, from the next instruction
  kCompare,     ///< 7 a,b,rel8; 5 a,rel16 and 6 a,rel32 compare with 0; 8 a,b,rel16; 9 a,b,rel32
  kCall,        ///< 1 fn; 4 fn,arg; 7 fn,arg,arg; A u16 fn, result (0 none), u8 n, n args
  kReturn,      ///< 0 void; 1 variable
  kLoad,        ///< 4 d,address; 5 d,u16 constant; 6 d,u32 address; 7 d,address,disp8
  kStore,       ///< 4 address,s; 6 s,u32 address; 7 address,s,disp8
  kVariable,    ///< 1 id; 4 id,value of `width` bytes; 5 id,u16 constant; 6 id,u32
  kArithmetic,  ///< 7 d,a,b; 4 d,a (d = d op a); 6 d,u32 (d = d op value)
  kUnary,       ///< 4 d,s
};

struct CbcOpcodeRow {
  std::uint8_t code;
  std::string_view mnemonic;  ///< "add.i32"
  CbcShape shape;
  std::uint8_t type;   ///< the type nibble: 0 void, 1 int, 2 float
  std::uint8_t width;  ///< bytes of the values it works on; 0 = none, or as declared
};
std::span<const CbcOpcodeRow> cbc_opcodes();
const CbcOpcodeRow* cbc_opcode_row(std::uint8_t code);
const CbcOpcodeRow* cbc_opcode_named(std::string_view mnemonic);
/// Whether opcodes of this shape have a format.
bool has_format(CbcShape shape, std::uint8_t format);
inline constexpr std::uint8_t kFirstExtendedFormat = 8;
inline constexpr std::uint8_t kCallFormat = 0x0a;

struct CbcInstruction {
  std::uint8_t opcode = 0x01;
  std::uint8_t type = 0;
  std::uint8_t format = 0;
  std::uint8_t a = 0;  ///< the u8 operands in their order
  std::uint8_t b = 0;
  std::uint8_t c = 0;
  std::uint64_t value = 0;  ///< the u16 or u32 operand, or a variable's inline value
  std::vector<std::uint8_t> arguments = {};  ///< of a call in format A
  std::uint64_t offset = 0;                  ///< in its function
  std::uint64_t size = 0;

  /// The signed distance of a branch, from the next instruction.
  std::int64_t distance() const;
  /// Function index and number of arguments of a call.
  std::uint32_t callee() const;
  bool same_as(const CbcInstruction& other) const {
    return opcode == other.opcode && type == other.type && format == other.format && a == other.a &&
           b == other.b && c == other.c && value == other.value && arguments == other.arguments;
  }
};

struct CbcDecoded {
  CbcInstruction instruction;
  DecodeFault fault = DecodeFault::kNone;  ///< kOpcode, kCount for the format, kOperand when cut
  Error error;
};
CbcDecoded decode_cbc(Bytes code, std::uint64_t at, ByteOrder order, std::uint64_t file_offset);
void encode_cbc(const CbcInstruction& instruction, ByteWriter& out);

// ---- file -------------------------------------------------------------------------------------

enum class ConstantType : std::uint8_t {
  kI32 = 1,
  kI64 = 2,
  kF32 = 3,
  kF64 = 4,
  kString = 5,
  kType = 6,      ///< a COIL type code: main << 8 | extension
  kFunction = 7,  ///< index of a function
};
std::string_view name(ConstantType type);

struct Constant {
  ConstantType type = ConstantType::kI32;
  std::uint64_t bits = 0;
  std::string text;
  bool operator==(const Constant&) const = default;
};

/// A function's signature that is none.
inline constexpr std::uint16_t kNoSignature = 0xffff;

struct CbcFunction {
  std::uint16_t name = 0;                  ///< index of a string constant
  std::uint16_t signature = kNoSignature;  ///< the same: "i32(i32,i32)"
  std::uint16_t parameters = 0;
  std::uint16_t locals = 0;
  Bytes code = {};                ///< empty: provided by the host (its name begins with "host.")
  std::uint32_t code_offset = 0;  ///< in the image; set by read, ignored by write
};

struct CbcAttribute {
  std::uint16_t key = 0;  ///< indices of string constants
  std::uint16_t value = 0;
};

struct CbcFile {
  Version version;
  ByteOrder order = ByteOrder::kLittle;
  bool extended_pool = false;
  std::vector<Constant> constants;
  std::vector<CbcFunction> functions;
  /// Without a function table: the code of the one function.
  Bytes anonymous_code = {};
  std::uint32_t anonymous_offset = 0;
  std::string source;  ///< the source's name; empty = not said
  std::vector<CbcAttribute> attributes;
  std::optional<DebugInfo> debug;  ///< its code offsets are those of the image

  /// "" when there is no such constant.
  std::string_view text(std::uint16_t constant) const;
  std::string_view name_of(const CbcFunction& function) const { return text(function.name); }
  /// `main`, else `_start`, else the first; nothing without functions.
  std::optional<std::size_t> entry() const;
};

/// Functions of this name prefix without code are provided by the host.
inline constexpr std::string_view kHostPrefix = "host.";

bool looks_like_cbc(Bytes bytes);
/// As parse_object(). `base` is the image's offset in the file that findings name.
std::optional<CbcFile> parse_cbc(Bytes bytes, Findings& findings, std::uint64_t base = 0);
struct CbcRead {
  CbcFile file;
  std::vector<Finding> warnings;
};
Result<CbcRead> read_cbc(Bytes bytes, std::string_view file);
/// Fails with kLimit when something does not fit its field. Code offsets of debug information are
/// those of the image: cbc_code_offsets() tells them beforehand.
Result<std::vector<std::uint8_t>> write_cbc(const CbcFile& file);
/// Where write_cbc() puts each function's code; 0 for functions without.
std::vector<std::uint32_t> cbc_code_offsets(const CbcFile& file);

}  // namespace cmos::coil
