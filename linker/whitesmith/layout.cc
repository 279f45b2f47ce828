// Addresses: of the output's segments, of the names that the linker makes, of all names.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "linker/whitesmith/context.h"

namespace cmos::wslink {
namespace {

class Layout {
 public:
  explicit Layout(Context& context)
      : context_(context),
        options_(context.options),
        mask_(context.config->word_mask()),
        file_(context.linked.file) {}

  void run() {
    const std::uint64_t fill = (std::uint64_t{1} << options_.text_fill_bits) - 1;
    context_.text_size = (context_.text_size + fill) & ~fill;
    bases();
    settle_modules();
    commons();
    boundaries();
    definitions();
    if (!options_.partial) area_bounds();
    check_size("text size", context_.text_size);
    check_size("data size", context_.data_size);
    check_size("bss size", context_.bss_size);
    if (!options_.partial) report_undefined();
  }

 private:
  void bases() {
    // bss follows data, and both begin where the strictest of their modules may.
    const std::uint64_t zeros = strictest(Segment::kBss);
    context_.data_size = (context_.data_size + zeros - 1) & ~(zeros - 1);
    const std::uint64_t round =
        std::max({strictest(Segment::kData), zeros, std::uint64_t{1} << options_.data_zero_bits}) -
        1;
    const std::uint64_t text_end = options_.text_base + context_.text_size;
    file_.text_base = options_.text_base & mask_;
    file_.data_base =
        static_cast<std::uint32_t>(options_.data_base.value_or((text_end + round) & ~round)) &
        mask_;
    context_.linked.bss_base = static_cast<std::uint32_t>(options_.bss_base.value_or(
                                   file_.data_base + context_.data_size)) &
                               mask_;
    file_.heap = options_.heap;
  }

  /// The largest alignment of what goes to a segment of the output.
  std::uint64_t strictest(Segment output) const {
    std::uint64_t out = 1;
    for (const Slot& one : context_.slots) {
      const Module& module = context_.linked.modules[one.module];
      if (context_.output_of(one.segment) == output && module.file.size(one.segment) != 0)
        out = std::max<std::uint64_t>(out, module.alignment);
    }
    return out;
  }

  /// Names that modules define, from their address in the module to the final one.
  void settle_modules() {
    for (Name& one : context_.linked.names) {
      if (one.state != Name::State::kModule) continue;
      const Module& module = context_.linked.modules[one.module];
      one.value = (one.value + change_of(context_, module, one.segment)) & mask_;
      one.segment = context_.output_of(one.segment);
    }
  }

  /// Common names that nothing defines, behind bss in the order of the table.
  void commons() {
    for (const Boundary& one : options_.boundaries) skip_common(one);
    if (options_.partial) return;
    for (Name& one : context_.linked.names) {
      if (one.state != Name::State::kUndefined || one.value == 0) continue;
      const std::uint32_t size = one.value;
      set(one, Segment::kBss, context_.linked.bss_base + context_.bss_size);
      context_.bss_size += size;
    }
  }

  /// A name that the linker makes is not common, whatever an input says.
  void skip_common(const Boundary& one) {
    Name* name = context_.find(context_.cut(one.name));
    if (name != nullptr && name->state == Name::State::kUndefined) name->value = 0;
  }

  void boundaries() {
    for (const Boundary& one : options_.boundaries) {
      Name* name = context_.find(context_.cut(one.name));
      if (name == nullptr) continue;
      if (name->state != Name::State::kUndefined) {
        context_.add_error(
            name->state == Name::State::kModule ? context_.linked.modules[name->module].name : "",
            fmt::format("symbol {}", quote(as_bytes(name->name), 128)),
            "a definition of a name that the linker is asked to define", "a reference");
        continue;
      }
      if (one.kind == Boundary::Kind::kSize) {
        set(*name, Segment::kAbsolute, size_of(one.segment));
      } else {
        set(*name, one.segment, base_of(one.segment) + size_of(one.segment));
      }
    }
  }

  /// s_AREA and l_AREA, for start-up code; of areas first, and then of the output's segments.
  void area_bounds() {
    if (context_.linked.areas.empty()) return;
    for (const Area& one : context_.linked.areas) {
      const Segment output = context_.output_of(one.segment);
      bounds(one.name, output, base_of(output) + one.offset, one.size);
    }
    for (const Segment one : {Segment::kText, Segment::kData, Segment::kBss})
      bounds(whitesmith::name(one), one, base_of(one), size_of(one));
  }

  void bounds(std::string_view area, Segment output, std::uint64_t start, std::uint64_t size) {
    Name* const begin = context_.find(fmt::format("s_{}", area));
    if (begin != nullptr && begin->state == Name::State::kUndefined) set(*begin, output, start);
    Name* const length = context_.find(fmt::format("l_{}", area));
    if (length != nullptr && length->state == Name::State::kUndefined)
      set(*length, Segment::kAbsolute, size);
  }

  std::uint64_t size_of(Segment segment) const {
    if (segment == Segment::kText) return context_.text_size;
    return segment == Segment::kData ? context_.data_size : context_.bss_size;
  }

  std::uint64_t base_of(Segment segment) const {
    if (segment == Segment::kText) return file_.text_base;
    return segment == Segment::kData ? file_.data_base : context_.linked.bss_base;
  }

  void set(Name& name, Segment segment, std::uint64_t value) {
    name.state = Name::State::kLinker;
    name.segment = segment;
    name.value = static_cast<std::uint32_t>(value) & mask_;
  }

  void definitions() {
    for (const Definition& one : options_.definitions) {
      std::uint64_t value = static_cast<std::uint64_t>(one.offset);
      Segment segment = Segment::kAbsolute;
      if (!one.base.empty()) {
        const Name* base = context_.find(one.base);
        if (base == nullptr || base->state == Name::State::kUndefined) {
          context_.add_error("", fmt::format("--defsym {}", one.name),
                             fmt::format("{}, which nothing defines", one.base), "a defined name");
          continue;
        }
        value += base->value;
        segment = base->segment;
      }
      set(*context_.find(one.name), segment, value);
    }
  }

  void check_size(std::string_view field, std::uint64_t size) {
    if (size <= mask_) return;
    context_.errors.push_back({.code = ErrorCode::kLimit,
                               .field = std::string(field),
                               .found = fmt::format("{}", size),
                               .expected = fmt::format("at most {}", mask_)});
  }

  void report_undefined() {
    for (const Name& one : context_.linked.names) {
      if (one.state != Name::State::kUndefined) continue;
      const std::string symbol = fmt::format("symbol {}", quote(as_bytes(one.name), 128));
      if (one.module == kNoIndex) {
        context_.add_error("", symbol, "no definition", "one, as the command line asks for it");
        continue;
      }
      const Module& module = context_.linked.modules[one.module];
      const auto where = first_use(module, one);
      context_.add_error(module.name, where ? fmt::format("{}, {}", *where, symbol) : symbol,
                         "no definition", "one");
    }
  }

  std::optional<std::string> first_use(const Module& module, const Name& name) const {
    const auto is_name = [&](std::uint32_t symbol) {
      return module.file.symbols[symbol].name == name.name;
    };
    const auto use = [&](Segment segment, const std::vector<whitesmith::Item>& items) {
      const auto found = std::find_if(items.begin(), items.end(), [&](const whitesmith::Item& one) {
        return one.names_symbol() && is_name(one.symbol());
      });
      return found == items.end()
                 ? std::nullopt
                 : std::optional(place_of(context_.linked, module, segment, found->offset));
    };
    if (const auto text = use(Segment::kText, module.file.text_items)) return text;
    if (const auto data = use(Segment::kData, module.file.data_items)) return data;
    const auto byte = std::find_if(module.byte_items.begin(), module.byte_items.end(),
                                   [&](const ByteItem& one) { return is_name(one.symbol); });
    if (byte == module.byte_items.end()) return std::nullopt;
    return place_of(context_.linked, module, Segment::kText, byte->offset);
  }

  Context& context_;
  const Options& options_;
  const std::uint32_t mask_;
  whitesmith::File& file_;
};

}  // namespace

std::string_view Context::cut(std::string_view name) const {
  return name.substr(0, config->name_length());
}

std::uint32_t address_of(const Linked& linked, const Options& options, const Module& module,
                         Segment segment) {
  const bool to_text = segment == Segment::kText ? options.text_to_text : options.data_to_text;
  const std::uint32_t base = to_text ? linked.file.text_base : linked.file.data_base;
  switch (segment) {
    case Segment::kAbsolute:
      return 0;
    case Segment::kText:
      return base + static_cast<std::uint32_t>(module.text_offset);
    case Segment::kData:
      return base + static_cast<std::uint32_t>(module.data_offset);
    case Segment::kBss:
      return linked.bss_base + static_cast<std::uint32_t>(module.bss_offset);
  }
  return 0;
}

std::string place_of(const Linked& linked, const Module& module, Segment segment,
                     std::uint32_t offset) {
  if (module.area == kNoIndex) return whitesmith::place(segment, offset);
  return fmt::format("{}+0x{:x}", linked.areas[module.area].name, offset);
}

std::uint32_t change_of(const Context& context, const Module& module, Segment segment) {
  return address_of(context.linked, context.options, module, segment) - module.file.base(segment);
}

void lay_out(Context& context) {
  Layout(context).run();
}

}  // namespace cmos::wslink
