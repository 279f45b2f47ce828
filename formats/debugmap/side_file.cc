#include "formats/debugmap/side_file.h"

#include <elf.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "arch/cpu.h"
#include "object/object.h"

namespace cmos::debugmap {
namespace {

/// A section header and its bytes, before offsets are known.
struct Stored {
  std::string name;
  std::uint32_t type = SHT_PROGBITS;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  Bytes bytes = {};
  std::uint32_t link = 0, info = 0;
  std::uint64_t alignment = 1, entry_size = 0;
  std::uint64_t offset = 0;
  std::uint32_t name_offset = 0;
};

class StringTable {
 public:
  StringTable() { out_.u8(0); }
  std::uint32_t add(std::string_view text) {
    if (text.empty()) return 0;
    const auto at = static_cast<std::uint32_t>(out_.size());
    out_.text(text.substr(0, text.find('\0')));
    out_.u8(0);
    return at;
  }
  const std::vector<std::uint8_t>& bytes() const { return out_.data(); }

 private:
  ByteWriter out_;
};

class Writer {
 public:
  explicit Writer(const SideFile& file)
      : file_(file), wide_(file.isa == object::Isa::kX86_64 || file.isa == object::Isa::kArm64) {}

  Result<std::vector<std::uint8_t>> write() {
    sections_.push_back({.name = "", .type = SHT_NULL, .alignment = 0});
    for (const ImageSection& one : file_.image) add_image(one);
    for (const DebugSection& one : file_.debug) add_debug(one);
    origins_ = write_origins(file_.origins);
    sections_.push_back(
        {.name = std::string(kOriginsSection), .size = origins_.size(), .bytes = origins_});
    add_symbols();
    add_names();
    if (const std::uint64_t end = lay_out();
        !wide_ && end > std::numeric_limits<std::uint32_t>::max()) {
      return fail(Error{.code = ErrorCode::kLimit,
                        .field = "debug map",
                        .found = std::to_string(end) + " bytes",
                        .expected = "less than 4 GiB, the most that an ELF file of 32 bits holds"});
    }
    return emit();
  }

 private:
  void word(ByteWriter& out, std::uint64_t value) const {
    wide_ ? out.u64(value) : out.u32(static_cast<std::uint32_t>(value));
  }
  std::uint64_t header_size() const { return wide_ ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr); }
  std::uint64_t segment_size() const { return wide_ ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr); }
  std::uint64_t section_size() const { return wide_ ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr); }
  std::uint64_t symbol_size() const { return wide_ ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym); }

  std::uint16_t machine() const { return arch::find(object::arch_of(file_.isa))->elf.machine; }
  std::uint32_t flags() const {
    return file_.flags != 0 || file_.isa != object::Isa::kArm ? file_.flags : EF_ARM_EABI_VER5;
  }

  void add_image(const ImageSection& one) {
    std::uint64_t flags = SHF_ALLOC;
    if (one.writable) flags |= SHF_WRITE;
    if (one.executable) flags |= SHF_EXECINSTR;
    sections_.push_back(
        {.name = one.name,
         .type = one.bytes.empty() ? std::uint32_t{SHT_NOBITS} : std::uint32_t{SHT_PROGBITS},
         .flags = flags,
         .address = one.address,
         .size = one.bytes.empty() ? one.size : one.bytes.size(),
         .bytes = one.bytes});
  }
  void add_debug(const DebugSection& one) {
    sections_.push_back({.name = one.name,
                         .flags = one.flags,
                         .size = one.bytes.size(),
                         .bytes = one.bytes,
                         .alignment = std::max<std::uint64_t>(1, one.alignment),
                         .entry_size = one.entry_size});
  }

  std::uint16_t section_of(const SideSymbol& symbol) const {
    if (symbol.absolute || symbol.type == STT_FILE) return SHN_ABS;
    for (std::size_t i = 0; i < file_.image.size(); ++i) {
      const ImageSection& one = file_.image[i];
      const std::uint64_t offset =
          (symbol.value & ~std::uint64_t{symbol.type == STT_FUNC}) - one.address;
      if (offset < one.size || (offset == one.size && i + 1 == file_.image.size()))
        return static_cast<std::uint16_t>(i + 1);
    }
    return SHN_ABS;
  }

  void add_symbol(const SideSymbol& symbol, StringTable& names, ByteWriter& out) const {
    const auto info = static_cast<std::uint8_t>((symbol.binding << 4) | (symbol.type & 15));
    out.u32(names.add(symbol.name));
    if (wide_) {
      out.u8(info);
      out.u8(STV_DEFAULT);
      out.u16(section_of(symbol));
      out.u64(symbol.value);
      out.u64(symbol.size);
    } else {
      out.u32(static_cast<std::uint32_t>(symbol.value));
      out.u32(static_cast<std::uint32_t>(symbol.size));
      out.u8(info);
      out.u8(STV_DEFAULT);
      out.u16(section_of(symbol));
    }
  }

  /// ELF wants local symbols first.
  void add_symbols() {
    StringTable names;
    ByteWriter table;
    table.zeros(symbol_size());
    std::uint32_t locals = 1;
    for (const bool local : {true, false}) {
      for (const SideSymbol& symbol : file_.symbols) {
        if ((symbol.binding == STB_LOCAL) != local) continue;
        add_symbol(symbol, names, table);
        if (local) ++locals;
      }
    }
    symbols_ = std::move(table).take();
    symbol_names_ = names.bytes();
    const auto index = static_cast<std::uint32_t>(sections_.size());
    sections_.push_back({.name = ".symtab",
                         .type = SHT_SYMTAB,
                         .size = symbols_.size(),
                         .bytes = symbols_,
                         .link = index + 1,
                         .info = locals,
                         .alignment = 8,
                         .entry_size = symbol_size()});
    sections_.push_back({.name = ".strtab",
                         .type = SHT_STRTAB,
                         .size = symbol_names_.size(),
                         .bytes = symbol_names_});
  }

  void add_names() {
    StringTable names;
    sections_.push_back({.name = ".shstrtab", .type = SHT_STRTAB});
    for (Stored& one : sections_) one.name_offset = names.add(one.name);
    section_names_ = names.bytes();
    sections_.back().bytes = section_names_;
    sections_.back().size = section_names_.size();
  }

  /// The end of the file.
  std::uint64_t lay_out() {
    std::uint64_t at = header_size() + segment_size() * file_.image.size();
    for (Stored& one : sections_) {
      // Loaded bytes lie at an offset that fits their address, as every loader of ELF expects it.
      const std::uint64_t unit = (one.flags & SHF_ALLOC) != 0 ? 0x1000 : one.alignment;
      if (one.type == SHT_NULL) continue;
      if ((one.flags & SHF_ALLOC) != 0) {
        at += (one.address - at) % unit;
      } else {
        at = (at + unit - 1) / unit * unit;
      }
      one.offset = at;
      at += one.bytes.size();
    }
    section_table_ = (at + 7) / 8 * 8;
    return section_table_ + section_size() * sections_.size();
  }

  void emit_header(ByteWriter& out) const {
    const std::uint8_t ident[EI_NIDENT] = {
        ELFMAG0,
        ELFMAG1,
        ELFMAG2,
        ELFMAG3,
        static_cast<std::uint8_t>(wide_ ? ELFCLASS64 : ELFCLASS32),
        ELFDATA2LSB,
        EV_CURRENT};
    out.bytes(ident);
    out.u16(ET_EXEC);
    out.u16(machine());
    out.u32(EV_CURRENT);
    word(out, file_.entry);
    word(out, file_.image.empty() ? 0 : header_size());
    word(out, section_table_);
    out.u32(flags());
    out.u16(static_cast<std::uint16_t>(header_size()));
    out.u16(static_cast<std::uint16_t>(segment_size()));
    out.u16(static_cast<std::uint16_t>(file_.image.size()));
    out.u16(static_cast<std::uint16_t>(section_size()));
    out.u16(static_cast<std::uint16_t>(sections_.size()));
    out.u16(static_cast<std::uint16_t>(sections_.size() - 1));
  }

  void emit_segment(ByteWriter& out, const Stored& one, std::uint64_t memory) const {
    const std::uint32_t flags = PF_R | ((one.flags & SHF_WRITE) != 0 ? PF_W : 0u) |
                                ((one.flags & SHF_EXECINSTR) != 0 ? PF_X : 0u);
    out.u32(PT_LOAD);
    if (wide_) out.u32(flags);
    word(out, one.offset);
    word(out, one.address);
    word(out, one.address);
    word(out, one.bytes.size());
    word(out, memory);
    if (!wide_) out.u32(flags);
    word(out, 0x1000);
  }

  void emit_section(ByteWriter& out, const Stored& one) const {
    out.u32(one.name_offset);
    out.u32(one.type);
    word(out, one.flags);
    word(out, one.address);
    word(out, one.offset);
    word(out, one.size);
    out.u32(one.link);
    out.u32(one.info);
    word(out, one.alignment);
    word(out, one.entry_size);
  }

  std::vector<std::uint8_t> emit() const {
    ByteWriter out;
    emit_header(out);
    for (std::size_t i = 0; i < file_.image.size(); ++i)
      emit_segment(out, sections_[i + 1], file_.image[i].size);
    for (const Stored& one : sections_) {
      if (one.type == SHT_NULL) continue;
      out.zeros(one.offset - out.size());
      out.bytes(one.bytes);
    }
    out.zeros(section_table_ - out.size());
    for (const Stored& one : sections_) emit_section(out, one);
    return std::move(out).take();
  }

  const SideFile& file_;
  bool wide_;
  std::vector<Stored> sections_;
  std::vector<std::uint8_t> origins_, symbols_, symbol_names_, section_names_;
  std::uint64_t section_table_ = 0;
};

}  // namespace

Result<std::vector<std::uint8_t>> write_side_file(const SideFile& file) {
  return Writer(file).write();
}

std::string side_file_name(std::string_view cpe) {
  return std::string(cpe) + ".debug";
}

}  // namespace cmos::debugmap
