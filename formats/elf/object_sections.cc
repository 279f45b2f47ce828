#include "formats/elf/object_sections.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace cmos::elf {
namespace {

using object::kNoIndex;
using object::SectionKind;

// Newer than, or missing from, the <elf.h> of our oldest build host.
constexpr std::uint32_t kX86_64Unwind = 0x7000'0001;
constexpr std::uint32_t kLlvmFirst = 0x6fff'4c00;  ///< LLVM's own tables, meant for its own linker
constexpr std::uint32_t kLlvmLast = 0x6fff'4cff;
constexpr std::uint64_t kRetain = 1u << 21;  ///< SHF_GNU_RETAIN
constexpr std::uint64_t kArmPurecode = 0x2000'0000;

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (name.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

/// Tables that describe the file, not the program.
bool is_file_table(std::uint32_t type) {
  switch (type) {
    case SHT_NULL:
    case SHT_SYMTAB:
    case SHT_STRTAB:
    case SHT_RELA:
    case SHT_REL:
    case SHT_GROUP:
    case SHT_SYMTAB_SHNDX:
      return true;
    default:
      return type >= kLlvmFirst && type <= kLlvmLast;
  }
}

SectionKind kind_of_loaded(const Section& section) {
  if (starts_with_any(section.name, {".note"}) || section.type == SHT_NOTE)
    return SectionKind::kNote;
  if (starts_with_any(section.name, {".eh_frame", ".ARM.exidx", ".ARM.extab", ".gcc_except_table"}))
    return SectionKind::kUnwind;
  switch (section.type) {
    case SHT_PREINIT_ARRAY:
      return SectionKind::kPreinit;
    case SHT_INIT_ARRAY:
      return SectionKind::kInit;
    case SHT_FINI_ARRAY:
      return SectionKind::kFini;
    case kX86_64Unwind:  // the same number as SHT_ARM_EXIDX
      return SectionKind::kUnwind;
    default:
      break;
  }
  // Assembly often forgets the section type.
  if (starts_with_any(section.name, {".preinit_array"})) return SectionKind::kPreinit;
  if (starts_with_any(section.name, {".init_array"})) return SectionKind::kInit;
  if (starts_with_any(section.name, {".fini_array"})) return SectionKind::kFini;
  if ((section.flags & SHF_EXECINSTR) != 0) return SectionKind::kCode;
  return (section.flags & SHF_WRITE) != 0 ? SectionKind::kVar : SectionKind::kConst;
}

SectionKind kind_of(const Section& section) {
  if ((section.flags & SHF_ALLOC) != 0) return kind_of_loaded(section);
  if (starts_with_any(section.name, {".debug", ".zdebug_"})) return SectionKind::kDebug;
  if (section.type == SHT_NOTE ||
      starts_with_any(section.name, {".note", ".comment", ".ARM.attributes"}))
    return SectionKind::kNote;
  return SectionKind::kOther;
}

class Sections : Refusals {
 public:
  Sections(const File& file, Bytes bytes, object::Object& object)
      : Refusals(object.file),
        file_(file),
        bytes_(bytes),
        object_(object),
        map_(file.sections.size(), kNoIndex) {}

  Result<SectionMap> add() {
    for (std::size_t i = 0; i < file_.sections.size(); ++i) {
      if (!is_file_table(file_.sections[i].type)) CMOS_TRY_VOID(add_one(i));
    }
    CMOS_TRY_VOID(link_orders());
    for (std::size_t i = 0; i < file_.sections.size(); ++i) {
      if (file_.sections[i].type == SHT_GROUP) CMOS_TRY_VOID(group(i));
    }
    return std::move(map_);
  }

 private:
  std::string field(std::size_t index, std::string_view part) const {
    return fmt::format("section {} {} {}", index, quote(as_bytes(file_.sections[index].name), 64),
                       part);
  }
  tl::unexpected<Error> malformed(std::size_t index, std::string_view part, std::string found,
                                  std::string expected) const {
    return Refusals::malformed(file_.sections[index].header_offset, field(index, part),
                               std::move(found), std::move(expected));
  }
  tl::unexpected<Error> unsupported(std::size_t index, std::string_view part, std::string found,
                                    std::string expected) const {
    return Refusals::unsupported(file_.sections[index].header_offset, field(index, part),
                                 std::move(found), std::move(expected));
  }

  Result<void> check_type(std::size_t index) const {
    const Section& section = file_.sections[index];
    switch (section.type) {
      case SHT_PROGBITS:
      case SHT_NOBITS:
      case SHT_NOTE:
      case SHT_PREINIT_ARRAY:
      case SHT_INIT_ARRAY:
      case SHT_FINI_ARRAY:
        return {};
      case kX86_64Unwind:
        if (file_.machine == Machine::kX86_64 || file_.machine == Machine::kArm) return {};
        break;
      default:
        break;
    }
    if ((section.flags & SHF_ALLOC) == 0) return {};
    return unsupported(index, "sh_type", fmt::format("0x{:x}", section.type),
                       "a type of section that is known how to load");
  }

  Result<void> check_flags(std::size_t index) const {
    constexpr std::uint64_t kKnown = SHF_WRITE | SHF_ALLOC | SHF_EXECINSTR | SHF_MERGE |
                                     SHF_STRINGS | SHF_INFO_LINK | SHF_LINK_ORDER | SHF_GROUP |
                                     SHF_TLS | kRetain;
    const Section& section = file_.sections[index];
    std::uint64_t known = kKnown;
    if (file_.machine == Machine::kX86_64) known |= 0x1000'0000;  // SHF_X86_64_LARGE
    if (file_.machine == Machine::kArm) known |= kArmPurecode;
    if ((section.flags & SHF_ALLOC) == 0 || (section.flags & ~known) == 0) return {};
    return unsupported(index, "sh_flags", fmt::format("0x{:x}", section.flags),
                       fmt::format("none of 0x{:x}", section.flags & ~known));
  }

  Result<void> check_sizes(std::size_t index) const {
    const Section& section = file_.sections[index];
    if (section.size > UINT32_MAX)
      return unsupported(index, "sh_size", fmt::format("{}", section.size), "less than 4 GiB");
    if (section.alignment != 0 && !std::has_single_bit(section.alignment))
      return malformed(index, "sh_addralign", fmt::format("{}", section.alignment),
                       "0 or a power of two");
    if (section.alignment > std::uint64_t{1} << 31)
      return unsupported(index, "sh_addralign", fmt::format("{}", section.alignment),
                         "at most 2^31");
    return {};
  }

  /// Merging needs entries of one size, and strings that end. What is not loaded is not judged: of
  /// debug information only whole sections are used.
  Result<void> check_merge(std::size_t index, object::Section& out) const {
    const Section& section = file_.sections[index];
    if ((section.flags & SHF_MERGE) == 0 || section.entry_size == 0) return {};
    if ((section.flags & SHF_WRITE) != 0 || section.type == SHT_NOBITS) return {};
    if ((section.flags & SHF_ALLOC) == 0) {
      out.merge = true;
      out.strings = (section.flags & SHF_STRINGS) != 0;
      out.entry_size = static_cast<std::uint32_t>(section.entry_size);
      return {};
    }
    if (section.size % section.entry_size != 0)
      return malformed(index, "sh_size", fmt::format("{}", section.size),
                       fmt::format("a multiple of its sh_entsize {}", section.entry_size));
    if (section.size == 0) return {};
    out.merge = true;
    out.strings = (section.flags & SHF_STRINGS) != 0;
    out.entry_size = static_cast<std::uint32_t>(section.entry_size);
    if (!out.strings) return {};
    for (const std::uint8_t byte : out.bytes.last(section.entry_size)) {
      if (byte != 0)
        return malformed(index, "contents", "a last string without its end",
                         "a 0 after each string");
    }
    return {};
  }

  Result<void> add_one(std::size_t index) {
    CMOS_TRY_VOID(check_type(index));
    CMOS_TRY_VOID(check_flags(index));
    CMOS_TRY_VOID(check_sizes(index));
    const Section& section = file_.sections[index];
    object::Section out;
    out.name = section.name;
    out.kind = kind_of(section);
    out.alignment = section.alignment == 0 ? 1 : static_cast<std::uint32_t>(section.alignment);
    out.size = static_cast<std::uint32_t>(section.size);
    if (section.type != SHT_NOBITS) {
      out.bytes = bytes_.subspan(section.offset, section.size);
      out.file_offset = section.offset;
    }
    const bool array = out.kind >= SectionKind::kPreinit && out.kind <= SectionKind::kFini;
    out.retain = (section.flags & kRetain) != 0 || array ||
                 starts_with_any(section.name, {".init", ".fini", ".ctors", ".dtors"});
    out.tls = (section.flags & SHF_TLS) != 0;
    CMOS_TRY_VOID(check_merge(index, out));
    if (out.kind == SectionKind::kDebug) packing(index, out);
    map_[index] = static_cast<std::uint32_t>(object_.sections.size());
    object_.sections.push_back(out);
    return {};
  }

  /// Both ways of compressing debug sections: gABI's, with a header, and GNU's older one of
  /// .zdebug_*, which begins with "ZLIB" and the size, highest byte first. Nothing is refused: who
  /// wants the contents unpacks them.
  void packing(std::size_t index, object::Section& out) {
    const Section& section = file_.sections[index];
    std::uint64_t size = 0;
    if ((section.flags & SHF_COMPRESSED) != 0) {
      size = compression_header(out);
    } else if (out.name.starts_with(".zdebug_")) {
      constexpr std::string_view kMagic = "ZLIB";
      constexpr std::size_t kHeader = 12;
      if (out.bytes.size() < kHeader || !as_text(out.bytes).starts_with(kMagic)) return;
      for (const std::uint8_t byte : out.bytes.subspan(kMagic.size(), 8)) size = size << 8 | byte;
      out.packing = object::Packing::kZlib;
      out.bytes = out.bytes.subspan(kHeader);
      out.file_offset += kHeader;
      out.name = object_.storage.keep_text(fmt::format(".{}", out.name.substr(2)));
    } else {
      return;
    }
    if (size > UINT32_MAX) out.packing = object::Packing::kUnknown;
    out.size = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, UINT32_MAX));
  }

  std::uint64_t compression_header(object::Section& out) const {
    constexpr std::uint32_t kZstd = 2;  // ELFCOMPRESS_ZSTD, newer than <elf.h>
    const bool wide = file_.elf_class == Class::k64;
    const std::size_t header = wide ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
    out.packing = object::Packing::kUnknown;
    if (out.bytes.size() < header) return out.bytes.size();
    const std::uint64_t method = load(out.bytes, 0, 4);
    out.packing = method == ELFCOMPRESS_ZLIB ? object::Packing::kZlib
                  : method == kZstd          ? object::Packing::kZstd
                                             : object::Packing::kUnknown;
    const std::uint64_t size = wide ? load(out.bytes, 8, 8) : load(out.bytes, 4, 4);
    const std::uint64_t alignment = wide ? load(out.bytes, 16, 8) : load(out.bytes, 8, 4);
    if (std::has_single_bit(alignment) && alignment <= std::uint64_t{1} << 31)
      out.alignment = static_cast<std::uint32_t>(alignment);
    out.bytes = out.bytes.subspan(header);
    out.file_offset += header;
    return size;
  }

  Result<void> link_orders() {
    for (std::size_t i = 0; i < file_.sections.size(); ++i) {
      const Section& section = file_.sections[i];
      if ((section.flags & SHF_LINK_ORDER) == 0 || map_[i] == kNoIndex) continue;
      if (section.link >= file_.sections.size())
        return malformed(
            i, "sh_link", fmt::format("{}", section.link),
            fmt::format("less than {}, the number of sections", file_.sections.size()));
      object_.sections[map_[i]].link_order = map_[section.link];
    }
    return {};
  }

  Result<std::string_view> signature(std::size_t index) const {
    const Section& section = file_.sections[index];
    if (section.link >= file_.sections.size() || file_.sections[section.link].type != SHT_SYMTAB)
      return malformed(index, "sh_link", fmt::format("{}", section.link),
                       "the index of the symbol table");
    if (section.info == 0 || section.info >= file_.symbols.size())
      return malformed(index, "sh_info", fmt::format("{}", section.info),
                       fmt::format("the index of a symbol, 1 to {}", file_.symbols.size() - 1));
    const Symbol& symbol = file_.symbols[section.info];
    // GNU as names a group after a section when there is no symbol of that name.
    if (symbol.kind == SymbolKind::kSection && !symbol.reserved_section)
      return file_.sections[symbol.section].name;
    return symbol.name;
  }

  Result<void> group(std::size_t index) {
    constexpr std::uint32_t kComdat = 1;
    const Section& section = file_.sections[index];
    if (section.size % 4 != 0 || section.size == 0)
      return malformed(index, "sh_size", fmt::format("{}", section.size),
                       "a multiple of 4, at least 4");
    const auto flags = static_cast<std::uint32_t>(load(bytes_, section.offset, 4));
    if ((flags & ~kComdat) != 0)
      return refuse(ErrorCode::kUnsupported, section.offset, field(index, "flags"),
                    fmt::format("0x{:x}", flags), "0 or 1 (GRP_COMDAT)");
    CMOS_TRY(const std::string_view name, signature(index));
    const bool comdat = flags == kComdat;
    const auto number = comdat ? static_cast<std::uint32_t>(object_.groups.size()) : parties_++;
    if (comdat) object_.groups.push_back({name});
    for (std::uint64_t at = section.offset + 4; at < section.offset + section.size; at += 4) {
      const auto member = static_cast<std::uint32_t>(load(bytes_, at, 4));
      if (member == 0 || member >= file_.sections.size())
        return refuse(ErrorCode::kMalformed, at, field(index, "member"), fmt::format("{}", member),
                      fmt::format("the index of a section, 1 to {}", file_.sections.size() - 1));
      if (map_[member] == kNoIndex) continue;
      object::Section& section_of = object_.sections[map_[member]];
      std::uint32_t& mine = comdat ? section_of.group : section_of.party;
      if (section_of.group != kNoIndex || section_of.party != kNoIndex)
        return refuse(ErrorCode::kMalformed, at, field(index, "member"),
                      fmt::format("{}, which is in another group", member),
                      "each section in one group");
      mine = number;
    }
    return {};
  }

  const File& file_;
  Bytes bytes_;
  object::Object& object_;
  SectionMap map_;
  std::uint32_t parties_ = 0;
};

}  // namespace

Result<SectionMap> add_sections(const File& file, Bytes file_bytes, object::Object& object) {
  return Sections(file, file_bytes, object).add();
}

}  // namespace cmos::elf
