// The one table of file formats: what a file is, how the linker and the loader see it, how people
// do, and what is wrong with it. Linker, loader, cmos-ar and every inspecting tool ask here; a new
// format is one more row, and all of them know it (docs/architecture.md has a worked example). A
// row's functions take the file's bytes, which must outlive what they return, and its name for
// errors; errors say offset and field.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/findings.h"
#include "formats/description.h"
#include "formats/members.h"
#include "object/object.h"

namespace cmos::formats {

struct Format {
  std::string_view name;               ///< "cpe", as options and reports write it
  std::string_view title;              ///< "CalamOS executable", for people
  std::string_view object_title = {};  ///< "CPO", of those with `object`: "a CPO or ELF object"

  /// Whether bytes begin like it. Rows are asked in their order.
  bool (*matches)(Bytes) = nullptr;
  /// The linker's view; nullptr for what is no input of a link.
  Result<object::Object> (*object)(Bytes, std::string_view file) = nullptr;
  /// Its members; nullptr for what is one file. Their bytes are asked of this table in turn.
  Result<Archive> (*members)(Bytes, std::string_view file) = nullptr;
  /// The bytes of a new archive of this format; nullptr for what nobody writes.
  Result<std::vector<std::uint8_t>> (*write_members)(const std::vector<NewMember>&,
                                                     bool with_index) = nullptr;
  /// Whether a member asks for an archive of this format; nullptr: it is the one for all others.
  bool (*holds)(Bytes member) = nullptr;
  /// Fields, sections, symbols and relocations under the format's own names; nullptr for archives.
  Result<Description> (*describe)(Bytes, std::string_view file) = nullptr;
  /// Every finding that can be established.
  std::vector<Finding> (*validate)(Bytes, std::string_view file) = nullptr;
  /// What `validate` may find.
  std::span<const RuleRow> (*rules)() = nullptr;
};

/// All rows; those of others come last.
std::span<const Format* const> all();
/// Adds a row that outlives the program's use of it, before any other thread runs.
void add(const Format& format);

/// nullptr for bytes that begin like nothing known here.
const Format* detect(Bytes bytes);
/// The row of an archive; that of ar's, whose reader says what is wrong, for bytes that are none.
const Format& archive_format(Bytes bytes);
/// The format of a new archive: that which all of its members ask for, else ar's.
const Format& new_archive_format(std::span<const Bytes> members);
/// By Format::name; nullptr when there is none.
const Format* named(std::string_view name);
/// The refusal of bytes that nothing matches.
Error unrecognized(Bytes bytes, std::string_view file);
/// "CPO or ELF": the formats of objects.
std::string object_titles();

/// "lib.a(member.o)", fit to be printed.
std::string member_name(std::string_view archive, std::string_view member);

}  // namespace cmos::formats
