#include "disasm/disasm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmos::disasm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::uint8_t> from_hex(std::string_view hex) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::vector<std::string> listing(std::string_view arch, bool thumb, std::string_view hex,
                                 std::uint64_t address = 0x400000, std::size_t count = 100) {
  auto disassembler = Disassembler::open(arch, thumb);
  EXPECT_TRUE(disassembler) << arch;
  std::vector<std::string> out;
  if (!disassembler) return out;
  const std::vector<std::uint8_t> code = from_hex(hex);
  for (const Instruction& one : disassembler->decode_all(code, address, count)) {
    out.push_back(one.text());
  }
  return out;
}

TEST(Disassembler, ShowsEveryDocumentedArch) {
  EXPECT_THAT(listing("8664", false, "48c7401001000000cd80c3"),
              ElementsAre("mov qword ptr [rax + 0x10], 1", "int 0x80", "ret"));
  EXPECT_THAT(listing("__86", false, "c70001000000cd80"),
              ElementsAre("mov dword ptr [eax], 1", "int 0x80"));
  EXPECT_THAT(listing("_ARM", false, "040091e5000000ef1eff2fe1"),
              ElementsAre("ldr r0, [r1, #4]", "svc #0", "bx lr"));
  for (std::string_view arch : {"AR64", "APPL"}) {
    EXPECT_THAT(listing(arch, false, "200440f9010000d4c0035fd6"),
                ElementsAre("ldr x0, [x1, #8]", "svc #0", "ret"));
  }
}

TEST(Disassembler, ThumbHasItsOwnModeAndBranchTargetsAreAddresses) {
  EXPECT_THAT(listing("_ARM", true, "0120002800f07ef800df"),
              ElementsAre("movs r0, #1", "cmp r0, #0", "bl #0x400104", "svc #0"));
}

TEST(Disassembler, ASequenceKnowsTheConditionsOfAnItBlock) {
  EXPECT_THAT(listing("_ARM", true, "00281cbf0221521c"),
              ElementsAre("cmp r0, #0", "itt ne", "movne r1, #2", "addne r2, r2, #1"));
}

TEST(Disassembler, DecodeReportsAddressSizeAndBytes) {
  auto disassembler = Disassembler::open("8664");
  ASSERT_TRUE(disassembler);
  const std::vector<std::uint8_t> code = from_hex("cd80c3");
  const auto one = disassembler->decode(code, 0x400010);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->address, 0x400010u);
  EXPECT_EQ(one->size, 2u);
  EXPECT_THAT(one->bytes, ElementsAre(0xcd, 0x80));
  EXPECT_EQ(one->mnemonic, "int");
  EXPECT_EQ(one->operands, "0x80");
}

TEST(Disassembler, BytesThatAreNoInstructionDecodeToNothing) {
  auto x86 = Disassembler::open("8664");
  auto arm64 = Disassembler::open("AR64");
  ASSERT_TRUE(x86 && arm64);
  EXPECT_FALSE(x86->decode({}, 0));
  EXPECT_FALSE(x86->decode(from_hex("48"), 0));  // a prefix alone
  EXPECT_FALSE(arm64->decode(from_hex("c0035f"), 0));
  EXPECT_FALSE(arm64->decode(from_hex("ffffffff"), 0));
}

TEST(Disassembler, AListingHasNoHoles) {
  EXPECT_THAT(listing("8664", false, "060f0bc3"), ElementsAre(".byte 0x06", "ud2", "ret"));
  EXPECT_THAT(listing("AR64", false, "ffffffffc0035fd6aabb"),
              ElementsAre(".long 0xffffffff", "ret", ".byte 0xaa", ".byte 0xbb"));
  EXPECT_THAT(listing("_ARM", true, "012000"), ElementsAre("movs r0, #1", ".byte 0x00"));
  EXPECT_THAT(listing("8664", false, ""), IsEmpty());
}

TEST(Disassembler, AListingEndsAtItsCount) {
  EXPECT_THAT(listing("8664", false, "9090069090", 0x400000, 3),
              ElementsAre("nop", "nop", ".byte 0x06"));
}

TEST(Disassembler, UnknownArchIsUnsupported) {
  for (auto [arch, thumb] : {std::pair{"ZZ80", false}, std::pair{"8664", true}}) {
    const auto disassembler = Disassembler::open(arch, thumb);
    ASSERT_FALSE(disassembler);
    EXPECT_EQ(disassembler.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(disassembler.error().message, testing::HasSubstr(arch));
  }
}

TEST(Disassembler, MovesLeaveOneOwner) {
  auto first = Disassembler::open("8664");
  auto second = Disassembler::open("AR64");
  ASSERT_TRUE(first && second);
  *first = std::move(*second);
  EXPECT_EQ(first->decode(from_hex("c0035fd6"), 0)->text(), "ret");
  Disassembler third = std::move(*first);
  EXPECT_EQ(third.decode(from_hex("010000d4"), 0)->text(), "svc #0");
}

}  // namespace
}  // namespace cmos::disasm
