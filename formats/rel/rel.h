// Objects of sdcc's assemblers (`.rel`), text of one record per line (the ASxxxx assemblers'
// documentation, "Linker").
//
//   XL3              numbers in hexadecimal, low byte first (H: high), addresses of 3 bytes
//   H n areas m global symbols
//   M module   O options
//   S name Def000A   a symbol of the area before it; Ref000A: of another object
//   A name size n flags f addr a
//   T address bytes… contents
//   R 0 0 area, then per relocation: mode, index in the T line before it (its address counts),
//     2 bytes of area or symbol
//
// A relocated byte stands in the T line with as many bytes as an address, of which the mode says
// which one is meant: the one byte of memory. Contents here are those of memory.
//
// Ownership: everything is a copy.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::rel {

struct Relocation {
  enum class Part : std::uint8_t {
    kWord,  ///< 2 bytes
    kLow,   ///< one byte, of the sum's bits 0 to 7
    kHigh,  ///< of its bits 8 to 15
  };
  std::uint32_t offset = 0;  ///< of the field in its area
  Part part = Part::kWord;
  bool relative = false;   ///< to the end of the field
  bool is_symbol = false;  ///< `index` is one of File::symbols, else of File::areas
  std::uint32_t index = 0;
  std::uint32_t addend = 0;

  std::uint32_t size() const { return part == Part::kWord ? 2 : 1; }
  bool operator==(const Relocation&) const = default;
};

struct Area {
  static constexpr std::uint32_t kOverlaid = 4;
  static constexpr std::uint32_t kAbsolute = 8;

  std::string name;
  std::uint32_t size = 0;
  std::uint32_t flags = 0;
  std::uint32_t address = 0;        ///< of an absolute one
  std::vector<std::uint8_t> bytes;  ///< `size` of them when any are stored, else none
  std::vector<Relocation> relocations;
  // What sdcc's files do not say, and other objects that become areas do.
  std::uint32_t alignment = 1;  ///< a power of two, bytes
  bool variables = false;       ///< contents are variables, whatever the name is

  bool is_absolute() const { return (flags & kAbsolute) != 0; }
};

struct Symbol {
  std::string name;
  bool defined = false;
  std::uint32_t value = 0;  ///< offset in its area; undefined: 0
  std::uint32_t area = 0;   ///< of a defined one: index, or kNoArea for an absolute one
};
inline constexpr std::uint32_t kNoArea = UINT32_MAX;

/// What the assembler itself defines in every object, as 0.
inline constexpr std::string_view kAssemblersOwn = ".__.ABS.";
/// The option of objects for the Z80.
inline constexpr std::string_view kZ80Option = "-mz80";

struct File {
  ByteOrder order = ByteOrder::kLittle;
  unsigned address_bytes = 2;
  std::string module;
  std::string options;  ///< "-mz80"
  std::vector<Area> areas;
  std::vector<Symbol> symbols;
};

/// Whether its code is the Z80's: compilers name another CPU in their options, sdasz80 writes none.
bool is_for_z80(const File& file);
/// Whether bytes begin like such an object.
bool looks_like_rel(Bytes bytes);

/// Parses and checks a whole object. kMalformed with the offset of the line; kUnsupported for radix
/// D and Q, and for modes that only other CPUs' assemblers write.
Result<File> read(Bytes bytes, std::string_view file);

}  // namespace cmos::rel
