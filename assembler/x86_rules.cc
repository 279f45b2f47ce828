// What the encoder takes although no processor does, and forms that it reads in another size.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "assembler/x86_statement.h"

namespace cmos::assembler {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// What may be locked when its first operand is memory; of xchg the second one counts, too.
constexpr std::array<std::string_view, 18> kLockable{
    "add", "adc", "and", "btc", "btr", "bts", "cmpxchg", "cmpxchg8b", "cmpxchg16b",
    "dec", "inc", "neg", "not", "or",  "sbb", "sub",     "xor",       "xadd"};
constexpr std::array<std::string_view, 7> kStrings{"movs", "lods", "stos", "ins",
                                                   "outs", "cmps", "scas"};
/// `rep ret` and `rep nop` (pause) are padding; the others repeat by themselves.
constexpr std::array<std::string_view, 4> kOtherRepeats{"ret", "nop", "xstore", "montmul"};

/// Of instructions that pop the stack st(0) is the last operand: what the other order says would be
/// lost.
constexpr std::array<std::string_view, 6> kPopping{"faddp",  "fmulp", "fsubp",
                                                   "fsubrp", "fdivp", "fdivrp"};

}  // namespace

bool is_x86_string(std::string_view mnemonic) {
  if (is_one_of(mnemonic, kStrings)) return true;
  if (std::string_view("bwdq").find(mnemonic.back()) == std::string_view::npos) return false;
  mnemonic.remove_suffix(1);
  return is_one_of(mnemonic, kStrings);
}

bool X86Statement::check_prefixes() {
  const std::string_view words = prefixes_;
  if (words.find("lock ") != std::string_view::npos) {
    const bool second = operands_.size() == 2 && operands_[1].is_memory();
    const bool memory = !operands_.empty() && operands_[0].is_memory();
    const bool good =
        mnemonic_ == "xchg" ? memory || second : memory && is_one_of(mnemonic_, kLockable);
    if (!good)
      return fail(mnemonic_at_, fmt::format("lock belongs to what changes memory, not to this {}: "
                                            "{}, xchg",
                                            mnemonic_, fmt::join(kLockable, ", ")));
  }
  if (words.find("rep") == std::string_view::npos) return true;
  const bool vector = !operands_.empty() && operands_[0].reg.kind == RegisterKind::kVector;
  if ((is_x86_string(mnemonic_) && !vector) || is_one_of(mnemonic_, kOtherRepeats) ||
      mnemonic_.starts_with("xcrypt") || mnemonic_.starts_with("xsha"))
    return true;
  return fail(mnemonic_at_, fmt::format("{}repeats string instructions, not {}: {}", words,
                                        mnemonic_, fmt::join(kStrings, ", ")));
}

/// Other names of the same, and what exists on the other ARCH only.
bool X86Statement::other_forms() {
  if (!is_64() && mnemonic_ == "swapgs") return fail(mnemonic_at_, "swapgs exists on 8664 only");
  if (is_one_of(mnemonic_, kPopping) && operands_.size() == 2 &&
      !(operands_[1].is_register() && operands_[1].reg.number == 0))
    return fail(operands_[1].where, fmt::format("{} pops: its operands are st(N), st", mnemonic_));
  if (mnemonic_ == "movsx" && operands_.size() == 2 && operands_[0].size == 64 &&
      operands_[1].size == 32)
    mnemonic_ = "movsxd";
  if (mnemonic_ == "fxch" && operands_.size() == 2) {
    const bool first = operands_[0].reg.kind == RegisterKind::kX87 && operands_[0].reg.number == 0;
    operands_.erase(operands_.begin() + (first ? 0 : 1));
  }
  if (mnemonic_ == "xlatb" && operands_.size() == 1 && operands_[0].is_memory()) {
    const X86Address& address = operands_[0].address;
    const bool bx = address.base == (is_64() ? "rbx" : "ebx") && address.index.empty() &&
                    address.segment.empty() && !operands_[0].value.symbol &&
                    operands_[0].value.number == 0;
    if (!bx)
      return fail(operands_[0].where,
                  fmt::format("xlat reads [{}], and nothing else", is_64() ? "rbx" : "ebx"));
    operands_.clear();
  }
  return true;
}

/// The encoder's Intel dialect pushes 16 bits of a segment register on x86.
bool X86Statement::segment_on_stack() {
  const std::string text = "%" + operands_[0].name;
  return in_att_syntax(mnemonic_ + (is_64() ? 'q' : 'l'), text, operands_[0].where);
}

}  // namespace cmos::assembler
