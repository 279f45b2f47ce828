// One ISA as Unicorn knows it: identifiers, the way to user mode, and what its exceptions mean.
// Private to emu/.
#pragma once

#include <unicorn/unicorn.h>

#include <memory>
#include <string>

#include "emu/arm_meaning.h"
#include "emu/engine.h"
#include "emu/unicorn/blocks.h"

namespace cmos::emu::unicorn {

class UnicornEngine;

/// An access that the processor refused for its address alone.
struct MisalignedAccess {
  Access access = Access::kNone;  ///< kNone: there was none
  std::uint64_t address = 0;
};

/// What a hook saw.
struct Event {
  enum class Kind : std::uint8_t {
    kNone,
    kException,     ///< `number` is the exception number as QEMU counts
    kIllegal,       ///< the translator does not know the instruction
    kMemory,        ///< `access`, `address`, `size`
    kSyscallInsn,   ///< x86 syscall
    kSysenterInsn,  ///< x86 sysenter
    kBlock,  ///< the next block must not run as a whole: a request, the budget, or an instruction
             ///< to refuse
  };
  Kind kind = Kind::kNone;
  Access access = Access::kNone;
  std::uint32_t number = 0;
  std::uint32_t size = 0;
  std::uint64_t address = 0;
};

/// What an event that is no system call means for the program.
struct Verdict {
  FaultKind kind = FaultKind::kIllegalInstruction;
  std::uint64_t pc = 0;  ///< of the instruction that caused it
  std::string detail;
  Access access = Access::kNone;
  std::uint64_t address = 0;
};

enum class Emulated : std::uint8_t {
  kNo,       ///< it is none of those that we add to Unicorn
  kDone,     ///< pc is behind it now
  kYielded,  ///< it looks like the hint before pc, which Unicorn takes for undefined
};

class UnicornCpu {
 public:
  UnicornCpu() = default;
  UnicornCpu(const UnicornCpu&) = delete;
  UnicornCpu& operator=(const UnicornCpu&) = delete;
  virtual ~UnicornCpu() = default;

  virtual const Isa& isa() const = 0;
  virtual uc_arch arch() const = 0;
  virtual uc_mode mode() const = 0;
  virtual int model() const = 0;
  /// Unicorn's ids of isa().cpu.general(), in that order.
  virtual std::span<const int> register_ids() const = 0;
  /// Code that takes the processor from its reset state to user mode and goes on at its own end.
  virtual Bytes boot_code() const = 0;
  /// Sets the registers that the boot code needs. It stands at `address`, in a page of its own with
  /// host memory `page`.
  virtual uc_err prepare_boot(uc_engine* uc, std::uint64_t address, std::uint8_t* page) const = 0;
  /// Sets the start state of a process (abi 2) that is not zero; afterwards in user mode.
  virtual uc_err reset(uc_engine* uc) const = 0;
  /// The bytes of the system-call trap that ends at `pc`, where the engine stands; 0 when the event
  /// is something else.
  virtual unsigned trap_size(const UnicornEngine& engine, const Event& event,
                             std::uint64_t pc) const = 0;
  /// `pc` is where the engine stands now; only for kException, kIllegal and the trap instructions.
  virtual Verdict judge(const UnicornEngine& engine, const Event& event,
                        std::uint64_t pc) const = 0;
  /// The event was that of a misaligned access.
  virtual void judge_misaligned(const MisalignedAccess& access, Verdict& verdict) const {
    verdict.access = access.access;
    verdict.address = access.address;
  }
  /// Does what the instruction that Unicorn refused should have done.
  virtual Emulated emulate(UnicornEngine& /*engine*/, std::uint64_t /*pc*/) {
    return Emulated::kNo;
  }
  /// The wait for an interrupt that ended a run at `pc`.
  virtual std::uint64_t waiting_instruction(const UnicornEngine& /*engine*/,
                                            std::uint64_t pc) const {
    return pc;
  }
  /// The length of the first instruction in `code`, 0 when that is unknown.
  virtual unsigned instruction_length(Bytes code, bool thumb) const = 0;
  /// Block::refused and Block::repeat of the block at `address` that consists of `code`.
  virtual std::uint64_t find_refused(std::uint64_t /*address*/, Bytes /*code*/) const {
    return kNowhere;
  }
  virtual std::uint64_t find_repeat(std::uint64_t /*address*/, Bytes /*code*/) const {
    return kNowhere;
  }
  /// What the instruction that `code` begins with demands of the addresses of its accesses.
  virtual ArmDemand demand(Bytes /*code*/, bool /*thumb*/) const { return {}; }
  /// A word of code that the library must not see, since it is undefined and the library executes
  /// it or ends the process.
  virtual bool is_hidden(std::uint32_t /*word*/) const { return false; }
  /// Whether the instruction at `address` is a repeated string instruction.
  bool starts_with_repeat(std::uint64_t address, const GuestMemory& memory) const;
  virtual bool is_thumb(uc_engine* /*uc*/) const { return false; }
  /// Forgets what the instructions so far say about the next ones, before a jump from outside.
  virtual void forget_context(uc_engine* /*uc*/) const {}
  /// Whether x86 trap instructions need hooks of their own.
  virtual bool hooks_fast_traps() const { return false; }
  virtual std::string flags(uc_engine* uc) const = 0;
};

std::unique_ptr<UnicornCpu> make_x86_64();
std::unique_ptr<UnicornCpu> make_x86();
std::unique_ptr<UnicornCpu> make_arm();
std::unique_ptr<UnicornCpu> make_arm64(const Isa& isa);

}  // namespace cmos::emu::unicorn
