// Capstone, and tables of our own where it has no decoder (Z80, 8080), behind one small interface,
// for fault reports, instruction traces and dumps. Built only when used: opening a Capstone handle
// costs start-up time that a plain run must not pay.
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

/// How x86 is written (kIntel, kAtt), and how the 8080 is (kIntel, kZilog); the other ISAs have one
/// way only.
enum class Syntax : std::uint8_t { kIntel, kAtt, kZilog };

class Disassembler {
 public:
  /// `arch` is an ARCH code of cpe 1.1. kUnsupported when there is no decoder for it.
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
  using Decode = std::optional<Instruction> (*)(Bytes code, std::uint64_t address);

  Disassembler(std::size_t handle, std::uint32_t unit, ByteOrder order)
      : handle_(handle), unit_(unit), order_(order) {}
  explicit Disassembler(Decode table) : decode_(table) {}
  std::vector<Instruction> sweep(Bytes code, std::uint64_t address, std::size_t count) const;

  std::size_t handle_ = 0;                ///< Capstone's; 0 when `decode_` does its work
  Decode decode_ = nullptr;               ///< one instruction; nothing for bytes that are none
  std::uint32_t unit_ = 1;                ///< bytes to skip after what is no instruction
  ByteOrder order_ = ByteOrder::kLittle;  ///< of such a unit
};

}  // namespace cmos::disasm
