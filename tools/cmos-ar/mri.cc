// MRI scripts: what `ar -M` reads from standard input, one command a line.
#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "tools/cmos-ar/ar.h"

namespace cmos::ar {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

/// Words are parted by white space, commas and parentheses; `*` and `;` begin comments, + at the
/// end of a line joins it to the next one.
std::vector<std::vector<std::string>> lines_of(std::string_view text) {
  std::vector<std::vector<std::string>> out(1);
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out.back().push_back(std::move(word));
    word.clear();
  };
  bool comment = false;
  for (const char c : text) {
    if (c == '\n') {
      end_word();
      comment = false;
      if (!out.back().empty() && out.back().back() == "+") {
        out.back().pop_back();
      } else {
        out.emplace_back();
      }
    } else if (comment || c == ';' || (c == '*' && out.back().empty() && word.empty())) {
      comment = true;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',' || c == '(' ||
               c == ')') {
      end_word();
    } else {
      word += c;
    }
  }
  end_word();
  return out;
}

class Script {
 public:
  explicit Script(inspect::Output& output) : output_(output) {}

  Result<void> run(std::string_view text) {
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].empty()) continue;
      line_ = i + 1;
      const std::string name = upper(lines[i].front());
      if (name == "END") return {};
      CMOS_TRY_VOID(command(name, {lines[i].begin() + 1, lines[i].end()}));
    }
    return {};
  }

 private:
  tl::unexpected<Error> wrong(std::string_view found, std::string_view expected) const {
    return fail(Error{.code = ErrorCode::kUsage,
                      .field = fmt::format("line {}", line_),
                      .found = quote(as_bytes(found), 64),
                      .expected = std::string(expected)});
  }

  Result<void> command(const std::string& name, const std::vector<std::string>& words) {
    if (name == "CREATE" || name == "OPEN") {
      if (words.size() != 1) return wrong(name, "the name of one archive after it");
      command_ = {};
      command_.operation = Operation::kScript;
      command_.archive = words[0];
      command_.quiet_create = true;
      command_.from_nothing = name == "CREATE";
      return {};
    }
    if (name == "VERBOSE") {
      command_.verbose = !command_.verbose;
      return {};
    }
    if (command_.archive.empty()) return wrong(name, "CREATE or OPEN before it");
    using Kind = Step::Kind;
    if (name == "ADDMOD") return add(Kind::kFile, words);
    if (name == "REPLACE") return add(Kind::kReplace, words);
    if (name == "DELETE") return add(Kind::kDelete, words);
    if (name == "ADDLIB") return add_library(words);
    if (name == "CLEAR") {
      command_.steps.clear();
      return {};
    }
    if (name == "SAVE") {
      CMOS_TRY_VOID(modify(command_, output_));
      command_.steps.clear();
      command_.from_nothing = false;
      return {};
    }
    return wrong(name,
                 "CREATE, OPEN, ADDMOD, ADDLIB, REPLACE, DELETE, CLEAR, SAVE, VERBOSE or END");
  }

  Result<void> add(Step::Kind kind, const std::vector<std::string>& words) {
    for (const std::string& one : words) command_.steps.push_back({kind, one, {}});
    return {};
  }

  /// The names of members may follow.
  Result<void> add_library(const std::vector<std::string>& words) {
    if (words.empty()) return wrong("ADDLIB", "the name of an archive after it");
    command_.steps.push_back({Step::Kind::kLibrary, words[0], {words.begin() + 1, words.end()}});
    return {};
  }

  inspect::Output& output_;
  Command command_;
  std::size_t line_ = 0;
};

Result<std::string> standard_input() {
  std::string out;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0) return fail(ErrorCode::kHostIo, "standard input cannot be read");
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<void> run_script(inspect::Output& output) {
  CMOS_TRY(const std::string text, standard_input());
  auto done = Script(output).run(text);
  if (!done) return fail(std::move(done).error().in_file("-M script"));
  return {};
}

}  // namespace cmos::ar
