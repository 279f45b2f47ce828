// Directives: what becomes tables and attributes, and declarations that stay in the code.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "coil/emitter.h"
#include "coil/lexer.h"
#include "coil/parser.h"

namespace cmos::casm {

namespace op = coil::opcode;
namespace attribute = coil::symbol_attribute;
using Kind = Argument::Kind;

bool Emitter::counts(const Statement& statement, std::size_t least, std::size_t most) {
  const std::size_t count = statement.arguments.size();
  if (count < least)
    error(statement.span, fmt::format("{} lacks an operand", statement.word),
          code::kMissingOperand);
  if (count > most)
    error(statement.arguments[most].span, fmt::format("{} takes no more operands", statement.word),
          code::kExtraOperand);
  return count >= least && count <= most;
}

std::optional<std::uint64_t> Emitter::number(const Argument& argument, unsigned bits) {
  if (argument.kind == Kind::kInteger && argument.integer.fits_unsigned(bits))
    return argument.integer.magnitude;
  error(argument.span, fmt::format("a number of {} bits must stand here", bits), code::kRange);
  return std::nullopt;
}

void Emitter::directive(const Statement& statement) {
  struct Row {
    std::string_view word;
    void (Emitter::*handler)(const Statement&);
  };
  static constexpr Row kRows[] = {
      {"SECTION", &Emitter::section},
      {"PROC", &Emitter::processor_directive},
      {"ARCH", &Emitter::processor_directive},
      {"MODE", &Emitter::processor_directive},
      {"VERSION", &Emitter::processor_directive},
      {"TARGET", &Emitter::target},
      {"ALIGN", &Emitter::align},
      {"DATA", &Emitter::data},
      {"EXTERN", &Emitter::external},
      {"GLOBAL", &Emitter::global},
      {"SYM", &Emitter::sym},
      {"ABI", &Emitter::abi},
      {"EXIT", &Emitter::end_abi},
      {"STRUCT", &Emitter::types},
      {"UNION", &Emitter::types},
      {"ENUM", &Emitter::types},
      {"TYPEDEF", &Emitter::types},
      {"ARRAY", &Emitter::types},
      {"RET_AUTO", &Emitter::sugar},
      {"GET_PARAM", &Emitter::sugar},
      {"GET_RESULT", &Emitter::sugar},
  };
  for (const Row& row : kRows) {
    if (row.word == statement.word) return (this->*row.handler)(statement);
  }
  error(statement.span, fmt::format("{} stands in an ABI block only", statement.word),
        code::kDirective);
}

namespace {

/// Of a section that is named without them.
std::optional<std::uint32_t> usual_attributes(std::string_view name) {
  namespace bits = coil::section_attribute;
  const struct {
    std::string_view name;
    std::uint32_t attributes;
  } rows[] = {{".text", bits::kExecute | bits::kRead},
              {".rodata", bits::kRead | bits::kInitialised},
              {".data", bits::kWrite | bits::kRead | bits::kInitialised},
              {".bss", bits::kWrite | bits::kRead | bits::kUninitialised}};
  for (const auto& row : rows) {
    if (row.name == name) return row.attributes;
  }
  return std::nullopt;
}

}  // namespace

void Emitter::section(const Statement& statement) {
  if (!counts(statement, 1, 8)) return;
  const Argument& name = statement.arguments[0];
  if (name.kind != Kind::kName || !name.name.starts_with('.'))
    return error(name.span, "a section's name begins with '.'", code::kSection);
  const std::uint16_t symbol = symbols_.use(SymbolTable::Kind::kSection, name.name, name.span);
  const auto known = std::find_if(out_.sections.begin(), out_.sections.end(),
                                  [&](const SectionOut& one) { return one.name == symbol; });
  const bool is_new = known == out_.sections.end();
  const auto usual = is_new ? usual_attributes(name.name) : std::optional(known->attributes);
  if (!usual && statement.arguments.size() < 2)
    return error(statement.span, "the section's attributes must follow its name",
                 code::kMissingOperand);
  const std::uint64_t bits =
      statement.arguments.size() > 1 ? statement.arguments[1].integer.magnitude : *usual;
  if (bits > UINT32_MAX || (bits & ~coil::known_bits(coil::section_attributes())) != 0)
    return error(statement.arguments[1].span, "these are no attributes of sections",
                 code::kSection);
  if (!is_new && bits != known->attributes)
    return error(statement.arguments[1].span,
                 fmt::format("{} had the attributes 0x{:x} before", name.name, known->attributes),
                 code::kSection);
  if (!is_new) {
    section_ = &*known;
    return;
  }
  if (out_.sections.size() + 1 >= coil::kNoSection)
    return error(statement.span, "too many sections", code::kSection);
  section_ = &out_.sections.emplace_back(static_cast<std::uint16_t>(out_.sections.size()), symbol,
                                         options_.order);
  section_->attributes = static_cast<std::uint32_t>(bits);
  section_->processor = target_.device;
  for (std::size_t i = 2; i < statement.arguments.size(); ++i) {
    const Argument& one = statement.arguments[i];
    const std::uint64_t value = one.integer.magnitude;
    const bool power = value != 0 && (value & (value - 1)) == 0;
    if (one.name == "TARGET" && value <= 0xffffff)  // a processor, or 0xDDAAMM
      section_->processor = static_cast<std::uint8_t>(value > 0xffff ? value >> 16 : value);
    else if (one.name == "ALIGN" && power && value <= UINT32_MAX)
      section_->alignment = static_cast<std::uint32_t>(value);
    else if (one.name == "ADDRESS" && value <= UINT32_MAX)
      section_->address = static_cast<std::uint32_t>(value);
    else
      error(one.span, "TARGET=processor, ALIGN=power of two or ADDRESS=number", code::kSection);
  }
  if (section_->executable() && section_->uninitialised())
    error(statement.arguments[1].span, "an uninitialised section cannot be executable",
          code::kSection);
  symbols_[symbol].section = section_->number;
  symbols_[symbol].processor = section_->processor;
}

/// The directives that hold for the whole file stand at the start of each section of code.
void Emitter::begin_section_code() {
  while (section_->file_directives < file_directives_.size())
    append(file_directives_[section_->file_directives++], true);
}

void Emitter::file_directive(coil::Instruction instruction) {
  const bool here = section_ != nullptr && section_->executable();
  if (here) begin_section_code();
  file_directives_.push_back(std::move(instruction));
  if (!here) return;
  ++section_->file_directives;
  append(file_directives_.back());
}

void Emitter::processor_directive(const Statement& statement) {
  const std::size_t most = statement.word == "VERSION" ? 3 : statement.word == "ARCH" ? 2 : 1;
  if (!counts(statement, statement.word == "VERSION" ? 3 : 1, most)) return;
  coil::Instruction out;
  out.opcode = statement.row->code;
  for (const Argument& one : statement.arguments) {
    // ARCH 0x0101 and MODE 0x010103 name the device, too; the operand is the low byte.
    const bool longer = statement.word == "ARCH" || statement.word == "MODE";
    const auto value = number(one, longer ? 24 : 8);
    if (!value) return;
    // ARCH 0x010103 is device, architecture and mode.
    const bool whole = statement.word == "ARCH" && *value > 0xffff;
    if (whole) out.operands.push_back(coil::immediate_operand(coil::type::kUnt8, *value >> 8));
    if (!whole || statement.arguments.size() == 1)
      out.operands.push_back(coil::immediate_operand(coil::type::kUnt8, *value));
  }
  const auto first = static_cast<std::uint8_t>(out.operands[0].value);
  if (statement.word == "PROC") target_.device = first;
  if (statement.word == "MODE") target_.mode = first;
  if (statement.word == "ARCH") {
    target_.architecture = first;
    if (out.operands.size() > 1) target_.mode = static_cast<std::uint8_t>(out.operands[1].value);
  }
  if (statement.word == "VERSION" && first > coil::kVersion.major)
    return error(statement.arguments[0].span,
                 fmt::format("COIL {} is newer than {}", first, coil::kVersion.major),
                 code::kDirective);
  device_ = &device_of(target_);
  file_directive(std::move(out));
}

void Emitter::target(const Statement& statement) {
  if (!counts(statement, 1, 1)) return;
  const Argument& argument = statement.arguments[0];
  if (argument.kind == Kind::kName) {
    const auto named = coil::triple_named(argument.name);
    if (!named)
      return error(
          argument.span,
          fmt::format("'{}' is no target: cpu-x86-64, cpu-arm-64 or a number like 0x010103",
                      argument.name),
          code::kDirective);
    target_ = *named;
  } else {
    const auto value = number(argument, 24);
    if (!value) return;
    target_ = {static_cast<std::uint8_t>(*value >> 16), static_cast<std::uint8_t>(*value >> 8),
               static_cast<std::uint8_t>(*value)};
  }
  device_ = &device_of(target_);
  file_directive({op::kProc, {coil::immediate_operand(coil::type::kUnt8, target_.device)}});
  file_directive({op::kArch,
                  {coil::immediate_operand(coil::type::kUnt8, target_.architecture),
                   coil::immediate_operand(coil::type::kUnt8, target_.mode)}});
}

void Emitter::align(const Statement& statement) {
  if (!counts(statement, 1, 1)) return;
  const auto value = number(statement.arguments[0], 16);
  if (!value) return;
  const auto alignment = static_cast<std::uint32_t>(*value);
  if (alignment == 0 || (alignment & (alignment - 1)) != 0)
    return error(statement.arguments[0].span, "an alignment is a power of two", code::kRange);
  if (section_ == nullptr)
    return error(statement.span, "ALIGN needs a SECTION to be in", code::kSection);
  section_->alignment = std::max(section_->alignment, alignment);
  const std::uint32_t missing = (alignment - section_->size() % alignment) % alignment;
  if (section_->uninitialised()) {
    section_->reserved += missing;
  } else if (!section_->executable()) {
    const std::uint32_t offset = section_->size();
    section_->bytes.zeros(missing);
    place(offset);
  } else if (missing % 2 != 0) {
    warn("align", statement.span, "NOP has two bytes, so the code here cannot be aligned");
  } else {
    for (std::uint32_t i = 0; i < missing; i += 2) append({op::kNop, {}});
  }
}

void Emitter::external(const Statement& statement) {
  if (!counts(statement, 1, 2)) return;
  const Argument& name = statement.arguments[0];
  if (name.kind != Kind::kName || name.plus_offset)
    return error(name.span, "EXTERN takes a name", code::kDirective);
  symbols_.use(name.name, kFileScope, name.span);
}

void Emitter::global(const Statement& statement) {
  if (!counts(statement, 1, 255)) return;
  for (const Argument& name : statement.arguments) {
    if (name.kind != Kind::kName) return error(name.span, "GLOBAL takes names", code::kDirective);
  }
}

void Emitter::sym(const Statement& statement) {
  if (!counts(statement, 1, 3)) return;
  const Argument& name = statement.arguments[0];
  if (name.kind != Kind::kName || name.plus_offset)
    return error(name.span, "SYM takes a name", code::kInvalidLabel);
  if (section_ == nullptr)
    return error(statement.span, "SYM needs a SECTION to be in", code::kSection);
  const bool code = section_->executable();
  if (code) begin_section_code();
  const bool starts = code && starts_function_[current_];
  const std::uint32_t scope = !code || starts ? kFileScope : function_of_[current_];
  std::uint32_t attributes = code ? (starts ? attribute::kFunction : 0u) : attribute::kData;
  for (const Argument& one : statement.arguments) {
    if (is_visibility(one, "GLOB")) attributes |= attribute::kGlobal;
  }
  symbols_.define(name.name, scope, name.span, section_->number, section_->size(), attributes,
                  section_->processor);
  const std::uint16_t symbol = symbols_.use(name.name, scope, name.span);
  if (!code) return;
  if (starts) {
    start_function(symbol, statement);
    section_->functions.back().global = (attributes & attribute::kGlobal) != 0;
  }
  coil::Instruction out{op::kSym, {coil::symbol_operand(symbol)}};
  for (std::size_t i = 1; i < statement.arguments.size(); ++i) {
    auto one = operand(statement.arguments[i], statement, i);
    if (!one) return;
    out.operands.push_back(std::move(*one));
  }
  // Visibility and ABI may stand in either order; in the file the ABI is the last.
  std::stable_partition(out.operands.begin(), out.operands.end(), [](const coil::Operand& one) {
    return one.kind != coil::OperandKind::kAbi;
  });
  const std::size_t before = reporter_.errors();
  check_operands(statement, out);
  if (reporter_.errors() == before) append(std::move(out));
}

void Emitter::abi(const Statement& statement) {
  if (!counts(statement, 1, 1)) return;
  const Argument& name = statement.arguments[0];
  if (name.kind != Kind::kName) return error(name.span, "ABI takes a name", code::kDirective);
  if (!abis_.insert(std::string(name.name)).second)
    error(name.span, fmt::format("the ABI {} is defined twice", name.name), code::kDuplicate);
  abi_ = coil::Instruction{
      op::kAbi,
      {coil::symbol_operand(symbols_.use(SymbolTable::Kind::kAbi, name.name, name.span))}};
  abi_where_ = statement.span;
}

std::optional<std::uint8_t> Emitter::general_register(const coil::Device& device,
                                                      const std::string& name, Span where) {
  const auto id = register_id(device, coil::type::kGeneralRegister, name);
  if (!id)
    error(where, fmt::format("{} is no register of {}", name, coil::name_of(device.triple)),
          code::kOperand);
  return id;
}

namespace {

/// A register by its id, which no register of the device has to have.
std::optional<std::uint8_t> register_number(std::string_view digits) {
  std::uint8_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, fault] = std::from_chars(digits.data(), end, value);
  if (digits.size() > 3 || fault != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

void Emitter::abi_line(const Statement& statement) {
  const auto record = coil::value_of(coil::abi_records(), statement.word);
  if (!record)
    return error(statement.span,
                 "in an ABI block stand PARAMS, RETS, CALLER, CALLEE, SALLIGN, RZONE, SHADOW, "
                 "ARGSTYLE and EXIT",
                 code::kDirective);
  coil::AbiEntry entry;
  entry.record = static_cast<coil::AbiRecord>(*record);
  for (const coil::AbiEntry& one : abi_->abi) {
    if (one.record == entry.record)
      return error(statement.span, fmt::format("{} stands in this block twice", statement.word),
                   code::kDirective);
  }
  if (coil::has_registers(entry.record)) {
    if (!counts(statement, 1, 255)) return;
    std::vector<std::string> registers;
    const bool none = statement.arguments.size() == 1 && statement.arguments[0].text == "NONE";
    for (const Argument& one : statement.arguments) {
      if (none) break;
      const auto names = coil::expand_registers(one.text);
      if (!names) return error(one.span, "a register, or a range like R8-R15", code::kOperand);
      registers.insert(registers.end(), names->begin(), names->end());
    }
    // A file may describe the ABIs of other processors, too.
    const coil::Device& device = coil::device_with(*device_, registers);
    for (const std::string& name : registers) {
      auto id = register_number(name);
      if (!id) id = general_register(device, name, statement.arguments[0].span);
      if (!id) return;
      entry.registers.push_back(*id);
    }
  } else {
    if (!counts(statement, 1, 1)) return;
    const bool style = entry.record == coil::AbiRecord::kArgumentStyle;
    const auto value = number(statement.arguments[0], style ? 1 : 16);
    if (!value) return;
    entry.value = static_cast<std::uint16_t>(*value);
  }
  abi_->abi.push_back(std::move(entry));
}

void Emitter::end_abi(const Statement& statement) {
  if (!abi_) return error(statement.span, "EXIT ends an ABI block", code::kDirective);
  using enum coil::AbiRecord;
  for (const coil::AbiRecord needed : {kParams, kRets, kCaller, kCallee, kStackAlignment}) {
    const bool there = std::any_of(abi_->abi.begin(), abi_->abi.end(),
                                   [&](const auto& one) { return one.record == needed; });
    if (!there)
      error(abi_where_,
            fmt::format("this ABI block lacks {}",
                        *coil::name_of(coil::abi_records(), static_cast<std::uint32_t>(needed))),
            code::kDirective);
  }
  file_directive(std::move(*abi_));
  abi_.reset();
}

void Emitter::scope(const Statement& statement) {
  if (!in_code(statement) || !counts(statement, 0, 0)) return;
  const bool opens = statement.row->code == op::kScopeEnter;
  if (opens) {
    if (scopes().empty()) open_scope();
    append({op::kScopeEnter, {}});
    open_scope();
    return;
  }
  if (scopes().size() < 2) return error(statement.span, "SCOPEL without SCOPEE", code::kScope);
  append({op::kScopeLeave, {}});
  close_scope();
}

void Emitter::variable(const Statement& statement) {
  if (!in_code(statement) || !counts(statement, 2, 4)) return;
  if (scopes().empty()) open_scope();
  // The older dialect writes TYPE, NAME; there the name gets the next free id.
  const bool named = statement.arguments[0].kind != Kind::kVariable;
  const Argument& type_argument_ = statement.arguments[named ? 0 : 1];
  const Argument& who = statement.arguments[named ? 1 : 0];
  if (type_argument_.kind != Kind::kType && type_argument_.kind != Kind::kName)
    return error(type_argument_.span, "the variable's type must stand here", code::kType);
  if (who.kind != (named ? Kind::kName : Kind::kVariable))
    return error(who.span, "VAR #number, TYPE or VAR TYPE, name", code::kOperand);
  auto type = type_here(type_argument_);
  if (!type) return;
  Scope& scope = scopes().back();
  std::uint32_t id = who.id;
  if (named) {
    id = 1;
    for (const Scope& one : scopes()) {
      if (!one.ids.empty()) id = std::max(id, one.ids.rbegin()->first + 1);
    }
  }
  if (scope.ids.contains(id) || (named && scope.names.contains(who.name)))
    return error(who.span, "the variable is declared in this scope already", code::kRedeclared);
  coil::Instruction out{op::kVar, {coil::variable_operand(id), coil::type_operand(*type)}};
  for (std::size_t i = 2; i < statement.arguments.size(); ++i) {
    auto one = initialiser(statement.arguments[i], *type, statement, i);
    if (!one) return;
    out.operands.push_back(std::move(*one));
  }
  const std::size_t before = reporter_.errors();
  check_operands(statement, out);
  if (reporter_.errors() != before) return;
  append(std::move(out));
  if (coil::type_row(type->code())->kind == coil::TypeKind::kStruct && !layouts_.size_of(*type))
    warn("undeclared", type_argument_.span,
         with_code("no STRUCT or UNION in front of it says what the type has", code::kType));
  scope.ids[id] = section_->variables.size();
  if (named) scope.names[who.name] = id;
  section_->variables.push_back(
      {id, named ? who.name : std::string_view(), std::move(*type), scope.scope, section_->size()});
}

}  // namespace cmos::casm
