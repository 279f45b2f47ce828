// x86: CPUID and the translator learn of POPCNT, MOVBE and others that the library can do but
// hides.
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"
#include "emu/unicorn/tuned/x86_state.h"

namespace cmos::emu::unicorn {
namespace {

// In target/i386's CPUX86State: uint64_t[]: 1.EDX, 1.ECX, 7.EBX, …, 8000_0001.EDX, 8000_0001.ECX
constexpr std::size_t kX86Features = 0x15e0;
constexpr std::size_t kFeature1Edx = 0, kFeature1Ecx = 1, kFeature7Ebx = 2, kFeatureExtEdx = 6,
                      kFeatureExtEcx = 7;
constexpr std::uint64_t kShipped1Ecx = 0x2182200;

std::uint64_t* features_of(void* cpu) {
  return &field<std::uint64_t>(field<void*>(cpu, kCpuEnv), kX86Features);
}

}  // namespace

bool Tuned::has_known_x86_layout() const {
  return features_of(cpu_)[kFeature1Ecx] == kShipped1Ecx;
}

/// x86-64-v2 and what else works without VEX; the library reports less than it can do. RDTSCP and
/// RDRAND stay off, so that runs repeat; BMI is VEX-encoded.
void Tuned::enable_x86_features() {
  x86::link_strings();
  x86::link_integers();
  const auto bits = [](std::initializer_list<unsigned> numbers) {
    std::uint64_t value = 0;
    for (const unsigned number : numbers) value |= 1ull << number;
    return value;
  };
  auto* features = features_of(cpu_);
  features[kFeature1Edx] = bits({0 /*FPU*/, 4 /*TSC*/, 8 /*CX8*/, 15 /*CMOV*/, 19 /*CLFSH*/,
                                 23 /*MMX*/, 24 /*FXSR*/, 25 /*SSE*/, 26 /*SSE2*/});
  features[kFeature1Ecx] = bits({0 /*SSE3*/, 1 /*PCLMUL*/, 9 /*SSSE3*/, 13 /*CX16*/, 19 /*SSE4.1*/,
                                 20 /*SSE4.2*/, 22 /*MOVBE*/, 23 /*POPCNT*/, 25 /*AES*/});
  features[kFeature7Ebx] = 0;
  features[kFeatureExtEdx] = word_bytes_ == 8 ? bits({11 /*SYSCALL*/, 29 /*LM*/}) : 0;
  features[kFeatureExtEcx] = bits({0 /*LAHF*/, 5 /*ABM*/});
}

}  // namespace cmos::emu::unicorn

#endif  // CMOS_UNICORN_TUNED
