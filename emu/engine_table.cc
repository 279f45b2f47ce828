#include <fmt/format.h>

#include "emu/engine.h"

namespace cmos::emu {

Result<const EngineRow*> EngineTable::find(std::string_view arch) const {
  std::string known;
  for (const EngineRow& row : rows_) {
    if (row.isa->arch == arch) return &row;
    known += (known.empty() ? "" : ", ") + std::string(row.isa->arch);
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("no CPU engine for ARCH '{}' (known: {})", arch, known));
}

}  // namespace cmos::emu
