// Appending to a reused text buffer.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace cmos::runtime {

/// Literal text: braces stand for themselves.
inline void put(fmt::memory_buffer& out, std::string_view text) {
  out.append(text);
}

/// Formatted text; chosen only when there are arguments.
template <class First, class... Rest>
void put(fmt::memory_buffer& out, fmt::format_string<First, Rest...> format, First&& first,
         Rest&&... rest) {
  fmt::format_to(std::back_inserter(out), format, std::forward<First>(first),
                 std::forward<Rest>(rest)...);
}

}  // namespace cmos::runtime
