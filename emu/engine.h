// The CPU engine interface. An engine executes guest code on a GuestMemory and says why it stopped;
// it serves nothing itself: no system call is handled inside an engine's callback.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "emu/isa.h"
#include "emu/memory.h"

namespace cmos::emu {

enum class StopReason : std::uint8_t {
  kSyscall,    ///< a trap of the ISA; pc is the next instruction, Stop::syscall holds number and
               ///< arguments
  kFault,      ///< Stop::fault says which; pc is the faulting instruction
  kBudget,     ///< RunLimits::max_instructions were executed exactly
  kRequested,  ///< request_stop(); pc is an instruction boundary and run() may be called again
};

enum class FaultKind : std::uint8_t {
  kIllegalInstruction,  ///< undefined, unsupported (AVX …) or privileged in user mode
  kBreakpoint,          ///< int3, brk, bkpt
  kArithmetic,          ///< divide error and unmasked FP exceptions
  kMisaligned,
  kMemory,
  kBadTrap,  ///< a trap that is not a CalamOS system call: int 0x21, svc #5 (abi 2)
};

enum class Access : std::uint8_t { kNone, kRead, kWrite, kExecute };

struct Fault {
  FaultKind kind = FaultKind::kIllegalInstruction;
  std::uint64_t pc = 0;  ///< of the faulting instruction, without the Thumb bit
  bool pc_exact =
      true;  ///< false: only the start of its basic block is known (plain build, memory faults)
  Access access = Access::kNone;
  std::uint64_t address = 0;  ///< the touched address of kMemory and kMisaligned
  std::uint32_t size = 0;     ///< bytes of the access, 0 = unknown
  std::string detail;  ///< "privileged instruction", "VEX-encoded (AVX) instruction", "int 0x21" …
};

/// Zero-extended register values at a system call.
struct SyscallRegisters {
  std::uint64_t number = 0;
  std::array<std::uint64_t, 3> arguments{};
  std::uint64_t pc = 0;  ///< of the trap instruction itself
};

struct Stop {
  StopReason reason = StopReason::kRequested;
  SyscallRegisters syscall;
  Fault fault;
};

struct EngineOptions {
  /// Whether instructions() counts; off = no hook in translated code. Cannot be changed later.
  bool count_instructions = false;
  std::uint64_t translation_buffer = 64ull << 20;  ///< bytes of translated code kept (capped)
};

struct RunLimits {
  std::uint64_t max_instructions =
      UINT64_MAX;  ///< of this run(); less than UINT64_MAX needs count_instructions
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual const Isa& isa() const = 0;

  /// Executes from pc until something happens. Never throws, never serves a call. The result is
  /// valid until the next run() or step().
  virtual const Stop& run(const RunLimits& limits) = 0;
  /// Executes exactly one instruction (kBudget), or stops for the same reasons as run(). Works
  /// without count_instructions.
  virtual const Stop& step() = 0;
  /// From any thread or signal handler. Sticky: a run() that has not begun yet stops at once; taken
  /// back by clear_stop().
  virtual void request_stop() noexcept = 0;
  virtual void clear_stop() noexcept = 0;

  /// Registers of isa().cpu.general(), zero-extended. The pc of Thumb code reads without bit 0.
  virtual std::uint64_t read_register(RegisterIndex index) const = 0;
  virtual void write_register(RegisterIndex index, std::uint64_t value) = 0;
  /// Like write_register(isa().cpu.pc), but on ARM bit 0 selects Thumb.
  virtual void jump(std::uint64_t address) = 0;
  /// The result of the system call that run() stopped for.
  virtual void set_result(std::uint64_t value) { write_register(isa().result, value); }
  /// Argument 1 of a function that is entered by jump().
  virtual void set_first_argument(std::uint64_t value) {
    write_register(isa().arguments[0], value);
  }
  /// Execution state beside the registers ("Thumb"), for disassembly.
  virtual bool thumb() const { return false; }
  /// Flags in words of the ISA ("ZF CF"), for reports.
  virtual std::string flags() const = 0;

  /// Instructions completed since construction; exact at every stop when count_instructions, else
  /// 0. An instruction that faults is not counted, a trap is.
  virtual std::uint64_t instructions() const = 0;
};

/// The names of those `flags` whose mask has a bit in `value`, as Engine::flags() tells them.
struct FlagName {
  std::uint64_t mask;
  std::string_view name;
};
std::string flags_text(std::uint64_t value, std::initializer_list<FlagName> flags);

/// `memory` outlives the engine, which registers itself as its listener.
using EngineFactory = std::function<Result<std::unique_ptr<Engine>>(GuestMemory& memory,
                                                                    const EngineOptions& options)>;

/// One CPU that cmos can run. "A CPU you just made up" (cpe 4) is one more row, from one new file.
struct EngineRow {
  const Isa* isa = nullptr;
  std::string_view engine;  ///< "unicorn 2.0.1 (tuned)"
  EngineFactory make;
  /// What a program finds: the CPU or architecture that a compiler is told, and what there is
  /// beyond it. docs/cpu.md shows both.
  std::string_view baseline = {}, also = {};
};

class EngineTable {
 public:
  /// The documented ARCHs.
  static const EngineTable& built_in();

  void add(EngineRow row) { rows_.push_back(std::move(row)); }
  const std::vector<EngineRow>& rows() const { return rows_; }
  /// kUnsupported "no CPU engine for ARCH 'XXXX' (known: …)" when there is none.
  Result<const EngineRow*> find(std::string_view arch) const;

 private:
  std::vector<EngineRow> rows_;
};

}  // namespace cmos::emu
