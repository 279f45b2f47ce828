#include "tools/cmos-pack/bytecode.h"

#include <fmt/format.h>

#include "formats/coil/cbc.h"
#include "formats/coil/object_file.h"

namespace cmos::pack {
namespace {

constexpr std::string_view kArch = "_CBC";

Result<Bytes> image_of(Bytes bytes, std::string_view file) {
  if (coil::looks_like_cbc(bytes)) return bytes;
  CMOS_TRY(const coil::ObjectRead read, coil::read_object_file(bytes, file));
  const std::vector<std::uint16_t>& sections = read.file.output.cbc_sections;
  if (sections.size() == 1) return read.file.sections[sections[0]].bytes;
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = std::string(file),
                    .field = "metadata",
                    .found = fmt::format("{} sections of bytecode", sections.size()),
                    .expected = "one, as coilp --cbc makes it; cmos-ld links native code"});
}

Result<void> check_options(std::string_view file, const Options& options) {
  auto wrong = [&](std::string_view option, std::string_view why) {
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = std::string(file),
                      .field = std::string(option),
                      .message = std::string(why)});
  };
  if (!options.arch.empty()) return wrong("--arch", "bytecode is of the ARCH _CBC");
  if (!options.entry_symbol.empty())
    return wrong("--entry", "bytecode begins with main, else with _start");
  return {};
}

}  // namespace

bool may_hold_bytecode(Bytes bytes) {
  return coil::looks_like_cbc(bytes) || coil::looks_like_coilo(bytes);
}

Result<Packed> pack_bytecode(Bytes bytes, std::string_view file, const Options& options) {
  CMOS_TRY_VOID(check_options(file, options));
  CMOS_TRY(const Bytes image, image_of(bytes, file));
  CMOS_TRY(const coil::CbcRead read, coil::read_cbc(image, file));
  Packed out;
  for (const Finding& warning : read.warnings) {
    Error where = warning.where;
    where.file.clear();  // the caller names it
    out.warnings.push_back(where.text());
  }
  out.executable.arch = kArch;
  out.executable.code.assign(image.begin(), image.end());
  std::vector<cpe::ProgramSymbol> symbols;
  for (const coil::CbcFunction& one : read.file.functions) {
    const std::string_view name = read.file.name_of(one);
    if (one.code.empty() || name.empty()) continue;
    symbols.push_back({.name = name,
                       .offset = one.code_offset,
                       .kind = cpe::ProgramSymbol::Kind::kFunction,
                       .executable = true});
  }
  out.executable.symbols =
      cpe::program_symbols(symbols, options.program.symbols, false, {}, out.warnings);
  cpe::describe(options.program, out.executable);
  return out;
}

}  // namespace cmos::pack
