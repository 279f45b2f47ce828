// cmos-run's command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "formats/cpe/cpe.h"
#include "minidisk/lock.h"
#include "runtime/console/host_console.h"
#include "runtime/process/limits.h"
#include "tools/cmos-run/debug_file_options.h"
#include "tools/cmos-run/expect_trace_options.h"
#include "tools/cmos-run/trace_options.h"
#include "vfs/setup.h"

namespace cmos::run {

/// What is chosen for modules alone (docs/module-format.md, Running).
struct ModuleArguments {
  std::string cpu;  ///< of a fat module; empty: the first that can be run
  std::optional<std::uint32_t> stack_size = {};
  std::optional<std::uint32_t> heap_size = {};
  std::optional<std::uint32_t> base = {};  ///< of what has no place of its own
  bool map = false;
};

struct Options {
  std::string tool = "cmos-run";  ///< what a report of a failure begins with
  enum class Os : std::uint8_t { kCalamos, kCpm };
  Os os = Os::kCalamos;  ///< whose calls the program makes
  std::string file;      ///< a host file, `Cmos:\\…`, or the name of an installed program
  std::vector<std::string> arguments;    ///< the guest's, without argument 0
  std::vector<std::string> environment;  ///< the guest's, NAME=VALUE
  runtime::Limits limits;
  cpe::ReadOptions read;
  bool protect = true;
  bool strict_abi = false;
  bool quiet = false;
  bool verbose = false;
  runtime::ColourMode colour = runtime::ColourMode::kAuto;
  std::string report;     ///< empty = none
  bool supervise = true;  ///< the guest runs in a process of its own
  /// What that process gives up: what the host can take; all, or nothing runs; nothing.
  enum class Sandbox : std::uint8_t { kAuto, kRequire, kOff } sandbox = Sandbox::kAuto;

  // ---- files and mini-disks (abi 4, 5) ----
  std::optional<std::string> root;
  std::vector<vfs::Mount> mounts;
  std::vector<std::string> drives;  ///< of CP/M: 'A:=DIR[:ro]'
  vfs::OverlayChoice overlay;
  std::optional<std::uint64_t> max_files, max_disk;
  minidisk::WaitPolicy minidisk;
  bool ephemeral = false;

  ModuleArguments modules;
  TraceArguments trace;
  ExpectTraceArguments expect_trace;
  DebugFileArguments debug_file;

  enum class List : std::uint8_t { kNothing, kSyscalls, kSyscallsJson, kSyscallsMarkdown, kArchs };
  List list = List::kNothing;  ///< to print instead of running anything
};

/// The options, or the exit status of a command line that is served or refused already.
std::variant<Options, int> parse_options(int argc, char** argv);

}  // namespace cmos::run
