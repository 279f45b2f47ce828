// A guest without a CPU whose files, mini-disk, launcher and metadata are there.
#pragma once

#include <deque>
#include <optional>

#include "tests/syscalls/guest.h"
#include "tests/vfs/temp_folder.h"

namespace cmos::syscalls {

inline constexpr std::uint32_t kTestMinidiskSize = 16;

class TestServices : public Files, public MinidiskService, public Launcher, public ProgramInfo {
 public:
  explicit TestServices(const vfs::Config& config, std::size_t max_handles = 8)
      : names_(vfs::Namespace::create(config).value()),
        registry_(*names_),
        handles_(*names_, max_handles),
        disk_(registry_, {.program = "app", .shape = {.size = kTestMinidiskSize}}) {}

  vfs::VfsResult<vfs::Namespace*> names() override { return names_.get(); }
  vfs::VfsResult<vfs::Handles*> handles() override { return &handles_; }
  vfs::VfsResult<minidisk::Minidisk*> minidisk() override { return &disk_; }
  void used(minidisk::Minidisk&) override {}
  CallResult launch(Kernel&, const vfs::Path& path, std::vector<std::string> arguments) override {
    launched = path.text();
    for (const std::string& argument : arguments) launched += " " + argument;
    return answer(std::uint64_t{7});
  }
  std::vector<std::uint8_t> value(Query query) const override {
    return {static_cast<std::uint8_t>('0' + static_cast<int>(query)), 'x', 'y'};
  }

  Services services() {
    return {.files = this, .minidisk = this, .launcher = this, .program = this};
  }
  minidisk::Minidisk& disk() { return disk_; }

  std::string launched;

 private:
  std::unique_ptr<vfs::Namespace> names_;
  minidisk::Registry registry_;
  vfs::Handles handles_;
  minidisk::Minidisk disk_;
};

class StorageCalls : public EveryWidth {
 protected:
  StorageCalls()
      : config{.root = (top / "root").string()},
        services(config),
        guest(GetParam(), {}, services.services()) {}

  static constexpr std::uint64_t kPath = kVar;
  static constexpr std::uint64_t kBuffer = kVar + 0x1000;

  /// A call with a path in its first two registers.
  std::int64_t with_path(std::string_view call, std::string_view path, std::uint64_t third = 0) {
    guest.poke(kPath, path);
    return guest.call(call, kPath, path.size(), third);
  }
  std::uint64_t opened(std::string_view path, std::uint64_t flags) {
    const std::int64_t handle = with_path("open", path, flags);
    EXPECT_GE(handle, 3) << path;
    return static_cast<std::uint64_t>(handle);
  }
  void host_file(const std::string& name, const std::string& content) {
    cmos::testing::put(top / ("root/data/" + name), content);
  }
  std::int64_t rename(std::string_view from, std::string_view to) {
    guest.poke(kPath, from);
    guest.poke(kPath + 0x100, to);
    ByteWriter pair;
    for (const std::uint64_t word :
         {kPath, std::uint64_t{from.size()}, kPath + 0x100, std::uint64_t{to.size()}}) {
      if (GetParam() == 8) {
        pair.u64(word);
      } else {
        pair.u32(static_cast<std::uint32_t>(word));
      }
    }
    guest.poke(kPath + 0x200, as_text(pair.data()));
    return guest.call("rename", kPath + 0x200);
  }

  cmos::testing::TempFolder top;
  vfs::Config config;
  TestServices services;
  Guest guest;
};

constexpr std::int64_t code(Status status) {
  return static_cast<std::int64_t>(status);
}

}  // namespace cmos::syscalls
