// .coild files (docs/coil.md 7): debug information apart from the object that it is about, with a
// copy of that object's symbols, by which it is found again.
#pragma once

#include <vector>

#include "formats/coil/object_file.h"

namespace cmos::coil {

struct DebugFile {
  Version version;
  ByteOrder order = ByteOrder::kLittle;
  DebugInfo debug;
  std::vector<Symbol> symbols;

  /// Whether it was made of this object.
  bool belongs_to(const ObjectFile& object) const { return symbols == object.symbols; }
};

bool looks_like_coild(Bytes bytes);
std::optional<DebugFile> parse_debug_file(Bytes bytes, Findings& findings);
struct DebugFileRead {
  DebugFile file;
  std::vector<Finding> warnings;
};
Result<DebugFileRead> read_debug_file(Bytes bytes, std::string_view file);
Result<std::vector<std::uint8_t>> write_debug_file(const DebugFile& file);

}  // namespace cmos::coil
