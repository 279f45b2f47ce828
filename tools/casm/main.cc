// casm: CASM in, .coil out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>

#include "base/host_file.h"
#include "base/host_files.h"
#include "coil/assembler.h"
#include "tools/casm/settings.h"
#include "tools/common/coil_status.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::casm {
namespace {

struct Arguments {
  std::string input;
  std::string output;
  std::vector<std::string> defines;
  std::vector<std::string> include_folders;
  std::vector<std::string> warnings;
  std::string target;
  std::string endian = "little";
  std::string optimization;
  std::string debug_level;
  std::string batch;
  std::string listing;
  std::string extension;
  bool split_debug = false;
};

constexpr const char* kFooter =
    "Warnings: unused-label, undeclared, align; -W no-NAME turns one off, -W none all, -W error "
    "makes them "
    "failures.\n"
    "Environment: COIL_INCLUDE_PATH, COIL_TARGET, COIL_DEBUG_LEVEL, COIL_OPTIMIZATION, "
    "COIL_PROCESSOR_TYPE,\n"
    "COIL_FEATURES, COIL_OPTIONS; settings also in .coilconfig here, at home, or in "
    "/etc/coil/config.\n"
    "Exit status: 0 success, 2 wrong usage, 3 a file cannot be read, 4 or written,\n"
    "5 the source has errors. The language: docs/coil.md.\n\n"
    "Example: casm hello.casm -o hello.coil";

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("FILE", arguments.input, "The source; - reads standard input")->type_name("");
  app.add_option("-o,--output", arguments.output,
                 "The file to write (default: FILE with .coil for its ending)")
      ->type_name("COIL");
  app.add_option("-I,--include", arguments.include_folders,
                 "Look here, too, for what INCLUDE names; repeatable")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  app.add_option("-D,--define", arguments.defines,
                 "Define a number for IF (NUMBER left out: 1); repeatable")
      ->type_name("NAME[=NUMBER]")
      ->allow_extra_args(false);
  app.add_option("-g,--debug", arguments.debug_level,
                 "Debug information: 0 none, 1 lines and functions, 2 and 3 variables, scopes and "
                 "types, too")
      ->type_name("[LEVEL]")
      ->expected(0, 1)
      ->default_str("2")
      ->check(tools::one_of({"0", "1", "2", "3"}));
  app.add_flag("--split-debug", arguments.split_debug,
               "Write debug information beside the output, with the ending .coild");
  app.add_option("-W,--warn", arguments.warnings, "Warnings; see below")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("-t,--target", arguments.target,
                 "What holds until the source says PROC and ARCH: cpu-x86-64, cpu-arm-64, 0x010103")
      ->type_name("TARGET");
  app.add_option("--endian", arguments.endian, "Byte order of the file: little, big")
      ->type_name("ORDER")
      ->check(tools::one_of({"little", "big"}));
  app.add_option("-O,--optimize", arguments.optimization,
                 "0 to 3, s or z: accepted for later tools; casm encodes what is written")
      ->type_name("LEVEL")
      ->check(tools::one_of({"0", "1", "2", "3", "s", "z"}));
  app.add_option("-b,--batch", arguments.batch,
                 "Run once for each line of this file, which is a command line without 'casm'; # "
                 "begins a comment, quotes keep a word together")
      ->type_name("FILE");
  app.add_option("--listing", arguments.listing,
                 "Write offset, bytes and source of every line; - for standard output")
      ->type_name("FILE");
  app.add_option("--load-extension", arguments.extension, "Refused: there are no extensions")
      ->type_name("FILE");
}

std::string with_ending(const std::string& path, std::string_view ending) {
  const auto slash = path.rfind('/');
  const auto dot = path.rfind('.');
  const bool has_ending =
      dot != std::string::npos && dot != 0 && (slash == std::string::npos || dot > slash + 1);
  return (has_ending ? path.substr(0, dot) : path) + std::string(ending);
}

/// -W NAME, no-NAME, none, error.
Result<void> set_warnings(const std::vector<std::string>& names, Options& options) {
  for (const std::string& name : names) {
    if (name == "none") {
      options.warnings = false;
    } else if (name == "error") {
      options.fatal_warnings = true;
    } else if (name == "all") {
      options.quiet.clear();
    } else {
      const bool off = name.starts_with("no-");
      const std::string_view plain = std::string_view(name).substr(off ? 3 : 0);
      bool known = false;
      for (const Warning& one : warnings()) known |= one.name == plain;
      if (!known)
        return fail(ErrorCode::kUsage, fmt::format("-W {}: there is no such warning", name));
      if (off)
        options.quiet.emplace(plain);
      else
        options.quiet.erase(std::string(plain));
    }
  }
  return {};
}

Result<void> set_defines(const std::vector<std::string>& defines, Options& options) {
  for (const std::string& define : defines) {
    const auto equals = define.find('=');
    std::uint64_t value = 1;
    if (equals != std::string::npos) {
      const auto number = number_setting(define.substr(equals + 1));
      if (!number)
        return fail(ErrorCode::kUsage, fmt::format("-D {}: the value is no number", define));
      value = *number;
    }
    options.defines.emplace_back(define.substr(0, equals), value);
  }
  return {};
}

Result<Options> options_of(const CLI::App& app, const Arguments& arguments) {
  CMOS_TRY(const Settings settings, read_settings());
  Options out;
  out.include_folders = arguments.include_folders;
  out.include_folders.insert(out.include_folders.end(), settings.include_folders.begin(),
                             settings.include_folders.end());
  CMOS_TRY_VOID(set_defines(arguments.defines, out));
  CMOS_TRY_VOID(set_warnings(arguments.warnings, out));
  const std::string target = arguments.target.empty() ? settings.target : arguments.target;
  if (!target.empty()) {
    out.target = coil::triple_named(target);
    if (!out.target)
      return fail(ErrorCode::kUsage,
                  fmt::format("target {}: expected cpu-x86-64, cpu-arm-64 or a number like "
                              "0x010103",
                              target));
  } else if (settings.processor) {
    out.target = coil::Triple{*settings.processor, 0, 0};
  }
  const std::string level = app.count("--debug") == 0       ? settings.debug_level
                            : arguments.debug_level.empty() ? "2"
                                                            : arguments.debug_level;
  out.debug = (!level.empty() && level != "0") || arguments.split_debug;
  out.debug_variables = level != "1";
  out.order = arguments.endian == "big" ? ByteOrder::kBig : ByteOrder::kLittle;
  out.listing = !arguments.listing.empty();
  out.read_file = [](const std::string& path) {
    constexpr std::uint64_t kMost = 256u << 20;
    return read_host_file(path, kMost);
  };
  return out;
}

int complain(const Error& error, int status) {
  tools::complain(error);
  return status;
}

int write(const Arguments& arguments, const std::string& output, const Output& out) {
  Bytes coil = out.coil;
  SplitDebug split;
  std::vector<HostFile> files;
  if (arguments.split_debug) {
    auto parts = split_debug(out.coil, output);
    if (!parts) return complain(parts.error(), tools::kCoilProcessing);
    split = std::move(*parts);
    coil = split.coil;
    files.push_back({with_ending(output, ".coild"), split.coild});
  }
  files.push_back({output, coil});
  const bool to_output = arguments.listing == "-";
  if (!arguments.listing.empty() && !to_output)
    files.push_back({arguments.listing, as_bytes(out.listing)});
  if (auto done = write_host_files(files); !done) return complain(done.error(), tools::kCoilOutput);
  return !to_output || tools::print(out.listing) ? 0 : tools::kCoilOutput;
}

/// Whether both names lead to one file, through links and other spellings, too.
bool same_file(const std::string& one, const std::string& other) {
  std::error_code absent;
  return one == other || std::filesystem::equivalent(one, other, absent);
}

/// What would be written over the source, if anything.
std::optional<std::string> overwrites_source(const Arguments& arguments,
                                             const std::string& output) {
  std::vector<std::string> written = {output};
  if (arguments.split_debug) written.push_back(with_ending(output, ".coild"));
  if (!arguments.listing.empty() && arguments.listing != "-") written.push_back(arguments.listing);
  for (const std::string& one : written) {
    if (same_file(one, arguments.input)) return one;
  }
  return std::nullopt;
}

int assemble_one(const CLI::App& app, const Arguments& arguments) {
  if (!arguments.extension.empty())
    return complain({.code = ErrorCode::kUsage, .message = "there are no extensions to load"},
                    tools::kCoilUsage);
  const bool from_stdin = arguments.input == "-";
  if (arguments.input.empty() || (from_stdin && arguments.output.empty()))
    return complain(
        {.code = ErrorCode::kUsage,
         .message = arguments.input.empty() ? "no file given (see casm --help)"
                                            : "standard input has no name: say -o COIL"},
        tools::kCoilUsage);
  const std::string output =
      arguments.output.empty() ? with_ending(arguments.input, ".coil") : arguments.output;
  if (const auto lost = overwrites_source(arguments, output))
    return complain({.code = ErrorCode::kUsage,
                     .message = fmt::format("{} is the source and would be overwritten: give "
                                            "-o and --listing other names",
                                            *lost)},
                    tools::kCoilUsage);
  const auto options = options_of(app, arguments);
  if (!options) return complain(options.error(), tools::kCoilUsage);
  constexpr std::uint64_t kMost = 256u << 20;
  const auto bytes = read_host_file(from_stdin ? "/dev/stdin" : arguments.input, kMost);
  if (!bytes) return complain(bytes.error(), tools::coil_status(bytes.error().code));
  const Output out = assemble(from_stdin ? "<stdin>" : arguments.input,
                              std::string(as_text(Bytes(*bytes))), *options);
  std::fwrite(out.messages.data(), 1, out.messages.size(), stderr);
  if (out.coil.empty()) {
    const std::string what = out.errors != 0
                                 ? fmt::format("{} error{}", out.errors, out.errors == 1 ? "" : "s")
                                 : "warnings are failures (-W error)";
    tools::complain(fmt::format("{}: {}", arguments.input, what));
    return tools::kCoilProcessing;
  }
  return write(arguments, output, out);
}

int run(std::vector<std::string> words, bool from_batch);

/// One command line per line; blank lines and those that begin with # do not count. The first
/// status that is not 0 is the batch's, and all lines are run.
int run_batch(const std::string& file) {
  const auto bytes = read_host_file(file);
  if (!bytes) return complain(bytes.error(), tools::coil_status(bytes.error().code));
  std::istringstream lines{std::string(as_text(Bytes(*bytes)))};
  std::string line;
  unsigned number = 0;
  int status = 0;
  while (std::getline(lines, line)) {
    ++number;
    auto words = split_words(line);
    if (words && (words->empty() || (*words)[0].starts_with('#'))) continue;
    const int one = words
                        ? run(std::move(*words), true)
                        : complain(Error(words.error()).in_file(fmt::format("{}:{}", file, number)),
                                   tools::kCoilUsage);
    if (status == 0) status = one;
  }
  return status;
}

int run(std::vector<std::string> words, bool from_batch) {
  CLI::App app("Assembles CASM into a COIL object (.coil).", "casm");
  tools::set_up(app, "casm", kFooter);
  app.set_version_flag("-v,--version", app.version(), "Print the version and exit");
  Arguments arguments;
  declare(app, arguments);
  if (const char* more = std::getenv("COIL_OPTIONS"); more != nullptr && !from_batch) {
    const auto extra = split_words(more);
    if (!extra) return complain(extra.error(), tools::kCoilUsage);
    words.insert(words.begin(), extra->begin(), extra->end());
  }
  for (std::string& word : words) {
    // The level is part of the word, so that `-g FILE` means -g and FILE.
    if (word == "-g" || word == "--debug") word = "--debug=2";
    if (word.size() == 3 && word.starts_with("-g")) word = "--debug=" + word.substr(2);
  }
  if (const auto status = tools::parse(app, words, tools::kCoilUsage)) return *status;
  if (!arguments.batch.empty() && from_batch)
    return complain({.code = ErrorCode::kUsage, .message = "a batch file cannot have -b"},
                    tools::kCoilUsage);
  if (!arguments.batch.empty() && !arguments.input.empty())
    return complain(
        {.code = ErrorCode::kUsage, .message = "-b says what to assemble: give no FILE beside it"},
        tools::kCoilUsage);
  return arguments.batch.empty() ? assemble_one(app, arguments) : run_batch(arguments.batch);
}

}  // namespace
}  // namespace cmos::casm

int main(int argc, char** argv) {
  return cmos::casm::run({argv + 1, argv + argc}, false);
}
