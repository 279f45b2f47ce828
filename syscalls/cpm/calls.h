// The BDOS functions of CP/M 2.2 and the BIOS entries that programs call: ONE table, for serving
// and for traces (docs/cpm.md).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cmos::cpm {

/// What a call takes, in E or DE (BDOS), or in C (BIOS).
enum class Argument : std::uint8_t { kNone, kByte, kCharacter, kFcb, kAddress, kText, kDrive };
/// What it answers with: A (and L), or HL.
enum class Answer : std::uint8_t { kNone, kByte, kCharacter, kWord };

struct CallRow {
  std::uint8_t number;
  std::string_view name;
  Argument argument;
  Answer answer;
};

/// The call of MP/M and CP/M 3 that sets the exit status. It is none of CP/M 2.2.
inline constexpr std::uint8_t kReturnCode = 108;

std::span<const CallRow> bdos_calls();
std::span<const CallRow> bios_calls();
/// nullptr for numbers that CP/M 2.2 does not have.
const CallRow* bdos_call(std::uint8_t number);
const CallRow* bios_call(std::uint8_t number);

}  // namespace cmos::cpm
