#include "formats/coil/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/checked.h"

namespace cmos::coil {
namespace {

using enum TypeKind;

// clang-format off
constexpr TypeRow kTypes[] = {
    // code, name, kind, size, alignment
    {0x01, "INT8", kSigned, 1, 1},      {0x02, "INT16", kSigned, 2, 2},
    {0x03, "INT32", kSigned, 4, 4},     {0x04, "INT64", kSigned, 8, 8},
    {0x05, "INT128", kSigned, 16, 16},
    {0x10, "UNT8", kUnsigned, 1, 1},    {0x11, "UNT16", kUnsigned, 2, 2},
    {0x13, "UNT32", kUnsigned, 4, 4},   {0x14, "UNT64", kUnsigned, 8, 8},
    {0x15, "UNT128", kUnsigned, 16, 16},
    {0x20, "FP8E5M2", kFloat, 1, 1},    {0x21, "FP8E4M3", kFloat, 1, 1},
    {0x22, "BF16", kFloat, 2, 2},       {0x23, "FP16", kFloat, 2, 2},
    {0x24, "TF32", kFloat, 4, 4},       {0x25, "FP32", kFloat, 4, 4},
    {0x26, "FP64", kFloat, 8, 8},       {0x27, "FP80", kFloat, 10, 16},
    {0x28, "FP128", kFloat, 16, 16},
    {0x30, "V128", kVector, 16, 16},    {0x31, "V256", kVector, 32, 32},
    {0x32, "V512", kVector, 64, 64},
    {0x40, "BIT", kBit, 1, 1},
    {0x90, "VAR", kVariable, 0, 1},     {0x91, "SYM", kSymbol, 0, 1},
    {0x92, "RGP", kRegister, 0, 1},     {0x93, "RFP", kRegister, 0, 1},
    {0x94, "RV", kRegister, 0, 1},      {0x95, "RS", kRegister, 0, 1},
    {0x96, "SAR", kState, 0, 1},        {0x97, "SAF", kState, 0, 1},
    {0x98, "SES", kState, 0, 1},        {0x99, "SS", kState, 0, 1},
    {0x9a, "IP", kState, 0, 1},         {0x9b, "SP", kState, 0, 1},
    {0x9c, "BP", kState, 0, 1},
    {0xa0, "INT", kSigned, 8, 8},       {0xa1, "UNT", kUnsigned, 8, 8},
    {0xa2, "FP", kFloat, 8, 8},         {0xa3, "LINT", kSigned, 8, 8},
    {0xa4, "LUNT", kUnsigned, 8, 8},    {0xa5, "LFP", kFloat, 8, 8},
    {0xa6, "PTR", kPointer, 8, 8},
    {0xb0, "CINT", kComplex, 0, 1},     {0xb1, "CUNT", kComplex, 0, 1},
    {0xb2, "CFP", kComplex, 0, 1},
    {0xd0, "STRUCT", kStruct, 0, 1},    {0xd1, "PACK", kStruct, 0, 1},
    {0xd2, "UNION", kStruct, 0, 1},     {0xd3, "ARRAY", kArray, 0, 1},
    {0xf0, "PARAM5", kCondition, 0, 1}, {0xf8, "ABICTL", kAbi, 0, 1},
    {0xfa, "PARAM4", kParameter, 0, 1}, {0xfb, "PARAM3", kParameter, 0, 1},
    {0xfc, "PARAM2", kParameter, 0, 1}, {0xfd, "PARAM1", kParameter, 0, 1},
    {0xfe, "PARAM0", kParameter, 0, 1}, {0xff, "VOID", kVoid, 0, 1},
};
// clang-format on

constexpr auto kByCode = [] {
  std::array<const TypeRow*, 256> out{};
  for (const TypeRow& row : kTypes) out[row.code] = &row;
  return out;
}();

}  // namespace

std::span<const TypeRow> types() {
  return kTypes;
}

const TypeRow* type_row(std::uint8_t code) {
  return kByCode[code];
}

const TypeRow* type_named(std::string_view name) {
  const auto* row = std::find_if(std::begin(kTypes), std::end(kTypes),
                                 [&](const TypeRow& one) { return one.name == name; });
  return row == std::end(kTypes) ? nullptr : row;
}

bool is_integer(TypeKind kind) {
  return kind == kSigned || kind == kUnsigned || kind == kBit;
}

bool is_scalar(TypeKind kind) {
  return is_integer(kind) || kind == kFloat || kind == kPointer;
}

bool has_element(TypeKind kind) {
  return kind == kVector || kind == kPointer || kind == kArray;
}

Type Type::element() const {
  if (levels.size() < 2) return simple_type(type::kVoid);
  return Type{{levels.begin() + 1, levels.end()}};
}

Type simple_type(std::uint8_t code, std::uint8_t extension) {
  return Type{{TypeLevel{.code = code, .extension = extension}}};
}

Type type_of(std::uint8_t code, const Type& element) {
  Type out = simple_type(code);
  out.levels.insert(out.levels.end(), element.levels.begin(), element.levels.end());
  return out;
}

Type array_of(const Type& element, std::uint32_t count) {
  Type out = type_of(type::kArray, element);
  out.levels[0].extension = extension::kWide;
  out.levels[0].count = count;
  return out;
}

Type struct_type(std::uint8_t code, std::uint16_t symbol) {
  return Type{{TypeLevel{.code = code, .symbol = symbol}}};
}

std::optional<std::uint64_t> size_of(const Type& type) {
  std::uint64_t factor = 1;
  for (const TypeLevel& level : type.levels) {
    const TypeRow* row = type_row(level.code);
    if (row == nullptr) return std::nullopt;
    if (row->kind == kArray) {
      if ((level.extension & extension::kWide) == 0) return std::nullopt;
      const auto product = checked_mul<std::uint64_t>(factor, level.count);
      if (!product) return std::nullopt;
      factor = *product;
      continue;
    }
    if (row->size == 0) return std::nullopt;
    return checked_mul<std::uint64_t>(factor, row->size);
  }
  return std::nullopt;
}

std::uint64_t alignment_of(const Type& type) {
  for (const TypeLevel& level : type.levels) {
    const TypeRow* row = type_row(level.code);
    if (row != nullptr && row->kind != kArray) return row->alignment;
  }
  return 1;
}

namespace {

struct ExtensionName {
  std::uint8_t bit;
  std::string_view name;
};
constexpr ExtensionName kExtensionNames[] = {{extension::kConst, "CONST"},
                                             {extension::kVolatile, "VOLATILE"},
                                             {extension::kNoValue, "VOID"}};

std::string level_text(const TypeLevel& level) {
  const TypeRow* row = type_row(level.code);
  std::string out =
      row != nullptr ? fmt::format("TYPE_{}", row->name) : fmt::format("TYPE_0x{:02x}", level.code);
  for (const ExtensionName& one : kExtensionNames) {
    if ((level.extension & one.bit) != 0) out += fmt::format("+{}", one.name);
  }
  return out;
}

}  // namespace

std::string text_of(const Type& type, const std::vector<std::string>* symbol_names) {
  std::string out;
  // The counts of nested arrays stand behind the innermost type, the outermost first.
  std::string counts;
  bool bounded = false;
  for (const TypeLevel& level : type.levels) {
    if (!out.empty()) out += '=';
    out += level_text(level);
    const TypeRow* row = type_row(level.code);
    if (row == nullptr) continue;
    if (row->kind == kStruct) {
      out += symbol_names != nullptr && level.symbol < symbol_names->size()
                 ? "=" + (*symbol_names)[level.symbol]
                 : fmt::format("=@{}", level.symbol);
    }
    if (row->kind != kArray) continue;
    const bool has_count = (level.extension & extension::kWide) != 0;
    bounded |= has_count;
    counts += has_count ? fmt::format("[{}]", level.count) : "[]";
  }
  return bounded ? out + counts : out;
}

}  // namespace cmos::coil
