// Every opcode with every form of operand and every type: written, read, disassembled, assembled.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "coil/assembler.h"
#include "coil/disassembler.h"
#include "formats/coil/cbc.h"
#include "formats/coil/instruction.h"
#include "formats/coil/instruction_text.h"
#include "formats/coil/object_file.h"
#include "formats/coil/validate.h"

namespace cmos::casm {
namespace {

using coil::Instruction;
using coil::Operand;

coil::Memory memory(coil::Memory::Part base, coil::Memory::Part index, bool displacement) {
  coil::Memory out;
  using Part = coil::Memory::Part;
  out.base = base;
  out.index = index;
  out.base_id = base == Part::kVariable ? 2 : base == Part::kNone ? 0 : 1;
  out.index_id = index == Part::kVariable ? 3 : index == Part::kNone ? 0 : 1;
  if (index != Part::kNone) out.scale = 4;
  out.has_displacement = displacement;
  if (displacement) out.displacement = -8;
  if (base == Part::kNone && index == Part::kNone) out.address = 0x1000;
  return out;
}

/// One operand of every form there is.
std::vector<Operand> all_operands() {
  using Part = coil::Memory::Part;
  std::vector<Operand> out = {coil::variable_operand(1), coil::variable_operand(300),
                              coil::symbol_operand(1)};
  for (const unsigned file : {0x92u, 0x93u, 0x94u, 0x95u})
    out.push_back(coil::register_operand(static_cast<std::uint8_t>(file), 1));
  for (const coil::TypeRow& row : coil::types()) {
    if (coil::is_scalar(row.kind) && row.size <= 8 && row.kind != coil::TypeKind::kPointer)
      out.push_back(coil::immediate_operand(row.code, 1));
    const bool value = coil::is_scalar(row.kind) || coil::has_element(row.kind);
    if (coil::has_element(row.kind))
      out.push_back(coil::type_operand(coil::type_of(row.code, coil::simple_type(0x03))));
    else if (row.kind == coil::TypeKind::kStruct)
      out.push_back(coil::type_operand(coil::struct_type(row.code, 1)));
    else if (value || row.kind == coil::TypeKind::kVoid || row.kind == coil::TypeKind::kState ||
             row.kind == coil::TypeKind::kComplex)
      out.push_back(coil::type_operand(coil::simple_type(row.code)));
    if (row.kind == coil::TypeKind::kParameter) out.push_back(coil::parameter_operand(row.code, 2));
    if (row.size > 8 && coil::is_scalar(row.kind))
      out.push_back(
          coil::wide_operand(coil::simple_type(row.code), std::vector<std::uint8_t>(row.size, 7)));
    if (row.kind == coil::TypeKind::kVector)
      out.push_back(coil::wide_operand(coil::type_of(row.code, coil::simple_type(0x25)),
                                       std::vector<std::uint8_t>(row.size, 7)));
  }
  out.push_back(coil::type_operand(coil::array_of(coil::simple_type(0x03), 12)));
  out.push_back(coil::array_operand(coil::simple_type(0x02), {1, 2, 3, 4}));
  for (const coil::Code& one : coil::conditions())
    out.push_back(coil::condition_operand(static_cast<coil::Condition>(one.value)));
  for (const coil::Code& one : coil::abi_controls())
    out.push_back(coil::abi_operand(static_cast<coil::AbiControl>(one.value), 1));
  for (const Part base : {Part::kNone, Part::kVariable, Part::kSymbol, Part::kRegister}) {
    for (const Part index : {Part::kNone, Part::kVariable, Part::kSymbol, Part::kRegister}) {
      for (const bool displacement : {false, true})
        if (!displacement || base != Part::kNone || index != Part::kNone)
          out.push_back(coil::memory_operand(memory(base, index, displacement)));
    }
  }
  return out;
}

/// Each letter string that a pattern allows, groups repeated up to twice.
std::vector<std::string> shapes(const coil::OpcodeRow& row) {
  const coil::OperandPattern pattern = coil::operand_pattern(row);
  std::vector<std::string> out = {""};
  for (std::size_t i = 0; i < pattern.front.size(); ++i) {
    const bool optional = i + 1 < pattern.front.size() && pattern.front[i + 1] == '?';
    std::vector<std::string> next;
    for (const std::string& one : out) {
      next.push_back(one + pattern.front[i]);
      if (optional) next.push_back(one);
    }
    out = std::move(next);
    if (optional) ++i;
  }
  std::vector<std::string> whole;
  for (const std::string& one : out) {
    for (int times = 0; times <= (pattern.group.empty() ? 0 : 2); ++times) {
      std::string text = one;
      for (int i = 0; i < times; ++i) text += pattern.group;
      whole.push_back(text + std::string(pattern.back));
    }
  }
  return whole;
}

/// One form in so many is tried at each shape. Each shape starts at another form, so that all
/// shapes together try all of them.
constexpr std::size_t kStride = 11;

/// Every opcode in every shape, each operand in turn in the forms that its place takes.
std::vector<Instruction> all_instructions() {
  const std::vector<Operand> operands = all_operands();
  std::vector<Instruction> out;
  std::size_t shape_count = 0;
  for (const coil::OpcodeRow& row : coil::opcodes()) {
    if (row.kind == coil::OpcodeKind::kSourceOnly) continue;
    for (const std::string& shape : shapes(row)) {
      std::vector<std::vector<Operand>> choices;
      std::size_t most = 1;
      for (const char letter : shape) {
        std::vector<Operand> fitting;
        for (const Operand& one : operands) {
          if (coil::accepts(letter, one)) fitting.push_back(one);
        }
        most = std::max(most, fitting.size());
        choices.push_back(std::move(fitting));
      }
      const std::size_t start = shape_count++ % std::min(kStride, most);
      for (std::size_t turn = start; turn < most; turn += kStride) {
        Instruction one;
        one.opcode = row.code;
        for (const auto& list : choices) one.operands.push_back(list[turn % list.size()]);
        if (row.code == coil::opcode::kSwitch)
          one.operands[1] = coil::integer_operand(static_cast<std::int64_t>(shape.size() - 3) / 2);
        if (row.conditional && turn % 2 == 1)
          one.operands.push_back(coil::condition_operand(static_cast<coil::Condition>(turn % 16)));
        if (row.code == coil::opcode::kAbi)
          one.abi = {{coil::AbiRecord::kParams, {1, 2}, 0}, {coil::AbiRecord::kRedZone, {}, 128}};
        out.push_back(std::move(one));
      }
    }
  }
  return out;
}

TEST(CoilProperty, EveryInstructionIsReadAsItWasWritten) {
  std::set<std::uint8_t> opcodes;
  std::size_t count = 0;
  for (const Instruction& one : all_instructions()) {
    for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
      const auto bytes = coil::encode(one, order);
      const coil::Decoded decoded = coil::decode(bytes, 0, order, 0);
      ASSERT_EQ(decoded.fault, coil::DecodeFault::kNone)
          << coil::opcode_row(one.opcode)->mnemonic << ": " << decoded.error.text();
      ASSERT_TRUE(decoded.instruction.same_as(one)) << coil::opcode_row(one.opcode)->mnemonic;
      ASSERT_EQ(decoded.instruction.size, bytes.size());
      // Bytes that are cut short are refused, never read behind.
      for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        ASSERT_NE(coil::decode(Bytes(bytes).first(cut), 0, order, 0).fault,
                  coil::DecodeFault::kNone);
    }
    opcodes.insert(one.opcode);
    ++count;
  }
  std::size_t rows = 0;
  for (const coil::OpcodeRow& row : coil::opcodes())
    rows += row.kind == coil::OpcodeKind::kSourceOnly ? 0 : 1;
  std::printf("covered: %zu of %zu opcodes, %zu operand forms, %zu instructions\n", opcodes.size(),
              rows, all_operands().size(), count);
  EXPECT_EQ(opcodes.size(), rows);
}

TEST(CoilProperty, EveryCbcInstructionIsReadAsItWasWritten) {
  std::size_t rows = 0;
  std::size_t forms = 0;
  for (const coil::CbcOpcodeRow& row : coil::cbc_opcodes()) {
    ++rows;
    for (std::uint8_t format = 0; format < 16; ++format) {
      if (!coil::has_format(row.shape, format)) continue;
      for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
        ByteWriter out(order);
        out.u8(row.code);
        out.u8(static_cast<std::uint8_t>(row.type << 4 | format));
        for (std::uint8_t i = 1; i < 16; ++i) out.u8(i);
        out.zeros(16);
        const coil::CbcDecoded decoded = coil::decode_cbc(out.data(), 0, order, 0);
        ASSERT_EQ(decoded.fault, coil::DecodeFault::kNone) << row.mnemonic;
        ByteWriter again(order);
        coil::encode_cbc(decoded.instruction, again);
        EXPECT_EQ(again.size(), decoded.instruction.size) << row.mnemonic;
        EXPECT_TRUE(std::equal(again.data().begin(), again.data().end(), out.data().begin()))
            << row.mnemonic;
      }
      ++forms;
    }
  }
  std::printf("covered: %zu of %zu CBC opcodes, %zu forms\n", rows, coil::cbc_opcodes().size(),
              forms);
}

/// Sources of every construct.
const char* const kSources[] = {
    "PROC 1\nARCH 1, 3\nSECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\n"
    "VAR #1, TYPE_INT32, 42\nSCOPEL\nRET\n",
    "SECTION .text, 5\nVERSION 1, 0, 0\nPROC 1\nSYM main, TYPE_PARAM0=GLOB\n"
    "VAR #1, TYPE_INT32, -3\nVAR #8, TYPE_INT32+CONST, -3\nVAR #2, TYPE_FP32, 2.5\nVAR #3, "
    "TYPE_FP64, 1e-3\n"
    "VAR #4, TYPE_PTR=TYPE_INT32, msg\nVAR #5, TYPE_V128=TYPE_FP32, (1.0, 2.0, 3.0, 4.0)\n"
    "VAR #6, TYPE_ARRAY=TYPE_UNT8, \"hi\\n\\\"\"\nVAR #7, TYPE_ARRAY=TYPE_INT16[4], (1, -2, 3, 4)\n"
    "loop: CMP #1, 10\nBR_GE done\nADD #1, #1, 1\nMOV [#4 + #1*4 + 8], #1\nMOV #1, [msg]\n"
    "MOV #1, TYPE_UNT8=7\nCALL helper, TYPE_ABICTL=ABICTL_PARAM=x86_64_sysv, #1, 2\nBR loop\n"
    "done: SWITCH #1, 2\n1, loop\n2, done\ndone\nRET TYPE_ABICTL=ABICTL_RET=x86_64_sysv, #1\n"
    "SECTION .data, 0x0E\nmsg: DATA TYPE_ARRAY=TYPE_UNT8, \"Hello\", 10, 0\n"
    "DATA TYPE_PTR, msg\nDATA TYPE_UNT32, msg + 4\nSECTION .bss, 0x16\n"
    "buffer: DATA TYPE_ARRAY=TYPE_UNT8[64]\nEXTERN helper\n",
    "SECTION .text, 5\nABI mine\nPARAMS RDI, RSI\nRETS RAX\nCALLER R8-R11\nCALLEE NONE\n"
    "SALLIGN 16\nEXIT\nSYM f, TYPE_PARAM0=GLOB, TYPE_ABICTL=ABICTL_STANDARD=mine\nSCOPEE\n"
    "VAR #1, TYPE_INT32\nMOV #1, TYPE_ABICTL=ABICTL_PARAM=mine, 0\nSCOPEL\nRET\nSYM "
    "g\nSCOPEE\nNOP\nSCOPEL\nRET\n"
    "SECTION .more, 5, ALIGN=64\nNOP\n",
};

TEST(CoilRoundTrip, AssembleDisassembleAssembleIsTheIdentity) {
  for (const char* const text : kSources) {
    for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
      Options options;
      options.order = order;
      options.warnings = false;
      const Output first = assemble("first.casm", text, options);
      ASSERT_EQ(first.messages, "") << text;
      const auto out = disassemble(first.coil, "first.coil", {});
      ASSERT_TRUE(out) << out.error().text();
      const Output second = assemble("second.casm", out->text, options);
      EXPECT_EQ(second.messages, "") << out->text;
      EXPECT_EQ(second.coil, first.coil) << out->text;
      EXPECT_TRUE(out->reproduces);
      const auto read = coil::read_object_file(first.coil, "first.coil");
      ASSERT_TRUE(read);
      EXPECT_EQ(coil::write_object_file(read->file).value(), first.coil);
    }
  }
}

/// Every instruction that the table allows, as text, assembled again.
TEST(CoilRoundTrip, EveryCanonicalInstructionSurvivesItsText) {
  coil::ObjectFile file;
  file.symbols.resize(2);
  file.symbols[0].name = ".text";
  file.symbols[1].name = "target";
  std::size_t count = 0;
  std::size_t same = 0;
  std::string first_difference;
  for (const Instruction& one : all_instructions()) {
    if (coil::opcode_row(one.opcode)->kind != coil::OpcodeKind::kInstruction) continue;
    // Names of ABIs, types and fields are symbols of their own kind in a source.
    bool plain = one.opcode != coil::opcode::kGet && one.opcode != coil::opcode::kSet &&
                 one.opcode != coil::opcode::kInstance && one.opcode != coil::opcode::kScopeLeave &&
                 one.opcode != coil::opcode::kVar;
    for (const Operand& operand : one.operands) {
      plain &= operand.kind != coil::OperandKind::kAbi;
      plain &= operand.data.empty();
      // The cases of a SWITCH are plain numbers.
      if (one.opcode == coil::opcode::kSwitch && operand.kind == coil::OperandKind::kImmediate)
        plain &= operand.type.code() == coil::type::kUnt32;
      if (operand.kind == coil::OperandKind::kType)
        plain &= coil::type_row(operand.type.levels.back().code)->kind != coil::TypeKind::kStruct;
    }
    if (!plain) continue;
    ++count;
    const std::string text =
        "SECTION .text, 5\ntarget:\n" + coil::instruction_text(one, file, {1, 1, 3}) + "\n";
    const Output out = assemble("one.casm", text, {});
    const auto read = coil::read_object_file(out.coil, "one.coil");
    const auto bytes = coil::encode(one, ByteOrder::kLittle);
    if (read && std::equal(read->file.sections[0].bytes.begin(), read->file.sections[0].bytes.end(),
                           bytes.begin(), bytes.end()))
      ++same;
    else if (first_difference.empty())
      first_difference = text + out.messages;
  }
  std::printf("covered: %zu of %zu instructions through text\n", same, count);
  EXPECT_EQ(same, count) << first_difference;
}

TEST(CoilRoundTrip, WhatCasmWritesIsValid) {
  for (const char* const text : kSources) {
    Options options;
    options.warnings = false;
    options.debug = true;
    const Output out = assemble("first.casm", text, options);
    const coil::Validation checked =
        coil::validate(out.coil, "first.coil", coil::FileKind::kObject, coil::Level::kThorough);
    for (const Finding& one : checked.findings)
      if (one.severity == Severity::kError) ADD_FAILURE() << one.rule << " " << one.where.text();
  }
}

}  // namespace
}  // namespace cmos::casm
