#include "runtime/report/unwind.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace cmos::runtime {
namespace {

/// One more than the highest number that DWARF gives to a register which fits a word.
std::size_t numbered(const arch::Cpu& cpu) {
  std::size_t count = 0;
  for (const arch::Register& one : cpu.general()) {
    if (one.dwarf != arch::kNoNumber) count = std::max<std::size_t>(count, one.dwarf + 1u);
  }
  return count;
}

std::optional<std::size_t> number_of(const arch::Cpu& cpu, arch::RegisterIndex index) {
  if (index == arch::kNoRegister || cpu.registers[index].dwarf == arch::kNoNumber)
    return std::nullopt;
  return static_cast<std::size_t>(cpu.registers[index].dwarf);
}

}  // namespace

Unwinder::Unwinder(const emu::Engine& engine, const emu::GuestMemory& memory,
                   symbolize::Lookup& lookup, std::uint64_t pc)
    : cpu_(engine.isa().cpu), memory_(memory), lookup_(lookup), pc_(pc) {
  for (std::size_t number = 0; number < numbered(cpu_); ++number) {
    const arch::RegisterIndex index = cpu_.register_of_dwarf(static_cast<int>(number));
    registers_.push_back(index == arch::kNoRegister ? std::nullopt
                                                    : std::optional(engine.read_register(index)));
  }
}

std::optional<std::uint64_t> Unwinder::word(std::uint64_t address) const {
  std::array<std::uint8_t, 8> raw{};
  if (!memory_.read(address, std::span(raw).first(cpu_.pointer_bytes()))) return std::nullopt;
  return load(Bytes(raw).first(cpu_.pointer_bytes()), cpu_.byte_order);
}

std::optional<std::uint64_t> Unwinder::apply(const symbolize::UnwindRule& rule, std::size_t number,
                                             std::uint64_t cfa) const {
  using Kind = symbolize::UnwindRule::Kind;
  const std::uint64_t mask = cpu_.pointer_mask();
  switch (rule.kind) {
    case Kind::kUndefined:
      return std::nullopt;
    case Kind::kSame:
      return registers_[number];
    case Kind::kAtCfa:
      return word((cfa + static_cast<std::uint64_t>(rule.offset)) & mask);
    case Kind::kCfaPlus:
      return (cfa + static_cast<std::uint64_t>(rule.offset)) & mask;
    case Kind::kRegister:
      return rule.source < registers_.size() ? registers_[rule.source] : std::nullopt;
  }
  return std::nullopt;
}

bool Unwinder::up() {
  const std::uint64_t address = cpu_.knows(arch::Decoding::kThumb)
                                    ? pc_ & ~1ull  // the Thumb bit of a return address
                                    : pc_;
  const auto row = lookup_.unwind(is_return_ ? address - 1 : address);
  const auto stack = number_of(cpu_, cpu_.sp);
  // A caller has called: its link register no longer holds its own return address.
  const bool outermost =
      row && is_return_ && row->return_register < row->rules.size() &&
      row->rules[row->return_register].kind == symbolize::UnwindRule::Kind::kSame;
  if (!row || outermost || !stack || row->cfa_register >= registers_.size() ||
      !registers_[row->cfa_register] || row->return_register >= registers_.size()) {
    return false;
  }
  const std::uint64_t cfa =
      (*registers_[row->cfa_register] + static_cast<std::uint64_t>(row->cfa_offset)) &
      cpu_.pointer_mask();
  // Callers lie above; only a function without a frame may share its caller's.
  const std::uint64_t before = registers_[*stack].value_or(0);
  if (cfa < before || (cfa == before && is_return_)) return false;
  Registers next(registers_.size());
  for (std::size_t i = 0; i < next.size() && i < row->rules.size(); ++i)
    next[i] = apply(row->rules[i], i, cfa);
  const auto pc = next[row->return_register];
  if (!pc) return false;
  next[*stack] = cfa;
  registers_ = std::move(next);
  pc_ = *pc;
  is_return_ = true;
  return true;
}

std::optional<std::uint64_t> Unwinder::frame_pointer() const {
  const auto number = number_of(cpu_, cpu_.frame);
  return number && *number < registers_.size() ? registers_[*number] : std::nullopt;
}

}  // namespace cmos::runtime
