// DWARF 2 to 5 through libdw. What libdw is given may be any bytes, and it makes no promise for
// those: read it in a process of its own (isolated.h) when nobody vouches for the file.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/error.h"
#include "symbolize/lookup.h"

namespace cmos::symbolize {

class DwarfReader {
 public:
  /// `elf` is an ELF file that formats/elf has checked; borrowed. Nothing is decoded before it is
  /// asked for. kMalformed when libdw refuses it. libdw calls `out_of_memory`, which must not
  /// return, when it gets none; without one it ends the process.
  static Result<std::unique_ptr<DwarfReader>> open(Bytes elf, void (*out_of_memory)() = nullptr);
  DwarfReader(const DwarfReader&) = delete;
  DwarfReader& operator=(const DwarfReader&) = delete;
  ~DwarfReader();

  std::optional<SourceLine> line(std::uint64_t address);
  std::optional<UnwindRow> unwind(std::uint64_t address);

 private:
  struct State;
  explicit DwarfReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cmos::symbolize
