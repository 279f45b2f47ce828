// Code that must not be translated is read as an undefined instruction.
//
// x86: VEX-encoded instructions compute wrong results silently. A new block that holds one is
// translated again with ud2 in its place.
//
// ARM, ARM64: there are undefined instructions that the library executes, or on which it ends the
// process; it reads another undefined one.
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {

/// Where `block`, as it was translated, holds the first instruction that must not be; kNowhere.
std::uint64_t Tuned::find_refused(const Block& block) const {
  std::vector<std::uint8_t> buffer;
  return setup_.cpu.find_refused(block.address, code_bytes(block.address, block.size, buffer));
}

/// The bytes of ud2 at the address of an instruction that must not be translated, and what
/// begin_instruction() wants to be read.
std::optional<std::uint8_t> Tuned::replaced_byte(std::uint64_t address) const {
  if (address - plan_.address < plan_.length) return plan_.code[address - plan_.address];
  if (replaced_ == kNowhere) return std::nullopt;
  if (address == replaced_) return std::uint8_t{0x0f};
  if (address == replaced_ + 1) return std::uint8_t{0x0b};
  return std::nullopt;
}

/// A halfword of T32's code as the translator is to see it. It reads those of an instruction one
/// after the other.
std::uint32_t Tuned::read_halfword(std::uint32_t address, std::uint32_t halfword) {
  constexpr std::uint32_t kFirstOfTwo = 0x1d;
  const bool is_second = address == halfword_at_ + 2 && halfword_ >> 11 >= kFirstOfTwo;
  const std::uint32_t seen = is_second ? t32_second_halfword(halfword_, halfword) : halfword;
  halfword_at_ = address;
  halfword_ = is_second ? 0 : halfword;  // a second one begins no instruction
  return seen;
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
std::uint32_t __real_cpu_ldub_code_x86_64(void*, std::uint64_t);
std::uint32_t __wrap_cpu_ldub_code_x86_64(void* env, std::uint64_t address) {
  // Whether the byte may be executed is seen by reading it.
  const std::uint32_t byte = __real_cpu_ldub_code_x86_64(env, address);
  return current == nullptr
             ? byte
             : current->replaced_byte(address).value_or(static_cast<std::uint8_t>(byte));
}

// Instructions at addresses that are no multiple of 4: the translator would not mind. The
// replacements are undefined.
std::uint32_t __real_cpu_ldl_code_aarch64(void*, std::uint64_t);
std::uint32_t __wrap_cpu_ldl_code_aarch64(void* env, std::uint64_t address) {
  const std::uint32_t word = address % 4 != 0 ? 0 : __real_cpu_ldl_code_aarch64(env, address);
  return current != nullptr && current->is_hidden(word) ? 0 : word;
}
std::uint32_t __real_cpu_ldl_code_arm(void*, std::uint32_t);
std::uint32_t __wrap_cpu_ldl_code_arm(void* env, std::uint32_t address) {
  constexpr std::uint32_t kUndefined = 0xe7f0'00f0;
  if (address % 4 != 0) return kUndefined;
  const std::uint32_t word = __real_cpu_ldl_code_arm(env, address);
  return current != nullptr && current->is_hidden(word) ? kUndefined : word;
}
std::uint32_t __real_cpu_lduw_code_arm(void*, std::uint32_t);
std::uint32_t __wrap_cpu_lduw_code_arm(void* env, std::uint32_t address) {
  const std::uint32_t halfword = __real_cpu_lduw_code_arm(env, address);
  return current == nullptr ? halfword : current->read_halfword(address, halfword);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED
