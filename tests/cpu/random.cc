#include "tests/cpu/random.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace cmos::cpu_test {

std::uint64_t edge_integer(Random& random) {
  switch (random.below(6)) {
    case 0:
      return random.below(20);
    case 1:
      return 0 - random.below(20);
    case 2:
      return (1ull << random.below(64)) + random.below(5) - 2;
    case 3:
      return random.bits() >> random.below(64);
    case 4:
      return random.pick<std::uint64_t>({0x7full, 0x80ull, 0x7fffull, 0x8000ull, 0x7fff'ffffull,
                                         0x8000'0000ull, 0xffff'ffffull, 0x7fff'ffff'ffff'ffffull,
                                         0x8000'0000'0000'0000ull, 0xffff'ffff'8000'0000ull});
    default:
      return random.bits();
  }
}

namespace {

/// A number whose size is ordinary: near an integer, a half, or a power of two.
double ordinary(Random& random) {
  const double sign = random.percent(50) ? 1 : -1;
  const double whole =
      static_cast<double>(random.below(random.pick<std::uint64_t>({4ull, 100ull, 1ull << 24})));
  switch (random.below(4)) {
    case 0:
      return sign * whole;
    case 1:
      return sign * (whole + 0.5);
    case 2:
      return sign * std::ldexp(1.0 + static_cast<double>(random.below(3)) / 1e7,
                               static_cast<int>(random.below(140)) - 70);
    default:
      return sign * (whole + static_cast<double>(random.below(1000)) / 999);
  }
}

}  // namespace

std::uint32_t edge_float(Random& random) {
  const std::uint32_t sign = random.percent(50) ? 0x8000'0000 : 0;
  switch (random.below(10)) {
    case 0:
      return sign;
    case 1:  // denormals and the smallest normal numbers
      return sign | static_cast<std::uint32_t>(random.below(0x0100'0000));
    case 2:
      return sign | random.pick<std::uint32_t>(
                        {1u, 0x007f'ffffu, 0x0080'0000u, 0x0080'0001u, 0x7f7f'ffffu});
    case 3:
      return sign | 0x7f80'0000;
    case 4:
      return sign | 0x7fc0'0000 | static_cast<std::uint32_t>(random.below(1 << 22));
    case 5:
      return sign | 0x7f80'0000 | (1 + static_cast<std::uint32_t>(random.below((1 << 22) - 1)));
    case 6:
      return sign |
             (random.pick<std::uint32_t>({0x4f00'0000u, 0x5f00'0000u, 0x4effffffu, 0x5effffffu}) +
              static_cast<std::uint32_t>(random.below(3)));
    case 7:
      return static_cast<std::uint32_t>(random.bits());
    default:
      return std::bit_cast<std::uint32_t>(static_cast<float>(ordinary(random)));
  }
}

std::uint64_t edge_double(Random& random) {
  const std::uint64_t sign = random.percent(50) ? 1ull << 63 : 0;
  constexpr std::uint64_t kInfinity = 0x7ffull << 52, kQuiet = 1ull << 51;
  switch (random.below(10)) {
    case 0:
      return sign;
    case 1:
      return sign | random.below(2ull << 52);
    case 2:
      return sign |
             random.pick<std::uint64_t>({1ull, (1ull << 52) - 1, std::uint64_t{1} << 52,
                                         (1ull << 52) + 1, kInfinity - 1, 0x380f'ffff'ffff'ffffull,
                                         0x36a0'0000'0000'0000ull, 0x47ef'ffff'f000'0000ull});
    case 3:
      return sign | kInfinity;
    case 4:
      return sign | kInfinity | kQuiet | random.below(kQuiet);
    case 5:
      return sign | kInfinity | (1 + random.below(kQuiet - 1));
    case 6:
      return sign |
             (random.pick<std::uint64_t>({0x41e0'0000'0000'0000ull, 0x43e0'0000'0000'0000ull,
                                          0x41df'ffff'ffc0'0000ull, 0x41df'ffff'ffff'ffffull,
                                          0x43df'ffff'ffff'ffffull, 0x41ef'ffff'ffe0'0000ull}) +
              random.below(3));
    case 7:
      return random.bits();
    default:
      return std::bit_cast<std::uint64_t>(ordinary(random));
  }
}

namespace {

std::uint16_t edge_half(Random& random) {
  const auto sign = static_cast<std::uint16_t>(random.percent(50) ? 0x8000 : 0);
  constexpr std::array<std::uint16_t, 10> kEdges{0,      1,      0x3ff,  0x400,  0x7bff,
                                                 0x7c00, 0x7c01, 0x7e00, 0x3c00, 0x6400};
  return static_cast<std::uint16_t>(
      sign | (random.percent(50) ? random.pick(kEdges) : random.bits() & 0x7fff));
}

}  // namespace

void fill_vector(Random& random, std::uint8_t* to) {
  const std::uint64_t kind = random.below(6);
  const auto fill = [to](auto make) {
    for (std::size_t i = 0; i < 16;) {
      const auto value = make();
      std::memcpy(to + i, &value, sizeof value);
      i += sizeof value;
    }
  };
  if (kind == 0) fill([&] { return edge_half(random); });
  if (kind == 1) fill([&] { return edge_float(random); });
  if (kind == 2) fill([&] { return edge_double(random); });
  if (kind == 3) fill([&] { return static_cast<std::uint32_t>(edge_integer(random)); });
  if (kind == 4) fill([&] { return edge_integer(random); });
  if (kind == 5) fill([&] { return random.bits(); });
}

}  // namespace cmos::cpu_test
