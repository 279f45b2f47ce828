// CalamOS Portable Object: bytes <-> struct (cpo 2-4, abi 7, docs/cpo.md).
//
//   HEADER        32 bytes: magic "CPO\0", u8 version, 4-byte ARCH, u8 flags, u16 0,
//                 u32 header size 32, u32 code size, u32 data size, u32 symbol table offset, u32 0
//   CODE          machine code
//   DATA          records, constants first: u8 kind, u8 type, u16 alignment, u32 name length, name,
//                 u32 size in memory, u32 stored length, bytes
//   SYMBOL TABLE  u32 count; u32 name length, name, u8 type, u8 section, u32 offset, u32 size,
//                 u32 location length, location
//   RELOCATIONS   flags bit 0. u32 count; u8 section, u8 type, u16 0, u32 offset, u32 symbol,
//                 i64 addend
//   OPTIONAL      flags bit 1. u32 count; u32 name length, name, u32 size, bytes
//
// Oddities: the document's symbol table has no offset and size, which its notes speak of; a data
// symbol's offset counts in the object's memory image (records one after another, each aligned),
// not in the file. What ELF knows and the document's tables cannot say stands in the optional
// section "cmos.link" (formats/cpo/link.h); files without it are complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/cpo/link.h"
#include "object/object.h"

namespace cmos::cpo {

inline constexpr std::string_view kMagic{"CPO\0", 4};
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::uint32_t kHeaderSize = 32;
inline constexpr std::uint32_t kCodeAlignment = 16;
inline constexpr std::uint8_t kHasRelocations = 1;
inline constexpr std::uint8_t kHasOptional = 2;
/// Relocation without a symbol: S is 0.
inline constexpr std::uint32_t kNoSymbol = UINT32_MAX;

using object::DataType;

/// A constant or variable: NAME TYPE [VALUE] (cpo 3.2).
struct Record {
  bool variable = false;
  DataType type = DataType::kBytes;
  std::uint16_t alignment = 1;
  std::string_view name = {};
  std::uint32_t size = 0;  ///< in memory
  Bytes bytes = {};        ///< at most `size`; the rest is zero
};

enum class SymbolType : std::uint8_t { kLocal = 0, kGlobal = 1, kExtern = 2 };
enum class Area : std::uint8_t { kCode = 0, kData = 1 };

struct Symbol {
  std::string_view name = {};
  SymbolType type = SymbolType::kLocal;
  Area area = Area::kCode;
  std::uint32_t offset =
      0;  ///< in CODE or in the memory image of DATA; in CODE of `_ARM` odd = Thumb
  std::uint32_t size = 0;
  std::string_view location = {};  ///< of externs: where to look, empty = in any input
};

struct Relocation {
  Area area = Area::kCode;
  std::uint8_t type = 0;  ///< number of the table in relocation/relocation.h
  std::uint32_t offset = 0;
  std::uint32_t symbol = kNoSymbol;
  std::int64_t addend = 0;
};

struct OptionalSection {
  std::string_view name = {};
  Bytes bytes;
};

/// One CPO file. Names and bytes are views, into the file's bytes or into `storage`.
struct File {
  std::uint8_t version = kVersion;
  std::string arch;  ///< exactly 4 bytes ("8664")
  Bytes code;
  std::vector<Record> records;  ///< constants first
  std::vector<Symbol> symbols;
  std::vector<Relocation> relocations;
  std::vector<OptionalSection> optional_sections;  ///< without "cmos.link"
  std::optional<Link> link;                        ///< what "cmos.link" says
  bool has_relocation_table =
      false;  ///< also true when there are relocations; an empty table may be stated
  bool has_optional_table = false;
  object::Storage storage;
};

/// Where the parts lie, in bytes from the start of the file; 0 = the file has no such part.
struct Layout {
  std::uint64_t code = 0;
  std::uint64_t data = 0;
  std::uint64_t symbols = 0;
  std::uint64_t relocations = 0;
  std::uint64_t optional_sections = 0;
  std::uint64_t file_size = 0;
  std::vector<std::uint64_t> record_bytes;  ///< of each record's stored bytes
  std::vector<std::uint64_t> symbol_entries;
};

struct ReadOptions {
  bool strict = false;  ///< warnings become errors
};

struct ReadResult {
  File file;
  Layout layout;
  std::vector<std::uint32_t> image_offsets;  ///< of each record in the memory image
  std::uint32_t image_size = 0;
  std::vector<Finding> findings;  ///< hints and warnings; errors fail the read
};

/// Parses and checks a whole file; the bytes must outlive the result. `file` names it in errors.
/// The first error fails with kMalformed, or kUnsupported for a higher version. An unknown ARCH is
/// not an error here.
Result<ReadResult> read(Bytes file_bytes, std::string_view file, const ReadOptions& options = {});

/// Every error, warning and hint that can be established, in file order.
std::vector<Finding> validate(Bytes file_bytes, std::string_view file,
                              const ReadOptions& options = {});

/// The canonical bytes. What may be written is decided by the reader: fails with kUsage for what it
/// would refuse.
Result<std::vector<std::uint8_t>> write(const File& file);

/// Places of records in the memory image: one after another, each aligned (abi 7). 64 bits, so that
/// no sum wraps.
struct Image {
  std::vector<std::uint64_t> offsets;
  std::uint64_t size = 0;
};
Image lay_out(const std::vector<Record>& records);

bool looks_like_cpo(Bytes file_bytes);
/// The ARCH field; empty when the bytes are no CPO or end before it.
std::string_view arch_of(Bytes file_bytes);

// ---- the object model ---------------------------------------------------------------------------

/// A CPO file for the linker: without "cmos.link" CODE is one section "CODE" and every record a
/// section of its own, named after it. The bytes must outlive the object. Fails as read() does, and
/// with kUnsupported for an ARCH that has no relocation types here.
Result<object::Object> read_object(Bytes file_bytes, std::string_view file);
/// The same for a file that has been read, or for what from_object made; it must outlive the
/// object.
Result<object::Object> to_object(const ReadResult& read, std::string_view file);

enum class LinkSection : std::uint8_t {
  kWhenNeeded,  ///< written when the document's tables do not say everything
  kNever,       ///< a plain file; fails when that would change what the program does
};
/// An object as CPO. The result refers to the object's names and bytes. Relocated fields are
/// zeroed. Fails with kUnsupported and names what the format cannot hold.
Result<File> from_object(const object::Object& object, LinkSection link = LinkSection::kWhenNeeded);

}  // namespace cmos::cpo
