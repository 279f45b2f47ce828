// Which format a file has, and how to look into it: ONE table. A new format is one more row, and
// every inspecting tool knows it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "inspect/image.h"
#include "formats/archive/archive.h"

namespace cmos::inspect {

/// A file of several members.
struct Container {
  archive::Archive archive;
};

struct Format {
  std::string_view name;         ///< "cpe"
  std::string_view description;  ///< "CalamOS executable"
  bool (*matches)(Bytes);
  /// Exactly one of the two is set. The bytes must outlive the result.
  Result<Image> (*read)(Bytes, std::string_view file);
  Result<Container> (*open)(Bytes, std::string_view file);
  /// The linker's view; nullptr for formats that are no input of a link.
  Result<object::Object> (*object)(Bytes, std::string_view file);
  /// Every finding that can be established.
  std::vector<Finding> (*validate)(Bytes, std::string_view file);
};
std::span<const Format> formats();

/// nullptr for bytes that begin like nothing known here.
const Format* detect(Bytes bytes);
/// The refusal of such bytes.
Error unrecognized(Bytes bytes, std::string_view file);

/// One thing that can be shown: a file, or a member of an archive.
struct Part {
  std::string file;     ///< "a.o" or "lib.a(m.o)"
  std::string archive;  ///< empty for a file of its own
  std::string member;
  Bytes bytes;
  std::vector<std::uint8_t> owned;  ///< of members of thin archives, which are files of their own
};

/// What was opened. `bytes` passed to open_input() must outlive it.
struct Input {
  std::string file;
  bool is_archive = false;
  std::vector<Part> parts;
  std::vector<Error> errors;  ///< of members that could not be read
  Container container;        ///< of an archive
};
/// Detects the format and lists the parts. Members of a thin archive are read from the host.
Result<Input> open_input(Bytes bytes, const std::string& file);

/// The image of a part; an archive inside an archive is refused.
Result<Image> read_image(const Part& part);

/// "lib.a(member.o)", fit to be printed.
std::string member_name(std::string_view archive, std::string_view member);

/// "dir/member.o" for the member of a thin archive "dir/lib.a".
std::string thin_member_path(const std::string& archive, std::string_view member);

}  // namespace cmos::inspect
