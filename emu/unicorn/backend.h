// What the tuned and the plain build of Unicorn do differently. Private to emu/. Exactly one of
// tuned/ and plain.cc defines these.
#pragma once

#include <unicorn/unicorn.h>

#include <atomic>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "emu/engine.h"
#include "emu/unicorn/blocks.h"
#include "emu/unicorn/cpu.h"

namespace cmos::emu::unicorn {

class Backend {
 public:
  virtual ~Backend() = default;

  /// Before the library's first use of `uc`, which is open but has executed nothing.
  virtual Result<void> opened(uc_engine* uc) = 0;
  /// After the switch to user mode: from now on blocks are counted, refused and reported.
  virtual Result<void> ready() = 0;

  /// QEMU's CPUArchState, whose head holds the registers; nullptr when this build does not know it.
  virtual void* processor_state() = 0;

  /// uc_emu_start(): executes until a hook stops it, or interrupt().
  virtual uc_err run(std::uint64_t from) = 0;
  /// The same for one instruction (of a repeated string instruction: one iteration).
  virtual uc_err step(std::uint64_t from) = 0;
  /// Ends a run at the next block, after BackendSetup::stop_wanted was set. From any thread or
  /// signal handler.
  virtual void interrupt() noexcept = 0;

  /// Inside the hook of a failed memory access: makes pc that of the instruction. False when this
  /// build cannot.
  virtual bool locate_fault() = 0;
  /// At the end of that hook: leaves the run there and then if the build can (it does not return),
  /// so that nothing of the instruction or of those after it is still done.
  virtual void leave_run() = 0;

  /// The misaligned access that ended the last run, if this build knows of one.
  virtual MisalignedAccess misaligned() const { return {}; }

  virtual uc_err map(std::uint64_t base, std::uint64_t size, std::uint32_t permissions,
                     void* host) = 0;
  virtual void unmap(std::uint64_t base, std::uint64_t size) = 0;
  /// Drops translations of [base, base + size).
  virtual void forget_code(std::uint64_t base, std::uint64_t size) = 0;
  /// Before uc_close().
  virtual void closing() {}
};

/// How instructions are counted. The plain build tells of each block before it runs. The tuned
/// build counts in generated code: it takes the budget when a run begins and hands in what was
/// executed when it ends.
class BlockListener {
 public:
  virtual ~BlockListener() = default;
  virtual void on_block(const Block& block) = 0;

  virtual std::uint64_t budget() const = 0;
  /// `completed` instructions were executed before `current` began, which was not known to have
  /// ended; nullptr: none began.
  virtual void on_counted(std::uint64_t completed, const Block* current) = 0;
  /// The next block has more instructions than the budget.
  virtual void on_budget() = 0;
  /// The current block has changed itself: it is left before the instruction at pc.
  virtual void on_abandoned() = 0;
};

struct BackendSetup {
  UnicornCpu& cpu;
  const GuestMemory& memory;
  EngineOptions options;
  BlockListener& listener;
  const std::atomic<bool>& stop_wanted;  ///< while it is set, runs end at once
};

std::string_view engine_name();
/// kUnsupported when the library is not the one that this build was made for.
Result<void> check_library();
std::unique_ptr<Backend> make_backend(const BackendSetup& setup);

}  // namespace cmos::emu::unicorn
