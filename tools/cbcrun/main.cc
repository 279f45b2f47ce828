// cbcrun: runs bytecode, as cmos-run does, under the name and the options of COIL's documents.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/host_file.h"
#include "base/text.h"
#include "formats/coil/validate.h"
#include "syscalls/table.h"
#include "tools/cmos-run/run.h"
#include "tools/cmos-run/supervised.h"
#include "tools/common/coil_status.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::run {
namespace {

struct Arguments {
  std::string trace = "none";
  std::string memory, stack;
  std::string max_instructions;
  bool verbose = false;
  bool jit = false;
  bool trust = false;
  bool list = false;
};

constexpr const char* kFooter =
    "Everything behind the file belongs to the program: main's #1 is the number of its arguments, "
    "#2 "
    "the\naddress of an array of their addresses. Functions host.* are CalamOS calls; --list-host "
    "names them.\n\n"
    "Exit status: what main returned & 0xff; 2 wrong usage, 3 the file cannot be read, 5 it has "
    "errors;\n124 a limit was hit, 128+n the program failed (132 what no instruction may do, 136 "
    "division by zero,\n139 memory), 130 Ctrl-C.\n\n"
    "Example: cbcrun -t basic hello.cbc world";

void declare(CLI::App& app, Arguments& arguments) {
  app.add_flag("-v,--verbose", arguments.verbose, "Say what the file has");
  app.add_option("-t,--trace", arguments.trace,
                 "none (default), basic: every call of the host, detailed: every instruction")
      ->check(tools::one_of({"none", "basic", "detailed"}))
      ->type_name("LEVEL");
  app.add_option("-m,--memory", arguments.memory, "Memory, at most (default: 1G)")
      ->check(tools::byte_size())
      ->type_name("SIZE");
  app.add_option("--stack-size", arguments.stack, "Of it the stack (default: 1M)")
      ->check(tools::byte_size())
      ->type_name("SIZE");
  app.add_option("--max-instructions", arguments.max_instructions,
                 "End the program after exactly so many instructions")
      ->check(tools::whole_number())
      ->type_name("N");
  app.add_flag("-j,--jit", arguments.jit, "Accepted: there is no compiler, and none is needed");
  app.add_flag("--no-validate", arguments.trust, "Run a file that cbcvalidate refuses");
  app.add_flag("--list-host", arguments.list, "Print the functions of the host and exit");
}

std::string host_functions() {
  std::string out;
  for (const syscalls::Row& row : syscalls::table())
    out += fmt::format("host.{:<12} {}\n", row.name, row.summary);
  out += "host.alloc        The same as host.grow.\n";
  out += "host.write        With two arguments, address and length: the same as host.stdout.\n";
  return out;
}

int complain(const Error& error) {
  tools::complain(error);
  return tools::coil_status(error.code);
}

/// What is wrong with the file, or what it has.
int check(const std::string& file, const Arguments& arguments) {
  const auto bytes = read_host_file(file);
  if (!bytes) return complain(bytes.error());
  const coil::Validation checked =
      coil::validate(*bytes, file, coil::FileKind::kBytecode, coil::Level::kThorough);
  const auto wrong =
      std::find_if(checked.findings.begin(), checked.findings.end(),
                   [](const Finding& one) { return one.severity == Severity::kError; });
  const bool readable = coil::read_cbc(*bytes, file).has_value();
  if (wrong != checked.findings.end() && !(arguments.trust && readable))
    return complain(wrong->where);
  if (arguments.verbose)
    fmt::print(stderr,
               "cbcrun: {}: {} functions, {} constants, {} instructions, {} bytes of code\n",
               presentable(file), checked.statistics.functions, checked.statistics.constants,
               checked.statistics.instructions, checked.statistics.code_bytes);
  return 0;
}

Options options_of(const Arguments& arguments) {
  Options out;
  out.tool = "cbcrun";
  if (!arguments.memory.empty()) out.limits.memory = *tools::parse_byte_size(arguments.memory);
  if (!arguments.stack.empty()) out.limits.stack_size = *tools::parse_byte_size(arguments.stack);
  if (!arguments.max_instructions.empty())
    out.limits.max_instructions = tools::parse_number(arguments.max_instructions);
  out.trace.wanted = arguments.trace != "none";
  if (arguments.trace == "detailed") out.trace.filter = "all,insn";
  return out;
}

int run_program(const std::vector<std::string>& words) {
  CLI::App app("Runs a program in COIL's bytecode (.cbc).", "cbcrun");
  tools::set_up(app, "cbcrun", kFooter);
  tools::set_usage(app, "Usage: cbcrun [OPTIONS] FILE.cbc [ARGUMENTS…]");
  Arguments arguments;
  declare(app, arguments);
  const auto file = words.begin() + static_cast<std::ptrdiff_t>(tools::own_arguments(app, words));
  std::vector<std::string> own(words.begin(), file);
  if (!own.empty() && own.back() == "--") own.pop_back();
  if (const auto status = tools::parse(app, own, tools::kCoilUsage)) return *status;
  if (arguments.list) return tools::print(host_functions()) ? 0 : tools::kCoilOutput;
  if (file == words.end()) {
    tools::complain("which program? Usage: cbcrun [OPTIONS] FILE.cbc [ARGUMENTS…]");
    return tools::kCoilUsage;
  }
  if (const int status = check(*file, arguments); status != 0) return status;
  Options options = options_of(arguments);
  options.file = *file;
  options.arguments.assign(file + 1, words.end());
  return run_supervised(
      options, [](const Options& inner, const Inside& inside) { return run(inner, inside); });
}

}  // namespace
}  // namespace cmos::run

int main(int argc, char** argv) {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", O_RDONLY);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const int status = cmos::run::run_program({argv + 1, argv + argc});
  std::fflush(stderr);
  ::_exit(status);
}
