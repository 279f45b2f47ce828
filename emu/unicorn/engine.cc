#include "emu/unicorn/engine.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstring>

#include "base/checked.h"
#include "base/host_memory.h"

namespace cmos::emu::unicorn {
namespace {

// Below 64 KiB, since the stack segment of x86 is 16 bits wide at reset.
constexpr std::uint64_t kBootAddress = 0x1000;
// QEMU's bound (TCG_MAX_INSNS).
constexpr std::uint64_t kLongestBlock = 512;

}  // namespace

Result<void> check(std::string_view what, uc_err error) {
  if (error == UC_ERR_OK) return {};
  return fail(ErrorCode::kInternal, fmt::format("unicorn: {}: {}", what, uc_strerror(error)));
}

Result<std::unique_ptr<Engine>> UnicornEngine::make(std::unique_ptr<UnicornCpu> cpu,
                                                    GuestMemory& memory,
                                                    const EngineOptions& options) {
  CMOS_TRY_VOID(check_library());
  std::unique_ptr<UnicornEngine> engine(new UnicornEngine(std::move(cpu), memory, options));
  CMOS_TRY_VOID(engine->open());
  CMOS_TRY_VOID(engine->add_hooks());
  CMOS_TRY_VOID(engine->boot());
  engine->locate_registers();
  CMOS_TRY_VOID(engine->backend_->ready());
  CMOS_TRY_VOID(memory.set_listener(engine.get()));
  return engine;
}

UnicornEngine::UnicornEngine(std::unique_ptr<UnicornCpu> cpu, GuestMemory& memory,
                             const EngineOptions& options)
    : cpu_(std::move(cpu)),
      isa_(cpu_->isa()),
      ids_(cpu_->register_ids()),
      memory_(memory),
      options_(options) {
  backend_ = make_backend({.cpu = *cpu_,
                           .memory = memory_,
                           .options = options_,
                           .listener = *this,
                           .stop_wanted = stop_wanted_});
}

UnicornEngine::~UnicornEngine() {
  (void)memory_.set_listener(nullptr);
  backend_->closing();
  if (uc_ != nullptr) uc_close(uc_);
}

Result<void> UnicornEngine::open() {
  CMOS_TRY_VOID(check("open", uc_open(cpu_->arch(), cpu_->mode(), &uc_)));
  CMOS_TRY_VOID(check("processor model", uc_ctl_set_cpu_model(uc_, cpu_->model())));
  return backend_->opened(uc_);
}

Result<void> UnicornEngine::boot() {
  const auto unmap = [](std::uint8_t* page) { munmap(page, kGuestPage); };
  void* place =
      mmap(nullptr, kGuestPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return fail(no_host_memory("a page"));
  const std::unique_ptr<std::uint8_t, decltype(unmap)> page(static_cast<std::uint8_t*>(place),
                                                            unmap);
  const Bytes code = cpu_->boot_code();
  std::memcpy(page.get(), code.data(), code.size());
  const std::uint64_t end = kBootAddress + code.size();
  CMOS_TRY_VOID(check("map start-up code",
                      uc_mem_map_ptr(uc_, kBootAddress, kGuestPage, UC_PROT_ALL, page.get())));
  CMOS_TRY_VOID(check("prepare user mode", cpu_->prepare_boot(uc_, kBootAddress, page.get())));
  CMOS_TRY_VOID(check("enter user mode", uc_emu_start(uc_, kBootAddress, end, 0, 0)));
  backend_->forget_code(kBootAddress, kGuestPage);
  CMOS_TRY_VOID(check("unmap start-up code", uc_mem_unmap(uc_, kBootAddress, kGuestPage)));
  const std::uint64_t zero = 0;
  for (const RegisterIndex index : {isa_.arguments[0], isa_.arguments[1], isa_.arguments[2]})
    uc_reg_write(uc_, ids_[index], &zero);
  for (std::size_t i = 0; i + 1 < isa_.cpu.general().size(); ++i) uc_reg_write(uc_, ids_[i], &zero);
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

// ---- registers

// Each register is given values that stand nowhere else: where all of them show up in the library's
// state is its place. The pc is only read there: a write must also end the translation under way.
void UnicornEngine::locate_registers() {
  constexpr std::size_t kHead = 0x400;
  constexpr std::array<std::uint64_t, 2> kPatterns{0x5a3c'96e1'7b2d'48f0, 0x2c71'e85a'1d96'b34c};
  auto* state = static_cast<std::uint8_t*>(backend_->processor_state());
  if (state == nullptr) return;
  for (const RegisterIndex index : {isa_.cpu.pc, isa_.number, isa_.result, isa_.arguments[0],
                                    isa_.arguments[1], isa_.arguments[2]}) {
    const std::uint64_t before = read_register(index);
    std::vector<std::uint8_t*> candidates;
    for (std::size_t at = 0; at < kHead; at += 4) candidates.push_back(state + at);
    for (const std::uint64_t pattern : kPatterns) {
      uc_reg_write(uc_, ids_[index], &pattern);
      std::erase_if(candidates, [&](const std::uint8_t* place) {
        return std::memcmp(place, &pattern, isa_.cpu.pointer_bytes()) != 0;
      });
    }
    uc_reg_write(uc_, ids_[index], &before);
    if (candidates.size() == 1) places_[index] = candidates.front();
  }
  if (isa_.cpu.decodings.size() > 1) locate_thumb(state, kHead);
}

// The one byte that follows bit 0 of jumps to the same address.
void UnicornEngine::locate_thumb(const std::uint8_t* state, std::size_t size) {
  const std::uint64_t before = pc() | (thumb() ? 1u : 0u);
  std::vector<const std::uint8_t*> candidates;
  for (std::size_t at = 0; at < size; ++at) candidates.push_back(state + at);
  for (const unsigned bit : {0u, 1u, 0u, 1u}) {
    jump((before & ~1ull) | bit);
    std::erase_if(candidates, [bit](const std::uint8_t* place) { return *place != bit; });
  }
  jump(before);
  if (candidates.size() == 1) thumb_ = candidates.front();
}

std::uint64_t UnicornEngine::load(const std::uint8_t* place) const {
  if (isa_.cpu.pointer_bytes() == 8) {
    std::uint64_t wide = 0;
    std::memcpy(&wide, place, sizeof wide);
    return wide;
  }
  std::uint32_t narrow = 0;
  std::memcpy(&narrow, place, sizeof narrow);
  return narrow;
}

std::uint64_t UnicornEngine::read_register(RegisterIndex index) const {
  if (index >= isa_.cpu.general().size()) return 0;
  std::uint64_t value = 0;
  if (const std::uint8_t* place = places_[index])
    value = load(place);
  else
    uc_reg_read(uc_, ids_[index], &value);
  if (index == isa_.cpu.pc && isa_.cpu.decodings.size() > 1) value &= ~1ull;
  return value;
}

void UnicornEngine::write_register(RegisterIndex index, std::uint64_t value) {
  if (index >= isa_.cpu.general().size()) return;
  if (std::uint8_t* place = places_[index]; place != nullptr && index != isa_.cpu.pc) {
    if (isa_.cpu.pointer_bytes() == 8)
      std::memcpy(place, &value, 8);
    else
      std::memcpy(place, &value, 4);
    return;
  }
  pc_known_ = false;
  if (index == isa_.cpu.pc && thumb()) value |= 1;
  uc_reg_write(uc_, ids_[index], &value);
}

void UnicornEngine::jump(std::uint64_t address) {
  pc_known_ = false;
  cpu_->forget_context(uc_);
  uc_reg_write(uc_, ids_[isa_.cpu.pc], &address);
}

std::string UnicornEngine::flags() const {
  return cpu_->flags(uc_);
}

// ---- running

const Stop& UnicornEngine::run(const RunLimits& limits) {
  const bool counted = options_.count_instructions;
  if (!counted && limits.max_instructions != UINT64_MAX) {
    auto stop = walk(limits.max_instructions);
    return stop_ = stop ? std::move(*stop)
                        : Stop{.reason = StopReason::kBudget, .syscall = {}, .fault = {}};
  }
  limit_ = checked_add(executed_, limits.max_instructions).value_or(UINT64_MAX);
  for (;;) {
    if (stop_wanted_.load(std::memory_order_relaxed)) return stop_ = {};
    if (remaining() == 0)
      return stop_ = {.reason = StopReason::kBudget, .syscall = {}, .fault = {}};
    execute(false);
    if (conclude_syscall()) return stop_;
    std::optional<Stop> stop;
    if (event_.kind == Event::Kind::kBlock) {
      finish_block(pc());
      stop = walk(std::min<std::uint64_t>(remaining(), kLongestBlock));
    } else if (event_.kind == Event::Kind::kMemory && event_.access == Access::kExecute &&
               event_.address != pc()) {
      // The translator ran into unmapped memory on its way from pc: what stands before that is
      // still to be executed.
      finish_block(kNowhere);
      stop = walk(std::min<std::uint64_t>(remaining(), kLongestBlock));
    } else {
      stop = conclude();
    }
    if (stop) return stop_ = std::move(*stop);
  }
}

const Stop& UnicornEngine::step() {
  limit_ = UINT64_MAX;
  return stop_ = step_counted();
}

std::optional<Stop> UnicornEngine::walk(std::uint64_t most) {
  for (std::uint64_t i = 0; i < most; ++i)
    if (Stop stop = step_counted(); stop.reason != StopReason::kBudget) return stop;
  return std::nullopt;
}

Stop UnicornEngine::step_counted() {
  const std::uint64_t start = pc();
  const bool repeats = cpu_->starts_with_repeat(start, memory_);
  do {
    if (stop_wanted_.load(std::memory_order_relaxed)) return {};
    execute(true);
    in_block_ = false;
    if (event_.kind != Event::Kind::kNone && event_.kind != Event::Kind::kBlock) {
      auto stop = conclude();
      if (!stop) break;
      if (stop->reason == StopReason::kSyscall) ++executed_;
      return std::move(*stop);
    }
  } while (repeats && pc() == start);
  ++executed_;
  return {.reason = StopReason::kBudget, .syscall = {}, .fault = {}};
}

void UnicornEngine::execute(bool single) {
  event_ = {};
  pc_exact_ = true;
  single_ = single;
  started_at_ = pc();
  pc_known_ = false;
  const std::uint64_t from = started_at_ | (thumb() ? 1u : 0u);
  if (single)
    backend_->step(from);
  else
    backend_->run(from);
}

// ---- counting

void UnicornEngine::on_block(const Block& block) {
  finish_block(block.address);
  if (block.refused == block.address) {
    record({.kind = Event::Kind::kIllegal});
    uc_emu_stop(uc_);
    return;
  }
  if (single_) return;
  if (stop_wanted_.load(std::memory_order_relaxed) || block.instructions > remaining() ||
      block.refused != kNowhere) {
    record({.kind = Event::Kind::kBlock});
    uc_emu_stop(uc_);
    return;
  }
  block_ = block;
  in_block_ = true;
}

void UnicornEngine::finish_block(std::uint64_t next) {
  if (!in_block_) return;
  in_block_ = false;
  executed_ += block_.instructions - (block_.repeat != kNowhere && block_.repeat == next ? 1 : 0);
}

void UnicornEngine::on_counted(std::uint64_t completed, const Block* current) {
  if (single_) return;
  executed_ += completed;
  in_block_ = current != nullptr;
  if (current != nullptr) block_ = *current;
}

void UnicornEngine::on_abandoned() {
  leave_block_at(pc());
}

void UnicornEngine::leave_block_at(std::uint64_t at) {
  if (!in_block_) return;
  in_block_ = false;
  std::array<std::uint8_t, 16> bytes{};
  for (std::uint64_t address = block_.address; address < at;) {
    const std::size_t wanted = std::min<std::uint64_t>(isa_.cpu.max_instruction(), at - address);
    if (!memory_.peek(address, std::span(bytes).first(wanted))) return;
    const unsigned length = cpu_->instruction_length(Bytes(bytes).first(wanted), thumb());
    if (length == 0) return;
    address += length;
    ++executed_;
  }
}

bool UnicornCpu::starts_with_repeat(std::uint64_t address, const GuestMemory& memory) const {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t size = isa().cpu.max_instruction(); size > 0; --size) {
    const auto code = std::span(bytes).first(size);
    if (!memory.peek(address, code)) continue;
    const unsigned length = instruction_length(code, false);
    return length != 0 && find_repeat(address, Bytes(code).first(length)) != kNowhere;
  }
  return false;
}

// ---- what a run ended by

bool UnicornEngine::conclude_syscall() {
  const std::uint64_t now = pc();
  const unsigned size = cpu_->trap_size(*this, event_, now);
  if (size == 0) return false;
  pc_ = now;
  pc_known_ = true;
  finish_block(kNowhere);
  if (stop_.reason != StopReason::kSyscall) stop_ = {};
  stop_.reason = StopReason::kSyscall;
  stop_.syscall.number = read_register(isa_.number);
  for (std::size_t i = 0; i < isa_.arguments.size(); ++i)
    stop_.syscall.arguments[i] = read_register(isa_.arguments[i]);
  stop_.syscall.pc = (now - size) & isa_.cpu.pointer_mask();
  return true;
}

std::optional<Stop> UnicornEngine::conclude() {
  const std::uint64_t now = pc();
  pc_ = now;
  pc_known_ = true;
  if (event_.kind == Event::Kind::kNone) {
    finish_block(now);
    if (stop_wanted_.load(std::memory_order_relaxed)) return Stop{};
    // wfi, or hlt if it could be reached.
    const std::uint64_t at = cpu_->waiting_instruction(*this, now) & isa_.cpu.pointer_mask();
    if (options_.count_instructions && !single_) --executed_;
    write_register(isa_.cpu.pc, at);
    return Stop{.reason = StopReason::kFault,
                .syscall = {},
                .fault = {.kind = FaultKind::kIllegalInstruction,
                          .pc = at,
                          .detail = "the processor waits for an interrupt"}};
  }
  if (event_.kind == Event::Kind::kMemory) return conclude_memory_fault();
  if (conclude_syscall()) return stop_;
  Verdict verdict = cpu_->judge(*this, event_, now);
  if (const MisalignedAccess misaligned = backend_->misaligned();
      misaligned.access != Access::kNone)
    cpu_->judge_misaligned(misaligned, verdict);
  verdict.pc &= isa_.cpu.pointer_mask();
  if (verdict.kind == FaultKind::kIllegalInstruction) {
    const Emulated emulated = cpu_->emulate(*this, verdict.pc);
    // Stepping from here, nothing ran before this instruction that could have yielded.
    if (emulated == Emulated::kYielded && !(single_ && started_at_ == now)) {
      leave_block_at(now);
      // Whether it was a hint or the instruction after one shows when that is executed alone.
      return single_ || remaining() == 0 ? std::nullopt : walk(1);
    }
    if (emulated == Emulated::kDone) {
      leave_block_at(verdict.pc);
      if (!single_) ++executed_;
      return std::nullopt;
    }
  }
  leave_block_at(verdict.pc);
  if (verdict.pc != now) write_register(isa_.cpu.pc, verdict.pc);
  return Stop{.reason = StopReason::kFault,
              .syscall = {},
              .fault = {.kind = verdict.kind,
                        .pc = verdict.pc,
                        .access = verdict.access,
                        .address = verdict.address,
                        .detail = std::move(verdict.detail)}};
}

Stop UnicornEngine::conclude_memory_fault() {
  const std::uint64_t now = pc();
  if (event_.access == Access::kExecute)
    finish_block(now);
  else
    leave_block_at(now);
  const Permissions needed = event_.access == Access::kWrite  ? kWrite
                             : event_.access == Access::kRead ? kRead
                                                              : kExecute;
  std::uint64_t address = event_.address & isa_.cpu.pointer_mask();
  // The access may begin in memory that permits it.
  for (std::uint32_t i = 1; i < event_.size && memory_.accessible(address, 1, needed); ++i)
    address = (address + 1) & isa_.cpu.pointer_mask();
  return {.reason = StopReason::kFault,
          .syscall = {},
          .fault = {.kind = FaultKind::kMemory,
                    .pc = now,
                    .pc_exact = pc_exact_,
                    .access = event_.access,
                    .address = address,
                    .size = event_.size,
                    .detail = {}}};
}

void UnicornEngine::request_stop() noexcept {
  stop_wanted_.store(true);
  backend_->interrupt();
}

void UnicornEngine::clear_stop() noexcept {
  stop_wanted_.store(false);
}

// ---- hooks

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
  auto* engine = static_cast<UnicornEngine*>(self);
  if (engine->event_.kind != Event::Kind::kNone) return false;
  engine->record({.kind = Event::Kind::kMemory,
                  .access = access,
                  .size = static_cast<std::uint32_t>(size),
                  .address = address});
  if (access == Access::kExecute) return false;
  engine->pc_exact_ = engine->backend_->locate_fault();
  engine->backend_->leave_run();
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
