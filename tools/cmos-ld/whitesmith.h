// Links for small CPUs, of objects of Whitesmith's and of sdcc's assemblers, with ld's words.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cmos::ld {

/// Links when the first input is such an object, or an archive of them, and returns the exit
/// status; nothing when the inputs are of another kind. `words` is the command line, without
/// response files.
std::optional<int> link_whitesmith(const std::vector<std::string>& words);

}  // namespace cmos::ld
