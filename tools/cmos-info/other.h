// Files of COIL's family, as the registry describes them: no CPE has such parts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/bytes.h"
#include "tools/cmos-info/info.h"

namespace cmos::info {

/// Whether the file begins like one of COIL's formats.
bool is_coil_file(Bytes bytes);

struct Described {
  std::string text;
  bool has_errors = false;
};
/// Header, parts, sections, with --symbols the symbols, and the findings.
Described describe_as_text(Bytes bytes, const std::string& file, const Options& options);
/// The same as an entry of the JSON document's "files".
nlohmann::ordered_json describe_as_json(Bytes bytes, const std::string& file);

}  // namespace cmos::info
