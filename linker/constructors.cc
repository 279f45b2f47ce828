#include "linker/constructors.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace cmos::linker {
namespace {

std::uint32_t word_of(const object::Object& object) {
  return object.isa == object::Isa::kX86_64 || object.isa == object::Isa::kArm64 ? 8 : 4;
}

/// Whether each relocated field lies within one word: what does not is no array of addresses.
bool fields_in_words(const object::Object& object, const object::Section& section,
                     std::uint32_t word) {
  const auto relocations = object.relocations_of(section);
  return std::all_of(relocations.begin(), relocations.end(), [word](const auto& one) {
    return one.offset % word + object::info(one.type).size <= word;
  });
}

bool is_old_array(const object::Object& object, const object::Section& section,
                  std::uint32_t word) {
  const std::string_view name = section.name;
  const bool named = name == ".ctors" || name == ".dtors" || name.starts_with(".ctors.") ||
                     name.starts_with(".dtors.");
  return named && section.loaded() && section.size > word && section.size % word == 0 &&
         section.bytes.size() == section.size && fields_in_words(object, section, word);
}

void reverse(object::Object& object, std::uint32_t index, std::uint32_t word) {
  object::Section& section = object.sections[index];
  std::vector<std::uint8_t> turned(section.size);
  for (std::uint32_t at = 0; at < section.size; at += word)
    std::copy_n(section.bytes.begin() + at, word, turned.begin() + (section.size - word - at));
  section.bytes = object.storage.keep(std::move(turned));
  const auto first = object.relocations.begin() + section.first_relocation;
  const auto last = first + section.relocation_count;
  const auto mirror = [&](std::uint64_t at) {
    return section.size - word - at / word * word + at % word;
  };
  for (auto one = first; one != last; ++one)
    one->offset = static_cast<std::uint32_t>(mirror(one->offset));
  std::reverse(first, last);
  for (object::Symbol& one : object.symbols) {
    if (one.place == object::Place::kSection && one.section == index &&
        one.kind != object::SymbolKind::kSection && one.value < section.size)
      one.value = mirror(one.value);
  }
}

}  // namespace

void reverse_constructors(object::Object& object) {
  const std::uint32_t word = word_of(object);
  for (std::uint32_t i = 0; i < object.sections.size(); ++i) {
    if (is_old_array(object, object.sections[i], word)) reverse(object, i, word);
  }
}

}  // namespace cmos::linker
