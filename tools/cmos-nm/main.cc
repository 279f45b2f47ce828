// cmos-nm: the symbols of files.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "inspect/json.h"
#include "inspect/nm.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/inspect/inputs.h"

namespace cmos::inspect {
namespace {

constexpr const char* kFooter =
    "Letters: T code, D data, B zero-filled, R read-only, C common, A absolute, U undefined, W V "
    "weak,\n"
    "i indirect function, u unique, N debugging, n other; small ones are local (w v: weak, "
    "undefined).\n"
    "\n"
    "Examples:\n"
    "  cmos-nm -n app.cpe                 by address\n"
    "  cmos-nm -u lib.a                   what each member needs\n"
    "  cmos-nm -S --size-sort -r main.o   the largest first\n"
    "\n"
    "Exit status: 0 every file was read, 1 one was not, 2 wrong usage.";

struct Arguments {
  std::vector<std::string> files;
  std::string format = "bsd";
  bool numeric = false;
  bool by_size = false;
  bool unsorted = false;
  bool posix = false;
  bool just_names = false;
  bool bsd = false;
  bool dynamic = false;
  bool lines = false;
  std::string radix = "x";
  bool print_index = false;
  bool json = false;
  inspect::NmOptions options;
};

void declare(CLI::App& app, Arguments& arguments) {
  inspect::NmOptions& options = arguments.options;
  app.add_option("FILE", arguments.files, "CPE, CPO, ELF, Whitesmith's and ar files")
      ->type_name("")
      ->required();
  app.add_flag("-n,-v,--numeric-sort", arguments.numeric, "Sort by address instead of by name");
  app.add_flag("--size-sort", arguments.by_size, "Sort by size, and leave out symbols without one");
  app.add_flag("-p,--no-sort", arguments.unsorted, "Leave them in the file's order");
  app.add_flag("-r,--reverse-sort", options.reverse, "Sort the other way round");
  app.add_flag("-S,--print-size", options.print_size, "Print sizes, too");
  auto* undefined =
      app.add_flag("-u,--undefined-only", options.undefined_only, "Only undefined symbols");
  app.add_flag("-U,--defined-only", options.defined_only, "Only defined symbols")
      ->excludes(undefined);
  app.add_flag("-g,--extern-only", options.external_only, "Only global and weak symbols");
  app.add_flag("-a,--debug-syms", options.all, "Also symbols of sections and source files");
  app.add_flag("--special-syms", options.special_symbols,
               "Also those that tell code from data ($a, $t, $d, $x)");
  app.add_flag("-A,-o,--print-file-name", options.print_file_name,
               "Print the file's name in front of every symbol");
  app.add_flag("-s,--print-armap", arguments.print_index, "Print the index of archives, too");
  app.add_flag("-C,--demangle,!--no-demangle", options.demangle, "Show C++ names as declarations");
  app.add_flag("-P,--portability", arguments.posix, "The same as --format=posix");
  app.add_flag("-B", arguments.bsd, "The same as --format=bsd");
  app.add_flag("-D,--dynamic", arguments.dynamic,
               "Symbols for a dynamic linker: CalamOS has none, and its files no such symbols");
  app.add_option("-t,--radix", arguments.radix, "Values and sizes in base d (10), o (8), x (16)")
      ->type_name("RADIX")
      ->check(tools::one_of({"d", "o", "x"}));
  app.add_flag("-l,--line-numbers", arguments.lines,
               "Accepted, as by nm: source lines are not shown (cmos-run's reports have them)");
  app.add_flag("-j", arguments.just_names, "The same as --format=just-symbols");
  app.add_option("-f,--format", arguments.format, "bsd, posix, sysv, just-symbols")
      ->type_name("FORMAT")
      ->check(tools::one_of({"bsd", "posix", "sysv", "just-symbols"}))
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "Write JSON (docs/nm.schema.json)");
}

void finish(Arguments& arguments) {
  using inspect::NmFormat;
  using inspect::NmSort;
  inspect::NmOptions& options = arguments.options;
  if (arguments.by_size) options.sort = NmSort::kSize;
  if (arguments.numeric) options.sort = NmSort::kAddress;
  if (arguments.unsorted) options.sort = NmSort::kNone;
  if (arguments.bsd) arguments.format = "bsd";
  options.radix = arguments.radix == "d"   ? inspect::NmRadix::kDecimal
                  : arguments.radix == "o" ? inspect::NmRadix::kOctal
                                           : inspect::NmRadix::kHexadecimal;
  options.dynamic = arguments.dynamic;
  if (arguments.format == "posix" || arguments.posix) options.format = NmFormat::kPosix;
  if (arguments.format == "sysv") options.format = NmFormat::kSysv;
  if (arguments.format == "just-symbols" || arguments.just_names)
    options.format = NmFormat::kJustNames;
}

class Lister {
 public:
  Lister(const Arguments& arguments, Output& output) : arguments_(arguments), output_(output) {}

  void run() {
    const Visitor visitor{[this](const inspect::Input& input) { archive(input); },
                          [this](const inspect::Part& part, const inspect::Description& image) {
                            list(part, image);
                          }};
    visit(arguments_.files, visitor, output_);
    if (!arguments_.json) return;
    nlohmann::ordered_json document = {{"files", std::move(files_)}};
    if (arguments_.print_index) document["archives"] = std::move(archives_);
    output_.text().put(inspect::json_document(document));
  }

 private:
  void archive(const inspect::Input& input) {
    if (!arguments_.print_index) return;
    if (arguments_.json) {
      archives_.push_back(inspect::index_json(input.file, input.archive));
    } else {
      inspect::print_index(input.archive, output_.text());
    }
  }

  void list(const inspect::Part& part, const inspect::Description& image) {
    const auto symbols = inspect::select_symbols(image, arguments_.options);
    if (arguments_.json) {
      files_.push_back(inspect::nm_json(image, symbols, arguments_.options));
      return;
    }
    const bool heading = arguments_.files.size() > 1 || !part.archive.empty();
    inspect::print_nm(part, image, symbols, arguments_.options, heading, output_.text());
    if (!image.symbols.empty() && !arguments_.dynamic) return;
    output_.text().flush();
    tools::complain(fmt::format("{}: no symbols", image.file));
  }

  const Arguments& arguments_;
  Output& output_;
  nlohmann::ordered_json files_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json archives_ = nlohmann::ordered_json::array();
};

int run(const std::vector<std::string>& words) {
  CLI::App app("Lists the symbols of files.", "cmos-nm");
  tools::set_up(app, "cmos-nm", kFooter);
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  finish(arguments);
  Output output;
  Lister(arguments, output).run();
  return output.finish();
}

}  // namespace
}  // namespace cmos::inspect

int main(int argc, char** argv) {
  return cmos::inspect::run({argv + 1, argv + argc});
}
