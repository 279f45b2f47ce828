// cmos-validate: what is wrong with files, for people and for CI.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/host_file.h"
#include "inspect/json.h"
#include "inspect/validate.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/inspect/inputs.h"

namespace cmos::inspect {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  cmos-validate build/*.cpe          one line for each finding\n"
    "  cmos-validate -q --strict lib.a    only the exit status\n"
    "  cmos-validate --list-rules\n"
    "\n"
    "Exit status: 0 no errors (with --strict: and no warnings), 1 errors, or a file cannot be "
    "read,\n"
    "2 wrong usage.";

struct Arguments {
  std::vector<std::string> files;
  bool strict = false;
  bool json = false;
  bool quiet = false;
  bool list_rules = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  auto* files = app.add_option("FILE", arguments.files, "CPE, CPO, ELF, Whitesmith's and ar files")
                    ->type_name("");
  app.add_flag("--strict", arguments.strict, "Take warnings for errors");
  app.add_flag("-q,--quiet", arguments.quiet, "Print nothing but the files that cannot be read");
  app.add_flag("--list-rules", arguments.list_rules, "Print all rules and exit")->excludes(files);
  app.add_flag("--json", arguments.json, "Write JSON (docs/validate.schema.json)");
}

int list_rules(bool json) {
  if (json) return tools::print(inspect::json_document({{"rules", inspect::rules_json()}})) ? 0 : 1;
  std::string out;
  for (const inspect::RuleRow& row : inspect::rule_table())
    out += fmt::format("{:<8} {:<8} {:<26} {:<24} {}\n", row.format,
                       inspect::severity_name(row.rule.severity), row.rule.name, row.rule.section,
                       row.meaning);
  return tools::print(out) ? 0 : 1;
}

std::string count(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

void print(const inspect::Report& report, inspect::Text& out) {
  for (const Finding& one : report.findings) out.print("{}\n", inspect::finding_text(one));
  if (report.findings.empty()) {
    out.print("{}: {}, no findings\n", inspect::shown(report.file), report.format);
    return;
  }
  out.print("{}: {}{}, {}, {}\n", inspect::shown(report.file),
            report.format.empty() ? "" : fmt::format("{}, ", report.format),
            count(report.count(Severity::kError), "error"),
            count(report.count(Severity::kWarning), "warning"),
            count(report.count(Severity::kHint), "note"));
}

int validate_all(const Arguments& arguments) {
  Output output;
  bool errors = false;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::string& file : arguments.files) {
    const auto bytes = read_host_file(file);
    if (!bytes) {
      output.complain(bytes.error());
      continue;
    }
    const inspect::Report report = inspect::validate(*bytes, file, arguments.strict);
    errors |= report.count(Severity::kError) != 0;
    if (arguments.json) {
      list.push_back(inspect::report_json(report));
    } else if (!arguments.quiet) {
      print(report, output.text());
    }
  }
  if (arguments.json && !arguments.quiet)
    output.text().put(inspect::json_document({{"files", std::move(list)}}));
  return output.finish() != 0 || errors ? 1 : 0;
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Checks files against the specification, and says which rule each finding breaks.",
               "cmos-validate");
  tools::set_up(app, "cmos-validate", kFooter);
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  if (arguments.list_rules) return list_rules(arguments.json);
  if (arguments.files.empty()) {
    tools::complain("no file given (see cmos-validate --help)");
    return tools::kToolUsage;
  }
  return validate_all(arguments);
}

}  // namespace
}  // namespace cmos::inspect

int main(int argc, char** argv) {
  return cmos::inspect::run({argv + 1, argv + argc});
}
