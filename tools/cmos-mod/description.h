// The description file of `cmos-mod make` (docs/module-format.md, Description files): what a module
// is made of, one statement on each line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/module/make.h"

namespace cmos::modtool {

/// What is for one CPU; a fat module has several.
struct Part {
  mod::MakeOptions options;
  struct Object {
    std::string file;  ///< as it is found from the working directory
    bool overlay = false;
  };
  std::vector<Object> objects;
  mod::Source raw;                             ///< segments whose contents the description gives
  std::map<std::string, std::uint32_t> names;  ///< of raw.symbols
};

/// `options` are those of the command line, which the description's own lines replace. Objects are
/// looked for in the description's folder. Fails with kMalformed, naming the line.
Result<std::vector<Part>> read_description(std::string_view text, const std::string& file,
                                           const mod::MakeOptions& options);

/// "MINIMUM[:REQUESTED]" in one or two words; nothing for what makes no sense.
bool read_budget(const std::vector<std::string>& words, std::uint16_t& least,
                 std::uint16_t& requested);

}  // namespace cmos::modtool
