// Disassemblies: labels, states, zeros, relocations and targets.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "inspect/objdump.h"

namespace cmos::inspect {
namespace {

/// A linked image with one section of code, for tests to fill in.
struct Code {
  explicit Code(std::string_view arch, std::vector<std::uint8_t> code,
                std::uint64_t address = 0x1000)
      : bytes(std::move(code)) {
    image.file = "t";
    image.format = "test";
    image.arch = arch;
    image.architecture = formats::architecture_of(arch);
    image.executable = true;
    Section section;
    section.name = ".text";
    section.address = address;
    section.size = bytes.size();
    section.bytes = bytes;
    section.has_contents = section.allocated = section.readonly = section.code = true;
    image.sections.push_back(std::move(section));
    options.disassemble = true;
  }

  Symbol& symbol(std::string_view name, std::uint64_t at, SymbolKind kind = SymbolKind::kFunction) {
    Symbol one;
    one.name = name;
    one.value = at;
    one.section = 0;
    one.place = Place::kSection;
    one.kind = kind;
    one.binding = kind == SymbolKind::kMapping ? Binding::kLocal : Binding::kGlobal;
    image.symbols.push_back(one);
    return image.symbols.back();
  }

  /// The disassembly alone.
  std::string text() const {
    std::string out;
    {
      Text sink([&out](std::string_view piece) { out += piece; });
      const auto done = print_objdump(image, options, sink);
      EXPECT_TRUE(done) << done.error().text();
    }
    const std::size_t at = out.find("Disassembly");
    return at == std::string::npos ? std::string() : out.substr(out.find('\n', at) + 1);
  }

  std::vector<std::uint8_t> bytes;
  Description image;
  ObjdumpOptions options;
};

TEST(Listing, NamesWhatABranchLeadsTo) {
  Code code("8664",
            {0xe8, 0x01, 0, 0, 0, 0xc3, 0xeb, 0xf8, 0x48, 0x8b, 0x05, 0xf1, 0xff, 0xff, 0xff});
  code.symbol("main", 0x1000);
  code.symbol("other", 0x1006);
  EXPECT_EQ(
      code.text(),
      "\n00001000 <main>:\n"
      "    1000:\te8 01 00 00 00       \tcall   0x1006 <other>\n"
      "    1005:\tc3                   \tret\n"
      "\n00001006 <other>:\n"
      "    1006:\teb f8                \tjmp    0x1000 <main>\n"
      "    1008:\t48 8b 05 f1 ff ff ff \tmov    rax, qword ptr [rip - 0xf]        # 1000 <main>\n");
}

TEST(Listing, WritesX86AsWished) {
  Code code("8664", {0x48, 0x8b, 0x05, 0xf9, 0xff, 0xff, 0xff});
  code.options.syntax = disasm::Syntax::kAtt;
  EXPECT_EQ(code.text(),
            "\n00001000 <.text>:\n"
            "    1000:\t48 8b 05 f9 ff ff ff \tmovq   -7(%rip), %rax        # 1000 <.text>\n");
}

TEST(Listing, BreaksLongInstructions) {
  Code code("8664", {0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(code.text(),
            "\n00001000 <.text>:\n"
            "    1000:\t48 b8 01 02 03 04 05 \tmovabs rax, 0x807060504030201\n"
            "    1007:\t06 07 08 \n");
  code.options.no_raw_instructions = true;
  EXPECT_EQ(code.text(), "\n00001000 <.text>:\n    1000:\tmovabs rax, 0x807060504030201\n");
}

TEST(Listing, FollowsMappingSymbols) {
  Code code("_ARM", {0x70, 0x47, 0xc0, 0x46, 0x1e, 0xff, 0x2f, 0xe1, 1, 2, 3, 4, 5, 6, 7},
            0x400000);
  code.symbol("$t", 0x400000, SymbolKind::kMapping);
  code.symbol("$a.1", 0x400004, SymbolKind::kMapping);
  code.symbol("$d", 0x400008, SymbolKind::kMapping);
  code.symbol("f", 0x400000).thumb = true;
  EXPECT_EQ(code.text(),
            "\n00400000 <f>:\n"
            "  400000:\t4770      \tbx\tlr\n"
            "  400002:\t46c0      \tmov\tr8, r8\n"
            "  400004:\te12fff1e \tbx\tlr\n"
            "  400008:\t04030201 \t.word\t0x04030201\n"
            "  40000c:\t0605      \t.short\t0x0605\n"
            "  40000e:\t07       \t.byte\t0x07\n");
}

TEST(Listing, TakesTheStateFromFunctionsWhenThereIsNoMapping) {
  Code code("_ARM", {0x70, 0x47, 0x70, 0x47, 0x1e, 0xff, 0x2f, 0xe1});
  code.symbol("f", 0x1000).thumb = true;
  code.symbol("g", 0x1004);
  const std::string text = code.text();
  EXPECT_NE(text.find("1002:\t4770      \tbx"), std::string::npos) << text;
  EXPECT_NE(text.find("1004:\te12fff1e \tbx"), std::string::npos) << text;
}

TEST(Listing, FollowsBranchesWhenSymbolsSayNothing) {
  // blx to ARM code, a label in Thumb code that is no function, an endless loop.
  Code code("_ARM", {0x00, 0xf0, 0x02, 0xe8, 0xc0, 0x46, 0xfe, 0xe7, 0x1e, 0xff, 0x2f, 0xe1});
  code.image.untyped_symbols = true;
  code.image.start = 0x1000;
  code.image.starts_in_thumb = true;
  code.symbol("start", 0x1000);
  code.symbol("label", 0x1004);
  code.symbol("arm", 0x1008);
  EXPECT_EQ(code.text(),
            "\n00001000 <start>:\n"
            "    1000:\tf000 e802 \tblx\t#0x1008 <arm>\n"
            "\n00001004 <label>:\n"
            "    1004:\t46c0      \tmov\tr8, r8\n"
            "    1006:\te7fe      \tb\t#0x1006 <label+0x2>\n"
            "\n00001008 <arm>:\n"
            "    1008:\te12fff1e \tbx\tlr\n");
}

TEST(Listing, ShortensZeros) {
  std::vector<std::uint8_t> bytes(64, 0);
  bytes[0] = 0x90;
  bytes[33] = 0xc3;
  Code code("8664", bytes);
  EXPECT_EQ(code.text(),
            "\n00001000 <.text>:\n"
            "    1000:\t90                   \tnop\n"
            "\t...\n"
            "    1021:\tc3                   \tret\n"
            "\t...\n");
  code.options.show_zeroes = true;
  EXPECT_EQ(code.text().find("..."), std::string::npos);
}

TEST(Listing, PutsRelocationsWhereTheyApply) {
  Code code("8664", {0xe8, 0, 0, 0, 0, 0xc3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  code.image.executable = false;
  code.image.sections[0].address = 0;
  Symbol& puts = code.symbol("puts", 0);
  puts.place = Place::kUndefined;
  puts.section = kNoIndex;
  code.image.sections[0].relocations = {{1, "pc32", 4, 0, -4}, {8, "abs64", 8, kNoIndex, 16}};
  code.options.relocations = true;
  const std::string text = code.text();
  EXPECT_NE(text.find("call   5 <.text+0x5>\n\t\t\t1: pc32\tputs-0x4\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\t\t\t8: abs64\t*ABS*+0x10\n"), std::string::npos) << text;
}

TEST(Listing, ShowsOnlyWhatWasAskedFor) {
  Code code("8664", {0x90, 0x90, 0xc3, 0xc3, 0xcc, 0xcc});
  code.symbol("a", 0x1000);
  code.symbol("b", 0x1002).size = 1;
  code.symbol("c", 0x1004);
  code.options.disassemble = false;
  code.options.disassemble_symbols = {"b"};
  EXPECT_EQ(code.text(), "\n00001002 <b>:\n    1002:\tc3                   \tret\n");
  EXPECT_TRUE(missing_symbols(code.image, code.options).empty());
  code.options.disassemble_symbols = {"d"};
  EXPECT_EQ(code.text(), "");
  EXPECT_EQ(missing_symbols(code.image, code.options), std::vector<std::string>{"d"});

  code.options.disassemble_symbols.clear();
  code.options.disassemble = true;
  code.options.start_address = 0x1003;
  code.options.stop_address = 0x1005;
  EXPECT_EQ(code.text(),
            "\n00001003 <b+0x1>:\n    1003:\tc3                   \tret\n"
            "\n00001004 <c>:\n    1004:\tcc                   \tint3\n");
  code.options.sections = {".data"};
  EXPECT_EQ(code.text(), "");
  EXPECT_EQ(missing_sections(code.image, code.options), std::vector<std::string>{".data"});
}

TEST(Listing, SizesOfSymbolsMayLie) {
  Code code("8664", {0x90, 0xc3});
  code.symbol("a", 0x1001).size = UINT64_MAX;
  code.symbol("far", UINT64_MAX);
  code.options.disassemble_symbols = {"a", "far"};
  EXPECT_EQ(code.text(), "\n00001001 <a>:\n    1001:\tc3                   \tret\n");
}

TEST(Listing, AnItBlockIsNotCut) {
  // it eq; moveq r0, #1 - over and over, so that every piece ends in or after a block.
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 40'000; ++i) bytes.insert(bytes.end(), {0x08, 0xbf, 0x01, 0x20});
  Code code("_ARM", bytes);
  code.symbol("f", 0x1000).thumb = true;
  const std::string text = code.text();
  EXPECT_EQ(text.find("movs\t"), std::string::npos);
  EXPECT_NE(text.find("moveq\t"), std::string::npos);
}

TEST(Listing, UnknownArchsHaveNoCode) {
  Code code("Z80!", {0x90});
  Text sink([](std::string_view) {});
  const auto done = print_objdump(code.image, code.options, sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().text(), "t: no disassembler for ARCH \"Z80!\"");
  code.options.disassemble = false;
  EXPECT_TRUE(print_objdump(code.image, code.options, sink));
}

TEST(Listing, JsonHasTheSame) {
  Code code("8664", {0xeb, 0xfe});
  code.symbol("loop", 0x1000);
  const auto json = objdump_json(code.image, code.options);
  ASSERT_TRUE(json);
  EXPECT_EQ(
      json->at("disassembly").dump(),
      R"([{"section":".text","labels":[{"name":"loop","address":"0x00001000","instructions":[)"
      R"({"address":"0x00001000","bytes":"ebfe","mnemonic":"jmp","operands":"0x1000",)"
      R"("target":{"address":"0x00001000","symbol":"loop"}}]}]}])");
}

}  // namespace
}  // namespace cmos::inspect
