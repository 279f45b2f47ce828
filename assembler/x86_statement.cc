#include "assembler/x86_statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cmos::assembler {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Words in front of a mnemonic.
bool is_prefix(std::string_view word) {
  return is_one_of(word, {"lock", "rep", "repe", "repz", "repne", "repnz", "xacquire", "xrelease",
                          "bnd", "notrack"});
}

/// What other assemblers call an instruction, or what the encoder reads with another size than the
/// ARCH's.
struct Spelling {
  std::string_view written;
  std::string_view encoder_64;
  std::string_view encoder_32;
};
constexpr std::array<Spelling, 11> kSpellings{{{"pushf", "pushfq", "pushfd"},
                                               {"popf", "popfq", "popfd"},
                                               {"iret", "iretd", "iretd"},
                                               {"xlat", "xlatb", "xlatb"},
                                               {"retn", "ret", "ret"},
                                               {"lret", "retf", "retf"},
                                               {"pusha", "pusha", "pushad"},
                                               {"popa", "popa", "popad"},
                                               {"movsxd", "movsxd", "movsxd"},
                                               {"iretw", "iret", "iret"},
                                               {"ud2a", "ud2", "ud2"}}};

/// Instructions whose immediate is as wide as their first operand; others' have 8 bits.
bool has_wide_immediate(std::string_view mnemonic) {
  return is_one_of(mnemonic, {"mov", "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp", "test",
                              "imul", "push", "movabs"});
}

}  // namespace

bool X86Statement::is_branch() const {
  return mnemonic_[0] == 'j' || mnemonic_.starts_with("loop") || mnemonic_ == "call" ||
         mnemonic_ == "xbegin";
}

std::optional<std::string> X86Statement::write(Expectation& expectation) {
  if (!balanced()) return std::nullopt;
  mnemonics();
  if (!operands() || !check_words() || !check_bare() || !other_forms() || !check_prefixes() ||
      !complete())
    return std::nullopt;
  bool done = false;
  if (is_branch() && operands_.size() == 1 && !operands_[0].is_register()) {
    done = branch();
  } else if (!check_immediates()) {
    return std::nullopt;
  } else if (mnemonic_ == "push" && operands_.size() == 1 && operands_[0].is_immediate()) {
    done = push_immediate();
  } else if ((mnemonic_ == "push" || mnemonic_ == "pop") && operands_.size() == 1 &&
             operands_[0].reg.kind == RegisterKind::kSegment) {
    done = segment_on_stack();
  } else if (mnemonic_ == "mov" && operands_.size() == 2 &&
             (operands_[0].reg.kind == RegisterKind::kSegment ||
              operands_[1].reg.kind == RegisterKind::kSegment)) {
    done = move_segment();
  } else {
    done = generic();
  }
  if (!done) return std::nullopt;
  expect(expectation);
  if (settings_.empty()) return std::move(text_);
  for (Piece& piece : out_.pieces) piece.begin += static_cast<std::uint32_t>(settings_.size());
  return settings_ + text_;
}

void X86Statement::mnemonics() {
  std::size_t at = 0;
  while (at < tokens_.size() && tokens_[at].kind == TokenKind::kName) {
    mnemonic_ = lower(tokens_[at].text);
    mnemonic_at_ = line_.span(tokens_[at]);
    ++at;
    if (!is_prefix(mnemonic_) || at == tokens_.size() || tokens_[at].kind != TokenKind::kName)
      break;
    prefixes_ += mnemonic_ + " ";
  }
  for (const Spelling& one : kSpellings) {
    if (one.written == mnemonic_) mnemonic_ = is_64() ? one.encoder_64 : one.encoder_32;
  }
  tokens_ = tokens_.subspan(at);
}

bool X86Statement::operands() {
  Names names = program_.names();
  names.relative = line_.relative;
  names.is_register = [this](std::string_view name) {
    return static_cast<bool>(x86_register(lower(name), is_64()));
  };
  for (std::size_t first = 0; !tokens_.empty();) {
    const std::size_t end = operand_end(first);
    if (end == first) {
      const bool last = first == tokens_.size();
      return fail(last ? tokens_[first - 1] : tokens_[first], "an operand is missing beside this");
    }
    Cursor part = cursor(first, end);
    auto operand = parse_x86_operand(part, names, target_, reporter_);
    if (!operand) return false;
    operands_.push_back(std::move(*operand));
    if (end == tokens_.size()) break;
    first = end + 1;
  }
  return true;
}

/// `short`, `near`, `far`, `to` where they mean nothing.
bool X86Statement::check_words() {
  for (const X86Operand& operand : operands_) {
    if (operand.distance != Distance::kAny && !is_branch())
      return fail(operand.where, "'short', 'near' and 'far' belong to jumps and calls");
    if (operand.to && (mnemonic_[0] != 'f' || operands_.size() != 1))
      return fail(operand.where, "'to' belongs to x87 instructions with one operand");
  }
  return true;
}

bool X86Statement::check_bare() {
  if (is_branch()) return true;
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    X86Operand& operand = operands_[i];
    if (!operand.bare) continue;
    if (mnemonic_ == "lea") {
      operand.kind = X86Kind::kMemory;
      continue;
    }
    const std::string& name = operand.value.symbol->name;
    if (i == 0 && mnemonic_ != "push" && mnemonic_ != "int" && !mnemonic_.starts_with("ret") &&
        mnemonic_ != "enter") {
      const std::string_view size = x86_size_word(operand.size);
      return fail(operand.where,
                  fmt::format("'{}' alone is its address, which cannot be changed: write {}[{}] "
                              "for its value",
                              name, size.empty() ? "" : std::string(size) + " ", name));
    }
    reporter_.warning(operand.value.symbol->where,
                      fmt::format("'{0}' alone is its address, as in NASM (MASM would load it): "
                                  "write 'offset {0}' for the address, '[{0}]' for the value",
                                  name));
  }
  return true;
}

/// Sizes that the source leaves to the ARCH, or states at the other operand.
bool X86Statement::complete() {
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    X86Operand& operand = operands_[i];
    if (!operand.is_memory()) continue;
    if (mnemonic_ == "lea") operand.size = 0;
    if (operands_.size() == 1 && (mnemonic_ == "push" || mnemonic_ == "pop") && operand.size == 0)
      operand.size = native_bits();
    const bool extends = mnemonic_ == "movzx" || mnemonic_ == "movsx";
    if (extends && operand.size == 0)
      return fail(operand.where,
                  fmt::format("{} needs the size of what is loaded: byte or word", mnemonic_));
    if (i == 0 && operands_.size() == 2 && operand.size == 0 && operands_[1].is_immediate())
      operand.size = operands_[1].size;
  }
  if (mnemonic_ == "mov" && operands_.size() == 2 && is_64()) {
    const X86Operand& memory = operands_[operands_[0].is_memory() ? 0 : 1];
    const X86Operand& other = operands_[operands_[0].is_memory() ? 1 : 0];
    const bool far = memory.is_memory() && memory.address.base.empty() &&
                     memory.address.index.empty() && memory.value.is_number() == false &&
                     !memory.value.symbol && !memory.value.minus &&
                     (memory.value.number > INT32_MAX || memory.value.number < INT32_MIN);
    if (far) {
      if (other.reg.kind != RegisterKind::kGeneral || other.reg.number != 0 || other.name == "ah")
        return fail(memory.where,
                    fmt::format("{} does not fit the 32 bits that an address can state; only al, "
                                "ax, eax and rax can be moved there",
                                to_text(memory.value.number)));
      mnemonic_ = "movabs";
    }
  }
  return true;
}

// ---- immediates ---------------------------------------------------------------------------------

bool X86Statement::in_range(const X86Operand& operand, Integer low, Integer high,
                            std::string_view what) {
  const Integer number = operand.value.number;
  if (number >= low && number <= high) return true;
  return fail(operand.where, fmt::format("{} does not fit {} ({} to {})", to_text(number), what,
                                         to_text(low), to_text(high)));
}

bool X86Statement::check_immediate(const X86Operand& operand, unsigned bits, bool sign_extended) {
  const Integer one = 1;
  if (bits == 64 && sign_extended) {
    // What is written without a sign is the same number when its high bits are all set.
    if (operand.value.number >= (one << 64) - (one << 31)) return true;
    return in_range(operand, -(one << 31), (one << 31) - 1,
                    "the 32 bits with a sign that this instruction has for it");
  }
  return in_range(operand, -(one << (bits - 1)), (one << bits) - 1, fmt::format("{} bits", bits));
}

bool X86Statement::check_immediates() {
  const unsigned first = operands_.empty() ? 0 : operands_[0].size;
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    const X86Operand& operand = operands_[i];
    if (!operand.is_immediate()) continue;
    if (mnemonic_.starts_with("ret")) {
      if (!in_range(operand, 0, 0xffff, "what is taken from the stack")) return false;
    } else if (mnemonic_ == "enter" && i == 0) {
      if (!in_range(operand, 0, 0xffff, "the frame's size")) return false;
    } else if (mnemonic_ == "push") {
      const unsigned bits = operand.size == 16 ? 16 : native_bits();
      if (operand.size == 64 && !is_64())
        return fail(operand.where, fmt::format("64 bits cannot be pushed on {}", target_.arch));
      if (operand.size == 8 && !in_range(operand, -128, 127, "byte")) return false;
      if (operand.size == 8 && (operand.value.symbol && !operand.value.minus))
        return fail(operand.where, "an address does not fit a byte");
      if (!check_immediate(operand, bits, true)) return false;
    } else if (has_wide_immediate(mnemonic_) && i != 0) {
      const bool whole = is_one_of(mnemonic_, {"mov", "movabs"}) && operands_[0].is_register();
      if (operand.size != 0 && operand.size < first &&
          !in_range(operand, -(static_cast<Integer>(1) << (operand.size - 1)),
                    (static_cast<Integer>(1) << (operand.size - 1)) - 1,
                    x86_size_word(operand.size)))
        return false;
      if (operand.size > first && first != 0)
        return fail(operand.where,
                    fmt::format("{} is wider than the first operand", x86_size_word(operand.size)));
      if (first != 0 && !check_immediate(operand, first, !whole)) return false;
      if (first == 0 && !in_range(operand, INT64_MIN, UINT64_MAX, "64 bits")) return false;
    } else if (!in_range(operand, 0, 255, "8 bits")) {
      return false;
    }
  }
  return true;
}

// ---- text ---------------------------------------------------------------------------------------

/// The encoder's Intel dialect takes one symbol: a difference gets a name in front.
std::optional<std::string> X86Statement::symbolic_text(const Value& value) {
  auto text = text_of(value);
  if (!text || !value.minus) return text;
  const std::string name = fmt::format(".Lcbt_s_{}_{}", out_.item, settings_.size());
  settings_ += fmt::format(".set {}, {}; ", name, *text);
  return name;
}

/// A number as the encoder is to see it: with a sign when it has 64 bits.
std::optional<std::string> X86Statement::value_text(const Value& value, unsigned bits) {
  if (value.symbol || value.minus) return symbolic_text(value);
  Integer number = value.number;
  if (bits == 64 && number > INT64_MAX) number -= static_cast<Integer>(1) << 64;
  return to_text(number);
}

std::optional<std::string> X86Statement::memory_text(const X86Operand& operand) {
  const X86Address& address = operand.address;
  std::string text;
  if (operand.size != 0) text = fmt::format("{} ptr ", x86_size_word(operand.size));
  if (!address.segment.empty()) text += address.segment + ":";
  text += '[';
  const std::size_t start = text.size();
  const auto plus = [&] {
    if (text.size() != start) text += " + ";
  };
  text += address.base;
  if (!address.index.empty()) {
    plus();
    text += address.index;
    if (x86_register(address.index, is_64()).bits != 16) text += fmt::format("*{}", address.scale);
  }
  Value value = operand.value;
  const bool narrow = address.base.empty() ? !is_64() : address.base[0] == 'e';
  if (narrow && value.number > INT32_MAX) value.number -= static_cast<Integer>(1) << 32;
  if (value.symbol || value.minus) {
    const auto symbol = symbolic_text(value);
    if (!symbol) return std::nullopt;
    plus();
    text += *symbol;
  } else if (text.size() == start) {
    text += to_text(value.number);
  } else if (value.number != 0) {
    text += fmt::format(" {} {}", value.number < 0 ? '-' : '+',
                        to_text(value.number < 0 ? -value.number : value.number));
  }
  return text + ']';
}

std::optional<std::string> X86Statement::att_memory_text(const X86Operand& operand) {
  const X86Address& address = operand.address;
  std::string text = address.segment.empty() ? "" : fmt::format("%{}:", address.segment);
  const auto value = symbolic_text(operand.value);
  if (!value) return std::nullopt;
  text += *value;
  if (address.base.empty() && address.index.empty()) return text;
  text += '(';
  if (!address.base.empty()) text += "%" + address.base;
  if (!address.index.empty()) text += fmt::format(",%{},{}", address.index, address.scale);
  return text + ')';
}

std::optional<std::string> X86Statement::operand_text(const X86Operand& operand) {
  switch (operand.kind) {
    case X86Kind::kRegister:
      if (operand.reg.kind == RegisterKind::kX87) return fmt::format("st({})", operand.reg.number);
      return operand.name + operand.decorations;
    case X86Kind::kRounding:
      return operand.name;
    case X86Kind::kMemory: {
      auto text = memory_text(operand);
      if (text) *text += operand.decorations;
      return text;
    }
    case X86Kind::kImmediate: {
      auto text = value_text(operand.value, operands_[0].size);
      if (text && (operand.value.symbol || operand.value.minus)) *text = "offset " + *text;
      return text;
    }
    case X86Kind::kFarPointer:
      fail(operand.where, "a far address belongs to jmp and call");
      return std::nullopt;
  }
  return std::nullopt;
}

bool X86Statement::generic() {
  if (!operands_.empty() && operands_[0].to) {
    X86Operand top = operands_[0];
    top.reg.number = 0;
    top.name = "st0";
    operands_.push_back(std::move(top));
  }
  put(mnemonic_at_, prefixes_ + mnemonic_);
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    const auto text = operand_text(operands_[i]);
    if (!text) return false;
    text_ += i == 0 ? " " : ", ";
    put(operands_[i].where, *text);
  }
  return true;
}

bool X86Statement::in_att_syntax(std::string_view mnemonic, std::string_view operands, Span where) {
  text_ = ".att_syntax; ";
  put(mnemonic_at_, fmt::format("{}{} ", prefixes_, mnemonic));
  put(where, operands);
  text_ += "; .intel_syntax noprefix";
  return true;
}

// ---- forms that the encoder's Intel dialect reads differently -----------------------------------

bool X86Statement::branch() {
  const X86Operand& operand = operands_[0];
  if (operand.distance == Distance::kFar || operand.kind == X86Kind::kFarPointer ||
      operand.size == 48 || operand.size == 80)
    return far_branch(operand);
  if (operand.is_memory()) return indirect_branch(operand);
  if (operand.size != 0)
    return fail(operand.where, "a jump to a place has no size: short and near are possible");
  if (!operand.value.symbol && !in_range(operand, 0, INT64_MAX, "a place in memory")) return false;
  const bool near_form = mnemonic_ == "jmp" || (mnemonic_[0] == 'j' && !mnemonic_.ends_with("cxz"));
  if (operand.distance == Distance::kShort && mnemonic_ == "call")
    return fail(operand.where, "a call is never short");
  if (operand.distance == Distance::kShort && near_form) wanted_size_ = 2;
  if (operand.distance == Distance::kNear && !near_form && mnemonic_ != "call")
    return fail(operand.where, fmt::format("{} is always short", mnemonic_));
  const bool implicit =
      operand.bare && operand.value.number == 0 && (mnemonic_ == "call" || mnemonic_ == "jmp");
  const auto text = text_of(operand.value, implicit);
  if (!text) return false;
  if (operand.distance == Distance::kNear && near_form) text_ = "{disp32} ";
  put(mnemonic_at_, prefixes_ + mnemonic_);
  text_ += ' ';
  put(operand.where, *text);
  return true;
}

/// `call [x]` would be a direct call of x.
bool X86Statement::indirect_branch(const X86Operand& operand) {
  if (mnemonic_ != "call" && mnemonic_ != "jmp")
    return fail(operand.where, fmt::format("{} needs a place in the code, not memory", mnemonic_));
  if (operand.distance == Distance::kShort)
    return fail(operand.where, "an indirect jump is never short");
  const bool narrow = operand.size == 16;
  if (operand.size != 0 && operand.size != native_bits() && !narrow)
    return fail(operand.where, fmt::format("addresses of code have {} bits on {}, not {}",
                                           native_bits(), target_.arch, operand.size));
  const auto text = att_memory_text(operand);
  if (!text) return false;
  const char suffix = narrow ? 'w' : is_64() ? 'q' : 'l';
  return in_att_syntax(mnemonic_ + suffix, "*" + *text, operand.where);
}

bool X86Statement::far_branch(const X86Operand& operand) {
  if (mnemonic_ != "call" && mnemonic_ != "jmp")
    return fail(operand.where, fmt::format("{} is never far", mnemonic_));
  if (operand.kind == X86Kind::kFarPointer) {
    if (is_64())
      return fail(operand.where, "far jumps to an address do not exist on 8664: far [MEMORY]");
    if (operand.selector.number < 0 || operand.selector.number > 0xffff)
      return fail(operand.where,
                  fmt::format("{} is no selector (0 to 65535)", to_text(operand.selector.number)));
    const bool narrow = operand.size == 16;
    if (narrow && !operand.value.is_number())
      return fail(operand.where, "an address does not fit 16 bits");
    if (!in_range(operand, 0, narrow ? UINT16_MAX : UINT32_MAX, "the offset of a far address"))
      return false;
    const auto offset = text_of(operand.value);
    if (!offset) return false;
    return in_att_syntax(fmt::format("l{}{}", mnemonic_, narrow ? 'w' : 'l'),
                         fmt::format("${}, ${}", to_text(operand.selector.number), *offset),
                         operand.where);
  }
  if (!operand.is_memory())
    return fail(operand.where,
                "a far jump needs memory that holds an address and a selector: far [MEMORY]");
  char suffix = 'l';
  if (operand.size == 80 || operand.size == 64) suffix = 'q';
  if (operand.size == 16 || (operand.size == 32 && operand.distance == Distance::kFar))
    suffix = operand.size == 16 ? 'w' : 'l';
  if (operand.size == 0 && is_64())
    return fail(operand.where,
                "state the size of the far address: fword (32 bits and a selector) "
                "or tbyte (64 bits and a selector)");
  if (suffix == 'q' && !is_64())
    return fail(operand.where, fmt::format("64-bit addresses do not exist on {}", target_.arch));
  const auto text = att_memory_text(operand);
  if (!text) return false;
  operands_[0].size = suffix == 'w' ? 0 : suffix == 'l' ? 48 : 80;  // with the selector
  return in_att_syntax(fmt::format("l{}{}", mnemonic_, suffix), "*" + *text, operand.where);
}

/// The encoder's Intel dialect takes 16 bits of `push offset NAME` on x86.
bool X86Statement::push_immediate() {
  const X86Operand& operand = operands_[0];
  const auto text = value_text(operand.value, native_bits());
  if (!text) return false;
  const char suffix = operand.size == 16 ? 'w' : is_64() ? 'q' : 'l';
  return in_att_syntax(fmt::format("push{}", suffix), "$" + *text, operand.where);
}

/// `mov ax, ds` would change all of eax; `mov ds, ax` needs no prefix.
bool X86Statement::move_segment() {
  X86Operand& to = operands_[0];
  X86Operand& from = operands_[1];
  const bool loads = to.reg.kind == RegisterKind::kSegment;
  X86Operand& other = loads ? from : to;
  if (other.is_memory()) {
    if (other.size != 0 && other.size != 16)
      return fail(other.where, "a segment register has 16 bits in memory");
    return generic();
  }
  if (other.reg.kind != RegisterKind::kGeneral || other.size == 8)
    return fail(other.where, "a segment register is moved to and from 16 bits or more");
  if (!loads && other.size == 16)
    return in_att_syntax("movw", fmt::format("%{}, %{}", from.name, to.name), other.where);
  // 16, 32 and 64 bits are the same: the register's low half counts, or is followed by zeros.
  constexpr std::array<std::string_view, 8> kLow{"eax", "ecx", "edx", "ebx",
                                                 "esp", "ebp", "esi", "edi"};
  const std::string name = other.reg.number < 8 ? std::string(kLow[other.reg.number])
                                                : fmt::format("r{}d", other.reg.number);
  put(mnemonic_at_, "mov ");
  put(to.where, loads ? to.name : name);
  text_ += ", ";
  put(from.where, loads ? name : from.name);
  return true;
}

}  // namespace cmos::assembler
