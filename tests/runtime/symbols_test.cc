#include "runtime/report/symbols.h"

#include <gmock/gmock.h>

#include "tests/runtime/trace_fixture.h"

namespace cmos::runtime {
namespace {

using cmos::fakes::Guest;

SymbolIndex index_of(std::vector<cpe::Symbol> symbols, std::string arch = "8664") {
  static std::deque<cpe::ReadResult> kept;
  cpe::ReadResult& file = kept.emplace_back();
  file.executable.arch = std::move(arch);
  file.executable.symbols = std::move(symbols);
  file.sections = {{cpe::SectionKind::kCode, 0, 0x1000},
                   {cpe::SectionKind::kConst, 0x1000, 0x1000}};
  return {file, 0x400000, 0x402000};
}

TEST(SymbolIndex, NamesTheNearestSymbolAtOrBelow) {
  const SymbolIndex index = index_of({{"second", 0x20}, {"first", 0x10}});
  EXPECT_EQ(index.text(0x400010), "first");
  EXPECT_EQ(index.text(0x40001f), "first+0xf");
  EXPECT_EQ(index.text(0x400020), "second");
  EXPECT_EQ(index.text(0x401fff), "second+0x1fdf");
}

TEST(SymbolIndex, ShowsANumberWhereNoSymbolIs) {
  const SymbolIndex index = index_of({{"first", 0x10}});
  EXPECT_EQ(index.text(0x40000f), "0x40000f");  // below the first
  EXPECT_EQ(index.text(0x402000), "0x402000");  // the image's end
  EXPECT_EQ(index.text(0x3fffff), "0x3fffff");
  EXPECT_EQ(index.text(UINT64_MAX), "0xffffffffffffffff");
  EXPECT_EQ(SymbolIndex().text(0), "0x0");
}

TEST(SymbolIndex, TheFirstOfOneAddressInFileOrderWins) {
  const SymbolIndex index = index_of({{"zeta", 0x10}, {"alpha", 0x10}});
  EXPECT_EQ(index.text(0x400010), "zeta");
}

TEST(SymbolIndex, BoundarySymbolsAreTheLastChoice) {
  const SymbolIndex index = index_of({{"__const_start", 0x1000}, {"text", 0x1000}, {"main", 0}});
  EXPECT_EQ(index.text(0x401000), "text");
  EXPECT_EQ(index.text(0x401004), "text+0x4");
}

TEST(SymbolIndex, AFunctionDoesNotReachBehindTheNextBoundary) {
  const SymbolIndex index = index_of({{"__const_start", 0x1000}, {"text", 0x1010}, {"main", 0}});
  EXPECT_EQ(index.text(0x401004), "__const_start+0x4");
  EXPECT_EQ(index.text(0x400fff), "main+0xfff");
}

TEST(SymbolIndex, MappingSymbolsDoNotCutFunctions) {
  const SymbolIndex index = index_of({{"$a", 0}, {"main", 0}, {"$d", 8}, {"$t.1", 12}}, "_ARM");
  EXPECT_EQ(index.text(0x400010), "main+0x10");
  EXPECT_EQ(index_of({{"$t", 4}}, "_ARM").text(0x400006), "$t+0x2");
}

TEST(SymbolIndex, TheThumbBitIsNoPartOfAnAddress) {
  const SymbolIndex arm = index_of({{"thumb", 0x11}, {"bytes", 0x1001}}, "_ARM");
  EXPECT_EQ(arm.text(0x400010), "thumb");
  EXPECT_EQ(arm.text(0x401001), "bytes");  // data may lie anywhere
  EXPECT_EQ(index_of({{"f", 0x11}}).text(0x400011), "f");
}

TEST(SymbolIndex, NamesAreSafeForATerminal) {
  const SymbolIndex index = index_of({{"evil\x1b[31m\n", 0}, {"größe", 0x10}});
  EXPECT_EQ(index.text(0x400001), "evil\\x1b[31m\\n+0x1");
  EXPECT_EQ(index.text(0x400010), "größe");
  const SymbolIndex longest = index_of({{std::string(100000, 'x'), 0}});
  EXPECT_LT(longest.text(0x400000).size(), 300u);
  EXPECT_THAT(longest.text(0x400000), ::testing::EndsWith("x..."));
}

TEST(SymbolIndex, SymbolsOutsideTheImageAndWithoutNameAreIgnored) {
  const SymbolIndex index = index_of({{"far", 0x2000}, {"", 0}, {"max", UINT32_MAX}});
  EXPECT_EQ(index.text(0x401fff), "0x401fff");
}

TEST(SymbolIndex, StaysValidWhenMoved) {
  SymbolIndex first = index_of({{"a\nb", 0}});
  const SymbolIndex second = std::move(first);
  EXPECT_EQ(second.text(0x400000), "a\\nb");
}

TEST(Location, CodeOutsideTheImageIsNamedByItsRegion) {
  Guest guest;
  const SymbolIndex symbols = guest.symbols();
  EXPECT_EQ(location_text(0x400004, symbols, guest.memory), "main+0x4");
  EXPECT_EQ(location_text(Guest::kExitStub, symbols, guest.memory), "[exit stub]");
  EXPECT_EQ(location_text(Guest::kExitStub + 5, symbols, guest.memory), "[exit stub]+0x5");
  EXPECT_EQ(location_text(0x10, symbols, guest.memory), "0x10");
}

}  // namespace
}  // namespace cmos::runtime
