// Random numbers that are the same on every host (the distributions of <random> are not).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>

namespace cmos::cpu_test {

/// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e37'79b9'7f4a'7c15);
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t end) { return bits() % end; }
  bool percent(unsigned of_hundred) { return below(100) < of_hundred; }
  template <class Container>
  auto pick(const Container& from) {
    return *(std::begin(from) + static_cast<std::ptrdiff_t>(below(std::size(from))));
  }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + below(from.size()));
  }

 private:
  std::uint64_t state_;
};

/// Numbers near the edges of 8, 16, 32 and 64 bits, small ones, and any.
std::uint64_t edge_integer(Random& random);
/// Bit patterns of floating-point numbers: zeros, denormals, limits, infinities, NaNs of both
/// kinds, numbers near integers and near 2^31 and 2^63, and any.
std::uint32_t edge_float(Random& random);
std::uint64_t edge_double(Random& random);
/// 16 bytes as vector instructions use them: integers or floating-point numbers of one size.
void fill_vector(Random& random, std::uint8_t* to);

}  // namespace cmos::cpu_test
