// What casm takes from the environment and from .coilconfig.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace cmos::casm {

struct Settings {
  std::vector<std::string> include_folders;
  std::string target;
  std::string debug_level;
  std::string optimization;
  std::vector<std::string> features;
  std::optional<std::uint8_t> processor;
};

/// .coilconfig of this folder, else of HOME, else /etc/coil/config; then the environment, which
/// wins. Fails with kUsage for a line that is no `key = value` of a known key.
Result<Settings> read_settings();

/// Words of a command line: blanks part them, "…" and '…' keep them together. Fails with kUsage
/// for a quote that is not closed.
Result<std::vector<std::string>> split_words(const std::string& line);

/// Decimal, 0x, 0b or 0o.
std::optional<std::uint64_t> number_setting(const std::string& text);

}  // namespace cmos::casm
