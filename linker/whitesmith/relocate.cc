// Contents and relocations of the output.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "linker/whitesmith/context.h"

namespace cmos::wslink {
namespace {

using whitesmith::Item;

/// What a relocation adds, and what it is in the output.
struct Target {
  std::uint32_t value = 0;
  std::uint32_t target = 0;
};

class Relocator {
 public:
  explicit Relocator(Context& context)
      : context_(context), config_(*context.config), keep_(keeps_relocations(context.options)) {}

  void run() {
    number_undefined();
    text_.reserve(context_.text_size);
    data_.reserve(context_.data_size);
    for (const Slot& one : context_.slots) {
      const Module& module = context_.linked.modules[one.module];
      const whitesmith::File& file = module.file;
      if (one.segment == Segment::kText) segment(module, one.segment, file.text, file.text_items);
      if (one.segment == Segment::kData) segment(module, one.segment, file.data, file.data_items);
    }
    text_.resize(context_.text_size);
    data_.resize(context_.data_size);
    whitesmith::File& file = context_.linked.file;
    file.text = file.storage.keep(std::move(text_));
    file.data = file.storage.keep(std::move(data_));
    file.bss = static_cast<std::uint32_t>(context_.bss_size);
  }

 private:
  static bool keeps_relocations(const Options& options) {
    return options.relocations && !options.absolute && !options.no_contents;
  }

  /// Undefined names stand first in the output's table.
  void number_undefined() {
    std::uint32_t next = 0;
    for (Name& one : context_.linked.names) {
      if (one.state == Name::State::kUndefined) one.number = next++;
    }
    if (next > 0 && keep_ && !context_.options.symbols)
      context_.errors.push_back(
          {.code = ErrorCode::kUsage,
           .message = "relocations against undefined symbols need a symbol table: keep it, or "
                      "leave out the relocations, too"});
  }

  /// In the output's segment, where zeros align the module.
  static std::uint64_t offset_of(const Module& module, Segment segment) {
    return segment == Segment::kText ? module.text_offset : module.data_offset;
  }

  void segment(const Module& module, Segment segment, Bytes contents,
               const std::vector<Item>& items) {
    const bool to_text = context_.output_of(segment) == Segment::kText;
    std::vector<std::uint8_t>& out = to_text ? text_ : data_;
    whitesmith::File& file = context_.linked.file;
    std::vector<Item>& kept = to_text ? file.text_items : file.data_items;
    const std::size_t start = std::max<std::size_t>(out.size(), offset_of(module, segment));
    out.resize(start);
    out.insert(out.end(), contents.begin(), contents.end());
    const std::uint32_t own = change_of(context_, module, segment);
    for (const Item& one : items) {
      const auto target = target_of(module, segment, one);
      if (!target) continue;
      patch(module, segment, one, target->value - (one.relative ? own : 0),
            std::span(out).subspan(start + one.offset));
      if (!keep_) continue;
      Item& copy = kept.emplace_back(one);
      copy.offset = static_cast<std::uint32_t>(start + one.offset);
      copy.target = target->target;
    }
    if (module.area != kNoIndex) bytes(module, segment, std::span(out).subspan(start));
  }

  /// An area has one segment, and its fields of one byte are there.
  void bytes(const Module& module, Segment segment, std::span<std::uint8_t> out) {
    for (const ByteItem& one : module.byte_items) {
      const auto target = target_of(
          module, segment, {.offset = one.offset, .target = Item::kFirstSymbol + one.symbol});
      if (!target) continue;
      if (keep_ && target->target != static_cast<std::uint32_t>(Segment::kAbsolute)) {
        context_.add_error(module.name, place_of(context_.linked, module, segment, one.offset),
                           "a relocation of one byte",
                           "one of a word: Whitesmith's objects have no others");
        continue;
      }
      const std::uint32_t sum = target->value + one.addend;
      if (one.part == ByteItem::Part::kRelative) {
        distance(module, segment, one, sum, out);
      } else {
        out[one.offset] =
            static_cast<std::uint8_t>(one.part == ByteItem::Part::kHigh ? sum >> 8 : sum);
      }
    }
  }

  void distance(const Module& module, Segment segment, const ByteItem& item, std::uint32_t target,
                std::span<std::uint8_t> out) {
    const std::uint32_t end =
        address_of(context_.linked, context_.options, module, segment) + item.offset + 1;
    const auto distance = static_cast<std::int16_t>(target - end);
    if (distance < INT8_MIN || distance > INT8_MAX)
      context_.add_error(module.name, place_of(context_.linked, module, segment, item.offset),
                         fmt::format("a distance of {} to {}", distance,
                                     quote(as_bytes(module.file.symbols[item.symbol].name), 128)),
                         "-128 to 127, as a relative jump has");
    out[item.offset] = static_cast<std::uint8_t>(distance);
  }

  std::optional<Target> target_of(const Module& module, Segment segment, const Item& item) {
    if (!item.names_symbol()) {
      const auto target = static_cast<Segment>(item.target);
      return Target{change_of(context_, module, target),
                    static_cast<std::uint32_t>(context_.output_of(target))};
    }
    const whitesmith::Symbol& symbol = module.file.symbols[item.symbol()];
    const bool refused = symbol.defined && context_.options.rules == Rules::kOriginal;
    if (refused || (!symbol.defined && !symbol.global)) {
      context_.add_error(
          module.name,
          fmt::format("{}, symbol {} {}", place_of(context_.linked, module, segment, item.offset),
                      item.symbol(), quote(as_bytes(symbol.name), 128)),
          refused ? "a symbol that is defined here" : "a local symbol that is not defined",
          "an undefined global one");
      return std::nullopt;
    }
    if (!symbol.global)
      return Target{symbol.value + change_of(context_, module, symbol.segment),
                    static_cast<std::uint32_t>(context_.output_of(symbol.segment))};
    const Name& name = context_.linked.names[module.globals[item.symbol()]];
    if (name.state == Name::State::kUndefined) return Target{0, Item::kFirstSymbol + name.number};
    return Target{name.value, static_cast<std::uint32_t>(name.segment)};
  }

  /// Sums are modulo the field; only a short field among long words can be too small.
  void patch(const Module& module, Segment segment, const Item& item, std::uint32_t change,
             std::span<std::uint8_t> field) {
    const unsigned size = item.size();
    const auto old = static_cast<std::uint32_t>(load(field.first(size), config_.order()));
    const std::uint32_t sum = old + change;
    store(field.first(size), sum, config_.order());
    if (!config_.wide() || size == 4) return;
    const std::int64_t exact =
        static_cast<std::int16_t>(old) + std::int64_t{static_cast<std::int32_t>(change)};
    if (exact < INT16_MIN || exact > UINT16_MAX)
      context_.add_error(module.name, place_of(context_.linked, module, segment, item.offset),
                         fmt::format("{}", exact), "a value of 16 bits");
  }

  Context& context_;
  const whitesmith::Config config_;
  const bool keep_;
  std::vector<std::uint8_t> text_;
  std::vector<std::uint8_t> data_;
};

/// As a name stands in the output's table.
whitesmith::Symbol symbol_of(const Name& name, bool absolute) {
  const bool defined = name.state != Name::State::kUndefined;
  return {.name = name.name,
          .value = name.value,
          .segment = absolute || !defined ? Segment::kAbsolute : name.segment,
          .defined = defined,
          .global = true};
}

}  // namespace

void relocate(Context& context) {
  Relocator(context).run();
}

void make_symbols(Context& context) {
  whitesmith::File& file = context.linked.file;
  const Options& options = context.options;
  file.config = *context.config;
  if (!options.relocations) file.config.byte |= whitesmith::Config::kNoRelocations;
  if (options.symbols) {
    const bool absolute = options.absolute || options.no_contents;
    for (const bool defined : {false, true}) {
      for (const Name& one : context.linked.names) {
        if (!one.hidden && (one.state != Name::State::kUndefined) == defined)
          file.symbols.push_back(symbol_of(one, absolute));
      }
    }
  }
  if (!options.no_contents) return;
  file.text = file.data = {};
  file.bss = file.heap = file.text_base = file.data_base = 0;
}

tl::expected<Linked, Errors> link(const Options& options, linker::Files& files) {
  Context context(options, files);
  for (const auto pass : {select, lay_out, relocate, make_symbols}) {
    pass(context);
    if (context.failed()) return tl::unexpected<Errors>(std::move(context.errors));
  }
  return std::move(context.linked);
}

Result<std::vector<std::uint8_t>> bytes_of(const Linked& linked, bool header) {
  auto bytes = whitesmith::write(linked.file);
  if (!bytes) {
    Error error = std::move(bytes).error();
    error.code = ErrorCode::kLimit;
    return fail(std::move(error));
  }
  if (!header) bytes->erase(bytes->begin(), bytes->begin() + linked.file.config.header_size());
  return bytes;
}

}  // namespace cmos::wslink
