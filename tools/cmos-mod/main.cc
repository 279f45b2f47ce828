// cmos-mod: makes, checks, lists, joins and loads modules (docs/module-format.md).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tools/cmos-mod/commands.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace cmos::modtool {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  cmos-mod make --cpu z80 --stack 64:256 -o main.mod main.o\n"
    "  cmos-mod make --description hello.desc -o hello.mod\n"
    "  cmos-mod merge -o fat.mod z80.mod 68000.mod\n"
    "  cmos-mod load --cpu z80 fat.mod lib.mod            where everything goes\n"
    "cmos-mod COMMAND --help says more of one command. docs/module-format.md has the format.\n"
    "\n"
    "Exit status: 0 success, 1 failure, 2 wrong usage.";

class CommandLine {
 public:
  CommandLine() : app_("Makes, checks, lists, joins and loads modules.", "cmos-mod") {
    tools::set_up(app_, "cmos-mod", kFooter);
    app_.require_subcommand(1);
    add_make();
    files(command("list", "Show segments, imports and exports", list), "FILE");
    files(command("check", "Say what is wrong; silent when nothing is", check), "FILE");
    CLI::App* merged = command("merge", "Join modules for several CPUs into a fat one", merge);
    output(merged, true);
    files(merged, "FILE");
    add_split();
    CLI::App* stripped =
        command("strip", "Drop names and sections that loading does not need", strip);
    output(stripped, false, "The module to write (default: the input itself)");
    files(stripped, "FILE", 1);
    add_load();
  }

  int run(const std::vector<std::string>& words) {
    if (const auto status = tools::parse(app_, words, tools::kToolUsage)) return *status;
    const auto done = chosen_(arguments_);
    if (done) return 0;
    tools::complain(done.error());
    return tools::tool_status(done.error().code);
  }

 private:
  using Action = Result<void> (*)(const Arguments&);

  CLI::App* command(const std::string& name, const std::string& help, Action action) {
    CLI::App* sub = app_.add_subcommand(name, help);
    sub->callback([this, action] { chosen_ = action; });
    return sub;
  }
  void files(CLI::App* sub, const std::string& name, int most = 0) {
    auto* option = sub->add_option(name, arguments_.files, "")->type_name("")->required();
    if (most != 0) option->expected(1, most);
  }
  void output(CLI::App* sub, bool required, const std::string& help = "The module to write") {
    sub->add_option("-o,--output", arguments_.output, help)->type_name("FILE")->required(required);
  }
  void text(CLI::App* sub, const std::string& name, std::string& value, const std::string& type,
            const std::string& help) {
    sub->add_option(name, value, help)->type_name(type);
  }

  void add_make() {
    CLI::App* sub = command("make", "Make a module from objects", make);
    output(sub, true);
    text(sub, "--cpu", arguments_.cpu, "CPU",
         "8080, 6800, 6500, z80, 8086, 56000, 68000, or any (default)");
    sub->add_option("--stepping", arguments_.least_stepping, "The least stepping that will do")
        ->type_name("N")
        ->check(CLI::Range(0, 255));
    text(sub, "--model", arguments_.model, "NAME", "The CPU's model, as an option of the module");
    text(sub, "--platform", arguments_.platform, "NAME", "Its operating system or ABI: cpm, unix");
    text(sub, "--stack", arguments_.stack, "MIN[:WANTED]", "Bytes of stack");
    text(sub, "--heap", arguments_.heap, "MIN[:WANTED]", "Bytes of heap");
    sub->add_option("--import", arguments_.imports, "The type of a name that is not defined")
        ->type_name("NAME:TYPE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option("--export", arguments_.exports, "Export this name alone; repeat it")
        ->type_name("NAME[:TYPE]")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    text(sub, "--start", arguments_.start, "NAME",
         "Where the program begins (default: start, else _start)");
    sub->add_option("--overlay", arguments_.overlays, "An object whose code is an overlay")
        ->type_name("OBJECT")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_flag("--required", arguments_.required,
                  "A loader that cannot take a segment must refuse the module");
    text(sub, "--description", arguments_.description, "FILE",
         "What the module is made of, in a file (docs/module-format.md)");
    sub->add_option("OBJECT", arguments_.files, "")->type_name("");
    sub->footer("TYPE is byte, wyde, tetra, octa, string or procedure.");
  }

  void add_split() {
    CLI::App* sub = command("split", "Take a fat module apart", split);
    output(sub, true, "With --cpu the module to write, else what their names begin with");
    text(sub, "--cpu", arguments_.cpu, "CPU", "Only what is for this CPU");
    files(sub, "FILE", 1);
  }

  void add_load() {
    CLI::App* sub = command("load", "Place, link and relocate modules as a loader does", load);
    output(sub, false, "Write the memory from the first to the last byte that is loaded");
    sub->add_flag("--map", arguments_.map, "Say where everything went, also with -o");
    text(sub, "--cpu", arguments_.cpu, "CPU", "The CPU; needed for a fat module");
    sub->add_option("--stepping", arguments_.stepping, "The CPU's stepping (default: 255)")
        ->type_name("N")
        ->check(CLI::Range(0, 255));
    text(sub, "--base", arguments_.base, "ADDRESS", "Where to begin (default: 0x100)");
    text(sub, "--text", arguments_.text, "ADDRESS", "Where code goes, and so on");
    text(sub, "--rodata", arguments_.rodata, "ADDRESS", "");
    text(sub, "--data", arguments_.data, "ADDRESS", "");
    text(sub, "--bss", arguments_.bss, "ADDRESS", "");
    text(sub, "--overlay", arguments_.overlay, "ADDRESS", "");
    text(sub, "--stack-size", arguments_.stack_size, "BYTES", "Instead of what is requested");
    text(sub, "--heap-size", arguments_.heap_size, "BYTES", "");
    sub->add_option("--provide", arguments_.provided, "A name that the system provides")
        ->type_name("NAME=ADDRESS")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    files(sub, "FILE");
  }

  CLI::App app_;
  Arguments arguments_;
  Action chosen_ = nullptr;
};

}  // namespace
}  // namespace cmos::modtool

int main(int argc, char** argv) {
  return cmos::modtool::CommandLine().run({argv + 1, argv + argc});
}
