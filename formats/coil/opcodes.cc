#include "formats/coil/opcodes.h"

#include <algorithm>
#include <array>

namespace cmos::coil {
namespace {

using enum OpcodeKind;

// clang-format off
constexpr OpcodeRow kOpcodes[] = {
    // code, mnemonic, operands, kind, conditional, written as
    {0x00, "NOP", "", kInstruction, false, 0x00},
    {0x01, "SYM", "NP?A?", kDeclaration, false, 0x01},
    {0x02, "BR", "T", kInstruction, true, 0x02},
    {0x03, "CALL", "TA?S*", kInstruction, false, 0x03},
    {0x04, "RET", "A?S*", kInstruction, false, 0x04},
    {0x05, "CMP", "SS", kInstruction, false, 0x05},
    {0x06, "TEST", "SS", kInstruction, false, 0x06},
    {0x07, "JMP", "T", kAlias, true, 0x02},
    {0x08, "LOOP", "DT", kInstruction, false, 0x08},
    {0x09, "SWITCH", "SI(IN)*N", kInstruction, false, 0x09},
    {0x0a, "SYSCALL", "A?S*", kInstruction, false, 0x0a},
    {0x0b, "INT", "I", kInstruction, false, 0x0b},
    {0x0c, "HALT", "", kInstruction, false, 0x0c},
    {0x0d, "NOP", "", kAlias, false, 0x00},
    {0x0e, "BREAK", "", kInstruction, false, 0x0e},
    {0x0f, "HCF", "", kInstruction, false, 0x0f},
    {0x10, "MOV", "DRI?", kInstruction, true, 0x10},
    {0x11, "PUSH", "S", kInstruction, true, 0x11},
    {0x12, "POP", "D", kInstruction, true, 0x12},
    {0x13, "LEA", "DL", kInstruction, true, 0x13},
    {0x14, "SCOPEE", "", kInstruction, false, 0x14},
    {0x15, "SCOPEL", "", kInstruction, false, 0x15},
    {0x16, "VAR", "VYS?G?", kInstruction, false, 0x16},
    {0x17, "MEMCPY", "SSS", kInstruction, false, 0x17},
    {0x18, "MEMSET", "SSS", kInstruction, false, 0x18},
    {0x19, "MEMCMP", "DSSS", kInstruction, false, 0x19},
    {0x1a, "XCHG", "DD", kInstruction, true, 0x1a},
    {0x1b, "CAS", "DSSP?", kInstruction, true, 0x1b},
    {0x1c, "FENCE", "I?", kInstruction, false, 0x1c},
    {0x1d, "CMPXCHG", "DSS", kInstruction, false, 0x1d},
    {0x1e, "PREFETCH", "LI", kInstruction, false, 0x1e},
    {0x1f, "FLUSH", "L", kInstruction, false, 0x1f},
    {0x50, "AND", "DSS", kInstruction, true, 0x50},
    {0x51, "OR", "DSS", kInstruction, true, 0x51},
    {0x52, "XOR", "DSS", kInstruction, true, 0x52},
    {0x53, "NOT", "DS", kInstruction, true, 0x53},
    {0x54, "SHL", "DSS", kInstruction, true, 0x54},
    {0x55, "SHR", "DSS", kInstruction, true, 0x55},
    {0x56, "SAR", "DSS", kInstruction, true, 0x56},
    {0x57, "ROL", "DSS", kInstruction, false, 0x57},
    {0x58, "ROR", "DSS", kInstruction, false, 0x58},
    {0x59, "POPCNT", "DS", kInstruction, false, 0x59},
    {0x5a, "BSWAP", "DS", kInstruction, false, 0x5a},
    {0x5b, "CLZ", "DS", kInstruction, false, 0x5b},
    {0x5c, "CTZ", "DS", kInstruction, false, 0x5c},
    {0x5d, "BITSET", "DSS", kInstruction, false, 0x5d},
    {0x5e, "BITCLR", "DSS", kInstruction, false, 0x5e},
    {0x5f, "BITTST", "DSS", kInstruction, false, 0x5f},
    {0x60, "ADD", "DSS?", kInstruction, true, 0x60},
    {0x61, "SUB", "DSS?", kInstruction, true, 0x61},
    {0x62, "MUL", "DSS?", kInstruction, true, 0x62},
    {0x63, "DIV", "DSS?", kInstruction, true, 0x63},
    {0x64, "MOD", "DSS?", kInstruction, true, 0x64},
    {0x65, "INC", "D", kInstruction, true, 0x65},
    {0x66, "DEC", "D", kInstruction, true, 0x66},
    {0x67, "NEG", "DS", kInstruction, false, 0x67},
    {0x68, "ABS", "DS", kInstruction, false, 0x68},
    {0x69, "SQRT", "DS", kInstruction, false, 0x69},
    {0x6a, "FMA", "DSSS", kInstruction, false, 0x6a},
    {0x6b, "CEIL", "DS", kInstruction, false, 0x6b},
    {0x6c, "FLOOR", "DS", kInstruction, false, 0x6c},
    {0x6d, "ROUND", "DS", kInstruction, false, 0x6d},
    {0x6e, "TRUNC", "DS", kInstruction, false, 0x6e},
    {0x6f, "SIN", "DS", kInstruction, false, 0x6f},
    {0x70, "COS", "DS", kInstruction, false, 0x70},
    {0x71, "TAN", "DS", kInstruction, false, 0x71},
    {0x72, "ASIN", "DS", kInstruction, false, 0x72},
    {0x73, "ACOS", "DS", kInstruction, false, 0x73},
    {0x74, "ATAN", "DS", kInstruction, false, 0x74},
    {0x75, "ATAN2", "DSS", kInstruction, false, 0x75},
    {0x76, "SINH", "DS", kInstruction, false, 0x76},
    {0x77, "COSH", "DS", kInstruction, false, 0x77},
    {0x78, "TANH", "DS", kInstruction, false, 0x78},
    {0x79, "EXP", "DS", kInstruction, false, 0x79},
    {0x7a, "LOG", "DS", kInstruction, false, 0x7a},
    {0x7b, "MIN", "DSS", kInstruction, false, 0x7b},
    {0x7c, "MAX", "DSS", kInstruction, false, 0x7c},
    {0x7d, "POW", "DSS", kInstruction, false, 0x7d},
    {0x7e, "LOG10", "DS", kInstruction, false, 0x7e},
    {0x7f, "LOG2", "DS", kInstruction, false, 0x7f},
    {0x90, "VLOAD", "DLP?", kInstruction, false, 0x90},
    {0x91, "VSTORE", "LS", kInstruction, false, 0x91},
    {0x92, "VADD", "DSS", kInstruction, false, 0x92},
    {0x93, "VSUB", "DSS", kInstruction, false, 0x93},
    {0x94, "VMUL", "DSS", kInstruction, false, 0x94},
    {0x95, "VDIV", "DSS", kInstruction, false, 0x95},
    {0x96, "VEXTRACT", "DSS", kInstruction, false, 0x96},
    {0x97, "VINSERT", "DSSS", kInstruction, false, 0x97},
    {0x98, "VSHUFFLE", "DSS", kInstruction, false, 0x98},
    {0x99, "VCMP", "DSSI", kInstruction, false, 0x99},
    {0x9a, "VMIN", "DSS", kInstruction, false, 0x9a},
    {0x9b, "VMAX", "DSS", kInstruction, false, 0x9b},
    {0x9c, "VDOT", "DSS", kInstruction, false, 0x9c},
    {0x9d, "VCROSS", "DSS", kInstruction, false, 0x9d},
    {0x9e, "VHSUM", "DS", kInstruction, false, 0x9e},
    {0x9f, "VHPROD", "DS", kInstruction, false, 0x9f},
    {0xa0, "TYPEOF", "DQ", kInstruction, false, 0xa0},
    {0xa1, "SIZEOF", "DQ", kInstruction, false, 0xa1},
    {0xa2, "ALIGNOF", "DQ", kInstruction, false, 0xa2},
    {0xa3, "CONVERT", "DS", kInstruction, false, 0xa3},
    {0xa4, "CAST", "DS", kInstruction, false, 0xa4},
    {0xa5, "STRUCT", "U(YN)*", kDeclaration, false, 0xa5},
    {0xa6, "GET", "DSN", kInstruction, false, 0xa6},
    {0xa7, "SET", "DNS", kInstruction, false, 0xa7},
    {0xa8, "INDEX", "DSS", kInstruction, false, 0xa8},
    {0xa9, "UPDT", "DSS", kInstruction, false, 0xa9},
    {0xaa, "TYPEDEF", "NY", kDeclaration, false, 0xaa},
    {0xab, "ARRAY", "NYI", kDeclaration, false, 0xab},
    {0xac, "UNION", "U(YN)*", kDeclaration, false, 0xac},
    {0xad, "ENUM", "N(NI)*", kDeclaration, false, 0xad},
    {0xae, "INSTANCE", "VU", kInstruction, false, 0xae},
    {0xaf, "ISTYPE", "DSY", kInstruction, false, 0xaf},
    {0xb0, "ARCH", "II?", kDeclaration, false, 0xb0},
    {0xb1, "PROC", "I", kDeclaration, false, 0xb1},
    {0xb2, "MODE", "I", kDeclaration, false, 0xb2},
    {0xb3, "ALIGN", "I", kConsumed, false, 0xb3},
    {0xb4, "SECTION", "NI", kConsumed, false, 0xb4},
    {0xb5, "DATA", "YSS*", kConsumed, false, 0xb5},
    {0xb6, "IF", "", kSourceOnly, false, 0xb6},
    {0xb7, "ELIF", "", kSourceOnly, false, 0xb7},
    {0xb8, "ELSE", "", kSourceOnly, false, 0xb8},
    {0xb9, "ENDIF", "", kSourceOnly, false, 0xb9},
    {0xba, "ABI", "N", kDeclaration, false, 0xba},
    {0xbb, "EXTERN", "N", kConsumed, false, 0xbb},
    {0xbc, "GLOBAL", "N", kConsumed, false, 0xbc},
    {0xbd, "INCLUDE", "I", kConsumed, false, 0xbd},
    {0xbe, "VERSION", "III", kDeclaration, false, 0xbe},
    {0xbf, "EXIT", "", kConsumed, false, 0xbf},
};
// clang-format on

constexpr auto kByCode = [] {
  std::array<const OpcodeRow*, 256> out{};
  for (const OpcodeRow& row : kOpcodes) out[row.code] = &row;
  return out;
}();

OperandPattern split(std::string_view operands) {
  const std::size_t star = operands.find('*');
  if (star == std::string_view::npos) return {operands, {}, {}};
  const std::string_view back = operands.substr(star + 1);
  if (operands[star - 1] != ')')
    return {operands.substr(0, star - 1), operands.substr(star - 1, 1), back};
  const std::size_t open = operands.find('(');
  return {operands.substr(0, open), operands.substr(open + 1, star - open - 2), back};
}

std::size_t optional_letters(std::string_view front) {
  return static_cast<std::size_t>(std::count(front.begin(), front.end(), '?'));
}

std::size_t required_letters(std::string_view front) {
  return front.size() - 2 * optional_letters(front);
}

}  // namespace

std::span<const OpcodeRow> opcodes() {
  return kOpcodes;
}

const OpcodeRow* opcode_row(std::uint8_t code) {
  return kByCode[code];
}

const OpcodeRow* opcode_named(std::string_view mnemonic) {
  for (const OpcodeRow& row : kOpcodes) {
    if (row.mnemonic == mnemonic) return kByCode[row.written_as];
  }
  return nullptr;
}

OperandCounts operand_counts(const OpcodeRow& row) {
  const OperandPattern pattern = split(row.operands);
  const std::size_t least = required_letters(pattern.front) + pattern.back.size();
  if (!pattern.group.empty()) return {least, kManyOperands};
  return {least, least + optional_letters(pattern.front)};
}

bool fits(const OpcodeRow& row, std::size_t count) {
  const OperandPattern pattern = split(row.operands);
  const auto [least, most] = operand_counts(row);
  if (count < least || count > most) return false;
  // A group of one letter may follow optional ones, which then only differ in what they are.
  return pattern.group.size() <= 1 || (count - least) % pattern.group.size() == 0;
}

OperandPattern operand_pattern(const OpcodeRow& row) {
  return split(row.operands);
}

}  // namespace cmos::coil
