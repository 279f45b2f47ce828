// Reading and validating are one parse: read() hands out the first error, validate() all findings.
#include <fmt/format.h>

#include <algorithm>

#include "formats/whitesmith/parse.h"

namespace cmos::whitesmith {
namespace {

/// A file that is shorter than a part of it must be.
struct Part {
  const Rule& rule;
  std::string_view field;
  std::uint64_t stated_at;  ///< where the size stands
};

class Parser {
 public:
  explicit Parser(Parse& parse)
      : parse_(parse), file_(parse.result.file), layout_(parse.result.layout) {}

  bool header() {
    const Bytes bytes = parse_.bytes;
    if (bytes.empty() || bytes[0] != kMagic) {
      parse_.findings.add(rules::kBadMagic, 0, "magic",
                          bytes.empty() ? "an empty file" : fmt::format("0x{:02x}", bytes[0]),
                          "0x99");
      return false;
    }
    if (bytes.size() > 1) file_.config.byte = bytes[1];
    const unsigned size = file_.config.header_size();
    if (bytes.size() < size) {
      parse_.findings.add(rules::kHeaderTruncated, bytes.size(), "header",
                          fmt::format("the end of the file after {} bytes", bytes.size()),
                          fmt::format("{} bytes", bytes.size() > 1 ? size : 16));
      return false;
    }
    symbol_table_ = static_cast<std::uint32_t>(load(bytes.subspan(2, 2), file_.config.order()));
    text_ = word(0);
    data_ = word(1);
    file_.bss = word(2);
    file_.heap = word(3);
    file_.text_base = word(4);
    file_.data_base = word(5);
    return true;
  }

  bool contents() {
    at_ = file_.config.header_size();
    const unsigned word_size = file_.config.word_size();
    layout_.text = at_;
    if (!take(text_, file_.text, {rules::kBadTextSize, "text size", 4})) return false;
    layout_.data = at_;
    if (!take(data_, file_.data, {rules::kBadDataSize, "data size", 4 + word_size})) return false;
    layout_.symbols = at_;
    const unsigned entry = file_.config.symbol_size();
    if (symbol_table_ % entry != 0) {
      parse_.findings.add(rules::kBadSymbolTableSize, 2, "symbol table size",
                          fmt::format("{}", symbol_table_),
                          fmt::format("a multiple of {}, the size of a symbol with names of {}",
                                      entry, file_.config.name_length()));
      return false;
    }
    return take(symbol_table_, symbols_, {rules::kSymbolsTruncated, "symbol table size", 2});
  }

  void symbols() {
    const Config config = file_.config;
    const unsigned word_size = config.word_size();
    const unsigned entry = config.symbol_size();
    file_.symbols.reserve(symbols_.size() / entry);
    for (std::size_t at = 0; at < symbols_.size(); at += entry) {
      const Bytes one = symbols_.subspan(at, entry);
      const std::uint8_t type = one[word_size];
      const bool defined = (type & 4) != 0;
      if (type > 0x0f || (!defined && (type & 3) != 0)) {
        parse_.findings.add(rules::kBadSymbolType, layout_.symbols + at + word_size,
                            fmt::format("symbol {} type", at / entry),
                            fmt::format("0x{:02x}", type),
                            "0x08 (undefined), 0x0c to 0x0f (global) or 0x04 to 0x07 (local)");
        continue;
      }
      const std::string_view text = as_text(one.subspan(word_size + 1));
      file_.symbols.push_back(
          {.name = text.substr(0, text.find('\0')),
           .value = static_cast<std::uint32_t>(load(one.first(word_size), config.order())),
           .segment = static_cast<Segment>(type & 3),
           .defined = defined,
           .global = (type & 8) != 0});
    }
  }

  void relocations() {
    layout_.text_items = layout_.data_items = layout_.end = at_;
    if (!file_.config.has_relocations()) return;
    if (!stream(Segment::kText, file_.text.size(), file_.text_items)) return;
    layout_.data_items = at_;
    if (!stream(Segment::kData, file_.data.size(), file_.data_items)) return;
    layout_.end = at_;
  }

 private:
  std::uint32_t word(unsigned index) const {
    const unsigned size = file_.config.word_size();
    return static_cast<std::uint32_t>(
        load(parse_.bytes.subspan(4 + index * size, size), file_.config.order()));
  }

  bool take(std::uint64_t size, Bytes& out, const Part& part) {
    const std::uint64_t left = parse_.bytes.size() - at_;
    if (size > left) {
      parse_.findings.add(part.rule, part.stated_at, part.field, fmt::format("{}", size),
                          fmt::format("at most {}, what is left of the file", left));
      return false;
    }
    out = parse_.bytes.subspan(at_, size);
    at_ += size;
    return true;
  }

  /// One byte of a stream; nothing after the end of the file, which is then reported.
  std::optional<std::uint32_t> byte(std::string_view field) {
    if (at_ < parse_.bytes.size()) return parse_.bytes[at_++];
    parse_.findings.add(rules::kItemsTruncated, at_, field, "the end of the file",
                        "a relocation byte; 0 ends the relocations of a segment");
    return std::nullopt;
  }

  bool stream(Segment segment, std::uint64_t size, std::vector<Item>& items) {
    const std::string_view field =
        segment == Segment::kText ? "text relocations" : "data relocations";
    for (std::uint64_t position = 0;;) {
      const std::uint64_t start = at_;
      const auto control = byte(field);
      if (!control) return false;
      if (*control == 0) {
        if (position > size) parse_.past_end = true;
        return true;
      }
      if (*control < 0x20) {
        position += *control;
      } else if (*control < 0x40) {
        const auto low = byte(field);
        if (!low) return false;
        position += (*control - 0x20) * 256 + *low + 32;
      } else if (!item(*control, start, field, size, position, items)) {
        return false;
      }
    }
  }

  /// Adds an item; false when what follows makes no sense any more.
  bool item(std::uint32_t control, std::uint64_t start, std::string_view field, std::uint64_t size,
            std::uint64_t& position, std::vector<Item>& items) {
    Item one;
    one.relative = (control & 1) != 0;
    one.is_long = (control & 2) != 0;
    one.target = (control >> 2) - 16;
    if (control >= 0xfc) {
      const auto target = extended_target(field);
      if (!target) return false;
      one.target = *target;
    }
    if (!check_width(one, start, field, control)) return false;
    if (position > size || size - position < one.size()) {
      parse_.findings.add(rules::kItemOutsideSegment, start, field,
                          fmt::format("a field of {} bytes at {}", one.size(), position),
                          fmt::format("one inside of the segment's {} bytes", size));
      return false;
    }
    one.offset = static_cast<std::uint32_t>(position);
    position += one.size();
    if (check_target(one, start, field)) items.push_back(one);
    return true;
  }

  std::optional<std::uint32_t> extended_target(std::string_view field) {
    const auto first = byte(field);
    if (!first) return std::nullopt;
    if (*first < 0x80) return 47 + *first;
    const auto second = byte(field);
    if (!second) return std::nullopt;
    return 175 + (*first - 0x80) * 256 + *second;
  }

  bool check_width(const Item& one, std::uint64_t start, std::string_view field,
                   std::uint32_t control) {
    if (!one.is_long || file_.config.wide()) return true;
    parse_.findings.add(rules::kBadItemWidth,
                        Error{.code = ErrorCode::kUnsupported,
                              .offset = start,
                              .field = std::string(field),
                              .found = fmt::format("0x{:02x}, a field of 4 bytes (single bytes to "
                                                   "some later tools)",
                                                   control),
                              .expected = "fields of 2 bytes, as words of 2 bytes ask for"});
    return false;
  }

  bool check_target(const Item& one, std::uint64_t start, std::string_view field) {
    if (is_reserved_target(one.target)) {
      parse_.findings.add(rules::kReservedItem,
                          Error{.code = ErrorCode::kUnsupported,
                                .offset = start,
                                .field = std::string(field),
                                .found = fmt::format("the NS16032's code 0x{:x}", one.target),
                                .expected = "a segment or a symbol"});
      return false;
    }
    if (!one.names_symbol() || one.symbol() < symbols_.size() / file_.config.symbol_size())
      return true;
    parse_.findings.add(rules::kBadItemSymbol, start, field, fmt::format("symbol {}", one.symbol()),
                        fmt::format("less than {}, the number of symbols",
                                    symbols_.size() / file_.config.symbol_size()));
    return false;
  }

  Parse& parse_;
  File& file_;
  Layout& layout_;
  std::uint64_t at_ = 0;
  std::uint32_t symbol_table_ = 0;
  std::uint32_t text_ = 0;
  std::uint32_t data_ = 0;
  Bytes symbols_;
};

}  // namespace

bool parse_file(Parse& parse) {
  Parser parser(parse);
  if (!parser.header() || !parser.contents()) return false;
  parser.symbols();
  parser.relocations();
  return !parse.findings.has_errors();
}

std::string_view name(Segment segment) {
  constexpr std::string_view kNames[] = {"absolute", "text", "data", "bss"};
  return kNames[static_cast<std::size_t>(segment)];
}

std::string place(Segment segment, std::uint32_t offset) {
  return fmt::format("{}+0x{:x}", name(segment), offset);
}

std::uint32_t File::base(Segment segment) const {
  switch (segment) {
    case Segment::kAbsolute:
      return 0;
    case Segment::kText:
      return text_base;
    case Segment::kData:
      return data_base;
    case Segment::kBss:
      return (data_base + static_cast<std::uint32_t>(data.size())) & config.word_mask();
  }
  return 0;
}

std::uint64_t File::size(Segment segment) const {
  switch (segment) {
    case Segment::kAbsolute:
      return 0;
    case Segment::kText:
      return text.size();
    case Segment::kData:
      return data.size();
    case Segment::kBss:
      return bss;
  }
  return 0;
}

bool File::is_program() const {
  if (std::any_of(symbols.begin(), symbols.end(), [](const Symbol& one) { return !one.defined; }))
    return false;
  return !config.has_relocations() || text_base != 0;
}

bool looks_like_object(Bytes bytes) {
  return !bytes.empty() && bytes[0] == kMagic;
}

std::string_view usual_arch(Config config) {
  return config.wide() && config.order() == ByteOrder::kBig ? "_68K" : "_Z80";
}

Result<ReadResult> read(Bytes bytes, std::string_view file) {
  Parse parse(bytes, file);
  if (parse_file(parse)) return std::move(parse.result);
  for (Finding& one : std::move(parse.findings).take(false)) {
    if (one.severity == Severity::kError) return fail(std::move(one.where));
  }
  return fail(ErrorCode::kInternal, "a parse failed without an error");
}

std::vector<Finding> validate(Bytes bytes, std::string_view file) {
  Parse parse(bytes, file);
  if (parse_file(parse)) {
    Findings remarks(file);
    lint(parse, remarks);
    std::vector<Finding> out = std::move(remarks).take(false);
    std::stable_sort(out.begin(), out.end(), [](const Finding& a, const Finding& b) {
      return a.where.offset.value_or(0) < b.where.offset.value_or(0);
    });
    return out;
  }
  return std::move(parse.findings).take(false);
}

}  // namespace cmos::whitesmith
