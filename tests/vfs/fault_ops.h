// Host calls that fail, fall short or kill the process where a test says so, and a record of what
// was called.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <string>
#include <vector>

#include "vfs/host_ops.h"

namespace cmos::testing {

enum class Fault { kNone, kError, kShortWrite, kZeroWrite, kKillBefore, kKillHalfway, kKillAfter };

/// May be called from several threads; the order of the record is then that of their calls.
class FaultOps : public vfs::HostOps {
 public:
  /// The `call`-th call from now on, from 0, meets `fault`.
  void arm(int call, Fault fault, int error = EIO) {
    const std::lock_guard guard(mutex_);
    log_.clear();
    call_ = call;
    fault_ = fault;
    error_ = error;
  }
  void disarm() { arm(-1, Fault::kNone); }

  /// Since the last arm() or disarm().
  std::vector<std::string> log() const {
    const std::lock_guard guard(mutex_);
    return log_;
  }
  /// No write moves more.
  std::size_t largest_write = SIZE_MAX;

  int open_at(int folder, const char* name, int flags, mode_t mode) override {
    return around(enter("open"), [&] { return HostOps::open_at(folder, name, flags, mode); });
  }
  ssize_t read(int fd, void* out, std::size_t size) override {
    return around(enter("read"), [&] { return HostOps::read(fd, out, size); });
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    size = std::min(size, largest_write);
    const Met met = enter("write");
    if (met.fault == Fault::kZeroWrite) return 0;
    if (met.fault == Fault::kShortWrite) size = 1;
    if (met.fault == Fault::kKillHalfway) HostOps::write(fd, data, size / 2);
    return around(met, [&] { return HostOps::write(fd, data, size); });
  }
  int truncate(int fd, off_t size) override {
    return around(enter("truncate"), [&] { return HostOps::truncate(fd, size); });
  }
  int sync(int fd) override {
    return around(enter("sync"), [&] { return HostOps::sync(fd); });
  }
  int close(int fd) override {
    const Met met = enter("close");
    // A failed close has closed all the same.
    if (met.fault == Fault::kError) HostOps::close(fd);
    return around(met, [&] { return HostOps::close(fd); });
  }
  int rename_at(int from_folder, const char* from, int to_folder, const char* to) override {
    return around(enter("rename"),
                  [&] { return HostOps::rename_at(from_folder, from, to_folder, to); });
  }
  int unlink_at(int folder, const char* name) override {
    return around(enter("unlink"), [&] { return HostOps::unlink_at(folder, name); });
  }

 private:
  /// What one call meets.
  struct Met {
    Fault fault;
    int error;
  };

  Met enter(const char* name) {
    const std::lock_guard guard(mutex_);
    const bool hit = static_cast<int>(log_.size()) == call_;
    log_.emplace_back(name);
    return {hit ? fault_ : Fault::kNone, error_};
  }

  template <class Call>
  auto around(const Met& met, Call call) -> decltype(call()) {
    if (met.fault == Fault::kKillBefore || met.fault == Fault::kKillHalfway)
      ::kill(::getpid(), SIGKILL);
    if (met.fault == Fault::kError) {
      errno = met.error;
      return -1;
    }
    const auto result = call();
    if (met.fault == Fault::kKillAfter) ::kill(::getpid(), SIGKILL);
    return result;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  int call_ = -1;
  Fault fault_ = Fault::kNone;
  int error_ = EIO;
};

}  // namespace cmos::testing
