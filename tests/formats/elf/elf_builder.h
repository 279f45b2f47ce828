// Small ELF files for tests, every field of which can be set wrong.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace cmos::elf::test {

struct BuiltSegment {
  std::uint32_t type = PT_LOAD;
  std::uint32_t flags = PF_R | PF_X;
  std::uint64_t address = 0x40'0000;
  std::string bytes;
  std::uint64_t memory_size = 0;  ///< 0: as many as bytes
  std::uint64_t offset = 0;       ///< 0: where the bytes are
};

struct BuiltSymbol {
  std::string name;
  std::uint64_t value = 0;
  std::uint8_t info = (STB_GLOBAL << 4) | STT_FUNC;
  std::uint16_t section = 1;
};

/// Header, program headers, segment contents, symbols, strings, five section headers (null, .text,
/// .symtab, .strtab, .rela.dyn when `relocations`).
struct Builder {
  bool wide = true;
  std::uint16_t type = ET_EXEC;
  std::uint16_t machine = EM_X86_64;
  std::uint64_t entry = 0x40'0000;
  std::vector<BuiltSegment> segments{{.bytes = std::string(16, '\x90')}};
  std::vector<BuiltSymbol> symbols;
  std::uint64_t relocations = 0;  ///< bytes of an allocated SHT_RELA section
  bool with_sections = true;

  std::uint64_t header_size() const { return wide ? 64 : 52; }
  std::uint64_t segment_header_size() const { return wide ? 56 : 32; }
  std::uint64_t section_header_size() const { return wide ? 64 : 40; }
  /// Offset of program header `i`, and of section header `i` in what build() made last.
  std::uint64_t segment_header(std::size_t i) const {
    return header_size() + i * segment_header_size();
  }
  std::uint64_t section_header(std::size_t i) const {
    return section_table + i * section_header_size();
  }

  std::vector<std::uint8_t> build();

  std::uint64_t section_table = 0;
  std::uint64_t symbol_table = 0;
  std::uint64_t string_table = 0;

 private:
  void word(ByteWriter& out, std::uint64_t value) const {
    if (wide) {
      out.u64(value);
    } else {
      out.u32(static_cast<std::uint32_t>(value));
    }
  }
  void segment(ByteWriter& out, const BuiltSegment& one, std::uint64_t offset) const;
  void section(ByteWriter& out, std::uint32_t name, std::uint32_t type, std::uint64_t flags,
               std::uint64_t offset, std::uint64_t size, std::uint32_t link,
               std::uint64_t entry_size) const;
  void symbol(ByteWriter& out, std::uint32_t name, const BuiltSymbol& one) const;
};

inline void Builder::segment(ByteWriter& out, const BuiltSegment& one, std::uint64_t offset) const {
  const std::uint64_t memory = one.memory_size != 0 ? one.memory_size : one.bytes.size();
  out.u32(one.type);
  if (wide) out.u32(one.flags);
  word(out, one.offset != 0 ? one.offset : offset);
  word(out, one.address);
  word(out, one.address);
  word(out, one.bytes.size());
  word(out, memory);
  if (!wide) out.u32(one.flags);
  word(out, 4096);
}

inline void Builder::section(ByteWriter& out, std::uint32_t name, std::uint32_t kind,
                             std::uint64_t flags, std::uint64_t offset, std::uint64_t size,
                             std::uint32_t link, std::uint64_t entry_size) const {
  out.u32(name);
  out.u32(kind);
  word(out, flags);
  word(out, 0);
  word(out, offset);
  word(out, size);
  out.u32(link);
  out.u32(0);
  word(out, 1);
  word(out, entry_size);
}

inline void Builder::symbol(ByteWriter& out, std::uint32_t name, const BuiltSymbol& one) const {
  out.u32(name);
  if (wide) {
    out.u8(one.info);
    out.u8(0);
    out.u16(one.section);
    out.u64(one.value);
    out.u64(0);
  } else {
    out.u32(static_cast<std::uint32_t>(one.value));
    out.u32(0);
    out.u8(one.info);
    out.u8(0);
    out.u16(one.section);
  }
}

inline std::vector<std::uint8_t> Builder::build() {
  constexpr std::uint32_t kSectionNames = 1;  // "\0.text\0.symtab\0.strtab\0.rela.dyn\0"
  std::string strings("\0.text\0.symtab\0.strtab\0.rela.dyn\0", 33);
  std::vector<std::uint32_t> names;
  for (const BuiltSymbol& one : symbols) {
    names.push_back(static_cast<std::uint32_t>(strings.size()));
    strings += one.name + '\0';
  }
  std::uint64_t at = header_size() + segments.size() * segment_header_size();
  std::vector<std::uint64_t> offsets;
  for (const BuiltSegment& one : segments) {
    offsets.push_back(at);
    at += one.bytes.size();
  }
  const std::uint64_t symbol_size = wide ? 24 : 16;
  symbol_table = at;
  string_table = symbol_table + (symbols.size() + 1) * symbol_size;
  section_table = string_table + strings.size();

  ByteWriter out;
  out.text(
      "\x7f"
      "ELF");
  out.u8(wide ? ELFCLASS64 : ELFCLASS32);
  out.u8(ELFDATA2LSB);
  out.u8(EV_CURRENT);
  out.zeros(9);
  out.u16(type);
  out.u16(machine);
  out.u32(EV_CURRENT);
  word(out, entry);
  word(out, segments.empty() ? 0 : header_size());
  word(out, with_sections ? section_table : 0);
  out.u32(0);
  out.u16(static_cast<std::uint16_t>(header_size()));
  out.u16(static_cast<std::uint16_t>(segment_header_size()));
  out.u16(static_cast<std::uint16_t>(segments.size()));
  out.u16(static_cast<std::uint16_t>(section_header_size()));
  out.u16(with_sections ? 5 : 0);
  out.u16(with_sections ? 3 : 0);
  for (std::size_t i = 0; i < segments.size(); ++i) segment(out, segments[i], offsets[i]);
  for (const BuiltSegment& one : segments) out.text(one.bytes);
  symbol(out, 0, BuiltSymbol{"", 0, 0, 0});
  for (std::size_t i = 0; i < symbols.size(); ++i) symbol(out, names[i], symbols[i]);
  out.text(strings);
  if (with_sections) {
    section(out, 0, SHT_NULL, 0, 0, 0, 0, 0);
    section(out, kSectionNames, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
            offsets.empty() ? 0 : offsets[0], segments.empty() ? 0 : segments[0].bytes.size(), 0,
            0);
    section(out, kSectionNames + 6, SHT_SYMTAB, 0, symbol_table, (symbols.size() + 1) * symbol_size,
            3, symbol_size);
    section(out, kSectionNames + 14, SHT_STRTAB, 0, string_table, strings.size(), 0, 0);
    section(out, kSectionNames + 22, relocations != 0 ? SHT_RELA : SHT_PROGBITS, SHF_ALLOC, 0,
            relocations, 0, 24);
  }
  return std::move(out).take();
}

}  // namespace cmos::elf::test
