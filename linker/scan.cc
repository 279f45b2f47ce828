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

constexpr std::string_view kNoThreads =
    "an ordinary one: nothing on CalamOS sets up thread-local storage";

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
                .found = fmt::format("thread-local variables{}", first_in(i)),
                .expected = fmt::format("ordinary ones: {}",
                                        kNoThreads.substr(kNoThreads.find("nothing")))});
      }
      for (std::uint32_t n = 0; n < section.relocation_count; ++n)
        scan(section.first_relocation + n);
    }
    for (const object::Unresolvable& one : mine_.object.unresolvable) {
      if (mine_.sections[one.section].fate == Fate::kPlaced) refuse(one);
    }
  }

 private:
  /// " ('counter')"
  std::string first_in(std::size_t section) const {
    for (std::uint32_t i = 0; i < mine_.object.symbols.size(); ++i) {
      const object::Symbol& one = mine_.object.symbols[i];
      if (one.place == object::Place::kSection && one.section == section &&
          one.kind == object::SymbolKind::kTls && !one.name.empty())
        return fmt::format(" ({})", symbol_text(mine_, i));
    }
    return {};
  }

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

  void refuse(const object::Unresolvable& one) {
    const std::string_view known = object::elf_name(context_.out.isa, one.number);
    const std::string type =
        known.empty() ? fmt::format("of type {}", one.number) : std::string(known);
    Error error{.code = ErrorCode::kUnsupported,
                .file = mine_.object.file,
                .offset = mine_.object.sections[one.section].file_offset + one.offset,
                .field = fmt::format("{}, relocation {} against {}",
                                     place_text(mine_, one.section, one.offset), type,
                                     symbol_text(mine_, one.symbol))};
    if (object::is_thread_local_name(known)) {
      error.found = "a thread-local variable";
      error.expected = kNoThreads;
    } else {
      error.found = "one that no static link resolves";
      error.expected = fmt::format("a relocation of {} that does (cmos-ld --list-relocations)",
                                   object::name(context_.out.isa));
    }
    refuse(std::move(error));
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
      return true;  // when it may be undefined, a slot may hold its 0
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
      refuse(one, ErrorCode::kUnsupported, "a thread-local variable", std::string(kNoThreads));
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
    for (const std::string& name : context_.options.required) {
      if (!context_.out.symbols[context_.named(name)].defined())
        context_.error({.code = ErrorCode::kMalformed,
                        .message = fmt::format("--require-defined: nobody defines {}",
                                               quote(as_bytes(name)))});
    }
    allow();
    const std::size_t shown = std::min(uses_.size(), kMostReports);
    for (std::size_t i = 0; i < shown; ++i) report(uses_[i], i < kMostSuggestions);
    if (shown > 0 && !context_.bytecode_members.empty())
      context_.error({.code = ErrorCode::kUnsupported,
                      .message = fmt::format(
                          "{}: LTO bytecode, in which nothing is found: compile without -flto, or "
                          "with -ffat-lto-objects",
                          fmt::join(context_.bytecode_members, ", "))});
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

  /// What may stay undefined is 0.
  void allow() {
    const Options& options = context_.options;
    const auto& names = options.may_be_undefined;
    std::vector<Uses> errors;
    for (Uses& uses : uses_) {
      Symbol& symbol = context_.out.symbols[uses.symbol];
      const bool named = std::find(names.begin(), names.end(), symbol.name) != names.end();
      if (!named && options.on_undefined == Undefined::kError) {
        errors.push_back(std::move(uses));
        continue;
      }
      symbol.weak = true;
      if (!named && options.on_undefined == Undefined::kWarn)
        context_.out.warnings.push_back(description(uses, false).text());
    }
    uses_ = std::move(errors);
  }

  void report(const Uses& uses, bool suggest) { context_.error(description(uses, suggest)); }

  Error description(const Uses& uses, bool suggest) const {
    const Where& first = uses.first.front();
    const InputObject& object = context_.out.objects[first.object];
    const Symbol& symbol = context_.out.symbols[uses.symbol];
    std::string message =
        fmt::format("undefined symbol {}, used at {}", name_text(symbol.name), text(first, false));
    for (std::size_t i = 1; i < uses.first.size(); ++i)
      message += fmt::format(", {}", text(uses.first[i], true));
    if (uses.count > uses.first.size())
      message += fmt::format(" and {} more place{}", uses.count - uses.first.size(),
                             uses.count - uses.first.size() == 1 ? "" : "s");
    if (suggest) {
      const auto similar = similar_names(context_.out.symbols, symbol.name);
      const std::string hint = undefined_hint(context_, symbol.name);
      message += hint;
      if (hint.empty() && !similar.empty())
        message += fmt::format("; similar: {}", fmt::join(similar, ", "));
    }
    return {
        .code = ErrorCode::kMalformed, .file = object.object.file, .message = std::move(message)};
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
