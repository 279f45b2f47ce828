#include "assembler/arm_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace cmos::assembler {
namespace {

template <std::size_t N>
bool begins(std::string_view mnemonic, const std::array<std::string_view, N>& stems) {
  return std::any_of(stems.begin(), stems.end(),
                     [mnemonic](std::string_view stem) { return mnemonic.starts_with(stem); });
}

/// Where pc can be no operand at all.
constexpr std::array<std::string_view, 34> kWithoutPc{
    "mul",  "mla",  "mls",  "umull", "smull", "umlal", "umaal", "smlal", "smla",
    "smul", "smm",  "smu",  "sdiv",  "udiv",  "clz",   "rbit",  "rev",   "bfi",
    "bfc",  "usad", "sel",  "sxta",  "uxta",  "movw",  "movt",  "ldrex", "strex",
    "swp",  "ldrt", "strt", "ldrbt", "strbt", "ldrht", "strht"};
/// Loads and stores whose register cannot be pc.
constexpr std::array<std::string_view, 7> kNarrow{"ldrb", "ldrh", "ldrsb", "ldrsh",
                                                  "strb", "strh", "strd"};

struct Register {
  const Token* token;
  std::string name;
  bool in_brackets;
  bool is_base;
};

std::string register_name(const Token& token) {
  if (token.kind != TokenKind::kName) return "";
  const std::string text = lower(token.text);
  if (text == "r15") return "pc";
  if (text == "r13") return "sp";
  if (text == "r14") return "lr";
  const bool numbered = text.size() >= 2 && text.size() <= 3 && text[0] == 'r' &&
                        text.find_first_not_of("0123456789", 1) == std::string::npos;
  return numbered || text == "pc" || text == "sp" || text == "lr" ? text : "";
}

std::vector<Register> registers_of(std::span<const Token> tokens) {
  std::vector<Register> out;
  bool inside = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is("[")) inside = true;
    if (tokens[i].is("]")) inside = false;
    if (tokens[i].is("{")) break;  // lists have rules of their own
    std::string name = register_name(tokens[i]);
    if (!name.empty())
      out.push_back({&tokens[i], std::move(name), inside, i > 0 && tokens[i - 1].is("[")});
  }
  return out;
}

class Rules {
 public:
  Rules(std::string_view mnemonic, std::span<const Token> tokens, bool thumb)
      : mnemonic_(mnemonic), tokens_(tokens), thumb_(thumb), registers_(registers_of(tokens)) {}

  std::optional<Unpredictable> find() {
    if (auto one = stack_of_itself()) return one;
    if (auto one = pc_anywhere()) return one;
    if (auto one = pc_in_memory()) return one;
    return same_registers();
  }

 private:
  static Unpredictable say(const Token* where, std::string message) { return {where, message}; }
  std::optional<Unpredictable> no_pc(const Register& one) const {
    return say(one.token, fmt::format("{} cannot have {} here", mnemonic_, one.token->text));
  }
  bool has(std::string_view mark) const {
    return std::any_of(tokens_.begin(), tokens_.end(),
                       [mark](const Token& token) { return token.is(mark); });
  }

  /// push {sp}, pop {sp}
  std::optional<Unpredictable> stack_of_itself() const {
    const bool stack = mnemonic_.starts_with("push") || mnemonic_.starts_with("pop");
    if (!stack || tokens_.size() != 3 || !tokens_[0].is("{")) return std::nullopt;
    if (register_name(tokens_[1]) != "sp") return std::nullopt;
    return say(&tokens_[1],
               fmt::format("{} cannot have sp alone: it is what is changed", mnemonic_));
  }

  std::optional<Unpredictable> pc_anywhere() const {
    const bool none = begins(mnemonic_, kWithoutPc);
    const bool narrow = begins(mnemonic_, kNarrow) && !(thumb_ && mnemonic_.starts_with("ldr"));
    const bool moved = thumb_ && (mnemonic_.starts_with("mcr") || mnemonic_.starts_with("mrrc") ||
                                  mnemonic_.starts_with("mrs"));
    const bool compared = thumb_ && mnemonic_.starts_with("cmp");
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      const Register& one = registers_[i];
      const bool sp = one.name == "sp" && thumb_ &&
                      (moved || mnemonic_.starts_with("mrc") || mnemonic_.starts_with("sel"));
      if (sp) return no_pc(one);
      if (one.name != "pc") continue;
      if (none || moved || compared || (narrow && i == 0)) return no_pc(one);
      if (thumb_ && mnemonic_.starts_with("blx")) return no_pc(one);
    }
    return std::nullopt;
  }

  /// pc is no index, and cannot be counted on; stores of Thumb code cannot be relative to it.
  std::optional<Unpredictable> pc_in_memory() const {
    const bool multiple = mnemonic_.starts_with("ldm") || mnemonic_.starts_with("stm");
    if (multiple && !registers_.empty() && registers_[0].name == "pc") return no_pc(registers_[0]);
    if (mnemonic_.starts_with("vldm") || mnemonic_.starts_with("vstm")) {
      const bool changed = tokens_.size() > 1 && tokens_[1].is("!");
      if (!registers_.empty() && registers_[0].name == "pc" && (changed || thumb_))
        return no_pc(registers_[0]);
    }
    const bool memory = mnemonic_.starts_with("ldr") || mnemonic_.starts_with("str") ||
                        mnemonic_.starts_with("pld");
    const bool behind = has("]") && !tokens_.back().is("]");  // `!`, or an index that follows
    const bool vector = mnemonic_.starts_with("vld1") || mnemonic_.starts_with("vst1") ||
                        mnemonic_.starts_with("vld2") || mnemonic_.starts_with("vst2") ||
                        mnemonic_.starts_with("vld3") || mnemonic_.starts_with("vst3") ||
                        mnemonic_.starts_with("vld4") || mnemonic_.starts_with("vst4");
    if (vector) {
      for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
        if (tokens_[i].is("[") && register_name(tokens_[i + 1]) == "pc")
          return say(&tokens_[i + 1], fmt::format("{} cannot have pc here", mnemonic_));
      }
      return std::nullopt;
    }
    bool in_memory = false;
    for (const Register& one : registers_) {
      in_memory = in_memory || one.in_brackets;
      if (one.name != "pc" || !in_memory) continue;
      const bool store = thumb_ && (mnemonic_.starts_with("str") || mnemonic_.starts_with("vst"));
      if (one.is_base ? behind || store : memory) return no_pc(one);
    }
    const bool stored = thumb_ && mnemonic_.starts_with("str") && !registers_.empty();
    if (stored && registers_[0].name == "pc") return no_pc(registers_[0]);
    return std::nullopt;
  }

  std::optional<Unpredictable> same_registers() const {
    const auto equal = [this](std::size_t a, std::size_t b) {
      return a < registers_.size() && b < registers_.size() &&
             registers_[a].name == registers_[b].name;
    };
    const auto refuse = [this](std::size_t at) {
      return say(registers_[at].token, fmt::format("{} needs another register here than {}",
                                                   mnemonic_, registers_[at].token->text));
    };
    if (mnemonic_.starts_with("strex")) {
      for (std::size_t i = 1; i < registers_.size(); ++i) {
        if (equal(0, i)) return refuse(i);
      }
    }
    if (mnemonic_.starts_with("swp") && (equal(2, 0) || equal(2, 1))) return refuse(2);
    if (mnemonic_.starts_with("mrrc") && equal(0, 1)) return refuse(1);
    return std::nullopt;
  }

  std::string_view mnemonic_;
  std::span<const Token> tokens_;
  bool thumb_;
  std::vector<Register> registers_;
};

}  // namespace

std::optional<Unpredictable> unpredictable(std::string_view mnemonic, std::span<const Token> tokens,
                                           bool thumb) {
  return Rules(mnemonic, tokens, thumb).find();
}

}  // namespace cmos::assembler
