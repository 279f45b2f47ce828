// The numbers of module files (docs/module-format.md): section and value types, flags, CPU
// families. Each list is one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "arch/cpu.h"

namespace cmos::mod {

/// The high byte says which shape a section has; so does that of types which nobody here knows.
enum class SectionType : std::uint16_t {
  kImport = 0x0001,
  kExport = 0x0002,
  kRelocations = 0x0003,
  kText = 0x0101,
  kData = 0x0102,
  kReadOnlyData = 0x0103,
  kZeroPage = 0x0104,
  kOverlay = 0x0105,
};
/// Whether a section of this type is a segment: its first word is the length of its header alone.
constexpr bool is_segment(std::uint16_t type) {
  return type >> 8 == 1;
}
/// "text", "text-overlay"; nothing for types that are not known.
std::optional<std::string_view> name_of(std::uint16_t section_type);
inline std::string_view name(SectionType type) {
  return name_of(static_cast<std::uint16_t>(type)).value_or("?");
}
std::optional<SectionType> segment_type_named(std::string_view name);

namespace flag {
inline constexpr std::uint16_t kRequired = 0x0001;
inline constexpr std::uint16_t kBigEndian = 0x0002;
inline constexpr std::uint16_t kOrigin = 0x0004;
inline constexpr std::uint16_t kName = 0x0008;
inline constexpr std::uint16_t kCpu = 0x0010;
inline constexpr std::uint16_t kPayload = 0x0020;
inline constexpr std::uint16_t kRelocations = 0x0040;
inline constexpr std::uint16_t kOfSegments = 0x007f;
inline constexpr std::uint16_t kOfTables = kRequired;
}  // namespace flag

/// What stands at an ordinal, and what a relocation patches.
enum class ValueType : std::uint8_t {
  kByte = 1,
  kWyde = 2,
  kTetra = 3,
  kOcta = 4,
  kString = 5,        ///< of imports and exports only
  kProcedure = 6,     ///< the same
  kPointer = 7,       ///< of relocations only
  kDisplacement = 8,  ///< the same
};
std::string_view name(ValueType type);
std::optional<ValueType> value_type_named(std::string_view name);
constexpr bool is_export_type(std::uint8_t type) {
  return type >= 1 && type <= 6;
}
constexpr bool is_relocation_type(std::uint8_t type) {
  return (type >= 1 && type <= 4) || type == 7 || type == 8;
}

/// The procedure where a program begins.
inline constexpr std::string_view kStartName = "start";

enum class Family : std::uint8_t {
  kNone = 0,  ///< of segments that any CPU takes
  k8080 = 1,
  k6800 = 2,
  k6500 = 3,
  kZ80 = 4,
  k8086 = 5,
  k56000 = 6,
  k68000 = 7,
};
struct FamilyRow {
  Family family;
  std::string_view name;  ///< as module.md names it
  const arch::Cpu* cpu;
  std::uint8_t pointer;       ///< bytes of a relocated pointer
  std::uint8_t displacement;  ///< bytes of a relocated displacement
};
std::span<const FamilyRow> families();
/// nullptr for numbers that nobody gave.
const FamilyRow* family_row(std::uint8_t number);
/// By the document's name, or that of its row in arch/.
const FamilyRow* family_named(std::string_view name);
/// "any" for what is no row.
std::string_view name(Family family);

/// Bytes that a relocation of this type patches in a segment of this family.
unsigned width(ValueType type, Family family);

namespace option {
inline constexpr std::uint8_t kPad = 0;  ///< one byte, without a length
inline constexpr std::uint8_t kCpu = 1;  ///< family, stepping, name of the model
inline constexpr std::uint8_t kPlatform = 2;
}  // namespace option

}  // namespace cmos::mod
