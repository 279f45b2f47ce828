#include "assembler/x86_operand.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace cmos::assembler {
namespace {

struct SizeWord {
  std::string_view word;
  unsigned bits;
};
// The encoder's own word of each size comes first.
constexpr std::array<SizeWord, 15> kSizes{{{"byte", 8},
                                           {"word", 16},
                                           {"dword", 32},
                                           {"qword", 64},
                                           {"xmmword", 128},
                                           {"ymmword", 256},
                                           {"zmmword", 512},
                                           {"tbyte", 80},
                                           {"fword", 48},
                                           {"tword", 80},
                                           {"oword", 128},
                                           {"yword", 256},
                                           {"zword", 512},
                                           {"mmword", 64},
                                           {"pword", 48}}};

/// The registers of an address, as base and index.
class AddressMaker {
 public:
  AddressMaker(const Value& value, const Target& target, Reporter& reporter)
      : terms_(value.registers), target_(target), reporter_(reporter) {}

  bool make(X86Address& out) {
    if (!check()) return false;
    if (terms_.size() > 2) merge();
    if (terms_.size() > 2) return refuse(terms_[2].where, "an address has at most two registers");
    if (terms_.size() == 2 && same_size()) return two(out);
    return terms_.empty() || (terms_.size() == 1 && one(terms_[0], out));
  }

 private:
  bool refuse(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return false;
  }
  X86Register row(const RegisterTerm& term) const {
    return x86_register(lower(term.name), target_.isa == object::Isa::kX86_64);
  }
  static bool is_stack_pointer(X86Register row) {
    return row.kind == RegisterKind::kGeneral && row.number == 4 && row.bits >= 32;
  }

  bool check() {
    for (const RegisterTerm& term : terms_) {
      const X86Register reg = row(term);
      const bool address = reg.kind == RegisterKind::kNull || reg.kind == RegisterKind::kVector ||
                           reg.kind == RegisterKind::kInstruction ||
                           (reg.kind == RegisterKind::kGeneral && reg.bits >= 16);
      if (!address || (reg.bits == 16 && target_.isa == object::Isa::kX86_64) ||
          (reg.kind == RegisterKind::kInstruction && target_.isa != object::Isa::kX86_64))
        return refuse(term.where, fmt::format("'{}' cannot be part of an address on {}", term.name,
                                              target_.arch));
      if (term.factor < 0)
        return refuse(term.where,
                      fmt::format("'{}' cannot be subtracted in an address", term.name));
      if (term.factor == 0)
        return refuse(term.where, fmt::format("'{}' times 0 is no part of an address", term.name));
      if (reg.kind == RegisterKind::kInstruction && (terms_.size() > 1 || term.scaled))
        return refuse(term.where, fmt::format("'{}' stands alone in an address", term.name));
    }
    return true;
  }

  /// eax + ebx + eax is eax*2 + ebx.
  void merge() {
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      for (std::size_t j = terms_.size(); j-- > i + 1;) {
        if (lower(terms_[i].name) != lower(terms_[j].name)) continue;
        terms_[i].factor += terms_[j].factor;
        terms_[i].scaled = true;
        terms_.erase(terms_.begin() + static_cast<long>(j));
      }
    }
  }

  bool same_size() {
    const X86Register a = row(terms_[0]);
    const X86Register b = row(terms_[1]);
    if (a.bits == b.bits || a.kind == RegisterKind::kVector || b.kind == RegisterKind::kVector)
      return true;
    return refuse(terms_[1].where, fmt::format("'{}' and '{}' are not equally wide", terms_[0].name,
                                               terms_[1].name));
  }

  bool is_index_factor(const RegisterTerm& term) {
    if (term.factor == 1 || term.factor == 2 || term.factor == 4 || term.factor == 8) return true;
    return refuse(term.where, fmt::format("'{}' times {}: 1, 2, 4 and 8 are possible", term.name,
                                          to_text(term.factor)));
  }

  /// rax*3, rax*5 and rax*9 are rax + rax*2 and so on.
  bool one(const RegisterTerm& term, X86Address& out) {
    const bool vector = row(term).kind == RegisterKind::kVector;
    if (!vector && (term.factor == 3 || term.factor == 5 || term.factor == 9)) {
      RegisterTerm index = term;
      index.factor -= 1;
      return set_base(term, out) && set_index(index, out);
    }
    if (!is_index_factor(term)) return false;
    if (!vector && (!term.scaled || (term.factor == 1 && is_stack_pointer(row(term)))))
      return set_base(term, out);
    return set_index(term, out);
  }

  bool two(X86Address& out) {
    RegisterTerm base = terms_[0];
    RegisterTerm index = terms_[1];
    const auto is_index = [this](const RegisterTerm& term) {
      const RegisterKind kind = row(term).kind;
      return term.factor != 1 || kind == RegisterKind::kVector || kind == RegisterKind::kNull;
    };
    const bool swapped = is_index(base) || (base.scaled && !is_index(index) && !index.scaled);
    if (swapped && !is_index(index)) std::swap(base, index);
    // The stack pointer cannot be an index: as one of two that are only added it becomes the base.
    if (is_stack_pointer(row(index)) && index.factor == 1 && !is_index(base))
      std::swap(base, index);
    // Addresses of 16 bits have bx or bp for their base, si or di for their index.
    if (row(base).bits == 16 && row(base).number >= 6 && row(index).number < 6)
      std::swap(base, index);
    if (base.factor != 1) {
      merge();
      if (terms_.size() == 1) return one(terms_[0], out);
      return refuse(base.where, "only one register of an address can be multiplied");
    }
    return is_index_factor(index) && set_base(base, out) && set_index(index, out);
  }

  bool set_base(const RegisterTerm& term, X86Address& out) {
    out.base = lower(term.name);
    return true;
  }
  bool set_index(const RegisterTerm& term, X86Address& out) {
    if (is_stack_pointer(row(term)))
      return refuse(term.where, fmt::format("'{}' cannot be multiplied in an address, nor stand "
                                            "twice",
                                            term.name));
    if (row(term).bits == 16 && term.factor != 1)
      return refuse(term.where, "a 16-bit address has no factors");
    out.index = lower(term.name);
    out.scale = static_cast<unsigned>(term.factor);
    return true;
  }

  std::vector<RegisterTerm> terms_;
  const Target& target_;
  Reporter& reporter_;
};

class OperandParser {
 public:
  OperandParser(Cursor& cursor, const Names& names, const Target& target, Reporter& reporter)
      : cursor_(cursor), names_(names), target_(target), reporter_(reporter) {}

  std::optional<X86Operand> parse() {
    const std::size_t first = cursor_.position();
    out_.where = cursor_.span(first, first + cursor_.rest().size());
    while (prefix_word()) {
    }
    if (cursor_.at_end()) return fail(cursor_.here(), "an operand is missing here");
    if (cursor_.peek()->is("{")) return rounding();
    const bool done = lone_register() || expression();
    if (!done || !decorations() || !finished()) return std::nullopt;
    return std::move(out_);
  }

 private:
  std::optional<X86Operand> fail(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return std::nullopt;
  }
  bool refuse(Span where, std::string message) {
    reporter_.error(where, std::move(message));
    return false;
  }

  /// Sizes and distances, in nasm's way or with `ptr`.
  bool prefix_word() {
    const Token* token = cursor_.peek();
    if (token == nullptr || token->kind != TokenKind::kName || token->text.size() > 7) return false;
    const std::string word = lower(token->text);
    const Token* behind = cursor_.peek(1);
    if (word == "ptr" && (out_.size != 0 || out_.distance != Distance::kAny)) {
      pointer_ = true;
    } else if (const unsigned bits = x86_size_of_word(word); bits != 0 && out_.size == 0) {
      out_.size = bits;
    } else if (word == "short") {
      out_.distance = Distance::kShort;
    } else if (word == "near") {
      out_.distance = Distance::kNear;
    } else if (word == "far") {
      out_.distance = Distance::kFar;
    } else if (word == "to" && behind != nullptr && names_.is_register(behind->text)) {
      out_.to = true;
    } else if (word != "strict") {
      return false;
    }
    cursor_.next();
    return true;
  }

  /// A register that is the operand, not part of an address.
  bool lone_register() {
    const Token* token = cursor_.peek();
    if (token->kind != TokenKind::kName) return false;
    const std::string word = lower(token->text);
    const X86Register row = x86_register(word, target_.isa == object::Isa::kX86_64);
    const Token* behind = cursor_.peek(1);
    if (!row) return false;
    if (row.kind == RegisterKind::kX87 && word == "st" && behind != nullptr && behind->is("("))
      return numbered_x87(row);
    if (row.kind == RegisterKind::kSegment && behind != nullptr && behind->is(":")) {
      segment_ = word;
      cursor_.next();
      cursor_.next();
      pointer_ = true;
      return false;
    }
    if (behind != nullptr && !behind->is("{")) return false;
    if (out_.size != 0 && row.bits != 0 && out_.size != row.bits)
      return refuse(out_.where, fmt::format("'{}' has {} bits, not {}", word, row.bits, out_.size));
    set_register(word, row);
    cursor_.next();
    return true;
  }

  void set_register(std::string name, X86Register row) {
    out_.kind = X86Kind::kRegister;
    out_.reg = row;
    out_.name = std::move(name);
  }

  bool numbered_x87(X86Register row) {
    cursor_.next();
    cursor_.next();
    const Span where = cursor_.here();
    const auto number = parse_number(cursor_, names_, reporter_);
    if (!number) return false;
    if (*number < 0 || *number > 7 || !cursor_.take(")"))
      return refuse(where, "st(0) to st(7) are possible");
    row.number = static_cast<std::uint8_t>(*number);
    set_register(fmt::format("st{}", row.number), row);
    return true;
  }

  bool expression() {
    if (reporter_errors_ != reporter_.errors() || out_.kind == X86Kind::kRegister) return false;
    const Span where = cursor_.here();
    auto value = parse_expression(cursor_, names_, reporter_, true);
    if (!value) return false;
    if (cursor_.take(":")) return far_pointer(std::move(*value));
    const bool memory = value->brackets || pointer_;
    if (!memory && !value->registers.empty())
      return refuse(value->registers[0].where,
                    fmt::format("'{}' in an expression: an address stands in brackets",
                                value->registers[0].name));
    out_.kind = memory ? X86Kind::kMemory : X86Kind::kImmediate;
    out_.bare = !memory && value->symbol && !value->minus && !value->address;
    out_.value = std::move(*value);
    return !memory || address(where);
  }

  bool address(Span where) {
    const Value& value = out_.value;
    if (!AddressMaker(value, target_, reporter_).make(out_.address)) return false;
    X86Address& address = out_.address;
    address.segment = lower(value.segment.empty() ? segment_ : value.segment);
    if (address.base == "rip" || address.base == "eip") {
      if (address.base == "eip") return refuse(where, "write rip: addresses have 64 bits");
      address.relative = true;
    }
    if (value.relative && !relative(where)) return false;
    const bool place = value.symbol && !value.minus && address.base.empty() &&
                       address.index.empty() && address.segment.empty();
    if (names_.relative && place && !value.absolute && !relative(where)) return false;
    if (!value.segment.empty() || !segment_.empty()) {
      if (x86_register(address.segment, true).kind != RegisterKind::kSegment)
        return refuse(where, fmt::format("'{}' is no segment register", address.segment));
    }
    if (value.minus && address.relative)
      return refuse(value.minus->where, "a difference is a number, not a place: leave rip out");
    return fits(where);
  }

  bool relative(Span where) {
    X86Address& address = out_.address;
    if (target_.isa != object::Isa::kX86_64)
      return refuse(where, fmt::format("'rel' does not exist on {}", target_.arch));
    if (!out_.value.symbol || !address.base.empty() || !address.index.empty())
      return refuse(where, "'rel' needs a symbol, and no register: [rel NAME]");
    address.relative = true;
    address.base = "rip";
    return true;
  }

  /// Displacements have 32 bits with a sign; where addresses have 32 bits, these may have none.
  bool fits(Span where) {
    const X86Address& address = out_.address;
    const bool wide = target_.isa == object::Isa::kX86_64;
    const auto row = x86_register(address.base.empty() ? address.index : address.base, wide);
    if (row.bits == 16) return fits_16(where);
    const bool unsigned_too = row ? row.bits == 32 && row.kind == RegisterKind::kGeneral : !wide;
    const Integer one = 1;
    const Integer low = -(one << 31);
    const Integer high = (one << (unsigned_too ? 32 : 31)) - 1;
    // Of 64 bits without a sign, what has all high bits set is the same place.
    Integer& number = out_.value.number;
    if (wide && !unsigned_too && number >= (one << 64) - (one << 31)) number -= one << 64;
    const bool moffs = wide && !row && !out_.value.symbol;
    if ((number >= low && number <= high) || moffs) return true;
    return refuse(where, fmt::format("{} does not fit the 32 bits that an address can state ({} to "
                                     "{})",
                                     to_text(number), to_text(low), to_text(high)));
  }

  /// Addresses of 16 bits have displacements of 16 bits, with a sign or without.
  bool fits_16(Span where) {
    const Integer number = out_.value.number;
    if (out_.value.symbol && !out_.value.minus)
      return refuse(where, "an address does not fit the 16 bits that this one has");
    if (number >= INT16_MIN && number <= UINT16_MAX) return true;
    return refuse(where, fmt::format("{} does not fit the 16 bits that this address can state "
                                     "({} to {})",
                                     to_text(number), INT16_MIN, UINT16_MAX));
  }

  bool far_pointer(Value selector) {
    auto offset = parse_expression(cursor_, names_, reporter_, true);
    if (!offset) return false;
    if (!selector.is_number() || !offset->registers.empty() || offset->brackets)
      return refuse(out_.where, "a far address is written SELECTOR:OFFSET, two numbers");
    out_.kind = X86Kind::kFarPointer;
    out_.selector = std::move(selector);
    out_.value = std::move(*offset);
    return true;
  }

  /// {sae}, {rn-sae} as an operand of its own.
  std::optional<X86Operand> rounding() {
    out_.kind = X86Kind::kRounding;
    if (!decorations() || !finished()) return std::nullopt;
    out_.name = std::move(out_.decorations);
    return std::move(out_);
  }

  bool decorations() {
    while (cursor_.take("{")) {
      out_.decorations += '{';
      for (const Token* token = cursor_.next();; token = cursor_.next()) {
        if (token == nullptr) return refuse(cursor_.here(), "'{' without '}'");
        const bool word = token->kind == TokenKind::kName || token->kind == TokenKind::kNumber ||
                          token->is("-") || token->is("}");
        if (!word) return refuse(cursor_.span(*token), "'{' without '}'");
        out_.decorations += lower(token->text);
        if (token->is("}")) break;
      }
    }
    return true;
  }

  bool finished() {
    if (cursor_.at_end()) return true;
    return refuse(cursor_.here(),
                  fmt::format("an operator or the end of the operand is expected here, not {}",
                              quote(as_bytes(cursor_.peek()->text), 64)));
  }

  Cursor& cursor_;
  const Names& names_;
  const Target& target_;
  Reporter& reporter_;
  std::size_t reporter_errors_ = reporter_.errors();
  X86Operand out_;
  bool pointer_ = false;  ///< `ptr`, or a segment in front: memory without brackets
  std::string segment_;
};

}  // namespace

std::optional<X86Operand> parse_x86_operand(Cursor& cursor, const Names& names,
                                            const Target& target, Reporter& reporter) {
  auto operand = OperandParser(cursor, names, target, reporter).parse();
  if (operand && operand->is_register() && operand->reg.bits != 0) {
    operand->size = operand->reg.bits;
  }
  return operand;
}

std::string_view x86_size_word(unsigned bits) {
  const auto found = std::find_if(kSizes.begin(), kSizes.end(),
                                  [bits](const SizeWord& one) { return one.bits == bits; });
  return found == kSizes.end() ? "" : found->word;
}

unsigned x86_size_of_word(std::string_view word) {
  const auto found = std::find_if(kSizes.begin(), kSizes.end(),
                                  [word](const SizeWord& one) { return one.word == word; });
  return found == kSizes.end() ? 0 : found->bits;
}

}  // namespace cmos::assembler
