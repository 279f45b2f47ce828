// cmos-pack: a linked ELF program, or bytecode, in, a CPE out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "base/host_file.h"
#include "tools/cmos-pack/bytecode.h"
#include "tools/cmos-pack/debug_map.h"
#include "tools/cmos-pack/pack.h"
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
};

void declare(CLI::App& app, Arguments& arguments) {
  const std::vector<std::string_view> archs = cpe::documented_archs();
  app.add_option("FILE", arguments.input,
                 "The ELF executable, linked at 0x400000 (ld -T cmos.ld); or bytecode of COIL "
                 "(.cbc), also that of a "
                 ".coilo")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", arguments.output, "The CPE to write")->type_name("CPE")->required();
  app.add_option("--arch", arguments.options.arch,
                 "ARCH code; needed only for APPL (default: from the ELF machine)")
      ->type_name("ARCH")
      ->check(tools::one_of({archs.begin(), archs.end()}));
  app.add_option("--entry", arguments.options.entry_symbol,
                 "Start at this symbol instead of the ELF entry")
      ->type_name("SYMBOL");
  tools::declare_program(app, arguments.program);
}

Result<void> write_debug_map(const Arguments& arguments, const elf::Executable& program,
                             Bytes elf_bytes, Bytes cpe) {
  const auto path = tools::debug_map_file(arguments.program, arguments.output);
  if (!path) return {};
  auto bytes = debugmap::write_side_file(make_debug_map(program, elf_bytes, cpe));
  if (!bytes) return fail(std::move(bytes).error().in_file(*path));
  return write_host_file(*path, *bytes);
}

/// Writes the CPE; gives its bytes.
Result<std::vector<std::uint8_t>> write(const Arguments& arguments, const Packed& packed) {
  auto written = cpe::write(packed.executable);
  if (!written) return fail(std::move(written).error().in_file(arguments.output));
  for (const std::string& warning : packed.warnings)
    tools::warn(fmt::format("{}: {}", arguments.input, warning));
  CMOS_TRY_VOID(write_host_file(arguments.output, *written, FileMode::kProgram));
  return std::move(*written);
}

Result<void> convert_bytecode(const Arguments& arguments, Bytes bytes) {
  if (tools::debug_map_file(arguments.program, arguments.output))
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = arguments.input,
                      .field = "--debug-map",
                      .message = "bytecode has its source lines inside (coil2cbc -g)"});
  CMOS_TRY(const Packed packed, pack_bytecode(bytes, arguments.input, arguments.options));
  CMOS_TRY(const auto written, write(arguments, packed));
  static_cast<void>(written);
  return {};
}

Result<void> convert(const Arguments& arguments) {
  CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(arguments.input));
  if (may_hold_bytecode(bytes)) return convert_bytecode(arguments, bytes);
  CMOS_TRY(const elf::Executable program, elf::read_executable(bytes, arguments.input));
  CMOS_TRY(const Packed packed, pack(program, arguments.input, arguments.options));
  CMOS_TRY(const std::vector<std::uint8_t> written, write(arguments, packed));
  return write_debug_map(arguments, program, bytes, written);
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Turns a linked ELF program, or bytecode, into a CalamOS executable (CPE).",
               "cmos-pack");
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
