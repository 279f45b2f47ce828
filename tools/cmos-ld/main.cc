// cmos-ld: objects and archives in, a CPE out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>
#include <vector>

#include "base/host_file.h"
#include "base/text.h"
#include "linker/debug_map.h"
#include "linker/map.h"
#include "linker/program.h"
#include "tools/cmos-ld/whitesmith.h"
#include "tools/cmos-ld/words.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/program_options.h"
#include "tools/common/sdk.h"

namespace cmos::ld {
namespace {

struct Arguments {
  std::string output;
  std::vector<std::string> definitions;
  std::string map;
  bool print_map = false;
  bool cross_reference = false;
  bool print_gc = false;
  bool no_gc = false;
  bool strip_all = false;
  bool discard_all = false;
  bool list_relocations = false;
  unsigned optimize = 1;
  tools::ProgramArguments program;
  linker::Options options;
};

void declare_inputs(CLI::App& app, Arguments& arguments) {
  const std::vector<std::string_view> archs = cpe::documented_archs();
  app.add_option("-o,--output", arguments.output, "The CPE to write (.cpe, .cxe)")
      ->type_name("FILE");
  app.add_option("-L,--library-path", arguments.options.search_path,
                 "Folder for -l and for the locations of extern symbols; repeat it")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  app.add_option("--arch", arguments.options.arch, "ARCH code (default: that of the objects)")
      ->type_name("ARCH")
      ->check(tools::one_of({archs.begin(), archs.end()}));
  app.add_option("-e,--entry", arguments.options.entry,
                 "Start at this symbol (default: _start, start or main)")
      ->type_name("SYMBOL");
  app.add_option("-u,--undefined", arguments.options.undefined,
                 "Look for this symbol in archives and keep it; repeat it")
      ->type_name("SYMBOL")
      ->allow_extra_args(false);
  app.add_option("--defsym", arguments.definitions,
                 "Define a symbol: NAME=NUMBER, NAME=OTHER, NAME=OTHER+NUMBER; repeat it")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
}

void declare_contents(CLI::App& app, Arguments& arguments) {
  app.add_flag("--gc-sections", arguments.options.collect_garbage,
               "Leave out sections that nothing refers to");
  app.add_flag("--no-gc-sections", arguments.no_gc, "Keep them (default)");
  app.add_flag("--print-gc", arguments.print_gc, "Print what --gc-sections leaves out");
  app.add_option("--keep", arguments.options.keep,
                 "Keep sections of this name, in which * stands for any text; repeat it")
      ->type_name("SECTION")
      ->allow_extra_args(false);
  app.add_flag("--allow-multiple-definition", arguments.options.multiple_definitions,
               "Of several definitions take the first");
  app.add_option("-O,--optimize", arguments.optimize,
                 "0: do not share equal constants; else share them")
      ->type_name("LEVEL")
      ->capture_default_str();
  app.add_flag("-s,--strip-all", arguments.strip_all, "The same as --no-symbols");
  app.add_flag("-x,--discard-all", arguments.discard_all, "The same as --symbols global");
}

void declare_output(CLI::App& app, Arguments& arguments) {
  app.add_option("--map", arguments.map, "Write a map of the program (- is standard output)")
      ->type_name("FILE");
  app.add_flag("--print-map", arguments.print_map, "The same as --map -");
  app.add_flag("--cref", arguments.cross_reference, "Add a cross reference to the map");
  app.add_flag("--list-relocations", arguments.list_relocations,
               "Print the relocations that can be applied, and exit");
  app.add_option("--threads", arguments.options.threads,
                 "How many threads to use (default: one for each processor)")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, 256).description(""));
}

constexpr std::string_view kUsage =
    "Usage: cmos-ld [OPTIONS] FILE... -o OUT.cpe\n\n"
    "  FILE              an ELF or CPO object, or an archive of them; @FILE: a file of arguments\n"
    "  -l NAME           libNAME.a along -L, then in the SDK; each folder's sub-folder of the\n"
    "                    ARCH's name is looked into, too; -l :FILE takes FILE itself\n"
    "  --start-group FILE... --end-group\n"
    "                    search these archives until nothing more is found in them\n"
    "  --whole-archive   link the archives that follow whole, up to --no-whole-archive\n\n"
    "When the first FILE is a Whitesmith's object or archive, the output is one, too, and of the\n"
    "options below only -o, -e, -u, -s, --defsym and --map have a meaning; moreover there are\n"
    "  -Ttext=ADDRESS    (default 0x100) -Tdata=ADDRESS -Tbss=ADDRESS\n"
    "  -r                a partial link; -q keeps relocations in a program\n"
    "  --oformat=com     a program for CP/M, without a header; --oformat=whitesmith is the "
    "default\n\n"
    "Options of ld that ask for what happens anyway (-static, -nostdlib, -z ...) are accepted.";

std::optional<std::int64_t> parse_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

Result<linker::Definition> parse_definition(const std::string& text) {
  const auto wrong = [&] {
    return fail(
        ErrorCode::kUsage,
        fmt::format("--defsym {}: NAME=NUMBER, NAME=OTHER or NAME=OTHER+NUMBER is expected", text));
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) return wrong();
  linker::Definition out{.name = text.substr(0, equals)};
  const std::string value = text.substr(equals + 1);
  if (const auto number = parse_value(value)) {
    out.offset = *number;
    return out;
  }
  const std::size_t sign = value.find_first_of("+-", 1);
  out.base = value.substr(0, sign);
  if (sign == std::string::npos) return out;
  const auto number = parse_value(std::string_view(value).substr(sign));
  if (!number) return wrong();
  out.offset = *number;
  return out;
}

Result<cpe::ProgramOptions> finish(const CLI::App& app, Arguments& arguments) {
  if (arguments.output.empty()) return fail(ErrorCode::kUsage, "no output: -o FILE (see --help)");
  if (arguments.no_gc) arguments.options.collect_garbage = false;
  arguments.options.merge = arguments.optimize != 0;
  if (auto libraries = tools::sdk_folder("lib"))
    arguments.options.search_path.push_back(std::move(*libraries));
  for (const std::string& text : arguments.definitions) {
    CMOS_TRY(linker::Definition one, parse_definition(text));
    arguments.options.definitions.push_back(std::move(one));
  }
  CMOS_TRY(cpe::ProgramOptions program, tools::program_options(app, arguments.program));
  if (arguments.discard_all && program.symbols == cpe::SymbolChoice::kAll)
    program.symbols = cpe::SymbolChoice::kGlobal;
  if (arguments.strip_all) program.symbols = cpe::SymbolChoice::kNone;
  return program;
}

Result<void> write_map(const Arguments& arguments, const linker::Linked& linked) {
  if (arguments.print_gc) tools::print(linker::collected_text(linked));
  if (arguments.map.empty() && !arguments.print_map) {
    if (arguments.cross_reference) tools::print(linker::cross_reference_text(linked));
    return {};
  }
  std::string text = linker::map_text(linked);
  if (arguments.cross_reference) text += "\n" + linker::cross_reference_text(linked);
  if (arguments.print_map || arguments.map == "-") tools::print(text);
  if (arguments.map.empty() || arguments.map == "-") return {};
  return write_host_file(arguments.map, as_bytes(text));
}

Result<void> write_debug_map(const Arguments& arguments, const linker::Linked& linked, Bytes image,
                             Bytes cpe) {
  const auto path = tools::debug_map_file(arguments.program, arguments.output);
  if (!path) return {};
  debugmap::SideFile map = linker::make_debug_map(linked, image);
  map.origins.digest = debugmap::digest_of(cpe);
  auto bytes = debugmap::write_side_file(map);
  if (!bytes) return fail(std::move(bytes).error().in_file(*path));
  return write_host_file(*path, *bytes);
}

Result<void> write_program(const Arguments& arguments, linker::Linked& linked,
                           const cpe::ProgramOptions& options) {
  CMOS_TRY(linker::Program program, linker::make_program(linked, options));
  for (const std::string& warning : program.warnings) tools::warn(warning);
  auto bytes = cpe::write(program.executable);
  if (!bytes) return fail(std::move(bytes).error().in_file(arguments.output));
  CMOS_TRY_VOID(write_host_file(arguments.output, *bytes, FileMode::kProgram));
  return write_debug_map(arguments, linked, program.executable.code, *bytes);
}

int complain_about(const linker::Errors& errors) {
  constexpr std::size_t kShown = 100;
  for (std::size_t i = 0; i < std::min(errors.size(), kShown); ++i)
    tools::complain(errors[i].text());
  if (errors.size() > kShown)
    tools::complain(fmt::format("{} more errors", errors.size() - kShown));
  return tools::tool_status(errors.front().code);
}

int link_program(const Arguments& arguments, const cpe::ProgramOptions& program) {
  linker::HostFiles files;
  auto linked = linker::link(arguments.options, files);
  if (!linked) return complain_about(linked.error());
  for (const std::string& warning : linked->warnings) tools::warn(warning);
  auto done = write_map(arguments, *linked);
  if (done) done = write_program(arguments, *linked, program);
  return done ? 0 : complain_about({std::move(done).error()});
}

int run(const std::vector<std::string>& arguments_given) {
  CLI::App app("Links objects and archives into a CalamOS executable (CPE).", "cmos-ld");
  tools::set_up(app, "cmos-ld",
                "Exit status: 0 success, 1 the program cannot be linked, 2 wrong usage.");
  tools::set_usage(app, std::string(kUsage));
  Arguments arguments;
  declare_inputs(app, arguments);
  declare_contents(app, arguments);
  declare_output(app, arguments);
  tools::declare_program(app, arguments.program);
  const auto expanded = expand_responses(arguments_given);
  if (!expanded) return complain_about({expanded.error()});
  if (const auto status = link_whitesmith(*expanded)) return *status;
  auto words = sort_words(*expanded);
  if (!words) return complain_about({std::move(words).error()});
  if (const auto status = tools::parse(app, words->options, tools::kToolUsage)) return *status;
  if (arguments.list_relocations) return tools::print(linker::relocations_text()) ? 0 : 1;
  arguments.options.inputs = std::move(words->inputs);
  const auto program = finish(app, arguments);
  if (!program) return complain_about({program.error()});
  return link_program(arguments, *program);
}

}  // namespace
}  // namespace cmos::ld

int main(int argc, char** argv) {
  const int status = cmos::ld::run({argv + 1, argv + argc});
  std::fflush(nullptr);
  // Taking a large link apart piece by piece would only delay its end.
  std::_Exit(status);
}
