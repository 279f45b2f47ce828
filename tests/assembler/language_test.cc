// Macros, repetitions, structures, assertions, and what other assemblers' users write.
#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string code_of(const std::string& text, const std::string& arch = "8664") {
  const auto out = good(text, arch);
  return std::string(as_text(out->code()));
}

void expect_same(const std::string& written, const std::string& means,
                 const std::string& arch = "8664") {
  EXPECT_EQ(code_of(written, arch), code_of(means, arch)) << written;
}

std::string messages_of(const std::string& text, AssembleOptions options = with_files({}, "8664")) {
  const Output out = assemble_text(text, options);
  EXPECT_NE(out.errors, 0u) << text;
  return out.messages;
}

TEST(Macros, ParametersHaveDefaultsNamesAndARest) {
  const std::string macro =
      ".macro move to, from=5, more...\n mov \\to, \\from\n.irp r, \\more\n push "
      "\\r\n.endr\n.endm\n";
  expect_same(macro + "f:\n move eax\n move ebx, 7\n move from=8, to=ecx\n move edx, 1, rax, rbx\n",
              "f:\n mov eax, 5\n mov ebx, 7\n mov ecx, 8\n mov edx, 1\n push rax\n push rbx\n");
  EXPECT_THAT(messages_of(macro + "f:\n move\n"), HasSubstr("t.asm:8:6: error: 'move' needs 1 "
                                                            "argument: 'to' is missing"));
  EXPECT_THAT(messages_of(".macro m a\n.endm\nf:\n m 1, 2\n"),
              HasSubstr("'m' takes 1 argument, not 2"));
}

TEST(Macros, NasmWritesThemByNumber) {
  expect_same(
      "%macro add2 2-3 9\n add %1, %2\n add %1, %3\n%if %0 == 3\n nop\n%endif\n%endmacro\n"
      "f:\n add2 eax, 1\n add2 eax, 1, 2\n",
      "f:\n add eax, 1\n add eax, 9\n add eax, 1\n add eax, 2\n nop\n");
  expect_same("%macro text 1+\n db %1\n%endmacro\nf:\n text 1, 2, \"a\"\n",
              "f:\n db 1, 2, \"a\"\n");
  expect_same("%macro text 2\n db %1\n db %2\n%endmacro\nf:\n text {1, 2}, 3\n",
              "f:\n db 1, 2\n db 3\n");
}

TEST(Macros, EveryUseHasItsOwnLabels) {
  expect_same(
      ".macro wait reg\n%%again:\n dec \\reg\n jnz %%again\n.endm\nf:\n wait eax\n wait ebx\n",
      "f:\n.a: dec eax\n jnz .a\n.b: dec ebx\n jnz .b\n");
  expect_same(
      ".macro wait reg\n.again\\@:\n dec \\reg\n jnz .again\\@\n.endm\nf:\n wait eax\n wait ebx\n",
      "f:\n.a: dec eax\n jnz .a\n.b: dec ebx\n jnz .b\n");
  expect_same(
      ".macro inner\n%%x: jmp %%x\n.endm\n.macro outer\n%%x: inner\n jmp %%x\n.endm\n"
      "f:\n outer\n outer\n",
      "f:\n.a: jmp .a\n jmp .a\n.b: jmp .b\n jmp .b\n");
}

TEST(Macros, NamesArePutTogether) {
  expect_same(
      ".macro fn name, reg\n\\name\\()_of_\\reg: mov \\reg\\()ax, 1\n.endm\n fn get, e\n call "
      "get_of_e\n",
      "get_of_e: mov eax, 1\n call get_of_e\n");
  expect_same(".macro each reg\n add \\reg.4s, \\reg.4s, v1.4s\n.endm\nf:\n each v2\n",
              "f:\n add v2.4s, v2.4s, v1.4s\n", "AR64");
  // Quotes and comments are left alone.
  expect_same(".macro say n\n .ascii \"\\n\" ; \\n's\n .byte \\n\n.endm\nf:\n say 7\n",
              "f:\n .ascii \"\\n\"\n .byte 7\n");
}

TEST(Macros, MessagesNameBothPlaces) {
  const std::string said =
      messages_of(".macro bad x\n nop\n mov \\x, 1.5\n.endm\nf:\n nop\n bad eax\n");
  EXPECT_THAT(said, HasSubstr("t.asm:3:11: error: '1.5' is no whole number\n     mov eax, 1.5"));
  EXPECT_THAT(said, HasSubstr("t.asm:7: note: in macro 'bad', used here"));
  EXPECT_THAT(messages_of(".macro a\n nop\n"),
              HasSubstr("t.asm:1:1: error: '.macro' has no '.endm'"));
  EXPECT_THAT(messages_of("f:\n.endm\n"), HasSubstr("'.endm' without what it ends"));
  EXPECT_THAT(messages_of(".macro a\n.if 1\n.endm\nf:\n a\n"), HasSubstr("no .endif"));
}

TEST(Macros, BombsAreRefusedWithTheLine) {
  AssembleOptions options = with_files({}, "8664");
  options.most_lines = 10'000;
  EXPECT_THAT(messages_of(".macro a\n a\n.endm\nf:\n a\n", options),
              HasSubstr("use each other more than 100 deep"));
  EXPECT_THAT(messages_of("f:\n.rept 1000\n.rept 1000\n nop\n.endr\n.endr\n", options),
              HasSubstr("error: too many lines"));
  EXPECT_THAT(
      messages_of(".macro a x\n.if 1\n a \\x\\x\n.endif\n.endm\nf:\n a aaaaaaaaaa\n", options),
      HasSubstr("becomes longer than 65536 bytes"));
  EXPECT_THAT(messages_of("f:\n times 100000000 nop\n", options), HasSubstr("are possible"));
  EXPECT_THAT(messages_of("f:\n times 100000000 db 1\n", options), HasSubstr("are possible"));
  std::string text = "%define a0 1 + 1\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = " a" + std::to_string(i - 1);
    text += "%define a" + std::to_string(i) + before + " +" + before + "\n";
  }
  EXPECT_THAT(messages_of(text + "f:\n mov eax, a39\n", options),
              HasSubstr("t.asm:42:1: error: the names of %define"));
}

TEST(Repetitions, CountAndNumberTheirLines) {
  expect_same("f:\n.rept 2\n nop\n.rept 2\n inc eax\n.endr\n.endr\n",
              "f:\n nop\n inc eax\n inc eax\n nop\n inc eax\n inc eax\n");
  expect_same("f:\n.rept 3\n .byte \\+\n.endr\n", "f:\n .byte 0, 1, 2\n");
  expect_same(".set i, 1\nf:\n.rept 3\n .byte i\n.set i, i * 2\n.endr\n mov eax, i\n",
              "f:\n .byte 1, 2, 4\n mov eax, 8\n");
  expect_same("%assign i 5\nf:\n%rep 2\n db i\n%assign i i-1\n%endrep\n", "f:\n db 5, 4\n");
  expect_same("f: times 3 nop\n times 2 dw 1, 2\n", "f: nop\n nop\n nop\n dw 1, 2, 1, 2\n");
  expect_same("f: nop\n times 8-($-$$) db 0xcc\n resb 12-($-f)\n",
              "f: nop\n db 0xcc,0xcc,0xcc,0xcc,0xcc,0xcc,0xcc,0,0,0,0\n");
}

TEST(Structures, FieldsHaveOffsetsAndSizes) {
  const auto out = good(
      ".struct point\n x u32\n y u16\n name bytes[5]\n.ends\n"
      ".struct line\n a point\n b point\n far u64\n.ends\n"
      ".const offsets u32[] point.x, point.y, point.name, sizeof(point), line.b.y, line.far\n"
      ".const more u32[] sizeof(line), sizeof(point.name), countof(point.name), sizeof(line.b)\n"
      ".const p point 1, 2, \"ab\"\n"
      ".const ps point[] {1}, {2, 3}\n"
      ".var l line\n"
      ".const sizes u32[] sizeof(ps), countof(ps), sizeof(l), sizeof(l.b), sizeof(u64)\n"
      "f:\n mov eax, [rbx + line.b.y]\n mov eax, [l.b.x]\n");
  const auto numbers = [&](const char* name) {
    std::vector<std::uint32_t> all;
    const std::string bytes = out->bytes_of(name);
    for (std::size_t i = 0; i < bytes.size(); i += 4)
      all.push_back(static_cast<std::uint8_t>(bytes[i]));
    return all;
  };
  EXPECT_THAT(numbers("offsets"), ::testing::ElementsAre(0, 4, 6, 12, 16, 24));
  EXPECT_THAT(numbers("more"), ::testing::ElementsAre(32, 5, 5, 12));
  EXPECT_THAT(numbers("sizes"), ::testing::ElementsAre(24, 2, 32, 12, 8));
  EXPECT_EQ(out->bytes_of("p"), std::string("\1\0\0\0\2\0ab\0\0\0\0", 12));
  EXPECT_EQ(out->bytes_of("ps").substr(12, 6), std::string("\2\0\0\0\3\0", 6));
  EXPECT_THAT(out->relocations(), ::testing::ElementsAre("abs32s l+12"));
}

TEST(Structures, NasmsLieWithoutGaps) {
  expect_same(
      "struc foo\n .a: resb 1\n .b: resd 2\n .end:\nendstruc\nf:\n"
      " mov eax, [rbx + foo.b]\n mov eax, foo.end\n mov eax, foo_size\n",
      "f:\n mov eax, [rbx + 1]\n mov eax, 9\n mov eax, 9\n");
}

TEST(Structures, MistakesAreNamed) {
  EXPECT_THAT(messages_of(".struct a\n x u32\n x u8\n.ends\n"), HasSubstr("'x' is there already"));
  EXPECT_THAT(messages_of(".struct a\n x a\n.ends\n"), HasSubstr("unknown TYPE 'a'"));
  EXPECT_THAT(messages_of(".struct a\n x u8\n.ends\n.const b a 300\n"),
              HasSubstr("does not fit u8"));
  EXPECT_THAT(messages_of(".struct a\n x u8\n.ends\n.const b a 1, 2\n"), HasSubstr("more values"));
  EXPECT_THAT(messages_of(".struct a\n x bytes[2]\n.ends\n.const b a \"abc\"\n"),
              HasSubstr("3 bytes do not fit the 2"));
}

TEST(Assertions, HoldForNumbersAndPlaces) {
  good(
      ".struct a\n x u32\n.ends\n.assert sizeof(a) == 4\nf:\n nop\n.x: .assert . - f <= 1\n"
      " .assert f.x - f == 1, \"one byte\"\n");
  EXPECT_THAT(messages_of(".assert 1 > 2, \"sizes\"\n"), HasSubstr("1 > 2 does not hold: sizes"));
  EXPECT_THAT(messages_of("f:\n nop\n nop\n .assert $ - f < 2, \"too long\"\n"),
              HasSubstr("t.asm:4:10: error: $ - f < 2 does not hold: too long"));
  EXPECT_THAT(messages_of("extern g\nf: call g\n .assert g - f == 0\n"),
              HasSubstr("the linker only"));
  EXPECT_THAT(messages_of("f:\n .error \"not here\"\n"), HasSubstr("t.asm:2:9: error: not here"));
  const Output warned = assemble_text("f: ret\n .warning \"careful\"\n", with_files({}));
  EXPECT_THAT(warned.messages, HasSubstr("warning: careful"));
  EXPECT_FALSE(warned.cpo.empty());
}

TEST(Lines, ContinueBehindABackslash) {
  expect_same("f:\n mov eax, \\\n   [rbx + \\\n 8]\n", "f:\n mov eax, [rbx + 8]\n");
  EXPECT_THAT(messages_of("f:\n mov eax, \\\n   1.5\n"), HasSubstr("t.asm:3:4: error: '1.5'"));
}

TEST(Sections, OptionalOnesAreKept) {
  const auto out =
      good(".section build utf8 \"by \", \"me\"\n.section build bytes 0\nsection .text\nf: ret\n");
  bool found = false;
  for (const object::Section& one : out->object.sections) {
    if (one.name != "build") continue;
    found = true;
    EXPECT_EQ(as_text(one.bytes), std::string_view("by me\0", 6));
    EXPECT_FALSE(one.loaded());
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(messages_of("section .data\nf: ret\n"), HasSubstr("data is .const and .var"));
}

TEST(Nasm, CommonFormsAreUnderstood) {
  expect_same("bits 64\nglobal f:function\nsection .text\nf: ret\n", "global f\nf: ret\n");
  expect_same("BITS 64\nGLOBAL f\nSECTION .text\nf: RET\n", "global f\nf: ret\n");
  expect_same("[bits 64]\n[global f]\nf: ret\n", "global f\nf: ret\n");
  expect_same(
      "%define ARG [rbp+8]\n%define N 4\nf:\n mov eax, ARG\n mov eax, N*2\n%undef N\n.define N 1\n"
      "%ifdef ARG\n nop\n%elif 1\n ud2\n%else\n ud2\n%endif\n",
      "f:\n mov eax, [rbp+8]\n mov eax, 8\n nop\n");
  expect_same(
      "default rel\n.var x u32\nf:\n mov eax, [x]\n mov eax, [abs x]\n mov eax, [fs:x]\n"
      "default abs\n mov eax, [x]\n",
      ".var x u32\nf:\n mov eax, [rip + x]\n mov eax, [x]\n mov eax, fs:[x]\n mov eax, [x]\n");
  expect_same(
      "msg: db \"abc\"\nlen equ $ - msg\nend: equ $\nf: mov eax, len\n mov eax, end - msg\n",
      "msg: db \"abc\"\nf: mov eax, 3\n mov eax, 3\n");
  expect_same("msg: .ascii \"abc\"\n.equ len, . - msg\nsize = 5\nf: mov eax, len\n mov eax, size\n",
              "msg: .ascii \"abc\"\nf: mov eax, 3\n mov eax, 5\n");
  EXPECT_THAT(messages_of("bits 32\nf: ret\n"), HasSubstr("write .arch __86"));
  EXPECT_THAT(messages_of("%define F(x) x\nf: ret\n"), HasSubstr("write .macro"));
}

TEST(Preprocessed, IsASourceOfTheSameCode) {
  const std::string text =
      ".define A 3\n.macro m x\n mov eax, \\x\n.endm\n.struct s\n a u32\n b u32\n.ends\n.set i, "
      "0\nf:\n"
      ".rept 2\n m i + A\n.set i, i + 1\n.endr\n.if A == 3\n m s.b\n.endif\n";
  const auto once = preprocess("t.asm", text, with_files({}));
  ASSERT_TRUE(once);
  EXPECT_THAT(once->text, Not(HasSubstr(".macro")));
  expect_same(once->text, text);
}

}  // namespace
}  // namespace cmos::assembler
