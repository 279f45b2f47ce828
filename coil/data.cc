// DATA: values to a section's bytes.
#include <fmt/format.h>

#include "coil/emitter.h"
#include "coil/lexer.h"
#include "coil/literal.h"
#include "formats/coil/elements.h"

namespace cmos::casm {

using Kind = Argument::Kind;
using coil::TypeKind;

namespace {

/// A line that reserves a terabyte is a mistake, and must not become one here.
constexpr std::uint64_t kMostReserved = 1u << 30;

}  // namespace

std::optional<std::vector<std::uint8_t>> Emitter::list_bytes(const Argument& list,
                                                             const coil::TypeRow& element) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (!list.names[i].empty()) {
      error(list.items[i].span, "elements of arrays and vectors have no names", code::kOperand);
      return std::nullopt;
    }
    const auto bytes = scalar_bytes(list.items[i], element);
    if (!bytes) return std::nullopt;
    out.insert(out.end(), bytes->begin(), bytes->end());
  }
  return out;
}

void Emitter::datum_symbol(const Argument& argument, const coil::Type& type, ByteWriter& out) {
  const coil::TypeRow& row = *coil::type_row(type.code());
  const bool fits = row.kind == TypeKind::kPointer || coil::is_integer(row.kind);
  if (!fits || row.size > 8)
    return error(argument.span, "an address is of TYPE_PTR, or an integer", code::kType);
  coil::Relocation relocation;
  relocation.offset = section_->size() + static_cast<std::uint32_t>(out.size());
  relocation.symbol = argument.kind == Kind::kSymbolIndex
                          ? static_cast<std::uint16_t>(argument.id)
                          : symbols_.use(argument.name, function_of_[current_], argument.span);
  relocation.section = section_->number;
  relocation.size = row.size;
  out_.relocations.push_back(relocation);
  const Integer offset = argument.plus_offset ? argument.integer : Integer{};
  ByteWriter field;
  field.u64(offset.bits());
  std::vector<std::uint8_t> bytes = std::move(field).take();
  bytes.resize(row.size);
  out.bytes(coil::in_order(std::move(bytes), row.size, options_.order));
}

/// One value; false after an error.
bool Emitter::datum(const Argument& argument, const coil::Type& type, ByteWriter& out) {
  const coil::TypeRow& row = *coil::type_row(type.code());
  const std::size_t before = reporter_.errors();
  if (row.kind == TypeKind::kStruct || row.kind == TypeKind::kArray) {
    auto filled = fill(argument, type, true);
    if (!filled) return false;
    for (coil::Relocation& one : filled->relocations) {
      one.offset += section_->size() + static_cast<std::uint32_t>(out.size());
      out_.relocations.push_back(one);
    }
    out.bytes(filled->bytes);
    return true;
  }
  if (argument.kind == Kind::kList) {
    for (const Argument& item : argument.items) {
      if (!datum(item, type, out)) return false;
    }
    return true;
  }
  if (argument.kind == Kind::kString) {
    if (row.size != 1)
      error(argument.span, "a string is made of elements of one byte", code::kType);
    out.text(argument.text);
    return reporter_.errors() == before;
  }
  if (const auto value = constant_argument(argument)) return datum(*value, type, out);
  if (argument.kind == Kind::kName || argument.kind == Kind::kSymbolIndex) {
    datum_symbol(argument, type, out);
    return reporter_.errors() == before;
  }
  const coil::TypeRow& number =
      row.kind == TypeKind::kPointer ? *coil::type_row(coil::type::kUnt64) : row;
  const auto bytes = row.size == 0 || row.kind == TypeKind::kVector
                         ? std::nullopt
                         : scalar_bytes(argument, number);
  if (!bytes) {
    error(argument.span, fmt::format("this does not fit TYPE_{}", row.name), code::kRange);
    return false;
  }
  out.bytes(coil::in_order(*bytes, row.size, options_.order));
  return true;
}

void Emitter::data(const Statement& statement) {
  if (!counts(statement, 1, SIZE_MAX)) return;
  if (section_ == nullptr)
    return error(statement.span, "DATA needs a SECTION to be in", code::kSection);
  if (section_->executable())
    return error(statement.span, "DATA in an executable section", code::kDataInCode);
  const Kind first = statement.arguments[0].kind;
  if (first != Kind::kType && first != Kind::kName)
    return error(statement.arguments[0].span, "DATA begins with a type", code::kType);
  const auto type = type_here(statement.arguments[0]);
  if (!type) return;
  out_.data_types[current_] = *type;
  const coil::TypeRow& row = *coil::type_row(type->code());
  const bool repeated = row.kind == TypeKind::kArray || row.kind == TypeKind::kVector;
  const coil::Type unit = repeated ? type->element() : *type;
  const bool structure = row.kind == TypeKind::kStruct;
  std::optional<std::uint64_t> known;
  if (repeated || structure || section_->uninitialised()) known = layouts_.size_of(*type);
  const bool reserved = known.has_value();
  const std::uint64_t size = known.value_or(0);
  if (statement.arguments.size() == 1 && !reserved)
    return error(statement.span, "DATA lacks its values", code::kMissingOperand);
  if (size > kMostReserved)
    return error(statement.arguments[0].span,
                 fmt::format("at most {} bytes can be reserved", kMostReserved), code::kRange);
  if (section_->uninitialised()) {
    for (std::size_t i = 1; i < statement.arguments.size(); ++i) {
      const Argument& one = statement.arguments[i];
      if (one.kind == Kind::kInteger && one.integer.magnitude == 0) continue;
      return error(one.span, "an uninitialised section has no values but 0", code::kSection);
    }
    if (!reserved || size > UINT32_MAX - section_->reserved)
      return error(statement.span, "the section is too large", code::kRange);
    const std::uint32_t offset = section_->reserved;
    section_->reserved += static_cast<std::uint32_t>(size);
    return place(offset);
  }
  ByteWriter bytes(options_.order);
  for (std::size_t i = 1; i < statement.arguments.size(); ++i) {
    if (!datum(statement.arguments[i], unit, bytes)) return;
  }
  const std::uint64_t whole = reserved ? size : bytes.size();
  if (bytes.size() > whole)
    return error(statement.span, fmt::format("{} bytes of values in {} bytes", bytes.size(), whole),
                 code::kRange);
  bytes.zeros(whole - bytes.size());
  const std::uint32_t offset = section_->size();
  section_->bytes.bytes(bytes.data());
  place(offset);
}

}  // namespace cmos::casm
