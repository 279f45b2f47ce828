// Objects in the format o65, version 0, as Debian's xa writes them for the 6502 (xa65's
// fileformat.txt, version 1.2): 01 00 "o65", mode, sizes, options, text, data, undefined names, the
// relocations of text and of data, exports. Sizes are 2 bytes, or 4 by a bit of the mode.
//
// Ownership: everything is a copy.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::o65 {

/// As relocations and exports number them.
enum class Segment : std::uint8_t { kUndefined, kAbsolute, kText, kData, kBss, kZero };

struct Relocation {
  enum class Part : std::uint8_t { kLow = 0x20, kHigh = 0x40, kWord = 0x80 };
  std::uint32_t offset = 0;  ///< of the field in its segment
  Part part = Part::kWord;
  Segment segment = Segment::kUndefined;
  std::uint32_t index = 0;  ///< in File::undefined
};

struct Area {
  std::uint32_t base = 0;  ///< address that the object's own values count from
  std::uint32_t size = 0;
  std::vector<std::uint8_t> bytes;  ///< of text and data
  std::vector<Relocation> relocations;
};

struct Export {
  std::string name;
  Segment segment = Segment::kAbsolute;
  std::uint32_t value = 0;  ///< an address in the object's own space
};

struct File {
  std::array<Area, 4> areas;  ///< text, data, bss, zero
  std::vector<std::string> undefined;
  std::vector<Export> exports;
};

/// Whether bytes begin like such an object.
bool looks_like_o65(Bytes bytes);

/// Parses and checks a whole object. kMalformed with the offset; kUnsupported for another version,
/// for the 65816, and for relocations of banks.
Result<File> read(Bytes bytes, std::string_view file);

}  // namespace cmos::o65
