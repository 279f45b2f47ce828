// Relocatable ELF objects for tests, every field of which can be set wrong.
#pragma once

#include <elf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace cmos::elf::test {

struct ObjectSection {
  std::string name;
  std::uint32_t type = SHT_PROGBITS;
  std::uint64_t flags = SHF_ALLOC;
  std::string bytes = {};
  std::uint64_t alignment = 1;
  std::uint64_t entry_size = 0;
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::optional<std::uint64_t> size = {};  ///< of SHT_NOBITS, or a wrong one
  std::optional<std::uint64_t> offset = {};
};
struct ObjectSymbol {
  std::string name;
  std::uint8_t info = STT_NOTYPE;
  std::uint8_t other = 0;
  std::uint16_t section = SHN_UNDEF;
  std::uint64_t value = 0;
  std::uint64_t size = 0;
};

constexpr std::uint8_t global(std::uint8_t type) {
  return static_cast<std::uint8_t>(STB_GLOBAL << 4 | type);
}
constexpr std::uint8_t weak(std::uint8_t type) {
  return static_cast<std::uint8_t>(STB_WEAK << 4 | type);
}

/// The sections in order (section 1 is sections[0]), then .symtab, .strtab and .shstrtab.
struct ObjectBuilder {
  bool wide = true;
  std::uint16_t machine = EM_X86_64;
  std::uint16_t type = ET_REL;
  std::uint32_t flags = 0;
  std::vector<ObjectSection> sections;
  std::vector<ObjectSymbol> symbols;
  std::optional<std::uint32_t> first_global = {};

  std::uint32_t symbol_table_index() const {
    return static_cast<std::uint32_t>(sections.size()) + 1;
  }
  std::vector<std::uint8_t> build() const;

  /// One entry of a SHT_REL or SHT_RELA section.
  std::string relocation(std::uint64_t offset, std::uint32_t symbol, std::uint32_t number,
                         std::optional<std::int64_t> addend) const {
    std::string out = word(offset);
    out += wide ? word(std::uint64_t{symbol} << 32 | number) : word(symbol << 8 | number);
    if (addend) out += word(static_cast<std::uint64_t>(*addend));
    return out;
  }
  std::uint64_t relocation_size(bool explicit_addend) const {
    return (wide ? 8 : 4) * (explicit_addend ? 3u : 2u);
  }

 private:
  std::string word(std::uint64_t value) const {
    std::string out;
    for (unsigned i = 0; i < (wide ? 8u : 4u); ++i) out += static_cast<char>(value >> (8 * i));
    return out;
  }
  void put_word(ByteWriter& out, std::uint64_t value) const {
    if (wide) {
      out.u64(value);
    } else {
      out.u32(static_cast<std::uint32_t>(value));
    }
  }
  void put_symbol(ByteWriter& out, const ObjectSymbol& one, std::uint32_t name) const;
  std::string symbol_table(std::string& strings) const;
};

inline void ObjectBuilder::put_symbol(ByteWriter& out, const ObjectSymbol& one,
                                      std::uint32_t name) const {
  out.u32(name);
  if (!wide) {
    put_word(out, one.value);
    put_word(out, one.size);
  }
  out.u8(one.info);
  out.u8(one.other);
  out.u16(one.section);
  if (wide) {
    put_word(out, one.value);
    put_word(out, one.size);
  }
}

inline std::string ObjectBuilder::symbol_table(std::string& strings) const {
  ByteWriter out;
  put_symbol(out, {}, 0);
  for (const ObjectSymbol& one : symbols) {
    put_symbol(out, one, static_cast<std::uint32_t>(strings.size()));
    strings += one.name + '\0';
  }
  return std::string(as_text(out.data()));
}

inline std::vector<std::uint8_t> ObjectBuilder::build() const {
  std::string strings(1, '\0');
  std::uint32_t locals = 1;
  for (const ObjectSymbol& one : symbols) locals += one.info >> 4 == STB_LOCAL ? 1 : 0;
  std::vector<ObjectSection> all = sections;
  const std::string table = symbol_table(strings);
  all.push_back({".symtab", SHT_SYMTAB, 0, table, 8, wide ? 24u : 16u, symbol_table_index() + 1,
                 first_global.value_or(locals)});
  all.push_back({".strtab", SHT_STRTAB, 0, strings});
  std::string names(1, '\0');
  std::vector<std::uint32_t> name_at;
  all.push_back({".shstrtab", SHT_STRTAB, 0});
  for (const ObjectSection& one : all) {
    name_at.push_back(static_cast<std::uint32_t>(names.size()));
    names += one.name + '\0';
  }
  all.back().bytes = names;

  const std::uint64_t header_size = wide ? 64 : 52;
  std::uint64_t at = header_size;
  std::vector<std::uint64_t> offsets;
  for (const ObjectSection& one : all) {
    offsets.push_back(at);
    at += one.bytes.size();
  }
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
  put_word(out, 0);
  put_word(out, 0);
  put_word(out, at);
  out.u32(flags);
  out.u16(static_cast<std::uint16_t>(header_size));
  out.u16(0);
  out.u16(0);
  out.u16(wide ? 64 : 40);
  out.u16(static_cast<std::uint16_t>(all.size() + 1));
  out.u16(static_cast<std::uint16_t>(all.size()));
  for (const ObjectSection& one : all) out.text(one.bytes);
  out.zeros(wide ? 64 : 40);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ObjectSection& one = all[i];
    out.u32(name_at[i]);
    out.u32(one.type);
    put_word(out, one.flags);
    put_word(out, 0);
    put_word(out, one.offset.value_or(offsets[i]));
    put_word(out, one.size.value_or(one.bytes.size()));
    out.u32(one.link);
    out.u32(one.info);
    put_word(out, one.alignment);
    put_word(out, one.entry_size);
  }
  return std::move(out).take();
}

}  // namespace cmos::elf::test
