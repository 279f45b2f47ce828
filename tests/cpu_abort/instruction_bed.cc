#include "tests/cpu_abort/instruction_bed.h"

#include <cstdio>
#include <cstdlib>

namespace cmos::emu {
namespace {

// The data is one page: a repeated string instruction meets its end soon.
constexpr std::uint64_t kCodeRegion = 0x10000, kRegion = 0x1000, kGuestMost = 64 << 20;

template <class Value>
Value must(Result<Value> result, const char* what) {
  if (!result) {
    std::fprintf(stderr, "%s: %s\n", what, result.error().text().c_str());
    std::exit(2);
  }
  return std::move(*result);
}

std::uint64_t operand(Operands operands, std::size_t index) {
  switch (operands) {
    case Operands::kOnes:
      return ~0ull;
    case Operands::kPointers:
      return InstructionBed::kData + 0x400 + 0x10 * index;
    case Operands::kEdges:
      return InstructionBed::kData + kRegion - 1 - index % 16;
    case Operands::kLargest:
      return index % 3 == 0 ? 0x8000'0000'8000'0000 : index % 3 == 1 ? 1 : ~0ull;
    default:
      return 0;
  }
}

}  // namespace

InstructionBed::InstructionBed(std::string_view arch, bool counted) : counted_(counted) {
  const EngineRow* row = must(EngineTable::built_in().find(arch), "engine");
  memory_ = std::make_unique<GuestMemory>(row->isa->cpu.address_bits, kGuestMost);
  const bool mapped = memory_->map(kCode, kCodeRegion, kRead | kWrite | kExecute, "code") &&
                      memory_->map(kData, kRegion, kRead | kWrite, "data");
  if (!mapped) std::exit(2);
  engine_ =
      must(row->make(*memory_, {.count_instructions = counted, .translation_buffer = 1 << 20}),
           "engine");
}

const Stop& InstructionBed::execute(Bytes code, bool thumb, Operands operands, unsigned most) {
  const Bytes used = code.first(std::min(code.size(), kMostCode));
  std::vector<std::uint8_t> bytes(std::max(used.size(), written_));
  std::copy(used.begin(), used.end(), bytes.begin());
  written_ = used.size();
  if (!memory_->write(kCode, bytes)) std::exit(2);
  const auto registers = engine_->isa().cpu.general();
  for (std::size_t i = 0; i + 1 < registers.size(); ++i)
    if (i != engine_->isa().cpu.pc)
      engine_->write_register(static_cast<RegisterIndex>(i), operand(operands, i));
  engine_->jump(kCode | (thumb ? 1 : 0));
  if (counted_) return engine_->run({.max_instructions = most});
  for (unsigned i = 1; i < most; ++i)
    if (const Stop& stop = engine_->step(); stop.reason != StopReason::kBudget) return stop;
  return engine_->step();
}

}  // namespace cmos::emu
