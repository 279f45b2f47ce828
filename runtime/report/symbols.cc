#include "runtime/report/symbols.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace cmos::runtime {
namespace {

/// A symbol's name comes from a file that nobody vouches for: it may be as long as the file.
constexpr std::size_t kMaxName = 256;

bool is_boundary(std::string_view name) {
  return name == cpe::kConstStart || name == cpe::kVarStart;
}

bool is_mapping(std::string_view name) {
  return name.size() >= 2 && name[0] == '$' &&
         std::string_view("atdx").find(name[1]) != std::string_view::npos &&
         (name.size() == 2 || name[2] == '.');
}

/// What ld and lld define beside a program's own symbols, each another choice of them.
bool is_linker_defined(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "__bss_start", "__bss_start__", "_bss_end__", "__bss_end__", "__end__", "_edata",
      "edata",       "_end",          "end",        "_etext",      "etext",   "__data_start"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

bool in_code(const cpe::ReadResult& file, std::uint64_t offset) {
  for (const cpe::ImageSection& section : file.sections) {
    if (offset >= section.offset && offset - section.offset < section.memory_size) {
      return section.kind == cpe::SectionKind::kCode || section.kind == cpe::SectionKind::kWhole;
    }
  }
  return false;
}

}  // namespace

std::string_view SymbolIndex::presentable(std::string_view name) {
  std::string shown = cmos::presentable(name, kMaxName);
  return shown == name ? name : owned_.emplace_back(std::move(shown));
}

SymbolIndex::SymbolIndex(const cpe::ReadResult& file, std::uint64_t image_base,
                         std::uint64_t image_end, SymbolChoice choice)
    : image_base_(image_base), image_end_(image_end) {
  const bool arm = file.executable.arch == "_ARM";
  for (const cpe::Symbol& symbol : file.executable.symbols) {
    if (symbol.name == cpe::kImageEnd)
      image_end_ = std::min(image_end_, image_base + symbol.offset);
  }
  for (const cpe::Symbol& symbol : file.executable.symbols) {
    if (symbol.name.empty() || symbol.offset >= image_end_ - image_base_) continue;
    std::uint64_t offset = symbol.offset;
    if (arm && in_code(file, offset)) offset &= ~1ull;
    const bool mark = is_mapping(symbol.name) ||
                      (choice == SymbolChoice::kByName && is_linker_defined(symbol.name));
    const Rank rank = is_boundary(symbol.name) ? Rank::kBoundary
                      : mark                   ? Rank::kMapping
                                               : Rank::kOrdinary;
    entries_.push_back({image_base + offset, rank, symbol.name});
  }
  std::stable_sort(entries_.begin(), entries_.end(), [choice](const Entry& a, const Entry& b) {
    if (a.address != b.address) return a.address < b.address;
    if (a.rank != b.rank) return a.rank < b.rank;
    return choice == SymbolChoice::kByName && a.name < b.name;
  });
  entries_.erase(std::unique(entries_.begin(), entries_.end(),
                             [](const Entry& a, const Entry& b) { return a.address == b.address; }),
                 entries_.end());
  // A mapping symbol between functions would cut the functions into pieces; it serves only where
  // nothing precedes it.
  bool has_better = false;
  std::erase_if(entries_, [&has_better](const Entry& entry) {
    if (entry.rank != Rank::kMapping) has_better = true;
    return entry.rank == Rank::kMapping && has_better;
  });
  for (Entry& entry : entries_) entry.name = presentable(entry.name);
}

std::optional<SymbolIndex::Hit> SymbolIndex::find(std::uint64_t address) const {
  if (!in_image(address)) return std::nullopt;
  auto after = std::upper_bound(entries_.begin(), entries_.end(), address,
                                [](std::uint64_t a, const Entry& e) { return a < e.address; });
  if (after == entries_.begin()) return std::nullopt;
  const Entry& entry = *std::prev(after);
  return Hit{entry.name, entry.address, address - entry.address, entry.rank == Rank::kOrdinary};
}

void SymbolIndex::append(fmt::memory_buffer& out, std::uint64_t address) const {
  const auto hit = find(address);
  if (!hit) {
    fmt::format_to(std::back_inserter(out), "{:#x}", address);
    return;
  }
  out.append(hit->name);
  if (hit->offset != 0) fmt::format_to(std::back_inserter(out), "+{:#x}", hit->offset);
}

std::string SymbolIndex::text(std::uint64_t address) const {
  fmt::memory_buffer out;
  append(out, address);
  return fmt::to_string(out);
}

void append_location(fmt::memory_buffer& out, std::uint64_t address, const SymbolIndex& symbols,
                     const emu::GuestMemory& memory) {
  const emu::Region* region = symbols.in_image(address) ? nullptr : memory.find(address);
  if (region == nullptr) {
    symbols.append(out, address);
    return;
  }
  fmt::format_to(std::back_inserter(out), "[{}]", region->name);
  if (address != region->base) {
    fmt::format_to(std::back_inserter(out), "+{:#x}", address - region->base);
  }
}

std::string location_text(std::uint64_t address, const SymbolIndex& symbols,
                          const emu::GuestMemory& memory) {
  fmt::memory_buffer out;
  append_location(out, address, symbols, memory);
  return fmt::to_string(out);
}

}  // namespace cmos::runtime
