#include "assembler/reader_words.h"

#include <algorithm>

namespace cmos::assembler {
namespace {

struct WordRow {
  std::string_view text;
  Word word;
};
constexpr std::array<WordRow, 45> kWords{{
    {".include", Word::kInclude},
    {"%include", Word::kInclude},
    {".define", Word::kDefine},
    {".set", Word::kSet},
    {".equ", Word::kSet},
    {"%assign", Word::kSet},
    {"%define", Word::kText},
    {"%xdefine", Word::kText},
    {"%undef", Word::kUndefine},
    {".undef", Word::kUndefine},
    {".arch", Word::kArch},
    {"bits", Word::kBits},
    {"use32", Word::kBits},
    {"use64", Word::kBits},
    {"use16", Word::kBits},
    {".code32", Word::kBits},
    {".code64", Word::kBits},
    {"default", Word::kDefault},
    {".macro", Word::kMacro},
    {"%macro", Word::kPositionalMacro},
    {".rept", Word::kRepeat},
    {".rep", Word::kRepeat},
    {"%rep", Word::kRepeat},
    {".irp", Word::kForEach},
    {".struct", Word::kStructure},
    {"struc", Word::kStructure},
    {".error", Word::kError},
    {".err", Word::kError},
    {"%error", Word::kError},
    {"%fatal", Word::kError},
    {".warning", Word::kWarning},
    {"%warning", Word::kWarning},
    {".endm", Word::kEnd},
    {".endmacro", Word::kEnd},
    {"%endmacro", Word::kEnd},
    {".endr", Word::kEnd},
    {"%endrep", Word::kEnd},
    {"endstruc", Word::kEnd},
    {".ends", Word::kEnd},
    {".endstruct", Word::kEnd},
    {"%imacro", Word::kPositionalMacro},
    {"%idefine", Word::kText},
    {"%ixdefine", Word::kText},
    {".code16", Word::kBits},
    {"%endm", Word::kEnd},
}};

/// nasm's conditions in the words of this language.
struct ConditionRow {
  std::string_view text;
  std::string_view word;
};
constexpr std::array<ConditionRow, 14> kConditions{{{"%if", ".if"},
                                                    {"%elif", ".elif"},
                                                    {"%else", ".else"},
                                                    {"%endif", ".endif"},
                                                    {"%ifdef", ".ifdef"},
                                                    {"%ifndef", ".ifndef"},
                                                    {"%ifmacro", ".ifdef"},
                                                    {"%ifnmacro", ".ifndef"},
                                                    {"%ifidn", ".ifc"},
                                                    {"%ifidni", ".ifc"},
                                                    {"%ifnidn", ".ifnc"},
                                                    {"%ifnidni", ".ifnc"},
                                                    {"%ifempty", ".ifb"},
                                                    {"%ifnempty", ".ifnb"}}};

bool is_among(const std::array<std::string_view, 4>& words, std::string_view word) {
  return !word.empty() && std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Word find_reader_word(std::string_view text) {
  // Most lines are instructions, which are asked about, too.
  if (text.empty() || std::string_view(".%bdeus").find(text[0]) == std::string_view::npos)
    return Word::kNone;
  const auto found = std::find_if(kWords.begin(), kWords.end(),
                                  [&](const WordRow& row) { return row.text == text; });
  return found == kWords.end() || text.empty() ? Word::kNone : found->word;
}

std::string_view own_condition(std::string_view text) {
  const auto found = std::find_if(kConditions.begin(), kConditions.end(),
                                  [&](const ConditionRow& row) { return row.text == text; });
  return found == kConditions.end() ? text : found->word;
}

bool BlockWords::opens(std::string_view word) const {
  return is_among(open, word);
}
bool BlockWords::closes(std::string_view word) const {
  return is_among(close, word);
}

std::string_view first_word(std::string_view line) {
  for (;;) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find_first_of(" \t;:,\"'"));
    const std::size_t colon = line.find_first_not_of(" \t", word.size());
    if (word.empty() || colon == std::string_view::npos || line[colon] != ':') return word;
    line.remove_prefix(colon + 1);
  }
}

}  // namespace cmos::assembler
