// Every printer of the inspecting tools over arbitrary bytes, whatever format they seem to have.
#include <nlohmann/json.hpp>

#include "dump/exports.h"
#include "dump/format.h"
#include "dump/json.h"
#include "dump/nm.h"
#include "dump/objdump.h"
#include "dump/size.h"
#include "dump/validate.h"
#include "fuzz/require.h"

using namespace cmos;
using cmos::fuzz::require;

namespace {

/// Text output may go to a terminal.
void require_printable(std::string_view text) {
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    require(value >= 0x20 || byte == '\n' || byte == '\t', "text has no control characters");
    require(value != 0x7f, "text has no control characters");
  }
}

void check(const Error& error) {
  require(!error.file.empty(), "an error says the file");
  require_printable(error.text());
}

dump::ObjdumpOptions everything() {
  dump::ObjdumpOptions out;
  out.file_header = out.private_headers = out.section_headers = out.symbols = true;
  out.relocations = out.contents = out.demangle = out.special_symbols = true;
  out.disassemble = true;
  return out;
}

/// `variant` tells runs apart: all combinations in each would be slow.
void show_objdump(const dump::Image& image, std::size_t variant) {
  dump::Text sink([](std::string_view text) { require_printable(text); });
  dump::ObjdumpOptions options = everything();
  options.disassemble_all = variant % 2 == 0;
  options.relocations = variant % 4 < 2;
  if (variant % 8 < 4) options.syntax = disasm::Syntax::kAtt;
  if (variant % 3 == 0) {
    const auto json = dump::objdump_json(image, options);
    if (json) dump::json_document(*json);
    return;
  }
  const auto printed = dump::print_objdump(image, options, sink);
  if (!printed) check(printed.error());
  if (!image.symbols.empty()) {
    options.disassemble_symbols = {std::string(image.symbols.back().name)};
    (void)dump::print_objdump(image, options, sink);
    dump::missing_symbols(image, options);
  }
}

void show_nm(const dump::Part& part, const dump::Image& image) {
  dump::Text sink([](std::string_view text) { require_printable(text); });
  dump::NmOptions options;
  options.print_file_name = true;
  for (const auto format : {dump::NmFormat::kBsd, dump::NmFormat::kPosix, dump::NmFormat::kSysv}) {
    options.format = format;
    options.all = format == dump::NmFormat::kBsd;
    options.sort = format == dump::NmFormat::kPosix ? dump::NmSort::kSize : dump::NmSort::kName;
    const auto symbols = dump::select_symbols(image, options);
    dump::print_nm(part, image, symbols, options, true, sink);
    dump::json_document(dump::nm_json(image, symbols, options));
  }
}

void show_size(const dump::Image& image) {
  dump::Text sink([](std::string_view text) { require_printable(text); });
  dump::SizeOptions options;
  options.totals = options.common = true;
  for (const bool sysv : {false, true}) {
    options.sysv = sysv;
    dump::SizePrinter printer(options, sink);
    printer.print(image);
    printer.finish();
  }
  dump::json_document(dump::size_json(image, options));
}

void show_findings(Bytes bytes) {
  const dump::Report report = dump::validate(bytes, "f", true);
  for (const Finding& one : report.findings) require_printable(dump::finding_text(one));
  dump::json_document(dump::report_json(report));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  show_findings(bytes);
  const auto exports = dump::exported_symbols(bytes, "f");
  if (!exports) check(exports.error());
  // A thin archive's members would be read from the host.
  const auto parsed = archive::read(bytes, "f", archive::Thin::kAllow);
  if (parsed && parsed->thin) return 0;
  const auto input = dump::open_input(bytes, "f");
  if (!input) {
    check(input.error());
    return 0;
  }
  dump::Text sink([](std::string_view text) { require_printable(text); });
  dump::print_index(input->container.archive, sink);
  dump::json_document(dump::index_json("f", input->container.archive));
  for (const dump::Part& part : input->parts) {
    const auto image = dump::read_image(part);
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
