// What the validators check, as ONE list: name, numeric code, level, gravity, the section of
// docs/coil.md, and what the rule demands. A test holds the list against docs/coil.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/findings.h"

namespace cmos::coil {

/// A level includes those before it.
enum class Level : std::uint8_t { kBasic, kThorough, kStrict };
std::string_view name(Level level);
std::optional<Level> level_named(std::string_view name);

struct RuleRow {
  Rule rule;
  std::uint32_t code;  ///< category << 24 | sub-category << 16 | specific
  Level level;
  std::string_view meaning;
};
std::span<const RuleRow> rules();
/// The row of a finding; nullptr for findings of other formats.
const RuleRow* rule_row(std::string_view name);

namespace rules_of {
// The rows by name; `rules()` lists them in this order.
extern const RuleRow kHeaderSize, kMagic, kNewerVersion, kMinorVersion, kFileSize, kTrailingBytes,
    kReservedFlags, kTableOffset, kTableSize, kSectionData, kMetadata, kDebug, kDebugFlag,
    kContentFlags;
extern const RuleRow kDuplicateGlobal, kSymbolSection, kSymbolValue, kSymbolBinding, kSectionName,
    kAlignment, kAddress, kSectionAttributes, kSectionOverlap;
extern const RuleRow kRelocationSymbol, kRelocationSection, kRelocationOffset, kRelocationType,
    kRelocationSize;
extern const RuleRow kOpcode, kOperandCount, kOperand, kOperandSymbol, kScopeBalance, kVariable,
    kRedeclared, kTypes, kConstant, kBranchTarget, kNoCompare, kAbi, kAbiBlock;
extern const RuleRow kDebugReference, kDebugOrder;
extern const RuleRow kCbcConstant, kCbcFunction, kCbcFunctionRange, kCbcOpcode, kCbcFormat,
    kCbcBranch, kCbcIndex, kCbcVariable, kCbcScope, kCbcEnd;
extern const RuleRow kSymbolName, kUnknownAttributes, kUnknownProcessor, kNotCanonical,
    kUnreachable, kImmediateRange, kCbcTypeNibble, kCbcMinorFormat;
}  // namespace rules_of

}  // namespace cmos::coil
