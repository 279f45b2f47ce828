// A small world in which one call of a real guest meets what a test prepared: a root, a guest
// program, and what the host refuses while that call runs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/process/system.h"
#include "syscalls/table.h"
#include "tests/runtime/denied_host_calls.h"
#include "tests/runtime/guest_code.h"
#include "tests/vfs/temp_folder.h"
#include "vfs/unique_fd.h"

namespace cmos::runtime {

class ErrorStage {
 public:
  explicit ErrorStage(std::string_view arch) : code(arch), arch_(arch) {}

  // ---- the host ----
  std::filesystem::path data(const std::string& name) const { return top / ("root/data/" + name); }
  std::filesystem::path backing() const { return top / "root/sys_apps/guest/md"; }
  ErrorStage& file(const std::string& name, const std::string& content = "content");
  ErrorStage& folder(const std::string& name);
  /// A link in Cmos:\data that leads out of the root.
  ErrorStage& link_out(const std::string& name);
  ErrorStage& program(const std::string& name, const cpe::Executable& file);
  /// Another process has the lock of the guest's mini-disk.
  ErrorStage& minidisk_is_busy();

  // ---- the guest ----
  /// A call by name; what is no path or buffer is a number.
  ErrorStage& call(std::string_view name, const std::vector<std::uint32_t>& arguments = {});
  /// A call with a path in its first two arguments.
  ErrorStage& path(std::string_view name, std::string_view path,
                   std::optional<std::uint32_t> third = {});
  ErrorStage& rename(std::string_view from, std::string_view to);
  /// The first argument is the result of the call before.
  ErrorStage& call_with_result(std::string_view name);
  /// What follows is called after the guest's end.
  ErrorStage& after_the_end();

  // ---- the play ----
  /// What the guest's last call of this name answers, sign-extended, in a process of its own; the
  /// host's refusal begins with that call. Nothing when it does not return.
  std::optional<std::int64_t> play(std::string_view call, const testing::Denial& denial = {});

  /// An empty guest of the same ARCH.
  GuestCode guest() const { return GuestCode(arch_); }
  std::uint32_t buffer() { return code.data(std::string(32, '.')); }

  testing::TempFolder top;
  GuestCode code;
  SystemOptions system = {};
  vfs::Config config = {};
  bool has_root = true;
  bool console_refuses = false;

 private:
  std::string arch_;
  vfs::UniqueFd other_holder_;
  std::map<std::string, int, std::less<>> calls_;
  bool ended_ = false;
};

}  // namespace cmos::runtime
