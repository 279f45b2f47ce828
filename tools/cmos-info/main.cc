// cmos-info: what is in a CPE, also in one that no loader takes.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/host_file.h"
#include "tools/cmos-info/info.h"
#include "tools/cmos-info/other.h"
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
  app.add_option(
         "FILE", arguments.files,
         "CPE files; files of COIL; Whitesmith's objects, programs and archives; sdcc's objects")
      ->type_name("")
      ->required();
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
  CLI::App app(
      "Shows what is in a CalamOS executable (CPE), and what is wrong with it; also in files of "
      "COIL, "
      "in Whitesmith's objects, programs and archives, and in sdcc's objects.",
      "cmos-info");
  tools::set_up(app, "cmos-info", kFooter);
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  if (arguments.entry_base == "section")
    arguments.options.read.entry_base = cpe::EntryBase::kSection;

  int status = 0;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::string out;
  for (const std::string& file : arguments.files) {
    auto bytes = read_host_file(file);
    if (!bytes) {
      tools::complain(bytes.error());
      status = 1;
      continue;
    }
    if (is_other_file(*bytes)) {
      Described one = describe_as_text(*bytes, file, arguments.options);
      if (one.has_errors) status = 1;
      if (arguments.json)
        list.push_back(describe_as_json(*bytes, file));
      else
        out += (out.empty() ? "" : "\n") + one.text;
      continue;
    }
    const Info info = collect(*bytes, file, arguments.options);
    if (info.has_errors()) status = 1;
    if (arguments.json)
      list.push_back(json_of(info, arguments.options));
    else
      out += (out.empty() ? "" : "\n") + text_of(info, arguments.options);
  }
  if (arguments.json) out = document_of(std::move(list));
  return tools::print(out) ? status : 1;
}

}  // namespace
}  // namespace cmos::info

int main(int argc, char** argv) {
  return cmos::info::run({argv + 1, argv + argc});
}
