// Random calls of CP/M's BDOS and BIOS, with random FCBs over drives with links, a FIFO, a folder
// that looks like a file and names that CP/M does not have: nothing outside the drives' folders and
// nothing on a drive that is mounted for reading changes, no byte of a file outside comes into
// memory, what CP/M cannot name stays as it was, and what it makes has names that it can read back.
//
// Input: calls, each a byte that chooses it (also numbers that CP/M 2.2 does not have), bytes for
// its FCB or its argument.
#include <algorithm>
#include <array>

#include "fuzz/require.h"
#include "syscalls/cpm/bdos.h"
#include "tests/vfs/temp_folder.h"

namespace {

using namespace cmos;
using namespace cmos::cpm;
using cmos::fuzz::require;
namespace fs = cmos::testing::fs;

/// Of the file outside; no other file and nothing that is written has it.
constexpr std::string_view kSecret = "a secret that no drive has";
constexpr std::array<std::string_view, 16> kNames{
    "FILE    TXT", "LOWER   TXT", "NEW        ",    "A       B  ", "LINK       ", "DIR        ",
    "PIPE       ", "5          ", "????????\?\?\?", "FI??????T??", "../SECRET  ", "..         ",
    ".          ", "DIR/IN     ", "LINK/SECRET",    "           "};
/// Where FCBs and records lie: usual places, the BDOS's own, and the end of memory.
constexpr std::array<std::uint16_t, 8> kAddresses{0x005c, 0x0080, 0x0100, 0x8000,
                                                  0xfc00, 0xfd00, 0xfff0, 0x0000};

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  std::uint8_t byte() { return left_ == 0 ? 0 : (--left_, *data_++); }
  std::uint16_t address() { return kAddresses[byte() % kAddresses.size()]; }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

class FuzzedConsole final : public Console {
 public:
  explicit FuzzedConsole(Input& input) : input_(input) {}
  bool write(Bytes text) override {
    written_ += text.size();
    return written_ < kMost;
  }
  std::optional<int> read() override {
    return input_.empty() ? std::optional(-1) : std::optional<int>(input_.byte());
  }
  bool ready() override { return !input_.empty(); }

 private:
  static constexpr std::size_t kMost = 1u << 20;
  Input& input_;
  std::size_t written_ = 0;
};

class World {
 public:
  World() {
    using cmos::testing::put;
    put(top_ / "SECRET", std::string(kSecret));
    put(top_ / "outside/SECRET", std::string(kSecret));
    put(top_ / "a/FILE.TXT", std::string(300, 'x'));
    put(top_ / "a/lower.txt", "text");
    put(top_ / "a/name.that.is.long", "long");
    put(top_ / "a/5/FILE.TXT", "of user 5");
    put(top_ / "a/DIR/IN", "in a folder");
    put(top_ / "b/FILE.TXT", "read only");
    fs::create_directory(top_ / "c");
    fs::create_symlink(top_ / "outside", top_ / "a/LINK");
    fs::create_symlink(top_ / "SECRET", top_ / "a/A.B");
    fs::create_symlink(top_ / "outside", top_ / "a/7");
    require(::mkfifo((top_ / "a/PIPE").c_str(), 0600) == 0, "a FIFO is made");
    for (const auto& [drive, name] : {std::pair{0u, "a"}, {1u, "b"}, {2u, "c"}, {15u, "c"}})
      require(drives.mount(drive, {.folder = (top_ / name).string(), .read_only = drive == 1})
                  .has_value(),
              "the drives are mounted");
    before_ = kept();
  }

  void check() const {
    require(kept() == before_, "what is no file of a writable drive stays");
    for (const char* drive : {"a", "c"}) {
      check_folder(top_ / drive, true);
      for (unsigned user = 1; user < kUsers; ++user) {
        const fs::path folder = (top_ / drive) / std::to_string(user);
        if (fs::is_directory(fs::symlink_status(folder))) check_folder(folder, false);
      }
    }
  }

  Drives drives;

 private:
  /// All that no program can change: what is outside, and what is no regular file with a name of
  /// CP/M's.
  std::map<std::string, std::string> kept() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::directory_iterator(top_.path()))
      out[entry.path().filename()] =
          entry.is_directory() ? "/" : cmos::testing::slurp(entry.path());
    for (const char* name : {"outside", "b", "a/DIR"})
      for (const auto& [path, content] : cmos::testing::tree(top_ / name))
        out[name + path] = content;
    for (const char* name : {"a/LINK", "a/A.B", "a/7"})
      out[name] = fs::read_symlink(top_ / name).string();
    out["a/PIPE"] = fs::is_fifo(top_ / "a/PIPE") ? "a FIFO" : "";
    out["a/name.that.is.long"] = cmos::testing::slurp(top_ / "a/name.that.is.long");
    return out;
  }

  static void check_folder(const fs::path& folder, bool with_users) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_symlink() || name == "PIPE" || name == "DIR" || name == "name.that.is.long")
        continue;
      require(name_of_host(name).has_value(), "every name is one of CP/M's");
      if (entry.is_directory())
        require(with_users && name.size() <= 2 && std::stoul(name) < kUsers,
                "folders are those of users");
      else
        require(entry.file_size() <= std::uint64_t{kMaxRecords} * kRecord,
                "no file is larger than 8 MiB");
    }
  }

  cmos::testing::TempFolder top_;
  std::map<std::string, std::string> before_;
};

class Program {
 public:
  explicit Program(Input& input, World& world)
      : input_(input), console_(input), memory_(16, 0x10000) {
    require(memory_.map(0, 0x10000, emu::kRead | emu::kWrite, "memory").has_value(),
            "memory is there");
    bdos_.emplace(memory_, console_, world.drives);
    bdos_->prepare();
  }

  /// False at a call after which the program does not go on.
  bool one_call() {
    const std::uint8_t choice = input_.byte();
    const auto rows = bdos_calls();
    const std::size_t count = rows.size();
    if (choice >= 0xe0) {
      const std::uint8_t value = input_.byte();
      return answered(
          bdos_->bios(choice % bios_calls().size(), {.c = value, .de = value, .bc = value}));
    }
    if (choice >= 0xd8)
      return answered(bdos_->bdos({.c = input_.byte(), .de = input_.address(), .bc = 0}));
    const CallRow& row = rows[choice % count];
    std::uint16_t de = 0;
    switch (row.argument) {
      case Argument::kNone:
        break;
      case Argument::kFcb:
        de = fcb();
        (void)bdos_->fcb_text(de);
        break;
      case Argument::kAddress:
      case Argument::kText:
        de = input_.address();
        break;
      default:
        de = input_.byte();
    }
    const CallAnswer answer = bdos_->bdos({.c = row.number, .de = de, .bc = row.number});
    if (answer.returns && row.answer == Answer::kByte)
      require((answer.hl >> 8) == (answer.hl & 0xff), "a and l are the same");
    return answered(answer);
  }

 private:
  bool answered(const CallAnswer& answer) {
    std::vector<std::uint8_t> all(0x10000);
    require(memory_.peek(0, all), "memory is whole");
    require(as_text(all).find(kSecret) == std::string_view::npos, "nothing outside is read");
    return answer.returns;
  }

  /// Puts an FCB somewhere, or leaves what is there.
  std::uint16_t fcb() {
    const std::uint16_t address = input_.address();
    const std::uint8_t kind = input_.byte();
    if (kind >= 0xe0) return address;
    std::array<std::uint8_t, Fcb::kSize> bytes{};
    bytes[0] = static_cast<std::uint8_t>(kind % 8 == 7   ? input_.byte()
                                         : kind % 8 == 6 ? 16
                                                         : kind % 4);
    name(&bytes[1], kind);
    if (kind & 0x20) {
      for (const std::size_t at : {12u, 14u, 32u, 33u, 34u, 35u}) bytes[at] = input_.byte();
    }
    if (kind & 0x40) name(&bytes[17], kind);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      (void)memory_.poke((address + i) & 0xffff, Bytes(&bytes[i], 1));
    return address;
  }
  void name(std::uint8_t* to, std::uint8_t kind) {
    constexpr std::size_t kSize = 11;
    const std::string_view known = kNames[input_.byte() % kNames.size()];
    for (std::size_t i = 0; i < kSize; ++i)
      to[i] = kind & 0x10 ? input_.byte() : static_cast<std::uint8_t>(known[i]);
  }

  Input& input_;
  FuzzedConsole console_;
  emu::GuestMemory memory_;
  std::optional<Bdos> bdos_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  World world;
  Program program(input, world);
  while (!input.empty() && program.one_call()) {
  }
  world.check();
  return 0;
}
