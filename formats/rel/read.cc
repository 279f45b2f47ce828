#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "formats/rel/rel.h"

namespace cmos::rel {
namespace {

// Bits of a relocation's mode.
constexpr std::uint32_t kByte = 0x01;
constexpr std::uint32_t kSymbol = 0x02;
constexpr std::uint32_t kRelative = 0x04;
constexpr std::uint32_t kOfAddress = 0x08;  ///< the byte stands as a whole address
constexpr std::uint32_t kUnsigned = 0x10;   ///< says nothing to a linker that checks nothing
constexpr std::uint32_t kMost = 0x80;       ///< the byte is the second one
/// No object has more; it bounds what a size without contents may ask for.
constexpr std::uint32_t kLargestArea = 1U << 16;

class Parser : Refusals {
 public:
  Parser(Bytes bytes, std::string_view name) : Refusals(name), text_(as_text(bytes)) {}

  Result<File> parse() {
    while (at_ < text_.size()) {
      line_at_ = at_;
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      split(text_.substr(at_, end - at_));
      at_ = end + 1;
      if (!words_.empty()) CMOS_TRY_VOID(record());
    }
    if (!begun_) return malformed(0, "first line", "none", "XL2, XL3 or XH2");
    return std::move(out_);
  }

 private:
  void split(std::string_view line) {
    words_.clear();
    while (true) {
      const std::size_t begin = line.find_first_not_of(" \t\r");
      if (begin == std::string_view::npos) return;
      line.remove_prefix(begin);
      const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
      words_.push_back(line.substr(0, end));
      line.remove_prefix(end);
    }
  }

  Result<void> record() {
    const std::string_view kind = words_[0];
    if (!begun_) return first_line(kind);
    if (kind == "H") return header();
    if (kind == "M") return text(out_.module);
    if (kind == "O") return text(out_.options);
    if (kind == "S") return symbol();
    if (kind == "A") return area();
    if (kind == "T") return contents();
    if (kind == "R") return relocations();
    return malformed(line_at_, "record", quote(as_bytes(kind), 32), "H, M, O, S, A, T or R");
  }

  Result<void> first_line(std::string_view kind) {
    const bool good =
        kind.size() == 3 && (kind[1] == 'L' || kind[1] == 'H') && kind[2] >= '2' && kind[2] <= '4';
    if (!good || std::string_view("XDQ").find(kind[0]) == std::string_view::npos)
      return malformed(line_at_, "first line", quote(as_bytes(kind), 32), "XL2, XL3, XH2, ...");
    if (kind[0] != 'X')
      return unsupported(line_at_, "radix", quote(as_bytes(kind), 32), "X, hexadecimal");
    begun_ = true;
    out_.order = kind[1] == 'L' ? ByteOrder::kLittle : ByteOrder::kBig;
    out_.address_bytes = static_cast<unsigned>(kind[2] - '0');
    return {};
  }

  Result<std::uint32_t> number(std::string_view word, std::string_view field) const {
    std::uint32_t value = 0;
    const char* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, value, 16);
    if (word.empty() || error != std::errc() || stop != end)
      return malformed(line_at_, field, quote(as_bytes(word), 32), "a hexadecimal number");
    return value;
  }

  Result<std::uint32_t> number_at(std::size_t index, std::string_view field) const {
    return number(index < words_.size() ? words_[index] : std::string_view(), field);
  }

  /// The counts are checked by nobody but readers that reserve: lists grow as they come.
  Result<void> header() {
    return number_at(1, "number of areas").map([](std::uint32_t) {});
  }

  Result<void> text(std::string& out) {
    for (std::size_t i = 1; i < words_.size(); ++i)
      out.append(out.empty() ? "" : " ").append(words_[i]);
    return {};
  }

  Result<void> symbol() {
    const std::string_view value = words_.size() > 2 ? words_[2] : std::string_view();
    const bool defined = value.starts_with("Def");
    if (!defined && !value.starts_with("Ref"))
      return malformed(line_at_, "symbol", quote(as_bytes(value), 32), "Def… or Ref…");
    Symbol out{.name = std::string(words_[1]), .defined = defined};
    CMOS_TRY(out.value, number(value.substr(3), "symbol value"));
    out.area = out_.areas.empty() ? kNoArea : static_cast<std::uint32_t>(out_.areas.size() - 1);
    out_.symbols.push_back(std::move(out));
    return {};
  }

  Result<void> area() {
    if (words_.size() < 8 || words_[2] != "size" || words_[4] != "flags" || words_[6] != "addr")
      return malformed(line_at_, "area", fmt::format("{} words", words_.size()),
                       "A name size n flags f addr a");
    Area out;
    out.name = words_[1];
    CMOS_TRY(out.size, number(words_[3], "area size"));
    CMOS_TRY(out.flags, number(words_[5], "area flags"));
    CMOS_TRY(out.address, number(words_[7], "area address"));
    if (out.size > kLargestArea)
      return malformed(line_at_, "area size", fmt::format("{}", out.size),
                       fmt::format("at most {}", kLargestArea));
    out_.areas.push_back(std::move(out));
    return {};
  }

  /// The words behind the record's kind.
  Result<std::vector<std::uint8_t>> bytes(std::string_view field) const {
    std::vector<std::uint8_t> out;
    for (std::size_t i = 1; i < words_.size(); ++i) {
      CMOS_TRY(const std::uint32_t value, number(words_[i], field));
      if (value > 0xff)
        return malformed(line_at_, field, fmt::format("0x{:x}", value), "two digits");
      out.push_back(static_cast<std::uint8_t>(value));
    }
    return out;
  }

  /// T: kept until its R says which area it belongs to.
  Result<void> contents() {
    CMOS_TRY(line_, bytes("T byte"));
    if (line_.size() < out_.address_bytes)
      return malformed(line_at_, "T address", fmt::format("{} bytes", line_.size()),
                       fmt::format("{} bytes", out_.address_bytes));
    has_line_ = true;
    return {};
  }

  Result<void> relocations() {
    if (!has_line_) return malformed(line_at_, "R", "no T before it", "a T line");
    has_line_ = false;
    CMOS_TRY(const std::vector<std::uint8_t> values, bytes("R byte"));
    if (values.size() < 4 || values.size() % 4 != 0)
      return malformed(line_at_, "R", fmt::format("{} bytes", values.size()), "a multiple of 4");
    const std::uint32_t index = pair(values[2], values[3]);
    if (index >= out_.areas.size())
      return malformed(line_at_, "R area", fmt::format("{}", index),
                       fmt::format("less than {}", out_.areas.size()));
    return place(out_.areas[index], values);
  }

  std::uint32_t pair(std::uint32_t a, std::uint32_t b) const {
    return out_.order == ByteOrder::kLittle ? a | b << 8 : a << 8 | b;
  }

  /// Moves the T line into its area, with one byte for each address that is one.
  Result<void> place(Area& area, const std::vector<std::uint8_t>& values) {
    const unsigned address_bytes = out_.address_bytes;
    auto offset = static_cast<std::uint32_t>(load(Bytes(line_).first(address_bytes), out_.order));
    std::size_t from = address_bytes;
    for (std::size_t i = 4; i < values.size(); i += 4) {
      const std::size_t at = values[i + 1];
      CMOS_TRY(Relocation one, relocation(values[i], pair(values[i + 2], values[i + 3])));
      const std::size_t width = one.part == Relocation::Part::kWord ? 2 : address_bytes;
      if (at < from || at > line_.size() || line_.size() - at < width)
        return malformed(
            line_at_, "R index", fmt::format("{}", at),
            fmt::format("a field of {} bytes between {} and {}", width, from, line_.size()));
      CMOS_TRY_VOID(store_bytes(area, offset, Bytes(line_).subspan(from, at - from)));
      offset += static_cast<std::uint32_t>(at - from);
      const Bytes field = Bytes(line_).subspan(at, width);
      one.addend = static_cast<std::uint32_t>(load(field, out_.order));
      one.offset = offset;
      CMOS_TRY_VOID(store_bytes(area, offset, std::vector<std::uint8_t>(one.size())));
      offset += one.size();
      from = at + width;
      area.relocations.push_back(one);
    }
    return store_bytes(area, offset, Bytes(line_).subspan(from));
  }

  Result<Relocation> relocation(std::uint32_t mode, std::uint32_t index) const {
    constexpr std::uint32_t kKnown = kByte | kSymbol | kRelative | kOfAddress | kUnsigned | kMost;
    const bool byte = (mode & kByte) != 0;
    if ((mode & ~kKnown) != 0 || byte != ((mode & kOfAddress) != 0))
      return unsupported(line_at_, "R mode", fmt::format("0x{:02x}", mode),
                         "a word, or a byte of an address");
    Relocation out{.part = !byte                 ? Relocation::Part::kWord
                           : (mode & kMost) != 0 ? Relocation::Part::kHigh
                                                 : Relocation::Part::kLow,
                   .relative = (mode & kRelative) != 0,
                   .is_symbol = (mode & kSymbol) != 0,
                   .index = index};
    const std::size_t count = out.is_symbol ? out_.symbols.size() : out_.areas.size();
    if (index >= count)
      return malformed(line_at_, out.is_symbol ? "R symbol" : "R target area",
                       fmt::format("{}", index), fmt::format("less than {}", count));
    return out;
  }

  Result<void> store_bytes(Area& area, std::uint32_t offset, Bytes bytes) {
    if (bytes.empty()) return {};
    if (offset > area.size || bytes.size() > area.size - offset)
      return malformed(
          line_at_, "T address", fmt::format("{} bytes at {}", bytes.size(), offset),
          fmt::format("a place in area {} of {} bytes", quote(as_bytes(area.name), 64), area.size));
    area.bytes.resize(area.size);
    std::copy(bytes.begin(), bytes.end(), area.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t line_at_ = 0;
  std::vector<std::string_view> words_;
  std::vector<std::uint8_t> line_;  ///< of the last T
  bool has_line_ = false;
  bool begun_ = false;
  File out_;
};

}  // namespace

bool is_for_z80(const File& file) {
  return file.options.find("-m") == std::string::npos ||
         file.options.find(kZ80Option) != std::string::npos;
}

bool looks_like_rel(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  return text.size() > 4 && (text[0] == 'X' || text[0] == 'D' || text[0] == 'Q') &&
         (text[1] == 'L' || text[1] == 'H') && text[2] >= '2' && text[2] <= '4' &&
         (text[3] == '\n' || text[3] == '\r');
}

Result<File> read(Bytes bytes, std::string_view file) {
  return Parser(bytes, file).parse();
}

}  // namespace cmos::rel
