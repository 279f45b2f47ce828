#include "coil/source_function.h"

#include <fmt/format.h>

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
namespace attribute = coil::symbol_attribute;

/// Whoever compiles an instruction looks its symbols up.
Result<void> check_symbols(const coil::ObjectFile& object, std::size_t section,
                           const coil::Instruction& one, std::string_view file) {
  for (const coil::Operand& operand : one.operands) {
    const bool names = operand.kind == coil::OperandKind::kSymbol ||
                       operand.kind == coil::OperandKind::kTypedSymbol;
    if (names && operand.id >= object.symbols.size())
      return fail(refusal(object, file, section, one.offset,
                          fmt::format("there is no symbol {}", operand.id)));
  }
  return {};
}

Result<SourceSection> read_section(const coil::ObjectFile& object, std::size_t index,
                                   std::string_view file) {
  const coil::Section& section = object.sections[index];
  SourceSection out;
  CMOS_TRY(out.instructions,
           coil::decode_all(section.bytes, object.order, section.file_offset, file));
  for (const coil::Instruction& one : out.instructions)
    CMOS_TRY_VOID(check_symbols(object, index, one, file));
  std::map<std::uint64_t, const coil::Symbol*> starts;
  for (const coil::Symbol& one : object.symbols) {
    if (one.section == index && one.has(attribute::kFunction)) starts.emplace(one.value, &one);
  }
  for (auto at = starts.begin(); at != starts.end(); ++at) {
    FunctionSource made;
    made.name = at->second->name;
    made.section = index;
    made.start = at->first;
    made.end = std::next(at) == starts.end() ? section.size : std::next(at)->first;
    made.global = at->second->has(attribute::kGlobal);
    made.weak = at->second->has(attribute::kWeak);
    for (const coil::Instruction& one : out.instructions) {
      if (one.offset >= made.start && one.offset < made.end) made.code.push_back(one);
    }
    out.functions.push_back(std::move(made));
  }
  return out;
}

}  // namespace

// ---- numbers ----------------------------------------------------------------------------------

std::string_view Number::access() const {
  if (type == CbcType::kF32) return "f32";
  if (type == CbcType::kF64) return "f64";
  return width == 1 ? "i8" : width == 2 ? "i16" : width == 4 ? "i32" : "i64";
}

std::optional<Number> number_of(const coil::Type& type) {
  const coil::TypeRow* row = coil::type_row(type.code());
  if (row == nullptr || row->size > 8 || !coil::is_scalar(row->kind)) return std::nullopt;
  if (row->kind == coil::TypeKind::kFloat) {
    if (row->code == coil::type::kFp32) return Number{CbcType::kF32, 4, true};
    if (row->size == 8) return kDouble;
    return std::nullopt;
  }
  const std::uint8_t width = row->kind == coil::TypeKind::kBit ? std::uint8_t{1} : row->size;
  return Number{width == 8 ? CbcType::kI64 : CbcType::kI32, width,
                row->kind == coil::TypeKind::kSigned};
}

std::uint64_t list_element(const coil::Operand& list, std::size_t index, unsigned width) {
  std::uint64_t bits = 0;
  for (std::size_t i = width; i-- > 0;) {
    const std::size_t at = index * width + i;
    bits = bits << 8 | (at < list.data.size() ? list.data[at] : 0u);
  }
  return bits;
}

void DeclaredNumbers::see(const coil::Instruction& one) {
  if (one.opcode == op::kVar) types_[one.operands[0].id] = one.operands[1].type;
}

std::optional<Number> DeclaredNumbers::of_variable(const coil::Operand& one) const {
  if (one.kind != coil::OperandKind::kVariable) return std::nullopt;
  const auto known = types_.find(one.id);
  return known == types_.end() ? std::nullopt : number_of(known->second);
}

std::optional<Number> DeclaredNumbers::of(const coil::Operand& one) const {
  if (one.kind == coil::OperandKind::kVariable && types_.contains(one.id)) return of_variable(one);
  if (one.kind == coil::OperandKind::kImmediate) return number_of(one.type);
  return kInt64;
}

// ---- functions --------------------------------------------------------------------------------

Result<std::vector<SourceSection>> read_functions(const coil::ObjectFile& object,
                                                  std::string_view file) {
  std::vector<SourceSection> out;
  bool any = false;
  for (std::size_t i = 0; i < object.sections.size(); ++i) {
    if (!object.holds_coil(i)) continue;
    CMOS_TRY(SourceSection section, read_section(object, i, file));
    any |= !section.functions.empty();
    out.push_back(std::move(section));
  }
  if (any) return out;
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = std::string(file),
                    .message = "there is no function: SYM with TYPE_PARAM0=GLOB begins one"});
}

const coil::DebugLine* source_line(const coil::ObjectFile& object, std::size_t section,
                                   std::uint64_t offset) {
  const std::uint64_t at = object.sections[section].file_offset + offset;
  return object.debug ? object.debug->line_at(static_cast<std::uint32_t>(at)) : nullptr;
}

Error refusal(const coil::ObjectFile& object, std::string_view file, std::size_t section,
              std::uint64_t offset, std::string_view what) {
  const coil::Section& where = object.sections[section];
  const coil::DebugLine* line = source_line(object, section, offset);
  const coil::DebugSource* source = line == nullptr ? nullptr : object.debug->source(line->source);
  if (source != nullptr)
    return {.code = ErrorCode::kUnsupported,
            .message = fmt::format("{}:{}:{}: {}", object.debug->string(source->name), line->line,
                                   line->column, what)};
  return {.code = ErrorCode::kUnsupported,
          .file = std::string(file),
          .message = fmt::format("section {}, offset 0x{:x}: {}", object.section_name(where),
                                 offset, what)};
}

}  // namespace cmos::casm
