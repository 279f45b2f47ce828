#include "linker/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "linker/explain.h"

namespace cmos::linker {
namespace {

using object::Binding;
using object::Place;

/// Of two visibilities the one that more is forbidden by.
object::Visibility stricter(object::Visibility a, object::Visibility b) {
  if (a == object::Visibility::kDefault) return b;
  if (b == object::Visibility::kDefault) return a;
  return std::min(a, b);
}

/// COMDAT by name, as compilers did before groups.
constexpr std::string_view kLinkOnce = ".gnu.linkonce.";

}  // namespace

std::uint32_t Resolver::add(ParsedObject parsed) {
  const auto index = static_cast<std::uint32_t>(context_.out.objects.size());
  InputObject& mine = context_.out.objects.emplace_back();
  mine.object = std::move(parsed.object);
  mine.sections.resize(mine.object.sections.size());
  mine.globals.assign(mine.object.symbols.size(), kNoIndex);
  for (std::size_t i = 0; i < mine.sections.size(); ++i)
    mine.sections[i].fate = mine.object.sections[i].loaded() ? Fate::kPlaced : Fate::kNotLoaded;
  choose_groups(index);
  const auto count = static_cast<std::uint32_t>(mine.object.symbols.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    if (context_.out.objects[index].object.symbols[i].binding != Binding::kLocal)
      add_symbol(index, i, parsed.hashes[i]);
  }
  return index;
}

void Resolver::choose_groups(std::uint32_t index) {
  InputObject& mine = context_.out.objects[index];
  std::vector<bool> dropped(mine.object.groups.size());
  for (std::size_t i = 0; i < dropped.size(); ++i)
    dropped[i] = groups_.emplace(mine.object.groups[i].signature, index).first->second != index;
  for (std::size_t i = 0; i < mine.sections.size(); ++i) {
    const object::Section& section = mine.object.sections[i];
    const bool in_group = section.group != kNoIndex;
    const bool once = !in_group && section.name.starts_with(kLinkOnce);
    if ((in_group && dropped[section.group]) ||
        (once && groups_.emplace(section.name, index).first->second != index))
      mine.sections[i].fate = Fate::kDuplicate;
  }
}

void Resolver::add_symbol(std::uint32_t object, std::uint32_t index, std::uint64_t hash) {
  InputObject& mine = context_.out.objects[object];
  const object::Symbol& symbol = mine.object.symbols[index];
  const std::uint32_t number = context_.names.find_or_add(symbol.name, hash, context_.out.symbols);
  mine.globals[index] = number;
  Symbol& known = context_.out.symbols[number];
  known.visibility = stricter(known.visibility, symbol.visibility);
  const bool dropped =
      symbol.place == Place::kSection && mine.sections[symbol.section].fate == Fate::kDuplicate;
  if (dropped || symbol.place == Place::kUndefined) {
    add_reference(known, object, index);
  } else if (symbol.place == Place::kCommon) {
    add_common(known, object, index);
  } else {
    add_definition(known, object, index);
  }
}

void Resolver::add_reference(Symbol& known, std::uint32_t object, std::uint32_t index) {
  const bool weak = context_.out.objects[object].object.symbols[index].binding == Binding::kWeak;
  if (!known.defined()) {
    known.weak = weak && (known.weak || !known.referenced);
    if (known.object == kNoIndex) {
      known.object = object;
      known.index = index;
    }
  }
  known.referenced = true;
}

void Resolver::add_common(Symbol& known, std::uint32_t object, std::uint32_t index) {
  const object::Symbol& symbol = context_.out.objects[object].object.symbols[index];
  if (known.origin == Symbol::Origin::kCommon) {
    known.size = std::max(known.size, symbol.size);
    known.alignment = std::max(known.alignment, symbol.alignment);
    return;
  }
  // Storage takes precedence over a weak definition (gABI, "Symbol Table").
  if (known.defined() && !known.weak) return;
  known.origin = Symbol::Origin::kCommon;
  known.object = object;
  known.index = index;
  known.size = symbol.size;
  known.alignment = symbol.alignment;
  known.kind = symbol.kind;
  known.weak = false;
  known.thumb = false;
}

void Resolver::add_definition(Symbol& known, std::uint32_t object, std::uint32_t index) {
  const object::Symbol& symbol = context_.out.objects[object].object.symbols[index];
  const bool weak = symbol.binding == Binding::kWeak;
  const bool strong_before = known.defined() && !known.weak;
  if (strong_before && known.origin != Symbol::Origin::kCommon) {
    if (!weak && !context_.options.multiple_definitions) report_duplicate(known, object, index);
    return;
  }
  if (weak && known.defined()) return;
  known.origin =
      symbol.place == Place::kAbsolute ? Symbol::Origin::kAbsolute : Symbol::Origin::kObject;
  known.object = object;
  known.index = index;
  known.address = symbol.place == Place::kAbsolute ? symbol.value : 0;
  known.size = symbol.size;
  known.kind = symbol.kind;
  known.weak = weak;
  known.thumb = symbol.thumb;
}

void Resolver::report_duplicate(const Symbol& known, std::uint32_t object, std::uint32_t index) {
  const InputObject& mine = context_.out.objects[object];
  const InputObject& first = context_.out.objects[known.object];
  if (context_.errors.size() >= kMostErrors) return context_.error({});
  const std::string place = place_of_symbol(mine, index);
  context_.error(
      {.code = ErrorCode::kMalformed,
       .file = mine.object.file,
       .field = fmt::format("symbol {}", quote(as_bytes(known.name), 256)),
       .found = fmt::format("a second definition{}", place.empty() ? "" : " at " + place),
       .expected = fmt::format("one; the first is in {}{}", first.object.file,
                               place_of_symbol(first, known.index).empty()
                                   ? ""
                                   : " at " + place_of_symbol(first, known.index))});
}

}  // namespace cmos::linker
