// The command line of the original linker: flags of one or two letters, several of them in one word
// (-htr), values in the same word or the next one.
#pragma once

#include <string>
#include <vector>

#include "linker/whitesmith/wslink.h"

namespace cmos::wslink {

struct Command {
  Options options;
  std::string output = "xeq";
  bool header = true;
  bool read_names = false;  ///< -i: more files are named on standard input
};

/// Fails with kUsage and the flag that is wrong.
Result<Command> parse_command(const std::vector<std::string>& words);

/// One line for each flag, for --help.
std::string flags_text();

/// A number as the original tools read it: 0x hexadecimal, 0 octal, else decimal. Takes it off the
/// front of `text`; nothing when no digit stands there.
std::optional<std::uint64_t> take_number(std::string_view& text);

}  // namespace cmos::wslink
