// Capstone behind one small interface, for fault reports, instruction traces and dumps. Built only
// when used: opening a Capstone handle costs start-up time that a plain run must not pay.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::disasm {

struct Instruction {
  std::uint64_t address = 0;
  std::uint32_t size = 0;  ///< bytes
  std::string mnemonic;
  std::string operands;
  std::vector<std::uint8_t> bytes;

  /// "mov eax, 1", or the mnemonic alone.
  std::string text() const { return operands.empty() ? mnemonic : mnemonic + " " + operands; }
};

/// How x86 is written; the other ISAs have one way only.
enum class Syntax : std::uint8_t { kIntel, kAtt };

class Disassembler {
 public:
  /// `arch` is an ARCH code of cpe 1.1. kUnsupported when Capstone has nothing for it.
  static Result<Disassembler> open(std::string_view arch, bool thumb = false,
                                   Syntax syntax = Syntax::kIntel);
  Disassembler(Disassembler&&) noexcept;
  Disassembler& operator=(Disassembler&&) noexcept;
  ~Disassembler();

  /// The instruction at the start of `code`; nothing when the bytes are none.
  std::optional<Instruction> decode(Bytes code, std::uint64_t address) const;
  /// At most `count` instructions from the start of `code` on. Bytes that are none become one line
  /// of `.byte`, `.short` or
  /// `.long` (the unit by which this ISA's code is aligned), so that a listing has no holes. Unlike
  /// decode() it sees what came before: Thumb instructions in an IT block have their condition.
  std::vector<Instruction> decode_all(Bytes code, std::uint64_t address, std::size_t count) const;

 private:
  Disassembler(std::size_t handle, std::uint32_t unit) : handle_(handle), unit_(unit) {}
  std::size_t handle_ = 0;
  std::uint32_t unit_ = 1;  ///< bytes to skip after what is no instruction
};

}  // namespace cmos::disasm
