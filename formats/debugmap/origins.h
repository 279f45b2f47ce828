// Link origins: for every byte of a linked image the input that it came from, and the relocation
// that changed it. They stand in the section `.cmos_origins` of a side file (side_file.h), which is
// described byte by byte in docs/debug-files.md:
//
//   "CMOG", u8 version 1, u32 CRC-32 and u64 size of the CPE that the file is about
//   names       count, then each: length, bytes
//   placements  count, then each: address (from the end of the one before), size, kind, file,
//               section, offset, symbol
//   relocations count, then each: place (from the place before), type, symbol, addend
//
// Counts and numbers after the fixed head are LEB128, as in DWARF; file, section and symbol are an
// index of a name plus 1, or 0.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "relocation/relocation.h"

namespace cmos::debugmap {

inline constexpr std::string_view kOriginsSection = ".cmos_origins";
inline constexpr std::uint32_t kNoName = UINT32_MAX;

/// Tells one CPE from another: a side file that is about another one is stale.
struct Digest {
  std::uint32_t crc32 = 0;
  std::uint64_t size = 0;
  bool operator==(const Digest&) const = default;
};
Digest digest_of(Bytes file_bytes);

/// A stretch of the image and what it was made from. Ascending by address, without overlap.
struct Placement {
  enum class Kind : std::uint8_t {
    kSection,  ///< `file`, `section`, from `offset` on
    kMerged,   ///< the same; a constant that several inputs share
    kCommon,   ///< `symbol`, allocated by the linker for `file`
    kGot,      ///< the linker's table of addresses: that of `symbol`
    kVeneer,   ///< a stub of the linker: leads to `symbol`
  };
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  Kind kind = Kind::kSection;
  std::uint32_t file = kNoName;  ///< index of a name; members are "lib.a(member.o)"
  std::uint32_t section = kNoName;
  std::uint64_t offset = 0;  ///< in the section
  std::uint32_t symbol = kNoName;
};

/// Ascending by place.
struct Relocation {
  std::uint64_t place = 0;  ///< address of the field
  object::RelocationType type = object::RelocationType::kAbs32;
  std::uint32_t symbol = kNoName;
  std::int64_t addend = 0;
};

struct Origins {
  Digest digest;
  std::vector<std::string> names;
  std::vector<Placement> placements;
  std::vector<Relocation> relocations;

  std::string_view name(std::uint32_t index) const {
    return index < names.size() ? std::string_view(names[index]) : std::string_view();
  }
};

std::vector<std::uint8_t> write_origins(const Origins& origins);

/// Checks everything that the structures above promise. kMalformed with offset (counted with
/// `base`), field, found and expected; kUnsupported for another version.
Result<Origins> read_origins(Bytes data, std::uint64_t base, std::string_view file);

/// Only the digest: what tells whether the rest is worth reading.
Result<Digest> read_digest(Bytes data, std::uint64_t base, std::string_view file);

/// The placement that `address` lies in; nullptr between them.
const Placement* find_placement(const Origins& origins, std::uint64_t address);
/// The relocations whose fields touch [address, address + size), ascending.
std::vector<Relocation> find_relocations(const Origins& origins, std::uint64_t address,
                                         std::uint64_t size);

/// `libx.a(foo.o), .text.foo+0x12`, `the linker's stub for bar`; nothing when the placement has no
/// name.
std::string text(const Origins& origins, const Placement& placement, std::uint64_t address);
/// "relocation pc32 against `bar`-4".
std::string text(const Origins& origins, const Relocation& relocation);

/// Collects names, each once.
class NameTable {
 public:
  /// kNoName for an empty one.
  std::uint32_t add(std::string_view name);
  std::vector<std::string> take() && { return std::move(names_); }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> indices_;
};

}  // namespace cmos::debugmap
