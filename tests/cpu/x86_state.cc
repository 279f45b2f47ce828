// Random states of x86.
#include <algorithm>

#include "tests/cpu/x86.h"

namespace cmos::cpu_test {
namespace {

constexpr std::uint16_t kPending = 0x8080;  // ES and B of the x87 status

struct Extended {
  std::uint64_t mantissa;
  std::uint16_t exponent;  ///< and sign
};

Extended edge_extended(Random& random) {
  constexpr std::uint64_t kTop = 1ull << 63, kQuiet = 1ull << 62;
  const auto sign = static_cast<std::uint16_t>(random.percent(50) ? 0x8000 : 0);
  const auto with = [sign](std::uint64_t mantissa, std::uint64_t exponent) {
    return Extended{mantissa, static_cast<std::uint16_t>(exponent | sign)};
  };
  switch (random.below(11)) {
    case 0:
      return with(0, 0);
    case 1:
      return with(random.bits() & ~kTop, 0);
    case 2:
      return with(kTop, 0x7fff);
    case 3:
      return with(kTop | kQuiet | random.bits(), 0x7fff);
    case 4:
      return with((kTop | random.bits()) & ~kQuiet, 0x7fff);
    case 5:  // no number at all, and a denormal with the bit of a normal one
      return random.percent(50) ? with(random.bits() & ~kTop, random.below(0x8000))
                                : with(kTop | random.bits(), 0);
    case 6:
      return with(kTop | random.bits(), random.below(0x8000));
    case 7:
      return with(kTop | random.bits(), random.pick({1u, 2u, 0x7ffeu, 0x3c00u, 0x43ffu, 0x407eu}));
    case 8:  // integers
      return with(kTop | random.bits() << random.below(64), 0x3fff + random.below(66));
    default:
      return with(kTop | (random.percent(50) ? random.bits() : random.bits() << 40),
                  0x3fff - 20 + random.below(40));
  }
}

void fill_text(Random& random, std::uint8_t* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    to[i] = static_cast<std::uint8_t>(random.percent(8) ? 0 : 'a' + random.below(3));
}

/// Fills 16 bytes in one of the ways in which they are used.
void fill(Random& random, std::uint8_t* to) {
  const std::uint64_t kind = random.below(6);
  for (std::size_t i = 0; i < 16; i += 4) {
    const std::uint32_t value =
        kind == 0 ? edge_float(random) : static_cast<std::uint32_t>(edge_integer(random));
    std::memcpy(to + i, &value, 4);
  }
  for (std::size_t i = 0; i < 16 && (kind == 1 || kind == 2); i += 8) {
    const std::uint64_t value = kind == 1 ? edge_double(random) : random.bits();
    std::memcpy(to + i, &value, 8);
  }
  if (kind == 3) fill_text(random, to, 16);
  if (kind == 4) {
    const Extended value = edge_extended(random);
    std::memcpy(to, &value.mantissa, 8);
    std::memcpy(to + 8, &value.exponent, 2);
  }
}

}  // namespace

void X86Generator::random_x87(State& state) {
  const unsigned masks = random_.percent(85) ? kFcwMasks : random_.bits() & kFcwMasks;
  const std::uint64_t precision = random_.percent(60) ? 3 : random_.pick({0u, 2u, 3u});
  state.set<std::uint16_t>(
      kFcw, static_cast<std::uint16_t>(masks | 0x40 | precision << 8 | random_.below(4) << 10));
  auto status = static_cast<std::uint16_t>(random_.below(8) << 11);
  if (random_.percent(50)) status |= static_cast<std::uint16_t>(random_.bits() & 0x4700);
  if (random_.percent(30)) status |= static_cast<std::uint16_t>(random_.bits() & 0x7f);
  if (random_.percent(80)) status &= static_cast<std::uint16_t>(~kFcwMasks | masks);
  if ((status & ~masks & kFcwMasks) != 0) status |= kPending;
  state.set<std::uint16_t>(kFsw, status);
  const std::uint64_t kind = random_.below(10);
  state.set<std::uint16_t>(kFtw, static_cast<std::uint16_t>(kind < 5   ? 0xff
                                                            : kind < 7 ? 0
                                                                       : random_.bits() & 0xff));
  for (std::size_t i = 0; i < 8; ++i) {
    const Extended value = edge_extended(random_);
    state.set<std::uint64_t>(kX87 + 16 * i, random_.percent(80) ? value.mantissa : random_.bits());
    state.set<std::uint16_t>(kX87 + 16 * i + 8, value.exponent);
  }
}

void X86Generator::random_vectors(State& state) {
  auto control = static_cast<std::uint32_t>(random_.below(4) << 13);
  control |=
      random_.percent(85) ? kMxcsrMasks : static_cast<std::uint32_t>(random_.bits()) & kMxcsrMasks;
  if (random_.percent(15)) control |= 0x40;
  if (random_.percent(15)) control |= 0x8000;
  if (random_.percent(40)) control |= static_cast<std::uint32_t>(random_.bits()) & 0x3f;
  state.set<std::uint32_t>(kMxcsr, control);
  for (std::size_t i = 0; i < (wide_ ? 16u : 8u); ++i)
    fill(random_, state.registers.data() + kXmm + 16 * i);
}

State X86Generator::random_state() {
  State state;
  random_x87(state);
  random_vectors(state);
  for (std::size_t i = 0; i < (wide_ ? 16u : 8u); ++i) {
    const std::uint64_t value = edge_integer(random_);
    state.set<std::uint64_t>(kGpr + 8 * i, wide_ ? value : value & 0xffff'ffff);
  }
  for (const std::size_t pointer : {4u, 7u})
    state.set<std::uint64_t>(kGpr + 8 * pointer, kMiddle - 64 + 16 * random_.below(8));
  const std::uint64_t flags = random_.bits() & (kStatusFlags | kDirectionFlag);
  state.set<std::uint64_t>(kFlags, flags | 0x202);
  for (std::size_t i = 0; i < kWindow; i += 16) fill(random_, state.memory.data() + i);
  return state;
}

}  // namespace cmos::cpu_test
