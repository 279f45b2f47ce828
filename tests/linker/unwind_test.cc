// Unwinding tables: part of the programs that read them, and of no others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/linker/build.h"

namespace cmos::linker::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string word(std::uint32_t value) {
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

constexpr std::uint32_t kShared = 16;  // bytes of the entry that frames share, with its length
constexpr std::uint32_t kFrame = 20;

std::string shared_entry() {
  return word(kShared - 4) + word(0) + "\1zR\1" + std::string("\x78\x10\x1\x1b", 4);
}
/// A frame at `at` of a table that begins with the shared entry.
std::string frame(std::uint32_t at, std::uint32_t function_size) {
  return word(kFrame - 4) + word(at + 4) + word(0) + word(function_size) + word(0);
}

/// Two functions of which _start calls one; each has a frame and something that the frame names.
/// `asks`: the start code refers to the bounds of the table.
Build program(bool asks) {
  Build out;
  const std::uint32_t start = out.code(std::string(24, '\0'), ".text.start");
  out.define("_start", start);
  const std::uint32_t used = out.code("\xc3", ".text.used");
  const std::uint32_t unused = out.code("\xc3\xc3", ".text.unused");
  const std::uint32_t used_name = out.define("used", used);
  const std::uint32_t unused_name = out.define("unused", unused);
  out.relocate(start, 0, RelocationType::kAbs64, used_name);
  if (asks) {
    out.relocate(start, 8, RelocationType::kAbs64, out.refer("__eh_frame_start"));
    out.relocate(start, 16, RelocationType::kAbs64, out.refer("__eh_frame_end"));
  }
  const std::uint32_t details =
      out.section(".gcc_except_table.used", SectionKind::kUnwind, "12345678");
  const std::uint32_t others =
      out.section(".gcc_except_table.unused", SectionKind::kUnwind, "abcd");
  const std::uint32_t details_name = out.define("details", details, 0, Binding::kLocal);
  const std::uint32_t others_name = out.define("others", others, 0, Binding::kLocal);
  const std::uint32_t second = kShared + kFrame;
  const std::uint32_t frames =
      out.section(".eh_frame", SectionKind::kUnwind,
                  shared_entry() + frame(kShared, 1) + frame(second, 2) + word(0), 8);
  out.relocate(frames, kShared + 8, RelocationType::kPc32, used_name);
  out.relocate(frames, kShared + 16, RelocationType::kAbs32U, details_name);
  out.relocate(frames, second + 8, RelocationType::kPc32, unused_name);
  out.relocate(frames, second + 16, RelocationType::kAbs32U, others_name);
  return out;
}

std::vector<std::string> outputs(const Outcome& out) {
  std::vector<std::string> names;
  for (const Output& one : out.linked->outputs) names.push_back(one.name);
  return names;
}

TEST(UnwindTables, AreNoPartOfAProgramThatDoesNotAskForThem) {
  const Outcome out = link_all(several(program(false)));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_THAT(outputs(out), ElementsAre(".text"));
}

TEST(UnwindTables, HaveAFrameForEachFunctionThatIsThere) {
  Options options;
  options.collect_garbage = true;
  const Outcome out = link_all(several(program(true)), options);
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_THAT(outputs(out), ElementsAre(".text", ".rodata", ".eh_frame"));
  EXPECT_TRUE(out.find("unused")->discarded);
  const std::uint64_t table = out.address("__eh_frame_start");
  // The shared entry, the frame, and zeros up to the next place for a frame.
  ASSERT_EQ(out.address("__eh_frame_end") - table, 40u);
  EXPECT_EQ(out.number(table, 4), kShared - 4);
  EXPECT_EQ(out.number(table + 4, 4), 0u);
  const std::uint64_t own = table + kShared;
  EXPECT_EQ(out.number(own, 4), 20u);
  EXPECT_EQ(out.number(own + 4, 4), kShared + 4);
  EXPECT_EQ(static_cast<std::uint32_t>(own + 8 + out.number(own + 8, 4)), out.address("used"));
  EXPECT_EQ(out.number(own + 12, 4), 1u);
  EXPECT_EQ(out.number(out.number(own + 16, 4), 4), 0x34333231u);
}

TEST(UnwindTables, HaveAllFramesWhenNothingIsCollected) {
  const Outcome out = link_all(several(program(true)));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.address("__eh_frame_end") - out.address("__eh_frame_start"), 80u);
}

std::vector<std::string> errors_of(const std::string& table) {
  Build build = program(true);
  build.section(".eh_frame", SectionKind::kUnwind, table, 8);
  return link_all(several(std::move(build))).errors;
}

TEST(UnwindTables, ThatAreBrokenAreRefused) {
  EXPECT_THAT(
      errors_of(word(100) + word(0)),
      ElementsAre(HasSubstr("section .eh_frame, length of an entry: found 100, expected 4 to 4")));
  EXPECT_THAT(
      errors_of(shared_entry() + word(4) + word(50)),
      ElementsAre(HasSubstr(
          "section .eh_frame, distance to the shared entry: found 50, expected at most 20")));
  EXPECT_THAT(
      errors_of(word(4) + word(2)),
      ElementsAre(HasSubstr(
          "section .eh_frame, length of the shared entry: found 131072, expected at most 2")));
}

TEST(UnwindTables, DoNotGrowManyTimesByWhatFramesShare) {
  constexpr std::uint32_t kLarge = 1000;
  std::string table = word(kLarge) + word(0) + std::string(kLarge - 4, '\0');
  for (int i = 0; i < 100; ++i)
    table += word(4) + word(static_cast<std::uint32_t>(table.size()) + 4);
  EXPECT_THAT(errors_of(table),
              ElementsAre(HasSubstr("length of the shared entry: found 1000, expected less: it is "
                                    "copied for each of many frames")));
}

TEST(UnwindTables, OfArmSayWhichCodeHasNone) {
  Build build("_ARM");
  const std::uint32_t start = build.code(std::string(8, '\0'), ".text.start");
  build.define("_start", start);
  build.relocate(start, 0, RelocationType::kAbs32, build.refer("__exidx_start"));
  build.relocate(start, 4, RelocationType::kAbs32, build.refer("__exidx_end"));
  const std::uint32_t with = build.code(std::string(4, '\0'), ".text.with");
  const std::uint32_t index =
      build.section(".ARM.exidx.text.with", SectionKind::kUnwind, word(0) + word(0x80b0b0b0), 4);
  build.at(index).link_order = with;
  build.relocate(index, 0, RelocationType::kArmPc31, build.define("with", with));
  const Outcome out = link_all(several(std::move(build)));
  ASSERT_THAT(out.errors, IsEmpty());
  const std::uint64_t table = out.address("__exidx_start");
  ASSERT_EQ(out.address("__exidx_end") - table, 16u);
  const auto target = [&](std::uint64_t place) {
    return (place + out.number(place, 4)) & 0x7fffffff;
  };
  EXPECT_EQ(target(table), out.address("_start"));
  EXPECT_EQ(out.number(table + 4, 4), 1u);
  EXPECT_EQ(target(table + 8), out.address("with"));
  EXPECT_EQ(out.number(table + 12, 4), 0x80b0b0b0u);
}

}  // namespace
}  // namespace cmos::linker::test
