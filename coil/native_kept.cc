#include "coil/native_kept.h"

#include <algorithm>

namespace cmos::casm::native {
namespace {

namespace attribute = coil::symbol_attribute;

/// Labels of code occur again in other functions: nothing outside can mean them.
bool is_code_label(const coil::ObjectFile& in, std::size_t index) {
  const coil::Symbol& one = in.symbols[index];
  if (one.section >= in.sections.size() || !in.sections[one.section].executable()) return false;
  return !one.has(attribute::kFunction | attribute::kGlobal | attribute::kWeak);
}

void keep_symbols(const coil::ObjectFile& in, KeptParts& out) {
  for (std::size_t i = 0; i < in.symbols.size(); ++i) {
    coil::Symbol made = in.symbols[i];
    const bool placed = made.section < in.sections.size();
    const std::uint16_t section = placed ? out.section_of[made.section] : coil::kNoSection;
    const bool lost = placed && section == coil::kNoSection;
    out.open.push_back(lost || made.external());
    if (lost) {
      made.attributes = attribute::kLocal | attribute::kAbsolute;
      made.value = 0;
    }
    made.section = section;
    if (!is_code_label(in, i)) out.names.emplace(made.name, static_cast<std::uint16_t>(i));
    out.file.symbols.push_back(std::move(made));
  }
}

}  // namespace

bool waits(const coil::ObjectFile& object, std::size_t section, const NativeOptions& options) {
  const coil::Section& one = object.sections[section];
  if (!object.holds_coil(section)) return false;
  if (one.processor != coil::kAnyProcessor && one.processor != options.target.device) return true;
  const auto& names = options.delayed;
  return std::find(names.begin(), names.end(), object.section_name(one)) != names.end();
}

KeptParts kept_parts(const coil::ObjectFile& in, const NativeOptions& options) {
  KeptParts out;
  out.file.kind = coil::FileKind::kOutput;
  for (std::size_t i = 0; i < in.sections.size(); ++i) {
    const bool coil = in.holds_coil(i);
    const bool kept = coil ? waits(in, i, options) : in.kind == coil::FileKind::kOutput;
    const auto number = static_cast<std::uint16_t>(out.file.sections.size());
    out.section_of.push_back(kept ? number : coil::kNoSection);
    if (!kept) continue;
    out.file.sections.push_back(in.sections[i]);
    if (coil) out.file.output.coil_sections.push_back(number);
    if (in.holds_cbc(i)) out.file.output.cbc_sections.push_back(number);
  }
  if (out.file.sections.empty()) return out;
  keep_symbols(in, out);
  for (coil::Relocation one : in.relocations) {
    const bool kept =
        one.section < out.section_of.size() && out.section_of[one.section] != coil::kNoSection;
    if (!kept) continue;
    one.section = out.section_of[one.section];
    out.file.relocations.push_back(one);
  }
  return out;
}

coil::DebugInfo kept_debug(const coil::ObjectFile& in, const KeptParts& kept,
                           const coil::ObjectFile& out) {
  coil::DebugInfo made;
  made.sources = in.debug->sources;
  made.strings = in.debug->strings;
  const std::vector<std::uint32_t> offsets = coil::section_file_offsets(out);
  for (std::size_t i = 0; i < in.sections.size(); ++i) {
    const std::uint16_t to = kept.section_of[i];
    if (to == coil::kNoSection || !out.holds_coil(to)) continue;
    const std::uint32_t begin = in.sections[i].file_offset;
    const std::uint32_t end = begin + in.sections[i].size;
    for (coil::DebugLine line : in.debug->lines) {
      if (line.offset < begin || line.offset >= end) continue;
      line.offset = line.offset - begin + offsets[to];
      made.lines.push_back(line);
    }
    for (const coil::DebugFunction& one : in.debug->functions) {
      if (one.start < begin || one.end > end) continue;
      coil::DebugFunction function;
      function.name = one.name;
      function.abi = one.abi;
      function.flags = one.flags;
      function.start = one.start - begin + offsets[to];
      function.end = one.end - begin + offsets[to];
      made.functions.push_back(function);
    }
  }
  return made;
}

}  // namespace cmos::casm::native
