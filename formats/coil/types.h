// COIL's types: ONE table of the main type codes, and a type as an operand describes it
// (docs/coil.md, Types). Sizes are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cmos::coil {

enum class TypeKind : std::uint8_t {
  kSigned,
  kUnsigned,
  kFloat,
  kVector,  ///< type data: the element type
  kBit,
  kVoid,
  kPointer,  ///< type data: the pointee's type
  kArray,    ///< type data: the element type, and a count when bounded
  kStruct,   ///< STRUCT, PACK, UNION; type data: the symbol of the type's name
  kComplex,
  kVariable,   ///< VAR: a variable's id follows
  kSymbol,     ///< SYM: a symbol's index follows
  kRegister,   ///< RGP, RFP, RV, RS: a register's id follows
  kState,      ///< machine state: SAR … BP
  kParameter,  ///< PARAM0 … PARAM4: one byte follows
  kCondition,  ///< PARAM5: a condition follows
  kAbi,        ///< ABICTL: a control byte and the symbol of an ABI's name follow
};

/// Main type codes that code refers to by name; the table has all of them.
namespace type {
inline constexpr std::uint8_t kInt8 = 0x01;
inline constexpr std::uint8_t kInt16 = 0x02;
inline constexpr std::uint8_t kInt32 = 0x03;
inline constexpr std::uint8_t kInt64 = 0x04;
inline constexpr std::uint8_t kInt128 = 0x05;
inline constexpr std::uint8_t kUnt8 = 0x10;
inline constexpr std::uint8_t kUnt16 = 0x11;
inline constexpr std::uint8_t kUnt32 = 0x13;
inline constexpr std::uint8_t kUnt64 = 0x14;
inline constexpr std::uint8_t kUnt128 = 0x15;
inline constexpr std::uint8_t kFp32 = 0x25;
inline constexpr std::uint8_t kFp64 = 0x26;
inline constexpr std::uint8_t kV128 = 0x30;
inline constexpr std::uint8_t kV256 = 0x31;
inline constexpr std::uint8_t kV512 = 0x32;
inline constexpr std::uint8_t kBit = 0x40;
inline constexpr std::uint8_t kVariable = 0x90;
inline constexpr std::uint8_t kSymbol = 0x91;
inline constexpr std::uint8_t kGeneralRegister = 0x92;
inline constexpr std::uint8_t kFloatRegister = 0x93;
inline constexpr std::uint8_t kVectorRegister = 0x94;
inline constexpr std::uint8_t kSegmentRegister = 0x95;
inline constexpr std::uint8_t kInt = 0xa0;
inline constexpr std::uint8_t kUnt = 0xa1;
inline constexpr std::uint8_t kFp = 0xa2;
inline constexpr std::uint8_t kLint = 0xa3;
inline constexpr std::uint8_t kLunt = 0xa4;
inline constexpr std::uint8_t kLfp = 0xa5;
inline constexpr std::uint8_t kPointer = 0xa6;
inline constexpr std::uint8_t kStruct = 0xd0;
inline constexpr std::uint8_t kPack = 0xd1;
inline constexpr std::uint8_t kUnion = 0xd2;
inline constexpr std::uint8_t kArray = 0xd3;
inline constexpr std::uint8_t kCondition = 0xf0;
inline constexpr std::uint8_t kAbi = 0xf8;
inline constexpr std::uint8_t kParameter0 = 0xfe;
inline constexpr std::uint8_t kVoid = 0xff;
}  // namespace type

/// The extension byte of a type.
namespace extension {
inline constexpr std::uint8_t kConst = 0x01;
inline constexpr std::uint8_t kVolatile = 0x02;
inline constexpr std::uint8_t kWide = 0x04;  ///< variable ids of 16 bits; arrays: a count follows
inline constexpr std::uint8_t kNoValue = 0x10;
inline constexpr std::uint8_t kImmediate = 0x20;
inline constexpr std::uint8_t kVariable = 0x40;
inline constexpr std::uint8_t kSymbol = 0x80;
inline constexpr std::uint8_t kValueMask = kImmediate | kVariable | kSymbol;
}  // namespace extension

struct TypeRow {
  std::uint8_t code;
  std::string_view name;  ///< without TYPE_: "INT32"
  TypeKind kind;
  std::uint8_t size;       ///< of a value; 0: none, or it depends on the type data
  std::uint8_t alignment;  ///< the size, at most 16; of vectors the size
};
std::span<const TypeRow> types();
/// nullptr for codes that no document assigns.
const TypeRow* type_row(std::uint8_t code);
const TypeRow* type_named(std::string_view name);

/// Whether values of this kind have a number of their own: integers, floats, bits, pointers.
bool is_scalar(TypeKind kind);
bool is_integer(TypeKind kind);

/// One type code with its own type data.
struct TypeLevel {
  std::uint8_t code = type::kVoid;
  std::uint8_t extension = 0;
  std::uint16_t symbol = 0;  ///< of STRUCT, PACK, UNION
  std::uint32_t count = 0;   ///< of an ARRAY with extension::kWide

  bool operator==(const TypeLevel&) const = default;
};

/// A type with its data: levels[0] is the type itself, levels[1] its element or pointee, and so on;
/// the last one has none. TYPE_PTR=TYPE_INT32 has two levels.
struct Type {
  std::vector<TypeLevel> levels;

  std::uint8_t code() const { return levels.empty() ? type::kVoid : levels.front().code; }
  std::uint8_t extension() const { return levels.empty() ? std::uint8_t{0} : levels[0].extension; }
  /// Element or pointee; VOID without one.
  Type element() const;
  bool operator==(const Type&) const = default;
};
Type simple_type(std::uint8_t code, std::uint8_t extension = 0);
Type type_of(std::uint8_t code, const Type& element);
/// ARRAY with a count.
Type array_of(const Type& element, std::uint32_t count);
Type struct_type(std::uint8_t code, std::uint16_t symbol);

/// Whether type data of this kind holds an element type.
bool has_element(TypeKind kind);

/// Bytes of a value of `type`; nothing when it depends on what is not in the type (structures,
/// unbounded arrays) or there is none.
std::optional<std::uint64_t> size_of(const Type& type);
std::uint64_t alignment_of(const Type& type);

/// "TYPE_INT32", "TYPE_PTR=TYPE_INT32+CONST", "TYPE_ARRAY=TYPE_UNT8[16]". A structure's name comes
/// from `symbol`, a number without it.
std::string text_of(const Type& type, const std::vector<std::string>* symbol_names = nullptr);

}  // namespace cmos::coil
