// Each edge of each rule: exactly at the end, one short, one long, wrapped around 32 bits; and what
// the message says.
#include <gtest/gtest.h>

#include <limits>

#include "tests/formats/cpe/build.h"

namespace cmos::cpe {
namespace {

constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
const std::string kNoName("\0\0\0\0\0", 5);

std::string read_with(const std::function<void(Draft&)>& change, const ReadOptions& options = {}) {
  Draft draft;
  change(draft);
  return outcome(read_text(draft.bytes(), options));
}

std::string rules_with(const std::function<void(Draft&)>& change, const ReadOptions& options = {}) {
  Draft draft;
  change(draft);
  return rules_of(validate_text(draft.bytes(), options));
}

/// The last 12 bytes of the header zero.
void zero_tail(Draft& draft) {
  draft.metadata_offset = 0;
  draft.code_size = 0;
  draft.checksum = 0;
}

TEST(CpeHeader, DraftIsValid) {
  EXPECT_EQ(read_with([](Draft&) {}, {.strict = true}), "read");
  EXPECT_EQ(rules_with([](Draft&) {}), "");
}

TEST(CpeHeader, EveryCutIsNamed) {
  const std::string whole = Draft().bytes();
  auto cut = [&](std::size_t size) { return outcome(read_text(whole.substr(0, size))); };
  EXPECT_EQ(cut(0), "t.cpe: offset 0x0: magic: found 0 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(3), "t.cpe: offset 0x0: magic: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(4), "t.cpe: offset 0x4: version: found 0 bytes left, expected 1 byte");
  EXPECT_EQ(cut(8), "t.cpe: offset 0x5: ARCH: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(12), "t.cpe: offset 0x9: mini disk size: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(13), "t.cpe: offset 0xd: entry point offset: found 0 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(20),
            "t.cpe: offset 0x11: optional metadata offset: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(24), "t.cpe: offset 0x15: code section size: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(28), "t.cpe: offset 0x19: checksum: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(cut(29),
            "t.cpe: offset 0x15: code section size: found 32, expected at most 0, the bytes from "
            "0x1d to the end of the file");
}

TEST(CpeHeader, Magic) {
  EXPECT_EQ(read_with([](Draft& d) {
              d.magic =
                  "\x7f"
                  "ELF";
            }),
            "t.cpe: offset 0x0: magic: found \"\\x7fELF\", expected \"CMOS\"");
  EXPECT_EQ(rules_with([](Draft& d) { d.magic = "cmos"; }), "error bad-magic");
}

TEST(CpeHeader, Version) {
  EXPECT_EQ(read_with([](Draft& d) { d.version = 0; }),
            "t.cpe: offset 0x4: version: found 0, expected 1");
  Draft draft;
  draft.version = 2;
  const auto later = read_text(draft.bytes());
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(later.error().text(), "t.cpe: offset 0x4: version: found 2, expected 1");
}

TEST(CpeHeader, UnknownArchIsAMatterOfTheValidator) {
  EXPECT_EQ(read_with([](Draft& d) { d.arch = "Z80!"; }, {.strict = true}), "read");
  EXPECT_EQ(rules_with([](Draft& d) { d.arch = "Z80!"; }), "warning unknown-arch");
  EXPECT_EQ(rules_with([](Draft& d) { d.arch = std::string("\xff\0\n\x80", 4); }, {.strict = true}),
            "error unknown-arch");
  for (const std::string_view arch : documented_archs()) {
    EXPECT_EQ(rules_with([&](Draft& d) { d.arch = arch; }), "");
    EXPECT_NE(arch_description(arch), nullptr);
  }
  EXPECT_EQ(documented_archs().size(), 5u);
  EXPECT_EQ(arch_description("8665"), nullptr);
  EXPECT_EQ(arch_description("8664x"), nullptr);
}

TEST(CpeHeader, MetadataOffset) {
  for (const std::uint32_t offset : {1u, 28u, 30u, kMax}) {
    EXPECT_EQ(read_with([&](Draft& d) { d.metadata_offset = offset; }),
              "t.cpe: offset 0x11: optional metadata offset: found " + std::to_string(offset) +
                  ", expected 29, or 0 for no SIGNATURE");
  }
}

TEST(CpeHeader, Checksum) {
  EXPECT_EQ(read_with([](Draft& d) { d.checksum = 0; }, {.strict = true}), "read");
  EXPECT_EQ(read_with([](Draft& d) { d.checksum = 1; }),
            "t.cpe: offset 0x19: checksum: found 0x00000001, expected 0x683b83cd, the CRC-32 of "
            "the file");
  // Any single changed byte that leaves the structure whole is noticed.
  const std::string whole = Draft().bytes();
  for (std::size_t at = 33; at < 61; ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(rules_of(validate_text(changed)), "error bad-checksum") << at;
  }
}

TEST(CpeSignature, Edges) {
  const std::string good = counted("me") + counted("you") + u32(9);
  EXPECT_EQ(read_with([&](Draft& d) { d.signature = good; }, {.strict = true}), "read");
  EXPECT_EQ(read_with([](Draft& d) { d.signature = counted("") + counted("") + u32(0); }), "read");
  EXPECT_EQ(read_with([](Draft& d) { d.signature = u32(kMax) + "me" + counted("you") + u32(9); }),
            "t.cpe: offset 0x21: author name: found 50 bytes left, expected 4294967295 bytes");
  EXPECT_EQ(
      read_with([](Draft& d) { d.signature = counted("me") + u32(kMax - 3) + "you" + u32(9); }),
      "t.cpe: offset 0x27: author site name: found 44 bytes left, expected 4294967292 bytes");
  EXPECT_EQ(read_with([](Draft& d) { d.signature = counted("a\xff") + counted("") + u32(9); }),
            "t.cpe: offset 0x22: author name: found byte 0xff, expected UTF-8");
  EXPECT_EQ(
      read_with([](Draft& d) { d.signature = counted("") + counted("\xed\xa0\x80") + u32(9); }),
      "t.cpe: offset 0x25: author site name: found byte 0xed, expected UTF-8");
  Draft cut;
  cut.signature = good;
  const std::string whole = cut.bytes();
  EXPECT_EQ(outcome(read_text(whole.substr(0, 32))),
            "t.cpe: offset 0x1d: author length: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(outcome(read_text(whole.substr(0, 29 + 16))),
            "t.cpe: offset 0x2a: author hash: found 3 bytes left, expected 4 bytes");
}

TEST(CpeCode, StatedSize) {
  // 4 + 28 bytes of CODE, then 5 of the mini disk.
  EXPECT_EQ(read_with([](Draft& d) { d.code_size = 32; }, {.strict = true}), "read");
  EXPECT_EQ(read_with([](Draft& d) { d.code_size = 38; }),
            "t.cpe: offset 0x15: code section size: found 38, expected at most 37, the bytes from "
            "0x1d to the end of the file");
  EXPECT_EQ(read_with([](Draft& d) { d.code_size = kMax; }),
            "t.cpe: offset 0x15: code section size: found 4294967295, expected at most 37, the "
            "bytes from 0x1d to the end of the file");
  EXPECT_EQ(
      read_with([](Draft& d) { d.code_size = 3; }),
      "t.cpe: offset 0x15: code section size: found 3, expected 0 (not stated) or at least 4");
  EXPECT_EQ(
      rules_with([](Draft& d) { d.code_size = 4; }),
      "error entry-outside-code, warning unpadded-code, error bad-lock, error bad-backup-name");
  // To the very end: then there is no mini-disk section.
  EXPECT_EQ(rules_with([](Draft& d) { d.code_size = 37; }),
            "warning unpadded-code, error missing-mini-disk");
}

TEST(CpeCode, TableLength) {
  EXPECT_EQ(
      read_with([](Draft& d) { d.table_length = 29; }),
      "t.cpe: offset 0x1d: symbol table length: found 29, expected at most 28, the bytes left "
      "for CODE");
  EXPECT_EQ(read_with([](Draft& d) { d.table_length = kMax; }),
            "t.cpe: offset 0x1d: symbol table length: found 4294967295, expected at most 28, the "
            "bytes left for CODE");
  EXPECT_EQ(rules_with([](Draft& d) {
              d.table = symbol("abcd", 0);
              d.code.clear();
            }),
            "error entry-outside-code");
}

TEST(CpeCode, TableEntries) {
  auto table = [](const std::string& bytes) {
    return read_with([&](Draft& d) {
      d.table = bytes;
      d.code = std::string(64 - 4 - bytes.size(), '\x90');
    });
  };
  const std::string tail = ": the symbol table does not end with an entry";
  EXPECT_EQ(table(symbol("a", 1) + symbol("bc", 2)), "read");
  EXPECT_EQ(table(symbol("", 0)), "read");
  EXPECT_EQ(table(std::string(3, '\0')), "t.cpe: offset 0x21: symbol 0 name length" + tail +
                                             ": found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(table(symbol("a", 1) + u32(0)), "t.cpe: offset 0x2e: symbol 1 code offset" + tail +
                                                ": found 0 bytes left, expected 4 bytes");
  EXPECT_EQ(table(u32(6) + "a" + u32(1)),
            "t.cpe: offset 0x25: symbol 0 name" + tail + ": found 5 bytes left, expected 6 bytes");
  EXPECT_EQ(table(u32(kMax) + "a" + u32(1)), "t.cpe: offset 0x25: symbol 0 name" + tail +
                                                 ": found 5 bytes left, expected 4294967295 bytes");
  EXPECT_EQ(table(u32(2) + "a" + u32(1)), "t.cpe: offset 0x27: symbol 0 code offset" + tail +
                                              ": found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(table(symbol("ok", 0) + symbol("caf\xe9", 0)),
            "t.cpe: offset 0x32: symbol 1 name: found byte 0xe9, expected UTF-8");
}

TEST(CpeCode, DuplicateSymbolsWarn) {
  auto duplicate = [](Draft& d) {
    d.table = symbol("a", 1) + symbol("a", 2);
    d.code = std::string(10, '\x90');
  };
  EXPECT_EQ(rules_with(duplicate), "warning duplicate-symbol");
  EXPECT_EQ(read_with(duplicate), "read");
  EXPECT_EQ(read_with(duplicate, {.strict = true}),
            "t.cpe: offset 0x2e: symbol 1 name: found \"a\" again, expected each name once");
}

TEST(CpeCode, ManyFindingsOfOneKindAreSummed) {
  Draft draft;
  for (int i = 0; i < 1000; ++i) draft.table += symbol("", 0);
  const auto findings = validate_text(draft.bytes());
  ASSERT_EQ(findings.size(), 100u);
  EXPECT_EQ(findings.back().where.message, "and 899 more findings like this one");
}

TEST(CpeCode, UnpaddedWarns) {
  auto unpadded = [](Draft& d) { d.code = std::string(27, '\x90'); };
  EXPECT_EQ(rules_with(unpadded), "warning unpadded-code");
  EXPECT_EQ(read_with(unpadded, {.strict = true}),
            "t.cpe: offset 0x3c: padding: found a CODE section of 31 bytes, expected a multiple of "
            "16");
}

TEST(CpeEntry, Bounds) {
  EXPECT_EQ(read_with([](Draft& d) { d.entry = 27; }), "read");
  for (const std::uint32_t entry : {28u, 29u, kMax}) {
    EXPECT_EQ(read_with([&](Draft& d) { d.entry = entry; }),
              "t.cpe: offset 0xd: entry point offset: found " + std::to_string(entry) +
                  ", expected less than 28, the size of the machine code");
  }
  EXPECT_EQ(read_with([](Draft& d) { d.code.clear(); }),
            "t.cpe: offset 0xd: entry point offset: found 0, expected some machine code to begin "
            "in");
}

TEST(CpeEntry, ThumbBitIsKeptAndNotCounted) {
  Draft draft;
  draft.arch = "_ARM";
  draft.entry = 27;
  const auto thumb = read_text(draft.bytes());
  ASSERT_TRUE(thumb);
  EXPECT_EQ(thumb->entry, 27u);
  draft.code = std::string(27, 'c');
  draft.entry = 27;
  EXPECT_EQ(outcome(read_text(draft.bytes())), "read") << "26 is inside";
  draft.code = std::string(26, 'c');
  EXPECT_NE(outcome(read_text(draft.bytes())), "read");
}

TEST(CpeEntry, LiteralReading) {
  const ReadOptions literal{.strict = false, .entry_base = EntryBase::kSection};
  auto with = [&](std::uint32_t entry) {
    return read_with(
        [&](Draft& d) {
          d.table = symbol("f", 0);
          d.code = std::string(15, '\x90');
          d.entry = entry;
        },
        literal);
  };
  const std::string expected = ", expected 13 to 27, inside the machine code";
  EXPECT_EQ(with(13), "read");
  EXPECT_EQ(with(27), "read");
  EXPECT_EQ(with(12), "t.cpe: offset 0xd: entry point offset: found 12" + expected);
  EXPECT_EQ(with(28), "t.cpe: offset 0xd: entry point offset: found 28" + expected);
  EXPECT_EQ(with(0), "t.cpe: offset 0xd: entry point offset: found 0" + expected);
}

TEST(CpeEntry, HintsAtTheLiteralReading) {
  Draft draft;
  draft.table = symbol("start", 8);
  draft.code = std::string(64 - 17, '\x90');
  draft.entry = 17 + 8;
  const auto findings = validate_text(draft.bytes());
  EXPECT_EQ(rules_of(findings), "hint entry-base");
  EXPECT_EQ(findings[0].where.text(),
            "t.cpe: offset 0xd: entry point offset: found 25, where no symbol is, expected 8, "
            "unless it counts from the start of CODE (--entry-base=section)");
  EXPECT_EQ(outcome(read_text(draft.bytes(), {.strict = true})), "read") << "a hint is no warning";
  draft.entry = 8;
  EXPECT_EQ(rules_of(validate_text(draft.bytes())), "");
  draft.entry = 9;
  EXPECT_EQ(rules_of(validate_text(draft.bytes())), "") << "neither reading hits";
}

TEST(CpeMiniDisk, Lock) {
  auto lock = [](char value) {
    return [value](Draft& d) { d.mini_disk = std::string(1, value) + u32(0); };
  };
  EXPECT_EQ(rules_with(lock(1)), "warning stale-lock");
  EXPECT_EQ(
      read_with(lock(1), {.strict = true}),
      "t.cpe: offset 0x3d: mini-disk lock: found 1 (in use), a stale mark, expected 0 (free)");
  EXPECT_EQ(read_with(lock(2)),
            "t.cpe: offset 0x3d: mini-disk lock: found 2, expected 0 (free) or 1 (in use)");
  EXPECT_EQ(rules_with(lock('\xff')), "error bad-lock");
}

TEST(CpeMiniDisk, Truncated) {
  auto section = [](const std::string& bytes) {
    return read_with([&](Draft& d) { d.mini_disk = bytes; });
  };
  EXPECT_EQ(section(std::string(1, '\0')),
            "t.cpe: offset 0x3e: backup file length: found 0 bytes left, expected 4 bytes");
  EXPECT_EQ(section(std::string(4, '\0')),
            "t.cpe: offset 0x3e: backup file length: found 3 bytes left, expected 4 bytes");
  EXPECT_EQ(section(std::string(1, '\0') + u32(2) + "a"),
            "t.cpe: offset 0x42: backup file name: found 1 byte left, expected 2 bytes");
  EXPECT_EQ(section(std::string(1, '\0') + u32(kMax) + "a"),
            "t.cpe: offset 0x3e: backup file length: found 4294967295, expected at most 255");
}

TEST(CpeMiniDisk, BackupNames) {
  auto named = [](const std::string& text) {
    return rules_with([&](Draft& d) { d.mini_disk = std::string(1, '\0') + counted(text); });
  };
  for (const char* good : {"", "a", "...", "a.b", " ", "caf\xc3\xa9", ".hidden", "\xc2\xa0"}) {
    EXPECT_EQ(named(good), "") << good;
  }
  EXPECT_EQ(named(std::string(255, 'x')), "");
  for (const char* bad : {".", "..", "a/b", "a\\b", "c:", "\n", "a\x7f", "a\xc2\x85", "\xff",
                          "a\xc3", "\x1f", "\xf4\x90\x80\x80"}) {
    EXPECT_EQ(named(bad), "error bad-backup-name") << bad;
  }
  EXPECT_EQ(named(std::string(1, '\0')), "error bad-backup-name");
  EXPECT_EQ(named(std::string(256, 'x')), "error bad-backup-name");
}

TEST(CpeMiniDisk, Missing) {
  auto missing = [](std::uint32_t size) {
    return [size](Draft& d) {
      d.mini_disk.clear();
      d.mini_disk_size = size;
    };
  };
  EXPECT_EQ(rules_with(missing(0)), "warning no-mini-disk-section");
  EXPECT_EQ(read_with(missing(1)),
            "t.cpe: offset 0x3d: mini-disk section: found the end of the file, expected a section, "
            "since the mini disk size is 1");
}

TEST(CpeMiniDisk, TrailingBytes) {
  auto trailing = [](Draft& d) { d.tail = "x"; };
  EXPECT_EQ(rules_with(trailing), "warning trailing-bytes");
  EXPECT_EQ(read_with(trailing), "read");
  EXPECT_EQ(read_with(trailing, {.strict = true}),
            "t.cpe: offset 0x42: end of file: found 1 trailing byte, expected nothing");
}

TEST(CpeInference, FindsTheSmallestName) {
  Draft draft;
  zero_tail(draft);
  draft.mini_disk = kNoName;
  EXPECT_EQ(outcome(read_text(draft.bytes(), {.strict = true})), "read");
  // The code ends with what could be a mini-disk section whose name would be the real one: n = 0
  // wins.
  draft.code = std::string(28, '\x90') + std::string(1, '\0') + u32(16) + std::string(11, 'n');
  const auto parsed = read_text(draft.bytes());
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->layout.mini_disk, draft.bytes().size() - 5);
  EXPECT_EQ(parsed->executable.backup_name, "");
}

TEST(CpeInference, Edges) {
  auto tail = [](const std::string& code, const std::string& mini_disk, std::uint32_t size) {
    Draft draft;
    zero_tail(draft);
    draft.code = code;
    draft.mini_disk = mini_disk;
    draft.mini_disk_size = size;
    return rules_of(validate_text(draft.bytes()));
  };
  const std::string code(28, '\x90');
  EXPECT_EQ(tail(code, std::string(1, '\1') + counted("name"), 9), "warning stale-lock");
  EXPECT_EQ(tail(code, std::string(1, '\0') + counted(std::string(255, 'n')), 9), "");
  EXPECT_EQ(tail(code, std::string(1, '\0') + counted(std::string(256, 'n')), 9),
            "error unfound-end");
  EXPECT_EQ(tail(code, std::string(1, '\2') + counted("name"), 9), "error unfound-end");
  EXPECT_EQ(tail(code, std::string(1, '\0') + counted("a/b"), 9), "error unfound-end");
  EXPECT_EQ(tail(code, std::string(1, '\0') + counted("name") + "x", 9), "error unfound-end");
  EXPECT_EQ(tail(code + "x", kNoName, 9), "error unfound-end") << "CODE is no multiple of 16";
  EXPECT_EQ(tail(code, "", 9), "error unfound-end");
  EXPECT_EQ(tail(code, "", 0), "warning no-mini-disk-section");
  EXPECT_EQ(tail(code + "x", "", 0), "warning unpadded-code, warning no-mini-disk-section");
  EXPECT_EQ(tail("", kNoName.substr(0, 4), 9), "error unfound-end");
}

TEST(CpeInference, SaysWhatItLookedFor) {
  EXPECT_EQ(
      read_with([](Draft& d) {
        zero_tail(d);
        d.mini_disk.clear();
      }),
      "t.cpe: offset 0x21: end of CODE: found none, expected a mini-disk section (lock 0 or "
      "1, u32 n, valid name of n bytes) that ends with the file, a multiple of 16 after 0x1d");
}

TEST(CpeInference, NeverReachesIntoTheTable) {
  Draft draft;
  zero_tail(draft);
  // The table itself looks like a mini-disk section; there is no machine code.
  draft.table = u32(4) + std::string(4, '\0') + u32(0);
  draft.code.clear();
  draft.mini_disk.clear();
  draft.mini_disk_size = 0;
  EXPECT_EQ(rules_of(validate_text(draft.bytes())),
            "error entry-outside-code, warning no-mini-disk-section");
}

TEST(CpeInference, WorksWithAStatedSignature) {
  Draft draft;
  draft.signature = counted("me") + counted("") + u32(1);
  draft.code_size = 0;
  draft.mini_disk = std::string(1, '\0') + counted("disk");
  const auto parsed = read_text(draft.bytes(), {.strict = true});
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->executable.backup_name, "disk");
  EXPECT_FALSE(parsed->executable.states_code_size);
  EXPECT_TRUE(parsed->executable.has_checksum);
}

TEST(CpeUnstatedSignature, IsFoundWithAWarning) {
  Draft draft;
  zero_tail(draft);
  draft.signature = counted("Ada") + counted("x.org") + u32(5);
  draft.mini_disk = std::string(1, '\0') + counted("disk");
  const auto parsed = read_text(draft.bytes());
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->executable.signature, (Signature{"Ada", "x.org", 5}));
  EXPECT_EQ(parsed->executable.code, std::vector<std::uint8_t>(28, 0x90));
  EXPECT_EQ(rules_of(parsed->findings), "warning unstated-signature");
  EXPECT_EQ(outcome(read_text(draft.bytes(), {.strict = true})),
            "t.cpe: offset 0x11: optional metadata offset: found 0, but a SIGNATURE follows the "
            "header, expected 29");
  // Writing it states it.
  const auto written = write(parsed->executable);
  ASSERT_TRUE(written);
  EXPECT_EQ((*written)[17], 29);
}

TEST(CpeUnstatedSignature, IsNotSoughtWhenTheHeaderSaysMore) {
  Draft draft;
  draft.metadata_offset = 0;
  draft.code_size = 0;
  draft.signature = counted("Ada") + counted("x.org") + u32(5);
  EXPECT_NE(outcome(read_text(draft.bytes())), "read") << "the checksum is not 0";
}

TEST(CpeUnstatedSignature, WhenBothReadingsFailTheFirstIsReported) {
  Draft draft;
  zero_tail(draft);
  draft.signature = counted("Ada") + counted("x.org") + u32(5);
  draft.mini_disk = "nonsense";
  EXPECT_EQ(outcome(read_text(draft.bytes())),
            "t.cpe: offset 0x21: symbol 0 name length: the symbol table does not end with an "
            "entry: found 3 bytes left, expected 4 bytes");
}

TEST(CpeUnstatedSignature, AWellFormedReadingWithoutOneWins) {
  Draft draft;
  zero_tail(draft);
  EXPECT_EQ(rules_of(validate_text(draft.bytes())), "");
}

}  // namespace
}  // namespace cmos::cpe
