// What a guest may use. Every limit that ends a guest names its cmos-run option in Outcome::limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "loader/loader.h"

namespace cmos::runtime {

inline constexpr std::uint64_t kDefaultMemory = 1ull << 30;

struct Limits {
  /// Seconds of wall-clock time, from the first run() or step().
  std::optional<double> timeout = {};
  /// Exact.
  std::optional<std::uint64_t> max_instructions = {};
  /// Bytes of stdout; the write that exceeds it is cut there.
  std::optional<std::uint64_t> max_output = {};
  /// Bytes of image + heap + stack; `grow` beyond it answers NO_MEMORY. What a run may use in all
  /// is SystemOptions::memory.
  std::uint64_t memory = kDefaultMemory;
  /// Bytes; running out of it is a limit, not a fault.
  std::uint64_t stack_size = loader::kDefaultStack;
};

/// Bytes as the options take them: "64K", "1M", "3G", or the plain number when it is no multiple of
/// 1024.
std::string size_text(std::uint64_t bytes);

}  // namespace cmos::runtime
