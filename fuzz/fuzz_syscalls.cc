// Random system calls of one process, over a root of its own with links, a FIFO, mounts and perhaps
// an overlay: every answer is one that the call's row lists, nothing outside the root and the
// mounts changes, and the disk grows by no more than the quota.
//
// Input: a byte that chooses the world, then calls: the row, selectors of its arguments, and for
// each path a selector of its beginning and its end (or bytes of the input).
#include <algorithm>
#include <array>

#include "fuzz/require.h"
#include "tests/syscalls/storage_guest.h"

namespace {

using namespace cmos;
using namespace cmos::syscalls;
using cmos::fuzz::require;
namespace fs = cmos::testing::fs;

constexpr std::uint64_t kPath = kVar;
constexpr std::uint64_t kBuffer = kVar + 0x1000;
constexpr std::uint64_t kMaxBytes = 4096;
constexpr std::uint64_t kMaxFiles = 6;
constexpr std::array<std::uint64_t, 24> kNumbers{
    0,           1,           2,         3,          4,
    5,           6,           8,         9,          100,
    0x1000,      kBuffer,     kConst,    kImageEnd,  kHeap,
    2 | 4,       3 | 4,       2 | 4 | 8, 2 | 4 | 16, 1 | 2 | 4 | 32,
    0x7fff'ffff, 0xffff'ffff, ~0ull,     5000};
constexpr std::array<std::string_view, 8> kHeads{
    "",     "Cmos:\\", "Cmos:\\m\\", "Cmos:\\ro\\", "Cmos:\\sys_apps\\", "..\\..\\outside\\",
    "in\\", "out\\"};
constexpr std::array<std::string_view, 20> kNames{
    "f",     "d",        "d\\f",  "d\\new", "new",     "new\\x",   "out\\secret",
    "in\\f", "dangling", "round", "fifo",   "app\\md", "tool",     "m",
    "ro",    "",         "..",    "other",  "large",   "d\\new\\y"};

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  std::uint8_t byte() { return left_ == 0 ? 0 : (--left_, *data_++); }
  std::string path() {
    const std::uint8_t head = byte();
    if (head == 0xff) {
      std::string raw;
      for (unsigned i = byte() % 32u; i > 0; --i) raw += static_cast<char>(byte());
      return raw;
    }
    return std::string(kHeads[head % kHeads.size()]) + std::string(kNames[byte() % kNames.size()]);
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

/// Bytes of all files, and how many files and folders there are, but for locks.
std::pair<std::uint64_t, std::uint64_t> used(const fs::path& top) {
  std::pair<std::uint64_t, std::uint64_t> out;
  for (const char* name : {"root/data", "root/sys_apps", "mount", "upper"}) {
    if (!fs::exists(top / name)) continue;
    for (auto at = fs::recursive_directory_iterator(top / name);
         at != fs::recursive_directory_iterator(); ++at) {
      const bool own = at->path().filename().string().starts_with(":");
      if (at->path().string().find("/locks") != std::string::npos) continue;
      if (!own) ++out.second;
      if (!at->is_symlink() && at->is_regular_file()) out.first += at->file_size();
    }
  }
  return out;
}

class World {
 public:
  explicit World(std::uint8_t choice) {
    using cmos::testing::put;
    put(top_ / "root/data/f", "content");
    put(top_ / "root/data/large", std::string(3000, 'x'));
    put(top_ / "root/data/d/f", "content");
    put(top_ / "root/sys_apps/tool/program.cpe", "bytes");
    put(top_ / "mount/f", "content");
    put(top_ / "read-only/f", "content");
    put(top_ / "outside/secret", "secret");
    fs::create_symlink(top_ / "outside", top_ / "root/data/out");
    fs::create_symlink("d", top_ / "root/data/in");
    fs::create_symlink("nowhere", top_ / "root/data/dangling");
    fs::create_symlink("round", top_ / "root/data/round");
    config_.root = (top_ / "root").string();
    config_.max_bytes = kMaxBytes;
    if (choice % 4 == 1) config_.max_files = kMaxFiles;
    if (choice % 3 == 1)
      config_.overlay = {.kind = vfs::OverlayChoice::Kind::kKeep,
                         .folder = (top_ / "upper").string()};
    if (choice % 5 == 1) config_.confinement = vfs::Confinement::kWalk;
    config_.mounts = {{vfs::Path::of("m"), (top_ / "mount").string(), false},
                      {vfs::Path::of("ro"), (top_ / "read-only").string(), true}};
    before_ = untouched();
    used_before_ = used(top_.path());
  }

  const vfs::Config& config() const { return config_; }

  void check() const {
    require(untouched() == before_, "nothing outside changes");
    const auto now = used(top_.path());
    require(now.first <= used_before_.first + kMaxBytes, "the quota of bytes holds");
    if (config_.max_files && config_.overlay.kind == vfs::OverlayChoice::Kind::kNone)
      require(now.second <= used_before_.second + kMaxFiles + 2, "the quota of files holds");
  }

 private:
  std::map<std::string, std::string> untouched() const {
    auto out = cmos::testing::tree(top_ / "outside");
    out.merge(cmos::testing::tree(top_ / "read-only"));
    return out;
  }

  cmos::testing::TempFolder top_;
  vfs::Config config_;
  std::map<std::string, std::string> before_;
  std::pair<std::uint64_t, std::uint64_t> used_before_;
};

void one_call(Input& input, Guest& guest, unsigned word_bytes) {
  const Row& row = table()[input.byte() % table().size()];
  if (row.name == "exit" || row.name == "stdin") return;
  std::uint64_t words[3] = {};
  for (std::uint64_t& word : words) word = kNumbers[input.byte() % kNumbers.size()];
  for (const ArgumentInfo& argument : row.arguments) {
    if (argument.kind != ArgumentKind::kPathIn) continue;
    const std::string said = input.path();
    guest.poke(kPath, said);
    words[argument.first_register] = kPath;
    words[argument.first_register + 1] = said.size();
  }
  if (row.name == "rename") {
    const std::string from = input.path();
    const std::string to = input.path();
    guest.poke(kPath, from);
    guest.poke(kPath + 0x700, to);
    ByteWriter pair;
    for (const std::uint64_t word :
         {kPath, std::uint64_t{from.size()}, kPath + 0x700, std::uint64_t{to.size()}}) {
      word_bytes == 8 ? pair.u64(word) : pair.u32(static_cast<std::uint32_t>(word));
    }
    guest.poke(kPath + 0xf00, as_text(pair.data()));
    words[0] = kPath + 0xf00;
  }
  const CallResult result = guest.result(row.name, words[0], words[1], words[2]);
  if (result.value >= 0) return;
  require(find_status(result.value) != nullptr, "every error is one of the table's");
  require(std::find(row.errors.begin(), row.errors.end(), static_cast<Status>(result.value)) !=
              row.errors.end(),
          "every error is one that the row lists");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t choice = input.byte();
  const unsigned word_bytes = choice % 2 == 0 ? 8 : 4;
  const World world(choice);
  {
    TestServices services(world.config());
    Guest guest(word_bytes, {}, services.services());
    while (!input.empty()) one_call(input, guest, word_bytes);
  }
  world.check();
  return 0;
}
