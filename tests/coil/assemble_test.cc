// CASM to bytes: the document's own example, and what each construct means.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coil/assembler.h"
#include "formats/coil/debug_file.h"
#include "formats/coil/instruction.h"
#include "formats/coil/object_file.h"
#include "tests/formats/coil/hex.h"

namespace cmos::casm {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSample = R"(; Example CASM file
PROC 0x01                     ; CPU processor
ARCH 0x01, 0x03               ; x86-64 architecture

SECTION .text, 0x01 | 0x04
SYM main, TYPE_PARAM0=GLOB
    SCOPEE
    VAR #1, TYPE_INT32, 42
    ; ...
    SCOPEL
    RET
)";

TEST(Casm, TheDocumentsExampleIsTheGoldenFile) {
  const Output out = assemble("sample.casm", kSample, {});
  EXPECT_EQ(out.messages, "");
  EXPECT_EQ(out.coil, coil::from_hex("43 4F 49 4C 01 00 00 01 1C 00 00 00 43 00 00 00"
                                     "89 00 00 00 00 00 00 00 8D 00 00 00 02 00 00 00"
                                     "05 00 2E 74 65 78 74 04 00 00 00 00 00 00 00 00"
                                     "00 01 04 00 6D 61 69 6E 09 00 00 00 0D 00 00 00"
                                     "00 00 01 01 00 00 00 00 00 05 00 00 00 60 00 00"
                                     "00 29 00 00 00 00 00 00 00 10 00 00 00 01 00 00"
                                     "B1 01 10 20 01 B0 02 10 20 01 10 20 03 01 02 91"
                                     "00 01 00 FE 00 02 14 00 16 03 90 00 01 03 00 03"
                                     "20 2A 00 00 00 15 00 04 00 00 00 00 00"));
}

/// The bytes of the lines in a section of code.
std::vector<std::uint8_t> code_of(const std::string& lines, Options options = {}) {
  options.warnings = false;
  const Output out = assemble("t.casm", "SECTION .text, 0x05\n" + lines, options);
  EXPECT_EQ(out.messages, "") << lines;
  const auto read = coil::read_object_file(out.coil, "t.coil");
  if (!read || read->file.sections.empty()) return {};
  const Bytes bytes = read->file.sections[0].bytes;
  return {bytes.begin(), bytes.end()};
}

TEST(Casm, OperandsAreEncodedAsDocumented) {
  const std::pair<const char*, const char*> kCases[] = {
      {"MOV #1, 42", "10 02 90 00 01 13 20 2A 00 00 00"},
      {"ADD #1, #2, #3", "60 03 90 00 01 90 00 02 90 00 03"},
      {"NOP", "00 00"},
      {"MOV TYPE_RGP=RAX, 42", "10 02 92 00 00 13 20 2A 00 00 00"},
      {"MOV TYPE_RGP=RDI, 0x10", "10 02 92 00 05 13 20 10 00 00 00"},
      {"MOV [0x1000], 42", "10 02 A6 20 00 10 00 00 13 20 2A 00 00 00"},
      {"MOV #1, [#2]", "10 02 90 00 01 A6 40 02"},
      {"MOV #1, [#2 + 8]", "10 02 90 00 01 A6 E0 11 02 08 00 00 00"},
      {"MOV #1, [#2 + #3*4 - 8]", "10 02 90 00 01 A6 E0 15 02 03 04 F8 FF FF FF"},
      {"MOV #1, -1", "10 02 90 00 01 03 20 FF FF FF FF"},
      {"MOV #1, 0x1_0000_0000", "10 02 90 00 01 14 20 00 00 00 00 01 00 00 00"},
      {"MOV #1, 'A'", "10 02 90 00 01 13 20 41 00 00 00"},
      {"MOV #1, 0b1010", "10 02 90 00 01 13 20 0A 00 00 00"},
      {"MOV #300, #1", "10 02 90 04 2C 01 90 00 01"},
      {"MOV_EQ #1, #2", "10 03 90 00 01 90 00 02 F0 00 00"},
      {"l: BR_LT l", "02 02 91 00 01 00 F0 00 03"},
      {"l: JMP l", "02 01 91 00 01 00"},
      {"VAR #1, TYPE_FP32, 1.5", "16 03 90 00 01 25 00 25 20 00 00 C0 3F"},
      {"VAR #1, TYPE_FP64, 5", "16 03 90 00 01 26 00 26 20 00 00 00 00 00 00 14 40"},
      {"VAR #1, TYPE_INT32+CONST, -2", "16 03 90 00 01 03 01 03 20 FE FF FF FF"},
      {"VAR #1, TYPE_PTR", "16 02 90 00 01 A6 00 FF 00"},
      {"VAR #1, TYPE_PTR=TYPE_INT32, 0",
       "16 03 90 00 01 A6 00 03 00 14 20 00 00 00 00 00 00 00 00"},
      {"VAR #1, TYPE_V128=TYPE_FP32, (1.0, 2.0, 3.0, 4.0)",
       "16 03 90 00 01 30 00 25 00 30 20 25 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40"},
      {"VAR #1, TYPE_ARRAY=TYPE_UNT8, \"hi\\n\"",
       "16 03 90 00 01 D3 00 10 00 D3 20 10 00 03 00 00 00 68 69 0A"},
      {"VAR #1, TYPE_ARRAY=TYPE_INT16[2], (1, -1)",
       "16 03 90 00 01 D3 04 02 00 02 00 00 00 D3 20 02 00 04 00 00 00 01 00 FF FF"},
      {"RET #1", "04 01 90 00 01"},
      {"MOV #1, TYPE_ABICTL=ABICTL_PARAM=x86_64_sysv, 0",
       "10 03 90 00 01 F8 00 01 01 00 13 20 00 00 00 00"},
  };
  for (const auto& [text, hex] : kCases) EXPECT_EQ(code_of(text), coil::from_hex(hex)) << text;
}

TEST(Casm, FloatsTakeTheTypeOfTheDestination) {
  EXPECT_EQ(code_of("VAR #1, TYPE_FP32\nMOV #1, 1.5"),
            coil::from_hex("16 02 90 00 01 25 00 10 02 90 00 01 25 20 00 00 C0 3F"));
  EXPECT_EQ(code_of("VAR #1, TYPE_FP64\nMOV #1, 1.5"),
            coil::from_hex("16 02 90 00 01 26 00 10 02 90 00 01 26 20 00 00 00 00 00 00 F8 3F"));
}

TEST(Casm, NamedVariablesTakeTheNextIdOfTheirScope) {
  EXPECT_EQ(code_of("SCOPEE\nVAR TYPE_INT32, counter, 0\nSCOPEE\nVAR TYPE_INT32, inner\n"
                    "MOV inner, counter\nSCOPEL\nSCOPEL"),
            coil::from_hex("14 00 16 03 90 00 01 03 00 03 20 00 00 00 00 14 00"
                           "16 02 90 00 02 03 00 10 02 90 00 02 90 00 01 15 00 15 00"));
}

TEST(Casm, ASwitchHasItsCasesOnLinesOfTheirOwn) {
  EXPECT_EQ(code_of("SWITCH #1, 2\n  1, one\n  -2, two\n  other\none:\ntwo:\nother:"),
            coil::from_hex("09 07 90 00 01 13 20 02 00 00 00 13 20 01 00 00 00 91 00 01 00"
                           "03 20 FE FF FF FF 91 00 02 00 91 00 03 00"));
}

TEST(Casm, AnAbiBlockStandsAtTheStartOfEachSectionOfCode) {
  const char* kText =
      "PROC 1\nARCH 1, 3\nABI mine\n  PARAMS RDI, RSI\n  RETS RAX\n  CALLER R8-R10\n"
      "  CALLEE NONE\n  SALLIGN 16\nEXIT\nSECTION .a, 5\nNOP\nSECTION .b, 5\nNOP\n";
  const Output out = assemble("t.casm", kText, {});
  ASSERT_EQ(out.messages, "");
  const auto read = coil::read_object_file(out.coil, "t.coil");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->file.sections.size(), 2u);
  const auto wanted = coil::from_hex(
      "B1 01 10 20 01 B0 02 10 20 01 10 20 03 BA 01 91 00 00 00 01 02 05 04 02 01 00 03 03 08 09 0A"
      "04 00 05 10 00 00 00 00");
  for (const coil::Section& one : read->file.sections)
    EXPECT_EQ(std::vector<std::uint8_t>(one.bytes.begin(), one.bytes.end()), wanted);
}

TEST(Casm, DataBecomesBytesAndRelocations) {
  const char* kText =
      "SECTION .data, 0x0E\nmsg: DATA TYPE_ARRAY=TYPE_UNT8, \"Hi\", 10, 0\nDATA TYPE_INT32, 1, -1\n"
      "DATA TYPE_PTR, msg\nSECTION .bss, 0x16\nbuffer: DATA TYPE_ARRAY=TYPE_UNT8[1024]\n";
  Options options;
  options.warnings = false;
  const Output out = assemble("t.casm", kText, options);
  ASSERT_EQ(out.messages, "");
  const auto read = coil::read_object_file(out.coil, "t.coil");
  ASSERT_TRUE(read) << read.error().text();
  const Bytes data = read->file.sections[0].bytes;
  EXPECT_EQ(std::vector<std::uint8_t>(data.begin(), data.end()),
            coil::from_hex("48 69 0A 00 01 00 00 00 FF FF FF FF 00 00 00 00 00 00 00 00"));
  ASSERT_EQ(read->file.relocations.size(), 1u);
  EXPECT_EQ(read->file.relocations[0].offset, 12u);
  EXPECT_EQ(read->file.relocations[0].size, 8);
  EXPECT_EQ(read->file.sections[1].size, 1024u);
  EXPECT_TRUE(read->file.sections[1].bytes.empty());
}

TEST(Casm, LabelsAreOfTheirFunctionAndFunctionsOfTheFile) {
  const char* kText =
      "SECTION .text, 5\nSYM f, TYPE_PARAM0=GLOB\nloop: BR loop\nCALL g\nSYM g\nloop: BR loop\n";
  const Output out = assemble("t.casm", kText, {});
  ASSERT_EQ(out.messages, "");
  const auto read = coil::read_object_file(out.coil, "t.coil");
  ASSERT_TRUE(read);
  std::vector<std::pair<std::string, std::uint32_t>> symbols;
  for (const coil::Symbol& one : read->file.symbols) symbols.emplace_back(one.name, one.attributes);
  const std::vector<std::pair<std::string, std::uint32_t>> wanted = {
      {".text", 4}, {"f", 9}, {"loop", 4}, {"g", 12}, {"loop", 4}};
  EXPECT_EQ(symbols, wanted);
}

TEST(Casm, ConditionalsAskForTargetAndDefinitions) {
  Options options;
  options.defines = {{"FAST", 1}};
  EXPECT_EQ(code_of("IF FAST == 1\nNOP\nELSE\nHALT\nENDIF\nIF FAST > 1\nHALT\nELIF ARCH == 0\nNOP\n"
                    "ENDIF",
                    options),
            coil::from_hex("00 00 00 00"));
}

TEST(Casm, BigEndianFilesHaveTheirFlagAndTheirNumbersTurned) {
  Options options;
  options.order = ByteOrder::kBig;
  EXPECT_EQ(code_of("MOV #1, 42", options), coil::from_hex("10 02 90 00 01 13 20 00 00 00 2A"));
}

struct Mistake {
  const char* text;
  const char* message;
};

TEST(Casm, MistakesAreNamedWithTheirPlace) {
  const Mistake kMistakes[] = {
      {"SECTION .text, 5\nMOVE #1, 2\n", "2:1: error: 'MOVE' is no instruction"},
      {"SECTION .text, 5\nMOV #0, 2\n", "2:6: error: variables are #1 to #65535"},
      {"SECTION .text, 5\nMOV #1\n", "2:1: error: MOV takes at least 2 operands [0x01000003]"},
      {"SECTION .text, 5\nNOP #1\n", "2:5: error: NOP takes at most 0 operands [0x01000004]"},
      {"SECTION .text, 5\nBR nowhere\n", "2:4: error: 'nowhere' is not defined"},
      {"SECTION .text, 5\nVAR #1, TYPE_INT8, 300\n", "2:20: error: the number does not fit"},
      {"SECTION .text, 5\nVAR #1, TYPE_INT8\nVAR #1, TYPE_INT8\n", "[0x01030001]"},
      {"SECTION .text, 5\nDATA TYPE_INT8, 1\n", "DATA in an executable section [0x01070001]"},
      {"SECTION .text, 5\nTRY x\n", "TRY has no encoding"},
      {"SECTION .text, 5\nMOV #1, \"abc\n", "2:9: error: the string has no end"},
      {"SECTION .text, 5\nSCOPEL\n", "SCOPEL without SCOPEE"},
      {"MOV #1, 2\n", "MOV needs a SECTION"},
      {"IF 1 == 1\n", "this IF has no ENDIF"},
      {"ENDIF\n", "ENDIF without IF"},
      {"SECTION .text, 5\na: NOP\na: NOP\n", "'a' is defined twice"},
      {"INCLUDE \"x.coilh\"\n", "no file can be included here"},
      {"ABI x\nPARAMS RDI\nEXIT\n", "lacks RETS"},
      {"SECTION .text, 5\nSWITCH #1, 2\n1, a\nNOP\n", "a case of the SWITCH above"},
  };
  for (const Mistake& one : kMistakes) {
    const Output out = assemble("t.casm", one.text, {});
    EXPECT_THAT(out.messages, HasSubstr(one.message)) << one.text;
    EXPECT_TRUE(out.coil.empty()) << one.text;
  }
}

TEST(Casm, DebugInformationIsCompleteAndCanBeSplitOff) {
  Options options;
  options.debug = true;
  const Output out = assemble("sample.casm", kSample, options);
  ASSERT_EQ(out.messages, "");
  const auto read = coil::read_object_file(out.coil, "sample.coil");
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_TRUE(read->file.debug);
  const coil::DebugInfo& debug = *read->file.debug;
  EXPECT_EQ(debug.string(debug.sources.at(0).name), "sample.casm");
  EXPECT_EQ(debug.string(debug.functions.at(0).name), "main");
  EXPECT_EQ(debug.string(debug.variables.at(0).name), "#1");
  EXPECT_EQ(debug.string(debug.types.at(debug.variables.at(0).type).name), "TYPE_INT32");
  EXPECT_EQ(debug.scopes.size(), 2u);
  const coil::DebugLine* line = debug.line_at(read->file.sections[0].file_offset + 24);
  ASSERT_NE(line, nullptr);
  EXPECT_EQ(line->line, 8u);
  const auto split = split_debug(out.coil, "sample.coil");
  ASSERT_TRUE(split);
  EXPECT_EQ(split->coil, assemble("sample.casm", kSample, {}).coil);
  const auto debug_file = coil::read_debug_file(split->coild, "sample.coild");
  ASSERT_TRUE(debug_file) << debug_file.error().text();
  EXPECT_TRUE(debug_file->file.belongs_to(read->file));
  EXPECT_EQ(debug_file->file.debug, debug);
}

}  // namespace
}  // namespace cmos::casm
