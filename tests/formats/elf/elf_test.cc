#include "formats/elf/elf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/elf/executable.h"
#include "tests/formats/elf/elf_builder.h"

namespace cmos::elf {
namespace {

using test::Builder;
using testing::HasSubstr;

std::string error_of(const std::vector<std::uint8_t>& bytes) {
  const auto result = read_executable(bytes, "app.elf");
  return result ? "accepted" : result.error().text();
}

void put(std::vector<std::uint8_t>& bytes, std::uint64_t offset, std::uint64_t value,
         unsigned size) {
  for (unsigned i = 0; i < size; ++i)
    bytes.at(offset + i) = static_cast<std::uint8_t>(value >> (8 * i));
}

TEST(Elf, ReadsBothClasses) {
  for (const bool wide : {true, false}) {
    Builder builder;
    builder.wide = wide;
    builder.machine = wide ? EM_AARCH64 : EM_ARM;
    builder.entry = 0x40'0001;
    builder.segments.push_back(
        {.flags = PF_R | PF_W, .address = 0x40'1000, .bytes = "abc", .memory_size = 100});
    builder.symbols = {{"main", 0x40'0005},
                       {"counter", 0x40'1000, (STB_LOCAL << 4) | STT_OBJECT, 1}};
    const auto bytes = builder.build();
    const auto read = read_executable(bytes, "app.elf");
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->file.machine, wide ? Machine::kAArch64 : Machine::kArm);
    EXPECT_EQ(read->file.entry, 0x40'0001u);
    ASSERT_EQ(read->segments.size(), 2u);
    EXPECT_TRUE(read->segments[0].executable());
    EXPECT_FALSE(read->segments[0].writable());
    EXPECT_EQ(as_text(read->segments[1].bytes), "abc");
    EXPECT_EQ(read->segments[1].end(), 0x40'1064u);
    ASSERT_EQ(read->file.symbols.size(), 3u);
    EXPECT_EQ(read->file.symbols[1].name, "main");
    EXPECT_EQ(read->file.symbols[1].value, 0x40'0005u);
    EXPECT_EQ(read->file.symbols[1].kind, SymbolKind::kFunction);
    EXPECT_EQ(read->file.symbols[2].binding, Binding::kLocal);
    EXPECT_EQ(read->file.sections.at(1).name, ".text");
  }
}

TEST(Elf, SegmentsComeSortedAndEmptyOnesAreDropped) {
  Builder builder;
  builder.segments = {{.flags = PF_R | PF_W, .address = 0x40'2000, .bytes = "data"},
                      {.flags = PF_R, .address = 0x40'1000, .bytes = ""},
                      {.address = 0x40'0000, .bytes = "code"}};
  const auto bytes = builder.build();
  const auto read = read_executable(bytes, "app.elf");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->segments.size(), 2u);
  EXPECT_EQ(as_text(read->segments[0].bytes), "code");
}

TEST(Elf, AStrippedFileHasNoSymbols) {
  Builder builder;
  builder.with_sections = false;
  const auto bytes = builder.build();
  const auto read = read_executable(bytes, "app.elf");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_TRUE(read->file.symbols.empty());
}

TEST(Elf, SectionCountsOver16BitsStandInSectionZero) {
  Builder builder;
  auto bytes = builder.build();
  put(bytes, 60, 0, 2);                              // e_shnum
  put(bytes, 62, SHN_XINDEX, 2);                     // e_shstrndx
  put(bytes, builder.section_header(0) + 32, 5, 8);  // sh_size of section 0
  put(bytes, builder.section_header(0) + 40, 3, 4);  // sh_link of section 0
  const auto read = read_executable(bytes, "app.elf");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->file.sections.size(), 5u);
  EXPECT_EQ(read->file.sections[2].name, ".symtab");
}

TEST(ElfRefusals, IdentificationAndHeader) {
  struct Row {
    std::uint64_t offset;
    std::uint64_t value;
    unsigned size;
    const char* message;
  };
  const Row rows[] = {
      {0, 0x7e, 1,
       "app.elf: offset 0x0: e_ident magic: found 7e 45 4c 46, expected 7f 45 4c 46 (an ELF file)"},
      {4, 3, 1, "app.elf: offset 0x4: EI_CLASS: found 3, expected 1 (32-bit) or 2 (64-bit)"},
      {4, 1, 1, "app.elf: offset 0x4: EI_CLASS: found 32-bit, expected 64-bit for x86-64"},
      {5, 2, 1, "app.elf: offset 0x5: EI_DATA: found 2 (big-endian), expected 1 (little-endian)"},
      {5, 0, 1, "app.elf: offset 0x5: EI_DATA: found 0, expected 1 (little-endian)"},
      {6, 2, 1, "app.elf: offset 0x6: EI_VERSION: found 2, expected 1"},
      {16, 4, 2,
       "app.elf: offset 0x10: e_type: found 4 (a core dump), expected 2 (an executable) or 1"},
      {18, 243, 2,
       "app.elf: offset 0x12: e_machine: found 243 (RISC-V), expected 3 (i386), 62 (x86-64), 40 "
       "(ARM) or "
       "183"},
      {20, 2, 4, "app.elf: offset 0x14: e_version: found 2, expected 1"},
      {52, 52, 2, "app.elf: offset 0x34: e_ehsize: found 52, expected 64"},
      {54, 32, 2, "app.elf: offset 0x36: e_phentsize: found 32, expected 56"},
      {32, UINT64_MAX, 8,
       "app.elf: offset 0x20: e_phoff: found 56 bytes at 0xffffffffffffffff, expected a range"},
      {58, 40, 2, "app.elf: offset 0x3a: e_shentsize: found 40, expected 64"},
      {40, 0x10000, 8,
       "app.elf: offset 0x28: e_shoff: found 320 bytes at 0x10000, expected a range inside the "
       "file"},
      {60, 60000, 2, "app.elf: offset 0x28: e_shoff: found 3840000 bytes at"},
      {62, 1, 2,
       "app.elf: offset 0x3e: e_shstrndx: found 1, expected the index of a string table "
       "(SHT_STRTAB)"},
  };
  for (const Row& row : rows) {
    auto bytes = Builder().build();
    put(bytes, row.offset, row.value, row.size);
    EXPECT_THAT(error_of(bytes), HasSubstr(row.message));
  }
}

TEST(ElfRefusals, ProgramsThatNeedALoaderOfTheirOwn) {
  Builder relocatable;
  relocatable.type = ET_REL;
  EXPECT_THAT(error_of(relocatable.build()), HasSubstr("link it first: ld -T cmos.ld"));
  Builder pie;
  pie.type = ET_DYN;
  EXPECT_THAT(error_of(pie.build()),
              HasSubstr("position-independent program, expected ET_EXEC; link it as a static"));
  Builder interpreter;
  interpreter.segments.push_back({.type = PT_INTERP, .flags = PF_R, .bytes = "/lib/ld.so"});
  EXPECT_THAT(error_of(interpreter.build()), HasSubstr("offset 0x78: p_type: found PT_INTERP"));
  Builder dynamic;
  dynamic.segments.push_back({.type = PT_DYNAMIC, .flags = PF_R, .bytes = "0123"});
  EXPECT_THAT(error_of(dynamic.build()), HasSubstr("found PT_DYNAMIC"));
  Builder relocations;
  relocations.relocations = 24;
  EXPECT_THAT(error_of(relocations.build()),
              HasSubstr("section .rela.dyn: found 24 bytes of relocations"));
}

TEST(ElfRefusals, Segments) {
  Builder outside;
  outside.segments[0].offset = 0xfffffff0;
  EXPECT_THAT(error_of(outside.build()),
              HasSubstr("offset 0x40: p_offset, p_filesz: found 16 bytes at 0xfffffff0"));
  Builder small;
  small.segments[0].memory_size = 15;
  EXPECT_THAT(error_of(small.build()),
              HasSubstr("p_filesz: found 16, expected at most p_memsz, 15"));
  Builder wraps;
  wraps.segments[0].address = UINT64_MAX - 3;
  EXPECT_THAT(error_of(wraps.build()),
              HasSubstr("p_vaddr, p_memsz: found 16 bytes at address 0xfffffffffffffffc"));
  Builder overlap;
  overlap.segments.push_back({.address = 0x40'000f, .bytes = "x"});
  EXPECT_THAT(error_of(overlap.build()),
              HasSubstr("found 0x40000f, inside the segment 0x400000-0x400010"));
  Builder none;
  none.segments.clear();
  EXPECT_THAT(error_of(none.build()), HasSubstr("found no loadable segment"));
}

TEST(ElfRefusals, SectionsAndSymbols) {
  Builder builder;
  builder.symbols = {{"main", 0x40'0000}};
  const auto good = builder.build();
  auto section_field = [&](std::size_t section, std::uint64_t field, std::uint64_t value,
                           unsigned size) {
    auto bytes = good;
    put(bytes, builder.section_header(section) + field, value, size);
    return error_of(bytes);
  };
  EXPECT_THAT(section_field(1, 24, UINT64_MAX, 8),
              HasSubstr("section 1 sh_offset, sh_size: found 16 bytes at"));
  EXPECT_THAT(section_field(1, 0, 4000, 4), HasSubstr("section 1 sh_name: found string at 0xfa0"));
  EXPECT_THAT(section_field(2, 56, 16, 8),
              HasSubstr("symbol table sh_entsize: found 16, expected 24"));
  EXPECT_THAT(section_field(2, 32, 47, 8),
              HasSubstr("symbol table sh_size: found 47, expected a multiple of 24"));
  EXPECT_THAT(section_field(2, 40, 9, 4), HasSubstr("symbol table sh_link: found 9"));
  EXPECT_THAT(section_field(1, 4, SHT_SYMTAB, 4), HasSubstr("a second symbol table"));
  EXPECT_THAT(section_field(3, 32, 10, 8), HasSubstr("a string table that does not end with 0"));

  auto bytes = good;
  put(bytes, builder.symbol_table + 24, 0xffff, 4);
  EXPECT_THAT(error_of(bytes), HasSubstr("symbol 1 st_name: found string at 0xffff"));
  bytes = good;
  put(bytes, builder.symbol_table + 24 + 6, 5, 2);
  EXPECT_THAT(error_of(bytes), HasSubstr("symbol 1 st_shndx: found 5, expected less than 5"));
}

// Whatever the bytes, an answer and no crash; sanitizers watch.
TEST(ElfRobustness, EveryPrefixAndEveryWrongByte) {
  for (const bool wide : {true, false}) {
    Builder builder;
    builder.wide = wide;
    builder.machine = wide ? EM_X86_64 : EM_386;
    builder.symbols = {{"main", 0x40'0000}, {"x", 0x40'0001}};
    const auto good = builder.build();
    ASSERT_EQ(error_of(good), "accepted");
    for (std::size_t size = 0; size < good.size(); ++size) {
      const std::vector<std::uint8_t> cut(good.begin(),
                                          good.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_NE(error_of(cut), "accepted") << size;
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        auto bytes = good;
        bytes[at] = static_cast<std::uint8_t>(value);
        const auto read = read_executable(bytes, "app.elf");
        EXPECT_TRUE(read || !read.error().text().empty());
      }
    }
  }
}

}  // namespace
}  // namespace cmos::elf
