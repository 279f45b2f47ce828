// Libraries of Whitesmith's objects, and their relatives from UNIX (docs/whitesmith.md Archives).
//
//   magic (2 bytes, little-endian), then per member a header and its bytes:
//     0xFF75  name 14, length 2                                    headers at any offset
//     0xFF65  name 14, time 4, user 1, group 1, mode 2, length 4   headers at even offsets
//     0xFF6D  name 8, time 4, user 1, mode 1, length 2             headers at even offsets
//
// An end marker is a header whose name begins with 0; real archives have 2 or 16 bytes of it, more,
// or none at all, so that the end of the file, or fewer bytes than a header has, are an end, too.
// The length of 0xFF65 is little-endian (System III), or high half first (version 7 on a PDP-11):
// the order is that with which the members fill the file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/findings.h"

namespace cmos::whitesmith {

enum class ArchiveKind : std::uint16_t {
  kWhitesmith = 0xff75,
  kSystem3 = 0xff65,
  kVersion6 = 0xff6d,
};

/// Names and bytes are views into the archive's bytes. A name stands without its padding.
struct Member {
  std::string_view name;
  std::uint64_t header_offset = 0;
  std::uint64_t offset = 0;  ///< of its bytes in the archive
  Bytes bytes;
  std::uint64_t modified = 0;  ///< seconds since 1970; 0xFF75 has none of these
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;
};

struct Archive {
  ArchiveKind kind = ArchiveKind::kWhitesmith;
  std::vector<Member> members;  ///< in file order
  bool marked_end = false;
  bool high_half_first = false;  ///< lengths of 0xFF65
  std::uint64_t end = 0;         ///< where the marker, or what takes its place, begins
};

/// Member that head tools make: the index of a 0xFF65 archive, no object.
inline constexpr std::string_view kIndexMember = "__.SYMDEF";

/// Of any kind; of Whitesmith's own; of one of its relatives.
bool looks_like_archive(Bytes bytes);
bool looks_like_own_archive(Bytes bytes);
bool looks_like_unix_archive(Bytes bytes);

/// Parses and checks a whole archive, but not what the members are. The bytes must outlive it.
Result<Archive> read_archive(Bytes bytes, std::string_view file);

/// Findings about the container alone.
std::vector<Finding> validate_archive(Bytes bytes, std::string_view file);

struct NewMember {
  std::string_view name;  ///< 1 to 14 bytes, none of them 0; longer ones are refused
  Bytes bytes;            ///< at most 65535
};
/// A 0xFF75 archive with the end marker of the original librarian, two zero bytes. Fails with
/// kUsage when a name or a member does not fit.
Result<std::vector<std::uint8_t>> write_archive(const std::vector<NewMember>& members);

}  // namespace cmos::whitesmith
