// Capstone behind one small interface, for fault reports, instruction traces and dumps. Built only when used: opening a
// Capstone handle costs start-up time that a plain run must not pay.
#pragma once

#include <cstdint>
#include <memory>
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
};

class Disassembler {
 public:
  /// `arch` is an ARCH code of cpe 1.1. kUnsupported when Capstone has nothing for it.
  static Result<Disassembler> open(std::string_view arch, bool thumb = false);
  Disassembler(Disassembler&&) noexcept;
  Disassembler& operator=(Disassembler&&) noexcept;
  ~Disassembler();

  /// The instruction at the start of `code`; nothing when the bytes are none.
  std::optional<Instruction> decode(Bytes code, std::uint64_t address) const;

 private:
  explicit Disassembler(std::size_t handle);
  std::size_t handle_ = 0;
};

}  // namespace cmos::disasm
