#include <fmt/format.h>

#include "base/text.h"
#include "emu/cbc/engine.h"
#include "emu/engine.h"
#include "emu/unicorn/rows.h"

namespace cmos::emu {

const EngineTable& EngineTable::built_in() {
  static const EngineTable table = [] {
    EngineTable made;
    unicorn::add_rows(made);
    made.add({.isa = &cbc::kIsa, .engine = "cmos", .make = cbc::CbcEngine::make});
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
