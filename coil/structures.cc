// Lists that fill structures, in data and as the first value of a variable.
#include <fmt/format.h>

#include "coil/emitter.h"
#include "coil/lexer.h"
#include "coil/literal.h"
#include "formats/coil/elements.h"

namespace cmos::casm {

using Kind = Argument::Kind;
using coil::TypeKind;

namespace {

/// A variable's bytes stand in its instruction; nothing that large belongs there.
constexpr std::uint64_t kMostBytes = 1u << 20;

}  // namespace

bool Emitter::Filling::put(std::uint64_t at, const std::vector<std::uint8_t>& value) {
  if (at > bytes.size() || value.size() > bytes.size() - at) return false;
  std::copy(value.begin(), value.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

std::optional<Emitter::Filling> Emitter::fill(const Argument& argument, const coil::Type& type,
                                              bool in_data) {
  const auto size = layouts_.size_of(type);
  if (!size || *size > kMostBytes) {
    error(argument.span,
          size ? fmt::format("at most {} bytes are filled by a list", kMostBytes)
               : "the type has no size: STRUCT or UNION must declare it before",
          code::kType);
    return std::nullopt;
  }
  Filling out;
  out.in_data = in_data;
  out.bytes.resize(*size);
  if (!fill_value(argument, type, 0, out)) return std::nullopt;
  return out;
}

bool Emitter::fill_value(const Argument& argument, const coil::Type& type, std::uint64_t at,
                         Filling& out) {
  const coil::TypeRow& row = *coil::type_row(type.code());
  if (argument.kind == Kind::kString) {
    // What coildis writes: the bytes as they lie in memory.
    const std::vector<std::uint8_t> bytes(argument.text.begin(), argument.text.end());
    if (bytes.size() <= layouts_.size_of(type).value_or(0) && out.put(at, bytes)) return true;
    error(argument.span, fmt::format("the string is longer than its TYPE_{}", row.name),
          code::kRange);
    return false;
  }
  if (row.kind == TypeKind::kStruct) return fill_fields(argument, type, at, out);
  if (row.kind == TypeKind::kArray || row.kind == TypeKind::kVector)
    return fill_elements(argument, type, at, out);
  if (const auto value = constant_argument(argument)) return fill_value(*value, type, at, out);
  if (argument.kind == Kind::kName) return fill_symbol(argument, row, at, out);
  const coil::TypeRow& number =
      row.kind == TypeKind::kPointer ? *coil::type_row(coil::type::kUnt64) : row;
  const auto bytes = number.size == 0 ? std::nullopt : scalar_bytes(argument, number);
  if (bytes && out.put(at, coil::in_order(*bytes, number.size, options_.order))) return true;
  error(argument.span, fmt::format("this does not fit TYPE_{}", row.name), code::kRange);
  return false;
}

bool Emitter::fill_symbol(const Argument& argument, const coil::TypeRow& row, std::uint64_t at,
                          Filling& out) {
  const bool fits = (row.kind == TypeKind::kPointer || coil::is_integer(row.kind)) && row.size <= 8;
  if (!fits || !out.in_data) {
    error(argument.span,
          fits ? "an address in a variable is stored by SET: the list has none"
               : "an address is of TYPE_PTR, or an integer",
          code::kType);
    return false;
  }
  coil::Relocation one;
  one.offset = static_cast<std::uint32_t>(at);
  one.symbol = symbols_.use(argument.name, function_of_[current_], argument.span);
  one.section = section_->number;
  one.size = row.size;
  out.relocations.push_back(one);
  Argument offset;
  offset.integer = argument.plus_offset ? argument.integer : Integer{};
  std::vector<std::uint8_t> bytes(row.size);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(offset.integer.bits() >> (8 * i));
  return out.put(at, coil::in_order(std::move(bytes), row.size, options_.order));
}

/// Items fill the fields in their order; NAME=value goes to that field, and the next item behind
/// it.
bool Emitter::fill_fields(const Argument& argument, const coil::Type& type, std::uint64_t at,
                          Filling& out) {
  const coil::Layout* const layout = layouts_.find(type);
  if (layout == nullptr || argument.kind != Kind::kList) {
    error(argument.span,
          layout == nullptr ? "STRUCT or UNION must declare the type before"
                            : "a list must stand here: (1, 2) or (name=1, other=2)",
          code::kType);
    return false;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < argument.items.size(); ++i) {
    const std::string_view name = argument.names[i];
    for (next = name.empty() ? next : 0; !name.empty() && next < layout->fields.size(); ++next) {
      if (symbols_.symbols()[layout->fields[next].name].name == name) break;
    }
    if (next >= layout->fields.size()) {
      error(argument.items[i].span,
            name.empty() ? fmt::format("the type has {} fields", layout->fields.size())
                         : fmt::format("the type has no field {}", name),
            code::kType);
      return false;
    }
    const coil::Layout::Field& field = layout->fields[next++];
    if (!fill_value(argument.items[i], field.type, at + field.offset, out)) return false;
  }
  return true;
}

bool Emitter::fill_elements(const Argument& argument, const coil::Type& type, std::uint64_t at,
                            Filling& out) {
  const coil::Type element = type.element();
  const auto size = layouts_.size_of(element);
  const std::uint64_t room = layouts_.size_of(type).value_or(0);
  if (argument.kind != Kind::kList || !size || *size == 0) {
    error(argument.span, "a list must stand here: (1, 2, 3)", code::kType);
    return false;
  }
  for (std::size_t i = 0; i < argument.items.size(); ++i) {
    if (!argument.names[i].empty()) {
      error(argument.items[i].span, "elements of arrays and vectors have no names", code::kOperand);
      return false;
    }
    if ((i + 1) * *size > room) {
      error(argument.items[i].span, fmt::format("there is room for {} elements", room / *size),
            code::kRange);
      return false;
    }
    if (!fill_value(argument.items[i], element, at + i * *size, out)) return false;
  }
  return true;
}

/// A list of numbers that no type stands beside: of the smallest type that all of them have.
std::optional<coil::Operand> Emitter::list_operand(const Argument& argument,
                                                   const Statement& statement) {
  namespace type = coil::type;
  bool negative = false;
  bool long_ = false;
  std::uint8_t code = type::kUnt32;
  for (const Argument& item : argument.items) {
    if (item.kind == Kind::kFloat) code = float_operand(item, statement).type.code();
    if (item.kind != Kind::kInteger) continue;
    negative |= item.integer.negative;
    const std::uint64_t most = item.integer.negative ? std::uint64_t{1} << 31 : UINT32_MAX;
    long_ |= item.integer.magnitude > most;
  }
  if (code == type::kUnt32 && negative) {
    for (const Argument& item : argument.items)
      long_ |= !item.integer.negative && item.integer.magnitude > INT32_MAX;
    code = long_ ? type::kInt64 : type::kInt32;
  } else if (code == type::kUnt32 && long_) {
    code = type::kUnt64;
  }
  const coil::TypeRow& row = *coil::type_row(code);
  auto bytes = list_bytes(argument, row);
  if (bytes) return coil::array_operand(coil::simple_type(code), std::move(*bytes));
  error(argument.span, fmt::format("a list here is of numbers that fit TYPE_{}", row.name),
        code::kOperand);
  return std::nullopt;
}

}  // namespace cmos::casm
