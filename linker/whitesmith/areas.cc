// Objects of sdcc's assemblers as modules, one for each area, and the order in which the segments
// of all modules follow each other.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "formats/rel/convert.h"
#include "linker/whitesmith/context.h"

namespace cmos::wslink {
namespace {

using whitesmith::Item;

/// Each area that has relocations has a table of all symbols of the object: entries of all tables.
constexpr std::size_t kMostEntries = std::size_t{1} << 22;

/// One object.
class Taker {
 public:
  Taker(Context& context, const std::string& name, rel::File file)
      : context_(context),
        linked_(context.linked),
        name_(name),
        file_(std::make_shared<rel::File>(std::move(file))),
        first_(static_cast<std::uint32_t>(linked_.modules.size())) {}

  void take() {
    if (!check()) return;
    for (rel::Area& area : file_->areas) add_module(area);
    if (file_->areas.empty()) new_module();
    enter_areas();
    enter_symbols();
    for (std::size_t i = first_; i < linked_.modules.size(); ++i) {
      Module& one = linked_.modules[i];
      if (one.file.text_items.empty() && one.byte_items.empty()) continue;
      one.file.symbols = table_;
      one.globals = globals_;
    }
  }

 private:
  bool check() {
    if (auto done = rel::check_linkable(*file_, name_); !done) {
      context_.errors.push_back(std::move(done).error());
      return false;
    }
    const auto tables = static_cast<std::size_t>(
        std::count_if(file_->areas.begin(), file_->areas.end(),
                      [](const rel::Area& one) { return !one.relocations.empty(); }));
    const std::size_t symbols = file_->areas.size() + file_->symbols.size();
    if (tables * symbols <= kMostEntries) return true;
    context_.errors.push_back({.code = ErrorCode::kLimit,
                               .file = name_,
                               .field = "areas with relocations, times symbols",
                               .found = fmt::format("{} times {}", tables, symbols),
                               .expected = fmt::format("at most {}", kMostEntries)});
    return false;
  }

  /// Index of the area of that name in the output.
  std::uint32_t area_named(const rel::Area& area) {
    const auto found = context_.area_index.find(area.name);
    if (found != context_.area_index.end()) return found->second;
    const auto next = static_cast<std::uint32_t>(linked_.areas.size());
    linked_.areas.push_back({.name = linked_.storage.keep_text(area.name)});
    context_.area_index.emplace(linked_.areas.back().name, next);
    return next;
  }

  Module& new_module() {
    Module& out = linked_.modules.emplace_back();
    out.name = name_;
    out.holder = file_;
    out.file.config = *context_.config;
    return out;
  }

  void add_module(rel::Area& area) {
    Module& out = new_module();
    if (area.is_absolute()) return;
    out.area = area_named(area);
    Area& all = linked_.areas[out.area];
    all.stored |= !area.bytes.empty();
    all.variables |= area.variables || rel::holds_variables(area.name);
    out.alignment = area.alignment;
    all.size += area.size;
    out.file.text = area.bytes;
    out.file.bss = area.size;
    for (const rel::Relocation& one : area.relocations) {
      const std::uint32_t symbol =
          one.is_symbol ? static_cast<std::uint32_t>(file_->areas.size()) + one.index : one.index;
      if (one.part == rel::Relocation::Part::kWord) {
        // A word stands with its addend in place, as in a Whitesmith's object.
        store(std::span(area.bytes).subspan(one.offset, 2), one.addend, file_->order);
        out.file.text_items.push_back(
            {.offset = one.offset, .target = Item::kFirstSymbol + symbol});
      } else {
        const auto part = one.relative                               ? ByteItem::Part::kRelative
                          : one.part == rel::Relocation::Part::kHigh ? ByteItem::Part::kHigh
                                                                     : ByteItem::Part::kLow;
        out.byte_items.push_back(
            {.offset = one.offset, .symbol = symbol, .addend = one.addend, .part = part});
      }
    }
  }

  /// Relocations name areas: each has an entry that nobody else finds.
  void enter_areas() {
    for (std::uint32_t i = 0; i < file_->areas.size(); ++i) {
      const rel::Area& area = file_->areas[i];
      const Segment segment = area.is_absolute() ? Segment::kAbsolute : Segment::kText;
      globals_.push_back(static_cast<std::uint32_t>(linked_.names.size()));
      linked_.names.push_back({.name = area.name,
                               .state = Name::State::kModule,
                               .module = first_ + i,
                               .segment = segment,
                               .hidden = true});
      table_.push_back({.name = area.name, .segment = segment, .defined = true});
    }
  }

  void enter_symbols() {
    const std::vector<std::uint32_t> users = first_users();
    for (std::size_t i = 0; i < file_->symbols.size(); ++i) {
      const rel::Symbol& one = file_->symbols[i];
      const bool fixed = one.area == rel::kNoArea || file_->areas[one.area].is_absolute();
      table_.push_back({.name = one.name,
                        .value = one.value,
                        .segment = fixed ? Segment::kAbsolute : Segment::kText,
                        .defined = one.defined});
      const std::uint32_t module = one.defined && !fixed ? first_ + one.area : users[i];
      if (one.name == rel::kAssemblersOwn) {
        globals_.push_back(static_cast<std::uint32_t>(linked_.names.size()));
        linked_.names.push_back(
            {.name = one.name, .state = Name::State::kLinker, .module = module, .hidden = true});
        continue;
      }
      if (!one.defined) table_.back().value = 0;
      globals_.push_back(context_.enter(one.name, module));
      context_.define(linked_.names[globals_.back()], table_.back(), module);
    }
  }

  /// The module of the first relocation that names each symbol.
  std::vector<std::uint32_t> first_users() const {
    std::vector<std::uint32_t> out(file_->symbols.size(), kNoIndex);
    for (std::uint32_t i = 0; i < file_->areas.size(); ++i) {
      for (const rel::Relocation& one : file_->areas[i].relocations) {
        if (one.is_symbol && out[one.index] == kNoIndex) out[one.index] = first_ + i;
      }
    }
    for (std::uint32_t& one : out) one = one == kNoIndex ? first_ : one;
    return out;
  }

  Context& context_;
  Linked& linked_;
  const std::string& name_;
  const std::shared_ptr<rel::File> file_;
  const std::uint32_t first_;
  std::vector<whitesmith::Symbol> table_;  ///< of every module of the object: areas, then symbols
  std::vector<std::uint32_t> globals_;
};

/// Areas' segments, and where every segment of a module begins in the output.
class Order {
 public:
  explicit Order(Context& context) : context_(context), linked_(context.linked) {}

  void run() {
    if (!fits()) return;
    for (Area& one : linked_.areas)
      one.segment = !one.stored ? Segment::kBss : one.variables ? Segment::kData : Segment::kText;
    for (Module& one : linked_.modules) {
      if (one.area != kNoIndex) settle(one, linked_.areas[one.area]);
    }
    for (Name& one : linked_.names) {
      if (one.state != Name::State::kModule || one.segment == Segment::kAbsolute) continue;
      const std::uint32_t area = linked_.modules[one.module].area;
      if (area != kNoIndex) one.segment = linked_.areas[area].segment;
    }
    slots();
  }

 private:
  /// Before zeros are made for areas that have no contents in one object and some in another.
  bool fits() {
    std::uint64_t size = 0;
    for (const Area& one : linked_.areas) size += one.size;
    constexpr std::uint64_t kMost = 1U << 16;
    if (size <= kMost) return true;
    context_.errors.push_back({.code = ErrorCode::kLimit,
                               .field = "size of all areas",
                               .found = fmt::format("{}", size),
                               .expected = fmt::format("at most {}", kMost)});
    return false;
  }

  /// The module has its contents as text, and its size as that of bss, until the area is known.
  void settle(Module& module, const Area& area) {
    whitesmith::File& file = module.file;
    if (!area.stored) return;
    if (file.text.empty()) file.text = file.storage.keep(std::vector<std::uint8_t>(file.bss));
    file.bss = 0;
    if (area.segment == Segment::kText) return;
    std::swap(file.text, file.data);
    std::swap(file.text_items, file.data_items);
  }

  /// A Whitesmith's module among areas comes before those that are first mentioned behind it, and
  /// behind the others: its text may be start-up code.
  void slots() {
    std::vector<std::vector<std::uint32_t>> members(linked_.areas.size());
    for (std::uint32_t i = 0; i < linked_.modules.size(); ++i) {
      if (linked_.modules[i].area != kNoIndex) members[linked_.modules[i].area].push_back(i);
    }
    std::uint32_t next_area = 0;
    for (std::uint32_t i = 0; i < linked_.modules.size(); ++i) {
      const std::uint32_t area = linked_.modules[i].area;
      if (area == kNoIndex) {
        for (const Segment segment : {Segment::kText, Segment::kData, Segment::kBss})
          place(i, segment);
      } else if (area >= next_area) {
        for (; next_area <= area; ++next_area)
          place_area(linked_.areas[next_area], members[next_area]);
      }
    }
  }

  void place_area(Area& area, const std::vector<std::uint32_t>& members) {
    std::uint64_t& end = end_of(context_.output_of(area.segment));
    if (!members.empty()) align(end, linked_.modules[members.front()].alignment);
    area.offset = end;
    for (const std::uint32_t one : members) place(one, area.segment);
    area.size = end - area.offset;
  }

  std::uint64_t& end_of(Segment output) {
    return output == Segment::kText   ? context_.text_size
           : output == Segment::kData ? context_.data_size
                                      : context_.bss_size;
  }

  static void align(std::uint64_t& end, std::uint32_t alignment) {
    end = (end + alignment - 1) & ~std::uint64_t{alignment - 1};
  }

  void place(std::uint32_t index, Segment segment) {
    Module& module = linked_.modules[index];
    std::uint64_t& end = end_of(context_.output_of(segment));
    std::uint64_t& offset = segment == Segment::kText   ? module.text_offset
                            : segment == Segment::kData ? module.data_offset
                                                        : module.bss_offset;
    align(end, module.alignment);
    offset = end;
    end += module.file.size(segment);
    context_.slots.push_back({index, segment});
  }

  Context& context_;
  Linked& linked_;
};

}  // namespace

void take_areas(Context& context, const std::string& name, rel::File file) {
  Taker(context, name, std::move(file)).take();
}

void order_slots(Context& context) {
  Order(context).run();
}

}  // namespace cmos::wslink
