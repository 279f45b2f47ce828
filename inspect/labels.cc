#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/demangle.h"
#include "inspect/listing.h"

namespace cmos::inspect {
namespace {

/// Of several names for one place the lowest says most to a reader.
int rank(const Symbol& symbol) {
  const bool boundary = symbol.name.starts_with("__") &&
                        (symbol.name.ends_with("_start") || symbol.name.ends_with("_end"));
  const int by_kind = symbol.kind == SymbolKind::kFunction ? 0 : 1;
  const int by_binding = symbol.binding == Binding::kGlobal ? 0
                         : symbol.binding == Binding::kWeak ? 1
                                                            : 2;
  return (boundary ? 100 : 0) + 10 * by_kind + by_binding;
}

}  // namespace

bool is_label(const Symbol& symbol) {
  return symbol.place == Place::kSection && !symbol.name.empty() && !symbol.descriptive() &&
         symbol.kind != SymbolKind::kMapping && symbol.kind != SymbolKind::kTls;
}

bool is_wanted(const Symbol& symbol, const ObjdumpOptions& options) {
  return std::any_of(options.disassemble_symbols.begin(), options.disassemble_symbols.end(),
                     [&](const std::string& name) {
                       return symbol.name == name ||
                              (options.demangle && demangled(symbol.name) == name);
                     });
}

Labels::Labels(const Description& image) : image_(image), lists_(image.sections.size()) {
  for (const Symbol& symbol : image.symbols) {
    if (is_label(symbol)) lists_[symbol.section].push_back({symbol.value, &symbol});
  }
  for (auto& list : lists_) {
    std::stable_sort(list.begin(), list.end(), [](const Label& a, const Label& b) {
      return std::tuple(a.address, rank(*a.symbol)) < std::tuple(b.address, rank(*b.symbol));
    });
    const auto last = std::unique(list.begin(), list.end(), [](const Label& a, const Label& b) {
      return a.address == b.address;
    });
    list.erase(last, list.end());
  }
}

std::string Labels::name_in(std::uint64_t address, std::size_t section, bool demangle) const {
  const auto& list = lists_[section];
  const auto after =
      std::upper_bound(list.begin(), list.end(), address,
                       [](std::uint64_t at, const Label& one) { return at < one.address; });
  const bool none = after == list.begin();
  const std::string base =
      none ? shown(image_.sections[section].name) : shown(std::prev(after)->symbol->name, demangle);
  const std::uint64_t away =
      address - (none ? image_.sections[section].address : std::prev(after)->address);
  return away == 0 ? base : fmt::format("{}+0x{:x}", base, away);
}

std::string Labels::name(std::uint64_t address, std::size_t near, bool demangle) const {
  if (image_.sections[near].holds(address) || !image_.executable)
    return address < image_.sections[near].address || address > image_.sections[near].end()
               ? std::string()
               : name_in(address, near, demangle);
  for (std::size_t i = 0; i < image_.sections.size(); ++i) {
    if (image_.sections[i].allocated && image_.sections[i].holds(address))
      return name_in(address, i, demangle);
  }
  return {};
}

}  // namespace cmos::inspect
