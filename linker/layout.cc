#include "linker/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/checked.h"
#include "formats/cpe/cpe.h"
#include "linker/branch.h"
#include "linker/explain.h"
#include "linker/passes.h"

namespace cmos::linker {
namespace {

using object::SectionKind;

std::uint32_t word_size(object::Isa isa) {
  return isa == object::Isa::kX86_64 || isa == object::Isa::kArm64 ? 8 : 4;
}

}  // namespace

void Layout::collect() {
  collect_sections();
  collect_made();
  sort();
}

void Layout::collect_sections() {
  const auto& objects = context_.out.objects;
  for (std::uint32_t i = 0; i < objects.size(); ++i) {
    for (std::uint32_t s = 0; s < objects[i].sections.size(); ++s) {
      if (objects[i].sections[s].fate != Fate::kPlaced) continue;
      const object::Section& section = objects[i].object.sections[s];
      const LayoutRule rule = layout_rule(section, context_.bounded_sections);
      const bool described =
          section.link_order != kNoIndex;  // they follow the others, as ld has it
      items_.push_back({.rank = rule.rank,
                        .group = described && rule.own_output ? std::uint8_t{1} : rule.group,
                        .priority = rule.priority,
                        .output = rule.output,
                        .object = i,
                        .index = s,
                        .alignment = section.alignment,
                        .size = section.size});
    }
  }
}

/// What no input has a section for.
void Layout::collect_made() {
  constexpr std::uint8_t kAfterSections = 9;
  for (std::uint32_t i = 0; i < context_.merge_groups.size(); ++i) {
    const MergeGroup& group = context_.merge_groups[i];
    items_.push_back({.rank = Rank::kRodata,
                      .group = kAfterSections,
                      .kind = Placement::Kind::kMerged,
                      .output = output_name(Rank::kRodata),
                      .index = i,
                      .alignment = group.alignment,
                      .size = group.size});
  }
  const std::uint32_t word = word_size(context_.out.isa);
  if (!context_.out.got.empty())
    items_.push_back({.rank = Rank::kGot,
                      .kind = Placement::Kind::kGot,
                      .output = output_name(Rank::kGot),
                      .alignment = word,
                      .size = context_.out.got.size() * std::uint64_t{word}});
  for (std::uint32_t i = 0; i < context_.out.symbols.size(); ++i) {
    const Symbol& symbol = context_.out.symbols[i];
    if (symbol.origin != Symbol::Origin::kCommon) continue;
    items_.push_back({.rank = Rank::kBss,
                      .group = kAfterSections,
                      .kind = Placement::Kind::kCommon,
                      .output = output_name(Rank::kBss),
                      .object = symbol.object,
                      .index = i,
                      .alignment = std::max(1u, symbol.alignment),
                      .size = symbol.size});
  }
}

void Layout::sort() {
  // Sections of one name may be constants in one object and variables in another.
  std::unordered_set<std::string_view> variable;
  for (const Item& item : items_) {
    if (item.rank == Rank::kOwnVar) variable.insert(item.output);
  }
  for (Item& item : items_) {
    if (item.rank == Rank::kOwnConst && variable.contains(item.output)) item.rank = Rank::kOwnVar;
  }
  std::stable_sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.output.data() != b.output.data() && a.output != b.output) return a.output < b.output;
    return std::tie(a.group, a.priority) < std::tie(b.group, b.priority);
  });
  sort_by_links();
  for (const Item& item : items_) {
    if (item.size > 0) has_kind_[static_cast<std::size_t>(kind_of(item.rank))] = true;
  }
}

/// Sections that describe others (SHF_LINK_ORDER) have the order of those. Of one name they share
/// the places that they have; what describes them in turn is right after a second round.
void Layout::sort_by_links() {
  using Key = std::tuple<Rank, std::string_view, std::string_view>;
  for (int round = 0; round < 2; ++round) {
    std::map<Key, std::vector<std::size_t>> places;
    std::unordered_map<std::uint64_t, std::size_t> order;
    const auto key_of = [](std::uint32_t object, std::uint32_t section) {
      return std::uint64_t{object} << 32 | section;
    };
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const Item& item = items_[i];
      if (item.kind != Placement::Kind::kSection) continue;
      const object::Section& section = context_.section(item.object, item.index);
      if (section.link_order == kNoIndex) continue;
      places[{item.rank, item.output, section.name}].push_back(i);
      order.emplace(key_of(item.object, section.link_order), SIZE_MAX);
    }
    if (places.empty()) return;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const auto found = items_[i].kind == Placement::Kind::kSection
                             ? order.find(key_of(items_[i].object, items_[i].index))
                             : order.end();
      if (found != order.end()) found->second = i;
    }
    const auto target = [&](const Item& item) {
      return order.at(key_of(item.object, context_.section(item.object, item.index).link_order));
    };
    for (const auto& [key, at] : places) {
      std::vector<Item> sorted;
      for (const std::size_t i : at) sorted.push_back(items_[i]);
      std::stable_sort(sorted.begin(), sorted.end(),
                       [&](const Item& a, const Item& b) { return target(a) < target(b); });
      for (std::size_t i = 0; i < at.size(); ++i) items_[at[i]] = sorted[i];
    }
  }
}

std::uint32_t Layout::veneers_size(std::uint32_t pool) const {
  return static_cast<std::uint32_t>(context_.tables.pools[pool].veneers.size()) *
         veneer_size(context_.out.isa);
}

void Layout::add_pools(std::uint64_t spacing) {
  std::vector<Item> with;
  with.reserve(items_.size() + 1);
  std::uint64_t last = cpe::kLoadAddress;
  const auto add = [&](Rank rank, std::string_view output) {
    const auto pool = static_cast<std::uint32_t>(context_.tables.pools.size());
    context_.tables.pools.emplace_back();
    with.push_back({.rank = rank,
                    .kind = Placement::Kind::kVeneers,
                    .output = output,
                    .index = pool,
                    .alignment = kVeneerAlignment});
  };
  bool in_code = true;
  Rank rank = Rank::kText;
  std::string_view output = output_name(rank);
  for (const Item& item : items_) {
    const bool code = kind_of(item.rank) == SectionKind::kCode;
    if (in_code && !code) add(rank, output);
    in_code = in_code && code;
    if (in_code && item.output == output && item.address + item.size - last > spacing) {
      add(rank, output);
      last = item.address;
    }
    rank = item.rank;
    output = item.output;
    with.push_back(item);
  }
  if (in_code) add(rank, output);
  items_ = std::move(with);
}

Error Layout::about(const Item& item) const {
  Error error{.code = ErrorCode::kLimit};
  switch (item.kind) {
    case Placement::Kind::kSection: {
      const object::Section& section = context_.section(item.object, item.index);
      error.file = context_.out.objects[item.object].object.file;
      error.field = fmt::format("section {}", section.name);
      error.found = fmt::format("{} bytes with alignment {}", item.size, item.alignment);
      break;
    }
    case Placement::Kind::kCommon: {
      const Symbol& symbol = context_.out.symbols[item.index];
      const InputObject& object = context_.out.objects[symbol.object];
      error.file = object.object.file;
      error.field = fmt::format("common symbol {}", symbol_text(object, symbol.index));
      error.found = fmt::format("{} bytes with alignment {}", item.size, item.alignment);
      break;
    }
    default:
      error.field = fmt::format("output {}", item.output);
      error.found = fmt::format("{} bytes", item.size);
      break;
  }
  return error;
}

bool Layout::place(Item& item, std::uint64_t& at) {
  at = align_up(at, item.alignment);
  item.address = at;
  at += item.size;
  if (at <= cpe::kImageLimit) return true;
  Error error = about(item);
  error.expected = fmt::format("an image that ends below 0x{:x}; this would end at 0x{:x}",
                               cpe::kImageLimit, at);
  context_.error(std::move(error));
  return false;
}

/// Permissions are per page.
void Layout::enter_kind(SectionKind kind, std::uint64_t& at) {
  if (has_kind_[static_cast<std::size_t>(kind)]) at = align_up(at, cpe::kPageSize);
  (kind == SectionKind::kConst ? const_at_ : var_at_) = at;
}

void Layout::assign() {
  extents_.clear();
  std::uint64_t at = cpe::kLoadAddress;
  SectionKind kind = SectionKind::kCode;
  stored_end_ = at;
  const auto enter_up_to = [&](SectionKind next) {
    if (kind == SectionKind::kCode && next != SectionKind::kCode) {
      code_end_ = at;
      enter_kind(SectionKind::kConst, at);
      kind = SectionKind::kConst;
    }
    if (kind == SectionKind::kConst && next == SectionKind::kVar) {
      enter_kind(SectionKind::kVar, at);
      kind = SectionKind::kVar;
    }
  };
  for (Item& item : items_) {
    enter_up_to(kind_of(item.rank));
    if (item.kind == Placement::Kind::kVeneers) item.size = veneers_size(item.index);
    if (!place(item, at)) return;
    if (extents_.empty() || extents_.back().rank != item.rank ||
        extents_.back().output != item.output)
      extents_.push_back({item.rank, item.output, item.address, item.address});
    extents_.back().end = at;
    if (item.rank != Rank::kBss && item.size > 0) stored_end_ = at;
    set_address(item);
  }
  enter_up_to(SectionKind::kVar);
  end_ = at;
  set_symbols();
}

void Layout::set_address(const Item& item) {
  switch (item.kind) {
    case Placement::Kind::kSection:
      context_.out.objects[item.object].sections[item.index].address = item.address;
      break;
    case Placement::Kind::kCommon:
      context_.out.symbols[item.index].address = item.address;
      break;
    case Placement::Kind::kGot: {
      const std::uint32_t word = word_size(context_.out.isa);
      std::uint64_t slot = item.address;
      for (GotSlot& one : context_.out.got) {
        one.address = slot;
        slot += word;
      }
      break;
    }
    case Placement::Kind::kMerged: {
      MergeGroup& group = context_.merge_groups[item.index];
      const std::uint64_t by = item.address - group.address;
      if (by == 0) break;
      group.address = item.address;
      for (Piece& piece : group.pieces) piece.address += by;
      for (const std::uint32_t map : group.maps) {
        for (auto& entry : context_.out.piece_maps[map]) entry.second += by;
      }
      break;
    }
    case Placement::Kind::kVeneers: {
      VeneerPool& pool = context_.tables.pools[item.index];
      pool.address = item.address;
      std::uint64_t next = item.address;
      for (Veneer& one : pool.veneers) {
        one.address = next;
        next += one.size;
      }
      break;
    }
  }
}

std::uint64_t Layout::boundary(const BoundarySymbol& one) const {
  const auto find = [this](std::string_view output) {
    return std::find_if(extents_.begin(), extents_.end(),
                        [output](const Extent& extent) { return extent.output == output; });
  };
  const auto bss = find(output_name(Rank::kBss));
  std::uint64_t data_end = var_at_;
  for (const Extent& extent : extents_) {
    if (extent.rank == Rank::kData || extent.rank == Rank::kOwnVar) data_end = extent.end;
  }
  switch (one.boundary) {
    case Boundary::kImageStart:
      return cpe::kLoadAddress;
    case Boundary::kCodeEnd:
      return code_end_;
    case Boundary::kConstStart:
      return const_at_;
    case Boundary::kVarStart:
      return var_at_;
    case Boundary::kDataEnd:
      return data_end;
    case Boundary::kBssStart:
      return bss == extents_.end() ? data_end : bss->start;
    case Boundary::kBssEnd:
    case Boundary::kImageEnd:
      return end_;
    case Boundary::kGotBase:
      return context_.out.got_base;
    case Boundary::kOutputStart:
    case Boundary::kOutputEnd:
      break;
  }
  const auto found = find(one.output);
  if (found == extents_.end()) return const_at_;
  return one.boundary == Boundary::kOutputStart ? found->start : found->end;
}

void Layout::set_symbols() {
  Linked& out = context_.out;
  const auto got = std::find_if(extents_.begin(), extents_.end(),
                                [](const Extent& one) { return one.rank == Rank::kGot; });
  out.got_base = got != extents_.end() ? got->start : align_up(const_at_, word_size(out.isa));
  for (Symbol& symbol : out.symbols) {
    if (symbol.origin != Symbol::Origin::kObject || symbol.discarded) continue;
    const object::Symbol& mine = out.objects[symbol.object].object.symbols[symbol.index];
    symbol.address =
        *out.address_of(symbol.object, mine.section, static_cast<std::uint32_t>(mine.value));
  }
  for (const BoundarySymbol& one : context_.boundaries)
    out.symbols[one.symbol].address = boundary(one);
  const auto address_of_symbol = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const std::uint32_t index = context_.names.find(name);
    if (index == kNoIndex || !out.symbols[index].defined()) return std::nullopt;
    return out.symbols[index].address;
  };
  for (const Alias& one : context_.aliases) {
    Symbol& symbol = out.symbols[one.symbol];
    if (one.expression != nullptr) {
      symbol.address = one.expression->evaluate(address_of_symbol).value_or(0);
      continue;
    }
    const Symbol& base = out.symbols[one.base];
    symbol.address = base.address + static_cast<std::uint64_t>(one.offset);
    symbol.thumb = base.thumb;
  }
}

/// A small input must not ask for gigabytes of zeros in the file.
void Layout::check_stored() {
  constexpr std::uint64_t kPadding = 64u << 20;
  std::uint64_t given = 0;
  std::uint64_t at = cpe::kLoadAddress;
  for (const Item& item : items_) {
    if (item.rank == Rank::kBss) break;
    given += item.kind == Placement::Kind::kSection
                 ? context_.section(item.object, item.index).bytes.size()
                 : item.size;
    at = item.address + item.size;
    if (at - cpe::kLoadAddress <= given + kPadding) continue;
    Error error = about(item);
    error.expected = fmt::format("at most 64 MiB of gaps and zeros before it in the file");
    return context_.error(std::move(error));
  }
}

void Layout::finish() {
  Linked& out = context_.out;
  check_stored();
  if (context_.failed()) return;
  for (const Item& item : items_) {
    if (out.outputs.empty() || out.outputs.back().name != item.output ||
        out.outputs.back().kind != kind_of(item.rank))
      out.outputs.push_back({.name = std::string(item.output),
                             .kind = kind_of(item.rank),
                             .address = item.address,
                             .stored = item.rank != Rank::kBss});
    Output& output = out.outputs.back();
    output.size = item.address + item.size - output.address;
    const auto number = static_cast<std::uint32_t>(out.outputs.size() - 1);
    Placement placement{
        .kind = item.kind, .output = number, .address = item.address, .size = item.size};
    if (item.kind == Placement::Kind::kSection) {
      placement.object = item.object;
      placement.section = item.index;
      out.objects[item.object].sections[item.index].output = number;
    } else if (item.kind == Placement::Kind::kCommon) {
      placement.object = item.object;
      placement.symbol = item.index;
    } else if (item.kind == Placement::Kind::kMerged) {
      const MergeGroup& group = context_.merge_groups[item.index];
      out.pieces.insert(out.pieces.end(), group.pieces.begin(), group.pieces.end());
    }
    out.placements.push_back(placement);
  }
  for (InputObject& object : out.objects) {
    for (SectionState& state : object.sections) {
      if (state.fate != Fate::kMerged) continue;
      const auto rodata =
          std::find_if(out.outputs.begin(), out.outputs.end(),
                       [](const Output& one) { return one.name == output_name(Rank::kRodata); });
      state.output = static_cast<std::uint32_t>(rodata - out.outputs.begin());
    }
  }
  for (VeneerPool& pool : context_.tables.pools) {
    pool.first = static_cast<std::uint32_t>(out.veneers.size());
    out.veneers.insert(out.veneers.end(), pool.veneers.begin(), pool.veneers.end());
  }
  out.memory_size = end_ - cpe::kLoadAddress;
  out.image.resize(stored_end_ - cpe::kLoadAddress);
  if (has_kind_[static_cast<std::size_t>(SectionKind::kConst)]) out.const_start = const_at_;
  if (has_kind_[static_cast<std::size_t>(SectionKind::kVar)]) out.var_start = var_at_;
}

void lay_out(Context& context) {
  Layout layout(context);
  layout.collect();
  layout.assign();
  if (!context.failed()) add_veneers(context, layout);
  if (!context.failed()) layout.finish();
}

}  // namespace cmos::linker
