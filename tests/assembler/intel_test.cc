// Intel's mnemonics of the 8080 (assembler/intel8080.h). Every opcode is in small.py.
#include <gtest/gtest.h>

#include "assembler/intel8080.h"

namespace cmos::assembler {
namespace {

std::string rewritten(std::string_view source) {
  const IntelRewritten out = rewrite_intel(source);
  std::string text = out.text;
  for (const IntelMistake& one : out.mistakes)
    text += std::to_string(one.line) + ":" + std::to_string(one.column) + ": " + one.text + "\n";
  return text;
}

TEST(Intel8080, instructions) {
  EXPECT_EQ(rewritten("\tmov\ta, m\n\tMVI B,5\n\tlxi h, text+2\n"),
            "\tld a,(hl)\n\tld b,#5\n\tld hl,#text+2\n");
  EXPECT_EQ(rewritten("push psw\npop b\ndad sp\nldax d\nrst 6"),
            "push af\npop bc\nadd hl,sp\nld a,(de)\nrst 0x30");
  EXPECT_EQ(rewritten("jp there\ncp there\ncpi 1\nrp"), "jp p,there\ncall p,there\ncp a,#1\nret p");
}

TEST(Intel8080, what_is_no_instruction_stays) {
  constexpr std::string_view kSource =
      "; a comment\n\n\t.area _CODE\nname = 5\nname == mov\nlabel:\nboth::\n";
  EXPECT_EQ(rewritten(kSource), kSource);
  EXPECT_EQ(rewritten("a: b:: nop ; nop\r\n"), "a: b:: nop ; nop\r\n");
}

TEST(Intel8080, character_constants_may_be_semicolons) {
  EXPECT_EQ(rewritten(" mvi a, '; ; a comment"), " ld a,#'; ; a comment");
}

TEST(Intel8080, mistakes_have_places) {
  EXPECT_EQ(rewritten("\tnop\nx:\tldir"),
            "\tnop\n2:4: \"ldir\" is no instruction of the 8080 in Intel's mnemonics\n");
  EXPECT_EQ(rewritten("mov a"), "1:1: mov has 2 operands, and 1 is given\n");
  EXPECT_EQ(rewritten("nop 1"), "1:1: nop has 0 operands, and 1 is given\n");
  EXPECT_EQ(rewritten("inx psw"), "1:5: inx: found \"psw\", expected b, d, h or sp\n");
  EXPECT_EQ(rewritten("push sp"), "1:6: push: found \"sp\", expected b, d, h or psw\n");
  EXPECT_EQ(rewritten("stax h"), "1:6: stax: found \"h\", expected b or d\n");
  EXPECT_EQ(rewritten("rst 8"), "1:5: rst: found \"8\", expected 0 to 7\n");
  EXPECT_EQ(rewritten("mvi a,"), "1:1: mvi has 2 operands, and 1 is given\n");
  EXPECT_EQ(rewritten("mov m,m"), "1:1: mov m,m is no instruction: its code is that of hlt\n");
}

}  // namespace
}  // namespace cmos::assembler
