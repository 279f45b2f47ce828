// The Unicorn engine: QEMU's translator as a library. Private to emu/; everybody else sees
// emu/engine.h.
//
// A run has one shape for every ISA: uc_emu_start() executes until a hook records why it must end;
// the hook itself does nothing else, and the reason becomes a Stop here, outside. What differs
// between ISAs is a UnicornCpu (x86.cc, arm.cc); what differs between the tuned and the plain
// library is a Backend (tuned/, plain.cc).
#pragma once

#include <unicorn/unicorn.h>

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "emu/engine.h"
#include "emu/unicorn/backend.h"
#include "emu/unicorn/cpu.h"

namespace cmos::emu::unicorn {

/// Makes a Result of what a function of the library answered.
Result<void> check(std::string_view what, uc_err error);

class UnicornEngine final : public Engine, private MemoryListener, private BlockListener {
 public:
  static Result<std::unique_ptr<Engine>> make(std::unique_ptr<UnicornCpu> cpu, GuestMemory& memory,
                                              const EngineOptions& options);
  ~UnicornEngine() override;

  const Isa& isa() const override { return isa_; }
  const Stop& run(const RunLimits& limits) override;
  const Stop& step() override;
  void request_stop() noexcept override;
  void clear_stop() noexcept override;
  std::uint64_t read_register(RegisterIndex index) const override;
  void write_register(RegisterIndex index, std::uint64_t value) override;
  void jump(std::uint64_t address) override;
  bool thumb() const override {
    return isa_.cpu.decodings.size() > 1 &&
           (thumb_ != nullptr ? *thumb_ != 0 : cpu_->is_thumb(uc_));
  }
  std::string flags() const override;
  std::uint64_t instructions() const override {
    return options_.count_instructions ? executed_ : 0;
  }

  uc_engine* uc() const { return uc_; }
  const GuestMemory& memory() const { return memory_; }
  GuestMemory& memory() { return memory_; }
  std::uint64_t pc() const { return pc_known_ ? pc_ : read_register(isa_.cpu.pc); }

 private:
  /// A part of a region as Unicorn has it mapped; see on_resize().
  struct Piece {
    std::uint64_t base, size;
  };

  UnicornEngine(std::unique_ptr<UnicornCpu> cpu, GuestMemory& memory, const EngineOptions& options);
  Result<void> open();
  Result<void> boot();
  Result<void> add_hooks();

  Result<void> on_map(const Region& region) override;
  void on_unmap(const Region& region) override;
  Result<void> on_resize(const Region& old, const Region& now) override;
  void on_host_write(std::uint64_t address, std::uint64_t size) override;
  Result<void> remap(const Region& old, const Region& now);
  Result<void> grow(const Region& old, const Region& now);
  Result<void> shrink(const Region& now);
  Result<void> map_piece(const Region& region, std::uint64_t base, std::uint64_t size);

  /// Lets the processor go until a hook fires; `event_` says which.
  void execute(bool single);
  /// Makes of `event_` what the caller of run() sees, and counts the instructions of the block it
  /// ended in.
  std::optional<Stop> conclude();  ///< nothing when the run goes on
  Stop conclude_memory_fault();
  /// If `event_` is a system call: makes `stop_` of it.
  bool conclude_syscall();
  void locate_registers();
  void locate_thumb(const std::uint8_t* state, std::size_t size);
  std::uint64_t load(const std::uint8_t* place) const;
  Stop step_counted();
  /// Executes up to `most` instructions one by one.
  std::optional<Stop> walk(std::uint64_t most);
  std::uint64_t remaining() const { return limit_ - executed_; }

  void on_block(const Block& block) override;
  std::uint64_t budget() const override { return single_ ? UINT64_MAX : remaining(); }
  void on_counted(std::uint64_t completed, const Block* current) override;
  void on_budget() override { record({.kind = Event::Kind::kBlock}); }
  void on_abandoned() override;
  void finish_block(std::uint64_t next);
  void leave_block_at(std::uint64_t pc);

  static void on_exception(uc_engine* uc, std::uint32_t number, void* self);
  static bool on_illegal(uc_engine* uc, void* self);
  static bool on_memory(uc_engine* uc, uc_mem_type type, std::uint64_t address, int size,
                        std::int64_t value, void* self);
  static void on_syscall(uc_engine* uc, void* self);
  static void on_sysenter(uc_engine* uc, void* self);
  void record(Event event);

  std::unique_ptr<UnicornCpu> cpu_;
  const Isa& isa_;
  std::span<const int> ids_;  ///< Unicorn's, of isa_.cpu.general()
  /// Where the library keeps what each system call needs, nullptr when that is not known: its
  /// functions for registers take as long as all else here.
  std::array<std::uint8_t*, 64> places_{};
  const std::uint8_t* thumb_ = nullptr;  ///< not 0 in Thumb code
  Stop stop_;                            ///< what run() and step() return
  GuestMemory& memory_;
  EngineOptions options_;
  uc_engine* uc_ = nullptr;
  std::map<std::uint64_t, std::vector<Piece>> pieces_;  ///< by region base
  std::atomic<bool> stop_wanted_{false};
  Event event_;
  bool pc_exact_ = true;
  std::uint64_t pc_ = 0;  ///< when pc_known_: asking the library takes as long as all else here
  bool pc_known_ = false;
  bool single_ = false;               ///< the run under way is one instruction
  std::uint64_t started_at_ = 0;      ///< pc when it began
  std::uint64_t executed_ = 0;        ///< instructions before the block that runs now
  std::uint64_t limit_ = UINT64_MAX;  ///< `executed_` must not pass it
  Block block_;
  bool in_block_ = false;
  std::unique_ptr<Backend> backend_;
};

}  // namespace cmos::emu::unicorn
