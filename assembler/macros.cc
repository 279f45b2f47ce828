#include "assembler/macros.h"

#include <fmt/format.h>

#include <algorithm>

#include "assembler/reader.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

constexpr std::size_t kMostParameters = 256;

bool is_plain(char byte) {
  return continues_name(byte) && byte != '.' && byte != '$';
}

class HeaderParser {
 public:
  HeaderParser(Cursor& cursor, Reporter& reporter) : cursor_(cursor), reporter_(reporter) {}

  std::optional<Macro> parse(bool positional) {
    const Span where = cursor_.here();
    const Token* name = cursor_.next();
    if (name == nullptr || name->kind != TokenKind::kName) {
      reporter_.error(where, positional ? "a name is expected here: %macro NAME COUNT"
                                        : "a name is expected here: .macro NAME PARAMETER, …");
      return std::nullopt;
    }
    out_.name = name->text;
    out_.defined = where;
    out_.positional = positional;
    cursor_.take(",");
    const bool good = positional ? counts() : names();
    if (!good) return std::nullopt;
    return std::move(out_);
  }

 private:
  bool fail(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return false;
  }

  /// A, B=1, C:req, REST...
  bool names() {
    while (!cursor_.at_end()) {
      if (!one()) return false;
      cursor_.take(",");
      if (out_.parameters.size() > kMostParameters)
        return fail(cursor_.here(), fmt::format("more than {} parameters", kMostParameters));
    }
    return true;
  }

  bool one() {
    const Span where = cursor_.here();
    const Token* token = cursor_.next();
    std::string name(token->text);
    Parameter parameter;
    if (name.ends_with("...")) {
      name.resize(name.size() - 3);
      parameter.rest = true;
    }
    parameter.name = name;
    if (token->kind != TokenKind::kName || name.empty() ||
        !std::all_of(name.begin(), name.end(), is_plain))
      return fail(where, "a parameter is expected here: letters, digits and '_'");
    for (const Parameter& other : out_.parameters) {
      if (other.name == name) return fail(where, fmt::format("'{}' is there already", name));
      if (other.rest) return fail(where, "nothing can follow a parameter that takes the rest");
    }
    bool required = !parameter.rest;
    if (cursor_.take(":")) {
      const Span at = cursor_.here();
      const Token* word = cursor_.next();
      const std::string kind = word == nullptr ? "" : lower(word->text);
      if (kind != "req" && kind != "vararg") return fail(at, "'req' or 'vararg' is expected here");
      parameter.rest = kind == "vararg";
      required = !parameter.rest;
    }
    if (cursor_.take("=")) {
      std::vector<Token> words;
      while (!cursor_.at_end() && !cursor_.peek()->is(",")) words.push_back(*cursor_.next());
      parameter.value = text_of(words);
      required = false;
    }
    if (parameter.rest && !parameter.value) parameter.value = "";
    out_.parameters.push_back(std::move(parameter));
    if (required) out_.least = out_.parameters.size();
    return true;
  }

  /// 2, 1-3, 0-*, 1+, then defaults.
  bool counts() {
    const auto count = [this](std::size_t& out) {
      const Token* token = cursor_.next();
      const auto value = token == nullptr ? std::nullopt : parse_integer(token->text);
      if (!value || *value < 0 || *value > static_cast<Integer>(kMostParameters)) return false;
      out = static_cast<std::size_t>(*value);
      return true;
    };
    const Span where = cursor_.here();
    std::size_t most = 0;
    bool good = count(out_.least);
    most = out_.least;
    if (good && cursor_.take("-")) {
      out_.any_count = cursor_.take("*");
      good = out_.any_count || count(most);
    }
    if (!good || most < out_.least)
      return fail(where,
                  "how many parameters there are is expected here: %macro NAME COUNT, or "
                  "LEAST-MOST, LEAST-*, LEAST+");
    for (std::size_t i = 1; i <= most; ++i)
      out_.parameters.push_back({std::to_string(i), std::nullopt, false});
    if (cursor_.take("+")) {
      if (most == 0) out_.parameters.push_back({"1", std::nullopt, false});
      out_.parameters.back().rest = true;
    }
    if (!cursor_.at_end() && cursor_.peek()->is(".nolist")) cursor_.next();
    std::size_t next = out_.least;
    if (cursor_.at_end()) return true;
    for (std::string& text : split_arguments(cursor_.rest())) {
      if (next >= out_.parameters.size()) return fail(where, "more defaults than parameters");
      out_.parameters[next++].value = std::move(text);
    }
    return true;
  }

  Cursor& cursor_;
  Reporter& reporter_;
  Macro out_;
};

}  // namespace

std::optional<Macro> parse_macro(Cursor& cursor, bool positional, Reporter& reporter) {
  return HeaderParser(cursor, reporter).parse(positional);
}

std::vector<std::string> split_arguments(std::span<const Token> tokens) {
  std::vector<std::string> out;
  if (tokens.empty()) return out;
  std::size_t first = 0;
  unsigned depth = 0;
  for (std::size_t i = 0; i <= tokens.size(); ++i) {
    const bool mark = i < tokens.size() && tokens[i].kind == TokenKind::kPunctuation;
    const char byte = mark ? tokens[i].text[0] : '\0';
    if (byte == '[' || byte == '(' || byte == '{') ++depth;
    if ((byte == ']' || byte == ')' || byte == '}') && depth != 0) --depth;
    if (i != tokens.size() && (depth != 0 || byte != ',')) continue;
    out.push_back(text_of(tokens.subspan(first, i - first)));
    first = i + 1;
  }
  return out;
}

// ---- one use ------------------------------------------------------------------------------------

/// NAME=VALUE, which says whose value it is.
bool Arguments::named(std::string_view text) {
  const auto equals = text.find('=');
  if (macro_.positional || equals == std::string_view::npos ||
      text.substr(equals).starts_with("=="))
    return false;
  std::string_view name = text.substr(0, equals);
  while (name.ends_with(' ')) name.remove_suffix(1);
  for (std::size_t i = 0; i < macro_.parameters.size(); ++i) {
    if (macro_.parameters[i].name != name) continue;
    text.remove_prefix(equals + 1);
    while (text.starts_with(' ')) text.remove_prefix(1);
    values_[i] = std::string(text);
    return true;
  }
  return false;
}

bool Arguments::bind(Cursor& cursor, bool strip_braces, Reporter& reporter) {
  const Span where = cursor.here();
  std::vector<std::string> given = split_arguments(cursor.rest());
  const bool rest = !macro_.parameters.empty() && macro_.parameters.back().rest;
  if (given.size() > macro_.parameters.size() && !rest && !macro_.any_count) {
    reporter.error(
        where,
        fmt::format("'{}' takes {} argument{}, not {}", macro_.name, macro_.parameters.size(),
                    macro_.parameters.size() == 1 ? "" : "s", given.size()),
        {{macro_.defined, "defined here"}});
    return false;
  }
  count_ = std::to_string(given.size());
  values_.resize(std::max(macro_.parameters.size(), given.size()));
  std::size_t next = 0;
  for (std::string& text : given) {
    if (named(text)) continue;
    const bool braces = strip_braces && text.size() > 1 && text[0] == '{' && text.back() == '}';
    if (braces) text = text.substr(1, text.size() - 2);
    const bool appended = rest && next + 1 >= macro_.parameters.size() && values_[next];
    if (appended) {
      *values_[next] += ", " + text;
      continue;
    }
    values_[next] = std::move(text);
    if (!rest || next + 1 < macro_.parameters.size()) ++next;
  }
  for (std::size_t i = 0; i < macro_.parameters.size(); ++i) {
    const Parameter& parameter = macro_.parameters[i];
    const bool empty = !values_[i] || (values_[i]->empty() && !macro_.positional);
    // A default may mention the parameters in front of it.
    if (empty && parameter.value)
      values_[i] =
          fill_in(*parameter.value, "", [this](std::string_view name) { return find(name); });
    if (values_[i] || i >= macro_.least) continue;
    reporter.error(where,
                   fmt::format("'{}' needs {} argument{}: '{}' is missing", macro_.name,
                               macro_.least, macro_.least == 1 ? "" : "s", parameter.name),
                   {{macro_.defined, "defined here"}});
    return false;
  }
  return true;
}

std::optional<std::string_view> Arguments::find(std::string_view name) const {
  if (name == "@") return number_;
  if (macro_.positional && name == "0") return count_;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const bool same = i < macro_.parameters.size() ? macro_.parameters[i].name == name
                                                   : std::to_string(i + 1) == name;
    if (same) return values_[i] ? std::string_view(*values_[i]) : std::string_view();
  }
  return std::nullopt;
}

// ---- text ---------------------------------------------------------------------------------------

bool has_parameters(std::string_view line) {
  return line.find('\\') != std::string_view::npos || line.find('%') != std::string_view::npos;
}

namespace {

/// The rest of a line behind what was filled in.
class Filler {
 public:
  Filler(std::string_view line, std::string_view comment, const Lookup& lookup)
      : line_(line), comment_(comment), lookup_(lookup) {}

  std::string fill() {
    while (at_ < line_.size()) {
      const std::string_view rest = line_.substr(at_);
      if (quote_ != '\0') {
        quoted(rest);
      } else if (rest[0] == '\\' || rest[0] == '%') {
        parameter(rest);
      } else if (rest[0] == ';' || (!comment_.empty() && rest.starts_with(comment_))) {
        break;
      } else {
        if (rest[0] == '"' || rest[0] == '\'') quote_ = rest[0];
        copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  void copy(std::size_t count) {
    out_ += line_.substr(at_, count);
    at_ += count;
  }

  void quoted(std::string_view rest) {
    if (rest[0] == quote_) quote_ = '\0';
    copy(rest[0] == '\\' && rest.size() > 1 ? 2 : 1);
  }

  static std::size_t name_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && is_plain(text[length])) ++length;
    return length;
  }

  void parameter(std::string_view rest) {
    const bool backslash = rest[0] == '\\';
    if (backslash && rest.starts_with("\\()")) {
      at_ += 3;  // separates a parameter from what follows
      return;
    }
    if (backslash && rest.size() > 1 && (rest[1] == '@' || rest[1] == '+'))
      return put(rest.substr(1, 1), 2);
    if (!backslash && rest.starts_with("%%")) {
      const std::size_t length = name_length(rest.substr(2));
      const auto number = length == 0 ? std::nullopt : lookup_("@");
      if (!number) return copy(2);
      // A label of the function around it, which the next use does not meet.
      out_ += fmt::format(".{}${}", rest.substr(2, length), *number);
      at_ += 2 + length;
      return;
    }
    if (!backslash && rest.starts_with("%{")) {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) return copy(1);
      return put(rest.substr(2, end - 2), end + 1);
    }
    std::size_t length = name_length(rest.substr(1));
    if (!backslash) {
      length = 0;
      while (length + 1 < rest.size() && rest[length + 1] >= '0' && rest[length + 1] <= '9')
        ++length;
    }
    put(rest.substr(1, length), length + 1);
  }

  /// What is no parameter of this macro may be one of what stands inside.
  void put(std::string_view name, std::size_t length) {
    const auto text = name.empty() ? std::nullopt : lookup_(name);
    if (!text) return copy(std::max<std::size_t>(length, 1));
    out_ += *text;
    at_ += length;
  }

  std::string_view line_;
  std::string_view comment_;
  const Lookup& lookup_;
  std::string out_;
  std::size_t at_ = 0;
  char quote_ = '\0';
};

}  // namespace

std::string fill_in(std::string_view line, std::string_view comment, const Lookup& lookup) {
  return Filler(line, comment, lookup).fill();
}

}  // namespace cmos::assembler
