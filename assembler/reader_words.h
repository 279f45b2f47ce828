// The words that the reader of lines acts on: this language's own, GNU's and nasm's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cmos::assembler {

/// What the reader itself does; everything else is a line of the program.
enum class Word : std::uint8_t {
  kNone,
  kInclude,
  kDefine,
  kSet,
  kText,
  kUndefine,
  kArch,
  kBits,
  kDefault,
  kMacro,
  kPositionalMacro,
  kRepeat,
  kForEach,
  kStructure,
  kError,
  kWarning,
  kEnd,  ///< of a block, where none is open
};
/// kNone for a word that the reader leaves alone.
Word find_reader_word(std::string_view text);
/// nasm's conditions in the words of this language: %ifidn is .ifc; others as they are.
std::string_view own_condition(std::string_view text);

/// What begins and ends several lines that belong together; the first word that ends is the one for
/// messages, the second nasm's.
struct BlockWords {
  std::array<std::string_view, 4> open;
  std::array<std::string_view, 4> close;

  bool opens(std::string_view word) const;
  bool closes(std::string_view word) const;
};
inline constexpr BlockWords kMacroBlock{{".macro", "%macro", "%imacro", ""},
                                        {".endm", "%endmacro", ".endmacro", "%endm"}};
inline constexpr BlockWords kRepeatBlock{{".rept", ".rep", "%rep", ".irp"},
                                         {".endr", "%endrep", "", ""}};
inline constexpr BlockWords kStructureBlock{{".struct", "struc", "", ""},
                                            {".ends", "endstruc", ".endstruct", ""}};

/// The first word of a line behind its labels; what it is written in counts for nothing here.
std::string_view first_word(std::string_view line);

}  // namespace cmos::assembler
