// ARM (with Thumb), ARM64 and APPL under Unicorn, in user mode: CPSR mode USR, or EL0 of A64.
//
// What differs from hardware under an operating system: wfi faults (no interrupt could ever end
// it), the counters of the generic timer fault (a run repeats exactly).
#include <fmt/format.h>

#include <cstring>

#include "emu/arm_refused.h"
#include "emu/unicorn/engine.h"

namespace cmos::emu::unicorn {
namespace {

// QEMU's exception numbers (target/arm/cpu.h).
enum ArmException : std::uint32_t {
  kUndefined = 1,
  kSupervisorCall = 2,
  kPrefetchAbort = 3,
  kDataAbort = 4,
  kBreakpointInsn = 7,
};

std::optional<std::uint32_t> word_at(const UnicornEngine& engine, std::uint64_t address,
                                     std::size_t size) {
  std::array<std::uint8_t, 4> bytes{};
  const Region* region = engine.memory().find(address);
  if (size == 4 && region != nullptr && region->size - (address - region->base) >= 4)
    std::memcpy(bytes.data(), region->host + (address - region->base), 4);
  else if (!engine.memory().peek(address, std::span(bytes).first(size)))
    return std::nullopt;
  return static_cast<std::uint32_t>(bytes[0] | bytes[1] << 8 | bytes[2] << 16) |
         static_cast<std::uint32_t>(bytes[3]) << 24;
}

std::string condition_flags(std::uint64_t value) {
  return flags_text(value, {{1u << 31, "N"}, {1u << 30, "Z"}, {1u << 29, "C"}, {1u << 28, "V"}});
}

/// An instruction that there is not; `name`: what it is elsewhere, if anything.
Verdict judge_illegal(std::uint64_t pc, std::string name) {
  if (name.empty()) name = "undefined or privileged instruction";
  return {.kind = FaultKind::kIllegalInstruction, .pc = pc, .detail = std::move(name)};
}

/// `name_at(pc)`: the name of an instruction that is refused.
template <class Name>
Verdict judge_common(const Event& event, std::uint64_t pc, unsigned alignment, Name&& name_at) {
  if (pc % alignment != 0)
    return {.kind = FaultKind::kMisaligned,
            .pc = pc,
            .detail = "misaligned pc",
            .access = Access::kExecute,
            .address = pc};
  if (event.kind == Event::Kind::kIllegal) return judge_illegal(pc, name_at(pc));
  switch (event.number) {
    case kPrefetchAbort:
    case kBreakpointInsn:
      return {.kind = FaultKind::kBreakpoint, .pc = pc, .detail = "breakpoint instruction"};
    case kDataAbort:
      return {.kind = FaultKind::kMisaligned, .pc = pc, .detail = "misaligned access"};
    default:
      return judge_illegal(pc, name_at(pc));
  }
}

constexpr std::array<int, 17> kArmIds{
    UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R4,  UC_ARM_REG_R5,
    UC_ARM_REG_R6,  UC_ARM_REG_R7, UC_ARM_REG_R8, UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11,
    UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC, UC_ARM_REG_CPSR};
// msr cpsr_fsxc, r0
constexpr std::array<std::uint8_t, 4> kArmBoot{0x00, 0xf0, 0x2f, 0xe1};
constexpr std::uint32_t kUserMode = 0x10, kThumbBit = 1 << 5, kItBits = 0x0600'fc00;

class Arm : public UnicornCpu {
 public:
  const Isa& isa() const override { return kArm; }
  uc_arch arch() const override { return UC_ARCH_ARM; }
  uc_mode mode() const override { return UC_MODE_ARM; }
  int model() const override { return UC_CPU_ARM_CORTEX_A15; }
  std::span<const int> register_ids() const override { return kArmIds; }
  Bytes boot_code() const override { return kArmBoot; }

  uc_err prepare_boot(uc_engine* uc, std::uint64_t, std::uint8_t*) const override {
    const std::uint32_t coprocessors = 0xf << 20, enable = 1 << 30, mode = kUserMode;
    uc_err error = uc_reg_write(uc, UC_ARM_REG_C1_C0_2, &coprocessors);
    if (error == UC_ERR_OK) error = uc_reg_write(uc, UC_ARM_REG_FPEXC, &enable);
    if (error == UC_ERR_OK) error = uc_reg_write(uc, UC_ARM_REG_R0, &mode);
    return error;
  }
  uc_err reset(uc_engine*) const override { return UC_ERR_OK; }

  unsigned trap_size(const UnicornEngine& engine, const Event& event,
                     std::uint64_t pc) const override {
    if (event.kind != Event::Kind::kException || event.number != kSupervisorCall) return 0;
    const bool is_thumb = engine.thumb();
    return immediate_before(engine, pc, is_thumb) != 0 ? 0 : is_thumb ? 2 : 4;
  }
  Verdict judge(const UnicornEngine& engine, const Event& event, std::uint64_t pc) const override {
    const bool is_thumb = thumb(engine.uc());
    if (event.kind == Event::Kind::kException && event.number == kSupervisorCall)
      return {.kind = FaultKind::kBadTrap,
              .pc = pc - (is_thumb ? 2 : 4),
              .detail = fmt::format("svc #{:#x}", immediate_before(engine, pc, is_thumb))};
    return judge_common(event, pc, is_thumb ? 2 : 4, [&](std::uint64_t at) {
      return is_thumb ? thumb_name(engine, at)
                      : a32_refused_name(word_at(engine, at, 4).value_or(0));
    });
  }

  unsigned instruction_length(Bytes code, bool thumb) const override {
    if (!thumb) return code.size() < 4 ? 0 : 4;
    if (code.size() < 2) return 0;
    return code[1] >> 3 >= 0x1d ? 4 : 2;  // 0b11101 … 0b11111 begin a 32-bit instruction
  }
  ArmDemand demand(Bytes code, bool thumb) const override {
    const unsigned size = instruction_length(code, thumb);
    if (size == 0 || code.size() < size) return {};
    const std::uint32_t first = load(code, 0), second = size == 4 ? load(code, 2) : 0;
    if (!thumb) return a32_demand(first | second << 16);
    return size == 2 ? t16_demand(first) : t32_demand(first << 16 | second);
  }
  bool is_hidden(std::uint32_t word) const override { return a32_undefined_neon(word); }
  /// wfe and yield end the run as if they were undefined, with pc behind them.
  Emulated emulate(UnicornEngine& engine, std::uint64_t pc) override {
    const bool in_thumb = thumb(engine.uc());
    const std::uint32_t code = hint_before(engine, pc, in_thumb);
    return code == 1 || code == 2 ? Emulated::kYielded : Emulated::kNo;
  }
  std::uint64_t waiting_instruction(const UnicornEngine& engine, std::uint64_t pc) const override {
    return pc - (thumb(engine.uc()) && is_short_hint(engine, pc) ? 2 : 4);
  }
  bool is_thumb(uc_engine* uc) const override { return thumb(uc); }
  /// A fault may have left an IT block unfinished.
  void forget_context(uc_engine* uc) const override {
    std::uint32_t value = 0;
    uc_reg_read(uc, UC_ARM_REG_CPSR, &value);
    if ((value & kItBits) == 0) return;
    value &= ~kItBits;
    uc_reg_write(uc, UC_ARM_REG_CPSR, &value);
  }

  std::string flags(uc_engine* uc) const override {
    std::uint32_t value = 0;
    uc_reg_read(uc, UC_ARM_REG_CPSR, &value);
    return condition_flags(value);
  }

 private:
  static std::uint32_t load(Bytes code, std::size_t at) {
    return static_cast<std::uint32_t>(code[at] | code[at + 1] << 8);
  }
  static std::uint32_t immediate_before(const UnicornEngine& engine, std::uint64_t pc,
                                        bool is_thumb) {
    const std::size_t size = is_thumb ? 2 : 4;
    return word_at(engine, pc - size, size).value_or(0) & (is_thumb ? 0xffu : 0xff'ffffu);
  }
  static std::string thumb_name(const UnicornEngine& engine, std::uint64_t pc) {
    const std::uint32_t first = word_at(engine, pc, 2).value_or(0);
    if (first >> 11 < 0x1d) return t16_refused_name(first);
    return t32_refused_name(first << 16 | word_at(engine, pc + 2, 2).value_or(0));
  }
  static bool is_short_hint(const UnicornEngine& engine, std::uint64_t pc) {
    const auto code = word_at(engine, pc - 2, 2);
    return code && (*code & 0xff0f) == 0xbf00;
  }
  /// The number of the hint instruction that ends at pc (1 yield, 2 wfe, 3 wfi), 0 for everything
  /// else.
  static std::uint32_t hint_before(const UnicornEngine& engine, std::uint64_t pc, bool in_thumb) {
    if (in_thumb && is_short_hint(engine, pc)) return *word_at(engine, pc - 2, 2) >> 4 & 0xf;
    const auto code = word_at(engine, pc - 4, 4);
    if (!code) return 0;
    if (in_thumb) return *code >> 24 == 0x80 && (*code & 0xffff) == 0xf3af ? *code >> 16 & 0xff : 0;
    return (*code & 0x0fffff00) == 0x0320f000 ? *code & 0xff : 0;
  }
  static bool thumb(uc_engine* uc) {
    std::uint32_t value = 0;
    uc_reg_read(uc, UC_ARM_REG_CPSR, &value);
    return (value & kThumbBit) != 0;
  }
};

constexpr std::array<int, 34> arm64_ids() {
  std::array<int, 34> ids{};
  for (int i = 0; i < 29; ++i) ids[static_cast<std::size_t>(i)] = UC_ARM64_REG_X0 + i;
  ids[29] = UC_ARM64_REG_X29;
  ids[30] = UC_ARM64_REG_X30;
  ids[31] = UC_ARM64_REG_SP;
  ids[32] = UC_ARM64_REG_PC;
  ids[33] = UC_ARM64_REG_NZCV;
  return ids;
}
constexpr std::array<int, 34> kArm64Ids = arm64_ids();
static_assert(UC_ARM64_REG_X28 == UC_ARM64_REG_X0 + 28);

constexpr std::array<std::uint8_t, 28> kArm64Boot{
    0x00, 0x10,
    0x18, 0xd5,  // msr sctlr_el1, x0
    0x41, 0x10,
    0x18, 0xd5,  // msr cpacr_el1, x1
    0x02, 0x40,
    0x18, 0xd5,  // msr spsr_el1, x2
    0x23, 0x40,
    0x18, 0xd5,  // msr elr_el1, x3
    0xdf, 0x3f,
    0x03, 0xd5,  // isb
    0xe0, 0x03,
    0x9f, 0xd6,  // eret
    0x01, 0x00,
    0x00, 0xd4};  // svc #0: Unicorn ends a run at an address by a wfi, which traps from here on
// The reset value of the Cortex-A57 with cache maintenance, CTR_EL0 and dc zva allowed at EL0 (UCI,
// UCT, DZE); wfi traps (nTWI clear).
constexpr std::uint64_t kSystemControl =
    (0x00c50838 & ~(1u << 16)) | 1u << 26 | 1u << 15 | 1u << 14;

class Arm64 : public UnicornCpu {
 public:
  explicit Arm64(const Isa& isa) : isa_(isa) {}
  const Isa& isa() const override { return isa_; }
  uc_arch arch() const override { return UC_ARCH_ARM64; }
  uc_mode mode() const override { return UC_MODE_ARM; }
  /// Apple's compilers emit what ARMv8.1 to 8.5 added, LSE's atomics first of all.
  int model() const override { return &isa_ == &kApple ? UC_CPU_ARM64_MAX : UC_CPU_ARM64_A57; }
  std::span<const int> register_ids() const override { return kArm64Ids; }
  Bytes boot_code() const override { return kArm64Boot; }

  uc_err prepare_boot(uc_engine* uc, std::uint64_t address, std::uint8_t*) const override {
    const std::array<std::uint64_t, 4> values{kSystemControl, 3 << 20, 0,
                                              address + kArm64Boot.size() - 4};
    for (std::size_t i = 0; i < values.size(); ++i)
      if (const uc_err error = uc_reg_write(uc, kArm64Ids[i], &values[i]); error != UC_ERR_OK)
        return error;
    return UC_ERR_OK;
  }
  uc_err reset(uc_engine*) const override { return UC_ERR_OK; }

  unsigned trap_size(const UnicornEngine& engine, const Event& event,
                     std::uint64_t pc) const override {
    if (event.kind != Event::Kind::kException || event.number != kSupervisorCall) return 0;
    const std::uint32_t immediate = immediate_before(engine, pc);
    return immediate == 0 || (immediate == 0x80 && &isa_ == &kApple) ? 4 : 0;
  }
  Verdict judge(const UnicornEngine& engine, const Event& event, std::uint64_t pc) const override {
    if (event.kind == Event::Kind::kException && event.number == kSupervisorCall)
      return {.kind = FaultKind::kBadTrap,
              .pc = pc - 4,
              .detail = fmt::format("svc #{:#x}", immediate_before(engine, pc))};
    return judge_common(event, pc, 4, [&](std::uint64_t at) {
      const auto word = word_at(engine, at, 4);
      return word ? a64_refused_name(*word) : std::string();
    });
  }
  unsigned instruction_length(Bytes code, bool) const override { return code.size() < 4 ? 0 : 4; }
  ArmDemand demand(Bytes code, bool) const override {
    std::uint32_t word = 0;
    if (code.size() >= sizeof word) std::memcpy(&word, code.data(), sizeof word);
    return a64_demand(word);
  }
  /// Random numbers (RNDR, RNDRRS) would keep runs from repeating; Apple's CPUs have none either.
  bool is_hidden(std::uint32_t word) const override {
    return a64_ends_library(word) || (word & 0xffff'ffc0) == 0xd53b'2400;
  }

  std::string flags(uc_engine* uc) const override {
    std::uint32_t value = 0;
    uc_reg_read(uc, UC_ARM64_REG_NZCV, &value);
    return condition_flags(value);
  }

 private:
  static std::uint32_t immediate_before(const UnicornEngine& engine, std::uint64_t pc) {
    return word_at(engine, pc - 4, 4).value_or(0) >> 5 & 0xffff;
  }

  const Isa& isa_;
};

}  // namespace

std::unique_ptr<UnicornCpu> make_arm() {
  return std::make_unique<Arm>();
}
std::unique_ptr<UnicornCpu> make_arm64(const Isa& isa) {
  return std::make_unique<Arm64>(isa);
}

}  // namespace cmos::emu::unicorn
