// Output that a guest has written and the host has not got yet. It may lie in memory that a
// supervisor shares, who delivers it when the process that owned it is gone.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace cmos::runtime {

class PendingOutput {
 public:
  /// From this many bytes on the owner delivers.
  static constexpr std::size_t kEnough = std::size_t{64} << 10;

  PendingOutput() {}  // NOLINT(modernize-use-equals-default): leaves the bytes alone

  bool empty() const { return rest().empty(); }
  std::size_t size() const { return rest().size(); }
  /// What is left to be delivered. The counters are checked: whoever shares the memory may have
  /// written anything there.
  Bytes rest() const {
    const std::size_t end =
        std::min<std::size_t>(end_.load(std::memory_order_relaxed), bytes_.size());
    const std::size_t begin = std::min<std::size_t>(begin_.load(std::memory_order_relaxed), end);
    return Bytes(bytes_).subspan(begin, end - begin);
  }
  /// False when there is no room; nothing is appended then. A text of up to kEnough bytes and its
  /// colours always fit while less than kEnough is pending.
  bool append(std::string_view text) {
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (text.size() > bytes_.size() - end) return false;
    std::memcpy(bytes_.data() + end, text.data(), text.size());
    end_.store(static_cast<std::uint32_t>(end + text.size()), std::memory_order_release);
    return true;
  }
  void delivered(std::size_t count) { begin_.fetch_add(static_cast<std::uint32_t>(count)); }
  void clear() {
    end_.store(0);
    begin_.store(0);
  }

 private:
  std::atomic<std::uint32_t> begin_{0}, end_{0};
  std::array<std::uint8_t, 2 * kEnough + 64> bytes_;  // not touched before it is used
};

}  // namespace cmos::runtime
