// COIL's instructions: ONE table, from which assembler, disassembler, validators, lowering and
// compilers take mnemonics and operand forms (docs/coil.md, Instructions).
//
// A row's `operands` is a pattern, one letter for each operand:
//
//   D  destination: variable, register, machine state, memory, typed variable or symbol
//   S  source: as D, and immediates and symbols (the symbol's address)
//   R  as S, or an ABI control (MOV's parameter and result forms)
//   T  target of a jump or call: symbol, or variable, register or memory that holds an address
//   L  place: memory, variable or symbol
//   V  variable            N  symbol               U  symbol or type
//   Y  type                Q  source or type       I  immediate
//   A  ABI control         P  PARAM0 … PARAM4      G  register
//
// `?` after a letter makes it optional, `(…)*` repeats, and so does `*` after one letter.
// A row that is `conditional` takes one more operand at its end, a PARAM5 condition.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cmos::coil {

/// Opcodes that code refers to by name; the table has all of them.
namespace opcode {
inline constexpr std::uint8_t kNop = 0x00;
inline constexpr std::uint8_t kSym = 0x01;
inline constexpr std::uint8_t kBr = 0x02;
inline constexpr std::uint8_t kCall = 0x03;
inline constexpr std::uint8_t kRet = 0x04;
inline constexpr std::uint8_t kCmp = 0x05;
inline constexpr std::uint8_t kTest = 0x06;
inline constexpr std::uint8_t kJmp = 0x07;
inline constexpr std::uint8_t kLoop = 0x08;
inline constexpr std::uint8_t kSwitch = 0x09;
inline constexpr std::uint8_t kSyscall = 0x0a;
inline constexpr std::uint8_t kInt = 0x0b;
inline constexpr std::uint8_t kHalt = 0x0c;
inline constexpr std::uint8_t kOldNop = 0x0d;
inline constexpr std::uint8_t kBreak = 0x0e;
inline constexpr std::uint8_t kHcf = 0x0f;
inline constexpr std::uint8_t kMov = 0x10;
inline constexpr std::uint8_t kPush = 0x11;
inline constexpr std::uint8_t kPop = 0x12;
inline constexpr std::uint8_t kLea = 0x13;
inline constexpr std::uint8_t kScopeEnter = 0x14;
inline constexpr std::uint8_t kScopeLeave = 0x15;
inline constexpr std::uint8_t kVar = 0x16;
inline constexpr std::uint8_t kMemcpy = 0x17;
inline constexpr std::uint8_t kMemset = 0x18;
inline constexpr std::uint8_t kMemcmp = 0x19;
inline constexpr std::uint8_t kXchg = 0x1a;
inline constexpr std::uint8_t kCas = 0x1b;
inline constexpr std::uint8_t kFence = 0x1c;
inline constexpr std::uint8_t kCmpxchg = 0x1d;
inline constexpr std::uint8_t kPrefetch = 0x1e;
inline constexpr std::uint8_t kFlush = 0x1f;
inline constexpr std::uint8_t kAnd = 0x50;
inline constexpr std::uint8_t kOr = 0x51;
inline constexpr std::uint8_t kXor = 0x52;
inline constexpr std::uint8_t kNot = 0x53;
inline constexpr std::uint8_t kShl = 0x54;
inline constexpr std::uint8_t kShr = 0x55;
inline constexpr std::uint8_t kSar = 0x56;
inline constexpr std::uint8_t kRol = 0x57;
inline constexpr std::uint8_t kRor = 0x58;
inline constexpr std::uint8_t kPopcnt = 0x59;
inline constexpr std::uint8_t kBswap = 0x5a;
inline constexpr std::uint8_t kClz = 0x5b;
inline constexpr std::uint8_t kCtz = 0x5c;
inline constexpr std::uint8_t kBitset = 0x5d;
inline constexpr std::uint8_t kBitclr = 0x5e;
inline constexpr std::uint8_t kBittst = 0x5f;
inline constexpr std::uint8_t kAdd = 0x60;
inline constexpr std::uint8_t kSub = 0x61;
inline constexpr std::uint8_t kMul = 0x62;
inline constexpr std::uint8_t kDiv = 0x63;
inline constexpr std::uint8_t kMod = 0x64;
inline constexpr std::uint8_t kInc = 0x65;
inline constexpr std::uint8_t kDec = 0x66;
inline constexpr std::uint8_t kNeg = 0x67;
inline constexpr std::uint8_t kAbs = 0x68;
inline constexpr std::uint8_t kSqrt = 0x69;
inline constexpr std::uint8_t kFma = 0x6a;
inline constexpr std::uint8_t kCeil = 0x6b;
inline constexpr std::uint8_t kFloor = 0x6c;
inline constexpr std::uint8_t kRound = 0x6d;
inline constexpr std::uint8_t kTrunc = 0x6e;
inline constexpr std::uint8_t kMin = 0x7b;
inline constexpr std::uint8_t kMax = 0x7c;
inline constexpr std::uint8_t kPow = 0x7d;
inline constexpr std::uint8_t kVload = 0x90;
inline constexpr std::uint8_t kVstore = 0x91;
inline constexpr std::uint8_t kVadd = 0x92;
inline constexpr std::uint8_t kVdiv = 0x95;
inline constexpr std::uint8_t kVextract = 0x96;
inline constexpr std::uint8_t kVinsert = 0x97;
inline constexpr std::uint8_t kVshuffle = 0x98;
inline constexpr std::uint8_t kVcmp = 0x99;
inline constexpr std::uint8_t kVmin = 0x9a;
inline constexpr std::uint8_t kVmax = 0x9b;
inline constexpr std::uint8_t kVdot = 0x9c;
inline constexpr std::uint8_t kVhsum = 0x9e;
inline constexpr std::uint8_t kVhprod = 0x9f;
inline constexpr std::uint8_t kTypeof = 0xa0;
inline constexpr std::uint8_t kSizeof = 0xa1;
inline constexpr std::uint8_t kAlignof = 0xa2;
inline constexpr std::uint8_t kConvert = 0xa3;
inline constexpr std::uint8_t kCast = 0xa4;
inline constexpr std::uint8_t kStruct = 0xa5;
inline constexpr std::uint8_t kGet = 0xa6;
inline constexpr std::uint8_t kSet = 0xa7;
inline constexpr std::uint8_t kIndex = 0xa8;
inline constexpr std::uint8_t kUpdt = 0xa9;
inline constexpr std::uint8_t kTypedef = 0xaa;
inline constexpr std::uint8_t kArray = 0xab;
inline constexpr std::uint8_t kUnion = 0xac;
inline constexpr std::uint8_t kEnum = 0xad;
inline constexpr std::uint8_t kInstance = 0xae;
inline constexpr std::uint8_t kArch = 0xb0;
inline constexpr std::uint8_t kProc = 0xb1;
inline constexpr std::uint8_t kMode = 0xb2;
inline constexpr std::uint8_t kAlign = 0xb3;
inline constexpr std::uint8_t kSection = 0xb4;
inline constexpr std::uint8_t kData = 0xb5;
inline constexpr std::uint8_t kAbi = 0xba;
inline constexpr std::uint8_t kExtern = 0xbb;
inline constexpr std::uint8_t kGlobal = 0xbc;
inline constexpr std::uint8_t kInclude = 0xbd;
inline constexpr std::uint8_t kVersion = 0xbe;
inline constexpr std::uint8_t kExit = 0xbf;
inline constexpr std::uint8_t kFirstProcessorSpecific = 0xc0;
}  // namespace opcode

/// What a row is for. Only kInstruction and kDeclaration stand in a binary that casm writes.
enum class OpcodeKind : std::uint8_t {
  kInstruction,  ///< does something at run time
  kDeclaration,  ///< SYM, PROC, ARCH, MODE, VERSION, ABI, type directives: kept in the binary
  kConsumed,     ///< SECTION, DATA …: becomes tables and bytes; legal in a binary, never written
  kAlias,        ///< decoded, but written as another opcode: JMP, the second NOP
  kSourceOnly,   ///< IF … ENDIF: never in a binary
};

struct OpcodeRow {
  std::uint8_t code;
  std::string_view mnemonic;
  std::string_view operands;
  OpcodeKind kind;
  bool conditional;
  std::uint8_t written_as;  ///< of aliases
};
std::span<const OpcodeRow> opcodes();
/// nullptr for codes that no document assigns.
const OpcodeRow* opcode_row(std::uint8_t code);
/// The row that a mnemonic is written as: an alias' other row.
const OpcodeRow* opcode_named(std::string_view mnemonic);

/// Least and greatest number of operands, without the condition. kMany: no bound but the byte's.
struct OperandCounts {
  std::size_t least = 0;
  std::size_t most = 0;
};
inline constexpr std::size_t kManyOperands = 255;
OperandCounts operand_counts(const OpcodeRow& row);
/// Whether `count` operands (without the condition) match the pattern.
bool fits(const OpcodeRow& row, std::size_t count);

/// A pattern's parts: required and optional letters in front, a repeated group, letters behind it.
/// Optional letters never stand behind a repeated group.
struct OperandPattern {
  std::string_view front;
  std::string_view group;
  std::string_view back;
};
OperandPattern operand_pattern(const OpcodeRow& row);

}  // namespace cmos::coil
