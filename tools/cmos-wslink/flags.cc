#include "tools/cmos-wslink/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace cmos::wslink {
namespace {

enum class Value : std::uint8_t { kNone, kNumber, kText };

struct Flag {
  std::string_view letters;
  Value value;
  std::string_view help;
  void (*set)(Command&, std::uint64_t number, std::string text);
};

template <Boundary::Kind kind, Segment segment>
void add_boundary(Command& command, std::uint64_t, std::string text) {
  command.options.boundaries.push_back({kind, segment, std::move(text)});
}

constexpr auto kEnd = Boundary::Kind::kEnd;
constexpr auto kSize = Boundary::Kind::kSize;

std::uint32_t narrow(std::uint64_t number) {
  return static_cast<std::uint32_t>(number);
}

/// Numbers of bits are taken modulo 16.
unsigned bits(std::uint64_t number) {
  return static_cast<unsigned>(number & 15);
}

// Two letters stand before the one they begin with.
// clang-format off
const Flag kFlags[] = {
    {"a", Value::kNone, "make all names absolute; no relocations",
     [](Command& c, std::uint64_t, std::string) { c.options.absolute = true; }},
    {"bb", Value::kNumber, "bss begins here (default: behind data)",
     [](Command& c, std::uint64_t n, std::string) { c.options.bss_base = narrow(n); }},
    {"b", Value::kNumber, "bytes of stack and heap, for the header",
     [](Command& c, std::uint64_t n, std::string) { c.options.heap = narrow(n); }},
    {"c", Value::kNone, "no text and data: a file of absolute names",
     [](Command& c, std::uint64_t, std::string) { c.options.no_contents = true; }},
    {"db", Value::kNumber, "data begins here (default: behind text)",
     [](Command& c, std::uint64_t n, std::string) { c.options.data_base = narrow(n); }},
    {"dr", Value::kNumber, "so many low bits of the data base are 0",
     [](Command& c, std::uint64_t n, std::string) { c.options.data_zero_bits = bits(n); }},
    {"d", Value::kNone, "partial link: undefined and common names stay",
     [](Command& c, std::uint64_t, std::string) { c.options.partial = true; }},
    {"eb", Value::kText, "a name for the end of bss", add_boundary<kEnd, Segment::kBss>},
    {"ed", Value::kText, "a name for the end of data", add_boundary<kEnd, Segment::kData>},
    {"et", Value::kText, "a name for the end of text", add_boundary<kEnd, Segment::kText>},
    {"h", Value::kNone, "no header in the output",
     [](Command& c, std::uint64_t, std::string) { c.header = false; }},
    {"i", Value::kNone, "standard input names more files",
     [](Command& c, std::uint64_t, std::string) { c.read_names = true; }},
    {"o", Value::kText, "the output (default: xeq)",
     [](Command& c, std::uint64_t, std::string text) { c.output = std::move(text); }},
    {"r", Value::kNone, "no relocations in the output",
     [](Command& c, std::uint64_t, std::string) { c.options.relocations = false; }},
    {"sb", Value::kText, "a name for the size of bss", add_boundary<kSize, Segment::kBss>},
    {"sd", Value::kText, "a name for the size of data", add_boundary<kSize, Segment::kData>},
    {"st", Value::kText, "a name for the size of text", add_boundary<kSize, Segment::kText>},
    {"tb", Value::kNumber, "text begins here (default: 0)",
     [](Command& c, std::uint64_t n, std::string) { c.options.text_base = narrow(n); }},
    {"tf", Value::kNumber, "fill text until so many low bits of its size are 0",
     [](Command& c, std::uint64_t n, std::string) { c.options.text_fill_bits = bits(n); }},
    {"t", Value::kNone, "no symbols in the output",
     [](Command& c, std::uint64_t, std::string) { c.options.symbols = false; }},
    {"u", Value::kText, "look for this name in archives; repeat it",
     [](Command& c, std::uint64_t, std::string text) {
       // The original puts the last one first into its table.
       c.options.undefined.insert(c.options.undefined.begin(), std::move(text)); }},
    {"x", Value::kNumber, "1: data goes to text; 2 (default): text goes to text, else to data",
     [](Command& c, std::uint64_t n, std::string) {
       c.options.text_to_text = (n & 2) != 0;
       c.options.data_to_text = (n & 1) != 0; }},
};
// clang-format on

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& words) : words_(words) {}

  Result<Command> parse() {
    bool flags = true;
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (flags && word == "--") {
        flags = false;
      } else if (flags && word.size() > 1 && word[0] == '-') {
        CMOS_TRY_VOID(letters(word));
      } else {
        out_.options.files.push_back(word);
      }
    }
    return std::move(out_);
  }

 private:
  Result<void> letters(const std::string& word) {
    std::string_view rest = std::string_view(word).substr(1);
    while (!rest.empty()) {
      const Flag* const flag =
          std::find_if(std::begin(kFlags), std::end(kFlags),
                       [&](const Flag& one) { return rest.starts_with(one.letters); });
      if (flag == std::end(kFlags)) return unknown(word, rest);
      rest.remove_prefix(flag->letters.size());
      CMOS_TRY_VOID(apply(*flag, rest));
    }
    return {};
  }

  static Result<void> unknown(const std::string& word, std::string_view rest) {
    if (rest.starts_with('l'))
      return fail(
          ErrorCode::kUsage,
          fmt::format("{}: -l looks in the original system's /lib: give the library's file", word));
    return fail(ErrorCode::kUsage, fmt::format("unknown flag {} in {}", quote(as_bytes(rest), 64),
                                               quote(as_bytes(word), 64)));
  }

  /// Takes the flag's value off `rest`, or the whole next word.
  Result<void> apply(const Flag& flag, std::string_view& rest) {
    if (flag.value == Value::kNone) {
      flag.set(out_, 0, {});
      return {};
    }
    const bool joined = !rest.empty();
    if (!joined) {
      if (at_ + 1 == words_.size())
        return fail(ErrorCode::kUsage, fmt::format("-{} needs a value", flag.letters));
      rest = words_[++at_];
    }
    if (flag.value == Value::kText) {
      if (rest.empty()) return fail(ErrorCode::kUsage, fmt::format("-{} '': empty", flag.letters));
      flag.set(out_, 0, std::string(rest));
      rest = {};
      return {};
    }
    const std::string_view text = rest;
    const auto number = take_number(rest);
    if (!number || *number > UINT32_MAX || (!joined && !rest.empty()))
      return fail(ErrorCode::kUsage,
                  fmt::format("-{}: a number is expected (0x100, 0400, 256), not {}", flag.letters,
                              quote(as_bytes(text), 64)));
    flag.set(out_, *number, {});
    return {};
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  Command out_;
};

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> take_number(std::string_view& text) {
  unsigned base = 10;
  std::string_view rest = text;
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    base = 16;
    rest.remove_prefix(2);
  } else if (rest.starts_with('0')) {
    base = 8;
  }
  std::uint64_t value = 0;
  bool any = false;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    const auto one = digit(rest.front());
    if (!one || *one >= base) break;
    value = std::min<std::uint64_t>(value * base + *one, std::uint64_t{1} << 40);
    any = true;
  }
  if (!any) return std::nullopt;
  text = rest;
  return value;
}

Result<Command> parse_command(const std::vector<std::string>& words) {
  return Parser(words).parse();
}

std::string flags_text() {
  std::string out;
  for (const Flag& one : kFlags) {
    const std::string_view value = one.value == Value::kNone     ? ""
                                   : one.value == Value::kNumber ? "#"
                                                                 : " NAME";
    fmt::format_to(std::back_inserter(out), "  {:<12}{}\n",
                   fmt::format("-{}{}", one.letters, value), one.help);
  }
  return out;
}

}  // namespace cmos::wslink
