// Modules as a program that a process can run (docs/module-format.md, Running).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/cpe/cpe.h"
#include "loader/flat.h"
#include "loader/module/modules.h"

namespace cmos::loader {

struct ModuleBytes {
  std::string file;  ///< as the user named it
  Bytes bytes;       ///< borrowed during the call alone
};

struct ModuleChoice {
  std::string cpu;  ///< as mod::family_named() knows it; empty: the first that can be run
  std::optional<std::uint32_t> stack_size = {};  ///< instead of what the modules request
  std::optional<std::uint32_t> heap_size = {};
  std::optional<std::uint32_t> base = {};  ///< of what has no place of its own
  /// Whether there is an engine for a CPU, by its ARCH code.
  std::function<bool(std::string_view arch)> can_run = {};
};

struct ModuleProgram {
  /// ARCH, and one symbol for each segment, `file:segment`, at its address. No code.
  cpe::ReadResult executable;
  std::shared_ptr<const FlatImage> image;
  ModuleBudgets budgets;
  std::string map;  ///< module_map()
};

/// The first module is the one that is started. Fails like mod::read() and load_modules(), with
/// kUnsupported when no CPU of the modules can be run, with kMalformed when the first module
/// exports no procedure `start`.
Result<ModuleProgram> read_modules(const std::vector<ModuleBytes>& files,
                                   const ModuleChoice& choice);

}  // namespace cmos::loader
