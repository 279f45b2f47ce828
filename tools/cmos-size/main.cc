// cmos-size: how much memory the parts of files need.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "inspect/json.h"
#include "inspect/size.h"
#include "tools/common/command_line.h"
#include "tools/common/exit_status.h"
#include "tools/inspect/inputs.h"

namespace cmos::inspect {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  cmos-size app.cpe lib.a            one line for each file and member\n"
    "  cmos-size -A -x app.cpe            section by section, in hexadecimal\n"
    "\n"
    "Exit status: 0 every file was read, 1 one was not, 2 wrong usage.";

struct Arguments {
  std::vector<std::string> files;
  std::string format = "berkeley";
  std::string radix = "10";
  bool sysv = false;
  bool berkeley = false;
  bool octal = false;
  bool decimal = false;
  bool hexadecimal = false;
  bool json = false;
  inspect::SizeOptions options;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("FILE", arguments.files, "CPE, CPO, ELF, Whitesmith's and ar files")
      ->type_name("")
      ->required();
  app.add_flag("-A", arguments.sysv, "The same as --format=sysv");
  app.add_flag("-B", arguments.berkeley, "The same as --format=berkeley");
  app.add_option("--format", arguments.format,
                 "berkeley: one line for each file; sysv: one for each section")
      ->type_name("FORMAT")
      ->check(tools::one_of({"berkeley", "sysv"}))
      ->capture_default_str();
  app.add_flag("-o", arguments.octal, "The same as --radix=8");
  app.add_flag("-d", arguments.decimal, "The same as --radix=10");
  app.add_flag("-x", arguments.hexadecimal, "The same as --radix=16");
  app.add_option("--radix", arguments.radix, "Base of the numbers: 8, 10, 16")
      ->type_name("BASE")
      ->check(tools::one_of({"8", "10", "16"}))
      ->capture_default_str();
  app.add_flag("-t,--totals", arguments.options.totals, "Add a line with the sums (berkeley)");
  app.add_flag("--common", arguments.options.common, "Count common symbols as zero-filled data");
  app.add_flag("--json", arguments.json, "Write JSON (docs/size.schema.json)");
}

void finish(Arguments& arguments) {
  arguments.options.sysv = arguments.sysv || (arguments.format == "sysv" && !arguments.berkeley);
  arguments.options.radix = arguments.hexadecimal || arguments.radix == "16"
                                ? inspect::Radix::kHexadecimal
                            : arguments.octal || arguments.radix == "8" ? inspect::Radix::kOctal
                                                                        : inspect::Radix::kDecimal;
  if (arguments.decimal) arguments.options.radix = inspect::Radix::kDecimal;
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Shows how many bytes of memory the parts of files need.", "cmos-size");
  tools::set_up(app, "cmos-size", kFooter);
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  finish(arguments);
  Output output;
  inspect::SizePrinter printer(arguments.options, output.text());
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  const Visitor visitor{{}, [&](const inspect::Part&, const inspect::Description& image) {
                          if (arguments.json) {
                            list.push_back(inspect::size_json(image, arguments.options));
                          } else {
                            printer.print(image);
                          }
                        }};
  visit(arguments.files, visitor, output);
  if (arguments.json) {
    output.text().put(inspect::json_document({{"files", std::move(list)}}));
  } else {
    printer.finish();
  }
  return output.finish();
}

}  // namespace
}  // namespace cmos::inspect

int main(int argc, char** argv) {
  return cmos::inspect::run({argv + 1, argv + argc});
}
