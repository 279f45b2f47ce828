#include <fmt/format.h>

#include "base/text.h"
#include "emu/cbc/engine.h"
#include "emu/engine.h"
#include "emu/i8080/engine.h"
#include "emu/i8086/engine.h"
#include "emu/m68k/engine.h"
#include "emu/mos6502/engine.h"
#include "emu/unicorn/rows.h"
#include "emu/z80/engine.h"

namespace cmos::emu {

std::string flags_text(std::uint64_t value, std::initializer_list<FlagName> flags) {
  std::string text;
  for (const FlagName& one : flags) {
    if ((value & one.mask) == 0) continue;
    text += text.empty() ? "" : " ";
    text += one.name;
  }
  return text;
}

const EngineTable& EngineTable::built_in() {
  static const EngineTable table = [] {
    EngineTable made;
    unicorn::add_rows(made);
    made.add({.isa = &cbc::kIsa,
              .engine = "cmos",
              .make = cbc::CbcEngine::make,
              .baseline = "COIL's bytecode"});
    made.add({.isa = &kZ80,
              .engine = "libz80ex",
              .make = [](GuestMemory& memory,
                         const EngineOptions& options) { return make_z80(kZ80, memory, options); },
              .baseline = "Z80",
              .also = "undocumented opcodes and flags"});
    made.add(
        {.isa = &k8080,
         .engine = "cmos",
         .make = [](GuestMemory& memory,
                    const EngineOptions& options) { return make_8080(k8080, memory, options); },
         .baseline = "8080",
         .also = "undocumented second encodings"});
    made.add(
        {.isa = &kM68k, .engine = "cmos", .make = make_m68k, .baseline = "68000 in user mode"});
    made.add({.isa = &k8086, .engine = "cmos", .make = make_8086, .baseline = "8086 in real mode"});
    made.add({.isa = &k6502,
              .engine = "cmos",
              .make = make_6502,
              .baseline = "NMOS 6502",
              .also = "decimal mode"});
    return made;
  }();
  return table;
}

Result<const EngineRow*> EngineTable::find(std::string_view arch) const {
  std::string known;
  for (const EngineRow& row : rows_) {
    if (row.isa->arch == arch) return &row;
    known += (known.empty() ? "" : ", ") + std::string(row.isa->arch);
  }
  // The code may be any four bytes, and a terminal must not see them as they are.
  std::string shown = quote(as_bytes(arch));
  shown.front() = shown.back() = '\'';
  return fail(ErrorCode::kUnsupported,
              fmt::format("no CPU engine for ARCH {} (known: {})", shown, known));
}

}  // namespace cmos::emu
