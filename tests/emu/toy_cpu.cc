#include "tests/emu/toy_cpu.h"

#include <atomic>

namespace cmos::emu {
namespace {

constexpr std::array<arch::Register, 7> kRegisters{
    {{"a", 32}, {"b", 32}, {"c", 32}, {"d", 32}, {"sp", 32}, {"lr", 32}, {"pc", 32}}};
constexpr arch::DecodingInfo kDecodings[] = {{arch::Decoding::kNative, "toy", 4, 4, 4}};
constexpr arch::ArchCode kCodes[] = {{"TOY1", "a CPU that was just made up"}};
constexpr RegisterIndex kSp = 4, kLink = 5, kPc = 6;
// set d, 0; high d, 0; trap 0
constexpr std::array<std::uint8_t, 12> kExit{0x01, 3, 0, 0, 0x02, 3, 0, 0, 0x09, 0, 0, 0};

class ToyEngine final : public Engine {
 public:
  explicit ToyEngine(GuestMemory& memory, const EngineOptions& options)
      : memory_(memory), options_(options) {}

  const Isa& isa() const override { return kToyIsa; }

  const Stop& run(const RunLimits& limits) override {
    for (std::uint64_t done = 0; done < limits.max_instructions; ++done)
      if (step().reason != StopReason::kBudget) return last_;
    return last_ = {.reason = StopReason::kBudget, .syscall = {}, .fault = {}};
  }

  const Stop& step() override {
    if (stop_.load()) return last_ = {};
    last_ = execute();
    if (last_.reason != StopReason::kFault) ++executed_;
    return last_;
  }

  void request_stop() noexcept override { stop_.store(true); }
  void clear_stop() noexcept override { stop_.store(false); }
  std::uint64_t read_register(RegisterIndex index) const override { return registers_.at(index); }
  void write_register(RegisterIndex index, std::uint64_t value) override {
    registers_.at(index) = static_cast<std::uint32_t>(value);
  }
  void jump(std::uint64_t address) override { write_register(kPc, address); }
  std::string flags() const override { return ""; }
  std::uint64_t instructions() const override {
    return options_.count_instructions ? executed_ : 0;
  }

 private:
  Stop execute() {
    const std::uint32_t pc = registers_[kPc];
    std::array<std::uint8_t, 4> code{};
    if (!memory_.accessible(pc, 4, kExecute) || !memory_.peek(pc, code))
      return memory_fault(Access::kExecute, pc, 4);
    const std::uint8_t r = code[1], s = code[2];
    const auto operand = static_cast<std::uint16_t>(code[2] | code[3] << 8);
    const std::uint32_t target =
        pc + 4 + static_cast<std::uint32_t>(static_cast<std::int16_t>(operand)) * 4;
    const bool two_registers = (code[0] >= 3 && code[0] <= 6) || code[0] == 0x0b;
    if (code[0] == 0 || code[0] > 0x0c || r >= kPc || (two_registers && s >= kPc))
      return fault(FaultKind::kIllegalInstruction, "undefined instruction");
    std::uint32_t next = pc + 4;
    switch (code[0]) {
      case 0x01:
        registers_[r] = operand;
        break;
      case 0x02:
        registers_[r] = (registers_[r] & 0xffff) | static_cast<std::uint32_t>(operand) << 16;
        break;
      case 0x03:
        registers_[r] += registers_[s];
        break;
      case 0x04:
        registers_[r] -= registers_[s];
        break;
      case 0x05:
        if (!load(r, registers_[s], 4)) return memory_fault(Access::kRead, registers_[s], 4);
        break;
      case 0x06:
        if (!store(registers_[r], registers_[s]))
          return memory_fault(Access::kWrite, registers_[s], 4);
        break;
      case 0x07:
        next = target;
        break;
      case 0x08:
        next = registers_[r] == 0 ? target : next;
        break;
      case 0x09:
        if (operand != 0) return fault(FaultKind::kBadTrap, "trap");
        registers_[kPc] = next;
        return {.reason = StopReason::kSyscall,
                .syscall = {.number = registers_[3],
                            .arguments = {registers_[0], registers_[1], registers_[2]},
                            .pc = pc},
                .fault = {}};
      case 0x0a:
        next = registers_[kLink];
        break;
      case 0x0b:
        if (!load(r, registers_[s], 1)) return memory_fault(Access::kRead, registers_[s], 1);
        break;
      default:
        registers_[kLink] = next;
        next = target;
    }
    registers_[kPc] = next;
    return {.reason = StopReason::kBudget, .syscall = {}, .fault = {}};
  }

  bool load(std::uint8_t r, std::uint32_t address, std::size_t size) {
    std::array<std::uint8_t, 4> bytes{};
    if (!memory_.read(address, std::span(bytes).first(size))) return false;
    registers_[r] = bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8 |
                    static_cast<std::uint32_t>(bytes[2]) << 16 |
                    static_cast<std::uint32_t>(bytes[3]) << 24;
    return true;
  }

  bool store(std::uint32_t value, std::uint32_t address) {
    const std::array<std::uint8_t, 4> bytes{
        static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
        static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
    return memory_.write(address, bytes);
  }

  Stop fault(FaultKind kind, std::string detail) const {
    return {.reason = StopReason::kFault,
            .syscall = {},
            .fault = {.kind = kind, .pc = registers_[kPc], .detail = std::move(detail)}};
  }

  Stop memory_fault(Access access, std::uint32_t address, std::uint32_t size) const {
    return {.reason = StopReason::kFault,
            .syscall = {},
            .fault = {.kind = FaultKind::kMemory,
                      .pc = registers_[kPc],
                      .access = access,
                      .address = address,
                      .size = size,
                      .detail = {}}};
  }

  GuestMemory& memory_;
  EngineOptions options_;
  std::array<std::uint32_t, 7> registers_{};
  std::uint64_t executed_ = 0;
  std::atomic<bool> stop_{false};
  Stop last_;
};

}  // namespace

const arch::Cpu kToyCpu{.name = "toy",
                        .codes = kCodes,
                        .description = "a CPU that was just made up",
                        .word_bits = 32,
                        .pointer_bits = 32,
                        .address_bits = 32,
                        .registers = kRegisters,
                        .general_count = 7,
                        .pc = kPc,
                        .sp = kSp,
                        .frame = kSp,
                        .link = kLink,
                        .result = 0,
                        .decodings = kDecodings,
                        .stack_alignment = 16,
                        .return_style = arch::ReturnStyle::kLinkRegister};

const Isa kToyIsa{"TOY1", kToyCpu, 3, 0, {0, 1, 2}, "trap 0", kExit};

EngineRow toy_cpu_row() {
  return {.isa = &kToyIsa,
          .engine = "toy",
          .make = [](GuestMemory& memory,
                     const EngineOptions& options) -> Result<std::unique_ptr<Engine>> {
            return std::make_unique<ToyEngine>(memory, options);
          }};
}

std::array<std::uint8_t, 4> toy(std::uint8_t opcode, std::uint8_t reg, std::int32_t operand) {
  return {opcode, reg, static_cast<std::uint8_t>(operand), static_cast<std::uint8_t>(operand >> 8)};
}

}  // namespace cmos::emu
