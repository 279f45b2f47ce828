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
  EXPECT_EQ(first_invalid_utf8(as_bytes("a\xed\xa0\x80")), 1u);     // a surrogate
  EXPECT_EQ(first_invalid_utf8(as_bytes("\xf4\x90\x80\x80")), 0u);  // above U+10FFFF
  EXPECT_EQ(first_invalid_utf8(as_bytes("\xe2\x82")), 0u);          // cut short
  EXPECT_EQ(first_invalid_utf8(as_bytes("\xf0\x80\x80\xaf")), 0u);  // overlong
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

TEST(ByteOrder, BigEndianNumbersOfEverySize) {
  const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xfe};
  ByteReader reader(data, 0, ByteOrder::kBig);
  EXPECT_EQ(reader.u8("a"), 1);
  EXPECT_EQ(reader.u16("b"), 0x0203);
  EXPECT_EQ(reader.u32("c"), 0x04050607u);
  EXPECT_EQ(reader.sub(2, "d").u16("e"), 0x0809);
  reader.set_order(ByteOrder::kLittle);
  EXPECT_EQ(reader.u16("f"), 0x0b0a);
  reader.set_order(ByteOrder::kBig);
  EXPECT_EQ(reader.i32("g"), 0x0c0d0e0f);
  EXPECT_EQ(reader.remaining(), 1u);
}

TEST(ByteOrder, AWriterWritesWhatTheReaderReads) {
  ByteWriter writer(ByteOrder::kBig);
  writer.u16(0x0102);
  writer.u32(0);
  writer.i64(-2);
  writer.number(0x030405, 3);
  writer.patch_u32(2, 0x0708090a);
  writer.patch_u16(0, 0x1112);
  EXPECT_EQ(writer.data(), (std::vector<uint8_t>{0x11, 0x12, 7, 8, 9, 10, 0xff, 0xff, 0xff, 0xff,
                                                 0xff, 0xff, 0xff, 0xfe, 3, 4, 5}));
}

TEST(ByteOrder, LoadAndStoreAreInverse) {
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    for (std::size_t size = 0; size <= 8; ++size) {
      std::vector<uint8_t> bytes(size);
      const std::uint64_t value = 0x8182838485868788 >> (8 * (8 - size)) % 64;
      store(bytes, value, order);
      EXPECT_EQ(load(bytes, order), size == 0 ? 0 : value) << size;
    }
    uint8_t place[8];
    store(place, std::uint64_t{0x0102030405060708}, order);
    EXPECT_EQ(load<std::uint64_t>(place, order), 0x0102030405060708u);
    EXPECT_EQ(load(place, order), 0x0102030405060708u);
    EXPECT_EQ(load<std::uint16_t>(place, order), order == ByteOrder::kBig ? 0x0102 : 0x0708);
    store(place, uint8_t{0xaa}, order);
    EXPECT_EQ(load<uint8_t>(place, order), 0xaa);
  }
}

}  // namespace
}  // namespace cmos
