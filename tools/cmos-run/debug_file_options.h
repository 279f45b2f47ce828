// --debug-file: where the side file with source lines and link origins is.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "runtime/process/process.h"
#include "symbolize/lookup.h"

namespace cmos::run {

struct DebugFileArguments {
  std::string file;  ///< empty: beside the program, if it is there
  bool none = false;
  std::vector<std::string> sources;  ///< folders whose source lines may be quoted too
};

void declare_debug_file_options(CLI::App& app, DebugFileArguments& arguments);

/// Reads nothing before it is asked. nullptr when there is nothing to ask.
std::unique_ptr<symbolize::Lookup> make_lookup(const DebugFileArguments& arguments,
                                               const std::string& program,
                                               const vfs::SharedBytes& binary, bool from_host);

}  // namespace cmos::run
