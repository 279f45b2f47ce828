#include "linker/map.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "base/text.h"

namespace cmos::linker {
namespace {

using Out = std::back_insert_iterator<std::string>;

std::string shown(std::string_view name) {
  return presentable(name);
}

/// Symbols by place, for one walk through memory.
struct Named {
  std::uint64_t address = 0;
  std::string_view name;
  bool local = false;
};

std::vector<Named> symbols_by_address(const Linked& linked) {
  std::vector<Named> out;
  for (std::uint32_t i = 0; i < linked.objects.size(); ++i) {
    const InputObject& object = linked.objects[i];
    for (const object::Symbol& one : object.object.symbols) {
      const bool named = one.kind == object::SymbolKind::kFunction ||
                         one.kind == object::SymbolKind::kObject ||
                         one.kind == object::SymbolKind::kNone;
      if (!named || one.binding != object::Binding::kLocal || one.name.empty() ||
          one.place != object::Place::kSection || one.name.starts_with(".L"))
        continue;
      const auto address = linked.address_of(i, one.section, static_cast<std::uint32_t>(one.value));
      if (address) out.push_back({*address, one.name, true});
    }
  }
  for (const Symbol& one : linked.symbols) {
    if (one.defined() && one.origin != Symbol::Origin::kAbsolute && !one.discarded)
      out.push_back({one.address, one.name, false});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Named& a, const Named& b) { return a.address < b.address; });
  return out;
}

class Map {
 public:
  explicit Map(const Linked& linked) : linked_(linked), symbols_(symbols_by_address(linked)) {}

  std::string text() {
    inputs();
    discarded();
    memory();
    absolute();
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(Out(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  void inputs() {
    line("Inputs, in the order in which they were linked\n");
    for (const InputObject& one : linked_.objects) line("{}", shown(one.object.file));
  }

  void discarded() {
    line("\nDiscarded sections\n");
    line("{:<24} {:>10}  {:<10}  {}", "section", "size", "reason", "object");
    for (const InputObject& object : linked_.objects) {
      for (std::size_t i = 0; i < object.sections.size(); ++i) {
        const Fate fate = object.sections[i].fate;
        if (fate != Fate::kDuplicate && fate != Fate::kCollected) continue;
        const object::Section& section = object.object.sections[i];
        line("{:<24} {:>#10x}  {:<10}  {}", shown(section.name), section.size, name(fate),
             shown(object.object.file));
      }
    }
  }

  void memory() {
    line("\nMemory\n");
    line("{:<10} {:>10} {:>6}  {}", "address", "size", "align", "section, object or symbol");
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < linked_.outputs.size(); ++i) {
      const Output& output = linked_.outputs[i];
      line("\n0x{:08x} {:>#10x}         {}", output.address, output.size, shown(output.name));
      for (; next < linked_.placements.size() && linked_.placements[next].output == i; ++next)
        placement(linked_.placements[next]);
    }
    symbols_below(UINT64_MAX);
    line("\nEntry point 0x{:x} ({})", linked_.entry,
         shown(linked_.symbols[linked_.entry_symbol].name));
  }

  void placement(const Placement& one) {
    symbols_below(one.address);
    const auto [what, alignment] = describe(one);
    line("0x{:08x} {:>#10x} {:>6}    {}", one.address, one.size, alignment, what);
    symbols_below(one.address + one.size);
  }

  std::pair<std::string, std::string> describe(const Placement& one) const {
    switch (one.kind) {
      case Placement::Kind::kSection: {
        const InputObject& object = linked_.objects[one.object];
        const object::Section& section = object.object.sections[one.section];
        return {fmt::format("{} {}", shown(section.name), shown(object.object.file)),
                fmt::format("{}", section.alignment)};
      }
      case Placement::Kind::kMerged:
        return {"(shared constants)", ""};
      case Placement::Kind::kCommon:
        return {fmt::format("COMMON {}", shown(linked_.objects[one.object].object.file)),
                fmt::format("{}", linked_.symbols[one.symbol].alignment)};
      case Placement::Kind::kGot:
        return {"(global offset table)", ""};
      case Placement::Kind::kVeneers:
        return {"(veneers)", ""};
    }
    return {};
  }

  void symbols_below(std::uint64_t end) {
    for (; next_symbol_ < symbols_.size() && symbols_[next_symbol_].address < end; ++next_symbol_) {
      const Named& one = symbols_[next_symbol_];
      line("0x{:08x}                        {}{}", one.address, shown(one.name),
           one.local ? " (local)" : "");
    }
  }

  void absolute() {
    bool first = true;
    for (const Symbol& one : linked_.symbols) {
      if (one.origin != Symbol::Origin::kAbsolute) continue;
      if (first) line("\nAbsolute symbols\n");
      first = false;
      line("0x{:08x}  {}", one.address, shown(one.name));
    }
  }

  const Linked& linked_;
  std::vector<Named> symbols_;
  std::size_t next_symbol_ = 0;
  std::string text_;
};

std::string definer(const Linked& linked, const Symbol& symbol) {
  switch (symbol.origin) {
    case Symbol::Origin::kUndefined:
      return "(not defined: 0)";
    case Symbol::Origin::kLinker:
      return "(the linker)";
    default:
      return symbol.object == kNoIndex ? "(the command line)"
                                       : shown(linked.objects[symbol.object].object.file);
  }
}

}  // namespace

std::string map_text(const Linked& linked) {
  return Map(linked).text();
}

std::string cross_reference_text(const Linked& linked) {
  std::vector<std::vector<std::uint32_t>> users(linked.symbols.size());
  for (std::uint32_t i = 0; i < linked.objects.size(); ++i) {
    const InputObject& object = linked.objects[i];
    for (std::size_t s = 0; s < object.globals.size(); ++s) {
      const std::uint32_t global = object.globals[s];
      if (global == kNoIndex || linked.symbols[global].object == i) continue;
      if (users[global].empty() || users[global].back() != i) users[global].push_back(i);
    }
  }
  std::map<std::string_view, std::uint32_t> by_name;
  for (std::uint32_t i = 0; i < linked.symbols.size(); ++i) {
    if (linked.symbols[i].defined() || linked.symbols[i].referenced)
      by_name.emplace(linked.symbols[i].name, i);
  }
  std::string out = "Cross reference: symbol, where it is defined, who else has it\n\n";
  for (const auto& [name, index] : by_name) {
    fmt::format_to(Out(out), "{:<48} {}\n", shown(name), definer(linked, linked.symbols[index]));
    for (const std::uint32_t user : users[index])
      fmt::format_to(Out(out), "{:<48} {}\n", "", shown(linked.objects[user].object.file));
  }
  return out;
}

std::string collected_text(const Linked& linked) {
  std::string out;
  for (const InputObject& object : linked.objects) {
    for (std::size_t i = 0; i < object.sections.size(); ++i) {
      if (object.sections[i].fate != Fate::kCollected) continue;
      const object::Section& section = object.object.sections[i];
      fmt::format_to(Out(out), "removing unused section {} ({} bytes) in {}\n", shown(section.name),
                     section.size, shown(object.object.file));
    }
  }
  return out;
}

std::string relocations_text() {
  constexpr object::Isa kIsas[] = {object::Isa::kX86_64, object::Isa::kX86, object::Isa::kArm,
                                   object::Isa::kArm64};
  std::string out;
  for (const object::Isa isa : kIsas) {
    fmt::format_to(Out(out), "{}{}\n", out.empty() ? "" : "\n", object::name(isa));
    for (const object::RelocationInfo& row : object::relocation_table()) {
      if (!row.valid_for(isa)) continue;
      std::vector<std::string_view> names;
      for (const object::ElfType& one : row.elf) {
        if (one.isa == isa) names.push_back(object::elf_name(isa, one.number));
      }
      fmt::format_to(Out(out), "  {:>3}  {:<20} {:<24} {}\n", static_cast<unsigned>(row.type),
                     row.name, object::text(row.formula), fmt::join(names, ", "));
    }
  }
  return out;
}

}  // namespace cmos::linker
