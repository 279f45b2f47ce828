// cmos-as: CBT assembly in, CPO out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "assembler/assembler.h"
#include "assembler/target.h"
#include "base/host_file.h"
#include "base/text.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/sdk.h"

namespace cmos::as {
namespace {

struct Arguments {
  std::string input;
  std::string output;
  std::string listing;
  std::vector<std::string> defines;
  bool no_warnings = false;
  bool fatal_warnings = false;
  assembler::AssembleOptions options;
};

void declare(CLI::App& app, Arguments& arguments) {
  std::vector<std::string> archs;
  for (const assembler::Target& target : assembler::targets()) archs.emplace_back(target.arch);
  app.add_option("FILE", arguments.input, "The source; - reads standard input")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", arguments.output,
                 "The CPO to write (default: FILE with .cpo for its ending)")
      ->type_name("CPO");
  app.add_option("--arch", arguments.options.arch,
                 "ARCH code (default: the source's .arch, else 8664)")
      ->type_name("ARCH")
      ->check(tools::one_of(archs));
  app.add_option("-I,--include", arguments.options.include_folders,
                 "Look here, too, for what .include and 'from' name; repeatable")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  app.add_option("-D,--define", arguments.defines,
                 "Define a number, as .define does (NUMBER left out: 1); repeatable")
      ->type_name("NAME[=NUMBER]")
      ->allow_extra_args(false);
  app.add_option("--listing", arguments.listing,
                 "Write address, bytes and source of every line; - for standard output")
      ->type_name("FILE");
  app.add_flag("-g,--debug", arguments.options.debug_lines,
               "Keep which source line each instruction comes from, as DWARF");
  app.add_option("--encoder", arguments.options.encoder,
                 "Program that encodes instructions: an llvm-mc or clang (default: CMOS_ENCODER, "
                 "else llvm-mc-14, llvm-mc, clang-14 or clang)")
      ->type_name("PROGRAM");
  app.add_flag("-w,--no-warnings", arguments.no_warnings, "Say nothing but errors");
  app.add_flag("--fatal-warnings", arguments.fatal_warnings, "A warning is a failure");
}

/// `dir/hello.asm` -> `dir/hello.cpo`; standard input has no name to make one of.
Result<std::string> output_name(const std::string& input) {
  if (input == "-")
    return fail(ErrorCode::kUsage, "standard input has no name: say -o CPO (see cmos-as --help)");
  const auto slash = input.rfind('/');
  const auto dot = input.rfind('.');
  const bool has_ending =
      dot != std::string::npos && dot != 0 && (slash == std::string::npos || dot > slash + 1);
  std::string name = (has_ending ? input.substr(0, dot) : input) + ".cpo";
  if (name == input)
    return fail(ErrorCode::kUsage, fmt::format("{} would be overwritten: say -o CPO", input));
  return name;
}

Result<void> finish(Arguments& arguments) {
  if (arguments.output.empty()) {
    CMOS_TRY(arguments.output, output_name(arguments.input));
  }
  for (const std::string& define : arguments.defines) {
    const auto equals = define.find('=');
    arguments.options.defines.emplace_back(
        define.substr(0, equals), equals == std::string::npos ? "1" : define.substr(equals + 1));
  }
  if (auto includes = tools::sdk_folder("include"))
    arguments.options.include_folders.push_back(std::move(*includes));
  if (const char* encoder = std::getenv("CMOS_ENCODER");
      encoder != nullptr && arguments.options.encoder.empty())
    arguments.options.encoder = encoder;
  arguments.options.warnings = !arguments.no_warnings;
  arguments.options.listing = !arguments.listing.empty();
  arguments.options.read_file = [](const std::string& path) {
    constexpr std::uint64_t kMost = 1u << 30;
    return read_host_file(path, kMost);
  };
  return {};
}

/// The exit status.
Result<int> assemble(const Arguments& arguments) {
  const bool from_stdin = arguments.input == "-";
  constexpr std::uint64_t kMost = 256u << 20;
  CMOS_TRY(const std::vector<std::uint8_t> bytes,
           read_host_file(from_stdin ? "/dev/stdin" : arguments.input, kMost));
  CMOS_TRY(const assembler::Output out,
           assembler::assemble(from_stdin ? "<stdin>" : arguments.input,
                               std::string(as_text(bytes)), arguments.options));
  std::fwrite(out.messages.data(), 1, out.messages.size(), stderr);
  if (out.cpo.empty() || out.errors != 0) {
    const bool all = out.errors < assembler::Reporter::kMost;
    tools::complain(fmt::format("{}: {}{} error{}", arguments.input, all ? "" : "at least ",
                                out.errors, out.errors == 1 ? "" : "s"));
    return 1;
  }
  if (arguments.fatal_warnings && !out.messages.empty()) {
    tools::complain(fmt::format("{}: warnings are failures (--fatal-warnings)", arguments.input));
    return 1;
  }
  CMOS_TRY_VOID(write_host_file(arguments.output, out.cpo));
  if (arguments.listing == "-") return tools::print(presentable_lines(out.listing)) ? 0 : 1;
  if (!arguments.listing.empty())
    CMOS_TRY_VOID(write_host_file(arguments.listing, as_bytes(out.listing)));
  return 0;
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Assembles CBT assembly into a CalamOS object (CPO).", "cmos-as");
  tools::set_up(app, "cmos-as",
                "Messages read FILE:LINE:COLUMN: error: ...; the language: docs/assembly.md.\n"
                "Exit status: 0 success, 1 the source has errors, 2 wrong usage.\n\n"
                "Example: cmos-as hello.asm && cmos-ld hello.cpo -lcmos -o hello.cpe");
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  Result<int> done = 0;
  if (auto ready = finish(arguments); ready) {
    done = assemble(arguments);
  } else {
    done = fail(std::move(ready).error());
  }
  if (done) return *done;
  tools::complain(done.error().text());
  return tools::tool_status(done.error().code);
}

}  // namespace
}  // namespace cmos::as

int main(int argc, char** argv) {
  return cmos::as::run({argv + 1, argv + argc});
}
