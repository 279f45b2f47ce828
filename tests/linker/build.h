// Small objects for tests, by hand, as CPO files in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/archive/archive.h"
#include "formats/cpo/cpo.h"
#include "linker/linker.h"

namespace cmos::linker::test {

using object::Binding;
using object::Place;
using object::RelocationType;
using object::SectionKind;

class Build {
 public:
  explicit Build(std::string_view arch = "8664") {
    object_.arch = arch;
    object_.isa = object::isa_of(arch);
  }

  /// A section with the bytes of `text`; its index.
  std::uint32_t section(std::string_view name, SectionKind kind, std::string_view text,
                        std::uint32_t alignment = 1) {
    object::Section one;
    one.name = name;
    one.kind = kind;
    one.bytes = as_bytes(object_.storage.keep_text(text));
    one.size = static_cast<std::uint32_t>(text.size());
    one.alignment = alignment;
    object_.sections.push_back(one);
    return static_cast<std::uint32_t>(object_.sections.size() - 1);
  }
  std::uint32_t code(std::string_view text = "\xc3", std::string_view name = ".text") {
    return section(name, SectionKind::kCode, text, 16);
  }
  std::uint32_t zeros(std::string_view name, std::uint32_t size, std::uint32_t alignment = 1) {
    const std::uint32_t index = section(name, SectionKind::kVar, "", alignment);
    object_.sections[index].size = size;
    return index;
  }
  object::Section& at(std::uint32_t section) { return object_.sections[section]; }

  std::uint32_t define(std::string_view name, std::uint32_t section, std::uint64_t value = 0,
                       Binding binding = Binding::kGlobal,
                       object::SymbolKind kind = object::SymbolKind::kFunction) {
    object::Symbol one;
    one.name = name;
    one.place = Place::kSection;
    one.section = section;
    one.value = value;
    one.binding = binding;
    one.kind = kind;
    return add(one);
  }
  std::uint32_t refer(std::string_view name, Binding binding = Binding::kGlobal,
                      std::string_view location = {}) {
    object::Symbol one;
    one.name = name;
    one.binding = binding;
    one.location = location;
    return add(one);
  }
  std::uint32_t common(std::string_view name, std::uint64_t size, std::uint32_t alignment = 4) {
    object::Symbol one;
    one.name = name;
    one.place = Place::kCommon;
    one.size = size;
    one.alignment = alignment;
    one.binding = Binding::kGlobal;
    one.kind = object::SymbolKind::kObject;
    return add(one);
  }
  std::uint32_t add(const object::Symbol& one) {
    object_.symbols.push_back(one);
    return static_cast<std::uint32_t>(object_.symbols.size() - 1);
  }
  void relocate(std::uint32_t section, std::uint32_t offset, RelocationType type,
                std::uint32_t symbol, std::int64_t addend = 0) {
    object_.relocations.push_back({section, offset, symbol, type, addend});
  }
  std::uint32_t group(std::string_view signature) {
    object_.groups.push_back({signature});
    return static_cast<std::uint32_t>(object_.groups.size() - 1);
  }

  std::vector<std::uint8_t> bytes() {
    object::index_relocations(object_);
    const auto file = cpo::from_object(object_);
    return cpo::write(file.value()).value();
  }

 private:
  object::Object object_;
};

/// An archive of such files, with an index unless told otherwise.
inline std::vector<std::uint8_t> archive_of(
    const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& members,
    bool with_index = true) {
  std::vector<archive::NewMember> list;
  std::vector<object::Object> keep;
  for (const auto& [name, bytes] : members) keep.push_back(cpo::read_object(bytes, name).value());
  for (std::size_t i = 0; i < members.size(); ++i)
    list.push_back({.name = members[i].first,
                    .bytes = members[i].second,
                    .symbols = object::exported_names(keep[i])});
  return archive::write(list, with_index).value();
}

struct Outcome {
  std::optional<Linked> linked;
  std::vector<std::string> errors;

  const Symbol* find(std::string_view name) const {
    for (const Symbol& one : linked->symbols) {
      if (one.name == name) return &one;
    }
    return nullptr;
  }
  std::uint64_t address(std::string_view name) const { return find(name)->address; }
  bool has_file(std::string_view name) const {
    for (const InputObject& one : linked->objects) {
      if (one.object.file == name) return true;
    }
    return false;
  }
  /// A little-endian number in the image.
  std::uint64_t number(std::uint64_t address, unsigned size) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
      value |= std::uint64_t{linked->image.at(address - 0x40'0000 + i)} << (8 * i);
    return value;
  }
};

inline Input file(std::string name) {
  return {Input::Kind::kFile, std::move(name)};
}

inline Outcome run(Options options, MemoryFiles& files) {
  Outcome out;
  auto linked = link(options, files);
  if (linked) {
    out.linked.emplace(std::move(*linked));
  } else {
    for (const Error& error : linked.error()) out.errors.push_back(error.text());
  }
  return out;
}

/// Objects cannot be copied, so that no initializer list can hold them.
template <class... Builds>
std::vector<Build> several(Builds&&... builds) {
  std::vector<Build> out;
  (out.push_back(std::move(builds)), ...);
  return out;
}

/// Links these objects, in order: "a.cpo", "b.cpo", …
inline Outcome link_all(std::vector<Build> builds, Options options = {}) {
  MemoryFiles files;
  char letter = 'a';
  for (Build& one : builds) {
    const std::string name = std::string(1, letter++) + ".cpo";
    files.add(name, one.bytes());
    options.inputs.push_back(file(name));
  }
  return run(std::move(options), files);
}

}  // namespace cmos::linker::test
