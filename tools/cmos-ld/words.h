// The command line as users of ld write it, taken apart before CLI11 sees it: which words are
// inputs depends on their order, ld's options have several spellings, and many of them say nothing
// to a linker for a fixed address.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "linker/linker.h"

namespace cmos::ld {

struct Words {
  std::vector<linker::Input> inputs;
  std::vector<std::string> options;  ///< for CLI11, in the one spelling that --help shows
  std::vector<std::string> warnings;
};

/// Fails with kUsage for options of ld that mean something else than what a CPE can be, and says
/// what to do instead.
Result<Words> sort_words(const std::vector<std::string>& expanded);

}  // namespace cmos::ld
