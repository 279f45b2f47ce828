// cmos-objdump: headers, sections, symbols, relocations, bytes and code of files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

#include "inspect/json.h"
#include "inspect/objdump.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/inspect/inputs.h"

namespace cmos::inspect {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  cmos-objdump -dr main.o            code, with relocations where they apply\n"
    "  cmos-objdump -x app.cpe            everything but bytes and code\n"
    "  cmos-objdump --disassemble=main app.cpe\n"
    "  cmos-objdump -s -j .rodata main.o  the bytes of one section\n"
    "\n"
    "Exit status: 0 every file was shown, 1 one was not, or lacks a section or symbol that was "
    "asked\n"
    "for, 2 wrong usage.";

struct Arguments {
  std::vector<std::string> files;
  bool all_headers = false;
  std::string start;
  std::string stop;
  bool source = false;
  bool ignored = false;
  std::string syntax = "intel";
  bool json = false;
  inspect::ObjdumpOptions options;
};

CLI::Validator is_address() {
  return CLI::Validator(
      [](const std::string& text) {
        return tools::parse_address(text)
                   ? std::string()
                   : fmt::format("'{}' is no address: decimal, or 0x and hexadecimal", text);
      },
      "");
}

void declare(CLI::App& app, Arguments& arguments) {
  inspect::ObjdumpOptions& options = arguments.options;
  app.add_option("FILE", arguments.files, "CPE, CPO, ELF, Whitesmith's and ar files")
      ->type_name("")
      ->required();
  app.add_flag("-f,--file-headers", options.file_header, "Format, architecture, start address");
  app.add_flag("-p,--private-headers", options.private_headers,
               "What only this format has: signature, mini-disk, segments");
  app.add_flag("-h,--section-headers,--headers", options.section_headers, "Sections");
  app.add_flag("-t,--syms", options.symbols, "Symbols");
  app.add_flag("-r,--reloc", options.relocations,
               "Relocations; with -d or -D in the code where they apply");
  app.add_flag("-x,--all-headers", arguments.all_headers, "The same as -f -p -h -t -r");
  app.add_flag("-s,--full-contents", options.contents, "Bytes, in hexadecimal and as text");
  app.add_flag("-d,--disassemble", options.disassemble, "Code of sections that hold code");
  app.add_flag("-D,--disassemble-all", options.disassemble_all, "Every section as if it were code");
  app.add_flag("-S,--source", arguments.source,
               "The same as -d: source text is not interleaved (cmos-run's reports show it)");
  app.add_flag("-l,--line-numbers", arguments.ignored, "Accepted; source lines are not shown");
  app.add_flag("-w,--wide", arguments.ignored, "Accepted: lines are never broken");
  app.add_option("--disassemble-symbol", options.disassemble_symbols,
                 "Only the code of this symbol; --disassemble=SYMBOL is the same")
      ->type_name("SYMBOL")
      ->allow_extra_args(false);
  app.add_option("-j,--section", options.sections, "Only this section; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--start-address", arguments.start, "Nothing below this address")
      ->type_name("ADDRESS")
      ->check(is_address());
  app.add_option("--stop-address", arguments.stop, "Nothing from this address on")
      ->type_name("ADDRESS")
      ->check(is_address());
  app.add_flag("--special-syms", options.special_symbols,
               "With -t also those that tell code from data ($a, $t, $d, $x)");
  app.add_flag("-C,--demangle,!--no-demangle", options.demangle, "Show C++ names as declarations");
  app.add_option("-M,--disassembler-options", arguments.syntax,
                 "x86 syntax: intel, att; 8080: intel, zilog")
      ->type_name("SYNTAX")
      ->check(tools::one_of({"intel", "att", "zilog"}))
      ->capture_default_str();
  app.add_option("-m,--architecture", options.arch,
                 "Take code for this ARCH's (8080 for a file that may be _Z80 or 8080)")
      ->type_name("ARCH");
  app.add_flag("-z,--disassemble-zeroes", options.show_zeroes, "Do not shorten runs of zeros");
  app.add_flag("--no-show-raw-insn", options.no_raw_instructions,
               "Leave the bytes of instructions out");
  app.add_flag("--no-addresses", options.no_addresses, "Leave the addresses of instructions out");
  app.add_flag("--json", arguments.json, "Write JSON (docs/objdump.schema.json)");
}

/// --disassemble with and without a symbol are two options to the parser: an option with an
/// optional value would take the next file for it.
std::vector<std::string> split_disassemble(std::vector<std::string> words) {
  constexpr std::string_view kPrefix = "--disassemble=";
  for (std::string& word : words) {
    if (word.starts_with(kPrefix)) word = "--disassemble-symbol=" + word.substr(kPrefix.size());
  }
  return words;
}

bool asks_for_something(const inspect::ObjdumpOptions& options) {
  return options.file_header || options.private_headers || options.section_headers ||
         options.symbols || options.relocations || options.contents || options.wants_code();
}

void finish(Arguments& arguments) {
  inspect::ObjdumpOptions& options = arguments.options;
  if (arguments.source) options.disassemble = true;
  if (arguments.all_headers)
    options.file_header = options.private_headers = options.section_headers = options.symbols =
        options.relocations = true;
  if (!arguments.start.empty()) options.start_address = tools::parse_address(arguments.start);
  if (!arguments.stop.empty()) options.stop_address = tools::parse_address(arguments.stop);
  if (arguments.syntax == "att") options.syntax = disasm::Syntax::kAtt;
  if (arguments.syntax == "zilog") options.syntax = disasm::Syntax::kZilog;
}

class Dumper {
 public:
  Dumper(const Arguments& arguments, Output& output)
      : arguments_(arguments), options_(arguments.options), output_(output) {}

  void run() {
    const Visitor visitor{[this](const inspect::Input& input) {
                            if (!arguments_.json)
                              output_.text().print("In archive {}:\n", inspect::shown(input.file));
                          },
                          [this](const inspect::Part& part, const inspect::Description& image) {
                            const auto done = show(image);
                            if (!done) output_.complain(done.error());
                            // What one member lacks another may have.
                            if (part.archive.empty()) report_missing(image);
                          }};
    visit(arguments_.files, visitor, output_);
    if (arguments_.json) output_.text().put(inspect::json_document({{"files", std::move(files_)}}));
  }

 private:
  Result<void> show(const inspect::Description& image) {
    if (!arguments_.json) return inspect::print_objdump(image, options_, output_.text());
    CMOS_TRY(auto json, inspect::objdump_json(image, options_));
    files_.push_back(std::move(json));
    return {};
  }

  void report_missing(const inspect::Description& image) {
    for (const std::string& name : inspect::missing_sections(image, options_))
      lacks(image, "section", name);
    for (const std::string& name : inspect::missing_symbols(image, options_))
      lacks(image, "symbol", name);
  }

  void lacks(const inspect::Description& image, std::string_view what, const std::string& name) {
    output_.complain(Error{.code = ErrorCode::kNotFound,
                           .file = image.file,
                           .message = fmt::format("no {} '{}'", what, inspect::shown(name))});
  }

  const Arguments& arguments_;
  const inspect::ObjdumpOptions& options_;
  Output& output_;
  nlohmann::ordered_json files_ = nlohmann::ordered_json::array();
};

int run(const std::vector<std::string>& words) {
  CLI::App app("Shows what is in files: headers, sections, symbols, relocations, bytes, code.",
               "cmos-objdump");
  tools::set_up(app, "cmos-objdump", kFooter);
  app.set_help_flag("--help", "Print this help and exit");  // -h are the section headers
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, split_disassemble(words), tools::kToolUsage))
    return *status;
  finish(arguments);
  if (!asks_for_something(arguments.options)) {
    tools::complain(
        "nothing to show: choose from -f, -p, -h, -t, -r, -x, -s, -d, -D (see cmos-objdump "
        "--help)");
    return tools::kToolUsage;
  }
  Output output;
  Dumper(arguments, output).run();
  return output.finish();
}

}  // namespace
}  // namespace cmos::inspect

int main(int argc, char** argv) {
  return cmos::inspect::run({argv + 1, argv + argc});
}
