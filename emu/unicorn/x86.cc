// x86-64 and x86 under Unicorn: flat segments, privilege level 3 with empty descriptor tables, so
// that nothing a program does can reach another level (every segment load but the null selector,
// every far transfer and iret is #GP).
//
// What differs from hardware is listed in docs/cpu.md. RDTSC counts its own executions (a run
// repeats exactly), RDRAND does not exist.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "emu/unicorn/engine.h"
#include "emu/x86_length.h"
#include "emu/x86_refused.h"
#include "emu/x86_undefined.h"

namespace cmos::emu::unicorn {
namespace {

constexpr std::array<int, 18> kIds64{
    UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX,   UC_X86_REG_RDX, UC_X86_REG_RSI,
    UC_X86_REG_RDI, UC_X86_REG_RBP, UC_X86_REG_RSP,   UC_X86_REG_R8,  UC_X86_REG_R9,
    UC_X86_REG_R10, UC_X86_REG_R11, UC_X86_REG_R12,   UC_X86_REG_R13, UC_X86_REG_R14,
    UC_X86_REG_R15, UC_X86_REG_RIP, UC_X86_REG_EFLAGS};
constexpr std::array<int, 10> kIds32{
    UC_X86_REG_EAX, UC_X86_REG_EBX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_ESI,
    UC_X86_REG_EDI, UC_X86_REG_EBP, UC_X86_REG_ESP, UC_X86_REG_EIP, UC_X86_REG_EFLAGS};

constexpr std::array<std::uint8_t, 2> kIretq{0x48, 0xcf};
constexpr std::array<std::uint8_t, 1> kIret{0xcf};
// Flat segments of level 3, which iret reads once: afterwards the tables are empty.
constexpr std::uint64_t kUserCode64 = 0x00affb00'0000ffff, kUserCode32 = 0x00cffb00'0000ffff;
constexpr std::uint64_t kUserData = 0x00cff300'0000ffff;
constexpr std::uint64_t kCodeSelector = 0x08 | 3, kDataSelector = 0x10 | 3;
constexpr std::uint64_t kTableOffset = 0x100, kFrameOffset = 0x200;

constexpr std::uint64_t kCr0NumericErrors = 1 << 5;
constexpr std::uint64_t kCr4NoTimeStamp = 1 << 2, kCr4Sse = 3 << 9;
constexpr std::uint64_t kStartFlags = 0x202;

// What a time stamp adds to the one before it: enough that programs which wait for progress see
// some.
constexpr std::uint64_t kTimeStampStep = 1000;

class Operands;

/// bswap of 16 bits, which makes them zero in every processor, but not in the library.
bool swaps_word(const X86Shape& shape) {
  return shape.map == X86Map::kTwo && shape.opcode >= 0xc8 && shape.opcode <= 0xcf &&
         shape.short_operand && (shape.rex & 8) == 0;
}

class X86 : public UnicornCpu {
 public:
  explicit X86(bool wide) : wide_(wide) {}

  const Isa& isa() const override { return wide_ ? kX8664 : kX86; }
  uc_arch arch() const override { return UC_ARCH_X86; }
  uc_mode mode() const override { return wide_ ? UC_MODE_64 : UC_MODE_32; }
  int model() const override { return UC_CPU_X86_NEHALEM; }  // the richest model without AVX
  std::span<const int> register_ids() const override {
    return wide_ ? std::span<const int>(kIds64) : std::span<const int>(kIds32);
  }
  bool hooks_fast_traps() const override { return true; }

  Bytes boot_code() const override { return wide_ ? Bytes(kIretq) : Bytes(kIret); }

  uc_err prepare_boot(uc_engine* uc, std::uint64_t address, std::uint8_t* page) const override {
    const std::array<std::uint64_t, 3> table{0, wide_ ? kUserCode64 : kUserCode32, kUserData};
    std::memcpy(page + kTableOffset, table.data(), sizeof table);
    const std::uint64_t frame = address + kFrameOffset;
    const std::array<std::uint64_t, 5> values{address + boot_code().size(), kCodeSelector,
                                              kStartFlags, frame, kDataSelector};
    const std::size_t size = wide_ ? 8 : 4;
    for (std::size_t i = 0; i < values.size(); ++i)
      std::memcpy(page + kFrameOffset + i * size, &values[i], size);
    uc_x86_mmr gdt{};
    gdt.base = address + kTableOffset;
    gdt.limit = sizeof table - 1;
    const uc_err error = uc_reg_write(uc, UC_X86_REG_GDTR, &gdt);
    return error == UC_ERR_OK ? uc_reg_write(uc, wide_ ? UC_X86_REG_RSP : UC_X86_REG_ESP, &frame)
                              : error;
  }

  uc_err reset(uc_engine* uc) const override {
    const uc_x86_mmr empty{};
    for (const int table : {UC_X86_REG_GDTR, UC_X86_REG_LDTR, UC_X86_REG_IDTR, UC_X86_REG_TR})
      if (const uc_err error = uc_reg_write(uc, table, &empty); error != UC_ERR_OK) return error;
    const std::uint64_t flags = kStartFlags, control = 0x37f, mxcsr = 0x1f80, all_empty = 0xffff;
    uc_reg_write(uc, UC_X86_REG_EFLAGS, &flags);
    uc_reg_write(uc, UC_X86_REG_FPCW, &control);
    uc_reg_write(uc, UC_X86_REG_FPTAG, &all_empty);
    uc_reg_write(uc, UC_X86_REG_MXCSR, &mxcsr);
    return set_bits(uc, UC_X86_REG_CR0, kCr0NumericErrors) == UC_ERR_OK
               ? set_bits(uc, UC_X86_REG_CR4, kCr4NoTimeStamp | kCr4Sse)
               : UC_ERR_EXCEPTION;
  }

  unsigned trap_size(const UnicornEngine& engine, const Event& event,
                     std::uint64_t pc) const override {
    if (event.kind == Event::Kind::kException)
      return event.number == 0x80 && follows_int(engine, 0x80, pc) ? 2 : 0;
    return event.kind == Event::Kind::kSyscallInsn && wide_ ? 2 : 0;
  }

  Verdict judge(const UnicornEngine& engine, const Event& event, std::uint64_t pc) const override {
    switch (event.kind) {
      case Event::Kind::kSyscallInsn:
        return {.kind = FaultKind::kBadTrap,
                .pc = pc - 2,
                .detail = "syscall (32-bit programs use int 0x80)"};
      case Event::Kind::kSysenterInsn:
        return {.kind = FaultKind::kBadTrap, .pc = pc, .detail = "sysenter"};
      case Event::Kind::kIllegal:
        return judge_illegal(engine, pc);
      default:
        return judge_exception(engine, event.number, pc);
    }
  }

  /// On x86 that is a protection fault.
  void judge_misaligned(const MisalignedAccess& access, Verdict& verdict) const override {
    verdict.kind = FaultKind::kMemory;
    verdict.detail = "misaligned";
    verdict.access = access.access;
    verdict.address = access.address;
  }

  Emulated emulate(UnicornEngine& engine, std::uint64_t pc) override;

  unsigned instruction_length(Bytes code, bool) const override {
    return x86_shape(code, wide_).length;
  }

  std::uint64_t find_refused(std::uint64_t address, Bytes code) const override {
    for (std::size_t at = 0; at < code.size();) {
      const X86Shape shape = x86_shape(code.subspan(at), wide_);
      if (shape.vector_prefix || shape.port || x86_undefined(shape) || swaps_word(shape))
        return address + at;
      if (shape.length == 0) break;
      at += shape.length;
    }
    return kNowhere;
  }

  std::uint64_t find_repeat(std::uint64_t address, Bytes code) const override {
    for (std::size_t at = 0; at < code.size();) {
      const X86Shape shape = x86_shape(code.subspan(at), wide_);
      if (shape.length == 0) break;
      if (shape.repeated && at + shape.length == code.size()) return address + at;
      at += shape.length;
    }
    return kNowhere;
  }

  std::string flags(uc_engine* uc) const override {
    std::uint64_t value = 0;
    uc_reg_read(uc, UC_X86_REG_EFLAGS, &value);
    return flags_text(value, {{1u << 0, "CF"},
                              {1u << 2, "PF"},
                              {1u << 4, "AF"},
                              {1u << 6, "ZF"},
                              {1u << 7, "SF"},
                              {1u << 10, "DF"},
                              {1u << 11, "OF"}});
  }

 private:
  static uc_err set_bits(uc_engine* uc, int id, std::uint64_t bits) {
    std::uint64_t value = 0;
    const uc_err error = uc_reg_read(uc, id, &value);
    if (error != UC_ERR_OK) return error;
    value |= bits;
    return uc_reg_write(uc, id, &value);
  }

  static std::vector<std::uint8_t> code_at(const UnicornEngine& engine, std::uint64_t pc,
                                           std::size_t most) {
    std::vector<std::uint8_t> code;
    for (std::size_t size = most; size > 0; --size) {
      code.resize(size);
      if (engine.memory().peek(pc, code)) return code;
    }
    return {};
  }

  Verdict judge_illegal(const UnicornEngine& engine, std::uint64_t pc) const {
    const auto code = code_at(engine, pc, 15);
    std::string detail = "undefined instruction";
    const X86Shape shape = x86_shape(code, wide_);
    if (const std::string name = x86_refused_name(code, wide_); !name.empty()) detail = name;
    if (shape.port) detail = "privileged instruction";
    if (code.size() >= 2 && code[0] == 0x0f && code[1] == 0x0b) detail = "ud2";
    return {.kind = FaultKind::kIllegalInstruction, .pc = pc, .detail = std::move(detail)};
  }

  Verdict judge_protection(const UnicornEngine& engine, std::uint64_t pc) const;

  static bool follows_int(const UnicornEngine& engine, std::uint32_t number, std::uint64_t pc) {
    std::array<std::uint8_t, 2> before{};
    const std::uint64_t at = pc - before.size();
    if (const Region* region = engine.memory().find(at);
        region != nullptr && region->size - (at - region->base) >= before.size())
      std::copy_n(region->host + (at - region->base), before.size(), before.data());
    else if (!engine.memory().peek(at, before))
      return false;
    return before[0] == 0xcd && before[1] == number;
  }

  /// Exceptions 0 … 19 come from instructions that fault and leave pc there; `int n` leaves pc
  /// behind itself.
  Verdict judge_exception(const UnicornEngine& engine, std::uint32_t number,
                          std::uint64_t pc) const {
    const bool is_int = follows_int(engine, number, pc);
    if (is_int && number == 3)
      return {.kind = FaultKind::kBreakpoint, .pc = pc - 2, .detail = "int 3"};
    if (is_int)
      return {
          .kind = FaultKind::kBadTrap, .pc = pc - 2, .detail = fmt::format("int {:#x}", number)};
    switch (number) {
      case 0:
        return {.kind = FaultKind::kArithmetic, .pc = pc, .detail = "divide error"};
      case 1:
        return {.kind = FaultKind::kBreakpoint, .pc = pc, .detail = "debug trap"};
      case 3:
        return {.kind = FaultKind::kBreakpoint, .pc = pc - 1, .detail = "int3"};
      case 4:
        return {.kind = FaultKind::kArithmetic, .pc = pc - 1, .detail = "overflow (into)"};
      case 5:
        return {.kind = FaultKind::kArithmetic, .pc = pc, .detail = "bound range exceeded"};
      case 6:
        return judge_illegal(engine, pc);
      case 13:
        return judge_protection(engine, pc);
      case 16:
        return {.kind = FaultKind::kArithmetic, .pc = pc, .detail = "x87 floating-point exception"};
      case 17:
        return {.kind = FaultKind::kMisaligned, .pc = pc, .detail = "misaligned access"};
      case 19:
        return {
            .kind = FaultKind::kArithmetic, .pc = pc, .detail = "SIMD floating-point exception"};
      default:
        return {.kind = FaultKind::kIllegalInstruction,
                .pc = pc,
                .detail = fmt::format("processor exception {}", number)};
    }
  }

  static std::optional<std::uint64_t> load(const UnicornEngine& engine, const Operands& operands,
                                           std::size_t modrm);
  static bool population_count(const UnicornEngine& engine, const Operands& operands, Bytes code,
                               std::size_t modrm);
  static bool move_big_endian(UnicornEngine& engine, const Operands& operands, Bytes code,
                              std::size_t modrm, bool store);

  bool wide_;
  std::uint64_t time_stamp_ = 0;
};

/// The operands of an instruction with a ModRM byte, for the few that are emulated here.
class Operands {
 public:
  /// `at`: the offset of the ModRM byte; `next`: the address of the next instruction.
  Operands(const UnicornEngine& engine, bool wide, Bytes code, std::size_t opcode,
           std::uint64_t next)
      : engine_(engine), wide_(wide), code_(code), next_(next) {
    for (std::size_t i = 0; i < opcode; ++i) {
      const std::uint8_t byte = code[i];
      if (byte == 0x66) size_ = 2;
      if (byte == 0x67) short_address_ = true;
      if (byte == 0x64) segment_ = UC_X86_REG_FS_BASE;
      if (byte == 0x65) segment_ = UC_X86_REG_GS_BASE;
      if (wide && (byte & 0xf0) == 0x40) rex_ = byte;
    }
    if ((rex_ & 8) != 0) size_ = 8;
  }

  unsigned size() const { return size_; }
  unsigned reg(std::uint8_t modrm) const { return (modrm >> 3 & 7u) | ((rex_ & 4u) << 1); }
  unsigned rm(std::uint8_t modrm) const { return (modrm & 7u) | ((rex_ & 1u) << 3); }

  std::uint64_t read(unsigned number) const {
    std::uint64_t value = 0;
    uc_reg_read(engine_.uc(), id(number), &value);
    return value & mask();
  }
  void write(unsigned number, std::uint64_t value) const {
    // A 32-bit result clears the upper half, a 16-bit one keeps the rest.
    std::uint64_t whole = 0;
    uc_reg_read(engine_.uc(), id(number), &whole);
    whole = size_ == 2 ? (whole & ~0xffffull) | (value & 0xffff) : value & mask();
    uc_reg_write(engine_.uc(), id(number), &whole);
  }
  std::uint64_t mask() const { return size_ == 8 ? ~0ull : (1ull << (8 * size_)) - 1; }

  /// The address that the ModRM byte at `at` means, which is no register. Nothing for 16-bit
  /// addressing.
  std::optional<std::uint64_t> address(std::size_t at) const {
    if (!wide_ && short_address_) return std::nullopt;
    const std::uint8_t modrm = code_[at++];
    const unsigned mod = modrm >> 6;
    std::uint64_t sum = 0;
    unsigned displacement = mod == 1 ? 1 : mod == 2 ? 4 : 0;
    if ((modrm & 7) == 4) {
      const std::uint8_t sib = code_[at++];
      const unsigned index = (sib >> 3 & 7u) | ((rex_ & 2u) << 2);
      if (index != 4) sum += full(index) << (sib >> 6);
      if ((sib & 7) == 5 && mod == 0)
        displacement = 4;
      else
        sum += full((sib & 7u) | ((rex_ & 1u) << 3));
    } else if ((modrm & 7) == 5 && mod == 0) {
      displacement = 4;
      if (wide_) sum += next_;
    } else {
      sum += full(rm(modrm));
    }
    std::uint32_t value = 0;
    for (unsigned i = 0; i < displacement; ++i)
      value |= static_cast<std::uint32_t>(code_[at + i]) << (8 * i);
    const std::int64_t offset =
        displacement == 1 ? static_cast<std::int8_t>(value) : static_cast<std::int32_t>(value);
    sum += static_cast<std::uint64_t>(offset);
    if (!wide_ || short_address_) sum &= 0xffff'ffff;
    if (segment_ != 0) {
      std::uint64_t base = 0;
      uc_reg_read(engine_.uc(), segment_, &base);
      sum += base;
    }
    return wide_ ? sum : sum & 0xffff'ffff;
  }

 private:
  int id(unsigned number) const {
    static constexpr std::array<RegisterIndex, 16> kEncoding{0, 2, 3,  1,  7,  6,  4,  5,
                                                             8, 9, 10, 11, 12, 13, 14, 15};
    return wide_ ? kIds64[kEncoding[number]] : kIds32[kEncoding[number & 7]];
  }
  std::uint64_t full(unsigned number) const {
    std::uint64_t value = 0;
    uc_reg_read(engine_.uc(), id(number), &value);
    return value;
  }

  const UnicornEngine& engine_;
  bool wide_;
  Bytes code_;
  std::uint64_t next_;
  unsigned size_ = 4;
  std::uint8_t rex_ = 0;
  bool short_address_ = false;
  int segment_ = 0;
};

/// A protection fault for what an operand in memory is, or holds; else for the instruction.
Verdict X86::judge_protection(const UnicornEngine& engine, std::uint64_t pc) const {
  const auto code = code_at(engine, pc, 15);
  const X86Shape shape = x86_shape(code, wide_);
  Verdict verdict{
      .kind = FaultKind::kIllegalInstruction, .pc = pc, .detail = "privileged instruction"};
  const bool is_memory = shape.length != 0 && shape.modrm && *shape.modrm >> 6 != 3;
  if (shape.map != X86Map::kTwo || !is_memory) return verdict;
  const unsigned group = *shape.modrm >> 3 & 7;
  const bool saves = shape.opcode == 0xae && group == 0,
             restores = shape.opcode == 0xae && group == 1,
             loads = shape.opcode == 0xae && group == 2,
             exchanges = shape.opcode == 0xc7 && group == 1;
  if (!saves && !restores && !loads && !exchanges) return verdict;
  const Operands operands(engine, wide_, code, shape.opcode_at, pc + shape.length);
  verdict.kind = FaultKind::kMemory;
  verdict.access = saves || exchanges ? Access::kWrite : Access::kRead;
  verdict.address = operands.address(shape.opcode_at + 1u).value_or(0);
  const bool misaligned = !loads && verdict.address % 16 != 0;
  verdict.detail = misaligned ? "misaligned" : "reserved bits of MXCSR,";
  return verdict;
}

/// RDTSC in both builds, and BSWAP of 16 bits in the tuned one; POPCNT and MOVBE where the library
/// does not know them (plain build).
Emulated X86::emulate(UnicornEngine& engine, std::uint64_t pc) {
  const auto code = code_at(engine, pc, 15);
  const X86Shape shape = x86_shape(code, wide_);
  if (shape.length == 0) return Emulated::kNo;
  std::size_t opcode = 0;
  while (opcode < shape.length && code[opcode] != 0x0f) ++opcode;
  if (opcode + 1 >= shape.length) return Emulated::kNo;
  const std::uint64_t next = pc + shape.length;
  const Operands operands(engine, wide_, code, opcode, next);
  const bool repeat = std::find(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(opcode),
                                0xf3) != code.begin() + static_cast<std::ptrdiff_t>(opcode);
  bool done = false;
  if (code[opcode + 1] == 0x31) {
    time_stamp_ += kTimeStampStep;
    const std::uint64_t low = time_stamp_ & 0xffff'ffff, high = time_stamp_ >> 32;
    uc_reg_write(engine.uc(), wide_ ? UC_X86_REG_RAX : UC_X86_REG_EAX, &low);
    uc_reg_write(engine.uc(), wide_ ? UC_X86_REG_RDX : UC_X86_REG_EDX, &high);
    done = true;
  } else if (swaps_word(shape)) {
    operands.write((shape.opcode & 7u) | (shape.rex & 1u) << 3, 0);
    done = true;
  } else if (code[opcode + 1] == 0xb8 && repeat) {
    done = population_count(engine, operands, code, opcode + 2);
  } else if (opcode + 3 < shape.length && code[opcode + 1] == 0x38 &&
             (code[opcode + 2] & 0xfe) == 0xf0 && !repeat) {
    done = move_big_endian(engine, operands, code, opcode + 3, code[opcode + 2] == 0xf1);
  }
  if (done) engine.write_register(isa().cpu.pc, next);
  return done ? Emulated::kDone : Emulated::kNo;
}

std::optional<std::uint64_t> X86::load(const UnicornEngine& engine, const Operands& operands,
                                       std::size_t modrm) {
  const auto address = operands.address(modrm);
  std::array<std::uint8_t, 8> bytes{};
  if (!address || !engine.memory().read(*address, std::span(bytes).first(operands.size())))
    return std::nullopt;
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), 8);
  return value;
}

bool X86::population_count(const UnicornEngine& engine, const Operands& operands, Bytes code,
                           std::size_t modrm) {
  const auto source = code[modrm] >> 6 == 3 ? std::optional(operands.read(operands.rm(code[modrm])))
                                            : load(engine, operands, modrm);
  if (!source) return false;
  operands.write(operands.reg(code[modrm]), static_cast<std::uint64_t>(std::popcount(*source)));
  constexpr std::uint64_t kArithmeticFlags = 0x8d5, kZero = 0x40;
  std::uint64_t flags = 0;
  uc_reg_read(engine.uc(), UC_X86_REG_EFLAGS, &flags);
  flags = (flags & ~kArithmeticFlags) | (*source == 0 ? kZero : 0);
  uc_reg_write(engine.uc(), UC_X86_REG_EFLAGS, &flags);
  return true;
}

bool X86::move_big_endian(UnicornEngine& engine, const Operands& operands, Bytes code,
                          std::size_t modrm, bool store) {
  if (code[modrm] >> 6 == 3) return false;
  const auto swap = [&](std::uint64_t value) {
    return __builtin_bswap64(value) >> (64 - 8 * operands.size());
  };
  const unsigned number = operands.reg(code[modrm]);
  if (!store) {
    const auto value = load(engine, operands, modrm);
    if (value) operands.write(number, swap(*value));
    return value.has_value();
  }
  const auto address = operands.address(modrm);
  const std::uint64_t value = swap(operands.read(number));
  std::array<std::uint8_t, 8> bytes{};
  std::memcpy(bytes.data(), &value, 8);
  return address && engine.memory().write(*address, Bytes(bytes).first(operands.size()));
}

}  // namespace

std::unique_ptr<UnicornCpu> make_x86_64() {
  return std::make_unique<X86>(true);
}
std::unique_ptr<UnicornCpu> make_x86() {
  return std::make_unique<X86>(false);
}

}  // namespace cmos::emu::unicorn
