// What a run may add to the disk: `--max-files`, `--max-disk`. Net growth counts: what it removes
// or cuts off gives room again, what was there before does not count, and neither do the overlay's
// copies of it. Sizes are as `stat` shows them, so that holes count too.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

namespace cmos::vfs {

/// Safe to use from several threads.
class Quota {
 public:
  /// Files and folders; bytes. Nothing = unlimited.
  Quota(std::optional<std::uint64_t> max_files, std::optional<std::uint64_t> max_bytes)
      : max_files_(max_files), max_bytes_(max_bytes) {}

  bool counts_files() const { return max_files_.has_value(); }
  bool counts_bytes() const { return max_bytes_.has_value(); }

  /// False when there is no room; then nothing is taken.
  bool take_file();
  void give_file();
  bool take_bytes(std::uint64_t count);
  void give_bytes(std::uint64_t count);

  /// Held while a file's size is asked and then changed, so that two handles cannot count the same
  /// growth twice.
  std::unique_lock<std::mutex> hold_sizes() { return std::unique_lock(sizes_); }

 private:
  std::optional<std::uint64_t> max_files_;
  std::optional<std::uint64_t> max_bytes_;
  std::mutex counters_;
  std::mutex sizes_;
  std::int64_t files_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace cmos::vfs
