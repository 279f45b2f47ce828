#include "emu/unicorn/rows.h"

#include "emu/unicorn/engine.h"

namespace cmos::emu::unicorn {

namespace {

struct Model {
  std::string_view baseline, also;
};
#ifdef CMOS_UNICORN_TUNED
constexpr Model kX8664Model{"x86-64-v2", "LZCNT, MOVBE, AES, PCLMULQDQ"},
    kX86Model{"i686 with SSE2",
              "SSE3, SSSE3, SSE4.1, SSE4.2, POPCNT, LZCNT, MOVBE, AES, PCLMULQDQ"};
#else
constexpr Model kX8664Model{"x86-64-v1", "SSE3, SSSE3, SSE4.1, SSE4.2, AES, CMPXCHG16B"},
    kX86Model{"i686 with SSE2", "SSE3, SSSE3, SSE4.1, SSE4.2, AES"};
#endif
constexpr Model kArmModel{"Cortex-A15: ARMv7-A", "Thumb, VFPv4, NEON, division"},
    kArm64Model{"Cortex-A57: ARMv8.0-A", "AES, SHA-1, SHA-256, PMULL, CRC32"},
    kAppleModel{"ARMv8.0-A",
                "AES, SHA-1, SHA-256, PMULL, CRC32; of ARMv8.1 to 8.5 LSE, RDM, FP16, DotProd, "
                "FCMA, JSCVT, FHM, PAuth without keys, LRCPC2, FlagM2, FRINTTS, SB, SHA512, SHA3, "
                "SM3, SM4, DPB2"};

}  // namespace

void add_rows(EngineTable& table) {
  const auto add = [&table](const Isa& isa, const Model& model, auto make_cpu) {
    table.add({.isa = &isa,
               .engine = engine_name(),
               .make =
                   [make_cpu](GuestMemory& memory, const EngineOptions& options) {
                     return UnicornEngine::make(make_cpu(), memory, options);
                   },
               .baseline = model.baseline,
               .also = model.also});
  };
  add(kX8664, kX8664Model, make_x86_64);
  add(kX86, kX86Model, make_x86);
  add(kArm, kArmModel, make_arm);
  add(kArm64, kArm64Model, [] { return make_arm64(kArm64); });
  add(kApple, kAppleModel, [] { return make_arm64(kApple); });
}

}  // namespace cmos::emu::unicorn
