#include "linker/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/demangle.h"
#include "base/text.h"
#include "linker/versions.h"

namespace cmos::linker {
namespace {

constexpr std::size_t kMostNameBytes = 256;

/// Of the process: messages are the only thing that depends on it.
NameStyle& name_style() {
  static NameStyle style = NameStyle::kDemangled;
  return style;
}

std::string shown(std::string_view name) {
  return fmt::format("'{}'", presentable(readable_name(name), kMostNameBytes));
}

/// The function or variable that a place belongs to.
const object::Symbol* symbol_around(const object::Object& object, std::uint32_t section,
                                    std::uint64_t offset) {
  const object::Symbol* best = nullptr;
  for (const object::Symbol& one : object.symbols) {
    const bool named = one.kind == object::SymbolKind::kFunction ||
                       one.kind == object::SymbolKind::kObject ||
                       one.kind == object::SymbolKind::kNone;
    if (!named || one.name.empty() || one.place != object::Place::kSection ||
        one.section != section || one.value > offset)
      continue;
    if (best == nullptr || one.value > best->value) best = &one;
  }
  return best;
}

/// Insertions, deletions and replacements, at most `limit` + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    std::size_t least = row[0];
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, replaced});
      least = std::min(least, row[j + 1]);
    }
    if (least > limit) return limit + 1;
  }
  return row.back();
}

/// Without what compilers and conventions add: case and underscores around it.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

std::string name_text(std::string_view name) {
  return shown(name);
}

void set_name_style(NameStyle style) {
  name_style() = style;
}

std::string readable_name(std::string_view name) {
  return name_style() == NameStyle::kDemangled ? demangled(name) : std::string(name);
}

std::string place_text(const InputObject& object, std::uint32_t section, std::uint64_t offset) {
  const object::Section& where = object.object.sections[section];
  const object::Symbol* around = symbol_around(object.object, section, offset);
  std::string out = fmt::format("{}+0x{:x}", where.name, offset);
  if (around != nullptr) out += fmt::format(" (in {})", shown(around->name));
  return out;
}

std::string place_of_symbol(const InputObject& object, std::uint32_t symbol) {
  if (symbol == kNoIndex) return {};
  const object::Symbol& one = object.object.symbols[symbol];
  switch (one.place) {
    case object::Place::kSection:
      return fmt::format("{}+0x{:x}", object.object.sections[one.section].name, one.value);
    case object::Place::kAbsolute:
      return "an absolute address";
    case object::Place::kCommon:
    case object::Place::kUndefined:
      break;
  }
  return {};
}

std::string symbol_text(const InputObject& object, std::uint32_t symbol) {
  if (symbol == kNoIndex) return "no symbol";
  const object::Symbol& one = object.object.symbols[symbol];
  if (one.kind == object::SymbolKind::kSection && one.section != kNoIndex)
    return fmt::format("section {}", object.object.sections[one.section].name);
  return shown(one.name);
}

Error at_relocation(const InputObject& object, const object::Relocation& relocation) {
  const object::Section& section = object.object.sections[relocation.section];
  return Error{.code = ErrorCode::kMalformed,
               .file = object.object.file,
               .offset = section.file_offset + relocation.offset,
               .field = fmt::format("{}, relocation {} against {}",
                                    place_text(object, relocation.section, relocation.offset),
                                    object::info(relocation.type).name,
                                    symbol_text(object, relocation.symbol))};
}

std::vector<std::string> similar_names(const std::vector<Symbol>& symbols, std::string_view name) {
  constexpr std::size_t kShown = 3;
  constexpr std::size_t kLongest = 1024;  // bounds the work on names that no one has typed
  constexpr std::size_t kShortest = 3;    // everything is similar to a letter
  if (name.size() < kShortest || name.size() > kLongest) return {};
  const std::size_t limit = std::max<std::size_t>(1, name.size() / 5);
  const std::string bare = plain(name);
  std::vector<std::pair<std::size_t, std::string_view>> found;
  for (const Symbol& one : symbols) {
    if (!one.defined() || one.name.empty() || one.name.size() > kLongest) continue;
    std::size_t away = distance(name, one.name, limit);
    if (away > limit && !bare.empty() && one.name.size() <= name.size() + 4 &&
        plain(one.name) == bare)
      away = 1;
    if (away <= limit) found.emplace_back(away, one.name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(kShown, found.size()); ++i)
    out.push_back(shown(found[i].second));
  return out;
}

namespace {

/// "f" of a mangled function f outside of namespaces and classes, _Z1fv; else empty.
std::string_view c_name(std::string_view mangled) {
  if (!mangled.starts_with("_Z")) return {};
  std::size_t size = 0;
  std::size_t at = 2;
  for (; at < mangled.size() && mangled[at] >= '0' && mangled[at] <= '9' && size < 4096; ++at)
    size = size * 10 + static_cast<std::size_t>(mangled[at] - '0');
  return size == 0 || size > mangled.size() - at ? std::string_view() : mangled.substr(at, size);
}

std::string version_hint(const Context& context, std::string_view name) {
  const std::string stem(name.substr(0, name.find('@')));
  std::vector<std::string> found;
  for (const Symbol& one : context.out.symbols) {
    if (one.origin != Symbol::Origin::kObject || !one.name.starts_with(stem)) continue;
    const std::string_view raw = context.out.objects[one.object].object.symbols[one.index].name;
    if (raw.substr(0, raw.find('@')) == stem) found.push_back(shown(raw));
  }
  return found.empty() ? std::string() : fmt::format("; there are {}", fmt::join(found, ", "));
}

}  // namespace

std::string undefined_hint(const Context& context, std::string_view name) {
  if (name.find('@') != std::string_view::npos) return version_hint(context, name);
  const std::string_view bare = c_name(name);
  for (const Symbol& one : context.out.symbols) {
    if (!one.defined()) continue;
    if (c_name(one.name) == name || (!bare.empty() && one.name == bare))
      return fmt::format("; {} is defined: is one of them missing extern \"C\"?", shown(one.name));
  }
  return {};
}

}  // namespace cmos::linker
