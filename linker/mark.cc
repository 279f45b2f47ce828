// Garbage collection of sections: what the entry, what was asked for and what starts and ends a
// program cannot reach goes.
#include <algorithm>
#include <unordered_map>

#include "linker/passes.h"

namespace cmos::linker {
namespace {

/// `*` stands for any text.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

class Marker {
 public:
  explicit Marker(Context& context) : context_(context) {}

  void run() {
    prepare();
    for (const std::uint32_t symbol : context_.requested) mark_symbol(symbol);
    for (std::uint32_t i = 0; i < context_.out.objects.size(); ++i) mark_roots(i);
    while (!waiting_.empty()) {
      const Place place = waiting_.back();
      waiting_.pop_back();
      visit(place);
    }
    sweep();
  }

 private:
  struct Place {
    std::uint32_t object;
    std::uint32_t section;
  };

  /// Sections of one object that stay or go with others.
  struct Companions {
    std::unordered_multimap<std::uint32_t, std::uint32_t> of_group;
    std::unordered_multimap<std::uint32_t, std::uint32_t> of_party;
    std::unordered_multimap<std::uint32_t, std::uint32_t> of_section;  ///< that describe it
  };

  void prepare() {
    const auto& objects = context_.out.objects;
    live_.resize(objects.size());
    companions_.resize(objects.size());
    for (std::uint32_t i = 0; i < objects.size(); ++i) {
      live_[i].assign(objects[i].sections.size(), 0);
      for (std::uint32_t s = 0; s < objects[i].sections.size(); ++s) {
        const object::Section& section = objects[i].object.sections[s];
        if (objects[i].sections[s].fate != Fate::kPlaced) continue;
        if (section.group != kNoIndex) companions_[i].of_group.emplace(section.group, s);
        if (section.party != kNoIndex) companions_[i].of_party.emplace(section.party, s);
        if (section.link_order != kNoIndex)
          companions_[i].of_section.emplace(section.link_order, s);
        // What describes another section lives with that one, whoever asks for all of them.
        if (section.link_order == kNoIndex && bounded(section.name))
          of_name_[section.name].push_back({i, s});
      }
    }
  }

  bool bounded(std::string_view name) const {
    const auto& names = context_.bounded_sections;
    return std::binary_search(names.begin(), names.end(), name);
  }

  void mark_roots(std::uint32_t object) {
    const InputObject& mine = context_.out.objects[object];
    for (std::uint32_t i = 0; i < mine.sections.size(); ++i) {
      const object::Section& section = mine.object.sections[i];
      // .init_array and its kind are what start-up code runs without naming it.
      const bool array = section.kind >= object::SectionKind::kPreinit &&
                         section.kind <= object::SectionKind::kFini;
      const auto& keep = context_.options.keep;
      if (section.retain || array ||
          std::any_of(keep.begin(), keep.end(),
                      [&](const std::string& one) { return matches(one, section.name); }))
        mark({object, i});
    }
  }

  void mark(Place place) {
    if (context_.out.objects[place.object].sections[place.section].fate != Fate::kPlaced) return;
    char& live = live_[place.object][place.section];
    if (live != 0) return;
    live = 1;
    waiting_.push_back(place);
  }

  void mark_symbol(std::uint32_t index) {
    const Symbol& symbol = context_.out.symbols[index];
    if (symbol.origin == Symbol::Origin::kObject) {
      const object::Symbol& mine = context_.out.objects[symbol.object].object.symbols[symbol.index];
      mark({symbol.object, mine.section});
    } else if (symbol.origin == Symbol::Origin::kLinker) {
      mark_bounded(index);
      mark_alias(index);
    }
  }

  void mark_alias(std::uint32_t symbol) {
    for (const Alias& one : context_.aliases) {
      if (one.symbol == symbol && one.base != kNoIndex) return mark_symbol(one.base);
    }
  }

  /// Who asks for the bounds of a section's parts means all of them.
  void mark_bounded(std::uint32_t symbol) {
    if (context_.options.start_stop_gc) return;
    for (const BoundarySymbol& one : context_.boundaries) {
      if (one.symbol != symbol) continue;
      const auto found = of_name_.find(one.output);
      if (found == of_name_.end()) return;
      const std::vector<Place> places = std::move(found->second);
      of_name_.erase(found);
      for (const Place place : places) mark(place);
      return;
    }
  }

  void visit(Place place) {
    const InputObject& mine = context_.out.objects[place.object];
    const object::Section& section = mine.object.sections[place.section];
    for (const object::Relocation& one : mine.object.relocations_of(section)) {
      if (one.symbol == kNoIndex) continue;
      if (const std::uint32_t global = mine.globals[one.symbol]; global != kNoIndex) {
        mark_symbol(global);
        continue;
      }
      const object::Symbol& symbol = mine.object.symbols[one.symbol];
      if (symbol.place == object::Place::kSection) mark({place.object, symbol.section});
    }
    // A group stays or goes as a whole; what describes a section goes with it.
    const Companions& others = companions_[place.object];
    mark_all(others.of_section, place.section, place.object);
    if (section.group != kNoIndex) mark_all(others.of_group, section.group, place.object);
    if (section.party != kNoIndex) mark_all(others.of_party, section.party, place.object);
  }

  using Members = std::unordered_multimap<std::uint32_t, std::uint32_t>;
  void mark_all(const Members& members, std::uint32_t of, std::uint32_t object) {
    const auto [first, last] = members.equal_range(of);
    for (auto one = first; one != last; ++one) mark({object, one->second});
  }

  void sweep() {
    for (std::size_t i = 0; i < live_.size(); ++i) {
      InputObject& mine = context_.out.objects[i];
      for (std::size_t s = 0; s < live_[i].size(); ++s) {
        if (live_[i][s] == 0 && mine.sections[s].fate == Fate::kPlaced)
          mine.sections[s].fate = Fate::kCollected;
      }
    }
  }

  Context& context_;
  std::vector<std::vector<char>> live_;
  std::vector<Companions> companions_;
  std::unordered_map<std::string_view, std::vector<Place>> of_name_;
  std::vector<Place> waiting_;
};

}  // namespace

void mark_used_sections(Context& context) {
  if (context.options.collect_garbage) Marker(context).run();
  for (Symbol& symbol : context.out.symbols) {
    if (symbol.origin != Symbol::Origin::kObject) continue;
    const InputObject& mine = context.out.objects[symbol.object];
    const std::uint32_t section = mine.object.symbols[symbol.index].section;
    symbol.discarded = mine.sections[section].fate != Fate::kPlaced;
  }
}

}  // namespace cmos::linker
