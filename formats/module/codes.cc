#include "formats/module/codes.h"

#include <algorithm>
#include <iterator>

namespace cmos::mod {
namespace {

struct SectionRow {
  SectionType type;
  std::string_view name;
};
constexpr SectionRow kSections[] = {
    {SectionType::kImport, "import"},     {SectionType::kExport, "export"},
    {SectionType::kRelocations, "reloc"}, {SectionType::kText, "text"},
    {SectionType::kData, "data"},         {SectionType::kReadOnlyData, "rodata"},
    {SectionType::kZeroPage, "zpdata"},   {SectionType::kOverlay, "text-overlay"},
};

constexpr std::string_view kValues[] = {"?",      "byte",      "wyde",    "tetra",       "octa",
                                        "string", "procedure", "pointer", "displacement"};

}  // namespace

std::optional<std::string_view> name_of(std::uint16_t section_type) {
  for (const SectionRow& one : kSections) {
    if (static_cast<std::uint16_t>(one.type) == section_type) return one.name;
  }
  return std::nullopt;
}

std::optional<SectionType> segment_type_named(std::string_view name) {
  for (const SectionRow& one : kSections) {
    if (one.name == name && is_segment(static_cast<std::uint16_t>(one.type))) return one.type;
  }
  return std::nullopt;
}

std::string_view name(ValueType type) {
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(kValues) ? kValues[index] : kValues[0];
}

std::optional<ValueType> value_type_named(std::string_view name) {
  const auto* found = std::find(std::begin(kValues) + 1, std::end(kValues), name);
  if (found == std::end(kValues)) return std::nullopt;
  return static_cast<ValueType>(found - std::begin(kValues));
}

std::span<const FamilyRow> families() {
  // The rows of arch/ are not constant expressions here.
  static const FamilyRow rows[] = {
      {Family::k8080, "8080", &arch::k8080, 2, 1},   {Family::k6800, "6800", &arch::k6800, 2, 1},
      {Family::k6500, "6500", &arch::k6502, 2, 1},   {Family::kZ80, "z80", &arch::kZ80, 2, 1},
      {Family::k8086, "8086", &arch::k8086, 2, 2},   {Family::k56000, "56000", &arch::k56000, 2, 2},
      {Family::k68000, "68000", &arch::kM68k, 4, 2},
  };
  return rows;
}

const FamilyRow* family_row(std::uint8_t number) {
  const auto rows = families();
  return number >= 1 && number <= rows.size() ? &rows[number - 1] : nullptr;
}

std::string_view name(Family family) {
  const FamilyRow* row = family_row(static_cast<std::uint8_t>(family));
  return row == nullptr ? std::string_view("any") : row->name;
}

const FamilyRow* family_named(std::string_view name) {
  for (const FamilyRow& one : families()) {
    if (one.name == name || one.cpu->name == name) return &one;
    for (const arch::ArchCode& code : one.cpu->codes) {
      if (code.code == name) return &one;
    }
  }
  return nullptr;
}

unsigned width(ValueType type, Family family) {
  const FamilyRow* row = family_row(static_cast<std::uint8_t>(family));
  switch (type) {
    case ValueType::kByte:
      return 1;
    case ValueType::kWyde:
      return 2;
    case ValueType::kTetra:
      return 4;
    case ValueType::kOcta:
      return 8;
    case ValueType::kPointer:
      return row == nullptr ? 2 : row->pointer;
    case ValueType::kDisplacement:
      return row == nullptr ? 2 : row->displacement;
    case ValueType::kString:
    case ValueType::kProcedure:
      break;
  }
  return 0;
}

}  // namespace cmos::mod
