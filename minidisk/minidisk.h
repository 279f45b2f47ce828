// The mini-disk of one running process (cpe 1.4, 2.2, abi 4): a buffer of the size that the
// program's file states, backed by a file of the root, which one process at a time uses.
//
// The lock is taken at the first access or by lock(); only then is the backing file read. It is
// held until unlock() or close(). Nothing is written unless something was changed. A flush replaces
// the backing file atomically (vfs/atomic_replace.h); when it fails, the old file is there, the
// changes stay in the buffer, and the caller is told.
//
// A mini-disk of 0 bytes is none: reads and writes move 0 bytes, nothing is locked. An ephemeral
// one is private to its process: it starts with the backing file's content, takes no lock, writes
// nothing, and keeps its changes until the end.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/memory_budget.h"
#include "minidisk/registry.h"
#include "vfs/atomic_replace.h"

namespace cmos::minidisk {

struct Options {
  std::string program;       ///< its name in Cmos:\sys_apps
  vfs::MinidiskShape shape;  ///< of its file
  WaitPolicy policy = {};    ///< --minidisk=wait|fail, --minidisk-timeout, the stop request
  bool ephemeral = false;    ///< --ephemeral
  ProcessChain chain = {};
};

/// Used by one thread at a time. After close() every call but close() answers kMinidiskClosed.
/// All that take the lock can answer kMinidiskBusy, kInterrupted, kNoMemory (the buffer: what of it
/// holds data is charged to the namespace's memory budget, in pieces of 64 KiB), kInvalid
/// (the backing file is longer than the mini-disk, or the names are no names), kAccess (it is a
/// folder or leads out of the root), kIo.
class Minidisk {
 public:
  /// `registry` must outlive it. Does no host call.
  Minidisk(Registry& registry, Options options)
      : registry_(registry), options_(std::move(options)) {}
  /// As close(), for those who did not.
  ~Minidisk();
  Minidisk(const Minidisk&) = delete;
  Minidisk& operator=(const Minidisk&) = delete;

  /// md_read, md_write: the bytes moved; fewer than asked at the end, 0 past it. Where the host
  /// lets nobody write, reading shows what was flushed last, without a lock; all that would need
  /// one is kAccess.
  VfsResult<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out);
  VfsResult<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> data);
  /// md_size. Takes no lock.
  VfsResult<std::uint32_t> size() const;
  /// md_flush: what was changed reaches the backing file now. Nothing to do without changes.
  /// kNoSpace, kIo, kAccess …; kNotDurable when it is there but a power cut may undo it;
  /// kAccess, too, when the lock file was removed by hand and another process has taken or written
  /// the mini-disk since, whose content stays.
  VfsResult<void> flush();
  /// md_lock. `wait` overrides the policy's. Nothing to do when it is held.
  VfsResult<void> lock(bool wait);
  /// md_unlock: flushes, then gives the lock back; the next access reads the backing file again.
  /// When the flush fails, the lock and the changes are kept. Nothing to do when it is not held.
  VfsResult<void> unlock();
  /// On termination, whatever its reason: flushes, then gives the lock back in any case. The
  /// flush's failure is returned once; it must reach the user, since the guest is gone.
  VfsResult<void> close();

  /// For host tools: the whole content becomes `content`, then zeros, on disk when it returns; also
  /// when the present backing file is refused; a folder in its place is renamed, with `~` behind
  /// its name. kInvalid when the content is longer than the mini-disk.
  VfsResult<void> replace(Bytes content);

  bool held() const { return lock_.has_value(); }
  bool changed() const { return changed_; }
  /// BackingPlace::identity; empty before the first access.
  const std::string& identity() const { return place_.identity; }
  /// What the last failed call cannot say in a code: file, found, expected. For a message to the
  /// user.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };

  VfsResult<void> ready();
  VfsResult<void> ready_to_read();
  VfsResult<void> take(bool wait, bool load_content);
  VfsResult<void> acquire(bool wait);
  VfsResult<void> keep_alone();
  VfsResult<void> move_folder_away();
  std::optional<vfs::FileId> backing_id() const;
  bool root_is_read_only() const;
  VfsResult<void> allocate();
  VfsResult<void> charge(std::uint64_t offset, std::uint64_t size);
  void drop_buffer();
  VfsResult<void> load();
  VfsResult<std::uint64_t> read_backing(int fd, std::uint64_t size);
  VfsResult<void> store();
  void release();
  VfsResult<std::size_t> range(std::uint64_t offset, std::size_t length) const;
  tl::unexpected<VfsError> spoiled(VfsError error, std::string found, std::string expected);
  tl::unexpected<VfsError> failed(VfsError error, std::string found, std::string expected);

  Registry& registry_;
  Options options_;
  vfs::BackingPlace place_;
  std::unique_ptr<std::uint8_t[], Free> buffer_;  ///< shape.size bytes
  std::vector<bool> charged_;                     ///< which pieces of it are
  MemoryCharge memory_;
  std::uint64_t extent_ = 0;                   ///< all bytes of the buffer from here on are zero
  std::optional<std::uint64_t> backing_size_;  ///< nothing = no backing file yet
  std::optional<vfs::FileId> known_backing_;   ///< as loaded or stored last
  std::optional<Lock> lock_;
  bool loaded_ = false;
  bool changed_ = false;
  bool closed_ = false;
  std::optional<Error> failure_;
};

}  // namespace cmos::minidisk
