// Private to runtime/: one process's files, mini-disk, launcher and metadata, as its system calls
// see them. All are made by the first call that needs them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/process/system.h"
#include "syscalls/kernel.h"
#include "syscalls/services.h"

namespace cmos::runtime {

class Process;

class ProcessServices final : public syscalls::Files,
                              public syscalls::MinidiskService,
                              public syscalls::Launcher {
 public:
  /// Both outlive it. `ancestors` are the numbers of the processes that wait for this one.
  ProcessServices(System& system, Process& process, std::vector<std::uint64_t> ancestors)
      : system_(system), process_(process), ancestors_(std::move(ancestors)) {}

  vfs::VfsResult<vfs::Namespace*> names() override;
  vfs::VfsResult<vfs::Handles*> handles() override;
  vfs::VfsResult<minidisk::Minidisk*> minidisk() override;
  void used(minidisk::Minidisk& disk) override;
  syscalls::CallResult launch(syscalls::Kernel& kernel, const vfs::Path& path,
                              std::vector<std::string> arguments) override;

  /// abi 2: before the abort method.
  void close_minidisk();
  /// After it.
  void close_files();

 private:
  void note_binary();

  System& system_;
  Process& process_;
  const std::vector<std::uint64_t> ancestors_;
  std::optional<vfs::Handles> handles_;
  std::optional<minidisk::Minidisk> minidisk_;
  bool minidisk_closed_ = false;
  bool binary_noted_ = false;
  bool held_ = false;  ///< the mini-disk, as the user was told last
  std::string told_;   ///< to the user, of the mini-disk's last failure
};

/// abi 3, query_cpe.
std::vector<std::uint8_t> program_value(const Process& process, syscalls::Query query);

}  // namespace cmos::runtime
