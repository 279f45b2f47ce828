// cmos-wslink: links Whitesmith's objects as the original linker does, with its command line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/host_file.h"
#include "tools/cmos-wslink/flags.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace cmos::wslink {
namespace {

constexpr std::string_view kUsage =
    "Usage: cmos-wslink [FLAGS] FILE...\n\n"
    "  FILE        an object, or an archive of objects, which is searched once, in its place\n\n"
    "Flags; # is a number (0x100, 0400, 256). Several may share a word, as in -htr -tb0x100:\n";

int complain_about(const Errors& errors) {
  constexpr std::size_t kShown = 100;
  for (std::size_t i = 0; i < std::min(errors.size(), kShown); ++i) tools::complain(errors[i]);
  if (errors.size() > kShown)
    tools::complain(fmt::format("{} more errors", errors.size() - kShown));
  return tools::tool_status(errors.front().code);
}

void read_names(std::vector<std::string>& files) {
  for (std::string name; std::cin >> name;) files.push_back(name);
}

Result<void> write_output(const Command& command, const Linked& linked) {
  auto bytes = bytes_of(linked, command.header);
  if (!bytes) return fail(std::move(bytes).error().in_file(command.output));
  return write_host_file(command.output, *bytes);
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Links Whitesmith's objects as the original linker does, byte for byte.",
               "cmos-wslink");
  tools::set_up(app, "cmos-wslink",
                "Exit status: 0 success, 1 nothing was written (an undefined symbol, a wrong "
                "file), 2 wrong usage.\ncmos-ld links the same files with the words of ld.");
  tools::set_usage(app, std::string(kUsage) + flags_text());
  for (const std::string& word : words) {
    if (word != "--help" && word != "--version") continue;
    return tools::parse(app, {word}, tools::kToolUsage).value_or(0);
  }
  auto command = parse_command(words);
  if (command && command->read_names) read_names(command->options.files);
  if (command && command->options.files.empty())
    command = fail(ErrorCode::kUsage, "no objects to link");
  if (!command) {
    tools::complain(fmt::format("{} (see cmos-wslink --help)", command.error().text()));
    return tools::kToolUsage;
  }
  linker::HostFiles files;
  const auto linked = link(command->options, files);
  if (!linked) return complain_about(linked.error());
  const auto done = write_output(*command, *linked);
  return done ? 0 : complain_about({done.error()});
}

}  // namespace
}  // namespace cmos::wslink

int main(int argc, char** argv) {
  return cmos::wslink::run({argv + 1, argv + argc});
}
