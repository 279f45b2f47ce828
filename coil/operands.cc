// Operands: what was written, to what is encoded.
#include <fmt/format.h>

#include <algorithm>

#include "coil/emitter.h"
#include "coil/lexer.h"
#include "coil/literal.h"
#include "formats/coil/validate.h"

namespace cmos::casm {

namespace op = coil::opcode;
using Kind = Argument::Kind;
using coil::TypeKind;

std::uint16_t Emitter::abi_symbol(std::string_view name, Span where) {
  if (!coil::is_built_in_abi(name) && !abis_.contains(name) && device_->abi(name) == nullptr)
    error(where, fmt::format("{} is no ABI; ABI … EXIT defines one", name), code::kAbiName);
  return symbols_.use(SymbolTable::Kind::kAbi, name, where);
}

/// A type with its element types, names and lengths.
std::optional<coil::Type> Emitter::type_of(const TypeText& text, Span where) {
  coil::Type out;
  std::size_t arrays = 0;
  for (const TypeText::Level& level : text.levels) {
    arrays += level.row != nullptr && level.row->kind == TypeKind::kArray ? 1 : 0;
    if ((level.extension & coil::extension::kValueMask) == 0) continue;
    error(where, "IMM, VAR and SYM stand beside a value: TYPE_INT32+IMM=5", code::kType);
    return std::nullopt;
  }
  // TYPE_UNT8[16] is an array without the word.
  for (std::size_t i = 0; arrays == 0 && i < text.counts.size(); ++i) {
    const auto& count = text.counts[i];
    out.levels.push_back({.code = coil::type::kArray,
                          .extension = count ? coil::extension::kWide : std::uint8_t{0},
                          .count = count.value_or(0)});
  }
  arrays = out.levels.size();
  for (const TypeText::Level& level : text.levels) {
    if (level.row == nullptr) {
      if (!append_named(level, where, out)) return std::nullopt;
      continue;
    }
    coil::TypeLevel one{.code = level.row->code, .extension = level.extension};
    if (level.row->kind == TypeKind::kArray && arrays < text.counts.size()) {
      if (const auto count = text.counts[arrays]) {
        one.extension |= coil::extension::kWide;
        one.count = *count;
      }
    }
    arrays += level.row->kind == TypeKind::kArray ? 1 : 0;
    out.levels.push_back(one);
  }
  if (text.counts.size() > arrays) {
    error(where, "only arrays have a length", code::kType);
    return std::nullopt;
  }
  if (text.levels.back().row == nullptr) {
    if (text.name.empty() && !text.number) return out;
    error(text.name_span, fmt::format("{} takes no name", text.levels.back().name), code::kType);
    return std::nullopt;
  }
  const coil::TypeRow& last = *text.levels.back().row;
  if (coil::has_element(last.kind) && !text.name.empty()) {
    if (!append_named({.name = text.name}, text.name_span, out)) return std::nullopt;
    return out;
  }
  if (last.kind == TypeKind::kStruct) {
    if (text.number)
      out.levels.back().symbol = static_cast<std::uint16_t>(text.number->magnitude);
    else if (!text.name.empty())
      out.levels.back().symbol = symbols_.use(SymbolTable::Kind::kType, text.name, text.name_span);
    else
      error(where, fmt::format("TYPE_{} needs the name of its type: =NAME", last.name),
            code::kType);
  } else if (!text.name.empty() || text.number) {
    error(text.name_span, fmt::format("TYPE_{} takes no name", last.name), code::kType);
    return std::nullopt;
  }
  // A pointer always says to what, so that it can be told from what follows.
  if (coil::has_element(last.kind)) out.levels.push_back({.code = coil::type::kVoid});
  return out;
}

std::optional<coil::Operand> Emitter::parameter(const TypeText& type, const Statement& statement,
                                                Span where) {
  const std::uint8_t code = type.levels[0].row->code;
  if (type.number) {
    if (type.number->fits_unsigned(8))
      return coil::parameter_operand(code, static_cast<std::uint8_t>(type.number->magnitude));
    error(where, "a parameter is one byte", code::kRange);
    return std::nullopt;
  }
  const bool is_sym = statement.row != nullptr && statement.row->code == op::kSym;
  const bool is_load = statement.row != nullptr && statement.row->code == op::kVload;
  const coil::Codes names = is_sym    ? coil::visibilities()
                            : is_load ? coil::vector_load_parameters()
                                      : coil::access_parameters();
  const auto value = coil::value_of(names, type.name);
  if (!value) {
    std::string known;
    for (const coil::Code& one : names)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
    error(where, fmt::format("the parameter is one of {}", known), code::kOperand);
    return std::nullopt;
  }
  return coil::parameter_operand(code, static_cast<std::uint8_t>(*value));
}

/// An object may declare its variables as it likes, as long as the validator is content.
void Emitter::check_declared(std::uint32_t id, Span where, const Statement& statement) {
  const bool declares = statement.row != nullptr && statement.row->code == op::kInstance;
  if (declares) instances_.insert(id);
  if (find_variable(id) != nullptr || instances_.contains(id)) return;
  warn("undeclared", where,
       with_code(fmt::format("#{} is used where no VAR declares it", id), code::kUndeclared));
}

/// TYPE_VAR=1 is #1, and TYPE_SYM=name the name; a type with +VAR or +SYM says the same.
std::optional<coil::Operand> Emitter::reference(const TypeText& type, Span where) {
  if (type.number && type.number->fits_unsigned(16) && type.number->magnitude != 0)
    return coil::variable_operand(static_cast<std::uint32_t>(type.number->magnitude));
  if (!type.name.empty()) {
    if (const auto id = named_variable(type.name)) return coil::variable_operand(*id);
    return coil::symbol_operand(symbols_.use(type.name, function_of_[current_], type.name_span));
  }
  error(where, "variables are written #1, symbols by their names", code::kOperand);
  return std::nullopt;
}

std::optional<coil::Operand> Emitter::type_argument(const Argument& argument,
                                                    const Statement& statement) {
  const TypeText& type = *argument.type;
  if (type.levels[0].row == nullptr) return named_type_argument(argument, statement);
  const coil::TypeRow& row = *type.levels[0].row;
  switch (row.kind) {
    case TypeKind::kRegister: {
      if (type.number && type.number->fits_unsigned(8))
        return coil::register_operand(row.code, static_cast<std::uint8_t>(type.number->magnitude));
      const auto id = register_id(*device_, row.code, type.name);
      if (id) return coil::register_operand(row.code, *id);
      error(argument.span,
            fmt::format("{} is no register of {} in TYPE_{}", type.name,
                        coil::name_of(device_->triple), row.name),
            code::kOperand);
      return std::nullopt;
    }
    case TypeKind::kParameter:
      return parameter(type, statement, argument.span);
    case TypeKind::kCondition: {
      const auto value = coil::value_of(coil::conditions(), type.name);
      if (value) return coil::condition_operand(static_cast<coil::Condition>(*value));
      error(argument.span, "TYPE_PARAM5 takes a condition: EQ, NE, LT …", code::kOperand);
      return std::nullopt;
    }
    case TypeKind::kAbi: {
      // Without a name it is the ABI of the platform.
      const auto control = coil::value_of(coil::abi_controls(), type.name);
      const std::string_view abi = type.abi.empty() ? "platform_default" : type.abi;
      if (control)
        return coil::abi_operand(static_cast<coil::AbiControl>(*control),
                                 abi_symbol(abi, argument.span));
      error(argument.span, "TYPE_ABICTL=ABICTL_PARAM=abi, or another control", code::kOperand);
      return std::nullopt;
    }
    case TypeKind::kVariable:
    case TypeKind::kSymbol:
      return reference(type, argument.span);
    default: {
      constexpr std::uint8_t kReferences = coil::extension::kVariable | coil::extension::kSymbol;
      if ((type.levels[0].extension & kReferences) != 0) return reference(type, argument.span);
      // TYPE_UNT8=5: a number with its type.
      if (coil::is_scalar(row.kind) && row.size > 8 && type.bytes)
        return coil::wide_operand(coil::simple_type(row.code),
                                  {type.bytes->begin(), type.bytes->end()});
      if (row.kind == TypeKind::kFloat && type.bytes) {
        Argument bytes;
        bytes.kind = Kind::kString;
        bytes.span = argument.span;
        bytes.text = *type.bytes;
        return initialiser(bytes, coil::simple_type(row.code), statement, 0);
      }
      if (coil::is_scalar(row.kind) && row.kind != TypeKind::kPointer &&
          (type.number || !type.decimal.empty())) {
        Argument number;
        number.kind = type.number ? Kind::kInteger : Kind::kFloat;
        number.span = argument.span;
        number.integer = type.number.value_or(Integer{});
        number.text = type.decimal;
        return initialiser(number, coil::simple_type(row.code), statement, 0);
      }
      auto whole = type_of(type, argument.span);
      if (!whole) return std::nullopt;
      return coil::type_operand(*whole);
    }
  }
}

/// FP32 where the instruction works on variables of this type, else FP64.
coil::Operand Emitter::float_operand(const Argument& argument, const Statement& statement) {
  std::uint8_t code = coil::type::kFp64;
  for (const Argument& one : statement.arguments) {
    const auto id = one.kind == Kind::kVariable ? std::optional(one.id)
                    : one.kind == Kind::kName   ? named_variable(one.name)
                                                : std::nullopt;
    const DeclaredVariable* variable = id ? find_variable(*id) : nullptr;
    if (variable == nullptr) continue;
    const coil::Type element = variable->type.element();
    const bool is_vector = coil::type_row(variable->type.code())->kind == TypeKind::kVector;
    if ((is_vector ? element.code() : variable->type.code()) == coil::type::kFp32)
      code = coil::type::kFp32;
    break;
  }
  const auto bits = float_bits(argument.text, *coil::type_row(code));
  if (!bits) error(argument.span, "the number does not fit its type", code::kRange);
  return coil::immediate_operand(code, bits.value_or(0));
}

std::optional<coil::Operand> Emitter::operand(const Argument& argument, const Statement& statement,
                                              std::size_t index) {
  const std::uint8_t code = statement.row != nullptr ? statement.row->code : std::uint8_t{0};
  switch (argument.kind) {
    case Kind::kVariable:
      check_declared(argument.id, argument.span, statement);
      return coil::variable_operand(argument.id);
    case Kind::kName: {
      if (argument.plus_offset) {
        error(argument.span, "an offset stands in memory operands: [name + n]", code::kOperand);
        return std::nullopt;
      }
      const bool is_field = (code == op::kGet && index == 2) || (code == op::kSet && index == 1);
      if (is_field)
        return coil::symbol_operand(
            symbols_.use(SymbolTable::Kind::kField, argument.name, argument.span));
      if (const auto kind = vector_comparison(code, index, argument.name)) return kind;
      if (const auto value = constant_argument(argument)) return operand(*value, statement, index);
      if (const coil::Type* const named = named_type(argument.name);
          named != nullptr && !symbols_.known(argument.name) && !named_variable(argument.name)) {
        const bool instance = code == op::kInstance && index == 1;
        if (!instance || coil::type_row(named->code())->kind != TypeKind::kStruct)
          return coil::type_operand(*named);
      }
      if (code == op::kInstance && index == 1)
        return coil::symbol_operand(
            symbols_.use(SymbolTable::Kind::kType, argument.name, argument.span));
      if (const auto id = named_variable(argument.name)) return coil::variable_operand(*id);
      return coil::symbol_operand(
          symbols_.use(argument.name, function_of_[current_], argument.span));
    }
    case Kind::kSymbolIndex:
      return coil::symbol_operand(argument.id);
    case Kind::kInteger:
      if (argument.integer.negative && argument.integer.magnitude > std::uint64_t{1} << 63) {
        error(argument.span, "the number does not fit 64 bits", code::kRange);
        return std::nullopt;
      }
      return argument.integer.negative
                 ? coil::integer_operand(static_cast<std::int64_t>(argument.integer.bits()))
                 : coil::unsigned_operand(argument.integer.magnitude);
    case Kind::kFloat:
      return float_operand(argument, statement);
    case Kind::kString:
      return coil::array_operand(coil::simple_type(coil::type::kUnt8),
                                 {argument.text.begin(), argument.text.end()});
    case Kind::kList:
      return list_operand(argument, statement);
    case Kind::kType:
      return type_argument(argument, statement);
    case Kind::kMemory:
      return memory(argument);
  }
  return std::nullopt;
}

bool Emitter::add_term(const TermText& term, coil::Memory& memory, bool is_only) {
  using Part = coil::Memory::Part;
  if (term.kind == TermText::Kind::kNumber) {
    const std::uint64_t magnitude = term.number.magnitude * term.scale.value_or(1);
    const bool negative = term.negative != term.number.negative;
    if (is_only && !negative && magnitude <= UINT32_MAX) {
      memory.address = static_cast<std::uint32_t>(magnitude);
      return true;
    }
    const std::int64_t sum =
        memory.displacement +
        (negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude));
    memory.has_displacement = true;
    memory.displacement = static_cast<std::int32_t>(sum);
    return magnitude <= UINT32_MAX && sum >= INT32_MIN && sum <= INT32_MAX;
  }
  Part part = Part::kSymbol;
  std::uint16_t id = static_cast<std::uint16_t>(term.id);
  if (term.kind == TermText::Kind::kVariable) {
    part = Part::kVariable;
    check_declared(term.id, term.span, out_.statements[current_]);
  } else if (term.kind == TermText::Kind::kRegister) {
    part = Part::kRegister;
    const auto found =
        term.register_number
            ? std::optional(static_cast<std::uint8_t>(term.register_number->magnitude))
            : general_register(*device_, std::string(term.name), term.span);
    id = found.value_or(0);
  } else if (term.kind == TermText::Kind::kName) {
    if (const auto variable = named_variable(term.name)) {
      part = Part::kVariable;
      id = static_cast<std::uint16_t>(*variable);
    } else if (const auto general = register_id(*device_, coil::type::kGeneralRegister, term.name);
               general && !symbols_.known(term.name)) {
      part = Part::kRegister;
      id = *general;
    } else {
      id = symbols_.use(term.name, function_of_[current_], term.span);
    }
  }
  if (term.negative) return false;
  if (memory.base == Part::kNone && !term.scale) {
    memory.base = part;
    memory.base_id = id;
    return true;
  }
  const std::uint64_t scale = term.scale.value_or(1);
  if (memory.index != Part::kNone || (scale != 1 && scale != 2 && scale != 4 && scale != 8))
    return false;
  memory.index = part;
  memory.index_id = id;
  memory.scale = static_cast<std::uint8_t>(scale);
  return true;
}

std::optional<coil::Operand> Emitter::memory(const Argument& argument) {
  coil::Memory memory;
  for (const TermText& term : argument.terms) {
    if (add_term(term, memory, argument.terms.size() == 1)) continue;
    error(term.span, "memory is [base + index * 1, 2, 4 or 8 + displacement of 32 bits]",
          code::kOperand);
    return std::nullopt;
  }
  if (memory.base == coil::Memory::Part::kNone && memory.index == coil::Memory::Part::kNone &&
      memory.has_displacement) {
    if (memory.displacement < 0) {
      error(argument.span, "an address is not negative", code::kRange);
      return std::nullopt;
    }
    memory.address = static_cast<std::uint32_t>(memory.displacement);
    memory.has_displacement = false;
    memory.displacement = 0;
  }
  return coil::memory_operand(memory);
}

namespace {

/// A value is neither CONST nor VOLATILE.
coil::Type unqualified(coil::Type type) {
  type.levels[0].extension = 0;
  return type;
}

}  // namespace

/// An array of structures, or of arrays, as its bytes.
std::optional<coil::Operand> Emitter::array_of_structures(const Argument& argument,
                                                          coil::Type type) {
  const coil::Type whole = type;
  if ((type.levels[0].extension & coil::extension::kWide) == 0) {
    type.levels[0].extension |= coil::extension::kWide;
    type.levels[0].count = static_cast<std::uint32_t>(argument.items.size());
    const std::uint64_t element = layouts_.size_of(type.element()).value_or(1);
    if (argument.kind == Kind::kString && element != 0)
      type.levels[0].count = static_cast<std::uint32_t>(argument.text.size() / element);
  }
  auto filled = fill(argument, type, false);
  if (!filled) return std::nullopt;
  return coil::array_operand(whole.element(), std::move(filled->bytes));
}

/// The last operand of VCMP may be written as a condition.
std::optional<coil::Operand> Emitter::vector_comparison(std::uint8_t code, std::size_t index,
                                                        std::string_view name) const {
  constexpr std::string_view kKinds[] = {"EQ", "NE", "LT", "LE", "GT", "GE"};
  if (code != op::kVcmp || index != 3) return std::nullopt;
  const auto found = std::find(std::begin(kKinds), std::end(kKinds), name);
  if (found == std::end(kKinds)) return std::nullopt;
  return coil::unsigned_operand(static_cast<std::uint64_t>(found - std::begin(kKinds)));
}

/// What a variable starts with: a value of its own type.
std::optional<coil::Operand> Emitter::initialiser(const Argument& argument, const coil::Type& type,
                                                  const Statement& statement, std::size_t index) {
  const coil::TypeRow& row = *coil::type_row(type.code());
  if (const auto value = constant_argument(argument))
    return initialiser(*value, type, statement, index);
  const bool number = argument.kind == Kind::kInteger || argument.kind == Kind::kFloat;
  const bool text = argument.kind == Kind::kString || argument.kind == Kind::kList;
  if (!number && !text) return operand(argument, statement, index);
  const coil::Type element = type.element();
  const coil::TypeRow& element_row = *coil::type_row(element.code());
  auto refuse = [&](std::string message) {
    error(argument.span, std::move(message), code::kRange);
    return std::nullopt;
  };
  if (row.kind == TypeKind::kPointer) {
    if (argument.kind != Kind::kInteger) return refuse("a pointer starts with a number or a name");
    return coil::immediate_operand(coil::type::kUnt64, argument.integer.bits());
  }
  if (row.kind == TypeKind::kArray && element_row.size == 0 && layouts_.size_of(element))
    return array_of_structures(argument, type);
  if (row.kind == TypeKind::kArray || row.kind == TypeKind::kVector) {
    // A vector as its bytes is what coildis writes when not all of them are numbers.
    const bool vector_bytes = row.kind == TypeKind::kVector && argument.text.size() == row.size;
    const bool is_text =
        argument.kind == Kind::kString && (row.kind == TypeKind::kArray || vector_bytes);
    const coil::TypeRow& unit =
        element_row.size == 0 && is_text ? *coil::type_row(coil::type::kUnt8) : element_row;
    if (unit.size == 0) return refuse("the elements' type has no size");
    auto bytes =
        is_text
            ? std::optional(std::vector<std::uint8_t>(argument.text.begin(), argument.text.end()))
        : argument.kind == Kind::kList ? list_bytes(argument, unit)
                                       : scalar_bytes(argument, unit);
    if (!bytes) return refuse(fmt::format("this does not fit TYPE_{}", unit.name));
    if (row.kind == TypeKind::kArray)
      return coil::array_operand(coil::simple_type(unit.code), std::move(*bytes));
    // One value fills all lanes.
    if (number) {
      const std::vector<std::uint8_t> one = *bytes;
      while (bytes->size() < row.size) bytes->insert(bytes->end(), one.begin(), one.end());
    }
    if (bytes->size() != row.size)
      return refuse(fmt::format("TYPE_{} has {} elements of TYPE_{}", row.name,
                                row.size / unit.size, unit.name));
    return coil::wide_operand(unqualified(type), std::move(*bytes));
  }
  if (row.kind == TypeKind::kStruct) {
    auto filled = fill(argument, type, false);
    if (!filled) return std::nullopt;
    return coil::wide_operand(unqualified(type), std::move(filled->bytes));
  }
  if (row.size > 8 && argument.kind == Kind::kString && argument.text.size() == row.size)
    return coil::wide_operand(coil::simple_type(row.code),
                              {argument.text.begin(), argument.text.end()});
  if (row.kind == TypeKind::kFloat && argument.kind == Kind::kString &&
      argument.text.size() == row.size) {
    // Infinities and NaNs, which no decimal says.
    return coil::immediate_operand(row.code, load(as_bytes(argument.text)));
  }
  if (!coil::is_scalar(row.kind) || text)
    return refuse(fmt::format("TYPE_{} cannot start with this", row.name));
  const auto bytes = scalar_bytes(argument, row);
  if (!bytes) return refuse(fmt::format("the number does not fit TYPE_{}", row.name));
  if (row.size > 8) return coil::wide_operand(coil::simple_type(row.code), *bytes);
  return coil::immediate_operand(row.code, load(*bytes));
}

}  // namespace cmos::casm
