// Every way to write a statement that docs/coil.md allows, and that what it becomes comes back from
// its disassembly.
#include <gtest/gtest.h>

#include "coil/assembler.h"
#include "coil/disassembler.h"
#include "formats/coil/object_file.h"
#include "formats/coil/validate.h"

namespace cmos::casm {
namespace {

constexpr ByteOrder kOrders[] = {ByteOrder::kLittle, ByteOrder::kBig};

Output assembled(const std::string& text, ByteOrder order = ByteOrder::kLittle) {
  Options options;
  options.order = order;
  options.warnings = false;
  return assemble("a.casm", text, options);
}

/// Assembles, is valid, and its disassembly assembles to the same bytes.
void check(const std::string& text) {
  SCOPED_TRACE(text);
  for (const ByteOrder order : kOrders) {
    const Output out = assembled(text, order);
    ASSERT_EQ(out.messages, "");
    const auto again = disassemble(out.coil, "a.coil", {});
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_TRUE(again->reproduces) << again->text;
    const coil::Validation checked =
        coil::validate(out.coil, "a.coil", coil::FileKind::kObject, coil::Level::kThorough);
    for (const Finding& one : checked.findings)
      if (one.severity == Severity::kError) ADD_FAILURE() << one.rule << " " << one.where.text();
  }
}

std::string in_function(const std::string& lines) {
  return "PROC 0x01\nARCH 0x01, 0x03\nSECTION .data, 0x02 | 0x04 | 0x08\n"
         "msg: DATA TYPE_ARRAY=TYPE_UNT8, \"hi\", 10, 0\nSECTION .text, 0x01 | 0x04\n"
         "SYM main, TYPE_PARAM0=GLOB\n    SCOPEE\n    VAR #1, TYPE_INT32, 42\n"
         "    VAR #2, TYPE_INT32, 2\n    VAR #3, TYPE_INT32, 0\n    VAR #4, TYPE_PTR=TYPE_INT32, "
         "msg\n    VAR #5, TYPE_V128=TYPE_FP32, (1.0, 2.0, 3.0, 4.0)\n" +
         lines + "\n    SCOPEL\n    RET\n";
}

TEST(CasmGrammar, EveryFormOfAnInstructionAssembles) {
  const char* const kLines[] = {
      "MOV #1, 'A'",
      "MOV #1, 0b1010_1010",
      "MOV #1, 0o52",
      "MOV #1,#2",
      "MOV [0x1000], 42",
      "MOV #1, [#4]",
      "MOV #1, [#4 + #2*4 + 8]",
      "MOV #1, [msg + #2*4]",
      "MOV #1, [TYPE_RGP=RAX + 8]",
      "MOV #1, [RAX + RCX*8 - 4]",
      "MOV #1, TYPE_INT32+IMM=5",
      "MOV TYPE_VAR=#1, 5",
      "MOV TYPE_VAR=2, TYPE_INT32+VAR=1",
      "BR TYPE_SYM=main",
      "CMP #1, #2\nBR TYPE_SYM=main, TYPE_PARAM5=EQ",
      "CMP #1, #2\nMOV_EQ #1, #2",
      "VAR #6, TYPE_INT32+VOLATILE+CONST, 5",
      "VAR #6, TYPE_ARRAY=TYPE_INT32, (1, 2, 3)",
      "VAR #6, TYPE_INT32[4]",
      "VAR #6, TYPE_ARRAY=TYPE_ARRAY=TYPE_INT32[2][3]",
      "VAR #6, TYPE_INT128, -5",
      "VAR #6, TYPE_FP80, 5.5",
      "VAR #6, TYPE_FP128, 5.5",
      "VAR #6, TYPE_INT128\nMOV #6, TYPE_INT128=5",
      "VAR #6, TYPE_INT32, 1, TYPE_RGP=RAX",
      "VAR TYPE_INT32, counter, 0\nMOV counter, 5\nMOV [counter + 4], counter",
      "RET #1",
      "RET TYPE_ABICTL=ABICTL_RET, #1",
      "MOV #1, TYPE_ABICTL=ABICTL_PARAM, 0",
      "SYSCALL TYPE_ABICTL=ABICTL_PARAM=platform_syscall, 1, 1, msg, 4",
      "GET_PARAM #1, 0\nGET_RESULT #1\nRET_AUTO #1",
      "SWITCH #1, 2\n 1, a ; one\n\n -2, b\n d\na:\nb:\nd:",
      "SWITCH #1, 2,\n 1, a, ; one\n 2, b,\n d\na:\nb:\nd:",
      "SWITCH #1, 1\n 1, a\n BR d\na:\nd:",
      "MOV #1, 5 + 3\nMOV #1, -5 + 3 - 'A'\nMOV #1, 1 | 2 + 4",
      "SYM inner:\nBR inner",
      "VSHUFFLE #5, #5, (3, 2, 1, 0)",
      "VCMP #5, #5, #5, LE",
      "MOV #1, #2\nmain_loop:\nSYM inner\nBR inner",
      "SCOPEE\nVAR #1, TYPE_FP64, .5\nSCOPEL",
      "VAR #300, TYPE_INT32, 1\nINC #300",
      "VAR #6, TYPE_FP64, \"\\x00\\x00\\x00\\x00\\x00\\x00\\xf0\\x7f\"",
      "VAR #6, TYPE_FP32, \"\\x01\\x00\\x80\\xff\"",
      "VAR #6, TYPE_FP32\nMOV #6, TYPE_FP32=\"\\x01\\x00\\xc0\\x7f\"",
      "VAR #6, TYPE_V128=TYPE_FP32, \"\\x00\\x00\\xc0\\x7f\\x00abcdefghijk\"",
  };
  for (const char* const one : kLines) check(in_function(one));
}

TEST(CasmGrammar, EveryFormOfADirectiveAssembles) {
  const char* const kSources[] = {
      "TARGET 0x010103\nSECTION .text, 5\nNOP\n",
      "TARGET cpu-arm-64\nSECTION .text, 5\nSYM f:, TYPE_PARAM0=GLOB\nRET\n",
      "PROC 1\nARCH 0x0101\nMODE 0x010103\nSECTION .text, 5\nNOP\n",
      "PROC 1\nARCH 0x010103\nSECTION .text, 5\nNOP\n",
      "SECTION .text\nNOP\nSECTION .rodata\nDATA TYPE_INT8, 1\nSECTION .data\nDATA TYPE_INT8, 1\n"
      "SECTION .bss\nDATA TYPE_INT64\nDATA TYPE_UNT8[16]\nDATA TYPE_INT32, 0\n",
      "SECTION .text.cpu, 0x01 | 0x04, TARGET=0x01\nNOP\nSECTION .x, 5, TARGET=0x010103\nNOP\n",
      "IF PROC == 0x01\nIF DEBUG\nnonsense\nENDIF\nELSE\nSECTION .text, 5\nNOP\nENDIF\n",
      "GLOBAL main, table\nEXTERN printf\nSECTION .text, 5\nmain:\nCALL printf\nRET\n"
      "SECTION .data, 0x0E\ntable: DATA TYPE_PTR, main, table + 8\n",
      "SECTION .text, 5\nSYM a, TYPE_PARAM0=2\nRET\nSYM b, TYPE_PARAM0=FILE\nRET\n",
      "SECTION .text, 5\nABI mine\nPARAMS RDI,\n  RSI\nRETS RAX\nCALLER RAX, R8 - R11\n"
      "CALLEE NONE\nSALLIGN 16\nSHADOW 32\nARGSTYLE 1\nEXIT\nSYM f, TYPE_PARAM0=GLOB, "
      "TYPE_ABICTL=ABICTL_STANDARD=mine\nRET\n",
      "ABI far\nPARAMS X0-X7\nRETS A0, A1\nCALLER 16, 200\nCALLEE S0 - S11, SP, RA\nSALLIGN "
      "16\nEXIT\n"
      "SECTION .text, 5\nSYM f, TYPE_ABICTL=ABICTL_STANDARD=far, TYPE_PARAM0=GLOB\nRET\n",
      "TYPEDEF Size, TYPE_UNT64\nSECTION .data, 0x0E\nd: DATA Size, 1\nSTRUCT Point, TYPE_INT32, "
      "x\n"
      "STRUCT Line, Point, a, Point, b\nSECTION .text, 5\nVERSION 1, 0, 0\nEXTERN far\nEXTERN "
      "near\nSYM g\n"
      "SCOPEE\nVAR #1, Line, ((1), (2))\nVAR #2, TYPE_INT32, [d]\nMOV [e], other\nCALL "
      "near\nSCOPEL\nRET\n"
      "GLOBAL g\nEXTERN other\nSECTION .bss\ne: DATA Size\nSECTION .more, 5\nRET\n",
      "STRUCT Point,\n  TYPE_INT32, x,\n  TYPE_INT32, y\nSECTION .data, 0x0E\n"
      "a: DATA TYPE_STRUCT=Point, (1, y=2)\nSECTION .text, 5\nSCOPEE\n"
      "VAR #1, TYPE_STRUCT=Point, (y=20, x=10)\nVAR #2, TYPE_INT32\nGET #2, #1, x\nSET #1, y, 5\n"
      "VAR #3, TYPE_ARRAY=TYPE_STRUCT=Point, ((1, 2), (3, 4))\nSCOPEL\nRET\n",
      "TYPEDEF Number, TYPE_INT32\nTYPEDEF TYPE_Handle, TYPE_PTR=TYPE_UNT8\nTYPEDEF Row, "
      "Number[4]\n"
      "ARRAY Table, TYPE_Number, 10\nENUM Color, RED, GREEN, BLUE, -5, LAST\n"
      "STRUCT Node, Number, value, TYPE_PTR=Node, next\nUNION Word, Number, n, TYPE_FP32, f\n"
      "SECTION .data, 0x0E\na: DATA Number, 5, RED, LAST\nb: DATA TYPE_Number, 6\nc: DATA Row[2], "
      "(1, 2)\n"
      "d: DATA Node, (1, d)\ne: DATA TYPE_PTR=Node, d\nf: DATA Table\nSECTION .text, 5\n"
      "SYM main, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, Number, 42\nVAR #2, TYPE_Number+CONST, LAST\n"
      "VAR #3, TYPE_Handle, a\nVAR #4, Row, (1, 2)\nVAR #5, TYPE_PTR=Number, a\nVAR Number, n, "
      "GREEN\n"
      "VAR #7, Node, (1)\nVAR #8, TYPE_INT32[2][3]\nVAR #9, Table\nVAR #10, Word, (f=1.5)\n"
      "INSTANCE #11, Node\nINSTANCE #12, Number\nADD n, #1, TYPE_Number=7\nCMP n, BLUE\n"
      "SIZEOF #1, Node\nSIZEOF #1, Row\nISTYPE #1, n, Number\nGET #1, #7, value\nSCOPEL\nRET\n",
      "SECTION .data, 5 + 3 | 4 | 1 * 2, ALIGN=8 * 4, ADDRESS=0x1000 + 32\nDATA TYPE_UNT8[4 * 4], "
      "5 * 3\n"
      "IF 2 * 3 == 5 + 1\nSECTION .text, 1 | 4\nSCOPEE\nVAR #1, TYPE_UNT8, 7\nMOV #1, TYPE_UNT8=5 "
      "+ 3\n"
      "SWITCH #1, 1 + 1\n 1 + 2, a\n -1, b\n a\na:\nb:\nSCOPEL\nENDIF\n",
      "STRUCT Point, TYPE_INT32, x\nSECTION .data, 0x0E\na: DATA TYPE_STRUCT=Point, (x=1)\n",
  };
  for (const char* const one : kSources) check(one);
}

std::vector<std::uint8_t> data_of(const std::string& text, ByteOrder order) {
  const Output out = assembled(text, order);
  EXPECT_EQ(out.messages, "");
  const auto read = coil::read_object_file(out.coil, "a.coil");
  if (!read || read->file.sections.empty()) return {};
  const Bytes bytes = read->file.sections[0].bytes;
  return {bytes.begin(), bytes.end()};
}

using List = std::vector<std::uint8_t>;

TEST(CasmGrammar, ASumIsTheNumberThatItComesTo) {
  const std::string values =
      "5 + 3, -5 + 3, 10 - 3 - 4, 1 | 2 + 4, 'A' + 1, 5 - -3, 0x7f-0x7f, -1 - 1 | 1, "
      "2 + 3 * 4 * 5, -2 * -3 - 1, 0 * -1";
  EXPECT_EQ(data_of("SECTION .data, 0x0E\nDATA TYPE_ARRAY=TYPE_INT8, " + values + "\n",
                    ByteOrder::kLittle),
            (List{8, 0xfe, 3, 7, 'B', 8, 0, 0xff, 62, 5, 0}));
  EXPECT_EQ(
      data_of("SECTION .data, 0x0E\nDATA TYPE_UNT64, 0xffffffffffffffff - 2\n", ByteOrder::kLittle),
      (List{0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
}

TEST(CasmGrammar, WhatATargetASumOrASymbolLacksIsSaid) {
  const struct {
    const char* line;
    const char* message;
  } kRows[] = {
      {"TARGET cpu-z80", "'cpu-z80' is no target: cpu-x86-64"},
      {"DATA TYPE_INT32, 5 +", "a number must follow"},
      {"DATA TYPE_INT32, 5 + #1", "a number must follow"},
      {"DATA TYPE_UNT64, 0xffffffffffffffff + 1", "the sum has more than 64 bits"},
      {"DATA TYPE_UNT64, 0x100000000 * 0x100000000", "the product has more than 64 bits"},
      {"SECTION .x, 5 +", "a number must follow"},
      {"SECTION .x, -5", "the section's attributes must follow: a number"},
      {"SECTION .x, 5, ALIGN=4 |", "a number must follow"},
      {"IF 5 + == 5", "a number must follow"},
      {"ABI x\nPARAMS 300", "300 is no register"},
      {"DATA Number, 5", "Number is no type"},
      {"DATA TYPE_NUMBER, 5", "TYPE_NUMBER is no type"},
      {"DATA TYPE_PTR=Number, 5", "Number is no type"},
      {"TYPEDEF Number", "TYPEDEF takes 2 operands"},
      {"TYPEDEF Number, Other", "Other is no type"},
      {"ENUM Color, 1, RED", "a name must stand here"},
      {"SYM x: y", "',' or the end of the line must follow"},
      {"SYM x + 4", "',' or the end of the line must follow"},
  };
  for (const auto& row : kRows) {
    const Output out = assembled(std::string("SECTION .data, 0x0E\n") + row.line + "\n");
    EXPECT_TRUE(out.coil.empty()) << row.line;
    EXPECT_NE(out.messages.find(row.message), std::string::npos) << row.line << out.messages;
    EXPECT_NE(out.messages.find("a.casm:2:"), std::string::npos) << out.messages;
  }
}
const char* const kTypes =
    "STRUCT In, TYPE_UNT8, a, TYPE_UNT16, b\n"
    "STRUCT Out, TYPE_UNT8, c, TYPE_STRUCT=In, in, TYPE_UNT8[3], d, TYPE_UNT16, e\n"
    "UNION Either, TYPE_UNT32, whole, TYPE_UNT16, half\nSECTION .data, 0x0E\n";

TEST(CasmGrammar, FieldsLieWhereTheirAlignmentPutsThem) {
  const std::string types = kTypes;
  const std::string value = "(c=1, in=(2, 3), d=(4, 5), e=0x0607)\n";
  EXPECT_EQ(data_of(types + "DATA TYPE_STRUCT=Out, " + value, ByteOrder::kLittle),
            (List{1, 0, 2, 0, 3, 0, 4, 5, 0, 0, 7, 6}));
  EXPECT_EQ(data_of(types + "DATA TYPE_STRUCT=Out, " + value, ByteOrder::kBig),
            (List{1, 0, 2, 0, 0, 3, 4, 5, 0, 0, 6, 7}));
  EXPECT_EQ(data_of(types + "DATA TYPE_PACK=In, (2, 3)\n", ByteOrder::kLittle), (List{2, 3, 0}));
  EXPECT_EQ(data_of(types + "DATA TYPE_UNION=Either, (half=0x0102)\n", ByteOrder::kLittle),
            (List{2, 1, 0, 0}));
  EXPECT_EQ(data_of(types + "DATA TYPE_ARRAY=TYPE_PACK=In[2], (2, 3), (b=4)\n", ByteOrder::kLittle),
            (List{2, 3, 0, 0, 4, 0}));
  EXPECT_EQ(data_of(types + "DATA TYPE_STRUCT=In\n", ByteOrder::kLittle), (List{0, 0, 0, 0}));
}

TEST(CasmGrammar, AnAddressInAStructureIsRelocated) {
  const Output out = assembled(
      "STRUCT Node, TYPE_UNT8, kind, TYPE_PTR, next\nSECTION .data, 0x0E\n"
      "first: DATA TYPE_STRUCT=Node, (1, second)\nsecond: DATA TYPE_STRUCT=Node, (2, first + 8)\n");
  ASSERT_EQ(out.messages, "");
  const auto read = coil::read_object_file(out.coil, "a.coil");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->file.relocations.size(), 2u);
  EXPECT_EQ(read->file.relocations[0].offset, 8u);
  EXPECT_EQ(read->file.relocations[1].offset, 24u);
  EXPECT_EQ(read->file.sections[0].bytes[24], 8);
}

TEST(CasmGrammar, WhatAStructureCannotHoldIsSaid) {
  const struct {
    const char* line;
    const char* message;
  } kRows[] = {
      {"DATA TYPE_STRUCT=In, (1, 2, 3)", "the type has 2 fields"},
      {"DATA TYPE_STRUCT=In, (z=1)", "the type has no field z"},
      {"DATA TYPE_STRUCT=In, (a=300)", "this does not fit TYPE_UNT8"},
      {"DATA TYPE_STRUCT=In, 5", "a list must stand here"},
      {"DATA TYPE_STRUCT=Other, (1)", "STRUCT or UNION must declare it before"},
      {"DATA TYPE_STRUCT=Out, (d=(1, 2, 3, 4))", "there is room for 3 elements"},
  };
  for (const auto& row : kRows) {
    const Output out = assembled(std::string(kTypes) + row.line + "\n");
    EXPECT_TRUE(out.coil.empty()) << row.line;
    EXPECT_NE(out.messages.find(row.message), std::string::npos) << row.line << out.messages;
    EXPECT_NE(out.messages.find("a.casm:5:"), std::string::npos) << out.messages;
  }
}

TEST(CasmGrammar, DebugInformationKnowsWhereFieldsLie) {
  Options options;
  options.debug = true;
  options.warnings = false;
  const Output out = assemble(
      "a.casm", std::string(kTypes) + "a: DATA TYPE_STRUCT=Out\nSECTION .text, 5\nNOP\n", options);
  ASSERT_EQ(out.messages, "");
  const auto read = coil::read_object_file(out.coil, "a.coil");
  ASSERT_TRUE(read && read->file.debug);
  const coil::DebugInfo& debug = *read->file.debug;
  std::vector<std::uint32_t> places;
  for (const coil::DebugType& one : debug.types) {
    if (debug.string(one.name) != "TYPE_STRUCT=Out") continue;
    EXPECT_EQ(one.size, 12u);
    for (std::uint32_t i = 0; i < one.fields; ++i)
      places.push_back(debug.fields[one.first_field + i].offset);
  }
  EXPECT_EQ(places, (std::vector<std::uint32_t>{0, 2, 6, 10}));
}

TEST(CasmGrammar, AVariableThatNobodyDeclaresIsWarnedOf) {
  const Output out = assemble("a.casm", "SECTION .text, 5\nMOV #1, 42\n", {});
  EXPECT_FALSE(out.coil.empty());
  EXPECT_NE(out.messages.find("a.casm:2:5: warning: #1 is used where no VAR declares it "
                              "[0x01030002] [undeclared]"),
            std::string::npos)
      << out.messages;
}

}  // namespace
}  // namespace cmos::casm
