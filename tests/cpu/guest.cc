#include "tests/cpu/guest.h"

#include <fmt/format.h>

#include <stdexcept>

#include "emu/engine.h"

namespace cmos::cpu_test {
namespace {

using emu::FaultKind;

Trap trap_of(const emu::Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kIllegalInstruction:
      // A protection fault of the host's, which Linux tells as SIGSEGV.
      return fault.detail == "privileged instruction" ? Trap::kMemory : Trap::kIllegal;
    case FaultKind::kArithmetic:
      return Trap::kArithmetic;
    case FaultKind::kMemory:
      return Trap::kMemory;
    case FaultKind::kMisaligned:
      return Trap::kMisaligned;
    default:
      return Trap::kOther;
  }
}

std::string text(const Case& test) {
  std::string all;
  for (const std::uint8_t byte : test.code()) all += fmt::format("{:02x} ", byte);
  return all;
}

class GuestCpu final : public Machine {
 public:
  GuestCpu(const emu::EngineRow& row, Framing framing)
      : framing_(std::move(framing)), memory_(row.isa->cpu.address_bits, 64 << 20) {
    bool mapped = memory_.map(kCode, kCodeSize, emu::kRead | emu::kExecute, "code").has_value();
    mapped &= memory_.map(kState, kStateSize, emu::kRead | emu::kWrite, "state").has_value();
    mapped &= memory_.map(kData, kDataSize, emu::kRead | emu::kWrite, "data").has_value();
    if (!mapped || !memory_.poke(kCode, framing_.frame)) throw std::runtime_error("no memory");
    auto made = row.make(memory_, {});
    if (!made) throw std::runtime_error(made.error().text());
    engine_ = std::move(*made);
    state_ = memory_.find(kState)->host;
    data_ = memory_.find(kData)->host;
  }

  std::vector<State> run(const std::vector<Case>& cases) override {
    std::vector<std::uint8_t> slots(cases.size() * kSlotSize, 0);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      auto code = cases[i].code();
      const auto leave = framing_.leave(slot(i) + code.size(), cases[i].thumb);
      code.insert(code.end(), leave.begin(), leave.end());
      std::memcpy(slots.data() + i * kSlotSize, code.data(), code.size());
    }
    (void)memory_.poke(kFirstSlot, slots);
    std::vector<State> after;
    for (std::size_t i = 0; i < cases.size(); ++i) after.push_back(run_case(cases[i], slot(i)));
    return after;
  }

 private:
  static std::uint64_t slot(std::size_t number) { return kFirstSlot + number * kSlotSize; }

  State run_case(const Case& test, std::uint64_t code) {
    State after = test.before;
    std::memcpy(state_, test.before.registers.data(), kRegistersSize);
    std::memcpy(data_ + kWindowStart, test.before.memory.data(), kWindow);
    const std::uint64_t entry = code | (test.thumb ? 1 : 0);
    std::memcpy(state_ + (kEntry - kState), &entry, sizeof entry);
    engine_->jump(kCode);
    const emu::Stop* stop = &engine_->run({});
    if (stop->reason == emu::StopReason::kFault) {
      after.trap = trap_of(stop->fault);
      after.trap_at = static_cast<std::uint32_t>(stop->fault.pc - code);
      after.trap_address = stop->fault.address;
      engine_->jump(kTail);
      stop = &engine_->run({});
    }
    if (stop->reason != emu::StopReason::kSyscall)
      throw std::runtime_error("the guest did not come back: " + stop->fault.detail + " after " +
                               text(test));
    std::memcpy(after.registers.data(), state_, kRegistersSize);
    std::memcpy(after.memory.data(), data_ + kWindowStart, kWindow);
    return after;
  }

  Framing framing_;
  emu::GuestMemory memory_;
  std::unique_ptr<emu::Engine> engine_;
  std::uint8_t* state_ = nullptr;
  std::uint8_t* data_ = nullptr;
};

}  // namespace

std::unique_ptr<Machine> guest_cpu(std::string_view arch, Framing framing) {
  const auto row = emu::EngineTable::built_in().find(arch);
  if (!row) throw std::runtime_error(row.error().text());
  return std::make_unique<GuestCpu>(**row, std::move(framing));
}

}  // namespace cmos::cpu_test
