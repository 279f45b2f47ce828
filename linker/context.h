// What the passes of one link share. Each pass is a function over the context, declared in
// passes.h; link.cc lists them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "linker/linker.h"
#include "linker/symbol_table.h"
#include "linker/tables.h"

namespace cmos::linker {

/// A place of the image that only the layout knows.
enum class Boundary : std::uint8_t {
  kImageStart,
  kCodeEnd,
  kConstStart,
  kVarStart,
  kDataEnd,
  kBssStart,
  kBssEnd,
  kImageEnd,
  kGotBase,
  kOutputStart,  ///< of the output of this name; 0 … 0 when there is none
  kOutputEnd
};

/// A symbol of origin kLinker that stands for a boundary.
struct BoundarySymbol {
  std::uint32_t symbol = 0;
  Boundary boundary = Boundary::kImageStart;
  std::string_view output = {};
};

/// A --defsym that names another symbol; its address follows from that one's.
struct Alias {
  std::uint32_t symbol = 0;
  std::uint32_t base = 0;  ///< kNoIndex: `expression` says all
  std::int64_t offset = 0;
  const Expression* expression = nullptr;
};

/// Merged sections whose entries share one stretch of memory.
struct MergeGroup {
  std::uint32_t alignment = 1;
  std::uint64_t size = 0;
  std::uint64_t address = 0;  ///< where the pieces' addresses count from: 0 until the first layout
  std::vector<Piece> pieces;
  std::vector<std::uint32_t> maps;  ///< indices in Linked::piece_maps, which count in the same way
};

/// How many errors one object may add, and how many there may be in all.
inline constexpr std::size_t kMostErrorsOfOne = 50;
inline constexpr std::size_t kMostErrors = 1000;

struct Context {
  Context(const Options& what, Files& where) : options(what), files(where) {}

  const Options& options;
  Files& files;
  Linked out;
  SymbolTable names;
  Tables tables;
  Errors errors;
  std::size_t more_errors = 0;  ///< that were not kept
  /// Members of archives that hold LTO bytecode: nothing in them can be found.
  std::vector<std::string> bytecode_members;
  bool incomplete = false;  ///< an input is missing: what depends on it would be blamed for it

  std::vector<BoundarySymbol> boundaries;
  std::vector<Alias> aliases;  ///< in the order of the command line
  /// Symbols of -u, --entry, --defsym and the abort method: kept although no object refers to them.
  std::vector<std::uint32_t> requested;
  /// C names of sections whose __start_ or __stop_ is referred to.
  std::vector<std::string_view> bounded_sections;
  std::vector<MergeGroup> merge_groups;

  bool failed() const { return !errors.empty(); }
  /// Keeps the first ones: a broken input may give rise to millions.
  void error(Error one) {
    if (errors.size() < kMostErrors) {
      errors.push_back(std::move(one));
    } else {
      ++more_errors;
    }
  }

  std::uint32_t symbol(std::string_view name) { return names.find_or_add(name, out.symbols); }
  /// The same for a name that does not outlive the options.
  std::uint32_t named(std::string_view name) {
    const std::uint32_t known = names.find(name);
    return known != kNoIndex ? known : symbol(out.names.keep_text(name));
  }
  const object::Section& section(std::uint32_t object, std::uint32_t index) const {
    return out.objects[object].object.sections[index];
  }
};

/// The entry points that are looked for when none is named, in this order (abi 7).
inline constexpr std::array<std::string_view, 3> kEntryNames{"_start", "start", "main"};

}  // namespace cmos::linker
