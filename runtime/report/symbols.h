// Addresses in words: the nearest symbol of a CPE at or below an address, for traces and reports.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emu/memory.h"
#include "formats/cpe/cpe.h"

namespace cmos::runtime {

/// Which of several symbols at one address names it.
enum class SymbolChoice : std::uint8_t {
  kFirstInFile,
  kByName,  ///< the first by name; and symbols that linkers define themselves (`_edata`) come last,
            ///< so that the choice does not depend on the linker
};

class SymbolIndex {
 public:
  /// Knows no symbols: every address is shown as a number.
  SymbolIndex() = default;
  SymbolIndex(SymbolIndex&&) = default;
  SymbolIndex& operator=(SymbolIndex&&) = default;
  /// Borrows the names of `file`, which outlives the index. The image is [image_base, image_end),
  /// or ends at the symbol
  /// `__image_end` when that comes first: behind it is only the rest of a page.
  /// On ARM, bit 0 of a symbol in code is the Thumb mark and not part of its address.
  SymbolIndex(const cpe::ReadResult& file, std::uint64_t image_base, std::uint64_t image_end,
              SymbolChoice choice = SymbolChoice::kFirstInFile);

  struct Hit {
    std::string_view name;    ///< free of control characters, at most some 256 bytes
    std::uint64_t start = 0;  ///< the symbol's address
    std::uint64_t offset = 0;
    bool of_program = true;  ///< false: a mark in the image (boundary, mapping, linker-defined)
  };
  /// The nearest symbol at or below `address`; nothing outside the image or below the first symbol.
  /// Among symbols of one address SymbolChoice decides. Boundary symbols (abi 1.3) and ARM
  /// mapping symbols (`$t`) are the last choice; but no symbol of one section names an address
  /// behind the boundary of the next.
  std::optional<Hit> find(std::uint64_t address) const;

  /// `symbol`, `symbol+0x12`, or `0x400012` when there is no symbol.
  void append(fmt::memory_buffer& out, std::uint64_t address) const;
  std::string text(std::uint64_t address) const;

  std::uint64_t image_end() const { return image_end_; }
  bool in_image(std::uint64_t address) const {
    return address >= image_base_ && address < image_end_;
  }

 private:
  enum class Rank : std::uint8_t { kOrdinary, kMapping, kBoundary };
  struct Entry {
    std::uint64_t address;
    Rank rank;
    std::string_view name;
  };
  std::string_view presentable(std::string_view name);

  std::uint64_t image_base_ = 0;
  std::uint64_t image_end_ = 0;
  std::vector<Entry> entries_;  ///< ascending, one per address: the best
  std::deque<std::string>
      owned_;  ///< names that had to be changed; a deque, since entries_ borrows from it
};

/// Where code runs: as SymbolIndex::append, but outside the image by region, `[exit stub]+0x3`, so
/// that it reads the same on every ARCH.
void append_location(fmt::memory_buffer& out, std::uint64_t address, const SymbolIndex& symbols,
                     const emu::GuestMemory& memory);
std::string location_text(std::uint64_t address, const SymbolIndex& symbols,
                          const emu::GuestMemory& memory);

}  // namespace cmos::runtime
