// What a relocation does to bytes: the formulas, and the encodings of the fields (Intel SDM, ARM
// ARM, and the ELF supplements "ELF for the Arm Architecture" and "… 64-bit Architecture").
#include <fmt/format.h>

#include "relocation/arm_groups.h"
#include "relocation/relocation.h"

namespace cmos::object {
namespace {

constexpr std::uint64_t page(std::uint64_t address) {
  return address & ~std::uint64_t{0xfff};
}

constexpr std::int64_t sign_extend(std::uint64_t value, unsigned bits) {
  const unsigned unused = 64 - bits;
  return static_cast<std::int64_t>(value << unused) >> unused;
}

std::uint32_t load32(Bytes field) {
  return load<std::uint32_t>(field.data());
}

/// Two halfwords, the first in the low half: how 32-bit Thumb instructions lie in memory.
struct Halves {
  std::uint32_t first;
  std::uint32_t second;
};
Halves load_halves(Bytes field) {
  const std::uint32_t both = load32(field);
  return {both & 0xffff, both >> 16};
}
void store_halves(std::span<std::uint8_t> field, Halves halves) {
  store(field.first(4), halves.first | halves.second << 16);
}

bool in_range(const RelocationInfo& row, std::int64_t value) {
  if (row.range == Range::kAny || row.bits >= 64) return true;
  const std::int64_t half = std::int64_t{1} << (row.bits - 1);
  const std::int64_t whole = half * 2;
  switch (row.range) {
    case Range::kSigned:
      return value >= -half && value < half;
    case Range::kUnsigned:
      return value >= 0 && value < whole;
    case Range::kEither:
      return value >= -half && value < whole;
    case Range::kMagnitude:
      return value > -whole && value < whole;
    case Range::kAny:
    case Range::kRest:
      return true;
  }
  return false;
}

/// The bits of `mask` come from `value`, the others stay.
void merge32(std::span<std::uint8_t> field, std::uint32_t mask, std::uint64_t value) {
  store(field.first(4), (load32(field) & ~mask) | (static_cast<std::uint32_t>(value) & mask));
}

// ---- ARM -------------------------------------------------------------------------------------

constexpr std::uint32_t kArmBl = 0xeb00'0000;
constexpr std::uint32_t kArmBlx = 0xfa00'0000;

bool is_arm_blx(std::uint32_t instruction) {
  return (instruction & 0xfe00'0000) == kArmBlx;
}

ApplyStatus write_arm_branch(std::span<std::uint8_t> field, std::int64_t value, TargetState state) {
  const std::uint32_t instruction = load32(field);
  const bool to_thumb =
      state == TargetState::kUnknown ? is_arm_blx(instruction) : state == TargetState::kThumb;
  const auto offset = static_cast<std::uint64_t>(value) & ~std::uint64_t{1};
  const auto imm24 = static_cast<std::uint32_t>(offset >> 2) & 0xff'ffff;
  if (to_thumb) {
    const bool always_bl = (instruction & 0xff00'0000) == kArmBl;
    if (!always_bl && !is_arm_blx(instruction)) return ApplyStatus::kNeedsStub;
    store(field.first(4), kArmBlx | static_cast<std::uint32_t>(offset & 2) << 23 | imm24);
    return ApplyStatus::kDone;
  }
  if (offset % 4 != 0) return ApplyStatus::kMisaligned;
  const std::uint32_t base = is_arm_blx(instruction) ? kArmBl : instruction & 0xff00'0000;
  store(field.first(4), base | imm24);
  return ApplyStatus::kDone;
}

ApplyStatus write_arm_jump(std::span<std::uint8_t> field, std::int64_t value, TargetState state) {
  if (state == TargetState::kThumb) return ApplyStatus::kNeedsStub;
  const auto offset = static_cast<std::uint64_t>(value) & ~std::uint64_t{1};
  if (offset % 4 != 0) return ApplyStatus::kMisaligned;
  merge32(field, 0xff'ffff, offset >> 2);
  return ApplyStatus::kDone;
}

void write_arm_ldr(std::span<std::uint8_t> field, std::int64_t value) {
  const std::uint64_t up = value >= 0 ? std::uint64_t{1} << 23 : 0;
  const auto magnitude = static_cast<std::uint64_t>(value >= 0 ? value : -value);
  merge32(field, 0x0080'0fff, up | magnitude);
}

// ---- Thumb -----------------------------------------------------------------------------------

constexpr std::uint32_t kThumbBlBit = 1u << 12;  ///< in the second halfword: BL, without it BLX

void put_thumb_branch_offset(Halves& halves, std::uint64_t offset) {
  const auto bit = [offset](unsigned at) { return static_cast<std::uint32_t>(offset >> at) & 1; };
  const std::uint32_t sign = bit(24);
  const std::uint32_t j1 = (bit(23) ^ 1) ^ sign;
  const std::uint32_t j2 = (bit(22) ^ 1) ^ sign;
  halves.first = (halves.first & 0xf800) | sign << 10 | (offset >> 12 & 0x3ff);
  halves.second = (halves.second & 0xd000) | j1 << 13 | j2 << 11 | (offset >> 1 & 0x7ff);
}

std::int64_t thumb_branch_offset(Halves halves) {
  const std::uint32_t sign = halves.first >> 10 & 1;
  const std::uint32_t i1 = ((halves.second >> 13 & 1) ^ sign) ^ 1;
  const std::uint32_t i2 = ((halves.second >> 11 & 1) ^ sign) ^ 1;
  const std::uint32_t offset = sign << 24 | i1 << 23 | i2 << 22 | (halves.first & 0x3ff) << 12 |
                               (halves.second & 0x7ff) << 1;
  return sign_extend(offset, 25);
}

ApplyStatus write_thumb_call(std::span<std::uint8_t> field, std::int64_t value, TargetState state) {
  Halves halves = load_halves(field);
  const bool keeps_state = state == TargetState::kUnknown ? (halves.second & kThumbBlBit) != 0
                                                          : state == TargetState::kThumb;
  auto offset = static_cast<std::uint64_t>(value) & ~std::uint64_t{1};
  // BLX counts from the address of the instruction rounded down to 4, X from the address itself.
  if (!keeps_state) {
    offset = (offset + 2) & ~std::uint64_t{3};
    if (offset == std::uint64_t{1} << 24) return ApplyStatus::kOutOfRange;
  }
  put_thumb_branch_offset(halves, offset);
  halves.second = (halves.second & ~kThumbBlBit) | (keeps_state ? kThumbBlBit : 0);
  store_halves(field, halves);
  return ApplyStatus::kDone;
}

ApplyStatus write_thumb_jump(Field kind, std::span<std::uint8_t> field, std::int64_t value,
                             TargetState state) {
  if (state == TargetState::kArm) return ApplyStatus::kNeedsStub;
  const auto offset = static_cast<std::uint64_t>(value) & ~std::uint64_t{1};
  if (kind == Field::kThumbJump11 || kind == Field::kThumbJump8) {
    const std::uint64_t mask = kind == Field::kThumbJump11 ? 0x7ff : 0xff;
    store(field.first(2), (load(field.first(2)) & ~mask) | (offset >> 1 & mask));
    return ApplyStatus::kDone;
  }
  Halves halves = load_halves(field);
  if (kind == Field::kThumbJump24) {
    put_thumb_branch_offset(halves, offset);
  } else {
    const auto bit = [offset](unsigned at) { return static_cast<std::uint32_t>(offset >> at) & 1; };
    halves.first = (halves.first & 0xfbc0) | bit(20) << 10 | (offset >> 12 & 0x3f);
    halves.second =
        (halves.second & 0xd000) | bit(18) << 13 | bit(19) << 11 | (offset >> 1 & 0x7ff);
  }
  store_halves(field, halves);
  return ApplyStatus::kDone;
}

std::int64_t thumb_jump19_offset(Halves halves) {
  const std::uint32_t offset = (halves.first >> 10 & 1) << 20 | (halves.second >> 11 & 1) << 19 |
                               (halves.second >> 13 & 1) << 18 | (halves.first & 0x3f) << 12 |
                               (halves.second & 0x7ff) << 1;
  return sign_extend(offset, 21);
}

void write_thumb_mov(std::span<std::uint8_t> field, std::uint32_t value) {
  Halves halves = load_halves(field);
  halves.first = (halves.first & 0xfbf0) | (value >> 11 & 1) << 10 | (value >> 12 & 0xf);
  halves.second = (halves.second & 0x8f00) | (value >> 8 & 7) << 12 | (value & 0xff);
  store_halves(field, halves);
}

/// ADR.W, whose opcode says whether the distance is added.
void write_thumb_adr(std::span<std::uint8_t> field, std::int64_t value) {
  constexpr std::uint32_t kSub = 0x00a0;
  const auto magnitude = static_cast<std::uint32_t>(value < 0 ? -value : value);
  Halves halves = load_halves(field);
  halves.first = (halves.first & 0xfb5f) | (value < 0 ? kSub : 0) | (magnitude >> 11 & 1) << 10;
  halves.second = (halves.second & 0x8f00) | (magnitude >> 8 & 7) << 12 | (magnitude & 0xff);
  store_halves(field, halves);
}

void write_thumb_ldr(std::span<std::uint8_t> field, std::int64_t value) {
  constexpr std::uint32_t kUp = 0x0080;
  const auto magnitude = static_cast<std::uint32_t>(value < 0 ? -value : value);
  Halves halves = load_halves(field);
  halves.first = (halves.first & 0xff7f) | (value < 0 ? 0 : kUp);
  halves.second = (halves.second & 0xf000) | magnitude;
  store_halves(field, halves);
}

void write_byte(std::span<std::uint8_t> field, std::uint64_t value) {
  store(field.first(2), (load(field.first(2)) & 0xff00) | (value & 0xff));
}

// ---- ARM64 -----------------------------------------------------------------------------------

constexpr std::uint32_t kA64AdrMask = 0x60ff'ffe0;
std::uint64_t a64_adr_bits(std::uint64_t value) {
  return (value & 3) << 29 | (value >> 2 & 0x7ffff) << 5;
}

void write_a64_movw_signed(std::span<std::uint8_t> field, std::int64_t value, unsigned shift) {
  constexpr std::uint32_t kMovz = 1u << 30;  // of opc; without it MOVN
  const bool negative = value < 0;
  const auto bits = static_cast<std::uint64_t>(negative ? ~value : value) >> shift;
  merge32(field, 0x601f'ffe0, (bits & 0xffff) << 5 | (negative ? 0 : kMovz));
}

bool may_be_odd(Field field) {
  switch (field) {
    case Field::kArmBranch:
    case Field::kArmJump:
    case Field::kThumbBranch:
    case Field::kThumbJump24:
    case Field::kThumbJump19:
    case Field::kThumbJump11:
    case Field::kThumbJump8:
      return true;  // bit 0 says "Thumb"; the alignment depends on the state and is checked with it
    default:
      return false;
  }
}

}  // namespace

std::int64_t evaluate(RelocationType type, Isa isa, const Inputs& in) {
  const auto addend = static_cast<std::uint64_t>(in.addend);
  const std::uint64_t target = (in.symbol + addend) | (in.thumb ? 1 : 0);
  const std::uint64_t slot = in.got_slot + addend;
  std::uint64_t value = 0;
  switch (info(type).formula) {
    case Formula::kAbsolute:
      value = target;
      break;
    case Formula::kRelative:
    case Formula::kBranch:
      value = target - in.place;
      break;
    case Formula::kPage:
      value = page(target) - page(in.place);
      break;
    case Formula::kGotSlotRelative:
      value = slot - in.place;
      break;
    case Formula::kGotSlotOffset:
      value = slot - in.got;
      break;
    case Formula::kGotSlot:
      value = slot;
      break;
    case Formula::kGotSlotPage:
      value = page(slot) - page(in.place);
      break;
    case Formula::kGotSlotPageOffset:
      value = slot - page(in.got);
      break;
    case Formula::kGotRelative:
      value = in.got + addend - in.place;
      break;
    case Formula::kGotOffset:
    case Formula::kBranchGotOffset:
      value = target - in.got;
      break;
    case Formula::kRelativeAligned:
      value = target - (in.place & ~std::uint64_t{3});
      break;
    case Formula::kSize:
      value = in.size + addend;
      break;
  }
  const bool wide = isa == Isa::kX86_64 || isa == Isa::kArm64;
  return wide ? static_cast<std::int64_t>(value) : sign_extend(value, 32);
}

ApplyStatus write_field(RelocationType type, std::span<std::uint8_t> field, std::int64_t value,
                        TargetState state) {
  const RelocationInfo& row = info(type);
  const auto bits = static_cast<std::uint64_t>(value);
  if (!in_range(row, value)) return ApplyStatus::kOutOfRange;
  if (row.multiple > 1 && !may_be_odd(row.field) && bits % row.multiple != 0)
    return ApplyStatus::kMisaligned;
  switch (row.field) {
    case Field::kData:
      store(field.first(row.size), bits >> row.shift);
      break;
    case Field::kArmBranch:
      return write_arm_branch(field, value, state);
    case Field::kArmJump:
      return write_arm_jump(field, value, state);
    case Field::kArmMov:
      merge32(field, 0x000f'0fff, (bits >> row.shift & 0xf000) << 4 | (bits >> row.shift & 0xfff));
      break;
    case Field::kArmPc31:
      merge32(field, 0x7fff'ffff, bits);
      break;
    case Field::kArmLdr:
      write_arm_ldr(field, value);
      break;
    case Field::kArmAdd:
    case Field::kArmAddRest:
    case Field::kArmLdrRest:
    case Field::kArmLdrsRest:
    case Field::kArmLdcRest: {
      const auto instruction = put_arm_group(row, load32(field), value);
      if (!instruction) return ApplyStatus::kOutOfRange;
      store(field.first(4), *instruction);
      break;
    }
    case Field::kThumbBranch:
      return write_thumb_call(field, value, state);
    case Field::kThumbJump24:
    case Field::kThumbJump19:
    case Field::kThumbJump11:
    case Field::kThumbJump8:
      return write_thumb_jump(row.field, field, value, state);
    case Field::kThumbMov:
      write_thumb_mov(field, static_cast<std::uint32_t>(bits >> row.shift) & 0xffff);
      break;
    case Field::kThumbAdr12:
      write_thumb_adr(field, value);
      break;
    case Field::kThumbLdr12:
      write_thumb_ldr(field, value);
      break;
    case Field::kThumbLdr8:
    case Field::kThumbImm8:
      write_byte(field, bits >> row.shift);
      break;
    case Field::kA64Imm26:
      merge32(field, 0x03ff'ffff, bits >> 2);
      break;
    case Field::kA64Imm19:
      merge32(field, 0x00ff'ffe0, (bits >> 2) << 5);
      break;
    case Field::kA64Imm14:
      merge32(field, 0x0007'ffe0, (bits >> 2) << 5);
      break;
    case Field::kA64Adr:
    case Field::kA64AdrPage:
      merge32(field, kA64AdrMask, a64_adr_bits(bits >> row.shift));
      break;
    case Field::kA64Imm12:
      merge32(field, 0x003f'fc00, ((bits & 0xfff) >> row.shift) << 10);
      break;
    case Field::kA64Ldr15:
      merge32(field, 0x003f'fc00, (bits >> row.shift) << 10);
      break;
    case Field::kA64Movw:
      merge32(field, 0x001f'ffe0, (bits >> row.shift & 0xffff) << 5);
      break;
    case Field::kA64MovwSigned:
      write_a64_movw_signed(field, value, row.shift);
      break;
  }
  return ApplyStatus::kDone;
}

Error explain(ApplyStatus status, RelocationType type, std::int64_t value) {
  const RelocationInfo& row = info(type);
  Error error{.code = ErrorCode::kMalformed, .field = fmt::format("relocation {}", row.name)};
  const auto magnitude = static_cast<std::uint64_t>(value);
  error.found =
      value < 0 ? fmt::format("-0x{:x}", 0 - magnitude) : fmt::format("0x{:x}", magnitude);
  switch (status) {
    case ApplyStatus::kDone:
      error.code = ErrorCode::kInternal;
      break;
    case ApplyStatus::kNeedsStub:
      error.found = "a branch that cannot change between ARM and Thumb";
      error.expected = "a target in its own state, or a stub";
      break;
    case ApplyStatus::kMisaligned:
      error.expected = fmt::format("a multiple of {}", row.multiple);
      break;
    case ApplyStatus::kOutOfRange: {
      if (row.range == Range::kRest) {
        error.expected = std::string(text(row.range));
        break;
      }
      const std::uint64_t half = row.bits < 65 ? std::uint64_t{1} << (row.bits - 1) : 0;
      const std::uint64_t low = row.range == Range::kUnsigned    ? 0
                                : row.range == Range::kMagnitude ? half * 2 - 1
                                                                 : half;
      const std::uint64_t high = row.range == Range::kSigned ? half - 1 : half * 2 - 1;
      error.expected = fmt::format("{}0x{:x} to 0x{:x}", low == 0 ? "" : "-", low, high);
      break;
    }
  }
  return error;
}

Result<void> apply(RelocationType type, std::span<std::uint8_t> field, std::int64_t value,
                   TargetState state) {
  if (field.size() < info(type).size)
    return fail(Error{.code = ErrorCode::kMalformed,
                      .field = fmt::format("relocation {}", info(type).name),
                      .found = fmt::format("{} bytes", field.size()),
                      .expected = fmt::format("a field of {}", info(type).size)});
  const ApplyStatus status = write_field(type, field, value, state);
  if (status == ApplyStatus::kDone) return {};
  return fail(explain(status, type, value));
}

std::optional<std::int64_t> read_addend(RelocationType type, Bytes field) {
  const RelocationInfo& row = info(type);
  if (field.size() < row.size) return std::nullopt;
  if (row.field == Field::kData) return sign_extend(load(field.first(row.size)), row.size * 8u);
  if (row.size == 2) {
    const std::uint64_t half = load(field.first(2));
    if (row.field == Field::kThumbLdr8) {
      // The distance counts from the instruction, 4 further on, so that -4 is what stands for 0.
      return static_cast<std::int64_t>((((half & 0xff) << 2) + 4) & 0x3ff) - 4;
    }
    if (row.field == Field::kThumbImm8) return static_cast<std::int64_t>(half & 0xff);
    return row.field == Field::kThumbJump11 ? sign_extend((half & 0x7ff) << 1, 12)
                                            : sign_extend((half & 0xff) << 1, 9);
  }
  const std::uint64_t word = load(field.first(4));
  const Halves halves = load_halves(field);
  if (is_arm_group(row.field)) return get_arm_group(row.field, load32(field));
  switch (row.field) {
    case Field::kArmBranch: {
      const std::uint64_t half = is_arm_blx(load32(field)) ? (word >> 24 & 1) << 1 : 0;
      return sign_extend((word & 0xff'ffff) << 2 | half, 26);
    }
    case Field::kArmJump:
      return sign_extend((word & 0xff'ffff) << 2, 26);
    case Field::kArmMov:
      return sign_extend((word >> 4 & 0xf000) | (word & 0xfff), 16);
    case Field::kArmPc31:
      return sign_extend(word, 31);
    case Field::kArmLdr: {
      const auto magnitude = static_cast<std::int64_t>(word & 0xfff);
      return (word >> 23 & 1) != 0 ? magnitude : -magnitude;
    }
    case Field::kThumbBranch:
    case Field::kThumbJump24:
      return thumb_branch_offset(halves);
    case Field::kThumbJump19:
      return thumb_jump19_offset(halves);
    case Field::kThumbMov:
      return sign_extend((halves.first & 0xf) << 12 | (halves.first >> 10 & 1) << 11 |
                             (halves.second >> 12 & 7) << 8 | (halves.second & 0xff),
                         16);
    case Field::kThumbAdr12: {
      const std::int64_t magnitude =
          (halves.first >> 10 & 1) << 11 | (halves.second >> 12 & 7) << 8 | (halves.second & 0xff);
      return (halves.first & 0x00a0) != 0 ? -magnitude : magnitude;
    }
    case Field::kThumbLdr12: {
      const std::int64_t magnitude = halves.second & 0xfff;
      return (halves.first & 0x0080) != 0 ? magnitude : -magnitude;
    }
    case Field::kA64Imm26:
      return sign_extend((word & 0x03ff'ffff) << 2, 28);
    case Field::kA64Imm19:
      return sign_extend((word >> 5 & 0x7ffff) << 2, 21);
    case Field::kA64Imm14:
      return sign_extend((word >> 5 & 0x3fff) << 2, 16);
    case Field::kA64Adr:
    case Field::kA64AdrPage:
      return sign_extend((word >> 5 & 0x7ffff) << 2 | (word >> 29 & 3), 21) *
             (std::int64_t{1} << row.shift);
    case Field::kA64Imm12:
    case Field::kA64Ldr15:
      return static_cast<std::int64_t>((word >> 10 & 0xfff) << row.shift);
    case Field::kA64Movw:
    case Field::kA64MovwSigned:
      return sign_extend(word >> 5 & 0xffff, 16);
    default:
      break;
  }
  return std::nullopt;
}

void clear_field(RelocationType type, std::span<std::uint8_t> field) {
  const RelocationInfo& row = info(type);
  if (row.field == Field::kArmLdr) {
    merge32(field, 0x0080'0fff, 1u << 23);
  } else if (row.field == Field::kA64MovwSigned) {
    merge32(field, 0x001f'ffe0, 0);
  } else {
    write_field(type, field, 0);
  }
}

bool got32_has_no_base(std::uint8_t modrm) {
  return (modrm & 0xc7) == 0x05;
}

}  // namespace cmos::object
