#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/checked.h"
#include "base/text.h"

namespace cmos {
namespace {

using std::uint8_t;

TEST(ByteReader, ReadsLittleEndian) {
  const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  ByteReader reader(data);
  EXPECT_EQ(reader.u8("a"), 1);
  EXPECT_EQ(reader.u16("b"), 0x0302);
  EXPECT_EQ(reader.u32("c"), 0x07060504u);
  EXPECT_EQ(reader.u64("d"), 0x0f0e0d0c0b0a0908u);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, FirstErrorSticksWithAbsoluteOffset) {
  const uint8_t data[] = {1, 2, 3};
  ByteReader reader(data, 100);
  reader.u8("first");
  EXPECT_EQ(reader.u32("second"), 0u);
  EXPECT_EQ(reader.u64("third"), 0u);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().text(), "offset 0x65: second: found 2 bytes left, expected 4 bytes");
}

TEST(ByteReader, SubReaderKeepsAbsoluteOffsetsAndStaysInside) {
  const uint8_t data[] = {0, 1, 2, 3, 4, 5, 6, 7};
  ByteReader reader(data);
  reader.u16("skip");
  ByteReader inner = reader.sub(3, "table");
  EXPECT_EQ(inner.offset(), 2u);
  EXPECT_EQ(reader.offset(), 5u);
  inner.u32("too long");
  EXPECT_FALSE(inner.ok());
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReader, HugeCountsNeverWrap) {
  const uint8_t data[] = {0, 1, 2, 3};
  ByteReader reader(data, UINT64_MAX - 2);
  EXPECT_TRUE(reader.bytes(UINT64_MAX, "all").empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, Utf8NamesTheBadByte) {
  const uint8_t data[] = {'o', 'k', 0xc0, 0x80};
  ByteReader reader(data);
  EXPECT_EQ(reader.utf8(4, "author"), "");
  EXPECT_EQ(reader.error().text(), "offset 0x2: author: found byte 0xc0, expected UTF-8");
}

TEST(Utf8, RefusesOverlongSurrogatesAndTooLarge) {
  EXPECT_FALSE(first_invalid_utf8(as_bytes("grüße, 世界 🌍")));
  EXPECT_EQ(first_invalid_utf8(as_bytes("a\xed\xa0\x80")), 1u);       // a surrogate
  EXPECT_EQ(first_invalid_utf8(as_bytes("\xf4\x90\x80\x80")), 0u);    // above U+10FFFF
  EXPECT_EQ(first_invalid_utf8(as_bytes("\xe2\x82")), 0u);            // cut short
  EXPECT_EQ(first_invalid_utf8(as_bytes("\xf0\x80\x80\xaf")), 0u);    // overlong
}

TEST(Quote, EscapesAndCuts) {
  EXPECT_EQ(quote(as_bytes("a\"b\\\n\x1b")), "\"a\\\"b\\\\\\n\\x1b\"");
  EXPECT_EQ(quote(as_bytes("grün")), "\"grün\"");
  EXPECT_EQ(quote(as_bytes("\xc2\x9b")), "\"\\xc2\\x9b\"");  // CSI as a C1 control
  EXPECT_EQ(quote(as_bytes("abcdef"), 3), "\"abc\"...");
  EXPECT_EQ(quote(as_bytes("abc"), 3), "\"abc\"");
}

TEST(Checked, EdgesOfTheNumberRange) {
  EXPECT_FALSE(checked_add<std::uint32_t>(UINT32_MAX, 1));
  EXPECT_EQ(checked_add<std::uint32_t>(UINT32_MAX - 1, 1), UINT32_MAX);
  EXPECT_FALSE(checked_mul<std::uint64_t>(UINT64_MAX, 2));
  EXPECT_FALSE(checked_align_up<std::uint64_t>(UINT64_MAX, 16));
  EXPECT_TRUE(range_inside(4, 0, 4));
  EXPECT_FALSE(range_inside(4, 1, 4));
  EXPECT_FALSE(range_inside(1, UINT64_MAX, 4));
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  ByteWriter writer;
  writer.u8(7);
  writer.u32(0xdeadbeef);
  writer.text("hi");
  writer.pad_to(4);
  writer.patch_u32(1, 5);
  EXPECT_EQ(writer.data(), (std::vector<uint8_t>{7, 5, 0, 0, 0, 'h', 'i', 0}));
}

}  // namespace
}  // namespace cmos
