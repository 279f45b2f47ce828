#include "inspect/operands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace cmos::inspect {
namespace {

using object::Isa;

std::optional<std::uint64_t> number(std::string_view text) {
  bool negative = false;
  if (text.starts_with('#') || text.starts_with('$')) text.remove_prefix(1);
  if (text.starts_with('-')) {
    negative = true;
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return negative ? 0 - value : value;
}

bool is_branch(std::string_view mnemonic, Isa isa) {
  if (isa == Isa::kX86 || isa == Isa::kX86_64)
    return mnemonic.starts_with('j') || mnemonic.starts_with("call") ||
           mnemonic.starts_with("loop") || mnemonic.starts_with("xbegin");
  constexpr std::array kOthers = {"cbz", "cbnz", "tbz", "tbnz", "adr", "adrp"};
  if (std::find(kOthers.begin(), kOthers.end(), mnemonic) != kOthers.end()) return true;
  if (!mnemonic.starts_with('b')) return false;
  // b, bl, blx, beq, b.eq, blne, beq.w - and not bic, bfi, bkpt.
  constexpr std::array kNone = {"bic",  "bif", "bit", "bsl",   "bfc", "bfi",
                                "bkpt", "brk", "bfm", "bfxil", "br"};
  return std::none_of(kNone.begin(), kNone.end(),
                      [mnemonic](std::string_view one) { return mnemonic.starts_with(one); });
}

/// x86-64's [rip + 0x10] and 0x10(%rip).
std::optional<std::int64_t> rip_displacement(std::string_view operands) {
  if (const std::size_t at = operands.find("[rip"); at != std::string_view::npos) {
    std::string_view rest = operands.substr(at + 4);
    rest = rest.substr(0, rest.find(']'));
    if (rest.empty()) return 0;
    const bool minus = rest.starts_with(" - ");
    if (!minus && !rest.starts_with(" + ")) return std::nullopt;
    const auto value = number(rest.substr(3));
    if (!value) return std::nullopt;
    return static_cast<std::int64_t>(minus ? 0 - *value : *value);
  }
  const std::size_t at = operands.find("(%rip)");
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && operands[begin - 1] != ' ' && operands[begin - 1] != ':' &&
         operands[begin - 1] != '*' && operands[begin - 1] != ',')
    --begin;
  if (begin == at) return 0;
  const auto value = number(operands.substr(begin, at - begin));
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

/// Jumps and calls of Z80, 8080 (both styles) and 68000; rst has its own form of address.
bool is_old_branch(std::string_view mnemonic, std::string_view arch) {
  if (arch == "_68K")
    return mnemonic.starts_with('b') || mnemonic.starts_with("db") || mnemonic.starts_with('j');
  constexpr std::array kNames = {"jp",  "jr", "call", "djnz", "jmp", "jnz", "jz",
                                 "jnc", "jc", "jpo",  "jpe",  "jm",  "cnz", "cz",
                                 "cnc", "cc", "cpo",  "cpe",  "cm"};
  const bool intel_cp = mnemonic == "cp" && arch == "8080";
  return intel_cp || std::find(kNames.begin(), kNames.end(), mnemonic) != kNames.end();
}

}  // namespace

std::optional<OperandTarget> target_of(const disasm::Instruction& one, std::string_view arch) {
  const auto isa = object::isa_of(arch);
  if (isa && isa != Isa::kZ80) return target_of(one, isa);
  if (!isa && arch != "_68K") return std::nullopt;
  if (!is_old_branch(one.mnemonic, arch)) return std::nullopt;
  const std::string_view operands = one.operands;
  const std::size_t comma = operands.rfind(", ");
  std::string_view last = comma == std::string_view::npos ? operands : operands.substr(comma + 2);
  std::string spelled(last);
  if (spelled.starts_with('$')) spelled.replace(0, 1, "0x");
  if (const std::size_t dot = spelled.rfind(".l"); dot != std::string::npos) spelled.resize(dot);
  if (!spelled.starts_with("0x")) return std::nullopt;
  const auto value = number(spelled);
  return value ? std::optional(OperandTarget{*value, true}) : std::nullopt;
}

std::optional<OperandTarget> target_of(const disasm::Instruction& one, std::optional<Isa> isa) {
  if (!isa || one.operands.empty() || one.mnemonic.starts_with('.')) return std::nullopt;
  const std::string_view operands = one.operands;
  if (is_branch(one.mnemonic, *isa)) {
    const std::size_t comma = operands.rfind(", ");
    const auto value =
        number(comma == std::string_view::npos ? operands : operands.substr(comma + 2));
    if (value) return OperandTarget{*value, true};
  }
  if (*isa == Isa::kX86_64) {
    if (const auto displacement = rip_displacement(operands))
      return OperandTarget{one.address + one.size + static_cast<std::uint64_t>(*displacement),
                           false};
  }
  return std::nullopt;
}

}  // namespace cmos::inspect
