// Instructions mean what they say: every pair of lines below is the same code, every wrong line has
// its error. docs/assembly.md's statements about operands stand here.
#include <algorithm>
#include <sstream>

#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Pair {
  const char* written;
  const char* means;
};

/// Both columns assembled, one after the other, are equal code.
void expect_equal(const std::string& arch, const std::string& head,
                  const std::vector<Pair>& pairs) {
  std::string left = head;
  std::string right = head;
  for (const Pair& one : pairs) {
    left += std::string(" ") + one.written + "\n";
    right += std::string(" ") + one.means + "\n";
  }
  AssembleOptions options = with_files({}, arch);
  options.warnings = false;
  options.listing = true;
  const Output a = assemble_text(left, options);
  const Output b = assemble_text(right, options);
  ASSERT_EQ(a.errors, 0u) << a.messages;
  ASSERT_EQ(b.errors, 0u) << b.messages;
  // Address and bytes stand in the first 28 columns of the listing.
  const auto columns = [](const std::string& listing) {
    std::vector<std::string> out;
    std::istringstream lines(listing);
    for (std::string line; std::getline(lines, line);) out.push_back(line.substr(0, 28));
    return out;
  };
  const auto x = columns(a.listing);
  const auto y = columns(b.listing);
  ASSERT_EQ(x.size(), y.size()) << a.listing << b.listing;
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(x[i], y[i]) << a.listing << b.listing;
}

struct Wrong {
  const char* line;
  const char* message;
};

/// Each line has an error of its own with that text.
void expect_errors(const std::string& arch, const std::string& head,
                   const std::vector<Wrong>& lines) {
  std::string text = head;
  const auto first = static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n'));
  for (const Wrong& one : lines) text += std::string(" ") + one.line + "\n";
  AssembleOptions options = with_files({}, arch);
  options.warnings = false;
  const Output out = assemble_text(text, options);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string place = "t.asm:" + std::to_string(first + i + 1) + ":";
    const std::size_t at = out.messages.find("\n" + place) + 1;
    const std::size_t begin = out.messages.starts_with(place) ? 0 : at;
    ASSERT_TRUE(out.messages.compare(begin, place.size(), place) == 0)
        << "no message about: " << lines[i].line << "\n"
        << out.messages;
    EXPECT_THAT(out.messages.substr(begin, out.messages.find('\n', begin) - begin),
                HasSubstr(lines[i].message))
        << lines[i].line;
  }
}

constexpr const char* kHead64 = ".var x u32\n.const h ptr f\nf: nop\n";

TEST(Operands, AddressesAreSumsOfRegistersAndNumbers) {
  expect_equal("8664", kHead64,
               {{"lea rdi, [rax*(1+1)]", "lea rdi, [rax*2]"},
                {"lea rdi, [rax*2*2]", "lea rdi, [rax*4]"},
                {"mov eax, [rbx + rcx*(2*2)]", "mov eax, [rbx + rcx*4]"},
                {"mov eax, [4*rcx + rbx]", "mov eax, [rbx + rcx*4]"},
                {"lea eax, [rcx*5]", "lea eax, [rcx + rcx*4]"},
                {"mov eax, [rbx + 5 - 2*3]", "mov eax, [rbx - 1]"},
                {"mov eax, [rcx + rsp]", "mov eax, [rsp + rcx]"},
                {"mov eax, 4[rbx]", "mov eax, [rbx + 4]"},
                {"mov eax, x[rbx*4]", "mov eax, [rbx*4 + x]"},
                {"mov eax, [ebx + 0xffffffff]", "mov eax, [ebx - 1]"},
                {"mov rax, [fs:0x28]", "mov rax, fs:[0x28]"},
                {"mov eax, [abs x]", "mov eax, [x]"},
                {"mov eax, [rel x]", "mov eax, [rip + x]"},
                {"mov dword [x], 1", "mov dword ptr [x], 1"},
                {"mov [rbx], byte 5", "mov byte ptr [rbx], 5"}});
}

TEST(Operands, AnythingElseInAnAddressIsRefused) {
  const char* rule = "a register can only be added, and multiplied by a number";
  const char* address = "an address can only be added to and subtracted from";
  expect_errors("8664", kHead64,
                {{"mov eax, [rbx + rcx*8/2]", rule},
                 {"mov eax, [rbx + rcx << 2]", rule},
                 {"mov rax, [rdi - 2*rsi]", "'rsi' cannot be subtracted"},
                 {"mov eax, [rbx & 7]", rule},
                 {"mov eax, [rbx | 1]", rule},
                 {"mov eax, [rbx*rcx]", rule},
                 {"mov eax, [!rbx]", rule},
                 {"mov eax, [x*2]", address},
                 {"mov eax, (rbx)", "an address stands in brackets"},
                 {"mov eax, rbx + 1", "an address stands in brackets"},
                 {"mov eax, [rax*7]", "1, 2, 4 and 8 are possible"},
                 {"mov eax, [rax*2 + rbx*2]", "only one register"},
                 {"mov eax, [rsp*2]", "cannot be multiplied"},
                 {"mov eax, [rax + ebx]", "not equally wide"},
                 {"mov eax, [rax + rbx + rcx]", "at most two registers"},
                 {"mov eax, [al]", "cannot be part of an address"},
                 {"mov eax, [rbx + 0x80000000]", "-2147483648 to 2147483647"},
                 {"mov ebx, [0x123456789a]", "32 bits that an address can state"},
                 {"mov eax, [rel rbx]", "'rel' needs a symbol"},
                 {"mov eax, [rbx rcx]", "']' or an operator is expected"},
                 {"mov eax, byte ebx", "has 32 bits, not 8"}});
}

TEST(Operands, NumbersFitOrAreRefusedWithTheirRange) {
  expect_errors("8664", kHead64,
                {{"mov al, 1<<8", "256 does not fit 8 bits (-128 to 255)"},
                 {"mov al, 0x100|1", "257 does not fit 8 bits"},
                 {"mov eax, 1<<40", "32 bits (-2147483648 to 4294967295)"},
                 {"mov eax, 1<<64", "0 to 63 is possible"},
                 {"imul ax, bx, 70000", "70000 does not fit 16 bits"},
                 {"ret 70000", "0 to 65535"},
                 {"enter 65536, 1", "0 to 65535"},
                 {"enter 1, 256", "0 to 255"},
                 {"shl eax, 256", "256 does not fit 8 bits"},
                 {"mov rax, -0x8000000000000001", "does not fit 64 bits"},
                 {"push 0x80000000", "-2147483648 to 2147483647"},
                 {"and rax, 0xffffffff", "-2147483648 to 2147483647"},
                 {"push byte 300", "does not fit byte (-128 to 127)"},
                 {"mov eax, 1.5", "'1.5' is no whole number"},
                 {"mov eax, 5/0", "division by zero"},
                 {"mov eax, 5+", "a value is missing here"},
                 {"inc dword x", "write dword [x] for its value"}});
  expect_errors("AR64", "f: nop\n",
                {{"mov w0, #0x100000000", "4294967296 does not fit 32 bits"},
                 {"mov w1, #1.5", "'1.5' is no whole number"}});
  expect_errors("_ARM", "f: nop\n",
                {{"mov r0, #0x1FFFFFFFF", "does not fit 32 bits"},
                 {"ldr r0, =0x100000000", "does not fit 32 bits"},
                 {"mov r0, 1.5", "'1.5' is no whole number"}});
}

TEST(Operands, ExpressionsHaveOneValueEverywhere) {
  for (const std::string arch : {"8664", "AR64"}) {
    const char* reg = arch == "AR64" ? "x0, #" : "rax, ";
    std::string head = ".define A 0xFFFFFFFFFFFFFFFF >> 60\n.define B 7 == 7\nf: nop\n";
    const std::string one = std::string("mov ") + reg + "(0xFFFFFFFFFFFFFFFF >> 60)";
    const std::string two = std::string("mov ") + reg + "A";
    const std::string three = std::string("mov ") + reg + "(7 == 7 && !0 && 3 > 2)";
    const std::string four = std::string("mov ") + reg + "B";
    expect_equal(
        arch, head,
        {{one.c_str(), two.c_str()},
         {three.c_str(), four.c_str()},
         {".byte 7 == 7, 5 > 3, !1, 3 - -1", ".byte 1, 1, 0, 4"},
         {".quad 0xFFFFFFFFFFFFFFFF / 2, 0xFFFFFFFFFFFFFFFF % 10", ".quad 0x7fffffffffffffff, 5"}});
  }
}

TEST(Operands, BracketsAlwaysLoad) {
  expect_equal("8664", kHead64,
               {{"call [h]", "call qword ptr [h]"},
                {"jmp [h]", "jmp qword ptr h"},
                {"call [rax + 8]", "call qword ptr [rax + 8]"}});
  const auto out = good("f: call [h]\n jmp [0x401000]\n.const h ptr f\n");
  EXPECT_EQ(out->code()[0], 0xff);
  EXPECT_EQ(out->code()[7], 0xff);
  EXPECT_EQ(out->relocations()[0], "abs32s h");
  const auto narrow = good("f: call dword [h]\n jmp [h]\n.const h ptr f\n", "__86");
  EXPECT_EQ(narrow->code()[0], 0xff);
  EXPECT_EQ(narrow->code()[6], 0xff);
}

TEST(Operands, SizesAreTheArchs) {
  expect_equal("__86", ".var x u32\nf: nop\n",
               {{"push 4 + offset x", "push offset x + 4"},
                {"push offset x", "push dword x"},
                {"pushf", "pushfd"},
                {"popf", "popfd"},
                {"iret", "iretd"},
                {"push [eax]", "push dword ptr [eax]"}});
  const auto out = good("f: mov ax, ds\n mov ds, ax\n mov rax, ds\n");
  EXPECT_EQ(as_text(out->code().first(7)), std::string_view("\x66\x8c\xd8\x8e\xd8\x8c\xd8"));
}

TEST(Operands, ShortAndNearAreKept) {
  const auto out = good("f: jmp near f\n jmp short f\n jne near f\n call near f\n");
  EXPECT_EQ(out->code()[0], 0xe9);
  EXPECT_EQ(out->code()[5], 0xeb);
  EXPECT_EQ(out->code()[7], 0x0f);
  EXPECT_THAT(assemble_text("f: nop\n jmp short .x\n.zero 200\n.x: ret\n", with_files({})).messages,
              HasSubstr("t.asm:2:2: error: this jump cannot be short"));
  EXPECT_THAT(
      assemble_text(".thumb\nf: nop\n beq.n .x\n.zero 3000\n.x: bx lr\n", with_files({}, "_ARM"))
          .messages,
      HasSubstr("t.asm:3:2: error: this needs 4 bytes, not 2"));
}

TEST(Operands, NasmsFormsAreUnderstood) {
  expect_equal("8664", kHead64,
               {{"push byte 5", "push 5"},
                {"push dword 5", "push 5"},
                {"add eax, byte 5", "add eax, 5"},
                {"fld st0", "fld st(0)"},
                {"faddp st1, st0", "faddp st(1), st"},
                {"fsub to st3", "fsub st(3), st"},
                {"xlat", "xlatb"},
                {"db \"ab\", 10", ".byte 'a', 'b', 10"},
                {"dw 'a', 2", ".short 'a', 2"},
                {"dd 1.5", ".float 1.5"},
                {"resb 3", ".zero 3"}});
}

TEST(Operands, ThisPlaceIsADollar) {
  const auto out = good(
      "f: jmp $\ntext: db \"Hello\", 10\nlength: equ $-text\n mov eax, length\n mov ebx, g - f\n"
      "g: ret\n.const size u32 g - f\n");
  EXPECT_EQ(out->code()[0], 0xeb);
  EXPECT_EQ(out->code()[1], 0xfe);
  EXPECT_EQ(out->code()[9], 6) << "length";
  EXPECT_EQ(out->code()[14], 18) << "g - f";
  EXPECT_EQ(out->bytes_of("size"), std::string("\x12\0\0\0", 4));
}

TEST(Operands, TablesHoldLabelsInsideFunctions) {
  const auto out = good(
      "f: jmp [table + rax*8]\n.a: ret\n.b: ret\ng: ret\n.const table ptr[] .a, f.b\n"
      ".const apart i8 f.b - f.a\n.var here u32 $ - here\n.const to i32[] f - to, g - to\n");
  EXPECT_THAT(out->relocations(),
              ElementsAre("abs32s table", "abs64 +7", "abs64 +8", "pc32 f", "pc32 g+4"));
  EXPECT_EQ(out->bytes_of("apart"), "\x01");
}

TEST(Operands, JumpsToOtherFilesNeedNoExtern) {
  EXPECT_THAT(good("f: jmp elsewhere\n")->relocations(), ElementsAre("branch32 elsewhere-4"));
  EXPECT_THAT(good("f: b elsewhere\n", "AR64")->relocations(),
              ElementsAre("a64-branch26 elsewhere"));
}

TEST(Operands, BranchesBetweenArmAndThumbKeepTheirRelocation) {
  const auto out =
      good("a: beq t\n b t\n adr r0, t\n.thumb\nt: bne a\n adr r0, t\n bx lr\n", "_ARM");
  EXPECT_THAT(out->relocations(),
              ElementsAre("arm-jump24 t-8", "arm-jump24 t-8", "thumb-jump19 a-4"));
  EXPECT_EQ(out->code()[8] & 1, 1) << "the address of a Thumb function is odd";
  expect_errors("_ARM", "a: bx lr\n.l: bx lr\n.thumb\nt: nop\n",
                {{"cbz r0, a", "cbz cannot change from Thumb to ARM"}, {"blx t", "write bl"}});
}

TEST(Operands, CodeOfArmIsAligned) {
  const auto out = good("f: bx lr\nm: .ascii \"abc\"\ng: mov r0, #5\n bx lr\n", "_ARM");
  EXPECT_EQ(out->symbol("m").value, 4u);
  EXPECT_EQ(out->symbol("g").value, 8u);
  EXPECT_EQ(good("f: .byte 1\n nop\ng: ret\n", "AR64")->symbol("g").value, 8u);
  const auto odd = good("f: bx lr\n.byte 1\nm: .byte 2\n", "_ARM");
  EXPECT_EQ(odd->symbol("m").value, 5u);
  EXPECT_FALSE(odd->symbol("m").thumb) << "an odd place of data is no Thumb code";
}

TEST(Operands, BytesOfCountsAndPortsHaveNoSign) {
  expect_errors("8664", kHead64,
                {{"shl eax, -1", "-1 does not fit 8 bits (0 to 255)"},
                 {"out -1, al", "0 to 255"},
                 {"int 256", "0 to 255"},
                 {"push byte x", "an address does not fit a byte"}});
  expect_equal("8664", "f:\n",
               {{"enter 65535, 255", "enter 0xffff, 0xff"}, {"ret 65535", "ret 0xffff"}});
}

TEST(Operands, BranchesOfArmLeadWhereTheySay) {
  const char* other = "the encoder made something else of this";
  expect_errors("AR64", "f:\n",
                {{"b.eq $ + 1048576", other},
                 {"cbz x0, $ - 1048580", other},
                 {"adr x0, $ + 1048576", other}});
  expect_errors("AR64", "f:\n", {{"add x0, x1, #4096, lsl #0", "4096 does not fit 12 bits"}});
  expect_equal("AR64", "f:\n",
               {{"tbz x0, #5, f", "tbz w0, #5, f"},
                {"b.eq $ + 1048572", "b.eq . + 1048572"},
                {"mov x0, #-2", "movn x0, #1"},
                {"and x0, x1, #0xff00ff00ff00ff00", "and x0, x1, #0xff00ff00ff00ff00"},
                {"cmp w0, #-5", "cmn w0, #5"},
                {"ubfx x0, x1, #4, #60", "lsr x0, x1, #4"},
                {"movz x0, #5, lsl #32", "mov x0, #0x500000000"}});
  expect_equal("_ARM", ".thumb\nf: nop\n", {{"beq $ + 12", ".inst.n 0xd004"}});
  expect_equal("_ARM", "f:\n",
               {{"mov r0, #-6", "mvn r0, #5"},
                {"and r0, r1, #-6", "bic r0, r1, #5"},
                {"beq f", "beq f"},
                {"add r0, r1, r2, lsl #4", "add r0, r1, r2, lsl #4"}});
}

}  // namespace
}  // namespace cmos::assembler
