// One fault per file: each is refused (or warned about) with offset, field, found and expected.
#include <gtest/gtest.h>

#include <functional>

#include "tests/formats/cpo/build.h"

namespace cmos::cpo::test {
namespace {

constexpr std::uint32_t kMax = UINT32_MAX;
constexpr std::uint32_t kNone = UINT32_MAX;

struct BadFile {
  const char* name;
  std::function<void(Draft&)> fault;
  std::string error;  ///< of read(); "read" when only the validator reports it
  std::string rules;  ///< of validate()
};
void PrintTo(const BadFile& one, std::ostream* out) {
  *out << one.name;
}

class BadCpo : public testing::TestWithParam<BadFile> {};

TEST_P(BadCpo, IsRefused) {
  Draft draft;
  ASSERT_EQ(rules_of(draft.bytes()), "");
  GetParam().fault(draft);
  EXPECT_EQ(outcome(draft.bytes()), GetParam().error);
  EXPECT_EQ(rules_of(draft.bytes()), GetParam().rules);
}

std::string at(const char* text) {
  return std::string("t.cpo: offset ") + text;
}

// clang-format off
const BadFile kHeaderFaults[] = {
    {"magic", [](Draft& d) { d.magic = "CMOS"; }, at("0x0: magic: found \"CMOS\", expected \"CPO\\x00\""), "error bad-magic"},
    {"magic_case", [](Draft& d) { d.magic[0] = 'c'; }, at("0x0: magic: found \"cPO\\x00\", expected \"CPO\\x00\""), "error bad-magic"},
    {"version_zero", [](Draft& d) { d.version = 0; }, at("0x4: version: found 0, expected 1"), "error bad-version"},
    {"version_later", [](Draft& d) { d.version = 2; }, at("0x4: version: found 2, expected 1"), "error bad-version"},
    {"arch_unknown", [](Draft& d) { d.arch = "Z80!"; }, "read", "warning unknown-arch"},
    {"flags_bit_2", [](Draft& d) { d.flags = 7; }, at("0x9: flags: found 0x07, expected only bit 0 (relocations) and bit 1 (optional sections)"), "error unknown-flags"},
    {"flags_bit_7", [](Draft& d) { d.flags = 0x83; }, at("0x9: flags: found 0x83, expected only bit 0 (relocations) and bit 1 (optional sections)"), "error unknown-flags"},
    {"reserved", [](Draft& d) { d.reserved = 0x100; }, "read", "warning reserved-not-zero"},
    {"header_tail", [](Draft& d) { d.tail = 1; }, "read", "warning reserved-not-zero"},
    {"header_size_zero", [](Draft& d) { d.header_size = 0; }, at("0xc: header size: found 0, expected 32"), "error bad-header-size"},
    {"header_size_unaligned", [](Draft& d) { d.header_size = 31; }, at("0xc: header size: found 31, expected 32"), "error bad-header-size"},
    {"header_size_later", [](Draft& d) { d.header_size = 64; }, at("0xc: header size: found 64, expected 32"), "error bad-header-size"},
    {"code_size_past_end", [](Draft& d) { d.code_size = 400; }, at("0x10: code section size: found 400, expected at most 225, the bytes from 0x20 to the end of the file"), "error bad-code-size"},
    {"code_size_max", [](Draft& d) { d.code_size = kMax; }, at("0x10: code section size: found 4294967295, expected at most 225, the bytes from 0x20 to the end of the file"), "error bad-code-size"},
    {"data_size_past_end", [](Draft& d) { d.data_size = 300; }, at("0x14: data section size: found 300, expected at most 209, the bytes from 0x30 to the end of the file"), "error bad-data-size"},
    {"data_size_max", [](Draft& d) { d.data_size = kMax; }, at("0x14: data section size: found 4294967295, expected at most 209, the bytes from 0x30 to the end of the file"), "error bad-data-size"},
    {"data_size_one_short", [](Draft& d) { d.data_size = 58; }, at("0x67: record 1 bytes: DATA does not end with a record: found 3 bytes left, expected 4 bytes"), "error record-truncated, warning gap, error relocation-outside-section"},
    {"symbol_table_in_code", [](Draft& d) { d.symbol_table = 32; }, at("0x18: symbol table offset: found 0x20, expected 0x6b, the end of DATA"), "error bad-symbol-table-offset"},
    {"symbol_table_one_early", [](Draft& d) { d.symbol_table = 0x6a; }, at("0x18: symbol table offset: found 0x6a, expected 0x6b, the end of DATA"), "error bad-symbol-table-offset"},
    {"symbol_table_past_end", [](Draft& d) { d.symbol_table = kMax; }, at("0x18: symbol table offset: found 0xffffffff, expected 0x6b, the end of DATA"), "error bad-symbol-table-offset"},
    {"symbol_table_gap", [](Draft& d) { d.gap = "hide"; }, "read", "warning gap"},
    {"trailing_bytes", [](Draft& d) { d.trailing = "x"; }, "read", "warning trailing-bytes"},
};

const BadFile kRecordFaults[] = {
    {"record_kind", [](Draft& d) { d.records[1].kind = 2; }, at("0x50: record 1 kind: found 2, expected 0 (constant) or 1 (variable)"), "error bad-record-kind"},
    {"record_order", [](Draft& d) { d.records[0].kind = 1; d.records[1].kind = 0; }, at("0x50: record 1 kind: found a constant after a variable, expected constants first"), "error record-order"},
    {"record_type_zero", [](Draft& d) { d.records[0].type = 0; }, at("0x31: record 0 type: found 0, expected 1 to 10"), "error bad-record-type"},
    {"record_type_eleven", [](Draft& d) { d.records[0].type = 11; }, at("0x31: record 0 type: found 11, expected 1 to 10"), "error bad-record-type"},
    {"record_alignment_zero", [](Draft& d) { d.records[1].alignment = 0; }, at("0x52: record 1 alignment: found 0, expected a power of two"), "error bad-record-alignment"},
    {"record_alignment_three", [](Draft& d) { d.records[1].alignment = 3; }, at("0x52: record 1 alignment: found 3, expected a power of two"), "error bad-record-alignment"},
    {"record_name_empty", [](Draft& d) { d.records[0].name = ""; }, at("0x34: record 0 name length: found 0, expected a name"), "error bad-record-name"},
    {"record_name_not_utf8", [](Draft& d) { d.records[0].name = "gr\xff"; }, at("0x3a: record 0 name: found byte 0xff, expected UTF-8"), "error bad-record-name"},
    {"record_name_nul", [](Draft& d) { d.records[0].name = std::string("a\0b", 3); }, at("0x39: record 0 name: found byte 0x00, expected a name without it"), "error bad-record-name"},
    {"record_name_length_max", [](Draft& d) { d.records[0].name_length = kMax; }, at("0x38: record 0 name: DATA does not end with a record: found 51 bytes left, expected 4294967295 bytes"), "error record-truncated, error symbol-outside-section, error relocation-outside-section"},
    {"record_stored_length_max", [](Draft& d) { d.records[1].stored_length = kMax; }, at("0x67: record 1 bytes: DATA does not end with a record: found 4 bytes left, expected 4294967295 bytes"), "error record-truncated, error relocation-outside-section"},
    {"record_stored_over_size", [](Draft& d) { d.records[1].size = 3; }, at("0x63: record 1 stored length: found 4, expected at most 3, the size in memory"), "warning type-size, error bad-stored-length"},
    {"record_type_size", [](Draft& d) { d.records[1].type = 4; }, "read", "warning type-size"},
    {"record_text", [](Draft& d) { d.records[0].type = 10; d.records[0].bytes[2] = '\xc0'; }, "read", "warning bad-text"},
    {"record_cut", [](Draft& d) { d.data_tail = std::string(7, '\0'); }, at("0x6f: record 2 name length: DATA does not end with a record: found 3 bytes left, expected 4 bytes"), "error record-truncated"},
    {"image_over_4_gib", [](Draft& d) { d.records.push_back({1, 9, 1, "a", kMax, ""}); }, at("0x14: DATA: found 4294967307 bytes in memory, expected less than 4 GiB"), "error image-too-large, error symbol-outside-section, error relocation-outside-section"},
};

const BadFile kSymbolFaults[] = {
    {"symbol_count_max", [](Draft& d) { d.symbol_count = kMax; }, at("0x6b: symbol count: found 4294967295, expected at most 8, the entries that the rest of the file can hold"), "error symbols-truncated"},
    {"symbol_name_length_max", [](Draft& d) { d.symbols[0].name_length = kMax; }, at("0x73: symbol 0 name: found 142 bytes left, expected 4294967295 bytes"), "error symbols-truncated"},
    {"symbol_name_empty", [](Draft& d) { d.symbols[0].name = ""; }, at("0x6f: symbol 0 name length: found 0, expected a name, unless it is local"), "error bad-symbol-name"},
    {"symbol_name_not_utf8", [](Draft& d) { d.symbols[0].name = "st\x80rt"; }, at("0x75: symbol 0 name: found byte 0x80, expected UTF-8 without 0"), "error bad-symbol-name"},
    {"symbol_name_nul", [](Draft& d) { d.symbols[0].name = std::string("s\0art", 5); }, at("0x74: symbol 0 name: found byte 0x00, expected UTF-8 without 0"), "error bad-symbol-name"},
    {"symbol_type", [](Draft& d) { d.symbols[0].type = 3; }, at("0x78: symbol 0 type: found 3, expected 0 (local), 1 (global) or 2 (extern)"), "error bad-symbol-type"},
    {"symbol_section", [](Draft& d) { d.symbols[0].section = 2; }, at("0x79: symbol 0 section: found 2, expected 0 (code) or 1 (data)"), "error bad-symbol-section"},
    {"symbol_past_code", [](Draft& d) { d.symbols[0].offset = 17; }, at("0x7a: symbol 0 offset, size: found 0x11, 0, expected a range inside the 16 bytes of CODE"), "error symbol-outside-section"},
    {"symbol_size_past_code", [](Draft& d) { d.symbols[0].offset = 8; d.symbols[0].size = 9; }, at("0x7a: symbol 0 offset, size: found 0x8, 9, expected a range inside the 16 bytes of CODE"), "error symbol-outside-section"},
    {"symbol_size_wraps", [](Draft& d) { d.symbols[0].offset = 8; d.symbols[0].size = kMax - 3; }, at("0x7a: symbol 0 offset, size: found 0x8, 4294967292, expected a range inside the 16 bytes of CODE"), "error symbol-outside-section"},
    {"symbol_past_data", [](Draft& d) { d.symbols[1].offset = 13; d.symbols[1].size = 0; }, at("0x94: symbol 1 offset, size: found 0xd, 0, expected a range inside one record of the 12 bytes of DATA in memory"), "error symbol-outside-section"},
    {"symbol_across_records", [](Draft& d) { d.symbols[1].size = 9; }, at("0x94: symbol 1 offset, size: found 0x0, 9, expected a range inside one record of the 12 bytes of DATA in memory"), "error symbol-outside-section"},
    {"symbol_in_padding", [](Draft& d) { d.records[0].size = 5; d.records[0].bytes = "12345"; d.symbols[1] = {"in", 0, 1, 6, 0}; }, at("0x8b: symbol 1 offset, size: found 0x6, 0, expected a range inside one record of the 12 bytes of DATA in memory"), "error symbol-outside-section"},
    {"extern_with_offset", [](Draft& d) { d.symbols[2].offset = 4; }, at("0xac: symbol 2 offset, size: found 0x4, 0, expected 0, 0 for an extern"), "error extern-with-place"},
    {"extern_with_size", [](Draft& d) { d.symbols[2].size = 4; }, at("0xac: symbol 2 offset, size: found 0x0, 4, expected 0, 0 for an extern"), "error extern-with-place"},
    {"location_length_max", [](Draft& d) { d.symbols[2].location_length = kMax; }, at("0xb8: symbol 2 location: found 73 bytes left, expected 4294967295 bytes"), "error symbols-truncated"},
    {"location_not_utf8", [](Draft& d) { d.symbols[2].location = "lib\xfe"; }, at("0xbb: symbol 2 location: found byte 0xfe, expected UTF-8 without 0"), "error bad-location"},
    {"location_of_global", [](Draft& d) { d.symbols[0].location = "x.cpo"; }, "read", "warning unused-location"},
    {"duplicate_global", [](Draft& d) { d.symbols[1].name = "start"; d.symbols[1].type = 1; }, at("0x8a: symbol 1 name: found \"start\" again, expected another name than symbol 0"), "error duplicate-symbol"},
    {"global_and_extern", [](Draft& d) { d.symbols[2].name = "start"; }, at("0xa4: symbol 2 name: found \"start\" again, expected another name than symbol 0"), "error duplicate-symbol"},
    {"duplicate_extern", [](Draft& d) { d.symbols.push_back(d.symbols[2]); }, "read", "warning duplicate-extern"},
};

const BadFile kRelocationFaults[] = {
    {"relocation_count_max", [](Draft& d) { d.relocation_count = kMax; }, at("0xc1: relocation count: found 4294967295, expected at most 3, the entries that the rest of the file can hold"), "error relocations-truncated"},
    {"relocation_section", [](Draft& d) { d.relocations[1].section = 2; }, at("0xd9: relocation 1 section: found 2, expected 0 (code) or 1 (data)"), "error bad-relocation-section"},
    {"relocation_type_zero", [](Draft& d) { d.relocations[0].type = 0; }, at("0xc6: relocation 0 type: found 0, expected a relocation type of x86-64"), "error bad-relocation-type"},
    {"relocation_type_free", [](Draft& d) { d.relocations[0].type = 31; }, at("0xc6: relocation 0 type: found 31, expected a relocation type of x86-64"), "error bad-relocation-type"},
    {"relocation_type_of_arm", [](Draft& d) { d.relocations[0].type = 32; }, at("0xc6: relocation 0 type: found 32, expected a relocation type of x86-64"), "error bad-relocation-type"},
    {"relocation_reserved", [](Draft& d) { d.relocations[0].reserved = 1; }, "read", "warning reserved-not-zero"},
    {"relocation_past_code", [](Draft& d) { d.relocations[0].offset = 13; }, at("0xc9: relocation 0 offset: found 0xd, expected a field of 4 bytes inside the 16 bytes of CODE"), "error relocation-outside-section"},
    {"relocation_offset_max", [](Draft& d) { d.relocations[0].offset = kMax; }, at("0xc9: relocation 0 offset: found 0xffffffff, expected a field of 4 bytes inside the 16 bytes of CODE"), "error relocation-outside-section"},
    {"relocation_across_records", [](Draft& d) { d.relocations[1] = {1, 8, 0, 6, 0, 0}; }, at("0xdd: relocation 1 offset: found 0x6, expected a field of 4 bytes inside the stored bytes of one record"), "error relocation-outside-section"},
    {"relocation_in_zero_fill", [](Draft& d) { d.records[1].bytes = ""; d.relocations[1] = {1, 8, 0, 8, 0, 0}; }, at("0xd9: relocation 1 offset: found 0x8, expected a field of 4 bytes inside the stored bytes of one record"), "error relocation-outside-section"},
    {"relocation_symbol", [](Draft& d) { d.relocations[0].symbol = 3; }, at("0xcd: relocation 0 symbol index: found 3, expected less than 3, the number of symbols"), "error bad-relocation-symbol"},
    {"optional_count_max", [](Draft& d) { d.optional_sections = u32(kMax); }, at("0xed: optional section count: found 4294967295, expected at most 0, the entries that the rest of the file can hold"), "error optional-truncated"},
    {"optional_size_max", [](Draft& d) { d.optional_sections = u32(1) + counted("note") + u32(kMax) + "kept"; }, at("0xfd: optional section 0 bytes: found 4 bytes left, expected 4294967295 bytes"), "error optional-truncated"},
    {"optional_name_empty", [](Draft& d) { d.optional_sections = u32(1) + counted("") + counted("kept"); }, at("0xf1: optional section 0 name: found an empty name, expected a name"), "error bad-optional-name"},
    {"optional_name_not_utf8", [](Draft& d) { d.optional_sections = u32(1) + counted("n\xff") + counted("kept"); }, at("0xf6: optional section 0 name: found byte 0xff, expected UTF-8 without 0"), "error bad-optional-name"},
    {"flags_without_tables", [](Draft& d) { d.relocations.clear(); d.flags = 1; d.relocation_count = 0; d.trailing = "12345678"; }, "read", "warning trailing-bytes"},
};
// clang-format on

std::string name_of(const testing::TestParamInfo<BadFile>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Header, BadCpo, testing::ValuesIn(kHeaderFaults), name_of);
INSTANTIATE_TEST_SUITE_P(Records, BadCpo, testing::ValuesIn(kRecordFaults), name_of);
INSTANTIATE_TEST_SUITE_P(Symbols, BadCpo, testing::ValuesIn(kSymbolFaults), name_of);
INSTANTIATE_TEST_SUITE_P(Tables, BadCpo, testing::ValuesIn(kRelocationFaults), name_of);

struct BadLink {
  const char* name;
  std::function<void(DraftLink&)> fault;
  std::string error;  ///< without file and offset
};
void PrintTo(const BadLink& one, std::ostream* out) {
  *out << one.name;
}
class BadCpoLink : public testing::TestWithParam<BadLink> {};

TEST_P(BadCpoLink, IsRefused) {
  Draft draft;
  DraftLink link;
  draft.optional_sections = link.optional_sections();
  ASSERT_EQ(outcome(draft.bytes(), {.strict = true}), "read");
  GetParam().fault(link);
  draft.optional_sections = link.optional_sections();
  const auto result = read(as_bytes(draft.bytes()), "t.cpo");
  ASSERT_FALSE(result);
  Error error = result.error();
  EXPECT_TRUE(error.offset);
  EXPECT_EQ(error.file, "t.cpo");
  error.offset.reset();
  error.file.clear();
  EXPECT_EQ(error.text(), GetParam().error);
}

// clang-format off
const BadLink kLinkFaults[] = {
    {"version", [](DraftLink& l) { l.version = 2; }, "cmos.link version: found 2, expected 1"},
    {"unit_count_max", [](DraftLink& l) { l.unit_count = kMax; }, "cmos.link unit count: found 4294967295, expected at most 9, the entries that the section can hold"},
    {"unit_kind", [](DraftLink& l) { l.units[0] = unit(10, 0, 4, 0, 0, 16, "t"); }, "cmos.link unit 0 kind: found 10, expected 0 to 9"},
    {"unit_flags", [](DraftLink& l) { l.units[0] = unit(0, 16, 4, 0, 0, 16, "t"); }, "cmos.link unit 0 flags: found 0x10, expected bits 0 to 3"},
    {"unit_alignment", [](DraftLink& l) { l.units[0] = unit(0, 0, 32, 0, 0, 16, "t"); }, "cmos.link unit 0 alignment: found 2^32, expected at most 2^31"},
    {"unit_area", [](DraftLink& l) { l.units[0] = unit(0, 0, 4, 3, 0, 16, "t"); }, "cmos.link unit 0 area: found 3, expected 0, 1 or 2"},
    {"unit_group", [](DraftLink& l) { l.units[0] = unit(0, 0, 4, 0, 0, 16, "t", 0, 1); }, "cmos.link unit 0 group: found 1, expected less than 1"},
    {"unit_link_order", [](DraftLink& l) { l.units[0] = unit(0, 0, 4, 0, 0, 16, "t", 0, 0, 4); }, "cmos.link unit 0 described unit: found 4, expected less than 4"},
    {"unit_merge_without_entries", [](DraftLink& l) { l.units[1] = unit(1, 2, 2, 1, 0, 8, "r"); }, "cmos.link unit 1 entry size: found 0, expected a divisor of its size 8"},
    {"unit_merge_uneven", [](DraftLink& l) { l.units[1] = unit(1, 2, 2, 1, 0, 8, "r", 3); }, "cmos.link unit 1 entry size: found 3, expected a divisor of its size 8"},
    {"unit_past_code", [](DraftLink& l) { l.units[0] = unit(0, 0, 4, 0, 1, 16, "t"); }, "cmos.link unit 0 place, size: found 0x1, 16, expected a range inside the 16 bytes of CODE"},
    {"unit_overlap", [](DraftLink& l) { l.units.push_back(unit(0, 0, 0, 0, 15, 1, "u")); }, "cmos.link unit 4 place: found 0xf, expected at least 0x10, the end of the unit before it"},
    {"unit_data_in_code", [](DraftLink& l) { l.units[0] = unit(2, 0, 4, 0, 0, 16, "t"); }, "cmos.link unit 0 kind: found var, expected what CODE can hold"},
    {"unit_code_in_data", [](DraftLink& l) { l.units[1] = unit(0, 0, 4, 1, 0, 8, "r"); }, "cmos.link unit 1 kind: found code, expected what DATA can hold"},
    {"unit_loaded_side", [](DraftLink& l) { l.units[3] = unit(1, 0, 0, 2, 0, 4, "d"); }, "cmos.link unit 3 kind: found const, expected what an optional section can hold"},
    {"unit_record", [](DraftLink& l) { l.units[1] = unit(1, 0, 4, 1, 2, 8, "r"); }, "cmos.link unit 1 place: found 2, expected less than 2, the number of records"},
    {"unit_record_size", [](DraftLink& l) { l.units[1] = unit(1, 0, 4, 1, 0, 7, "r"); }, "cmos.link unit 1 size: found 7, expected 8, as its record"},
    {"unit_record_twice", [](DraftLink& l) { l.units.push_back(l.units[1]); }, "cmos.link unit 4 place: found record 0 again, expected each record once"},
    {"unit_record_missing", [](DraftLink& l) { l.units.erase(l.units.begin() + 2); l.relocations = {side_relocation(2, 0, 3, 0)}; }, "cmos.link units: found none for record 1, expected one for each record"},
    {"unit_var_of_const", [](DraftLink& l) { l.units[1] = unit(2, 0, 4, 1, 0, 8, "r"); }, "cmos.link unit 1 kind: found var, expected a kind for constants, as its record"},
    {"unit_const_of_var", [](DraftLink& l) { l.units[2] = unit(1, 0, 4, 1, 1, 4, "d"); }, "cmos.link unit 2 kind: found const, expected a kind for variables, as its record"},
    {"unit_side", [](DraftLink& l) { l.units[3] = unit(8, 0, 0, 2, 1, 4, "d"); }, "cmos.link unit 3 place: found 1, expected less than 1, the number of optional sections"},
    {"unit_side_size", [](DraftLink& l) { l.units[3] = unit(8, 0, 0, 2, 0, 5, "d"); }, "cmos.link unit 3 size: found 5, expected 4, as its optional section"},
    {"unit_side_twice", [](DraftLink& l) { l.units.push_back(l.units[3]); }, "cmos.link unit 4 place: found optional section 0 again, expected each optional section once"},
    {"relocated_code_without_unit", [](DraftLink& l) { l.units[0] = unit(0, 0, 4, 0, 0, 7, "t"); }, "cmos.link units: found none that holds the field of relocation 0 at 0x4, expected a unit for all relocated code"},
    {"group_name", [](DraftLink& l) { l.groups = {counted("")}; }, "cmos.link group 0 name length: found 0, expected a name"},
    {"symbol_count", [](DraftLink& l) { l.symbols.pop_back(); }, "cmos.link symbol count: found 2, expected 3, as the symbol table"},
    {"symbol_flags", [](DraftLink& l) { l.symbols[0] = link_symbol(4, 2, 0, 0, 0); }, "cmos.link symbol 0 flags: found 0x4, expected bits 0 and 1"},
    {"symbol_kind", [](DraftLink& l) { l.symbols[0] = link_symbol(0, 8, 0, 0, 0); }, "cmos.link symbol 0 kind: found 8, expected 0 to 7"},
    {"symbol_visibility", [](DraftLink& l) { l.symbols[0] = link_symbol(0, 2, 4, 0, 0); }, "cmos.link symbol 0 visibility: found 4, expected 0 to 3"},
    {"symbol_place", [](DraftLink& l) { l.symbols[0] = link_symbol(0, 2, 0, 4, kNone); }, "cmos.link symbol 0 place: found 4, expected 0 to 3"},
    {"symbol_weak_local", [](DraftLink& l) { l.symbols[1] = link_symbol(1, 1, 0, 0, 1); }, "cmos.link symbol 1 flags: found a weak local symbol, expected a global or extern one"},
    {"symbol_extern_defined", [](DraftLink& l) { l.symbols[2] = link_symbol(0, 0, 0, 2, kNone); }, "cmos.link symbol 2 place: found 2, expected undefined or common, as an extern"},
    {"symbol_global_undefined", [](DraftLink& l) { l.symbols[0] = link_symbol(0, 0, 0, 1, kNone); }, "cmos.link symbol 0 place: found 1, expected a definition, as its type"},
    {"symbol_common_alignment", [](DraftLink& l) { l.symbols[2] = link_symbol(0, 1, 0, 3, kNone, 8, 3); }, "cmos.link symbol 2 alignment: found 3, expected a power of two"},
    {"symbol_without_unit", [](DraftLink& l) { l.symbols[0] = link_symbol(0, 2, 0, 0, kNone); }, "cmos.link symbol 0 unit: found 4294967295, expected its unit"},
    {"symbol_absolute_in_unit", [](DraftLink& l) { l.symbols[0] = link_symbol(0, 2, 0, 2, 0); }, "cmos.link symbol 0 unit: found 0, expected 0xffffffff"},
    {"symbol_unit", [](DraftLink& l) { l.symbols[0] = link_symbol(0, 2, 0, 0, 4); }, "cmos.link symbol 0 unit: found 4, expected less than 4"},
    {"symbol_other_unit", [](DraftLink& l) { l.symbols[1] = link_symbol(0, 1, 0, 0, 2); }, "cmos.link symbol 1 unit: found 2, which does not hold the symbol, expected the unit that the symbol table places it in"},
    {"symbol_other_area", [](DraftLink& l) { l.symbols[1] = link_symbol(0, 1, 0, 0, 0); }, "cmos.link symbol 1 unit: found 0, which does not hold the symbol, expected the unit that the symbol table places it in"},
    {"symbol_past_side_unit", [](DraftLink& l) { l.symbols[1] = link_symbol(0, 1, 0, 0, 3, 0, 0, 5); }, "cmos.link symbol 1 unit: found 3, which does not hold the symbol, expected the unit that the symbol table places it in"},
    {"relocation_unit", [](DraftLink& l) { l.relocations = {side_relocation(0, 0, 3, 0)}; }, "cmos.link relocation 0 unit: found 0, expected a unit of area 2"},
    {"relocation_type", [](DraftLink& l) { l.relocations = {side_relocation(3, 0, 259, 0)}; }, "cmos.link relocation 0 type: found 0, expected a relocation type of the ARCH"},
    {"relocation_offset", [](DraftLink& l) { l.relocations = {side_relocation(3, 1, 3, 0)}; }, "cmos.link relocation 0 offset: found 0x1, expected a field of 4 bytes inside the unit's 4"},
    {"relocation_symbol", [](DraftLink& l) { l.relocations = {side_relocation(3, 0, 3, 3)}; }, "cmos.link relocation 0 symbol: found 3, expected less than 3"},
    {"trailing", [](DraftLink& l) { l.tail = "x"; }, "cmos.link size: found 1 more bytes, expected none"},
};
// clang-format on
std::string link_name_of(const testing::TestParamInfo<BadLink>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Link, BadCpoLink, testing::ValuesIn(kLinkFaults), link_name_of);

TEST(CpoLink, StandsOnceInAFile) {
  Draft draft;
  const DraftLink link;
  const std::string one = counted(kLinkName) + counted(link.bytes());
  draft.optional_sections = u32(3) + one + counted("note") + counted("kept") + one;
  EXPECT_EQ(rules_of(draft.bytes()), "error duplicate-link-section");
}

TEST(CpoReader, EveryTruncationIsRefused) {
  Draft draft;
  for (const bool with_link : {false, true}) {
    if (with_link) draft.optional_sections = DraftLink().optional_sections();
    const std::string whole = draft.bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_NE(outcome(whole.substr(0, size)), "read") << size;
      EXPECT_NE(rules_of(whole.substr(0, size)), "") << size;
    }
  }
}

TEST(CpoReader, EveryWrongByteIsReadOrRefused) {
  Draft draft;
  draft.optional_sections = DraftLink().optional_sections();
  const std::string whole = draft.bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      const auto object = read_object(as_bytes(changed), "t.cpo");
      if (object && object->isa) {
        EXPECT_TRUE(object::check(*object)) << at << " " << value;
      }
    }
  }
}

}  // namespace
}  // namespace cmos::cpo::test
