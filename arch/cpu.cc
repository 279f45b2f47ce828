#include "arch/cpu.h"

#include <algorithm>
#include <array>
#include <vector>

namespace cmos::arch {
namespace {

constexpr std::array<const Cpu*, 12> kBuiltIn{&kX8664, &kX86,  &kArm,  &kArm64, &k8086,  &kZ80,
                                              &k8080,  &kM68k, &k6502, &k6800,  &k56000, &kCbc};
constexpr std::array<std::string_view, 5> kDocumented{"8664", "__86", "_ARM", "AR64", "APPL"};

std::vector<const Cpu*>& table() {
  static std::vector<const Cpu*> rows(kBuiltIn.begin(), kBuiltIn.end());
  return rows;
}

template <typename Predicate>
const Cpu* first(Predicate matches) {
  for (const Cpu* cpu : table()) {
    if (matches(*cpu)) return cpu;
  }
  return nullptr;
}

template <typename Predicate>
RegisterIndex first_register(const Cpu& cpu, Predicate matches) {
  const auto found = std::find_if(cpu.registers.begin(), cpu.registers.end(), matches);
  if (found == cpu.registers.end()) return kNoRegister;
  return static_cast<RegisterIndex>(found - cpu.registers.begin());
}

}  // namespace

const DecodingInfo* Cpu::find(Decoding decoding) const {
  for (const DecodingInfo& one : decodings) {
    if (one.decoding == decoding) return &one;
  }
  return nullptr;
}

unsigned Cpu::min_instruction() const {
  unsigned least = decodings.front().min_instruction;
  for (const DecodingInfo& one : decodings) least = std::min<unsigned>(least, one.min_instruction);
  return least;
}

unsigned Cpu::max_instruction() const {
  unsigned most = 0;
  for (const DecodingInfo& one : decodings) most = std::max<unsigned>(most, one.max_instruction);
  return most;
}

RegisterIndex Cpu::register_named(std::string_view wanted) const {
  return first_register(*this, [&](const Register& one) { return one.name == wanted; });
}

std::optional<RegisterPart> Cpu::part_named(std::string_view wanted) const {
  const RegisterIndex whole = register_named(wanted);
  if (whole != kNoRegister && whole < general_count)
    return RegisterPart{whole, 0, static_cast<std::uint8_t>(registers[whole].bits)};
  return part == nullptr ? std::nullopt : part(*this, wanted);
}

RegisterIndex Cpu::register_of_dwarf(int number) const {
  if (number < 0) return kNoRegister;
  return first_register(*this, [&](const Register& one) { return one.dwarf == number; });
}

RegisterIndex Cpu::register_of_gdb(int number) const {
  if (number < 0) return kNoRegister;
  return first_register(*this, [&](const Register& one) { return one.gdb.number == number; });
}

std::span<const Cpu* const> cpus() {
  return table();
}

void add(const Cpu& cpu) {
  table().push_back(&cpu);
}

const ArchCode* find_code(std::string_view code) {
  for (const Cpu* cpu : table()) {
    for (const ArchCode& one : cpu->codes) {
      if (one.code == code) return &one;
    }
  }
  return nullptr;
}

const Cpu* find(std::string_view code) {
  return first([&](const Cpu& cpu) {
    return std::any_of(cpu.codes.begin(), cpu.codes.end(),
                       [&](const ArchCode& one) { return one.code == code; });
  });
}

const Cpu* named(std::string_view name) {
  return first([&](const Cpu& cpu) { return cpu.name == name; });
}

const Cpu* of_elf(std::uint16_t machine, unsigned bits, ByteOrder order) {
  if (machine == 0) return nullptr;
  return first([&](const Cpu& cpu) {
    return cpu.elf.machine == machine && cpu.elf.bits == bits && cpu.byte_order == order;
  });
}

std::span<const std::string_view> documented_codes() {
  return kDocumented;
}

}  // namespace cmos::arch
