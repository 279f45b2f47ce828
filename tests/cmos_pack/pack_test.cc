#include "tools/cmos-pack/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/formats/elf/elf_builder.h"

namespace cmos::pack {
namespace {

using elf::test::Builder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kCode = PF_R | PF_X;
constexpr std::uint32_t kConst = PF_R;
constexpr std::uint32_t kVar = PF_R | PF_W;

struct Outcome {
  std::string error;
  cpe::Executable executable;
  std::vector<std::string> warnings;
};

/// Reads, packs, writes and reads back: what the loader will see.
Outcome pack_file(Builder& builder, const Options& options = {}) {
  const auto bytes = builder.build();
  const auto program = elf::read_executable(bytes, "app.elf");
  if (!program) return {program.error().text(), {}, {}};
  auto packed = pack(*program, "app.elf", options);
  if (!packed) return {packed.error().text(), {}, {}};
  const auto written = cpe::write(packed->executable);
  if (!written) return {written.error().text(), {}, {}};
  auto back = cpe::read(*written, "app.cpe");
  if (!back) return {back.error().text(), {}, {}};
  for (const Finding& finding : back->findings) packed->warnings.push_back(finding.where.text());
  return {"", back->executable, packed->warnings};
}

std::vector<std::string> names(const cpe::Executable& executable) {
  std::vector<std::string> out;
  for (const cpe::Symbol& symbol : executable.symbols)
    out.push_back(symbol.name + "@" + std::to_string(symbol.offset));
  return out;
}

/// The whole CODE section is a multiple of 16, so its machine code is followed by at most 15 zeros.
MATCHER_P(SizeIsPadded, size, "") {
  return arg.size() >= static_cast<std::size_t>(size) &&
         arg.size() < static_cast<std::size_t>(size) + 16;
}

Builder three_segments() {
  Builder builder;
  builder.entry = 0x40'0004;
  builder.segments = {{.flags = kCode, .address = 0x40'0000, .bytes = "codecode"},
                      {.flags = kConst, .address = 0x40'1000, .bytes = "const"},
                      {.flags = kVar, .address = 0x40'2000, .bytes = "var", .memory_size = 0x2000}};
  return builder;
}

TEST(Pack, ThreeSegmentsBecomeOneImageWithBoundaries) {
  Builder builder = three_segments();
  const Outcome out = pack_file(builder);
  ASSERT_EQ(out.error, "");
  EXPECT_THAT(out.warnings, IsEmpty());
  EXPECT_EQ(out.executable.arch, "8664");
  EXPECT_EQ(out.executable.entry_offset, 4u);
  EXPECT_THAT(out.executable.code,
              SizeIsPadded(0x2003));  // the zeros after "var" are not in the file
  EXPECT_EQ(as_text(Bytes(out.executable.code).subspan(0x1000, 6)), std::string("const\0", 6));
  EXPECT_EQ(as_text(Bytes(out.executable.code).subspan(0x2000, 3)), "var");
  EXPECT_THAT(names(out.executable),
              ElementsAre("__const_start@4096", "__var_start@8192", "__image_end@16384"));
  EXPECT_TRUE(out.executable.has_checksum);
  EXPECT_FALSE(out.executable.signature);
}

TEST(Pack, ASegmentThatDoesNotBeginAPageGetsTheWholePage) {
  Builder builder = three_segments();
  builder.segments[1].address = 0x40'1e00;
  EXPECT_THAT(names(pack_file(builder).executable),
              ElementsAre("__const_start@4096", "__var_start@8192", "__image_end@16384"));
}

TEST(Pack, CodeAloneNeedsNoPadding) {
  Builder builder;
  const Outcome out = pack_file(builder);
  EXPECT_THAT(out.executable.code, SizeIsPadded(16));
  EXPECT_THAT(names(out.executable), ElementsAre("__image_end@16"));
}

TEST(Pack, WithoutProtectionTheZerosAreStored) {
  Builder builder = three_segments();
  builder.segments[2].flags = PF_R | PF_W | PF_X;
  const Outcome out = pack_file(builder, {.program = {.protect = false}});
  ASSERT_EQ(out.error, "");
  EXPECT_THAT(out.executable.code, SizeIsPadded(0x4000));
  EXPECT_THAT(names(out.executable), IsEmpty());
}

TEST(Pack, ArchComesFromTheMachineAndAppleSiliconFromTheOption) {
  struct Row {
    bool wide;
    std::uint16_t machine;
    const char* option;
    const char* arch;
  };
  for (const Row& row : {Row{true, EM_X86_64, "", "8664"}, Row{false, EM_386, "", "__86"},
                         Row{false, EM_ARM, "", "_ARM"}, Row{true, EM_AARCH64, "", "AR64"},
                         Row{true, EM_AARCH64, "APPL", "APPL"}}) {
    Builder builder;
    builder.wide = row.wide;
    builder.machine = row.machine;
    EXPECT_EQ(pack_file(builder, {.arch = row.option}).executable.arch, row.arch);
  }
  Builder builder;
  EXPECT_EQ(pack_file(builder, {.arch = "APPL"}).error,
            "app.elf: offset 0x12: e_machine: found x86-64, expected code for --arch APPL; this "
            "file packs as 8664");
}

TEST(Pack, ThumbEntryStaysOddAndSymbolsNamePlaces) {
  Builder builder;
  builder.wide = false;
  builder.machine = EM_ARM;
  builder.entry = 0x40'0001;
  builder.symbols = {{"_start", 0x40'0001},
                     {"$t", 0x40'0000, STT_NOTYPE, 1},
                     {"$d.3", 0x40'0008, STT_NOTYPE, 1},
                     {"__cmos_abort", 0x40'0009}};
  const Outcome out = pack_file(builder);
  EXPECT_EQ(out.executable.entry_offset, 1u);
  EXPECT_THAT(names(out.executable),
              ElementsAre("_start@0", "__cmos_abort@8", "abort@9", "__image_end@16"));
}

TEST(Pack, AbortIsTheMethodAndNeverTheLibraryFunction) {
  Builder library;
  library.symbols = {{"abort", 0x40'0004}};
  EXPECT_THAT(names(pack_file(library).executable), ElementsAre("abort@libc@4", "__image_end@16"));
  Builder both;
  both.symbols = {{"abort", 0x40'0004}, {"__cmos_abort", 0x40'0008}};
  EXPECT_THAT(names(pack_file(both, {.program = {.symbols = cpe::SymbolChoice::kNone}}).executable),
              ElementsAre("abort@8", "__image_end@16"));
  EXPECT_THAT(names(pack_file(both).executable),
              ElementsAre("abort@libc@4", "__cmos_abort@8", "abort@8", "__image_end@16"));
}

TEST(Pack, SymbolsAreSortedUniqueAndWithoutNoise) {
  const std::uint8_t local_function = (STB_LOCAL << 4) | STT_FUNC;
  Builder builder;
  builder.symbols = {{"file.c", 0, (STB_LOCAL << 4) | STT_FILE, SHN_ABS},
                     {"helper", 0x40'0008, local_function, 1},
                     {"helper", 0x40'0004, local_function, 1},
                     {"helper", 0x40'0004, local_function, 1},
                     {".Lloop", 0x40'0004, STT_NOTYPE, 1},
                     {"main", 0x40'0000},
                     {"size", 0x40'0000, (STB_GLOBAL << 4) | STT_NOTYPE, SHN_ABS},
                     {"undefined", 0, (STB_WEAK << 4) | STT_NOTYPE, 0},
                     {"thread", 0x40'0000, (STB_GLOBAL << 4) | STT_TLS, 1},
                     {"far", 0x50'0000},
                     {"debug", 0x40'0000, STT_NOTYPE, 3},
                     {"__const_start", 0x40'0000, (STB_GLOBAL << 4) | STT_NOTYPE, 1},
                     {"\xff\xfe", 0x40'0000}};
  const Outcome out = pack_file(builder);
  EXPECT_THAT(names(out.executable),
              ElementsAre("main@0", "helper@4", "helper#2@8", "__image_end@16"));
  EXPECT_THAT(out.warnings, ElementsAre("1 symbol left out: the name is not UTF-8"));
  EXPECT_THAT(
      names(pack_file(builder, {.program = {.symbols = cpe::SymbolChoice::kGlobal}}).executable),
      ElementsAre("main@0", "__image_end@16"));
}

TEST(Pack, EntryByNameAndSignatureAndMiniDisk) {
  Builder builder;
  builder.symbols = {{"other", 0x40'0008}};
  const Outcome out =
      pack_file(builder, {.entry_symbol = "other",
                          .program = {.signature = cpe::Signature{"Ada", "https://example.org", 7},
                                      .mini_disk_size = 4096,
                                      .backup_name = "scores"}});
  ASSERT_EQ(out.error, "");
  EXPECT_EQ(out.executable.entry_offset, 8u);
  EXPECT_EQ(out.executable.signature, (cpe::Signature{"Ada", "https://example.org", 7}));
  EXPECT_EQ(out.executable.mini_disk_size, 4096u);
  EXPECT_EQ(out.executable.backup_name, "scores");
}

TEST(Pack, MinimalFormHasNothingInTheLastTwelveBytes) {
  Builder builder;
  const auto bytes = builder.build();
  const auto program = elf::read_executable(bytes, "app.elf");
  const auto packed = pack(*program, "app.elf", {.program = {.minimal = true}});
  const auto written = cpe::write(packed->executable);
  ASSERT_TRUE(written);
  EXPECT_THAT(std::vector<std::uint8_t>(written->begin() + 17, written->begin() + 29),
              testing::Each(0));
}

TEST(PackRefusals, LayoutsThatACpeCannotExpress) {
  Builder base = three_segments();
  for (auto& segment : base.segments) segment.address += 0x1000;
  EXPECT_THAT(
      pack_file(base).error,
      HasSubstr(
          "offset 0x40: p_vaddr: found 0x401000, the program's lowest address, expected 0x400000"));
  Builder below = three_segments();
  below.segments[1].address = 0x3f'f000;
  EXPECT_THAT(pack_file(below).error, HasSubstr("offset 0x78: p_vaddr: found 0x3ff000"));
  Builder mixed = three_segments();
  mixed.segments[0].flags = PF_R | PF_W | PF_X;
  EXPECT_THAT(pack_file(mixed).error, HasSubstr("p_flags: found rwx, writable and executable"));
  Builder headers = three_segments();
  headers.segments[0].flags = kConst;
  EXPECT_THAT(pack_file(headers).error,
              HasSubstr("p_flags: found r-- first, expected code (r-x) first"));
  Builder order = three_segments();
  std::swap(order.segments[1].flags, order.segments[2].flags);
  EXPECT_THAT(pack_file(order).error, HasSubstr("p_flags: found r-- after rw-"));
  Builder page = three_segments();
  page.segments[1].address = 0x40'0ff8;
  EXPECT_THAT(
      pack_file(page).error,
      HasSubstr(
          "p_vaddr: found 0x400ff8, r-- on the page where r-x ends, expected a page of its own"));
  Builder gap = three_segments();
  gap.segments[2].address = 0x6000'0000;
  EXPECT_THAT(pack_file(gap).error, HasSubstr("expected at most 64 MiB of gaps"));
  Builder huge = three_segments();
  huge.segments[2].memory_size = 0x2'0000'0000;
  EXPECT_THAT(pack_file(huge).error, HasSubstr("expected an image of less than 4 GiB"));
}

TEST(PackRefusals, NothingIsStored) {
  Builder zeros;
  zeros.segments = {{.flags = kCode, .address = 0x40'0010, .bytes = "", .memory_size = 32}};
  EXPECT_THAT(pack_file(zeros).error, HasSubstr("e_entry: found 0x400000"));
}

TEST(PackRefusals, Entry) {
  Builder outside = three_segments();
  outside.entry = 0x40'2000;
  EXPECT_THAT(pack_file(outside).error,
              HasSubstr("offset 0x18: e_entry: found 0x402000, expected an address in the code"));
  Builder zero = three_segments();
  zero.entry = 0;
  EXPECT_THAT(pack_file(zero).error, HasSubstr("e_entry: found 0x0"));
  Builder missing = three_segments();
  EXPECT_THAT(pack_file(missing, {.entry_symbol = "go"}).error,
              HasSubstr("symbol table: found no symbol 'go'"));
}

}  // namespace
}  // namespace cmos::pack
