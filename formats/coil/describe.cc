#include "formats/coil/describe.h"

#include <array>
#include <memory>

#include "formats/coil/debug_file.h"
#include "formats/coil/describe_parts.h"
#include "formats/coil/rules.h"
#include "formats/coil/validate.h"

namespace cmos::coil {
namespace {

/// Rules that no file of the kind can break have no place in its list.
bool concerns(const RuleRow& row, FileKind kind) {
  const std::string_view name = row.rule.name;
  const std::string_view section = row.rule.section;
  const bool of_header = section.starts_with("coil 1.");
  const bool of_debug = section == "coil 7" || name == "debug-flag";
  switch (kind) {
    case FileKind::kObject:
    case FileKind::kOutput:
      return !section.starts_with("coil 5");
    case FileKind::kBytecode:
      return of_header || of_debug || section.starts_with("coil 5") || name == "metadata" ||
             name == "table-size";
    case FileKind::kDebug:
      return (of_header && name != "debug-flag" && name != "content-flags") || of_debug ||
             name == "table-size";
  }
  return false;
}

std::vector<cmos::RuleRow> list_for(FileKind kind) {
  std::vector<cmos::RuleRow> out;
  for (const RuleRow& row : rules()) {
    if (row.level != Level::kStrict && concerns(row, kind)) out.push_back({row.rule, row.meaning});
  }
  return out;
}

}  // namespace

Result<formats::Description> describe_debug(Bytes bytes, std::string_view file) {
  auto parsed = std::make_shared<DebugFileRead>();
  CMOS_TRY(*parsed, read_debug_file(bytes, file));
  formats::Description out;
  out.file = file;
  out.format = format_name(FileKind::kDebug, parsed->file.order);
  out.architecture = "COIL";
  for (const Symbol& one : parsed->file.symbols) {
    formats::Symbol symbol = described(one);
    // The sections are in the object; what is defined there has a number here.
    if (one.section != kNoSection) symbol.place = object::Place::kAbsolute;
    out.symbols.push_back(symbol);
  }
  out.private_groups.push_back(header_group(bytes, FileKind::kDebug));
  out.private_groups.push_back(debug_group(parsed->file.debug));
  out.holder = std::move(parsed);
  return out;
}

std::vector<Finding> findings_of(Bytes bytes, std::string_view file, FileKind kind) {
  return validate(bytes, file, kind, Level::kThorough).findings;
}

std::span<const cmos::RuleRow> rules_for(FileKind kind) {
  static const std::array<std::vector<cmos::RuleRow>, 4> lists = {
      list_for(FileKind::kObject), list_for(FileKind::kOutput), list_for(FileKind::kBytecode),
      list_for(FileKind::kDebug)};
  return lists[static_cast<std::size_t>(kind)];
}

}  // namespace cmos::coil
