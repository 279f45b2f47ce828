#include "linker/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "linker/constructors.h"
#include "linker/explain.h"
#include "linker/versions.h"

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

/// ".gnu.linkonce.t.f" stands for what a COMDAT group f would hold.
std::string_view once_key(std::string_view section) {
  const std::size_t dot = section.find('.', kLinkOnce.size());
  return dot == std::string_view::npos ? std::string_view() : section.substr(dot + 1);
}

using Names = std::unordered_set<std::string_view>;

/// What the object defines for others in the sections for which `holds` is true.
template <class Holds>
Names defined_in(const object::Object& object, const Holds& holds) {
  Names out;
  for (const object::Symbol& one : object.symbols) {
    if (one.binding != Binding::kLocal && one.place == Place::kSection && holds(one.section))
      out.insert(linked_name(one.name));
  }
  return out;
}

bool covers(const Names& all, const Names& some) {
  return !some.empty() && std::all_of(some.begin(), some.end(),
                                      [&](std::string_view one) { return all.contains(one); });
}

}  // namespace

std::uint32_t Resolver::add(ParsedObject parsed) {
  const auto index = static_cast<std::uint32_t>(context_.out.objects.size());
  InputObject& mine = context_.out.objects.emplace_back();
  mine.object = std::move(parsed.object);
  reverse_constructors(mine.object);
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

/// Whether .gnu.linkonce sections of other objects define all that a COMDAT group does.
bool Resolver::has_older_form(std::uint32_t object, std::uint32_t group) const {
  const object::Object& mine = context_.out.objects[object].object;
  const auto once = once_by_key_.find(mine.groups[group].signature);
  if (once == once_by_key_.end()) return false;
  Names there;
  for (const Kept& place : once->second) {
    if (place.object == object) return false;
    there.merge(defined_in(context_.out.objects[place.object].object,
                           [&](std::uint32_t section) { return section == place.section; }));
  }
  return covers(there, defined_in(mine, [&](std::uint32_t section) {
                  return mine.sections[section].group == group;
                }));
}

/// Whether the COMDAT group of another object defines all that a .gnu.linkonce section does.
bool Resolver::has_newer_form(std::uint32_t object, std::uint32_t section) const {
  const object::Object& mine = context_.out.objects[object].object;
  const std::string_view key = once_key(mine.sections[section].name);
  const auto group = groups_.find(key);
  if (group == groups_.end() || group->second == object) return false;
  const object::Object& other = context_.out.objects[group->second].object;
  const Names there = defined_in(other, [&](std::uint32_t one) {
    const std::uint32_t number = other.sections[one].group;
    return number != kNoIndex && other.groups[number].signature == key;
  });
  return covers(there, defined_in(mine, [&](std::uint32_t one) { return one == section; }));
}

void Resolver::choose_groups(std::uint32_t index) {
  InputObject& mine = context_.out.objects[index];
  std::vector<bool> dropped(mine.object.groups.size());
  for (std::uint32_t i = 0; i < dropped.size(); ++i) {
    const auto [first, is_new] = groups_.emplace(mine.object.groups[i].signature, index);
    dropped[i] = first->second != index || (is_new && has_older_form(index, i));
    if (dropped[i] && is_new) groups_.erase(first);
  }
  for (std::uint32_t i = 0; i < mine.sections.size(); ++i) {
    const object::Section& section = mine.object.sections[i];
    const bool in_group = section.group != kNoIndex;
    const bool once = !in_group && section.name.starts_with(kLinkOnce);
    if (once && once_.emplace(section.name, index).first->second == index &&
        !has_newer_form(index, i)) {
      once_by_key_[once_key(section.name)].push_back({index, i});
    } else if (once || (in_group && dropped[section.group])) {
      mine.sections[i].fate = Fate::kDuplicate;
    }
  }
  drop_what_describes(index);
}

/// A section that describes another one (SHF_LINK_ORDER) is nothing without it.
void Resolver::drop_what_describes(std::uint32_t index) {
  InputObject& mine = context_.out.objects[index];
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < mine.sections.size(); ++i) {
      const std::uint32_t of = mine.object.sections[i].link_order;
      if (of == kNoIndex || mine.sections[i].fate != Fate::kPlaced ||
          mine.sections[of].fate != Fate::kDuplicate)
        continue;
      mine.sections[i].fate = Fate::kDuplicate;
      again = true;
    }
  }
}

/// Of the name that a symbol has for others: --wrap changes what references mean.
std::uint32_t Resolver::number_of(const object::Symbol& symbol, std::uint64_t hash) {
  constexpr std::string_view kReal = "__real_";
  const std::vector<std::string>& wrapped = context_.options.wrapped;
  if (!wrapped.empty() && symbol.place == Place::kUndefined) {
    const auto is_wrapped = [&](std::string_view name) {
      return std::find(wrapped.begin(), wrapped.end(), name) != wrapped.end();
    };
    if (is_wrapped(symbol.name)) return context_.named(fmt::format("__wrap_{}", symbol.name));
    if (symbol.name.starts_with(kReal) && is_wrapped(symbol.name.substr(kReal.size())))
      return context_.symbol(symbol.name.substr(kReal.size()));
  }
  return context_.names.find_or_add(linked_name(symbol.name), hash, context_.out.symbols);
}

void Resolver::add_symbol(std::uint32_t object, std::uint32_t index, std::uint64_t hash) {
  InputObject& mine = context_.out.objects[object];
  const object::Symbol& symbol = mine.object.symbols[index];
  const std::uint32_t number = number_of(symbol, hash);
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
    if (!weak && !context_.options.multiple_definitions && !is_same_place(known, object, index))
      report_duplicate(known, object, index);
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

/// "f" and "f@@V" may both be names of one place.
bool Resolver::is_same_place(const Symbol& known, std::uint32_t object, std::uint32_t index) const {
  if (known.object != object) return false;
  const auto& symbols = context_.out.objects[object].object.symbols;
  const object::Symbol& first = symbols[known.index];
  const object::Symbol& second = symbols[index];
  return first.name != second.name && first.place == second.place &&
         first.section == second.section && first.value == second.value;
}

void Resolver::report_duplicate(const Symbol& known, std::uint32_t object, std::uint32_t index) {
  const InputObject& mine = context_.out.objects[object];
  const InputObject& first = context_.out.objects[known.object];
  if (context_.errors.size() >= kMostErrors) return context_.error({});
  const std::string place = place_of_symbol(mine, index);
  context_.error(
      {.code = ErrorCode::kMalformed,
       .file = mine.object.file,
       .field = fmt::format("symbol {}", quote(as_bytes(readable_name(known.name)), 256)),
       .found = fmt::format("a second definition{}", place.empty() ? "" : " at " + place),
       .expected = fmt::format("one; the first is in {}{}", first.object.file,
                               place_of_symbol(first, known.index).empty()
                                   ? ""
                                   : " at " + place_of_symbol(first, known.index))});
}

}  // namespace cmos::linker
