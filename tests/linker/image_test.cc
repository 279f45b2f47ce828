// What goes where: garbage collection, merging, layout, limits, relocation errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linker/map.h"
#include "linker/program.h"
#include "tests/linker/build.h"

namespace cmos::linker::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kEight{"\0\0\0\0\0\0\0\0", 8};

Options collecting() {
  Options out;
  out.collect_garbage = true;
  return out;
}

std::vector<Build> one(Build build) {
  return several(std::move(build));
}

/// _start refers to `used`; `unused` lies in a section of its own.
Build used_and_unused() {
  Build out;
  const std::uint32_t text = out.code(kEight, ".text.start");
  out.define("_start", text);
  const std::uint32_t used = out.code("\xc3", ".text.used");
  const std::uint32_t unused = out.code("\xc3\xc3", ".text.unused");
  out.relocate(text, 0, RelocationType::kAbs64, out.define("used", used));
  out.define("unused", unused);
  return out;
}

TEST(Collection, RemovesWhatNothingRefersTo) {
  const Outcome out = link_all(one(used_and_unused()), collecting());
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.linked->memory_size, 0x11u);
  EXPECT_TRUE(out.find("unused")->discarded);
  EXPECT_EQ(collected_text(*out.linked),
            "removing unused section .text.unused (2 bytes) in a.cpo\n");
  EXPECT_THAT(map_text(*out.linked), HasSubstr(".text.unused"));
  EXPECT_EQ(link_all(one(used_and_unused())).linked->memory_size, 0x22u);
}

TEST(Collection, KeepsWhatWasAskedFor) {
  Options by_section = collecting();
  by_section.keep = {".text.un*"};
  EXPECT_FALSE(link_all(one(used_and_unused()), by_section).find("unused")->discarded);
  Options by_symbol = collecting();
  by_symbol.undefined = {"unused"};
  EXPECT_FALSE(link_all(one(used_and_unused()), by_symbol).find("unused")->discarded);
}

TEST(Collection, KeepsConstructorsTheAbortMethodAndRetainedSections) {
  Build out = used_and_unused();
  out.define("__cmos_abort", out.code("\xc3", ".text.abort"));
  const std::uint32_t array = out.section(".init_array", SectionKind::kInit, kEight, 8);
  out.relocate(array, 0, RelocationType::kAbs64,
               out.define("constructor", out.code("\xc3", ".text.constructor")));
  const std::uint32_t retained = out.section(".data.r", SectionKind::kVar, "r");
  out.at(retained).retain = true;
  const Outcome done = link_all(one(std::move(out)), collecting());
  ASSERT_THAT(done.errors, IsEmpty());
  EXPECT_FALSE(done.find("__cmos_abort")->discarded);
  EXPECT_FALSE(done.find("constructor")->discarded);
  EXPECT_EQ(done.linked->objects[0].sections[retained].fate, Fate::kPlaced);
}

TEST(Collection, UndefinedSymbolsOfRemovedSectionsAreNoErrors) {
  Build out = used_and_unused();
  const std::uint32_t text = out.code(kEight, ".text.broken");
  out.relocate(text, 0, RelocationType::kAbs64, out.refer("absent"));
  EXPECT_THAT(link_all(one(std::move(out)), collecting()).errors, IsEmpty());
}

TEST(Collection, BoundsOfASectionKeepAllOfItAndEncloseIt) {
  const auto part = [](std::string_view text) {
    Build out;
    out.section("parts", SectionKind::kConst, text);
    return out;
  };
  Build main;
  const std::uint32_t text = main.code(std::string(16, '\0'));
  main.define("_start", text);
  main.relocate(text, 0, RelocationType::kAbs64, main.refer("__start_parts"));
  main.relocate(text, 8, RelocationType::kAbs64, main.refer("__stop_parts"));
  std::vector<Build> builds;
  builds.push_back(std::move(main));
  builds.push_back(part("ab"));
  builds.push_back(part("cde"));
  const Outcome out = link_all(std::move(builds), collecting());
  ASSERT_THAT(out.errors, IsEmpty());
  const std::uint64_t start = out.number(0x40'0000, 8);
  EXPECT_EQ(out.number(0x40'0008, 8), start + 5);
  EXPECT_EQ(out.number(start, 5), 0x65'6463'6261u);
}

// ---- merging ------------------------------------------------------------------------------------

Build strings(std::string_view symbol, std::string_view text, std::uint32_t offset) {
  Build out;
  const std::uint32_t section = out.section(".rodata.str1.1", SectionKind::kConst, text);
  out.at(section).merge = true;
  out.at(section).strings = true;
  out.at(section).entry_size = 1;
  out.define(symbol, section, offset, Binding::kGlobal, object::SymbolKind::kObject);
  return out;
}

std::vector<Build> equal_strings() {
  Build main;
  main.define("_start", main.code());
  std::vector<Build> builds;
  builds.push_back(std::move(main));
  builds.push_back(strings("x", std::string_view("same\0other\0", 11), 0));
  builds.push_back(strings("y", std::string_view("more\0same\0", 10), 5));
  return builds;
}

TEST(Merge, EqualStringsAreShared) {
  const Outcome out = link_all(equal_strings());
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.address("x"), out.address("y"));
  EXPECT_EQ(out.linked->memory_size, 0x1000u + 5 + 6 + 5);
  EXPECT_EQ(out.linked->objects[2].sections[0].fate, Fate::kMerged);
  // A place inside a string stays inside it.
  EXPECT_EQ(out.linked->address_of(2, 0, 7), out.address("x") + 2);
  ASSERT_EQ(out.linked->pieces.size(), 3u);
  EXPECT_EQ(out.linked->pieces[2].object, 2u);
}

TEST(Merge, CanBeSwitchedOff) {
  Options options;
  options.merge = false;
  const Outcome out = link_all(equal_strings(), options);
  EXPECT_NE(out.address("x"), out.address("y"));
  EXPECT_EQ(out.linked->memory_size, 0x1000u + 21);
}

TEST(Merge, TheAddendOfASectionSymbolChoosesTheEntry) {
  std::vector<Build> builds = equal_strings();
  Build user;
  const std::uint32_t section =
      user.section(".rodata.str1.1", SectionKind::kConst, std::string_view("new\0same\0", 9));
  user.at(section).merge = user.at(section).strings = true;
  user.at(section).entry_size = 1;
  const std::uint32_t data = user.section(".data", SectionKind::kVar, kEight, 8);
  object::Symbol whole;
  whole.place = Place::kSection;
  whole.section = section;
  whole.kind = object::SymbolKind::kSection;
  user.relocate(data, 0, RelocationType::kAbs64, user.add(whole), 5);
  user.define("pointer", data);
  builds.push_back(std::move(user));
  const Outcome out = link_all(std::move(builds));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.number(out.address("pointer"), 8), out.address("x") + 1);
}

// ---- layout -------------------------------------------------------------------------------------

TEST(Layout, CodeConstantsAndVariablesHavePagesOfTheirOwn) {
  Build out;
  out.define("_start", out.code());
  out.section(".rodata", SectionKind::kConst, "const");
  out.section(".data", SectionKind::kVar, "data");
  out.zeros(".bss", 100, 16);
  Outcome done = link_all(one(std::move(out)));
  ASSERT_THAT(done.errors, IsEmpty());
  EXPECT_EQ(done.linked->const_start, 0x40'1000u);
  EXPECT_EQ(done.linked->var_start, 0x40'2000u);
  EXPECT_EQ(done.linked->image.size(), 0x2004u);
  EXPECT_EQ(done.linked->memory_size, 0x2010u + 100);
  const auto program = make_program(*done.linked, {});
  ASSERT_TRUE(program);
  EXPECT_THAT(program->executable.symbols,
              ElementsAre(cpe::Symbol{"_start", 0}, cpe::Symbol{"__const_start", 0x1000},
                          cpe::Symbol{"__var_start", 0x2000}, cpe::Symbol{"__image_end", 0x2074}));
}

TEST(Layout, WithoutConstantsThereIsNoSuchPage) {
  Build out;
  out.define("_start", out.code());
  out.section(".rodata", SectionKind::kConst, "");
  const Outcome done = link_all(one(std::move(out)));
  EXPECT_FALSE(done.linked->const_start);
  EXPECT_FALSE(done.linked->var_start);
  EXPECT_EQ(done.linked->memory_size, 1u);
}

TEST(Layout, ConstructorsRunInTheOrderOfTheirPriorities) {
  Build out;
  out.define("_start", out.code());
  const auto array = [&](std::string_view name, char mark) {
    out.section(name, SectionKind::kInit, std::string(8, mark), 8);
  };
  array(".init_array", 'd');
  array(".init_array.00200", 'b');
  array(".init_array.00100", 'a');
  array(".ctors.65234", 'c');  // 65535 - 301
  array(".init_array", 'e');
  const Outcome done = link_all(one(std::move(out)));
  ASSERT_THAT(done.errors, IsEmpty());
  std::string order;
  for (std::uint64_t i = 0; i < 5; ++i)
    order += static_cast<char>(done.number(*done.linked->const_start + 8 * i, 1));
  EXPECT_EQ(order, "abcde");
}

TEST(Layout, WhatIsNoArrayOfAddressesIsNotTurnedRound) {
  Build out("__86");
  out.define("_start", out.code());
  const std::uint32_t words = out.section(".ctors", SectionKind::kInit, std::string(8, 'x'), 4);
  const std::uint32_t number =
      out.define("number", words, 4, Binding::kGlobal, object::SymbolKind::kObject);
  out.relocate(words, 3, RelocationType::kAbs32, number);
  const Outcome done = link_all(one(std::move(out)));
  ASSERT_THAT(done.errors, IsEmpty());
  const std::uint64_t start = *done.linked->const_start;
  EXPECT_EQ(done.number(start + 3, 4), start + 4);
}

TEST(Layout, BoundarySymbolsAreDefinedWhenNobodyElseDoes) {
  Build out;
  const std::uint32_t text = out.code(std::string(48, '\0'));
  out.define("_start", text);
  std::uint32_t at = 0;
  for (const std::string_view name :
       {"etext", "edata", "__bss_start", "_end", "__init_array_start", "end"}) {
    out.relocate(text, at, RelocationType::kAbs64, out.refer(name));
    at += 8;
  }
  out.section(".data", SectionKind::kVar, "data");
  out.zeros(".bss", 8, 8);
  Build own;
  own.define("end", own.section(".data", SectionKind::kVar, "x"));
  std::vector<Build> builds = one(std::move(out));
  builds.push_back(std::move(own));
  const Outcome done = link_all(std::move(builds));
  ASSERT_THAT(done.errors, IsEmpty());
  EXPECT_EQ(done.number(0x40'0000, 8), 0x40'0030u);
  EXPECT_EQ(done.number(0x40'0008, 8), 0x40'1005u);
  EXPECT_EQ(done.number(0x40'0010, 8), 0x40'1008u);
  EXPECT_EQ(done.number(0x40'0018, 8), 0x40'1010u);
  EXPECT_EQ(done.number(0x40'0028, 8), 0x40'1004u);
}

TEST(Layout, DefinitionsOfTheCommandLine) {
  Build out;
  const std::uint32_t text = out.code(std::string(16, '\0'));
  out.define("_start", text);
  out.relocate(text, 0, RelocationType::kAbs64, out.refer("number"));
  out.relocate(text, 8, RelocationType::kAbs64, out.refer("alias"));
  Options options;
  options.definitions = {{"number", "", 0x1234}, {"alias", "_start", 2}};
  const Outcome done = link_all(one(std::move(out)), options);
  ASSERT_THAT(done.errors, IsEmpty());
  EXPECT_EQ(done.number(0x40'0000, 8), 0x1234u);
  EXPECT_EQ(done.number(0x40'0008, 8), 0x40'0002u);
}

TEST(Layout, AnOffsetTableHasOneSlotForEachSymbol) {
  Build out;
  const std::uint32_t text = out.code(std::string(16, '\0'));
  out.define("_start", text);
  const std::uint32_t data = out.section(".data", SectionKind::kVar, "12345678", 8);
  const std::uint32_t symbol = out.define("variable", data);
  out.relocate(text, 0, RelocationType::kGotPc32, symbol, -4);
  out.relocate(text, 4, RelocationType::kGotPc32, symbol, -4);
  const Outcome done = link_all(one(std::move(out)));
  ASSERT_THAT(done.errors, IsEmpty());
  ASSERT_EQ(done.linked->got.size(), 1u);
  const std::uint64_t slot = done.linked->got[0].address;
  EXPECT_EQ(done.number(slot, 8), done.address("variable"));
  EXPECT_EQ(0x40'0004 + done.number(0x40'0000, 4), slot);
  EXPECT_EQ(done.linked->applied(0, done.linked->objects[0].object.relocations[1]).got_slot, 0u);
}

// ---- limits and ranges --------------------------------------------------------------------------

TEST(Limits, HugeStorageAndAlignmentAreRefused) {
  Build common;
  common.define("_start", common.code());
  common.common("huge", 0xffff'ffff);
  EXPECT_THAT(link_all(one(std::move(common))).errors,
              ElementsAre(HasSubstr("common symbol 'huge': found 4294967295 bytes")));
  Build aligned;
  aligned.define("_start", aligned.code());
  aligned.section(".data", SectionKind::kVar, "x", 1u << 31);
  EXPECT_THAT(link_all(one(std::move(aligned))).errors,
              ElementsAre(HasSubstr("section .data: found 1 bytes with alignment 2147483648")));
  Build gap;
  gap.define("_start", gap.code());
  gap.section(".data", SectionKind::kVar, "x", 1u << 28);
  EXPECT_THAT(link_all(one(std::move(gap))).errors,
              ElementsAre(HasSubstr("at most 64 MiB of gaps and zeros")));
}

TEST(Ranges, AnErrorNamesObjectSectionOffsetSymbolValueAndBounds) {
  Build out;
  const std::uint32_t text = out.code(kEight);
  out.define("_start", text);
  out.relocate(text, 2, RelocationType::kAbs8, out.refer("far"), 1);
  Options options;
  options.definitions = {{"far", "", 0x1000}};
  EXPECT_THAT(
      link_all(one(std::move(out)), options).errors,
      ElementsAre("a.cpo: offset 0x22: .text+0x2 (in '_start'), relocation abs8 against 'far': "
                  "the place is 0x400002, the symbol is 0x1000, the addend is 1: found "
                  "0x1001, expected -0x80 to 0xff"));
}

TEST(Reproducible, WhateverTheNumberOfThreads) {
  const auto image = [](unsigned threads) {
    std::vector<Build> builds = one(used_and_unused());
    for (int i = 0; i < 40; ++i) {
      Build more;
      const std::string name = "function" + std::to_string(i);
      const std::uint32_t text = more.code(kEight);
      more.define("used_too", text, 0, Binding::kWeak);
      more.relocate(text, 0, RelocationType::kGotPc32, more.refer("used"), -4);
      more.section(".rodata", SectionKind::kConst, name);
      builds.push_back(std::move(more));
    }
    // Fewer letters than files: names go on in ASCII.
    Options options;
    options.threads = threads;
    return link_all(std::move(builds), options).linked->image;
  };
  const auto first = image(1);
  EXPECT_EQ(image(2), first);
  EXPECT_EQ(image(8), first);
}

TEST(Map, ShowsInputsMemoryAndSymbols) {
  const Outcome out = link_all(one(used_and_unused()));
  const std::string text = map_text(*out.linked);
  EXPECT_THAT(text, HasSubstr("\na.cpo\n"));
  EXPECT_THAT(text, HasSubstr("0x00400010        0x1     16    .text.used a.cpo"));
  EXPECT_THAT(text, HasSubstr("Entry point 0x400000 (_start)"));
  EXPECT_THAT(text, Not(HasSubstr("null")));
  EXPECT_THAT(cross_reference_text(*out.linked), HasSubstr("used"));
}

}  // namespace
}  // namespace cmos::linker::test
