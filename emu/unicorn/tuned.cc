// The tuned build: libunicorn.a 2.0.1 linked statically, mended from outside by the linker's --wrap
// (emu/CMakeLists.txt lists the functions). As shipped it needs 3 to 15 times qemu-user's time, and
// knows a fault's block only. What is mended:
//
//  1. Stores. The library's dirty check is hard-wired to "clean", so every guest store takes the
//  slow path with a lock and
//     three allocations. After each fill of the soft TLB we call the library's own tlb_set_dirty()
//     unless the page holds translated code. Translation (gen_intermediate_code) is where we learn
//     which pages do; a page that gains code loses its TLB entries, so that the next store to it is
//     seen and invalidates the code: self-modifying code keeps working.
//  2. The soft TLB has 256 entries and only grows when it is flushed: we flush it when fills show
//  that it is too small.
//  3. The translation buffer is 1 GiB, whose failure to map ends the process: we size it, after
//  trying the mapping.
//  4. Fault pc. The slow-path load and store helpers get the host address of the access; we
//  remember it and let
//     cpu_restore_state() find the instruction. Accesses by other helpers have it as the return
//     address of the call from generated code, which the unwinder finds as the first frame without
//     unwind information.
//  5. A store across the end of a mapping writes its first part before it faults: we let it fault
//  at once.
//  6. Asynchronous stops. Generated code looks for a stop after each memory access, and a block
//  that is left there is taken
//     up at its start again. We translate without these checks (which also makes the code faster)
//     and set only the two flags that are looked at where blocks begin.
//  7. Stepping. A block of one instruction is a matter of the `cflags` of the block to find next;
//  no flush, no hook.
//  8. Counting. A hook of each block doubles the time of tight loops: we put a subtraction from the
//  budget at the start of
//     each block instead (translator_loop's operations), which is all that a budget costs.
//  9. x86: VEX-encoded instructions compute wrong results silently. A new block that holds one is
//  translated again with
//     ud2 in its place. CPUID and the translator learn of POPCNT, MOVBE and others that the library
//     can do but hides.
//
// All this rests on struct layouts of one version on x86-64 hosts. check_library() refuses any
// other version, and opened() compares values whose meaning is known.
#ifdef CMOS_UNICORN_TUNED

#include <fmt/format.h>
#include <sys/mman.h>
#include <unwind.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <deque>
#include <limits>
#include <unordered_set>
#include <utility>

#include "base/checked.h"
#include "emu/unicorn/backend.h"
#include "emu/x86_length.h"

namespace cmos::emu::unicorn {
namespace {

constexpr unsigned kLibraryVersion = 0x020001ff;

// Offsets in the library's structs (uc_priv.h, hw/core/cpu.h, target/i386/cpu.h of 2.0.1).
constexpr std::size_t kUcCpu = 0x180, kUcTcgContext = 0x2c0, kUcStopRequest = 0x50d,
                      kUcNoExitRequest = 0x78a;
// What uc_emu_start() sets.
constexpr std::size_t kUcStart = 0xe8, kUcEmulated = 0x4f8, kUcNestedAccess = 0x508,
                      kUcDone = 0x50f, kUcTimedOut = 0x510, kUcError = 0x530, kUcFirstBlock = 0x789,
                      kUcLevel = 0x3990;
constexpr std::size_t kCpuExitRequest = 0x15, kCpuNextFlags = 0x18, kCpuEnv = 0x128,
                      kCpuDecrement = 0x130;
constexpr std::size_t kCpuUc = 0x81a8;
constexpr std::size_t kContextExitLabel = 0x100;
constexpr std::size_t kX86Features =
    0x15e0;  // uint64_t[]: 1.EDX, 1.ECX, 7.EBX, …, 8000_0001.EDX, 8000_0001.ECX
constexpr std::size_t kFeature1Edx = 0, kFeature1Ecx = 1, kFeature7Ebx = 2, kFeatureExtEdx = 6,
                      kFeatureExtEcx = 7;
constexpr std::uint64_t kShipped1Ecx = 0x2182200;

// tcg/tcg-opc.h, tcg/tcg.h
constexpr int kOpLoad32u = 71, kOpLoad64 = 73, kOpStore64 = 77, kOpAdd64 = 78, kOpSubtract64 = 79;
constexpr int kType64 = 1, kConditionLess = 2, kConditionEqual = 8;

constexpr std::uint32_t kOneInstruction =
    1;  // in cflags: the most instructions of a block, 0 = no bound

template <class T>
T& field(void* object, std::size_t offset) {
  return *reinterpret_cast<T*>(static_cast<char*>(object) + offset);
}

/// The head of QEMU's TranslationBlock, whose first fields have the guest's word size.
template <class Word>
struct BlockHead {
  Word pc, cs_base;
  std::uint32_t flags;
  std::uint16_t size, instructions;
};

/// Which pages hold translated code. A superset: a page is forgotten only when all translations
/// are.
class CodePages {
 public:
  CodePages()
      : low_(static_cast<std::uint8_t*>(mmap(nullptr, kLowPages / 8, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
  }
  ~CodePages() {
    if (usable()) munmap(low_, kLowPages / 8);
  }
  CodePages(const CodePages&) = delete;
  CodePages& operator=(const CodePages&) = delete;

  bool usable() const { return low_ != MAP_FAILED; }
  bool contains(std::uint64_t page) const {
    if (page < kLowPages) return (low_[page >> 3] >> (page & 7) & 1) != 0;
    return high_.count(page) != 0;
  }
  void add(std::uint64_t page) {
    if (page < kLowPages)
      low_[page >> 3] |= static_cast<std::uint8_t>(1u << (page & 7));
    else
      high_.insert(page);
  }
  void clear() {
    madvise(low_, kLowPages / 8, MADV_DONTNEED);
    high_.clear();
  }

 private:
  // The first 4 GiB, where programs live; touched pages of it only cost memory.
  static constexpr std::uint64_t kLowPages = 1 << 20;
  std::uint8_t* low_;
  std::unordered_set<std::uint64_t> high_;
};

/// The library's functions for one target; each target is a copy of QEMU of its own.
struct Target {
  bool (*restore_state)(void* cpu, std::uintptr_t host_pc, bool will_exit);
  void (*resume)(uc_engine* uc);  ///< runs until something stops it
  void (*flush_tlb)(void* cpu);
  void (*flush_page)(void* cpu, std::uint64_t address);
  void (*set_dirty)(void* cpu, std::uint64_t address);
  void (*restart_translation)(void* context);
  void (*leave_execution)(void* cpu);  ///< does not return: longjmp to the execution loop
  std::intptr_t (*constant)(void* context, std::int64_t value);
  void* (*new_temporary)(void* context, int type, bool local);
  void (*free_temporary)(void* context, void* temporary);
  void (*emit3)(void* context, int operation, std::uintptr_t, std::uintptr_t, std::uintptr_t);
  void (*branch_if)(void* context, int condition, std::intptr_t value, std::int64_t with,
                    void* label);
  void (*set_if)(void* context, int condition, std::intptr_t result, std::intptr_t value,
                 std::int64_t with);
  std::uint64_t page;  ///< bytes of a page of the soft TLB
  std::uint64_t most_tlb_entries;
};

class Tuned final : public Backend {
 public:
  Tuned(const BackendSetup& setup, const Target& target, unsigned word_bytes)
      : setup_(setup), target_(target), word_bytes_(word_bytes) {}

  Result<void> opened(uc_engine* uc) override;
  Result<void> ready() override;
  void* processor_state() override { return field<void*>(cpu_, kCpuEnv); }
  uc_err run(std::uint64_t from) override;
  uc_err step(std::uint64_t from) override;
  void interrupt() noexcept override;
  bool locate_fault() override;
  void leave_run() override;
  uc_err map(std::uint64_t base, std::uint64_t size, std::uint32_t permissions,
             void* host) override;
  void unmap(std::uint64_t base, std::uint64_t size) override;
  void forget_code(std::uint64_t base, std::uint64_t size) override;

  // ---- called by the wrapped functions ----
  const Target& target() const { return target_; }
  std::uint64_t translation_buffer() const { return setup_.options.translation_buffer; }
  bool before_execution() const;
  void after_execution();
  void before_block();
  /// Generated code looks for a stop where blocks begin, and by default after each memory access
  /// too: not for us.
  void whole_blocks() { field<bool>(uc_, kUcNoExitRequest) = true; }
  void before_indirect_jump();
  void after_block();
  void begin_block(std::uint64_t address);
  void abandoned();
  void tlb_filling(void* cpu);
  bool stores_directly(std::uint64_t address) const {
    return !code_pages_.contains(address / kGuestPage) &&
           setup_.memory.accessible(address, 1, kWrite);
  }
  /// Loads that hit the soft TLB are not checked: a page that is not readable must not enter it as
  /// such.
  int allowed(std::uint64_t address, int protection) const {
    constexpr int kPageRead = 1;
    return setup_.memory.accessible(address, 1, kRead) ? protection : protection & ~kPageRead;
  }
  template <class Word, class Translate>
  void translate(void* cpu, void* block, Translate&& real);
  std::optional<std::uint8_t> replaced_byte(std::uint64_t address) const;
  bool refuses_whole_store(std::uint64_t address, unsigned size, std::uint64_t& first_bad) const;

  std::uintptr_t access_from =
      0;  ///< host address of the guest access under way in a slow-path helper

 private:
  /// What generated code works with while it counts.
  struct Counter {
    std::int64_t left = 0;           ///< of the budget
    const Block* current = nullptr;  ///< the block that began last
  };
  uc_err resume();
  void start_counting();
  void hand_in_count();
  Bytes code_bytes(std::uint64_t address, std::uint64_t size,
                   std::vector<std::uint8_t>& buffer) const;
  void mark_code(void* cpu, std::uint64_t first, std::uint64_t last);
  void enable_features(void* cpu);

  BackendSetup setup_;
  Target target_;
  unsigned word_bytes_;
  uc_engine* uc_ = nullptr;
  std::atomic<void*> cpu_{nullptr};
  bool counting_ = false;
  Counter counter_;
  std::int64_t budget_ = 0;
  bool budget_used_ = false;
  Block* translating_ = nullptr;
  bool stepping_ = false;
  std::uint64_t fills_ = 0, tlb_entries_ = 256;
  CodePages code_pages_;
  std::deque<Block> blocks_;
  void* newest_block_ = nullptr;
  std::uint64_t replaced_ = kNowhere;
};

thread_local Tuned* current = nullptr;

/// Makes `backend` the one that the wrapped functions serve on this thread. Engines nest: a parent
/// guest waits while its child runs.
class Current {
 public:
  explicit Current(Tuned* backend) : previous_(current) { current = backend; }
  ~Current() { current = previous_; }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

 private:
  Tuned* previous_;
};

// ---- opening
// --------------------------------------------------------------------------------------------------------

Result<void> Tuned::opened(uc_engine* uc) {
  uc_ = uc;
  if (!code_pages_.usable())
    return fail(ErrorCode::kLimit, "the host has no memory for the code page table");
  // The library ends the process when this mapping fails.
  void* trial = mmap(nullptr, translation_buffer(), PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (trial == MAP_FAILED)
    return fail(ErrorCode::kLimit,
                fmt::format("the host has no memory for {} bytes of translated code",
                            translation_buffer()));
  munmap(trial, translation_buffer());
  const Current scope(this);
  // ARM alone lets the size of a TLB page be chosen; 2.0.1 doubles the argument.
  if (setup_.cpu.arch() == UC_ARCH_ARM) uc_ctl_set_page_size(uc_, kGuestPage / 2);
  std::size_t page = 0;
  uc_query(uc_, UC_QUERY_PAGE_SIZE, &page);  // initializes the library's processor
  target_.page = page;
  void* cpu = field<void*>(uc_, kUcCpu);
  if (cpu == nullptr || page == 0 || field<void*>(cpu, kCpuUc) != uc_ ||
      field<void (*)(uc_engine*)>(uc_, kUcStart) != target_.resume ||
      field<int>(uc_, kUcLevel) != 0 || field<std::uint32_t>(cpu, kCpuNextFlags) != ~0u)
    return fail(
        ErrorCode::kInternal,
        "libunicorn.a 2.0.1 has another layout than this build expects: use CMOS_UNICORN=plain");
  cpu_ = cpu;
  if (setup_.cpu.arch() == UC_ARCH_X86) {
    if (field<std::uint64_t>(field<void*>(cpu, kCpuEnv), kX86Features + 8 * kFeature1Ecx) !=
        kShipped1Ecx)
      return fail(ErrorCode::kInternal,
                  "libunicorn.a 2.0.1 has another x86 layout than this build expects: use "
                  "CMOS_UNICORN=plain");
    enable_features(cpu);
  }
  return {};
}

/// x86-64-v2 and what else works without VEX; the library reports less than it can do. RDTSCP and
/// RDRAND stay off, so that runs repeat; BMI is VEX-encoded.
void Tuned::enable_features(void* cpu) {
  const auto bits = [](std::initializer_list<unsigned> numbers) {
    std::uint64_t value = 0;
    for (const unsigned number : numbers) value |= 1ull << number;
    return value;
  };
  auto* features = &field<std::uint64_t>(field<void*>(cpu, kCpuEnv), kX86Features);
  features[kFeature1Edx] = bits({0 /*FPU*/, 4 /*TSC*/, 8 /*CX8*/, 15 /*CMOV*/, 19 /*CLFSH*/,
                                 23 /*MMX*/, 24 /*FXSR*/, 25 /*SSE*/, 26 /*SSE2*/});
  features[kFeature1Ecx] = bits({0 /*SSE3*/, 1 /*PCLMUL*/, 9 /*SSSE3*/, 13 /*CX16*/, 19 /*SSE4.1*/,
                                 20 /*SSE4.2*/, 22 /*MOVBE*/, 23 /*POPCNT*/, 25 /*AES*/});
  features[kFeature7Ebx] = 0;
  features[kFeatureExtEdx] = word_bytes_ == 8 ? bits({11 /*SYSCALL*/, 29 /*LM*/}) : 0;
  features[kFeatureExtEcx] = bits({0 /*LAHF*/, 5 /*ABM*/});
}

Result<void> Tuned::ready() {
  counting_ = setup_.options.count_instructions;
  return {};
}

// ---- counting
// -------------------------------------------------------------------------------------------------------

// Before any block: no instructions, and nothing that a block could continue.
constexpr Block kNoBlock{};

void Tuned::start_counting() {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  budget_ = static_cast<std::int64_t>(std::min(setup_.listener.budget(), kMost));
  counter_ = {.left = budget_, .current = &kNoBlock};
  budget_used_ = false;
}

void Tuned::hand_in_count() {
  const Block* last = counter_.current == &kNoBlock ? nullptr : counter_.current;
  const std::int64_t begun = last == nullptr ? 0 : last->instructions;
  setup_.listener.on_counted(static_cast<std::uint64_t>(budget_ - counter_.left - begun), last);
}

/// Emits, at the start of a block: left -= instructions; current = this block; leave when left < 0.
/// An iteration of a repeated instruction that follows another one is not counted again.
void Tuned::begin_block(std::uint64_t address) {
  if (translating_ == nullptr) return;
  void* context = field<void*>(uc_, kUcTcgContext);
  const auto as_argument = [context](std::intptr_t value) {
    return reinterpret_cast<std::uintptr_t>(context) + static_cast<std::uintptr_t>(value);
  };
  const auto new_value = [&] {
    return static_cast<std::intptr_t>(
        reinterpret_cast<std::uintptr_t>(target_.new_temporary(context, kType64, false)) -
        reinterpret_cast<std::uintptr_t>(context));
  };
  const std::intptr_t counter = target_.constant(
      context, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&counter_)));
  const std::intptr_t block = target_.constant(
      context, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(translating_)));
  const std::intptr_t left = new_value(), other = new_value();
  const auto emit = [&](int operation, std::intptr_t a, std::intptr_t b, std::uintptr_t c) {
    target_.emit3(context, operation, as_argument(a), as_argument(b), c);
  };
  emit(kOpLoad64, left, counter, offsetof(Counter, left));
  emit(kOpLoad32u, other, block, offsetof(Block, instructions));
  emit(kOpSubtract64, left, left, as_argument(other));
  if (setup_.cpu.starts_with_repeat(address, setup_.memory)) {
    emit(kOpLoad64, other, counter, offsetof(Counter, current));
    emit(kOpLoad64, other, other, offsetof(Block, repeat));
    target_.set_if(context, kConditionEqual, other, other, static_cast<std::int64_t>(address));
    emit(kOpAdd64, left, left, as_argument(other));
  }
  emit(kOpStore64, left, counter, offsetof(Counter, left));
  emit(kOpStore64, block, counter, offsetof(Counter, current));
  target_.branch_if(context, kConditionLess, left, 0, field<void*>(context, kContextExitLabel));
  for (const std::intptr_t value : {counter, block, left, other})
    target_.free_temporary(context, reinterpret_cast<void*>(as_argument(value)));
}

/// After each block, or chain of blocks, that the execution loop entered.
void Tuned::after_block() {
  if (!counting_ || counter_.left >= 0) return;
  counter_.left += counter_.current->instructions;
  counter_.current = &kNoBlock;
  budget_used_ = true;
  field<bool>(cpu_, kCpuExitRequest) = true;
}

void Tuned::abandoned() {
  if (!counting_ || stepping_) return;
  hand_in_count();
  setup_.listener.on_abandoned();
  start_counting();
}

// ---- running
// --------------------------------------------------------------------------------------------------------

/// uc_emu_start() without a write of the pc, which makes the first block leave at once, and without
/// timers and the cleaning up of removed hooks, of which there are none.
uc_err Tuned::resume() {
  field<std::uint64_t>(uc_, kUcEmulated) = 0;
  field<int>(uc_, kUcError) = UC_ERR_OK;
  field<int>(uc_, kUcNestedAccess) = 0;
  field<bool>(uc_, kUcDone) = false;
  field<bool>(uc_, kUcTimedOut) = false;
  field<bool>(uc_, kUcFirstBlock) = true;
  field<bool>(uc_, kUcStopRequest) = false;
  ++field<int>(uc_, kUcLevel);
  target_.resume(uc_);
  --field<int>(uc_, kUcLevel);
  field<bool>(uc_, kUcDone) = true;
  return static_cast<uc_err>(std::exchange(field<int>(uc_, kUcError), UC_ERR_OK));
}

uc_err Tuned::run(std::uint64_t /*from: where the processor stands*/) {
  const Current scope(this);
  access_from = 0;
  replaced_ = kNowhere;
  if (counting_) start_counting();
  const uc_err error = resume();
  if (counting_) hand_in_count();
  return error;
}

uc_err Tuned::step(std::uint64_t from) {
  stepping_ = true;
  field<std::uint32_t>(cpu_, kCpuNextFlags) = kOneInstruction;
  const uc_err error = run(from);
  stepping_ = false;
  field<std::uint32_t>(cpu_, kCpuNextFlags) = ~0u;
  return error;
}

// The library clears these flags when a run begins, so that only before_execution() sees a request
// that came just before.
void Tuned::interrupt() noexcept {
  void* cpu = cpu_;
  if (cpu == nullptr) return;
  // In this order: generated code sees the counter and leaves, the loop around it then looks at the
  // request.
  std::atomic_ref(field<bool>(cpu, kCpuExitRequest)).store(true);
  auto* decrement = field<std::uint16_t*>(cpu, kCpuDecrement);
  std::atomic_ref(decrement[1]).store(0xffff);
}

bool Tuned::before_execution() const {
  return !setup_.stop_wanted.load();
}

void Tuned::after_execution() {
  if (budget_used_) setup_.listener.on_budget();
  if (stepping_ || budget_used_ || setup_.stop_wanted.load())
    field<bool>(uc_, kUcStopRequest) = true;
}

/// Before each block that the execution loop enters: while stepping, it shall be the last.
void Tuned::before_block() {
  if (stepping_) field<bool>(cpu_, kCpuExitRequest) = true;
}

// ---- memory
// ---------------------------------------------------------------------------------------------------------

/// Generated code finds the target of an indirect jump by itself: while stepping, it must not run.
void Tuned::before_indirect_jump() {
  if (stepping_) field<std::uint16_t*>(cpu_, kCpuDecrement)[1] = 0xffff;
}

uc_err Tuned::map(std::uint64_t base, std::uint64_t size, std::uint32_t permissions, void* host) {
  const Current scope(this);
  return uc_mem_map_ptr(uc_, base, size, permissions, host);
}

void Tuned::unmap(std::uint64_t base, std::uint64_t size) {
  const Current scope(this);
  uc_mem_unmap(uc_, base, size);
}

void Tuned::forget_code(std::uint64_t base, std::uint64_t size) {
  const Current scope(this);
  uc_ctl_remove_cache(uc_, base, base + size);
}

void Tuned::tlb_filling(void* cpu) {
  if (++fills_ <= 4 * tlb_entries_ || tlb_entries_ >= target_.most_tlb_entries) return;
  fills_ = 0;
  tlb_entries_ *= 2;
  target_.flush_tlb(cpu);
}

void Tuned::mark_code(void* cpu, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t page = first / kGuestPage; page <= last / kGuestPage; ++page) {
    if (code_pages_.contains(page)) continue;
    code_pages_.add(page);
    for (std::uint64_t at = 0; at < kGuestPage; at += target_.page)
      target_.flush_page(cpu, page * kGuestPage + at);
  }
}

bool Tuned::refuses_whole_store(std::uint64_t address, unsigned size,
                                std::uint64_t& first_bad) const {
  const std::uint64_t in_first = kGuestPage - address % kGuestPage;
  if (in_first >= size) return false;
  first_bad = (address + in_first) & (word_bytes_ == 8 ? ~0ull : 0xffff'ffffull);
  return setup_.memory.accessible(address, 1, kWrite) &&
         !setup_.memory.accessible(first_bad, 1, kWrite);
}

// ---- translation
// ----------------------------------------------------------------------------------------------------

Bytes Tuned::code_bytes(std::uint64_t address, std::uint64_t size,
                        std::vector<std::uint8_t>& buffer) const {
  if (const auto view = setup_.memory.view(address, size)) return *view;
  buffer.resize(size);
  return setup_.memory.peek(address, buffer) ? Bytes(buffer) : Bytes();
}

template <class Word, class Translate>
void Tuned::translate(void* cpu, void* block, Translate&& real) {
  // Blocks are allocated upwards in the translation buffer: one below its predecessor means that
  // all were thrown away.
  if (block < newest_block_) {
    blocks_.clear();
    counter_.current = &kNoBlock;
    code_pages_.clear();
  }
  newest_block_ = block;
  replaced_ = kNowhere;
  whole_blocks();
  translating_ = counting_ ? &blocks_.emplace_back() : nullptr;
  real();
  auto* head = static_cast<BlockHead<Word>*>(block);
  std::vector<std::uint8_t> buffer;
  Block shape{.address = head->pc, .size = head->size, .instructions = head->instructions};
  const std::uint64_t refused =
      setup_.cpu.find_refused(shape.address, code_bytes(shape.address, shape.size, buffer));
  if (refused != kNowhere) {
    target_.restart_translation(field<void*>(uc_, kUcTcgContext));
    replaced_ = refused;
    real();
    replaced_ = kNowhere;
    shape.size = head->size;
    shape.instructions = head->instructions;
  }
  if (translating_ != nullptr) {
    shape.repeat =
        setup_.cpu.find_repeat(shape.address, code_bytes(shape.address, shape.size, buffer));
    *translating_ = shape;
    translating_ = nullptr;
  }
  mark_code(cpu, shape.address, shape.address + (shape.size > 0 ? shape.size - 1u : 0u));
}

/// The bytes of ud2 at the address of an instruction that must not be translated.
std::optional<std::uint8_t> Tuned::replaced_byte(std::uint64_t address) const {
  if (replaced_ == kNowhere) return std::nullopt;
  if (address == replaced_) return std::uint8_t{0x0f};
  if (address == replaced_ + 1) return std::uint8_t{0x0b};
  return std::nullopt;
}

// ---- faults
// ---------------------------------------------------------------------------------------------------------

_Unwind_Reason_Code last_frame(_Unwind_Context* context, void* address) {
  *static_cast<std::uintptr_t*>(address) = _Unwind_GetIP(context);
  return _URC_NO_REASON;
}

bool Tuned::locate_fault() {
  std::uintptr_t from = access_from;
  access_from = 0;
  // A helper called from generated code: the unwinder stops there, since that code has no unwind
  // information.
  if (from == 0) _Unwind_Backtrace(&last_frame, &from);
  return target_.restore_state(cpu_, from, false);
}

// The library itself goes on until the next place where it looks for a stop, which may be behind
// more instructions.
void Tuned::leave_run() {
  uc_emu_stop(uc_);
  target_.leave_execution(cpu_);
}

}  // namespace
}  // namespace cmos::emu::unicorn

// ---- the wrapped functions
// --------------------------------------------------------------------------------------------

using cmos::emu::unicorn::current;

#define CMOS_WRAP_LOAD(name, suffix)                                                               \
  std::uint64_t __real_helper_##name##_mmu_##suffix(void*, guest_##suffix, std::uint32_t,          \
                                                    std::uintptr_t);                               \
  std::uint64_t __wrap_helper_##name##_mmu_##suffix(void* env, guest_##suffix address,             \
                                                    std::uint32_t index, std::uintptr_t from) {    \
    if (current == nullptr) return __real_helper_##name##_mmu_##suffix(env, address, index, from); \
    current->access_from = from;                                                                   \
    const std::uint64_t value = __real_helper_##name##_mmu_##suffix(env, address, index, from);    \
    current->access_from = 0;                                                                      \
    return value;                                                                                  \
  }

#define CMOS_WRAP_STORE(name, type, suffix)                                                    \
  void __real_helper_##name##_mmu_##suffix(void*, guest_##suffix, type, std::uint32_t,         \
                                           std::uintptr_t);                                    \
  void __wrap_helper_##name##_mmu_##suffix(void* env, guest_##suffix address, type value,      \
                                           std::uint32_t index, std::uintptr_t from) {         \
    if (current == nullptr)                                                                    \
      return __real_helper_##name##_mmu_##suffix(env, address, value, index, from);            \
    current->access_from = from;                                                               \
    std::uint64_t bad = 0;                                                                     \
    if (current->refuses_whole_store(address, sizeof(type), bad))                              \
      __real_helper_##name##_mmu_##suffix(env, static_cast<guest_##suffix>(bad), value, index, \
                                          from);                                               \
    __real_helper_##name##_mmu_##suffix(env, address, value, index, from);                     \
    current->access_from = 0;                                                                  \
  }

#define CMOS_WRAP_TARGET(suffix)                                                                  \
  CMOS_WRAP_LOAD(ret_ldub, suffix)                                                                \
  CMOS_WRAP_LOAD(le_lduw, suffix)                                                                 \
  CMOS_WRAP_LOAD(le_ldul, suffix)                                                                 \
  CMOS_WRAP_LOAD(le_ldq, suffix)                                                                  \
  CMOS_WRAP_LOAD(be_lduw, suffix)                                                                 \
  CMOS_WRAP_LOAD(be_ldul, suffix)                                                                 \
  CMOS_WRAP_LOAD(be_ldq, suffix)                                                                  \
  CMOS_WRAP_STORE(ret_stb, std::uint8_t, suffix)                                                  \
  CMOS_WRAP_STORE(le_stw, std::uint16_t, suffix)                                                  \
  CMOS_WRAP_STORE(le_stl, std::uint32_t, suffix)                                                  \
  CMOS_WRAP_STORE(le_stq, std::uint64_t, suffix)                                                  \
  CMOS_WRAP_STORE(be_stw, std::uint16_t, suffix)                                                  \
  CMOS_WRAP_STORE(be_stl, std::uint32_t, suffix)                                                  \
  CMOS_WRAP_STORE(be_stq, std::uint64_t, suffix)                                                  \
                                                                                                  \
  bool cpu_restore_state_##suffix(void*, std::uintptr_t, bool);                                   \
  void vm_start_##suffix(uc_engine*);                                                             \
  void tlb_flush_##suffix(void*);                                                                 \
  void tlb_flush_page_##suffix(void*, guest_##suffix);                                            \
  void tlb_set_dirty_##suffix(void*, guest_##suffix);                                             \
  void tcg_func_start_##suffix(void*);                                                            \
  void cpu_loop_exit_##suffix(void*);                                                             \
                                                                                                  \
  void __real_tcg_exec_init_##suffix(void*, unsigned long);                                       \
  void __wrap_tcg_exec_init_##suffix(void* uc, unsigned long size) {                              \
    __real_tcg_exec_init_##suffix(uc, current != nullptr ? current->translation_buffer() : size); \
  }                                                                                               \
                                                                                                  \
  int __real_cpu_exec_##suffix(void*, void*);                                                     \
  int __wrap_cpu_exec_##suffix(void* uc, void* cpu) {                                             \
    constexpr int kInterrupt = 0x10000; /* EXCP_INTERRUPT */                                      \
    if (current == nullptr) return __real_cpu_exec_##suffix(uc, cpu);                             \
    const int reason =                                                                            \
        current->before_execution() ? __real_cpu_exec_##suffix(uc, cpu) : kInterrupt;             \
    current->after_execution();                                                                   \
    return reason;                                                                                \
  }                                                                                               \
                                                                                                  \
  std::intptr_t tcg_const_i64_##suffix(void*, std::int64_t);                                      \
  void* tcg_temp_new_internal_##suffix(void*, int, bool);                                         \
  void tcg_temp_free_internal_##suffix(void*, void*);                                             \
  void tcg_gen_op3_##suffix(void*, int, std::uintptr_t, std::uintptr_t, std::uintptr_t);          \
  void tcg_gen_brcondi_i64_##suffix(void*, int, std::intptr_t, std::int64_t, void*);              \
  void tcg_gen_setcondi_i64_##suffix(void*, int, std::intptr_t, std::intptr_t, std::int64_t);     \
                                                                                                  \
  void __real_translator_loop_##suffix(const void*, void*, void*, void*, int);                    \
  void __wrap_translator_loop_##suffix(const void* operations, void* disassembly, void* cpu,      \
                                       void* block, int most) {                                   \
    /* TranslatorOps: the second of its functions runs at the start of a block. */                \
    using Start = void (*)(void*, void*);                                                         \
    static thread_local Start original;                                                           \
    std::array<void*, 7> changed;                                                                 \
    std::memcpy(changed.data(), operations, sizeof changed);                                      \
    original = reinterpret_cast<Start>(changed[1]);                                               \
    changed[1] = reinterpret_cast<void*>(static_cast<Start>([](void* base, void* processor) {     \
      if (current != nullptr) current->begin_block(**static_cast<guest_##suffix**>(base));        \
      original(base, processor);                                                                  \
    }));                                                                                          \
    __real_translator_loop_##suffix(changed.data(), disassembly, cpu, block, most);               \
  }                                                                                               \
                                                                                                  \
  void __real_tb_exec_unlock_##suffix(void*);                                                     \
  void __wrap_tb_exec_unlock_##suffix(void* context) {                                            \
    if (current != nullptr) current->after_block();                                               \
    __real_tb_exec_unlock_##suffix(context);                                                      \
  }                                                                                               \
                                                                                                  \
  void __real_tb_exec_lock_##suffix(void*);                                                       \
  void __wrap_tb_exec_lock_##suffix(void* context) {                                              \
    if (current != nullptr) current->before_block();                                              \
    __real_tb_exec_lock_##suffix(context);                                                        \
  }                                                                                               \
                                                                                                  \
  const void* __real_helper_lookup_tb_ptr_##suffix(void*);                                        \
  const void* __wrap_helper_lookup_tb_ptr_##suffix(void* env) {                                   \
    if (current != nullptr) current->before_indirect_jump();                                      \
    return __real_helper_lookup_tb_ptr_##suffix(env);                                             \
  }                                                                                               \
                                                                                                  \
  [[noreturn]] void __real_cpu_loop_exit_noexc_##suffix(void*);                                   \
  void __wrap_cpu_loop_exit_noexc_##suffix(void* cpu) {                                           \
    if (current != nullptr) current->abandoned();                                                 \
    __real_cpu_loop_exit_noexc_##suffix(cpu);                                                     \
  }                                                                                               \
                                                                                                  \
  void __real_tlb_set_page_with_attrs_##suffix(void*, guest_##suffix, std::uint64_t,              \
                                               std::uint64_t, int, int, guest_##suffix);          \
  void __wrap_tlb_set_page_with_attrs_##suffix(void* cpu, guest_##suffix address,                 \
                                               std::uint64_t physical, std::uint64_t attributes,  \
                                               int protection, int mmu, guest_##suffix size) {    \
    if (current != nullptr) {                                                                     \
      current->tlb_filling(cpu);                                                                  \
      protection = current->allowed(address, protection);                                         \
    }                                                                                             \
    __real_tlb_set_page_with_attrs_##suffix(cpu, address, physical, attributes, protection, mmu,  \
                                            size);                                                \
    if (current != nullptr && current->stores_directly(address))                                  \
      tlb_set_dirty_##suffix(cpu, address);                                                       \
  }                                                                                               \
                                                                                                  \
  void __real_gen_intermediate_code_##suffix(void*, void*, int);                                  \
  void __wrap_gen_intermediate_code_##suffix(void* cpu, void* block, int most) {                  \
    if (current == nullptr) return __real_gen_intermediate_code_##suffix(cpu, block, most);       \
    current->translate<guest_##suffix>(                                                           \
        cpu, block, [&] { __real_gen_intermediate_code_##suffix(cpu, block, most); });            \
  }

extern "C" {
using guest_x86_64 = std::uint64_t;
using guest_aarch64 = std::uint64_t;
using guest_arm = std::uint32_t;

// NOLINTBEGIN(bugprone-reserved-identifier): the names are what the linker's --wrap demands.
CMOS_WRAP_TARGET(x86_64)
CMOS_WRAP_TARGET(aarch64)
CMOS_WRAP_TARGET(arm)

std::uint32_t __real_cpu_ldub_code_x86_64(void*, std::uint64_t);
std::uint32_t __wrap_cpu_ldub_code_x86_64(void* env, std::uint64_t address) {
  if (current != nullptr) {
    if (const auto byte = current->replaced_byte(address)) return *byte;
  }
  return __real_cpu_ldub_code_x86_64(env, address);
}

// The Thumb translator switches the checks of whole_blocks() on again for each instruction outside
// of IT blocks.
#define CMOS_WRAP_ARM_ACCESS(name)                                                           \
  void __real_tcg_gen_qemu_##name##_arm(void*, void*, void*, std::uintptr_t, std::uint32_t); \
  void __wrap_tcg_gen_qemu_##name##_arm(void* context, void* value, void* address,           \
                                        std::uintptr_t index, std::uint32_t operation) {     \
    if (current != nullptr) current->whole_blocks();                                         \
    __real_tcg_gen_qemu_##name##_arm(context, value, address, index, operation);             \
  }
CMOS_WRAP_ARM_ACCESS(ld_i32)
CMOS_WRAP_ARM_ACCESS(st_i32)
CMOS_WRAP_ARM_ACCESS(ld_i64)
CMOS_WRAP_ARM_ACCESS(st_i64)

// Instructions at addresses that are no multiple of 4: the translator would not mind. The
// replacements are undefined.
std::uint32_t __real_cpu_ldl_code_aarch64(void*, std::uint64_t);
std::uint32_t __wrap_cpu_ldl_code_aarch64(void* env, std::uint64_t address) {
  return address % 4 != 0 ? 0 : __real_cpu_ldl_code_aarch64(env, address);
}
std::uint32_t __real_cpu_ldl_code_arm(void*, std::uint32_t);
std::uint32_t __wrap_cpu_ldl_code_arm(void* env, std::uint32_t address) {
  return address % 4 != 0 ? 0xe7f000f0 : __real_cpu_ldl_code_arm(env, address);
}
// NOLINTEND(bugprone-reserved-identifier)
}  // extern "C"

namespace cmos::emu::unicorn {
namespace {

template <auto kFunction, class Word>
void with_address(void* cpu, std::uint64_t address) {
  kFunction(cpu, static_cast<Word>(address));
}

#define CMOS_TARGET(suffix, entries)                                                         \
  Target {                                                                                   \
    cpu_restore_state_##suffix, vm_start_##suffix, tlb_flush_##suffix,                       \
        with_address<tlb_flush_page_##suffix, guest_##suffix>,                               \
        with_address<tlb_set_dirty_##suffix, guest_##suffix>, tcg_func_start_##suffix,       \
        cpu_loop_exit_##suffix, tcg_const_i64_##suffix, tcg_temp_new_internal_##suffix,      \
        tcg_temp_free_internal_##suffix, tcg_gen_op3_##suffix, tcg_gen_brcondi_i64_##suffix, \
        tcg_gen_setcondi_i64_##suffix, kGuestPage, entries                                   \
  }

}  // namespace

std::string_view engine_name() {
  return "unicorn 2.0.1 (tuned)";
}

Result<void> check_library() {
  const unsigned version = uc_version(nullptr, nullptr);
  if (version == kLibraryVersion) return {};
  return fail(
      ErrorCode::kUnsupported,
      fmt::format(
          "libunicorn.a is version {}.{}.{}, this build is tuned for 2.0.1 alone: build with "
          "CMOS_UNICORN=plain",
          version >> 24, version >> 16 & 0xff, version >> 8 & 0xff));
}

std::unique_ptr<Backend> make_backend(const BackendSetup& setup) {
  const unsigned word = setup.cpu.isa().word_bytes;
  switch (setup.cpu.arch()) {
    case UC_ARCH_ARM:
      return std::make_unique<Tuned>(setup, CMOS_TARGET(arm, 1 << 14), word);
    case UC_ARCH_ARM64:
      return std::make_unique<Tuned>(setup, CMOS_TARGET(aarch64, 1 << 16), word);
    default:
      return std::make_unique<Tuned>(setup, CMOS_TARGET(x86_64, 1 << 14), word);
  }
}

}  // namespace cmos::emu::unicorn

#endif  // CMOS_UNICORN_TUNED
