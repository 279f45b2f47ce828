// Long sequences of calls with random arguments, good and bad: no call answers an error that its
// row does not list, and nothing outside the root and the mounts changes.
#include <sys/stat.h>

#include <random>

#include "tests/syscalls/storage_guest.h"

namespace cmos::syscalls {
namespace {

namespace fs = cmos::testing::fs;

struct World {
  unsigned word_bytes;
  vfs::OverlayChoice::Kind overlay;
  vfs::Confinement confinement;
};

class RandomCalls : public ::testing::TestWithParam<World> {
 protected:
  static constexpr std::uint64_t kPath = kVar;
  static constexpr std::uint64_t kBuffer = kVar + 0x1000;

  RandomCalls() {
    using cmos::testing::put;
    put(top / "root/data/f", "content");
    put(top / "root/data/d/f", "content");
    put(top / "root/sys_apps/tool/program.cpe", "bytes");
    put(top / "mount/f", "content");
    put(top / "read-only/f", "content");
    put(top / "outside/secret", "secret");
    fs::create_symlink(top / "outside", top / "root/data/out");
    fs::create_symlink("d", top / "root/data/in");
    fs::create_symlink("nowhere", top / "root/data/dangling");
    fs::create_symlink("round", top / "root/data/round");
    ::mkfifo((top / "root/data/fifo").c_str(), 0600);
    config.root = (top / "root").string();
    config.overlay.kind = GetParam().overlay;
    config.scratch = top.string();
    config.confinement = GetParam().confinement;
    // Sparse files of any size are cheap on the host, but not to copy.
    config.max_bytes = 1 << 20;
    config.mounts = {{vfs::Path::of("m"), (top / "mount").string(), false},
                     {vfs::Path::of("ro"), (top / "read-only").string(), true},
                     {vfs::Path::of("data/deep/mount"), (top / "mount").string(), false}};
  }

  std::string path() {
    static const std::vector<std::string> heads{"",
                                                "Cmos:\\",
                                                "cMoS:\\data\\",
                                                "Cmos:\\m\\",
                                                "Cmos:\\ro\\",
                                                "Cmos:\\sys_apps\\",
                                                "..\\",
                                                "..\\..\\..\\outside\\",
                                                "Cmos:",
                                                "/",
                                                "Cmos:\\data\\deep\\mount\\",
                                                "in\\",
                                                "out\\"};
    static const std::vector<std::string> names{"f",
                                                "d",
                                                "d\\f",
                                                "d\\new",
                                                "new",
                                                "new\\",
                                                "new\\x",
                                                "f\\x",
                                                "out",
                                                "out\\secret",
                                                "in",
                                                "in\\f",
                                                "dangling",
                                                "round",
                                                "round\\x",
                                                "fifo",
                                                "app",
                                                "app\\md",
                                                "app\\md\\x",
                                                "app\\x",
                                                "tool",
                                                "tool\\md",
                                                "data",
                                                "sys_apps",
                                                "m",
                                                "ro",
                                                "deep",
                                                "deep\\mount",
                                                "",
                                                ".",
                                                "..",
                                                "..\\..",
                                                "con",
                                                ":aside",
                                                "a:b",
                                                "a/b",
                                                "\x7f",
                                                "\xff\xfe",
                                                "ö",
                                                std::string(1, '\0'),
                                                std::string(255, 'a'),
                                                std::string(256, 'a')};
    std::string out = heads[pick(heads.size())] + names[pick(names.size())];
    if (pick(50) == 0) {
      while (out.size() < 5000) out += "\\long";
    }
    return out.substr(0, 0x700);
  }
  std::uint64_t number() {
    const std::uint64_t numbers[] = {
        0,   1,         2,       3,           4,           5,     6,         8, 9,
        100, 0x1000,    kBuffer, kConst,      kImageEnd,   kHeap, 3,         4, kBuffer,
        4,   INT64_MAX, kBuffer, 0x7fff'ffff, 0xffff'ffff, ~0ull, 1 | 2 | 4, 1, 2 | 4 | 8};
    return numbers[pick(std::size(numbers))];
  }
  std::size_t pick(std::size_t count) { return random_() % count; }

  cmos::testing::TempFolder top;
  vfs::Config config;

 private:
  std::mt19937_64 random_{20261120};
};

std::string world_name(const ::testing::TestParamInfo<World>& info) {
  return std::to_string(info.param.word_bytes * 8) + "bit" +
         (info.param.overlay == vfs::OverlayChoice::Kind::kNone ? "" : "Overlay") +
         (info.param.confinement == vfs::Confinement::kWalk ? "Walk" : "");
}
INSTANTIATE_TEST_SUITE_P(
    Worlds, RandomCalls,
    ::testing::Values(World{8, vfs::OverlayChoice::Kind::kNone, vfs::Confinement::kAuto},
                      World{4, vfs::OverlayChoice::Kind::kNone, vfs::Confinement::kWalk},
                      World{8, vfs::OverlayChoice::Kind::kDiscard, vfs::Confinement::kAuto}),
    world_name);

TEST_P(RandomCalls, AnswerOnlyDocumentedErrors) {
  TestServices services(config);
  Guest guest(GetParam().word_bytes, {}, services.services());
  const std::string lower = GetParam().overlay == vfs::OverlayChoice::Kind::kNone ? "" : "root";
  const auto untouched = [&] {
    auto out = cmos::testing::tree(top / "outside");
    out.merge(cmos::testing::tree(top / "read-only"));
    if (!lower.empty()) out.merge(cmos::testing::tree(top / "root/sys_apps"));
    return out;
  };
  const auto before = untouched();
  for (int i = 0; i < 20000; ++i) {
    const Row& row = table()[pick(table().size())];
    if (row.name == "exit" || row.name == "stdin" || row.name == "stdout") continue;
    std::uint64_t words[3] = {number(), number(), number()};
    std::string said;
    for (const ArgumentInfo& argument : row.arguments) {
      if (argument.kind != ArgumentKind::kPathIn) continue;
      said = path();
      guest.poke(kPath, said);
      words[argument.first_register] = kPath;
      words[argument.first_register + 1] = said.size();
    }
    if (row.name == "rename" && pick(8) != 0) {
      const std::string from = path();
      const std::string to = path();
      said = from + " -> " + to;
      guest.poke(kPath, from);
      guest.poke(kPath + 0x700, to);
      ByteWriter pair;
      for (const std::uint64_t word :
           {kPath, std::uint64_t{from.size()}, kPath + 0x700, std::uint64_t{to.size()}}) {
        GetParam().word_bytes == 8 ? pair.u64(word) : pair.u32(static_cast<std::uint32_t>(word));
      }
      guest.poke(kPath + 0xf00, as_text(pair.data()));
      words[0] = kPath + 0xf00;
    }
    const CallResult result = guest.result(row.name, words[0], words[1], words[2]);
    if (result.value >= 0) continue;
    const auto status = static_cast<Status>(result.value);
    ASSERT_NE(find_status(result.value), nullptr) << row.name << " " << result.value;
    EXPECT_NE(std::find(row.errors.begin(), row.errors.end(), status), row.errors.end())
        << row.name << " '" << said << "' " << words[0] << " " << words[1] << " " << words[2]
        << " answers " << find_status(result.value)->name;
  }
  EXPECT_EQ(untouched(), before);
}

}  // namespace
}  // namespace cmos::syscalls
