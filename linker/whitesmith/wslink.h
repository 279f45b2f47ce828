// Links Whitesmith's objects into one object or program of the same format, by the rules of the
// original linker (docs/whitesmith.md Linking). cmos-wslink asks for exactly those, cmos-ld for the
// modern ones where they differ: archives are searched until nothing more is found, names may be of
// different lengths, relocations may name defined symbols.
//
// By the modern rules, objects of sdcc's assemblers take part, too, alone or among Whitesmith's,
// and so do CPOs of the Z80 and the 8080, whose sections are their areas.
// Each of their areas is a module: areas follow each other in the order in which they are first
// mentioned, and in an area the modules in theirs. An area with contents goes to text, or to data
// when it is one of variables, one without to bss. A name s_AREA is where an area begins, l_AREA
// its size; s_text, l_data and so on are those of the output's segments.
//
// Passes, each with what holds after it:
//   select     every module that takes part is read, in its order; every global name has one entry;
//              every segment of a module has its place in a segment of the output
//   lay out    every module's segments, the output's segments and every name have their addresses
//   relocate   the output's text, data and relocations are complete
//   symbols    its symbol table is, too
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/whitesmith/whitesmith.h"
#include "linker/files.h"

namespace cmos::wslink {

using whitesmith::Segment;

inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

enum class Rules : std::uint8_t {
  kOriginal,  ///< archives once, in their place; one config byte; only undefined names relocate
  kModern,    ///< archives until nothing more is found; see above
};

/// A name that the linker defines itself, when an input refers to it.
struct Boundary {
  enum class Kind : std::uint8_t { kEnd, kSize };
  Kind kind = Kind::kEnd;
  Segment segment = Segment::kText;
  std::string name;
};

/// --defsym NAME=…: a number, or another name plus a number.
struct Definition {
  std::string name;
  std::string base = {};  ///< empty: only a number
  std::int64_t offset = 0;
};

struct Options {
  std::vector<std::string> files;  ///< objects and archives, in command order
  Rules rules = Rules::kOriginal;
  std::string arch = {};  ///< for whose CPU the output is; empty: nothing is said
  std::uint32_t text_base = 0;
  std::optional<std::uint32_t> data_base;  ///< else behind text
  std::optional<std::uint32_t> bss_base;   ///< else behind data
  unsigned data_zero_bits = 0;             ///< at least so many low bits of the data base are 0
  unsigned text_fill_bits = 0;             ///< and of the size of text, which is filled with 0
  std::uint32_t heap = 0;
  std::vector<Boundary> boundaries;
  std::vector<std::string> undefined;  ///< names that are looked for, in the order of the table
  std::vector<Definition> definitions;
  bool partial = false;      ///< undefined and common names stay what they are
  bool relocations = true;   ///< in the output
  bool symbols = true;       ///< in the output
  bool absolute = false;     ///< names become numbers, relocations vanish
  bool no_contents = false;  ///< no text, no data: a file of absolute names
  bool text_to_text = true;  ///< else to the output's data
  bool data_to_text = false;
};

/// A field of one byte, for which Whitesmith's format has no means: of sdcc's objects alone.
struct ByteItem {
  enum class Part : std::uint8_t {
    kLow,       ///< bits 0 to 7 of the sum
    kHigh,      ///< bits 8 to 15
    kRelative,  ///< the distance from the end of the field
  };
  std::uint32_t offset = 0;
  std::uint32_t symbol = 0;  ///< in the module's table
  std::uint32_t addend = 0;
  Part part = Part::kLow;
};

/// One object that takes part, or one area of it; archive members are named "lib.a(member.o)".
struct Module {
  std::string name;
  std::uint32_t area = kNoIndex;  ///< in Linked::areas; of sdcc's objects
  whitesmith::File file;
  std::vector<ByteItem> byte_items;  ///< of the area's only segment
  std::uint32_t alignment = 1;       ///< of every segment in the output, a power of two
  std::uint64_t text_offset = 0;     ///< in the segment of the output that its text goes to
  std::uint64_t data_offset = 0;
  std::uint64_t bss_offset = 0;
  std::vector<std::uint32_t> globals;  ///< per symbol: index in Linked::names, or kNoIndex
  std::shared_ptr<const void> holder;  ///< of the bytes
};

/// A global name.
struct Name {
  enum class State : std::uint8_t { kUndefined, kModule, kLinker };
  std::string_view name;
  State state = State::kUndefined;
  std::uint32_t module = kNoIndex;       ///< that defines it, else the first one that mentions it
  std::uint32_t value = 0;               ///< final; undefined: 0, or the size of a common one
  Segment segment = Segment::kAbsolute;  ///< of the output
  std::uint32_t number = kNoIndex;       ///< in the output's table, of an undefined one
  bool hidden = false;                   ///< stands for an area, and for nobody else
};

/// All areas of one name together.
struct Area {
  std::string_view name;
  Segment segment = Segment::kBss;  ///< of the output
  bool stored = false;              ///< some object has contents for it
  bool variables = false;           ///< which are data
  std::uint64_t offset = 0;         ///< in the segment
  std::uint64_t size = 0;
};

struct Linked {
  std::vector<Module> modules;  ///< in the order in which they were taken
  std::vector<Name> names;      ///< in the order of their first mention
  std::vector<Area> areas;      ///< the same; empty when all objects are Whitesmith's
  whitesmith::File file;
  std::uint32_t bss_base = 0;
  object::Storage storage;  ///< of names that no input has
};

using Errors = std::vector<Error>;

/// Links; never returns an empty list of errors.
tl::expected<Linked, Errors> link(const Options& options, linker::Files& files);

/// The output's bytes; without its header for bootstraps and CP/M.
Result<std::vector<std::uint8_t>> bytes_of(const Linked& linked, bool header);

/// Final address of a segment of a module.
std::uint32_t address_of(const Linked& linked, const Options& options, const Module& module,
                         Segment segment);

/// "text+0x10", or "_CODE+0x10" of an area.
std::string place_of(const Linked& linked, const Module& module, Segment segment,
                     std::uint32_t offset);

/// ld's -Map: segments, modules, names.
std::string map_text(const Linked& linked, const Options& options);

}  // namespace cmos::wslink
