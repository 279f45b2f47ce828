// Files of other families, as the registry describes them: COIL's, Whitesmith's with their
// archives, and sdcc's objects.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/bytes.h"
#include "tools/cmos-info/info.h"

namespace cmos::info {

/// Whether the file begins like one of their formats.
bool is_other_file(Bytes bytes);

struct Described {
  std::string text;
  bool has_errors = false;
};
/// Header, parts, sections, with --symbols the symbols, of an archive its members, and the
/// findings.
Described describe_as_text(Bytes bytes, const std::string& file, const Options& options);
/// The same as an entry of the JSON document's "files".
nlohmann::ordered_json describe_as_json(Bytes bytes, const std::string& file);

}  // namespace cmos::info
