// Every printer of the inspecting tools over arbitrary bytes, whatever format they seem to have.
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "formats/archive/archive.h"
#include "formats/registry/exports.h"
#include "fuzz/require.h"
#include "inspect/format.h"
#include "inspect/json.h"
#include "inspect/nm.h"
#include "inspect/objdump.h"
#include "inspect/size.h"
#include "inspect/validate.h"

using namespace cmos;
using cmos::fuzz::require;

namespace {

/// Text output may go to a terminal.
void require_printable(std::string_view text) {
  require(presentable_lines(text) == text, "text is printable");
}

void check(const Error& error) {
  require(!error.file.empty(), "an error says the file");
  require_printable(error.text());
}

inspect::ObjdumpOptions everything() {
  inspect::ObjdumpOptions out;
  out.file_header = out.private_headers = out.section_headers = out.symbols = true;
  out.relocations = out.contents = out.demangle = out.special_symbols = true;
  out.disassemble = true;
  return out;
}

/// `variant` tells runs apart: all combinations in each would be slow.
void show_objdump(const inspect::Description& image, std::size_t variant) {
  inspect::Text sink([](std::string_view text) { require_printable(text); });
  inspect::ObjdumpOptions options = everything();
  options.disassemble_all = variant % 2 == 0;
  options.relocations = variant % 4 < 2;
  if (variant % 8 < 4) options.syntax = disasm::Syntax::kAtt;
  if (variant % 3 == 0) {
    const auto json = inspect::objdump_json(image, options);
    if (json) inspect::json_document(*json);
    return;
  }
  const auto printed = inspect::print_objdump(image, options, sink);
  if (!printed) check(printed.error());
  if (!image.symbols.empty()) {
    options.disassemble_symbols = {std::string(image.symbols.back().name)};
    (void)inspect::print_objdump(image, options, sink);
    inspect::missing_symbols(image, options);
  }
}

void show_nm(const inspect::Part& part, const inspect::Description& image) {
  inspect::Text sink([](std::string_view text) { require_printable(text); });
  inspect::NmOptions options;
  options.print_file_name = true;
  for (const auto format :
       {inspect::NmFormat::kBsd, inspect::NmFormat::kPosix, inspect::NmFormat::kSysv}) {
    options.format = format;
    options.all = format == inspect::NmFormat::kBsd;
    options.sort =
        format == inspect::NmFormat::kPosix ? inspect::NmSort::kSize : inspect::NmSort::kName;
    const auto symbols = inspect::select_symbols(image, options);
    inspect::print_nm(part, image, symbols, options, true, sink);
    inspect::json_document(inspect::nm_json(image, symbols, options));
  }
}

void show_size(const inspect::Description& image) {
  inspect::Text sink([](std::string_view text) { require_printable(text); });
  inspect::SizeOptions options;
  options.totals = options.common = true;
  for (const bool sysv : {false, true}) {
    options.sysv = sysv;
    inspect::SizePrinter printer(options, sink);
    printer.print(image);
    printer.finish();
  }
  inspect::json_document(inspect::size_json(image, options));
}

void show_findings(Bytes bytes) {
  const inspect::Report report = inspect::validate(bytes, "f", true);
  for (const Finding& one : report.findings) require_printable(inspect::finding_text(one));
  inspect::json_document(inspect::report_json(report));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  show_findings(bytes);
  const auto exports = formats::exported_symbols(bytes, "f");
  if (!exports) check(exports.error());
  // A thin archive's members would be read from the host.
  const auto parsed = archive::read(bytes, "f", archive::Thin::kAllow);
  if (parsed && parsed->thin) return 0;
  const auto input = inspect::open_input(bytes, "f");
  if (!input) {
    check(input.error());
    return 0;
  }
  inspect::Text sink([](std::string_view text) { require_printable(text); });
  inspect::print_index(input->archive, sink);
  inspect::json_document(inspect::index_json("f", input->archive));
  for (const inspect::Part& part : input->parts) {
    const auto image = inspect::describe(part);
    if (!image) {
      check(image.error());
      continue;
    }
    show_objdump(*image, size);
    show_nm(part, *image);
    show_size(*image);
  }
  return 0;
}
