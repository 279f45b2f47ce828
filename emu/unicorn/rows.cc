#include "emu/unicorn/rows.h"

#include "emu/unicorn/engine.h"

namespace cmos::emu::unicorn {

void add_rows(EngineTable& table) {
  const auto add = [&table](const Isa& isa, auto make_cpu) {
    table.add({.isa = &isa,
               .engine = engine_name(),
               .make = [make_cpu](GuestMemory& memory, const EngineOptions& options) {
                 return UnicornEngine::make(make_cpu(), memory, options);
               }});
  };
  add(kX8664, make_x86_64);
  add(kX86, make_x86);
  add(kArm, make_arm);
  add(kArm64, [] { return make_arm64(kArm64); });
  add(kApple, [] { return make_arm64(kApple); });
}

}  // namespace cmos::emu::unicorn
