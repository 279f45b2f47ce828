// Instructions of the small CPUs whose results their manuals tell: flags, wraps, decimal digits,
// faults. What random instructions show against other engines stands in oracle_test.cc.
#include <gmock/gmock.h>

#include "tests/emu/small_guest.h"

namespace cmos::emu {
namespace {

using Code = std::vector<std::uint8_t>;

struct Case {
  std::string name;
  std::string_view arch;
  Code code;
  Registers before = {};
  Registers after = {};
  std::map<std::uint64_t, Code> memory = {};        ///< before
  std::map<std::uint64_t, Code> memory_after = {};  ///< expected
  std::uint64_t steps = 1;

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.arch << " " << one.name; }
};

class Instructions : public testing::TestWithParam<Case> {};

TEST_P(Instructions, DoWhatTheManualSays) {
  const Case& one = GetParam();
  SmallGuest guest(*(*EngineTable::built_in().find(one.arch))->isa, one.code);
  guest.set(one.before);
  for (const auto& [address, bytes] : one.memory) guest.poke(address, bytes);
  const Stop stop = guest.run(one.steps);
  ASSERT_EQ(stop.reason, StopReason::kBudget) << stop.fault.detail;
  for (const auto& [name, value] : one.after) EXPECT_EQ(guest.reg(name), value) << name;
  for (const auto& [address, bytes] : one.memory_after) {
    Code found(bytes.size());
    ASSERT_TRUE(guest.memory.peek(address, found));
    EXPECT_EQ(found, bytes) << address;
  }
}

// Flags of the 8080: S 80, Z 40, AC 10, P 4, CY 1.
INSTANTIATE_TEST_SUITE_P(
    I8080, Instructions,
    testing::ValuesIn(std::vector<Case>{
        Case{"daa, the manual's example", "8080", {0x27}, {{"af", 0x9b00}}, {{"af", 0x0111}}},
        Case{"daa after a half carry", "8080", {0x27}, {{"af", 0x1210}}, {{"af", 0x1804}}},
        Case{"ana sets the auxiliary carry by bit 3",
             "8080",
             {0xa0},
             {{"af", 0x0800}, {"bc", 0x0000}},
             {{"af", 0x0054}}},
        Case{"ana clears it without",
             "8080",
             {0xa0},
             {{"af", 0x0711}, {"bc", 0x0700}},
             {{"af", 0x0700}}},
        Case{"sub of equals", "8080", {0x90}, {{"af", 0x3e00}, {"bc", 0x3e00}}, {{"af", 0x0054}}},
        Case{"cmp of a greater one",
             "8080",
             {0xb8},
             {{"af", 0x0200}, {"bc", 0x0500}},
             {{"af", 0x0281}}},
        Case{"inr keeps the carry",
             "8080",
             {0x04},
             {{"af", 0x0001}, {"bc", 0xff00}},
             {{"bc", 0x0000}, {"af", 0x0055}}},
        Case{"dcr to a borrow",
             "8080",
             {0x05},
             {{"af", 0x0000}, {"bc", 0x1000}},
             {{"bc", 0x0f00}, {"af", 0x0004}}},
        Case{"dad sets the carry alone",
             "8080",
             {0x09},
             {{"af", 0x0040}, {"hl", 0xffff}, {"bc", 1}},
             {{"hl", 0}, {"af", 0x0041}}},
        Case{"08 is a nop", "8080", {0x08}, {}, {{"pc", 0x101}}},
        Case{"cb is a jump", "8080", {0xcb, 0x34, 0x12}, {}, {{"pc", 0x1234}}},
        Case{"d9 is a return",
             "8080",
             {0xd9},
             {{"sp", 0x2000}},
             {{"pc", 0x1234}, {"sp", 0x2002}},
             {{0x2000, {0x34, 0x12}}}},
        Case{"ed is a call",
             "8080",
             {0xed, 0x34, 0x12},
             {{"sp", 0x2000}},
             {{"pc", 0x1234}, {"sp", 0x1ffe}},
             {},
             {{0x1ffe, {0x03, 0x01}}}},
        Case{"push psw has bit 1 set",
             "8080",
             {0xf5},
             {{"af", 0x12d5}, {"sp", 0x2000}},
             {},
             {},
             {{0x1ffe, {0xd7, 0x12}}}},
        Case{"rst 7", "8080", {0xff}, {{"sp", 0x2000}}, {{"pc", 0x38}}}}));

// Flags of the 6502: N 80, V 40, D 8, I 4, Z 2, C 1.
INSTANTIATE_TEST_SUITE_P(
    Mos6502, Instructions,
    testing::ValuesIn(std::vector<Case>{
        Case{"adc overflows", "6502", {0x69, 0x50}, {{"a", 0x50}}, {{"a", 0xa0}, {"p", 0xc0}}},
        Case{"adc of digits", "6502", {0x69, 0x46}, {{"a", 0x58}, {"p", 9}}, {{"a", 0x05}}},
        Case{"adc of digits leaves Z to the binary sum",
             "6502",
             {0x69, 0x01},
             {{"a", 0x99}, {"p", 8}},
             {{"a", 0x00}, {"p", 0x89}}},
        Case{"sbc of digits",
             "6502",
             {0xe9, 0x12},
             {{"a", 0x46}, {"p", 9}},
             {{"a", 0x34}, {"p", 9}}},
        Case{"sbc of digits borrows",
             "6502",
             {0xe9, 0x02},
             {{"a", 0x01}, {"p", 9}},
             {{"a", 0x99}, {"p", 0x88}}},
        Case{"jmp indirect stays in the page",
             "6502",
             {0x6c, 0xff, 0x30},
             {},
             {{"pc", 0x1234}},
             {{0x3000, {0x12}}, {0x30ff, {0x34, 0x56}}}},
        Case{"zero page, x wraps",
             "6502",
             {0xb5, 0xf0},
             {{"x", 0x20}},
             {{"a", 0x77}, {"p", 0}},
             {{0x10, {0x77}}}},
        Case{"(zp, x) wraps",
             "6502",
             {0xa1, 0xfe},
             {{"x", 1}},
             {{"a", 0x88}, {"p", 0x80}},
             {{0xff, {0x00}}, {0x00, {0x40}}, {0x4000, {0x88}}}},
        Case{"(zp), y takes its pointer from page 0",
             "6502",
             {0xb1, 0xff},
             {{"y", 2}},
             {{"a", 0x42}},
             {{0xff, {0xfe}}, {0x00, {0x40}}, {0x4100, {0x42}}}},
        Case{"absolute, x crosses pages",
             "6502",
             {0x9d, 0xff, 0x40},
             {{"a", 0x5a}, {"x", 2}},
             {},
             {},
             {{0x4101, {0x5a}}}},
        Case{"jsr pushes its last byte's address",
             "6502",
             {0x20, 0x34, 0x12},
             {{"sp", 0xff}},
             {{"pc", 0x1234}, {"sp", 0xfd}},
             {},
             {{0x1fe, {0x02, 0x02}}}},
        Case{"rts goes on behind that",
             "6502",
             {0x60},
             {{"sp", 0xfd}},
             {{"pc", 0x0203}, {"sp", 0xff}},
             {{0x1fe, {0x02, 0x02}}}},
        Case{"the stack wraps in its page",
             "6502",
             {0x48},
             {{"a", 0x11}, {"sp", 0}},
             {{"sp", 0xff}},
             {},
             {{0x100, {0x11}}}},
        Case{"php sets B and bit 5",
             "6502",
             {0x08},
             {{"p", 0xc3}, {"sp", 0xff}},
             {},
             {},
             {{0x1ff, {0xf3}}}},
        Case{"bit copies N and V",
             "6502",
             {0x24, 0x10},
             {{"a", 0x01}},
             {{"p", 0xc2}},
             {{0x10, {0xc0}}}},
        Case{"cmp of a greater one", "6502", {0xc9, 0x80}, {{"a", 0x7f}, {"p", 1}}, {{"p", 0x80}}},
        Case{"ror through the carry",
             "6502",
             {0x6a},
             {{"a", 0x02}, {"p", 1}},
             {{"a", 0x81}, {"p", 0x80}}},
        Case{"rol absolute, x",
             "6502",
             {0x3e, 0x00, 0x40},
             {{"x", 3}, {"p", 1}},
             {{"p", 0x01}},
             {{0x4003, {0x81}}},
             {{0x4003, {0x03}}}},
        Case{"a branch back", "6502", {0xd0, 0xfe}, {}, {{"pc", 0x200}}},
        Case{"stx zp, y",
             "6502",
             {0x96, 0xf8},
             {{"x", 0x33}, {"y", 0x10}},
             {},
             {},
             {{0x08, {0x33}}}},
        Case{"ldx absolute, y",
             "6502",
             {0xbe, 0x00, 0x40},
             {{"y", 3}},
             {{"x", 0x44}},
             {{0x4003, {0x44}}}}}));

// Flags of the 68000: X 10, N 8, Z 4, V 2, C 1.
INSTANTIATE_TEST_SUITE_P(
    M68000, Instructions,
    testing::ValuesIn(std::vector<Case>{
        Case{"movem down and up",
             "_68K",
             {0x48, 0xe1, 0x80, 0x40, 0x4c, 0xd9, 0x00, 0x06},
             {{"d0", 0x01020304}, {"a1", 0x402010}},
             {{"d1", 0x01020304}, {"d2", 0x402010}, {"a1", 0x402010}},
             {},
             {{0x402008, {1, 2, 3, 4, 0, 0x40, 0x20, 0x10}}},
             2},
        Case{"divs rounds towards zero",
             "_68K",
             {0x81, 0xfc, 0x00, 0x02},
             {{"d0", 0xfffffff9}},
             {{"d0", 0xfffffffd}, {"sr", 8}}},
        Case{"divu overflows and keeps its operand",
             "_68K",
             {0x80, 0xfc, 0x00, 0x01},
             {{"d0", 0x10000}},
             {{"d0", 0x10000}}},
        Case{"abcd carries into X",
             "_68K",
             {0xc1, 0x01},
             {{"d0", 0x99}, {"d1", 0x01}, {"sr", 4}},
             {{"d0", 0x00}, {"sr", 0x15}}},
        Case{"addx keeps Z of zeros",
             "_68K",
             {0xd1, 0x81},
             {{"d0", 0}, {"d1", 0}, {"sr", 4}},
             {{"sr", 4}}},
        Case{"movea extends and sets nothing",
             "_68K",
             {0x30, 0x7c, 0xff, 0xfe},
             {{"sr", 0x1f}},
             {{"a0", 0xfffffffe}, {"sr", 0x1f}}},
        Case{"a byte on the stack takes two",
             "_68K",
             {0x1f, 0x00},
             {{"d0", 0x5a}, {"sp", 0x402010}},
             {{"sp", 0x40200e}},
             {},
             {{0x40200e, {0x5a}}}},
        Case{"bsr and rts",
             "_68K",
             {0x61, 0x02, 0x4e, 0x71, 0x4e, 0x75},
             {{"sp", 0x402010}},
             {{"pc", 0x400002}, {"sp", 0x402010}},
             {},
             {},
             2},
        Case{"dbra counts down",
             "_68K",
             {0x51, 0xc8, 0xff, 0xfe},
             {{"d0", 0x10002}},
             {{"d0", 0x1ffff}, {"pc", 0x400004}},
             {},
             {},
             3},
        Case{"link and unlk",
             "_68K",
             {0x4e, 0x56, 0xff, 0xf8, 0x4e, 0x5e},
             {{"a6", 0x11223344}, {"sp", 0x402010}},
             {{"a6", 0x11223344}, {"sp", 0x402010}},
             {},
             {},
             2},
        Case{"asl overflows when the sign changes on its way",
             "_68K",
             {0xe5, 0x00},
             {{"d0", 0x40}},
             {{"d0", 0x00}, {"sr", 0x17}}},
        Case{"lsr in memory",
             "_68K",
             {0xe2, 0xd0},
             {{"a0", 0x402000}},
             {{"sr", 0x11}},
             {{0x402000, {0x80, 0x01}}},
             {{0x402000, {0x40, 0x00}}}},
        Case{"asr in memory",
             "_68K",
             {0xe0, 0xd0},
             {{"a0", 0x402000}},
             {{"sr", 0x19}},
             {{0x402000, {0x80, 0x01}}},
             {{0x402000, {0xc0, 0x00}}}},
        Case{"asl in memory",
             "_68K",
             {0xe1, 0xd0},
             {{"a0", 0x402000}},
             {{"sr", 0x13}},
             {{0x402000, {0x80, 0x01}}},
             {{0x402000, {0x00, 0x02}}}},
        Case{"roxl through X",
             "_68K",
             {0xe3, 0x10},
             {{"d0", 0x80}, {"sr", 0x10}},
             {{"d0", 0x01}, {"sr", 0x11}}},
        Case{"movep",
             "_68K",
             {0x01, 0xc9, 0x00, 0x01},
             {{"d0", 0x01020304}, {"a1", 0x402000}},
             {},
             {},
             {{0x402000, {0, 1, 0, 2, 0, 3, 0, 4}}}},
        Case{"cmpm",
             "_68K",
             {0xb3, 0x08},
             {{"a0", 0x402000}, {"a1", 0x402010}},
             {{"a0", 0x402001}, {"a1", 0x402011}, {"sr", 4}}},
        Case{"the bus has 24 bits",
             "_68K",
             {0x20, 0x10},
             {{"a0", 0x12402000}},
             {{"d0", 0x01020304}},
             {{0x402000, {1, 2, 3, 4}}}},
        Case{"rtr restores the condition codes",
             "_68K",
             {0x4e, 0x77},
             {{"sp", 0x402000}},
             {{"pc", 0x400800}, {"sr", 0x1b}, {"sp", 0x402006}},
             {{0x402000, {0xff, 0xfb, 0, 0x40, 0x08, 0}}}},
        Case{"scc", "_68K", {0x57, 0xc0}, {{"d0", 0x100}, {"sr", 4}}, {{"d0", 0x1ff}}},
        Case{"tas", "_68K", {0x4a, 0xc0}, {{"d0", 0x01}}, {{"d0", 0x81}, {"sr", 0}}}}));

// Flags of the 8086: OF 800, SF 80, ZF 40, AF 10, PF 4, CF 1.
INSTANTIATE_TEST_SUITE_P(
    I8086, Instructions,
    testing::ValuesIn(std::vector<Case>{
        Case{"rep movsb is one instruction",
             "8086",
             {0xf3, 0xa4},
             {{"cx", 3}, {"si", 0x2000}, {"di", 0x3000}},
             {{"cx", 0}, {"si", 0x2003}, {"di", 0x3003}, {"ip", 0x102}},
             {{0x2000, {1, 2, 3}}},
             {{0x3000, {1, 2, 3, 0}}}},
        Case{"repne scasb ends at the byte",
             "8086",
             {0xf2, 0xae},
             {{"ax", 5}, {"cx", 9}, {"di", 0x2000}},
             {{"cx", 6}, {"di", 0x2003}},
             {{0x2000, {3, 4, 5}}}},
        Case{"repe cmpsw downwards",
             "8086",
             {0xf3, 0xa7},
             {{"cx", 2}, {"si", 0x2002}, {"di", 0x3002}, {"flags", 0x400}},
             {{"cx", 0}, {"si", 0x1ffe}, {"di", 0x2ffe}, {"flags", 0x444}}},
        Case{"daa", "8086", {0x27}, {{"ax", 0x7e}}, {{"ax", 0x84}}},
        Case{"das", "8086", {0x2f}, {{"ax", 0xee}}, {{"ax", 0x88}}},
        Case{"aaa", "8086", {0x37}, {{"ax", 0x0b}}, {{"ax", 0x0101}}},
        Case{"aam", "8086", {0xd4, 0x0a}, {{"ax", 0x41}}, {{"ax", 0x0605}}},
        Case{"aad", "8086", {0xd5, 0x0a}, {{"ax", 0x0605}}, {{"ax", 0x41}}},
        Case{"push sp stores the new one",
             "8086",
             {0x54},
             {{"sp", 0x2000}},
             {{"sp", 0x1ffe}},
             {},
             {{0x1ffe, {0xfe, 0x1f}}}},
        Case{"pushf has the upper bits set",
             "8086",
             {0x9c},
             {{"sp", 0x2000}, {"flags", 1}},
             {},
             {},
             {{0x1ffe, {0x03, 0xf0}}}},
        Case{"shl by 33 shifts all out",
             "8086",
             {0xd3, 0xe0},
             {{"ax", 0xffff}, {"cx", 33}},
             {{"ax", 0}}},
        Case{"bp addresses the stack segment",
             "8086",
             {0x8b, 0x46, 0x02},
             {{"bp", 0x10}, {"ss", 0x200}},
             {{"ax", 0x1234}},
             {{0x2012, {0x34, 0x12}}}},
        Case{"a segment override",
             "8086",
             {0x26, 0x8b, 0x07},
             {{"bx", 0x10}, {"es", 0x200}},
             {{"ax", 0x1234}},
             {{0x2010, {0x34, 0x12}}}},
        Case{"call and ret far",
             "8086",
             {0x9a, 0x05, 0x00, 0x10, 0x00, 0xcb},
             {{"sp", 0x2000}},
             {{"ip", 0x105}, {"cs", 0}, {"sp", 0x2000}},
             {},
             {},
             2},
        Case{"loopne", "8086", {0xe0, 0xfe}, {{"cx", 2}, {"flags", 0}}, {{"cx", 1}, {"ip", 0x100}}},
        Case{"idiv", "8086", {0xf6, 0xf9}, {{"ax", 0xfff9}, {"cx", 2}}, {{"ax", 0xfffd}}},
        Case{"xlat", "8086", {0xd7}, {{"ax", 3}, {"bx", 0x2000}}, {{"ax", 9}}, {{0x2003, {9}}}},
        Case{"les",
             "8086",
             {0xc4, 0x07},
             {{"bx", 0x2000}},
             {{"ax", 0x1234}, {"es", 0x5678}},
             {{0x2000, {0x34, 0x12, 0x78, 0x56}}}}}));

TEST(Mos6502, DoesNotKnowAnyOpcodeThatItsManualDoesNot) {
  int known = 0;
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    SmallGuest guest(*(*EngineTable::built_in().find("6502"))->isa,
                     {static_cast<std::uint8_t>(opcode), 0x80, 0x20});
    const Stop stop = guest.run(1);
    if (stop.reason != StopReason::kFault) ++known;
  }
  EXPECT_EQ(known, 151);
}

TEST(Mos6502, AddsAndSubtractsAllDigits) {
  SmallGuest guest(*(*EngineTable::built_in().find("6502"))->isa, {0x65, 0x10, 0xe5, 0x10});
  for (unsigned a = 0; a < 100; ++a) {
    for (unsigned b = 0; b < 100; b += 7) {
      const auto digits = [](unsigned n) { return n / 10 % 10 * 16 + n % 10; };
      guest.poke(0x10, {static_cast<std::uint8_t>(digits(b))});
      guest.set({{"a", digits(a)}, {"p", 8}, {"pc", 0x200}});
      guest.run(1);
      ASSERT_EQ(guest.reg("a"), digits(a + b)) << a << "+" << b;
      ASSERT_EQ(guest.reg("p") & 1, a + b > 99 ? 1u : 0u);
      guest.set({{"a", digits(a)}, {"p", 9}, {"pc", 0x202}});
      guest.run(1);
      ASSERT_EQ(guest.reg("a"), digits(100 + a - b)) << a << "-" << b;
      ASSERT_EQ(guest.reg("p") & 1, a >= b ? 1u : 0u);
    }
  }
}

}  // namespace
}  // namespace cmos::emu
