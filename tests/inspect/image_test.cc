// Formats, letters, sizes, names.
#include <gtest/gtest.h>

#include "base/host_file.h"
#include "formats/archive/archive.h"
#include "formats/cpe/describe.h"
#include "formats/registry/exports.h"
#include "inspect/format.h"
#include "inspect/nm.h"
#include "inspect/size.h"
#include "inspect/validate.h"

namespace cmos::inspect {
namespace {

/// Of everything that the tools read.
constexpr std::string_view kTitles =
    "CalamOS executable, CalamOS object, ELF object or program, ar archive, Whitesmith's object or "
    "program, Whitesmith's archive, archive of UNIX version 6, 7 or System III, COIL object, COIL "
    "output object, CBC bytecode, COIL debug information, module, o65 object, object of sdcc's "
    "assemblers";

TEST(Formats, RefusesWhatItDoesNotKnow) {
  const auto input = open_input(as_bytes("hello\n"), "t");
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().text(),
            "t: offset 0x0: file format: found \"hello\\n\", expected " + std::string(kTitles));
}

TEST(Formats, RefusesAnArchiveInAnArchive) {
  const auto inner = archive::write({});
  ASSERT_TRUE(inner);
  const auto outer = archive::write({{"in.a", *inner, {}}});
  ASSERT_TRUE(outer);
  const auto input = open_input(*outer, "lib.a");
  ASSERT_TRUE(input);
  ASSERT_EQ(input->parts.size(), 1u);
  const auto image = describe(input->parts[0]);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().text(),
            "lib.a(in.a): offset 0x0: file format: found ar archive, expected an object or an "
            "executable");
}

Description image_of_sections() {
  Description out;
  auto add = [&out](std::string_view name, bool code, bool readonly, bool contents,
                    bool allocated) {
    Section one;
    one.name = name;
    one.size = 16;
    one.code = code;
    one.readonly = readonly;
    one.has_contents = contents;
    one.allocated = allocated;
    static const std::uint8_t kBytes[16] = {};
    if (contents) one.bytes = kBytes;
    out.sections.push_back(std::move(one));
  };
  add("code", true, true, true, true);
  add("data", false, false, true, true);
  add("bss", false, false, false, true);
  add("constants", false, true, true, true);
  add("debug", false, true, true, false);
  out.sections.back().debugging = true;
  add("note", false, true, true, false);
  out.sections[1].bytes = out.sections[1].bytes.first(8);
  return out;
}

TEST(Nm, HasTheLettersOfNm) {
  const Description image = image_of_sections();
  struct Case {
    Symbol symbol;
    char letter;
  };
  auto in = [](std::uint32_t section, std::uint64_t value = 0) {
    Symbol one;
    one.place = Place::kSection;
    one.section = section;
    one.value = value;
    one.binding = Binding::kGlobal;
    return one;
  };
  auto with = [](Symbol one, auto change) {
    change(one);
    return one;
  };
  const auto weak = [](Symbol& one) { one.binding = Binding::kWeak; };
  const auto local = [](Symbol& one) { one.binding = Binding::kLocal; };
  const auto object = [](Symbol& one) {
    one.binding = Binding::kWeak;
    one.kind = SymbolKind::kObject;
  };
  Symbol undefined;
  undefined.binding = Binding::kGlobal;
  Symbol absolute = undefined;
  absolute.place = Place::kAbsolute;
  Symbol common = undefined;
  common.place = Place::kCommon;
  const Case cases[] = {
      {in(0), 'T'},
      {with(in(0), local), 't'},
      {with(in(0), weak), 'W'},
      {with(in(1), object), 'V'},
      {in(1), 'D'},
      {in(1, 8), 'B'},  // beyond the bytes that the file has
      {with(in(1, 8), local), 'b'},
      {in(2), 'B'},
      {in(3), 'R'},
      {with(in(3), local), 'r'},
      {with(in(4), local), 'N'},
      {with(in(5), local), 'n'},
      {undefined, 'U'},
      {with(undefined, weak), 'w'},
      {with(undefined, object), 'v'},
      {absolute, 'A'},
      {with(absolute, local), 'a'},
      {common, 'C'},
      {with(in(0), [](Symbol& one) { one.kind = SymbolKind::kIndirect; }), 'i'},
      {with(in(1), [](Symbol& one) { one.unique = true; }), 'u'},
  };
  for (const Case& one : cases) EXPECT_EQ(letter(image, one.symbol), one.letter);
}

TEST(Size, CountsZeroFilledBytesApart) {
  Description image = image_of_sections();
  Symbol common;
  common.place = Place::kCommon;
  common.value = 5;
  image.symbols.push_back(common);
  const Sizes sizes = sizes_of(image, {});
  EXPECT_EQ(sizes.text, 32u);
  EXPECT_EQ(sizes.data, 8u);
  EXPECT_EQ(sizes.bss, 24u);
  SizeOptions with_common;
  with_common.common = true;
  EXPECT_EQ(sizes_of(image, with_common).bss, 29u);
}

TEST(Names, MoveNoCursor) {
  EXPECT_EQ(shown("main"), "main");
  EXPECT_EQ(shown("a\"b\\c"), "a\"b\\c");
  EXPECT_EQ(shown("\x1b[2J\n"), "\\x1b[2J\\n");
  EXPECT_EQ(shown("caf\xc3\xa9\xff"), "caf\xc3\xa9\\xff");
  EXPECT_EQ(shown(std::string(5000, 'x')), std::string(4096, 'x') + "...");
  EXPECT_EQ(json_text("a\nb"), "a\nb");
  EXPECT_EQ(json_text("\xff"), "\\xff");
}

TEST(Names, AreDeclarationsOnRequest) {
  EXPECT_EQ(shown("_ZN1a1b1fEPKcPi", true), "a::b::f(char const*, int*)");
  EXPECT_EQ(shown("_Zgarbage", true), "_Zgarbage");
  EXPECT_EQ(shown("_ZN1a1b1fEPKcPi"), "_ZN1a1b1fEPKcPi");
}

TEST(Validate, TellsUnknownFiles) {
  const Report report = validate(as_bytes("hello"), "t", false);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(finding_text(report.findings[0]),
            "t: error: offset 0x0: file format: found \"hello\", expected " + std::string(kTitles) +
                " [unknown-format, docs/inspecting.md]");
}

TEST(Validate, StrictTurnsWarningsIntoErrors) {
  const auto archive = archive::write({{"readme", as_bytes("text"), {}}});
  ASSERT_TRUE(archive);
  EXPECT_EQ(validate(*archive, "lib.a", false).count(Severity::kWarning), 1u);
  EXPECT_EQ(validate(*archive, "lib.a", true).count(Severity::kError), 1u);
}

TEST(Cpe, SampleIsDescribed) {
  const auto bytes = read_host_file(CMOS_SOURCE_DIR "/samples/bin/_ARM/thumb.cpe");
  ASSERT_TRUE(bytes);
  const auto image = cpe::describe(*bytes, "thumb.cpe");
  ASSERT_TRUE(image) << image.error().text();
  EXPECT_EQ(image->format, "cpe-_ARM");
  EXPECT_EQ(image->start, 0x400000u);
  EXPECT_TRUE(image->starts_in_thumb);
  ASSERT_FALSE(image->sections.empty());
  EXPECT_EQ(image->sections[0].name, "code");
  EXPECT_EQ(image->sections[0].address, 0x400000u);
}

}  // namespace
}  // namespace cmos::inspect
