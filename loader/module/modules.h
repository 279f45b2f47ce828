// Several modules into one address space (docs/module-format.md, Loading): which segments a CPU
// takes, where each goes, imports against exports, relocation. Nothing here knows an emulator: the
// result is bytes at addresses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/module/module.h"
#include "formats/module/select.h"

namespace cmos::loader {

/// One module that takes part. The module's views must outlive the load.
struct ModuleFile {
  std::string file;  ///< as the user named it
  const mod::Module* module = nullptr;
};

struct ModuleOptions {
  mod::Host host;
  std::uint32_t base = 0x100;  ///< of what has no place of its own, from here on upwards
  std::optional<std::uint32_t> text = {};
  std::optional<std::uint32_t> rodata = {};
  std::optional<std::uint32_t> data = {};
  std::optional<std::uint32_t> bss = {};
  std::optional<std::uint32_t> overlay = {};
  std::optional<std::uint32_t> stack_size = {};  ///< instead of what the modules request
  std::optional<std::uint32_t> heap_size = {};
  /// Names that the system provides, for imports of any type.
  std::map<std::string, std::uint32_t, std::less<>> provided = {};
};

struct PlacedSegment {
  std::size_t module = 0;   ///< index of the module
  std::size_t segment = 0;  ///< index in its Module::segments
  std::uint32_t address = 0;
  std::vector<std::uint8_t> bytes;  ///< relocated; zeros for what has no payload

  std::uint64_t end() const { return std::uint64_t{address} + bytes.size(); }
};

/// What modules ask for in all, in bytes.
struct ModuleBudgets {
  std::uint64_t stack_least = 0, stack_wanted = 0, heap_least = 0, heap_wanted = 0;
};
ModuleBudgets budgets_of(const std::vector<ModuleFile>& files);

/// A range of memory; empty when its size is 0.
struct Area {
  std::uint32_t address = 0;
  std::uint32_t size = 0;
  std::uint64_t end() const { return std::uint64_t{address} + size; }
};

struct ResolvedImport {
  std::size_t module = 0;
  std::uint16_t ordinal = 0;
  std::uint32_t address = 0;
  std::optional<std::size_t> from = {};  ///< the module that exports it; nothing: the system
};

struct LoadedModules {
  std::vector<PlacedSegment> segments;  ///< those that are there from the start, by address
  std::vector<PlacedSegment> overlays;  ///< all of them at the same address, in the modules' order
  Area overlay;
  Area stack;
  Area heap;
  std::vector<ResolvedImport> imports;
  std::optional<std::uint32_t> start;  ///< the first module's procedure `start`
};

/// Names of procedures and other facts that the format does not fix.
using mod::kStartName;
inline constexpr std::uint32_t kZeroPageEnd = 0x100;

/// Fails with kMalformed for modules that do not fit each other or the CPU (an import without
/// export, a value out of a field's range, a required segment for another CPU), with kLimit when
/// there is no room, naming module, segment and offset.
Result<LoadedModules> load_modules(const std::vector<ModuleFile>& files,
                                   const ModuleOptions& options);

/// Where everything went, line by line.
std::string module_map(const std::vector<ModuleFile>& files, const LoadedModules& loaded);

}  // namespace cmos::loader
