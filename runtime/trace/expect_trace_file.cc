#include "runtime/trace/expect_trace_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace cmos::runtime {
namespace {

constexpr std::string_view kHeaderName = "cmos-trace ";
constexpr std::string_view kRest = "...";

/// The end of the unit that begins at `at`: what `*` takes at one go. A quoted text, a character in
/// quotes or a group in brackets counts as one, so that commas inside do not end an argument.
std::size_t unit_end(std::string_view text, std::size_t at) {
  const char first = text[at];
  if (first == '\'' && at + 2 < text.size() && text[at + 2] == '\'') return at + 3;
  if (first == '"') {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        return i + 1;
      }
    }
    return text.size();
  }
  if (first != '{' && first != '[') return at + 1;
  std::size_t depth = 0;
  for (std::size_t i = at; i < text.size();) {
    const char c = text[i];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
    i = c == '"' || c == '\'' ? unit_end(text, i) : i + 1;
  }
  return at + 1;  // never closed: a bracket like any character
}

/// What no `*` passes: the borders of arguments and groups.
bool is_border(char c) {
  return c == ',' || c == '(' || c == ')' || c == '}' || c == ']';
}

/// Whether `...` stands at `at` for all arguments, or for all that follow.
bool is_rest(std::string_view text, std::size_t at) {
  const std::string_view from = text.substr(at);
  return from.starts_with(", ...)") || (from.starts_with("...)") && at > 0 && text[at - 1] == '(');
}

/// Where the argument list that goes on at `at` ends: its `)`.
std::size_t list_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && depth-- == 0) return at;
    at = unit_end(text, at);
  }
  return text.size();
}

/// A glob match. Only the last `*` reached is ever tried again: what an earlier one could give it
/// by growing, it can take itself; and over a border neither can grow.
class Matcher {
 public:
  Matcher(std::string_view expected, std::string_view line) : expected_(expected), line_(line) {}

  bool match() {
    while (at_ != expected_.size() || line_at_ != line_.size()) {
      if (!take() && !retry()) return false;
    }
    return true;
  }

 private:
  bool take() {
    if (at_ == expected_.size()) return false;
    if (!quoted_ && expected_[at_] == '*') {
      star_ = ++at_;
      star_end_ = line_at_;
      return true;
    }
    if (!quoted_ && is_rest(expected_, at_)) {
      at_ = expected_.find(')', at_);
      line_at_ = list_end(line_, line_at_);
      return true;
    }
    if (line_at_ == line_.size() || expected_[at_] != line_[line_at_]) return false;
    if (expected_[at_] == '"' && !(quoted_ && is_escaped())) quoted_ = !quoted_;
    ++at_;
    ++line_at_;
    return true;
  }

  bool retry() {
    if (star_ == 0 || star_end_ >= line_.size() || is_border(line_[star_end_])) return false;
    star_end_ = unit_end(line_, star_end_);
    at_ = star_;
    line_at_ = star_end_;
    quoted_ = false;
    return true;
  }

  bool is_escaped() const {
    std::size_t backslashes = 0;
    while (backslashes < at_ && expected_[at_ - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
  }

  std::string_view expected_, line_;
  std::size_t at_ = 0, line_at_ = 0;
  bool quoted_ = false;
  std::size_t star_ = 0;      ///< behind the last `*` in expected_; 0: none yet
  std::size_t star_end_ = 0;  ///< what it takes ends here in line_
};

/// Caller, name, arguments and result of a line, as text.
struct Parts {
  std::string_view caller, name, result;
  std::vector<std::string_view> arguments;
};

std::optional<Parts> parts_of(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::size_t open = line.find('(', colon);
  if (open == std::string_view::npos) return std::nullopt;
  Parts out{.caller = line.substr(0, colon),
            .name = line.substr(colon + 2, open - colon - 2),
            .result = {},
            .arguments = {}};
  std::size_t begin = open + 1;
  std::size_t at = begin;
  while (at < line.size() && line[at] != ')') {
    if (line.substr(at).starts_with(", ")) {
      out.arguments.push_back(line.substr(begin, at - begin));
      begin = at += 2;
    } else {
      at = unit_end(line, at);
    }
  }
  if (at > begin) out.arguments.push_back(line.substr(begin, std::min(at, line.size()) - begin));
  constexpr std::string_view kEquals = ") = ";
  if (at < line.size() && line.substr(at).starts_with(kEquals))
    out.result = line.substr(at + kEquals.size());
  return out;
}

Error malformed(std::string_view file, std::uint64_t line, std::string found, std::string wanted) {
  return {.code = ErrorCode::kMalformed,
          .file = std::string(file),
          .field = fmt::format("line {}", line),
          .found = std::move(found),
          .expected = std::move(wanted)};
}

std::string quoted(std::string_view text) {
  return quote(as_bytes(text), 60);
}

/// The next line of `rest`, without its end, which may be that of another system.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Result<void> check_header(std::string_view line, std::string_view file) {
  if (line == kExpectTraceHeader) return {};
  std::uint32_t version = 0;
  const std::string_view number = line.substr(std::min(line.size(), kHeaderName.size()));
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), version);
  if (line.starts_with(kHeaderName) && parsed.ec == std::errc() && version > 1) {
    Error error = malformed(file, 1, std::string(number), "1");
    error.code = ErrorCode::kUnsupported;
    error.message = "the golden trace is of a newer version";
    return fail(std::move(error));
  }
  Error error = malformed(file, 1, quoted(line), quoted(kExpectTraceHeader));
  error.message = "this is no golden trace";
  return fail(std::move(error));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

}  // namespace

Result<ExpectedTrace> parse_expected_trace(Bytes data, std::string_view file) {
  if (const auto bad = first_invalid_utf8(data)) {
    return fail(Error{.code = ErrorCode::kMalformed,
                      .file = std::string(file),
                      .offset = *bad,
                      .field = "text",
                      .found = fmt::format("byte 0x{:02x}", data[*bad]),
                      .expected = "UTF-8"});
  }
  std::string_view rest = as_text(data);
  CMOS_TRY_VOID(check_header(take_line(rest), file));
  ExpectedTrace out;
  out.file = file;
  std::vector<std::string> comments;
  for (std::uint64_t number = 2; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') {
      comments.emplace_back(line);
    } else {
      out.lines.push_back({std::string(text), number, std::exchange(comments, {})});
    }
  }
  out.comments = std::move(comments);
  return out;
}

std::string expected_trace_text(const ExpectedTrace& trace) {
  std::string out(kExpectTraceHeader);
  out += '\n';
  for (const ExpectedLine& line : trace.lines) {
    for (const std::string& comment : line.comments) out += comment + '\n';
    out += line.text + '\n';
  }
  for (const std::string& comment : trace.comments) out += comment + '\n';
  return out;
}

bool line_matches(std::string_view expected, std::string_view line) {
  if (expected == line) return true;
  const bool special = expected.find('*') != std::string_view::npos ||
                       expected.find("...)") != std::string_view::npos;
  return special && Matcher(expected, line).match();
}

std::string first_difference(std::string_view expected, std::string_view line) {
  const auto wanted = parts_of(expected);
  const auto found = parts_of(line);
  if (!wanted || !found || !line_matches(wanted->name, found->name)) return {};
  const auto differ = [](std::string_view what, std::string_view a, std::string_view b) {
    return fmt::format("{}: expected {}, found {}", what, a.empty() ? "none" : a,
                       b.empty() ? "none" : b);
  };
  for (std::size_t i = 0; i < std::max(wanted->arguments.size(), found->arguments.size()); ++i) {
    const std::string_view a = i < wanted->arguments.size() ? wanted->arguments[i] : "";
    const std::string_view b = i < found->arguments.size() ? found->arguments[i] : "";
    if (a == kRest) break;
    if (!line_matches(a, b)) return differ(fmt::format("argument {}", i + 1), a, b);
  }
  if (!line_matches(wanted->result, found->result))
    return differ("result", wanted->result, found->result);
  if (!line_matches(wanted->caller, found->caller))
    return differ("caller", wanted->caller, found->caller);
  return {};
}

}  // namespace cmos::runtime
