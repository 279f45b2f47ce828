#include "runtime/report/unwind.h"

#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace cmos::runtime {
namespace {

/// The ABIs' numbering of registers in DWARF, by the names of emu/isa.h.
struct Numbering {
  std::string_view arch;
  std::array<std::string_view, 33> names;
};

constexpr Numbering kNumberings[] = {
    {"8664",
     {"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
      "r13", "r14", "r15", "rip"}},
    {"__86", {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip"}},
    {"_ARM",
     {"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr",
      "pc"}},
    {"AR64", {"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
              "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
              "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp"}},
};

const Numbering* numbering_of(const emu::Isa& isa) {
  const std::string_view arch = isa.arch == "APPL" ? "AR64" : isa.arch;
  for (const Numbering& one : kNumberings) {
    if (one.arch == arch) return &one;
  }
  return nullptr;
}

/// kNoRegister when the ISA's table has no such name.
emu::RegisterIndex register_named(const emu::Isa& isa, std::string_view name) {
  for (std::size_t i = 0; i < isa.registers.size(); ++i) {
    if (!name.empty() && isa.registers[i].name == name) return static_cast<emu::RegisterIndex>(i);
  }
  return emu::kNoRegister;
}

std::optional<std::size_t> number_of(const emu::Isa& isa, emu::RegisterIndex index) {
  const Numbering* numbering = numbering_of(isa);
  if (numbering == nullptr || index == emu::kNoRegister) return std::nullopt;
  for (std::size_t i = 0; i < numbering->names.size(); ++i) {
    if (numbering->names[i] == isa.registers[index].name) return i;
  }
  return std::nullopt;
}

}  // namespace

Unwinder::Unwinder(const emu::Engine& engine, const emu::GuestMemory& memory,
                   symbolize::Lookup& lookup, std::uint64_t pc)
    : isa_(engine.isa()), memory_(memory), lookup_(lookup), pc_(pc) {
  const Numbering* numbering = numbering_of(isa_);
  if (numbering == nullptr) return;
  for (const std::string_view name : numbering->names) {
    const emu::RegisterIndex index = register_named(isa_, name);
    registers_.push_back(index == emu::kNoRegister ? std::nullopt
                                                   : std::optional(engine.read_register(index)));
  }
}

std::optional<std::uint64_t> Unwinder::word(std::uint64_t address) const {
  std::array<std::uint8_t, 8> raw{};
  if (!memory_.read(address, std::span(raw).first(isa_.word_bytes))) return std::nullopt;
  std::uint64_t value = 0;
  for (unsigned i = isa_.word_bytes; i-- > 0;) value = value << 8 | raw[i];
  return value;
}

std::optional<std::uint64_t> Unwinder::apply(const symbolize::UnwindRule& rule, std::size_t number,
                                             std::uint64_t cfa) const {
  using Kind = symbolize::UnwindRule::Kind;
  const std::uint64_t mask = word_mask(isa_);
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
  const std::uint64_t address = isa_.word_bytes == 4 && isa_.link != emu::kNoRegister
                                    ? pc_ & ~1ull  // the Thumb bit of a return address
                                    : pc_;
  const auto row = lookup_.unwind(is_return_ ? address - 1 : address);
  const auto stack = number_of(isa_, isa_.sp);
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
      word_mask(isa_);
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
  const auto number = number_of(isa_, isa_.fp);
  return number && *number < registers_.size() ? registers_[*number] : std::nullopt;
}

}  // namespace cmos::runtime
