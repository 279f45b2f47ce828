// What an x86 instruction must say when it is read back.
#include "assembler/x86_statement.h"

namespace cmos::assembler {

std::optional<Place> X86Statement::known_place(const std::optional<Reference>& reference) {
  return reference ? place_of(*reference) : std::nullopt;
}

ExpectedOperand X86Statement::expected(const X86Operand& operand) {
  ExpectedOperand out;
  const auto reg = [this](const std::string& name) { return x86_register(name, is_64()); };
  if (const auto place = known_place(operand.value.symbol)) out.place = *place;
  if (const auto place = known_place(operand.value.minus)) out.minus = *place;
  out.number = static_cast<std::int64_t>(operand.value.number);
  switch (operand.kind) {
    case X86Kind::kRegister:
      out.kind = ExpectedKind::kRegister;
      out.reg = operand.reg;
      break;
    case X86Kind::kImmediate:
      out.kind = is_branch() ? ExpectedKind::kTarget : ExpectedKind::kImmediate;
      break;
    case X86Kind::kMemory:
      out.kind = ExpectedKind::kMemory;
      out.size = static_cast<std::uint16_t>(operand.size);
      out.reg = reg(operand.address.base);
      out.index = reg(operand.address.index);
      out.segment = reg(operand.address.segment);
      out.scale = static_cast<std::uint8_t>(operand.address.scale);
      break;
    case X86Kind::kFarPointer:
    case X86Kind::kRounding:
      break;
  }
  return out;
}

void X86Statement::expect(Expectation& expectation) {
  expectation.size = wanted_size_;
  expectation.operands.reserve(operands_.size());
  for (const X86Operand& operand : operands_) expectation.operands.push_back(expected(operand));
  read_otherwise(expectation.operands);
}

/// Where disassemblers have a name of their own for what was written.
void X86Statement::read_otherwise(std::vector<ExpectedOperand>& operands) const {
  // The segment of what string instructions write is always es.
  for (ExpectedOperand& one : operands) {
    const bool target = one.reg.kind == RegisterKind::kGeneral && one.reg.number == 7;
    if (target && is_x86_string(mnemonic_) && one.segment.number == 0) one.segment = {};
  }
  if (operands.size() < 2) return;
  // The selector has 16 bits, in whatever register it is.
  if (mnemonic_ == "lar" || mnemonic_ == "lsl") {
    if (operands[1].kind == ExpectedKind::kRegister) operands[1].reg.bits = operands[0].reg.bits;
  }
  // What they make has 32 bits and fewer: the high half of the register is zero in any case.
  if ((mnemonic_ == "pextrw" || mnemonic_.starts_with("movmskp") ||
       mnemonic_.starts_with("pmovmskb")) &&
      operands[0].kind == ExpectedKind::kRegister && operands[0].reg.bits == 64)
    operands[0].reg.bits = 32;
}

}  // namespace cmos::assembler
