// Executes single instructions of any bytes, for tests and fuzzers that look for instructions on
// which the engine's library ends the process or never comes back.
#pragma once

#include <memory>
#include <string_view>

#include "emu/engine.h"

namespace cmos::emu {

/// What stands in every register but pc and flags before an instruction.
enum class Operands : std::uint8_t {
  kZero,
  kOnes,
  kPointers,  ///< into readable and writable memory, far from its ends
  kEdges,     ///< the last bytes of a region, so that wider accesses cross its end
  kLargest,   ///< the smallest negative number, 1 and -1 in turns
  kCount,
};

class InstructionBed {
 public:
  static constexpr std::uint64_t kCode = 0x400000, kData = 0x500000;
  static constexpr std::size_t kMostCode = 0x1000;

  /// An engine for `arch` whose translations have little room, so that they are thrown away often.
  InstructionBed(std::string_view arch, bool counted);

  /// Executes up to `most` instructions of `code`; what stands behind it is undefined code.
  const Stop& execute(Bytes code, bool thumb, Operands operands, unsigned most);

  /// Counted since the engine was made.
  std::uint64_t instructions() const { return engine_->instructions(); }

 private:
  std::unique_ptr<GuestMemory> memory_;
  std::unique_ptr<Engine> engine_;
  bool counted_;
  std::size_t written_ = 0;
};

}  // namespace cmos::emu
