// What the relocations of placed sections ask for: definitions, and slots of the global offset
// table. Objects are scanned in parallel, their wishes fulfilled in order.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "linker/explain.h"
#include "linker/parallel.h"
#include "linker/passes.h"

namespace cmos::linker {
namespace {

using object::Relocation;

struct Use {
  std::uint32_t symbol = 0;  ///< in Linked::symbols
  std::uint32_t relocation = 0;
};

/// What one object asks for.
struct Wishes {
  std::vector<Use> undefined;
  std::vector<std::uint32_t> got;  ///< relocations, one for each symbol
  Errors errors;
};

/// The types that an ISA has, and which of them want a slot.
struct Types {
  explicit Types(object::Isa isa) {
    for (const object::RelocationInfo& row : object::relocation_table()) {
      const auto number = static_cast<std::size_t>(row.type);
      valid[number] = row.valid_for(isa);
      slot[number] = row.needs_got_slot();
    }
  }
  std::array<bool, 256> valid{};
  std::array<bool, 256> slot{};
};

class Scanner {
 public:
  Scanner(const Context& context, const Types& types, std::uint32_t object, Wishes& out)
      : context_(context), types_(types), mine_(context.out.objects[object]), out_(out) {}

  void run() {
    for (std::size_t i = 0; i < mine_.sections.size(); ++i) {
      const object::Section& section = mine_.object.sections[i];
      if (mine_.sections[i].fate != Fate::kPlaced) continue;
      if (section.tls) {
        refuse({.code = ErrorCode::kUnsupported,
                .file = mine_.object.file,
                .offset = section.file_offset,
                .field = fmt::format("section {}", section.name),
                .found = "thread-local variables",
                .expected = "ordinary ones: nothing on CalamOS sets up thread-local storage"});
      }
      for (std::uint32_t n = 0; n < section.relocation_count; ++n)
        scan(section.first_relocation + n);
    }
  }

 private:
  void refuse(Error error) {
    if (out_.errors.size() < kMostErrorsOfOne) out_.errors.push_back(std::move(error));
  }
  void refuse(const Relocation& relocation, ErrorCode code, std::string found,
              std::string expected) {
    if (out_.errors.size() >= kMostErrorsOfOne) return;
    Error error = at_relocation(mine_, relocation);
    error.code = code;
    error.found = std::move(found);
    error.expected = std::move(expected);
    out_.errors.push_back(std::move(error));
  }

  void scan(std::uint32_t index) {
    const Relocation& one = mine_.object.relocations[index];
    const auto type = static_cast<std::size_t>(one.type);
    if (!types_.valid[type])
      return refuse(one, ErrorCode::kMalformed, "a relocation of another ARCH",
                    fmt::format("one for {}", object::name(context_.out.isa)));
    if (one.symbol == kNoIndex) {
      // A slot holds a symbol's address: without one there is nothing to put into it.
      if (types_.slot[type])
        refuse(one, ErrorCode::kMalformed, "no symbol",
               "one whose address the global offset table can hold");
      return;
    }
    const std::uint32_t global = mine_.globals[one.symbol];
    const bool fine = global != kNoIndex ? check_global(one, index, global) : check_local(one);
    if (fine && types_.slot[type]) wish_for_slot(one, index);
  }

  bool check_global(const Relocation& one, std::uint32_t index, std::uint32_t global) {
    const Symbol& symbol = context_.out.symbols[global];
    if (!symbol.defined()) {
      if (symbol.weak) return true;
      out_.undefined.push_back({global, index});
      return false;
    }
    if (symbol.discarded) {
      refuse(one, ErrorCode::kMalformed, "a symbol in a section that is not part of the program",
             "one that is loaded");
      return false;
    }
    return check_kind(one, symbol.kind);
  }

  bool check_local(const Relocation& one) {
    const object::Symbol& symbol = mine_.object.symbols[one.symbol];
    if (symbol.place == object::Place::kUndefined || symbol.place == object::Place::kCommon) {
      refuse(one, ErrorCode::kMalformed, "a local symbol without a place", "a defined one");
      return false;
    }
    if (symbol.place != object::Place::kSection) return true;
    const Fate fate = mine_.sections[symbol.section].fate;
    if (fate == Fate::kPlaced) return check_kind(one, symbol.kind);
    refuse(one, ErrorCode::kMalformed,
           fmt::format("section {}, which is {}", mine_.object.sections[symbol.section].name,
                       fate == Fate::kDuplicate ? "in a COMDAT group that another object provides"
                                                : "not loaded"),
           "a section that is part of the program");
    return false;
  }

  bool check_kind(const Relocation& one, object::SymbolKind kind) {
    if (kind == object::SymbolKind::kTls)
      refuse(one, ErrorCode::kUnsupported, "a thread-local variable",
             "an ordinary one: nothing on CalamOS sets up thread-local storage");
    if (kind == object::SymbolKind::kIndirect)
      refuse(one, ErrorCode::kUnsupported, "an indirect function (IFUNC)",
             "an ordinary one: nothing on CalamOS chooses an implementation at start");
    return kind != object::SymbolKind::kTls && kind != object::SymbolKind::kIndirect;
  }

  void wish_for_slot(const Relocation& one, std::uint32_t index) {
    if (wished_.empty()) wished_.assign(mine_.object.symbols.size(), false);
    if (wished_[one.symbol]) return;
    wished_[one.symbol] = true;
    out_.got.push_back(index);
  }

  const Context& context_;
  const Types& types_;
  const InputObject& mine_;
  Wishes& out_;
  std::vector<bool> wished_;
};

/// Every use of a symbol without definition, in the order of the objects.
class UndefinedReport {
 public:
  explicit UndefinedReport(Context& context) : context_(context) {}

  void add(std::uint32_t object, const Use& use) {
    auto [found, is_new] = index_.try_emplace(use.symbol, uses_.size());
    if (is_new) uses_.push_back({.symbol = use.symbol});
    Uses& uses = uses_[found->second];
    if (uses.count++ < kShown) uses.first.push_back({object, use.relocation});
  }

  void finish() {
    const std::size_t shown = std::min(uses_.size(), kMostReports);
    for (std::size_t i = 0; i < shown; ++i) report(uses_[i], i < kMostSuggestions);
    if (uses_.size() > shown)
      context_.error({.code = ErrorCode::kMalformed,
                      .message = fmt::format("{} more undefined symbols", uses_.size() - shown)});
  }

 private:
  static constexpr std::size_t kShown = 4;
  /// Each looks for the function around its places.
  static constexpr std::size_t kMostReports = 200;
  /// Each compares the name with all others.
  static constexpr std::size_t kMostSuggestions = 20;

  struct Where {
    std::uint32_t object;
    std::uint32_t relocation;
  };
  struct Uses {
    std::uint32_t symbol = 0;
    std::vector<Where> first = {};
    std::size_t count = 0;
  };

  std::string text(const Where& where, bool with_file) const {
    const InputObject& object = context_.out.objects[where.object];
    const Relocation& one = object.object.relocations[where.relocation];
    const std::string place = place_text(object, one.section, one.offset);
    return with_file ? fmt::format("{}:{}", object.object.file, place) : place;
  }

  void report(const Uses& uses, bool suggest) {
    const Where& first = uses.first.front();
    const InputObject& object = context_.out.objects[first.object];
    const Relocation& one = object.object.relocations[first.relocation];
    const Symbol& symbol = context_.out.symbols[uses.symbol];
    std::string message = fmt::format("undefined symbol {}, used at {}",
                                      symbol_text(object, one.symbol), text(first, false));
    for (std::size_t i = 1; i < uses.first.size(); ++i)
      message += fmt::format(", {}", text(uses.first[i], true));
    if (uses.count > uses.first.size())
      message += fmt::format(" and {} more place{}", uses.count - uses.first.size(),
                             uses.count - uses.first.size() == 1 ? "" : "s");
    if (suggest) {
      const auto similar = similar_names(context_.out.symbols, symbol.name);
      if (!similar.empty()) message += fmt::format("; similar: {}", fmt::join(similar, ", "));
    }
    context_.error(
        {.code = ErrorCode::kMalformed, .file = object.object.file, .message = std::move(message)});
  }

  Context& context_;
  std::vector<Uses> uses_;
  std::unordered_map<std::uint32_t, std::size_t> index_;
};

}  // namespace

void scan_relocations(Context& context) {
  const Types types(context.out.isa);
  const auto count = context.out.objects.size();
  std::vector<Wishes> wishes(count);
  for_each_in_parallel(count, context.options.threads, [&](std::size_t i) {
    Scanner(context, types, static_cast<std::uint32_t>(i), wishes[i]).run();
  });
  UndefinedReport undefined(context);
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const Use& use : wishes[i].undefined) undefined.add(i, use);
    for (const std::uint32_t relocation : wishes[i].got) {
      const InputObject& object = context.out.objects[i];
      const std::uint32_t symbol = object.object.relocations[relocation].symbol;
      const auto slot = static_cast<std::uint32_t>(context.out.got.size());
      if (context.tables.got.try_emplace(symbol_key(object, i, symbol), slot).second)
        context.out.got.push_back({.object = i, .symbol = symbol});
    }
  }
  undefined.finish();
  for (Wishes& one : wishes) {
    for (Error& error : one.errors) context.error(std::move(error));
  }
}

}  // namespace cmos::linker
