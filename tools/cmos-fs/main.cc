// cmos-fs: looks after a root folder from the host's side.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "tools/cmos-fs/manager.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/near.h"
#include "vfs/setup.h"

namespace cmos::fs {
namespace {

constexpr const char* kFooter =
    "Examples (quote the paths: a shell takes the \\ away):\n"
    "  cmos-fs install hello.cpe                 then: cmos-run 'Cmos:\\sys_apps\\hello'\n"
    "  cmos-fs ls -l 'Cmos:\\sys_apps'\n"
    "  cmos-fs put notes.txt 'Cmos:\\data\\notes.txt'\n"
    "  cmos-fs md export hello hello.img         what its mini-disk holds\n"
    "  cmos-fs locks                             who uses which mini-disk\n"
    "cmos-fs COMMAND --help says more of one command.\n"
    "\n"
    "The root: --root, else CMOS_ROOT, else XDG_DATA_HOME/calamos, else ~/.local/share/calamos.\n"
    "Exit status: 0 success, 1 failure, 2 wrong usage.";

struct Arguments {
  std::optional<std::string> root;
  std::string first;
  std::string second;
  std::string name;
  bool flag = false;
};

using Action = std::function<Result<void>(Manager&, const Arguments&)>;

/// The command line, and what it says is to be done.
class CommandLine {
 public:
  CommandLine() : app_("Looks after a root folder: programs, files and mini-disks.", "cmos-fs") {
    tools::set_up(app_, "cmos-fs", kFooter);
    app_.add_option("--root", arguments_.root, "The root folder")->type_name("DIR");
    app_.fallthrough();
    app_.require_subcommand(1);
    add_program_commands();
    add_file_commands();
    add_minidisk_commands();
    command(app_, "root", "Print the root folder", {});
  }

  /// The exit status when there is nothing more to do.
  std::optional<int> parse(const std::vector<std::string>& words) {
    if (const auto status = check_command(words)) return status;
    return tools::parse(app_, words, tools::kToolUsage);
  }

  Result<void> run() const {
    CMOS_TRY(const std::string root,
             vfs::choose_root(arguments_.root, [](const char* name) { return std::getenv(name); }));
    if (!chosen_) return say(presentable(root) + "\n");
    CMOS_TRY(const auto manager, Manager::open(root));
    return chosen_(*manager, arguments_);
  }

 private:
  CLI::App* command(CLI::App& in, const std::string& name, const std::string& help, Action action) {
    CLI::App* sub = in.add_subcommand(name, help);
    sub->callback([this, action = std::move(action)] { chosen_ = action; });
    return sub;
  }
  void operand(CLI::App* sub, const std::string& name, std::string& value,
               const std::string& help) {
    sub->add_option(name, value, help)->type_name("")->required();
  }

  void add_program_commands() {
    CLI::App* install =
        command(app_, "install", "Put a program into Cmos:\\sys_apps",
                [](Manager& manager, const Arguments& arguments) {
                  return manager.install(arguments.first, arguments.name, arguments.flag);
                });
    operand(install, "FILE", arguments_.first, "The CPE; it is checked first");
    install->add_option("--name", arguments_.name, "The program's name (default: the file's)")
        ->type_name("NAME");
    install->add_flag("--force", arguments_.flag, "Replace an installed program of that name");
    install->footer("Prints where the program is. Its mini-disk stays when it is replaced.");

    CLI::App* remove = command(app_, "remove", "Remove an installed program",
                               [](Manager& manager, const Arguments& arguments) {
                                 return manager.uninstall(arguments.first, arguments.flag);
                               });
    operand(remove, "PROGRAM", arguments_.first, "Its name");
    remove->add_flag("--minidisk", arguments_.flag,
                     "Remove its mini-disk in Cmos:\\sys_apps, too; one with a backup name is an "
                     "ordinary file of Cmos:\\data");
  }

  void add_file_commands() {
    CLI::App* list =
        command(app_, "ls", "List a folder", [](Manager& manager, const Arguments& arguments) {
          return manager.list(arguments.first.empty() ? "Cmos:" : arguments.first, arguments.flag);
        });
    list->add_option("PATH", arguments_.first, "What to list (default: Cmos:\\)")->type_name("");
    list->add_flag("-l", arguments_.flag, "With kind, bytes and time of change (UTC)");

    CLI::App* cat = command(app_, "cat", "Write a file to standard output",
                            [](Manager& manager, const Arguments& arguments) {
                              return manager.print(arguments.first);
                            });
    operand(cat, "PATH", arguments_.first, "A file, program or mini-disk");

    CLI::App* put = command(app_, "put", "Copy a host file into the root",
                            [](Manager& manager, const Arguments& arguments) {
                              return manager.put(arguments.first, arguments.second);
                            });
    operand(put, "HOSTFILE", arguments_.first, "What to copy");
    operand(put, "PATH", arguments_.second, "The file to make or replace: 'Cmos:\\data\\x'");

    CLI::App* get = command(app_, "get", "Copy a file to the host",
                            [](Manager& manager, const Arguments& arguments) {
                              return manager.get(arguments.first, arguments.second);
                            });
    operand(get, "PATH", arguments_.first, "A file, program or mini-disk");
    operand(get, "HOSTFILE", arguments_.second, "The file to make or replace");

    CLI::App* make =
        command(app_, "mkdir", "Make a folder", [](Manager& manager, const Arguments& arguments) {
          return manager.make_folder(arguments.first);
        });
    operand(make, "PATH", arguments_.first, "The folder: 'Cmos:\\data\\x'");

    CLI::App* remove = command(app_, "rm", "Remove a file or an empty folder",
                               [](Manager& manager, const Arguments& arguments) {
                                 return manager.remove_file(arguments.first, arguments.flag);
                               });
    operand(remove, "PATH", arguments_.first, "What to remove");
    remove->add_flag("-r,--recursive", arguments_.flag, "A folder with all that it holds");
  }

  void add_minidisk_commands() {
    CLI::App* md = app_.add_subcommand("md", "Show or change a program's mini-disk");
    md->require_subcommand(1);
    md->footer("An export is what was flushed last. import and reset need the mini-disk's lock.");
    const std::string program_help = "The program's name";

    CLI::App* show = command(*md, "show", "Where it is, who uses it, and its bytes",
                             [](Manager& manager, const Arguments& arguments) {
                               return manager.show_minidisk(arguments.first);
                             });
    operand(show, "PROGRAM", arguments_.first, program_help);

    CLI::App* out = command(*md, "export", "Copy its bytes to a host file",
                            [](Manager& manager, const Arguments& arguments) {
                              return manager.export_minidisk(arguments.first, arguments.second);
                            });
    operand(out, "PROGRAM", arguments_.first, program_help);
    operand(out, "HOSTFILE", arguments_.second, "The file to make or replace");

    CLI::App* in = command(*md, "import", "Replace its bytes by a host file's, then zeros",
                           [](Manager& manager, const Arguments& arguments) {
                             return manager.import_minidisk(arguments.first, arguments.second);
                           });
    operand(in, "PROGRAM", arguments_.first, program_help);
    operand(in, "HOSTFILE", arguments_.second, "At most as long as the mini-disk");

    CLI::App* reset = command(*md, "reset", "Replace its bytes by zeros",
                              [](Manager& manager, const Arguments& arguments) {
                                return manager.reset_minidisk(arguments.first);
                              });
    operand(reset, "PROGRAM", arguments_.first, program_help);

    CLI::App* locks = command(app_, "locks", "Show which mini-disks are in use, and by whom",
                              [](Manager& manager, const Arguments& arguments) {
                                return manager.list_locks(arguments.flag);
                              });
    locks->add_flag("--all", arguments_.flag, "Those that are free, too");
  }

  static std::vector<std::string> command_names(const CLI::App& in) {
    std::vector<std::string> names;
    for (const CLI::App* sub : in.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(sub->get_name());
    return names;
  }

  static int complain_of_command(std::string_view what, const std::vector<std::string>& names) {
    tools::complain(fmt::format("{}; one of {} is expected (see cmos-fs --help)", what,
                                fmt::join(names, ", ")));
    return tools::kToolUsage;
  }

  /// CLI11 knows no near names for commands.
  std::optional<int> check_command(const std::vector<std::string>& words) const {
    const CLI::App* in = &app_;
    std::size_t at = tools::own_arguments(app_, words);
    for (; at < words.size() && !words[at].starts_with('-'); ++at) {
      const std::vector<std::string> names = command_names(*in);
      if (names.empty()) return std::nullopt;
      if (std::ranges::find(names, words[at]) == names.end()) {
        const auto near = tools::nearest(words[at], names);
        if (!near)
          return complain_of_command(fmt::format("unknown command '{}'", words[at]), names);
        tools::complain(fmt::format("unknown command '{}'; did you mean '{}'? (see cmos-fs --help)",
                                    words[at], *near));
        return tools::kToolUsage;
      }
      in = in->get_subcommand(words[at]);
    }
    const std::vector<std::string> names = command_names(*in);
    const bool asks = std::ranges::any_of(words, [](const std::string& word) {
      return word == "-h" || word == "--help" || word == "--version";
    });
    if (names.empty() || asks || at < words.size()) return std::nullopt;
    return complain_of_command("no command", names);
  }

  CLI::App app_;
  Arguments arguments_;
  Action chosen_;
};

int run(const std::vector<std::string>& words) {
  CommandLine line;
  if (const auto status = line.parse(words)) return *status;
  auto done = line.run();
  if (done) done = finish_output();
  if (done) return 0;
  tools::complain(done.error());
  return tools::tool_status(done.error().code);
}

}  // namespace
}  // namespace cmos::fs

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // the host's limit of a file's size is an error like others
  return cmos::fs::run({argv + 1, argv + argc});
}
