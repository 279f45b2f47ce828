// Which definition a name gets, and what is said when it gets none or two.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/linker/build.h"

namespace cmos::linker::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Build start() {
  Build out;
  out.define("_start", out.code());
  return out;
}

/// Code at `name` that calls `callee`.
Build calls(std::string_view name, std::string_view callee, Binding binding = Binding::kGlobal) {
  Build out;
  const std::uint32_t text = out.code(std::string_view("\xe8\0\0\0\0\xc3", 6));
  out.define(name, text);
  out.relocate(text, 1, RelocationType::kBranch32, out.refer(callee, binding), -4);
  return out;
}

Build defines(std::string_view name, Binding binding = Binding::kGlobal) {
  Build out;
  out.define(name, out.code(), 0, binding);
  return out;
}

TEST(Resolve, ACallReachesTheDefinition) {
  const Outcome out = link_all(several(calls("_start", "callee"), defines("callee")));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.linked->entry, 0x40'0000u);
  EXPECT_EQ(out.address("callee"), 0x40'0010u);
  EXPECT_EQ(out.number(0x40'0001, 4), 0x40'0010u - 0x40'0005u);
}

TEST(Resolve, AStrongDefinitionWinsOverAWeakOneInEitherOrder) {
  for (const bool weak_first : {true, false}) {
    Build weak = defines("f", Binding::kWeak);
    Build strong = defines("f");
    std::vector<Build> builds;
    builds.push_back(start());
    builds.push_back(weak_first ? std::move(weak) : std::move(strong));
    builds.push_back(weak_first ? std::move(strong) : std::move(weak));
    const Outcome out = link_all(std::move(builds));
    ASSERT_THAT(out.errors, IsEmpty());
    EXPECT_EQ(out.find("f")->object, weak_first ? 2u : 1u);
    EXPECT_FALSE(out.find("f")->weak);
  }
}

TEST(Resolve, TwoStrongDefinitionsNameBothPlaces) {
  std::vector<Build> builds;
  builds.push_back(start());
  builds.push_back(defines("f"));
  builds.push_back(defines("f"));
  EXPECT_THAT(
      link_all(std::move(builds)).errors,
      ElementsAre("c.cpo: symbol \"f\": found a second definition at .text+0x0, expected one; "
                  "the first is in b.cpo at .text+0x0"));
}

TEST(Resolve, OfCommonSymbolsTheLargestSizeAndAlignmentCount) {
  Build a = start();
  a.common("c", 8, 4);
  Build b;
  b.common("c", 4, 64);
  std::vector<Build> builds;
  builds.push_back(std::move(a));
  builds.push_back(std::move(b));
  const Outcome out = link_all(std::move(builds));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.find("c")->size, 8u);
  EXPECT_EQ(out.address("c") % 64, 0u);
  EXPECT_EQ(out.linked->image.size(), 0x1u);  // zero-filled memory is not stored
  EXPECT_EQ(out.linked->memory_size, 0x1008u);
}

TEST(Resolve, ADefinitionWinsOverCommonAndCommonOverWeak) {
  Build a = start();
  a.common("c", 8);
  Build b;
  b.define("c", b.section(".data", SectionKind::kVar, "1234", 4));
  Build c;
  c.common("w", 16);
  Build d;
  d.define("w", d.section(".data", SectionKind::kVar, "1234", 4), 0, Binding::kWeak);
  std::vector<Build> builds;
  builds.push_back(std::move(a));
  builds.push_back(std::move(b));
  builds.push_back(std::move(d));
  builds.push_back(std::move(c));
  const Outcome out = link_all(std::move(builds));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.find("c")->origin, Symbol::Origin::kObject);
  EXPECT_EQ(out.find("w")->origin, Symbol::Origin::kCommon);
}

TEST(Resolve, AWeakUndefinedSymbolIsZero) {
  const Outcome out = link_all(several(calls("_start", "nowhere", Binding::kWeak)));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.number(0x40'0001, 4), static_cast<std::uint32_t>(-0x40'0005));
}

TEST(Resolve, AnUndefinedSymbolTellsEveryUseAndSimilarNames) {
  std::vector<Build> builds;
  builds.push_back(calls("_start", "print_txt"));
  builds.push_back(calls("other", "print_txt"));
  builds.push_back(defines("print_text"));
  builds.push_back(calls("more", "absent"));
  EXPECT_THAT(link_all(std::move(builds)).errors,
              ElementsAre("a.cpo: undefined symbol 'print_txt', used at .text+0x1 (in '_start'), "
                          "b.cpo:.text+0x1 (in 'other'); similar: 'print_text'",
                          "d.cpo: undefined symbol 'absent', used at .text+0x1 (in 'more')"));
}

TEST(Resolve, DuplicateAndUndefinedSymbolsAreToldTogether) {
  std::vector<Build> builds;
  builds.push_back(calls("_start", "absent"));
  builds.push_back(defines("f"));
  builds.push_back(defines("f"));
  EXPECT_THAT(link_all(std::move(builds)).errors,
              ElementsAre(HasSubstr("second definition"), HasSubstr("undefined symbol")));
}

TEST(Resolve, OfComdatGroupsTheFirstIsKept) {
  const auto make = [](std::string_view content) {
    Build out;
    const std::uint32_t text = out.code(content, ".text.inline");
    out.at(text).group = out.group("inline_function");
    out.define("inline_function", text, 0, Binding::kWeak);
    return out;
  };
  std::vector<Build> builds;
  builds.push_back(calls("_start", "inline_function"));
  builds.push_back(make("\x90\xc3"));
  builds.push_back(make("\xcc\xc3"));
  const Outcome out = link_all(std::move(builds));
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.linked->objects[2].sections[0].fate, Fate::kDuplicate);
  EXPECT_EQ(out.number(out.address("inline_function"), 1), 0x90u);
  EXPECT_EQ(out.linked->memory_size, 0x12u);
}

TEST(Resolve, TheEntryIsStartThenPlainStartThenMain) {
  const auto entry = [](std::initializer_list<std::string_view> names) {
    Build out;
    for (const std::string_view name : names) out.define(name, out.code("\xc3", ".text"));
    const Outcome outcome = link_all(several(out));
    return std::string(outcome.linked->symbols[outcome.linked->entry_symbol].name);
  };
  EXPECT_EQ(entry({"main", "start", "_start"}), "_start");
  EXPECT_EQ(entry({"main", "start"}), "start");
  EXPECT_EQ(entry({"main"}), "main");
  EXPECT_THAT(link_all(several(defines("other"))).errors,
              ElementsAre("no entry point: none of _start, start, main is defined (--entry names "
                          "another)"));
}

TEST(Resolve, ThreadLocalAndIndirectSymbolsAreRefused) {
  Build a = calls("_start", "f");
  Build b;
  object::Symbol indirect;
  indirect.name = "f";
  indirect.place = Place::kSection;
  indirect.section = b.code();
  indirect.binding = Binding::kGlobal;
  indirect.kind = object::SymbolKind::kIndirect;
  b.add(indirect);
  std::vector<Build> builds;
  builds.push_back(std::move(a));
  builds.push_back(std::move(b));
  EXPECT_THAT(link_all(std::move(builds)).errors, ElementsAre(HasSubstr("IFUNC")));
}

TEST(Resolve, ObjectsForOtherArchsAreRefused) {
  Build arm("_ARM");
  arm.code("1234");
  std::vector<Build> builds;
  builds.push_back(start());
  builds.push_back(std::move(arm));
  EXPECT_THAT(link_all(std::move(builds)).errors,
              ElementsAre("b.cpo: ARCH: found \"_ARM\", expected code for x86-64, as in a.cpo"));
}

// ---- archives ----------------------------------------------------------------------------------

class Archives : public testing::Test {
 protected:
  Outcome link_inputs(std::vector<Input> inputs, Options options = {}) {
    options.inputs = std::move(inputs);
    return run(std::move(options), files_);
  }
  MemoryFiles files_;
};

TEST_F(Archives, MembersAreTakenWhenTheyDefineWhatIsMissing) {
  files_.add("a.cpo", calls("_start", "one").bytes());
  files_.add("lib.a", archive_of({{"two.cpo", defines("two").bytes()},
                                  {"one.cpo", calls("one", "two").bytes()},
                                  {"three.cpo", defines("three").bytes()}}));
  const Outcome out = link_inputs({file("a.cpo"), file("lib.a")});
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_TRUE(out.has_file("lib.a(one.cpo)"));
  EXPECT_TRUE(out.has_file("lib.a(two.cpo)"));
  EXPECT_FALSE(out.has_file("lib.a(three.cpo)"));
}

TEST_F(Archives, AreSearchedWhereTheyStand) {
  files_.add("a.cpo", calls("_start", "one").bytes());
  files_.add("lib.a", archive_of({{"one.cpo", defines("one").bytes()}}));
  EXPECT_THAT(link_inputs({file("lib.a"), file("a.cpo")}).errors,
              ElementsAre(HasSubstr("undefined symbol 'one'")));
}

TEST_F(Archives, InAGroupAreSearchedAgain) {
  files_.add("a.cpo", calls("_start", "one").bytes());
  files_.add("x.a", archive_of({{"one.cpo", calls("one", "two").bytes()},
                                {"three.cpo", defines("three").bytes()}}));
  files_.add("y.a", archive_of({{"two.cpo", calls("two", "three").bytes()}}));
  EXPECT_THAT(link_inputs({file("a.cpo"), file("x.a"), file("y.a")}).errors,
              ElementsAre(HasSubstr("undefined symbol 'three'")));
  EXPECT_THAT(link_inputs({file("a.cpo"),
                           {Input::Kind::kGroupStart, ""},
                           file("x.a"),
                           file("y.a"),
                           {Input::Kind::kGroupEnd, ""}})
                  .errors,
              IsEmpty());
}

TEST_F(Archives, AWeakReferenceTakesNothing) {
  files_.add("a.cpo", calls("_start", "one", Binding::kWeak).bytes());
  files_.add("lib.a", archive_of({{"one.cpo", defines("one").bytes()}}));
  const Outcome out = link_inputs({file("a.cpo"), file("lib.a")});
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_EQ(out.linked->objects.size(), 1u);
}

TEST_F(Archives, WholeOrByRequest) {
  files_.add("a.cpo", start().bytes());
  files_.add("lib.a", archive_of({{"one.cpo", defines("one").bytes()},
                                  {"two.cpo", defines("two").bytes()}}));
  EXPECT_EQ(
      link_inputs(
          {file("a.cpo"), {Input::Kind::kWholeOn, ""}, file("lib.a"), {Input::Kind::kWholeOff, ""}})
          .linked->objects.size(),
      3u);
  Options request;
  request.undefined = {"two"};
  const Outcome out = link_inputs({file("a.cpo"), file("lib.a")}, request);
  EXPECT_EQ(out.linked->objects.size(), 2u);
  EXPECT_TRUE(out.has_file("lib.a(two.cpo)"));
}

TEST_F(Archives, WithoutIndexAreReadWhole) {
  files_.add("a.cpo", calls("_start", "one").bytes());
  files_.add("lib.a", archive_of({{"one.cpo", defines("one").bytes()}}, false));
  EXPECT_THAT(link_inputs({file("a.cpo"), file("lib.a")}).errors, IsEmpty());
}

TEST_F(Archives, AreFoundAlongTheSearchPath) {
  files_.add("a.cpo", calls("_start", "one").bytes());
  files_.add("second/libx.a", archive_of({{"one.cpo", defines("one").bytes()}}));
  Options options;
  options.search_path = {"first", "second"};
  EXPECT_THAT(link_inputs({file("a.cpo"), {Input::Kind::kLibrary, "x"}}, options).errors,
              IsEmpty());
  EXPECT_THAT(link_inputs({file("a.cpo"), {Input::Kind::kLibrary, ":libx.a"}}, options).errors,
              IsEmpty());
  EXPECT_THAT(link_inputs({file("a.cpo"), {Input::Kind::kLibrary, "y"}}, options).errors,
              ElementsAre("-ly: no liby.a in the folders of -L: first, second"));
}

TEST_F(Archives, AreFoundInTheSubfolderOfTheirArch) {
  files_.add("a.cpo", calls("_start", "one").bytes());
  files_.add("lib/8664/libx.a", archive_of({{"one.cpo", defines("one").bytes()}}));
  files_.add("lib/AR64/liby.a", archive_of({{"one.cpo", defines("one").bytes()}}));
  Options options;
  options.search_path = {"lib"};
  const Outcome out = link_inputs({{Input::Kind::kLibrary, "x"}, file("a.cpo")}, options);
  EXPECT_THAT(out.errors, testing::Not(IsEmpty())) << "a library is searched where it stands";
  EXPECT_TRUE(link_inputs({file("a.cpo"), {Input::Kind::kLibrary, "x"}}, options)
                  .has_file("lib/8664/libx.a(one.cpo)"));
  EXPECT_THAT(link_inputs({file("a.cpo"), {Input::Kind::kLibrary, "y"}}, options).errors,
              ElementsAre("-ly: no liby.a in the folders of -L: lib"));
}

// ---- locations (abi 7) --------------------------------------------------------------------------

Build located(std::string_view location) {
  Build out;
  const std::uint32_t text = out.code(std::string_view("\xe8\0\0\0\0\xc3", 6));
  out.define("_start", text);
  out.relocate(text, 1, RelocationType::kBranch32, out.refer("one", Binding::kGlobal, location),
               -4);
  return out;
}

TEST_F(Archives, AnExternsLocationIsLookedForBesideTheObjectThenAlongTheSearchPath) {
  files_.add("folder/a.cpo", located("b.cpo").bytes());
  files_.add("folder/b.cpo", defines("one").bytes());
  files_.add("else/b.cpo", defines("two").bytes());
  Options options;
  options.search_path = {"else"};
  const Outcome out = link_inputs({file("folder/a.cpo")}, options);
  ASSERT_THAT(out.errors, IsEmpty());
  EXPECT_TRUE(out.has_file("folder/b.cpo"));
  // Named as an input too, it is linked once.
  EXPECT_EQ(link_inputs({file("folder/a.cpo"), file("folder/b.cpo")}).linked->objects.size(), 2u);

  files_.add("other/a.cpo", located("c.cpo").bytes());
  files_.add("else/c.cpo", defines("one").bytes());
  EXPECT_TRUE(link_inputs({file("other/a.cpo")}, options).has_file("else/c.cpo"));
}

TEST_F(Archives, ALocationThatIsNotThereOrDoesNotDefineTheSymbolIsAnError) {
  files_.add("a.cpo", located("b.cpo").bytes());
  EXPECT_THAT(link_inputs({file("a.cpo")}).errors,
              ElementsAre("a.cpo: location of symbol \"one\": found \"b.cpo\", which is not there, "
                          "expected a file in ."));
  files_.add("b.cpo", defines("two").bytes());
  files_.add("c.cpo", defines("one").bytes());
  EXPECT_THAT(
      link_inputs({file("a.cpo"), file("c.cpo")}).errors,
      ElementsAre("a.cpo: location of symbol \"one\": found b.cpo, which does not define it "
                  "(c.cpo does), expected the file that does"));
}

}  // namespace
}  // namespace cmos::linker::test
