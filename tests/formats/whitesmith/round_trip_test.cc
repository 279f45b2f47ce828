// What is written reads as the same content and is written as the same bytes again, for every
// config byte; the worked bytes of docs/whitesmith.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "formats/whitesmith/archive.h"
#include "formats/whitesmith/whitesmith.h"
#include "tests/formats/whitesmith/hex.h"

namespace cmos::whitesmith {
namespace {

using test::hex;
using test::to_hex;

/// Content of every kind that a config byte has room for.
class Generator {
 public:
  Generator(std::uint8_t config, unsigned seed) : random_(seed * 256U + config) {
    file_.config.byte = config;
  }

  File make() {
    file_.text = contents(below(4) == 0 ? 9000 : 60);
    file_.data = contents(below(3) == 0 ? 300 : 20);
    file_.bss = word();
    file_.heap = word();
    file_.text_base = word();
    file_.data_base = word();
    const std::uint32_t most = UINT16_MAX / file_.config.symbol_size();
    const std::uint32_t count = std::min(below(4) == 0 ? 600U : 20U, most);
    for (std::uint32_t i = 0; i < count; ++i) file_.symbols.push_back(symbol(i));
    if (file_.config.has_relocations()) {
      file_.text_items = items(file_.text.size());
      file_.data_items = items(file_.data.size());
    }
    return std::move(file_);
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()) & file_.config.word_mask(); }

  Bytes contents(std::uint32_t most) {
    std::vector<std::uint8_t> out(below(most));
    for (std::uint8_t& one : out) one = static_cast<std::uint8_t>(random_());
    return file_.storage.keep(std::move(out));
  }

  Symbol symbol(std::uint32_t index) {
    const std::string name = fmt::format("_{:x}_abcdefghijklmnop", index);
    constexpr bool kFlags[][2] = {{false, true}, {true, true}, {true, false}};
    const auto& flags = kFlags[below(3)];
    return {.name = file_.storage.keep_text(name.substr(0, file_.config.name_length())),
            .value = flags[0] || below(2) == 0 ? word() : 0,
            .segment = flags[0] ? static_cast<Segment>(below(4)) : Segment::kAbsolute,
            .defined = flags[0],
            .global = flags[1]};
  }

  std::vector<Item> items(std::uint64_t size) {
    std::vector<Item> out;
    for (std::uint64_t at = 0;;) {
      constexpr std::uint32_t kGaps[] = {0, 1, 31, 32, 287, 288, 8223, 8224};
      at += kGaps[below(8)];
      Item one{
          .offset = static_cast<std::uint32_t>(at),
          .target = below(Item::kFirstSymbol + static_cast<std::uint32_t>(file_.symbols.size())),
          .relative = below(4) == 0,
          .is_long = file_.config.wide() && below(2) == 0};
      if (at + one.size() > size) return out;
      out.push_back(one);
      at += one.size();
    }
  }

  std::mt19937 random_;
  File file_;
};

void expect_same(const File& a, const File& b) {
  EXPECT_EQ(a.config, b.config);
  EXPECT_TRUE(std::ranges::equal(a.text, b.text));
  EXPECT_TRUE(std::ranges::equal(a.data, b.data));
  EXPECT_EQ(a.bss, b.bss);
  EXPECT_EQ(a.heap, b.heap);
  EXPECT_EQ(a.text_base, b.text_base);
  EXPECT_EQ(a.data_base, b.data_base);
  EXPECT_EQ(a.symbols, b.symbols);
  EXPECT_EQ(a.text_items, b.text_items);
  EXPECT_EQ(a.data_items, b.data_items);
}

TEST(WhitesmithRoundTrip, every_config_byte) {
  for (unsigned config = 0; config < 256; ++config) {
    for (unsigned seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE(fmt::format("config 0x{:02x}, seed {}", config, seed));
      const File file = Generator(static_cast<std::uint8_t>(config), seed).make();
      const auto bytes = write(file);
      ASSERT_TRUE(bytes) << bytes.error().text();
      const auto read_back = read(*bytes, "f");
      ASSERT_TRUE(read_back) << read_back.error().text();
      ASSERT_EQ(read_back->layout.end, bytes->size());
      ASSERT_NO_FATAL_FAILURE(expect_same(file, read_back->file));
      const auto again = write(read_back->file);
      ASSERT_TRUE(again);
      ASSERT_EQ(*again, *bytes);
    }
  }
}

TEST(WhitesmithRoundTrip, every_symbol_index_that_two_bytes_reach) {
  // One-byte names keep the table small enough for 16383 symbols.
  File file;
  file.config.byte = 0x10;
  file.symbols.resize(16383, {.name = "x"});
  std::vector<Item> items;
  for (std::uint32_t target = 0; target < 4 + 16383; ++target)
    items.push_back({.offset = 2 * target, .target = target});
  file.text = file.storage.keep(std::vector<std::uint8_t>(2 * items.size()));
  file.text_items = items;
  const auto bytes = write(file);
  ASSERT_TRUE(bytes) << bytes.error().text();
  const auto back = read(*bytes, "f");
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->file.text_items, items);
}

struct Encoded {
  std::uint32_t offset;
  std::uint32_t target;
  std::string_view bytes;
};

TEST(WhitesmithStream, canonical_bytes) {
  const Encoded cases[] = {
      {0, 0, "40 00 00"},
      {0, 1, "44 00 00"},
      {0, 2, "48 00 00"},
      {0, 3, "4c 00 00"},
      {0, 4, "50 00 00"},
      {0, 46, "f8 00 00"},
      {0, 47, "fc 00 00 00"},
      {0, 174, "fc 7f 00 00"},
      {0, 175, "fc 80 00 00 00"},
      {0, 223, "fc 80 30 00 00"},
      {0, 431, "fc 81 00 00 00"},
      {1, 1, "01 44 00 00"},
      {31, 1, "1f 44 00 00"},
      {32, 1, "20 00 44 00 00"},
      {287, 1, "20 ff 44 00 00"},
      {288, 1, "21 00 44 00 00"},
      {8223, 1, "3f ff 44 00 00"},
      {8224, 1, "3f ff 01 44 00 00"},
      {9001, 1, "3f ff 22 ea 44 00 00"},
  };
  for (const Encoded& one : cases) {
    File file;
    file.config.byte = 0x10;
    file.symbols.resize(600, {.name = "x"});
    file.text = file.storage.keep(std::vector<std::uint8_t>(9100));
    file.text_items = {{.offset = one.offset, .target = one.target}};
    const auto bytes = write(file);
    ASSERT_TRUE(bytes) << bytes.error().text();
    const auto result = read(*bytes, "f");
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(to_hex(Bytes(*bytes).subspan(result->layout.text_items)), one.bytes);
  }
}

TEST(WhitesmithStream, adjacent_items_need_no_distance_and_size_bits_stand_in_every_code) {
  File file;
  file.config.byte = 0x0d;  // 11-byte names, words of 4 bytes, big-endian
  file.symbols.resize(50, {.name = "s"});
  file.data = file.storage.keep(std::vector<std::uint8_t>(14));
  file.data_items = {{.offset = 0, .target = 1, .relative = true},
                     {.offset = 2, .target = 4, .is_long = true},
                     {.offset = 6, .target = 53, .relative = true, .is_long = true},
                     {.offset = 12, .target = 53, .relative = true}};
  const auto bytes = write(file);
  ASSERT_TRUE(bytes);
  const auto result = read(*bytes, "f");
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(to_hex(Bytes(*bytes).subspan(result->layout.data_items)), "45 52 ff 06 02 fd 06 00");
  EXPECT_EQ(result->file.data_items, file.data_items);
}

// A whole object of a modern assembler: `ld (tab),hl` and `ld (lb),hl` hold module addresses.
TEST(WhitesmithBytes, worked_object) {
  const auto bytes =
      hex("9917 3600 0d00 0400 0200 0000 0000 0d00 | 210000 220000 220d00 221100 c9 | 00001100"
          "0d00 06 74616200000000000000 0000000000"
          "0000 08 65310000000000000000 0000000000"
          "0000 08 65320000000000000000 0000000000"
          "01 54 01 58 01 48 01 4c 00 | 44 4c 00");
  const auto result = read(bytes, "b.o");
  ASSERT_TRUE(result) << result.error().text();
  const File& file = result->file;
  EXPECT_EQ(file.config.name_length(), 15U);
  EXPECT_EQ(file.text.size(), 13U);
  EXPECT_EQ(file.base(Segment::kBss), 0x11U);
  ASSERT_EQ(file.symbols.size(), 3U);
  EXPECT_EQ(file.symbols[0], (Symbol{.name = "tab",
                                     .value = 13,
                                     .segment = Segment::kData,
                                     .defined = true,
                                     .global = false}));
  EXPECT_EQ(file.text_items[0], (Item{.offset = 1, .target = 5}));
  EXPECT_EQ(file.text_items[2], (Item{.offset = 7, .target = 2}));
  EXPECT_EQ(file.text_items[3], (Item{.offset = 10, .target = 3}));
  EXPECT_EQ(file.data_items,
            (std::vector<Item>{{.offset = 0, .target = 1}, {.offset = 2, .target = 3}}));
  EXPECT_EQ(write(file).value(), bytes);
}

// Value 0x63 is data offset 0x31 behind 0x32 bytes of text.
TEST(WhitesmithBytes, symbol_values_are_addresses_of_the_module) {
  std::string text = "9914 0c00 3200 3300 0000 0000 0000 3200";
  for (int i = 0; i < 0x65; ++i) text += "00";
  text += "63 00 0e 5f 5f 68 6c 00 00 00 00 00 | 00 00";
  const auto bytes = hex(text);
  const auto result = read(bytes, "CRTX.O");
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->file.symbols.at(0).value - result->file.base(Segment::kData), 0x31U);
  EXPECT_EQ(result->file.symbols.at(0).name, "__hl");
  EXPECT_TRUE(validate(bytes, "CRTX.O").empty());
}

TEST(WhitesmithBytes, program_without_relocations_has_no_terminators) {
  const auto bytes = hex("9994 0000 0200 0000 0000 0003 0001 0201 | 18fe");
  const auto result = read(bytes, "a.out");
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->layout.end, bytes.size());
  EXPECT_EQ(result->file.heap, 0x300U);
  EXPECT_TRUE(result->file.is_program());
  EXPECT_EQ(write(result->file).value(), bytes);
}

TEST(WhitesmithBytes, wide_big_endian_header) {
  const auto bytes =
      hex("992d 0010 00000004 00000000 00000006 00000000 00000000 00000004 | 4eb90000"
          "00000000 08 5f70757473000000000000 | 02 50 00 00");
  const auto result = read(bytes, "m.o");
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->file.config.symbol_size(), 16U);
  EXPECT_EQ(result->file.bss, 6U);
  EXPECT_EQ(result->file.symbols.at(0).name, "_puts");
  EXPECT_EQ(write(result->file).value(), bytes);
}

std::vector<std::string> rules_of(const std::vector<std::uint8_t>& bytes) {
  std::vector<std::string> out;
  for (const Finding& one : validate(bytes, "f")) out.emplace_back(one.rule);
  return out;
}

// Two bytes of text, one symbol, and what differs.
std::vector<std::uint8_t> with_symbol(std::string_view symbol, std::string_view rest = "00 00") {
  return hex(fmt::format("9914 0c00 0200 0000 0400 0000 0000 0200 | 0000 | {} | {}", symbol, rest));
}

TEST(WhitesmithValidate, tells_which_dialect_and_what_is_remarkable) {
  using List = std::vector<std::string>;
  EXPECT_EQ(rules_of(with_symbol("0000 08 610000000000000000")), List{});
  EXPECT_EQ(rules_of(with_symbol("0000 0d 610000000000000000", "50 00 00")),
            List{"defined-symbol-relocation"});
  EXPECT_EQ(rules_of(with_symbol("0000 08 610000000000000000", "4c 00 00")),
            List{"segment-relative-addend"});
  EXPECT_EQ(rules_of(with_symbol("0700 0f 610000000000000000")), List{"symbol-outside-segment"});
  EXPECT_EQ(rules_of(with_symbol("0000 00 610000000000000000")), List{"local-undefined"});
  EXPECT_EQ(rules_of(with_symbol("0000 08 610062000000000000")), List{"bad-symbol-name"});
  EXPECT_EQ(rules_of(with_symbol("0000 08 000000000000000000")), List{"bad-symbol-name"});
  EXPECT_EQ(rules_of(with_symbol("0000 08 610000000000000000", "00 00 1a 1a")), List{"padding"});
  EXPECT_EQ(rules_of(with_symbol("0000 08 610000000000000000", "00 00 55")),
            List{"trailing-bytes"});
  EXPECT_EQ(rules_of(with_symbol("0000 08 610000000000000000", "05 00 00")),
            List{"distance-past-end"});
  EXPECT_EQ(rules_of(hex("9910 0000 0000 0000 0000 0000 0000 0000 00 00")),
            List{"name-length-one"});
  EXPECT_EQ(rules_of(hex("9954 0000 0000 0000 0000 0000 0000 0000 00 00")),
            List{"ambiguous-config"});
  EXPECT_EQ(rules_of(hex("9914 0000 0000 0000 0000 0002 0000 0000 00 00")), List{"heap-in-object"});
  // A program whose bss lies elsewhere than behind data.
  EXPECT_EQ(rules_of(hex("9994 0c00 0000 0000 0400 0000 0001 0001 0030 0f 61 0000000000000000")),
            List{"separate-bss"});
}

TEST(WhitesmithArchive, every_kind_and_every_end) {
  const std::string_view member =
      "99 14 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";  // an empty object, 18 bytes
  const std::string name = "612e6f 0000000000000000000000";
  for (const std::string_view end : {"", "0000", "00", "00000000000000000000000000000000", "1a1a",
                                     "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"}) {
    const auto bytes =
        hex(fmt::format("75ff {} 1200 {} {} 1200 {} {}", name, member, name, member, end));
    const auto archive = read_archive(bytes, "l.a");
    ASSERT_TRUE(archive) << archive.error().text();
    ASSERT_EQ(archive->members.size(), 2U) << end;
    EXPECT_EQ(archive->members[1].name, "a.o");
    EXPECT_EQ(to_hex(archive->members[1].bytes), member);
    EXPECT_EQ(archive->members[1].offset, 2U + 16 + 18 + 16);
  }
  // Odd members: only 0xff75 goes on at odd offsets.
  const auto odd =
      read_archive(hex(fmt::format("75ff {} 0100 aa {} 0100 bb 0000", name, name)), "l");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->members.at(1).header_offset, 2U + 17);
}

TEST(WhitesmithArchive, relatives_of_unix) {
  const auto v6 =
      hex("6dff 612e6f0000000000 00000000 00 00 0100 aa 00"
          "622e6f0000000000 78563412 07 1f 0200 bbcc 0000");
  const auto six = read_archive(v6, "l");
  ASSERT_TRUE(six) << six.error().text();
  ASSERT_EQ(six->members.size(), 2U);
  EXPECT_EQ(six->members[1].name, "b.o");
  EXPECT_EQ(six->members[1].modified, 0x12345678U);
  EXPECT_EQ(six->members[1].uid, 7U);
  EXPECT_EQ(to_hex(six->members[1].bytes), "bb cc");

  const std::string name = "612e6f 0000000000000000000000";
  const std::string unused = "00000000 01 02 a401";
  const auto little =
      hex(fmt::format("65ff {} {} 01000000 aa00 {} {} 02000000 bbcc", name, unused, name, unused));
  const auto three = read_archive(little, "l");
  ASSERT_TRUE(three) << three.error().text();
  ASSERT_EQ(three->members.size(), 2U);
  EXPECT_FALSE(three->high_half_first);
  EXPECT_EQ(three->members[0].mode, 0644U);
  const auto middle =
      hex(fmt::format("65ff {} {} 00000100 aa00 {} {} 00000200 bbcc", name, unused, name, unused));
  const auto seven = read_archive(middle, "l");
  ASSERT_TRUE(seven) << seven.error().text();
  ASSERT_EQ(seven->members.size(), 2U);
  EXPECT_TRUE(seven->high_half_first);
  EXPECT_EQ(to_hex(seven->members[1].bytes), "bb cc");
}

TEST(WhitesmithArchive, canonical_bytes) {
  const auto contents = hex("99 14");
  const auto bytes =
      write_archive({{"a.o", contents}, {"fourteen_chars", Bytes(contents).first(1)}});
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(to_hex(*bytes),
            "75 ff 61 2e 6f 00 00 00 00 00 00 00 00 00 00 00 02 00 99 14 "
            "66 6f 75 72 74 65 65 6e 5f 63 68 61 72 73 01 00 99 00 00");
  const auto back = read_archive(*bytes, "l");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->members.at(1).name, "fourteen_chars");
  EXPECT_TRUE(validate_archive(*bytes, "l").empty());
}

TEST(WhitesmithWrite, refuses_what_the_config_byte_has_no_room_for) {
  const auto error_of = [](const File& file) {
    const auto bytes = write(file);
    return bytes ? std::string("written") : bytes.error().text();
  };
  File file;
  file.bss = 0x10000;
  EXPECT_EQ(error_of(file), "bss size: found 65536, expected at most 65535");
  file.bss = 0;
  file.symbols = {{.name = "ten_chars_"}};
  EXPECT_EQ(error_of(file),
            "symbol 0 name: found \"ten_chars_\", expected at most 9 bytes, none of them 0");
  file.symbols.clear();
  file.text = file.storage.keep({0, 0});
  file.text_items = {{.offset = 1, .target = 1}};
  EXPECT_EQ(error_of(file),
            "text relocation: found a field of 2 bytes at 1, expected one between 0 and 2");
  file.text_items = {{.offset = 0, .target = 4}};
  EXPECT_EQ(error_of(file),
            "text relocation: found symbol 0, expected one of 0 symbols that an index reaches");
  file.config.byte = 0x94;
  EXPECT_EQ(error_of(file),
            "relocations: found some, expected none, as bit 7 of the config byte says");
}

}  // namespace
}  // namespace cmos::whitesmith
