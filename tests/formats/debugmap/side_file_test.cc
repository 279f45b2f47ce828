#include "formats/debugmap/side_file.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "formats/elf/executable.h"
#include "tests/formats/debugmap/sample.h"

namespace cmos::debugmap {
namespace {

class SideFileOnEveryIsa : public ::testing::TestWithParam<object::Isa> {};
INSTANTIATE_TEST_SUITE_P(Isas, SideFileOnEveryIsa,
                         ::testing::Values(object::Isa::kX86_64, object::Isa::kX86,
                                           object::Isa::kArm, object::Isa::kArm64),
                         [](const auto& one) {
                           std::string name(object::name(one.param));
                           std::erase_if(name, [](char c) { return c == '-' || c == ' '; });
                           return name;
                         });

TEST_P(SideFileOnEveryIsa, IsAnElfProgramThatReadsBack) {
  const std::vector<std::uint8_t> code{1, 2, 3, 4, 5, 6, 7, 8};
  SideFile file = sample_side_file(GetParam(), code);
  file.debug.push_back({.name = ".debug_line", .bytes = as_bytes("lines"), .alignment = 4});
  const auto bytes = write_side_file(file);
  ASSERT_TRUE(bytes) << bytes.error().text();
  const auto program = elf::read_executable(*bytes, "app.cpe.debug");
  ASSERT_TRUE(program) << program.error().text();
  EXPECT_EQ(program->file.entry, 0x400000u);
  ASSERT_EQ(program->segments.size(), 2u);
  EXPECT_EQ(program->segments[0].header.address, 0x400000u);
  EXPECT_TRUE(std::equal(code.begin(), code.end(), program->segments[0].bytes.begin()));
  EXPECT_TRUE(program->segments[1].writable());
  EXPECT_EQ(program->segments[1].header.memory_size, 0x10u);

  const auto& symbols = program->file.symbols;
  ASSERT_EQ(symbols.size(), 4u);
  EXPECT_EQ(symbols[1].name, "helper");  // local ones first
  EXPECT_EQ(symbols[2].name, "main");
  EXPECT_EQ(symbols[2].section, 1u);
  EXPECT_EQ(symbols[3].section, 2u);
  const auto section =
      std::ranges::find(program->file.sections, kOriginsSection, &elf::Section::name);
  ASSERT_NE(section, program->file.sections.end());
  const auto origins =
      read_origins(Bytes(*bytes).subspan(section->offset, section->size), section->offset, "x");
  ASSERT_TRUE(origins) << origins.error().text();
  EXPECT_EQ(origins->placements.size(), 5u);
  const auto lines = std::ranges::find(program->file.sections, ".debug_line", &elf::Section::name);
  ASSERT_NE(lines, program->file.sections.end());
  EXPECT_EQ(as_text(Bytes(*bytes).subspan(lines->offset, lines->size)), "lines");
  EXPECT_EQ(lines->flags & SHF_ALLOC, 0u);
}

TEST(SideFile, TheSameInputGivesTheSameBytes) {
  const std::vector<std::uint8_t> code(100);
  EXPECT_EQ(*write_side_file(sample_side_file(object::Isa::kArm, code)),
            *write_side_file(sample_side_file(object::Isa::kArm, code)));
}

TEST(SideFile, StandsBesideTheProgram) {
  EXPECT_EQ(side_file_name("a/app.cpe"), "a/app.cpe.debug");
}

}  // namespace
}  // namespace cmos::debugmap
