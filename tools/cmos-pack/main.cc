// cmos-pack: a linked program in, a CPE out. It is ELF's or bytecode, or for small CPUs a
// Whitesmith's or a flat image.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "base/host_file.h"
#include "linker/whitesmith/program.h"
#include "tools/cmos-pack/bytecode.h"
#include "tools/cmos-pack/debug_map.h"
#include "tools/cmos-pack/pack.h"
#include "tools/cmos-pack/small.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/program_options.h"

namespace cmos::pack {
namespace {

struct Arguments {
  std::string input;
  std::string output;
  tools::ProgramArguments program;
  Options options;
  bool flat = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  const std::vector<std::string_view> documented = cpe::documented_archs();
  std::vector<std::string> archs(documented.begin(), documented.end());
  for (const std::string_view one : wslink::small_archs()) archs.emplace_back(one);
  app.add_option(
         "FILE", arguments.input,
         "The ELF executable, linked at 0x400000 (ld -T cmos.ld); bytecode of COIL (.cbc), "
         "also that of a .coilo; or a linked program for a small CPU: a Whitesmith's, or ELF "
         "for the 68000 or the Z80")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", arguments.output, "The CPE to write")->type_name("CPE")->required();
  app.add_option(
         "--arch", arguments.options.arch,
         "ARCH code; needed for APPL, 8080, 8086 and 6502, and with --flat (default: from the "
         "ELF machine; of a Whitesmith's program _Z80 or _68K)")
      ->type_name("ARCH")
      ->check(tools::one_of(std::move(archs)));
  app.add_flag("--flat", arguments.flat,
               "FILE is the memory of a small CPU as it is, from the address on where it has its "
               "programs");
  app.add_option("--entry", arguments.options.entry_symbol,
                 "Start at this symbol instead of the file's entry")
      ->type_name("SYMBOL");
  tools::declare_program(app, arguments.program);
}

Result<void> write_debug_map(const Arguments& arguments, const elf::Executable& program,
                             Bytes elf_bytes, Bytes cpe) {
  const auto path = tools::debug_map_file(arguments.program, arguments.output,
                                          has_debug_information(program.file));
  if (!path) return {};
  auto bytes = debugmap::write_side_file(make_debug_map(program, elf_bytes, cpe));
  if (!bytes) return fail(std::move(bytes).error().in_file(*path));
  return write_host_file(*path, *bytes);
}

/// Writes the CPE, and returns its bytes.
Result<std::vector<std::uint8_t>> write(const Arguments& arguments,
                                        const cpe::Executable& executable,
                                        const std::vector<std::string>& warnings) {
  auto written = cpe::write(executable);
  if (!written) return fail(std::move(written).error().in_file(arguments.output));
  for (const std::string& warning : warnings)
    tools::warn(fmt::format("{}: {}", arguments.input, warning));
  CMOS_TRY_VOID(write_host_file(arguments.output, *written, FileMode::kProgram));
  return written;
}

Result<void> convert_bytecode(const Arguments& arguments, Bytes bytes) {
  if (!arguments.program.debug_map.empty())
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = arguments.input,
                      .field = "--debug-map",
                      .message = "bytecode has its source lines inside (coil2cbc -g)"});
  CMOS_TRY(const Packed packed, pack_bytecode(bytes, arguments.input, arguments.options));
  return write(arguments, packed.executable, packed.warnings).map([](const auto&) {});
}

Result<void> convert_small(const Arguments& arguments, Bytes bytes) {
  if (!arguments.program.debug_map.empty())
    return fail(ErrorCode::kUsage, "--debug-map: only ELF files of large CPUs have it");
  CMOS_TRY(const linker::Program program,
           arguments.flat ? pack_flat(bytes, arguments.input, arguments.options)
                          : pack_small(bytes, arguments.input, arguments.options));
  return write(arguments, program.executable, program.warnings).map([](const auto&) {});
}

Result<void> convert(const Arguments& arguments) {
  CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(arguments.input));
  if (arguments.flat || is_small_program(bytes)) return convert_small(arguments, bytes);
  if (may_hold_bytecode(bytes)) return convert_bytecode(arguments, bytes);
  CMOS_TRY(const elf::Executable program, elf::read_executable(bytes, arguments.input));
  CMOS_TRY(const Packed packed, pack(program, arguments.input, arguments.options));
  CMOS_TRY(const auto written, write(arguments, packed.executable, packed.warnings));
  return write_debug_map(arguments, program, bytes, written);
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Turns a linked program into a CalamOS executable (CPE).", "cmos-pack");
  tools::set_up(app, "cmos-pack",
                "Exit status: 0 success, 1 the program cannot be packed, 2 wrong usage.");
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  auto program = tools::program_options(app, arguments.program);
  if (program) arguments.options.program = std::move(*program);
  const auto done = program ? convert(arguments) : fail(std::move(program).error());
  if (done) return 0;
  tools::complain(done.error());
  return tools::tool_status(done.error().code);
}

}  // namespace
}  // namespace cmos::pack

int main(int argc, char** argv) {
  return cmos::pack::run({argv + 1, argv + argc});
}
