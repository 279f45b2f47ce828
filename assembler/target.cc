#include "assembler/target.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "assembler/lexer.h"

namespace cmos::assembler {
namespace {

using object::Isa;
using object::RelocationType;

constexpr std::string_view kIntel = ".intel_syntax noprefix\n";
// What the emulated CPUs offer.
constexpr std::string_view kArm = ".syntax unified\n.cpu cortex-a15\n.fpu neon-vfpv4\n.arm\n";
constexpr std::string_view kArm64 = ".arch armv8-a+crypto+crc\n";

constexpr std::array<Target, 5> kTargets{{
    {"8664", Isa::kX86_64, "x86_64-none-elf", kIntel, "#", "@function", 8, RelocationType::kAbs64},
    {"__86", Isa::kX86, "i686-none-elf", kIntel, "#", "@function", 4, RelocationType::kAbs32},
    {"_ARM", Isa::kArm, "armv7a-none-eabi", kArm, "@", "%function", 4, RelocationType::kAbs32},
    {"AR64", Isa::kArm64, "aarch64-none-elf", kArm64, "//", "%function", 8, RelocationType::kAbs64},
    {"APPL", Isa::kArm64, "aarch64-none-elf", kArm64, "//", "%function", 8, RelocationType::kAbs64},
}};

using Words = std::span<const std::string_view>;

constexpr std::string_view kX86Registers[] = {
    "al", "ah",  "ax", "eax",   "bl",     "bh",   "bx",   "ebx",  "cl",   "ch",
    "cx", "ecx", "dl", "dh",    "dx",     "edx",  "si",   "esi",  "di",   "edi",
    "bp", "ebp", "sp", "esp",   "ip",     "eip",  "cs",   "ds",   "es",   "fs",
    "gs", "ss",  "st", "flags", "eflags", "fpsr", "fpcr", "fpsw", "fpcw", "eiz"};
constexpr std::string_view kX64Registers[] = {"rax", "rbx", "rcx", "rdx", "rsi",
                                              "rdi", "rbp", "rsp", "rip", "sil",
                                              "dil", "bpl", "spl", "riz", "rflags"};
constexpr std::string_view kIntelWords[] = {
    "ptr",    "offset",  "byte",    "word",    "dword", "qword", "tbyte", "fword", "oword",
    "mmword", "xmmword", "ymmword", "zmmword", "tword", "short", "near",  "far",   "rel",
    "and",    "or",      "xor",     "not",     "shl",   "shr",   "mod"};
constexpr std::string_view kArmRegisters[] = {"sp",    "lr",    "pc",    "ip",       "fp",
                                              "sl",    "sb",    "cpsr",  "spsr",     "apsr",
                                              "fpscr", "fpexc", "fpsid", "apsr_nzcv"};
constexpr std::string_view kArm64Registers[] = {"sp",  "wsp", "lr",   "fp",   "xzr",
                                                "wzr", "pc",  "nzcv", "fpcr", "fpsr"};
constexpr std::string_view kArmShifts[] = {"lsl",  "lsr",  "asr",  "ror",  "rrx",  "msl",  "uxtb",
                                           "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"};

/// `letter` and a number below `count`, without leading zeros.
bool is_numbered(std::string_view name, std::string_view letters, unsigned count) {
  if (!name.starts_with(letters) || name.size() == letters.size()) return false;
  const std::string_view digits = name.substr(letters.size());
  if (digits.size() > 1 && digits[0] == '0') return false;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() && value < count;
}

bool is_among(Words words, std::string_view name) {
  return std::find(words.begin(), words.end(), name) != words.end();
}

bool is_x86_register(std::string_view name, bool wide) {
  if (is_among(kX86Registers, name) || is_numbered(name, "st", 8) || is_numbered(name, "mm", 8) ||
      is_numbered(name, "cr", 16) || is_numbered(name, "dr", 16) || is_numbered(name, "k", 8))
    return true;
  for (const std::string_view vector : {"xmm", "ymm", "zmm"}) {
    if (is_numbered(name, vector, wide ? 32 : 8)) return true;
  }
  if (!wide) return false;
  if (is_among(kX64Registers, name)) return true;
  if (name.ends_with('b') || name.ends_with('w') || name.ends_with('d')) {
    const std::string_view whole = name.substr(0, name.size() - 1);
    if (is_numbered(whole, "r", 16) && !is_numbered(whole, "r", 8)) return true;
  }
  return is_numbered(name, "r", 16);
}

bool is_arm_register(std::string_view name) {
  return is_among(kArmRegisters, name) || is_numbered(name, "r", 16) ||
         is_numbered(name, "s", 32) || is_numbered(name, "d", 32) || is_numbered(name, "q", 16) ||
         (is_numbered(name, "a", 5) && name != "a0") || (is_numbered(name, "v", 9) && name != "v0");
}

bool is_arm64_register(std::string_view name) {
  if (is_among(kArm64Registers, name)) return true;
  for (const std::string_view letter : {"x", "w"}) {
    if (is_numbered(name, letter, 31)) return true;
  }
  for (const std::string_view letter : {"v", "b", "h", "s", "d", "q"}) {
    if (is_numbered(name, letter, 32)) return true;
  }
  return false;
}

}  // namespace

std::span<const Target> targets() {
  return kTargets;
}

const Target* find_target(std::string_view arch) {
  const auto found = std::find_if(kTargets.begin(), kTargets.end(),
                                  [arch](const Target& one) { return one.arch == arch; });
  return found == kTargets.end() ? nullptr : &*found;
}

std::string_view reserved_as(const Target& target, std::string_view name) {
  const std::string word = lower(name);
  constexpr std::string_view kRegister = "register";
  switch (target.isa) {
    case Isa::kX86_64:
    case Isa::kX86:
      if (is_x86_register(word, target.isa == Isa::kX86_64)) return kRegister;
      return is_among(kIntelWords, word) ? "word of Intel syntax" : "";
    case Isa::kArm:
      if (is_arm_register(word)) return kRegister;
      return is_among(kArmShifts, word) ? "shift" : "";
    case Isa::kArm64:
      if (is_arm64_register(word)) return kRegister;
      return is_among(kArmShifts, word) ? "shift" : "";
    case Isa::kZ80:
      break;  // sdcc's assembler knows its own words
  }
  return "";
}

}  // namespace cmos::assembler
