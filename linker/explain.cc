#include "linker/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace cmos::linker {
namespace {

constexpr std::size_t kMostNameBytes = 256;

std::string shown(std::string_view name) {
  return fmt::format("'{}'", presentable(name, kMostNameBytes));
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

}  // namespace cmos::linker
