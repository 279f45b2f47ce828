#include "tools/cmos-run/run.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/host_file.h"
#include "formats/whitesmith/whitesmith.h"
#include "loader/cbc.h"
#include "runtime/process/process.h"
#include "runtime/process/system.h"
#include "runtime/report/report.h"
#include "tools/cmos-run/modules.h"
#include "tools/cmos-run/verbose.h"
#include "tools/cmos-run/watch.h"
#include "tools/cmos-run/whitesmith.h"
#include "tools/cmos-run/wrong_file.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/near.h"

namespace cmos::run {
namespace {

/// More than fits between the load address and the stack is no CPE; a bound keeps an endless pipe
/// out of memory.
constexpr std::uint64_t kMaxFile = 2ull << 30;

tl::unexpected<Error> too_large(const std::string& name, std::string found, std::uint64_t most) {
  return fail(Error{.code = ErrorCode::kLimit,
                    .file = name,
                    .field = "size",
                    .found = std::move(found),
                    .expected = fmt::format("at most {} bytes, as --memory has it", most)});
}

/// A file with more bytes than `most`, however few of them are on the disk, is not read.
Result<std::vector<std::uint8_t>> read_program(const std::string& path, std::uint64_t most) {
  struct stat info {};
  const bool known = ::stat(path.c_str(), &info) == 0;
  if (known && (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)))
    return fail(Error{
        .code = ErrorCode::kUnreadable, .file = path, .message = "this is a device, not a file"});
  if (known && S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) > most)
    return too_large(path, fmt::format("{} bytes", info.st_size), most);
  return read_host_file(path, most);
}

constexpr const char* kNamespacePrefix = "Cmos:";

/// A file and where it lies in the namespace.
struct Program {
  std::string name;  ///< for messages
  std::string path;  ///< `Cmos:\\…`
  vfs::SharedBytes bytes;
  bool from_host = false;
};

bool is_namespace_path(std::string_view text) {
  const std::string_view prefix = kNamespacePrefix;
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return std::tolower(a) == std::tolower(b); });
}

Result<Program> read_installed(const std::string& name, const vfs::Path& path,
                               runtime::System& system, std::uint64_t most) {
  CMOS_TRY(runtime::System::Shared* const shared, system.open_or_error());
  auto bytes = shared->names->read_whole(path, most);
  if (bytes) return Program{name, path.text(), *std::move(bytes)};
  if (bytes.error() == vfs::VfsError::kNoSpace) return too_large(name, "more", most);
  const bool missing =
      bytes.error() == vfs::VfsError::kNotFound || bytes.error() == vfs::VfsError::kNotDirectory;
  return fail(
      Error{.code = missing ? ErrorCode::kNotFound : ErrorCode::kUnreadable,
            .file = name,
            .message = missing ? "no such program in the namespace"
                               : fmt::format("cannot be read: {}", vfs::meaning(bytes.error()))});
}

/// For a name that is neither a file nor a program.
std::string suggestion(const std::string& name, runtime::System& system) {
  const auto shared = system.open_or_error();
  if (!shared) return {};
  const auto installed = (*shared)->names->list(vfs::Path::of("sys_apps"));
  const auto near = installed ? tools::nearest(name, *installed) : std::nullopt;
  return near ? fmt::format("; did you mean the installed program '{}'?", *near) : std::string();
}

/// A host file; `Cmos:\…`; or the name of an installed program.
Result<Program> find_program(const std::string& file, runtime::System& system,
                             std::uint64_t memory) {
  const std::uint64_t most = std::min(kMaxFile, memory);
  if (is_namespace_path(file)) {
    const auto path = vfs::Path::parse(file);
    if (!path)
      return fail(Error{.code = ErrorCode::kNotFound, .file = file, .message = "is no valid path"});
    return read_installed(file, *path, system, most);
  }
  auto bytes = read_program(file, most);
  if (bytes) {
    auto shared = std::make_shared<const std::vector<std::uint8_t>>(*std::move(bytes));
    return Program{file, runtime::program_path(file), std::move(shared), true};
  }
  if (bytes.error().code == ErrorCode::kNotFound && vfs::valid_component(file)) {
    auto installed = read_installed(file, vfs::Path::of("sys_apps/" + file), system, most);
    if (installed || installed.error().code == ErrorCode::kLimit) return installed;
    bytes.error().message += suggestion(file, system);
  }
  return fail(std::move(bytes).error());
}

Result<void> prepare(runtime::System& system) {
  auto shared = system.open_or_error();
  if (shared) return {};
  Error error = std::move(shared).error();
  error.code = ErrorCode::kUsage;  // not the program is missing, but a folder
  return fail(std::move(error));
}

/// What stat says of the program's own host file.
std::int64_t modified_time(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return 0;
  return info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
}

Result<vfs::Config> namespace_config(const Options& options) {
  const auto environment = [](const char* name) -> const char* { return std::getenv(name); };
  CMOS_TRY(std::string root, vfs::choose_root(options.root, environment));
  vfs::Config out{.root = std::move(root),
                  .mounts = options.mounts,
                  .overlay = options.overlay,
                  .scratch = vfs::scratch_location(environment),
                  .max_files = options.max_files,
                  .max_bytes = options.max_disk};
  if (options.verbose) tell_namespace(out);
  return out;
}

runtime::SystemOptions system_options(const Options& options) {
  runtime::SystemOptions out;
  out.config = [&options] { return namespace_config(options); };
  out.minidisk = options.minidisk;
  out.ephemeral = options.ephemeral;
  out.memory = std::make_shared<MemoryBudget>(options.limits.memory);
  out.warn = [&options](const std::string& text) {
    if (!options.quiet) tools::warn(text);
  };
  out.note = [&options](const std::string& text) {
    if (options.verbose) tools::note(text);
  };
  out.complain = [](const std::string& text) { tools::complain(text); };
  out.child_failed = [&options](const runtime::Process& child) {
    const std::string report =
        options.tool + ": " + runtime::report_text(runtime::make_report(child));
    std::fwrite(report.data(), 1, report.size(), stderr);
  };
  return out;
}

/// What a run of modules prints beside the program's own output.
struct ModuleNotes {
  std::optional<loader::ModuleBudgets> budgets;  ///< nothing when the program is no module
  bool wanted = false;
};

struct Observers {
  std::unique_ptr<runtime::TraceObserver> trace;
  std::unique_ptr<TraceExpectation> expectation;
  std::unique_ptr<symbolize::Lookup> lookup;  ///< what trace and report ask; set by load()
  ModuleNotes modules;                        ///< set by load()
};

Result<Observers> make_observers(const Options& options) {
  Observers out;
  CMOS_TRY(out.trace, make_trace(options.trace));
  CMOS_TRY(out.expectation, TraceExpectation::make(options.expect_trace));
  return out;
}

/// Outside, when this process is confined: nothing is asked where there is nothing to be found.
std::unique_ptr<symbolize::Lookup> lookup_of(const Options& options, const Program& program,
                                             const Inside& inside) {
  const DebugFileArguments& debug = options.debug_file;
  if (inside.outside == nullptr)
    return make_lookup(debug, options.file, program.bytes, program.from_host);
  if (debug.none || (debug.file.empty() && !program.from_host)) return nullptr;
  return inside.outside->lookup(program.bytes);
}

/// A program as a process takes it.
struct Readable {
  cpe::ReadResult file;
  std::shared_ptr<const loader::FlatImage> flat;
};

Result<Readable> read_modules(const Options& options, const Program& program,
                              const FurtherModules& further, ModuleNotes& notes) {
  CMOS_TRY(loader::ModuleProgram made,
           link_modules(program.name, *program.bytes, further, options.modules));
  notes = {.budgets = made.budgets, .wanted = options.modules.map};
  if (notes.wanted) std::fwrite(made.map.data(), 1, made.map.size(), stderr);
  return Readable{std::move(made.executable), std::move(made.image)};
}

Result<Readable> read_file(const Options& options, const Program& program) {
  if (whitesmith::looks_like_object(*program.bytes)) {
    CMOS_TRY(cpe::ReadResult file, read_whitesmith(*program.bytes, program.name, options.modules));
    return Readable{std::move(file), nullptr};
  }
  CMOS_TRY_VOID(refuse_module_options(options.modules));
  auto file = loader::is_bytecode(*program.bytes)
                  ? loader::read_bytecode(*program.bytes, program.name)
                  : cpe::read(*program.bytes, program.name, options.read);
  if (!file) return fail(with_hint(std::move(file).error(), *program.bytes));
  return Readable{*std::move(file), nullptr};
}

Result<std::unique_ptr<runtime::Process>> load(const Options& options, syscalls::Console& console,
                                               runtime::System& system, Observers& observers,
                                               const Inside& inside) {
  // What the user names is checked at once; the root itself waits for the first call.
  if (!options.mounts.empty() || options.overlay.kind != vfs::OverlayChoice::Kind::kNone)
    CMOS_TRY_VOID(prepare(system));
  CMOS_TRY(const Program program, find_program(options.file, system, options.limits.memory));
  CMOS_TRY(const FurtherModules further,
           read_further_modules(*program.bytes, options.arguments, options.limits.memory));
  // From here on bytes of others decide what happens.
  CMOS_TRY_VOID(confine(options, inside));
  CMOS_TRY(Readable readable, mod::looks_like_module(*program.bytes)
                                  ? read_modules(options, program, further, observers.modules)
                                  : read_file(options, program));
  cpe::ReadResult* const file = &readable.file;
  if (program.from_host) {
    system.add_program({.name = vfs::program_name_for(options.file),
                        .binary = program.bytes,
                        .minidisk = {.size = file->executable.mini_disk_size,
                                     .backup_name = file->executable.backup_name},
                        .modified = modified_time(options.file)});
  }
  runtime::ProcessOptions process{
      .console = &console, .limits = options.limits, .read = options.read};
  process.system = &system;
  process.path = program.path;
  process.binary = program.bytes;
  process.arguments.push_back(program.path);
  process.arguments.insert(process.arguments.end(), further.arguments.begin(),
                           further.arguments.end());
  process.environment = options.environment;
  process.flat = std::move(readable.flat);
  if (observers.trace != nullptr) process.observers.push_back(observers.trace.get());
  if (observers.expectation != nullptr)
    process.observers.push_back(&observers.expectation->observer());
  observers.lookup = lookup_of(options, program, inside);
  if (observers.trace != nullptr && options.trace.lines)
    observers.trace->show_lines(observers.lookup.get());
  process.protect = options.protect;
  process.own_deadline = false;
  process.strict_abi = options.strict_abi;
  process.count_instructions = options.trace.needs_instruction_count() || !options.report.empty();
  return runtime::Process::load(std::move(*file), options.file, std::move(process));
}

void print_warnings(const runtime::Process& process) {
  for (const Finding& finding : process.file().findings) {
    if (finding.severity == Severity::kWarning) tools::warn(finding.where.text());
  }
}

int complain(const Error& error) {
  tools::complain(error);
  return tools::runner_status(error.code);
}

/// What the host refused to take while the guest ran; the status stays when it took everything.
int check_outputs(const runtime::HostConsole& console, const Observers& observers, int status) {
  // A reader that went away had enough; the guest was told (CPE_ERROR_IO) and its own status
  // stands.
  const int failed = console.write_error();
  if (failed != 0 && failed != EPIPE && failed != EINTR) {
    status = complain(
        {.code = ErrorCode::kHostIo, .file = "standard output", .message = std::strerror(failed)});
  }
  // To the guest it was the end of input; its status stands, and the user is told why.
  const int unread = console.read_error();
  if (unread != 0 && unread != EIO)
    complain({.code = ErrorCode::kHostIo,
              .file = "standard input",
              .message = unread == EBADF ? "is closed" : std::strerror(unread)});
  if (observers.trace != nullptr && observers.trace->error())
    status = complain(*observers.trace->error());
  return status;
}

int refuse(const Options& options, const Inside& inside, const Error& error) {
  const int status = complain(error);
  if (options.report.empty()) return status;
  const std::string report = runtime::error_report_json(options.file, error, status);
  if (auto written =
          write_named(inside, runtime::NamedFile::kReport, options.report, as_bytes(report));
      !written) {
    return complain(written.error());
  }
  return status;
}

/// The fault report, what became of --expect-trace, and --report: each only when there is something
/// to say. The exit status.
int tell_ending(const Options& options, const runtime::Process& process, const Observers& observers,
                const Inside& inside, const Watch& watch) {
  const runtime::Outcome& outcome = process.outcome();
  // A reader that had enough ends a pipeline as usual: without a word.
  const bool reader_gone =
      outcome.ending == runtime::Ending::kInterrupted && outcome.signal == SIGPIPE;
  const bool failed = outcome.ending != runtime::Ending::kExited && !reader_gone;
  int status = runtime::exit_status(outcome);
  std::optional<runtime::Report> report;
  const bool told = failed || (outcome.abort_method_failed() && !reader_gone);
  if (told || !options.report.empty())
    report = runtime::make_report(process, observers.lookup.get());
  if (told) {
    const std::string text = options.tool + ": " + runtime::report_text(*report);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  if (observers.modules.budgets) {
    const auto budgets = budgets_of(process, *observers.modules.budgets);
    if (report) report->budgets = budgets;
    const std::string text = observers.modules.wanted ? budget_text(budgets) : std::string();
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  if (observers.expectation != nullptr) {
    auto trace = observers.expectation->finish(outcome, options.quiet, [&](Bytes content) {
      return write_named(inside, runtime::NamedFile::kExpectedTrace, options.expect_trace.file,
                         content);
    });
    if (!trace) status = complain(trace.error());
    if (trace && trace->difference) status = tools::kTraceDiffers;
    if (trace && report) report->expected_trace = std::move(*trace);
  }
  if (options.report.empty()) return status;
  report->status = status;
  const std::string json = runtime::report_json(*report);
  if (auto written =
          write_named(inside, runtime::NamedFile::kReport, options.report, as_bytes(json));
      !written) {
    status = complain(written.error());
    if (watch.expired()) status = tools::kLimitReached;  // nobody read it in time
  }
  return status;
}

/// Whether trace and output go to one file, where they stand in order.
bool traced_among_output(const TraceArguments& trace) {
  struct stat output {};
  struct stat errors {};
  return trace.wanted && trace.file.empty() && ::fstat(STDOUT_FILENO, &output) == 0 &&
         ::fstat(STDERR_FILENO, &errors) == 0 && output.st_dev == errors.st_dev &&
         output.st_ino == errors.st_ino;
}

}  // namespace

int run(const Options& options, const Inside& inside) {
  Watch watch({.timeout = options.limits.timeout,
               .file = options.file,
               .report = options.report,
               .outside = inside.outside});
  auto made = make_observers(options);
  if (!made) return refuse(options, inside, made.error());
  Observers& observers = *made;
  runtime::HostConsole console(options.colour, STDIN_FILENO, STDOUT_FILENO,
                               inside.box != nullptr ? &inside.box->output : nullptr);
  console.deliver(traced_among_output(options.trace) ? runtime::Delivery::kAtOnce
                                                     : runtime::Delivery::kSoon);
  runtime::System system(system_options(options));
  auto loaded = load(options, console, system, observers, inside);
  if (!loaded) return refuse(options, inside, loaded.error());
  // Not destroyed: the host takes everything back faster than the engine can be torn down.
  runtime::Process& process = *loaded->release();
  if (!options.quiet) print_warnings(process);
  if (options.verbose) tell_process(process);
  runtime::note_guest(&process);
  watch.guest_runs(process);
  process.run();
  console.close();
  watch.guest_ended(runtime::exit_status(process.outcome()));
  int status = tell_ending(options, process, observers, inside, watch);
  status = check_outputs(console, observers, status);
  return system.failed() ? tools::runner_status(ErrorCode::kHostIo) : status;
}

}  // namespace cmos::run
