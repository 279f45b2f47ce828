// `ar` archives: libraries of ELF objects, and of CPO objects in the same container.
//
//   "!<arch>\n", then per member, at even offsets: a 60-byte header of text fields (name 16, mtime
//   12, uid 6, gid 6, mode 8 octal, size 10, "`\n"), then `size` bytes.
//
// Oddities: GNU ends a name with "/", keeps longer ones in a member "//" ("/123" is an offset in
// it) and the symbol index in "/" (big-endian) or "/SYM64/"; BSD writes a longer name in front of
// the contents ("#1/20") and the index in "__.SYMDEF" (little-endian here). Both are read, GNU's is
// written. Thin archives ("!<thin>\n") hold only the paths of their members, relative to the
// archive's folder: who can open those says so.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "formats/members.h"

namespace cmos::archive {

inline constexpr std::string_view kMagic = "!<arch>\n";
inline constexpr std::string_view kThinMagic = "!<thin>\n";

using formats::Archive;
using formats::IndexEntry;
using formats::Member;
using formats::NewMember;

/// Whether bytes begin like an archive, thin ones included.
bool looks_like_archive(Bytes file_bytes);

enum class Thin : std::uint8_t { kRefuse, kAllow };

/// Parses and checks a whole archive. Fails with kMalformed, or kUnsupported for a thin one unless
/// allowed; offset, field, found and expected are set. The bytes must outlive the result.
Result<Archive> read(Bytes file_bytes, std::string_view file, Thin thin = Thin::kRefuse);

/// The canonical bytes: index (when `with_index`), long names, members. Fails with kUsage when a
/// name or number cannot be written.
Result<std::vector<std::uint8_t>> write(const std::vector<NewMember>& members,
                                        bool with_index = true);

}  // namespace cmos::archive
