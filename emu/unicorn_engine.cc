#include "emu/unicorn_engine.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstring>

#include "base/checked.h"

namespace cmos::emu::unicorn {
namespace {

// Below 64 KiB, since the stack segment of x86 is 16 bits wide at reset.
constexpr std::uint64_t kBootAddress = 0x1000;

Error engine_error(std::string_view what, uc_err error) {
  return {.code = ErrorCode::kInternal,
          .message = fmt::format("unicorn: {}: {}", what, uc_strerror(error))};
}

Result<void> check(std::string_view what, uc_err error) {
  if (error == UC_ERR_OK) return {};
  return fail(engine_error(what, error));
}

std::uint32_t to_unicorn(Permissions permissions) {
  return ((permissions & kRead) != 0 ? std::uint32_t{UC_PROT_READ} : 0u) |
         ((permissions & kWrite) != 0 ? std::uint32_t{UC_PROT_WRITE} : 0u) |
         ((permissions & kExecute) != 0 ? std::uint32_t{UC_PROT_EXEC} : 0u);
}

}  // namespace

Result<std::unique_ptr<Engine>> UnicornEngine::make(std::unique_ptr<UnicornCpu> cpu,
                                                    GuestMemory& memory,
                                                    const EngineOptions& options) {
  std::unique_ptr<UnicornEngine> engine(new UnicornEngine(std::move(cpu), memory, options));
  CMOS_TRY_VOID(engine->open());
  CMOS_TRY_VOID(engine->add_hooks());
  CMOS_TRY_VOID(engine->boot());
  CMOS_TRY_VOID(memory.set_listener(engine.get()));
  return engine;
}

UnicornEngine::UnicornEngine(std::unique_ptr<UnicornCpu> cpu, GuestMemory& memory,
                             const EngineOptions& options)
    : cpu_(std::move(cpu)), memory_(memory), options_(options) {}

UnicornEngine::~UnicornEngine() {
  (void)memory_.set_listener(nullptr);
  if (uc_ != nullptr) uc_close(uc_);
}

Result<void> UnicornEngine::open() {
  CMOS_TRY_VOID(check("open", uc_open(cpu_->arch(), cpu_->mode(), &uc_)));
  return check("processor model", uc_ctl_set_cpu_model(uc_, cpu_->model()));
}

Result<void> UnicornEngine::boot() {
  const auto unmap = [](std::uint8_t* page) { munmap(page, kGuestPage); };
  void* place =
      mmap(nullptr, kGuestPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return fail(ErrorCode::kLimit, "the host has no memory for a page");
  const std::unique_ptr<std::uint8_t, decltype(unmap)> page(static_cast<std::uint8_t*>(place),
                                                            unmap);
  const Bytes code = cpu_->boot_code();
  std::memcpy(page.get(), code.data(), code.size());
  const std::uint64_t end = kBootAddress + code.size();
  CMOS_TRY_VOID(check("map start-up code",
                      uc_mem_map_ptr(uc_, kBootAddress, kGuestPage, UC_PROT_ALL, page.get())));
  CMOS_TRY_VOID(check("prepare user mode", cpu_->prepare_boot(uc_, kBootAddress, page.get())));
  CMOS_TRY_VOID(check("enter user mode", uc_emu_start(uc_, kBootAddress, end, 0, 0)));
  CMOS_TRY_VOID(check("unmap start-up code", uc_mem_unmap(uc_, kBootAddress, kGuestPage)));
  const std::uint64_t zero = 0;
  for (const RegisterIndex index : {isa().arguments[0], isa().arguments[1], isa().arguments[2]})
    uc_reg_write(uc_, cpu_->register_ids()[index], &zero);
  for (std::size_t i = 0; i + 1 < isa().registers.size(); ++i)
    uc_reg_write(uc_, cpu_->register_ids()[i], &zero);
  CMOS_TRY_VOID(check("start state", cpu_->reset(uc_)));
  // Without exits no address ends a run by itself.
  return check("exits", uc_ctl_exits_enable(uc_));
}

Result<void> UnicornEngine::add_hooks() {
  const auto add = [this](int type, auto* callback) {
    uc_hook hook{};
    return uc_hook_add(uc_, &hook, type, reinterpret_cast<void*>(callback), this, 1, 0);
  };
  CMOS_TRY_VOID(check("hook", add(UC_HOOK_INTR, &UnicornEngine::on_exception)));
  CMOS_TRY_VOID(check("hook", add(UC_HOOK_INSN_INVALID, &UnicornEngine::on_illegal)));
  CMOS_TRY_VOID(check("hook", add(UC_HOOK_MEM_INVALID, &UnicornEngine::on_memory)));
  if (cpu_->hooks_fast_traps()) {
    uc_hook hook{};
    CMOS_TRY_VOID(check("hook", uc_hook_add(uc_, &hook, UC_HOOK_INSN,
                                            reinterpret_cast<void*>(&UnicornEngine::on_syscall),
                                            this, 1, 0, UC_X86_INS_SYSCALL)));
    CMOS_TRY_VOID(check("hook", uc_hook_add(uc_, &hook, UC_HOOK_INSN,
                                            reinterpret_cast<void*>(&UnicornEngine::on_sysenter),
                                            this, 1, 0, UC_X86_INS_SYSENTER)));
  }
  return {};
}

// ---- memory
// ---------------------------------------------------------------------------------------------------------

Result<void> UnicornEngine::map_piece(const Region& region, std::uint64_t base,
                                      std::uint64_t size) {
  return check(fmt::format("map {}", region.name),
               uc_mem_map_ptr(uc_, base, size, to_unicorn(region.permissions),
                              region.host + (base - region.base)));
}

Result<void> UnicornEngine::on_map(const Region& region) {
  CMOS_TRY_VOID(map_piece(region, region.base, region.size));
  pieces_[region.base] = {{region.base, region.size}};
  return {};
}

void UnicornEngine::on_unmap(const Region& region) {
  if ((region.permissions & kExecute) != 0) on_host_write(region.base, region.size);
  for (const Piece& piece : pieces_[region.base]) uc_mem_unmap(uc_, piece.base, piece.size);
  pieces_.erase(region.base);
}

Result<void> UnicornEngine::on_resize(const Region& old, const Region& now) {
  on_unmap(old);
  if (auto mapped = on_map(now); !mapped) {
    (void)on_map(old);
    return mapped;
  }
  return {};
}

void UnicornEngine::on_host_write(std::uint64_t address, std::uint64_t size) {
  uc_ctl_remove_cache(uc_, address, address + size);
}

// ---- registers
// ------------------------------------------------------------------------------------------------------

std::uint64_t UnicornEngine::read_register(RegisterIndex index) const {
  if (index >= isa().registers.size()) return 0;
  std::uint64_t value = 0;
  uc_reg_read(uc_, cpu_->register_ids()[index], &value);
  if (index == isa().pc && isa().min_instruction_bytes == 2) value &= ~1ull;
  return value;
}

void UnicornEngine::write_register(RegisterIndex index, std::uint64_t value) {
  if (index >= isa().registers.size()) return;
  if (index == isa().pc && thumb()) value |= 1;
  uc_reg_write(uc_, cpu_->register_ids()[index], &value);
}

void UnicornEngine::jump(std::uint64_t address) {
  uc_reg_write(uc_, cpu_->register_ids()[isa().pc], &address);
}

std::string UnicornEngine::flags() const {
  return cpu_->flags(uc_);
}

// ---- running
// --------------------------------------------------------------------------------------------------------

Stop UnicornEngine::run(const RunLimits& limits) {
  (void)limits;
  if (stop_wanted_.load(std::memory_order_relaxed)) return {};
  execute(0);
  return stop_for(event_);
}

Stop UnicornEngine::step() {
  if (stop_wanted_.load(std::memory_order_relaxed)) return {};
  execute(1);
  if (event_.kind != Event::Kind::kNone) return stop_for(event_);
  return {.reason = StopReason::kBudget, .syscall = {}, .fault = {}};
}

void UnicornEngine::execute(std::size_t single) {
  event_ = {};
  std::uint64_t from = pc();
  if (thumb()) from |= 1;
  uc_emu_start(uc_, from, 0, 0, single);
}

Stop UnicornEngine::syscall_stop(std::uint64_t trap_pc) {
  Stop stop{.reason = StopReason::kSyscall, .syscall = {}, .fault = {}};
  const auto ids = cpu_->register_ids();
  std::array<int, 4> wanted{ids[isa().number], ids[isa().arguments[0]], ids[isa().arguments[1]],
                            ids[isa().arguments[2]]};
  std::array<void*, 4> places{&stop.syscall.number, &stop.syscall.arguments[0],
                              &stop.syscall.arguments[1], &stop.syscall.arguments[2]};
  uc_reg_read_batch(uc_, wanted.data(), places.data(), 4);
  stop.syscall.pc = trap_pc;
  return stop;
}

Stop UnicornEngine::stop_for(const Event& event) {
  const std::uint64_t now = pc();
  Stop stop{.reason = StopReason::kFault, .syscall = {}, .fault = {}};
  if (event.kind == Event::Kind::kNone) {
    if (stop_wanted_.load(std::memory_order_relaxed)) return {};
    stop.fault.kind = FaultKind::kIllegalInstruction;
    stop.fault.pc = now;
    stop.fault.detail = "the processor stopped";
    return stop;
  }
  if (event.kind == Event::Kind::kMemory) {
    stop.fault.kind = FaultKind::kMemory;
    stop.fault.pc = now;
    stop.fault.access = event.access;
    stop.fault.address = event.address;
    stop.fault.size = event.size;
    return stop;
  }
  Verdict verdict = cpu_->judge(*this, event, now);
  verdict.pc &= word_mask(isa());
  if (verdict.syscall) return syscall_stop(verdict.pc);
  stop.fault.kind = verdict.kind;
  stop.fault.pc = verdict.pc;
  stop.fault.detail = std::move(verdict.detail);
  if (verdict.pc != now) write_register(isa().pc, verdict.pc);
  return stop;
}

void UnicornEngine::request_stop() noexcept {
  stop_wanted_.store(true);
  uc_emu_stop(uc_);
}

void UnicornEngine::clear_stop() noexcept {
  stop_wanted_.store(false);
}

// ---- hooks
// ----------------------------------------------------------------------------------------------------------

void UnicornEngine::record(Event event) {
  // The first event is the cause; QEMU may raise more on its way out.
  if (event_.kind == Event::Kind::kNone) event_ = event;
}

void UnicornEngine::on_exception(uc_engine* uc, std::uint32_t number, void* self) {
  static_cast<UnicornEngine*>(self)->record({.kind = Event::Kind::kException, .number = number});
  uc_emu_stop(uc);
}

bool UnicornEngine::on_illegal(uc_engine*, void* self) {
  static_cast<UnicornEngine*>(self)->record({.kind = Event::Kind::kIllegal});
  return false;
}

bool UnicornEngine::on_memory(uc_engine*, uc_mem_type type, std::uint64_t address, int size,
                              std::int64_t, void* self) {
  Access access = Access::kRead;
  if (type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT) access = Access::kWrite;
  if (type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT) access = Access::kExecute;
  static_cast<UnicornEngine*>(self)->record({.kind = Event::Kind::kMemory,
                                             .access = access,
                                             .size = static_cast<std::uint32_t>(size),
                                             .address = address});
  return false;
}

void UnicornEngine::on_syscall(uc_engine* uc, void* self) {
  static_cast<UnicornEngine*>(self)->record({.kind = Event::Kind::kSyscallInsn});
  uc_emu_stop(uc);
}

void UnicornEngine::on_sysenter(uc_engine* uc, void* self) {
  static_cast<UnicornEngine*>(self)->record({.kind = Event::Kind::kSysenterInsn});
  uc_emu_stop(uc);
}

}  // namespace cmos::emu::unicorn

namespace cmos::emu {

const EngineTable& EngineTable::built_in() {
  static const EngineTable table = [] {
    EngineTable made;
    const auto add = [&made](const Isa& isa, auto make_cpu) {
      made.add({.isa = &isa,
                .engine = "unicorn",
                .make = [make_cpu](GuestMemory& memory, const EngineOptions& options) {
                  return unicorn::UnicornEngine::make(make_cpu(), memory, options);
                }});
    };
    add(kX8664, unicorn::make_x86_64);
    add(kX86, unicorn::make_x86);
    add(kArm, unicorn::make_arm);
    add(kArm64, [] { return unicorn::make_arm64(kArm64); });
    add(kApple, [] { return unicorn::make_arm64(kApple); });
    return made;
  }();
  return table;
}

}  // namespace cmos::emu
