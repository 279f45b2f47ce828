// One written operand against one that was read back.
#pragma once

#include <span>

#include "assembler/expectation.h"
#include "disasm/operands.h"

namespace cmos::assembler {

/// For the operands of one x86 instruction.
class OperandMatcher {
 public:
  OperandMatcher(bool wide, const Expectation& written, const disasm::Operands& found, Bytes code);

  /// Everything but numbers that symbols are part of.
  bool same_shape(const ExpectedOperand& wanted, const disasm::Operand& found) const;
  bool same_number(const ExpectedOperand& wanted, const disasm::Operand& found,
                   std::int64_t number) const;
  /// Whether a disassembler leaves the operand out: st(0), the 1 of a shift, a predicate that
  /// became part of the name.
  bool may_be_missing(const ExpectedOperand& wanted) const;

 private:
  X86Register reg(std::string_view name) const;
  bool same_register(X86Register wanted, X86Register found) const;
  bool same_memory(const ExpectedOperand& wanted, const disasm::Operand& found) const;

  bool wide_;
  const disasm::Operands& found_;
  Bytes code_;
  unsigned bits_ = 0;         ///< of the first operand
  bool has_segment_ = false;  ///< a segment register is one of them
};

bool is_x86_prefix(std::string_view word);

/// Whether the number that `[r1, #N]` or `[r1], #N` adds is what was read back.
bool arm_offset_matches(std::span<const Token> written, const disasm::Operands& found);
/// Whether the numbers of an ARM or ARM 64 instruction are among those of its text, `text`, with
/// the changes that other names of an instruction bring: -N, ~N, N shifted.
bool arm_numbers_match(const Target& target, std::string_view mnemonic, const Expectation& written,
                       std::string_view text);

/// Whether the registers of an ARM or ARM 64 instruction are those that were read back, in their
/// order; short forms may leave some out.
bool arm_registers_match(const Target& target, std::string_view mnemonic,
                         std::span<const Token> written, const disasm::Operands& found);

}  // namespace cmos::assembler
