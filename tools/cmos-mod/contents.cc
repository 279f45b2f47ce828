#include "tools/cmos-mod/contents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "tools/common/command_line.h"

namespace cmos::modtool {
namespace {

using mod::SourceSymbol;
using mod::ValueType;

constexpr std::string_view kItems =
    "bytes in hexadecimal, \"text\", NAME:, zeros:COUNT, or TYPE:NAME[+NUMBER] with byte, wyde, "
    "tetra, octa, pointer or displacement";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The character or byte that a backslash and what follows mean; nothing for others. `at` goes
/// behind it.
std::optional<char> escaped(std::string_view line, std::size_t& at) {
  if (at >= line.size()) return std::nullopt;
  const char kind = line[at++];
  constexpr std::string_view kNames = "ntr0\"\\";
  constexpr std::string_view kMeanings("\n\t\r\0\"\\", 6);
  if (const std::size_t known = kNames.find(kind); known != std::string_view::npos)
    return kMeanings[known];
  if (kind != 'x' || line.size() - at < 2 || digit(line[at]) < 0 || digit(line[at + 1]) < 0)
    return std::nullopt;
  const int value = digit(line[at]) * 16 + digit(line[at + 1]);
  at += 2;
  return static_cast<char>(value);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

}  // namespace

tl::unexpected<Error> LineErrors::wrong(std::string found, std::string expected) const {
  return fail(Error{.code = ErrorCode::kMalformed,
                    .file = file_,
                    .field = fmt::format("line {}", line_),
                    .found = std::move(found),
                    .expected = std::move(expected)});
}

Result<std::vector<Word>> words_of(std::string_view line, const LineErrors& errors) {
  std::vector<Word> out;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size() || line[at] == '#') return out;
    Word word;
    if (line[at] != '"') {
      while (at < line.size() && !is_blank(line[at]) && line[at] != '#') word.text += line[at++];
      out.push_back(std::move(word));
      continue;
    }
    word.quoted = true;
    for (++at; at < line.size() && line[at] != '"';) {
      char c = line[at++];
      if (c == '\\') {
        const auto meant = escaped(line, at);
        if (!meant)
          return errors.wrong("an unknown \\ in a text", "\\n \\t \\r \\0 \\\" \\\\ \\xNN");
        c = *meant;
      }
      word.text += c;
    }
    if (at == line.size()) return errors.wrong("the end of the line in a text", "a \" at its end");
    ++at;
    out.push_back(std::move(word));
  }
}

bool plain_bytes(const Word& word, std::vector<std::uint8_t>& out) {
  if (word.quoted) {
    out.insert(out.end(), word.text.begin(), word.text.end());
    return true;
  }
  std::string_view digits = word.text;
  std::uint64_t times = 1;
  if (const std::size_t star = digits.find('*'); star != std::string_view::npos) {
    const auto count = tools::parse_number(digits.substr(star + 1));
    if (!count || *count > UINT16_MAX) return false;
    times = *count;
    digits = digits.substr(0, star);
  }
  if (digits.empty() || digits.size() % 2 != 0 || digits.size() > 2 * std::size_t{UINT16_MAX} ||
      digits.size() / 2 * times > UINT16_MAX + 1U)
    return false;
  std::vector<std::uint8_t> once;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (digit(digits[i]) < 0 || digit(digits[i + 1]) < 0) return false;
    once.push_back(static_cast<std::uint8_t>(digit(digits[i]) * 16 + digit(digits[i + 1])));
  }
  for (std::uint64_t i = 0; i < times; ++i) out.insert(out.end(), once.begin(), once.end());
  return true;
}

Contents::Contents(Part& part, mod::SourceSegment segment, const LineErrors& errors)
    : source_(part.raw),
      names_(part.names),
      family_(part.options.cpu.family),
      segment_(std::move(segment)),
      errors_(errors) {}

Result<void> Contents::add(const std::vector<Word>& words) {
  if (!begun_) {
    CMOS_TRY(const bool is_attribute, attribute(words));
    if (is_attribute) return {};
  }
  begun_ = true;
  for (const Word& one : words) CMOS_TRY_VOID(item(one));
  return {};
}

/// What is said of a segment before its contents.
Result<bool> Contents::attribute(const std::vector<Word>& words) {
  const Word& first = words[0];
  if (first.is("origin")) {
    const auto value =
        words.size() == 2 ? tools::parse_address(words[1].text) : std::optional<std::uint64_t>();
    if (!value || *value > UINT32_MAX)
      return errors_.wrong(words.size() == 2 ? quote(as_bytes(words[1].text), 32) : "no address",
                           "origin ADDRESS");
    segment_.origin = static_cast<std::uint32_t>(*value);
    return true;
  }
  if (words.size() != 1) return false;
  if (first.is("big-endian") || first.is("little-endian"))
    segment_.big_endian = first.is("big-endian");
  else if (first.is("required") || first.is("ignorable"))
    segment_.required = first.is("required");
  else
    return false;
  return true;
}

Result<void> Contents::item(const Word& word) {
  std::vector<std::uint8_t> bytes;
  if (plain_bytes(word, bytes)) {
    write_zeros();
    segment_.bytes.insert(segment_.bytes.end(), bytes.begin(), bytes.end());
    return room();
  }
  const std::size_t colon = word.text.find(':');
  if (colon == std::string::npos || colon == 0)
    return errors_.wrong(quote(as_bytes(word.text), 32), std::string(kItems));
  std::string before = word.text.substr(0, colon);
  const std::string behind = word.text.substr(colon + 1);
  if (behind.empty()) return label(std::move(before));
  if (before == "zeros") return zeros(behind);
  const auto type = mod::value_type_named(before);
  if (!type || !mod::is_relocation_type(static_cast<std::uint8_t>(*type)))
    return errors_.wrong(quote(as_bytes(word.text), 32), std::string(kItems));
  return field(*type, behind);
}

Result<void> Contents::room() const {
  if (size() <= UINT16_MAX) return {};
  return errors_.wrong(fmt::format("{} bytes", size()), "at most 65535 in a segment");
}

Result<void> Contents::zeros(const std::string& count) {
  const auto value = tools::parse_address(count);
  if (!value || *value > UINT16_MAX)
    return errors_.wrong(quote(as_bytes(count), 32), "a number up to 0xffff");
  pending_zeros_ += *value;
  return room();
}

void Contents::write_zeros() {
  segment_.bytes.resize(size());
  pending_zeros_ = 0;
}

/// A name with a dot in front is for this part of the module alone.
Result<void> Contents::label(std::string name) {
  const std::uint32_t index = symbol(name);
  SourceSymbol& one = source_.symbols[index];
  if (one.segment != SourceSymbol::kUndefined)
    return errors_.wrong("a second " + quote(as_bytes(name), 64), "one");
  one.segment = source_.segments.size();
  one.offset = static_cast<std::uint32_t>(size());
  return {};
}

std::uint32_t Contents::symbol(const std::string& name) {
  const auto index = static_cast<std::uint32_t>(source_.symbols.size());
  const auto [known, first] = names_.emplace(name, index);
  if (first) source_.symbols.push_back({.name = name, .global = !name.starts_with('.')});
  return known->second;
}

/// NAME, NAME+NUMBER or NAME-NUMBER: the number stands in place.
Result<void> Contents::field(ValueType type, const std::string& target) {
  const std::size_t sign = target.find_last_of("+-");
  std::string name = target;
  std::uint64_t addend = 0;
  if (sign != std::string::npos && sign != 0) {
    const auto value = tools::parse_address(target.substr(sign + 1));
    if (!value)
      return errors_.wrong(quote(as_bytes(target), 32), "NAME, NAME+NUMBER or NAME-NUMBER");
    name = target.substr(0, sign);
    addend = target[sign] == '+' ? *value : std::uint64_t{0} - *value;
  }
  write_zeros();
  const auto offset = static_cast<std::uint32_t>(segment_.bytes.size());
  const unsigned bytes = mod::width(type, family_);
  segment_.bytes.resize(offset + bytes);
  const bool big = segment_.big_endian.value_or(source_.big_endian);
  store(std::span(segment_.bytes).subspan(offset, bytes), addend,
        big ? ByteOrder::kBig : ByteOrder::kLittle);
  segment_.references.push_back({.type = type, .offset = offset, .symbol = symbol(name)});
  return room();
}

Result<void> Contents::end() {
  const bool variables =
      segment_.type == mod::SectionType::kData || segment_.type == mod::SectionType::kZeroPage;
  if (segment_.bytes.empty() && variables)
    segment_.size = static_cast<std::uint32_t>(pending_zeros_);
  else
    write_zeros();
  source_.segments.push_back(std::move(segment_));
  return {};
}

}  // namespace cmos::modtool
