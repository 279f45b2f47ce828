// The reader of a source's lines: what it does itself (.include, conditions, definitions, macros,
// repetitions, structures), in the order of the source. Everything else becomes a line of the
// program. reader.cc has the lines, reader_blocks.cc what is made of several, reader_definitions.cc
// the names.
#pragma once

#include <map>
#include <utility>

#include "assembler/conditions.h"
#include "assembler/macros.h"
#include "assembler/reader.h"
#include "assembler/reader_words.h"

namespace cmos::assembler {

class LineReader {
 public:
  LineReader(const Options& options, Sources& sources, Program& program, Reporter& reporter,
             const LineHandler& handler)
      : options_(options),
        sources_(sources),
        program_(program),
        reporter_(reporter),
        handler_(handler),
        conditions_(
            program, [this](std::string_view name) { return is_known(name); },
            [this](Span where) -> const Target& { return need_target(where); }, reporter) {}

  void read(std::string_view file, std::string text);

 private:
  /// Where lines are taken from.
  struct Place {
    Block block;
    std::size_t next = 0;
    unsigned depth = 0;
  };

  void define_options(std::uint32_t file);
  const Target& need_target(Span where);
  void set_target(std::string_view arch, Span where);
  bool is_known(std::string_view name) const;
  void read_block(Block block, unsigned depth);
  void stop(Span where, std::string message);
  std::string_view comment() const;
  LexedLine take_line(Place& at);
  void count_line(const Place& at);
  void read_line(Place& at);
  static std::pair<std::string, std::size_t> word_of(std::span<const Token> tokens);
  static std::size_t kept_tokens(std::string_view word, Word what, std::size_t count);
  void read_tokens(std::vector<Token> tokens, Span where, Place& at, bool active,
                   std::size_t first);
  void ordinary(std::vector<Token> tokens, Span where, Place& at, std::size_t first);
  static void unwrap(std::vector<Token>& tokens);
  void push(std::vector<Token> tokens, Span where);
  void show(std::size_t first, const Place& at);
  void directive(Word word, const std::string& text, Cursor& cursor, Span where, Place& at,
                 std::size_t first);
  std::uint32_t first_column(Span where) const;
  static std::uint32_t text_length(std::string_view text);
  std::optional<Block> take_block(const BlockWords& words, std::string_view text, Span where,
                                  Place& at);
  void macro(bool positional, const std::string& text, Cursor& cursor, Span where, Place& at);
  bool check_macro(const Macro& made);
  bool enter(Span where, const Place& at);
  void use(const Macro& macro, Cursor& cursor, Span where, const Place& at);
  void expand(const Block& body, std::string what, const Lookup& lookup, Span where,
              const Place& at);
  void repeat(const std::string& text, Cursor& cursor, Span where, Place& at);
  void for_each(const std::string& text, Cursor& cursor, Span where, Place& at);
  void structure(const std::string& text, Cursor& cursor, Span where, Place& at);
  void say(bool error, const std::string& word, Cursor& cursor, Span where);
  void arch(Cursor& cursor);
  void bits(std::string text, Cursor& cursor);
  void set_default(Cursor& cursor);
  void define(Cursor& cursor);
  void define(std::string_view name, Span where, Value value);
  void assign(Cursor& cursor, Span where, std::size_t first, const Place& at);
  void set(Cursor& cursor, Span where, bool once);
  void define_text(Cursor& cursor, bool defines);
  void include(Cursor& cursor, Span where, unsigned depth);

  static constexpr std::size_t kMostBytes = 256u << 20;  ///< of all texts

  const Options& options_;
  Sources& sources_;
  Program& program_;
  Reporter& reporter_;
  const LineHandler& handler_;
  Conditions conditions_;
  std::map<std::string, Macro, std::less<>> macros_;
  std::map<std::string, Span> defined_at_;
  std::vector<std::string> from_options_;
  std::size_t lines_ = 0;
  std::size_t bytes_ = 0;
  std::size_t files_ = 0;
  unsigned includes_ = 0;
  unsigned long uses_ = 0;
  bool stopped_ = false;
};

}  // namespace cmos::assembler
