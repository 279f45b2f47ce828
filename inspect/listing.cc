#include "inspect/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/checked.h"
#include "inspect/operands.h"
#include "inspect/states.h"

namespace cmos::inspect {
namespace {

using object::Isa;

/// The walk through one section.
class SectionWalk {
 public:
  SectionWalk(const Description& image, const ObjdumpOptions& options, const Labels& labels,
              const States& states, Listener& listener, std::size_t index)
      : image_(image),
        options_(options),
        labels_(labels.of(index)),
        listener_(listener),
        index_(index),
        section_(image.sections[index]),
        isa_(object::isa_of(options.arch_of(image))),
        changes_(states.of(index)) {}

  Result<void> walk() {
    if (options_.disassemble_symbols.empty())
      return stretch(section_.address, section_.address + section_.bytes.size());
    for (const std::uint64_t address : wanted()) {
      const auto label = std::lower_bound(
          labels_.begin(), labels_.end(), address,
          [](const Labels::Label& one, std::uint64_t at) { return one.address < at; });
      CMOS_TRY_VOID(stretch(address, end_of(*label)));
    }
    return {};
  }

 private:
  /// Places of the symbols that were asked for; every one has a label.
  std::set<std::uint64_t> wanted() const {
    std::set<std::uint64_t> out;
    for (const Symbol& one : image_.symbols) {
      if (is_label(one) && one.section == index_ && is_wanted(one, options_)) out.insert(one.value);
    }
    return out;
  }

  /// Where a symbol's code ends: as its size says, else at the next one.
  std::uint64_t end_of(const Labels::Label& label) const {
    if (label.symbol->size != 0)
      return checked_add(label.address, label.symbol->size).value_or(UINT64_MAX);
    const auto next = after(label.address);
    return next == labels_.end() ? section_.end() : next->address;
  }

  std::span<const Labels::Label>::iterator after(std::uint64_t at) const {
    return std::upper_bound(
        labels_.begin(), labels_.end(), at,
        [](std::uint64_t place, const Labels::Label& one) { return place < one.address; });
  }

  Result<void> stretch(std::uint64_t begin, std::uint64_t end) {
    begin = std::max(begin, options_.start_address.value_or(0));
    begin = std::max(begin, section_.address);
    end = std::min({end, options_.stop_address.value_or(UINT64_MAX),
                    section_.address + section_.bytes.size()});
    if (begin >= end) return {};
    if (!announced_) listener_.section(section_);
    announced_ = true;
    for (std::uint64_t at = begin; at < end;) {
      const auto following = after(at);
      const std::uint64_t next =
          following == labels_.end() ? end : std::min(end, following->address);
      say_label(at, following);
      CMOS_TRY_VOID(labelled(at, next));
      at = next;
    }
    return {};
  }

  void say_label(std::uint64_t at, std::span<const Labels::Label>::iterator following) {
    if (following == labels_.begin()) {
      const std::uint64_t away = at - section_.address;
      const std::string name = shown(section_.name);
      listener_.label(at, away == 0 ? name : fmt::format("{}+0x{:x}", name, away));
      return;
    }
    const Labels::Label& label = *std::prev(following);
    const std::string name = shown(label.symbol->name, options_.demangle);
    const std::uint64_t away = at - label.address;
    listener_.label(at, away == 0 ? name : fmt::format("{}+0x{:x}", name, away));
  }

  /// Bytes under one label, in stretches of one state.
  Result<void> labelled(std::uint64_t at, std::uint64_t end) {
    while (at < end) {
      const auto change = std::upper_bound(
          changes_.begin(), changes_.end(), at,
          [](std::uint64_t place, const Change& one) { return place < one.address; });
      const State state = change == changes_.begin() ? first_state() : std::prev(change)->state;
      const std::uint64_t next = change == changes_.end() ? end : std::min(end, change->address);
      if (state == State::kData) {
        data(at, next);
      } else {
        CMOS_TRY_VOID(code(at, next, state == State::kThumb));
      }
      at = next;
    }
    return {};
  }

  State first_state() const {
    return !changes_.empty() && changes_.front().state == State::kThumb ? State::kThumb
                                                                        : State::kCode;
  }

  Bytes bytes(std::uint64_t at, std::uint64_t end) const {
    return section_.bytes.subspan(at - section_.address, end - at);
  }

  std::span<const Relocation> relocations(std::uint64_t at, std::uint64_t end) const {
    const auto by_offset = [](const Relocation& one, std::uint64_t offset) {
      return one.offset < offset;
    };
    const auto& all = section_.relocations;
    const auto first = std::lower_bound(all.begin(), all.end(), at - section_.address, by_offset);
    const auto last = std::lower_bound(first, all.end(), end - section_.address, by_offset);
    return {first, last};
  }

  /// How many zeros from `at` on are not worth being listed, as binutils decide.
  std::uint64_t dull_zeros(std::uint64_t at, std::uint64_t end) const {
    constexpr std::uint64_t kManyZeros = 8;
    constexpr std::uint64_t kFewAtTheEnd = 3;
    if (options_.show_zeroes) return 0;
    const auto ahead = relocations(at, end);
    const bool relocated = !ahead.empty();
    const Bytes rest = bytes(at, relocated ? section_.address + ahead.front().offset : end);
    const auto other =
        std::find_if(rest.begin(), rest.end(), [](std::uint8_t b) { return b != 0; });
    const auto count = static_cast<std::uint64_t>(other - rest.begin());
    const bool all = count == rest.size() && !relocated;
    if (count < kManyZeros && !(all && count < kFewAtTheEnd)) return 0;
    return all ? count : count / 4 * 4;
  }

  void line(const disasm::Instruction& one, unsigned unit) {
    line(one, unit, target_of(one, options_.arch_of(image_)));
  }

  void line(const disasm::Instruction& one, unsigned unit, std::optional<OperandTarget> target) {
    const std::uint64_t end = one.address + one.size;
    Line out{one, unit, target, {}};
    if (options_.relocations) out.relocations = relocations(one.address, end);
    listener_.line(out);
  }

  void data(std::uint64_t at, std::uint64_t end) {
    while (at < end) {
      if (const std::uint64_t skip = dull_zeros(at, end); skip != 0) {
        listener_.zeros(at, skip);
        at += skip;
        continue;
      }
      const std::uint64_t left = end - at;
      const unsigned size = at % 4 == 0 && left >= 4 ? 4 : at % 2 == 0 && left >= 2 ? 2 : 1;
      disasm::Instruction one;
      one.address = at;
      one.size = size;
      const Bytes raw = bytes(at, at + size);
      one.bytes.assign(raw.begin(), raw.end());
      one.mnemonic = size == 4 ? ".word" : size == 2 ? ".short" : ".byte";
      one.operands = fmt::format("0x{:0{}x}", load(raw), 2 * size);
      line(one, size);
      at += size;
    }
  }

  /// Code that the format itself writes as text.
  void own_code(std::uint64_t at, std::uint64_t end) {
    while (at < end) {
      auto text = section_.code_text(at - section_.address);
      if (!text || text->size == 0 || text->size > end - at)
        text = {1, ".byte", fmt::format("0x{:02x}", bytes(at, at + 1)[0]), {}};
      disasm::Instruction one;
      one.address = at;
      one.size = static_cast<std::uint32_t>(text->size);
      one.mnemonic = text->mnemonic;
      one.operands = shown(text->operands);
      const Bytes raw = bytes(at, at + text->size);
      one.bytes.assign(raw.begin(), raw.end());
      line(one, 1, text->target ? std::optional(OperandTarget{*text->target, true}) : std::nullopt);
      at += text->size;
    }
  }

  Result<void> code(std::uint64_t at, std::uint64_t end, bool thumb) {
    if (section_.code_text && options_.arch.empty()) {
      own_code(at, end);
      return {};
    }
    auto& slot = disassemblers_[thumb ? 1 : 0];
    if (!slot) {
      CMOS_TRY(slot, disasm::Disassembler::open(options_.arch_of(image_), thumb, options_.syntax));
    }
    const unsigned unit = isa_ == Isa::kArm ? (thumb ? 2 : 4) : isa_ == Isa::kArm64 ? 4 : 1;
    while (at < end) {
      if (const std::uint64_t skip = dull_zeros(at, end); skip != 0) {
        listener_.zeros(at, skip);
        at += skip;
        continue;
      }
      at = piece(*slot, at, end, unit, thumb);
    }
    return {};
  }

  /// Some instructions; stops where a run of zeros begins. The next piece is larger while there are
  /// none, so that no byte is decoded often.
  std::uint64_t piece(const disasm::Disassembler& disassembler, std::uint64_t at, std::uint64_t end,
                      unsigned unit, bool thumb) {
    const std::uint64_t piece_end = end - at > piece_bytes_ ? at + piece_bytes_ : end;
    auto list = disassembler.decode_all(bytes(at, piece_end), at, SIZE_MAX);
    if (piece_end != end) drop_cut_tail(list, thumb);
    for (const disasm::Instruction& one : list) {
      if (one.bytes[0] == 0 && one.address != at && dull_zeros(one.address, end) != 0) {
        piece_bytes_ = kSmallPiece;
        return one.address;
      }
      line(one, unit);
    }
    piece_bytes_ = std::min(piece_bytes_ * 2, kLargePiece);
    return list.back().address + list.back().size;
  }

  /// The last instructions of a piece may have been cut by its end, and a Thumb IT block must not
  /// be: both are decoded again with the next piece.
  static void drop_cut_tail(std::vector<disasm::Instruction>& list, bool thumb) {
    constexpr std::size_t kLongestInstruction = 16;  // as lines of single bytes
    constexpr std::size_t kConditional = 4;
    if (list.size() <= kLongestInstruction + kConditional) return;
    list.resize(list.size() - kLongestInstruction);
    if (!thumb) return;
    for (std::size_t back = 1; back <= kConditional; ++back) {
      if (list[list.size() - back].mnemonic.starts_with("it")) {
        list.resize(list.size() - back);
        return;
      }
    }
  }

  static constexpr std::uint64_t kSmallPiece = 512;
  static constexpr std::uint64_t kLargePiece = 1 << 16;

  const Description& image_;
  const ObjdumpOptions& options_;
  std::span<const Labels::Label> labels_;
  Listener& listener_;
  std::size_t index_;
  const Section& section_;
  std::optional<Isa> isa_;
  std::span<const Change> changes_;
  bool announced_ = false;
  std::uint64_t piece_bytes_ = kSmallPiece;
  std::array<std::optional<disasm::Disassembler>, 2> disassemblers_;
};

}  // namespace

Result<void> walk_code(const Description& image, const ObjdumpOptions& options,
                       const Labels& labels, Listener& listener) {
  const States states(image);
  for (std::size_t i = 0; i < image.sections.size(); ++i) {
    const Section& section = image.sections[i];
    if (section.bytes.empty() || !options.wants(section)) continue;
    // binutils: a section that was asked for by name is shown whatever it holds.
    if (!section.code && !options.disassemble_all && options.sections.empty()) continue;
    CMOS_TRY_VOID(SectionWalk(image, options, labels, states, listener, i).walk());
  }
  return {};
}

}  // namespace cmos::inspect
