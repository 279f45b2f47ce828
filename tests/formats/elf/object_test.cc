// Relocatable objects: what compilers write becomes the object model, and each fault is refused by
// name.
#include "formats/elf/object.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/formats/elf/object_builder.h"

namespace cmos::elf::test {
namespace {

using object::kNoIndex;
using object::Place;
using object::RelocationType;
using object::SectionKind;

/// .text, .data, .bss, their relocations, a local, a global, an undefined symbol.
ObjectBuilder small() {
  ObjectBuilder out;
  out.sections = {
      {".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, std::string(16, '\x90'), 16},
      {".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, std::string(8, '\0'), 8},
      {".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, "", 4, 0, 0, 0, 64},
  };
  out.symbols = {
      {"local", STT_OBJECT, 0, 2, 0, 8},
      {"start", global(STT_FUNC), STV_HIDDEN, 1, 4, 12},
      {"elsewhere", global(STT_NOTYPE)},
      {"maybe", weak(STT_NOTYPE)},
      {"number", global(STT_NOTYPE), 0, SHN_ABS, 0x1234},
      {"shared", global(STT_OBJECT), 0, SHN_COMMON, 16, 40},
  };
  const std::string text =
      out.relocation(1, 3, R_X86_64_PLT32, -4) + out.relocation(8, 1, R_X86_64_PC32, 4);
  const std::string data = out.relocation(0, 2, R_X86_64_64, 1);
  out.sections.push_back({".rela.text", SHT_RELA, SHF_INFO_LINK, text, 8, 24, 6, 1});
  out.sections.push_back({".rela.data", SHT_RELA, SHF_INFO_LINK, data, 8, 24, 6, 2});
  return out;
}

std::string outcome(const ObjectBuilder& builder) {
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  EXPECT_TRUE(!object || object::check(*object));
  return object ? "read" : object.error().text();
}

TEST(ElfObject, HasSectionsSymbolsAndRelocations) {
  const std::vector<std::uint8_t> bytes = small().build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  ASSERT_TRUE(object::check(*object));
  EXPECT_EQ(object->arch, "8664");
  EXPECT_EQ(object->isa, object::Isa::kX86_64);
  ASSERT_EQ(object->sections.size(), 3u);
  EXPECT_EQ(object->sections[0].kind, SectionKind::kCode);
  EXPECT_EQ(object->sections[0].alignment, 16u);
  EXPECT_EQ(object->sections[0].file_offset, 64u);
  EXPECT_EQ(object->sections[2].kind, SectionKind::kVar);
  EXPECT_EQ(object->sections[2].size, 64u);
  EXPECT_TRUE(object->sections[2].bytes.empty());
  ASSERT_EQ(object->symbols.size(), 6u);
  EXPECT_EQ(object->symbols[0].section, 1u);
  EXPECT_EQ(object->symbols[1].visibility, object::Visibility::kHidden);
  EXPECT_EQ(object->symbols[1].value, 4u);
  EXPECT_EQ(object->symbols[1].size, 12u);
  EXPECT_EQ(object->symbols[2].place, Place::kUndefined);
  EXPECT_EQ(object->symbols[3].binding, object::Binding::kWeak);
  EXPECT_EQ(object->symbols[4].place, Place::kAbsolute);
  EXPECT_EQ(object->symbols[4].value, 0x1234u);
  EXPECT_EQ(object->symbols[5].place, Place::kCommon);
  EXPECT_EQ(object->symbols[5].alignment, 16u);
  EXPECT_EQ(object->symbols[5].size, 40u);
  const auto text = object->relocations_of(object->sections[0]);
  ASSERT_EQ(text.size(), 2u);
  EXPECT_EQ(text[0].type, RelocationType::kBranch32);
  EXPECT_EQ(text[0].symbol, 2u);
  EXPECT_EQ(text[0].addend, -4);
  EXPECT_EQ(object->relocations_of(object->sections[1])[0].type, RelocationType::kAbs64);
  EXPECT_EQ(object::exported_names(*object),
            (std::vector<std::string_view>{"start", "number", "shared"}));
}

TEST(ElfObject, ClassifiesSections) {
  struct {
    const char* name;
    std::uint32_t type;
    std::uint64_t flags;
    SectionKind kind;
  } const cases[] = {
      {".rodata", SHT_PROGBITS, SHF_ALLOC, SectionKind::kConst},
      {".init_array", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, SectionKind::kInit},
      {".init_array.00100", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, SectionKind::kInit},
      {".fini_array", SHT_FINI_ARRAY, SHF_ALLOC | SHF_WRITE, SectionKind::kFini},
      {".preinit_array", SHT_PREINIT_ARRAY, SHF_ALLOC | SHF_WRITE, SectionKind::kPreinit},
      {".eh_frame", SHT_PROGBITS, SHF_ALLOC, SectionKind::kUnwind},
      {".eh_frame", 0x70000001, SHF_ALLOC, SectionKind::kUnwind},
      {".note.gnu.property", SHT_NOTE, SHF_ALLOC, SectionKind::kNote},
      {".note.GNU-stack", SHT_PROGBITS, 0, SectionKind::kNote},
      {".comment", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS, SectionKind::kNote},
      {".debug_info", SHT_PROGBITS, 0, SectionKind::kDebug},
      {".debug_info", SHT_PROGBITS, SHF_COMPRESSED, SectionKind::kDebug},
      {".zdebug_info", SHT_PROGBITS, 0, SectionKind::kDebug},
      {".stab", SHT_PROGBITS, 0, SectionKind::kOther},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    ObjectBuilder builder;
    builder.sections = {{one.name, one.type, one.flags, std::string(8, '\0')}};
    const std::vector<std::uint8_t> bytes = builder.build();
    const auto object = read_object(bytes, "t.o");
    ASSERT_TRUE(object) << object.error().text();
    EXPECT_EQ(object->sections.at(0).kind, one.kind);
  }
}

// What no static link resolves does not keep an object from being read: its section may be left
// out.
TEST(ElfObject, KeepsRelocationsThatNobodyResolves) {
  ObjectBuilder builder = small();
  builder.sections[3].bytes =
      builder.relocation(4, 1, R_X86_64_TPOFF32, 0) + builder.relocation(8, 0, 200, 0);
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  ASSERT_EQ(object->unresolvable.size(), 2u);
  EXPECT_EQ(object->unresolvable[0].section, 0u);
  EXPECT_EQ(object->unresolvable[0].offset, 4u);
  EXPECT_EQ(object->unresolvable[0].symbol, 0u);
  EXPECT_EQ(object->unresolvable[0].number, std::uint32_t{R_X86_64_TPOFF32});
  EXPECT_EQ(object->unresolvable[1].symbol, kNoIndex);
}

TEST(ElfObject, DoesNotJudgeMergingWhereNothingIsLoaded) {
  ObjectBuilder builder;
  builder.sections = {{".debug_str", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS, "no end", 1, 1},
                      {".comment", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS, "abc", 1, 2}};
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  EXPECT_EQ(object->sections[0].size, 6u);
}

TEST(ElfObject, KnowsBothWaysOfCompressingDebugSections) {
  ObjectBuilder builder;
  const std::string header = std::string("\1\0\0\0\0\0\0\0", 8) +
                             std::string("\x40\0\0\0\0\0\0\0", 8) +
                             std::string("\x8\0\0\0\0\0\0\0", 8);
  const std::string old = "ZLIB" + std::string("\0\0\0\0\0\0\0\x40", 8);
  builder.sections = {{".debug_info", SHT_PROGBITS, SHF_COMPRESSED, header + "packed"},
                      {".zdebug_line", SHT_PROGBITS, 0, old + "packed"},
                      {".debug_str", SHT_PROGBITS, SHF_COMPRESSED, "short"}};
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  EXPECT_EQ(object->sections[0].packing, object::Packing::kZlib);
  EXPECT_EQ(object->sections[0].size, 0x40u);
  EXPECT_EQ(object->sections[0].alignment, 8u);
  EXPECT_EQ(as_text(object->sections[0].bytes), "packed");
  EXPECT_EQ(object->sections[1].name, ".debug_line");
  EXPECT_EQ(object->sections[1].packing, object::Packing::kZlib);
  EXPECT_EQ(object->sections[1].size, 0x40u);
  EXPECT_EQ(object->sections[2].packing, object::Packing::kUnknown);
}

TEST(ElfObject, KeepsGroupsMergingAndRetention) {
  ObjectBuilder builder;
  builder.sections = {
      {".group", SHT_GROUP, 0, std::string("\1\0\0\0\2\0\0\0", 8), 4, 4, 4, 1},
      {".text.f", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR | SHF_GROUP | (1u << 21),
       std::string(4, '\0')},
      {".rodata.str1.1", SHT_PROGBITS, SHF_ALLOC | SHF_MERGE | SHF_STRINGS,
       std::string("ab\0c\0", 5), 1, 1},
  };
  builder.symbols = {{"f", weak(STT_FUNC), 0, 2}};
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  ASSERT_EQ(object->groups.size(), 1u);
  EXPECT_EQ(object->groups[0].signature, "f");
  EXPECT_EQ(object->sections[0].group, 0u);
  EXPECT_TRUE(object->sections[0].retain);
  EXPECT_EQ(object->sections[1].group, kNoIndex);
  EXPECT_TRUE(object->sections[1].merge);
  EXPECT_TRUE(object->sections[1].strings);
  EXPECT_EQ(object->sections[1].entry_size, 1u);
}

TEST(ElfObject, ReadsAddendsOutOfTheFieldsOfI386) {
  ObjectBuilder builder;
  builder.wide = false;
  builder.machine = EM_386;
  builder.sections = {{".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
                       std::string("\xe8\xfc\xff\xff\xff\x10\0\0\0", 9)}};
  builder.symbols = {{"f", global(STT_FUNC)}};
  builder.sections.push_back(
      {".rel.text", SHT_REL, 0,
       builder.relocation(1, 1, R_386_PC32, {}) + builder.relocation(5, 0, R_386_32, {}), 4, 8, 3,
       1});
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  EXPECT_EQ(object->arch, "__86");
  ASSERT_EQ(object->relocations.size(), 2u);
  EXPECT_EQ(object->relocations[0].addend, -4);
  EXPECT_EQ(object->relocations[1].addend, 16);
  EXPECT_EQ(object->relocations[1].symbol, kNoIndex);
}

TEST(ElfObject, KeepsTheThumbStateOfArmFunctions) {
  ObjectBuilder builder;
  builder.wide = false;
  builder.machine = EM_ARM;
  builder.flags = 0x05000000;
  builder.sections = {{".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
                       std::string("\xff\xf7\xfe\xff\0\0\0\0", 8), 4}};
  builder.symbols = {{"$t", STT_NOTYPE, 0, 1, 0},
                     {"$d.1", STT_NOTYPE, 0, 1, 4},
                     {"thumb", global(STT_FUNC), 0, 1, 1, 4},
                     {"arm", global(STT_FUNC), 0, 1, 4},
                     {"label", global(STT_NOTYPE), 0, 1, 5}};
  builder.sections.push_back({".rel.text", SHT_REL, 0,
                              builder.relocation(0, 3, 10, {}) + builder.relocation(0, 0, 40, {}),
                              4, 8, 3, 1});
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  EXPECT_EQ(object->symbols[0].kind, object::SymbolKind::kMapping);
  EXPECT_EQ(object->symbols[1].kind, object::SymbolKind::kMapping);
  EXPECT_TRUE(object->symbols[2].thumb);
  EXPECT_EQ(object->symbols[2].value, 0u);
  EXPECT_EQ(object->symbols[2].state(), object::TargetState::kThumb);
  EXPECT_FALSE(object->symbols[3].thumb);
  EXPECT_EQ(object->symbols[3].state(), object::TargetState::kArm);
  EXPECT_EQ(object->symbols[4].value, 5u);
  ASSERT_EQ(object->relocations.size(), 1u);  // R_ARM_V4BX asks for nothing
  EXPECT_EQ(object->relocations[0].type, RelocationType::kThumbCall);
  EXPECT_EQ(object->relocations[0].addend, -4);
}

TEST(ElfObject, LeavesOutWhatOnlyDescribes) {
  ObjectBuilder builder = small();
  builder.sections[3].bytes =
      builder.relocation(0, 1, R_X86_64_TPOFF32, 0) + builder.relocation(4, 1, R_X86_64_PC32, 0);
  builder.sections[0] = {".eh_frame", SHT_PROGBITS, SHF_ALLOC, std::string(16, '\0')};
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_TRUE(object) << object.error().text();
  EXPECT_EQ(object->sections[0].relocation_count, 1u);
}

TEST(ElfObject, ReadsTablesInAnyOrder) {
  ObjectBuilder builder = small();
  std::swap(builder.sections[3], builder.sections[4]);
  EXPECT_EQ(outcome(builder), "read");
}

struct BadObject {
  const char* name;
  std::function<void(ObjectBuilder&)> fault;
  const char* error;
};
void PrintTo(const BadObject& one, std::ostream* out) {
  *out << one.name;
}
class BadElfObject : public testing::TestWithParam<BadObject> {};

TEST_P(BadElfObject, IsRefused) {
  ObjectBuilder builder = small();
  ASSERT_EQ(outcome(builder), "read");
  GetParam().fault(builder);
  const std::vector<std::uint8_t> bytes = builder.build();
  const auto object = read_object(bytes, "t.o");
  ASSERT_FALSE(object);
  Error error = object.error();
  EXPECT_TRUE(error.offset && *error.offset < bytes.size());
  EXPECT_EQ(error.file, "t.o");
  error.offset.reset();
  error.file.clear();
  EXPECT_EQ(error.text(), GetParam().error);
}

std::string group(const std::string& members) {
  return std::string("\1\0\0\0", 4) + members;
}

// clang-format off
const BadObject kFaults[] = {
    {"executable", [](ObjectBuilder& b) { b.type = ET_EXEC; }, "e_type: found ET_EXEC, expected ET_REL, a relocatable object"},
    {"shared_object", [](ObjectBuilder& b) { b.type = ET_DYN; }, "e_type: found ET_DYN, expected ET_REL, a relocatable object"},
    {"machine", [](ObjectBuilder& b) { b.machine = EM_PPC64; }, "e_machine: found 21 (64-bit PowerPC), expected 3 (i386), 62 (x86-64), 40 (ARM) or 183 (AArch64)"},
    {"arm_old_abi", [](ObjectBuilder& b) { b = {}; b.wide = false; b.machine = EM_ARM; b.flags = 0x04000000; }, "e_flags: found 0x04000000, expected version 5 of the ARM EABI (0x05000000)"},
    {"section_type", [](ObjectBuilder& b) { b.sections[1].type = 0x6ffffff6; }, "section 2 \".data\" sh_type: found 0x6ffffff6, expected a type of section that is known how to load"},
    {"section_type_dynamic", [](ObjectBuilder& b) { b.sections[1].type = SHT_DYNAMIC; }, "section 2 \".data\" sh_type: found 0x6, expected a type of section that is known how to load"},
    {"section_compressed", [](ObjectBuilder& b) { b.sections[1].flags |= SHF_COMPRESSED; }, "section 2 \".data\" sh_flags: found 0x803, expected none of 0x800"},
    {"section_alignment", [](ObjectBuilder& b) { b.sections[1].alignment = 12; }, "section 2 \".data\" sh_addralign: found 12, expected 0 or a power of two"},
    {"section_alignment_max", [](ObjectBuilder& b) { b.sections[1].alignment = std::uint64_t{1} << 32; }, "section 2 \".data\" sh_addralign: found 4294967296, expected at most 2^31"},
    {"section_size_max", [](ObjectBuilder& b) { b.sections[2].size = std::uint64_t{1} << 32; }, "section 3 \".bss\" sh_size: found 4294967296, expected less than 4 GiB"},
    {"section_outside_file", [](ObjectBuilder& b) { b.sections[1].offset = 5000; }, "section 2 sh_offset, sh_size: found 8 bytes at 0x1388, expected a range inside the file of 1013 bytes"},
    {"merge_uneven", [](ObjectBuilder& b) { b.sections[1].flags = SHF_ALLOC | SHF_MERGE; b.sections[1].entry_size = 3; }, "section 2 \".data\" sh_size: found 8, expected a multiple of its sh_entsize 3"},
    {"merge_string_without_end", [](ObjectBuilder& b) { b.sections[1].flags = SHF_ALLOC | SHF_MERGE | SHF_STRINGS; b.sections[1].entry_size = 1; b.sections[1].bytes[7] = 'x'; }, "section 2 \".data\" contents: found a last string without its end, expected a 0 after each string"},
    {"merge_wide_string_without_end", [](ObjectBuilder& b) { b.sections[1].flags = SHF_ALLOC | SHF_MERGE | SHF_STRINGS; b.sections[1].entry_size = 4; b.sections[1].bytes[6] = 'x'; }, "section 2 \".data\" contents: found a last string without its end, expected a 0 after each string"},
    {"link_order", [](ObjectBuilder& b) { b.sections[1].flags |= SHF_LINK_ORDER; b.sections[1].link = 99; }, "section 2 \".data\" sh_link: found 99, expected less than 9, the number of sections"},
    {"group_empty", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, "", 4, 4, 6, 2}; }, "section 3 \".group\" sh_size: found 0, expected a multiple of 4, at least 4"},
    {"group_cut", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, group("\2"), 4, 4, 6, 2}; }, "section 3 \".group\" sh_size: found 5, expected a multiple of 4, at least 4"},
    {"group_flags", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, std::string("\3\0\0\0", 4), 4, 4, 6, 2}; }, "section 3 \".group\" flags: found 0x3, expected 0 or 1 (GRP_COMDAT)"},
    {"group_symbol_table", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, group(""), 4, 4, 1, 2}; }, "section 3 \".group\" sh_link: found 1, expected the index of the symbol table"},
    {"group_signature_zero", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, group(""), 4, 4, 6, 0}; }, "section 3 \".group\" sh_info: found 0, expected the index of a symbol, 1 to 6"},
    {"group_signature_outside", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, group(""), 4, 4, 6, 7}; }, "section 3 \".group\" sh_info: found 7, expected the index of a symbol, 1 to 6"},
    {"group_member_zero", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, group(std::string(4, '\0')), 4, 4, 6, 2}; }, "section 3 \".group\" member: found 0, expected the index of a section, 1 to 8"},
    {"group_member_outside", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, group(std::string("\x9\0\0\0", 4)), 4, 4, 6, 2}; }, "section 3 \".group\" member: found 9, expected the index of a section, 1 to 8"},
    {"group_member_twice", [](ObjectBuilder& b) { b.sections[2] = {".group", SHT_GROUP, 0, group(std::string("\2\0\0\0\2\0\0\0", 8)), 4, 4, 6, 2}; }, "section 3 \".group\" member: found 2, which is in another group, expected each section in one group"},
    {"local_after_global", [](ObjectBuilder& b) { b.symbols.push_back({"late", STT_OBJECT, 0, 2}); b.first_global = 2; }, "symbol 7 \"late\" st_info: found a local symbol, expected local symbols before symbol 2 and no other (sh_info)"},
    {"global_among_locals", [](ObjectBuilder& b) { b.first_global = 4; }, "symbol 2 \"start\" st_info: found a global symbol, expected local symbols before symbol 4 and no other (sh_info)"},
    {"first_global_outside", [](ObjectBuilder& b) { b.first_global = 8; }, "symbol table sh_info: found 8, expected at most 7, the number of symbols"},
    {"symbol_binding", [](ObjectBuilder& b) { b.symbols[1].info = 0x50 | STT_FUNC; }, "symbol 2 \"start\" st_info: found an unknown binding, expected local, global, weak or unique"},
    {"symbol_section_outside", [](ObjectBuilder& b) { b.symbols[1].section = 9; }, "symbol 2 st_shndx: found 9, expected less than 9, the number of sections"},
    {"symbol_section_reserved", [](ObjectBuilder& b) { b.symbols[1].section = 0xff02; }, "symbol 2 \"start\" st_shndx: found 0xff02, expected a section, SHN_UNDEF, SHN_ABS or SHN_COMMON"},
    {"symbol_in_table", [](ObjectBuilder& b) { b.symbols[1].section = 6; }, "symbol 2 \"start\" st_shndx: found 6, a table of the file, expected a section with contents"},
    {"symbol_past_section", [](ObjectBuilder& b) { b.symbols[1].value = 17; }, "symbol 2 \"start\" st_value: found 0x11, expected at most 0x10, the size of its section"},
    {"symbol_before_section", [](ObjectBuilder& b) { b.symbols[1].value = UINT64_MAX - 3; }, "symbol 2 \"start\" st_value: found 0xfffffffffffffffc, expected at most 0x10, the size of its section"},
    {"symbol_size_max", [](ObjectBuilder& b) { b.symbols[1].size = std::uint64_t{1} << 32; }, "symbol 2 \"start\" st_size: found 4294967296, expected less than 4 GiB"},
    {"common_alignment_zero", [](ObjectBuilder& b) { b.symbols[5].value = 0; }, "symbol 6 \"shared\" st_value: found 0, expected a power of two, the alignment of the common symbol"},
    {"common_alignment_three", [](ObjectBuilder& b) { b.symbols[5].value = 3; }, "symbol 6 \"shared\" st_value: found 3, expected a power of two, the alignment of the common symbol"},
    {"common_local", [](ObjectBuilder& b) { b.symbols[0].section = SHN_COMMON; b.symbols[0].value = 8; }, "symbol 1 \"local\" st_info: found a local common symbol, expected a global one"},
    {"relocations_entry_size", [](ObjectBuilder& b) { b.sections[3].entry_size = 16; }, "section 4 \".rela.text\" sh_entsize: found 16, expected 24"},
    {"relocations_entry_size_zero", [](ObjectBuilder& b) { b.sections[3].entry_size = 0; }, "section 4 \".rela.text\" sh_entsize: found 0, expected 24"},
    {"relocations_cut", [](ObjectBuilder& b) { b.sections[3].bytes.pop_back(); }, "section 4 \".rela.text\" sh_size: found 47, expected a multiple of 24"},
    {"relocations_target_zero", [](ObjectBuilder& b) { b.sections[3].info = 0; }, "section 4 \".rela.text\" sh_info: found 0, expected the index of a section, 1 to 8"},
    {"relocations_target_outside", [](ObjectBuilder& b) { b.sections[3].info = 9; }, "section 4 \".rela.text\" sh_info: found 9, expected the index of a section, 1 to 8"},
    {"relocations_symbol_table", [](ObjectBuilder& b) { b.sections[3].link = 7; }, "section 4 \".rela.text\" sh_link: found 7, expected the index of the symbol table"},
    {"relocation_past_section", [](ObjectBuilder& b) { b.sections[3].bytes = b.relocation(13, 1, R_X86_64_PC32, 0); }, "section 4 \".rela.text\" entry 0 r_offset: found 0xd, expected a field of 4 bytes inside the 16 of section \".text\""},
    {"relocation_offset_wraps", [](ObjectBuilder& b) { b.sections[3].bytes = b.relocation(UINT64_MAX - 1, 1, R_X86_64_PC32, 0); }, "section 4 \".rela.text\" entry 0 r_offset: found 0xfffffffffffffffe, expected a field of 4 bytes inside the 16 of section \".text\""},
    {"relocation_in_bss", [](ObjectBuilder& b) { b.sections[4].info = 3; }, "section 5 \".rela.data\" entry 0 r_offset: found 0x0, expected a field of 8 bytes inside the 0 of section \".bss\""},
    {"relocation_symbol", [](ObjectBuilder& b) { b.sections[3].bytes = b.relocation(0, 7, R_X86_64_PC32, 0); }, "section 4 \".rela.text\" entry 0 r_info: found symbol 7, expected at most 6, the last symbol"},
};
// clang-format on
std::string name_of(const testing::TestParamInfo<BadObject>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Faults, BadElfObject, testing::ValuesIn(kFaults), name_of);

TEST(ElfObject, EveryWrongByteIsReadOrRefused) {
  const std::vector<std::uint8_t> whole = small().build();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
      std::vector<std::uint8_t> changed = whole;
      changed[at] = static_cast<std::uint8_t>(value);
      const auto object = read_object(changed, "t.o");
      if (object) {
        EXPECT_TRUE(object::check(*object)) << at << " " << value;
      }
    }
  }
}

TEST(ElfObject, EveryPrefixIsRefused) {
  const std::vector<std::uint8_t> whole = small().build();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_object(Bytes(whole).first(size), "t.o")) << size;
}

}  // namespace
}  // namespace cmos::elf::test
