// cmos-info: what is in a CPE, also in one that no loader takes.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/host_file.h"
#include "tools/cmos-info/info.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace cmos::info {
namespace {

struct Arguments {
  std::vector<std::string> files;
  bool json = false;
  std::string entry_base = "code";
  Options options;
};

constexpr const char* kFooter =
    "Examples:\n"
    "  cmos-info app.cpe                  everything but the single symbols\n"
    "  cmos-info --symbols app.cpe        with all symbols, by address\n"
    "  cmos-info --json *.cpe             one JSON document (docs/info.schema.json)\n"
    "\n"
    "Exit status: 0 every file is fine, 1 one has errors (with --strict: or warnings) or cannot "
    "be\n"
    "read, 2 wrong usage.";

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("FILE", arguments.files, "CPE files")->type_name("")->required();
  app.add_flag("--json", arguments.json, "Write JSON instead of text");
  app.add_flag("--symbols", arguments.options.all_symbols, "List all symbols, by address");
  app.add_flag("--strict", arguments.options.read.strict, "Take warnings for errors");
  app.add_option("--entry-base", arguments.entry_base,
                 "What the entry point offset counts from: code (the first machine code), section "
                 "(the start of CODE)")
      ->type_name("BASE")
      ->check(tools::one_of({"code", "section"}))
      ->capture_default_str();
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Shows what is in a CalamOS executable (CPE), and what is wrong with it.",
               "cmos-info");
  tools::set_up(app, "cmos-info", kFooter);
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  if (arguments.entry_base == "section")
    arguments.options.read.entry_base = cpe::EntryBase::kSection;

  int status = 0;
  std::vector<std::vector<std::uint8_t>> contents;  // what the descriptions borrow
  contents.reserve(arguments.files.size());
  std::vector<Info> described;
  for (const std::string& file : arguments.files) {
    auto bytes = read_host_file(file);
    if (!bytes) {
      tools::complain(bytes.error().text());
      status = 1;
      continue;
    }
    contents.push_back(std::move(*bytes));
    described.push_back(collect(contents.back(), file, arguments.options));
    if (described.back().has_errors()) status = 1;
  }
  std::string out;
  if (arguments.json) {
    out = json_of(described, arguments.options);
  } else {
    for (const Info& info : described) {
      if (!out.empty()) out += '\n';
      out += text_of(info, arguments.options);
    }
  }
  return tools::print(out) ? status : 1;
}

}  // namespace
}  // namespace cmos::info

int main(int argc, char** argv) {
  return cmos::info::run({argv + 1, argv + argc});
}
