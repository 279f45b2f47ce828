// A file of several members: a library of objects, whatever its container. Names and bytes are
// views into the container's bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace cmos::formats {

struct Member {
  std::string_view name;
  std::uint64_t header_offset = 0;
  std::uint64_t offset = 0;    ///< of its bytes in the container
  Bytes bytes;                 ///< empty in a thin archive
  std::uint64_t size = 0;      ///< as stated, also in a thin archive
  std::uint64_t modified = 0;  ///< seconds since 1970
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;
};

struct IndexEntry {
  std::string_view symbol;
  std::uint32_t member = 0;  ///< index in Archive::members
};

struct Archive {
  std::vector<Member> members;    ///< in file order, without the index and the table of names
  std::vector<IndexEntry> index;  ///< in file order; a symbol may stand in it twice
  bool has_index = false;
  bool thin = false;  ///< the members' names are paths of other files
};

/// What goes into a new archive; nothing is kept after it was written.
struct NewMember {
  std::string name;  ///< not empty, without '/' and line feeds
  Bytes bytes;
  std::vector<std::string_view> symbols;  ///< for the index, see object::exported_names
  std::uint64_t modified = 0;  ///< 0 by default, so that equal inputs make equal archives
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0644;
};

/// "a/b" for "a/b/c"; empty without a folder.
std::string folder_of(std::string_view path);
std::string join_path(std::string_view folder, std::string_view name);
/// "dir/member.o" for the member of a thin archive "dir/lib.a".
std::string thin_member_path(std::string_view archive, std::string_view member);

}  // namespace cmos::formats
