// What one part of a module says of another: ordinals, names, relocated places, sums.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "formats/module/parse.h"
#include "formats/module/rules.h"
#include "formats/module/select.h"

namespace cmos::mod {
namespace {

class Lint {
 public:
  Lint(const Module& module, Findings& findings) : module_(module), findings_(findings) {}

  void run() {
    segments();
    imports();
    exports();
    for (const Segment& one : module_.segments) relocations(one);
    for (const Import& one : module_.imports) {
      if (!used_.contains(one.ordinal))
        findings_.add(rules::kUnusedImport, one.offset, "import", quoted(one.name),
                      "a relocation that refers to it");
    }
    memory();
  }

 private:
  static std::string quoted(std::string_view text) { return quote(as_bytes(text), 64); }

  void segments() {
    for (const Segment& one : module_.segments) {
      if (!by_id_.emplace(one.id, &one).second)
        findings_.add(rules::kDuplicateSegment, one.at + 6, "id", fmt::format("{}", one.id),
                      "a number of its own");
      const bool constant = one.type != SectionType::kData && one.type != SectionType::kZeroPage;
      if (constant && !one.payload && one.size != 0)
        findings_.add(rules::kNoPayload, one.at + 4, "segment flags",
                      fmt::format("{} without payload", name(one.type)), "a payload");
      if (one.origin) origin(one);
    }
  }

  void origin(const Segment& one) {
    const FamilyRow* row = family_row(static_cast<std::uint8_t>(one.family()));
    const unsigned bits = row == nullptr ? 32 : row->cpu->address_bits;
    const std::uint64_t end = std::uint64_t{*one.origin} + one.size;
    if (end > std::uint64_t{1} << bits)
      findings_.add(rules::kOriginRange, one.at + 8, "origin", fmt::format("0x{:x}", *one.origin),
                    fmt::format("at most 0x{:x}: it has {} bytes, and {} bits of address",
                                (std::uint64_t{1} << bits) - one.size, one.size, bits));
  }

  void imports() {
    for (const Import& one : module_.imports) {
      if (one.ordinal == 0)
        findings_.add(rules::kBadOrdinal, one.offset, "import ord", "0", "1 to 65535");
      if (!imported_.insert(one.ordinal).second)
        findings_.add(rules::kDuplicateOrdinal, one.offset, "import ord",
                      fmt::format("{}, a second time", one.ordinal), "one of its own");
    }
  }

  void exports() {
    std::map<std::string_view, std::vector<const Export*>> by_name;
    for (const Export& one : module_.exports) {
      place(one);
      if (one.ordinal == 0) {
        findings_.add(rules::kBadOrdinal, one.at + 2, "export ord", "0", "1 to 65535");
        continue;
      }
      auto& same = exported_[one.ordinal];
      if (imported_.contains(one.ordinal) || !alternative(one, same))
        findings_.add(rules::kDuplicateOrdinal, one.at + 2, "export ord",
                      fmt::format("{}, a second time", one.ordinal),
                      "one of its own, or another segment for another CPU");
      same.push_back(&one);
      if (one.name.empty()) continue;
      auto& named = by_name[one.name];
      if (!alternative(one, named))
        findings_.add(rules::kDuplicateName, one.at, "export", quoted(one.name),
                      "a name of its own, or another segment for another CPU");
      named.push_back(&one);
    }
  }

  void place(const Export& one) {
    if (one.segment == 0) return;
    const Segment* segment = find(one.segment);
    if (segment == nullptr)
      findings_.add(rules::kExportSegment, one.at, "export segment", fmt::format("{}", one.segment),
                    "0, or the number of a segment");
    else if (one.offset > segment->size)
      findings_.add(rules::kExportOffset, one.at + 4, "export offset",
                    fmt::format("{}", one.offset),
                    fmt::format("at most {}, the size of {}", segment->size,
                                presentable(segment->label(), 64)));
  }

  /// Whether `one` differs from each of `others` by segment and CPU.
  bool alternative(const Export& one, const std::vector<const Export*>& others) const {
    const Segment* own = find(one.segment);
    return std::all_of(others.begin(), others.end(), [&](const Export* other) {
      const Segment* theirs = find(other->segment);
      return own != nullptr && theirs != nullptr && own != theirs && own->cpu != theirs->cpu;
    });
  }

  const Segment* find(std::uint16_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  // ---- relocations ----------------------------------------------------------------------------

  /// Whether the ordinal is there when `from` is loaded.
  bool defined(std::uint16_t ordinal, const Segment& from) const {
    if (imported_.contains(ordinal)) return true;
    const auto found = exported_.find(ordinal);
    if (found == exported_.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const Export* one) {
      const Segment* target = find(one->segment);
      return target == nullptr || !target->cpu || !from.cpu ||
             runs(from.cpu->family, target->cpu->family) ||
             runs(target->cpu->family, from.cpu->family);
    });
  }

  /// A relocated field: its bytes in the payload, and where the file says so.
  struct Place {
    std::uint32_t begin, end;
    std::uint64_t at;
    bool operator<(const Place& other) const { return begin < other.begin; }
  };

  void relocations(const Segment& segment) {
    std::vector<Place> places;
    const std::uint32_t size = segment.payload ? segment.size : 0;
    const std::string field = presentable(segment.label(), 64) + ": reloc ";
    for (const Relocations& entry : segment.relocations) {
      used_.insert(entry.ordinal);
      if (!defined(entry.ordinal, segment))
        findings_.add(rules::kRelocationOrdinal, entry.at, field + "ord",
                      fmt::format("{}", entry.ordinal), "an import or export for the same CPU");
      // An entry is the ordinal and a count, then type and offset of each place.
      for (std::size_t i = 0; i < entry.items.size(); ++i) {
        const Item& one = entry.items[i];
        const std::uint64_t at = entry.at + 5 + 3 * i;
        const std::uint32_t end = one.offset + width(one.type, segment.family());
        if (end > size)
          findings_.add(rules::kRelocationPlace, at, field + "offset",
                        fmt::format("{} at {}", name(one.type), one.offset),
                        fmt::format("a place in its {} bytes of payload", size));
        else
          places.push_back({one.offset, end, at});
      }
    }
    std::sort(places.begin(), places.end());
    for (std::size_t i = 1; i < places.size(); ++i) {
      if (places[i].begin < places[i - 1].end)
        findings_.add(rules::kRelocationOverlap, places[i].at, field + "offset",
                      fmt::format("{}", places[i].begin),
                      fmt::format("at least {}, the end of the field before", places[i - 1].end));
    }
  }

  // ---- sums -----------------------------------------------------------------------------------

  using Sums = std::array<std::uint32_t, kSummedFields>;

  void add_maximum(Sums& sums, Host host) const {
    const Sums own = memory_of(module_, select(module_, host));
    for (std::size_t i = 0; i < own.size(); ++i) sums[i] = std::max(sums[i], own[i]);
  }

  void memory() {
    if (module_.memory.min_stack > module_.memory.stack)
      budget("requested stack size", module_.memory.stack, module_.memory.min_stack, 26);
    if (module_.memory.min_heap > module_.memory.heap)
      budget("requested heap size", module_.memory.heap, module_.memory.min_heap, 30);
    Sums latest = {};  // what the newest CPUs of each family take
    Sums any = {};     // and what each of the steppings takes that are named
    auto families = module_.families();
    if (families.empty()) families.push_back(Family::kNone);
    for (const Family family : families) {
      add_maximum(latest, {family, 0xff});
      add_maximum(any, {family, 0xff});
      for (const Segment& one : module_.segments) {
        if (one.cpu && one.cpu->family == family) add_maximum(any, {family, one.cpu->stepping});
      }
    }
    for (std::size_t i = 0; i < latest.size(); ++i) {
      const std::uint16_t stated = module_.memory.*kMemoryFields[i].value;
      if (stated != latest[i] && stated != any[i])
        findings_.add(rules::kSizeMismatch, 12 + 2 * i, kMemoryFields[i].name,
                      fmt::format("{}", stated),
                      fmt::format("{}, what its segments take", latest[i]));
    }
  }

  void budget(std::string_view field, unsigned requested, unsigned least, std::uint64_t offset) {
    findings_.add(rules::kBudget, offset, field, fmt::format("{}", requested),
                  fmt::format("at least {}, the minimum", least));
  }

  const Module& module_;
  Findings& findings_;
  std::map<std::uint16_t, const Segment*> by_id_;
  std::set<std::uint16_t> imported_;
  std::map<std::uint16_t, std::vector<const Export*>> exported_;
  std::set<std::uint16_t> used_;
};

}  // namespace

void lint(const Module& module, Findings& findings) {
  Lint(module, findings).run();
}

}  // namespace cmos::mod
