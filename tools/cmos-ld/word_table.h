// Every word that GNU ld 2.40 and lld 14 list in their help, and what it is here: one of our own
// options, a mark among the inputs, nothing, or something that a CPE cannot be.
#pragma once

#include <cstdint>
#include <string_view>

#include "linker/linker.h"

namespace cmos::ld {

enum class Takes : std::uint8_t {
  kNothing,
  kValue,    ///< in the same word after '=' (or at once after a single letter), or the next word
  kMayTake,  ///< only in the same word, after '='
};

enum class Meaning : std::uint8_t {
  kOption,   ///< our option `text`
  kMark,     ///< `mark`
  kNothing,  ///< it asks for what happens anyway, or for something that a CPE does not have
  kRefused,  ///< for the reason `text`
};

struct Word {
  std::string_view name;  ///< without dashes; * at its end stands for any text
  Takes takes = Takes::kNothing;
  Meaning meaning = Meaning::kNothing;
  std::string_view text = {};
  linker::Input::Kind mark = linker::Input::Kind::kFile;
};

/// The word of that name (without dashes), or nullptr.
const Word* find_word(std::string_view name);
/// The word of one letter that `text` begins with, when that takes a value.
const Word* find_letter(std::string_view text);

/// What follows -z.
const Word* find_keyword(std::string_view keyword);

}  // namespace cmos::ld
