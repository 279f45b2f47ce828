// Arbitrary bytes as guest code on every ARCH, in the smallest translation buffer: the process
// lives on, a budget is exact, and pc stays inside the guest.
//
// The first byte chooses the CPU, the second what stands in its registers; the rest is code.
#include <array>
#include <memory>

#include "fuzz/require.h"
#include "tests/cpu_abort/instruction_bed.h"

namespace {

using cmos::Bytes;
using cmos::emu::InstructionBed;
using cmos::emu::Operands;
using cmos::emu::Stop;
using cmos::emu::StopReason;

struct Cpu {
  const char* arch;
  bool thumb, counted;
  std::unique_ptr<InstructionBed> bed;
};

/// Made when first used: an engine is a few megabytes.
Cpu& cpu(std::uint8_t number) {
  static std::array<Cpu, 12> all{{{"8664", false, false, nullptr},
                                  {"8664", false, true, nullptr},
                                  {"__86", false, false, nullptr},
                                  {"__86", false, true, nullptr},
                                  {"_ARM", false, false, nullptr},
                                  {"_ARM", false, true, nullptr},
                                  {"_ARM", true, false, nullptr},
                                  {"_ARM", true, true, nullptr},
                                  {"AR64", false, false, nullptr},
                                  {"AR64", false, true, nullptr},
                                  {"APPL", false, false, nullptr},
                                  {"APPL", false, true, nullptr}}};
  Cpu& chosen = all[number % all.size()];
  if (chosen.bed == nullptr)
    chosen.bed = std::make_unique<InstructionBed>(chosen.arch, chosen.counted);
  return chosen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  constexpr unsigned kMost = 200;
  Cpu& chosen = cpu(data[0]);
  const auto operands = static_cast<Operands>(data[1] % unsigned(Operands::kCount));
  const std::uint64_t before = chosen.bed->instructions();
  const Stop& stop = chosen.bed->execute(Bytes(data + 2, size - 2), chosen.thumb, operands, kMost);
  cmos::fuzz::require(stop.reason != StopReason::kRequested, "a run stops only when asked to");
  const std::uint64_t done = chosen.bed->instructions() - before;
  cmos::fuzz::require(done <= (chosen.counted ? kMost : 0), "no more than the budget is executed");
  if (chosen.counted && stop.reason == StopReason::kBudget)
    cmos::fuzz::require(done == kMost, "a budget is used up when it ends a run");
  return 0;
}
