// What the processes of one run share: the namespace, the registry of mini-disks, the numbers of
// processes (cpe 3). Nothing of the host is touched before the first call that needs it, so that a
// program without files starts as fast as if there were none.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/memory_budget.h"
#include "minidisk/minidisk.h"
#include "vfs/namespace.h"

namespace cmos::runtime {

class Process;

struct SystemOptions {
  /// Asked at most once. A failure is told to the user, and the guest's calls answer IO.
  std::function<Result<vfs::Config>()> config = {};
  /// --minidisk, --minidisk-timeout; stop_requested is each process's own.
  minidisk::WaitPolicy minidisk = {};
  bool ephemeral = false;
  /// Of all processes, mini-disks and files of the run together. Without it each process has the
  /// limit of its own memory (Limits::memory), and nothing else is charged.
  std::shared_ptr<MemoryBudget> memory = {};
  /// How deep programs may launch programs; beyond it exec_cpe answers TOO_MANY.
  std::size_t max_depth = 8;
  /// One line for the user, without a line end: what is odd, what is as it should be (--verbose),
  /// and what failed.
  std::function<void(const std::string&)> warn = [](const std::string&) {};
  std::function<void(const std::string&)> note = [](const std::string&) {};
  std::function<void(const std::string&)> complain = [](const std::string&) {};
  /// A launched program has ended, but not by itself. It is borrowed for the call.
  std::function<void(const Process&)> child_failed = [](const Process&) {};
};

class System {
 public:
  explicit System(SystemOptions options) : options_(std::move(options)) {}
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  const SystemOptions& options() const { return options_; }

  /// The program that a host file holds becomes visible as `Cmos:\sys_apps\<name>`. Before run();
  /// the name is a valid component.
  void add_program(vfs::Program program);

  struct Shared {
    std::unique_ptr<vfs::Namespace> names;
    std::unique_ptr<minidisk::Registry> registry;  ///< after what it borrows
  };
  /// Set up by the first caller; kIo from then on when that failed.
  vfs::VfsResult<Shared*> open();
  /// The same for host tools, with what went wrong.
  Result<Shared*> open_or_error();

  /// From 1, in the order of their start.
  std::uint64_t next_process() { return ++processes_; }

  /// A failure that no guest can be told any more: the user is, and failed() stays true.
  void fail_late(const std::string& text);
  bool failed() const { return failed_; }
  /// From any thread or signal handler: calls on files that take long are given up until
  /// clear_stop().
  void request_stop() noexcept { stopping_.store(true); }
  void clear_stop() noexcept { stopping_.store(false); }
  void note(const std::string& text) const { options_.note(text); }
  void warn(const std::string& text) const { options_.warn(text); }

 private:
  Result<void> set_up();
  void register_program(vfs::Program program);

  SystemOptions options_;
  std::optional<vfs::Program> program_;
  std::mutex opening_;
  bool opened_ = false;
  std::optional<Error> error_;
  Shared shared_;
  std::atomic<std::uint64_t> processes_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> stopping_{false};
};

/// The shape of a program's mini-disk, for vfs::Config::probe. Nothing when the bytes are no CPE.
std::optional<vfs::MinidiskShape> minidisk_shape_of(Bytes binary);

}  // namespace cmos::runtime
