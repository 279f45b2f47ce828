#include "assembler/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "assembler/line_reader.h"
#include "base/text.h"

namespace cmos::assembler {

void LineReader::read(std::string_view file, std::string text) {
  const std::uint32_t index = sources_.add(std::string(file), std::move(text), std::nullopt);
  if (!options_.arch.empty()) set_target(options_.arch, {index, 0, 0, 0});
  if (!options_.arch.empty() && program_.target == nullptr) return;
  define_options(index);
  read_block({index, 0, sources_[index].lines.size()}, 0);
  need_target({index, 0, 0, 0});
  program_.incomplete = stopped_;
}

void LineReader::define_options(std::uint32_t file) {
  for (const auto& [name, value] : options_.defines) {
    Reporter mistakes;
    const LexedLine line = lex(value, "");
    Cursor cursor(line.tokens, Span{file, 0, 0, 0});
    const auto number =
        line.error ? std::nullopt : parse_number(cursor, program_.names(), mistakes);
    const bool named = !name.empty() && starts_name(name[0]) && name[0] != '.' &&
                       std::all_of(name.begin(), name.end(), continues_name);
    if (!named || !number || !cursor.at_end()) {
      reporter_.error({file, 0, 0, 0}, fmt::format("-D {}={}: expected NAME=NUMBER",
                                                   quote(as_bytes(name)), quote(as_bytes(value))));
      continue;
    }
    program_.defines[name] = Value{*number};
    from_options_.push_back(name);
  }
}

const Target& LineReader::need_target(Span where) {
  if (program_.target == nullptr) set_target("8664", where);
  return *program_.target;
}

void LineReader::set_target(std::string_view arch, Span where) {
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

bool LineReader::is_known(std::string_view name) const {
  return program_.defines.find(name) != program_.defines.end() || program_.texts.has(name) ||
         macros_.find(name) != macros_.end();
}

void LineReader::read_block(Block block, unsigned depth) {
  const std::size_t floor = conditions_.enter();
  Place at{block, block.first, depth};
  while (at.next < block.end && !stopped_) read_line(at);
  conditions_.leave(floor);
}

void LineReader::stop(Span where, std::string message) {
  if (!stopped_) reporter_.error(where, std::move(message));
  stopped_ = true;
}

std::string_view LineReader::comment() const {
  return program_.target != nullptr ? program_.target->comment : "";
}

/// The next line, with those that `\` joins to it.
LexedLine LineReader::take_line(Place& at) {
  const auto& lines = sources_[at.block.file].lines;
  LexedLine out = lex(lines[at.next++], comment());
  count_line(at);
  for (std::uint32_t below = 1; !out.error && !out.tokens.empty() && out.tokens.back().is("\\") &&
                                at.next < at.block.end && !stopped_;
       ++below) {
    out.tokens.pop_back();
    LexedLine more = lex(lines[at.next++], comment());
    count_line(at);
    for (Token& token : more.tokens) {
      token.below = below;
      out.tokens.push_back(token);
    }
    if (!more.error) continue;
    more.error->below = below;
    out.error = std::move(more.error);
  }
  return out;
}

void LineReader::count_line(const Place& at) {
  if (++lines_ > options_.most_lines)
    stop({at.block.file, static_cast<std::uint32_t>(at.next), 0, 0},
         "too many lines, those of included files, macros and repetitions counted");
}

void LineReader::read_line(Place& at) {
  const std::size_t first = at.next;
  const Span where{at.block.file, static_cast<std::uint32_t>(first + 1), 0, 0};
  LexedLine lexed = take_line(at);
  const bool active = conditions_.active();
  if (active && lexed.error)
    reporter_.error(
        {where.file, where.line + lexed.error->below, lexed.error->begin, lexed.error->length},
        lexed.error->message);
  if (lexed.tokens.empty() || (active && lexed.error)) return;
  read_tokens(std::move(lexed.tokens), where, at, active, first);
}

/// The word that may be the reader's, and how many tokens it has.
std::pair<std::string, std::size_t> LineReader::word_of(std::span<const Token> tokens) {
  if (tokens[0].kind == TokenKind::kName) {
    // nasm's words may be large: BITS 64.
    const char first = tokens[0].text[0];
    const bool large = first >= 'A' && first <= 'Z';
    return {large ? lower(tokens[0].text) : std::string(tokens[0].text), 1};
  }
  if (tokens.size() > 1 && tokens[0].is("%") && tokens[1].kind == TokenKind::kName &&
      tokens[1].begin == tokens[0].end())
    return {"%" + lower(tokens[1].text), 2};
  return {"", 0};
}

/// How many tokens at the start are the word and a name that it gives a meaning to.
std::size_t LineReader::kept_tokens(std::string_view word, Word what, std::size_t count) {
  if (what == Word::kDefine || what == Word::kSet || what == Word::kText ||
      what == Word::kUndefine || what == Word::kMacro || what == Word::kPositionalMacro ||
      what == Word::kStructure || word.starts_with(".ifdef") || word.starts_with(".ifndef") ||
      word.starts_with("%ifdef") || word.starts_with("%ifndef"))
    return count + 1;
  return 0;
}

void LineReader::read_tokens(std::vector<Token> tokens, Span where, Place& at, bool active,
                             std::size_t first) {
  unwrap(tokens);
  auto [text, count] = word_of(tokens);
  const bool dotted = !text.empty() && (text[0] == '.' || text[0] == '%');
  Word word =
      dotted || (tokens.size() > 1 && !tokens[1].is(":")) ? find_reader_word(text) : Word::kNone;
  if (text == "use32" || text == "use64") word = find_reader_word(text);
  const bool assigns = tokens.size() > 2 && tokens[1].is("=") && !tokens[2].is("=");
  if (active && !program_.texts.empty()) {
    std::size_t kept = assigns ? 1 : kept_tokens(text, word, count);
    if (word == Word::kText && !text.starts_with("%x")) kept = tokens.size();
    if (!program_.texts.replace(tokens, kept))
      return stop(where, "the names of %define and .set on this line stand for too many words");
    if (tokens.empty()) return;
    if (kept == 0) std::tie(text, count) = word_of(tokens);
  }
  Cursor cursor(tokens, where);
  if (dotted) {
    Cursor behind = cursor;
    for (std::size_t i = 0; i < count; ++i) behind.next();
    if (conditions_.line(own_condition(text), cursor.here(), behind)) return;
  }
  if (!active) return;
  if (assigns && tokens[0].kind == TokenKind::kName) return assign(cursor, where, first, at);
  if (word != Word::kNone) {
    for (std::size_t i = 0; i < count; ++i) cursor.next();
    return directive(word, text, cursor, where, at, first);
  }
  ordinary(std::move(tokens), where, at, first);
}

/// Labels, then the use of a macro, a repetition, or a line of the program.
void LineReader::ordinary(std::vector<Token> tokens, Span where, Place& at, std::size_t first) {
  need_target(where);
  std::size_t labels = 0;
  while (labels + 1 < tokens.size() && tokens[labels + 1].is(":")) labels += 2;
  const bool more = labels < tokens.size();
  const bool used = more && !macros_.empty() && tokens[labels].kind == TokenKind::kName &&
                    macros_.find(tokens[labels].text) != macros_.end();
  const std::string_view text = more ? tokens[labels].text : "";
  const Word word = labels != 0 && more && (text[0] == '.' || text == "%")
                        ? find_reader_word(word_of(std::span(tokens).subspan(labels)).first)
                        : Word::kNone;
  const bool block = word == Word::kRepeat || word == Word::kForEach;
  if (!used && !block) {
    show(first, at);
    return push(std::move(tokens), where);
  }
  std::vector<Token> rest(tokens.begin() + static_cast<long>(labels), tokens.end());
  tokens.resize(labels);
  if (labels != 0) {
    if (options_.preprocess) program_.shown.push_back(text_of(tokens));
    push(std::move(tokens), where);
  }
  Cursor cursor(rest, where);
  const auto [name, count] = word_of(rest);
  for (std::size_t i = 0; i < count; ++i) cursor.next();
  if (block) return directive(word, name, cursor, where, at, first);
  use(macros_.find(rest[0].text)->second, cursor, Cursor(rest, where).here(), at);
}

/// nasm's [section .text], [global main] are the same without brackets.
void LineReader::unwrap(std::vector<Token>& tokens) {
  if (tokens.size() < 3 || !tokens[0].is("[") || !tokens.back().is("]")) return;
  tokens.erase(tokens.begin());
  tokens.pop_back();
}

void LineReader::push(std::vector<Token> tokens, Span where) {
  program_.lines.push_back({where, std::move(tokens), program_.relative});
  handler_(static_cast<std::uint32_t>(program_.lines.size() - 1));
}

/// For -E: the lines from `first` to where the reader is.
void LineReader::show(std::size_t first, const Place& at) {
  if (!options_.preprocess) return;
  for (std::size_t i = first; i < at.next; ++i)
    program_.shown.emplace_back(sources_[at.block.file].lines[i]);
}

void LineReader::directive(Word word, const std::string& text, Cursor& cursor, Span where,
                           Place& at, std::size_t first) {
  const Span here{where.file, where.line, cursor.here().begin, 1};
  switch (word) {
    case Word::kInclude:
      return include(cursor, where, at.depth);
    case Word::kDefine:
      show(first, at);
      return define(cursor);
    case Word::kSet:
      show(first, at);
      return set(cursor, where, text == ".equ");
    case Word::kText:
    case Word::kUndefine:
      show(first, at);
      return define_text(cursor, word == Word::kText);
    case Word::kArch:
      show(first, at);
      return arch(cursor);
    case Word::kBits:
      show(first, at);
      return bits(text, cursor);
    case Word::kDefault:
      show(first, at);
      return set_default(cursor);
    case Word::kMacro:
    case Word::kPositionalMacro:
      return macro(word == Word::kPositionalMacro, text, cursor, where, at);
    case Word::kRepeat:
      return repeat(text, cursor, where, at);
    case Word::kForEach:
      return for_each(text, cursor, where, at);
    case Word::kStructure:
      structure(text, cursor, where, at);
      return show(first, at);
    case Word::kError:
    case Word::kWarning:
      return say(word == Word::kError, text, cursor, where);
    case Word::kEnd:
      return reporter_.error({where.file, where.line, first_column(where), text_length(text)},
                             fmt::format("'{}' without what it ends", text));
    case Word::kNone:
      return reporter_.error(here, "this has no meaning here");
  }
}

std::uint32_t LineReader::first_column(Span where) const {
  const std::string_view line = sources_.line(where);
  return static_cast<std::uint32_t>(std::min(line.find_first_not_of(" \t"), line.size()));
}

std::uint32_t LineReader::text_length(std::string_view text) {
  return static_cast<std::uint32_t>(text.size());
}

namespace {

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
  if (name.starts_with('.') || name == "sizeof" || name == "countof") {
    reporter.error(where, name[0] != '.'
                              ? fmt::format("'{}' is an operator: choose another name", name)
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
