// Host calls that fail, fall short or kill the process where a test says so, and a record of what
// was called.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "vfs/host_ops.h"

namespace cmos::testing {

enum class Fault { kNone, kError, kShortWrite, kZeroWrite, kKillBefore, kKillHalfway, kKillAfter };

class FaultOps : public vfs::HostOps {
 public:
  /// The `call`-th call from now on, from 0, meets `fault`.
  void arm(int call, Fault fault, int error = EIO) {
    log.clear();
    call_ = call;
    fault_ = fault;
    error_ = error;
  }
  void disarm() { arm(-1, Fault::kNone); }

  std::vector<std::string> log;
  /// No write moves more.
  std::size_t largest_write = SIZE_MAX;

  int open_at(int folder, const char* name, int flags, mode_t mode) override {
    return around("open", [&] { return HostOps::open_at(folder, name, flags, mode); });
  }
  ssize_t read(int fd, void* out, std::size_t size) override {
    return around("read", [&] { return HostOps::read(fd, out, size); });
  }
  ssize_t write(int fd, const void* data, std::size_t size) override {
    size = std::min(size, largest_write);
    if (hits() && fault_ == Fault::kShortWrite) size = 1;
    if (hits() && fault_ == Fault::kZeroWrite) {
      log.emplace_back("write");
      return 0;
    }
    if (hits() && fault_ == Fault::kKillHalfway) HostOps::write(fd, data, size / 2);
    return around("write", [&] { return HostOps::write(fd, data, size); });
  }
  int truncate(int fd, off_t size) override {
    return around("truncate", [&] { return HostOps::truncate(fd, size); });
  }
  int sync(int fd) override {
    return around("sync", [&] { return HostOps::sync(fd); });
  }
  int close(int fd) override {
    // A failed close has closed all the same.
    const bool fails = hits() && fault_ == Fault::kError;
    if (fails) HostOps::close(fd);
    return around("close", [&] { return HostOps::close(fd); });
  }
  int rename_at(int from_folder, const char* from, int to_folder, const char* to) override {
    return around("rename", [&] { return HostOps::rename_at(from_folder, from, to_folder, to); });
  }
  int unlink_at(int folder, const char* name) override {
    return around("unlink", [&] { return HostOps::unlink_at(folder, name); });
  }

 private:
  bool hits() const { return static_cast<int>(log.size()) == call_; }

  template <class Call>
  auto around(const char* name, Call call) -> decltype(call()) {
    const bool hit = hits();
    log.emplace_back(name);
    if (hit && (fault_ == Fault::kKillBefore || fault_ == Fault::kKillHalfway))
      ::kill(::getpid(), SIGKILL);
    if (hit && fault_ == Fault::kError) {
      errno = error_;
      return -1;
    }
    const auto result = call();
    if (hit && fault_ == Fault::kKillAfter) ::kill(::getpid(), SIGKILL);
    return result;
  }

  int call_ = -1;
  Fault fault_ = Fault::kNone;
  int error_ = EIO;
};

}  // namespace cmos::testing
