// Debug information (docs/coil.md 7), inside a .coil or .coilo or in a .coild of its own.
//
//   debug section   u32 version, u32 offset of the tables, u32 offset of the strings
//   tables          u32 offsets of the source, line, type, variable, scope and function tables
//   each table      u32 count, packed entries
//   strings         u32 size, NUL-terminated strings
//
// Offsets inside are relative to the debug section's first byte, so that it can be moved to another
// file unchanged; the code offsets of lines, variables, scopes and functions are those of the .coil
// or .coilo that it was made for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/findings.h"

namespace cmos::coil {

/// An offset or index that is left out.
inline constexpr std::uint32_t kAbsent = 0xffffffff;

struct DebugSource {
  std::uint32_t id = 0;
  std::uint32_t name = kAbsent;  ///< offset in the strings, as all names here
  std::uint32_t hash = 0;        ///< CRC-32 of the source's text
  bool operator==(const DebugSource&) const = default;
};

namespace line_flag {
inline constexpr std::uint8_t kStatement = 0x01;
inline constexpr std::uint8_t kBlockStart = 0x02;
inline constexpr std::uint8_t kBlockEnd = 0x04;
inline constexpr std::uint8_t kFunctionStart = 0x08;
inline constexpr std::uint8_t kFunctionEnd = 0x10;
}  // namespace line_flag

struct DebugLine {
  std::uint32_t offset = 0;
  std::uint32_t source = 0;  ///< a source's id
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint8_t flags = 0;
  bool operator==(const DebugLine&) const = default;
};

namespace type_flag {
inline constexpr std::uint16_t kPrimitive = 0x01;
inline constexpr std::uint16_t kArray = 0x02;
inline constexpr std::uint16_t kStruct = 0x04;
inline constexpr std::uint16_t kUnion = 0x08;
inline constexpr std::uint16_t kPointer = 0x10;
inline constexpr std::uint16_t kFunction = 0x20;
inline constexpr std::uint16_t kVector = 0x40;
inline constexpr std::uint16_t kEnum = 0x80;
}  // namespace type_flag

struct DebugType {
  std::uint16_t id = 0;  ///< main type code << 8 | extension
  std::uint16_t flags = 0;
  std::uint32_t name = kAbsent;
  std::uint32_t size = 0;
  std::uint32_t alignment = 0;
  std::uint32_t parent = kAbsent;  ///< index of the element's or pointee's type
  std::uint32_t elements = 0;
  std::uint32_t fields = 0;       ///< how many
  std::uint32_t first_field = 0;  ///< index in DebugInfo::fields; in the file an offset
  bool operator==(const DebugType&) const = default;
};

struct DebugField {
  std::uint32_t name = kAbsent;
  std::uint32_t type = kAbsent;
  std::uint32_t offset = 0;
  std::uint16_t size = 0;
  std::uint16_t flags = 0;
  bool operator==(const DebugField&) const = default;
};

enum class DebugLocation : std::uint32_t {
  kRegister = 1,
  kBasePointer = 2,
  kStackPointer = 3,
  kStatic = 4,
  kComputed = 5,
};
namespace variable_flag {
inline constexpr std::uint16_t kParameter = 0x01;
inline constexpr std::uint16_t kLocal = 0x02;
inline constexpr std::uint16_t kGlobal = 0x04;
inline constexpr std::uint16_t kConst = 0x08;
inline constexpr std::uint16_t kVolatile = 0x10;
}  // namespace variable_flag

struct DebugVariable {
  std::uint32_t name = kAbsent;
  std::uint32_t type = kAbsent;   ///< index
  std::uint32_t scope = kAbsent;  ///< index
  std::uint32_t location = static_cast<std::uint32_t>(DebugLocation::kComputed);
  std::uint32_t location_data = 0;  ///< of static ones the file offset of their bytes
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  std::uint16_t id = 0;  ///< of #id
  std::uint16_t flags = 0;
  bool operator==(const DebugVariable&) const = default;
};

namespace scope_flag {
inline constexpr std::uint16_t kFunction = 0x01;
inline constexpr std::uint16_t kBlock = 0x02;
}  // namespace scope_flag

struct DebugScope {
  std::uint32_t parent = kAbsent;
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  std::uint32_t name = kAbsent;
  std::uint16_t level = 0;
  std::uint16_t flags = 0;
  bool operator==(const DebugScope&) const = default;
};

namespace function_flag {
inline constexpr std::uint16_t kGlobal = 0x01;
inline constexpr std::uint16_t kEntry = 0x40;
}  // namespace function_flag

struct DebugFunction {
  std::uint32_t name = kAbsent;
  std::uint32_t type = kAbsent;
  std::uint32_t scope = kAbsent;
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  std::uint32_t parameters = 0;       ///< how many
  std::uint32_t first_parameter = 0;  ///< index in DebugInfo::parameters; in the file an offset
  std::uint32_t abi = kAbsent;        ///< offset of the ABI's name in the strings
  std::uint16_t flags = 0;
  bool operator==(const DebugFunction&) const = default;
};

struct DebugInfo {
  std::uint32_t version = 1;
  std::vector<DebugSource> sources;
  std::vector<DebugLine> lines;  ///< by ascending offset
  std::vector<DebugType> types;
  std::vector<DebugField> fields;
  std::vector<DebugVariable> variables;
  std::vector<DebugScope> scopes;
  std::vector<DebugFunction> functions;
  std::vector<std::uint32_t> parameters;  ///< indices of variables
  std::string strings;                    ///< each ends with a NUL

  /// The string at `offset`; empty for kAbsent and for what is not inside.
  std::string_view string(std::uint32_t offset) const;
  /// Appends a string; the caller keeps those that occur again.
  std::uint32_t add_string(std::string_view text);
  const DebugSource* source(std::uint32_t id) const;
  /// The entry that covers a code offset of the file.
  const DebugLine* line_at(std::uint32_t offset) const;
  const DebugFunction* function_at(std::uint32_t offset) const;
  bool operator==(const DebugInfo&) const = default;
};

/// Reads the section that begins at `section[0]` and has at most so many bytes; `base` is its
/// offset in the file. What is wrong goes to `findings`, and what can be read is there.
DebugInfo parse_debug(Bytes section, ByteOrder order, std::uint64_t base, Findings& findings);
void write_debug(const DebugInfo& debug, ByteWriter& out);
/// Where the strings begin, from the section's start, when written.
std::uint32_t debug_strings_offset(const DebugInfo& debug);

}  // namespace cmos::coil
