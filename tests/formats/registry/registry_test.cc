#include "formats/registry/registry.h"

#include <gtest/gtest.h>

#include "formats/archive/archive.h"
#include "formats/registry/exports.h"
#include "tests/formats/registry/example.h"

namespace cmos::formats {
namespace {

std::string_view format_name(std::string_view text) {
  const Format* format = detect(as_bytes(text));
  return format == nullptr ? "none" : format->name;
}

TEST(Registry, KnowsFilesByTheirFirstBytes) {
  EXPECT_EQ(format_name("CMOS"), "cpe");
  EXPECT_EQ(format_name(std::string_view("CPO\0", 4)), "cpo");
  EXPECT_EQ(format_name("\177ELF"), "elf");
  EXPECT_EQ(format_name("!<arch>\n"), "archive");
  EXPECT_EQ(format_name("!<thin>\n"), "archive");
  EXPECT_EQ(format_name(std::string_view("\1\0o65\0", 6)), "o65");
  EXPECT_EQ(format_name("XL3\nH 0 areas 0 global symbols\n"), "rel");
  EXPECT_EQ(format_name(""), "none");
  EXPECT_EQ(format_name("CMO"), "none");
  EXPECT_EQ(format_name("#!/bin/sh\n"), "none");
}

TEST(Registry, EveryRowIsWhole) {
  for (const Format* one : all()) {
    SCOPED_TRACE(one->name);
    EXPECT_EQ(named(one->name), one);
    EXPECT_FALSE(one->title.empty());
    EXPECT_NE(one->matches, nullptr);
    if (!one->object_title.empty()) {
      EXPECT_NE(one->object, nullptr);
    }
    if (one->validate != nullptr) {
      EXPECT_NE(one->rules, nullptr);
    }
    if (one->write_members != nullptr) {
      EXPECT_NE(one->members, nullptr);
    }
  }
}

TEST(Registry, FindsTheMembersOfAThinArchive) {
  EXPECT_EQ(thin_member_path("lib.a", "a.o"), "a.o");
  EXPECT_EQ(thin_member_path("dir/lib.a", "a.o"), "dir/a.o");
  EXPECT_EQ(thin_member_path("/lib.a", "a.o"), "/a.o");
  EXPECT_EQ(thin_member_path("dir/lib.a", "/x/a.o"), "/x/a.o");
}

TEST(Registry, AnArchiveOfNobodyIsReadAsOneOfAr) {
  EXPECT_EQ(archive_format(as_bytes("!<thin>\n")).name, "archive");
  EXPECT_EQ(archive_format(as_bytes("CMOS")).name, "archive");
}

// The worked example: one row, and the table, archives and messages know it.
TEST(Registry, ANewFormatIsOneRow) {
  const std::string file("TINY\0\2\xeb\xfe", 8);
  EXPECT_EQ(format_name(file), "none");
  add(tiny::kFormat);
  EXPECT_EQ(format_name(file), "tiny");
  EXPECT_EQ(object_titles(), "CPO, ELF or tiny");
  const auto exports = exported_symbols(as_bytes(file), "a.tiny");
  ASSERT_TRUE(exports);
  EXPECT_EQ(exports->names, std::vector<std::string>{"start"});
  EXPECT_EQ(exports->arch, "8664");
  const auto cut = detect(as_bytes(file))->object(as_bytes(file).first(7), "a.tiny");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().text(), "a.tiny: offset 0x6: code: found 1 byte left, expected 2 bytes");
  EXPECT_NE(unrecognized(as_bytes("x"), "f").text().find("tiny object"), std::string::npos);
}

}  // namespace
}  // namespace cmos::formats
