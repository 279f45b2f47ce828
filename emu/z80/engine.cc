#include "emu/z80/engine.h"

#include <z80ex/z80ex.h>

#include <array>
#include <atomic>

#include "emu/interpreter/pages.h"

namespace cmos::emu {
namespace {

// ld a, 0; rst 30h
constexpr std::array<std::uint8_t, 3> kExit{0x3e, 0x00, kZ80Restart};
// ed ed 00
constexpr std::array<std::uint8_t, 3> kEscapeExit{kZ80Trap, kZ80Trap, 0x00};
using z80::kAf, z80::kBc, z80::kDe, z80::kHl, z80::kPc;

struct ContextDeleter {
  void operator()(Z80EX_CONTEXT* context) const { z80ex_destroy(context); }
};

/// The library's register for each of arch::kZ80's up to hl'; ir, iff and im are made of several.
constexpr Z80_REG_T kRegisters[] = {regAF, regBC, regDE,  regHL,  regIX,  regIY,
                                    regSP, regPC, regAF_, regBC_, regDE_, regHL_};

class Z80Engine final : public Engine {
 public:
  Z80Engine(const Isa& isa, GuestMemory& memory, const EngineOptions& options)
      : isa_(isa), memory_(memory), counts_(options.count_instructions) {
    context_.reset(z80ex_create(read_byte, this, write_byte, this, read_port, this, write_port,
                                this, read_interrupt, this));
    z80ex_reset(context_.get());
    for (const Z80_REG_T one : kRegisters) z80ex_set_reg(context_.get(), one, 0);
  }
  ~Z80Engine() override { (void)memory_.set_listener(nullptr); }

  Result<void> attach() { return memory_.set_listener(&pages_); }

  const Isa& isa() const override { return isa_; }

  const Stop& run(const RunLimits& limits) override {
    for (std::uint64_t left = limits.max_instructions; left > 0; --left) {
      if (step().reason != StopReason::kBudget) return last_;
    }
    last_.reason = StopReason::kBudget;
    return last_;
  }

  const Stop& step() override {
    if (stop_.load(std::memory_order_relaxed)) {
      last_ = {};
      return last_;
    }
    pc_ = z80ex_get_reg(context_.get(), regPC);
    trapped_ = false;
    faulted_ = false;
    if (&isa_ == &kZ80 && is_code(pc_, kZ80Restart)) return restart();
    do {
      z80ex_step(context_.get());
    } while (z80ex_last_op_type(context_.get()) != 0 && !faulted_);
    if (faulted_) return last_;
    ++executed_;
    if (trapped_) return trap();
    if (z80ex_doing_halt(context_.get()) != 0) return halt();
    last_.reason = StopReason::kBudget;
    return last_;
  }

  void request_stop() noexcept override { stop_.store(true); }
  void clear_stop() noexcept override { stop_.store(false); }

  std::uint64_t read_register(RegisterIndex index) const override {
    if (index < std::size(kRegisters)) return z80ex_get_reg(context_.get(), kRegisters[index]);
    if (index != std::size(kRegisters)) return 0;
    const auto i = static_cast<unsigned>(z80ex_get_reg(context_.get(), regI) & 0xff);
    const auto r = static_cast<unsigned>(z80ex_get_reg(context_.get(), regR) & 0xff);
    return i << 8 | r;
  }
  void write_register(RegisterIndex index, std::uint64_t value) override {
    if (index < std::size(kRegisters)) {
      z80ex_set_reg(context_.get(), kRegisters[index], static_cast<Z80EX_WORD>(value));
      return;
    }
    if (index != std::size(kRegisters)) return;
    z80ex_set_reg(context_.get(), regI, static_cast<Z80EX_WORD>(value >> 8 & 0xff));
    z80ex_set_reg(context_.get(), regR, static_cast<Z80EX_WORD>(value & 0xff));
  }
  void jump(std::uint64_t address) override { write_register(kPc, address); }

  std::string flags() const override {
    return flags_text(
        read_register(kAf),
        {{0x01, "C"}, {0x02, "N"}, {0x04, "PV"}, {0x10, "H"}, {0x40, "Z"}, {0x80, "S"}});
  }

  std::uint64_t instructions() const override { return counts_ ? executed_ : 0; }

 private:
  // ---- the library's callbacks ----------------------------------------------------------------

  static Z80EX_BYTE read_byte(Z80EX_CONTEXT*, Z80EX_WORD address, int m1, void* self) {
    auto& engine = *static_cast<Z80Engine*>(self);
    const std::uint8_t* place = engine.place(address, m1 != 0 ? kExecute : kRead);
    if (place == nullptr) return 0;
    if (m1 != 0 && *place == kZ80Trap && &engine.isa_ == &kZ80Escape) engine.look_for_trap(address);
    return *place;
  }
  static void write_byte(Z80EX_CONTEXT*, Z80EX_WORD address, Z80EX_BYTE value, void* self) {
    auto& engine = *static_cast<Z80Engine*>(self);
    if (std::uint8_t* place = engine.place(address, kWrite)) *place = value;
  }
  static Z80EX_BYTE read_port(Z80EX_CONTEXT*, Z80EX_WORD, void*) { return 0xff; }
  static void write_port(Z80EX_CONTEXT*, Z80EX_WORD, Z80EX_BYTE, void*) {}
  static Z80EX_BYTE read_interrupt(Z80EX_CONTEXT*, void*) { return 0xff; }

  std::uint8_t* place(std::uint16_t address, Permission needed) {
    std::uint8_t* const found = pages_.at(address, needed);
    if (found == nullptr && !faulted_) fault(address, needed);
    return found;
  }

  void fault(std::uint16_t address, Permission needed) {
    faulted_ = true;
    last_ = {.reason = StopReason::kFault,
             .syscall = {},
             .fault = {.kind = FaultKind::kMemory,
                       .pc = pc_,
                       .access = needed == kExecute ? Access::kExecute
                                 : needed == kWrite ? Access::kWrite
                                                    : Access::kRead,
                       .address = address,
                       .size = 1,
                       .detail = {}}};
    z80ex_set_reg(context_.get(), regPC, pc_);
  }

  /// Only where an instruction begins: operands are no opcodes, and `ed` is its own prefix.
  void look_for_trap(std::uint16_t address) {
    if (address != pc_) return;
    if (is_code(static_cast<std::uint16_t>(address + 1), kZ80Trap)) trapped_ = true;
  }

  const Stop& trap() {
    const auto operand = static_cast<std::uint16_t>(pc_ + 2);
    const std::uint8_t* number = place(operand, kExecute);
    if (number == nullptr) return last_;
    z80ex_set_reg(context_.get(), regPC, static_cast<std::uint16_t>(pc_ + 3));
    last_ = {.reason = StopReason::kSyscall,
             .syscall = {.number = *number,
                         .arguments = {read_register(kBc), read_register(kDe), read_register(kHl)},
                         .pc = pc_},
             .fault = {}};
    return last_;
  }

  /// Whether this byte can be executed there.
  bool is_code(std::uint16_t address, std::uint8_t byte) const {
    const std::uint8_t* const found = pages_.at(address, kExecute);
    return found != nullptr && *found == byte;
  }

  const Stop& restart() {
    ++executed_;
    z80ex_set_reg(context_.get(), regPC, static_cast<std::uint16_t>(pc_ + 1));
    last_ = {.reason = StopReason::kSyscall,
             .syscall = {.number = read_register(kAf) >> 8,
                         .arguments = {read_register(kHl), read_register(kDe), read_register(kBc)},
                         .pc = pc_},
             .fault = {}};
    return last_;
  }

  const Stop& halt() {
    --executed_;
    last_ = {.reason = StopReason::kFault,
             .syscall = {},
             .fault = {.kind = FaultKind::kIllegalInstruction,
                       .pc = pc_,
                       .detail = "HALT, and no interrupt will come"}};
    return last_;
  }

  const Isa& isa_;
  GuestMemory& memory_;
  bool counts_;
  std::unique_ptr<Z80EX_CONTEXT, ContextDeleter> context_;
  Pages pages_{arch::kZ80.address_bits};
  std::uint16_t pc_ = 0;  ///< of the instruction that is executed
  bool trapped_ = false;
  bool faulted_ = false;
  std::uint64_t executed_ = 0;
  std::atomic<bool> stop_{false};
  Stop last_;
};

}  // namespace

const Isa kZ80{"_Z80",    arch::kZ80,     kAf, kHl, {kHl, kDe, kBc}, "rst 30h", kExit,
               kMap64KiB, {.number = "a"}};
const Isa kZ80Escape{"_Z80",    arch::kZ80,     kAf, kHl, {kBc, kDe, kHl}, "ed ed n", kEscapeExit,
                     kMap64KiB, {.number = "n"}};

Result<std::unique_ptr<Engine>> make_z80(const Isa& isa, GuestMemory& memory,
                                         const EngineOptions& options) {
  auto engine = std::make_unique<Z80Engine>(isa, memory, options);
  CMOS_TRY_VOID(engine->attach());
  return engine;
}

}  // namespace cmos::emu
