// The optional section "cmos.link" of a CPO file: what a linker wants to know beyond the document's
// tables, so that an ELF object loses nothing by becoming a CPO. A reader that does not know it may
// ignore it: the tables stand for themselves.
//
//   u32 version 1
//   u32 count, units:    u8 kind, u8 flags, u8 log2 of alignment,
//                        u8 area (0 code, 1 data, 2 optional section),
//                        u32 place (offset in CODE, number of the record or optional section),
//                        u32 size, u32 entry size, u32 group, u32 described unit,
//                        u32 name length, name
//   u32 count, groups:   u32 name length, name
//   u32 count, symbols:  one for each symbol of the symbol table, in its order:
//                        u8 flags (1 weak, 2 Thumb), u8 kind, u8 visibility, u8 place, u32 unit,
//                        u32 size, u32 alignment, u64 value
//   u32 count, relocations in units of area 2:
//                        u32 unit, u32 offset, u32 type, u32 symbol, i64 addend
//
// Units are the sections of the object, garbage is collected by unit. "No group" and "no unit" are
// 0xffffffff. Kinds, visibilities and places have the numbers of object/object.h. "Optional
// section" numbers do not count "cmos.link" itself.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "object/object.h"

namespace cmos::cpo {

inline constexpr std::string_view kLinkName = "cmos.link";
inline constexpr std::uint32_t kLinkVersion = 1;

enum class UnitArea : std::uint8_t { kCode = 0, kData = 1, kSide = 2 };

namespace unit_flags {
inline constexpr std::uint8_t kRetain = 1;
inline constexpr std::uint8_t kMerge = 2;
inline constexpr std::uint8_t kStrings = 4;
inline constexpr std::uint8_t kTls = 8;
inline constexpr std::uint8_t kAll = 15;
}  // namespace unit_flags

struct Unit {
  object::SectionKind kind = object::SectionKind::kCode;
  std::uint8_t flags = 0;
  std::uint8_t log2_alignment = 0;
  UnitArea area = UnitArea::kCode;
  std::uint32_t place = 0;
  std::uint32_t size = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t group = object::kNoIndex;
  std::uint32_t link_order = object::kNoIndex;
  std::string_view name = {};
};

namespace symbol_flags {
inline constexpr std::uint8_t kWeak = 1;
inline constexpr std::uint8_t kThumb = 2;
inline constexpr std::uint8_t kAll = 3;
}  // namespace symbol_flags

struct LinkSymbol {
  std::uint8_t flags = 0;
  object::SymbolKind kind = object::SymbolKind::kNone;
  object::Visibility visibility = object::Visibility::kDefault;
  object::Place place = object::Place::kSection;
  std::uint32_t unit = object::kNoIndex;
  // Of symbols that the document's table cannot place: absolute, common, in a side section.
  std::uint32_t size = 0;
  std::uint32_t alignment = 0;
  std::uint64_t value = 0;
};

struct SideRelocation {
  std::uint32_t unit = 0;
  std::uint32_t offset = 0;
  std::uint8_t type = 0;
  std::uint32_t symbol = object::kNoIndex;
  std::int64_t addend = 0;
};

struct Link {
  std::vector<Unit> units;
  std::vector<std::string_view> groups;
  std::vector<LinkSymbol> symbols;
  std::vector<SideRelocation> relocations;
};

}  // namespace cmos::cpo
