// Names that linkers define when nobody else does, and the command line's own definitions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/text.h"
#include "linker/explain.h"
#include "linker/passes.h"
#include "linker/unwind_tables.h"
#include "linker/versions.h"

namespace cmos::linker {
namespace {

using object::Visibility;

struct Name {
  std::string_view name;
  Boundary boundary;
  std::string_view output = {};
  /// Hidden ones are for start-up code alone and do not appear in the program's symbol table.
  Visibility visibility = Visibility::kDefault;
};

// Those of sdk/lib/cmos.ld first; then what other linkers' scripts for small systems call the same.
constexpr std::array kNames{
    Name{"etext", Boundary::kCodeEnd},
    Name{"_etext", Boundary::kCodeEnd},
    Name{"edata", Boundary::kDataEnd},
    Name{"_edata", Boundary::kDataEnd},
    Name{"__bss_start", Boundary::kBssStart},
    Name{"__bss_end", Boundary::kBssEnd},
    Name{"end", Boundary::kImageEnd},
    Name{"_end", Boundary::kImageEnd},
    Name{"__preinit_array_start", Boundary::kOutputStart, ".preinit_array", Visibility::kHidden},
    Name{"__preinit_array_end", Boundary::kOutputEnd, ".preinit_array", Visibility::kHidden},
    Name{"__init_array_start", Boundary::kOutputStart, ".init_array", Visibility::kHidden},
    Name{"__init_array_end", Boundary::kOutputEnd, ".init_array", Visibility::kHidden},
    Name{"__fini_array_start", Boundary::kOutputStart, ".fini_array", Visibility::kHidden},
    Name{"__fini_array_end", Boundary::kOutputEnd, ".fini_array", Visibility::kHidden},
    Name{"__eh_frame_start", Boundary::kOutputStart, kFrames, Visibility::kHidden},
    Name{"__eh_frame_end", Boundary::kOutputEnd, kFrames, Visibility::kHidden},
    Name{"__exidx_start", Boundary::kOutputStart, kArmIndex, Visibility::kHidden},
    Name{"__exidx_end", Boundary::kOutputEnd, kArmIndex, Visibility::kHidden},

    Name{"__executable_start", Boundary::kImageStart},
    Name{"__etext", Boundary::kCodeEnd},
    Name{"__const_start", Boundary::kConstStart},
    Name{"__var_start", Boundary::kVarStart},
    Name{"__image_end", Boundary::kImageEnd},
    Name{"__edata", Boundary::kDataEnd},
    Name{"__bss_start__", Boundary::kBssStart},
    Name{"__bss_end__", Boundary::kBssEnd},
    Name{"_bss_end__", Boundary::kBssEnd},
    Name{"__end__", Boundary::kImageEnd},
    Name{"__end", Boundary::kImageEnd},
    Name{"_GLOBAL_OFFSET_TABLE_", Boundary::kGotBase, {}, Visibility::kHidden},
};

constexpr std::string_view kStart = "__start_";
constexpr std::string_view kStop = "__stop_";

bool is_c_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

class Definer {
 public:
  explicit Definer(Context& context) : context_(context) {}

  void run() {
    for (const Name& one : kNames) define(one.name, one.boundary, one.output, one.visibility);
    define_section_bounds();
    define_versions();
    for (const Definition& one : context_.options.definitions) define(one);
  }

 private:
  void define(std::string_view name, Boundary boundary, std::string_view output,
              Visibility visibility) {
    const std::uint32_t index = context_.names.find(name);
    if (index == kNoIndex || context_.out.symbols[index].defined()) return;
    Symbol& symbol = context_.out.symbols[index];
    symbol.origin = Symbol::Origin::kLinker;
    symbol.object = symbol.index = kNoIndex;
    symbol.visibility = visibility == Visibility::kDefault ? symbol.visibility : visibility;
    symbol.weak = false;
    context_.boundaries.push_back({index, boundary, output});
  }

  /// "f@V2" is what "f@@V2" defines, beside "f".
  void define_versions() {
    const auto count = static_cast<std::uint32_t>(context_.out.symbols.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      Symbol& symbol = context_.out.symbols[i];
      const std::size_t at = symbol.name.find('@');
      if (symbol.defined() || at == std::string_view::npos || at == 0) continue;
      const std::uint32_t base = context_.names.find(symbol.name.substr(0, at));
      if (base == kNoIndex) continue;
      const Symbol& other = context_.out.symbols[base];
      if (other.origin != Symbol::Origin::kObject ||
          versioned_name(context_.out.objects[other.object].object.symbols[other.index].name) !=
              symbol.name)
        continue;
      symbol.origin = Symbol::Origin::kLinker;
      symbol.object = symbol.index = kNoIndex;
      symbol.visibility = Visibility::kHidden;
      symbol.weak = false;
      symbol.kind = other.kind;
      context_.aliases.push_back({i, base, 0});
    }
  }

  /// __start_NAME and __stop_NAME, when there are sections of that name.
  void define_section_bounds() {
    std::vector<std::string_view> wanted;
    const auto count = context_.out.symbols.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Symbol& symbol = context_.out.symbols[i];
      if (symbol.defined()) continue;
      for (const std::string_view prefix : {kStart, kStop}) {
        if (!symbol.name.starts_with(prefix)) continue;
        const std::string_view section = symbol.name.substr(prefix.size());
        if (is_c_name(section)) wanted.push_back(section);
      }
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    if (wanted.empty()) return;
    const auto present = loaded_names();
    for (const std::string_view section : wanted) {
      if (present.contains(section)) bound(section);
    }
  }

  std::unordered_set<std::string_view> loaded_names() const {
    std::unordered_set<std::string_view> out;
    for (const InputObject& object : context_.out.objects) {
      for (const object::Section& one : object.object.sections) {
        if (one.loaded() && is_c_name(one.name)) out.insert(one.name);
      }
    }
    return out;
  }

  void bound(std::string_view section) {
    context_.bounded_sections.push_back(section);
    define(fmt::format("{}{}", kStart, section), Boundary::kOutputStart, section,
           Visibility::kHidden);
    define(fmt::format("{}{}", kStop, section), Boundary::kOutputEnd, section, Visibility::kHidden);
  }

  /// --defsym, which takes the place of what objects define.
  void define(const Definition& definition) {
    if (definition.expression) return calculate(definition);
    const std::uint32_t index = context_.named(definition.name);
    const std::uint32_t base = definition.base.empty() ? kNoIndex : context_.named(definition.base);
    const bool base_known =
        base == kNoIndex || (base != index && context_.out.symbols[base].defined());
    if (!base_known) {
      context_.error({.code = ErrorCode::kUsage,
                      .message = fmt::format("--defsym {}: {} is not defined", definition.name,
                                             quote(as_bytes(definition.base)))});
      return;
    }
    Symbol& symbol = context_.out.symbols[index];
    symbol.origin = base == kNoIndex ? Symbol::Origin::kAbsolute : Symbol::Origin::kLinker;
    symbol.object = symbol.index = kNoIndex;
    symbol.address = base == kNoIndex ? static_cast<std::uint64_t>(definition.offset) : 0;
    symbol.size = 0;
    symbol.weak = false;
    symbol.thumb = false;
    symbol.kind = base == kNoIndex ? object::SymbolKind::kNone : context_.out.symbols[base].kind;
    if (base != kNoIndex) context_.aliases.push_back({index, base, definition.offset});
  }

  void calculate(const Definition& definition) {
    for (const std::string& name : definition.expression->symbols()) {
      if (name != definition.name && context_.out.symbols[context_.named(name)].defined()) continue;
      return context_.error({.code = ErrorCode::kUsage,
                             .message = fmt::format("--defsym {}: {} is not defined",
                                                    definition.name, quote(as_bytes(name)))});
    }
    if (!definition.expression->evaluate([](std::string_view) { return 1; }))
      return context_.error(
          {.code = ErrorCode::kUsage,
           .message = fmt::format("--defsym {}: a division by zero", definition.name)});
    const std::uint32_t index = context_.named(definition.name);
    Symbol& symbol = context_.out.symbols[index];
    symbol = {
        .name = symbol.name, .origin = Symbol::Origin::kLinker, .referenced = symbol.referenced};
    context_.aliases.push_back(
        {.symbol = index, .base = kNoIndex, .expression = &*definition.expression});
  }

  Context& context_;
};

}  // namespace

void define_symbols(Context& context) {
  Definer(context).run();
}

}  // namespace cmos::linker
