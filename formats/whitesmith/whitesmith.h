// Objects and linked programs of Whitesmith's compilers and linkers (1978 to today): 8080, Z80 and
// 68000 (docs/whitesmith.md).
//
//   0x99, config byte, size of the symbol table (always 2 bytes), then six words: text, data, bss,
//   heap, text base, data base; text; data; symbols; relocations of text; relocations of data.
//
// A word has 2 bytes, or 4 when the config byte says so; it also says the byte order, which holds
// for the header, too, and how long names are. With its highest bit the file has no relocations,
// and not even their terminators.
//
// Oddities: every address is one in the module's own address space, where text begins at the text
// base, data at the data base and bss behind data: symbols, and the words in place of relocations
// against segments. An undefined symbol whose value is not 0 is a common one, and the value its
// size. What follows the last terminator is padding (CP/M files are multiples of 128 bytes).
//
// Ownership: contents and names are views into the file's bytes, or into `storage`.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/findings.h"
#include "object/storage.h"

namespace cmos::whitesmith {

inline constexpr std::uint8_t kMagic = 0x99;

/// The config byte and what follows from it.
struct Config {
  static constexpr std::uint8_t kWide = 0x08;
  static constexpr std::uint8_t kLittleEndian = 0x10;
  static constexpr std::uint8_t kNoRelocations = 0x80;

  std::uint8_t byte = 0x14;

  unsigned name_length() const { return (byte & 7U) * 2 + 1; }
  bool wide() const { return (byte & kWide) != 0; }
  ByteOrder order() const {
    return (byte & kLittleEndian) == 0 ? ByteOrder::kBig : ByteOrder::kLittle;
  }
  /// Bits 5 and 6: two to this power is the strictest type's alignment.
  unsigned log2_alignment() const { return byte >> 5 & 3U; }
  bool has_relocations() const { return (byte & kNoRelocations) == 0; }

  unsigned word_size() const { return wide() ? 4 : 2; }
  unsigned header_size() const { return 4 + 6 * word_size(); }
  unsigned symbol_size() const { return word_size() + 1 + name_length(); }
  std::uint32_t word_mask() const { return wide() ? UINT32_MAX : UINT16_MAX; }

  bool operator==(const Config&) const = default;
};

/// The low two bits of a symbol's type, and the first four targets of relocations.
enum class Segment : std::uint8_t { kAbsolute = 0, kText = 1, kData = 2, kBss = 3 };
std::string_view name(Segment segment);

struct Symbol {
  std::string_view name = {};
  std::uint32_t value = 0;  ///< an address of the module; undefined: 0, or the size of a common one
  Segment segment = Segment::kAbsolute;  ///< of a defined one
  bool defined = false;
  bool global = true;

  bool common() const { return !defined && value != 0; }
  std::uint8_t type() const {
    return static_cast<std::uint8_t>((defined ? static_cast<unsigned>(segment) | 4U : 0U) |
                                     (global ? 8U : 0U));
  }
  bool operator==(const Symbol&) const = default;
};

/// One patched field. Its distance from the end of the one before is what the file stores.
struct Item {
  static constexpr std::uint32_t kFirstSymbol = 4;
  /// The highest symbol index that two bytes of index reach.
  static constexpr std::uint32_t kLastSymbol = 32938;

  std::uint32_t offset = 0;  ///< in its segment
  std::uint32_t target = 0;  ///< a Segment, or kFirstSymbol + the index of a symbol
  bool relative = false;     ///< the change of the field's own segment is taken off, too
  bool is_long = false;      ///< 4 bytes instead of 2; only where words have 4

  unsigned size() const { return is_long ? 4 : 2; }
  bool names_symbol() const { return target >= kFirstSymbol; }
  std::uint32_t symbol() const { return target - kFirstSymbol; }
  bool operator==(const Item&) const = default;
};

/// Codes that NS16032 tools gave a meaning of their own, where others have symbol indices.
constexpr bool is_reserved_target(std::uint32_t target) {
  return target == 0x8000 || target == 0x8001;
}

struct File {
  Config config;
  Bytes text;
  Bytes data;
  std::uint32_t bss = 0;
  std::uint32_t heap = 0;       ///< bytes of stack and heap together that a program asks for
  std::uint32_t text_base = 0;  ///< of a program: where it is loaded, and its entry
  std::uint32_t data_base = 0;
  std::vector<Symbol> symbols;
  std::vector<Item> text_items;  ///< ascending, without overlap
  std::vector<Item> data_items;
  object::Storage storage;  ///< what the views refer to, unless to the file's bytes

  /// Base of a segment in the module's own addresses; 0 for kAbsolute.
  std::uint32_t base(Segment segment) const;
  /// Bytes of a segment in memory.
  std::uint64_t size(Segment segment) const;
  /// Whether it looks linked: no undefined symbol, and either no relocations or a base above 0.
  bool is_program() const;
};

/// Where the parts of a file lie, for messages and dumps; all are absolute offsets.
struct Layout {
  std::uint64_t text = 0;
  std::uint64_t data = 0;
  std::uint64_t symbols = 0;
  std::uint64_t text_items = 0;
  std::uint64_t data_items = 0;
  std::uint64_t end = 0;  ///< of what the header states; the rest of the file is padding
};

struct ReadResult {
  File file;
  Layout layout;
};

/// Whether bytes begin like an object or program.
bool looks_like_object(Bytes bytes);

/// Parses and checks a whole file; the bytes must outlive the result. Fails with kMalformed, or
/// kUnsupported for what only other tools than the original ones mean something by.
Result<ReadResult> read(Bytes bytes, std::string_view file);

/// Every finding that can be established, also which of the format's dialects was met.
std::vector<Finding> validate(Bytes bytes, std::string_view file);

/// The canonical bytes: what the original linker writes for the same content. Fails with kUsage for
/// content that the config byte has no room for, naming the field.
Result<std::vector<std::uint8_t>> write(const File& file);

/// What memory holds when the program starts: text and data at their addresses, zeros between
/// them, from the text base on. Fails with kUsage when data lies below text, with kLimit when more
/// than 16 MiB away.
Result<std::vector<std::uint8_t>> memory_image(const File& file);

/// The ARCH of the CPU that files of this kind were made for, since none names it: "_68K" for
/// big-endian words of 4 bytes, else "_Z80".
std::string_view usual_arch(Config config);

/// "text+0x10", for messages: where a segment's byte is.
std::string place(Segment segment, std::uint32_t offset);

}  // namespace cmos::whitesmith
