// Numbers, characters and strings as CBT writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cmos::assembler {

/// Wide enough that every u64 and i64 and their sums fit; results outside ±2^64 are refused.
using Integer = __int128;
inline constexpr Integer kLargest = static_cast<Integer>(UINT64_MAX);
std::string to_text(Integer value);

/// 255, 0xff, 0FFh, 0b1010, 1010b, 0o17, 17o, 17q, 10d; `_` may stand between digits. Nothing for
/// what is no whole number or does not fit 64 bits.
std::optional<Integer> parse_integer(std::string_view text);
/// 1, 1.5, .5, 1e-3, 0x1.8p3.
std::optional<double> parse_float(std::string_view text);
/// The same, whatever its size.
bool looks_like_float(std::string_view text);
/// Correctly rounded: an f32 by way of double could be rounded twice.
std::optional<float> parse_float32(std::string_view text);
/// A decimal that looks octal to users of C: 010.
bool has_leading_zero(std::string_view text);

struct Unescaped {
  std::string bytes;
  std::string error;         ///< empty when all is well
  std::size_t error_at = 0;  ///< in the quoted text
  std::size_t error_size = 1;
};
/// The inside of a string or character token: \n \t \r \0 \a \b \e \f \v \\ \" \' \xNN \u{N}.
Unescaped unescape(std::string_view quoted);
/// The number of a character token: its Unicode number, or the byte of \xNN.
std::optional<Integer> character_value(std::string_view quoted, std::string& error);

}  // namespace cmos::assembler
