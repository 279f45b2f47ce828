#include "emu/isa.h"

namespace cmos::emu {
namespace {

// mov rcx, rax; xor eax, eax; int 0x80
constexpr std::array<std::uint8_t, 7> kX8664Exit{0x48, 0x89, 0xc1, 0x31, 0xc0, 0xcd, 0x80};
// mov ecx, eax; xor eax, eax; int 0x80
constexpr std::array<std::uint8_t, 6> kX86Exit{0x89, 0xc1, 0x31, 0xc0, 0xcd, 0x80};
// mov r7, #0; svc #0
constexpr std::array<std::uint8_t, 8> kArmExit{0x00, 0x70, 0xa0, 0xe3, 0x00, 0x00, 0x00, 0xef};
// mov x8, #0; svc #0
constexpr std::array<std::uint8_t, 8> kArm64Exit{0x08, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};

}  // namespace

const Isa kX8664{"8664", arch::kX8664, 0, 0, {2, 3, 5}, "int 0x80, syscall", kX8664Exit};
const Isa kX86{"__86", arch::kX86, 0, 0, {2, 3, 5}, "int 0x80", kX86Exit};
const Isa kArm{"_ARM", arch::kArm, 7, 0, {0, 1, 2}, "svc #0", kArmExit};
const Isa kArm64{"AR64", arch::kArm64, 8, 0, {0, 1, 2}, "svc #0", kArm64Exit};
const Isa kApple{"APPL", arch::kArm64, 8, 0, {0, 1, 2}, "svc #0, svc #0x80", kArm64Exit};

std::string Isa::arguments_text() const {
  if (!names.arguments.empty()) return std::string(names.arguments);
  std::string text;
  for (const RegisterIndex index : arguments) {
    text += text.empty() ? "" : " ";
    text += cpu.general()[index].name;
  }
  return text;
}

}  // namespace cmos::emu
