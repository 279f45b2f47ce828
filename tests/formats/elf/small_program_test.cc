// Linked ELF programs of the 68000 and the Z80: what is read of them, and what is refused where.
#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "formats/elf/small_program.h"

namespace cmos::elf {
namespace {

/// A header, program headers, one code segment of 4 bytes, a symbol table with two names.
struct Draft {
  ByteOrder order = ByteOrder::kBig;
  std::uint16_t machine = EM_68K;
  std::uint16_t type = ET_EXEC;
  std::vector<std::array<std::uint32_t, 8>> segments = {
      {PT_LOAD, 0, 0x400000, 0x400000, 4, 12, PF_R | PF_X, 2}};
};

class Image {
 public:
  explicit Image(const Draft& draft) : out_(draft.order) {
    const auto table = static_cast<std::uint32_t>(52 + 32 * draft.segments.size());
    const std::uint32_t code = table;
    const std::uint32_t symbols = code + 4;
    const std::uint32_t names = symbols + 3 * 16;
    const std::uint32_t sections = names + 12;
    header(draft, sections);
    for (auto one : draft.segments) {
      one[1] = code;
      for (const std::uint32_t field : one) out_.u32(field);
    }
    out_.bytes(std::vector<std::uint8_t>{0x4e, 0x71, 0x4e, 0x75});
    symbol(0, 0, 0, 0);
    symbol(1, 0x400000, ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), 1);
    symbol(7, 0x400004, ELF32_ST_INFO(STB_LOCAL, STT_OBJECT), 1);
    out_.text(std::string_view("\0start\0data\0", 12));
    section(SHT_NULL, 0, 0, 0);
    section(SHT_SYMTAB, symbols, 3 * 16, 2);
    section(SHT_STRTAB, names, 12, 0);
  }
  std::vector<std::uint8_t> take() && { return std::move(out_).take(); }

 private:
  void header(const Draft& draft, std::uint32_t sections) {
    const bool big = draft.order == ByteOrder::kBig;
    out_.bytes(std::vector<std::uint8_t>{0x7f, 'E', 'L', 'F', ELFCLASS32,
                                         static_cast<std::uint8_t>(big ? 2 : 1), 1, 0, 0, 0, 0, 0,
                                         0, 0, 0, 0});
    out_.u16(draft.type);
    out_.u16(draft.machine);
    out_.u32(1);
    out_.u32(0x400002);
    out_.u32(52);
    out_.u32(sections);
    out_.u32(0);
    for (const int field : {52, 32}) out_.u16(static_cast<std::uint16_t>(field));
    out_.u16(static_cast<std::uint16_t>(draft.segments.size()));
    for (const int field : {40, 3, 0}) out_.u16(static_cast<std::uint16_t>(field));
  }
  void symbol(std::uint32_t name, std::uint32_t value, std::uint8_t info, std::uint16_t place) {
    out_.u32(name);
    out_.u32(value);
    out_.u32(0);
    out_.u8(info);
    out_.u8(0);
    out_.u16(place);
  }
  void section(std::uint32_t type, std::uint32_t offset, std::uint32_t size, std::uint32_t link) {
    for (const std::uint32_t field : {0U, type, 0U, 0U, offset, size, link, 0U, 0U, 0U})
      out_.u32(field);
  }
  ByteWriter out_;
};

std::vector<std::uint8_t> image(const Draft& draft) {
  return Image(draft).take();
}

std::string refusal(const Draft& draft) {
  const auto bytes = image(draft);
  const auto read = read_small_program(bytes, "p");
  return read ? "read" : read.error().text();
}

TEST(SmallProgram, of_a_68000) {
  const auto bytes = image({});
  ASSERT_TRUE(looks_like_small_program(bytes));
  const auto read = read_small_program(bytes, "p");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->cpu, &arch::kM68k);
  EXPECT_EQ(read->entry, 0x400002U);
  ASSERT_EQ(read->segments.size(), 1U);
  EXPECT_EQ(read->segments[0].address, 0x400000U);
  EXPECT_EQ(read->segments[0].memory_size, 12U);
  EXPECT_TRUE(std::ranges::equal(read->segments[0].bytes,
                                 std::vector<std::uint8_t>{0x4e, 0x71, 0x4e, 0x75}));
  ASSERT_EQ(read->symbols.size(), 2U);
  EXPECT_EQ(read->symbols[0].name, "start");
  EXPECT_TRUE(read->symbols[0].function && !read->symbols[0].local);
  EXPECT_EQ(read->symbols[1].name, "data");
  EXPECT_TRUE(read->symbols[1].object && read->symbols[1].local);
}

TEST(SmallProgram, of_a_z80) {
  const auto bytes = image({.order = ByteOrder::kLittle, .machine = 220});
  const auto read = read_small_program(bytes, "p");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->cpu, &arch::kZ80);
  EXPECT_EQ(read->entry, 0x400002U);
}

TEST(SmallProgram, large_cpus_are_others) {
  EXPECT_FALSE(looks_like_small_program(image({.order = ByteOrder::kLittle, .machine = EM_386})));
  EXPECT_FALSE(looks_like_small_program(image({.order = ByteOrder::kLittle, .machine = EM_68K})));
  EXPECT_FALSE(looks_like_small_program({}));
}

TEST(SmallProgram, what_is_refused) {
  EXPECT_EQ(refusal({.type = ET_REL}),
            "p: offset 0x10: e_type: found 1, expected 2, a program that is linked for fixed "
            "addresses (ld, without -r and -pie)");
  EXPECT_EQ(refusal({.segments = {{PT_DYNAMIC, 0, 0, 0, 0, 0, 0, 0}}}),
            "p: offset 0x34: p_type: found PT_DYNAMIC, expected a static program: ld -static");
  EXPECT_EQ(refusal({.segments = {{PT_LOAD, 0, 0, 0, 5, 4, 0, 0}}}),
            "p: offset 0x44: p_filesz: found 5, expected at most p_memsz, 4");
  EXPECT_EQ(refusal({.segments = {{PT_LOAD, 0, 0, 0, 0x1000, 0x1000, 0, 0}}}),
            "p: offset 0x54: segment: found 4096 bytes, expected a part of the file's 268");
  EXPECT_EQ(refusal({.segments = {{PT_LOAD, 0, 0x102, 0, 4, 4, 0, 0},
                                  {PT_LOAD, 0, 0x100, 0, 4, 4, 0, 0}}}),
            "p: offset 0x34: p_vaddr: found 0x102, expected an address behind 0x100, 4 bytes");
  EXPECT_EQ(refusal({.segments = {}}),
            "p: offset 0x2a: e_phentsize, e_phnum: found 32, 0, expected 32, and at least one");
}

TEST(SmallProgram, every_cut_is_told) {
  const auto bytes = image({});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = read_small_program(Bytes(bytes).first(size), "p");
    ASSERT_FALSE(read) << size;
    EXPECT_TRUE(read.error().offset) << size;
  }
}

}  // namespace
}  // namespace cmos::elf
