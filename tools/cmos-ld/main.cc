// cmos-ld: objects and archives in, a CPE out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>
#include <vector>

#include "base/host_file.h"
#include "base/text.h"
#include "linker/debug_map.h"
#include "linker/explain.h"
#include "linker/map.h"
#include "linker/program.h"
#include "tools/cmos-ld/whitesmith.h"
#include "tools/cmos-ld/words.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/program_options.h"
#include "tools/common/response_files.h"
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
  std::string sysroot;
  std::string dependency_file;
  std::vector<std::string> prefixes;
  std::string unresolved;
  bool warn_unresolved = false;
  bool error_unresolved = false;
  bool trace = false;
  bool show_version = false;
  bool fatal_warnings = false;
  bool no_fatal_warnings = false;
  bool no_warnings = false;
  bool no_demangle = false;
  std::size_t error_limit = 100;
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
  app.add_option("--require-defined", arguments.options.required,
                 "The same, and fail when nobody defines it; repeat it")
      ->type_name("SYMBOL")
      ->allow_extra_args(false);
  app.add_option(
         "--defsym", arguments.definitions,
         "Define a symbol as a number, a symbol, or an expression of C's operators; repeat it")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--wrap", arguments.options.wrapped,
                 "References to SYMBOL mean __wrap_SYMBOL, those to __real_SYMBOL mean SYMBOL; "
                 "repeat it")
      ->type_name("SYMBOL")
      ->allow_extra_args(false);
  app.add_option("--sysroot", arguments.sysroot, "The folder that = stands for in -L=FOLDER")
      ->type_name("FOLDER");
}

void declare_undefined(CLI::App& app, Arguments& arguments) {
  app.add_option("--unresolved-symbols", arguments.unresolved,
                 "report-all: undefined symbols are errors (default); ignore-all: they are 0")
      ->type_name("HOW")
      ->check(tools::one_of(
          {"report-all", "ignore-all", "ignore-in-object-files", "ignore-in-shared-libs"}));
  app.add_flag("--warn-unresolved-symbols", arguments.warn_unresolved,
               "Undefined symbols are 0, with a warning");
  app.add_flag("--error-unresolved-symbols", arguments.error_unresolved,
               "They are errors (default)");
  app.add_option("--ignore-unresolved-symbol", arguments.options.may_be_undefined,
                 "This symbol is 0 when nobody defines it; repeat it")
      ->type_name("SYMBOL")
      ->allow_extra_args(false);
  app.add_flag("--no-warn-mismatch", arguments.options.allow_mismatch,
               "Link ARM objects that hand over floating-point arguments in different ways");
  app.add_flag("--fatal-warnings", arguments.fatal_warnings, "Warnings are errors");
  app.add_flag("--no-fatal-warnings", arguments.no_fatal_warnings, "They are not (default)");
  app.add_flag("-w,--no-warnings", arguments.no_warnings, "Say nothing of them");
  app.add_flag("--no-demangle", arguments.no_demangle,
               "Show names of C++ as the objects have them");
  app.add_flag("--demangle{false}", arguments.no_demangle, "Show them as declarations (default)");
  app.add_option("--error-limit", arguments.error_limit, "Show so many errors; 0: all")
      ->type_name("NUMBER")
      ->capture_default_str();
}

void declare_contents(CLI::App& app, Arguments& arguments) {
  app.add_flag("--gc-sections", arguments.options.collect_garbage,
               "Leave out sections that nothing refers to");
  app.add_flag("--no-gc-sections", arguments.no_gc, "Keep them (default)");
  app.add_flag("--print-gc", arguments.print_gc, "Print what --gc-sections leaves out");
  app.add_flag("--start-stop-gc,!--no-start-stop-gc", arguments.options.start_stop_gc,
               "__start_NAME does not keep the sections NAME (also -z start-stop-gc)");
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
  app.add_flag(
      "--verbose", arguments.options.verbose,
      "Say on stderr which files are read, which member is linked for which symbol, and how "
      "long each pass takes");
  app.add_flag("-t,--trace", arguments.trace, "Print the names of what is linked");
  app.add_option("-y,--trace-symbol", arguments.options.traced,
                 "Print who defines this symbol and who refers to it; repeat it")
      ->type_name("SYMBOL")
      ->allow_extra_args(false);
  app.add_option("--dependency-file", arguments.dependency_file,
                 "Write a rule for make with all files that were read")
      ->type_name("FILE");
  app.add_option("--file-prefix-map", arguments.prefixes,
                 "Show an input whose path begins with OLD by NEW and the rest of it; repeat it")
      ->type_name("OLD=NEW")
      ->allow_extra_args(false);
  app.add_flag("-v,-V,--show-version", arguments.show_version,
               "Print the version, and link when there is something to link");
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
    "  --whole-archive   link the archives that follow whole, up to --no-whole-archive\n"
    "  --push-state, --pop-state\n"
    "                    remember whether archives are linked whole, and go back to it\n"
    "  --start-lib FILE... --end-lib\n"
    "                    take these objects as members of an archive are taken\n\n"
    "When the first FILE is an object of Whitesmith's or of sdcc's assemblers (.rel), a CPO of "
    "the\n"
    "Z80 or the 8080, or an archive of such, it is linked for a small CPU, and of the options "
    "below\n"
    "only -o, -e, -u, -s, -L, -l, --arch, --defsym and --map have a meaning; moreover there are\n"
    "  --oformat=FORMAT  cpe; com, a program for CP/M without a header; whitesmith (default: that\n"
    "                    of Whitesmith's inputs, cpe of others)\n"
    "  -Ttext=ADDRESS    (default 0x100; of a CPE where the CPU of --arch has its programs)\n"
    "  -Tdata=ADDRESS -Tbss=ADDRESS\n"
    "  -r                a partial link to a Whitesmith's object; -q keeps relocations in a "
    "program\n\n"
    "Long options may have one dash. What ld and lld take besides is accepted when it asks for "
    "what\n"
    "happens anyway or for what a CPE does not have (-static, -Bdynamic, --build-id, -z now ...).";

std::optional<std::int64_t> parse_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.starts_with('0')) {
    base = 8;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

Result<linker::Definition> parse_expression(linker::Definition out, const std::string& text,
                                            const std::string& value) {
  auto expression = linker::Expression::parse(value);
  if (!expression)
    return fail(ErrorCode::kUsage,
                fmt::format("--defsym {}: {}", text, expression.error().message));
  out.base.clear();
  if (expression->names_symbols()) {
    out.expression = std::move(*expression);
    return out;
  }
  const auto number = expression->evaluate([](std::string_view) { return std::nullopt; });
  if (!number) return fail(ErrorCode::kUsage, fmt::format("--defsym {}: a division by zero", text));
  out.offset = static_cast<std::int64_t>(*number);
  return out;
}

Result<linker::Definition> parse_definition(const std::string& text) {
  const auto wrong = [&] {
    return fail(
        ErrorCode::kUsage,
        fmt::format("--defsym {}: NAME=NUMBER, NAME=OTHER or NAME=OTHER+NUMBER is expected", text));
  };
  const auto is_name = [](std::string_view name) {
    return name.find_first_of("()*/%<>&|^~!?:=, ") == std::string_view::npos;
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
  const bool starts_plainly = is_name(out.base) && out.base.find_first_of("0123456789+-") != 0;
  if (sign == std::string::npos && starts_plainly) return out;
  const auto number =
      sign == std::string::npos ? std::nullopt : parse_value(std::string_view(value).substr(sign));
  if (number && starts_plainly) {
    out.offset = *number;
    return out;
  }
  return parse_expression(std::move(out), text, value);
}

/// -L=FOLDER and -L$SYSROOT/FOLDER.
std::string in_sysroot(const std::string& root, const std::string& folder) {
  constexpr std::string_view kRoot = "$SYSROOT";
  if (folder.starts_with('=')) return root + folder.substr(1);
  return folder.starts_with(kRoot) ? root + folder.substr(kRoot.size()) : folder;
}

Result<cpe::ProgramOptions> finish(const CLI::App& app, Arguments& arguments) {
  if (arguments.output.empty()) return fail(ErrorCode::kUsage, "no output: -o FILE (see --help)");
  if (arguments.no_gc) arguments.options.collect_garbage = false;
  if (arguments.no_fatal_warnings) arguments.fatal_warnings = false;
  if (arguments.no_demangle) linker::set_name_style(linker::NameStyle::kMangled);
  if (arguments.unresolved.starts_with("ignore-all") ||
      arguments.unresolved == "ignore-in-object-files")
    arguments.options.on_undefined = linker::Undefined::kIgnore;
  if (arguments.warn_unresolved) arguments.options.on_undefined = linker::Undefined::kWarn;
  if (arguments.error_unresolved) arguments.options.on_undefined = linker::Undefined::kError;
  for (std::string& folder : arguments.options.search_path)
    folder = in_sysroot(arguments.sysroot, folder);
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
  const bool there = !arguments.strip_all && linker::has_debug_information(linked);
  const auto path = tools::debug_map_file(arguments.program, arguments.output, there);
  if (!path) return {};
  std::vector<std::string> warnings;
  debugmap::SideFile map = linker::make_debug_map(linked, image, warnings);
  for (const std::string& warning : warnings) {
    if (!arguments.no_warnings) tools::warn(warning);
  }
  map.origins.digest = debugmap::digest_of(cpe);
  auto bytes = debugmap::write_side_file(map);
  if (!bytes) return fail(std::move(bytes).error().in_file(*path));
  return write_host_file(*path, *bytes);
}

/// Fails when warnings are errors.
Result<void> tell(const Arguments& arguments, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    if (!arguments.no_warnings) tools::warn(warning);
  }
  if (warnings.empty() || !arguments.fatal_warnings) return {};
  return fail(ErrorCode::kMalformed, "warnings are errors (--fatal-warnings)");
}

/// As make reads it: a space, a dollar and a # in a name are escaped. Each file has a rule without
/// commands, so that a file that is gone does not stop make.
Result<void> write_dependencies(const Arguments& arguments, const linker::Linked& linked) {
  if (arguments.dependency_file.empty()) return {};
  const auto escaped = [](std::string_view name) {
    std::string out;
    for (const char c : name) {
      if (c == ' ' || c == '#') out += '\\';
      if (c == '$') out += '$';
      out += c;
    }
    return out;
  };
  std::string text = escaped(arguments.output) + ":";
  for (const std::string& one : linked.files_read) text += " \\\n  " + escaped(one);
  text += "\n";
  for (const std::string& one : linked.files_read) text += "\n" + escaped(one) + ":\n";
  return write_host_file(arguments.dependency_file, as_bytes(text));
}

/// Only --verbose has anything to tell.
void tell_log(const linker::Linked& linked) {
  if (linked.log.empty()) return;
  for (const std::string& one : linked.files_read)
    fmt::print(stderr, "cmos-ld: read {}\n", presentable(one));
  for (const std::string& one : linked.log) fmt::print(stderr, "cmos-ld: {}\n", presentable(one));
}

void print_traces(const Arguments& arguments, const linker::Linked& linked) {
  std::string text;
  for (const linker::InputObject& one : linked.objects) {
    if (arguments.trace) text += presentable(one.object.file) + "\n";
  }
  for (const std::string& one : linked.traces) text += presentable(one) + "\n";
  if (!text.empty()) tools::print(text);
}

Result<void> write_program(const Arguments& arguments, linker::Linked& linked,
                           const cpe::ProgramOptions& options) {
  CMOS_TRY(linker::Program program, linker::make_program(linked, options));
  std::vector<std::string> warnings = linked.warnings;
  warnings.insert(warnings.end(), program.warnings.begin(), program.warnings.end());
  CMOS_TRY_VOID(tell(arguments, warnings));
  auto bytes = cpe::write(program.executable);
  if (!bytes) return fail(std::move(bytes).error().in_file(arguments.output));
  CMOS_TRY_VOID(write_host_file(arguments.output, *bytes, FileMode::kProgram));
  return write_debug_map(arguments, linked, program.executable.code, *bytes);
}

int complain_about(const linker::Errors& errors, std::size_t limit = 100) {
  const std::size_t shown = limit == 0 ? errors.size() : std::min(errors.size(), limit);
  for (std::size_t i = 0; i < shown; ++i) tools::complain(errors[i]);
  if (errors.size() > shown) tools::complain(fmt::format("{} more errors", errors.size() - shown));
  return tools::tool_status(errors.front().code);
}

int link_program(const Arguments& arguments, const cpe::ProgramOptions& program) {
  linker::HostFiles files;
  for (const std::string& one : arguments.prefixes) {
    const std::size_t equals = one.rfind('=');
    if (equals == std::string::npos)
      return complain_about(
          {Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("--file-prefix-map {}: OLD=NEW is expected", one)}});
    files.map_prefix(one.substr(0, equals), one.substr(equals + 1));
  }
  auto linked = linker::link(arguments.options, files);
  if (!linked) return complain_about(linked.error(), arguments.error_limit);
  tell_log(*linked);
  print_traces(arguments, *linked);
  auto done = write_map(arguments, *linked);
  if (done) done = write_program(arguments, *linked, program);
  if (done) done = write_dependencies(arguments, *linked);
  return done ? 0 : complain_about({std::move(done).error()});
}

int run(const std::vector<std::string>& arguments_given) {
  CLI::App app("Links objects and archives into a CalamOS executable (CPE).", "cmos-ld");
  tools::set_up(app, "cmos-ld",
                "Exit status: 0 success, 1 the program cannot be linked, 2 wrong usage.");
  tools::set_usage(app, std::string(kUsage));
  // Meson, libtool and configure scripts know by these words which options a linker takes.
  app.set_version_flag("--version", app.version() + " (compatible with GNU linkers)",
                       "Print the version and exit");
  Arguments arguments;
  declare_inputs(app, arguments);
  declare_undefined(app, arguments);
  declare_contents(app, arguments);
  declare_output(app, arguments);
  tools::declare_program(app, arguments.program);
  const auto expanded = tools::with_response_files(arguments_given);
  if (!expanded) return complain_about({expanded.error()});
  if (const auto status = link_whitesmith(*expanded)) return *status;
  auto words = sort_words(*expanded);
  if (!words) return complain_about({std::move(words).error()});
  // Build systems add to what others have said: the last word counts.
  for (const char* name : {"-o", "-O", "-e", "--map", "--arch", "--sysroot", "--dependency-file",
                           "--unresolved-symbols", "--error-limit", "--threads"})
    app.get_option(name)->take_last();
  if (const auto status = tools::parse(app, words->options, tools::kToolUsage)) return *status;
  for (const std::string& warning : words->warnings) tools::warn(warning);
  if (arguments.show_version) {
    tools::print(app.version() + "\n");
    if (words->inputs.empty()) return 0;
  }
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
