// Statements that stand in a program again and again: what was made of the first one serves the
// others, if nothing in it can come to mean something else.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "assembler/program.h"
#include "assembler/rewrite.h"

namespace cmos::assembler {

class Repetitions {
 public:
  /// A statement that was written before: its text for the encoder is that of `line` in
  /// EncoderInput::lines, its expectation the one at `expectation`.
  struct First {
    std::uint32_t line = 0;
    std::uint32_t expectation = 0;
    std::string text;
  };

  Repetitions(const Program& program, const Sources& sources)
      : program_(program), sources_(sources) {}

  /// The text of a statement that always means the same: a mnemonic, registers, sizes, numbers and
  /// marks, all of them as the source has them. Names may be defined anew, `%define` replaces
  /// words, and the numbers of branches are counted from where they stand.
  std::optional<std::string_view> constant_text(const CodeItem& item) const;

  const First* find(std::string_view text) const {
    const auto found = known_.find(text);
    return found == known_.end() ? nullptr : &found->second;
  }
  void add(std::string_view text, First first) { known_.emplace(text, std::move(first)); }

 private:
  const Program& program_;
  const Sources& sources_;
  std::unordered_map<std::string_view, First> known_;  ///< by texts of `sources_`
};

}  // namespace cmos::assembler
