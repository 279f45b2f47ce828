// SHF_MERGE: of equal strings or constants one copy is kept. Sections are split in parallel, equal
// entries found in order, so that the first one wins.
#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <tuple>

#include "base/checked.h"
#include "linker/layout_rules.h"
#include "linker/parallel.h"
#include "linker/passes.h"

namespace cmos::linker {
namespace {

struct Entry {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t hash = 0;
};

struct Part {
  std::uint32_t object = 0;
  std::uint32_t section = 0;
  std::vector<Entry> entries = {};
};

bool is_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// Size of the string that begins at `at`, with its end.
std::uint32_t string_size(Bytes bytes, std::uint32_t at, std::uint32_t unit) {
  if (unit == 1) {
    const void* end = std::memchr(bytes.data() + at, 0, bytes.size() - at);
    return end == nullptr
               ? static_cast<std::uint32_t>(bytes.size()) - at
               : static_cast<std::uint32_t>(static_cast<const std::uint8_t*>(end) - bytes.data()) +
                     1 - at;
  }
  std::uint32_t size = unit;
  while (at + size < bytes.size() && !is_zero(bytes.subspan(at + size - unit, unit))) size += unit;
  return size;
}

void split(const object::Section& section, Part& part) {
  const auto size = static_cast<std::uint32_t>(section.bytes.size());
  for (std::uint32_t at = 0; at < size;) {
    const std::uint32_t length =
        section.strings ? string_size(section.bytes, at, section.entry_size) : section.entry_size;
    const std::string_view text = as_text(section.bytes.subspan(at, length));
    part.entries.push_back({at, length, std::hash<std::string_view>{}(text)});
    at += length;
  }
}

/// Equal entries of one group: open addressing, for millions of them.
class Uniter {
 public:
  Uniter(const Linked& linked, MergeGroup& group, std::size_t entries)
      : linked_(linked), group_(group) {
    std::size_t size = 16;
    while (size < 2 * entries) size *= 2;
    slots_.assign(size, kNoIndex);
    hashes_.reserve(entries);
  }

  /// Offset of the entry in the group.
  std::uint64_t add(const Part& part, const Entry& entry) {
    const Bytes bytes = content(part.object, part.section, entry.offset, entry.size);
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = entry.hash & mask;
    for (; slots_[at] != kNoIndex; at = (at + 1) & mask) {
      const Piece& known = group_.pieces[slots_[at]];
      if (hashes_[slots_[at]] != entry.hash || known.size != entry.size) continue;
      const Bytes other = content(known.object, known.section, known.offset, known.size);
      if (std::memcmp(other.data(), bytes.data(), bytes.size()) == 0) return known.address;
    }
    slots_[at] = static_cast<std::uint32_t>(group_.pieces.size());
    hashes_.push_back(entry.hash);
    const std::uint64_t address = align_up(group_.size, group_.alignment);
    group_.pieces.push_back({address, entry.size, part.object, part.section, entry.offset});
    group_.size = address + entry.size;
    return address;
  }

 private:
  Bytes content(std::uint32_t object, std::uint32_t section, std::uint32_t offset,
                std::uint32_t size) const {
    return linked_.objects[object].object.sections[section].bytes.subspan(offset, size);
  }

  const Linked& linked_;
  MergeGroup& group_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint64_t> hashes_;
};

/// What must be equal for two sections' entries to be shared.
using GroupKey = std::tuple<bool, std::uint32_t, std::uint32_t>;

}  // namespace

void merge_constants(Context& context) {
  if (!context.options.merge) return;
  std::vector<Part> parts;
  std::map<GroupKey, std::vector<std::size_t>> groups;
  std::vector<GroupKey> order;
  for (std::uint32_t i = 0; i < context.out.objects.size(); ++i) {
    const InputObject& mine = context.out.objects[i];
    for (std::uint32_t s = 0; s < mine.sections.size(); ++s) {
      const object::Section& section = mine.object.sections[s];
      // Entries with relocations may differ although their bytes are equal.
      if (!section.merge || section.relocation_count != 0 || section.entry_size == 0 ||
          section.size == 0 || section.kind != object::SectionKind::kConst ||
          section.bytes.size() != section.size || mine.sections[s].fate != Fate::kPlaced)
        continue;
      if (layout_rule(section, context.bounded_sections).own_output ||
          section.size % section.entry_size != 0)
        continue;
      const GroupKey key{section.strings, section.entry_size, section.alignment};
      auto [found, is_new] = groups.try_emplace(key);
      if (is_new) order.push_back(key);
      found->second.push_back(parts.size());
      parts.push_back({i, s});
    }
  }
  for_each_in_parallel(parts.size(), context.options.threads, [&](std::size_t i) {
    split(context.section(parts[i].object, parts[i].section), parts[i]);
  });
  for (const GroupKey& key : order) {
    MergeGroup& group = context.merge_groups.emplace_back();
    group.alignment = std::get<2>(key);
    std::size_t entries = 0;
    for (const std::size_t part : groups[key]) entries += parts[part].entries.size();
    Uniter uniter(context.out, group, entries);
    for (const std::size_t i : groups[key]) {
      const Part& part = parts[i];
      SectionState& state = context.out.objects[part.object].sections[part.section];
      state.fate = Fate::kMerged;
      state.pieces = static_cast<std::uint32_t>(context.out.piece_maps.size());
      group.maps.push_back(state.pieces);
      PieceMap& map = context.out.piece_maps.emplace_back();
      map.reserve(part.entries.size());
      for (const Entry& entry : part.entries)
        map.emplace_back(entry.offset, uniter.add(part, entry));
    }
  }
}

}  // namespace cmos::linker
