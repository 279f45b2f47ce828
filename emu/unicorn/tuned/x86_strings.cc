// x86: the string instructions of SSE4.2 (pcmpestri, pcmpestrm, pcmpistri, pcmpistrm), whose
// ordered comparison the library ends too early. They are done here as the manual's chapter 4.1
// describes them.
#ifdef CMOS_UNICORN_TUNED

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "emu/unicorn/tuned/tuned.h"
#include "emu/unicorn/tuned/x86_state.h"

namespace cmos::emu::unicorn::x86 {
namespace {

constexpr unsigned kRax = 0, kRcx = 1, kRdx = 2;
constexpr unsigned kCarry = 1, kZero = 0x40, kSign = 0x80, kOverflow = 0x800;

/// What the immediate operand says.
struct Control {
  unsigned bits;
  bool words() const { return (bits & 1) != 0; }
  bool is_signed() const { return (bits & 2) != 0; }
  unsigned aggregation() const { return bits >> 2 & 3; }
  bool negative() const { return (bits & 0x10) != 0; }
  bool masked() const { return (bits & 0x20) != 0; }  ///< negates only what is valid
  bool most_significant() const { return (bits & 0x40) != 0; }
  bool wide_lengths() const { return (bits & 0x100) != 0; }  ///< added by the library: REX.W
  int most() const { return words() ? 8 : 16; }
};

class Text {
 public:
  Text(const void* from, Control control) : control_(control) {
    std::memcpy(bytes_, from, sizeof bytes_);
  }
  int at(int index) const {
    if (control_.words()) {
      std::uint16_t value = 0;
      std::memcpy(&value, bytes_ + 2 * index, 2);
      return control_.is_signed() ? static_cast<std::int16_t>(value) : value;
    }
    const std::uint8_t value = bytes_[index];
    return control_.is_signed() ? static_cast<std::int8_t>(value) : value;
  }
  int implicit_length() const {
    int length = 0;
    while (length < control_.most() && at(length) != 0) ++length;
    return length;
  }

 private:
  Control control_;
  std::uint8_t bytes_[16];
};

int explicit_length(void* env, unsigned number, Control control) {
  const auto whole = field<std::int64_t>(env, kRegisters + std::size_t{8} * number);
  const std::int64_t value = control.wide_lengths() ? whole : static_cast<std::int32_t>(whole);
  if (value > control.most() || value < -control.most()) return control.most();
  return static_cast<int>(std::abs(value));
}

/// One operand is a set, a list of ranges, or what is looked for; the other one is searched.
struct Operands {
  Text wanted, searched;
  int wanted_length, searched_length;
  Control control;

  bool bit(int index) const {
    switch (control.aggregation()) {
      case 0:
        return is_any(index);
      case 1:
        return is_in_range(index);
      case 2:
        return is_equal(index);
      default:
        return begins(index);
    }
  }

 private:
  bool is_any(int index) const {
    for (int i = 0; i < wanted_length && index < searched_length; ++i)
      if (wanted.at(i) == searched.at(index)) return true;
    return false;
  }
  bool is_in_range(int index) const {
    for (int i = 0; i + 1 < wanted_length && index < searched_length; i += 2)
      if (wanted.at(i) <= searched.at(index) && searched.at(index) <= wanted.at(i + 1)) return true;
    return false;
  }
  bool is_equal(int index) const {
    const bool in_wanted = index < wanted_length, in_searched = index < searched_length;
    return in_wanted && in_searched ? wanted.at(index) == searched.at(index)
                                    : in_wanted == in_searched;
  }
  /// Whether what is looked for begins there, as far as the block reaches.
  bool begins(int index) const {
    for (int i = 0; i < wanted_length && index + i < control.most(); ++i)
      if (index + i >= searched_length || wanted.at(i) != searched.at(index + i)) return false;
    return true;
  }
};

unsigned result_bits(const Operands& operands) {
  const Control control = operands.control;
  unsigned bits = 0;
  for (int i = 0; i < control.most(); ++i) bits |= (operands.bit(i) ? 1u : 0u) << i;
  if (!control.negative()) return bits;
  const int negated = control.masked() ? operands.searched_length : control.most();
  return bits ^ ((1u << negated) - 1);
}

unsigned compare(void* env, const Operands& operands) {
  const unsigned bits = result_bits(operands);
  const int most = operands.control.most();
  field<std::uint64_t>(env, kFlagsSource) =
      (bits != 0 ? kCarry : 0) | (operands.searched_length < most ? kZero : 0) |
      (operands.wanted_length < most ? kSign : 0) | ((bits & 1) != 0 ? kOverflow : 0);
  return bits;
}

unsigned compare_explicit(void* env, const void* d, const void* s, Control control) {
  return compare(env, {Text(d, control), Text(s, control), explicit_length(env, kRax, control),
                       explicit_length(env, kRdx, control), control});
}
unsigned compare_implicit(void* env, const void* d, const void* s, Control control) {
  const Text wanted(d, control), searched(s, control);
  return compare(env,
                 {wanted, searched, wanted.implicit_length(), searched.implicit_length(), control});
}

void give_index(void* env, unsigned bits, Control control) {
  const int index = bits == 0                    ? control.most()
                    : control.most_significant() ? std::bit_width(bits) - 1
                                                 : std::countr_zero(bits);
  field<std::uint64_t>(env, kRegisters + 8 * kRcx) = static_cast<std::uint64_t>(index);
}

void give_mask(void* env, unsigned bits, Control control) {
  std::uint8_t mask[16] = {};
  if (!control.most_significant()) {
    std::memcpy(mask, &bits, 2);
  } else {
    const int size = 16 / control.most();
    for (int i = 0; i < 16; ++i) mask[i] = (bits >> (i / size) & 1) != 0 ? 0xff : 0;
  }
  std::memcpy(&field<std::uint8_t>(env, kXmm0), mask, sizeof mask);
}

}  // namespace

void link_strings() {}

}  // namespace cmos::emu::unicorn::x86

// NOLINTBEGIN(bugprone-reserved-identifier)
using namespace cmos::emu::unicorn::x86;

extern "C" {
void __wrap_helper_pcmpestri_xmm_x86_64(void* env, void* d, void* s, std::uint32_t control) {
  give_index(env, compare_explicit(env, d, s, {control}), {control});
}
void __wrap_helper_pcmpestrm_xmm_x86_64(void* env, void* d, void* s, std::uint32_t control) {
  give_mask(env, compare_explicit(env, d, s, {control}), {control});
}
void __wrap_helper_pcmpistri_xmm_x86_64(void* env, void* d, void* s, std::uint32_t control) {
  give_index(env, compare_implicit(env, d, s, {control}), {control});
}
void __wrap_helper_pcmpistrm_xmm_x86_64(void* env, void* d, void* s, std::uint32_t control) {
  give_mask(env, compare_implicit(env, d, s, {control}), {control});
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED
