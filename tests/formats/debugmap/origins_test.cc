#include "formats/debugmap/origins.h"

#include <gmock/gmock.h>

#include "tests/formats/debugmap/sample.h"

namespace cmos::debugmap {
namespace {

using ::testing::HasSubstr;

TEST(Origins, AreReadAsTheyWereWritten) {
  const Origins sample = sample_origins();
  const auto bytes = write_origins(sample);
  const auto read = read_origins(bytes, 0, "app.cpe.debug");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->digest, sample.digest);
  EXPECT_EQ(read->names, sample.names);
  ASSERT_EQ(read->placements.size(), sample.placements.size());
  ASSERT_EQ(read->relocations.size(), sample.relocations.size());
  EXPECT_EQ(read->relocations[0].addend, -4);
  EXPECT_EQ(write_origins(*read), bytes);
}

TEST(Origins, NumbersOfAllSizesSurvive) {
  Origins origins;
  origins.names = {"a"};
  for (const std::int64_t addend :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64}, std::int64_t{-64},
        std::int64_t{-65}, INT64_MAX, INT64_MIN}) {
    origins.relocations.push_back({.place = 1, .symbol = 0, .addend = addend});
  }
  origins.relocations.push_back({.place = UINT64_MAX, .symbol = kNoName, .addend = 1});
  const auto read = read_origins(write_origins(origins), 0, "x");
  ASSERT_TRUE(read) << read.error().text();
  for (std::size_t i = 0; i < origins.relocations.size(); ++i) {
    EXPECT_EQ(read->relocations[i].addend, origins.relocations[i].addend);
    EXPECT_EQ(read->relocations[i].place, origins.relocations[i].place);
  }
}

TEST(Origins, TellWhereAByteCameFrom) {
  const Origins sample = sample_origins();
  EXPECT_EQ(find_placement(sample, 0x3fffff), nullptr);
  EXPECT_EQ(find_placement(sample, 0x400018), nullptr);  // padding
  const auto said = [&sample](std::uint64_t address) {
    const Placement* placement = find_placement(sample, address);
    return placement == nullptr ? "nothing" : text(sample, *placement, address);
  };
  EXPECT_EQ(said(0x400012), "foo.o, .text+0x12");
  EXPECT_EQ(said(0x400022), "libx.a(bar.o), .rodata.str1.1+0x9 (shared)");
  EXPECT_EQ(said(0x400030), "the linker's table of addresses, slot of `bar`");
  EXPECT_EQ(said(0x400038), "the linker's stub for `bar`");
  EXPECT_EQ(said(0x402004), "foo.o, common symbol `buffer`+0x4");
  EXPECT_EQ(said(0x402010), "nothing");
}

TEST(Origins, TellTheRelocationsThatTouchAnInstruction) {
  const Origins sample = sample_origins();
  const auto found = find_relocations(sample, 0x400010, 5);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(text(sample, found[0]), "relocation pc32 against `bar`-4");
  EXPECT_EQ(find_relocations(sample, 0x400014, 1).size(), 1u);  // its last byte
  EXPECT_TRUE(find_relocations(sample, 0x400015, 1).empty());
  EXPECT_TRUE(find_relocations(sample, 0x400010, 1).empty());
  EXPECT_EQ(find_relocations(sample, 0, UINT64_MAX).size(), 2u);
}

TEST(Origins, RefuseEveryTruncation) {
  const auto bytes = write_origins(sample_origins());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = read_origins(Bytes(bytes).first(size), 0x100, "app.cpe.debug");
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().file, "app.cpe.debug");
    ASSERT_TRUE(read.error().offset);
    EXPECT_GE(*read.error().offset, 0x100u);
    EXPECT_FALSE(read.error().field.empty());
  }
}

TEST(Origins, NameOffsetAndFieldOfWhatIsWrong) {
  const auto refused = [](std::initializer_list<int> rest) {
    ByteWriter out;
    out.text("CMOG");
    out.u8(1);
    out.u32(0);
    out.u64(0);
    for (const int byte : rest) out.u8(static_cast<std::uint8_t>(byte));
    const auto read = read_origins(out.data(), 0, "x");
    return read ? "accepted" : read.error().text();
  };
  EXPECT_EQ(refused({0, 0, 0}), "accepted");
  EXPECT_THAT(refused({0, 0, 0, 9}), HasSubstr("offset 0x14: end: found 1 bytes more"));
  EXPECT_THAT(refused({200, 1}), HasSubstr("offset 0x11: number of names: found 200"));
  EXPECT_THAT(refused({1, 99}), HasSubstr("name"));
  EXPECT_THAT(refused({0, 1, 0, 1, 5, 0, 0, 0, 0, 0}), HasSubstr("placement: kind: found 5"));
  EXPECT_THAT(refused({0, 1, 0, 1, 0, 7, 0, 0, 0, 0}), HasSubstr("placement: file: found 7"));
  EXPECT_THAT(refused({0, 0, 1, 0, 0, 0, 0}), HasSubstr("relocation: type: found 0"));
  EXPECT_THAT(refused({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}),
              HasSubstr("more than 64 bits"));
  const auto other = write_origins({});
  auto newer = other;
  newer[4] = 2;
  EXPECT_EQ(read_origins(newer, 0, "x").error().code, ErrorCode::kUnsupported);
  auto magic = other;
  magic[0] = 'X';
  EXPECT_THAT(read_origins(magic, 0, "x").error().text(), HasSubstr("magic"));
}

TEST(Origins, ADigestTellsFilesApart) {
  EXPECT_EQ(digest_of(as_bytes("abc")), digest_of(as_bytes("abc")));
  EXPECT_FALSE(digest_of(as_bytes("abc")) == digest_of(as_bytes("abd")));
  EXPECT_EQ(read_digest(write_origins(sample_origins()), 0, "x"), sample_origins().digest);
}

}  // namespace
}  // namespace cmos::debugmap
