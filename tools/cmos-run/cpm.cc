#include "tools/cmos-run/cpm.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/host_file.h"
#include "base/text.h"
#include "disasm/disasm.h"
#include "formats/whitesmith/whitesmith.h"
#include "runtime/cpm/cpm_console.h"
#include "runtime/cpm/cpm_process.h"
#include "runtime/process/limits.h"
#include "tools/cmos-run/confined.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "vfs/setup.h"

namespace cmos::run {
namespace {

constexpr std::uint64_t kMaxFile = 1 << 20;
constexpr int kFaulted = 128 + SIGSEGV;

runtime::CpmProcess* running = nullptr;
volatile std::sig_atomic_t stopped_by = 0;

void on_signal(int number) {
  stopped_by = number;
  if (running != nullptr) running->stop();
}

/// Without SA_RESTART: what waits is to end.
void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) ::sigaction(number, &action, nullptr);
}

void start_timer(double seconds) {
  itimerval timer{};
  const double whole = std::min(std::floor(seconds), 1e9);
  timer.it_value.tv_sec = static_cast<time_t>(whole);
  timer.it_value.tv_usec =
      static_cast<suseconds_t>(std::min(999999.0, std::max(1.0, (seconds - whole) * 1e6)));
  // Again and again: the first one may come between a look at the flag and a wait.
  timer.it_interval.tv_usec = 10000;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

int complain(const Error& error) {
  tools::complain(error);
  return tools::runner_status(error.code);
}

/// The bytes from 0x100 on: a .com file, or a Whitesmith's program that is linked for there.
Result<std::vector<std::uint8_t>> read_program(const std::string& file) {
  CMOS_TRY(auto bytes, read_host_file(file, kMaxFile));
  if (!whitesmith::looks_like_object(bytes)) return bytes;
  const auto image = whitesmith::read(bytes, file);
  // A .com file may begin with any byte, but not by chance with a whole object.
  if (!image) return bytes;
  if (!image->file.is_program() || image->file.text_base != cpm::layout::kProgram)
    return fail(Error{.code = ErrorCode::kMalformed,
                      .file = file,
                      .offset = 0,
                      .field = "CP/M program",
                      .found = image->file.is_program()
                                   ? fmt::format("a Whitesmith's program linked for 0x{:x}",
                                                 image->file.text_base)
                                   : std::string("a Whitesmith's object that is not linked"),
                      .expected = "a .com file or a program that is linked for 0x100"});
  auto memory = whitesmith::memory_image(image->file);
  if (!memory) return fail(std::move(memory).error().in_file(file));
  return memory;
}

/// Drives that were named; else A is the root's folder cpm\A when it is there.
Result<void> mount_drives(const Options& options, cpm::Drives& drives, sandbox::Policy& policy) {
  using Access = sandbox::Place::Access;
  bool has_a = false;
  for (const std::string& text : options.drives) {
    CMOS_TRY(const auto parsed, cpm::parse_drive(text));
    CMOS_TRY_VOID(drives.mount(parsed.first, parsed.second));
    const auto access = parsed.second.read_only ? Access::kRead : Access::kChange;
    policy.places.push_back({parsed.second.folder, access});
    has_a |= parsed.first == 0;
  }
  if (has_a) return {};
  const auto root =
      vfs::choose_root(options.root, [](const char* name) { return std::getenv(name); });
  if (!root) return options.root ? fail(root.error()) : Result<void>();
  const std::string folder = *root + "/cpm/A";
  if (::access(folder.c_str(), F_OK) != 0) return {};
  policy.places.push_back({folder, Access::kChange});
  return drives.mount(0, {folder, false});
}

Result<runtime::CpmCpu> cpu_of(const std::string& name) {
  if (name.empty() || name == "Z80" || name == "z80") return runtime::CpmCpu::kZ80;
  if (name == "8080") return runtime::CpmCpu::k8080;
  return fail(ErrorCode::kUsage, fmt::format("--cpu {}: CP/M's are Z80 and 8080", name));
}

class TraceFile {
 public:
  ~TraceFile() {
    if (file_ != nullptr && file_ != stderr) std::fclose(file_);
  }
  Result<void> open(const TraceArguments& trace) {
    file_ = stderr;
    if (trace.file.empty()) return {};
    file_ = std::fopen(trace.file.c_str(), "we");
    if (file_ != nullptr) return {};
    return fail(Error{.code = ErrorCode::kHostIo,
                      .file = trace.file,
                      .message = "the trace cannot be written there"});
  }
  void line(const std::string& text) { fmt::print(file_, "{}\n", presentable(text)); }

 private:
  std::FILE* file_ = nullptr;
};

void tell_fault(const Options& options, const runtime::CpmProcess& process,
                const emu::Fault& fault) {
  std::string what = fault.detail;
  if (fault.kind == emu::FaultKind::kMemory)
    what = fmt::format("no memory at 0x{:04x}", fault.address);
  tools::complain(fmt::format("{}: fault at 0x{:04x}: {}", options.file, fault.pc, what));
  std::uint8_t bytes[4] = {};
  const std::uint64_t left = std::min<std::uint64_t>(4, 0x10000 - fault.pc);
  if (process.memory().peek(fault.pc, std::span(bytes).first(left))) {
    if (const auto cpu = disasm::Disassembler::open(process.arch())) {
      if (const auto one = cpu->decode(Bytes(bytes).first(left), fault.pc))
        fmt::print(stderr, "  {}\n", one->text());
    }
  }
  fmt::print(stderr, "  {}\n", process.registers());
}

int ending(const Options& options, runtime::CpmProcess& process, const runtime::CpmOutcome& outcome,
           runtime::CpmConsole& console) {
  const auto limit = [&](std::string_view text) {
    tools::complain(fmt::format("{}: limit {} reached", options.file, text));
    return tools::kLimitReached;
  };
  if (console.limit_reached())
    return limit(
        fmt::format("--max-output {}", runtime::size_text(options.limits.max_output.value_or(0))));
  switch (outcome.ending) {
    case runtime::CpmEnding::kExited:
      return outcome.code;
    case runtime::CpmEnding::kInstructions:
      return limit(fmt::format("--max-instructions {}", *options.limits.max_instructions));
    case runtime::CpmEnding::kFaulted:
      tell_fault(options, process, outcome.fault);
      return kFaulted;
    case runtime::CpmEnding::kStopped:
      break;
  }
  if (stopped_by == SIGALRM)
    return limit(fmt::format("--timeout {}", options.limits.timeout.value_or(0)));
  if (stopped_by != 0) return 128 + stopped_by;
  return 128 + SIGPIPE;
}

Result<int> run(const Options& options) {
  catch_signals();
  if (options.limits.timeout) start_timer(*options.limits.timeout);
  CMOS_TRY(const auto program, read_program(options.file));
  cpm::Drives drives;
  sandbox::Policy policy;
  CMOS_TRY_VOID(mount_drives(options, drives, policy));
  runtime::CpmConsole console(0, 1, options.limits.max_output);
  CMOS_TRY(const runtime::CpmCpu cpu, cpu_of(options.modules.cpu));
  CMOS_TRY(const auto process,
           runtime::CpmProcess::load(program, options.file, console, drives,
                                     {.max_instructions = options.limits.max_instructions}, cpu));
  process->bdos().set_arguments(options.arguments);
  TraceFile trace;
  if (options.trace.wanted) {
    CMOS_TRY_VOID(trace.open(options.trace));
    process->set_trace([&](const std::string& line) { trace.line(line); });
  }
  // All is open; from here on the drives alone can be reached.
  CMOS_TRY_VOID(confine_by(options, policy));
  if (!options.quiet)
    process->set_unknown([&](const std::string& text) { tools::warn(options.file + ": " + text); });
  running = process.get();
  if (stopped_by != 0) process->stop();
  const runtime::CpmOutcome& outcome = process->run();
  const bool delivered = console.flush();
  const int status = ending(options, *process, outcome, console);
  running = nullptr;
  if (!delivered && status == 0) return 128 + SIGPIPE;
  return status;
}

}  // namespace

int run_cpm(const Options& options) {
  const auto status = run(options);
  return status ? *status : complain(status.error());
}

}  // namespace cmos::run
