#include "assembler/statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "assembler/directives.h"
#include "assembler/parser.h"
#include "assembler/reader.h"
#include "assembler/traps.h"
#include "base/near.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Words in front of an x86 mnemonic.
bool is_prefix(std::string_view word) {
  return is_one_of(word, {"lock", "rep", "repe", "repz", "repne", "repnz", "xacquire", "xrelease",
                          "bnd", "notrack"});
}
/// x86 instructions whose operand is a place in the code.
bool is_x86_branch(std::string_view mnemonic) {
  return mnemonic.starts_with('j') || mnemonic.starts_with("loop") ||
         is_one_of(mnemonic, {"call", "xbegin"});
}

/// Writes one statement.
class StatementWriter {
 public:
  StatementWriter(Program& program, Reporter& reporter, const CodeItem& item, EncoderLine& out)
      : program_(program),
        target_(*program.target),
        reporter_(reporter),
        item_(item),
        line_(program.lines[item.line]),
        tokens_(std::span(line_.tokens).subspan(item.first_token)),
        out_(out) {}

  /// Nothing after a mistake.
  std::optional<std::string> write() {
    if (!balanced()) return std::nullopt;
    if (tokens_[0].text[0] == '.' && tokens_[0].kind == TokenKind::kName) return directive();
    if (tokens_[0].kind != TokenKind::kName)
      return fail(tokens_[0],
                  fmt::format("an instruction, a label or a directive is expected here, "
                              "not {}",
                              quote(as_bytes(tokens_[0].text), 64)));
    mnemonics();
    if (!check_traps(line_, mnemonic_, operands(), tokens_.back(), program_, reporter_))
      return std::nullopt;
    if (target_.isa == object::Isa::kX86 && mnemonic_ == "push" && push_of_address()) return text_;
    for (std::size_t first = at_; first < tokens_.size();) {
      const std::size_t end = operand_end(first);
      if (!operand(first, end)) return std::nullopt;
      if (end < tokens_.size()) put(tokens_[end], ",");
      first = end + 1;
    }
    return std::move(text_);
  }

  std::vector<Unknown> unknown;

 private:
  std::optional<std::string> fail(const Token& token, std::string message) {
    reporter_.error(line_.span(token), std::move(message));
    return std::nullopt;
  }

  /// MC accepts `[x` without a word, and means something.
  bool balanced() {
    std::vector<const Token*> open;
    constexpr std::string_view kOpen = "([{";
    constexpr std::string_view kClose = ")]}";
    for (const Token& token : tokens_) {
      if (token.kind != TokenKind::kPunctuation) continue;
      if (kOpen.find(token.text) != std::string_view::npos) open.push_back(&token);
      const auto close = kClose.find(token.text);
      if (close == std::string_view::npos) continue;
      if (open.empty() || open.back()->text[0] != kOpen[close]) {
        fail(token, fmt::format("'{}' without '{}'", token.text, kOpen[close]));
        return false;
      }
      open.pop_back();
    }
    if (open.empty()) return true;
    fail(*open.back(), fmt::format("'{}' without '{}'", open.back()->text,
                                   kClose[kOpen.find(open.back()->text)]));
    return false;
  }

  // ---- output --------------------------------------------------------------------------------

  void put(const Token& token, std::string_view text) {
    const std::uint32_t gap = written_ == 0 ? 0 : token.begin - std::min(token.begin, written_);
    // One blank is enough, but two words never become one.
    if (!text_.empty() && (gap != 0 || glues(text))) text_ += ' ';
    out_.pieces.push_back({static_cast<std::uint32_t>(text_.size()), line_.span(token)});
    text_ += text;
    written_ = token.end();
  }
  bool glues(std::string_view text) const {
    return !text.empty() && continues_name(text_.back()) && continues_name(text[0]);
  }

  // ---- instructions --------------------------------------------------------------------------

  void mnemonics() {
    at_ = 0;
    while (at_ < tokens_.size() && tokens_[at_].kind == TokenKind::kName) {
      const Token& token = tokens_[at_++];
      mnemonic_ = lower(token.text);
      // `call NAME` is the document's word on every ARCH (cpo 3.1).
      const bool is_call = mnemonic_ == "call";
      put(token, is_call && !target_.is_x86() ? "bl" : std::string_view(mnemonic_));
      if (!target_.is_x86() || !is_prefix(mnemonic_)) break;
    }
  }

  std::size_t operand_end(std::size_t from) const {
    unsigned depth = 0;
    for (std::size_t i = from; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.is("[") || token.is("(") || token.is("{")) ++depth;
      if (token.is("]") || token.is(")") || token.is("}")) --depth;
      if (depth == 0 && token.is(",")) return i;
    }
    return tokens_.size();
  }

  /// Empty ones included: `mov eax,` has two.
  std::vector<OperandTokens> operands() const {
    std::vector<OperandTokens> out;
    for (std::size_t first = at_; at_ < tokens_.size() && first <= tokens_.size();) {
      const std::size_t end = operand_end(first);
      out.push_back(tokens_.subspan(first, end - first));
      first = end + 1;
    }
    return out;
  }

  bool operand(std::size_t first, std::size_t end) {
    if (target_.is_x86() && is_bare_address(first, end)) {
      warn_of_address(tokens_[first]);
      put(tokens_[first], "offset");
    }
    return tokens(first, end);
  }

  bool tokens(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      if (!token(i, end)) return false;
    }
    return true;
  }

  void warn_of_address(const Token& token) {
    out_.address_added = true;
    reporter_.warning(line_.span(token),
                      fmt::format("'{0}' alone is its address, as in NASM (MASM would load it): "
                                  "write 'offset {0}' for the address, '[{0}]' for the value",
                                  token.text));
  }

  /// A symbol without brackets and size, where MC's Intel dialect would load.
  bool is_bare_address(std::size_t first, std::size_t end) {
    if (is_x86_branch(mnemonic_) || mnemonic_ == "lea") return false;
    bool symbol = false;
    for (std::size_t i = first; i < end; ++i) {
      const Token& token = tokens_[i];
      const std::string word = lower(token.text);
      if (token.is("[") || token.is(":") || word == "ptr" || word == "offset") return false;
      if (token.kind == TokenKind::kName && word == "sizeof") return false;
      symbol = symbol || is_symbol(token) || is_local(token);
    }
    return symbol;
  }

  /// MC encodes `push offset NAME` with 16 bits on x86; its AT&T dialect does not.
  bool push_of_address() {
    std::size_t first = at_;
    const bool stated = first < tokens_.size() && lower(tokens_[first].text) == "offset";
    if (!stated && !is_bare_address(first, tokens_.size())) return false;
    if (operand_end(first) != tokens_.size()) return false;
    if (!stated) warn_of_address(tokens_[first]);
    text_.clear();
    out_.pieces.clear();
    put(tokens_[0], ".att_syntax; pushl $");
    first += stated ? 1 : 0;
    if (first < tokens_.size()) written_ = tokens_[first].begin;
    if (!tokens(first, tokens_.size())) return true;
    text_ += "; .intel_syntax noprefix";
    return true;
  }

  bool is_symbol(const Token& token) {
    if (token.kind == TokenKind::kString) return true;
    if (token.kind != TokenKind::kName) return false;
    const Symbol* symbol = program_.find(token.text);
    return symbol != nullptr && symbol->kind != SymbolKind::kNone;
  }
  bool is_local(const Token& token) const {
    return token.kind == TokenKind::kName && token.text.size() > 1 && token.text[0] == '.';
  }

  bool token(std::size_t& i, std::size_t end) {
    const Token& token = tokens_[i];
    switch (token.kind) {
      case TokenKind::kNumber:
        return number(token);
      case TokenKind::kChar:
        return character(token);
      case TokenKind::kString:
        return symbol(token, unescape(token.text).bytes);
      case TokenKind::kPunctuation:
        return punctuation(token);
      case TokenKind::kName:
        break;
    }
    if (token.text == "sizeof" && i + 1 < end && tokens_[i + 1].is("(")) return size_of(i, end);
    if (is_local(token)) return local(token);
    const auto define = program_.defines.find(token.text);
    if (define != program_.defines.end()) {
      put(token, encoded_number(define->second));
      return true;
    }
    if (is_symbol(token)) return symbol(token, std::string(token.text));
    if (target_.is_x86() && size_word(i, end)) return true;
    return name(token, i, end);
  }

  bool name(const Token& token, std::size_t i, std::size_t end) {
    const bool alone = i == at_ && end == i + 1;
    const bool call = mnemonic_ == "call" || (!target_.is_x86() && mnemonic_ == "bl");
    const bool free = token.text[0] != '.' && reserved_as(target_, token.text).empty() &&
                      !token.text.starts_with("__cbt_");
    // cpo 3.1: `call API_FUNC` needs no declaration.
    if (call && alone && free) {
      const std::uint32_t index = program_.intern(token.text);
      Symbol& made = program_.symbols[index];
      made.kind = SymbolKind::kExtern;
      made.implicit = true;
      made.defined = line_.span(token);
      return symbol(token, std::string(token.text));
    }
    if (token.text.starts_with("__cbt_")) {
      fail(token, "names that begin with '__cbt_' belong to the assembler");
      return false;
    }
    if (free) unknown.push_back({std::string(token.text), line_.span(token)});
    put(token, token.text);
    return true;
  }

  bool punctuation(const Token& token) {
    if (std::string_view("\\`?").find(token.text) != std::string_view::npos) {
      fail(token, fmt::format("'{}' has no meaning here", token.text));
      return false;
    }
    put(token, token.text);
    return true;
  }

  /// A number in brackets when it is negative: MC's Intel dialect knows no `a - -1`.
  static std::string encoded_number(Integer value) {
    return value < 0 ? fmt::format("({})", to_text(value)) : to_text(value);
  }

  bool number(const Token& token) {
    if (const auto value = parse_integer(token.text)) {
      if (has_leading_zero(token.text))
        reporter_.warning(line_.span(token),
                          fmt::format("'{}' is decimal here; octal is written 0o{}", token.text,
                                      token.text.substr(1)));
      put(token, to_text(*value));
      return true;
    }
    if (parse_float(token.text) && token.text.find('.') != std::string_view::npos) {
      put(token, token.text);
      return true;
    }
    fail(token,
         fmt::format("'{}' is no number of at most 64 bits (decimal, 0x…, 0b…, 0o…)", token.text));
    return false;
  }

  bool character(const Token& token) {
    std::string error;
    const auto value = character_value(token.text, error);
    if (!value) {
      fail(token, error);
      return false;
    }
    put(token, to_text(*value));
    return true;
  }

  bool size_of(std::size_t& i, std::size_t end) {
    Cursor cursor(tokens_.subspan(i, end - i), line_.where);
    const Names names = program_.names();
    const Token& first = tokens_[i];
    const bool known =
        i + 3 < end + 0 && tokens_[i + 2].kind == TokenKind::kName && tokens_[i + 3].is(")");
    const auto size = known ? names.size(tokens_[i + 2].text) : std::nullopt;
    if (!size) {
      fail(i + 2 < end ? tokens_[i + 2] : first,
           "sizeof(NAME) takes the name of a constant or variable");
      return false;
    }
    put(first, to_text(*size));
    written_ = tokens_[i + 3].end();
    i += 3;
    return true;
  }

  bool local(const Token& token) {
    const auto found = program_.local_index.find({item_.function, std::string(token.text)});
    if (found == program_.local_index.end()) {
      std::vector<std::string> candidates;
      for (const LocalLabel& label : program_.local_labels) {
        if (label.function == item_.function && candidates.size() < 1000)
          candidates.push_back(label.name);
      }
      const auto near = nearest(token.text, candidates);
      const std::string where = item_.function == kNoEntry
                                    ? "before the first function"
                                    : fmt::format("in '{}'", program_.symbols[item_.function].name);
      fail(token, fmt::format("no label '{}' {}{}", token.text, where,
                              near ? fmt::format("; did you mean '{}'?", *near) : ""));
      return false;
    }
    put(token, fmt::format(".Lcbt_{}", found->second));
    return true;
  }

  bool symbol(const Token& token, const std::string& text) {
    const Symbol* known = program_.find(text);
    if (known == nullptr || known->kind == SymbolKind::kNone) {
      fail(token, fmt::format("'{}' is defined nowhere and not extern{}", text,
                              did_you_mean(program_, text)));
      return false;
    }
    put(token, encoder_name(program_.symbol_index.at(text)));
    return true;
  }

  /// NASM's `dword [x]` and `[rel x]` are MC's `dword ptr [x]` and `[rip + x]`.
  bool size_word(std::size_t i, std::size_t end) {
    const Token& token = tokens_[i];
    const std::string word = lower(token.text);
    if (word == "rel" && i > 0 && tokens_[i - 1].is("[") && target_.isa == object::Isa::kX86_64) {
      put(token, "rip +");
      return true;
    }
    if (!is_one_of(word, {"byte", "word", "dword", "qword", "tword", "tbyte", "oword", "xmmword"}))
      return false;
    const std::string mc = word == "tword" ? "tbyte" : word == "oword" ? "xmmword" : word;
    const bool memory = i + 1 < end && tokens_[i + 1].is("[");
    const bool segment = i + 2 < end && tokens_[i + 2].is(":");
    put(token, memory || segment ? mc + " ptr" : mc);
    return true;
  }

  // ---- directives ----------------------------------------------------------------------------

  std::optional<std::string> directive() {
    const Token& word = tokens_[0];
    const Directive* row = find_directive(target_, word.text);
    if (row == nullptr) return fail(word, unknown_directive(target_, word.text));
    put(word, row->encoder.empty() ? word.text : row->encoder);
    at_ = 1;
    if (row->operands == Operands::kNone && tokens_.size() > 1)
      return fail(tokens_[1], fmt::format("{} takes nothing", word.text));
    if (row->operands != Operands::kNone && tokens_.size() == 1)
      return fail(word, fmt::format("{} needs {}", word.text, needs(row->operands)));
    if (row->operands == Operands::kString) return strings();
    if (row->operands == Operands::kCount) return count(*row);
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      if (!token(i, tokens_.size())) return std::nullopt;
    }
    return std::move(text_);
  }

  std::optional<std::string> strings() {
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      const bool string = i % 2 == 1;
      if (string ? token.kind != TokenKind::kString : !token.is(","))
        return fail(token, string ? "a string is expected here" : "',' is expected here");
      if (!string) {
        put(token, ",");
        continue;
      }
      const Unescaped inside = unescape(token.text);
      if (!inside.error.empty()) return fail(token, inside.error);
      std::string octal = "\"";
      for (const char byte : inside.bytes)
        octal += fmt::format("\\{:03o}", static_cast<unsigned char>(byte));
      put(token, octal + "\"");
    }
    return std::move(text_);
  }

  /// The encoder is not asked to make gigabytes of zeros.
  std::optional<std::string> count(const Directive& row) {
    Cursor cursor(tokens_.subspan(1), line_.where);
    const Span where = cursor.here();
    const auto number = parse_number(cursor, program_.names(), reporter_);
    if (!number || !at_end_of_line(cursor, reporter_)) return std::nullopt;
    const bool align = row.encoder == ".balign";
    const bool power = *number > 0 && (*number & (*number - 1)) == 0;
    if (*number < 0 || *number > kMostCount || (align && (!power || *number > 4096))) {
      reporter_.error(where, align ? fmt::format("{} {}: a power of two up to 4096 is expected",
                                                 tokens_[0].text, to_text(*number))
                                   : fmt::format("{} {}: 0 to {} bytes are possible",
                                                 tokens_[0].text, to_text(*number), kMostCount));
      return std::nullopt;
    }
    text_ += fmt::format(" {}", to_text(*number));
    return std::move(text_);
  }

  static constexpr std::uint32_t kMostCount = 1u << 20;

  Program& program_;
  const Target& target_;
  Reporter& reporter_;
  const CodeItem& item_;
  const Line& line_;
  std::span<const Token> tokens_;
  EncoderLine& out_;
  std::string text_;
  std::uint32_t written_ = 0;  ///< end of the last token written
  std::string mnemonic_;
  std::size_t at_ = 0;  ///< first token of the operands
};

}  // namespace

std::optional<std::string> write_statement(Program& program, const CodeItem& item,
                                           EncoderLine& line, std::vector<Unknown>& unknown,
                                           Reporter& reporter) {
  StatementWriter writer(program, reporter, item, line);
  auto text = writer.write();
  std::move(writer.unknown.begin(), writer.unknown.end(), std::back_inserter(unknown));
  return text;
}

}  // namespace cmos::assembler
