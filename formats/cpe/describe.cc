#include "formats/cpe/describe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/cpe/cpe.h"

namespace cmos::cpe {
namespace {

std::string_view name_of(SectionKind kind) {
  switch (kind) {
    case SectionKind::kCode:
      return "code";
    case SectionKind::kConst:
      return "constants";
    case SectionKind::kVar:
      return "variables";
    case SectionKind::kWhole:
      break;
  }
  return "image";
}

bool is_arm(const ReadResult& read) {
  return object::isa_of(read.executable.arch) == object::Isa::kArm;
}

void add_sections(const ReadResult& read, formats::Description& out) {
  const Bytes raw = read.executable.code;
  for (const ImageSection& in : read.sections) {
    formats::Section section;
    section.name = name_of(in.kind);
    section.address = load_address(read.executable.arch) + in.offset;
    section.size = in.memory_size;
    const std::uint64_t from = std::min<std::uint64_t>(in.offset, raw.size());
    section.bytes = raw.subspan(from, std::min<std::uint64_t>(in.memory_size, raw.size() - from));
    section.file_offset = read.layout.machine_code + from;
    section.log2_alignment = 12;
    section.allocated = true;
    section.has_contents = !section.bytes.empty();
    section.code = in.kind == SectionKind::kCode || in.kind == SectionKind::kWhole;
    section.readonly = in.kind == SectionKind::kCode || in.kind == SectionKind::kConst;
    out.sections.push_back(std::move(section));
  }
}

/// A CPE tells nothing about a symbol but its place: kinds are those of the sections they lie in.
void add_symbols(const ReadResult& read, formats::Description& out) {
  for (const Symbol& in : read.executable.symbols) {
    formats::Symbol symbol;
    symbol.name = in.name;
    symbol.value = load_address(read.executable.arch) + in.offset;
    symbol.binding = formats::Binding::kGlobal;
    symbol.place = formats::Place::kAbsolute;
    const auto section =
        std::find_if(out.sections.begin(), out.sections.end(),
                     [&](const formats::Section& one) { return one.holds(symbol.value); });
    if (section != out.sections.end()) {
      symbol.place = formats::Place::kSection;
      symbol.section = static_cast<std::uint32_t>(section - out.sections.begin());
      const bool code = section->code && section->name != "image";
      symbol.thumb = section->code && is_arm(read) && (in.offset & 1) != 0;
      if (symbol.thumb) symbol.value &= ~std::uint64_t{1};
      const auto isa = object::isa_of(read.executable.arch);
      if (isa && object::is_mapping_name(in.name, *isa)) {
        symbol.kind = formats::SymbolKind::kMapping;
        symbol.binding = formats::Binding::kLocal;
      } else if (code) {
        symbol.kind = formats::SymbolKind::kFunction;
      } else if (!section->code) {
        symbol.kind = formats::SymbolKind::kObject;
      }
    }
    out.symbols.push_back(symbol);
  }
}

std::string yes(bool value) {
  return value ? "yes" : "no";
}

void add_private(const ReadResult& read, formats::Description& out) {
  const Executable& in = read.executable;
  out.private_groups.push_back(
      {"CPE header",
       {{"version", fmt::format("{}", in.version)},
        {"ARCH", quote(as_bytes(in.arch))},
        {"mini disk size", fmt::format("{}", in.mini_disk_size)},
        {"entry point offset", fmt::format("{}", in.entry_offset)},
        {"code section at", fmt::format("0x{:x}", read.layout.code_section)},
        {"machine code at",
         fmt::format("0x{:x}, {} bytes", read.layout.machine_code, in.code.size())},
        {"code section size stated", yes(in.states_code_size)},
        {"checksum",
         in.has_checksum ? fmt::format("0x{:08x}", read.layout.stored_checksum) : "none"}}});
  if (in.signature) {
    out.private_groups.push_back(
        {"Signature",
         {{"author", quote(as_bytes(in.signature->author))},
          {"site", quote(as_bytes(in.signature->site))},
          {"author hash", fmt::format("0x{:08x}", in.signature->author_hash)}}});
  }
  if (!in.has_mini_disk_section) return;
  out.private_groups.push_back(
      {"Mini-disk",
       {{"section at", fmt::format("0x{:x}", read.layout.mini_disk)},
        {"locked", yes(in.mini_disk_locked)},
        {"backup file", in.backup_name.empty() ? "none" : quote(as_bytes(in.backup_name))}}});
}

}  // namespace

Result<formats::Description> describe(Bytes bytes, std::string_view file) {
  auto read = std::make_shared<ReadResult>();
  CMOS_TRY(*read, cpe::read(bytes, file));
  formats::Description out;
  out.file = file;
  out.arch = read->executable.arch;
  out.format = fmt::format(
      "cpe-{}", arch_description(out.arch) != nullptr ? out.arch : quote(as_bytes(out.arch)));
  out.architecture = formats::architecture_of(out.arch);
  out.executable = true;
  out.untyped_symbols = true;
  out.starts_in_thumb = is_arm(*read) && (read->entry & 1) != 0;
  out.start = load_address(out.arch) + read->entry - (out.starts_in_thumb ? 1 : 0);
  add_sections(*read, out);
  add_symbols(*read, out);
  add_private(*read, out);
  out.holder = std::move(read);
  return out;
}

}  // namespace cmos::cpe
