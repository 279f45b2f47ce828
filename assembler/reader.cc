#include "assembler/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cmos::assembler {
namespace {

constexpr unsigned kDeepestInclude = 32;
constexpr std::size_t kMostFiles = 1'000;
constexpr std::size_t kMostLines = 2'000'000;
constexpr std::size_t kMostBytes = 256u << 20;

class LineReader {
 public:
  LineReader(const Options& options, Sources& sources, Program& program, Reporter& reporter,
             const LineHandler& handler)
      : options_(options),
        sources_(sources),
        program_(program),
        reporter_(reporter),
        handler_(handler) {}

  void read(std::string_view file, std::string text) {
    const std::uint32_t index = sources_.add(std::string(file), std::move(text), std::nullopt);
    if (!options_.arch.empty()) set_target(options_.arch, {index, 0, 0, 0});
    if (!options_.arch.empty() && program_.target == nullptr) return;
    define_options(index);
    read_file(index, 0);
    need_target({index, 0, 0, 0});
  }

 private:
  struct Condition {
    Span where;
    bool taken = false;  ///< the part that is being read
    bool any = false;    ///< some part has been taken
    bool outer = true;   ///< what surrounds it is taken
    bool in_else = false;
  };

  void define_options(std::uint32_t file) {
    for (const auto& [name, value] : options_.defines) {
      Reporter mistakes;
      const LexedLine line = lex(value, "");
      Cursor cursor(line.tokens, Span{file, 0, 0, 0});
      const auto number =
          line.error ? std::nullopt : parse_number(cursor, program_.names(), mistakes);
      const bool named = !name.empty() && starts_name(name[0]) && name[0] != '.' &&
                         std::all_of(name.begin(), name.end(), continues_name);
      if (!named || !number || !cursor.at_end()) {
        reporter_.error({file, 0, 0, 0},
                        fmt::format("-D {}={}: expected NAME=NUMBER", quote(as_bytes(name)),
                                    quote(as_bytes(value))));
        continue;
      }
      program_.defines[name] = Value{*number};
      from_options_.push_back(name);
    }
  }

  const Target& need_target(Span where) {
    if (program_.target == nullptr) set_target("8664", where);
    return *program_.target;
  }

  void set_target(std::string_view arch, Span where) {
    const Target* target = find_target(arch);
    if (target == nullptr) {
      std::vector<std::string_view> known;
      for (const Target& one : targets()) known.push_back(one.arch);
      reporter_.error(where, fmt::format("unknown ARCH {}: expected {}", quote(as_bytes(arch)),
                                         fmt::join(known, ", ")));
      return;
    }
    program_.target = target;
  }

  void read_file(std::uint32_t file, unsigned depth) {
    const std::size_t conditions = conditions_.size();
    const std::size_t count = sources_[file].lines.size();
    for (std::size_t i = 0; i < count && !stopped_; ++i) {
      if (++lines_ > kMostLines) {
        stop({file, static_cast<std::uint32_t>(i + 1), 0, 0},
             "too many lines, included ones counted");
        return;
      }
      read_line({file, static_cast<std::uint32_t>(i + 1), 0, 0}, depth);
    }
    while (conditions_.size() > conditions) {
      reporter_.error(conditions_.back().where, "this condition has no .endif in its file");
      conditions_.pop_back();
    }
  }

  void stop(Span where, std::string message) {
    if (!stopped_) reporter_.error(where, std::move(message));
    stopped_ = true;
  }

  void read_line(Span where, unsigned depth) {
    const std::string_view text = sources_[where.file].lines[where.line - 1];
    const std::string_view comment = program_.target != nullptr ? program_.target->comment : "";
    LexedLine lexed = lex(text, comment);
    const bool active =
        conditions_.empty() || (conditions_.back().taken && conditions_.back().outer);
    if (active && lexed.error)
      reporter_.error({where.file, where.line, lexed.error->begin, lexed.error->length},
                      lexed.error->message);
    if (lexed.tokens.empty() || (active && lexed.error)) return;
    Cursor cursor(lexed.tokens, where);
    const Token first = *cursor.peek();
    if (first.kind == TokenKind::kName && condition(first, cursor, active)) return;
    if (!active) return;
    if (first.is(".include")) return include(cursor, depth);
    if (first.is(".define")) return define(cursor);
    if (first.is(".arch")) return arch(cursor);
    need_target(cursor.span(first));
    program_.lines.push_back({where, std::move(lexed.tokens)});
    handler_(static_cast<std::uint32_t>(program_.lines.size() - 1));
  }

  // ---- conditions ------------------------------------------------------------------------------

  bool condition(const Token& word, Cursor& cursor, bool active) {
    const Span where = cursor.span(word);
    if (word.is(".if") || word.is(".ifdef") || word.is(".ifndef") || word.is(".ifarch")) {
      cursor.next();
      const bool holds = active && evaluate(word, cursor);
      conditions_.push_back({where, holds, holds, active, false});
      return true;
    }
    if (!word.is(".elif") && !word.is(".else") && !word.is(".endif")) return false;
    cursor.next();
    if (conditions_.empty() || conditions_.back().where.file != where.file) {
      reporter_.error(where, fmt::format("{} without .if", word.text));
      return true;
    }
    Condition& open = conditions_.back();
    if (word.is(".endif")) {
      if (open.outer) at_end_of_line(cursor, reporter_);
      conditions_.pop_back();
      return true;
    }
    if (open.in_else) reporter_.error(where, fmt::format("{} after .else", word.text));
    if (word.is(".else")) {
      if (open.outer) at_end_of_line(cursor, reporter_);
      open.in_else = true;
      open.taken = !open.any;
    } else {
      open.taken = open.outer && !open.any && evaluate(word, cursor);
    }
    open.any = open.any || open.taken;
    return true;
  }

  /// A condition with a mistake, which has been reported, does not hold.
  bool evaluate(const Token& word, Cursor& cursor) {
    if (word.is(".ifarch")) return is_arch(cursor);
    if (word.is(".if") || word.is(".elif")) {
      const auto value = parse_number(cursor, program_.names(), reporter_);
      return value && at_end_of_line(cursor, reporter_) && *value != 0;
    }
    const Token* name = cursor.next();
    if (name == nullptr || name->kind != TokenKind::kName) {
      reporter_.error(cursor.here(), fmt::format("{} takes a name", word.text));
      return false;
    }
    const bool known = program_.defines.find(name->text) != program_.defines.end();
    return at_end_of_line(cursor, reporter_) && known == word.is(".ifdef");
  }

  bool is_arch(Cursor& cursor) {
    bool found = false;
    const Target& target = need_target(cursor.here());
    do {
      const Span where = cursor.here();
      const Token* token = cursor.next();
      if (token == nullptr || find_target(token->text) == nullptr) {
        reporter_.error(where, "an ARCH is expected here: 8664, __86, _ARM, AR64 or APPL");
        return false;
      }
      found = found || token->text == target.arch;
    } while (cursor.take(","));
    return at_end_of_line(cursor, reporter_) && found;
  }

  // ---- directives ------------------------------------------------------------------------------

  void arch(Cursor& cursor) {
    cursor.next();
    const Span where = cursor.here();
    const Token* token = cursor.next();
    if (token == nullptr) {
      reporter_.error(where, "an ARCH is missing here: 8664, __86, _ARM, AR64 or APPL");
      return;
    }
    if (!at_end_of_line(cursor, reporter_)) return;
    std::string name(token->text);
    if (token->kind == TokenKind::kString) name = unescape(token->text).bytes;
    if (program_.target == nullptr) {
      set_target(name, where);
    } else if (find_target(name) == nullptr) {
      set_target(name, where);
    } else if (name != program_.target->arch) {
      reporter_.error(where, options_.arch.empty()
                                 ? fmt::format("the source is for {} already: .arch comes once and "
                                               "before everything else",
                                               program_.target->arch)
                                 : fmt::format("the source is for {}, but is assembled for {}",
                                               name, program_.target->arch));
    }
  }

  void define(Cursor& cursor) {
    cursor.next();
    const Token* name = cursor.next();
    if (name == nullptr || name->kind != TokenKind::kName) {
      reporter_.error(name == nullptr ? cursor.here() : cursor.span(*name),
                      "a name is expected here: .define NAME NUMBER");
      return;
    }
    const Span where = cursor.span(*name);
    const auto value = parse_number(cursor, program_.names(), reporter_);
    if (!value || !at_end_of_line(cursor, reporter_)) return;
    if (!check_name(name->text, where, need_target(where), reporter_)) return;
    set(name->text, where, Value{*value});
  }

  void set(std::string_view name, Span where, Value value) {
    const auto [at, added] = program_.defines.try_emplace(std::string(name), value);
    if (added) {
      defined_at_.emplace(name, where);
      return;
    }
    const Value& known = at->second;
    if (known.is_number() && value.is_number() && known.number == value.number) return;
    const bool by_option =
        std::find(from_options_.begin(), from_options_.end(), name) != from_options_.end();
    std::vector<Note> notes;
    if (!by_option) notes.push_back({defined_at_.at(std::string(name)), "here"});
    reporter_.error(where,
                    fmt::format("'{}' is {} already{}", name,
                                known.is_number() ? to_text(known.number) : "an address",
                                by_option ? ", by -D (.ifndef asks whether it is)" : ""),
                    std::move(notes));
  }

  void include(Cursor& cursor, unsigned depth) {
    const Span where = cursor.span(*cursor.next());
    const Span at = cursor.here();
    const auto name = take_string(cursor, ".include takes a file name in quotes", reporter_);
    if (!name || !at_end_of_line(cursor, reporter_)) return;
    if (depth + 1 >= kDeepestInclude)
      return stop(where,
                  fmt::format("files include each other more than {} deep", kDeepestInclude));
    if (sources_.size() >= kMostFiles) return stop(where, "too many files are included");
    auto found = find_file(*name, at, options_, sources_, reporter_);
    if (!found) return;
    bytes_ += found->bytes.size();
    if (bytes_ > kMostBytes) return stop(where, "the included files are too large");
    const std::uint32_t file = sources_.add(found->path, std::string(as_text(found->bytes)), where);
    read_file(file, depth + 1);
  }

  const Options& options_;
  Sources& sources_;
  Program& program_;
  Reporter& reporter_;
  const LineHandler& handler_;
  std::vector<Condition> conditions_;
  std::map<std::string, Span> defined_at_;
  std::vector<std::string> from_options_;
  std::size_t lines_ = 0;
  std::size_t bytes_ = 0;
  bool stopped_ = false;
};

std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash + 1));
}

}  // namespace

void read_lines(std::string_view file, std::string text, const Options& options, Sources& sources,
                Program& program, Reporter& reporter, const LineHandler& handler) {
  LineReader(options, sources, program, reporter, handler).read(file, std::move(text));
}

std::optional<FoundFile> find_file(const std::string& name, Span where, const Options& options,
                                   const Sources& sources, Reporter& reporter) {
  if (name.empty() || name.find('\0') != std::string::npos) {
    reporter.error(where, "this is no file name");
    return std::nullopt;
  }
  std::vector<std::string> places{name};
  if (name[0] != '/') {
    places[0] = folder_of(sources[where.file].name) + name;
    for (const std::string& folder : options.include_folders)
      places.push_back(fmt::format("{}/{}", folder, name));
  }
  for (const std::string& path : places) {
    if (!options.read_file) break;
    auto bytes = options.read_file(path);
    if (bytes) return FoundFile{path, std::move(*bytes)};
    if (bytes.error().code == ErrorCode::kNotFound) continue;
    reporter.error(where, std::move(bytes).error().in_file(path).text());
    return std::nullopt;
  }
  reporter.error(where,
                 fmt::format("no such file: {}{}", quote(as_bytes(name)),
                             name[0] == '/' ? "" : ", neither beside this file nor along -I"));
  return std::nullopt;
}

bool check_name(std::string_view name, Span where, const Target& target, Reporter& reporter) {
  const std::string_view reserved = reserved_as(target, name);
  if (!reserved.empty()) {
    reporter.error(
        where, fmt::format("'{}' is a {} of {}: choose another name", name, reserved, target.arch));
    return false;
  }
  if (name.starts_with("__cbt_")) {
    reporter.error(where, "names that begin with '__cbt_' belong to the assembler");
    return false;
  }
  if (name.starts_with('.') || name == "sizeof") {
    reporter.error(where, name == "sizeof" ? "'sizeof' is an operator: choose another name"
                                           : "only labels inside a function begin with '.'");
    return false;
  }
  return true;
}

std::optional<std::string> take_string(Cursor& cursor, std::string_view what, Reporter& reporter) {
  const Span where = cursor.here();
  const Token* token = cursor.next();
  if (token == nullptr || token->kind != TokenKind::kString) {
    reporter.error(where, std::string(what));
    return std::nullopt;
  }
  Unescaped inside = unescape(token->text);
  if (inside.error.empty()) return std::move(inside.bytes);
  Span bad = where;
  bad.begin += static_cast<std::uint32_t>(inside.error_at);
  bad.length = static_cast<std::uint32_t>(inside.error_size);
  reporter.error(bad, inside.error);
  return std::nullopt;
}

bool at_end_of_line(const Cursor& cursor, Reporter& reporter) {
  if (cursor.at_end()) return true;
  const Token* token = cursor.peek();
  reporter.error(cursor.here(),
                 fmt::format("{} is too much on this line", quote(as_bytes(token->text), 64)));
  return false;
}

}  // namespace cmos::assembler
