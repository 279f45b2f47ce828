#include "assembler/intel8080.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/text.h"

namespace cmos::assembler {
namespace {

/// One instruction. In `operands` each character is one of them:
///   r  b c d e h l m a    p  b d h sp    q  b d h psw    x  b d    n  an expression
///   v  a number from 0 to 7
/// In `zilog`, $ is the next of them.
struct Row {
  std::string_view intel;
  std::string_view operands;
  std::string_view zilog;
};

// clang-format off
constexpr Row kRows[] = {
    {"aci", "n", "adc a,#$"}, {"adc", "r", "adc a,$"}, {"add", "r", "add a,$"}, {"adi", "n", "add a,#$"},
    {"ana", "r", "and a,$"}, {"ani", "n", "and a,#$"},
    {"call", "n", "call $"}, {"cc", "n", "call c,$"}, {"cm", "n", "call m,$"}, {"cnc", "n", "call nc,$"},
    {"cnz", "n", "call nz,$"}, {"cp", "n", "call p,$"}, {"cpe", "n", "call pe,$"}, {"cpo", "n", "call po,$"},
    {"cz", "n", "call z,$"},
    {"cma", "", "cpl"}, {"cmc", "", "ccf"}, {"cmp", "r", "cp a,$"}, {"cpi", "n", "cp a,#$"},
    {"daa", "", "daa"}, {"dad", "p", "add hl,$"}, {"dcr", "r", "dec $"}, {"dcx", "p", "dec $"},
    {"di", "", "di"}, {"ei", "", "ei"}, {"hlt", "", "halt"}, {"in", "n", "in a,($)"},
    {"inr", "r", "inc $"}, {"inx", "p", "inc $"},
    {"jc", "n", "jp c,$"}, {"jm", "n", "jp m,$"}, {"jmp", "n", "jp $"}, {"jnc", "n", "jp nc,$"},
    {"jnz", "n", "jp nz,$"}, {"jp", "n", "jp p,$"}, {"jpe", "n", "jp pe,$"}, {"jpo", "n", "jp po,$"},
    {"jz", "n", "jp z,$"},
    {"lda", "n", "ld a,($)"}, {"ldax", "x", "ld a,($)"}, {"lhld", "n", "ld hl,($)"}, {"lxi", "pn", "ld $,#$"},
    {"mov", "rr", "ld $,$"}, {"mvi", "rn", "ld $,#$"}, {"nop", "", "nop"},
    {"ora", "r", "or a,$"}, {"ori", "n", "or a,#$"}, {"out", "n", "out ($),a"},
    {"pchl", "", "jp (hl)"}, {"pop", "q", "pop $"}, {"push", "q", "push $"},
    {"ral", "", "rla"}, {"rar", "", "rra"}, {"rlc", "", "rlca"}, {"rrc", "", "rrca"},
    {"rc", "", "ret c"}, {"ret", "", "ret"}, {"rm", "", "ret m"}, {"rnc", "", "ret nc"}, {"rnz", "", "ret nz"},
    {"rp", "", "ret p"}, {"rpe", "", "ret pe"}, {"rpo", "", "ret po"}, {"rz", "", "ret z"},
    {"rst", "v", "rst $"},
    {"sbb", "r", "sbc a,$"}, {"sbi", "n", "sbc a,#$"}, {"shld", "n", "ld ($),hl"}, {"sphl", "", "ld sp,hl"},
    {"sta", "n", "ld ($),a"}, {"stax", "x", "ld ($),a"}, {"stc", "", "scf"}, {"sub", "r", "sub a,$"},
    {"sui", "n", "sub a,#$"}, {"xchg", "", "ex de,hl"}, {"xra", "r", "xor a,$"}, {"xri", "n", "xor a,#$"},
    {"xthl", "", "ex (sp),hl"},
};
// clang-format on

struct Name {
  std::string_view intel;
  std::string_view zilog;
};
constexpr std::array<Name, 8> kRegisters{{{"b", "b"},
                                          {"c", "c"},
                                          {"d", "d"},
                                          {"e", "e"},
                                          {"h", "h"},
                                          {"l", "l"},
                                          {"m", "(hl)"},
                                          {"a", "a"}}};
constexpr std::array<Name, 5> kPairs{
    {{"b", "bc"}, {"d", "de"}, {"h", "hl"}, {"sp", "sp"}, {"psw", "af"}}};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char one) { return static_cast<char>(std::tolower(one)); });
  return out;
}

bool is_space(char one) {
  return one == ' ' || one == '\t' || one == '\r';
}

bool is_name(char one) {
  return std::isalnum(static_cast<unsigned char>(one)) != 0 || one == '_' || one == '.' ||
         one == '$';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

template <std::size_t kSize>
std::optional<std::string_view> look_up(const std::array<Name, kSize>& names,
                                        std::string_view name) {
  const std::string key = lower(name);
  for (const Name& one : names) {
    if (one.intel == key) return one.zilog;
  }
  return std::nullopt;
}

/// What stands for one operand in Zilog's instruction; nothing when it is none of its kind.
std::optional<std::string> operand(char kind, std::string_view text) {
  const auto copy = [](std::optional<std::string_view> found) {
    return found ? std::optional<std::string>(*found) : std::nullopt;
  };
  switch (kind) {
    case 'r':
      return copy(look_up(kRegisters, text));
    case 'p':
      return lower(text) == "psw" ? std::nullopt : copy(look_up(kPairs, text));
    case 'q':
      return lower(text) == "sp" ? std::nullopt : copy(look_up(kPairs, text));
    case 'x': {
      const auto pair = look_up(kPairs, text);
      return pair == "bc" || pair == "de" ? copy(pair) : std::nullopt;
    }
    case 'v':
      if (text.size() != 1 || text[0] < '0' || text[0] > '7') return std::nullopt;
      return fmt::format("0x{:02x}", (text[0] - '0') * 8);
    default:
      return text.empty() ? std::nullopt : std::optional<std::string>(text);
  }
}

std::string_view expected(char kind) {
  switch (kind) {
    case 'r':
      return "b, c, d, e, h, l, m or a";
    case 'p':
      return "b, d, h or sp";
    case 'q':
      return "b, d, h or psw";
    case 'x':
      return "b or d";
    case 'v':
      return "0 to 7";
    default:
      return "an expression";
  }
}

class Rewriter {
 public:
  explicit Rewriter(std::string_view source) : source_(source) {}

  IntelRewritten run() {
    while (!source_.empty()) {
      const std::size_t end = std::min(source_.find('\n'), source_.size());
      ++line_;
      text_ = source_.substr(0, end);
      rewrite();
      if (end < source_.size()) out_.text += '\n';
      source_.remove_prefix(std::min(end + 1, source_.size()));
    }
    return std::move(out_);
  }

 private:
  void keep(std::string_view part) { out_.text += part; }

  void refuse(std::size_t at, std::string text) {
    out_.mistakes.push_back({line_, at + 1, std::move(text)});
  }

  std::size_t skip_space(std::size_t at) const {
    while (at < text_.size() && is_space(text_[at])) ++at;
    return at;
  }

  std::size_t skip_name(std::size_t at) const {
    while (at < text_.size() && is_name(text_[at])) ++at;
    return at;
  }

  void rewrite() {
    std::size_t at = skip_space(0);
    std::size_t end = skip_name(at);
    // Labels, each with one colon or two.
    while (end > at && end < text_.size() && text_[end] == ':') {
      while (end < text_.size() && text_[end] == ':') ++end;
      at = skip_space(end);
      end = skip_name(at);
    }
    const std::string_view word = text_.substr(at, end - at);
    const std::size_t next = skip_space(end);
    const bool assigns = next < text_.size() && text_[next] == '=';
    if (word.empty() || word[0] == '.' || assigns) return keep(text_);
    const std::string name = lower(word);
    const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const Row& one) { return one.intel == name; });
    if (row == std::end(kRows))
      return refuse(at, fmt::format("{} is no instruction of the 8080 in Intel's mnemonics",
                                    quote(as_bytes(word), 32)));
    keep(text_.substr(0, at));
    instruction(*row, at, next);
  }

  /// A comment begins at a ';' that is no character constant ('; is one).
  std::size_t comment_at(std::size_t from) const {
    for (std::size_t at = from; at < text_.size(); ++at) {
      if (text_[at] == '\'') {
        ++at;
      } else if (text_[at] == ';') {
        return at;
      }
    }
    return text_.size();
  }

  void instruction(const Row& row, std::size_t at, std::size_t operands_at) {
    const std::size_t comment = comment_at(operands_at);
    const std::vector<std::string_view> found =
        split(text_.substr(operands_at, comment - operands_at), row.operands.size());
    if (found.size() != row.operands.size())
      return refuse(at, fmt::format("{} has {} operand{}, and {} {} given", row.intel,
                                    row.operands.size(), row.operands.size() == 1 ? "" : "s",
                                    found.size(), found.size() == 1 ? "is" : "are"));
    std::vector<std::string> made;
    for (std::size_t i = 0; i < found.size(); ++i) {
      auto one = operand(row.operands[i], found[i]);
      if (!one)
        return refuse(static_cast<std::size_t>(found[i].data() - text_.data()),
                      fmt::format("{}: found {}, expected {}", row.intel,
                                  quote(as_bytes(found[i]), 32), expected(row.operands[i])));
      made.push_back(std::move(*one));
    }
    if (row.intel == "mov" && made[0] == "(hl)" && made[1] == "(hl)")
      return refuse(at, "mov m,m is no instruction: its code is that of hlt");
    std::size_t next = 0;
    for (const char one : row.zilog) {
      if (one == '$') {
        keep(made[next++]);
      } else {
        out_.text += one;
      }
    }
    if (comment < text_.size()) keep(" ");
    keep(text_.substr(comment));
  }

  /// Operands are separated by commas, but for the last one, which has what is left.
  static std::vector<std::string_view> split(std::string_view text, std::size_t most) {
    std::vector<std::string_view> out;
    text = trim(text);
    while (!text.empty()) {
      const std::size_t comma = out.size() + 1 < most ? text.find(',') : std::string_view::npos;
      out.push_back(trim(text.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      text = trim(text.substr(comma + 1));
    }
    return out;
  }

  std::string_view source_;
  std::string_view text_;  ///< the line
  std::size_t line_ = 0;
  IntelRewritten out_;
};

}  // namespace

IntelRewritten rewrite_intel(std::string_view source) {
  return Rewriter(source).run();
}

}  // namespace cmos::assembler
