#include "assembler/debug_lines.h"

#include <fmt/format.h>

namespace cmos::assembler {
namespace {

// DWARF 4, section 7.5.
constexpr int DW_TAG_compile_unit = 0x11;
constexpr int DW_CHILDREN_no = 0;
constexpr int DW_AT_name = 0x03;
constexpr int DW_AT_stmt_list = 0x10;
constexpr int DW_AT_low_pc = 0x11;
constexpr int DW_AT_high_pc = 0x12;
constexpr int DW_AT_language = 0x13;
constexpr int DW_AT_producer = 0x25;
constexpr int DW_FORM_addr = 0x01;
constexpr int DW_FORM_data2 = 0x05;
constexpr int DW_FORM_data4 = 0x06;
constexpr int DW_FORM_string = 0x08;
constexpr int DW_FORM_sec_offset = 0x17;
constexpr int DW_LANG_Mips_Assembler = 0x8001;

/// For the encoder: only what needs no thought is left as it is.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char byte : text) {
    const bool plain = continues_name(byte) || byte == '/' || byte == '-';
    out += plain && static_cast<unsigned char>(byte) < 0x80
               ? std::string(1, byte)
               : fmt::format("\\{:03o}", static_cast<unsigned char>(byte));
  }
  return out + '"';
}

}  // namespace

DebugLines::DebugLines(const Program& program, const Sources& sources)
    : program_(program), sources_(sources) {
  files_.emplace(0, 1);
  for (const CodeItem& item : program.code)
    files_.try_emplace(program.lines[item.line].where.file,
                       static_cast<unsigned>(files_.size() + 1));
}

std::string DebugLines::prelude() const {
  std::string text;
  for (const auto& [file, number] : files_)
    text += fmt::format(".file {} {}\n", number, in_quotes(sources_[file].name));
  return text + ".Lcbt_text:\n";
}

std::string DebugLines::location(const Span& where) const {
  return fmt::format(".loc {} {}", files_.at(where.file), sources_.number(where));
}

std::string DebugLines::epilogue() const {
  const bool wide = program_.target->pointer_bytes == 8;
  // The folder is left out: equal sources make equal files, wherever they lie.
  return fmt::format(
      ".Lcbt_text_end:\n"
      ".section .debug_abbrev,\"\",%progbits\n"
      ".Lcbt_abbrev:\n"
      ".byte 1, {compile_unit}, {no_children}\n"
      ".byte {stmt_list}, {sec_offset}, {low_pc}, {addr}, {high_pc}, {data4}\n"
      ".byte {name}, {string}, {producer}, {string}, {language}, {data2}, 0, 0, 0\n"
      ".section .debug_line,\"\",%progbits\n"
      ".Lcbt_line:\n"
      ".section .debug_info,\"\",%progbits\n"
      ".long .Lcbt_info_end - .Lcbt_info\n"
      ".Lcbt_info:\n"
      ".short 4\n"
      ".long .Lcbt_abbrev\n"
      ".byte {bytes}, 1\n"
      ".long .Lcbt_line\n"
      "{address} .Lcbt_text\n"
      ".long .Lcbt_text_end - .Lcbt_text\n"
      ".asciz {file}\n"
      ".asciz \"cmos-as\"\n"
      ".short {assembler}\n"
      ".Lcbt_info_end:\n",
      fmt::arg("compile_unit", DW_TAG_compile_unit), fmt::arg("no_children", DW_CHILDREN_no),
      fmt::arg("stmt_list", DW_AT_stmt_list), fmt::arg("sec_offset", DW_FORM_sec_offset),
      fmt::arg("low_pc", DW_AT_low_pc), fmt::arg("addr", DW_FORM_addr),
      fmt::arg("high_pc", DW_AT_high_pc), fmt::arg("data4", DW_FORM_data4),
      fmt::arg("name", DW_AT_name), fmt::arg("string", DW_FORM_string),
      fmt::arg("producer", DW_AT_producer), fmt::arg("language", DW_AT_language),
      fmt::arg("data2", DW_FORM_data2), fmt::arg("bytes", program_.target->pointer_bytes),
      fmt::arg("address", wide ? ".quad" : ".long"), fmt::arg("file", in_quotes(sources_[0].name)),
      fmt::arg("assembler", DW_LANG_Mips_Assembler));
}

}  // namespace cmos::assembler
