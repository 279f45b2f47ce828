// Forms that an encoder of its own accord reads in another way or takes although they mean nothing.
#include <algorithm>

#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

using ::testing::HasSubstr;

struct Form {
  const char* line;
  const char* expected;  ///< its bytes, or a part of the message
};

std::string hex(Bytes bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

void expect_bytes(const std::string& arch, const std::string& head,
                  const std::vector<Form>& forms) {
  std::string text = head;
  std::string expected;
  for (const Form& one : forms) {
    text += std::string(" ") + one.line + "\n";
    expected += one.expected;
  }
  EXPECT_EQ(hex(good(text, with_files({}, arch))->code()), expected) << text;
}

/// Each line has its message, all in one source.
void expect_refused(const std::string& arch, const std::string& head,
                    const std::vector<Form>& forms) {
  std::string text = head + "f:\n";
  std::size_t number = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  for (const Form& one : forms) text += std::string(" ") + one.line + "\n";
  const Output out = assemble_text(text, with_files({}, arch));
  EXPECT_EQ(out.errors, forms.size()) << out.messages;
  for (const Form& one : forms) {
    const std::string place = "t.asm:" + std::to_string(++number) + ":";
    const std::size_t at = out.messages.find(place);
    ASSERT_NE(at, std::string::npos) << one.line << "\n" << out.messages;
    EXPECT_THAT(out.messages.substr(at, out.messages.find('\n', at) - at), HasSubstr(one.expected))
        << one.line;
  }
}

TEST(Forms, SegmentRegistersArePushedInTheArchsSize) {
  expect_bytes("__86", "f:\n",
               {{"push ds", "1e"},
                {"push cs", "0e"},
                {"push ss", "16"},
                {"push es", "06"},
                {"push fs", "0fa0"},
                {"pop ds", "1f"},
                {"pop es", "07"},
                {"pop gs", "0fa9"}});
  expect_bytes("8664", "f:\n", {{"push fs", "0fa0"}, {"pop gs", "0fa9"}});
}

TEST(Forms, LockBelongsToWhatChangesMemory) {
  expect_bytes("8664", "f:\n",
               {{"lock add [rax], eax", "f00100"},
                {"lock xchg eax, [rbx]", "f08703"},
                {"lock cmpxchg16b [rbx]", "f0480fc70b"}});
  expect_refused("8664", "",
                 {{"lock add eax, ebx", "lock belongs to what changes memory"},
                  {"lock add eax, [rbx]", "lock belongs to what changes memory"},
                  {"lock mov [rax], eax", "not to this mov"},
                  {"lock bt dword [rax], 3", "not to this bt"},
                  {"lock nop", "not to this nop"}});
}

TEST(Forms, StringInstructionsAreRepeatedAndNothingElse) {
  expect_bytes("8664", "f:\n",
               {{"rep movsb", "f3a4"},
                {"repne scasb", "f2ae"},
                {"rep ret", "f3c3"},
                {"movs dword ptr es:[rdi], dword ptr [rsi]", "a5"},
                {"xlat byte ptr [rbx]", "d7"}});
  expect_refused("8664", "",
                 {{"rep add eax, 1", "rep repeats string instructions, not add"},
                  {"repe movsd xmm0, xmm1", "repe repeats string instructions, not movsd"},
                  {"xlat byte ptr [rcx]", "xlat reads [rbx], and nothing else"}});
  expect_refused("8664", "", {{"movs byte ptr [rsi], byte ptr [rdi]", "made something else"}});
}

TEST(Forms, FarAddressesHaveTheirSize) {
  expect_bytes("__86", "f:\n",
               {{"jmp 8:0x1000", "ea001000000800"},
                {"jmp word 8:0x1000", "66ea00100800"},
                {"jmp far dword [ebx]", "ff2b"},
                {"jmp far word [ebx]", "66ff2b"},
                {"call fword ptr [ebx]", "ff1b"}});
  expect_refused("__86", "",
                 {{"jmp word 8:0x10000", "65536 does not fit the offset of a far address"},
                  {"call 0x10000:0", "65536 is no selector"}});
}

TEST(Forms, AddressesOf16BitsAreThoseOfOldProcessors) {
  expect_bytes("__86", "f:\n",
               {{"mov eax, [bx + si]", "678b00"},
                {"mov eax, [si + bx]", "678b00"},
                {"mov eax, [bp + di - 2]", "678b43fe"},
                {"mov eax, [bx + si + 0x8000]", "678b800080"}});
  expect_refused("__86", ".var x u32\n",
                 {{"mov eax, [bx - 0x8001]", "-32769 does not fit the 16 bits"},
                  {"mov eax, [bx + 0x10000]", "65536 does not fit the 16 bits"},
                  {"mov eax, [bx + x]", "an address does not fit the 16 bits"},
                  {"mov eax, [si*2]", "a 16-bit address has no factors"}});
}

TEST(Forms, WhatMeansTheSameIsTakenFor) {
  expect_bytes("8664", "f:\n",
               {{"xchg ax, ax", "6690"},
                {"xchg eax, eax", "87c0"},
                {"iretw", "66cf"},
                {"movsx rax, ebx", "4863c3"},
                {"movsx rax, dword [rbx]", "486303"},
                {"lar eax, bx", "0f02c3"},
                {"fxch st0, st2", "d9ca"},
                {"mov eax, [rbx + 0xffffffffffffffff]", "8b43ff"}});
  expect_refused("8664", "",
                 {{"faddp st0, st1", "faddp pops: its operands are st(N), st"},
                  {"fsubp st0, st1", "fsubp pops: its operands are st(N), st"}});
  expect_refused("__86", "", {{"swapgs", "swapgs exists on 8664 only"}});
}

TEST(Forms, NothingUnpredictableIsMadeOnArm) {
  expect_refused("_ARM", "",
                 {{"push {sp}", "push cannot have sp alone"},
                  {"clz r0, pc", "clz cannot have pc here"},
                  {"umull pc, r3, r1, r2", "umull cannot have pc here"},
                  {"ldrh pc, [r1]", "ldrh cannot have pc here"},
                  {"ldr r0, [r1, pc]", "ldr cannot have pc here"},
                  {"ldr r0, [pc], r2", "ldr cannot have pc here"},
                  {"vld1.8 {d0}, [pc]", "vld1.8 cannot have pc here"},
                  {"ldm pc!, {r1}", "ldm cannot have pc here"},
                  {"strex r1, r1, [r2]", "strex needs another register here than r1"},
                  {"swp r2, r1, [r2]", "swp needs another register here than r2"},
                  {".a: blx .a", "blx changes the state, but '.a' is ARM code as this is"},
                  {"blx $", "blx changes the state, but this place has its own"}});
  expect_bytes("_ARM", "f:\n",
               {{"ldr pc, [r1]", "00f091e5"},
                {"ldr r0, [pc, #4]", "04009fe5"},
                {"mrs r0, cpsr", "00000fe1"},
                {"add pc, pc, r0", "00f08fe0"}});
  expect_bytes("_ARM", ".thumb\nf:\n", {{"sub r0, pc, #4", "aff20400"}});
}

TEST(Forms, Arm64HasNoRegister31) {
  expect_refused("AR64", "",
                 {{"mov x0, x31", "'x31' is no register: write xzr or sp"},
                  {"add w0, w31, w1", "'w31' is no register: write wzr or wsp"}});
  expect_refused("AR64", "", {{"sxtw x0, x1", "made something else"}});
  expect_bytes("AR64", "f:\n",
               {{"fcmp d0, #0", "0820601e"},
                {"uxtb x0, w1", "201c0053"},
                {"add x0, x1, #-4096", "200440d1"},
                {"at s1e1r, x0", "007808d5"}});
}

}  // namespace
}  // namespace cmos::assembler
