// Bytes as functions of a CBC program that nobody validated, or as a whole image: whatever they do,
// a run is a stop, inside of its budget, and a run in pieces counts the same.
#include <string>

#include "emu/cbc/engine.h"
#include "fuzz/require.h"

namespace {

using namespace cmos;
using fuzz::require;

constexpr std::uint64_t kImage = 0x400000;
constexpr std::uint64_t kStackTop = 0x700000;
constexpr std::uint64_t kStackSize = 0x4000;
constexpr std::uint64_t kBudget = 2000;

struct Ending {
  emu::StopReason reason;
  std::uint64_t count;
  std::uint64_t pc;
  std::string detail;
  bool operator==(const Ending&) const = default;
};

Ending run(Bytes image, std::uint64_t piece) {
  emu::GuestMemory memory(64, 4 << 20);
  const std::uint64_t size = (image.size() + 4095) / 4096 * 4096;
  require(memory.map(kImage, size, emu::kRead | emu::kExecute, "code").has_value(), "it fits");
  require(
      memory.map(kStackTop - kStackSize, kStackSize, emu::kRead | emu::kWrite, "stack").has_value(),
      "it fits");
  memory.poke(kImage, image);
  auto engine = emu::cbc::CbcEngine::make(memory, {.count_instructions = true});
  require(engine.has_value(), "there is an engine");
  dynamic_cast<emu::BytecodeEngine&>(**engine).set_call_numbers(
      [](std::string_view, std::size_t) -> std::optional<std::uint64_t> { return 1; });
  (*engine)->write_register(emu::cbc::kIsa.cpu.sp, kStackTop);
  (*engine)->jump(kImage);
  for (;;) {
    const std::uint64_t before = (*engine)->instructions();
    const emu::Stop stop = (*engine)->run({.max_instructions = std::min(piece, kBudget - before)});
    const std::uint64_t count = (*engine)->instructions();
    require(count - before <= piece, "a run keeps to its budget");
    const std::uint64_t pc = (*engine)->read_register(emu::cbc::kIsa.cpu.pc);
    if (stop.reason == emu::StopReason::kBudget) {
      require(count == before + std::min(piece, kBudget - before), "a budget is used up");
      if (count < kBudget) continue;
    }
    if (stop.reason == emu::StopReason::kSyscall && stop.syscall.number != 0 && count < kBudget) {
      (*engine)->write_register(emu::cbc::kIsa.result, count);
      continue;
    }
    return {stop.reason, count, pc, stop.fault.detail};
  }
}

/// The bytes as the code of two functions and a host function.
std::vector<std::uint8_t> program(Bytes bytes) {
  coil::CbcFile file;
  file.version.minor = 1;
  file.constants = {{coil::ConstantType::kString, 0, "main"},
                    {coil::ConstantType::kString, 0, "i32(i32,f64)"},
                    {coil::ConstantType::kString, 0, "host.call"},
                    {coil::ConstantType::kI64, kStackTop - 64, {}},
                    {coil::ConstantType::kF64, 0x3ff8000000000000, {}}};
  const std::size_t half = bytes.size() / 2;
  file.functions = {{.name = 0, .code = bytes.first(half)},
                    {.name = 1, .signature = 1, .parameters = 2, .code = bytes.subspan(half)},
                    {.name = 2}};
  return *coil::write_cbc(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const Bytes bytes(data, size);
  const std::vector<std::uint8_t> made =
      coil::looks_like_cbc(bytes) ? std::vector<std::uint8_t>(data, data + size) : program(bytes);
  require(run(made, kBudget) == run(made, 7), "a run in pieces is the same run");
  return 0;
}
