// CBC's instructions.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "formats/coil/cbc.h"

namespace cmos::coil {
namespace {

using enum CbcShape;

// clang-format off
constexpr CbcOpcodeRow kOpcodes[] = {
    // code, mnemonic, shape, type nibble, width
    {0x01, "nop", kPlain, 0, 0},
    {0x02, "br", kBranch, 0, 0},
    {0x03, "br.eq", kCompare, 1, 0},      {0x04, "br.ne", kCompare, 1, 0},
    {0x05, "br.lt", kCompare, 1, 0},      {0x06, "br.le", kCompare, 1, 0},
    {0x07, "br.gt", kCompare, 1, 0},      {0x08, "br.ge", kCompare, 1, 0},
    {0x09, "br.eq.f", kCompare, 2, 0},    {0x0a, "br.ne.f", kCompare, 2, 0},
    {0x0b, "br.lt.f", kCompare, 2, 0},    {0x0c, "br.le.f", kCompare, 2, 0},
    {0x0d, "br.gt.f", kCompare, 2, 0},    {0x0e, "br.ge.f", kCompare, 2, 0},
    {0x0f, "call", kCall, 0, 0},
    {0x10, "ret", kReturn, 0, 0},
    {0x11, "end", kPlain, 0, 0},
    {0x20, "load.i8", kLoad, 1, 1},       {0x21, "load.i16", kLoad, 1, 2},
    {0x22, "load.i32", kLoad, 1, 4},      {0x23, "load.i64", kLoad, 1, 8},
    {0x24, "load.f32", kLoad, 2, 4},      {0x25, "load.f64", kLoad, 2, 8},
    {0x26, "store.i8", kStore, 1, 1},     {0x27, "store.i16", kStore, 1, 2},
    {0x28, "store.i32", kStore, 1, 4},    {0x29, "store.i64", kStore, 1, 8},
    {0x2a, "store.f32", kStore, 2, 4},    {0x2b, "store.f64", kStore, 2, 8},
    {0x2c, "scopee", kPlain, 0, 0},       {0x2d, "scopel", kPlain, 0, 0},
    {0x2e, "var.i32", kVariable, 1, 4},   {0x2f, "var.i64", kVariable, 1, 8},
    {0x30, "var.f32", kVariable, 2, 4},   {0x31, "var.f64", kVariable, 2, 8},
    {0x40, "add.i32", kArithmetic, 1, 4}, {0x41, "add.i64", kArithmetic, 1, 8},
    {0x42, "sub.i32", kArithmetic, 1, 4}, {0x43, "sub.i64", kArithmetic, 1, 8},
    {0x44, "mul.i32", kArithmetic, 1, 4}, {0x45, "mul.i64", kArithmetic, 1, 8},
    {0x46, "div.i32", kArithmetic, 1, 4}, {0x47, "div.i64", kArithmetic, 1, 8},
    {0x48, "rem.i32", kArithmetic, 1, 4}, {0x49, "rem.i64", kArithmetic, 1, 8},
    {0x4a, "and.i32", kArithmetic, 1, 4}, {0x4b, "and.i64", kArithmetic, 1, 8},
    {0x4c, "or.i32", kArithmetic, 1, 4},  {0x4d, "or.i64", kArithmetic, 1, 8},
    {0x4e, "xor.i32", kArithmetic, 1, 4}, {0x4f, "xor.i64", kArithmetic, 1, 8},
    {0x60, "add.f32", kArithmetic, 2, 4}, {0x61, "add.f64", kArithmetic, 2, 8},
    {0x62, "sub.f32", kArithmetic, 2, 4}, {0x63, "sub.f64", kArithmetic, 2, 8},
    {0x64, "mul.f32", kArithmetic, 2, 4}, {0x65, "mul.f64", kArithmetic, 2, 8},
    {0x66, "div.f32", kArithmetic, 2, 4}, {0x67, "div.f64", kArithmetic, 2, 8},
    {0x68, "sqrt.f32", kUnary, 2, 4},     {0x69, "sqrt.f64", kUnary, 2, 8},
    {0x80, "i32.to.i64", kUnary, 0, 8},   {0x81, "i64.to.i32", kUnary, 0, 4},
    {0x82, "i32.to.f32", kUnary, 0, 4},   {0x83, "i64.to.f64", kUnary, 0, 8},
    {0x84, "f32.to.i32", kUnary, 0, 4},   {0x85, "f64.to.i64", kUnary, 0, 8},
    {0x86, "f32.to.f64", kUnary, 0, 8},   {0x87, "f64.to.f32", kUnary, 0, 4},
};

/// Bit n: the shape has format n.
constexpr std::uint16_t kFormats[] = {
    0b0000'0000'0001, 0b0000'0000'1110, 0b0011'1110'0000, 0b0100'1001'0010, 0b0000'0000'0011,
    0b0000'1111'0000, 0b0000'1101'0000, 0b0000'0111'0010, 0b0000'1101'0000, 0b0000'0001'0000,
};
// clang-format on

constexpr auto kByCode = [] {
  std::array<const CbcOpcodeRow*, 256> out{};
  for (const CbcOpcodeRow& row : kOpcodes) out[row.code] = &row;
  return out;
}();

CbcDecoded refused(DecodeFault fault, std::uint64_t offset, std::string_view field,
                   std::string found, std::string expected) {
  return {.instruction = {},
          .fault = fault,
          .error = {.code = ErrorCode::kMalformed,
                    .offset = offset,
                    .field = std::string(field),
                    .found = std::move(found),
                    .expected = std::move(expected)}};
}

/// Format 4 of var.* holds a value of the opcode's width instead of a second u8.
bool has_inline_value(const CbcOpcodeRow& row, std::uint8_t format) {
  return row.shape == kVariable && format == 4;
}

void read_operands(const CbcOpcodeRow& row, CbcInstruction& out, ByteReader& in) {
  if (has_inline_value(row, out.format)) {
    out.a = in.u8("variable");
    out.value = row.width == 8 ? in.u64("value") : in.u32("value");
    return;
  }
  switch (out.format) {
    case 0:
      return;
    case 2:
      out.value = in.u16("operand");
      return;
    case 3:
      out.value = in.u32("operand");
      return;
    case kCallFormat: {
      out.value = in.u16("function");
      out.a = in.u8("result variable");
      const Bytes list = in.bytes(in.u8("number of arguments"), "arguments");
      out.arguments.assign(list.begin(), list.end());
      return;
    }
    default:
      break;
  }
  out.a = in.u8("operand 1");
  if (out.format == 4 || out.format == 7 || out.format >= kFirstExtendedFormat)
    out.b = in.u8("operand 2");
  if (out.format == 7) out.c = in.u8("operand 3");
  if (out.format == 5 || out.format == 8) out.value = in.u16("operand");
  if (out.format == 6 || out.format == 9) out.value = in.u32("operand");
}

}  // namespace

std::span<const CbcOpcodeRow> cbc_opcodes() {
  return kOpcodes;
}

const CbcOpcodeRow* cbc_opcode_row(std::uint8_t code) {
  return kByCode[code];
}

const CbcOpcodeRow* cbc_opcode_named(std::string_view mnemonic) {
  const auto* row = std::find_if(std::begin(kOpcodes), std::end(kOpcodes),
                                 [&](const auto& one) { return one.mnemonic == mnemonic; });
  return row == std::end(kOpcodes) ? nullptr : row;
}

bool has_format(CbcShape shape, std::uint8_t format) {
  return format < 16 && (kFormats[static_cast<std::size_t>(shape)] >> format & 1) != 0;
}

std::int64_t CbcInstruction::distance() const {
  switch (format) {
    case 1:
      return static_cast<std::int8_t>(a);
    case 7:
      return static_cast<std::int8_t>(c);
    case 2:
    case 5:
    case 8:
      return static_cast<std::int16_t>(value);
    default:
      return static_cast<std::int32_t>(value);
  }
}

std::uint32_t CbcInstruction::callee() const {
  return format == kCallFormat ? static_cast<std::uint32_t>(value) : a;
}

CbcDecoded decode_cbc(Bytes code, std::uint64_t at, ByteOrder order, std::uint64_t file_offset) {
  const std::uint64_t offset = file_offset + at;
  ByteReader in(code.subspan(at), offset, order);
  CbcDecoded out;
  CbcInstruction& instruction = out.instruction;
  instruction.offset = at;
  instruction.opcode = in.u8("opcode");
  const CbcOpcodeRow* row = cbc_opcode_row(instruction.opcode);
  if (in.ok() && row == nullptr)
    return refused(DecodeFault::kOpcode, offset, "opcode",
                   fmt::format("0x{:02x}", instruction.opcode), "an opcode");
  const std::uint8_t head = in.u8("type and format");
  instruction.type = head >> 4;
  instruction.format = head & 0x0f;
  if (in.ok() && !has_format(row->shape, instruction.format))
    return refused(DecodeFault::kCount, offset + 1, "format",
                   fmt::format("{:x}", instruction.format),
                   fmt::format("a format of {}", row->mnemonic));
  if (in.ok()) read_operands(*row, instruction, in);
  if (!in.ok()) return {.instruction = {}, .fault = DecodeFault::kOperand, .error = in.error()};
  instruction.size = in.offset() - offset;
  return out;
}

void encode_cbc(const CbcInstruction& one, ByteWriter& out) {
  out.u8(one.opcode);
  out.u8(static_cast<std::uint8_t>(one.type << 4 | one.format));
  const CbcOpcodeRow* row = cbc_opcode_row(one.opcode);
  if (row != nullptr && has_inline_value(*row, one.format)) {
    out.u8(one.a);
    if (row->width == 8) return out.u64(one.value);
    return out.u32(static_cast<std::uint32_t>(one.value));
  }
  switch (one.format) {
    case 0:
      return;
    case 2:
      return out.u16(static_cast<std::uint16_t>(one.value));
    case 3:
      return out.u32(static_cast<std::uint32_t>(one.value));
    case kCallFormat:
      out.u16(static_cast<std::uint16_t>(one.value));
      out.u8(one.a);
      out.u8(static_cast<std::uint8_t>(one.arguments.size()));
      return out.bytes(one.arguments);
    default:
      break;
  }
  out.u8(one.a);
  if (one.format == 4 || one.format == 7 || one.format >= kFirstExtendedFormat) out.u8(one.b);
  if (one.format == 7) out.u8(one.c);
  if (one.format == 5 || one.format == 8) out.u16(static_cast<std::uint16_t>(one.value));
  if (one.format == 6 || one.format == 9) out.u32(static_cast<std::uint32_t>(one.value));
}

}  // namespace cmos::coil
