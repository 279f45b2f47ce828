// .coil and .coilo files (docs/coil.md 1 and 2): bytes <-> structs. Both have a symbol table and a
// section table; a .coil has a table of relocations and may have debug information, a .coilo has
// records of metadata instead, in which cmos keeps the same two.
//
//   header            "COIL" or "CILO", version, flags, offsets from the file's start, file size
//   symbol table      u32 count, {u16 length, name, u32 attributes, u32 value, u16 section, u8
//   processor} section table     u32 count, {u16 name symbol, u32 attributes, u32 offset, u32 size,
//   u32 address,
//                                 u32 alignment, u8 processor}
//   section contents
//   relocations       u32 count, {u32 offset, u16 symbol, u16 section, u8 type, u8 size}
//   debug information (debug.h)
//
// Everything is packed. Ownership: a section's bytes are a view, into the file that was read or
// into what the maker of the struct owns; it must outlive the struct.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/findings.h"
#include "formats/coil/codes.h"
#include "formats/coil/debug.h"
#include "formats/coil/header.h"

namespace cmos::coil {

/// A symbol's section that is none: external, or absolute.
inline constexpr std::uint16_t kNoSection = 0xffff;
/// A section's name that is none.
inline constexpr std::uint16_t kNoName = 0xffff;

struct Symbol {
  std::string name;
  std::uint32_t attributes = 0;
  std::uint32_t value = 0;  ///< offset in its section; of absolute ones the value itself
  std::uint16_t section = kNoSection;
  std::uint8_t processor = kAnyProcessor;

  bool has(std::uint32_t attribute) const { return (attributes & attribute) != 0; }
  /// Neither defined here nor absolute.
  bool external() const {
    return section == kNoSection && !has(symbol_attribute::kAbsolute | symbol_attribute::kCommon);
  }
  bool operator==(const Symbol&) const = default;
};

struct Section {
  std::uint16_t name = kNoName;  ///< the symbol whose name it bears
  std::uint32_t attributes = 0;
  std::uint32_t size = 0;  ///< in memory; `bytes` has as many, or none when uninitialised
  std::uint32_t address = 0;
  std::uint32_t alignment = 1;  ///< a power of two; 0 means 1
  std::uint8_t processor = kAnyProcessor;
  Bytes bytes = {};
  std::uint32_t file_offset = 0;  ///< of `bytes`; set by read(), ignored by write()

  bool has(std::uint32_t attribute) const { return (attributes & attribute) != 0; }
  bool executable() const { return has(section_attribute::kExecute); }
  bool uninitialised() const { return has(section_attribute::kUninitialised); }
};

struct Relocation {
  std::uint32_t offset = 0;  ///< of the field in the section
  std::uint16_t symbol = 0;
  std::uint16_t section = 0;  ///< the one that is patched
  RelocationType type = RelocationType::kAbsolute;
  std::uint8_t size = 4;  ///< bytes of the field: 1, 2, 4 or 8

  bool operator==(const Relocation&) const = default;
};

/// The record tags of .coilo metadata.
enum class MetadataTag : std::uint16_t {
  kTarget = 1,
  kRelocations = 2,
  kDebug = 3,
  kEntry = 4,
  kCbcSections = 5,
  kCoilSections = 6,
  kAbi = 7,
};

/// What only a .coilo has.
struct OutputMetadata {
  std::optional<Triple> target;
  std::optional<std::uint16_t> entry;        ///< index of a symbol
  std::vector<std::uint16_t> cbc_sections;   ///< each holds one whole .cbc image
  std::vector<std::uint16_t> coil_sections;  ///< COIL code for delayed processing
  std::string abi;                           ///< name of the ABI that native code uses
};

struct ObjectFile {
  FileKind kind = FileKind::kObject;  ///< kObject or kOutput
  Version version;
  ByteOrder order = ByteOrder::kLittle;
  std::vector<Symbol> symbols;
  std::vector<Section> sections;
  std::vector<Relocation> relocations;
  std::optional<DebugInfo> debug;
  OutputMetadata output;

  /// "" for a section without name.
  std::string_view section_name(const Section& section) const;
  /// Whether its bytes are COIL instructions: executable, and in a .coilo listed as such.
  bool holds_coil(std::size_t section) const;
  bool holds_cbc(std::size_t section) const;
  /// Whether it is debug information of native code: discardable, with a name that DWARF gives.
  bool holds_dwarf(std::size_t section) const;
};

bool looks_like_coil(Bytes bytes);
bool looks_like_coilo(Bytes bytes);

/// Reads either kind as far as it can be read and adds what is wrong to `findings`; nothing when
/// not even the header makes sense. `bytes` must outlive the result.
std::optional<ObjectFile> parse_object(Bytes bytes, Findings& findings);

struct ObjectRead {
  ObjectFile file;
  std::vector<Finding> warnings;  ///< a newer minor version, trailing bytes
};
/// The same for those who need a file without faults in its structure: fails with the first one.
Result<ObjectRead> read_object_file(Bytes bytes, std::string_view file);

/// Fails with kLimit when a name, a table or the file does not fit its fields, and with kUsage when
/// a section's bytes are not as many as its size says.
Result<std::vector<std::uint8_t>> write_object_file(const ObjectFile& file);

/// Where write_object_file() puts each section's bytes: what debug information needs to know, whose
/// offsets are those of the file.
std::vector<std::uint32_t> section_file_offsets(const ObjectFile& file);

}  // namespace cmos::coil
