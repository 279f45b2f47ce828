#include "vfs/quota.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

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

Quota::Held::Held(Held&& other) noexcept
    : quota_(std::exchange(other.quota_, nullptr)), fd_(other.fd_), id_(other.id_) {}

Quota::Held::~Held() {
  if (quota_ == nullptr) return;
  struct stat info {};
  const bool known = ::fstat(fd_, &info) == 0 && info.st_size > 0;
  quota_->closed(id_, known ? static_cast<std::uint64_t>(info.st_size) : 0);
}

Quota::Held Quota::hold(int fd) {
  struct stat info {};
  if (!counts() || ::fstat(fd, &info) != 0) return {};
  const FileId id{.device = info.st_dev, .inode = info.st_ino};
  const std::lock_guard guard(counters_);
  ++open_[id].handles;
  return {*this, fd, id};
}

void Quota::closed(FileId id, std::uint64_t size) {
  OpenFile last;
  {
    const std::lock_guard guard(counters_);
    const auto found = open_.find(id);
    if (--found->second.handles > 0) return;
    last = found->second;
    open_.erase(found);
  }
  if (!last.nameless) return;
  if (last.as_file) give_file();
  give_bytes(size);
}

void Quota::lost_name(const NodeInfo& gone, bool as_file) {
  if (!counts()) return;
  const bool folder = gone.kind == NodeKind::kDirectory;
  if (!folder && gone.links > 1) return;
  if (!folder) {
    const std::lock_guard guard(counters_);
    const auto found = open_.find(gone.id);
    if (found != open_.end()) {
      found->second.nameless = true;
      found->second.as_file = as_file;
      return;
    }
  }
  if (as_file) give_file();
  give_bytes(gone.size);
}

Quota::Replacement Quota::take_replacement(std::optional<NodeInfo> old, bool new_file,
                                           std::uint64_t size) {
  Replacement out{.size = size, .new_file = new_file, .old = std::move(old)};
  if (!counts()) return out;
  if (out.old) {
    const std::lock_guard guard(counters_);
    out.old_is_held = open_.contains(out.old->id) || out.old->links > 1;
  }
  const std::uint64_t freed = out.old && !out.old_is_held ? out.old->size : 0;
  out.growth = size - std::min(freed, size);
  if ((out.new_file || out.old_is_held) && !take_file()) {
    out.missing = Replacement::Missing::kFiles;
    return out;
  }
  if (take_bytes(out.growth)) return out;
  if (out.new_file || out.old_is_held) give_file();
  out.missing = Replacement::Missing::kBytes;
  return out;
}

void Quota::settle(const Replacement& replacement, bool in_place) {
  if (!counts()) return;
  if (!in_place) {
    give_bytes(replacement.growth);
    if (replacement.new_file || replacement.old_is_held) give_file();
  } else if (replacement.old_is_held) {
    lost_name(*replacement.old, true);
  } else if (replacement.old && replacement.old->size > replacement.size) {
    give_bytes(replacement.old->size - replacement.size);
  }
}

}  // namespace cmos::vfs
