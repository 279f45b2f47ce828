// Canonical bytes: distances as few bytes as they take, largest pieces first, names padded with 0.
#include <fmt/format.h>

#include "base/text.h"
#include "formats/whitesmith/whitesmith.h"

namespace cmos::whitesmith {
namespace {

constexpr std::uint32_t kLongestDistance = 8223;

Error wrong(std::string field, std::string found, std::string expected) {
  return {.code = ErrorCode::kUsage,
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected)};
}

class Writer {
 public:
  explicit Writer(const File& file) : file_(file), config_(file.config) {}

  Result<std::vector<std::uint8_t>> write() {
    CMOS_TRY_VOID(header());
    append(file_.text);
    append(file_.data);
    for (std::size_t i = 0; i < file_.symbols.size(); ++i) CMOS_TRY_VOID(symbol(i));
    if (config_.has_relocations()) {
      CMOS_TRY_VOID(stream(file_.text_items, file_.text.size(), "text relocation"));
      CMOS_TRY_VOID(stream(file_.data_items, file_.data.size(), "data relocation"));
    } else if (!file_.text_items.empty() || !file_.data_items.empty()) {
      return fail(wrong("relocations", "some", "none, as bit 7 of the config byte says"));
    }
    return std::move(out_);
  }

 private:
  void append(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

  void put(std::uint32_t value, unsigned size) {
    out_.resize(out_.size() + size);
    store(std::span(out_).last(size), value, config_.order());
  }

  Result<void> word(std::string_view field, std::uint64_t value) {
    if (value > config_.word_mask())
      return fail(wrong(std::string(field), fmt::format("{}", value),
                        fmt::format("at most {}", config_.word_mask())));
    put(static_cast<std::uint32_t>(value), config_.word_size());
    return {};
  }

  Result<void> header() {
    const std::uint64_t table = std::uint64_t{file_.symbols.size()} * config_.symbol_size();
    if (table > UINT16_MAX)
      return fail(wrong("symbol table size",
                        fmt::format("{} ({} symbols)", table, file_.symbols.size()),
                        "at most 65535"));
    out_.reserve(config_.header_size() + file_.text.size() + file_.data.size() + table);
    out_.push_back(kMagic);
    out_.push_back(config_.byte);
    put(static_cast<std::uint32_t>(table), 2);
    CMOS_TRY_VOID(word("text size", file_.text.size()));
    CMOS_TRY_VOID(word("data size", file_.data.size()));
    CMOS_TRY_VOID(word("bss size", file_.bss));
    CMOS_TRY_VOID(word("heap size", file_.heap));
    CMOS_TRY_VOID(word("text base", file_.text_base));
    return word("data base", file_.data_base);
  }

  Result<void> symbol(std::size_t index) {
    const Symbol& one = file_.symbols[index];
    if (one.name.size() > config_.name_length() || one.name.find('\0') != std::string_view::npos)
      return fail(wrong(fmt::format("symbol {} name", index), quote(as_bytes(one.name), 128),
                        fmt::format("at most {} bytes, none of them 0", config_.name_length())));
    CMOS_TRY_VOID(word(fmt::format("symbol {} value", index), one.value));
    out_.push_back(one.type());
    append(as_bytes(one.name));
    out_.resize(out_.size() + config_.name_length() - one.name.size());
    return {};
  }

  Result<void> stream(const std::vector<Item>& items, std::uint64_t size, std::string_view field) {
    std::uint32_t end = 0;  // of the item before
    for (const Item& one : items) {
      CMOS_TRY_VOID(check(one, end, size, field));
      distance(one.offset - end);
      item(one);
      end = one.offset + one.size();
    }
    out_.push_back(0);
    return {};
  }

  Result<void> check(const Item& one, std::uint32_t end, std::uint64_t size,
                     std::string_view field) const {
    if (one.offset < end || one.offset > size || size - one.offset < one.size())
      return fail(wrong(std::string(field),
                        fmt::format("a field of {} bytes at {}", one.size(), one.offset),
                        fmt::format("one between {} and {}", end, size)));
    if (one.is_long && !config_.wide())
      return fail(wrong(std::string(field), "a field of 4 bytes", "2 bytes, as words have"));
    if (!one.names_symbol()) return {};
    if (one.symbol() >= file_.symbols.size() || one.symbol() > Item::kLastSymbol ||
        is_reserved_target(one.target))
      return fail(
          wrong(std::string(field), fmt::format("symbol {}", one.symbol()),
                fmt::format("one of {} symbols that an index reaches", file_.symbols.size())));
    return {};
  }

  void distance(std::uint32_t bytes) {
    for (; bytes > kLongestDistance; bytes -= kLongestDistance) {
      out_.push_back(0x3f);
      out_.push_back(0xff);
    }
    if (bytes >= 32) {
      out_.push_back(static_cast<std::uint8_t>(0x20 + ((bytes - 32) >> 8)));
      out_.push_back(static_cast<std::uint8_t>(bytes - 32));
    } else if (bytes != 0) {
      out_.push_back(static_cast<std::uint8_t>(bytes));
    }
  }

  void item(const Item& one) {
    const unsigned bits = (one.relative ? 1U : 0U) | (one.is_long ? 2U : 0U);
    if (one.target < 47) {
      out_.push_back(static_cast<std::uint8_t>((one.target + 16) << 2 | bits));
      return;
    }
    out_.push_back(static_cast<std::uint8_t>(0xfcU | bits));
    if (one.target < 175) {
      out_.push_back(static_cast<std::uint8_t>(one.target - 47));
      return;
    }
    out_.push_back(static_cast<std::uint8_t>(0x80 | (one.target - 175) >> 8));
    out_.push_back(static_cast<std::uint8_t>(one.target - 175));
  }

  const File& file_;
  const Config config_;
  std::vector<std::uint8_t> out_;
};

}  // namespace

Result<std::vector<std::uint8_t>> write(const File& file) {
  return Writer(file).write();
}

Result<std::vector<std::uint8_t>> memory_image(const File& file) {
  const std::uint64_t text_end = std::uint64_t{file.text_base} + file.text.size();
  if (file.data.empty()) return std::vector<std::uint8_t>(file.text.begin(), file.text.end());
  if (file.data_base < text_end)
    return fail(Error{.code = ErrorCode::kUsage,
                      .field = "data base",
                      .found = fmt::format("0x{:x}", file.data_base),
                      .expected = fmt::format("0x{:x} or more, the end of text", text_end)});
  // Addresses of files with long words are the 68000's, which has 24 bits of them.
  constexpr std::uint64_t kMost = 1U << 24;
  if (file.data_base - std::uint64_t{file.text_base} + file.data.size() > kMost)
    return fail(Error{.code = ErrorCode::kLimit,
                      .field = "data base",
                      .found = fmt::format("0x{:x}", file.data_base),
                      .expected = fmt::format("an end of data at most 0x{:x} bytes behind 0x{:x}",
                                              kMost, file.text_base)});
  std::vector<std::uint8_t> out(file.text.begin(), file.text.end());
  out.resize(file.data_base - file.text_base);
  out.insert(out.end(), file.data.begin(), file.data.end());
  return out;
}

}  // namespace cmos::whitesmith
