#include "assembler/readback_operands.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "assembler/lexer.h"
#include "assembler/literal.h"

namespace cmos::assembler {

using disasm::Operand;

OperandMatcher::OperandMatcher(bool wide, const Expectation& written, const disasm::Operands& found,
                               Bytes code)
    : wide_(wide), found_(found), code_(code) {
  for (const ExpectedOperand& one : written.operands)
    has_segment_ = has_segment_ || one.reg.kind == RegisterKind::kSegment;
  if (written.operands.empty()) return;
  const ExpectedOperand& first = written.operands[0];
  bits_ = first.kind == ExpectedKind::kRegister ? first.reg.bits : first.size;
}

/// A disassembler writes st(3) what is st3 here.
X86Register OperandMatcher::reg(std::string_view name) const {
  if (name.starts_with("st(") && name.size() == 5)
    return x86_register(std::string("st") + name[3], wide_);
  return x86_register(name, wide_);
}

bool OperandMatcher::same_register(X86Register wanted, X86Register found) const {
  if (wanted.kind == RegisterKind::kNull) wanted = {};
  if (found.kind == RegisterKind::kNull) found = {};
  if (wanted.kind != found.kind || wanted.number != found.number) {
    // ah and spl have one number, told apart by their names only.
    return false;
  }
  return wanted.bits == found.bits || wanted.kind != RegisterKind::kGeneral || has_segment_;
}

bool OperandMatcher::same_memory(const ExpectedOperand& wanted, const Operand& found) const {
  if (!same_register(wanted.reg, reg(found.reg)) || !same_register(wanted.index, reg(found.index)))
    return false;
  if (wanted.index && wanted.scale != found.scale) return false;
  if (wanted.segment && !same_register(wanted.segment, reg(found.segment))) return false;
  // Vectors and x87 have sizes that disassemblers disagree on.
  const bool sized = wanted.size <= 64 && found.size <= 8 && found.size != 0;
  return wanted.size == 0 || !sized || wanted.size == found.size * 8;
}

bool OperandMatcher::same_shape(const ExpectedOperand& wanted, const Operand& found) const {
  switch (wanted.kind) {
    case ExpectedKind::kAny:
      return true;
    case ExpectedKind::kRegister:
      return found.kind == Operand::Kind::kRegister && same_register(wanted.reg, reg(found.reg));
    case ExpectedKind::kImmediate:
    case ExpectedKind::kTarget:
      return found.kind == Operand::Kind::kImmediate;
    case ExpectedKind::kMemory:
      return found.kind == Operand::Kind::kMemory && same_memory(wanted, found);
  }
  return false;
}

bool OperandMatcher::same_number(const ExpectedOperand& wanted, const Operand& found,
                                 std::int64_t number) const {
  if (number == found.number) return true;
  if (wanted.kind == ExpectedKind::kMemory) {
    const bool narrow = !wide_ || (wanted.reg && wanted.reg.bits == 32) ||
                        (!wanted.reg && wanted.index && wanted.index.bits == 32);
    return narrow && static_cast<std::uint32_t>(number) == static_cast<std::uint32_t>(found.number);
  }
  const auto equal = [&](unsigned bits) {
    const std::uint64_t mask = bits >= 64 ? UINT64_MAX : (std::uint64_t{1} << bits) - 1;
    return ((static_cast<std::uint64_t>(number) ^ static_cast<std::uint64_t>(found.number)) &
            mask) == 0;
  };
  if (number >= -128 && number <= 255 && found.number >= -128 && found.number <= 255)
    return equal(8) && (bits_ <= 8 || found.size <= 1 || number < 0 || found.number < 0);
  const unsigned bits = bits_ != 0 && bits_ <= 64 ? bits_ : wide_ ? 64 : 32;
  return equal(bits);
}

bool OperandMatcher::may_be_missing(const ExpectedOperand& wanted) const {
  if (wanted.kind == ExpectedKind::kRegister)
    return (wanted.reg.kind == RegisterKind::kX87 && wanted.reg.number == 0) ||
           (wanted.reg.kind == RegisterKind::kVector && wanted.reg.number == 0);
  if (wanted.kind != ExpectedKind::kImmediate || wanted.place) return false;
  const bool stated = std::any_of(found_.list.begin(), found_.list.end(), [](const Operand& one) {
    return one.kind == Operand::Kind::kImmediate;
  });
  if (stated) return false;
  const auto byte = static_cast<std::uint8_t>(wanted.number);
  return wanted.number == 1 || code_.back() == byte || (wanted.number == 3 && code_[0] == 0xcc) ||
         (wanted.number == 10 && code_.size() == 2);
}

bool is_x86_prefix(std::string_view word) {
  constexpr std::array<std::string_view, 16> kWords{
      "lock", "rep",     "repe",   "repz",   "repne", "repnz", "xacquire", "xrelease",
      "bnd",  "notrack", "data16", "addr32", "es",    "cs",    "ss",       "ds"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end() || word == "fs" ||
         word == "gs";
}

namespace {

std::string fmt_number(char letter, int number) {
  return letter + std::to_string(number);
}

/// One name for each register: r13 and sp, x30 and lr, v3.4s and q3 …; empty for the zero register.
std::string canonical(std::string_view name, bool is_arm) {
  std::string text = lower(name.substr(0, name.find('.')));
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kArm{{{"sp", "r13"},
                                                                               {"lr", "r14"},
                                                                               {"pc", "r15"},
                                                                               {"ip", "r12"},
                                                                               {"fp", "r11"},
                                                                               {"sl", "r10"},
                                                                               {"sb", "r9"}}};
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kArm64{
      {{"fp", "x29"}, {"lr", "x30"}, {"xzr", ""}, {"wzr", ""}}};
  const auto replace = [&text](const auto& table) {
    for (const auto& [from, to] : table) {
      if (text == from) {
        text = to;
        return;
      }
    }
  };
  if (is_arm) {
    if (text.size() == 2 && text[1] >= '0' && text[1] <= '9') {
      if (text[0] == 'a') return fmt_number('r', text[1] - '1');
      if (text[0] == 'v') return fmt_number('r', text[1] - '1' + 4);
    }
    replace(kArm);
  } else {
    replace(kArm64);
    if (!text.empty() && text[0] == 'q') text[0] = 'v';
  }
  return text;
}

}  // namespace

/// The number of `[r1, #N]` and `[r1], #N` is read back, with either sign.
bool arm_offset_matches(std::span<const Token> written, const disasm::Operands& found) {
  bool memory = false;
  for (std::size_t i = 0; i + 1 < written.size(); ++i) {
    memory = memory || written[i].is("[");
    if (!memory || i == 0 || !written[i].is("#") || !written[i - 1].is(",")) continue;
    const bool negative = written[i + 1].is("-");
    const std::size_t at = i + (negative ? 2 : 1);
    const bool alone = at < written.size() && written[at].kind == TokenKind::kNumber &&
                       (at + 1 == written.size() || written[at + 1].is("]"));
    const auto number = alone ? parse_integer(written[at].text) : std::nullopt;
    if (!number) continue;
    const bool read = std::any_of(found.list.begin(), found.list.end(), [&](const Operand& one) {
      return Integer{one.number} == *number || Integer{one.number} == -*number;
    });
    if (!read) return false;
  }
  return true;
}

bool arm_registers_match(const Target& target, std::span<const Token> written,
                         const disasm::Operands& found) {
  const bool is_arm = target.isa == object::Isa::kArm;
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::string_view name = written[i].text;
    const std::string_view plain = name.substr(0, name.find('.'));
    if (written[i].kind != TokenKind::kName || plain.empty() ||
        reserved_as(target, plain) != "register")
      continue;
    // Lists are read back one by one, or by their first register: they are not compared.
    if (i > 0 && (written[i - 1].is("-") || written[i - 1].is("{"))) return true;
    std::string one = canonical(plain, is_arm);
    if (!one.empty()) wanted.push_back(std::move(one));
  }
  std::vector<std::string> read;
  const auto add = [&](std::string_view name) {
    if (name.empty()) return;
    std::string one = canonical(name, is_arm);
    if (!one.empty()) read.push_back(std::move(one));
  };
  for (const Operand& one : found.list) {
    add(one.reg);
    add(one.index);
  }
  const auto within = [](const std::vector<std::string>& few,
                         const std::vector<std::string>& many) {
    std::size_t at = 0;
    for (const std::string& one : many) {
      if (at < few.size() && few[at] == one) ++at;
    }
    return at == few.size();
  };
  return within(wanted, read) || within(read, wanted);
}

}  // namespace cmos::assembler
