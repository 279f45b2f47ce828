#include "formats/coil/rules.h"

#include <algorithm>
#include <array>

namespace cmos::coil {

namespace {

constexpr Severity kError = Severity::kError;
constexpr Severity kWarning = Severity::kWarning;

}  // namespace

// clang-format off
namespace rules_of {
using enum Level;
const RuleRow
    kHeaderSize{{"header-size", "coil 1.1", kError}, 0x03050001, kBasic, "the file is as long as its header"},
    kMagic{{"magic", "coil 1.1", kError}, 0x03050002, kBasic, "the first four bytes are the format's"},
    kNewerVersion{{"major-version", "coil 1.3", kError}, 0x03050003, kBasic, "the major version is at most 1"},
    kMinorVersion{{"minor-version", "coil 1.3", kWarning}, 0x03050003, kBasic, "the minor version is known"},
    kFileSize{{"file-size", "coil 1.1", kError}, 0x03050004, kBasic, "file_size has room for the header, and is at most the file's size"},
    kTrailingBytes{{"trailing-bytes", "coil 1.1", kError}, 0x03050004, kBasic, "file_size is at least the file's size"},
    kReservedFlags{{"reserved-flags", "coil 1.2", kError}, 0x03050007, kBasic, "only documented flags are set"},
    kTableOffset{{"table-offset", "coil 1.1", kError}, 0x03050005, kBasic, "offsets in the header lie behind it and in the file"},
    kTableSize{{"table-size", "coil 2", kError}, 0x03050006, kBasic, "tables and their names end before the file does"},
    kSectionData{{"section-data", "coil 2.2", kError}, 0x03050005, kBasic, "a section's contents lie in the file"},
    kMetadata{{"metadata", "coil 2.5", kError}, 0x03050008, kBasic, "metadata records are whole, and refer to what is there"},
    kDebug{{"debug-structure", "coil 7", kError}, 0x03050009, kBasic, "debug tables and strings lie in the debug section"},
    kDebugFlag{{"debug-flag", "coil 1.2", kError}, 0x0305000a, kBasic, "the debug flag says whether there is debug information"},
    kContentFlags{{"content-flags", "coil 1.2", kError}, 0x0305000b, kBasic, "the flags for CBC and metadata say what the file has"},

    kDuplicateGlobal{{"duplicate-symbol", "coil 2.1", kError}, 0x03060001, kThorough, "names of global and weak symbols are unique"},
    kSymbolSection{{"symbol-section", "coil 2.1", kError}, 0x03060002, kThorough, "a symbol's section exists, or is 0xffff"},
    kSymbolValue{{"symbol-value", "coil 2.1", kError}, 0x03060003, kThorough, "a symbol's value lies in its section, or at its end"},
    kSymbolBinding{{"symbol-binding", "coil 2.1", kError}, 0x03060004, kThorough, "a symbol is not local and global or weak at once"},
    kSectionName{{"section-name", "coil 2.2", kError}, 0x03070001, kThorough, "a section's name is a symbol, or 0xffff"},
    kAlignment{{"section-alignment", "coil 2.2", kError}, 0x03070002, kThorough, "a section's alignment is a power of two, or 0"},
    kAddress{{"section-address", "coil 2.2", kError}, 0x03070002, kThorough, "a section's address is a multiple of its alignment"},
    kSectionAttributes{{"section-attributes", "coil 2.2", kError}, 0x03070003, kThorough, "a section is not initialised or executable, and uninitialised"},
    kSectionOverlap{{"section-overlap", "coil 2.2", kError}, 0x03070004, kThorough, "contents of sections do not overlap each other or the header"},

    kRelocationSymbol{{"relocation-symbol", "coil 2.3", kError}, 0x03080001, kThorough, "a relocation's symbol exists"},
    kRelocationSection{{"relocation-section", "coil 2.3", kError}, 0x03080002, kThorough, "a relocation's section exists and has contents"},
    kRelocationOffset{{"relocation-offset", "coil 2.3", kError}, 0x03080003, kThorough, "a relocation's field lies in its section"},
    kRelocationType{{"relocation-type", "coil 2.3", kError}, 0x03080004, kThorough, "a relocation's type is 1 to 5, or in a .coilo the target's own"},
    kRelocationSize{{"relocation-size", "coil 2.3", kError}, 0x03080005, kThorough, "a relocation's size is 1, 2, 4 or 8"},

    kOpcode{{"opcode", "coil 3.6", kError}, 0x03020001, kThorough, "every opcode is one that may be in a binary"},
    kOperandCount{{"operand-count", "coil 3.6", kError}, 0x03020002, kThorough, "an instruction has as many operands as it takes"},
    kOperand{{"operand", "coil 3.4", kError}, 0x03020003, kThorough, "an operand is whole, and of a kind that its place takes"},
    kOperandSymbol{{"operand-symbol", "coil 3.4", kError}, 0x03020004, kThorough, "symbols of operands and type names exist"},
    kScopeBalance{{"scope-balance", "coil 4.3", kError}, 0x03020005, kThorough, "SCOPEE and SCOPEL are balanced in a section"},
    kVariable{{"variable-undeclared", "coil 4.3", kError}, 0x03020006, kThorough, "a variable is declared before it is used"},
    kRedeclared{{"variable-redeclared", "coil 4.3", kError}, 0x03020007, kThorough, "a variable is declared once in a scope"},
    kTypes{{"type-mismatch", "coil 3.7", kError}, 0x03000001, kThorough, "operands have compatible types"},
    kConstant{{"const-written", "coil 3.7", kError}, 0x03000002, kThorough, "a CONST variable is written by its declaration only"},
    kBranchTarget{{"branch-target", "coil 3.6", kError}, 0x03020008, kThorough, "a label in COIL code begins an instruction, or ends the section"},
    kNoCompare{{"no-compare", "coil 3.8", kWarning}, 0x03020009, kThorough, "a conditional branch follows a comparison in its function"},
    kAbi{{"abi-name", "coil 4.5", kError}, 0x03030001, kThorough, "an ABI is built in or defined in the section"},
    kAbiBlock{{"abi-block", "coil 4.5", kError}, 0x03030002, kThorough, "an ABI block has PARAMS, RETS, CALLER, CALLEE and SALLIGN once each"},

    kDebugReference{{"debug-reference", "coil 7", kError}, 0x03090001, kThorough, "names, types, scopes, sources and variables that debug entries refer to exist"},
    kDebugOrder{{"debug-order", "coil 7", kError}, 0x03090002, kThorough, "line entries ascend, and ranges do not end before they start"},

    kCbcConstant{{"cbc-constant", "coil 5.4", kError}, 0x030a0001, kBasic, "constants are of types 1 to 7, and whole"},
    kCbcFunction{{"cbc-function-name", "coil 5.5", kError}, 0x030a0002, kThorough, "names and signatures of functions are string constants"},
    kCbcFunctionRange{{"cbc-function-range", "coil 5.5", kError}, 0x030a0003, kBasic, "a function's code lies behind the function table, and in the file"},
    kCbcOpcode{{"cbc-opcode", "coil 5.2", kError}, 0x03020001, kThorough, "every opcode is assigned, and whole"},
    kCbcFormat{{"cbc-format", "coil 5.3", kError}, 0x03020002, kThorough, "the format nibble is one that the opcode has"},
    kCbcBranch{{"cbc-branch", "coil 5.3", kError}, 0x03020008, kThorough, "a branch leads to an instruction of its function"},
    kCbcIndex{{"cbc-index", "coil 5.3", kError}, 0x03020004, kThorough, "functions and constants of operands exist, and have the right type"},
    kCbcVariable{{"cbc-variable", "coil 5.3", kError}, 0x03020006, kThorough, "a variable is a parameter, or declared in the function"},
    kCbcScope{{"cbc-scope", "coil 5.3", kError}, 0x03020005, kThorough, "scopee and scopel are balanced in a function"},
    kCbcEnd{{"cbc-falls-off", "coil 5.7", kError}, 0x0302000a, kThorough, "a function does not run over its end"},

    kSymbolName{{"symbol-name", "coil 4.1", kError}, 0x03060005, kStrict, "a symbol's name is an identifier or a section's name"},
    kUnknownAttributes{{"unknown-attributes", "coil 2", kError}, 0x03060006, kStrict, "only documented attributes are set"},
    kUnknownProcessor{{"unknown-processor", "coil 2.4", kError}, 0x03060007, kStrict, "processor types are documented ones"},
    kNotCanonical{{"not-canonical", "coil 3.2", kError}, 0x0302000b, kStrict, "instructions are encoded as casm encodes them"},
    kUnreachable{{"unreachable", "coil 3.6", kError}, 0x0302000c, kStrict, "every instruction can be reached"},
    kImmediateRange{{"immediate-range", "coil 3.4", kError}, 0x03000003, kStrict, "an integer immediate fits the type that it is used as"},
    kCbcTypeNibble{{"cbc-type-nibble", "coil 5.1", kError}, 0x0302000d, kStrict, "the type nibble is the opcode's"},
    kCbcMinorFormat{{"cbc-format-version", "coil 5.3", kError}, 0x0302000e, kStrict, "formats 8, 9 and A are in files of version 1.1 or later"};
}  // namespace rules_of

namespace {

std::span<const RuleRow> list() {
  using namespace rules_of;
  static const auto rows = std::to_array<RuleRow>({
      kHeaderSize, kMagic, kNewerVersion, kMinorVersion, kFileSize, kTrailingBytes, kReservedFlags,
      kTableOffset, kTableSize, kSectionData, kMetadata, kDebug, kDebugFlag, kContentFlags,
      kDuplicateGlobal, kSymbolSection, kSymbolValue, kSymbolBinding, kSectionName, kAlignment,
      kAddress, kSectionAttributes, kSectionOverlap, kRelocationSymbol, kRelocationSection,
      kRelocationOffset, kRelocationType, kRelocationSize, kOpcode, kOperandCount, kOperand,
      kOperandSymbol, kScopeBalance, kVariable, kRedeclared, kTypes, kConstant, kBranchTarget,
      kNoCompare, kAbi, kAbiBlock, kDebugReference, kDebugOrder, kCbcConstant, kCbcFunction,
      kCbcFunctionRange, kCbcOpcode, kCbcFormat, kCbcBranch, kCbcIndex, kCbcVariable, kCbcScope,
      kCbcEnd, kSymbolName, kUnknownAttributes, kUnknownProcessor, kNotCanonical, kUnreachable,
      kImmediateRange, kCbcTypeNibble, kCbcMinorFormat,
  });
  return rows;
}

}  // namespace
// clang-format on

std::span<const RuleRow> rules() {
  return list();
}

const RuleRow* rule_row(std::string_view name) {
  const auto rows = rules();
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const RuleRow& one) { return one.rule.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

std::string_view name(Level level) {
  constexpr std::string_view kNames[] = {"basic", "thorough", "strict"};
  return kNames[static_cast<std::size_t>(level)];
}

std::optional<Level> level_named(std::string_view text) {
  for (const Level level : {Level::kBasic, Level::kThorough, Level::kStrict}) {
    if (name(level) == text) return level;
  }
  return std::nullopt;
}

}  // namespace cmos::coil
