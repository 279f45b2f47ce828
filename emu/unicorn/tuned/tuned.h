// The tuned build: libunicorn.a 2.0.1 linked statically, mended from outside by the linker's --wrap
// (emu/CMakeLists.txt lists the functions). As shipped it needs 3 to 15 times qemu-user's time, and
// knows a fault's block only.
//
// Each mend is a file of this folder, which explains it at its head and holds the functions of the
// library that it wraps:
//
//   direct_stores.cc   stores without the library's slow path
//   soft_tlb.h         a soft TLB in which no two pages meet
//   buffer.cc          a translation buffer of our size
//   accesses.cc        exact pc of a fault, stores across the end of a mapping
//   stops.cc           asynchronous stops that can be resumed
//   stepping.cc        single steps without a flush
//   counting.cc        instructions counted in generated code
//   translation.cc     where blocks are made: what the other mends learn of them
//   refused_code.cc    instructions that must not be translated
//   features.cc        x86: what CPUID tells
//   exceptions.cc      x86: an exception after an exception
//   x86_translation.cc x86: where single instructions are translated
//   arm_translation.cc ARM, ARM64: the same
//   x86_jumps.cc       x86: indirect jumps without a helper
//   x86_sse.cc, x87.cc, x86_integers.cc, x86_strings.cc
//                      x86: instructions that the library gets wrong
//
// A file whose functions only the library calls also holds a function that one of the others calls:
// the linker takes nothing else out of our static library by the time it reads libunicorn.a.
//
// One class carries the state of all of them, since one run of the library serves them all.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <vector>

#include "emu/unicorn/backend.h"
#include "emu/unicorn/tuned/code_pages.h"
#include "emu/unicorn/tuned/library.h"
#include "emu/unicorn/tuned/soft_tlb.h"

namespace cmos::emu::unicorn {

/// What emits an operation on memory that answers what was there; ARM64.
using Atomic = void(void* context, std::intptr_t result, std::intptr_t address, std::intptr_t value,
                    std::uintptr_t index, std::uint32_t operation);
struct Extreme {
  bool has_sign;
  void (*choose)(void* context, std::intptr_t result, std::intptr_t a, std::intptr_t b);
};
struct AtomicOperands {
  std::intptr_t result, address, value;
  std::uintptr_t index;
  std::uint32_t operation;
};

/// Before any block: no instructions, and nothing that a block could continue.
inline constexpr Block kNoBlock{};

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
  MisalignedAccess misaligned() const override { return misaligned_; }
  uc_err map(std::uint64_t base, std::uint64_t size, std::uint32_t permissions,
             void* host) override;
  void unmap(std::uint64_t base, std::uint64_t size) override;
  void forget_code(std::uint64_t base, std::uint64_t size) override;
  void closing() override { soft_tlb_.release(); }

  // ---- called by the wrapped functions ----
  std::uint64_t translation_buffer() const { return setup_.options.translation_buffer; }
  int advise_buffer(void* start, std::size_t size, int advice);
  void* allocated(void* block);
  void forget_translations();
  bool before_execution() const;
  void after_execution();
  void before_block();
  /// Generated code looks for a stop where blocks begin, and by default after each memory access
  /// too: not for us.
  void whole_blocks() { field<bool>(uc_, kUcNoExitRequest) = true; }
  void before_indirect_jump();
  void emit_indirect_jump(void* context);
  bool translates_x86() const { return setup_.cpu.arch() == UC_ARCH_X86; }
  void begin_instruction(void* translation);
  void end_instruction();
  bool replaces_call(const void* helper);
  std::uint32_t demanded_alignment(std::uint32_t operation);
  void begin_arm_instruction(std::uint64_t address);
  std::uint32_t align_arm_access(std::uint32_t operation);
  void emit_extreme(Atomic& real, const Extreme& extreme, const AtomicOperands& operands);
  bool is_hidden(std::uint32_t word) const { return setup_.cpu.is_hidden(word); }
  std::uint32_t read_halfword(std::uint32_t address, std::uint32_t halfword);
  void after_block();
  void begin_block(std::uint64_t address);
  void abandoned();
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
  std::uint64_t page_bytes() const { return target_.page; }
  template <class Word, class Translate>
  void translate(void* cpu, void* block, Translate&& real);
  std::optional<std::uint8_t> replaced_byte(std::uint64_t address) const;
  void check_alignment(std::uint64_t address, std::uint32_t index, Access access);
  bool refuses_whole_store(std::uint64_t address, unsigned size, std::uint64_t& first_bad) const;

  /// From a helper that generated code at the host address `from` called: goes on behind the
  /// guest's instruction, without what is left of it.
  [[noreturn]] void skip_instruction(std::uintptr_t from);

  std::uintptr_t access_from =
      0;  ///< host address of the guest access under way in a slow-path helper
  /// 1 when the x87 instruction under way pops, which a helper does, and makes it 2: undone when
  /// the instruction faults afterwards. Generated code sets it to 1 and, behind the instruction, to
  /// 0.
  std::uint64_t x87_pops = 0;

  SoftTlb& soft_tlb() { return soft_tlb_; }

 private:
  /// What generated code works with while it counts.
  struct Counter {
    std::int64_t left = 0;             ///< of the budget
    const Block* current = &kNoBlock;  ///< the block that began last
  };
  /// The translator's names of an integer register and of its copy; 0: none.
  struct Kept {
    std::intptr_t place = 0, before = 0;
  };
  /// What is different about the translation of the x86 instruction under way.
  struct Plan {
    std::uint64_t address = kNowhere;
    unsigned length = 0;
    std::array<std::uint8_t, 15> code{};  ///< what the translator reads
    bool aligned = false;                 ///< its next access demands 16 bytes
    bool pops = false;                    ///< x87_pops was set
    std::int32_t x87 = -1;                ///< opcode and ModRM, when the host does it as a whole
    std::array<Kept, 2> kept{};           ///< registers, before the instruction
    std::int32_t mmx = -1;                ///< the register of MMX that it writes; 8: none
  };
  void settle_flags(void* translation);
  void keep_register(unsigned number);
  void restore_registers(const Kept& accumulator, const Kept& operand);
  void note_pop(std::int64_t value);
  void call_helper(void* helper, std::optional<std::int32_t> argument);
  uc_err resume();
  void forget_exceptions();
  void start_counting();
  void hand_in_count();
  Bytes code_bytes(std::uint64_t address, std::uint64_t size,
                   std::vector<std::uint8_t>& buffer) const;
  Result<void> try_translation_buffer() const;
  void join_small_pages();
  std::uint64_t find_refused(const Block& block) const;
  void mark_code(void* cpu, std::uint64_t first, std::uint64_t last);
  bool has_known_x86_layout() const;
  void enable_x86_features();

  BackendSetup setup_;
  Target target_;
  void* state_ = nullptr;  ///< processor_state()
  unsigned word_bytes_;
  SoftTlb soft_tlb_{target_.soft_tlb, state_};
  uc_engine* uc_ = nullptr;
  std::atomic<void*> cpu_{nullptr};
  bool counting_ = false;
  Counter counter_;
  std::int64_t budget_ = 0;
  bool budget_used_ = false;
  Block before_flush_;  ///< the current one, when its translation was thrown away
  Block* translating_ = nullptr;
  bool stepping_ = false;
  bool flushed_ = false;  ///< the execution loop is being left for it
  CodePages code_pages_;
  std::deque<Block> blocks_;
  void* newest_block_ = nullptr;
  char* small_pages_ = nullptr;  ///< the buffer's start, while its first pages are ordinary ones
  std::uint64_t replaced_ = kNowhere;
  Plan plan_;
  std::uint32_t halfword_at_ = 0, halfword_ = 0;  ///< of T32's code, read last
  ArmDemand demand_;                              ///< of the ARM instruction under translation
  MisalignedAccess misaligned_;
};

/// The one that the wrapped functions serve on this thread; nullptr: the library is itself.
extern constinit thread_local Tuned* current;

/// Makes `backend` the current one. Engines nest: a parent guest waits while its child runs.
class Current {
 public:
  explicit Current(Tuned* backend) : previous_(current) { current = backend; }
  ~Current() { current = previous_; }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

 private:
  Tuned* previous_;
};

}  // namespace cmos::emu::unicorn
