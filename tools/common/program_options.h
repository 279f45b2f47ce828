// The options with which linkers describe a program: signature, mini-disk, symbols, protection.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "formats/cpe/program.h"

namespace cmos::tools {

/// What the command line says, before it is checked.
struct ProgramArguments {
  std::string author;
  std::string site;
  std::uint32_t author_hash = 0;
  std::string mini_disk = "0";
  std::string backup_name;
  std::string symbols = "all";
  bool no_symbols = false;
  bool no_checksum = false;
  bool minimal = false;
  bool no_protect = false;
  std::string debug_map;      ///< --debug-map, as debug_map_file() understands it
  bool no_debug_map = false;  ///< --no-debug-map
};

/// `arguments` must outlive the parse.
void declare_program(CLI::App& app, ProgramArguments& arguments);

/// After the parse. Fails with kUsage when options contradict each other.
Result<cpe::ProgramOptions> program_options(const CLI::App& app, const ProgramArguments& arguments);

/// Where the side file goes: to --debug-map's FILE, else beside `output`, which was written.
/// Without
/// --debug-map there is one when the inputs have debug information, `output` is a plain file, and
/// --no-debug-map was not given.
std::optional<std::string> debug_map_file(const ProgramArguments& arguments,
                                          const std::string& output, bool has_debug_information);

}  // namespace cmos::tools
