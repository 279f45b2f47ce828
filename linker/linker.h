// The static linker: relocatable objects in, one program image for the fixed address out (abi 1.3,
// 7). Reads what it is asked to link through a Files, writes nothing: program.h makes a CPE of the
// result, map.h text.
//
// The image has what sdk/lib/cmos.ld makes of the same objects: code at 0x400000, constants and
// variables on pages of their own, zero-filled variables last.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "linker/expression.h"
#include "linker/files.h"
#include "object/object.h"

namespace cmos::linker {

using object::kNoIndex;

// ---- what to link ------------------------------------------------------------------------------

/// One word of the command line that has a meaning by its place among the inputs.
struct Input {
  enum class Kind : std::uint8_t {
    kFile,        ///< object or archive; `name` is a path
    kLibrary,     ///< -l: lib<name>.a, or <name> itself after a ':', along the search path
    kGroupStart,  ///< archives up to kGroupEnd are searched until nothing more is found in them
    kGroupEnd,
    kWholeOn,  ///< archives from here on are linked whole
    kWholeOff,
    kPush,      ///< remembers whether archives are linked whole
    kPop,       ///< as it was at the last kPush
    kLibStart,  ///< objects up to kLibEnd are taken as members of an archive are
    kLibEnd
  };
  Kind kind = Kind::kFile;
  std::string name = {};
};

/// --defsym NAME=…: a number, another symbol plus a number, or an expression.
struct Definition {
  std::string name;
  std::string base = {};  ///< empty: only a number
  std::int64_t offset = 0;
  std::optional<Expression> expression = {};  ///< takes the place of both
};

/// What becomes of references to symbols that nobody defines.
enum class Undefined : std::uint8_t {
  kError,
  kWarn,   ///< they are 0, with a warning
  kIgnore  ///< they are 0
};

struct Options {
  std::vector<Input> inputs;
  std::vector<std::string> search_path;  ///< -L, in order
  std::string arch = {};                 ///< empty: that of the objects
  std::string entry = {};                ///< a symbol; empty: _start, start, main (abi 7)
  std::vector<std::string> undefined;    ///< -u: symbols to look for in archives and to keep
  std::vector<std::string> required;     ///< the same, and it is an error if nobody defines them
  std::vector<std::string> wrapped;  ///< --wrap: references to f mean __wrap_f, those to __real_f f
  std::vector<std::string> may_be_undefined;  ///< these are 0 when nobody defines them
  std::vector<std::string> traced;            ///< symbols whose definitions and references are told
  std::vector<std::string> keep;              ///< sections to keep: names, * stands for any text
  std::vector<Definition> definitions;
  bool collect_garbage = false;       ///< --gc-sections
  bool merge = true;                  ///< equal constants of SHF_MERGE sections are shared
  bool multiple_definitions = false;  ///< the first strong definition wins, the others are ignored
  bool verbose = false;  ///< Linked::log says why members were taken, and how long passes took
  bool start_stop_gc = false;   ///< --gc-sections: __start_NAME does not keep the sections NAME
  bool allow_mismatch = false;  ///< ARM objects with other floating-point arguments link
  Undefined on_undefined = Undefined::kError;
  unsigned threads = 0;  ///< 0: as many as there are processors; results never differ
};

// ---- what came of it ---------------------------------------------------------------------------

/// What became of a section of an input.
enum class Fate : std::uint8_t {
  kPlaced,     ///< it has an address
  kMerged,     ///< its entries have addresses, each its own: Linked::address_of
  kDuplicate,  ///< a COMDAT group of the same signature came before
  kCollected,  ///< nothing refers to it (garbage collection)
  kNotLoaded   ///< debug information, notes, unwinding tables: no part of the program
};
std::string_view name(Fate fate);

struct SectionState {
  Fate fate = Fate::kNotLoaded;
  std::uint32_t output = kNoIndex;  ///< index in Linked::outputs; of kPlaced and kMerged
  std::uint32_t pieces = kNoIndex;  ///< kMerged: index in Linked::piece_maps
  std::uint64_t address = 0;        ///< kPlaced
};

/// One object that takes part in the link. Archive members are named "lib.a(member.o)".
struct InputObject {
  object::Object object;
  std::vector<SectionState> sections;  ///< one for each section of the object
  std::vector<std::uint32_t>
      globals;  ///< for each symbol: index in Linked::symbols; local: kNoIndex
};

/// A name that objects share.
struct Symbol {
  enum class Origin : std::uint8_t {
    kUndefined,  ///< weak: its address is 0
    kObject,     ///< a section of an object
    kAbsolute,   ///< a number
    kCommon,     ///< allocated here
    kLinker      ///< a boundary of the image, or --defsym
  };
  std::string_view name;
  Origin origin = Origin::kUndefined;
  std::uint32_t object = kNoIndex;  ///< that defines it; kUndefined: the first that refers to it
  std::uint32_t index = kNoIndex;   ///< its symbol in that object
  std::uint64_t address = 0;        ///< without the Thumb bit
  std::uint64_t size = 0;
  std::uint32_t alignment = 0;  ///< kCommon
  object::SymbolKind kind = object::SymbolKind::kNone;
  object::Visibility visibility = object::Visibility::kDefault;  ///< the strictest of all objects
  bool weak = false;  ///< kUndefined: only weak references; else a weak definition
  bool thumb = false;
  bool referenced = false;  ///< by an object
  bool discarded = false;   ///< defined in a section that garbage collection removed

  bool defined() const { return origin != Origin::kUndefined; }
};

/// A stretch of the image with one purpose: what ld calls an output section.
struct Output {
  std::string name;                                       ///< ".text", ".rodata", …
  object::SectionKind kind = object::SectionKind::kCode;  ///< kCode, kConst or kVar
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  bool stored = true;  ///< false: zero-filled memory after what the file stores
};

/// Everything in the image has exactly one of these, ascending by address, without overlap; between
/// them there is padding (0x00).
struct Placement {
  enum class Kind : std::uint8_t {
    kSection,  ///< `object`, `section`
    kMerged,   ///< shared constants; Linked::pieces tells whose
    kCommon,   ///< `symbol`, in Linked::symbols
    kGot,      ///< Linked::got
    kVeneers   ///< Linked::veneers
  };
  Kind kind = Kind::kSection;
  std::uint32_t output = 0;
  std::uint32_t object = kNoIndex;
  std::uint32_t section = kNoIndex;
  std::uint32_t symbol = kNoIndex;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

/// A shared constant, ascending by address: its bytes are those of the first section that has it.
struct Piece {
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  std::uint32_t object = 0;
  std::uint32_t section = 0;
  std::uint32_t offset = 0;
};
/// Where the entries of one merged section went: (offset in the section, address), ascending.
using PieceMap = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

/// What a relocation refers to, after resolution.
struct Target {
  enum class Status : std::uint8_t {
    kDefined,
    kWeakUndefined,  ///< `address` is 0
    kUndefined,      ///< only in sections that are not loaded: the others refuse it
    kDiscarded       ///< its section is no part of the program
  };
  Status status = Status::kDefined;
  std::uint64_t address = 0;  ///< S, without the Thumb bit
  std::int64_t addend = 0;    ///< A; 0 where it chose the entry of a merged section
  bool thumb = false;         ///< T
  object::TargetState state = object::TargetState::kUnknown;
};

/// One slot of the global offset table, ascending by address, without gaps.
struct GotSlot {
  std::uint64_t address = 0;
  std::uint64_t value = 0;   ///< what it holds
  std::uint32_t object = 0;  ///< of the first relocation that asked for it
  std::uint32_t symbol = 0;  ///< in that object
};

/// A stub between a branch and a target that it cannot reach, ascending by address.
struct Veneer {
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  std::uint64_t target = 0;         ///< with the Thumb bit
  bool thumb = false;               ///< state in which it is entered
  std::uint32_t object = 0;         ///< of the first relocation that asked for it
  std::uint32_t symbol = kNoIndex;  ///< in that object
};

/// A relocation as it was applied to the image.
struct Applied {
  std::uint64_t place = 0;  ///< P, address of the field
  Target target;
  std::int64_t value = 0;             ///< X
  std::uint32_t got_slot = kNoIndex;  ///< in Linked::got
  std::uint32_t veneer = kNoIndex;    ///< in Linked::veneers
};

struct Tables;  // linker/tables.h: what applied() looks up

/// The linked program. Owns the objects, and through them the inputs' bytes.
struct Linked {
  std::string arch;  ///< 4 bytes
  object::Isa isa = object::Isa::kX86_64;
  std::vector<InputObject> objects;  ///< in the order in which they were linked
  std::vector<Symbol> symbols;       ///< in the order in which they were first met
  object::Storage names;             ///< of symbols that no object names
  std::vector<Output> outputs;       ///< ascending by address
  std::vector<Placement> placements;
  std::vector<Piece> pieces;
  std::vector<PieceMap> piece_maps;
  std::vector<GotSlot> got;
  std::vector<Veneer> veneers;

  std::vector<std::uint8_t> image;           ///< from the load address on: what a file stores
  std::uint64_t memory_size = 0;             ///< at least image.size(); the rest is zero
  std::optional<std::uint64_t> const_start;  ///< address; nothing when there are no constants
  std::optional<std::uint64_t> var_start;
  std::uint64_t got_base = 0;  ///< _GLOBAL_OFFSET_TABLE_
  std::uint64_t entry = 0;     ///< address, odd for Thumb
  std::uint32_t entry_symbol = kNoIndex;
  std::vector<std::string> warnings;
  std::vector<std::string> log;         ///< of Options::verbose
  std::vector<std::string> files_read;  ///< in the order in which they were, each once
  std::vector<std::string> traces;      ///< of Options::traced: "a.o: definition of f"
  std::shared_ptr<const Tables> tables;

  /// Address of `offset` in a section of an object; nothing when it is no part of the program.
  std::optional<std::uint64_t> address_of(std::uint32_t object, std::uint32_t section,
                                          std::uint32_t offset) const;
  /// Where a symbol of an object leads to (its own value, or that of the definition that won).
  Target target_of(std::uint32_t object, std::uint32_t symbol) const;
  /// The same for a relocation, of any section of the object: also of those that are not loaded.
  Target target_of(std::uint32_t object, const object::Relocation& relocation) const;
  /// How a relocation of a placed section was applied.
  Applied applied(std::uint32_t object, const object::Relocation& relocation) const;
};

/// Everything that is wrong, not only the first; each says object, section, offset and symbol where
/// they make sense. Never empty.
using Errors = std::vector<Error>;

/// Links. kUsage: options that make no sense; kMalformed, kUnsupported: an input that cannot be
/// linked, an undefined or doubly defined symbol, a value out of range; kLimit: an image that no
/// process has room for.
tl::expected<Linked, Errors> link(const Options& options, Files& files);

}  // namespace cmos::linker
