#include "runtime/process/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "loader/cbc.h"
#include "runtime/process/bytecode.h"
#include "runtime/process/process_services.h"

namespace cmos::runtime {
namespace {

constexpr int kTimeoutCause = -1;

class Metadata final : public syscalls::ProgramInfo {
 public:
  explicit Metadata(const Process& process) : process_(process) {}
  std::vector<std::uint8_t> value(syscalls::Query query) const override {
    return program_value(process_, query);
  }

 private:
  const Process& process_;
};

std::vector<syscalls::Overlay> overlays_of(const loader::FlatImage* image) {
  std::vector<syscalls::Overlay> out;
  if (image == nullptr) return out;
  for (const loader::FlatImage::Piece& one : image->overlays)
    out.push_back({one.address, one.bytes});
  return out;
}

/// How far from the stack's end a touched address still means "the stack is full" and not just "a
/// wild pointer".
constexpr std::uint64_t kOverflowReach = 16ull << 20;

}  // namespace

std::string program_path(std::string_view file) {
  return "Cmos:\\sys_apps\\" + vfs::program_name_for(file);
}

std::string Process::program_name() const {
  const auto parsed = vfs::Path::parse(path());
  if (!parsed) return vfs::program_name_for(name_);
  const std::string last(vfs::split_last(parsed->joined()).name);
  return parsed->first() == "sys_apps" ? last : vfs::program_name_for(last);
}

// ---- loading ------------------------------------------------------------------------------------

Result<std::unique_ptr<Process>> Process::load(Bytes bytes, std::string_view file,
                                               ProcessOptions options) {
  CMOS_TRY(cpe::ReadResult executable, loader::is_bytecode(bytes)
                                           ? loader::read_bytecode(bytes, file)
                                           : cpe::read(bytes, file, options.read));
  return load(std::move(executable), file, std::move(options));
}

Result<std::unique_ptr<Process>> Process::load(cpe::ReadResult executable, std::string_view file,
                                               ProcessOptions options) {
  const emu::EngineTable& engines =
      options.engines != nullptr ? *options.engines : emu::EngineTable::built_in();
  const auto row = engines.find(executable.executable.arch);
  if (!row) {
    Error error = row.error();
    error.offset = cpe::kArchOffset;
    error.field = "ARCH";
    return fail(std::move(error).in_file(file));
  }
  std::unique_ptr<Process> process(new Process(std::move(executable), file, *(*row)->isa, options));
  if (auto prepared = process->prepare(**row, std::move(options)); !prepared) {
    return fail(std::move(prepared).error().in_file(file));
  }
  return process;
}

namespace {

/// The run's, or one of its own.
std::shared_ptr<MemoryBudget> budget_of(const ProcessOptions& options) {
  if (options.system != nullptr && options.system->options().memory != nullptr)
    return options.system->options().memory;
  return std::make_shared<MemoryBudget>(options.limits.memory);
}

}  // namespace

Process::Process(cpe::ReadResult file, std::string_view name, const emu::Isa& isa,
                 ProcessOptions options)
    : name_(name),
      file_(std::move(file)),
      limits_(options.limits),
      observers_(std::move(options.observers)),
      strict_abi_(options.strict_abi),
      counts_(options.count_instructions || options.limits.max_instructions.has_value()),
      own_console_(options.console == nullptr ? std::make_unique<syscalls::BufferConsole>()
                                              : nullptr),
      console_(options.console == nullptr ? own_console_.get() : options.console),
      memory_(isa.cpu.address_bits, budget_of(options)),
      word_mask_(isa.cpu.pointer_mask()) {
  inherited_ = {.engines = options.engines,
                .clock = options.clock,
                .random = options.random,
                .environment = std::move(options.environment),
                .read = options.read,
                .protect = options.protect,
                .strict_abi = options.strict_abi,
                .count_instructions = options.count_instructions,
                .system = options.system,
                .path = options.path.empty() ? program_path(name) : options.path,
                .binary = options.binary,
                .parent = options.parent};
  if (options.parent != nullptr) {
    ancestors_ = options.parent->ancestors_;
    ancestors_.push_back(options.parent->number_);
    spent_ = options.parent->used_instructions();
  }
  if (options.system != nullptr) number_ = options.system->next_process();
  step_instructions_ = std::ranges::any_of(
      observers_, [](const Observer* observer) { return observer->wants_instructions(); });
}

Process::~Process() = default;

Result<void> Process::prepare(const emu::EngineRow& row, ProcessOptions options) {
  flat_ = std::move(options.flat);
  CMOS_TRY(placement_, flat_ != nullptr ? loader::load(*flat_, *row.isa, memory_)
                                        : loader::load(file_, *row.isa, memory_,
                                                       {.protect = options.protect,
                                                        .stack_size = limits_.stack_size}));
  const bool counting = counts_ || abort_method() != nullptr;
  CMOS_TRY(engine_, row.make(memory_, {.count_instructions = counting}));
  CMOS_TRY_VOID(loader::start(*engine_, memory_, placement_));
  // A launched program is stopped by its parent, whose time it uses.
  if (limits_.timeout && options.own_deadline && options.parent == nullptr) {
    CMOS_TRY(deadline_, Deadline::create([this] { time_out(); }));
  }
  if (options.arguments.empty()) options.arguments.push_back(path());
  CMOS_TRY_VOID(prepare_bytecode(*engine_, memory_, placement_, options.arguments));
  program_info_ = std::make_unique<Metadata>(*this);
  if (options.system != nullptr)
    services_ = std::make_unique<ProcessServices>(*options.system, *this, ancestors_);
  const std::uint64_t max_output = options.parent != nullptr
                                       ? options.parent->kernel_->output_left()
                                       : limits_.max_output.value_or(UINT64_MAX);
  kernel_ = std::make_unique<syscalls::Kernel>(
      memory_,
      syscalls::Services{
          .console = console_,
          .clock = options.clock != nullptr ? options.clock : &syscalls::host_clock(),
          .random = options.random != nullptr ? options.random : &syscalls::host_random(),
          .files = services_.get(),
          .minidisk = services_.get(),
          .launcher = services_.get(),
          .program = program_info_.get()},
      syscalls::KernelOptions{.word_bytes = row.isa->cpu.pointer_bytes(),
                              .byte_order = row.isa->cpu.byte_order,
                              .heap_base = placement_.heap_base,
                              .heap_limit = placement_.heap_limit,
                              .heap_mapped = placement_.heap_mapped,
                              .max_output = max_output,
                              .arguments = std::move(options.arguments),
                              .environment = inherited_.environment,
                              .overlays = overlays_of(flat_.get()),
                              .stop_requested = [this] {
                                // The abort method makes its calls after the ending.
                                return stop_requested() && outcome_.ending == Ending::kRunning;
                              }});
  return {};
}

// ---- running ------------------------------------------------------------------------------------

const Outcome& Process::run() {
  if (finished_) return outcome_;
  begin();
  if (step_instructions_) {
    run_stepping();
  } else {
    run_plain();
  }
  finish();
  return outcome_;
}

bool Process::step() {
  if (finished_) return false;
  begin();
  if (!over_budget()) {
    if (step_instructions_) {
      const std::uint64_t pc = engine_->read_register(isa().cpu.pc);
      for (Observer* observer : observers_) observer->on_instruction(*this, pc);
    }
    handle(engine_->step());
  }
  if (outcome_.ending == Ending::kRunning) return true;
  finish();
  return false;
}

void Process::begin() {
  if (begun_) return;
  begun_ = true;
  if (deadline_ != nullptr) deadline_->start(*limits_.timeout);
  for (Observer* observer : observers_) observer->on_start(*this);
}

void Process::run_plain() {
  while (outcome_.ending == Ending::kRunning) {
    if (over_budget()) return;
    const emu::Stop& stop = engine_->run({.max_instructions = budget_left()});
    if (stop.reason == emu::StopReason::kSyscall) [[likely]] {
      serve(stop.syscall);
    } else if (stop.reason != emu::StopReason::kBudget) {
      handle(stop);
    }
  }
}

void Process::run_stepping() {
  while (outcome_.ending == Ending::kRunning) {
    if (over_budget()) return;
    const std::uint64_t pc = engine_->read_register(isa().cpu.pc);
    for (Observer* observer : observers_) observer->on_instruction(*this, pc);
    handle(engine_->step());
  }
}

void Process::handle(const emu::Stop& stop) {
  switch (stop.reason) {
    case emu::StopReason::kSyscall:
      serve(stop.syscall);
      break;
    case emu::StopReason::kFault:
      end_by_fault(stop.fault);
      break;
    case emu::StopReason::kBudget:
      break;
    case emu::StopReason::kRequested:
      end_by_stop();
      break;
  }
}

std::uint64_t Process::used_instructions() const {
  return spent_ + engine_->instructions();
}

std::uint64_t Process::budget_left() const {
  if (!limits_.max_instructions) return UINT64_MAX;
  return *limits_.max_instructions - std::min(*limits_.max_instructions, used_instructions());
}

bool Process::over_budget() {
  if (!limits_.max_instructions || budget_left() > 0) return false;
  end_by_limit("--max-instructions", fmt::to_string(*limits_.max_instructions));
  return true;
}

bool Process::serve(const emu::SyscallRegisters& registers) {
  const syscalls::Row* row = syscalls::find(registers.number);
  // Those of the abort method stay out of the ring: reports show the calls before the ending.
  SyscallEvent& event =
      outcome_.ending == Ending::kRunning ? recent_[sequence_ % kRecentSyscalls] : late_;
  event = {
      .sequence = ++sequence_, .registers = registers, .row = row, .result = 0, .returns = false};
  for (Observer* observer : observers_) observer->on_syscall_enter(*this, event);
  syscalls::CallResult result{};
  if (strict_abi_ && (row == nullptr || !row->documented)) {
    result.returns = false;
  } else {
    result = row != nullptr ? syscalls::serve(*row, *kernel_, registers)
                            : syscalls::answer(syscalls::Status::kNoSys);
  }
  event.returns = result.returns;
  if (result.returns) {
    event.result = static_cast<std::uint64_t>(result.value) & word_mask_;
    engine_->set_result(event.result);
  }
  for (Observer* observer : observers_) observer->on_syscall_exit(*this, event);
  if (!result.returns && outcome_.ending == Ending::kRunning) end_by_call(registers, row);
  return result.returns;
}

// ---- endings ------------------------------------------------------------------------------------

void Process::end_by_call(const emu::SyscallRegisters& registers, const syscalls::Row* row) {
  switch (kernel_->end_request()) {
    case syscalls::EndRequest::kExit:
      outcome_.ending = Ending::kExited;
      outcome_.code = kernel_->exit_code();
      return;
    case syscalls::EndRequest::kOutputLimit:
      end_by_limit(kMaxOutputOption, size_text(limits_.max_output.value_or(0)));
      return;
    case syscalls::EndRequest::kOutputGone:
      outcome_.ending = Ending::kInterrupted;
      outcome_.signal = SIGPIPE;
      return;
    case syscalls::EndRequest::kInterrupted:
      end_by_stop();
      return;
    case syscalls::EndRequest::kNone:
      break;
  }
  outcome_.ending = Ending::kForbidden;
  outcome_.message =
      fmt::format("system call 0x{:x} ({}) is not in the CalamOS document (--strict-abi)",
                  registers.number, row != nullptr ? row->name : "unknown");
}

void Process::end_by_fault(const emu::Fault& fault) {
  outcome_.fault = fault;
  const std::uint64_t base = placement_.stack_base;
  const auto near = [base](std::uint64_t address, std::uint64_t end) {
    return address < end && address >= base - std::min(base, kOverflowReach);
  };
  const std::uint64_t sp = engine_->read_register(isa().cpu.sp);
  // Of a stack of one page, not all is near its end.
  const std::uint64_t close =
      std::min<std::uint64_t>(emu::kGuestPage, (placement_.stack_top - base) / 4);
  if (fault.kind == emu::FaultKind::kMemory && near(fault.address, base) &&
      near(sp, base + close)) {
    const bool usual = limits_.stack_size == loader::kDefaultStack;
    end_by_limit("--stack-size",
                 size_text(usual ? placement_.stack_top - base : limits_.stack_size));
    return;
  }
  outcome_.ending = Ending::kFaulted;
}

void Process::end_by_limit(std::string_view option, std::string_view value) {
  outcome_.ending = Ending::kLimit;
  outcome_.limit = fmt::format("{} {}", option, value);
}

void Process::end_by_stop() {
  const int cause = stop_cause_.load();
  if (cause == kTimeoutCause) {
    end_by_limit("--timeout", fmt::format("{}", limits_.timeout.value_or(0)));
    return;
  }
  outcome_.ending = Ending::kInterrupted;
  if (cause != 0) outcome_.signal = cause;
}

void Process::finish() {
  outcome_.syscalls = sequence_;
  // Those of the programs that wait for this one, which count none meanwhile, are not its own.
  const Process* const parent = inherited_.parent;
  if (counts_)
    outcome_.instructions =
        used_instructions() - (parent == nullptr ? 0 : parent->used_instructions());
  if (services_ != nullptr) services_->close_minidisk();
  call_abort_method();
  if (services_ != nullptr) services_->close_files();
  deadline_.reset();
  console_->flush();
  outcome_.output_bytes = kernel_->output_bytes();
  outcome_.peak_memory = kernel_->peak_memory();
  finished_ = true;
  for (Observer* observer : observers_) observer->on_end(*this, outcome_);
}

void Process::request_stop(int signal) noexcept {
  stop(signal);
}

void Process::time_out() noexcept {
  stop(kTimeoutCause);
}

void Process::stop(int cause) noexcept {
  int none = 0;
  stop_cause_.compare_exchange_strong(none, cause);
  engine_->request_stop();
  console_->interrupt();
  if (inherited_.system != nullptr) inherited_.system->request_stop();
  for (Observer* observer : observers_) observer->on_stop_requested();
  stopping_.fetch_add(1);
  if (Process* const child = child_.load(); child != nullptr) child->stop(cause);
  stopping_.fetch_sub(1);
}

// ---- inspection ---------------------------------------------------------------------------------

std::optional<std::uint64_t> Process::read_register(std::string_view name) const {
  const auto registers = isa().cpu.general();
  for (std::size_t i = 0; i < registers.size(); ++i) {
    if (registers[i].name == name)
      return engine_->read_register(static_cast<emu::RegisterIndex>(i));
  }
  return std::nullopt;
}

bool Process::write_register(std::string_view name, std::uint64_t value) {
  const auto registers = isa().cpu.general();
  for (std::size_t i = 0; i < registers.size(); ++i) {
    if (registers[i].name != name) continue;
    engine_->write_register(static_cast<emu::RegisterIndex>(i), value);
    return true;
  }
  return false;
}

std::vector<SyscallEvent> Process::recent_syscalls() const {
  std::vector<SyscallEvent> events;
  const std::uint64_t last = outcome_.ending == Ending::kRunning ? sequence_ : outcome_.syscalls;
  const std::uint64_t kept = std::min<std::uint64_t>(last, kRecentSyscalls);
  for (std::uint64_t i = last - kept; i < last; ++i) events.push_back(recent_[i % kRecentSyscalls]);
  return events;
}

std::optional<std::uint64_t> Process::instructions() const {
  if (!counts_) return std::nullopt;
  return engine_->instructions();
}

}  // namespace cmos::runtime
