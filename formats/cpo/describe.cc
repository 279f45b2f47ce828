#include "formats/cpo/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "arch/cpu.h"
#include "base/text.h"
#include "formats/cpo/cpo.h"

namespace cmos::cpo {
namespace {

/// The file as it was read, and the linker's view of it, which refers to the former.
struct Parsed {
  ReadResult read;
  object::Object object;
};

formats::Section section_of(const object::Object& object, const object::Section& in) {
  formats::Section out;
  out.name = in.name;
  out.size = in.size;
  out.bytes = in.bytes;
  out.file_offset = in.file_offset;
  out.log2_alignment = static_cast<unsigned>(std::countr_zero(in.alignment));
  out.allocated = in.loaded();
  out.has_contents = !in.bytes.empty() || in.kind == object::SectionKind::kCode;
  out.code = in.kind == object::SectionKind::kCode;
  out.readonly = in.kind == object::SectionKind::kCode || in.kind == object::SectionKind::kConst ||
                 !in.loaded();
  out.debugging = in.kind == object::SectionKind::kDebug;
  out.is_thread_local = in.tls;
  if (in.group != formats::kNoIndex) out.group = object.groups[in.group].signature;
  for (const object::Relocation& one : object.relocations_of(in)) {
    const object::RelocationInfo& row = object::info(one.type);
    out.relocations.push_back({one.offset, row.name, row.size, one.symbol, one.addend});
  }
  std::stable_sort(out.relocations.begin(), out.relocations.end(),
                   [](const formats::Relocation& a, const formats::Relocation& b) {
                     return a.offset < b.offset;
                   });
  return out;
}

formats::Symbol symbol_of(const object::Symbol& in) {
  formats::Symbol out;
  out.name = in.name;
  out.value = in.place == formats::Place::kCommon ? in.size : in.value;
  out.size = in.size;
  out.section = in.section;
  out.alignment = in.alignment;
  out.location = in.location;
  out.binding = in.binding;
  out.place = in.place;
  out.kind = in.kind;
  out.visibility = in.visibility;
  out.thumb = in.thumb;
  return out;
}

/// A reader of plain files has no sections for them.
void add_optional_sections(Bytes bytes, const ReadResult& read, formats::Description& out) {
  if (read.file.link) return;
  for (const OptionalSection& one : read.file.optional_sections) {
    formats::Section section;
    section.name = one.name;
    section.size = one.bytes.size();
    section.bytes = one.bytes;
    section.file_offset =
        one.bytes.empty() ? 0 : static_cast<std::uint64_t>(one.bytes.data() - bytes.data());
    section.has_contents = true;
    section.readonly = true;
    out.sections.push_back(std::move(section));
  }
}

void add_private(const ReadResult& read, formats::Description& out) {
  const File& file = read.file;
  const Layout& layout = read.layout;
  const auto constants = std::count_if(file.records.begin(), file.records.end(),
                                       [](const Record& record) { return !record.variable; });
  auto part = [](std::uint64_t offset, std::size_t count) {
    return offset == 0 ? std::string("none") : fmt::format("0x{:x}, entries {}", offset, count);
  };
  formats::PrivateGroup group{"CPO header", {}};
  group.fields = {
      {"version", fmt::format("{}", file.version)},
      {"ARCH", quote(as_bytes(file.arch))},
      {"code", fmt::format("0x{:x}, {} bytes", layout.code, file.code.size())},
      {"data",
       fmt::format("0x{:x}, constants {}, variables {}, {} bytes in memory", layout.data, constants,
                   file.records.size() - static_cast<std::size_t>(constants), read.image_size)},
      {"symbol table", part(layout.symbols, file.symbols.size())},
      {"relocations", part(layout.relocations, file.relocations.size())},
      {"optional sections", part(layout.optional_sections, file.optional_sections.size())},
      {"cmos.link", file.link ? fmt::format("units {}", file.link->units.size()) : "none"}};
  out.private_groups.push_back(std::move(group));
}

}  // namespace

Result<formats::Description> describe(Bytes bytes, std::string_view file) {
  auto parsed = std::make_shared<Parsed>();
  CMOS_TRY(parsed->read, read(bytes, file));
  CMOS_TRY(parsed->object, to_object(parsed->read, file));
  formats::Description out;
  out.file = file;
  out.arch = parsed->object.arch;
  out.format =
      fmt::format("cpo-{}", object::isa_of(out.arch) ? out.arch : quote(as_bytes(out.arch)));
  out.architecture = formats::architecture_of(out.arch);
  const arch::Cpu* const cpu = arch::find(out.arch);
  if (cpu != nullptr && cpu->address_bits <= 16) out.address_digits = cpu->address_bits / 4u;
  for (const object::Section& section : parsed->object.sections)
    out.sections.push_back(section_of(parsed->object, section));
  for (const object::Symbol& symbol : parsed->object.symbols)
    out.symbols.push_back(symbol_of(symbol));
  add_optional_sections(bytes, parsed->read, out);
  add_private(parsed->read, out);
  out.holder = std::move(parsed);
  return out;
}

}  // namespace cmos::cpo
