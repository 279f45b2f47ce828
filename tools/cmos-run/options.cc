#include "tools/cmos-run/options.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace cmos::run {
namespace {

constexpr std::string_view kFooter =
    R"(FILE.cpe is a host file, a path that begins with Cmos: or, when there is no such file, the name of an installed
program. Everything after it belongs to the program, also words that begin with '-'.

Examples:
  cmos-run hello.cpe                      run a program
  cmos-run grep.cpe -i needle < hay.txt   with arguments and input
  cmos-run --trace app.cpe                every system call on stderr
  cmos-run --trace='!clock,!random' --trace-file=t.txt app.cpe
  cmos-run --root disk 'Cmos:\sys_apps\hello'
                                          an installed program (or only its name, hello)
  cmos-run --mount 'Cmos:\src=.:ro' --overlay app.cpe
                                          with the current folder to read, and nothing to change
  cmos-run --here --env LANG=C app.cpe *.txt
                                          in the current folder, with a variable of its environment
  cmos-run --timeout 2.5 --memory 64M --max-output 1M app.cpe
  cmos-run --report end.json app.cpe      how it ended, as JSON
  cmos-run --map main.mod lib.mod         modules, linked when they are loaded
  cmos-run --expect-trace app.trace app.cpe
                                          a test: the same calls as last time? --bless writes app.trace

Exit status: the program's exit code & 0xff; 123 the trace is not as expected, 124 a limit was hit, 125 cmos-run
itself failed, 126 the file is not a runnable CPE, 127 it was not found, 128+n the program faulted (132 illegal
instruction, 133 breakpoint, 135 misaligned, 136 arithmetic, 139 memory), 130 Ctrl-C. --report tells them apart from a program's own codes.
)";

/// What CLI11 fills before it is turned into Options.
struct Raw {
  std::string timeout, max_instructions, max_output, memory, stack_size;
  std::string entry_base = "code";
  std::string colour = "auto";
  std::string list_syscalls;
  bool no_protect = false;
  bool list_archs = false;
  bool here = false;
  std::string root, overlay, max_files, max_disk, minidisk_timeout;
  std::string minidisk = "fail";
  std::string sandbox = "auto";
  std::string os = "calamos";
  std::string heap_size, base;
  std::vector<std::string> mounts, environment;
};

void declare_limits(CLI::App& app, Raw& raw) {
  const std::string group = "Limits (SIZE: bytes, or with K, M, G)";
  app.add_option("--timeout", raw.timeout, "End the program after this time")
      ->check(tools::seconds())
      ->type_name("SECONDS")
      ->group(group);
  app.add_option("--max-instructions", raw.max_instructions,
                 "End it after exactly so many instructions")
      ->check(tools::whole_number())
      ->type_name("COUNT")
      ->group(group);
  app.add_option("--max-output", raw.max_output,
                 "End it when it writes more than this to stdout and stderr")
      ->check(tools::byte_size())
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--memory", raw.memory,
                 "Memory of the run: image, heap and stack of all its programs, what mini-disks "
                 "hold, listings, "
                 "files of programs (default: 1G)")
      ->check(tools::byte_size())
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--stack-size", raw.stack_size, "Size of its stack (default: 1M)")
      ->check(tools::byte_size())
      ->type_name("SIZE")
      ->group(group);
}

void declare_loading(CLI::App& app, Raw& raw, Options& options) {
  const std::string group = "Loading";
  app.add_option(
         "--os", raw.os,
         "Whose calls the program makes: calamos (default), or cpm, a CP/M 2.2 program of a "
         "Z80 or 8080 (docs/cpm.md)")
      ->check(tools::one_of({"calamos", "cpm"}))
      ->type_name("calamos|cpm")
      ->group(group);
  app.add_flag("--strict", options.read.strict, "Refuse a file that has warnings")->group(group);
  app.add_flag("--no-protect", raw.no_protect,
               "Map the whole image readable, writable and executable, for self-modifying programs")
      ->group(group);
  app.add_option("--entry-base", raw.entry_base,
                 "What the entry point offset counts from: the machine code (default), or the CODE "
                 "section as the "
                 "document says literally")
      ->check(tools::one_of({"code", "section"}))
      ->type_name("code|section")
      ->group(group);
  app.add_flag("--strict-abi", options.strict_abi,
               "End the program when it makes a call outside the CalamOS document")
      ->group(group);
}

void declare_modules(CLI::App& app, Raw& raw, Options& options) {
  const std::string group =
      "Modules (docs/module-format.md): cmos-run main.mod lib.mod [ARGUMENTS…]";
  app.add_option(
         "--cpu", options.modules.cpu,
         "Of a fat module's CPUs this one (default: the first that can be run); of a "
         "Whitesmith's program, the one that it is for; with --os=cpm Z80 (default) or 8080")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--heap-size", raw.heap_size,
                 "Size of the heap, as --stack-size is of the stack (default: what they ask for)")
      ->check(tools::byte_size())
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--base", raw.base,
                 "From where on to place what has no origin (default: 0x100, "
                 "behind a 6502's stack page)")
      ->check([](const std::string& text) {
        return tools::parse_address(text) ? std::string() : "an address is expected, not " + text;
      })
      ->type_name("ADDRESS")
      ->group(group);
  app.add_flag("--map", options.modules.map,
               "Print where everything went, and at the end what was used of stack and heap")
      ->group(group);
}

void declare_files(CLI::App& app, Raw& raw, Options& options) {
  const std::string group = "Files and mini-disks";
  app.add_option("--root", raw.root,
                 "Host folder that holds Cmos: (default: CMOS_ROOT, else the XDG data folder's "
                 "calamos)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--mount", raw.mounts,
                 "Show a host folder in the namespace, ':ro' for reading only; repeatable. With "
                 "--os=cpm a drive: 'A:=DIR[:ro]'")
      ->take_all()
      ->expected(1)
      ->type_name("'Cmos:\\NAME=DIR[:ro]'")
      ->group(group);
  app.add_flag("--here", raw.here,
               "The current folder of the host as working folder: --mount 'Cmos:\\data=.'")
      ->group(group);
  app.add_option("--env", raw.environment,
                 "Set a variable of the program's environment; NAME alone: as the host has it; "
                 "repeatable")
      ->take_all()
      ->expected(1)
      ->type_name("NAME[=VALUE]")
      ->group(group);
  app.add_option("--overlay", raw.overlay,
                 "Leave root and mounts as they are: what is written goes to DIR, or vanishes at "
                 "the end")
      ->expected(0, 1)
      ->type_name("[=DIR]")
      ->group(group);
  app.add_option("--max-files", raw.max_files, "Files and directories that the program may add")
      ->check(tools::whole_number())
      ->type_name("COUNT")
      ->group(group);
  app.add_option("--max-disk", raw.max_disk, "Bytes that it may add to files")
      ->check(tools::byte_size())
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--minidisk", raw.minidisk,
                 "When another process holds the mini-disk: fail (default) with "
                 "CPE_ERROR_MINIDISK_BUSY, or wait")
      ->check(tools::one_of({"fail", "wait"}))
      ->type_name("fail|wait")
      ->group(group);
  app.add_option("--minidisk-timeout", raw.minidisk_timeout, "Fail after waiting so long")
      ->check(tools::seconds())
      ->type_name("SECONDS")
      ->group(group);
  app.add_flag("--ephemeral", options.ephemeral,
               "Take no lock and save nothing: changes to mini-disks vanish at the end")
      ->group(group);
}

void declare_safety(CLI::App& app, Raw& raw, Options& options) {
  const std::string group = "Safety (docs/security.md)";
  app.add_flag("--supervise,!--no-supervise", options.supervise,
               "Run the emulator in a process of its own under a supervisor (default), which tells "
               "and tidies up when the emulator fails; --no-supervise: in this one, for debuggers, "
               "which want --sandbox=off too")
      ->group(group);
  app.add_option(
         "--sandbox", raw.sandbox,
         "Confine that process to the root, the mounts and its open files: auto (default), as "
         "far as the host can; require: or run nothing; off")
      ->check(tools::one_of({"auto", "require", "off"}))
      ->type_name("auto|require|off")
      ->group(group);
}

void declare_output(CLI::App& app, Raw& raw, Options& options) {
  const std::string group = "Output";
  app.add_option("--color,--colour", raw.colour,
                 "Colours of stdout: auto (default) is on a terminal unless NO_COLOR is set")
      ->check(tools::one_of({"auto", "always", "never"}))
      ->type_name("auto|always|never")
      ->group(group);
  app.add_option("--report", options.report, "Write how the program ended to this file, as JSON")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--verbose", options.verbose,
               "Tell on stderr what was loaded and mapped where, which engine runs it, and which "
               "folders and mini-disk it uses")
      ->group(group);
  app.add_flag("-q,--quiet", options.quiet, "No warnings about the file")->group(group);
}

void declare_information(CLI::App& app, Raw& raw) {
  const std::string group = "Information";
  app.add_option("--list-syscalls", raw.list_syscalls, "Print the table of system calls and exit")
      ->expected(0, 1)
      ->check(tools::one_of({"", "text", "json", "markdown"}))
      ->type_name("[=json|markdown]")
      ->group(group);
  app.add_flag("--list-archs", raw.list_archs,
               "Print the ARCHs that can be run, with what their CPUs know, and exit")
      ->group(group);
}

double parse_seconds(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Result<void> complete_files(const CLI::App& app, const Raw& raw, Options& options) {
  if (app.count("--root") > 0) options.root = raw.root;
  if (app.count("--overlay") > 0) {
    options.overlay.kind =
        raw.overlay.empty() ? vfs::OverlayChoice::Kind::kDiscard : vfs::OverlayChoice::Kind::kKeep;
    options.overlay.folder = raw.overlay;
  }
  if (!raw.max_files.empty()) options.max_files = tools::parse_number(raw.max_files);
  if (!raw.max_disk.empty()) options.max_disk = tools::parse_byte_size(raw.max_disk);
  options.minidisk.wait = raw.minidisk == "wait";
  if (!raw.minidisk_timeout.empty()) {
    // A century is for ever; more would overflow the clock's arithmetic.
    const double wait = std::min(parse_seconds(raw.minidisk_timeout), 3.2e9);
    options.minidisk.timeout =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(wait));
  }
  if (options.os == Options::Os::kCpm) {
    options.drives = raw.mounts;
    return {};
  }
  if (raw.here) {
    CMOS_TRY(vfs::Mount here, vfs::parse_mount("Cmos:\\data=."));
    options.mounts.push_back(std::move(here));
  }
  for (const std::string& text : raw.mounts) {
    CMOS_TRY(vfs::Mount mount, vfs::parse_mount(text));
    options.mounts.push_back(std::move(mount));
  }
  return {};
}

/// The last of a name counts. A name that the host does not have is left out, as with docker.
Result<void> complete_environment(const Raw& raw, Options& options) {
  for (const std::string& text : raw.environment) {
    const std::string name = text.substr(0, text.find('='));
    if (name.empty())
      return fail(Error{.code = ErrorCode::kUsage,
                        .field = "--env",
                        .found = text,
                        .expected = "NAME=VALUE, or NAME alone"});
    std::erase_if(options.environment, [&](const std::string& one) {
      return one.starts_with(name) && one[name.size()] == '=';
    });
    if (name.size() < text.size()) {
      options.environment.push_back(text);
    } else if (const char* host = std::getenv(name.c_str())) {  // NOLINT(concurrency-mt-unsafe)
      options.environment.push_back(name + "=" + host);
    }
  }
  return {};
}

Options complete(const CLI::App& app, const Raw& raw, Options options) {
  if (!raw.timeout.empty()) options.limits.timeout = parse_seconds(raw.timeout);
  if (!raw.max_instructions.empty())
    options.limits.max_instructions = tools::parse_number(raw.max_instructions);
  if (!raw.max_output.empty()) options.limits.max_output = tools::parse_byte_size(raw.max_output);
  if (!raw.memory.empty()) options.limits.memory = *tools::parse_byte_size(raw.memory);
  if (!raw.stack_size.empty()) options.limits.stack_size = *tools::parse_byte_size(raw.stack_size);
  const auto size = [](const std::string& text) -> std::optional<std::uint32_t> {
    if (text.empty()) return std::nullopt;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(*tools::parse_byte_size(text), UINT32_MAX));
  };
  options.modules.stack_size = size(raw.stack_size);
  options.modules.heap_size = size(raw.heap_size);
  if (!raw.base.empty())
    options.modules.base = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(*tools::parse_address(raw.base), UINT32_MAX));
  if (raw.entry_base == "section") options.read.entry_base = cpe::EntryBase::kSection;
  options.protect = !raw.no_protect;
  if (raw.sandbox == "require") options.sandbox = Options::Sandbox::kRequire;
  if (raw.sandbox == "off") options.sandbox = Options::Sandbox::kOff;
  if (raw.os == "cpm") options.os = Options::Os::kCpm;
  if (raw.colour == "always") options.colour = runtime::ColourMode::kAlways;
  if (raw.colour == "never") options.colour = runtime::ColourMode::kNever;
  if (raw.list_archs) options.list = Options::List::kArchs;
  if (app.count("--list-syscalls") > 0) {
    options.list = raw.list_syscalls == "json"       ? Options::List::kSyscallsJson
                   : raw.list_syscalls == "markdown" ? Options::List::kSyscallsMarkdown
                                                     : Options::List::kSyscalls;
  }
  complete_trace_options(app, options.trace);
  return options;
}

}  // namespace

std::variant<Options, int> parse_options(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  CLI::App app("Runs a CalamOS program (CPE).", "cmos-run");
  tools::set_up(app, "cmos-run", kFooter);
  tools::set_usage(app, "Usage: cmos-run [OPTIONS] FILE.cpe [ARGUMENTS…]");
  app.option_defaults()->take_last();
  Raw raw;
  Options options;
  declare_limits(app, raw);
  declare_loading(app, raw, options);
  declare_modules(app, raw, options);
  declare_files(app, raw, options);
  declare_safety(app, raw, options);
  declare_output(app, raw, options);
  declare_trace_options(app, options.trace);
  declare_expect_trace_options(app, options.expect_trace);
  declare_debug_file_options(app, options.debug_file);
  declare_information(app, raw);

  const auto file = words.begin() + static_cast<std::ptrdiff_t>(tools::own_arguments(app, words));
  std::vector<std::string> own(words.begin(), file);
  if (!own.empty() && own.back() == "--") own.pop_back();
  if (const auto status = tools::parse(app, own, tools::kRunnerUsage)) return *status;
  if (file != words.end()) {
    options.file = *file;
    options.arguments.assign(file + 1, words.end());
  }
  options = complete(app, raw, std::move(options));
  if (auto files = complete_files(app, raw, options); !files) {
    tools::complain(files.error());
    return tools::kRunnerUsage;
  }
  if (auto environment = complete_environment(raw, options); !environment) {
    tools::complain(environment.error());
    return tools::kRunnerUsage;
  }
  if (options.file.empty() && options.list == Options::List::kNothing) {
    tools::complain(
        "which program? Usage: cmos-run [OPTIONS] FILE.cpe [ARGUMENTS…] (see cmos-run --help)");
    return tools::kRunnerUsage;
  }
  return options;
}

}  // namespace cmos::run
