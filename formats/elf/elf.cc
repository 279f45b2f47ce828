#include "formats/elf/elf.h"

#include <elf.h>
#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/checked.h"

namespace cmos::elf {
namespace {

struct MachineRow {
  std::uint16_t number;
  Class elf_class;
  Machine machine;
  std::string_view name;
};
constexpr std::array<MachineRow, 4> kMachines{{
    {EM_386, Class::k32, Machine::kI386, "i386"},
    {EM_X86_64, Class::k64, Machine::kX86_64, "x86-64"},
    {EM_ARM, Class::k32, Machine::kArm, "ARM"},
    {EM_AARCH64, Class::k64, Machine::kAArch64, "AArch64"},
}};

/// CPUs that CalamOS does not run on, for messages.
struct OtherMachine {
  std::uint16_t number;
  std::string_view name;
};
constexpr std::array<OtherMachine, 17> kOtherMachines{{{EM_SPARC, "SPARC"},
                                                       {EM_68K, "68000"},
                                                       {EM_MIPS, "MIPS"},
                                                       {EM_PARISC, "PA-RISC"},
                                                       {EM_PPC, "PowerPC"},
                                                       {EM_PPC64, "64-bit PowerPC"},
                                                       {EM_S390, "S/390"},
                                                       {EM_SH, "SuperH"},
                                                       {EM_SPARCV9, "64-bit SPARC"},
                                                       {EM_IA_64, "IA-64"},
                                                       {EM_AVR, "AVR"},
                                                       {EM_XTENSA, "Xtensa"},
                                                       {EM_MSP430, "MSP430"},
                                                       {220, "Z80"},
                                                       {EM_RISCV, "RISC-V"},
                                                       {EM_BPF, "BPF"},
                                                       {258, "LoongArch"}}};

std::string machine_text(std::uint16_t number) {
  for (const MachineRow& one : kMachines) {
    if (one.number == number)
      return fmt::format("{} ({}) of the other ELF class", number, one.name);
  }
  for (const OtherMachine& one : kOtherMachines) {
    if (one.number == number) return fmt::format("{} ({})", number, one.name);
  }
  return fmt::format("{}", number);
}

/// Where a table of equal entries lies, as the header states it.
struct Table {
  std::uint64_t offset = 0;
  std::uint64_t entry_size = 0;
  std::uint64_t count = 0;
};

class Parser : Refusals {
 public:
  Parser(Bytes bytes, std::string_view name) : Refusals(name), bytes_(bytes) {}

  Result<File> parse() {
    CMOS_TRY_VOID(header());
    CMOS_TRY_VOID(extended_counts());
    CMOS_TRY_VOID(program_headers());
    CMOS_TRY_VOID(section_headers());
    CMOS_TRY_VOID(section_names());
    CMOS_TRY_VOID(symbols());
    return std::move(out_);
  }

 private:
  bool wide() const { return out_.elf_class == Class::k64; }
  std::uint64_t word(ByteReader& reader, std::string_view field) const {
    return wide() ? reader.u64(field) : reader.u32(field);
  }

  tl::unexpected<Error> failed(const ByteReader& reader) const {
    return fail(Error(reader.error()).in_file(refused_file()));
  }

  /// A reader over [offset, offset + size) of the file; the error is about `field` at
  /// `field_offset`.
  Result<ByteReader> window(std::uint64_t offset, std::uint64_t size, std::uint64_t field_offset,
                            std::string_view field) const {
    if (!range_inside(offset, size, bytes_.size()))
      return malformed(field_offset, field, fmt::format("{} bytes at 0x{:x}", size, offset),
                       fmt::format("a range inside the file of {} bytes", bytes_.size()));
    return ByteReader(bytes_.subspan(offset, size), offset);
  }

  Result<void> identification(ByteReader& reader) {
    const Bytes magic = reader.bytes(SELFMAG, "e_ident magic");
    if (!reader.ok()) return failed(reader);
    if (as_text(magic) != ELFMAG)
      return malformed(0, "e_ident magic", quote_hex(magic), "7f 45 4c 46 (an ELF file)");
    const std::uint8_t elf_class = reader.u8("EI_CLASS");
    const std::uint8_t order = reader.u8("EI_DATA");
    const std::uint8_t version = reader.u8("EI_VERSION");
    reader.bytes(EI_NIDENT - EI_OSABI, "e_ident");
    if (!reader.ok()) return failed(reader);
    if (elf_class != ELFCLASS32 && elf_class != ELFCLASS64)
      return malformed(EI_CLASS, "EI_CLASS", fmt::format("{}", elf_class),
                       "1 (32-bit) or 2 (64-bit)");
    if (order == ELFDATA2MSB)
      return refuse(ErrorCode::kUnsupported, EI_DATA, "EI_DATA", "2 (big-endian)",
                    "1 (little-endian)");
    if (order != ELFDATA2LSB)
      return malformed(EI_DATA, "EI_DATA", fmt::format("{}", order), "1 (little-endian)");
    if (version != EV_CURRENT)
      return malformed(EI_VERSION, "EI_VERSION", fmt::format("{}", version), "1");
    out_.elf_class = elf_class == ELFCLASS64 ? Class::k64 : Class::k32;
    return {};
  }

  Result<void> kind_and_machine(ByteReader& reader) {
    const std::uint16_t type = reader.u16("e_type");
    const std::uint16_t machine = reader.u16("e_machine");
    if (!reader.ok()) return failed(reader);
    switch (type) {
      case ET_REL:
        out_.type = Type::kRelocatable;
        break;
      case ET_EXEC:
        out_.type = Type::kExecutable;
        break;
      case ET_DYN:
        out_.type = Type::kShared;
        break;
      default:
        return refuse(ErrorCode::kUnsupported, 16, "e_type",
                      type == ET_CORE ? "4 (a core dump)" : fmt::format("{}", type),
                      "2 (an executable) or 1 (a relocatable object)");
    }
    for (const MachineRow& row : kMachines) {
      if (row.number != machine) continue;
      if (row.elf_class != out_.elf_class)
        return refuse(ErrorCode::kUnsupported, EI_CLASS, "EI_CLASS", wide() ? "64-bit" : "32-bit",
                      fmt::format("{} for {}", wide() ? "32-bit" : "64-bit", row.name));
      out_.machine = row.machine;
      return {};
    }
    return refuse(ErrorCode::kUnsupported, 18, "e_machine", machine_text(machine),
                  "3 (i386), 62 (x86-64), 40 (ARM) or 183 (AArch64)");
  }

  Result<void> header() {
    ByteReader reader(bytes_);
    CMOS_TRY_VOID(identification(reader));
    CMOS_TRY_VOID(kind_and_machine(reader));
    const std::uint32_t version = reader.u32("e_version");
    out_.entry = word(reader, "e_entry");
    segments_.offset = word(reader, "e_phoff");
    sections_.offset = word(reader, "e_shoff");
    out_.flags = reader.u32("e_flags");
    const std::uint64_t size_at = reader.offset();
    const std::uint16_t header_size = reader.u16("e_ehsize");
    segments_.entry_size = reader.u16("e_phentsize");
    segments_.count = reader.u16("e_phnum");
    sections_.entry_size = reader.u16("e_shentsize");
    sections_.count = reader.u16("e_shnum");
    name_section_ = reader.u16("e_shstrndx");
    if (!reader.ok()) return failed(reader);
    if (version != EV_CURRENT) return malformed(20, "e_version", fmt::format("{}", version), "1");
    const std::uint64_t expected = wide() ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (header_size != expected)
      return malformed(size_at, "e_ehsize", fmt::format("{}", header_size),
                       fmt::format("{}", expected));
    fields_at_ = size_at + 2;
    return {};
  }

  /// Numbers that do not fit the header's 16 bits stand in section 0.
  Result<void> extended_counts() {
    const bool many_segments = segments_.count == PN_XNUM;
    const bool many_sections = sections_.count == 0 && sections_.offset != 0;
    const bool far_names = name_section_ == SHN_XINDEX;
    if (!many_segments && !many_sections && !far_names) return {};
    const std::uint64_t size = wide() ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    CMOS_TRY(ByteReader reader, window(sections_.offset, size, wide() ? 40 : 32, "e_shoff"));
    const Section zero = section(reader);
    if (many_segments) segments_.count = zero.info;
    if (many_sections) sections_.count = zero.size;
    if (far_names) name_section_ = zero.link;
    return {};
  }

  /// The whole table, checked against the file before anything is reserved for it.
  Result<ByteReader> table(const Table& where, std::uint64_t entry_size, std::string_view prefix,
                           std::uint64_t entry_size_at, std::uint64_t offset_at) const {
    if (where.entry_size != entry_size)
      return malformed(entry_size_at, fmt::format("e_{}entsize", prefix),
                       fmt::format("{}", where.entry_size), fmt::format("{}", entry_size));
    const auto size = checked_mul(where.count, entry_size);
    if (!size)
      return malformed(offset_at, fmt::format("e_{}num", prefix),
                       fmt::format("{} entries", where.count), "a table inside the file");
    return window(where.offset, *size, offset_at, fmt::format("e_{}off", prefix));
  }

  Result<void> program_headers() {
    if (segments_.count == 0) return {};
    CMOS_TRY(ByteReader reader, table(segments_, wide() ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr),
                                      "ph", fields_at_, wide() ? 32 : 28));
    out_.segments.reserve(segments_.count);
    for (std::uint64_t i = 0; i < segments_.count; ++i) {
      Segment segment;
      segment.header_offset = reader.offset();
      segment.type = reader.u32("p_type");
      if (wide()) segment.flags = reader.u32("p_flags");
      segment.offset = word(reader, "p_offset");
      segment.address = word(reader, "p_vaddr");
      word(reader, "p_paddr");
      segment.file_size = word(reader, "p_filesz");
      segment.memory_size = word(reader, "p_memsz");
      if (!wide()) segment.flags = reader.u32("p_flags");
      word(reader, "p_align");
      out_.segments.push_back(segment);
    }
    return {};
  }

  Section section(ByteReader& reader) const {
    Section out;
    out.header_offset = reader.offset();
    out.name_offset = reader.u32("sh_name");
    out.type = reader.u32("sh_type");
    out.flags = word(reader, "sh_flags");
    out.address = word(reader, "sh_addr");
    out.offset = word(reader, "sh_offset");
    out.size = word(reader, "sh_size");
    out.link = reader.u32("sh_link");
    out.info = reader.u32("sh_info");
    out.alignment = word(reader, "sh_addralign");
    out.entry_size = word(reader, "sh_entsize");
    return out;
  }

  Result<void> section_headers() {
    if (sections_.count == 0) return {};
    CMOS_TRY(ByteReader reader, table(sections_, wide() ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr),
                                      "sh", fields_at_ + 4, wide() ? 40 : 32));
    out_.sections.reserve(sections_.count);
    for (std::uint64_t i = 0; i < sections_.count; ++i) {
      Section one = section(reader);
      const bool in_file = one.type != SHT_NOBITS && one.type != SHT_NULL;
      if (in_file && !range_inside(one.offset, one.size, bytes_.size()))
        return malformed(one.header_offset, fmt::format("section {} sh_offset, sh_size", i),
                         fmt::format("{} bytes at 0x{:x}", one.size, one.offset),
                         fmt::format("a range inside the file of {} bytes", bytes_.size()));
      out_.sections.push_back(std::move(one));
    }
    return {};
  }

  /// The text at `offset` of string table `strings`, up to its 0.
  Result<std::string_view> text(const Section& strings, std::uint64_t offset,
                                std::uint64_t field_offset, std::string_view field) const {
    if (offset >= strings.size)
      return malformed(field_offset, field, fmt::format("string at 0x{:x}", offset),
                       fmt::format("less than the string table's size 0x{:x}", strings.size));
    const std::string_view rest =
        as_text(bytes_.subspan(strings.offset + offset, strings.size - offset));
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos)
      return malformed(strings.offset + strings.size - 1, field,
                       "a string table that does not end with 0", "a 0 after each string");
    return rest.substr(0, end);
  }

  Result<const Section*> string_table(std::uint64_t index, std::uint64_t field_offset,
                                      std::string_view field) const {
    if (index >= out_.sections.size() || out_.sections[index].type != SHT_STRTAB)
      return malformed(field_offset, field, fmt::format("{}", index),
                       "the index of a string table (SHT_STRTAB)");
    return &out_.sections[index];
  }

  Result<void> section_names() {
    if (out_.sections.empty() || name_section_ == SHN_UNDEF) return {};
    CMOS_TRY(const Section* strings, string_table(name_section_, fields_at_ + 8, "e_shstrndx"));
    // Names may share their bytes, so their sum is bounded by nothing in the file: bound it here.
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < out_.sections.size(); ++i) {
      CMOS_TRY(const std::string_view name,
               text(*strings, out_.sections[i].name_offset, out_.sections[i].header_offset,
                    fmt::format("section {} sh_name", i)));
      CMOS_TRY_VOID(account(total, name, out_.sections[i].header_offset, "sh_name"));
      out_.sections[i].name = name;
    }
    return {};
  }

  Result<void> account(std::uint64_t& total, std::string_view name, std::uint64_t offset,
                       std::string_view field) const {
    constexpr std::uint64_t kMaxNames = 256u << 20;
    total += name.size();
    if (total > kMaxNames)
      return malformed(offset, field, "names of more than 256 MiB together", "less");
    return {};
  }

  Result<void> symbols() {
    const Section* found = nullptr;
    for (const Section& one : out_.sections) {
      if (one.type != SHT_SYMTAB) continue;
      if (found != nullptr)
        return malformed(one.header_offset, "sh_type", "a second symbol table",
                         "one SHT_SYMTAB at most");
      found = &one;
    }
    if (found == nullptr) return {};
    const std::uint64_t entry_size = wide() ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    if (found->entry_size != entry_size)
      return malformed(found->header_offset, "symbol table sh_entsize",
                       fmt::format("{}", found->entry_size), fmt::format("{}", entry_size));
    if (found->size % entry_size != 0)
      return malformed(found->header_offset, "symbol table sh_size", fmt::format("{}", found->size),
                       fmt::format("a multiple of {}", entry_size));
    CMOS_TRY(const Section* strings,
             string_table(found->link, found->header_offset, "symbol table sh_link"));
    CMOS_TRY(const std::vector<std::uint32_t> extended,
             extended_indices(*found, found->size / entry_size));
    std::uint64_t total = 0;
    out_.symbols.reserve(found->size / entry_size);
    for (std::uint64_t at = found->offset; at < found->offset + found->size; at += entry_size) {
      CMOS_TRY(Symbol one, symbol(at, *strings, extended));
      CMOS_TRY_VOID(account(total, one.name, one.entry_offset, "st_name"));
      out_.symbols.push_back(std::move(one));
    }
    return {};
  }

  /// SHT_SYMTAB_SHNDX: the section indices of symbols for which 16 bits are not enough.
  Result<std::vector<std::uint32_t>> extended_indices(const Section& symbol_table,
                                                      std::uint64_t count) const {
    std::vector<std::uint32_t> out;
    const auto table_index = static_cast<std::uint64_t>(&symbol_table - out_.sections.data());
    for (const Section& one : out_.sections) {
      if (one.type != SHT_SYMTAB_SHNDX || one.link != table_index) continue;
      if (one.size / 4 < count)
        return malformed(one.header_offset, "SHT_SYMTAB_SHNDX sh_size", fmt::format("{}", one.size),
                         fmt::format("{}, four bytes for each symbol", count * 4));
      ByteReader reader(bytes_.subspan(one.offset, one.size), one.offset);
      out.clear();
      out.reserve(count);
      for (std::uint64_t i = 0; i < count; ++i) out.push_back(reader.u32("section index"));
    }
    return out;
  }

  static SymbolKind kind_of(unsigned type) {
    switch (type) {
      case STT_NOTYPE:
        return SymbolKind::kNone;
      case STT_OBJECT:
        return SymbolKind::kObject;
      case STT_FUNC:
        return SymbolKind::kFunction;
      case STT_SECTION:
        return SymbolKind::kSection;
      case STT_FILE:
        return SymbolKind::kFile;
      case STT_COMMON:
        return SymbolKind::kCommon;
      case STT_TLS:
        return SymbolKind::kTls;
      case STT_GNU_IFUNC:
        return SymbolKind::kIndirect;
      default:
        return SymbolKind::kOther;
    }
  }
  static Binding binding_of(unsigned binding) {
    switch (binding) {
      case STB_LOCAL:
        return Binding::kLocal;
      case STB_GLOBAL:
        return Binding::kGlobal;
      case STB_WEAK:
        return Binding::kWeak;
      case STB_GNU_UNIQUE:
        return Binding::kUnique;
      default:
        return Binding::kOther;
    }
  }

  Result<Symbol> symbol(std::uint64_t at, const Section& strings,
                        const std::vector<std::uint32_t>& extended) const {
    Symbol out;
    out.entry_offset = at;
    const std::size_t index = out_.symbols.size();
    const auto name = static_cast<std::uint32_t>(load(bytes_, at, 4));
    const std::uint64_t details = at + (wide() ? 4 : 12);
    const auto info = static_cast<std::uint8_t>(load(bytes_, details, 1));
    const auto other = static_cast<std::uint8_t>(load(bytes_, details + 1, 1));
    const auto section_index = static_cast<std::uint16_t>(load(bytes_, details + 2, 2));
    out.value = wide() ? load(bytes_, at + 8, 8) : load(bytes_, at + 4, 4);
    out.size = wide() ? load(bytes_, at + 16, 8) : load(bytes_, at + 8, 4);
    auto text_of_name = text(strings, name, at, "st_name");
    if (!text_of_name) {
      Error error = std::move(text_of_name).error();
      error.field = fmt::format("symbol {} st_name", index);
      return fail(std::move(error));
    }
    out.name = *text_of_name;
    out.kind = kind_of(info & 0xfu);
    out.binding = binding_of(info >> 4);
    out.visibility = other & 3u;
    out.section = section_index;
    if (section_index == SHN_XINDEX && index < extended.size()) {
      out.section = extended[index];
    } else if (section_index >= SHN_LORESERVE) {
      out.reserved_section = true;
    }
    if (!out.reserved_section && out.section >= out_.sections.size())
      return malformed(out.entry_offset, fmt::format("symbol {} st_shndx", index),
                       fmt::format("{}", out.section),
                       fmt::format("less than {}, the number of sections", out_.sections.size()));
    return out;
  }

  static std::string quote_hex(Bytes bytes) { return fmt::format("{:02x}", fmt::join(bytes, " ")); }

  Bytes bytes_;
  File out_;
  Table segments_;
  Table sections_;
  std::uint64_t name_section_ = 0;
  std::uint64_t fields_at_ = 0;  ///< offset of e_phentsize
};

}  // namespace

std::string_view name(Machine machine) {
  for (const MachineRow& row : kMachines) {
    if (row.machine == machine) return row.name;
  }
  return "unknown";
}

std::string_view name(Type type) {
  switch (type) {
    case Type::kRelocatable:
      return "ET_REL";
    case Type::kExecutable:
      return "ET_EXEC";
    case Type::kShared:
      return "ET_DYN";
  }
  return "unknown";
}

bool Symbol::absolute() const {
  return reserved_section && section == SHN_ABS;
}

bool looks_like_elf(Bytes file_bytes) {
  return file_bytes.size() >= SELFMAG && as_text(file_bytes.first(SELFMAG)) == ELFMAG;
}

Result<File> read_file(Bytes file_bytes, std::string_view file) {
  return Parser(file_bytes, file).parse();
}

}  // namespace cmos::elf
