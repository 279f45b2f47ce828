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
    if (wanted.reg.bits == 16 || (!wanted.reg && wanted.index.bits == 16))
      return static_cast<std::uint16_t>(number) == static_cast<std::uint16_t>(found.number);
    const bool narrow = !wide_ || (wanted.reg && wanted.reg.bits == 32) ||
                        (!wanted.reg && wanted.index && wanted.index.bits == 32);
    return narrow && static_cast<std::uint32_t>(number) == static_cast<std::uint32_t>(found.number);
  }
  const auto equal = [&](unsigned bits) {
    const std::uint64_t mask = bits >= 64 ? UINT64_MAX : (std::uint64_t{1} << bits) - 1;
    return ((static_cast<std::uint64_t>(number) ^ static_cast<std::uint64_t>(found.number)) &
            mask) == 0;
  };
  // enter, ret and retf have 16 bits without a sign.
  const std::uint8_t opcode = code_.empty() ? 0 : code_[0];
  if (number >= 0 && (opcode == 0xc8 || opcode == 0xc2 || opcode == 0xca))
    return equal(16) || (number <= 0xff && found.number >= -128 && equal(8));
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
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kArm{{{"sp", "r13"},
                                                                               {"cpsr", "apsr"},
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

bool arm_registers_match(const Target& target, std::string_view mnemonic,
                         std::span<const Token> written, const disasm::Operands& found) {
  const bool is_arm = target.isa == object::Isa::kArm;
  // A bit below 32 is tested in the narrow register, and what is extended lies in it.
  const bool any_width = !is_arm && (mnemonic.starts_with("tb") || mnemonic.starts_with("uxt") ||
                                     mnemonic.starts_with("sxt"));
  const bool extends = any_width && !mnemonic.starts_with("tb");
  if (extends && written.size() > 2 && lower(written[2].text).starts_with('x')) return false;
  const auto name_of = [&](std::string_view name) {
    std::string one = canonical(name, is_arm);
    if (any_width && !one.empty() && one[0] == 'x') one[0] = 'w';
    return one;
  };
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::string_view name = written[i].text;
    const std::string_view plain = name.substr(0, name.find('.'));
    if (written[i].kind != TokenKind::kName || plain.empty() ||
        reserved_as(target, plain) != "register")
      continue;
    // Lists are read back one by one, or by their first register: they are not compared.
    if (i > 0 && (written[i - 1].is("-") || written[i - 1].is("{"))) return true;
    std::string one = name_of(plain);
    if (!one.empty()) wanted.push_back(std::move(one));
  }
  std::vector<std::string> read;
  const auto add = [&](std::string_view name) {
    if (name.empty()) return;
    std::string one = name_of(name);
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

namespace {

/// The numbers in a disassembler's text, `r4` and `v0.4s` being none.
std::vector<std::int64_t> numbers_in(std::string_view text) {
  std::vector<std::int64_t> out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] < '0' || text[at] > '9') {
      const bool word = continues_name(text[at]);
      ++at;
      while (word && at < text.size() && continues_name(text[at])) ++at;
      continue;
    }
    const bool negative = at > 0 && text[at - 1] == '-';
    const bool hex = text.substr(at).starts_with("0x");
    std::uint64_t value = 0;
    const char* begin = text.data() + at + (hex ? 2 : 0);
    const auto [end, error] =
        std::from_chars(begin, text.data() + text.size(), value, hex ? 16 : 10);
    if (error == std::errc())
      out.push_back(static_cast<std::int64_t>(negative ? ~value + 1 : value));
    at = std::max(at + 1, static_cast<std::size_t>(end - text.data()));
    while (at < text.size() && continues_name(text[at])) ++at;  // 1.5, 4s
  }
  return out;
}

/// Instructions that are read back under names which have other numbers.
bool has_other_numbers(std::string_view mnemonic) {
  constexpr std::array<std::string_view, 27> kStems{
      "ubf", "sbf", "bfi", "bfx", "bfm",  "bfc",  "extr", "hint", "sys",
      "dmb", "dsb", "isb", "it",  "mcr",  "mrc",  "cdp",  "ldc",  "stc",
      "prf", "cps", "msr", "mrs", "movi", "mvni", "vm",   "vbic", "vorr"};
  return std::any_of(kStems.begin(), kStems.end(),
                     [&](std::string_view stem) { return mnemonic.starts_with(stem); });
}

}  // namespace

bool arm_numbers_match(const Target& target, std::string_view mnemonic, const Expectation& written,
                       std::string_view text) {
  if (has_other_numbers(mnemonic)) return true;
  const std::vector<std::int64_t> read = numbers_in(text);
  const std::uint64_t narrow = UINT32_MAX;
  const auto same = [&](std::uint64_t a, std::uint64_t b) {
    return a == b || (a & narrow) == (b & narrow);
  };
  const auto is_there = [&](std::uint64_t number) {
    return std::any_of(read.begin(), read.end(), [&](std::int64_t one) {
      const auto value = static_cast<std::uint64_t>(one);
      if (same(value, number) || same(~value + 1, number) || same(~value, number)) return true;
      return std::any_of(read.begin(), read.end(), [&](std::int64_t shift) {
        return shift > 0 && shift < 64 &&
               (same(value << shift, number) || same(~(value << shift) + 1, number));
      });
    });
  };
  std::vector<std::uint64_t> numbers;
  for (const ExpectedOperand& one : written.operands) {
    if (one.kind == ExpectedKind::kImmediate)
      numbers.push_back(static_cast<std::uint64_t>(one.number));
  }
  const bool moves = mnemonic == "movz" || mnemonic == "movn" || mnemonic == "mov";
  if (target.isa == object::Isa::kArm64 && moves && numbers.size() == 2) {
    const std::uint64_t shift = numbers.back() & 63;
    numbers = {numbers.front() << shift};
  }
  return std::all_of(numbers.begin(), numbers.end(),
                     [&](std::uint64_t number) { return number == 0 || is_there(number); });
}

}  // namespace cmos::assembler
