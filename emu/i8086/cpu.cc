// Registers, memory and operands of the 8086.
#include "emu/i8086/cpu.h"

namespace cmos::emu::i8086 {
namespace {

/// Of arch::k8086's order.
constexpr std::array<Register, 8> kOrder{kAx, kBx, kCx, kDx, kSi, kDi, kBp, kSp};
constexpr std::array<Segment, 4> kSegments{kCs, kSs, kDs, kEs};
constexpr RegisterIndex kIp = 8, kFlags = 9, kFirstSegment = 10;

}  // namespace

std::uint64_t I8086Engine::read_register(RegisterIndex index) const {
  if (index < kOrder.size()) return state_.r[kOrder[index]];
  if (index == kIp) return state_.ip;
  if (index == kFlags) return state_.flags;
  const unsigned segment = index - kFirstSegment;
  return segment < kSegments.size() ? state_.segment[kSegments[segment]] : 0u;
}

void I8086Engine::write_register(RegisterIndex index, std::uint64_t value) {
  const auto word = static_cast<std::uint16_t>(value);
  const unsigned segment = index - kFirstSegment;
  if (index < kOrder.size())
    state_.r[kOrder[index]] = word;
  else if (index == kIp)
    state_.ip = word;
  else if (index == kFlags)
    state_.flags = word & kWritableFlags;
  else if (segment < kSegments.size())
    state_.segment[kSegments[segment]] = word;
}

std::string I8086Engine::flags() const {
  return flags_text(state_.flags, {{kCarry, "CF"},
                                   {kParity, "PF"},
                                   {kAdjust, "AF"},
                                   {kZero, "ZF"},
                                   {kSign, "SF"},
                                   {kDirection, "DF"},
                                   {kOverflow, "OF"}});
}

/// The second byte of a word lies in the same segment, behind its last byte at its start.
std::uint32_t I8086Engine::read(Segment segment, std::uint16_t offset, unsigned size) {
  const std::uint32_t low = read_byte(linear(segment, offset));
  if (size == 1) return low;
  return low | read_byte(linear(segment, static_cast<std::uint16_t>(offset + 1))) * 256u;
}

void I8086Engine::write(Segment segment, std::uint16_t offset, unsigned size, std::uint32_t value) {
  if (size == 1) return write_byte(linear(segment, offset), static_cast<std::uint8_t>(value));
  std::uint8_t* const low = place(linear(segment, offset), kWrite);
  std::uint8_t* const high = place(linear(segment, static_cast<std::uint16_t>(offset + 1)), kWrite);
  if (low == nullptr || high == nullptr) return;
  *low = static_cast<std::uint8_t>(value);
  *high = static_cast<std::uint8_t>(value >> 8);
}

std::uint8_t I8086Engine::fetch_byte() {
  return read_byte(linear(kCs, state_.ip++), kExecute);
}

std::uint16_t I8086Engine::fetch_word() {
  const std::uint8_t low = fetch_byte();
  return static_cast<std::uint16_t>(low | fetch_byte() << 8);
}

void I8086Engine::push(std::uint16_t value) {
  state_.r[kSp] = static_cast<std::uint16_t>(state_.r[kSp] - 2);
  write(kSs, state_.r[kSp], 2, value);
}

std::uint16_t I8086Engine::pop() {
  const auto value = static_cast<std::uint16_t>(read(kSs, state_.r[kSp], 2));
  state_.r[kSp] = static_cast<std::uint16_t>(state_.r[kSp] + 2);
  return value;
}

/// Bytes 4 to 7 are the upper halves of the first four registers.
std::uint32_t I8086Engine::reg(unsigned number, unsigned size) const {
  if (size == 2) return state_.r[number];
  return number < 4 ? state_.r[number] & 0xffu : state_.r[number - 4] >> 8;
}

void I8086Engine::set_reg(unsigned number, unsigned size, std::uint32_t value) {
  std::uint16_t& whole = state_.r[size == 2 ? number : number & 3u];
  if (size == 2)
    whole = static_cast<std::uint16_t>(value);
  else if (number < 4)
    whole = static_cast<std::uint16_t>((whole & 0xff00) | (value & 0xff));
  else
    whole = static_cast<std::uint16_t>((whole & 0xff) | (value & 0xff) << 8);
}

Operand I8086Engine::modrm() {
  const std::uint8_t byte = fetch_byte();
  const unsigned mod = byte >> 6, rm = byte & 7;
  modrm_reg_ = byte >> 3 & 7;
  if (mod == 3) return {.memory = false, .reg = static_cast<std::uint8_t>(rm)};
  const auto& r = state_.r;
  const std::array<std::uint32_t, 8> bases{std::uint32_t{r[kBx]} + r[kSi],
                                           std::uint32_t{r[kBx]} + r[kDi],
                                           std::uint32_t{r[kBp]} + r[kSi],
                                           std::uint32_t{r[kBp]} + r[kDi],
                                           r[kSi],
                                           r[kDi],
                                           r[kBp],
                                           r[kBx]};
  const bool direct = mod == 0 && rm == 6;
  std::uint32_t offset = direct ? fetch_word() : bases[rm];
  if (mod == 1) offset += extend(fetch_byte());
  if (mod == 2) offset += fetch_word();
  const bool on_stack = !direct && (rm == 2 || rm == 3 || rm == 6);
  return {.memory = true,
          .offset = static_cast<std::uint16_t>(offset),
          .segment = data_segment(on_stack ? kSs : kDs)};
}

std::uint32_t I8086Engine::load(const Operand& from, unsigned size) {
  return from.memory ? read(from.segment, from.offset, size) : reg(from.reg, size);
}

void I8086Engine::store(const Operand& to, unsigned size, std::uint32_t value) {
  if (to.memory)
    write(to.segment, to.offset, size, value);
  else
    set_reg(to.reg, size, value);
}

}  // namespace cmos::emu::i8086
