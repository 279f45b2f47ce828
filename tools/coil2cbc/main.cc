// coil2cbc: COIL to bytecode.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "base/host_file.h"
#include "coil/lower.h"
#include "tools/common/coil_debug.h"
#include "tools/common/coil_status.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::casm {
namespace {

struct Arguments {
  std::string input;
  std::string output;
  std::string optimization;
  std::string target;
  bool constants = false;
  bool registers = false;
  LowerOptions options;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("FILE", arguments.input, "A .coil")->type_name("")->required();
  app.add_option("-o,--output", arguments.output,
                 "The file to write (default: FILE with .cbc for its ending)")
      ->type_name("CBC");
  app.add_flag("-g,--debug", arguments.options.debug,
               "Source lines and functions, as far as FILE has debug information");
  app.add_option("-O,--optimize", arguments.optimization,
                 "0 to 3, s or z: accepted; there is one way to lower")
      ->type_name("LEVEL")
      ->check(tools::one_of({"0", "1", "2", "3", "s", "z"}));
  app.add_flag("-c,--constant-pool", arguments.constants,
               "Accepted: constants stand in the instructions, where they cost nothing");
  app.add_flag("-r,--register-hints", arguments.registers, "Accepted: bytecode has no registers");
  app.add_option("-t,--target", arguments.target, "Accepted: bytecode runs everywhere")
      ->type_name("TARGET");
}

int complain(const Error& error, int status) {
  tools::complain(error);
  return status;
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Lowers a COIL object to bytecode (.cbc).", "coil2cbc");
  tools::set_up(app, "coil2cbc",
                "Exit status: 0 success, 2 wrong usage, 3 the file cannot be read, 4 or written,\n"
                "5 it has errors, or what bytecode cannot do. What that is: docs/coil.md, 10.\n\n"
                "Example: coil2cbc -g hello.coil -o hello.cbc && cbcrun hello.cbc");
  app.set_version_flag("-v,--version", app.version(), "Print the version and exit");
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kCoilUsage)) return *status;
  const auto bytes = read_host_file(arguments.input);
  if (!bytes) return complain(bytes.error(), tools::coil_status(bytes.error().code));
  const std::string output =
      !arguments.output.empty()
          ? arguments.output
          : std::filesystem::path(arguments.input).replace_extension(".cbc").string();
  if (const auto kept = tools::keep_input(arguments.input, output, "-o CBC"); !kept)
    return complain(kept.error(), tools::kCoilUsage);
  const auto out = lower_to_cbc(*bytes, arguments.input, arguments.options);
  if (!out) return complain(out.error(), tools::coil_status(out.error().code));
  if (arguments.options.debug) tools::warn_without_debug(*bytes, arguments.input);
  if (auto done = write_host_file(output, *out); !done)
    return complain(done.error(), tools::kCoilOutput);
  return 0;
}

}  // namespace
}  // namespace cmos::casm

int main(int argc, char** argv) {
  return cmos::casm::run({argv + 1, argv + argc});
}
