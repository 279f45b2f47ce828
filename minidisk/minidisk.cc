#include "minidisk/minidisk.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cmos::minidisk {

using vfs::refuse;

Minidisk::~Minidisk() {
  [[maybe_unused]] const auto ignored = close();
}

// ---- the guest's calls
// ---------------------------------------------------------------------------------------------

VfsResult<std::size_t> Minidisk::range(std::uint64_t offset, std::size_t length) const {
  if (offset >= options_.shape.size) return std::size_t{0};
  return static_cast<std::size_t>(std::min<std::uint64_t>(length, options_.shape.size - offset));
}

VfsResult<std::size_t> Minidisk::read(std::uint64_t offset, std::span<std::uint8_t> out) {
  CMOS_VFS_TRY_VOID(ready());
  CMOS_VFS_TRY(const std::size_t count, range(offset, out.size()));
  if (count != 0) std::memcpy(out.data(), buffer_.get() + offset, count);
  return count;
}

VfsResult<std::size_t> Minidisk::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  CMOS_VFS_TRY_VOID(ready());
  CMOS_VFS_TRY(const std::size_t count, range(offset, data.size()));
  if (count == 0) return count;
  std::memcpy(buffer_.get() + offset, data.data(), count);
  extent_ = std::max(extent_, offset + count);
  changed_ = true;
  return count;
}

VfsResult<std::uint32_t> Minidisk::size() const {
  if (closed_) return refuse(VfsError::kMinidiskClosed);
  return options_.shape.size;
}

VfsResult<void> Minidisk::flush() {
  if (closed_) return refuse(VfsError::kMinidiskClosed);
  if (!changed_ || options_.ephemeral) return {};
  return store();
}

VfsResult<void> Minidisk::lock(bool wait) {
  if (closed_) return refuse(VfsError::kMinidiskClosed);
  return take(wait, true);
}

VfsResult<void> Minidisk::unlock() {
  CMOS_VFS_TRY_VOID(flush());
  release();
  return {};
}

VfsResult<void> Minidisk::close() {
  if (closed_) return {};
  auto flushed = flush();
  release();
  closed_ = true;
  buffer_.reset();
  return flushed;
}

VfsResult<void> Minidisk::replace(Bytes content) {
  if (closed_) return refuse(VfsError::kMinidiskClosed);
  if (content.size() > options_.shape.size) {
    return failed(VfsError::kInvalid, fmt::format("{} bytes", content.size()),
                  fmt::format("at most {} bytes, the mini-disk's size", options_.shape.size));
  }
  if (options_.shape.size == 0) return {};
  CMOS_VFS_TRY_VOID(take(options_.policy.wait, false));
  loaded_ = false;
  changed_ = false;
  CMOS_VFS_TRY_VOID(allocate());
  if (!content.empty()) std::memcpy(buffer_.get(), content.data(), content.size());
  extent_ = content.size();
  loaded_ = true;
  changed_ = true;
  return flush();
}

// ---- lock and content
// ----------------------------------------------------------------------------------------------

VfsResult<void> Minidisk::ready() {
  if (closed_) return refuse(VfsError::kMinidiskClosed);
  return take(options_.policy.wait, true);
}

/// The lock, what a killed holder left cleaned away, and the content. All or nothing.
VfsResult<void> Minidisk::take(bool wait, bool load_content) {
  if (options_.shape.size == 0 || (loaded_ && (lock_ || options_.ephemeral))) return {};
  failure_.reset();
  CMOS_VFS_TRY(place_,
               registry_.names().backing_place(options_.program, options_.shape.backup_name));
  if (!options_.ephemeral && !lock_) {
    WaitPolicy policy = options_.policy;
    policy.wait = wait;
    auto taken = registry_.acquire(place_.identity, options_.chain, policy);
    if (!taken &&
        (taken.error() == VfsError::kMinidiskBusy || taken.error() == VfsError::kInterrupted)) {
      return refuse(taken.error());
    }
    if (!taken) {
      const std::string lock =
          registry_.names().state_folder()->host_path() + "/" + lock_path(place_.identity);
      return failed(taken.error(), std::string(vfs::meaning(taken.error())), lock + " locked");
    }
    lock_ = *std::move(taken);
    const auto aside =
        vfs::aside_of(place_.volume->place_for_replacing(place_.path), place_.aside_name);
    const auto cleaned = vfs::remove_leftover(registry_.ops(), aside);
    if (!cleaned) {
      release();
      return cleaned;
    }
  }
  if (!load_content) return {};
  auto loaded = load();
  if (!loaded) release();
  return loaded;
}

VfsResult<void> Minidisk::allocate() {
  // calloc: a large mini-disk costs only the pages that are touched.
  buffer_.reset(static_cast<std::uint8_t*>(std::calloc(options_.shape.size, 1)));
  if (!buffer_) return refuse(VfsError::kNoMemory);
  extent_ = 0;
  return {};
}

VfsResult<void> Minidisk::load() {
  CMOS_VFS_TRY_VOID(allocate());
  auto opened = place_.volume->open(place_.path, vfs::kRead);
  if (!opened && opened.error() != VfsError::kNotFound) {
    return failed(opened.error(), std::string(vfs::meaning(opened.error())),
                  "a file inside the root");
  }
  backing_size_.reset();
  if (opened) {
    if (opened->info.kind != vfs::NodeKind::kFile)
      return failed(VfsError::kAccess, "a folder", "a file");
    if (opened->info.size > options_.shape.size) {
      return failed(VfsError::kInvalid, fmt::format("{} bytes", opened->info.size),
                    fmt::format("at most {} bytes, the mini-disk's size", options_.shape.size));
    }
    CMOS_VFS_TRY(extent_, read_backing(opened->fd.get(), opened->info.size));
    backing_size_ = opened->info.size;
  }
  loaded_ = true;
  changed_ = false;
  return {};
}

VfsResult<std::uint64_t> Minidisk::read_backing(int fd, std::uint64_t size) {
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t got = registry_.ops().read(fd, buffer_.get() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(vfs::from_errno(errno), std::strerror(errno), "readable bytes");
    if (got == 0) break;
    done += static_cast<std::uint64_t>(got);
  }
  return done;
}

VfsResult<void> Minidisk::store() {
  failure_.reset();
  const std::uint64_t size = options_.shape.size;
  const std::uint64_t growth = size - std::min(backing_size_.value_or(0), size);
  vfs::Quota& quota = registry_.names().quota();
  const bool new_file = !backing_size_.has_value();
  if (new_file && !quota.take_file())
    return failed(VfsError::kNoSpace, "no file left", "room within --max-files");
  if (!quota.take_bytes(growth)) {
    if (new_file) quota.give_file();
    return failed(VfsError::kNoSpace, fmt::format("{} bytes more", growth),
                  "room within --max-disk");
  }
  auto done = place_.volume->make_way(place_.path);
  if (done) {
    const vfs::HostPlace target = place_.volume->place_for_replacing(place_.path);
    done =
        vfs::replace_atomically(registry_.ops(), target, vfs::aside_of(target, place_.aside_name),
                                Bytes(buffer_.get(), extent_), size);
  }
  if (!done) {
    quota.give_bytes(growth);
    if (new_file) quota.give_file();
    return failed(done.error(), std::string(vfs::meaning(done.error())),
                  "the mini-disk's content written");
  }
  backing_size_ = size;
  changed_ = false;
  return {};
}

void Minidisk::release() {
  if (options_.ephemeral) return;
  loaded_ = false;
  changed_ = false;
  buffer_.reset();
  if (!lock_) return;
  registry_.release(place_.identity, *std::move(lock_));
  lock_.reset();
}

tl::unexpected<VfsError> Minidisk::failed(VfsError error, std::string found, std::string expected) {
  std::string file = "Cmos:\\" + place_.identity;
  std::replace(file.begin(), file.end(), '/', '\\');
  failure_ = Error{.code = ErrorCode::kHostIo,
                   .file = std::move(file),
                   .field = "mini-disk",
                   .found = std::move(found),
                   .expected = std::move(expected)};
  return refuse(error);
}

}  // namespace cmos::minidisk
