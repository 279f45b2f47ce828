// Whole sources: what stands in the CPO afterwards.
#include "tests/assembler/fixture.h"

namespace cmos::assembler {
namespace {

using ::testing::ElementsAre;

constexpr const char* kHello8664 = R"(
.const message utf8 "Hello; CalamOS\n"   ; a comment
.var count u32
global start
start:
  lea rcx, [rip + message]
  mov edx, sizeof(message)
  xor edi, edi
  call stdout
.again:
  dec dword [count]
  jnz .again
  ret
helper:
  ret
)";

TEST(Assemble, SymbolsHaveTheirTypeSectionAndSize) {
  const auto out = good(kHello8664);
  EXPECT_EQ(out->file.file.arch, "8664");
  const auto& start = out->symbol("start");
  EXPECT_EQ(start.binding, object::Binding::kGlobal);
  EXPECT_EQ(start.kind, object::SymbolKind::kFunction);
  EXPECT_EQ(start.value, 0u);
  const auto& helper = out->symbol("helper");
  EXPECT_EQ(helper.binding, object::Binding::kLocal);
  EXPECT_EQ(start.size, helper.value) << "a function reaches to the next one";
  EXPECT_EQ(helper.size, out->code().size() - helper.value);
  EXPECT_EQ(out->symbol("message").size, 15u);
  EXPECT_EQ(out->symbol("stdout").place, object::Place::kUndefined);
  EXPECT_FALSE(out->has(".again")) << "labels inside a function are its own";
  EXPECT_FALSE(out->file.file.link) << "the document's tables say all of it";
}

TEST(Assemble, RelocationsNameTheSourcesSymbols) {
  EXPECT_THAT(good(kHello8664)->relocations(),
              ElementsAre("pc32 message-4", "branch32 stdout-4", "abs32s count"));
}

TEST(Assemble, SourceLinesAreKeptOnRequest) {
  const std::map<std::string, std::string> files{{"part \"1\".asm", "g: nop\n ret\n"}};
  for (const std::string arch : {"8664", "__86", "_ARM", "AR64"}) {
    SCOPED_TRACE(arch);
    const std::string text = "f: nop\n call g\n.const c u8 1\n.include \"part \\\"1\\\".asm\"\n";
    AssembleOptions options = with_files(
        arch == "_ARM" ? std::map<std::string, std::string>{{"part \"1\".asm", "g: bx lr\n"}}
                       : files,
        arch);
    const auto plain = good(text, options);
    options.debug_lines = true;
    const auto out = good(text, options);
    EXPECT_TRUE(std::equal(out->code().begin(), out->code().end(), plain->code().begin(),
                           plain->code().end()));
    std::string lines;
    std::size_t relocations = 0;
    for (const object::Section& section : out->object.sections) {
      if (section.kind != object::SectionKind::kDebug) continue;
      if (section.name == ".debug_line") lines = as_text(section.bytes);
      relocations += section.relocation_count;
    }
    EXPECT_NE(lines.find("part \"1\".asm"), std::string::npos);
    EXPECT_NE(lines.find("t.asm"), std::string::npos);
    EXPECT_GE(relocations, 4u) << "to the code, and to each other";
    EXPECT_EQ(out->bytes, good(text, options)->bytes);
  }
}

TEST(Assemble, EqualSourcesMakeEqualFiles) {
  EXPECT_EQ(good(kHello8664)->bytes, good(kHello8664)->bytes);
}

struct ArchCase {
  const char* arch;
  const char* source;
  std::vector<std::string> relocations;
};

TEST(Assemble, EveryArchHasItsUsualSyntaxAndCall) {
  const std::vector<ArchCase> cases{
      {"__86",
       "f: mov ecx, offset m\n push offset m + 2\n mov eax, [m]\n call stdout\n ret\n"
       ".const m utf8 \"x\"\n",
       {"abs32 m", "abs32 m+2", "abs32 m", "pc32 stdout-4"}},
      {"_ARM",
       "f: movw r0, #:lower16:m ; comment\n movt r0, #:upper16:m @ comment\n call stdout\n"
       " bl stdout\n bx lr\n.const m utf8 \"x\"\n",
       {"arm-movw-abs m", "arm-movt-abs m", "arm-call stdout-8", "arm-call stdout-8"}},
      {"AR64",
       "f: adrp x0, m ; comment\n add x0, x0, :lo12:m // comment\n call stdout\n ret\n"
       ".const m utf8 \"x\"\n",
       {"a64-adr-page21 m", "a64-add12 m", "a64-branch26 stdout"}},
      {"APPL",
       "f: adr x0, m\n call stdout\n ret\n.const m utf8 \"x\"\n",
       {"a64-adr21 m", "a64-branch26 stdout"}},
  };
  for (const ArchCase& one : cases) {
    SCOPED_TRACE(one.arch);
    const auto out = good(one.source, one.arch);
    EXPECT_EQ(out->file.file.arch, one.arch);
    EXPECT_EQ(out->relocations(), one.relocations);
  }
}

TEST(Assemble, ThumbFunctionsAreMarked) {
  const auto out = good(
      "a: bx lr\n.thumb\nt: bl t2\n bx lr\nt2: bx lr\n.arm\nb: bx lr\n"
      "ldr r0, =t2\n",
      "_ARM");
  EXPECT_FALSE(out->symbol("a").thumb);
  EXPECT_TRUE(out->symbol("t").thumb);
  EXPECT_EQ(out->symbol("t").value, 4u);
  EXPECT_EQ(out->symbol("t").size, 6u);
  EXPECT_FALSE(out->symbol("b").thumb);
  EXPECT_THAT(out->relocations(), ElementsAre("abs32 t2"));
}

TEST(Assemble, PlacesInTheSameFileAreFunctionsOrTheStartOfCode) {
  const auto out = good("f: nop\n.x: nop\ng: mov rax, offset g\n mov rbx, offset .y\n.y: ret\n");
  EXPECT_EQ(out->relocations()[0], "abs32s g");
  EXPECT_EQ(out->relocations()[1], "abs32s +16");
}

TEST(Assemble, ExternsHaveLocationsAndAreListedWhenUsed) {
  const auto out = good(
      "extern a, b from \"maths.cpo\"\nextern unused from \"x.cpo\"\n"
      "f: call a\n call c\n.const p ptr b\n");
  EXPECT_EQ(out->symbol("a").location, "maths.cpo");
  EXPECT_EQ(out->symbol("b").location, "maths.cpo");
  EXPECT_EQ(out->symbol("c").location, "");
  EXPECT_FALSE(out->has("unused"));
}

TEST(Assemble, WeakSymbolsNeedTheLinkSection) {
  const auto out = good("weak f\nglobal g\nf:\ng: ret\n");
  EXPECT_EQ(out->symbol("f").binding, object::Binding::kWeak);
  EXPECT_EQ(out->symbol("g").binding, object::Binding::kGlobal);
  EXPECT_EQ(out->symbol("f").size, 1u);
  EXPECT_EQ(out->symbol("g").size, 1u);
  EXPECT_TRUE(out->file.file.link);
}

TEST(Assemble, WeakExternsMayBeMissing) {
  const auto out = good("extern maybe\nweak maybe\n.const p ptr maybe\n");
  EXPECT_EQ(out->symbol("maybe").binding, object::Binding::kWeak);
  EXPECT_EQ(out->symbol("maybe").place, object::Place::kUndefined);
}

TEST(Assemble, NamesNeedNotBeWords) {
  const auto out = good(
      "global \"hello world\", größe\n\"hello world\":\n call \"hello world\"\n"
      " call add\nadd: mov eax, [größe]\n ret\n.var größe u32\n"
      ".const table ptr[] \"hello world\"\n");
  EXPECT_EQ(out->symbol("hello world").binding, object::Binding::kGlobal);
  EXPECT_EQ(out->symbol("größe").size, 4u);
  EXPECT_THAT(out->relocations(),
              ElementsAre("branch32 hello world-4", "abs32s größe", "abs64 hello world"));
}

TEST(Assemble, NamesOfInstructionsAreFree) {
  const auto out = good(
      "global read, write, test, loop\nread: call write\nwrite: call test\n"
      "test: call loop\nloop: ret\n");
  EXPECT_THAT(out->relocations(),
              ElementsAre("branch32 write-4", "branch32 test-4", "branch32 loop-4"));
}

TEST(Assemble, NasmsSpellingsAreUnderstood) {
  const auto out = good(
      "f: mov dword [n], 0FFh\n mov eax, [rel n]\n mov al, 'A'\n mov bl, 1010b\n"
      " mov cl, 17o\n mov edx, 1_000\n mov eax, ~0 & 0xff\n.var n u32\n");
  const auto code = out->code();
  EXPECT_EQ(as_text(code.subspan(7, 4)), std::string_view("\xff\0\0\0", 4));
  EXPECT_EQ(as_text(code.subspan(17, 2)),
            "\xb0"
            "A");
  EXPECT_EQ(as_text(code.subspan(19, 2)), "\xb3\x0a");
  EXPECT_EQ(as_text(code.subspan(21, 2)), "\xb1\x0f");
  EXPECT_EQ(as_text(code.subspan(24, 2)), "\xe8\x03");
}

TEST(Assemble, BytesInCode) {
  const auto out = good(
      "f: .byte 1, 'a', N\n.ascii \"x;y\\n\"\n.align 8\n.short 0x1234\n.zero 3\n"
      ".long f\n.define N 0b11\n");
  EXPECT_EQ(as_text(out->code().first(7)), std::string_view("\x01"
                                                            "a\x03x;y\n"));
  EXPECT_EQ(as_text(out->code().subspan(8, 2)), "\x34\x12");
  EXPECT_THAT(out->relocations(), ElementsAre("abs32u f"));
}

TEST(Assemble, DataAloneAndNothingAtAll) {
  EXPECT_EQ(good(".const a u8 1\n")->bytes_of("a"), "\x01");
  EXPECT_TRUE(good("; nothing\n")->object.sections.empty());
}

TEST(Assemble, CallsTheEncoderOnlyWithWhatTheAssemblerWrites) {
  for (const char* line : {".include \"x\"", ".section .data", ".incbin \"x\"", ".file \"x\"",
                           ".macro m", ".bundle_align_mode 4", ".cfi_startproc", ".comm x, 8"}) {
    const Output out = assemble_text(std::string("f: ret\n") + line + "\n", with_files({}));
    EXPECT_EQ(out.errors, 1u) << line << "\n" << out.messages;
    EXPECT_TRUE(out.cpo.empty());
  }
}

TEST(Assemble, ManyMistakesAreAllReported) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "frob" + std::to_string(i) + " eax\n";
  EXPECT_EQ(assemble_text(text, with_files({})).errors, 100u);
}

}  // namespace
}  // namespace cmos::assembler
