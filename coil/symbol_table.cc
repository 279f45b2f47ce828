#include "coil/symbol_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "coil/lexer.h"

namespace cmos::casm {

namespace attribute = coil::symbol_attribute;

void SymbolTable::error(Span where, std::string message, std::uint32_t code,
                        std::vector<source::Note> notes) {
  reporter_.error(where, with_code(std::move(message), code), std::move(notes));
}

void SymbolTable::declare(std::string_view name, std::uint32_t scope, Span where) {
  std::vector<Definition>& list = definitions_[name];
  for (const Definition& one : list) {
    if (one.scope != scope) continue;
    return error(where, fmt::format("'{}' is defined twice", name), code::kDuplicate,
                 {{one.where, "the first time here"}});
  }
  list.push_back({.scope = scope, .where = where, .index = {}});
}

void SymbolTable::declare_external(std::string_view name, Span where) {
  std::vector<Definition>& list = definitions_[name];
  for (const Definition& one : list) {
    if (one.scope != kFileScope) continue;
    if (one.external) return;
    return error(where, fmt::format("'{}' is defined in this file, too", name), code::kDuplicate,
                 {{one.where, "here"}});
  }
  list.push_back({.scope = kFileScope, .where = where, .external = true, .index = {}});
}

bool SymbolTable::declared(std::string_view name, std::uint32_t scope) const {
  const auto found = definitions_.find(name);
  return found != definitions_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const Definition& one) { return one.scope == scope; });
}

SymbolTable::Definition* SymbolTable::find_definition(std::string_view name, std::uint32_t scope) {
  const auto found = definitions_.find(name);
  if (found == definitions_.end()) return nullptr;
  std::vector<Definition>& list = found->second;
  for (const std::uint32_t wanted : {scope, kFileScope}) {
    for (Definition& one : list) {
      if (one.scope == wanted) return &one;
    }
  }
  return list.size() == 1 ? &list.front() : nullptr;
}

std::uint16_t SymbolTable::add(coil::Symbol symbol, Span where) {
  if (symbols_.size() == coil::kNoName)
    error(where, fmt::format("more than {} symbols", coil::kNoName), code::kRange);
  if (symbols_.size() >= coil::kNoName) return 0;
  symbols_.push_back(std::move(symbol));
  return static_cast<std::uint16_t>(symbols_.size() - 1);
}

std::uint16_t SymbolTable::index_of(Definition& definition, std::string_view name) {
  if (!definition.index) {
    coil::Symbol symbol;
    symbol.name = name;
    symbol.attributes = definition.external ? attribute::kGlobal : attribute::kLocal;
    definition.index = add(std::move(symbol), definition.where);
  }
  return *definition.index;
}

std::uint16_t SymbolTable::use(std::string_view name, std::uint32_t scope, Span where) {
  if (Definition* definition = find_definition(name, scope)) {
    definition->used = true;
    return index_of(*definition, name);
  }
  if (const auto known = undefined_.find(name); known != undefined_.end()) return known->second;
  error(where, fmt::format("'{}' is not defined; EXTERN {} says that it is elsewhere", name, name),
        code::kUndefined);
  undefined_[name] = 0;
  return 0;
}

std::uint16_t SymbolTable::use(Kind kind, std::string_view name, Span where) {
  const std::pair key{kind, std::string(name)};
  if (const auto found = named_.find(key); found != named_.end()) return found->second;
  coil::Symbol symbol;
  symbol.name = name;
  symbol.attributes = attribute::kLocal | (kind == Kind::kSection ? 0u : attribute::kAbsolute);
  return named_[key] = add(std::move(symbol), where);
}

void SymbolTable::define(std::string_view name, std::uint32_t scope, Span where,
                         std::uint16_t section, std::uint32_t value, std::uint32_t attributes,
                         std::uint8_t processor) {
  const auto found = definitions_.find(name);
  if (found == definitions_.end()) return;
  const auto definition =
      std::find_if(found->second.begin(), found->second.end(), [&](const Definition& one) {
        return one.scope == scope && one.where.line == where.line && one.where.file == where.file;
      });
  if (definition == found->second.end()) return;
  coil::Symbol& symbol = symbols_[index_of(*definition, name)];
  symbol.section = section;
  symbol.value = value;
  symbol.processor = processor;
  symbol.attributes |= attributes;
  if ((symbol.attributes & attribute::kGlobal) != 0) {
    symbol.attributes &= ~attribute::kLocal;
    definition->used = true;
  }
}

void SymbolTable::make_global(std::string_view name, Span where) {
  Definition* definition = find_definition(name, kFileScope);
  if (definition == nullptr)
    return error(where, fmt::format("GLOBAL {}, which is not defined here", name),
                 code::kUndefined);
  coil::Symbol& symbol = symbols_[index_of(*definition, name)];
  symbol.attributes = (symbol.attributes & ~attribute::kLocal) | attribute::kGlobal;
  definition->used = true;
}

std::optional<std::uint16_t> SymbolTable::find(std::string_view name) const {
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    if (symbols_[i].name == name) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

std::vector<SymbolTable::Unused> SymbolTable::unused() const {
  std::vector<Unused> out;
  for (const auto& [name, list] : definitions_) {
    for (const Definition& one : list) {
      if (!one.used) out.push_back({name, one.where});
    }
  }
  return out;
}

}  // namespace cmos::casm
