#include "vfs/quota.h"

namespace cmos::vfs {
namespace {

bool take(std::int64_t& used, std::uint64_t count, const std::optional<std::uint64_t>& limit) {
  if (!limit) return true;
  std::int64_t sum = 0;
  if (count > INT64_MAX || __builtin_add_overflow(used, static_cast<std::int64_t>(count), &sum))
    return false;
  if (sum > 0 && static_cast<std::uint64_t>(sum) > *limit) return false;
  used = sum;
  return true;
}

}  // namespace

bool Quota::take_file() {
  const std::lock_guard guard(counters_);
  return take(files_, 1, max_files_);
}

void Quota::give_file() {
  const std::lock_guard guard(counters_);
  if (max_files_) --files_;
}

bool Quota::take_bytes(std::uint64_t count) {
  const std::lock_guard guard(counters_);
  return take(bytes_, count, max_bytes_);
}

void Quota::give_bytes(std::uint64_t count) {
  const std::lock_guard guard(counters_);
  // Host file sizes are off_t, so the cast holds; a wrong sum could only come from 2^63 bytes
  // removed.
  if (max_bytes_) bytes_ -= static_cast<std::int64_t>(count);
}

}  // namespace cmos::vfs
