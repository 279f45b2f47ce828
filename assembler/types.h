// The TYPEs of constants, variables and fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assembler/expression.h"
#include "object/object.h"

namespace cmos::assembler {

enum class Form : std::uint8_t { kInteger, kFloat, kBytes, kText, kPointer };

struct TypeRow {
  std::string_view name;
  object::DataType type;
  Form form;
  unsigned bytes;  ///< of one element
  bool is_signed;
};

/// `pointer_bytes`: of a ptr. Nothing for a word that is no TYPE.
std::optional<TypeRow> find_type(std::string_view name, unsigned pointer_bytes);
/// "u8, u16 …", for messages.
std::string type_names();
std::vector<std::string> type_name_list();

/// How much a constant, variable, field or structure is: sizeof() and countof().
struct Extent {
  std::uint64_t size = 0;
  std::uint64_t count = 1;
};

/// So many elements of one TYPE in a structure; those of structures inside are among them.
struct Leaf {
  std::uint64_t offset = 0;
  TypeRow type{};
  std::uint64_t count = 1;
};
struct Field {
  std::string name;  ///< "a", "a.x"
  std::uint64_t offset = 0;
  Extent extent = {};
};
struct Structure {
  std::vector<Leaf> leaves;
  std::vector<Field> fields;
  std::uint64_t size = 0;
  std::uint32_t alignment = 1;
};

}  // namespace cmos::assembler
