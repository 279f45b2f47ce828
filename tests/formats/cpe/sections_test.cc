// Boundary symbols (abi 1.3): which memory has which permissions, and which boundaries are refused.
#include <gtest/gtest.h>

#include "tests/formats/cpe/build.h"

namespace cmos::cpe {
namespace {

struct Bounds {
  std::optional<std::uint32_t> constants = {}, variables = {}, end = {};
  std::size_t raw = 0x3000;
  std::uint32_t entry = 0;
  char fill = '\0';
};

std::string file_with(const Bounds& bounds) {
  Draft draft;
  auto add = [&](std::string_view name, std::optional<std::uint32_t> offset) {
    if (offset) draft.table += symbol(std::string(name), *offset);
  };
  add(kConstStart, bounds.constants);
  add(kVarStart, bounds.variables);
  add(kImageEnd, bounds.end);
  draft.code = std::string(bounds.raw, bounds.fill);
  while ((4 + draft.table.size() + draft.code.size()) % 16 != 0) draft.code += bounds.fill;
  draft.entry = bounds.entry;
  return draft.bytes();
}

std::vector<ImageSection> sections_of(const Bounds& bounds) {
  const auto parsed = read_text(file_with(bounds));
  EXPECT_TRUE(parsed) << parsed.error().text();
  return parsed ? parsed->sections : std::vector<ImageSection>{};
}

std::string rules_for(const Bounds& bounds) {
  return rules_of(validate_text(file_with(bounds)));
}

using Sections = std::vector<ImageSection>;
constexpr SectionKind kCode = SectionKind::kCode, kConst = SectionKind::kConst,
                      kVar = SectionKind::kVar, kWhole = SectionKind::kWhole;

TEST(CpeSections, NoBoundariesMeanOneRange) {
  EXPECT_EQ(sections_of({.raw = 60}), (Sections{{kWhole, 0, 60}}));
}

TEST(CpeSections, AllThree) {
  EXPECT_EQ(sections_of({0x1000, 0x2000, 0x2345}),
            (Sections{{kCode, 0, 0x1000}, {kConst, 0x1000, 0x1000}, {kVar, 0x2000, 0x345}}));
}

TEST(CpeSections, ZeroFilledEndMayLieFarBehindTheRawBytes) {
  EXPECT_EQ(sections_of({0x1000, 0x2000, 0x100'0001}),
            (Sections{{kCode, 0, 0x1000}, {kConst, 0x1000, 0x1000}, {kVar, 0x2000, 0xff'e001}}));
  // Variables that are all zero need no raw bytes at all.
  EXPECT_EQ(sections_of({0x3000, 0x4000, 0x5000, 0x3000 - 12}),
            (Sections{{kCode, 0, 0x3000}, {kConst, 0x3000, 0x1000}, {kVar, 0x4000, 0x1000}}));
}

TEST(CpeSections, EqualBoundariesLeaveASectionOut) {
  EXPECT_EQ(sections_of({0x1000, 0x1000, 0x2000}),
            (Sections{{kCode, 0, 0x1000}, {kVar, 0x1000, 0x1000}}));
  EXPECT_EQ(sections_of({0x1000, 0x2000, 0x2000}),
            (Sections{{kCode, 0, 0x1000}, {kConst, 0x1000, 0x1000}}));
}

TEST(CpeSections, SomeBoundariesAreEnough) {
  EXPECT_EQ(sections_of({.constants = 0x1000, .raw = 0x2000 - 29}),
            (Sections{{kCode, 0, 0x1000}, {kConst, 0x1000, 0xfe7}}));
  EXPECT_EQ(sections_of({.variables = 0x2000, .end = 0x2001}),
            (Sections{{kCode, 0, 0x2000}, {kVar, 0x2000, 1}}));
  EXPECT_EQ(sections_of({.end = 0x1001}), (Sections{{kCode, 0, 0x1001}}));
}

TEST(CpeSections, UnalignedIsRefused) {
  EXPECT_EQ(rules_for({0x1001, 0x2000, 0x3000}), "error boundary-unaligned");
  EXPECT_EQ(rules_for({0x1000, 0x2fff, 0x3000}), "error boundary-unaligned");
  EXPECT_EQ(outcome(read_text(file_with({0x10, {}, {}}))),
            "t.cpe: offset 0x32: __const_start: found 0x10, expected a multiple of 4096");
}

TEST(CpeSections, OutOfOrderIsRefused) {
  EXPECT_EQ(rules_for({0x2000, 0x1000, 0x3000}), "error boundary-order");
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x1fff}), "error boundary-order");
  EXPECT_EQ(rules_for({0x1000, {}, 0xfff}), "error boundary-order");
  EXPECT_EQ(rules_for({.constants = 0x4000}), "error boundary-order") << "past the raw bytes";
  EXPECT_EQ(rules_for({0xffff'f000, {}, 0x3000}), "error boundary-order");
  EXPECT_EQ(outcome(read_text(file_with({0x2000, 0x1000, 0x3000}))),
            "t.cpe: offset 0x32: __const_start: found 0x2000, expected at most 0x1000, "
            "__var_start");
}

TEST(CpeSections, TheSameBoundaryTwiceMustAgree) {
  Draft draft;
  draft.table = symbol(std::string(kVarStart), 0x1000) + symbol(std::string(kVarStart), 0x1000);
  draft.code = std::string(0x2000 - 4 - draft.table.size(), '\0');
  EXPECT_EQ(rules_of(validate_text(draft.bytes())), "warning duplicate-symbol");
  draft.table = symbol(std::string(kVarStart), 0x1000) + symbol(std::string(kVarStart), 0);
  EXPECT_EQ(rules_of(validate_text(draft.bytes())),
            "warning duplicate-symbol, error boundary-ambiguous");
}

TEST(CpeSections, ImageMustStayBelowTheStack) {
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x6faf'0000}), "");
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x6faf'0001}), "error image-too-large");
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0xffff'ffff}), "error image-too-large");
}

TEST(CpeSections, ZeroFillWithoutVariablesGetsAHint) {
  EXPECT_EQ(rules_for({.end = 0x8000}), "hint zero-fill-not-writable");
}

TEST(CpeSections, PaddingAfterTheImageMustBeZero) {
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x2ff0}), "");
  EXPECT_EQ(rules_for({.constants = 0x1000, .variables = 0x2000, .end = 0x2ff0, .fill = '\x90'}),
            "warning padding-not-zero");
}

TEST(CpeSections, EntryMustBeExecutable) {
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x3000, 0x3000, 0xfff}), "");
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x3000, 0x3000, 0x1000}), "warning entry-not-executable");
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x3000, 0x3000, 0x2000}), "warning entry-not-executable");
  EXPECT_EQ(rules_for({0x1000, 0x2000, 0x2800, 0x3000, 0x2800}), "error entry-outside-code");
}

TEST(CpeSections, AnEmptyImageHasNoPlaceForTheEntry) {
  EXPECT_EQ(rules_for({.end = 0}), "error entry-outside-code");
  EXPECT_EQ(rules_for({.end = 0, .entry = 1}), "error entry-outside-code");
  EXPECT_EQ(rules_for({.end = 1}), "");
}

TEST(CpeSections, SymbolsOutsideTheImageGetAHint) {
  Draft draft;
  draft.table = symbol("end", 28 - 13) + symbol("far", 0x7000'0000);
  draft.code = std::string(14 + 16, '\x90');
  draft.entry = 0;
  EXPECT_EQ(rules_of(validate_text(draft.bytes())),
            "hint symbol-outside-image, warning unpadded-code");
}

TEST(CpeFindings, CarryEverything) {
  const auto findings = validate_text(file_with({0x1001, 0x2000, 0x3000}));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "boundary-unaligned");
  EXPECT_EQ(findings[0].section, "abi 1.3");
  EXPECT_EQ(findings[0].where.file, "t.cpe");
  EXPECT_TRUE(findings[0].where.offset.has_value());
  EXPECT_EQ(findings[0].where.field, "__const_start");
  EXPECT_EQ(findings[0].where.found, "0x1001");
  EXPECT_EQ(findings[0].where.expected, "a multiple of 4096");
}

TEST(CpeFindings, ComeInFileOrder) {
  Draft draft;
  draft.arch = "????";
  draft.version = 0;
  draft.checksum = 5;
  draft.entry = 99;
  draft.mini_disk = std::string(1, '\7') + counted("..") + "x";
  EXPECT_EQ(rules_of(validate_text(draft.bytes())),
            "error bad-version, warning unknown-arch, error entry-outside-code, error "
            "bad-checksum, error bad-lock, error bad-backup-name, warning trailing-bytes");
}

}  // namespace
}  // namespace cmos::cpe
