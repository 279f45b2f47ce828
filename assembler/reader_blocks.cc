#include "assembler/line_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "assembler/structures.h"
#include "base/text.h"

namespace cmos::assembler {

/// The lines up to the one that ends the block; the reader stands behind that then.
std::optional<Block> LineReader::take_block(const BlockWords& words, std::string_view text,
                                            Span where, Place& at) {
  const auto& lines = sources_[at.block.file].lines;
  unsigned depth = 0;
  for (std::size_t i = at.next; i < at.block.end; ++i) {
    const std::string_view word = first_word(lines[i]);
    if (words.opens(word)) ++depth;
    if (!words.closes(word) || depth-- != 0) continue;
    const Block block{at.block.file, at.next, i};
    lines_ += block.end - block.first;
    at.next = i + 1;
    return block;
  }
  reporter_.error({where.file, where.line, first_column(where), text_length(text)},
                  fmt::format("'{}' has no '{}'", text, words.close[text[0] == '%' ? 1 : 0]));
  at.next = at.block.end;
  return std::nullopt;
}

void LineReader::macro(bool positional, const std::string& text, Cursor& cursor, Span where,
                       Place& at) {
  auto made = parse_macro(cursor, positional, reporter_);
  const auto block = take_block(kMacroBlock, text, where, at);
  if (!made || !block) return;
  if (!check_macro(*made)) return;
  made->body = *block;
  const std::string name = made->name;
  macros_.emplace(name, std::move(*made));
}

bool LineReader::check_macro(const Macro& made) {
  const auto found = macros_.find(made.name);
  if (found != macros_.end()) {
    reporter_.error(made.defined, fmt::format("'{}' is a macro already", made.name),
                    {{found->second.defined, "here"}});
    return false;
  }
  return check_name(made.name, made.defined, need_target(made.defined), reporter_);
}

bool LineReader::enter(Span where, const Place& at) {
  constexpr unsigned kDeepest = 100;
  if (at.depth + 1 < kDeepest) return true;
  stop(where,
       fmt::format("macros, repetitions and files use each other more than {} deep", kDeepest));
  return false;
}

void LineReader::use(const Macro& macro, Cursor& cursor, Span where, const Place& at) {
  if (!enter(where, at)) return;
  Arguments arguments(macro, ++uses_);
  const bool strip = macro.positional && program_.target->is_x86();
  if (!arguments.bind(cursor, strip, reporter_)) return;
  expand(
      macro.body, fmt::format("macro '{}'", macro.name),
      [&](std::string_view name) { return arguments.find(name); }, where, at);
}

void LineReader::expand(const Block& body, std::string what, const Lookup& lookup, Span where,
                        const Place& at) {
  constexpr std::size_t kLongestLine = 64 << 10;
  const SourceFile& source = sources_[body.file];
  std::string text;
  for (std::size_t i = body.first; i < body.end; ++i) {
    const std::string line = fill_in(source.lines[i], comment(), lookup);
    text += line;
    text += '\n';
    bytes_ += line.size() + 1;
    if (line.size() > kLongestLine)
      return stop(where,
                  fmt::format("a line of {} becomes longer than {} bytes", what, kLongestLine));
    if (bytes_ > kMostBytes)
      return stop(where, "what is included, and what macros become, is too large");
  }
  const auto number = static_cast<std::uint32_t>(source.first_line + body.first);
  const std::uint32_t file =
      sources_.add_use(std::move(what), source.name, number, std::move(text), where);
  read_block({file, 0, sources_[file].lines.size()}, at.depth + 1);
}

void LineReader::repeat(const std::string& text, Cursor& cursor, Span where, Place& at) {
  const Span here = cursor.here();
  const auto count = parse_number(cursor, program_.names(), reporter_);
  const auto block = take_block(kRepeatBlock, text, where, at);
  if (!count || !at_end_of_line(cursor, reporter_) || !block || !enter(here, at)) return;
  if (*count < 0 || *count > static_cast<Integer>(options_.most_lines))
    return reporter_.error(
        here, fmt::format("{} times: 0 to {} are possible", to_text(*count), options_.most_lines));
  bool numbered = false;
  for (std::size_t i = block->first; i < block->end; ++i)
    numbered = numbered || sources_[block->file].lines[i].find("\\+") != std::string_view::npos;
  for (Integer i = 0; i < *count && !stopped_; ++i) {
    count_line(at);
    if (!numbered) {
      read_block(*block, at.depth + 1);
      continue;
    }
    const std::string number = to_text(i);
    expand(
        *block, fmt::format("repetition {}", number),
        [&](std::string_view name) -> std::optional<std::string_view> {
          if (name == "+") return number;
          return std::nullopt;
        },
        here, at);
  }
}

void LineReader::for_each(const std::string& text, Cursor& cursor, Span where, Place& at) {
  const Span here = cursor.here();
  const Token* name = cursor.next();
  const bool good = name != nullptr && name->kind == TokenKind::kName;
  if (!good) reporter_.error(here, ".irp takes a name and values: .irp NAME, VALUE, …");
  if (good) cursor.take(",");
  const std::vector<std::string> values = split_arguments(cursor.rest());
  const auto block = take_block(kRepeatBlock, text, where, at);
  if (!good || !block || !enter(here, at)) return;
  for (const std::string& value : values) {
    if (stopped_) return;
    expand(
        *block, fmt::format(".irp with {}", quote(as_bytes(value), 32)),
        [&](std::string_view word) -> std::optional<std::string_view> {
          if (word == name->text) return value;
          return std::nullopt;
        },
        here, at);
  }
}

void LineReader::structure(const std::string& text, Cursor& cursor, Span where, Place& at) {
  const Span here = cursor.here();
  const Token* name = cursor.next();
  const bool good = name != nullptr && name->kind == TokenKind::kName;
  if (!good) reporter_.error(here, fmt::format("a name is expected here: {} NAME", text));
  const bool ends = good && at_end_of_line(cursor, reporter_);
  const auto block = take_block(kStructureBlock, text, where, at);
  if (!ends || !block) return;
  if (!check_name(name->text, here, need_target(here), reporter_)) return;
  StructureReader reader(program_, reporter_);
  for (std::size_t i = block->first; i < block->end; ++i) {
    const Span line{block->file, static_cast<std::uint32_t>(i + 1), 0, 0};
    LexedLine lexed = lex(sources_.line(line), comment());
    if (lexed.error) {
      reporter_.error({line.file, line.line, lexed.error->begin, lexed.error->length},
                      lexed.error->message);
    } else if (!program_.texts.replace(lexed.tokens, 1)) {
      return stop(line, "this line becomes too long");
    } else if (!lexed.tokens.empty()) {
      Cursor words(lexed.tokens, line);
      reader.line(words);
    }
  }
  reader.finish(name->text, here);
}

}  // namespace cmos::assembler
