#include "formats/coil/layout.h"

#include <algorithm>

#include "base/checked.h"

namespace cmos::coil {
namespace {

/// No structure needs more; larger ones would only overflow sums.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 31;

std::uint64_t aligned(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

std::uint16_t name_of(const Operand& operand) {
  return operand.kind == OperandKind::kType ? operand.type.levels.back().symbol
                                            : static_cast<std::uint16_t>(operand.id);
}

}  // namespace

const Layout::Field* Layout::field(std::uint16_t name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& one) { return one.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

std::optional<Layout> Layouts::lay_out(const Instruction& declaration, bool packed) const {
  const bool is_union = declaration.opcode == opcode::kUnion;
  const auto& operands = declaration.operands;
  Layout out;
  for (std::size_t i = 1; i + 1 < operands.size(); i += 2) {
    const std::uint64_t alignment = packed ? 1 : alignment_of(operands[i].type);
    const auto size = size_of(operands[i].type);
    if (!size || *size > kMostBytes) return std::nullopt;
    const std::uint64_t offset = is_union ? 0 : aligned(out.size, alignment);
    out.fields.push_back(
        {static_cast<std::uint16_t>(operands[i + 1].id), operands[i].type, offset, *size});
    out.size = std::max(out.size, offset + *size);
    out.alignment = std::max(out.alignment, alignment);
    if (out.size > kMostBytes) return std::nullopt;
  }
  out.size = aligned(out.size, out.alignment);
  return out;
}

void Layouts::declare(const Instruction& declaration) {
  const bool declares =
      declaration.opcode == opcode::kStruct || declaration.opcode == opcode::kUnion;
  if (!declares || declaration.operands.empty()) return;
  const std::uint16_t name = name_of(declaration.operands[0]);
  if (declared_.contains(name)) return;
  // Both are made before the name is known, so that a structure cannot hold itself.
  Declared made{lay_out(declaration, false), lay_out(declaration, true)};
  declared_.emplace(name, std::move(made));
}

const Layout* Layouts::find(const Type& type) const {
  if (type.levels.empty()) return nullptr;
  const TypeRow* row = type_row(type.code());
  if (row == nullptr || row->kind != TypeKind::kStruct) return nullptr;
  const auto found = declared_.find(type.levels[0].symbol);
  if (found == declared_.end()) return nullptr;
  const auto& layout = type.code() == type::kPack ? found->second.packed : found->second.natural;
  return layout ? &*layout : nullptr;
}

std::optional<std::uint64_t> Layouts::size_of(const Type& type) const {
  if (type.levels.empty()) return std::nullopt;
  if (const Layout* layout = find(type)) return layout->size;
  if (type.code() != type::kArray) return coil::size_of(type);
  if ((type.extension() & extension::kWide) == 0) return std::nullopt;
  const auto element = size_of(type.element());
  if (!element) return std::nullopt;
  return checked_mul<std::uint64_t>(*element, type.levels[0].count);
}

std::uint64_t Layouts::alignment_of(const Type& type) const {
  if (const Layout* layout = find(type)) return layout->alignment;
  if (type.code() == type::kArray && type.levels.size() > 1) return alignment_of(type.element());
  return std::max<std::uint64_t>(1, coil::alignment_of(type));
}

}  // namespace cmos::coil
