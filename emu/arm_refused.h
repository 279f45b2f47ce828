// ARM, ARM64: names of instructions that are refused, for people. x86_refused.h is the same of x86.
#pragma once

#include <cstdint>
#include <string>

namespace cmos::emu {

/// What the word is on a CPU or in a mode that has it: "ldadd instruction of LSE", "hvc, a
/// privileged instruction". Empty when no manual knows it.
std::string a64_refused_name(std::uint32_t word);
std::string a32_refused_name(std::uint32_t word);
/// The first halfword is the upper one.
std::string t32_refused_name(std::uint32_t word);
std::string t16_refused_name(std::uint32_t halfword);

}  // namespace cmos::emu
