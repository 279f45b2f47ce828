// Runs, each with a namespace and a registry of its own as separate processes have, over one root.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "minidisk/minidisk.h"
#include "tests/vfs/fault_ops.h"
#include "tests/vfs/temp_folder.h"

namespace cmos::testing {

struct HostRun {
  explicit HostRun(const vfs::Config& config)
      : names(vfs::Namespace::create(config).value()), registry(*names, ops) {}
  FaultOps ops;
  std::unique_ptr<vfs::Namespace> names;
  minidisk::Registry registry;
};

inline std::string text_of(const vfs::VfsResult<void>& result) {
  return result ? "ok" : std::string(vfs::name(result.error()));
}
inline std::string text_of(const vfs::VfsResult<std::size_t>& result) {
  return result ? std::to_string(*result) : std::string(vfs::name(result.error()));
}

inline std::string write(minidisk::Minidisk& disk, std::uint64_t offset, std::string_view text) {
  return text_of(disk.write(offset, as_bytes(text)));
}
inline std::string read(minidisk::Minidisk& disk, std::uint64_t offset, std::size_t size) {
  std::string out(size, '?');
  const auto got = disk.read(offset, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  if (!got) return std::string(vfs::name(got.error()));
  out.resize(*got);
  return out;
}

class MinidiskTest : public ::testing::Test {
 protected:
  MinidiskTest() : config{.root = (top / "root").string()} {}

  minidisk::Options options(std::uint32_t size = 16, const std::string& backup_name = {}) const {
    return {.program = "app", .shape = {.size = size, .backup_name = backup_name}};
  }
  fs::path backing() const { return top / "root/sys_apps/app/md"; }
  /// Nothing but the backing file and the lock file's folders may be left below the root.
  void expect_no_strays() const {
    for (const auto& [name, content] : tree(top / "root")) {
      if (content == "/" || name == "sys_apps/app/md" || name == "locks/sys_apps/app/md") continue;
      ADD_FAILURE() << "stray file " << name;
    }
  }
  /// Runs `body` in a child process and returns its wait status.
  static int in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  TempFolder top;
  vfs::Config config;
};

}  // namespace cmos::testing
