#include "minidisk/minidisk.h"

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "vfs/paths.h"

namespace cmos::minidisk {

using vfs::refuse;

namespace {

/// What of the buffer is charged at once.
constexpr std::uint64_t kPiece = 1 << 16;

}  // namespace

Minidisk::~Minidisk() {
  [[maybe_unused]] const auto ignored = close();
}

// ---- the guest's calls --------------------------------------------------------------------------

VfsResult<std::size_t> Minidisk::range(std::uint64_t offset, std::size_t length) const {
  if (offset >= options_.shape.size) return std::size_t{0};
  return static_cast<std::size_t>(std::min<std::uint64_t>(length, options_.shape.size - offset));
}

VfsResult<std::size_t> Minidisk::read(std::uint64_t offset, std::span<std::uint8_t> out) {
  CMOS_VFS_TRY_VOID(ready_to_read());
  CMOS_VFS_TRY(const std::size_t count, range(offset, out.size()));
  if (count != 0) std::memcpy(out.data(), buffer_.get() + offset, count);
  return count;
}

VfsResult<std::size_t> Minidisk::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  CMOS_VFS_TRY_VOID(ready());
  CMOS_VFS_TRY(const std::size_t count, range(offset, data.size()));
  if (count == 0) return count;
  CMOS_VFS_TRY_VOID(charge(offset, count));
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
  drop_buffer();
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
  CMOS_VFS_TRY_VOID(move_folder_away());
  known_backing_ = backing_id();
  loaded_ = false;
  changed_ = false;
  CMOS_VFS_TRY_VOID(allocate());
  CMOS_VFS_TRY_VOID(charge(0, content.size()));
  if (!content.empty()) std::memcpy(buffer_.get(), content.data(), content.size());
  extent_ = content.size();
  loaded_ = true;
  changed_ = true;
  return flush();
}

VfsResult<void> Minidisk::move_folder_away() {
  const auto found = place_.volume->stat(place_.path);
  if (!found || found->kind != vfs::NodeKind::kDirectory) return {};
  std::string name = place_.path + "~";
  while (place_.volume->stat(name)) name += '~';
  const auto moved = place_.volume->rename(place_.path, name);
  if (moved) return {};
  return failed(moved.error(), "a folder that cannot be renamed", "a file");
}

// ---- lock and content ---------------------------------------------------------------------------

VfsResult<void> Minidisk::ready() {
  if (closed_) return refuse(VfsError::kMinidiskClosed);
  return take(options_.policy.wait, true);
}

/// On a root that nobody can write, what was flushed last is whole and stays: that needs no lock.
VfsResult<void> Minidisk::ready_to_read() {
  if (loaded_ && !closed_) return {};
  auto done = ready();
  if (done || done.error() != VfsError::kAccess || lock_ || !root_is_read_only()) return done;
  failure_.reset();
  return load();
}

bool Minidisk::root_is_read_only() const {
  const auto& state = registry_.names().state_folder();
  const std::string folder(vfs::split_last(lock_path(place_.identity)).parent);
  const auto there = state->open(folder, O_RDONLY | O_DIRECTORY);
  const auto top = state->descriptor();
  const int fd = there ? there->get() : top.value_or(-1);
  return fd >= 0 && ::faccessat(fd, ".", W_OK, AT_EACCESS) != 0 &&
         (errno == EROFS || errno == EACCES);
}

/// The lock, what a killed holder left cleaned away, and the content. All or nothing.
VfsResult<void> Minidisk::take(bool wait, bool load_content) {
  if (options_.shape.size == 0 || (loaded_ && (lock_ || options_.ephemeral))) return {};
  failure_.reset();
  CMOS_VFS_TRY(place_,
               registry_.names().backing_place(options_.program, options_.shape.backup_name));
  if (!options_.ephemeral && !lock_) CMOS_VFS_TRY_VOID(acquire(wait));
  if (!load_content) return {};
  auto loaded = load();
  if (!loaded) release();
  return loaded;
}

VfsResult<void> Minidisk::acquire(bool wait) {
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
  auto cleaned = vfs::remove_leftover(registry_.ops(), aside);
  if (!cleaned) release();
  return cleaned;
}

/// The file that the next flush would replace.
std::optional<vfs::FileId> Minidisk::backing_id() const {
  const auto info = place_.volume->stat(place_.path);
  return info ? std::optional(info->id) : std::nullopt;
}

/// Nobody else may have written since the content was read: whose lock file is removed by hand may
/// have company. The lock is taken anew then, and what another process flushed is not overwritten.
VfsResult<void> Minidisk::keep_alone() {
  constexpr std::string_view kAlone = "its lock file in place, and nobody else's changes";
  if (lock_ &&
      !lock_->has_its_name(*registry_.names().state_folder(), lock_path(place_.identity))) {
    registry_.release(place_.identity, *std::exchange(lock_, std::nullopt));
    WaitPolicy at_once = options_.policy;
    at_once.wait = false;
    auto again = registry_.acquire(place_.identity, options_.chain, at_once);
    if (!again) {
      const bool taken = again.error() == VfsError::kMinidiskBusy;
      return failed(taken ? VfsError::kAccess : again.error(),
                    "its lock file removed, and another process that uses it", std::string(kAlone));
    }
    lock_ = *std::move(again);
  }
  if (backing_id() == known_backing_) return {};
  return failed(VfsError::kAccess, "changes of another process since this one has read it",
                std::string(kAlone));
}

VfsResult<void> Minidisk::allocate() {
  // calloc: a large mini-disk costs only the pages that are touched.
  drop_buffer();
  memory_ = MemoryCharge(registry_.names().memory());
  charged_.assign(options_.shape.size / kPiece + 1, false);
  buffer_.reset(static_cast<std::uint8_t*>(std::calloc(options_.shape.size, 1)));
  if (!buffer_) return refuse(VfsError::kNoMemory);
  extent_ = 0;
  return {};
}

void Minidisk::drop_buffer() {
  buffer_.reset();
  charged_.clear();
  memory_.clear();
}

/// Before something is put there: all or nothing.
VfsResult<void> Minidisk::charge(std::uint64_t offset, std::uint64_t size) {
  if (size == 0) return {};
  const std::uint64_t first = offset / kPiece;
  const std::uint64_t last = (offset + size - 1) / kPiece;
  std::uint64_t bytes = 0;
  for (std::uint64_t piece = first; piece <= last; ++piece) {
    if (!charged_[piece]) bytes += std::min(kPiece, options_.shape.size - piece * kPiece);
  }
  if (bytes == 0) return {};
  if (!memory_.add(bytes)) {
    return failed(VfsError::kNoMemory, fmt::format("{} bytes of memory more", bytes),
                  fmt::format("room within --memory, of which {} bytes are left",
                              registry_.names().memory()->left()));
  }
  std::fill(charged_.begin() + static_cast<std::ptrdiff_t>(first),
            charged_.begin() + static_cast<std::ptrdiff_t>(last) + 1, true);
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
  known_backing_.reset();
  if (opened) {
    if (opened->info.kind != vfs::NodeKind::kFile)
      return spoiled(VfsError::kAccess, "a folder", "a file");
    if (opened->info.size > options_.shape.size) {
      return spoiled(VfsError::kInvalid, fmt::format("{} bytes", opened->info.size),
                     fmt::format("at most {} bytes, the mini-disk's size", options_.shape.size));
    }
    CMOS_VFS_TRY_VOID(charge(0, opened->info.size));
    CMOS_VFS_TRY(extent_, read_backing(opened->fd.get(), opened->info.size));
    backing_size_ = opened->info.size;
    known_backing_ = opened->info.id;
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
  CMOS_VFS_TRY_VOID(keep_alone());
  const std::uint64_t size = options_.shape.size;
  vfs::Quota& quota = registry_.names().quota();
  const vfs::HostPlace target = place_.volume->place_for_replacing(place_.path);
  const auto old = quota.counts() ? vfs::about_to_go(*target.folder, target.path) : std::nullopt;
  const auto room = quota.take_replacement(old, !backing_size_, size);
  if (room.missing == vfs::Quota::Replacement::Missing::kFiles)
    return failed(VfsError::kNoSpace, "no file left", "room within --max-files");
  if (room.missing == vfs::Quota::Replacement::Missing::kBytes)
    return failed(VfsError::kNoSpace, fmt::format("{} bytes more", room.growth),
                  "room within --max-disk");
  auto done = place_.volume->make_way(place_.path);
  if (done)
    done =
        vfs::replace_atomically(registry_.ops(), target, vfs::aside_of(target, place_.aside_name),
                                Bytes(buffer_.get(), extent_), size);
  const bool in_place = done || done.error() == VfsError::kNotDurable;
  quota.settle(room, in_place);
  if (in_place) {
    backing_size_ = size;
    known_backing_ = backing_id();
  }
  if (!done)
    return failed(done.error(), std::string(vfs::meaning(done.error())),
                  in_place ? "content that lasts" : "the mini-disk's content written");
  changed_ = false;
  return {};
}

void Minidisk::release() {
  if (options_.ephemeral) return;
  loaded_ = false;
  changed_ = false;
  drop_buffer();
  if (!lock_) return;
  registry_.release(place_.identity, *std::move(lock_));
  lock_.reset();
}

tl::unexpected<VfsError> Minidisk::spoiled(VfsError error, std::string found,
                                           std::string expected) {
  auto out = failed(error, std::move(found), std::move(expected));
  const bool in_data = !options_.shape.backup_name.empty();
  failure_->message =
      fmt::format("another program or version wrote it; `cmos-fs {} '{}'` makes it empty again",
                  in_data ? "rm -r" : "md reset", in_data ? failure_->file : options_.program);
  return out;
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
