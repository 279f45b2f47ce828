#include "assembler/types.h"

#include <fmt/format.h>

#include <array>

namespace cmos::assembler {
namespace {

using object::DataType;

// The document has no type for i8 and i16: in the file they are bytes.
constexpr std::array<TypeRow, 14> kTypes{{
    {"u8", DataType::kU8, Form::kInteger, 1, false},
    {"u16", DataType::kU16, Form::kInteger, 2, false},
    {"u32", DataType::kU32, Form::kInteger, 4, false},
    {"u64", DataType::kU64, Form::kInteger, 8, false},
    {"i8", DataType::kBytes, Form::kInteger, 1, true},
    {"i16", DataType::kBytes, Form::kInteger, 2, true},
    {"i32", DataType::kI32, Form::kInteger, 4, true},
    {"i64", DataType::kI64, Form::kInteger, 8, true},
    {"f32", DataType::kF32, Form::kFloat, 4, true},
    {"f64", DataType::kF64, Form::kFloat, 8, true},
    {"bytes", DataType::kBytes, Form::kBytes, 1, false},
    {"utf8", DataType::kUtf8, Form::kText, 1, false},
    {"string", DataType::kUtf8, Form::kText, 1, false},
    {"ptr", DataType::kU64, Form::kPointer, 8, false},
}};

}  // namespace

std::optional<TypeRow> find_type(std::string_view name, unsigned pointer_bytes) {
  for (const TypeRow& row : kTypes) {
    if (row.name != name) continue;
    TypeRow out = row;
    if (out.form == Form::kPointer) {
      out.bytes = pointer_bytes;
      out.type = pointer_bytes == 8 ? DataType::kU64 : DataType::kU32;
    }
    return out;
  }
  return std::nullopt;
}

std::vector<std::string> type_name_list() {
  std::vector<std::string> names;
  names.reserve(kTypes.size());
  for (const TypeRow& row : kTypes) names.emplace_back(row.name);
  return names;
}

std::string type_names() {
  return fmt::format("{}", fmt::join(type_name_list(), " "));
}

}  // namespace cmos::assembler
