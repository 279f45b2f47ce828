// Types that the source names: STRUCT, UNION, ENUM, TYPEDEF and ARRAY. A name may stand wherever a
// type may, with TYPE_ in front of it or without; in the file stands what it means.
#include <fmt/format.h>

#include "coil/emitter.h"
#include "coil/lexer.h"
#include "formats/coil/opcodes.h"

namespace cmos::casm {

namespace op = coil::opcode;
using Kind = Argument::Kind;

namespace {

std::string_view without_prefix(std::string_view name) {
  constexpr std::string_view kPrefix = "TYPE_";
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

/// NAME, or TYPE_NAME where that is none of COIL's types; empty for everything else.
std::string_view name_in(const Argument& argument) {
  if (argument.kind == Kind::kName && !argument.plus_offset) return argument.name;
  const TypeText& type = *argument.type;
  const bool alone = argument.kind == Kind::kType && type.levels.size() == 1 &&
                     type.levels[0].row == nullptr && type.counts.empty() && type.name.empty() &&
                     !type.number && type.levels[0].extension == 0;
  return alone ? type.levels[0].name : std::string_view();
}

}  // namespace

const coil::Type* Emitter::named_type(std::string_view name) const {
  const auto found = named_types_.find(without_prefix(name));
  return found == named_types_.end() ? nullptr : &found->second;
}

bool Emitter::append_named(const TypeText::Level& level, Span where, coil::Type& out) {
  const coil::Type* const found = named_type(level.name);
  if (found == nullptr) {
    error(where, fmt::format("{} is no type", level.name), code::kType);
    return false;
  }
  const std::size_t first = out.levels.size();
  out.levels.insert(out.levels.end(), found->levels.begin(), found->levels.end());
  out.levels[first].extension |= level.extension;
  return true;
}

/// The type that stands where nothing else may.
std::optional<coil::Type> Emitter::type_here(const Argument& argument) {
  if (argument.kind == Kind::kType) return type_of(*argument.type, argument.span);
  coil::Type out;
  if (!append_named({.name = argument.name}, argument.span, out)) return std::nullopt;
  return out;
}

/// TYPE_NAME, or TYPE_NAME=5 for a number of that type.
std::optional<coil::Operand> Emitter::named_type_argument(const Argument& argument,
                                                          const Statement& statement) {
  const TypeText& type = *argument.type;
  constexpr std::uint8_t kReferences = coil::extension::kVariable | coil::extension::kSymbol;
  if ((type.levels[0].extension & kReferences) != 0) return reference(type, argument.span);
  const coil::Type* const named = named_type(type.levels[0].name);
  const bool number = type.number || !type.decimal.empty();
  if (named != nullptr && number && coil::is_scalar(coil::type_row(named->code())->kind)) {
    Argument value;
    value.kind = type.number ? Kind::kInteger : Kind::kFloat;
    value.span = argument.span;
    value.integer = type.number.value_or(Integer{});
    value.text = type.decimal;
    return initialiser(value, coil::simple_type(named->code()), statement, 0);
  }
  auto whole = type_of(type, argument.span);
  if (!whole) return std::nullopt;
  return coil::type_operand(*whole);
}

/// A name of ENUM as the number that it stands for, unless a label or variable has that name.
std::optional<Argument> Emitter::constant_argument(const Argument& argument) const {
  if (argument.kind != Kind::kName || constants_.empty()) return std::nullopt;
  const auto found = constants_.find(argument.name);
  if (found == constants_.end() || symbols_.known(argument.name) || named_variable(argument.name))
    return std::nullopt;
  Argument out;
  out.span = argument.span;
  out.integer = found->second;
  return out;
}

/// One operand of a declaration: a type or a name, as its place wants it.
bool Emitter::type_operand_at(const Statement& statement, std::size_t index,
                              coil::Instruction& out) {
  const Argument& one = statement.arguments[index];
  const std::uint8_t code = out.opcode;
  const bool fields = code == op::kStruct || code == op::kUnion;
  const std::string_view name = name_in(one);
  if (index == 0 && !name.empty()) {
    out.operands.push_back(
        coil::symbol_operand(symbols_.use(SymbolTable::Kind::kType, name, one.span)));
    // A field may point to the type that it is in.
    if (fields)
      named_types_.emplace(
          without_prefix(name),
          coil::struct_type(code == op::kStruct ? coil::type::kStruct : coil::type::kUnion,
                            static_cast<std::uint16_t>(out.operands[0].id)));
    return true;
  }
  if (fields && index % 2 == 0 && one.kind == Kind::kName) {
    out.operands.push_back(
        coil::symbol_operand(symbols_.use(SymbolTable::Kind::kField, one.name, one.span)));
    return true;
  }
  const bool type = index == 1 || (fields && index % 2 == 1);
  if (type && !name.empty()) {
    auto found = type_here(one);
    if (!found) return false;
    out.operands.push_back(coil::type_operand(std::move(*found)));
    return true;
  }
  auto converted = operand(one, statement, index);
  if (!converted) return false;
  out.operands.push_back(std::move(*converted));
  return true;
}

/// ENUM name, one, 1, two: what no number follows is one more than what stands in front of it.
void Emitter::enumerate(const Statement& statement, coil::Instruction& out) {
  Integer next;
  for (std::size_t i = 1; i < statement.arguments.size(); ++i) {
    const Argument& name = statement.arguments[i];
    if (name.kind != Kind::kName || name.plus_offset)
      return error(name.span, "a name must stand here: ENUM Color, RED, 0, GREEN, 1",
                   code::kOperand);
    const bool given =
        i + 1 < statement.arguments.size() && statement.arguments[i + 1].kind == Kind::kInteger;
    if (given) next = statement.arguments[++i].integer;
    const bool fits =
        next.negative ? next.magnitude <= std::uint64_t{1} << 63 : next.fits_unsigned(64);
    if (!fits) return error(name.span, "the number does not fit 64 bits", code::kRange);
    out.operands.push_back(
        coil::symbol_operand(symbols_.use(SymbolTable::Kind::kField, name.name, name.span)));
    out.operands.push_back(next.negative
                               ? coil::integer_operand(static_cast<std::int64_t>(next.bits()))
                               : coil::unsigned_operand(next.magnitude));
    const auto [known, added] = constants_.emplace(name.name, next);
    if (!added && known->second.bits() != next.bits())
      return error(name.span,
                   fmt::format("'{}' was {} before", name.name,
                               static_cast<std::int64_t>(known->second.bits())),
                   code::kDuplicate);
    const std::uint64_t bits = next.bits() + 1;
    next = next.negative && next.magnitude > 1 ? Integer{next.magnitude - 1, true}
                                               : Integer{next.negative ? 0 : bits, false};
  }
}

void Emitter::remember_type(const Statement& statement, const coil::Instruction& declaration) {
  const std::string_view name = name_in(statement.arguments[0]);
  if (name.empty()) return;
  std::optional<coil::Type> type;
  if (declaration.opcode == op::kTypedef) type = declaration.operands[1].type;
  if (declaration.opcode == op::kArray)
    type = coil::array_of(declaration.operands[1].type,
                          static_cast<std::uint32_t>(declaration.operands[2].value));
  if (declaration.opcode == op::kEnum) type = coil::simple_type(coil::type::kInt32);
  if (!type) return;
  const auto [known, added] = named_types_.emplace(without_prefix(name), *type);
  if (!added && known->second != *type)
    error(statement.arguments[0].span, fmt::format("the type {} is declared twice", name),
          code::kDuplicate);
}

/// STRUCT, UNION, ENUM, TYPEDEF, ARRAY: names of types and of their fields.
void Emitter::types(const Statement& statement) {
  if (!counts(statement, 1, 255)) return;
  coil::Instruction out;
  out.opcode = statement.row->code;
  const std::size_t before = reporter_.errors();
  const bool numbered = out.opcode == op::kEnum;
  for (std::size_t i = 0; i < (numbered ? 1 : statement.arguments.size()); ++i) {
    if (!type_operand_at(statement, i, out)) return;
  }
  if (numbered) enumerate(statement, out);
  if (reporter_.errors() != before) return;
  check_operands(statement, out);
  if (reporter_.errors() != before) return;
  layouts_.declare(out);
  remember_type(statement, out);
  file_directive(std::move(out));
}

}  // namespace cmos::casm
