#include "coil/literal.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "formats/coil/floats.h"

namespace cmos::casm {
namespace {

std::optional<double> double_of(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) return std::nullopt;
  return value;
}

/// IEEE double to the 10 bytes of x87 or the 16 of IEEE quad, exactly.
std::vector<std::uint8_t> widen(double value, bool quad) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t sign = bits >> 63;
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  // The leading one of the significand stands at bit 63.
  const auto significand = static_cast<std::uint64_t>(std::ldexp(fraction, 64));
  const std::uint64_t biased = value == 0 ? 0 : static_cast<std::uint64_t>(exponent - 1 + 16383);
  ByteWriter out;
  if (quad) {
    const std::uint64_t below = significand << 1;
    out.u64(below << 48);
    out.u64(sign << 63 | biased << 48 | below >> 16);
  } else {
    out.u64(significand);
    out.u16(static_cast<std::uint16_t>(sign << 15 | biased));
  }
  return std::move(out).take();
}

double double_of(const Integer& value) {
  const auto magnitude = static_cast<double>(value.magnitude);
  return value.negative ? -magnitude : magnitude;
}

}  // namespace

std::optional<std::uint64_t> float_bits(const std::string& text, const coil::TypeRow& type) {
  if (type.code == coil::type::kFp32) {
    float value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ptr != end || parsed.ec != std::errc{}) return std::nullopt;
    return std::bit_cast<std::uint32_t>(value);
  }
  const auto value = double_of(text);
  if (!value) return std::nullopt;
  return coil::float_bits(*value, type);
}

std::optional<std::uint64_t> integer_bits(const Integer& value, const coil::TypeRow& type) {
  if (type.kind == coil::TypeKind::kFloat) return coil::float_bits(double_of(value), type);
  if (type.kind == coil::TypeKind::kBit && (value.negative || value.magnitude > 1))
    return std::nullopt;
  const unsigned bits = 8u * type.size;
  const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  if (!value.negative) {
    if ((value.magnitude & ~mask) != 0) return std::nullopt;
    return value.magnitude;
  }
  const bool is_signed = type.kind == coil::TypeKind::kSigned;
  if (value.magnitude != 0 && (!is_signed || value.magnitude > std::uint64_t{1} << (bits - 1)))
    return std::nullopt;
  return value.bits() & mask;
}

std::optional<std::vector<std::uint8_t>> scalar_bytes(const Argument& argument,
                                                      const coil::TypeRow& type) {
  const bool whole = argument.kind == Argument::Kind::kInteger;
  if (!whole && argument.kind != Argument::Kind::kFloat) return std::nullopt;
  const bool is_float = type.kind == coil::TypeKind::kFloat;
  if (!whole && !is_float) return std::nullopt;
  if (type.size > 8) {
    if (is_float) {
      const auto value =
          whole ? std::optional(double_of(argument.integer)) : double_of(argument.text);
      if (!value) return std::nullopt;
      return widen(*value, type.size == 16);
    }
    if (argument.integer.negative && type.kind == coil::TypeKind::kUnsigned) return std::nullopt;
    ByteWriter out;
    out.u64(argument.integer.bits());
    const bool fill = argument.integer.negative && argument.integer.magnitude != 0;
    out.u64(fill ? ~std::uint64_t{0} : 0);
    return std::move(out).take();
  }
  const auto bits = whole ? integer_bits(argument.integer, type) : float_bits(argument.text, type);
  if (!bits) return std::nullopt;
  ByteWriter out;
  out.u64(*bits);
  std::vector<std::uint8_t> bytes = std::move(out).take();
  bytes.resize(type.size);
  return bytes;
}

}  // namespace cmos::casm
