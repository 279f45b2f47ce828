#include "assembler/program.h"

namespace cmos::assembler {

std::optional<Place> Program::place(std::string_view name, std::uint32_t function) const {
  const auto label = [this](std::uint32_t of, std::string_view text) -> std::optional<Place> {
    const auto found = local_index.find({of, std::string(text)});
    if (found == local_index.end()) return std::nullopt;
    return Place{Place::Kind::kLabel, found->second};
  };
  if (name.starts_with(kHidden)) return label(kNoEntry, name);
  if (name.starts_with('.')) return label(function, name);
  const auto found = symbol_index.find(std::string(name));
  if (found != symbol_index.end() && symbols[found->second].kind != SymbolKind::kNone)
    return Place{Place::Kind::kSymbol, found->second};
  for (std::size_t dot = name.find('.', 1); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    const auto owner = symbol_index.find(std::string(name.substr(0, dot)));
    if (owner == symbol_index.end()) continue;
    if (auto place = label(owner->second, name.substr(dot))) return place;
  }
  return std::nullopt;
}

std::optional<Place> Program::only_label(std::string_view name) const {
  std::optional<Place> found;
  for (std::uint32_t i = 0; i < local_labels.size(); ++i) {
    if (local_labels[i].name != name) continue;
    if (found) return std::nullopt;
    found = Place{Place::Kind::kLabel, i};
  }
  return found;
}

std::optional<Extent> Program::extent(std::string_view name) const {
  const auto found = symbol_index.find(std::string(name));
  if (found != symbol_index.end() && symbols[found->second].record < records.size()) {
    const Record& record = records[symbols[found->second].record];
    return Extent{record.size, record.count};
  }
  if (const auto known = extents.find(name); known != extents.end()) return known->second;
  if (const auto type = find_type(name, target == nullptr ? 8 : target->pointer_bytes))
    return Extent{type->bytes, 1};
  return std::nullopt;
}

Names Program::names() {
  const auto define = [this](std::string_view name) -> std::optional<Value> {
    const auto found = defines.find(name);
    if (found == defines.end()) return std::nullopt;
    return found->second;
  };
  const auto size = [this](std::string_view name) -> std::optional<Integer> {
    const auto known = extent(name);
    if (!known) return std::nullopt;
    return static_cast<Integer>(known->size);
  };
  const auto count = [this](std::string_view name) -> std::optional<Integer> {
    const auto known = extent(name);
    if (!known) return std::nullopt;
    return static_cast<Integer>(known->count);
  };
  return {define, size, count};
}

}  // namespace cmos::assembler
