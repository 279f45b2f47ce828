// From a frame to its caller's by call frame information (DWARF), which also knows functions
// without a frame pointer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "emu/engine.h"
#include "emu/memory.h"
#include "symbolize/lookup.h"

namespace cmos::runtime {

class Unwinder {
 public:
  /// All borrowed. Begins with the registers as they are, at `pc`.
  Unwinder(const emu::Engine& engine, const emu::GuestMemory& memory, symbolize::Lookup& lookup,
           std::uint64_t pc);

  /// To the caller. False when there is no information, or no caller; nothing has changed then.
  bool up();
  /// Of the frame reached; a return address, on ARM with the Thumb bit.
  std::uint64_t pc() const { return pc_; }
  std::optional<std::uint64_t> frame_pointer() const;

 private:
  using Registers = std::vector<std::optional<std::uint64_t>>;  ///< by DWARF number
  std::optional<std::uint64_t> word(std::uint64_t address) const;
  std::optional<std::uint64_t> apply(const symbolize::UnwindRule& rule, std::size_t number,
                                     std::uint64_t cfa) const;

  const arch::Cpu& cpu_;
  const emu::GuestMemory& memory_;
  symbolize::Lookup& lookup_;
  Registers registers_;
  std::uint64_t pc_;
  bool is_return_ = false;
};

}  // namespace cmos::runtime
