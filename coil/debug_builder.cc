#include "coil/debug_builder.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <set>

namespace cmos::casm {
namespace {

using coil::TypeKind;

class DebugBuilder {
 public:
  DebugBuilder(const Assembly& assembly, const coil::ObjectFile& object,
               const source::Sources& sources, const Options& options)
      : assembly_(assembly),
        sources_(sources),
        options_(options),
        offsets_(coil::section_file_offsets(object)) {
    for (const coil::Symbol& one : object.symbols) names_.push_back(one.name);
  }

  coil::DebugInfo build();

 private:
  std::uint32_t string(std::string_view text);
  std::uint32_t type(const coil::Type& type);
  void add_sources();
  void lines(const SectionOut& section, std::uint32_t base);
  void scopes(const SectionOut& section, std::uint32_t base);
  void functions(const SectionOut& section, std::uint32_t base);
  void statics();
  void layouts();
  void layout(const coil::Instruction& declaration);
  void parameters(const SectionOut& section, const FunctionOut& function, std::uint32_t first,
                  coil::DebugFunction& out);
  std::uint32_t type_of_data(const coil::Symbol& symbol);

  const Assembly& assembly_;
  const source::Sources& sources_;
  const Options& options_;
  std::vector<std::uint32_t> offsets_;
  std::vector<std::string> names_;
  coil::Layouts layouts_;
  coil::DebugInfo out_;
  std::map<std::string, std::uint32_t, std::less<>> strings_;
  std::map<std::string, std::uint32_t> types_;
};

std::uint32_t DebugBuilder::string(std::string_view text) {
  if (const auto found = strings_.find(text); found != strings_.end()) return found->second;
  return strings_[std::string(text)] = out_.add_string(text);
}

std::uint16_t flags_of(TypeKind kind) {
  using namespace coil::type_flag;
  switch (kind) {
    case TypeKind::kArray:
      return kArray;
    case TypeKind::kPointer:
      return kPointer;
    case TypeKind::kVector:
      return kVector;
    case TypeKind::kStruct:
      return kStruct;
    default:
      return kPrimitive;
  }
}

/// STRUCT and UNION are told apart by their code; PACK is a STRUCT without gaps.
std::uint16_t flags_of(const coil::Type& type) {
  if (type.code() == coil::type::kUnion) return coil::type_flag::kUnion;
  return flags_of(coil::type_row(type.code())->kind);
}

std::uint32_t DebugBuilder::type(const coil::Type& type) {
  const std::string text = coil::text_of(type, &names_);
  if (const auto found = types_.find(text); found != types_.end()) return found->second;
  const TypeKind kind = coil::type_row(type.code())->kind;
  coil::DebugType one;
  one.id = static_cast<std::uint16_t>(type.code() << 8 | type.extension());
  one.flags = flags_of(type);
  one.name = string(text);
  one.size = static_cast<std::uint32_t>(layouts_.size_of(type).value_or(0));
  one.alignment = static_cast<std::uint32_t>(layouts_.alignment_of(type));
  if (type.levels.size() > 1) one.parent = this->type(type.element());
  one.elements = type.levels[0].count;
  if (kind == TypeKind::kVector && one.parent != coil::kAbsent) {
    const std::uint32_t element = out_.types[one.parent].size;
    one.elements = element == 0 ? 0 : one.size / element;
  }
  const auto index = static_cast<std::uint32_t>(out_.types.size());
  out_.types.push_back(one);
  return types_[text] = index;
}

void DebugBuilder::add_sources() {
  for (std::uint32_t i = 0; i < sources_.size(); ++i) {
    const source::SourceFile& file = sources_[i];
    const uLong crc =
        crc32_z(0, reinterpret_cast<const Bytef*>(file.text.data()), file.text.size());
    out_.sources.push_back({i + 1, string(file.name), static_cast<std::uint32_t>(crc)});
  }
}

void DebugBuilder::lines(const SectionOut& section, std::uint32_t base) {
  std::map<std::uint32_t, std::uint8_t> marks;
  for (const FunctionOut& function : section.functions) {
    marks[function.start] |= coil::line_flag::kFunctionStart;
    marks[function.end] |= coil::line_flag::kFunctionEnd;
  }
  for (const Placed& placed : section.placed) {
    const Span& where = assembly_.statements[placed.statement].span;
    coil::DebugLine line{base + placed.offset, where.file + 1, where.line, where.begin + 1,
                         coil::line_flag::kStatement};
    if (const auto start = marks.find(placed.offset); start != marks.end())
      line.flags =
          static_cast<std::uint8_t>(line.flags | (start->second & coil::line_flag::kFunctionStart));
    if (const auto end = marks.find(placed.offset + placed.size); end != marks.end())
      line.flags =
          static_cast<std::uint8_t>(line.flags | (end->second & coil::line_flag::kFunctionEnd));
    const bool same = !out_.lines.empty() && out_.lines.back().source == line.source &&
                      out_.lines.back().line == line.line &&
                      out_.lines.back().column == line.column;
    if (!same) out_.lines.push_back(line);
  }
}

void DebugBuilder::scopes(const SectionOut& section, std::uint32_t base) {
  const auto first = static_cast<std::uint32_t>(out_.scopes.size());
  for (const ScopeOut& one : section.scopes) {
    coil::DebugScope scope;
    scope.parent = one.parent == coil::kAbsent ? coil::kAbsent : first + one.parent;
    scope.start = base + one.start;
    scope.end = base + one.end;
    scope.level = one.level;
    scope.flags = one.level == 0 ? coil::scope_flag::kFunction : coil::scope_flag::kBlock;
    out_.scopes.push_back(scope);
  }
  for (const DeclaredVariable& one : section.variables) {
    coil::DebugVariable variable;
    variable.name = string(one.name.empty() ? fmt::format("#{}", one.id) : std::string(one.name));
    variable.type = type(one.type);
    variable.scope = first + one.scope;
    variable.start = base + one.start;
    variable.end = base + section.scopes[one.scope].end;
    variable.id = static_cast<std::uint16_t>(one.id);
    variable.flags = coil::variable_flag::kLocal;
    if ((one.type.extension() & coil::extension::kConst) != 0)
      variable.flags |= coil::variable_flag::kConst;
    if ((one.type.extension() & coil::extension::kVolatile) != 0)
      variable.flags |= coil::variable_flag::kVolatile;
    out_.variables.push_back(variable);
  }
}

void DebugBuilder::functions(const SectionOut& section, std::uint32_t base) {
  const std::size_t scopes = options_.debug_variables ? section.scopes.size() : 0;
  const auto first_scope = static_cast<std::uint32_t>(out_.scopes.size() - scopes);
  const auto first_variable = static_cast<std::uint32_t>(
      out_.variables.size() - (options_.debug_variables ? section.variables.size() : 0));
  for (const FunctionOut& one : section.functions) {
    const std::string& name = assembly_.symbols[one.symbol].name;
    coil::DebugFunction function;
    function.name = string(name);
    if (options_.debug_variables && one.first_scope != coil::kAbsent)
      function.scope = first_scope + one.first_scope;
    function.start = base + one.start;
    function.end = base + one.end;
    if (!one.abi.empty()) function.abi = string(one.abi);
    if (options_.debug_variables) parameters(section, one, first_variable, function);
    if (one.global) function.flags |= coil::function_flag::kGlobal;
    if (name == "main" || name == "_start") function.flags |= coil::function_flag::kEntry;
    out_.functions.push_back(function);
  }
}

/// `MOV #n, …ABICTL_PARAM…, k` makes #n the parameter k. The function's type is one of its own,
/// with the parameters for elements.
void DebugBuilder::parameters(const SectionOut& section, const FunctionOut& function,
                              std::uint32_t first, coil::DebugFunction& out) {
  std::map<std::uint64_t, std::uint32_t> found;
  // Both lists are in the order of the section's bytes.
  const auto own = std::lower_bound(
      section.described.begin(), section.described.end(), function.start,
      [](const coil::Instruction& one, std::uint32_t start) { return one.offset < start; });
  const auto declared = std::lower_bound(
      section.variables.begin(), section.variables.end(), function.start,
      [](const DeclaredVariable& one, std::uint32_t start) { return one.start < start; });
  for (auto one = own; one != section.described.end() && one->offset < function.end; ++one) {
    const auto& operands = one->operands;
    const bool reads = one->opcode == coil::opcode::kMov &&
                       operands[0].kind == coil::OperandKind::kVariable &&
                       (operands[1].control == coil::AbiControl::kParam ||
                        operands[1].control == coil::AbiControl::kAuto);
    if (!reads) continue;
    for (auto variable = declared;
         variable != section.variables.end() && variable->start <= one->offset; ++variable) {
      if (variable->id == operands[0].id)
        found[operands[2].value] =
            first + static_cast<std::uint32_t>(variable - section.variables.begin());
    }
  }
  out.parameters = static_cast<std::uint32_t>(found.size());
  out.first_parameter = static_cast<std::uint32_t>(out_.parameters.size());
  for (const auto& [index, variable] : found) {
    out_.parameters.push_back(variable);
    out_.variables[variable].flags =
        static_cast<std::uint16_t>((out_.variables[variable].flags & ~coil::variable_flag::kLocal) |
                                   coil::variable_flag::kParameter);
  }
  coil::DebugType type;
  type.id = coil::type::kVoid << 8;
  type.flags = coil::type_flag::kFunction;
  type.name = string(fmt::format("{}()", assembly_.symbols[function.symbol].name));
  type.elements = out.parameters;
  out.type = static_cast<std::uint32_t>(out_.types.size());
  out_.types.push_back(type);
}

/// The layouts that STRUCT and UNION declare: natural alignment.
void DebugBuilder::layouts() {
  std::set<std::uint32_t> done;
  for (const SectionOut& section : assembly_.sections) {
    for (const coil::Instruction& one : section.described) {
      if (one.opcode != coil::opcode::kMov && done.insert(one.operands[0].id).second) layout(one);
    }
  }
}

void DebugBuilder::layout(const coil::Instruction& declaration) {
  const bool is_union = declaration.opcode == coil::opcode::kUnion;
  const auto& operands = declaration.operands;
  const coil::Type own = coil::struct_type(is_union ? coil::type::kUnion : coil::type::kStruct,
                                           static_cast<std::uint16_t>(operands[0].id));
  layouts_.declare(declaration);
  const std::uint32_t index = type(own);
  const coil::Layout* const known = layouts_.find(own);
  std::vector<coil::DebugField> fields;
  for (std::size_t i = 1; i + 1 < operands.size(); i += 2) {
    coil::DebugField field;
    field.name = string(names_[operands[i + 1].id]);
    field.type = type(operands[i].type);
    if (known != nullptr) {
      const coil::Layout::Field& place = known->fields[i / 2];
      field.offset = static_cast<std::uint32_t>(place.offset);
      field.size = static_cast<std::uint16_t>(std::min<std::uint64_t>(place.size, UINT16_MAX));
    }
    fields.push_back(field);
  }
  coil::DebugType& out = out_.types[index];
  out.fields = static_cast<std::uint32_t>(fields.size());
  out.first_field = static_cast<std::uint32_t>(out_.fields.size());
  out_.fields.insert(out_.fields.end(), fields.begin(), fields.end());
}

/// The type of the DATA that a label stands before.
std::uint32_t DebugBuilder::type_of_data(const coil::Symbol& symbol) {
  for (const Placed& one : assembly_.sections[symbol.section].placed) {
    const Statement& statement = assembly_.statements[one.statement];
    if (one.offset != symbol.value || statement.word != "DATA" || statement.arguments.empty())
      continue;
    const auto known = assembly_.data_types.find(one.statement);
    if (known == assembly_.data_types.end()) return coil::kAbsent;
    const coil::Type& found = known->second;
    const bool array = found.code() == coil::type::kArray && found.levels.size() > 1;
    if (array) {
      const std::uint64_t element = layouts_.size_of(found.element()).value_or(0);
      if (element != 0)
        return type(
            coil::array_of(found.element(), static_cast<std::uint32_t>(one.size / element)));
    }
    return type(found);
  }
  return coil::kAbsent;
}

/// Labels of data are variables that last as long as the program.
void DebugBuilder::statics() {
  for (const coil::Symbol& one : assembly_.symbols) {
    if (!one.has(coil::symbol_attribute::kData) || one.section >= offsets_.size()) continue;
    coil::DebugVariable variable;
    variable.name = string(one.name);
    variable.type = type_of_data(one);
    variable.location = static_cast<std::uint32_t>(coil::DebugLocation::kStatic);
    variable.location_data = offsets_[one.section] + one.value;
    variable.flags = coil::variable_flag::kGlobal;
    out_.variables.push_back(variable);
  }
}

coil::DebugInfo DebugBuilder::build() {
  add_sources();
  if (options_.debug_variables) layouts();
  for (const SectionOut& section : assembly_.sections) {
    if (!section.executable()) continue;
    const std::uint32_t base = offsets_[section.number];
    lines(section, base);
    if (options_.debug_variables) scopes(section, base);
    functions(section, base);
  }
  if (options_.debug_variables) statics();
  return std::move(out_);
}

}  // namespace

coil::DebugInfo build_debug(const Assembly& assembly, const coil::ObjectFile& object,
                            const source::Sources& sources, const Options& options) {
  return DebugBuilder(assembly, object, sources, options).build();
}

}  // namespace cmos::casm
