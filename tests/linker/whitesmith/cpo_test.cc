// CPOs of the Z80 and the 8080 in a link: plain ones, of the document's tables alone, and what
// areas cannot say (docs/cpo.md, Objects of the Z80 and the 8080).
#include "formats/cpo/cpo.h"
#include "tests/linker/whitesmith/fixture.h"

namespace cmos::wslink::test {
namespace {

using object::RelocationType;

class CpoLink : public WhitesmithLink {
 protected:
  CpoLink() {
    options_.rules = Rules::kModern;
    options_.relocations = false;  // as of a program
    options_.arch = "_Z80";
  }

  /// Code of 3 bytes, a constant, a variable with contents and one without.
  static cpo::File draft() {
    cpo::File out;
    out.arch = "_Z80";
    out.code = out.storage.keep(hex("cd 00 00"));
    out.records = {
        {.name = "limit", .size = 1, .bytes = out.storage.keep(hex("07"))},
        {.variable = true,
         .alignment = 4,
         .name = "at",
         .size = 2,
         .bytes = out.storage.keep(hex("00 00"))},
        {.variable = true, .alignment = 2, .name = "room", .size = 3},
    };
    out.symbols = {{.name = "start", .type = cpo::SymbolType::kGlobal},
                   {.name = "room", .area = cpo::Area::kData, .offset = 6}};
    out.relocations = {relocation(RelocationType::kAbs16, 1, 0, 2),
                       {.area = cpo::Area::kData,
                        .type = static_cast<std::uint8_t>(RelocationType::kAbs16),
                        .offset = 4,
                        .symbol = 1,
                        .addend = 1}};
    return out;
  }
  static cpo::Relocation relocation(RelocationType type, std::uint32_t offset, std::uint32_t symbol,
                                    std::int64_t addend) {
    return {.type = static_cast<std::uint8_t>(type),
            .offset = offset,
            .symbol = symbol,
            .addend = addend};
  }

  void add_cpo(const std::string& name, const cpo::File& file) {
    const auto bytes = cpo::write(file);
    ASSERT_TRUE(bytes) << bytes.error().text();
    options_.files.push_back(name);
    files_.add(name, *bytes);
  }
  std::string first_error() {
    const auto result = link(options_, files_);
    return result ? "none" : result.error().front().text();
  }
};

TEST_F(CpoLink, records_lie_where_their_kind_and_alignment_say) {
  options_.text_base = 0x100;
  add_cpo("a.cpo", draft());
  const Linked result = linked();
  EXPECT_EQ(to_hex(result.file.text), "cd 02 01 07");
  // The variable begins at a multiple of 4, and refers to the second byte of the other one.
  EXPECT_EQ(result.file.data_base, 0x104U);
  EXPECT_EQ(result.bss_base, 0x106U);
  EXPECT_EQ(to_hex(result.file.data.first(2)), "07 01");
  EXPECT_EQ(result.file.bss, 3U);
  EXPECT_EQ(symbols(result), "start=0d:100");
}

TEST_F(CpoLink, names_of_one_object_are_found_by_another) {
  cpo::File user;
  user.arch = "8080";
  user.code = user.storage.keep(hex("cd 00 00 3e 00 18 00"));
  user.symbols = {{.name = "start", .type = cpo::SymbolType::kExtern}};
  user.relocations = {relocation(RelocationType::kAbs16, 1, 0, 0),
                      relocation(RelocationType::kAbsByte1, 4, 0, 0x100),
                      relocation(RelocationType::kPc8, 6, 0, -1)};
  options_.text_base = 0x1200;
  add_cpo("user.cpo", user);
  add_cpo("a.cpo", draft());
  // CODE is aligned to 16, and one area of all objects.
  EXPECT_EQ(to_hex(linked().file.text.first(0x13)),
            "cd 10 12 3e 13 18 09 00 00 00 00 00 00 00 00 00 cd 12 12");
}

TEST_F(CpoLink, a_relocation_without_a_symbol_is_a_number) {
  cpo::File file;
  file.arch = "8080";
  file.code = file.storage.keep(hex("c3 00 00"));
  file.relocations = {relocation(RelocationType::kAbs16, 1, cpo::kNoSymbol, 0xfe00)};
  add_cpo("a.cpo", file);
  EXPECT_EQ(to_hex(linked().file.text), "c3 00 fe");
}

TEST_F(CpoLink, what_areas_cannot_say_is_refused) {
  cpo::File file = draft();
  file.records[1].alignment = 512;
  file.symbols.pop_back();
  file.relocations.pop_back();
  add_cpo("a.cpo", file);
  EXPECT_EQ(first_error(),
            "a.cpo: section \"at\": found an alignment of 512, expected at most 256, that of where "
            "programs begin");
}

TEST_F(CpoLink, an_extern_with_a_location_is_refused) {
  cpo::File file = draft();
  file.symbols.push_back({.name = "far", .type = cpo::SymbolType::kExtern, .location = "far.cpo"});
  add_cpo("a.cpo", file);
  EXPECT_EQ(first_error(),
            "a.cpo: symbol 2 \"far\": found the location \"far.cpo\", expected none: links for "
            "small CPUs search all inputs");
}

TEST_F(CpoLink, a_word_in_one_byte_and_a_jump_too_far_are_refused) {
  cpo::File file = draft();
  file.relocations[0] = relocation(RelocationType::kAbs8, 1, 0, 0);
  add_cpo("a.cpo", file);
  EXPECT_EQ(first_error(),
            "a.cpo: CODE+0x1: found abs8, expected abs16, abs-byte0, abs-byte1 or pc8");
  options_.files.clear();
  file.relocations[0] = relocation(RelocationType::kPc8, 1, 0, 0x100);
  add_cpo("b.cpo", file);
  EXPECT_THAT(first_error(), HasSubstr("-128 to 127, as a relative jump has"));
}

TEST_F(CpoLink, code_of_another_cpu_is_refused) {
  cpo::File file;
  file.arch = "AR64";
  add_cpo("a.cpo", file);
  EXPECT_EQ(first_error(), "a.cpo: ARCH: found \"AR64\", expected code for _Z80");
  options_.arch = "8080";
  options_.files.clear();
  add_cpo("b.cpo", draft());
  EXPECT_EQ(first_error(), "b.cpo: ARCH: found \"_Z80\", expected code for 8080");
}

TEST_F(CpoLink, the_original_rules_know_no_cpo) {
  options_.rules = Rules::kOriginal;
  add_cpo("a.cpo", draft());
  EXPECT_THAT(first_error(), HasSubstr("0x99, an object"));
}

}  // namespace
}  // namespace cmos::wslink::test
