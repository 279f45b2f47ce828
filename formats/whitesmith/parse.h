// The steps of a parse. Errors go to `findings`, which the reader and the validator share; what is
// merely remarkable is the validator's business (lint.cc).
#pragma once

#include <optional>

#include "base/findings.h"
#include "formats/whitesmith/rules.h"
#include "formats/whitesmith/whitesmith.h"

namespace cmos::whitesmith {

struct Parse {
  Parse(Bytes file_bytes, std::string_view name) : bytes(file_bytes), findings(name) {}

  Bytes bytes;
  Findings findings;
  ReadResult result;
  bool past_end = false;  ///< a last distance leads behind its segment
};

/// Header, contents, symbols, relocations; false when the rest could not be located.
bool parse_file(Parse& parse);

/// The warnings and hints of a file that parsed.
void lint(const Parse& parse, Findings& findings);

}  // namespace cmos::whitesmith
