#include "coil/emitter.h"

#include <fmt/format.h>

#include <algorithm>

#include "coil/lexer.h"
#include "coil/parser.h"

namespace cmos::casm {

namespace op = coil::opcode;
namespace attribute = coil::symbol_attribute;

Emitter::Emitter(const Options& options, source::Sources& sources, source::Reporter& reporter)
    : options_(options),
      sources_(sources),
      reporter_(reporter),
      symbols_(reporter),
      target_(options.target.value_or(coil::Triple{})),
      device_(&device_of(target_)) {}

bool is_visibility(const Argument& argument, std::string_view name) {
  if (argument.kind != Argument::Kind::kType || argument.type->levels.empty()) return false;
  const coil::TypeRow* const row = argument.type->levels[0].row;
  if (row == nullptr || row->code != coil::type::kParameter0) return false;
  if (argument.type->number)
    return argument.type->number->magnitude == coil::value_of(coil::visibilities(), name);
  return argument.type->name == name;
}

void Emitter::error(Span where, std::string message, std::uint32_t code) {
  reporter_.error(where, with_code(std::move(message), code));
}

void Emitter::warn(std::string_view name, Span where, std::string message) {
  if (!options_.warnings || options_.quiet.contains(name)) return;
  reporter_.warning(where, fmt::format("{} [{}]", message, name));
}

Assembly Emitter::emit(std::vector<Statement> statements) {
  out_.statements = std::move(statements);
  find_functions();
  declare_symbols();
  for (current_ = 0; current_ < out_.statements.size(); ++current_) statement(current_);
  if (abi_) error(abi_where_, "this ABI block has no EXIT", code::kUnexpectedEnd);
  for (SectionOut& section : out_.sections) {
    section_ = &section;
    if (!section.functions.empty()) section.functions.back().end = section.size();
    while (!scopes().empty()) close_scope();
  }
  for (const Statement& one : out_.statements) {
    if (one.row != nullptr && one.row->code == op::kGlobal) {
      for (const Argument& name : one.arguments) symbols_.make_global(name.name, name.span);
    }
  }
  for (const SymbolTable::Unused& one : symbols_.unused())
    warn("unused-label", one.where, fmt::format("'{}' is never used", one.name));
  out_.symbols = symbols_.symbols();
  out_.target = target_;
  return std::move(out_);
}

namespace {

bool has_attribute(const Statement& statement, std::string_view type, std::string_view name) {
  return std::any_of(statement.arguments.begin(), statement.arguments.end(),
                     [&](const Argument& one) {
                       return one.kind == Argument::Kind::kType && !one.type->levels.empty() &&
                              one.type->levels[0].row != nullptr &&
                              one.type->levels[0].row->name == type && one.type->name == name;
                     });
}

bool is_file_or_global(const Statement& statement) {
  return std::any_of(
      statement.arguments.begin(), statement.arguments.end(),
      [](const Argument& one) { return is_visibility(one, "GLOB") || is_visibility(one, "FILE"); });
}

std::string_view first_name(const Statement& statement) {
  if (statement.arguments.empty() || statement.arguments[0].kind != Argument::Kind::kName)
    return {};
  return statement.arguments[0].name;
}

bool is_op(const Statement& statement, std::uint8_t code) {
  return statement.row != nullptr && statement.row->code == code;
}

}  // namespace

/// Which labels and SYMs begin functions; all that follows one belongs to it, up to the next.
void Emitter::find_functions() {
  for (const Statement& one : out_.statements) {
    if (is_op(one, op::kCall)) called_.insert(first_name(one));
    if (is_op(one, op::kGlobal)) {
      for (const Argument& name : one.arguments) globals_.insert(name.name);
    }
  }
  const std::size_t count = out_.statements.size();
  function_of_.assign(count, kFileScope);
  starts_function_.assign(count, false);
  std::map<std::string_view, std::pair<std::uint32_t, int>> sections;  // function and depth of each
  std::uint32_t functions = 0;
  std::string_view section;
  for (std::size_t i = 0; i < count; ++i) {
    const Statement& one = out_.statements[i];
    if (is_op(one, op::kSection)) section = first_name(one);
    auto& [function, depth] = sections[section];
    if (is_op(one, op::kScopeEnter)) ++depth;
    if (is_op(one, op::kScopeLeave) && depth > 0) --depth;
    const bool is_sym = is_op(one, op::kSym);
    if (depth == 0 && (is_sym || !one.label.empty())) {
      const std::string_view name = is_sym ? first_name(one) : one.label;
      const bool scoped = i + 1 < count && is_op(out_.statements[i + 1], op::kScopeEnter);
      const bool marked = is_file_or_global(one) || has_attribute(one, "ABICTL", "ABICTL_STANDARD");
      if (globals_.contains(name) || (is_sym && (marked || scoped || called_.contains(name)))) {
        function = ++functions;
        starts_function_[i] = true;
      }
    }
    function_of_[i] = function;
  }
}

void Emitter::declare_symbols() {
  bool code = false;
  std::map<std::string_view, bool> executable;
  for (std::size_t i = 0; i < out_.statements.size(); ++i) {
    const Statement& one = out_.statements[i];
    if (is_op(one, op::kSection) && one.arguments.size() > 1)
      executable[first_name(one)] =
          (one.arguments[1].integer.magnitude & coil::section_attribute::kExecute) != 0;
    if (is_op(one, op::kSection)) {
      const auto known = executable.find(first_name(one));
      code = known == executable.end() ? first_name(one) == ".text" : known->second;
    }
    if (is_op(one, op::kExtern)) {
      if (!first_name(one).empty())
        symbols_.declare_external(first_name(one), one.arguments[0].span);
      continue;
    }
    const bool is_sym = is_op(one, op::kSym) && !first_name(one).empty();
    if (!is_sym && one.label.empty()) continue;
    const std::string_view name = is_sym ? first_name(one) : one.label;
    const std::uint32_t scope = !code || starts_function_[i] ? kFileScope : function_of_[i];
    symbols_.declare(name, scope, is_sym ? one.arguments[0].span : one.span);
  }
}

void Emitter::statement(std::size_t index) {
  const Statement& one = out_.statements[index];
  if (!one.label.empty()) return label(one);
  if (abi_ && !is_op(one, op::kExit)) return abi_line(one);
  if (one.row == nullptr || one.row->kind == coil::OpcodeKind::kConsumed ||
      one.row->kind == coil::OpcodeKind::kDeclaration)
    return directive(one);
  if (one.row->code == op::kScopeEnter || one.row->code == op::kScopeLeave) return scope(one);
  if (one.row->code == op::kVar) return variable(one);
  instruction(one);
}

void Emitter::start_function(std::uint16_t symbol, const Statement& statement) {
  std::vector<FunctionOut>& functions = section_->functions;
  if (!functions.empty()) functions.back().end = section_->size();
  while (!scopes().empty()) close_scope();
  FunctionOut out;
  out.symbol = symbol;
  out.start = section_->size();
  for (const Argument& one : statement.arguments) {
    if (!one.type->abi.empty()) out.abi = one.type->abi;
  }
  functions.push_back(std::move(out));
}

void Emitter::label(const Statement& statement) {
  if (section_ == nullptr)
    return error(statement.span, "a label needs a SECTION to be in", code::kSection);
  if (section_->executable()) begin_section_code();
  const std::uint16_t number = section_->number;
  const bool starts = starts_function_[current_] && section_->executable();
  const std::uint32_t scope =
      !section_->executable() || starts ? kFileScope : function_of_[current_];
  std::uint32_t attributes =
      section_->executable() ? (starts ? attribute::kFunction : 0u) : attribute::kData;
  symbols_.define(statement.label, scope, statement.span, number, section_->size(), attributes,
                  section_->processor);
  if (starts) start_function(symbols_.use(statement.label, scope, statement.span), statement);
}

bool Emitter::in_code(const Statement& statement) {
  if (section_ != nullptr && section_->executable()) {
    begin_section_code();
    return true;
  }
  error(statement.span,
        section_ == nullptr ? fmt::format("{} needs a SECTION to be in", statement.word)
                            : fmt::format("{} in a section that is not executable", statement.word),
        code::kSection);
  return false;
}

void Emitter::place(std::uint32_t offset) {
  if (options_.debug || options_.listing)
    section_->placed.push_back({current_, offset, section_->size() - offset});
}

namespace {

/// Whether debug information tells something by it: a layout, or a MOV that takes a parameter.
bool describes(const coil::Instruction& instruction) {
  if (instruction.opcode == op::kStruct || instruction.opcode == op::kUnion)
    return !instruction.operands.empty();
  return instruction.opcode == op::kMov && instruction.operands.size() == 3 &&
         instruction.operands[1].kind == coil::OperandKind::kAbi;
}

}  // namespace

void Emitter::append(coil::Instruction instruction, bool repeated) {
  const std::uint32_t offset = section_->size();
  coil::encode(instruction, section_->bytes);
  instruction.offset = offset;
  instruction.size = section_->size() - offset;
  if (options_.debug && describes(instruction))
    section_->described.push_back(std::move(instruction));
  if (!repeated) place(offset);
}

/// Says what does not fit the instruction's pattern, at the operand that it is about.
void Emitter::check_operands(const Statement& statement, const coil::Instruction& instruction) {
  const coil::OpcodeRow& row = *statement.row;
  const auto operands = instruction.condition() && row.conditional
                            ? instruction.plain_operands()
                            : std::span<const coil::Operand>(instruction.operands);
  const auto [least, most] = coil::operand_counts(row);
  if (operands.size() > most)
    return error(
        statement.arguments[most].span,
        fmt::format("{} takes at most {} operand{}", row.mnemonic, most, most == 1 ? "" : "s"),
        code::kExtraOperand);
  if (operands.size() < least || !coil::fits(row, operands.size()))
    return error(
        statement.span,
        fmt::format("{} takes {} operand{}", row.mnemonic,
                    least == most ? fmt::format("{}", least) : fmt::format("at least {}", least),
                    least == 1 ? "" : "s"),
        code::kMissingOperand);
  if (const auto bad = coil::mismatch(row, operands)) {
    const Span where =
        *bad < statement.arguments.size() ? statement.arguments[*bad].span : statement.span;
    error(where, fmt::format("operand {} of {} cannot be this", *bad + 1, row.mnemonic),
          code::kOperand);
  }
}

void Emitter::instruction(const Statement& statement) {
  if (!in_code(statement)) return;
  coil::Instruction out;
  out.opcode = statement.row->code;
  for (std::size_t i = 0; i < statement.arguments.size(); ++i) {
    auto one = operand(statement.arguments[i], statement, i);
    if (!one) return;
    out.operands.push_back(std::move(*one));
  }
  if (statement.condition) out.operands.push_back(coil::condition_operand(*statement.condition));
  if (out.operands.size() > coil::kManyOperands)
    return error(statement.span, fmt::format("more than {} operands", coil::kManyOperands),
                 code::kExtraOperand);
  const std::size_t before = reporter_.errors();
  check_operands(statement, out);
  if (reporter_.errors() == before) append(std::move(out));
}

/// RET_AUTO, GET_PARAM and GET_RESULT are RET and MOV with the control AUTO.
void Emitter::sugar(const Statement& statement) {
  if (!in_code(statement)) return;
  const bool is_return = statement.word == "RET_AUTO";
  const coil::Operand automatic =
      coil::abi_operand(coil::AbiControl::kAuto, abi_symbol("platform_default", statement.span));
  coil::Instruction out;
  out.opcode = is_return ? op::kRet : op::kMov;
  if (is_return) out.operands.push_back(automatic);
  const std::size_t least = statement.word == "GET_PARAM" ? 2 : is_return ? 0 : 1;
  if (!counts(statement, least, is_return ? 253 : least)) return;
  for (std::size_t i = 0; i < statement.arguments.size(); ++i) {
    auto one = operand(statement.arguments[i], statement, i);
    if (!one) return;
    out.operands.push_back(std::move(*one));
    if (i == 0 && !is_return) out.operands.push_back(automatic);
  }
  Statement written = statement;
  written.row = coil::opcode_row(out.opcode);
  const std::size_t before = reporter_.errors();
  check_operands(written, out);
  if (reporter_.errors() == before) append(std::move(out));
}

void Emitter::open_scope() {
  Scope out;
  out.scope = static_cast<std::uint32_t>(section_->scopes.size());
  ScopeOut written;
  written.parent = scopes().empty() ? coil::kAbsent : scopes().back().scope;
  written.start = section_->size();
  written.level = static_cast<std::uint16_t>(scopes().size());
  section_->scopes.push_back(written);
  if (scopes().empty() && !section_->functions.empty())
    section_->functions.back().first_scope = out.scope;
  scopes().push_back(std::move(out));
}

void Emitter::close_scope() {
  section_->scopes[scopes().back().scope].end = section_->size();
  scopes().pop_back();
}

const DeclaredVariable* Emitter::find_variable(std::uint32_t id) const {
  const auto found = scopes_.find(section_);
  if (found == scopes_.end()) return nullptr;
  for (auto scope = found->second.rbegin(); scope != found->second.rend(); ++scope) {
    const auto variable = scope->ids.find(id);
    if (variable != scope->ids.end()) return &section_->variables[variable->second];
  }
  return nullptr;
}

std::optional<std::uint32_t> Emitter::named_variable(std::string_view name) const {
  const auto found = scopes_.find(section_);
  if (found == scopes_.end()) return std::nullopt;
  for (auto scope = found->second.rbegin(); scope != found->second.rend(); ++scope) {
    const auto id = scope->names.find(name);
    if (id != scope->names.end()) return id->second;
  }
  return std::nullopt;
}

}  // namespace cmos::casm
