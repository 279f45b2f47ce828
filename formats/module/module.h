// Module files (docs/module-format.md): segments for one or several CPUs, which import and export
// by ordinals and are linked when they are loaded.
//
//   0   01 00 "mod" 01     magic and version
//   6   u16                length of the header with its options
//   8   u32                flags: 0
//   12  10 x u16           text, overlay, zero page, bss, data, rodata; minimum and requested
//                          stack; minimum and requested heap
//   32  options            u8 id, u8 length, data; id 0 is one byte of padding
//   then sections without gaps: at most one import table, at most one export table, segments with
//   their payload and relocations. All control numbers are little-endian.
//
// Ownership: names, payloads and options are views, into the file's bytes or into what the maker
// of a Module keeps; they must outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/module/codes.h"

namespace cmos::mod {

inline constexpr std::uint8_t kMagic[] = {0x01, 0x00, 'm', 'o', 'd', 0x01};
inline constexpr std::uint16_t kHeaderSize = 32;

/// The header's statement of memory, in bytes: static, and of stack and heap.
struct Memory {
  std::uint16_t text = 0;
  std::uint16_t overlay = 0;  ///< of the largest overlay
  std::uint16_t zero_page = 0;
  std::uint16_t bss = 0;
  std::uint16_t data = 0;
  std::uint16_t rodata = 0;
  std::uint16_t min_stack = 0;
  std::uint16_t stack = 0;  ///< requested
  std::uint16_t min_heap = 0;
  std::uint16_t heap = 0;

  bool operator==(const Memory&) const = default;
};
struct MemoryField {
  std::string_view name;  ///< module.md's
  std::uint16_t Memory::*value;
};
/// In the order of the file; the first six are sums over segments.
extern const std::array<MemoryField, 10> kMemoryFields;
inline constexpr std::size_t kSummedFields = 6;

struct Option {
  std::uint8_t id = option::kPad;
  Bytes data = {};
};

struct Import {
  std::uint16_t ordinal = 0;
  ValueType type = ValueType::kProcedure;
  std::string_view name = {};
  std::uint64_t offset = 0;  ///< of the entry in the file; set by readers
};

struct Export {
  std::uint16_t segment = 0;  ///< id; 0: `offset` is an absolute value
  std::uint16_t ordinal = 0;
  std::uint16_t offset = 0;
  ValueType type = ValueType::kProcedure;
  std::string_view name = {};  ///< empty: an ordinal for the module's own relocations
  std::uint64_t at = 0;        ///< of the entry in the file; set by readers
};

struct Item {
  ValueType type = ValueType::kWyde;
  std::uint16_t offset = 0;  ///< in the payload
  bool operator==(const Item&) const = default;
};
/// All places that refer to one ordinal.
struct Relocations {
  std::uint16_t ordinal = 0;
  std::vector<Item> items;
  std::uint64_t at = 0;  ///< of the entry in the file; set by readers

  bool operator==(const Relocations& other) const {
    return ordinal == other.ordinal && items == other.items;
  }
};

struct CpuId {
  Family family = Family::kNone;
  std::uint8_t stepping = 0;  ///< the least that will do
  bool operator==(const CpuId&) const = default;
};

struct Segment {
  SectionType type = SectionType::kText;
  bool required = false;
  bool big_endian = false;  ///< of relocated fields
  std::uint16_t id = 0;
  std::optional<std::uint32_t> origin = {};
  std::optional<std::string_view> name = {};
  std::optional<CpuId> cpu = {};
  std::uint16_t size = 0;
  /// `size` bytes; nothing: so many zeros.
  std::optional<Bytes> payload = {};
  bool has_relocations = false;
  bool relocations_required = false;
  std::vector<Relocations> relocations = {};
  std::uint64_t at = 0;  ///< of the segment in the file; set by readers, as are these
  std::uint64_t payload_at = 0;

  Family family() const { return cpu ? cpu->family : Family::kNone; }
  ByteOrder order() const { return big_endian ? ByteOrder::kBig : ByteOrder::kLittle; }
  /// The name, or "segment 3".
  std::string label() const;
};

/// A section of a type that is not known here, and may be ignored.
struct Unknown {
  std::uint16_t type = 0;
  Bytes bytes;  ///< whole, with payload and relocations
};

struct Module {
  Memory memory;
  std::vector<Option> options;
  bool has_imports = false;
  bool imports_required = false;
  std::vector<Import> imports;
  bool has_exports = false;
  bool exports_required = false;
  std::vector<Export> exports;
  std::vector<Segment> segments;
  std::vector<Unknown> unknown;

  /// nullptr when there is none of that id.
  const Segment* segment(std::uint16_t id) const;
  /// The families that segments ask for, in the order of their numbers.
  std::vector<Family> families() const;
};

bool looks_like_module(Bytes bytes);

/// Parses and checks a whole file. Fails with kMalformed, or with kUnsupported for a newer version
/// and for required sections of types that are not known.
Result<Module> read(Bytes bytes, std::string_view file);
/// Every finding that can be established.
std::vector<Finding> validate(Bytes bytes, std::string_view file);

/// Canonical bytes: imports, exports, segments in their order, what is not known last. Fails with
/// kUsage for content that has no room in its field and for names that are no UTF-8, naming the
/// field.
Result<std::vector<std::uint8_t>> write(const Module& module);

}  // namespace cmos::mod
