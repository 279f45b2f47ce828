// Writer output re-read gives the same struct; reading then writing a canonical file gives the same
// bytes.
#include <gtest/gtest.h>

#include <random>

#include "tests/formats/cpe/build.h"

namespace cmos::cpe {
namespace {

Executable small() {
  Executable executable;
  executable.arch = "8664";
  executable.mini_disk_size = 4096;
  executable.entry_offset = 2;
  executable.signature = Signature{"Ada Lövelace", "https://example.org", 0xfeedbeef};
  executable.symbols = {{"start", 2}, {"abort", 0}};
  executable.code.assign(44, 0x90);
  executable.backup_name = "saves.dat";
  return executable;
}

/// Pads as the writer does, so that equality is exact.
void pad(Executable& executable) {
  std::size_t table = 4;
  for (const Symbol& symbol : executable.symbols) table += 8 + symbol.name.size();
  while ((table + executable.code.size()) % 16 != 0) executable.code.push_back(0);
}

void expect_round_trip(const Executable& executable) {
  const auto bytes = write(executable);
  ASSERT_TRUE(bytes) << bytes.error().text();
  const auto back = read(*bytes, "t.cpe");
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->executable, executable);
  const auto again = write(back->executable);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, *bytes);
}

TEST(CpeRoundTrip, KeepsEveryField) {
  Executable executable = small();
  pad(executable);
  expect_round_trip(executable);
  executable.mini_disk_locked = true;
  expect_round_trip(executable);
  executable.signature.reset();
  expect_round_trip(executable);
  executable.symbols.clear();
  executable.code.assign(28, 1);
  expect_round_trip(executable);
}

TEST(CpeRoundTrip, HasTheDocumentedBytes) {
  Draft draft;
  draft.entry = 3;
  draft.signature = counted("me") + counted("there") + u32(7);
  draft.table = symbol("start", 3);
  draft.code = std::string(15, '\xc3');
  draft.mini_disk = std::string(1, '\0') + counted("b");
  const std::string bytes = draft.bytes();
  const auto parsed = read_text(bytes);
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_TRUE(parsed->findings.empty());
  EXPECT_EQ(parsed->executable.signature, (Signature{"me", "there", 7}));
  EXPECT_EQ(parsed->executable.symbols, (std::vector<Symbol>{{"start", 3}}));
  EXPECT_EQ(parsed->executable.backup_name, "b");
  EXPECT_EQ(parsed->entry, 3u);
  EXPECT_EQ(parsed->layout.signature, 29u);
  EXPECT_EQ(parsed->layout.code_section, 29u + 19);
  EXPECT_EQ(parsed->layout.symbol_table, 29u + 19 + 4);
  EXPECT_EQ(parsed->layout.machine_code, 29u + 19 + 4 + 13);
  EXPECT_EQ(parsed->layout.mini_disk, bytes.size() - 6);
  EXPECT_EQ(parsed->layout.file_size, bytes.size());
  const auto written = write(parsed->executable);
  ASSERT_TRUE(written);
  EXPECT_EQ(as_text(*written), bytes);
}

TEST(CpeRoundTrip, PadsCodeToSixteen) {
  for (std::size_t size = 1; size <= 33; ++size) {
    Executable executable = small();
    executable.entry_offset = 0;
    executable.symbols.clear();
    executable.code.assign(size, 0xcc);
    const auto bytes = write(executable);
    ASSERT_TRUE(bytes);
    const auto back = read(*bytes, "t.cpe", {.strict = true});
    ASSERT_TRUE(back) << back.error().text();
    pad(executable);
    EXPECT_EQ(back->executable, executable) << size;
  }
}

TEST(CpeRoundTrip, ZeroTailFormIsFoundAgain) {
  Executable executable = small();
  executable.signature.reset();
  executable.states_code_size = false;
  executable.has_checksum = false;
  for (std::size_t length = 0; length <= 255; length += 15) {
    executable.backup_name = std::string(length, 'n');
    executable.code.assign(44, 0x90);
    pad(executable);
    expect_round_trip(executable);
  }
}

/// Any file that the writer can be asked for: all options, names of all lengths, several sizes of
/// code.
Executable random_executable(std::mt19937& random) {
  auto any = [&random] { return static_cast<std::uint32_t>(random()); };
  auto below = [&any](std::uint32_t end) { return any() % end; };
  auto text = [&](std::uint32_t longest) {
    static constexpr std::string_view kPieces[] = {
        "a", "Z", "_", " ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "0"};
    std::string out;
    for (std::uint32_t i = below(longest); i > 0; --i) out += kPieces[below(8)];
    return out;
  };
  Executable executable;
  const auto archs = documented_archs();
  executable.arch = below(8) == 0 ? "Z80!" : std::string(archs[below(5)]);
  executable.mini_disk_size = below(3) == 0 ? 0 : any();
  if (below(2) == 0) executable.signature = Signature{text(20), text(40), any()};
  const std::uint32_t size = below(4) == 0 ? 4096 * (1 + below(4)) : 1 + below(300);
  for (std::uint32_t i = 0; i < size; ++i) executable.code.push_back(static_cast<uint8_t>(any()));
  for (std::uint32_t i = below(6); i > 0; --i)
    executable.symbols.push_back({text(12), below(size)});
  if (size >= 4096 && below(2) == 0) {
    executable.symbols.push_back({std::string(kConstStart), 0x1000});
    executable.symbols.push_back({std::string(kVarStart), below(2) == 0 ? 0x1000u : 0x2000u});
    executable.symbols.push_back({std::string(kImageEnd), 0x5000 + below(0x10000)});
  }
  executable.entry_offset = below(size);
  executable.mini_disk_locked = below(4) == 0;
  executable.backup_name = text(60);
  executable.states_code_size = below(4) != 0;
  executable.has_checksum = below(4) != 0;
  if (executable.states_code_size && below(5) == 0) {
    executable.has_mini_disk_section = false;
    executable.mini_disk_size = 0;
    executable.mini_disk_locked = false;
    executable.backup_name.clear();
  }
  pad(executable);
  return executable;
}

TEST(CpeRoundTrip, RandomExecutables) {
  std::mt19937 random(20240);
  for (int i = 0; i < 600; ++i) {
    SCOPED_TRACE(i);
    expect_round_trip(random_executable(random));
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(CpeRoundTrip, EveryTruncationIsRefusedOrWarned) {
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    const Executable executable = random_executable(random);
    const auto bytes = write(executable);
    ASSERT_TRUE(bytes);
    for (std::size_t size = 0; size < bytes->size(); size += 1 + size / 64) {
      const auto cut = read(Bytes(*bytes).first(size), "t.cpe", {.strict = true});
      if (executable.has_checksum && executable.states_code_size) {
        EXPECT_FALSE(cut) << size;
      }
    }
  }
}

TEST(CpeWrite, RefusesWhatTheReaderWouldRefuse) {
  auto refusal = [](auto change) {
    Executable executable = small();
    change(executable);
    const auto bytes = write(executable);
    if (bytes) return std::string("written");
    EXPECT_EQ(bytes.error().code, ErrorCode::kUsage);
    return bytes.error().text();
  };
  EXPECT_EQ(refusal([](Executable& e) { e.arch = "86"; }), "ARCH: found 2 bytes, expected 4 bytes");
  EXPECT_EQ(refusal([](Executable& e) { e.version = 2; }), "version: found 2, expected 1");
  EXPECT_EQ(refusal([](Executable& e) { e.backup_name = ".."; }),
            "backup file name: found \"..\", expected the name of a file");
  EXPECT_EQ(refusal([](Executable& e) { e.backup_name = std::string(256, 'n'); }),
            "backup file length: found 256, expected at most 255");
  EXPECT_EQ(refusal([](Executable& e) { e.symbols[0].name = "\xff"; }),
            "symbol 0 name: found byte 0xff, expected UTF-8");
  EXPECT_EQ(refusal([](Executable& e) { e.signature->author = "\xc0\x80"; }),
            "author name: found byte 0xc0, expected UTF-8");
  EXPECT_EQ(refusal([](Executable& e) { e.entry_offset = 0x1000; }),
            "entry point offset: found 4096, expected less than 50, the size of the machine "
            "code");
  EXPECT_EQ(refusal([](Executable& e) { e.has_mini_disk_section = false; }),
            "mini-disk section: found the end of the file, expected a section, since the mini disk "
            "size is 4096");
  EXPECT_EQ(refusal([](Executable& e) {
              e.has_mini_disk_section = false;
              e.mini_disk_size = 0;
            }),
            "executable: found a field that the file does not keep, expected a backup name and a "
            "lock only with a mini-disk section");
}

TEST(CpeWrite, KeepsAnEntryThatCountsFromTheSection) {
  Executable executable = small();
  executable.symbols.clear();
  executable.code.assign(28, 0x90);
  executable.entry_offset = 4 + 27;
  const auto bytes = write(executable);
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_FALSE(read(*bytes, "t.cpe"));
  const auto literal = read(*bytes, "t.cpe", {.entry_base = EntryBase::kSection});
  ASSERT_TRUE(literal);
  EXPECT_EQ(literal->entry, 27u);
  EXPECT_EQ(literal->executable, executable);
}

}  // namespace
}  // namespace cmos::cpe
