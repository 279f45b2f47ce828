// CalamOS Portable Executable: bytes <-> struct (cpe 1, abi 1).
//
//   HEADER     29 bytes: magic "CMOS", u8 version, 4-byte ARCH, u32 mini disk size, u32 entry point
//              offset, u32 optional metadata offset (29 or 0), u32 code section size (0 = not
//              stated), u32 CRC-32 (0 = none)
//   SIGNATURE  optional: u32 length + author, u32 length + site, u32 author hash
//   CODE       u32 symbol table length, table of (u32 length, name, u32 offset), raw machine code,
//              0x00 to 16
//   MINI DISK  u8 lock, u32 length + backup file name
//
// Oddities: the document lists 17 of the 29 header bytes; a file whose last 12 are zero is what a
// minimal linker writes, so neither the presence of SIGNATURE nor the end of CODE is stated in it
// and both are inferred (abi 1.1, 1.5).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arch/cpu.h"
#include "base/bytes.h"
#include "base/error.h"

namespace cmos::cpe {

inline constexpr std::string_view kMagic = "CMOS";
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::uint32_t kHeaderSize = 29;
inline constexpr std::uint64_t kArchOffset = 5;  ///< of the ARCH field in the file
/// Of the first byte of raw machine code (abi 1.3), where the ARCH's addresses reach so far.
inline constexpr std::uint64_t kLoadAddress = arch::kLoadAddress;
/// The same for an ARCH; of an unknown one, kLoadAddress.
inline std::uint64_t load_address(std::string_view code) {
  const arch::Cpu* const cpu = arch::find(code);
  return cpu == nullptr ? kLoadAddress : cpu->load_address;
}

inline constexpr std::uint64_t kPageSize = 4096;
/// The lowest address that a process with the default stack keeps below the stack and its guard
/// (abi 2).
inline constexpr std::uint64_t kImageLimit = 0x6fef'0000;

/// Names of the boundary symbols (abi 1.3).
inline constexpr std::string_view kConstStart = "__const_start";
inline constexpr std::string_view kVarStart = "__var_start";
inline constexpr std::string_view kImageEnd = "__image_end";

/// The fields of HEADER (abi 1.1), by the names that errors use.
struct HeaderField {
  std::string_view name;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;  ///< bytes
};
inline constexpr std::array<HeaderField, 8> kHeaderFields{{
    {"magic", 0, 4},
    {"version", 4, 1},
    {"ARCH", 5, 4},
    {"mini disk size", 9, 4},
    {"entry point offset", 13, 4},
    {"optional metadata offset", 17, 4},
    {"code section size", 21, 4},
    {"checksum", 25, 4},
}};

struct Signature {
  std::string author;
  std::string site;
  std::uint32_t author_hash = 0;
  bool operator==(const Signature&) const = default;
};

struct Symbol {
  std::string name;
  std::uint32_t offset = 0;  ///< from the first byte of raw machine code
  bool operator==(const Symbol&) const = default;
};

/// One CPE file. Owns all its bytes.
struct Executable {
  std::uint8_t version = kVersion;
  std::string arch;                  ///< exactly 4 bytes, as in the file ("8664")
  std::uint32_t mini_disk_size = 0;  ///< bytes
  std::uint32_t entry_offset = 0;    ///< as stored
  std::optional<Signature> signature;
  std::vector<Symbol> symbols;     ///< in file order
  std::vector<std::uint8_t> code;  ///< raw machine code, with its padding
  bool mini_disk_locked = false;   ///< the stale mark of abi 1.4
  std::string backup_name;         ///< empty = none
  bool has_mini_disk_section = true;
  bool states_code_size =
      true;  ///< false: the zero-tail form, from which the end of CODE is inferred
  bool has_checksum = true;
  bool operator==(const Executable&) const = default;
};

/// Where the parts lie, in bytes from the start of the file.
struct Layout {
  std::uint64_t signature = 0;     ///< 0 when there is none
  std::uint64_t code_section = 0;  ///< of the symbol table length
  std::uint64_t symbol_table = 0;  ///< of the first entry
  std::uint64_t machine_code = 0;  ///< of the first byte of raw machine code
  std::uint64_t mini_disk = 0;  ///< of the lock byte; the file's size when there is no such section
  std::uint64_t file_size = 0;
  std::uint32_t stored_checksum = 0;
};

/// A page-aligned stretch of the image with one set of permissions (abi 1.3).
enum class SectionKind : std::uint8_t { kCode, kConst, kVar, kWhole };
struct ImageSection {
  SectionKind kind = SectionKind::kWhole;
  std::uint64_t offset = 0;       ///< from the load address
  std::uint64_t memory_size = 0;  ///< bytes; may go past the raw bytes: zero-filled (BSS)
  bool operator==(const ImageSection&) const = default;
};

enum class EntryBase : std::uint8_t {
  kMachineCode,  ///< our reading (abi 1.1)
  kSection,      ///< the document's literal "from CODE start"
};

struct ReadOptions {
  bool strict = false;  ///< warnings become errors (abi 1.6)
  EntryBase entry_base = EntryBase::kMachineCode;
};

struct ReadResult {
  Executable executable;
  Layout layout;
  std::vector<Finding> findings;       ///< hints and warnings; errors fail the read
  std::vector<ImageSection> sections;  ///< ascending; one kWhole when there are no boundary symbols
  std::uint64_t entry = 0;  ///< offset from the load address after `entry_base`; odd = Thumb on ARM
};

/// Whether bytes begin like a CPE.
bool looks_like_cpe(Bytes file_bytes);

/// Parses and checks a whole file. `file` names it in errors and findings. The first error fails
/// with kMalformed, or kUnsupported for a higher major version. An unknown ARCH is not an error
/// here.
Result<ReadResult> read(Bytes file_bytes, std::string_view file, const ReadOptions& options = {});

/// What a reading established, however far it came: for tools that show malformed files too.
/// Offsets of parts that were not reached are 0 in the layout, and what was not reached has its
/// default value in the executable.
struct Inspection {
  ReadResult reading;             ///< its own list of findings is empty
  std::vector<Finding> findings;  ///< as validate() gives them
};
Inspection inspect(Bytes file_bytes, std::string_view file, const ReadOptions& options = {});

/// Every error, warning and hint that can be established, in file order: what cmos-info and
/// cmos-validate print.
std::vector<Finding> validate(Bytes file_bytes, std::string_view file,
                              const ReadOptions& options = {});

/// The canonical bytes of `executable`. Pads code to 16, computes the checksum when has_checksum.
/// Fails with kUsage when a field cannot be written (ARCH not 4 bytes, a size over 32 bits, a name
/// that the reader would refuse). read(write(x)).executable == x for every x whose code is padded
/// already.
Result<std::vector<std::uint8_t>> write(const Executable& executable);

/// CRC-32 as abi 1.1 defines it: the four checksum bytes taken as 0.
std::uint32_t checksum(Bytes file_bytes);

/// Documented ARCH codes and what they stand for; nullptr for others.
const char* arch_description(std::string_view arch);
std::vector<std::string_view> documented_archs();

}  // namespace cmos::cpe
