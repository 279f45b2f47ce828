#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "base/text.h"
#include "tools/cmos-pack/pack.h"

namespace cmos::pack {
namespace {

constexpr std::string_view kAbort = "abort";
constexpr std::string_view kAbortMethod = "__cmos_abort";
constexpr std::string_view kAbortOfLibrary = "abort@libc";

struct Candidate {
  std::string name;
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
  return name == cpe::kConstStart || name == cpe::kVarStart || name == cpe::kImageEnd;
}

class Collector {
 public:
  Collector(const elf::Executable& program, const Image& image, std::vector<std::string>& warnings)
      : program_(program), image_(image), warnings_(warnings) {}

  void collect(SymbolChoice choice) {
    std::size_t unreadable = 0;
    for (const elf::Symbol& symbol : program_.file.symbols) {
      if (!has_place(symbol)) continue;
      if (symbol.name == kAbortMethod) add_abort_method(symbol);
      const bool wanted = choice == SymbolChoice::kAll || (choice == SymbolChoice::kGlobal &&
                                                           symbol.binding != elf::Binding::kLocal);
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

  std::vector<cpe::Symbol> finish() && {
    std::sort(found_.begin(), found_.end(), [](const Candidate& a, const Candidate& b) {
      return std::tie(a.offset, a.rank, a.local, a.name) <
             std::tie(b.offset, b.rank, b.local, b.name);
    });
    std::vector<cpe::Symbol> out;
    std::map<std::string, std::set<std::uint64_t>> places;
    std::unordered_set<std::string> used;
    for (const Candidate& one : found_) used.insert(one.name);
    for (Candidate& one : found_) {
      std::set<std::uint64_t>& before = places[one.name];
      if (!before.insert(one.offset).second) continue;
      std::string name = one.name;
      for (std::size_t n = before.size(); n > 1 && !used.insert(name).second; ++n)
        name = fmt::format("{}#{}", one.name, n);
      out.push_back({std::move(name), static_cast<std::uint32_t>(one.offset)});
    }
    return out;
  }

 private:
  /// Defined, and a place in the image.
  bool has_place(const elf::Symbol& symbol) const {
    using elf::SymbolKind;
    const bool named = symbol.kind == SymbolKind::kFunction || symbol.kind == SymbolKind::kObject ||
                       symbol.kind == SymbolKind::kNone;
    if (!named || symbol.name.empty() || !symbol.defined() || symbol.reserved_section) return false;
    if ((program_.file.sections[symbol.section].flags & SHF_ALLOC) == 0) return false;
    return symbol.value >= cpe::kLoadAddress &&
           symbol.value - cpe::kLoadAddress <= image_.memory_size;
  }

  bool is_noise(const elf::Symbol& symbol) const {
    // Hidden names without a type are a linker script's: ends of sections.
    if (symbol.kind == elf::SymbolKind::kNone && symbol.visibility == STV_HIDDEN) return true;
    const std::string_view name = symbol.name;
    const bool arm = program_.file.machine == elf::Machine::kArm ||
                     program_.file.machine == elf::Machine::kAArch64;
    return is_boundary(name) || name.substr(0, 2) == ".L" || (arm && is_mapping_symbol(name));
  }

  bool is_thumb(const elf::Symbol& symbol) const {
    return program_.file.machine == elf::Machine::kArm &&
           symbol.kind == elf::SymbolKind::kFunction && (symbol.value & 1) != 0;
  }

  void add(const elf::Symbol& symbol, std::string_view name) {
    Candidate one;
    one.name = name;
    // Names stand for places: the bit that means Thumb belongs to addresses that are called.
    one.offset = symbol.value - cpe::kLoadAddress - (is_thumb(symbol) ? 1 : 0);
    one.rank = symbol.kind == elf::SymbolKind::kFunction ? 0
               : symbol.kind == elf::SymbolKind::kObject ? 1
                                                         : 2;
    one.local = symbol.binding == elf::Binding::kLocal;
    found_.push_back(std::move(one));
  }

  void add_abort_method(const elf::Symbol& symbol) {
    const bool executable = (program_.file.sections[symbol.section].flags & SHF_EXECINSTR) != 0;
    if (!executable) {
      warnings_.push_back(
          fmt::format("{} is not a function: the program gets no abort method", kAbortMethod));
      return;
    }
    // The kernel calls it, so it keeps its Thumb bit, as the entry point does.
    found_.push_back({std::string(kAbort), symbol.value - cpe::kLoadAddress, 3, false});
  }

  const elf::Executable& program_;
  const Image& image_;
  std::vector<std::string>& warnings_;
  std::vector<Candidate> found_;
};

}  // namespace

std::vector<cpe::Symbol> make_symbols(const elf::Executable& program, const Image& image,
                                      SymbolChoice choice, std::vector<std::string>& warnings) {
  Collector collector(program, image, warnings);
  collector.collect(choice);
  std::vector<cpe::Symbol> out = std::move(collector).finish();
  out.insert(out.end(), image.boundaries.begin(), image.boundaries.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const cpe::Symbol& a, const cpe::Symbol& b) { return a.offset < b.offset; });
  return out;
}

}  // namespace cmos::pack
