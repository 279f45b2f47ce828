// cmos-ar: libraries of objects.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tools/cmos-ar/ar.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/response_files.h"

namespace cmos::ar {
namespace {

constexpr const char* kUsage =
    "Usage: cmos-ar [OPTIONS] [-]LETTERS [MEMBER] ARCHIVE [FILES or MEMBERS...]";

constexpr const char* kFooter =
    "Operations, one of:\n"
    "  r  put files in, in place of members of the same name     q  put files in at the end\n"
    "  d  delete members                                         m  move members to the end\n"
    "  t  list members                                           p  print their contents\n"
    "  x  extract members into files                             s  renew the index\n"
    "Modifiers:\n"
    "  c  do not say that the archive is created     v  say what is done; with t: all of each "
    "member\n"
    "  s  with an index (default)                    S  without one\n"
    "  D  no dates, owners and modes (default)       U  those of the files\n"
    "  u  r: only files newer than their member      o  x: with the member's date\n"
    "  a  after MEMBER                               b i  before MEMBER\n"
    "  P l  accepted: members never have folders in their names\n"
    "@FILE stands for the words in FILE. cmos-ar -M runs the MRI script that standard input "
    "holds.\n"
    "Members may be CPO and ELF objects, whose symbols go into the index, and any other file.\n"
    "\n"
    "Examples:\n"
    "  cmos-ar rcs libfoo.a a.cpo b.o\n"
    "  cmos-ar tv libfoo.a\n"
    "  cmos-ar x libfoo.a b.o --output out\n"
    "\n"
    "Exit status: 0 success, 1 failure (the archive is as it was) or no such member, 2 wrong "
    "usage.";

struct Words {
  std::string letters;
  std::vector<std::string> rest;
};

/// As ar takes them: the first word are the letters, with or without '-', and more words of letters
/// may follow while they begin with '-'.
Words split(const std::vector<std::string>& words) {
  Words out;
  std::size_t at = 0;
  bool dashed = true;
  for (; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word.starts_with("--") || word == "-h") {
      out.rest.push_back(word);
      if (word == "--output" && at + 1 < words.size()) out.rest.push_back(words[++at]);
      if (word == "--") break;
      continue;
    }
    const bool dash = word.size() > 1 && word[0] == '-';
    if (!dash && !out.letters.empty()) break;
    out.letters += dash ? word.substr(1) : word;
    dashed = dash;
    if (!dashed) {
      ++at;
      break;
    }
  }
  out.rest.insert(out.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return out;
}

Result<Command> command_of(const std::string& letters, std::vector<std::string> files) {
  CMOS_TRY(Command command, parse_letters(letters));
  if (wants_position(letters)) {
    if (files.empty()) return fail(ErrorCode::kUsage, "a, b and i need a member's name");
    command.position = files.front();
    files.erase(files.begin());
  }
  if (files.empty()) return fail(ErrorCode::kUsage, "no archive given");
  command.archive = files.front();
  command.names.assign(files.begin() + 1, files.end());
  return command;
}

int run(const std::vector<std::string>& given) {
  CLI::App app("Makes, changes, lists and extracts libraries of objects (ar archives).", "cmos-ar");
  tools::set_up(app, "cmos-ar", kFooter);
  tools::set_usage(app, kUsage);
  std::vector<std::string> files;
  bool json = false;
  std::string output_folder;
  app.add_option("FILES", files, "The archive; files or members")->type_name("");
  app.add_flag("--json", json, "t: write JSON (docs/ar.schema.json)");
  app.add_option("--output", output_folder, "x: put the files there")->type_name("FOLDER");
  const auto words = tools::with_response_files(given);
  if (!words) {
    tools::complain(words.error());
    return tools::tool_status(words.error().code);
  }
  if (*words == std::vector<std::string>{"-M"}) {
    inspect::Output output;
    if (const auto done = run_script(output); !done) output.complain(done.error());
    return output.finish();
  }
  const Words split_words = split(*words);
  if (const auto status = tools::parse(app, split_words.rest, tools::kToolUsage)) return *status;
  auto command = command_of(split_words.letters, std::move(files));
  if (command && json && command->operation != Operation::kList)
    command = fail(ErrorCode::kUsage, "--json goes with t only");
  if (!command) {
    tools::complain(fmt::format("{} (see cmos-ar --help)", command.error().text()));
    return tools::kToolUsage;
  }
  command->json = json;
  command->output_folder = output_folder;
  inspect::Output output;
  const bool reads = command->operation == Operation::kList ||
                     command->operation == Operation::kPrint ||
                     command->operation == Operation::kExtract;
  const auto done = reads ? read(*command, output) : modify(*command, output);
  if (!done) output.complain(done.error());
  return output.finish();
}

}  // namespace
}  // namespace cmos::ar

int main(int argc, char** argv) {
  return cmos::ar::run({argv + 1, argv + argc});
}
