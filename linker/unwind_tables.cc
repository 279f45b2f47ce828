#include "linker/unwind_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/bytes.h"
#include "linker/layout_rules.h"

namespace cmos::linker {
namespace {

using object::Relocation;
using object::Section;
using object::SectionKind;

/// A table entry is a length, then that many bytes; these begin with 0 in an entry that others
/// share, else with the distance back to the one that they share.
constexpr std::uint32_t kLength = 4;
constexpr std::uint32_t kHead = 8;
constexpr std::uint32_t kLongForm = 0xffffffff;
/// Compilers write some 30 bytes. It is copied for each frame.
constexpr std::uint32_t kMostShared = 1024;
/// So many times its size a table may grow by that; those of compilers do not double.
constexpr std::uint64_t kMostGrowth = 8;

/// Takes the tables of one object.
class Taker {
 public:
  Taker(Context& context, InputObject& object) : context_(context), mine_(object) {}

  /// Each frame becomes a section of its own, with a copy of what it shares with others in front.
  void split_frames() {
    const std::size_t count = mine_.object.sections.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (mine_.object.sections[i].kind == SectionKind::kUnwind &&
          mine_.object.sections[i].name == kFrames)
        split(i);
    }
  }

  /// What the frames refer to.
  void place_details() {
    for (std::size_t i = 0; i < mine_.object.sections.size(); ++i) {
      Section& section = mine_.object.sections[i];
      if (section.kind == SectionKind::kUnwind && (is_or_below(section.name, ".gcc_except_table") ||
                                                   is_or_below(section.name, ".ARM.extab")))
        place(i);
    }
  }

  /// ARM's tables have one entry for each function, in the order of the code; code that has none
  /// gets one that says so, or a search would find its neighbour's.
  void place_arm_index() {
    std::unordered_set<std::uint32_t> described;
    const auto count = static_cast<std::uint32_t>(mine_.object.sections.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      Section& section = mine_.object.sections[i];
      if (section.kind != SectionKind::kUnwind || !is_or_below(section.name, kArmIndex) ||
          section.link_order == kNoIndex)
        continue;
      section.name = kArmIndex;
      if (is_placed(section.link_order)) place(i);
      described.insert(section.link_order);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const Section& section = mine_.object.sections[i];
      if (section.kind == SectionKind::kCode && section.size > 0 && is_placed(i) &&
          !described.contains(i))
        say_that_none_unwinds(i);
    }
  }

 private:
  static std::uint32_t word(const Section& section, std::uint32_t at) {
    return load<std::uint32_t>(section.bytes.data() + at);
  }
  bool is_placed(std::uint32_t section) const {
    return mine_.sections[section].fate == Fate::kPlaced;
  }
  void place(std::size_t section) {
    mine_.object.sections[section].kind = SectionKind::kConst;
    if (mine_.sections[section].fate == Fate::kNotLoaded)
      mine_.sections[section].fate = Fate::kPlaced;
  }

  void split(std::size_t index) {
    const Section section = mine_.object.sections[index];
    const auto size = static_cast<std::uint32_t>(section.bytes.size());
    const auto relocations = sorted_relocations(section);
    std::uint64_t room = kMostShared + size * kMostGrowth;
    for (std::uint32_t at = 0; at + kLength <= size;) {
      const std::uint32_t length = word(section, at);
      if (length == 0) return;  // the end of the table
      if (length == kLongForm || length < kLength || length > size - at - kLength)
        return refuse(section, at, "length of an entry", length,
                      fmt::format("4 to {}", size - at - kLength));
      const std::uint32_t back = word(section, at + kLength);
      if (back != 0) {
        if (back > at + kLength)
          return refuse(section, at + kLength, "distance to the shared entry", back,
                        fmt::format("at most {}", at + kLength));
        const std::uint32_t shared = at + kLength - back;
        const std::uint32_t most = std::min(kMostShared, size - shared - kLength);
        if (word(section, shared) > most)
          return refuse(section, shared, "length of the shared entry", word(section, shared),
                        fmt::format("at most {}", most));
        const std::uint64_t taken = word(section, shared) + std::uint64_t{length};
        if (taken > room)
          return refuse(section, shared, "length of the shared entry", word(section, shared),
                        "less: it is copied for each of many frames");
        room -= taken;
        add_frame(section, relocations, shared, at);
      }
      at += kLength + length;
    }
  }

  void refuse(const Section& section, std::uint32_t at, std::string_view field, std::uint32_t found,
              std::string expected) {
    context_.error({.code = ErrorCode::kMalformed,
                    .file = mine_.object.file,
                    .offset = section.file_offset + at,
                    .field = fmt::format("section {}, {}", section.name, field),
                    .found = fmt::format("{}", found),
                    .expected = std::move(expected)});
  }

  std::vector<Relocation> sorted_relocations(const Section& section) const {
    const auto found = mine_.object.relocations_of(section);
    std::vector<Relocation> out(found.begin(), found.end());
    std::ranges::stable_sort(out, {}, &Relocation::offset);
    return out;
  }
  static auto first_at(std::span<const Relocation> sorted, std::uint32_t offset) {
    return std::ranges::lower_bound(sorted, offset, {}, &Relocation::offset);
  }

  /// The section that a frame's first field points into; kNoIndex when it is not one of this
  /// object's, as for functions that another object provides.
  std::uint32_t described_by(std::span<const Relocation> relocations, std::uint32_t field) const {
    const auto found = first_at(relocations, field);
    if (found == relocations.end() || found->offset != field || found->symbol == kNoIndex)
      return kNoIndex;
    const object::Symbol& symbol = mine_.object.symbols[found->symbol];
    return symbol.place == object::Place::kSection ? symbol.section : kNoIndex;
  }

  void add_frame(const Section& section, std::span<const Relocation> relocations,
                 std::uint32_t shared, std::uint32_t frame) {
    const std::uint32_t code = described_by(relocations, frame + kHead);
    if (code == kNoIndex || !is_placed(code)) return;
    const std::uint32_t front = kLength + word(section, shared);
    const std::uint32_t back = kLength + word(section, frame);
    // Zeros at the end of a frame say nothing, and the next begins where a word may.
    constexpr std::uint32_t kAlignment = 8;
    const std::uint32_t size = (front + back + kAlignment - 1) / kAlignment * kAlignment;
    std::vector<std::uint8_t> bytes(size);
    std::copy_n(section.bytes.begin() + shared, front, bytes.begin());
    std::copy_n(section.bytes.begin() + frame, back, bytes.begin() + front);
    store(bytes.data() + front, size - front - kLength);
    store(bytes.data() + front + kLength, front + kLength);

    std::vector<Relocation> moved;
    take(relocations, shared, front, 0, moved);
    take(relocations, frame, back, front, moved);
    add_section({.name = kFrames,
                 .kind = SectionKind::kConst,
                 .alignment = kAlignment,
                 .size = size,
                 .bytes = mine_.object.storage.keep(std::move(bytes)),
                 .link_order = code,
                 .file_offset = section.file_offset + frame},
                moved);
  }

  /// Those of the `size` bytes at `from`, which lie at `to` now.
  static void take(std::span<const Relocation> relocations, std::uint32_t from, std::uint32_t size,
                   std::uint32_t to, std::vector<Relocation>& out) {
    for (auto one = first_at(relocations, from);
         one != relocations.end() && one->offset - from < size; ++one) {
      out.push_back(*one);
      out.back().offset = one->offset - from + to;
    }
  }

  void say_that_none_unwinds(std::uint32_t code) {
    constexpr std::uint32_t kCannotUnwind = 1;
    std::vector<std::uint8_t> bytes(2 * kLength);
    store(bytes.data() + kLength, kCannotUnwind);
    const auto symbol = static_cast<std::uint32_t>(mine_.object.symbols.size());
    mine_.object.symbols.push_back(
        {.section = code, .place = object::Place::kSection, .kind = object::SymbolKind::kSection});
    mine_.globals.push_back(kNoIndex);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    add_section({.name = kArmIndex,
                 .kind = SectionKind::kConst,
                 .alignment = kLength,
                 .size = size,
                 .bytes = mine_.object.storage.keep(std::move(bytes)),
                 .link_order = code},
                {{.symbol = symbol, .type = object::RelocationType::kArmPc31}});
  }

  void add_section(Section section, const std::vector<Relocation>& relocations) {
    section.first_relocation = static_cast<std::uint32_t>(mine_.object.relocations.size());
    section.relocation_count = static_cast<std::uint32_t>(relocations.size());
    const auto index = static_cast<std::uint32_t>(mine_.object.sections.size());
    for (const Relocation& one : relocations) {
      mine_.object.relocations.push_back(one);
      mine_.object.relocations.back().section = index;
    }
    mine_.object.sections.push_back(section);
    mine_.sections.push_back({.fate = Fate::kPlaced});
  }

  Context& context_;
  InputObject& mine_;
};

}  // namespace

void take_unwind_tables(Context& context) {
  const auto asked = [&context](std::string_view name) {
    const std::uint32_t index = context.names.find(name);
    return index != kNoIndex && !context.out.symbols[index].defined();
  };
  const bool frames = asked("__eh_frame_start");
  const bool index = context.out.isa == object::Isa::kArm && asked("__exidx_start");
  if (!frames && !index) return;
  for (InputObject& one : context.out.objects) {
    Taker taker(context, one);
    taker.place_details();
    if (frames) taker.split_frames();
    if (index) taker.place_arm_index();
  }
}

}  // namespace cmos::linker
