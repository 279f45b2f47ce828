// Lines to labels, symbols, data and code.
#pragma once

#include "assembler/assembler.h"
#include "assembler/program.h"

namespace cmos::assembler {

class Parser {
 public:
  Parser(Program& program, const Options& options, const Sources& sources, Reporter& reporter)
      : program_(program), options_(options), sources_(sources), reporter_(reporter) {}

  void line(std::uint32_t index);

 private:
  bool label(Cursor& cursor, std::uint32_t line);
  void function(const Token& token, Span where, std::uint32_t line);
  void local_label(const Token& token, Span where, std::uint32_t line);
  bool declaration(Cursor& cursor, std::uint32_t line);
  void data(Cursor& cursor, bool variable, std::uint32_t line);
  bool equate(Cursor& cursor, std::uint32_t line);
  void keep_place(std::optional<Reference>& reference, std::uint32_t line);
  void name_fields(const std::string& name, const std::string& structure, Span where);
  void assertion(Cursor& cursor, std::uint32_t line);
  static void stand_here(DataAddress& address, const std::string& record);
  void import(Cursor& cursor);
  void export_names(Cursor& cursor, bool weak);
  void section(Cursor& cursor);
  bool times(Cursor& cursor, std::uint32_t line);
  void statement(Cursor& cursor, std::uint32_t line);
  bool foreign(Cursor& cursor);

  std::optional<std::string> take_name(Cursor& cursor, std::string_view what);
  /// False, with a report, when the name means something already.
  bool define(std::uint32_t symbol, SymbolKind kind, Span where);

  Program& program_;
  const Options& options_;
  const Sources& sources_;
  Reporter& reporter_;
  std::uint32_t function_ = kNoEntry;
};

/// What must hold once all lines are there: exported and used names are declared.
void check_symbols(Program& program, Reporter& reporter);

/// Why a name in an expression means nothing; `function` is the one in which it stands.
std::string undefined_text(const Program& program, std::string_view name, std::uint32_t function);

/// "; did you mean 'message'?", or nothing.
std::string did_you_mean(const Program& program, std::string_view name);

}  // namespace cmos::assembler
