#include "formats/elf/object.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/checked.h"
#include "base/text.h"
#include "formats/elf/arm_attributes.h"
#include "formats/elf/object_sections.h"

namespace cmos::elf {
object::Isa isa_of(Machine machine) {
  using object::Isa;
  switch (machine) {
    case Machine::kI386:
      return Isa::kX86;
    case Machine::kX86_64:
      return Isa::kX86_64;
    case Machine::kArm:
      return Isa::kArm;
    case Machine::kAArch64:
      return Isa::kArm64;
  }
  return Isa::kX86_64;
}

object::SymbolKind kind_of(const Symbol& symbol, object::Isa isa) {
  using object::SymbolKind;
  switch (symbol.kind) {
    case elf::SymbolKind::kObject:
    case elf::SymbolKind::kCommon:
      return SymbolKind::kObject;
    case elf::SymbolKind::kFunction:
      return SymbolKind::kFunction;
    case elf::SymbolKind::kSection:
      return SymbolKind::kSection;
    case elf::SymbolKind::kFile:
      return SymbolKind::kFile;
    case elf::SymbolKind::kTls:
      return SymbolKind::kTls;
    case elf::SymbolKind::kIndirect:
      return SymbolKind::kIndirect;
    case elf::SymbolKind::kNone:
    case elf::SymbolKind::kOther:
      break;
  }
  if (symbol.binding == Binding::kLocal && object::is_mapping_name(symbol.name, isa))
    return SymbolKind::kMapping;
  return SymbolKind::kNone;
}

namespace {

using object::Isa;
using object::kNoIndex;
using object::Place;

class Converter : Refusals {
 public:
  Converter(Bytes bytes, std::string_view name, const File& file)
      : Refusals(name), bytes_(bytes), file_(file) {
    out_.file = name;
    out_.isa = isa_of(file.machine);
    out_.arch = object::arch_of(*out_.isa);
  }

  Result<object::Object> convert() {
    CMOS_TRY_VOID(check_flags());
    CMOS_TRY(map_, add_sections(file_, bytes_, out_));
    CMOS_TRY_VOID(symbols());
    CMOS_TRY_VOID(relocations());
    attributes();
    return std::move(out_);
  }

 private:
  /// How one kind of relocation table is laid out.
  struct Format {
    unsigned word;
    bool explicit_addend;
    std::uint64_t entry_size() const { return word * (explicit_addend ? 3u : 2u); }
  };

  bool wide() const { return file_.elf_class == Class::k64; }

  Result<void> check_flags() const {
    constexpr std::uint64_t kFlagsAt = 36;  // ELF32
    constexpr std::uint32_t kEabi = 5;
    if (file_.machine != Machine::kArm || file_.flags >> 24 == kEabi) return {};
    return refuse(ErrorCode::kUnsupported, kFlagsAt, "e_flags",
                  fmt::format("0x{:08x}", file_.flags), "version 5 of the ARM EABI (0x05000000)");
  }

  void attributes() {
    constexpr std::uint32_t kArmAttributes = 0x7000'0003;
    if (file_.machine != Machine::kArm) return;
    for (const Section& one : file_.sections) {
      if (one.type == kArmAttributes)
        out_.float_arguments = float_arguments(bytes_.subspan(one.offset, one.size));
    }
  }

  std::string symbol_field(std::size_t index, std::string_view part) const {
    return fmt::format("symbol {} {} {}", index, quote(as_bytes(file_.symbols[index].name), 64),
                       part);
  }

  Result<void> symbols() {
    if (file_.symbols.empty()) return {};
    CMOS_TRY(const std::uint64_t first_global, first_global_index());
    out_.symbols.reserve(file_.symbols.size() - 1);
    for (std::size_t i = 1; i < file_.symbols.size(); ++i) {
      const Symbol& in = file_.symbols[i];
      if ((in.binding == Binding::kLocal) != (i < first_global))
        return malformed(
            in.entry_offset, symbol_field(i, "st_info"),
            in.binding == Binding::kLocal ? "a local symbol" : "a global symbol",
            fmt::format("local symbols before symbol {} and no other (sh_info)", first_global));
      CMOS_TRY(const object::Symbol one, symbol(i));
      out_.symbols.push_back(one);
    }
    return {};
  }

  Result<std::uint64_t> first_global_index() const {
    const auto table = std::find_if(file_.sections.begin(), file_.sections.end(),
                                    [](const Section& one) { return one.type == SHT_SYMTAB; });
    if (table->info > file_.symbols.size())
      return malformed(table->header_offset, "symbol table sh_info", fmt::format("{}", table->info),
                       fmt::format("at most {}, the number of symbols", file_.symbols.size()));
    return table->info;
  }

  Result<object::Symbol> symbol(std::size_t index) {
    const Symbol& in = file_.symbols[index];
    object::Symbol out;
    out.name = in.name;
    out.kind = kind_of(in, *out_.isa);
    out.visibility = static_cast<object::Visibility>(in.visibility);
    out.size = in.size;
    if (in.size > UINT32_MAX)
      return refuse(ErrorCode::kUnsupported, in.entry_offset, symbol_field(index, "st_size"),
                    fmt::format("{}", in.size), "less than 4 GiB");
    CMOS_TRY(out.binding, binding(index));
    CMOS_TRY_VOID(place(index, out));
    return out;
  }

  Result<object::Binding> binding(std::size_t index) const {
    switch (file_.symbols[index].binding) {
      case Binding::kLocal:
        return object::Binding::kLocal;
      case Binding::kGlobal:
      case Binding::kUnique:  // unique in a process; there is only one module in ours
        return object::Binding::kGlobal;
      case Binding::kWeak:
        return object::Binding::kWeak;
      case Binding::kOther:
        break;
    }
    return refuse(ErrorCode::kUnsupported, file_.symbols[index].entry_offset,
                  symbol_field(index, "st_info"), "an unknown binding",
                  "local, global, weak or unique");
  }

  Result<void> place(std::size_t index, object::Symbol& out) const {
    const Symbol& in = file_.symbols[index];
    if (!in.defined()) {
      out.place = Place::kUndefined;
      out.size = 0;
      return {};
    }
    if (in.absolute()) {
      out.place = Place::kAbsolute;
      out.value = in.value;
      return {};
    }
    if (in.reserved_section) return reserved_place(index, out);
    return section_place(index, out);
  }

  Result<void> reserved_place(std::size_t index, object::Symbol& out) const {
    const Symbol& in = file_.symbols[index];
    if (in.section != SHN_COMMON)
      return refuse(ErrorCode::kUnsupported, in.entry_offset, symbol_field(index, "st_shndx"),
                    fmt::format("0x{:x}", in.section),
                    "a section, SHN_UNDEF, SHN_ABS or SHN_COMMON");
    // A common symbol's value is its alignment.
    if (!std::has_single_bit(in.value) || in.value > UINT32_MAX)
      return malformed(in.entry_offset, symbol_field(index, "st_value"),
                       fmt::format("{}", in.value),
                       "a power of two, the alignment of the common symbol");
    if (out.binding == object::Binding::kLocal)
      return malformed(in.entry_offset, symbol_field(index, "st_info"), "a local common symbol",
                       "a global one");
    out.place = Place::kCommon;
    out.alignment = static_cast<std::uint32_t>(in.value);
    return {};
  }

  Result<void> section_place(std::size_t index, object::Symbol& out) const {
    const Symbol& in = file_.symbols[index];
    const std::uint32_t section = map_[in.section];
    if (section == kNoIndex) {
      if (in.binding != Binding::kLocal)
        return malformed(in.entry_offset, symbol_field(index, "st_shndx"),
                         fmt::format("{}, a table of the file", in.section),
                         "a section with contents");
      // GNU as places a group's signature there, and older ones write a symbol for every section.
      out.place = Place::kAbsolute;
      return {};
    }
    out.place = Place::kSection;
    out.section = section;
    out.value = in.value;
    if (*out_.isa == Isa::kArm && out.kind == object::SymbolKind::kFunction) {
      out.thumb = (in.value & 1) != 0;
      out.value &= ~std::uint64_t{1};
    }
    if (out.value > out_.sections[section].size)
      return refuse(
          ErrorCode::kUnsupported, in.entry_offset, symbol_field(index, "st_value"),
          fmt::format("0x{:x}", in.value),
          fmt::format("at most 0x{:x}, the size of its section", out_.sections[section].size));
    return {};
  }

  // ---- relocations ---------------------------------------------------------------------------

  Result<void> relocations() {
    std::vector<std::size_t> tables;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < file_.sections.size(); ++i) {
      const Section& table = file_.sections[i];
      if (table.type != SHT_REL && table.type != SHT_RELA) continue;
      CMOS_TRY_VOID(check_table(i));
      if (map_[table.info] == kNoIndex) continue;
      tables.push_back(i);
      count += table.size / table.entry_size;
    }
    // Tables usually stand in the order of their sections, but nothing demands it.
    std::stable_sort(tables.begin(), tables.end(), [this](std::size_t a, std::size_t b) {
      return map_[file_.sections[a].info] < map_[file_.sections[b].info];
    });
    if (count > UINT32_MAX)
      return refuse(ErrorCode::kUnsupported, 0, "relocations", fmt::format("{}", count),
                    "less than 2^32");
    out_.relocations.reserve(count);
    for (const std::size_t table : tables) CMOS_TRY_VOID(table_entries(table));
    return {};
  }

  Format format_of(const Section& table) const {
    return {wide() ? 8u : 4u, table.type == SHT_RELA};
  }

  std::string section_field(std::size_t index, std::string_view part) const {
    return fmt::format("section {} {} {}", index, quote(as_bytes(file_.sections[index].name), 64),
                       part);
  }

  Result<void> check_table(std::size_t index) const {
    const Section& table = file_.sections[index];
    const std::uint64_t entry_size = format_of(table).entry_size();
    if (table.entry_size != entry_size)
      return malformed(table.header_offset, section_field(index, "sh_entsize"),
                       fmt::format("{}", table.entry_size), fmt::format("{}", entry_size));
    if (table.size % entry_size != 0)
      return malformed(table.header_offset, section_field(index, "sh_size"),
                       fmt::format("{}", table.size), fmt::format("a multiple of {}", entry_size));
    if (table.info == 0 || table.info >= file_.sections.size())
      return malformed(table.header_offset, section_field(index, "sh_info"),
                       fmt::format("{}", table.info),
                       fmt::format("the index of a section, 1 to {}", file_.sections.size() - 1));
    if (table.link >= file_.sections.size() || file_.sections[table.link].type != SHT_SYMTAB)
      return malformed(table.header_offset, section_field(index, "sh_link"),
                       fmt::format("{}", table.link), "the index of the symbol table");
    return {};
  }

  Result<void> table_entries(std::size_t index) {
    const Section& table = file_.sections[index];
    const std::uint32_t target = map_[table.info];
    const Format format = format_of(table);
    const std::uint64_t entry_size = format.entry_size();
    const auto first = static_cast<std::uint32_t>(out_.relocations.size());
    out_.sections[target].packed_addends =
        !format.explicit_addend && out_.sections[target].packing != object::Packing::kNone;
    for (std::uint64_t at = table.offset; at < table.offset + table.size; at += entry_size)
      CMOS_TRY_VOID(entry(index, at, format, target));
    object::Section& section = out_.sections[target];
    if (section.relocation_count == 0) section.first_relocation = first;
    section.relocation_count += static_cast<std::uint32_t>(out_.relocations.size()) - first;
    return {};
  }

  std::string entry_field(std::size_t table, std::uint64_t at, std::string_view part) const {
    const Section& section = file_.sections[table];
    return section_field(
        table, fmt::format("entry {} {}", (at - section.offset) / section.entry_size, part));
  }

  Result<void> entry(std::size_t table, std::uint64_t at, Format format, std::uint32_t target) {
    const std::uint64_t offset = load(bytes_, at, format.word);
    const std::uint64_t info = load(bytes_, at + format.word, format.word);
    const auto number = static_cast<std::uint32_t>(wide() ? info & 0xffff'ffff : info & 0xff);
    const std::uint64_t symbol = wide() ? info >> 32 : info >> 8;
    if (object::is_no_op(*out_.isa, number)) return {};
    const object::Section& section = out_.sections[target];
    const auto type = object::from_elf(*out_.isa, number);
    if (!type && !section.loaded()) return {};
    const std::uint64_t space = object::Object::field_space(section);
    const std::uint8_t size = type ? object::info(*type).size : std::uint8_t{1};
    if (!range_inside(offset, size, space)) {
      // Of what is neither loaded nor debug information nothing is known: it may be compressed.
      if (section.kind == object::SectionKind::kOther) return {};
      return malformed(at, entry_field(table, at, "r_offset"), fmt::format("0x{:x}", offset),
                       fmt::format("a field of {} bytes inside the {} of section {}", size, space,
                                   quote(as_bytes(section.name), 64)));
    }
    if (symbol > out_.symbols.size())
      return malformed(at + format.word, entry_field(table, at, "r_info"),
                       fmt::format("symbol {}", symbol),
                       fmt::format("at most {}, the last symbol", out_.symbols.size()));
    if (!type) {
      out_.unresolvable.push_back(
          {.section = target,
           .offset = static_cast<std::uint32_t>(offset),
           .symbol = symbol == 0 ? kNoIndex : static_cast<std::uint32_t>(symbol - 1),
           .number = number});
      return {};
    }
    object::Relocation out;
    out.section = target;
    out.offset = static_cast<std::uint32_t>(offset);
    out.symbol = symbol == 0 ? kNoIndex : static_cast<std::uint32_t>(symbol - 1);
    out.type = *type;
    out.addend = addend(at, format, section, out);
    out_.relocations.push_back(out);
    return {};
  }

  std::int64_t addend(std::uint64_t at, Format format, const object::Section& section,
                      const object::Relocation& relocation) const {
    // The field is not at hand before it is unpacked.
    if (section.packed_addends) return 0;
    if (!format.explicit_addend)
      return *object::read_addend(relocation.type, section.bytes.subspan(relocation.offset));
    const std::uint64_t stored = load(bytes_, at + 2u * format.word, format.word);
    if (format.word == 8) return static_cast<std::int64_t>(stored);
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(stored));
  }

  Bytes bytes_;
  const File& file_;
  object::Object out_;
  SectionMap map_;
};

}  // namespace

Result<object::Object> read_object(Bytes file_bytes, std::string_view file) {
  CMOS_TRY(const File parsed, read_file(file_bytes, file));
  if (parsed.type != Type::kRelocatable)
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = std::string(file),
                      .offset = 16,
                      .field = "e_type",
                      .found = std::string(name(parsed.type)),
                      .expected = "ET_REL, a relocatable object"});
  return Converter(file_bytes, file, parsed).convert();
}

}  // namespace cmos::elf
