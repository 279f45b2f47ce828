// Files -> objects and archives, before anything is resolved.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "formats/members.h"
#include "linker/context.h"

namespace cmos::linker {

/// An object with the hashes of its global names (0 for local ones): what threads can do before the
/// symbol table is touched.
struct ParsedObject {
  object::Object object;
  std::vector<std::uint64_t> hashes;
};

struct ParsedArchive {
  std::string path;
  FileBytes file;
  formats::Archive archive;
  std::vector<std::uint64_t> hashes;  ///< of the index's names
  std::vector<bool> taken;            ///< for each member: it is part of the link
  /// Of --start-lib: the only "member" is this object, under its own name.
  std::shared_ptr<ParsedObject> loose = {};
};

struct ParsedInput {
  std::string path;      ///< as the user named it, or as it was found
  std::string identity;  ///< equal for equal files
  std::variant<std::monostate, ParsedObject, ParsedArchive> content;
};

/// Opens and parses one file.
Result<ParsedInput> parse_input(Files& files, const std::string& path);
Result<ParsedObject> parse_object(FileBytes file, const std::string& name);
/// An object as an archive of its own.
ParsedArchive loose_archive(ParsedObject object, const std::string& path);
/// A member, read from the archive or, when that is thin, from its own file.
Result<ParsedObject> parse_member(Files& files, const ParsedArchive& archive, std::size_t member);

/// "lib.a(member.o)".
std::string member_name(const ParsedArchive& archive, std::size_t member);
/// Members that hold bytecode for link-time optimisation instead of code, at most the first few.
std::vector<std::string> bytecode_members(const ParsedArchive& archive);

/// lib<name>.a, or the file itself after a ':', in the first folder that has it, itself or in a
/// sub-folder named after the ARCH.
Result<std::string> find_library(const Files& files, const std::vector<std::string>& folders,
                                 const std::string& name, const std::string& arch);
/// ARCH of an object, or of an archive's first member that is one; empty when there is none.
std::string arch_of(Files& files, const ParsedInput& input);

using formats::folder_of;
using formats::join_path;

}  // namespace cmos::linker
