// ARM, Thumb and ARM 64 instructions for the encoder: what is constant becomes a number, symbols
// get the encoder's names, registers and keywords stay as they are.
#pragma once

#include "assembler/statement_text.h"

namespace cmos::assembler {

class ArmStatement : public StatementText {
 public:
  using StatementText::StatementText;

  /// Nothing after a mistake, which has been reported.
  std::optional<std::string> write(Expectation& expectation);

 private:
  bool operand(std::size_t first, std::size_t end);
  bool token(std::size_t& at, std::size_t end);
  bool name(std::size_t& at, std::size_t end);
  bool expression(std::size_t& at, std::size_t end);
  bool real_or_zero(std::size_t& at, std::size_t end, bool& done);
  bool is_expression(const Token& token) const;
  bool is_keyword(const Token& token) const;
  bool in_range(const Value& value, Span where);
  bool is_literal(std::size_t at) const;
  void expect(const Value& value, std::size_t at);
  bool plain_shift();
  void subtract_from_pc();
  bool change_state(Value& value);
  void copy(const Token& token, std::string_view text);

  bool is_arm() const { return target_.isa == object::Isa::kArm; }
  bool is_branch() const;

  std::string settings_;  ///< what stands before the instruction
  std::string mnemonic_;
  std::size_t operand_first_ = 0;
  std::size_t operand_end_ = 0;
  std::uint32_t written_ = 0;  ///< end of the last token written
  bool narrow_ = false;        ///< numbers have 32 bits
  bool in_braces_ = false;
  std::optional<std::uint32_t> foreign_;  ///< the symbol whose relocation must be kept
  Expectation* expectation_ = nullptr;
};

}  // namespace cmos::assembler
