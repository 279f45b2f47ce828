// What the tables of a .coil or .coilo must say about each other.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/checked.h"
#include "base/text.h"
#include "formats/coil/validate.h"

namespace cmos::coil {
namespace {

void check_symbols(const ObjectFile& file, Findings& findings) {
  using namespace symbol_attribute;
  std::map<std::string_view, std::size_t> names;
  for (std::size_t i = 0; i < file.symbols.size(); ++i) {
    const Symbol& one = file.symbols[i];
    const std::string field = fmt::format("symbol {}", i);
    if (one.has(kGlobal | kWeak) && !names.emplace(one.name, i).second)
      findings.add(rules_of::kDuplicateGlobal.rule, 0, field, quote(as_bytes(one.name), 80),
                   fmt::format("a name that symbol {} does not have", names[one.name]));
    if (one.has(kLocal) && one.has(kGlobal | kWeak))
      findings.add(rules_of::kSymbolBinding.rule, 0, field,
                   names_of_bits(symbol_attributes(), one.attributes), "local, or global or weak");
    if (one.section == kNoSection) continue;
    if (one.section >= file.sections.size())
      findings.add(rules_of::kSymbolSection.rule, 0, field, fmt::format("section {}", one.section),
                   fmt::format("less than {}, or 65535", file.sections.size()));
    else if (!one.has(kAbsolute) && file.kind == FileKind::kObject &&
             one.value > file.sections[one.section].size)
      findings.add(rules_of::kSymbolValue.rule, 0, field, fmt::format("{}", one.value),
                   fmt::format("at most {}", file.sections[one.section].size));
  }
}

void check_section(const ObjectFile& file, std::size_t index, Findings& findings) {
  using namespace section_attribute;
  const Section& one = file.sections[index];
  const std::string field = fmt::format("section {}", index);
  if (one.name != kNoName && one.name >= file.symbols.size())
    findings.add(rules_of::kSectionName.rule, 0, field, fmt::format("name symbol {}", one.name),
                 fmt::format("less than {}, or 65535", file.symbols.size()));
  const bool power = (one.alignment & (one.alignment - 1)) == 0;
  if (!power)
    findings.add(rules_of::kAlignment.rule, 0, field, fmt::format("alignment {}", one.alignment),
                 "a power of two, or 0");
  else if (one.alignment != 0 && one.address % one.alignment != 0)
    findings.add(rules_of::kAddress.rule, 0, field, fmt::format("address {}", one.address),
                 fmt::format("a multiple of {}", one.alignment));
  if (one.has(kUninitialised) && one.has(kInitialised | kExecute))
    findings.add(rules_of::kSectionAttributes.rule, 0, field,
                 names_of_bits(section_attributes(), one.attributes),
                 "not uninitialised together with initialised or execute");
}

void check_overlaps(const ObjectFile& file, Findings& findings) {
  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
    std::size_t section;
  };
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    const Section& one = file.sections[i];
    if (one.bytes.empty()) continue;
    ranges.push_back({one.file_offset, std::uint64_t{one.file_offset} + one.size, i});
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::uint64_t end = row_of(file.kind).header_size();
  for (const Range& one : ranges) {
    if (one.begin < end)
      findings.add(rules_of::kSectionOverlap.rule, one.begin,
                   fmt::format("section {}", one.section), fmt::format("offset {}", one.begin),
                   fmt::format("at least {}, where what lies before ends", end));
    end = std::max(end, one.end);
  }
}

void check_relocations(const ObjectFile& file, Findings& findings) {
  for (std::size_t i = 0; i < file.relocations.size(); ++i) {
    const Relocation& one = file.relocations[i];
    const std::string field = fmt::format("relocation {}", i);
    const auto type = static_cast<std::uint32_t>(one.type);
    if (one.symbol >= file.symbols.size())
      findings.add(rules_of::kRelocationSymbol.rule, 0, field, fmt::format("symbol {}", one.symbol),
                   fmt::format("less than {}", file.symbols.size()));
    const bool native = file.kind == FileKind::kOutput && native_number(one.type);
    if (!native && !name_of(relocation_types(), type))
      findings.add(rules_of::kRelocationType.rule, 0, field, fmt::format("type {}", type),
                   "1 to 5");
    const bool size = one.size == 1 || one.size == 2 || one.size == 4 || one.size == 8;
    if (!size)
      findings.add(rules_of::kRelocationSize.rule, 0, field, fmt::format("size {}", one.size),
                   "1, 2, 4 or 8");
    if (one.section >= file.sections.size() || file.sections[one.section].uninitialised())
      findings.add(rules_of::kRelocationSection.rule, 0, field,
                   fmt::format("section {}", one.section), "a section with contents");
    else if (size && !range_inside(one.offset, one.size, file.sections[one.section].size))
      findings.add(rules_of::kRelocationOffset.rule, 0, field,
                   fmt::format("{} bytes at {}", one.size, one.offset),
                   fmt::format("inside {} bytes", file.sections[one.section].size));
  }
}

bool is_identifier(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

}  // namespace

void check_tables(const ObjectFile& file, Findings& findings) {
  check_symbols(file, findings);
  for (std::size_t i = 0; i < file.sections.size(); ++i) check_section(file, i, findings);
  check_overlaps(file, findings);
  check_relocations(file, findings);
}

void check_tables_strictly(const ObjectFile& file, Findings& findings) {
  auto processor = [&](std::string field, std::uint8_t value) {
    if (!name_of(processors(), value))
      findings.add(rules_of::kUnknownProcessor.rule, 0, field, fmt::format("{}", value),
                   "a documented processor type");
  };
  auto attributes = [&](std::string field, std::uint32_t value, Codes known) {
    if ((value & ~known_bits(known)) != 0)
      findings.add(rules_of::kUnknownAttributes.rule, 0, field, names_of_bits(known, value),
                   fmt::format("bits of 0x{:x}", known_bits(known)));
  };
  for (std::size_t i = 0; i < file.symbols.size(); ++i) {
    const Symbol& one = file.symbols[i];
    const std::string field = fmt::format("symbol {}", i);
    if (!is_identifier(one.name))
      findings.add(rules_of::kSymbolName.rule, 0, field, quote(as_bytes(one.name), 80),
                   "an identifier");
    processor(field, one.processor);
    attributes(field, one.attributes, symbol_attributes());
  }
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    const std::string field = fmt::format("section {}", i);
    processor(field, file.sections[i].processor);
    attributes(field, file.sections[i].attributes, section_attributes());
  }
}

}  // namespace cmos::coil
