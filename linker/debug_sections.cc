#include "linker/debug_sections.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "formats/elf/unpack.h"

namespace cmos::linker {
namespace {

using object::SectionKind;

/// Far more than a program that fits into CalamOS' memory needs.
constexpr std::uint64_t kMostUnpacked = std::uint64_t{1} << 30;

bool is_debug(const object::Section& section) {
  return section.kind == SectionKind::kDebug && section.size != 0;
}

/// Sections of one name, one behind the other.
class DebugInputs {
 public:
  DebugInputs(const Linked& linked, std::vector<std::string>& warnings)
      : linked_(linked), warnings_(warnings) {
    for (std::uint32_t i = 0; i < linked.objects.size(); ++i) {
      offsets_.emplace_back(linked.objects[i].object.sections.size());
      if (!unpack_all(i)) continue;
      for (std::uint32_t s = 0; s < linked.objects[i].object.sections.size(); ++s) place(i, s);
    }
  }

  void add_to(debugmap::SideFile& out) const {
    for (const Joined& joined : joined_) {
      std::vector<std::uint8_t> bytes(joined.size);
      for (const auto& [object, section] : joined.parts) copy(object, section, bytes);
      const object::Section& first =
          linked_.objects[joined.parts.front().first].object.sections[joined.parts.front().second];
      const std::uint64_t flags =
          (first.merge ? SHF_MERGE : 0u) | (first.strings ? SHF_STRINGS : 0u);
      out.debug.push_back({.name = std::string(first.name),
                           .bytes = out.storage.keep(std::move(bytes)),
                           .flags = flags,
                           .entry_size = first.entry_size,
                           .alignment = joined.alignment});
    }
  }

 private:
  struct Joined {
    std::uint64_t size = 0;
    std::uint64_t alignment = 1;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> parts;  ///< object, section
  };

  /// False, with a warning, when a part of it is not to be had: the rest would be misread.
  bool unpack_all(std::uint32_t index) {
    const object::Object& from = linked_.objects[index].object;
    for (std::uint32_t s = 0; s < from.sections.size(); ++s) {
      const object::Section& section = from.sections[s];
      if (!is_debug(section) || section.packing == object::Packing::kNone) continue;
      auto bytes = section.size > kMostUnpacked - unpacked_size_
                       ? Result<std::vector<std::uint8_t>>(too_much(section))
                       : elf::unpack(section);
      if (bytes) {
        unpacked_size_ += section.size;
        unpacked_[{index, s}] = std::move(*bytes);
        continue;
      }
      Error error = std::move(bytes).error();
      error.file = from.file;
      error.field = fmt::format("section {}", section.name);
      warnings_.push_back(fmt::format("{}; the program has no source lines of it", error.text()));
      return false;
    }
    return true;
  }

  static tl::unexpected<Error> too_much(const object::Section& section) {
    return fail(Error{.code = ErrorCode::kLimit,
                      .offset = section.file_offset,
                      .found = fmt::format("{} bytes unpacked", section.size),
                      .expected = fmt::format("at most {} of all objects", kMostUnpacked)});
  }

  Bytes bytes_of(std::uint32_t object, std::uint32_t index) const {
    const auto found = unpacked_.find({object, index});
    return found != unpacked_.end() ? Bytes(found->second)
                                    : linked_.objects[object].object.sections[index].bytes;
  }

  void place(std::uint32_t object, std::uint32_t index) {
    const object::Section& section = linked_.objects[object].object.sections[index];
    if (!is_debug(section)) return;
    const auto [known, is_new] = by_name_.try_emplace(section.name, joined_.size());
    if (is_new) joined_.emplace_back();
    Joined& joined = joined_[known->second];
    const std::uint64_t unit = section.alignment;
    joined.size = (joined.size + unit - 1) / unit * unit;
    joined.alignment = std::max(joined.alignment, unit);
    joined.parts.emplace_back(object, index);
    offsets_[object][index] = joined.size;
    joined.size += section.size;
  }

  void copy(std::uint32_t object, std::uint32_t index, std::span<std::uint8_t> out) const {
    const object::Object& from = linked_.objects[object].object;
    const object::Section& section = from.sections[index];
    const auto part = out.subspan(offsets_[object][index], section.size);
    const Bytes bytes = bytes_of(object, index);
    std::copy(bytes.begin(), bytes.end(), part.begin());
    for (object::Relocation relocation : from.relocations_of(section)) {
      if (section.packed_addends)
        relocation.addend =
            object::read_addend(relocation.type, bytes.subspan(relocation.offset)).value_or(0);
      const std::int64_t value = value_of(object, section, relocation);
      // What does not fit stays as it is: a debugger can live with it, and the program does not
      // depend on it.
      object::write_field(relocation.type, part.subspan(relocation.offset), value);
    }
  }

  std::int64_t value_of(std::uint32_t object, const object::Section& section,
                        const object::Relocation& relocation) const {
    object::Inputs inputs{.addend = relocation.addend, .place = relocation.offset};
    const object::Object& from = linked_.objects[object].object;
    const object::Symbol* symbol =
        relocation.symbol == kNoIndex ? nullptr : &from.symbols[relocation.symbol];
    if (symbol != nullptr && symbol->place == object::Place::kSection &&
        is_debug(from.sections[symbol->section])) {
      inputs.symbol = offsets_[object][symbol->section] + symbol->value;
      return object::evaluate(relocation.type, linked_.isa, inputs);
    }
    const Target target = linked_.target_of(object, relocation);
    if (symbol != nullptr && target.status != Target::Status::kDefined) {
      const bool list = section.name == ".debug_ranges" || section.name == ".debug_loc";
      return list ? 1 : 0;
    }
    inputs.symbol = target.address;
    inputs.addend = target.addend;
    return object::evaluate(relocation.type, linked_.isa, inputs);
  }

  const Linked& linked_;
  std::vector<std::string>& warnings_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint8_t>> unpacked_;
  std::uint64_t unpacked_size_ = 0;
  std::vector<std::vector<std::uint64_t>> offsets_;  ///< of debug sections, by object and section
  std::vector<Joined> joined_;
  std::map<std::string_view, std::size_t> by_name_;
};

}  // namespace

void add_debug_sections(const Linked& linked, debugmap::SideFile& out,
                        std::vector<std::string>& warnings) {
  DebugInputs(linked, warnings).add_to(out);
}

}  // namespace cmos::linker
