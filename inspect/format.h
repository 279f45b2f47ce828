// From a file to its parts, as the inspecting tools go through them: what its row of
// formats/registry makes of it, and of each of its members.
#pragma once

#include <string>
#include <vector>

#include "formats/registry/registry.h"

namespace cmos::inspect {

using formats::Binding;
using formats::Description;
using formats::kNoIndex;
using formats::Place;
using formats::PrivateField;
using formats::PrivateGroup;
using formats::Relocation;
using formats::Section;
using formats::Symbol;
using formats::SymbolKind;
using formats::Visibility;

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
  formats::Archive archive;   ///< when it is one
};
/// Detects the format and lists the parts. Members of a thin archive are read from the host.
Result<Input> open_input(Bytes bytes, const std::string& file);

/// The description of a part; an archive inside an archive is refused.
Result<Description> describe(const Part& part);

}  // namespace cmos::inspect
