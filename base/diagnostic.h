// What an assembler says about a source: positions, messages, and their text with the source line
// and a caret.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cmos::source {

/// A stretch of one line. `file` is an index in Sources, `line` counts from 1 (0 = the file as a
/// whole), `begin` and `length` are bytes in the line.
struct Span {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t begin = 0;
  std::uint32_t length = 0;
};

struct SourceFile {
  std::string name;  ///< as the user named it
  std::string text;
  std::vector<std::string_view> lines;  ///< of `text`, without their ends
  std::optional<Span> included_from;
  std::string macro = {};        ///< of which this is one use at included_from; else empty
  std::uint32_t first_line = 1;  ///< the number of its first line, for messages
};

/// All texts of one assembly; a file that is included twice is there twice.
class Sources {
 public:
  std::uint32_t add(std::string name, std::string text, std::optional<Span> included_from);
  /// What one use of a macro became: lines that stand in `name` from `first_line` on, filled in.
  std::uint32_t add_use(std::string macro, std::string name, std::uint32_t first_line,
                        std::string text, Span where);
  const SourceFile& operator[](std::uint32_t index) const { return files_[index]; }
  std::size_t size() const { return files_.size(); }
  std::string_view line(const Span& span) const;
  /// The number of its line, for people.
  std::uint32_t number(const Span& span) const {
    return span.line + files_[span.file].first_line - 1;
  }
  /// Whether `a` is read before `b`, included files being read where they are included.
  bool before(const Span& a, const Span& b) const;

 private:
  std::vector<Span> chain(Span span) const;
  std::deque<SourceFile> files_;  // lines are views into texts that must not move
};

struct Note {
  Span where;
  std::string message;
};

struct Diagnostic {
  Severity severity = Severity::kError;
  Span where;
  std::string message;
  std::vector<Note> notes = {};
};

/// `file:line:column: error: message`, the source line, a caret, then the notes. Columns count
/// characters from 1. Ends with a line feed.
std::string render(const Sources& sources, const Diagnostic& diagnostic);

/// Collects diagnostics; a source of a million mistakes does not become a million messages.
class Reporter {
 public:
  static constexpr std::size_t kMost = 500;

  void error(Span where, std::string message, std::vector<Note> notes = {});
  void warning(Span where, std::string message);
  bool has_errors() const { return errors_ != 0; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return warnings_; }
  /// In the order of the source, each once.
  std::vector<Diagnostic> take(const Sources& sources) &&;

 private:
  void add(Diagnostic diagnostic);
  std::vector<Diagnostic> list_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace cmos::source
