#include "assembler/readback.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "assembler/directives.h"
#include "assembler/readback_operands.h"
#include "base/text.h"
#include "disasm/operands.h"

namespace cmos::assembler {
namespace {

class Reader {
 public:
  Reader(const object::Object& code, const EncoderInput& input, const Program& program, bool exact,
         const Sources& sources, Reporter& reporter)
      : code_(code),
        input_(input),
        program_(program),
        exact_(exact),
        sources_(sources),
        reporter_(reporter) {}

  Result<Readback> read() {
    find_text();
    if (text_ == nullptr) return Readback::kAgrees;
    CMOS_TRY(auto plain, disasm::OperandReader::open(program_.target->arch, false));
    readers_.push_back(std::move(plain));
    if (program_.target->isa == object::Isa::kArm) {
      CMOS_TRY(auto thumb, disasm::OperandReader::open(program_.target->arch, true));
      readers_.push_back(std::move(thumb));
    }
    read_labels();
    read_.resize(input_.expectations.size());
    std::size_t next = 0;  // in the expectations
    for (std::uint32_t i = 0; i < program_.code.size() && (good_ || exact_); ++i) {
      const CodeItem& item = program_.code[i];
      arrive(i, item);
      if (item.kind != CodeKind::kStatement) continue;
      while (next < input_.expectations.size() && input_.expectations[next].item < i) ++next;
      const bool known = next < input_.expectations.size() && input_.expectations[next].item == i;
      instruction(item, known ? &input_.expectations[next] : nullptr);
    }
    for (const Pending& one : pending_) {
      if (good_ || exact_) target(one);
    }
    return good_ ? Readback::kAgrees : exact_ ? Readback::kDiffers : Readback::kUnplaced;
  }

 private:
  static constexpr std::uint32_t kLost = UINT32_MAX;

  /// Where an instruction was read that agrees with its expectation.
  struct Extent {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };

  /// A branch whose target is compared when all labels are known.
  struct Pending {
    const Expectation* expectation;
    const ExpectedOperand* operand;
    std::int64_t found;
    std::string text;
    std::int64_t here;  ///< where the branch stands
  };

  void find_text() {
    for (const object::Section& section : code_.sections) {
      if (section.loaded() && section.size != 0) {
        text_ = &section;
        return;
      }
    }
  }

  static std::optional<std::uint32_t> number_behind(std::string_view name,
                                                    std::string_view prefix) {
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return value;
  }

  void read_labels() {
    item_at_.assign(program_.code.size() + 1, kLost);
    symbol_at_.assign(program_.symbols.size(), kLost);
    label_at_.assign(program_.local_labels.size(), kLost);
    const auto set = [](std::vector<std::uint32_t>& table, std::uint32_t index,
                        std::uint64_t value) {
      if (index < table.size()) table[index] = static_cast<std::uint32_t>(value);
    };
    for (const object::Symbol& symbol : code_.symbols) {
      if (symbol.place != object::Place::kSection || !symbol.name.starts_with("__cbt_")) continue;
      if (const auto item = number_behind(symbol.name, "__cbt_l_")) {
        set(item_at_, *item, symbol.value);
      } else if (const auto label = number_behind(symbol.name, "__cbt_d_")) {
        set(label_at_, *label, symbol.value);
      } else if (const auto own = number_behind(symbol.name, "__cbt_")) {
        set(symbol_at_, *own, symbol.value);
      }
    }
  }

  /// Moves to a label, or notes where one lies.
  void arrive(std::uint32_t index, const CodeItem& item) {
    std::uint32_t known = kLost;
    if (item.kind == CodeKind::kFunction) known = symbol_at_[item.index];
    if (item.kind == CodeKind::kLocalLabel) known = label_at_[item.index];
    if (item.kind == CodeKind::kStatement) known = item_at_[index];
    if (known != kLost) {
      if (at_ != kLost && at_ != known && program_.target->is_x86()) differ(previous_);
      at_ = known;
    } else if (item.kind == CodeKind::kLocalLabel) {
      label_at_[item.index] = at_;
    }
  }

  /// In the lax reading it is enough to know that something is wrong.
  void differ(const Expectation* expectation, std::string_view what = "another length") {
    good_ = false;
    if (!exact_ || expectation == nullptr) return;
    const CodeItem& item = program_.code[expectation->item];
    const Line& line = program_.lines[item.line];
    const Token& first = line.tokens[item.first_token];
    const Span where = line.from(first);
    const std::string_view written = sources_.line(where).substr(where.begin, where.length);
    reporter_.error(where, fmt::format("the encoder made something else of this: written '{}', "
                                       "read back '{}'",
                                       written, what));
  }

  bool is_lone_prefix(const CodeItem& item) const {
    const Line& line = program_.lines[item.line];
    return program_.target->is_x86() && line.tokens.size() == item.first_token + 1u &&
           is_x86_prefix(lower(line.tokens[item.first_token].text));
  }

  void instruction(const CodeItem& item, const Expectation* expectation) {
    if (expectation == nullptr || item.directive != nullptr || is_lone_prefix(item)) {
      at_ = kLost;
      return;
    }
    previous_ = expectation;
    if (at_ == kLost || at_ >= text_->bytes.size() || same_as_before(*expectation)) return;
    const std::uint32_t start = at_;
    const std::string mnemonic = mnemonic_of(item);
    disasm::OperandReader& reader = readers_[item.thumb && readers_.size() > 1 ? 1 : 0];
    // x87 instructions that wait first are two.
    if (program_.target->is_x86() && text_->bytes[at_] == 0x9b && mnemonic != "wait" &&
        mnemonic != "fwait")
      ++at_;
    if (!reader.read(text_->bytes.subspan(at_), at_, found_)) {
      at_ = kLost;
      return;
    }
    const std::uint32_t end = at_ + found_.size;
    compare(item, mnemonic, *expectation, reader);
    if (good_)
      read_[static_cast<std::size_t>(expectation - input_.expectations.data())] = {start,
                                                                                   end - start};
    at_ = end;
  }

  /// The first word that is no prefix.
  std::string mnemonic_of(const CodeItem& item) const {
    const std::vector<Token>& tokens = program_.lines[item.line].tokens;
    std::size_t at = item.first_token;
    std::string word = lower(tokens[at].text);
    while (program_.target->is_x86() && is_x86_prefix(word) && at + 1 < tokens.size())
      word = lower(tokens[++at].text);
    return word;
  }

  /// The same bytes for the same statement need not be read a second time.
  bool same_as_before(const Expectation& expectation) {
    if (expectation.like == kNoEntry) return false;
    const Extent& first = read_[expectation.like];
    if (first.size == 0 || first.size > text_->bytes.size() - at_) return false;
    const auto* bytes = text_->bytes.data();
    if (!std::equal(bytes + first.at, bytes + first.at + first.size, bytes + at_)) return false;
    at_ += first.size;
    return true;
  }

  void compare(const CodeItem& item, const std::string& mnemonic, const Expectation& expectation,
               const disasm::OperandReader& reader) {
    Expectation again;
    if (expectation.like != kNoEntry) {
      again = input_.expectations[expectation.like];
      again.item = expectation.item;
    }
    const Expectation& wanted = expectation.like == kNoEntry ? expectation : again;
    size(wanted, reader);
    if (program_.target->is_x86()) {
      x86(wanted, mnemonic, reader);
    } else {
      arm(item, program_.lines[item.line], wanted, reader);
    }
  }

  void size(const Expectation& expectation, const disasm::OperandReader& reader) {
    if (expectation.size == 0 || expectation.size == found_.size) return;
    good_ = false;
    if (!exact_) return;
    const CodeItem& item = program_.code[expectation.item];
    const Line& line = program_.lines[item.line];
    const Span where = line.span(line.tokens[item.first_token]);
    const bool is_short = program_.target->is_x86();
    std::string message =
        is_short ? "this jump cannot be short: its target is not within -128 to 127 "
                   "bytes, or in another file"
                 : fmt::format("this needs {} bytes, not {}", found_.size, expectation.size);
    if (!is_short) message += fmt::format(" ('{}')", reader.text());
    reporter_.error(where, std::move(message));
  }

  // ---- x86 -----------------------------------------------------------------------------------

  void x86(const Expectation& expectation, std::string_view mnemonic,
           const disasm::OperandReader& reader) {
    const bool either_order = mnemonic == "xchg" || mnemonic == "test" || mnemonic == "xadd";
    if (x86_matches(expectation, reader)) return;
    if (mnemonic == "xchg" && found_.list.empty() && changes_nothing(expectation)) return;
    if (either_order) {
      std::reverse(found_.list.begin(), found_.list.end());
      if (x86_matches(expectation, reader)) return;
    }
    differ(&expectation, reader.text());
  }

  /// `xchg rax, rax` is nop. On x86-64 `xchg eax, eax` is none: it clears the high half.
  bool changes_nothing(const Expectation& expectation) const {
    if (expectation.operands.size() != 2) return false;
    const X86Register& a = expectation.operands[0].reg;
    const X86Register& b = expectation.operands[1].reg;
    const bool wide = program_.target->isa == object::Isa::kX86_64;
    return a && a.kind == b.kind && a.bits == b.bits && a.number == b.number &&
           (a.bits != 32 || !wide);
  }

  bool x86_matches(const Expectation& expectation, const disasm::OperandReader& reader) {
    const OperandMatcher matcher(program_.target->isa == object::Isa::kX86_64, expectation, found_,
                                 text_->bytes.subspan(at_, found_.size));
    std::size_t from = 0;
    for (const ExpectedOperand& one : expectation.operands) {
      if (one.kind == ExpectedKind::kAny) continue;
      const std::size_t start = from;
      while (from < found_.list.size() && !same(matcher, one, found_.list[from])) ++from;
      if (from == found_.list.size()) {
        if (!matcher.may_be_missing(one)) return false;
        from = start;
        continue;
      }
      if (one.kind == ExpectedKind::kTarget && relocation() == nullptr)
        pending_.push_back({&expectation, &one, found_.list[from].number,
                            exact_ ? reader.text() : std::string(), at_});
      ++from;
    }
    return true;
  }

  bool same(const OperandMatcher& matcher, const ExpectedOperand& wanted,
            const disasm::Operand& found) const {
    if (!matcher.same_shape(wanted, found)) return false;
    if (wanted.kind == ExpectedKind::kRegister) return true;
    const bool relative =
        wanted.kind == ExpectedKind::kTarget || wanted.reg.kind == RegisterKind::kInstruction;
    if (!wanted.place && !wanted.minus && wanted.kind != ExpectedKind::kTarget)
      return matcher.same_number(wanted, found, wanted.number);
    if (wanted.minus) {
      const auto high = offset(wanted.place);
      const auto low = offset(wanted.minus);
      return !high || !low || matcher.same_number(wanted, found, *high - *low + wanted.number);
    }
    const object::Relocation* relocation = this->relocation();
    if (relocation == nullptr) return relative;  // a target is compared later
    return refers(*relocation, wanted, relative);
  }

  /// The relocation inside the instruction that is being read.
  const object::Relocation* relocation() const {
    const auto all = code_.relocations_of(*text_);
    const auto one = std::lower_bound(all.begin(), all.end(), at_,
                                      [](const object::Relocation& relocation, std::uint32_t at) {
                                        return relocation.offset < at;
                                      });
    return one != all.end() && one->offset < at_ + found_.size ? &*one : nullptr;
  }

  bool refers(const object::Relocation& relocation, const ExpectedOperand& wanted,
              bool relative) const {
    std::int64_t addend = relocation.addend;
    if (relative) addend += at_ + found_.size - relocation.offset;
    if (relocation.symbol == object::kNoIndex) return !wanted.place && addend == wanted.number;
    const object::Symbol& symbol = code_.symbols[relocation.symbol];
    auto own = number_behind(symbol.name, "__cbt_x_");
    if (!own) own = number_behind(symbol.name, "__cbt_");
    if (own)
      return wanted.place.kind == Place::Kind::kSymbol && *own == wanted.place.index &&
             addend == wanted.number;
    const auto place = offset(wanted.place);
    return !place || addend + static_cast<std::int64_t>(symbol.value) == *place + wanted.number;
  }

  std::optional<std::int64_t> offset(const Place& place) const {
    std::uint32_t at = kLost;
    switch (place.kind) {
      case Place::Kind::kSymbol:
        at = symbol_at_[place.index];
        break;
      case Place::Kind::kLabel:
        at = label_at_[place.index];
        break;
      case Place::Kind::kCodeStart:
        at = 0;
        break;
      case Place::Kind::kHere:
        at = at_;
        break;
      case Place::Kind::kNone:
        break;
    }
    if (at == kLost) return std::nullopt;
    return at;
  }

  void target(const Pending& one) {
    const bool here = one.operand->place.kind == Place::Kind::kHere;
    const auto place = here ? std::optional(one.here) : offset(one.operand->place);
    if (!place || *place + one.operand->number == one.found) return;
    differ(one.expectation, one.text);
  }

  // ---- ARM -----------------------------------------------------------------------------------

  void arm(const CodeItem& item, const Line& line, const Expectation& expectation,
           const disasm::OperandReader& reader) {
    const auto tokens = std::span(line.tokens).subspan(item.first_token + 1);
    const std::string mnemonic = lower(line.tokens[item.first_token].text);
    const std::string text = reader.text();
    if (!arm_registers_match(*program_.target, mnemonic, tokens, found_) ||
        !arm_offset_matches(tokens, found_) ||
        !arm_numbers_match(*program_.target, mnemonic, expectation, text))
      return differ(&expectation, text);
    for (const ExpectedOperand& one : expectation.operands) {
      if (one.kind == ExpectedKind::kTarget) arm_target(expectation, one, text);
    }
  }

  /// A branch leads to its place, or its relocation is about it.
  void arm_target(const Expectation& expectation, const ExpectedOperand& wanted,
                  const std::string& text) {
    if (const object::Relocation* relocation = this->relocation()) {
      if (relocation->symbol == object::kNoIndex) return;
      const std::string_view name = code_.symbols[relocation->symbol].name;
      auto own = number_behind(name, "__cbt_x_");
      if (!own) own = number_behind(name, "__cbt_");
      if (own && (wanted.place.kind != Place::Kind::kSymbol || *own != wanted.place.index))
        differ(&expectation, text);
      return;
    }
    const auto number = std::find_if(
        found_.list.rbegin(), found_.list.rend(),
        [](const disasm::Operand& one) { return one.kind == disasm::Operand::Kind::kImmediate; });
    if (number == found_.list.rend()) return differ(&expectation, text);
    pending_.push_back({&expectation, &wanted, number->number, exact_ ? text : std::string(), at_});
  }

  const object::Object& code_;
  const EncoderInput& input_;
  const Program& program_;
  bool exact_;
  const Sources& sources_;
  Reporter& reporter_;
  std::vector<disasm::OperandReader> readers_;
  const object::Section* text_ = nullptr;
  std::vector<std::uint32_t> item_at_;
  std::vector<std::uint32_t> symbol_at_;
  std::vector<std::uint32_t> label_at_;
  std::vector<Pending> pending_;
  std::vector<Extent> read_;  ///< by expectation
  const Expectation* previous_ = nullptr;
  std::uint32_t at_ = 0;
  disasm::Operands found_;
  bool good_ = true;
};

}  // namespace

Result<Readback> read_back(const object::Object& code, const EncoderInput& input,
                           const Program& program, bool exact, const Sources& sources,
                           Reporter& reporter) {
  return Reader(code, input, program, exact, sources, reporter).read();
}

}  // namespace cmos::assembler
