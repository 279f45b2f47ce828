#include "formats/cpe/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_set>

#include "base/name_index.h"
#include "base/text.h"

namespace cmos::cpe {
namespace {

constexpr std::string_view kAbort = "abort";
constexpr std::string_view kAbortMethod = "__cmos_abort";
constexpr std::string_view kAbortOfLibrary = "abort@libc";

struct Candidate {
  std::string_view name;
  std::uint64_t offset = 0;
  int rank = 0;  ///< of several names for one place, the lowest says most to a reader
  bool local = false;
};

/// $a, $t, $d, $x, also with a suffix: they tell a disassembler where code ends and data begins.
bool is_mapping_symbol(std::string_view name) {
  return name.size() >= 2 && name[0] == '$' &&
         std::string_view("atdx").find(name[1]) != std::string_view::npos &&
         (name.size() == 2 || name[2] == '.');
}

bool is_boundary(std::string_view name) {
  return name == kConstStart || name == kVarStart || name == kImageEnd;
}

/// What linker scripts define, hidden, for start-up code alone. Labels of assembly may be hidden
/// and have no type either, and say something.
bool is_section_end(std::string_view name) {
  constexpr std::array<std::string_view, 3> kBefore{"__start_", "__stop_", "__rel_iplt_"};
  constexpr std::array<std::string_view, 12> kNames{
      "__preinit_array_start", "__preinit_array_end", "__init_array_start",
      "__init_array_end",      "__fini_array_start",  "__fini_array_end",
      "__exidx_start",         "__exidx_end",         "__rela_iplt_start",
      "__rela_iplt_end",       "__ehdr_start",        "_GLOBAL_OFFSET_TABLE_"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(kBefore.begin(), kBefore.end(),
                     [name](std::string_view one) { return name.starts_with(one); });
}

class Collector {
 public:
  Collector(bool mapping_symbols, std::vector<std::string>& warnings)
      : mapping_symbols_(mapping_symbols), warnings_(warnings) {}

  void collect(const std::vector<ProgramSymbol>& symbols, SymbolChoice choice) {
    std::size_t unreadable = 0;
    for (const ProgramSymbol& symbol : symbols) {
      if (symbol.name.empty()) continue;
      if (symbol.name == kAbortMethod) add_abort_method(symbol);
      const bool wanted =
          choice == SymbolChoice::kAll || (choice == SymbolChoice::kGlobal && !symbol.local);
      if (!wanted || is_noise(symbol)) continue;
      if (first_invalid_utf8(as_bytes(symbol.name))) {
        ++unreadable;
        continue;
      }
      add(symbol, symbol.name == kAbort ? kAbortOfLibrary : symbol.name);
    }
    if (unreadable != 0)
      warnings_.push_back(fmt::format("{} symbol{} left out: the name is not UTF-8", unreadable,
                                      unreadable == 1 ? "" : "s"));
  }

  std::vector<Symbol> finish() && {
    const auto before_in_table = [](const Candidate& a, const Candidate& b) {
      return std::tie(a.offset, a.rank, a.local, a.name) <
             std::tie(b.offset, b.rank, b.local, b.name);
    };
    // Linkers give them in this order already, as far as they can.
    if (!std::is_sorted(found_.begin(), found_.end(), before_in_table))
      std::sort(found_.begin(), found_.end(), before_in_table);
    /// How often a name has been seen in another place, and where last: places ascend.
    struct Seen {
      std::size_t places = 0;
      std::uint64_t last = 0;
    };
    NameIndex names(found_.size());
    std::vector<std::uint32_t> numbers;
    numbers.reserve(found_.size());
    for (const Candidate& one : found_) numbers.push_back(names.add(one.name).number);
    std::vector<Seen> seen(names.size());
    std::unordered_set<std::string> made;
    std::vector<Symbol> out;
    constexpr std::size_t kBoundaries = 3;  // the caller adds them
    out.reserve(found_.size() + kBoundaries);
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const Candidate& one = found_[i];
      Seen& before = seen[numbers[i]];
      if (before.places > 0 && before.last == one.offset) continue;
      before.last = one.offset;
      std::string name(one.name);
      for (std::size_t n = ++before.places;
           n > 1 && (names.contains(name) || !made.insert(name).second); ++n)
        name = fmt::format("{}#{}", one.name, n);
      out.push_back({std::move(name), static_cast<std::uint32_t>(one.offset)});
    }
    return out;
  }

 private:
  bool is_noise(const ProgramSymbol& symbol) const {
    if (symbol.kind == ProgramSymbol::Kind::kOther && symbol.hidden && is_section_end(symbol.name))
      return true;
    return is_boundary(symbol.name) || symbol.name.substr(0, 2) == ".L" ||
           (mapping_symbols_ && is_mapping_symbol(symbol.name));
  }

  void add(const ProgramSymbol& symbol, std::string_view name) {
    // Names stand for places: the bit that means Thumb belongs to addresses that are called.
    found_.push_back({name, symbol.offset, static_cast<int>(symbol.kind), symbol.local});
  }

  void add_abort_method(const ProgramSymbol& symbol) {
    if (!symbol.executable) {
      warnings_.push_back(
          fmt::format("{} is not a function: the program gets no abort method", kAbortMethod));
      return;
    }
    // The kernel calls it, so it keeps its Thumb bit, as the entry point does.
    found_.push_back({kAbort, symbol.offset | (symbol.thumb ? 1 : 0), 3, false});
  }

  bool mapping_symbols_;
  std::vector<std::string>& warnings_;
  std::vector<Candidate> found_;
};

}  // namespace

std::vector<Symbol> program_symbols(const std::vector<ProgramSymbol>& symbols, SymbolChoice choice,
                                    bool mapping_symbols, const std::vector<Symbol>& boundaries,
                                    std::vector<std::string>& warnings) {
  Collector collector(mapping_symbols, warnings);
  collector.collect(symbols, choice);
  std::vector<Symbol> out = std::move(collector).finish();
  const auto by_offset = [](const Symbol& a, const Symbol& b) { return a.offset < b.offset; };
  const auto own = static_cast<std::ptrdiff_t>(out.size());
  out.insert(out.end(), boundaries.begin(), boundaries.end());
  std::stable_sort(out.begin() + own, out.end(), by_offset);
  std::inplace_merge(out.begin(), out.begin() + own, out.end(), by_offset);
  return out;
}

void describe(const ProgramOptions& options, Executable& executable) {
  executable.signature = options.signature;
  executable.mini_disk_size = options.mini_disk_size;
  executable.backup_name = options.backup_name;
  executable.states_code_size = !options.minimal;
  executable.has_checksum = options.checksum && !options.minimal;
}

}  // namespace cmos::cpe
