// Code that must not be translated is read as an undefined instruction.
//
// x86: VEX-encoded instructions compute wrong results silently. A new block that holds one is
// translated again with ud2 in its place.
//
// ARM64: there are undefined instructions on which the library ends the process; it reads another
// undefined one.
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
  return current != nullptr && current->is_fatal(word) ? 0 : word;
}
std::uint32_t __real_cpu_ldl_code_arm(void*, std::uint32_t);
std::uint32_t __wrap_cpu_ldl_code_arm(void* env, std::uint32_t address) {
  return address % 4 != 0 ? 0xe7f000f0 : __real_cpu_ldl_code_arm(env, address);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED
