// The bytes that the documents print, in both byte orders: decoded, encoded, and equal.
#include <gtest/gtest.h>

#include "formats/coil/cbc.h"
#include "formats/coil/instruction.h"
#include "formats/coil/object_file.h"
#include "tests/formats/coil/hex.h"

namespace cmos::coil {
namespace {

struct Golden {
  const char* text;
  Instruction instruction;
  const char* little;
  const char* big;
};

Memory absolute(std::uint32_t address) {
  Memory memory;
  memory.address = address;
  return memory;
}

const Golden kInstructions[] = {
    {"MOV #1, 42",
     {opcode::kMov, {variable_operand(1), integer_operand(42)}},
     "10 02 90 00 01 13 20 2A 00 00 00",
     "10 02 90 00 01 13 20 00 00 00 2A"},
    {"ADD #1, #2, #3",
     {opcode::kAdd, {variable_operand(1), variable_operand(2), variable_operand(3)}},
     "60 03 90 00 01 90 00 02 90 00 03",
     "60 03 90 00 01 90 00 02 90 00 03"},
    {"NOP", {opcode::kNop, {}}, "00 00", "00 00"},
    {"PROC 0x01",
     {opcode::kProc, {immediate_operand(type::kUnt8, 1)}},
     "B1 01 10 20 01",
     "B1 01 10 20 01"},
    {"ARCH 0x01, 0x03",
     {opcode::kArch, {immediate_operand(type::kUnt8, 1), immediate_operand(type::kUnt8, 3)}},
     "B0 02 10 20 01 10 20 03",
     "B0 02 10 20 01 10 20 03"},
    {"MOV TYPE_RGP=RAX, 42",
     {opcode::kMov, {register_operand(type::kGeneralRegister, 0), integer_operand(42)}},
     "10 02 92 00 00 13 20 2A 00 00 00",
     "10 02 92 00 00 13 20 00 00 00 2A"},
    {"MOV [0x1000], 42",
     {opcode::kMov, {memory_operand(absolute(0x1000)), integer_operand(42)}},
     "10 02 A6 20 00 10 00 00 13 20 2A 00 00 00",
     "10 02 A6 20 00 00 10 00 13 20 00 00 00 2A"},
    {"SCOPEE", {opcode::kScopeEnter, {}}, "14 00", "14 00"},
    {"SCOPEL", {opcode::kScopeLeave, {}}, "15 00", "15 00"},
};

TEST(GoldenCoil, InstructionsOfTheDocumentsInBothByteOrders) {
  for (const Golden& one : kInstructions) {
    for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
      const auto bytes = from_hex(order == ByteOrder::kLittle ? one.little : one.big);
      EXPECT_EQ(encode(one.instruction, order), bytes) << one.text;
      const Decoded decoded = decode(bytes, 0, order, 0);
      ASSERT_EQ(decoded.fault, DecodeFault::kNone) << one.text << ": " << decoded.error.text();
      EXPECT_TRUE(decoded.instruction.same_as(one.instruction)) << one.text;
      EXPECT_EQ(decoded.instruction.size, bytes.size()) << one.text;
    }
  }
}

TEST(GoldenCoil, TypeOperandsOfTheDocuments) {
  const std::pair<Type, const char*> kTypes[] = {
      {type_of(type::kV128, simple_type(type::kFp32)), "30 00 25 00"},
      {type_of(type::kArray, simple_type(type::kUnt8)), "D3 00 10 00"},
      {type_of(type::kPointer, simple_type(type::kInt32)), "A6 00 03 00"},
      {type_of(type::kPointer, simple_type(type::kVoid)), "A6 00 FF 00"},
      {simple_type(type::kInt32, extension::kConst), "03 01"},
      {array_of(simple_type(type::kUnt8), 1024), "D3 04 10 00 00 04 00 00"},
  };
  for (const auto& [wanted, hex] : kTypes) {
    const Instruction var{opcode::kVar, {variable_operand(3), type_operand(wanted)}};
    EXPECT_EQ(encode(var, ByteOrder::kLittle), from_hex(std::string("16 02 90 00 03") + hex));
    const auto bytes = encode(var, ByteOrder::kBig);
    const Decoded decoded = decode(bytes, 0, ByteOrder::kBig, 0);
    ASSERT_EQ(decoded.fault, DecodeFault::kNone) << hex;
    EXPECT_EQ(decoded.instruction.operands[1].type, wanted) << hex;
  }
}

TEST(GoldenCoil, TheSampleFileIsReadAndWrittenUnchanged) {
  const auto bytes = from_hex(
      "43 4F 49 4C 01 00 00 01 1C 00 00 00 43 00 00 00"
      "89 00 00 00 00 00 00 00 8D 00 00 00 02 00 00 00"
      "05 00 2E 74 65 78 74 04 00 00 00 00 00 00 00 00"
      "00 01 04 00 6D 61 69 6E 09 00 00 00 0D 00 00 00"
      "00 00 01 01 00 00 00 00 00 05 00 00 00 60 00 00"
      "00 29 00 00 00 00 00 00 00 10 00 00 00 01 00 00"
      "B1 01 10 20 01 B0 02 10 20 01 10 20 03 01 02 91"
      "00 01 00 FE 00 02 14 00 16 03 90 00 01 03 00 03"
      "20 2A 00 00 00 15 00 04 00 00 00 00 00");
  ASSERT_EQ(bytes.size(), 141u);
  const auto read = read_object_file(bytes, "sample.coil");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_TRUE(read->warnings.empty());
  ASSERT_EQ(read->file.symbols.size(), 2u);
  EXPECT_EQ(read->file.symbols[1].name, "main");
  EXPECT_EQ(read->file.symbols[1].value, 0x0du);
  ASSERT_EQ(read->file.sections.size(), 1u);
  EXPECT_EQ(read->file.section_name(read->file.sections[0]), ".text");
  const auto code = decode_all(read->file.sections[0].bytes, read->file.order, 0x60, "sample.coil");
  ASSERT_TRUE(code) << code.error().text();
  EXPECT_EQ(code->size(), 7u);
  const auto written = write_object_file(read->file);
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_EQ(*written, bytes);
}

TEST(GoldenCoil, AVariableWithAnInlineValueFollowsTheFilesByteOrder) {
  const struct {
    ByteOrder order;
    const char* bytes;
  } cases[] = {{ByteOrder::kLittle, "2E 14 01 2A 00 00 00"},
               {ByteOrder::kBig, "2E 14 01 00 00 00 2A"}};
  for (const auto& one : cases) {
    const auto bytes = from_hex(one.bytes);
    const CbcDecoded decoded = decode_cbc(bytes, 0, one.order, 0);
    ASSERT_EQ(decoded.fault, DecodeFault::kNone);
    EXPECT_EQ(decoded.instruction.a, 1);
    EXPECT_EQ(decoded.instruction.value, 42u);
    EXPECT_EQ(decoded.instruction.size, 7u);
    ByteWriter out(one.order);
    encode_cbc(decoded.instruction, out);
    EXPECT_EQ(out.data(), bytes);
  }
}

TEST(GoldenCoil, AFloatVariableOfTheDocument) {
  // The document prints the value as a number; this is how a big-endian file stores it.
  const auto bytes = from_hex("30 24 02 40 48 F5 C3");
  const CbcDecoded decoded = decode_cbc(bytes, 0, ByteOrder::kBig, 0);
  ASSERT_EQ(decoded.fault, DecodeFault::kNone);
  EXPECT_EQ(cbc_opcode_row(decoded.instruction.opcode)->mnemonic, "var.f32");
  EXPECT_EQ(decoded.instruction.value, 0x4048f5c3u);
}

TEST(GoldenCoil, TheBytecodeFileIsReadAndWrittenUnchanged) {
  const auto bytes = from_hex(
      "43 42 43 00 01 00 00 00 18 00 00 00 23 00 00 00"
      "00 00 00 00 43 00 00 00 01 00 00 00 05 04 00 6D"
      "61 69 6E 01 00 00 00 00 00 FF FF 37 00 00 00 00"
      "00 01 00 0C 00 00 00 2E 14 01 2A 00 00 00 10 01"
      "01 11 00");
  const auto read = read_cbc(bytes, "answer.cbc");
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->file.functions.size(), 1u);
  EXPECT_EQ(read->file.name_of(read->file.functions[0]), "main");
  EXPECT_EQ(read->file.entry(), 0u);
  EXPECT_EQ(read->file.functions[0].code.size(), 12u);
  const auto written = write_cbc(read->file);
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_EQ(*written, bytes);
}

}  // namespace
}  // namespace cmos::coil
