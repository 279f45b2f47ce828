#include "inspect/states.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "disasm/disasm.h"
#include "inspect/operands.h"

namespace cmos::inspect {
namespace {

/// Follows branches through one section of ARM code.
class Follower {
 public:
  explicit Follower(const Section& section) : section_(section) {}

  void start(std::uint64_t address, bool thumb) {
    if (section_.holds(address) && address - section_.address < section_.bytes.size())
      if (known_.try_emplace(address, thumb).second) open_.push_back(address);
  }

  std::vector<Change> follow() {
    // Enough for every byte in both states; a hostile file shall not ask for more.
    budget_ = 4 * section_.bytes.size() + 1024;
    while (!open_.empty() && budget_ > 0) {
      const std::uint64_t address = open_.back();
      open_.pop_back();
      run(address, known_.at(address));
    }
    std::vector<Change> out;
    for (const auto& [address, thumb] : known_)
      out.push_back({address, thumb ? State::kThumb : State::kCode});
    return out;
  }

 private:
  /// Instructions until one after which nothing goes on.
  void run(std::uint64_t at, bool thumb) {
    auto& slot = disassemblers_[thumb ? 1 : 0];
    if (!slot) {
      auto opened = disasm::Disassembler::open("_ARM", thumb);
      if (!opened) return;
      slot = std::move(*opened);
    }
    const std::uint64_t end = section_.address + section_.bytes.size();
    while (at < end && budget_ > 0) {
      const auto one = slot->decode(section_.bytes.subspan(at - section_.address), at);
      if (!one) return;
      budget_ -= std::min<std::uint64_t>(budget_, one->size);
      const auto target = target_of(*one, object::Isa::kArm);
      const bool exchanges = one->mnemonic == "blx";
      if (target && target->is_branch && !one->mnemonic.starts_with("adr"))
        start(target->address, thumb != exchanges);
      if (ends(*one)) return;
      at += one->size;
      if (known_.contains(at)) return;
    }
  }

  static bool ends(const disasm::Instruction& one) {
    if (one.mnemonic == "b" || one.mnemonic == "b.w" || one.mnemonic == "bx") return true;
    return one.mnemonic.starts_with("pop") && one.operands.find("pc") != std::string::npos;
  }

  const Section& section_;
  std::map<std::uint64_t, bool> known_;  ///< place -> in Thumb state
  std::vector<std::uint64_t> open_;
  std::uint64_t budget_ = 0;
  std::array<std::optional<disasm::Disassembler>, 2> disassemblers_;
};

std::vector<Change> followed(const Description& image, std::size_t index) {
  Follower follower(image.sections[index]);
  if (image.start) follower.start(*image.start, image.starts_in_thumb);
  for (const Symbol& symbol : image.symbols) {
    if (symbol.thumb && symbol.section == index) follower.start(symbol.value, true);
  }
  return follower.follow();
}

State state_of(const Symbol& mapping) {
  const char kind = mapping.name[1];
  return kind == 'd' ? State::kData : kind == 't' ? State::kThumb : State::kCode;
}

}  // namespace

States::States(const Description& image) : lists_(image.sections.size()) {
  std::vector<std::vector<Change>> functions(image.sections.size());
  for (const Symbol& symbol : image.symbols) {
    if (symbol.place != Place::kSection) continue;
    if (symbol.kind == SymbolKind::kMapping) {
      lists_[symbol.section].push_back({symbol.value, state_of(symbol)});
    } else if (symbol.kind == SymbolKind::kFunction || symbol.thumb) {
      functions[symbol.section].push_back(
          {symbol.value, symbol.thumb ? State::kThumb : State::kCode});
    }
  }
  const bool arm = object::isa_of(image.arch) == object::Isa::kArm;
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    if (lists_[i].empty()) {
      const bool follow = arm && image.untyped_symbols && image.sections[i].code;
      lists_[i] = follow ? followed(image, i) : std::move(functions[i]);
      // A stripped program.
      if (lists_[i].empty() && image.start && image.starts_in_thumb &&
          image.sections[i].holds(*image.start))
        lists_[i].push_back({*image.start, State::kThumb});
    }
    std::stable_sort(lists_[i].begin(), lists_[i].end(),
                     [](const Change& a, const Change& b) { return a.address < b.address; });
  }
}

}  // namespace cmos::inspect
