// The engine of ARCH "_CBC": COIL's bytecode, interpreted.
//
// The program is one .cbc image in memory. A jump to its first byte begins the entry function, a
// jump to a function's code that function. Arguments 0 to 2 of a function that was begun so are the
// registers a0 to a2; when it returns, its value is that of the call `exit`. Functions `host.*` are
// system calls. Variables live outside of the guest's memory; sp tells how much of the stack they
// would take, which is what bounds them.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emu/bytecode.h"
#include "emu/cbc/interpreter.h"
#include "emu/engine.h"

namespace cmos::emu::cbc {

extern const Isa kIsa;

class CbcEngine final : public Engine, public BytecodeEngine, private MemoryListener {
 public:
  static Result<std::unique_ptr<Engine>> make(GuestMemory& memory, const EngineOptions& options);
  ~CbcEngine() override;

  const Isa& isa() const override { return kIsa; }
  const Stop& run(const RunLimits& limits) override;
  const Stop& step() override;
  void request_stop() noexcept override { stop_requested_.store(true); }
  void clear_stop() noexcept override { stop_requested_.store(false); }
  std::uint64_t read_register(RegisterIndex index) const override;
  void write_register(RegisterIndex index, std::uint64_t value) override;
  void jump(std::uint64_t address) override;
  std::string flags() const override { return {}; }
  std::uint64_t instructions() const override { return counts_ ? executed_ : 0; }
  void set_call_numbers(CallNumber numbers) override { numbers_ = std::move(numbers); }

  bool big_endian() const override {
    return program_ != nullptr && program_->order == ByteOrder::kBig;
  }

  /// The program that a jump found, and where it lies; nullptr before.
  const Program* program() const { return program_.get(); }
  std::uint64_t base() const { return base_; }
  std::optional<Text> instruction_at(std::uint64_t address) const override;
  std::vector<std::uint64_t> callers(std::size_t most) const override;

 private:
  CbcEngine(GuestMemory& memory, const EngineOptions& options)
      : memory_(memory), counts_(options.count_instructions) {}

  Result<void> on_map(const Region& region) override;
  void on_unmap(const Region& region) override;
  Result<void> on_resize(const Region& old, const Region& now) override;
  void on_host_write(std::uint64_t, std::uint64_t) override {}
  void changed();

  bool open_image(std::uint64_t address);
  void begin();
  Interpreter::Exit slice(std::uint64_t budget, bool exact);
  bool stopped(Interpreter::Exit exit);
  bool call_host();
  void finished();
  void failed(const Fault& fault);
  void refuse(std::string detail);

  GuestMemory& memory_;
  bool counts_;
  CallNumber numbers_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Interpreter> interpreter_;
  std::optional<coil::CbcFile> file_;  ///< a view of the image: nobody moves code
  std::uint64_t base_ = 0;             ///< of the image
  std::uint64_t image_end_ = 0;
  std::optional<std::size_t> beginning_;  ///< the function that the next run starts
  bool ended_ = false;                    ///< the first function has returned
  std::string refusal_;                   ///< why there is no program
  std::uint64_t address_ = 0;             ///< of a jump that led nowhere
  std::uint64_t executed_ = 0;
  std::uint64_t stack_top_ = 0;
  std::uint64_t stack_base_ = 0;
  std::array<std::uint64_t, 5> values_{};  ///< rv, n, a0, a1, a2
  std::atomic<bool> stop_requested_{false};
  Stop stop_;
};

}  // namespace cmos::emu::cbc
