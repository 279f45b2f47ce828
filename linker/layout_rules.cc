#include "linker/layout_rules.h"

#include <algorithm>
#include <charconv>

#include "linker/unwind_tables.h"

namespace cmos::linker {

bool is_or_below(std::string_view name, std::string_view parent) {
  return name.starts_with(parent) && (name.size() == parent.size() || name[parent.size()] == '.');
}

namespace {

using object::Section;
using object::SectionKind;

constexpr std::uint32_t kMostPriority = 65535;
constexpr std::uint32_t kWithoutPriority = kMostPriority + 2;

/// ".init_array.100", and ".ctors.65435", which counts the other way.
std::uint32_t priority_of(std::string_view name, std::string_view array, std::string_view old) {
  const bool is_old = is_or_below(name, old);
  const std::string_view parent = is_old ? old : array;
  if (!is_or_below(name, parent) || name.size() == parent.size()) return kWithoutPriority;
  const std::string_view digits = name.substr(parent.size() + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number > kMostPriority)
    return kMostPriority + 1;
  return is_old ? kMostPriority - number : number;
}

std::uint8_t text_group(std::string_view name) {
  if (name == ".text.cmos_start") return 0;
  if (name == ".init" || name == ".fini") return 1;
  const bool special = is_or_below(name, ".text.unlikely") || is_or_below(name, ".text.startup") ||
                       is_or_below(name, ".text.hot") ||
                       (name.starts_with(".text.") && name.ends_with("_unlikely"));
  return special ? 2 : 3;
}

LayoutRule data_rule(const Section& section) {
  const std::string_view name = section.name;
  if (is_or_below(name, ".data.rel.ro")) return {.rank = Rank::kDataRelRo};
  if (section.bytes.empty() && !name.starts_with(".data")) {
    const bool small = is_or_below(name, ".sbss") || name == ".dynbss";
    return {.rank = Rank::kBss, .group = static_cast<std::uint8_t>(small ? 0 : 1)};
  }
  return {.rank = Rank::kData,
          .group = static_cast<std::uint8_t>(is_or_below(name, ".sdata") ? 1 : 0)};
}

LayoutRule named_rule(const Section& section) {
  const std::string_view name = section.name;
  if (section.kind == SectionKind::kPreinit) return {.rank = Rank::kPreinit};
  if (section.kind == SectionKind::kInit || is_or_below(name, ".ctors"))
    return {.rank = Rank::kInit, .priority = priority_of(name, ".init_array", ".ctors")};
  if (section.kind == SectionKind::kFini || is_or_below(name, ".dtors"))
    return {.rank = Rank::kFini, .priority = priority_of(name, ".fini_array", ".dtors")};
  if (section.kind == SectionKind::kCode) return {.rank = Rank::kText, .group = text_group(name)};
  return section.kind == SectionKind::kConst ? LayoutRule{.rank = Rank::kRodata}
                                             : data_rule(section);
}

}  // namespace

SectionKind kind_of(Rank rank) {
  if (rank <= Rank::kOwnCode) return SectionKind::kCode;
  return rank <= Rank::kOwnConst ? SectionKind::kConst : SectionKind::kVar;
}

std::string_view output_name(Rank rank) {
  switch (rank) {
    case Rank::kText:
      return ".text";
    case Rank::kRodata:
      return ".rodata";
    case Rank::kDataRelRo:
      return ".data.rel.ro";
    case Rank::kPreinit:
      return ".preinit_array";
    case Rank::kInit:
      return ".init_array";
    case Rank::kFini:
      return ".fini_array";
    case Rank::kGot:
      return ".got";
    case Rank::kData:
      return ".data";
    case Rank::kBss:
      return ".bss";
    case Rank::kOwnCode:
    case Rank::kOwnConst:
    case Rank::kOwnVar:
      break;
  }
  return {};
}

LayoutRule layout_rule(const Section& section, const std::vector<std::string_view>& bounded) {
  if (!bounded.empty() && std::binary_search(bounded.begin(), bounded.end(), section.name)) {
    const Rank rank = section.kind == SectionKind::kCode    ? Rank::kOwnCode
                      : section.kind == SectionKind::kConst ? Rank::kOwnConst
                                                            : Rank::kOwnVar;
    return {.rank = rank, .output = section.name, .own_output = true};
  }
  if (section.name == kFrames || section.name == kArmIndex)
    return {.rank = Rank::kOwnConst, .output = section.name};
  LayoutRule rule = named_rule(section);
  rule.output = output_name(rule.rank);
  return rule;
}

}  // namespace cmos::linker
