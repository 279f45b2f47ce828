// @FILE on a command line: the words in FILE.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cmos::tools {

/// The command line with its response files read in. Fails with kNotFound, kUnreadable or kUsage.
Result<std::vector<std::string>> with_response_files(const std::vector<std::string>& arguments);

/// What @FILE stands for: words between white space, with '…', "…" and \ as in a shell.
Result<std::vector<std::string>> split_response(std::string_view text, std::string_view file);

}  // namespace cmos::tools
