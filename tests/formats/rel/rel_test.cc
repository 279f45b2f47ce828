// sdcc's objects: an object as sdcc 4.2 writes it, and one fault at a time.
#include "formats/rel/rel.h"

#include <gtest/gtest.h>

namespace cmos::rel {
namespace {

constexpr std::string_view kObject =
    "XL3\n"
    "H 3 areas 3 global symbols\n"
    "M hello\n"
    "O -mz80\n"
    "S _puts Ref000000\n"
    "S .__.ABS. Def000000\n"
    "A _CODE size F flags 0 addr 0\n"
    "S _main Def000000\n"
    "A _DATA size 4 flags 0 addr 0\n"
    "S _x Def000002\n"
    "A _DABS size 0 flags 8 addr 0\n"
    "T 00 00 00\n"
    "R 00 00 00 00\n"
    "T 00 00 00 21 02 00 CD 00 00\n"
    "R 00 00 00 00 00 04 01 00 02 07 00 00\n"
    // ld bc,2; ld a,#>(_DATA+3); inc de; ld a,#<_puts; ret: a byte stands as an address of three.
    "T 06 00 00 01 02 00 3E 03 00 00 13 3E 00 00 00 C9\n"
    "R 00 00 00 00 89 07 01 00 0B 0C 00 00\n";

Result<File> parse(std::string_view text) {
  return read(as_bytes(text), "t.rel");
}

TEST(Rel, an_object_of_sdcc) {
  EXPECT_TRUE(looks_like_rel(as_bytes(kObject)));
  const auto file = parse(kObject);
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->module, "hello");
  EXPECT_EQ(file->options, "-mz80");
  EXPECT_EQ(file->address_bytes, 3U);
  ASSERT_EQ(file->areas.size(), 3U);
  EXPECT_EQ(file->areas[2].flags, Area::kAbsolute);
  EXPECT_TRUE(file->areas[1].bytes.empty());
  const std::vector<std::uint8_t> code{0x21, 0,    0, 0xcd, 0,    0, 1,   2,
                                       0,    0x3e, 0, 0x13, 0x3e, 0, 0xc9};
  EXPECT_EQ(file->areas[0].bytes, code);
  using Part = Relocation::Part;
  const std::vector<Relocation> relocations{
      {.offset = 1, .index = 1, .addend = 2},
      {.offset = 4, .is_symbol = true, .index = 0},
      {.offset = 10, .part = Part::kHigh, .index = 1, .addend = 3},
      {.offset = 13, .part = Part::kLow, .is_symbol = true, .index = 0}};
  EXPECT_EQ(file->areas[0].relocations, relocations);
  ASSERT_EQ(file->symbols.size(), 4U);
  EXPECT_FALSE(file->symbols[0].defined);
  EXPECT_EQ(file->symbols[1].area, kNoArea);
  EXPECT_EQ(file->symbols[3].name, "_x");
  EXPECT_EQ(file->symbols[3].value, 2U);
  EXPECT_EQ(file->symbols[3].area, 1U);
}

TEST(Rel, high_byte_first_and_lines_of_dos) {
  const auto file = parse(
      "XH2\r\nA _CODE size 2 flags 0 addr 0\r\nT 00 00 12 34\r\nR 00 00 00 00 04 02 00 00\r\n");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->areas[0].relocations,
            (std::vector<Relocation>{{.relative = true, .addend = 0x1234}}));
}

struct Bad {
  std::string_view name, from, to, error;
};

// clang-format off
constexpr Bad kBad[] = {
    {"bad-empty", kObject, "", "0x0: first line: found none, expected XL2, XL3 or XH2"},
    {"bad-first-line", "XL3", "XZ3", "0x0: first line: found \"XZ3\", expected XL2, XL3, XH2, ..."},
    {"bad-radix", "XL3", "DL3", "0x0: radix: found \"DL3\", expected X, hexadecimal"},
    {"bad-record", "M hello", "N hello", "0x1f: record: found \"N\", expected H, M, O, S, A, T or R"},
    {"bad-count", "H 3", "H x", "0x4: number of areas: found \"x\", expected a hexadecimal number"},
    {"bad-symbol", "Ref000000", "Use000000", "0x2f: symbol: found \"Use000000\", expected Def… or Ref…"},
    {"bad-value", "Ref000000", "Ref00000g", "0x2f: symbol value: found \"00000g\", expected a hexadecimal number"},
    {"bad-area", "size F", "F", "0x56: area: found 7 words, expected A name size n flags f addr a"},
    {"bad-area-size", "size F ", "size 10001 ", "0x56: area size: found 65537, expected at most 65536"},
    {"bad-place", "size F ", "size E ", "0x15f: T address: found 1 bytes at 14, expected a place in area \"_CODE\" of 14 bytes"},
    {"bad-byte", "T 00 00 00 21", "T 00 00 00 210", "0xea: T byte: found 0x210, expected two digits"},
    {"bad-no-address", "T 00 00 00 21 02 00 CD 00 00", "T 00 00", "0xea: T address: found 2 bytes, expected 3 bytes"},
    {"bad-relocation-alone", "T 00 00 00\n", "", "0xd1: R: found no T before it, expected a T line"},
    {"bad-relocation-cut", "02 07 00 00\n", "02 07 00\n", "0x107: R: found 11 bytes, expected a multiple of 4"},
    {"bad-relocation-area", "R 00 00 00 00 00 04", "R 00 00 03 00 00 04", "0x107: R area: found 3, expected less than 3"},
    {"bad-relocation-target", "00 04 01 00", "00 04 03 00", "0x107: R target area: found 3, expected less than 3"},
    {"bad-relocation-symbol", "02 07 00 00", "02 07 04 00", "0x107: R symbol: found 4, expected less than 4"},
    {"bad-relocation-mode", "00 04 01 00", "40 04 01 00", "0x107: R mode: found 0x40, expected a word, or a byte of an address"},
    {"bad-relocation-index", "02 07 00 00", "02 08 00 00", "0x107: R index: found 8, expected a field of 2 bytes between 6 and 9"},
    {"bad-relocation-order", "02 07 00 00", "02 05 00 00", "0x107: R index: found 5, expected a field of 2 bytes between 6 and 9"},
};
// clang-format on

TEST(Rel, bad_objects_are_refused) {
  for (const Bad& one : kBad) {
    std::string text(kObject);
    text.replace(text.find(one.from), one.from.size(), one.to);
    const auto file = parse(text);
    EXPECT_EQ(file ? "it was read" : file.error().text(), "t.rel: offset " + std::string(one.error))
        << one.name;
  }
}

}  // namespace
}  // namespace cmos::rel
