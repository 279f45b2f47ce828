// Registers, memory, operands and flags of the 68000.
#include "emu/m68k/cpu.h"

namespace cmos::emu::m68k {
namespace {

constexpr std::uint32_t kBus = 0xff'ffff;
constexpr RegisterIndex kFirstAddress = 8, kStatus = 16, kPc = 17;

}  // namespace

std::uint64_t M68kEngine::read_register(RegisterIndex index) const {
  if (index < kFirstAddress) return state_.d[index];
  if (index < kStatus) return state_.a[index - kFirstAddress];
  if (index == kStatus) return state_.sr;
  return index == kPc ? state_.pc : 0;
}

void M68kEngine::write_register(RegisterIndex index, std::uint64_t value) {
  const auto word = static_cast<std::uint32_t>(value);
  if (index < kFirstAddress)
    state_.d[index] = word;
  else if (index < kStatus)
    state_.a[index - kFirstAddress] = word;
  else if (index == kStatus)
    state_.sr = static_cast<std::uint16_t>(word & kConditionCodes);
  else if (index == kPc)
    state_.pc = word;
}

std::string M68kEngine::flags() const {
  return flags_text(state_.sr, {{kX, "X"}, {kN, "N"}, {kZ, "Z"}, {kV, "V"}, {kC, "C"}});
}

// ---- memory

std::uint32_t M68kEngine::read(std::uint32_t address, unsigned size, Permission needed) {
  address &= kBus;
  if (size == 1) return read_byte(address, needed);
  if ((address & 1) != 0) {
    memory_fault(FaultKind::kMisaligned, address, needed, size);
    return 0;
  }
  // A word never lies in two pages, but the two of a long word may.
  const std::uint8_t* const high = place(address, needed);
  if (high == nullptr) return 0;
  const std::uint32_t first = high[0] * 256u + high[1];
  if (size == 2) return first;
  const std::uint8_t* const low = place((address + 2) & kBus, needed);
  return low == nullptr ? 0 : first << 16 | (low[0] * 256u + low[1]);
}

void M68kEngine::write(std::uint32_t address, unsigned size, std::uint32_t value) {
  address &= kBus;
  if (size == 1) return write_byte(address, static_cast<std::uint8_t>(value));
  if ((address & 1) != 0) return memory_fault(FaultKind::kMisaligned, address, kWrite, size);
  std::uint8_t* const high = place(address, kWrite);
  std::uint8_t* const low = size == 4 ? place((address + 2) & kBus, kWrite) : high;
  if (high == nullptr || low == nullptr) return;
  low[0] = static_cast<std::uint8_t>(value >> 8);
  low[1] = static_cast<std::uint8_t>(value);
  if (size != 4) return;
  high[0] = static_cast<std::uint8_t>(value >> 24);
  high[1] = static_cast<std::uint8_t>(value >> 16);
}

/// The next word of the instruction, or two; of a byte's word the lower half counts.
std::uint32_t M68kEngine::fetch(unsigned size) {
  const unsigned bytes = size == 4 ? 4 : 2;
  const std::uint32_t value = read(state_.pc, bytes, kExecute);
  state_.pc += bytes;
  return value & mask_of(size);
}

void M68kEngine::push(std::uint32_t value) {
  state_.a[7] -= 4;
  write(state_.a[7], 4, value);
}

std::uint32_t M68kEngine::pop() {
  const std::uint32_t value = read(state_.a[7], 4);
  state_.a[7] += 4;
  return value;
}

// ---- operands

void M68kEngine::illegal() {
  fault(FaultKind::kIllegalInstruction, "undefined instruction");
}

void M68kEngine::privileged() {
  fault(FaultKind::kIllegalInstruction, "privileged instruction");
}

unsigned M68kEngine::size_in(std::uint16_t opcode) {
  constexpr std::array<std::uint8_t, 4> kSizes{1, 2, 4, 0};
  const unsigned size = kSizes[opcode >> 6 & 3u];
  if (size == 0) illegal();
  return size;
}

/// Displacement and index register of an extension word, whose upper bits the 68000 ignores.
std::uint32_t M68kEngine::indexed(std::uint32_t base) {
  const std::uint32_t word = fetch(2);
  const std::uint32_t number = word >> 12 & 7;
  std::uint32_t index = (word & 0x8000) != 0 ? state_.a[number] : state_.d[number];
  if ((word & 0x800) == 0) index = extend(index, 2);
  return base + index + extend(word, 1);
}

Operand M68kEngine::operand(unsigned mode, unsigned reg, unsigned size, std::uint16_t allowed) {
  const unsigned which = mode == 7 ? 7 + reg : mode;
  const bool byte_of_address = which == 1 && size == 1;
  if (which > 11 || (allowed >> which & 1) == 0 || byte_of_address) {
    illegal();
    return {};
  }
  // The stack pointer stays even.
  const std::uint32_t step = size == 1 && reg == 7 ? 2 : size;
  const auto number = static_cast<std::uint8_t>(reg);
  const auto memory = [](std::uint32_t address) {
    return Operand{Operand::Kind::kMemory, 0, address};
  };
  const std::uint32_t pc = state_.pc;
  switch (1u << which) {
    case kDn:
      return {Operand::Kind::kDataRegister, number, 0};
    case kAn:
      return {Operand::Kind::kAddressRegister, number, 0};
    case kIndirect:
      return memory(state_.a[reg]);
    case kIncrement:
      return memory(std::exchange(state_.a[reg], state_.a[reg] + step));
    case kDecrement:
      return memory(state_.a[reg] -= step);
    case kDisplaced:
      return memory(state_.a[reg] + extend(fetch(2), 2));
    case kIndexed:
      return memory(indexed(state_.a[reg]));
    case kShortAddress:
      return memory(extend(fetch(2), 2));
    case kLongAddress:
      return memory(fetch(4));
    case kPcDisplaced:
      return memory(pc + extend(fetch(2), 2));
    case kPcIndexed:
      return memory(indexed(pc));
    default:
      return {Operand::Kind::kValue, 0, fetch(size)};
  }
}

std::uint32_t M68kEngine::load(const Operand& from, unsigned size) {
  switch (from.kind) {
    case Operand::Kind::kDataRegister:
      return state_.d[from.reg] & mask_of(size);
    case Operand::Kind::kAddressRegister:
      return state_.a[from.reg] & mask_of(size);
    case Operand::Kind::kMemory:
      return read(from.value, size);
    default:
      return from.value;
  }
}

void M68kEngine::store(const Operand& to, unsigned size, std::uint32_t value) {
  if (to.kind == Operand::Kind::kMemory) return write(to.value, size, value);
  if (to.kind == Operand::Kind::kAddressRegister) state_.a[to.reg] = extend(value, size);
  if (to.kind != Operand::Kind::kDataRegister) return;
  state_.d[to.reg] = (state_.d[to.reg] & ~mask_of(size)) | (value & mask_of(size));
}

void M68kEngine::jump_to(std::uint32_t address) {
  state_.pc = address;
}

// ---- flags

bool M68kEngine::condition(unsigned code) const {
  const bool c = flag(kC), v = flag(kV), z = flag(kZ), n = flag(kN);
  bool holds = true;  // t
  switch (code >> 1) {
    case 1:  // hi
      holds = !c && !z;
      break;
    case 2:  // cc
      holds = !c;
      break;
    case 3:  // ne
      holds = !z;
      break;
    case 4:  // vc
      holds = !v;
      break;
    case 5:  // pl
      holds = !n;
      break;
    case 6:  // ge
      holds = n == v;
      break;
    case 7:  // gt
      holds = n == v && !z;
      break;
    default:
      break;
  }
  return holds != ((code & 1) != 0);
}

void M68kEngine::logical(std::uint32_t value, unsigned size) {
  set(kN, (value & sign_of(size)) != 0);
  set(kZ, (value & mask_of(size)) == 0);
  set(kV, false);
  set(kC, false);
}

std::uint32_t M68kEngine::add(std::uint32_t a, std::uint32_t b, unsigned size, bool extended) {
  const std::uint32_t mask = mask_of(size), sign = sign_of(size);
  a &= mask;
  b &= mask;
  const std::uint64_t sum = std::uint64_t{a} + b + (extended && flag(kX) ? 1 : 0);
  const auto result = static_cast<std::uint32_t>(sum) & mask;
  set(kC, sum > mask);
  set(kX, sum > mask);
  set(kV, ((a ^ result) & (b ^ result) & sign) != 0);
  set(kN, (result & sign) != 0);
  set(kZ, result == 0 && (!extended || flag(kZ)));
  return result;
}

std::uint32_t M68kEngine::subtract(std::uint32_t a, std::uint32_t b, unsigned size, bool extended) {
  const std::uint32_t mask = mask_of(size), sign = sign_of(size);
  a &= mask;
  b &= mask;
  const std::uint64_t less = std::uint64_t{b} + (extended && flag(kX) ? 1 : 0);
  const auto result = static_cast<std::uint32_t>(a - less) & mask;
  set(kC, less > a);
  set(kX, less > a);
  set(kV, ((a ^ b) & (a ^ result) & sign) != 0);
  set(kN, (result & sign) != 0);
  set(kZ, result == 0 && (!extended || flag(kZ)));
  return result;
}

void M68kEngine::compare(std::uint32_t a, std::uint32_t b, unsigned size) {
  const bool x = flag(kX);
  subtract(a, b, size);
  set(kX, x);
}

std::uint32_t M68kEngine::add_decimal(std::uint32_t a, std::uint32_t b) {
  std::uint32_t sum = (a & 15) + (b & 15) + (flag(kX) ? 1 : 0);
  if (sum > 9) sum += 6;
  sum += (a & 0xf0) + (b & 0xf0);
  const bool carry = sum > 0x99;
  if (carry) sum += 0x60;
  set(kC, carry);
  set(kX, carry);
  if ((sum & 0xff) != 0) set(kZ, false);
  return sum & 0xff;
}

std::uint32_t M68kEngine::subtract_decimal(std::uint32_t a, std::uint32_t b) {
  const int borrow = flag(kX) ? 1 : 0;
  const int low = static_cast<int>(a & 15) - static_cast<int>(b & 15) - borrow;
  int difference = static_cast<int>(a) - static_cast<int>(b) - borrow;
  const bool carry = difference < 0;
  if (low < 0) difference -= 6;
  if (carry) difference -= 0x60;
  set(kC, carry);
  set(kX, carry);
  const auto result = static_cast<std::uint32_t>(difference) & 0xff;
  if (result != 0) set(kZ, false);
  return result;
}

}  // namespace cmos::emu::m68k
