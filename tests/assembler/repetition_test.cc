// Statements that stand in a program more than once are written once; nothing of that is seen.
#include <algorithm>

#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SameStatements, AreTheSameCode) {
  const auto out = good("f:\n mov eax, 5\n  mov eax,5\n mov eax, 5\n mov eax, 5\n", with_files({}));
  const Bytes code = out->code();
  ASSERT_EQ(code.size(), 20u);
  for (std::size_t i = 0; i < code.size(); ++i) EXPECT_EQ(code[i], code[i % 5]);
}

TEST(SameStatements, AreTheSameCodeOnArm64ButForBranches) {
  const auto out =
      good("f:\n add x0, x1, #1\n cbz x0, $+8\n add x0, x1, #1\n cbz x0, $+8\n b f\n b f\n",
           with_files({}, "AR64"));
  const Bytes code = out->code();
  ASSERT_EQ(code.size(), 24u);
  EXPECT_TRUE(std::equal(code.begin(), code.begin() + 8, code.begin() + 8));
  EXPECT_EQ(code[16], 0xfc);
  EXPECT_EQ(code[20], 0xfb);
}

TEST(SameStatements, MeanWhatTheirNamesMeanNow) {
  const auto out = good(
      ".set n, 1\nf:\n mov al, n\n.set n, 2\n mov al, n\n.macro two a\n mov ah, \\a\n.endm\n"
      " two 3\n two 4\n",
      with_files({}));
  const Bytes code = out->code();
  EXPECT_THAT(std::vector<std::uint8_t>(code.begin(), code.end()),
              ElementsAre(0xb0, 1, 0xb0, 2, 0xb4, 3, 0xb4, 4));
}

TEST(SameStatements, EachHasItsOwnMessages) {
  const Output out = assemble_text(
      "f:\n movsx eax, ebx\n   movsx eax, ebx\n mov al, 010\n  mov al, 010\n", with_files({}));
  EXPECT_EQ(out.errors, 2u);
  EXPECT_THAT(out.messages, HasSubstr("t.asm:2:2: error:"));
  EXPECT_THAT(out.messages, HasSubstr("t.asm:3:4: error:"));
  EXPECT_THAT(out.messages, HasSubstr("t.asm:4:10: warning:"));
  EXPECT_THAT(out.messages, HasSubstr("t.asm:5:11: warning:"));
}

}  // namespace
}  // namespace cmos::assembler
