// x86 instructions for the encoder, and what they must say when they are read back.
#pragma once

#include "assembler/statement_text.h"
#include "assembler/x86_operand.h"

namespace cmos::assembler {

/// movs, stosb, scasd …
bool is_x86_string(std::string_view mnemonic);

class X86Statement : public StatementText {
 public:
  using StatementText::StatementText;

  /// Nothing after a mistake, which has been reported.
  std::optional<std::string> write(Expectation& expectation);

 private:
  void mnemonics();
  bool operands();
  bool check_words();
  bool check_bare();
  bool check_prefixes();
  bool other_forms();
  bool check_immediates();
  bool check_immediate(const X86Operand& operand, unsigned bits, bool sign_extended);
  bool in_range(const X86Operand& operand, Integer low, Integer high, std::string_view what);
  bool complete();

  bool branch();
  bool indirect_branch(const X86Operand& operand);
  bool far_branch(const X86Operand& operand);
  bool push_immediate();
  bool segment_on_stack();
  bool move_segment();
  bool in_att_syntax(std::string_view mnemonic, std::string_view operands, Span where);

  bool generic();
  std::optional<std::string> operand_text(const X86Operand& operand);
  std::optional<std::string> memory_text(const X86Operand& operand);
  std::optional<std::string> att_memory_text(const X86Operand& operand);
  std::optional<std::string> value_text(const Value& value, unsigned bits);
  std::optional<std::string> symbolic_text(const Value& value);

  void expect(Expectation& expectation);
  void read_otherwise(std::vector<ExpectedOperand>& operands) const;
  ExpectedOperand expected(const X86Operand& operand);
  std::optional<Place> known_place(const std::optional<Reference>& reference);

  bool is_64() const { return target_.isa == object::Isa::kX86_64; }
  unsigned native_bits() const { return is_64() ? 64 : 32; }
  bool is_branch() const;

  std::string settings_;  ///< what stands before the instruction
  std::string prefixes_;
  std::string mnemonic_;
  Span mnemonic_at_;
  std::vector<X86Operand> operands_;
  std::uint8_t wanted_size_ = 0;
};

}  // namespace cmos::assembler
