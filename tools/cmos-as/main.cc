// cmos-as: CBT assembly in, CPO out; for small CPUs sdcc's language in, and the choice of a CPO,
// sdcc's object and a Whitesmith's.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "assembler/assembler.h"
#include "assembler/sdas.h"
#include "assembler/target.h"
#include "base/host_file.h"
#include "base/text.h"
#include "tools/cmos-as/heap.h"
#include "tools/cmos-as/small.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/sdk.h"

namespace cmos::as {
namespace {

struct Arguments {
  std::string input;
  std::string output;
  std::string format;
  std::string listing;
  std::string depfile;
  std::string depfile_target;
  bool depfile_beside = false;  ///< -MD: beside the output
  bool preprocess = false;
  bool no_verify = false;
  std::vector<std::string> read;  ///< every file, in the order of the source
  std::vector<std::string> defines;
  bool no_warnings = false;
  bool fatal_warnings = false;
  assembler::AssembleOptions options;
};

void declare(CLI::App& app, Arguments& arguments) {
  std::vector<std::string> archs;
  for (const assembler::Target& target : assembler::targets()) archs.emplace_back(target.arch);
  archs.insert(archs.end(), {"_Z80", "8080"});
  app.add_option("FILE", arguments.input, "The source; - reads standard input")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", arguments.output,
                 "The CPO to write (default: FILE with .cpo for its ending); - for standard output")
      ->type_name("CPO");
  app.add_option(
         "--arch", arguments.options.arch,
         "ARCH code (default: the source's .arch, else 8664); of _Z80 and 8080 the language "
         "is sdcc's")
      ->type_name("ARCH")
      ->check(tools::one_of(archs));
  app.add_option(
         "--oformat", arguments.format,
         "Of _Z80 and 8080: cpo (the default), rel, sdcc's object (that of an output whose name "
         "ends in .rel), or whitesmith")
      ->type_name("FORMAT")
      ->check(tools::one_of({"cpo", "rel", "whitesmith"}));
  app.add_option("-I,--include", arguments.options.include_folders,
                 "Look here, too, for what .include and 'from' name; repeatable")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  app.add_option("-D,--define", arguments.defines,
                 "Define a number, as .define does (NUMBER left out: 1); repeatable")
      ->type_name("NAME[=NUMBER]")
      ->allow_extra_args(false);
  app.add_option("--listing", arguments.listing,
                 "Write address, bytes and source of every line; - for standard output")
      ->type_name("FILE");
  app.add_flag("-E,--preprocess", arguments.preprocess,
               "Write the lines that are left of .include, conditions and macros, and stop");
  app.add_option("--depfile", arguments.depfile,
                 "Write a rule for make: which files the CPO depends on (also -MF)")
      ->type_name("FILE");
  app.add_flag("--depfile-beside", arguments.depfile_beside,
               "The same, into the CPO's name with .d for its ending (also -MD)");
  app.add_option("--depfile-target", arguments.depfile_target,
                 "What the rule makes (also -MT, -MQ; default: the CPO)")
      ->type_name("NAME");
  app.add_flag("--no-verify", arguments.no_verify,
               "Do not read the encoded instructions back and compare them with the source");
  app.add_flag("-g,--debug", arguments.options.debug_lines,
               "Keep which source line each instruction comes from, as DWARF");
  app.add_option(
         "--encoder", arguments.options.encoder,
         "Program that encodes instructions: an llvm-mc or clang (default: CMOS_ENCODER, "
         "else llvm-mc-14, llvm-mc, clang-14 or clang); of _Z80 and 8080 the assembler (sdasz80)")
      ->type_name("PROGRAM");
  app.add_flag("-w,--no-warnings", arguments.no_warnings, "Say nothing but errors");
  app.add_flag("--fatal-warnings", arguments.fatal_warnings,
               "A warning is a failure (also -Werror)");
}

/// What compilers call an option, in the words of this command's own.
std::vector<std::string> own_words(const std::vector<std::string>& words) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{
      {{"-MD", "--depfile-beside"},
       {"-MMD", "--depfile-beside"},
       {"-MF", "--depfile"},
       {"-MT", "--depfile-target"},
       {"-MQ", "--depfile-target"},
       {"-Werror", "--fatal-warnings"}}};
  std::vector<std::string> out;
  for (const std::string& word : words) {
    const auto found = std::find_if(kNames.begin(), kNames.end(),
                                    [&](const auto& one) { return one.first == word; });
    if (found != kNames.end()) {
      out.emplace_back(found->second);
    } else if (word.starts_with("-MF") || word.starts_with("-MT") || word.starts_with("-MQ")) {
      out.emplace_back(word[2] == 'F' ? "--depfile" : "--depfile-target");
      out.push_back(word.substr(3));
    } else {
      out.push_back(word);
    }
  }
  return out;
}

/// `dir/hello.asm` -> `dir/hello` and another ending.
std::string with_ending(const std::string& path, std::string_view ending) {
  const auto slash = path.rfind('/');
  const auto dot = path.rfind('.');
  const bool has_ending =
      dot != std::string::npos && dot != 0 && (slash == std::string::npos || dot > slash + 1);
  return (has_ending ? path.substr(0, dot) : path) + std::string(ending);
}

/// Standard input has no name to make one of.
Result<std::string> output_name(const std::string& input) {
  if (input == "-")
    return fail(ErrorCode::kUsage, "standard input has no name: say -o CPO (see cmos-as --help)");
  std::string name = with_ending(input, ".cpo");
  if (name == input)
    return fail(ErrorCode::kUsage, fmt::format("{} would be overwritten: say -o CPO", input));
  return name;
}

Result<void> finish(Arguments& arguments) {
  if (arguments.output.empty() && !arguments.preprocess) {
    CMOS_TRY(arguments.output, output_name(arguments.input));
  }
  if (arguments.preprocess && arguments.output.empty()) arguments.output = "-";
  if (arguments.depfile_beside && arguments.depfile.empty()) {
    if (arguments.output == "-")
      return fail(ErrorCode::kUsage, "standard output has no name: say --depfile FILE");
    arguments.depfile = with_ending(arguments.output, ".d");
  }
  if (arguments.output == "-" && arguments.listing == "-")
    return fail(ErrorCode::kUsage, "both the CPO and the listing would go to standard output");
  for (const std::string& define : arguments.defines) {
    const auto equals = define.find('=');
    arguments.options.defines.emplace_back(
        define.substr(0, equals), equals == std::string::npos ? "1" : define.substr(equals + 1));
  }
  if (auto includes = tools::sdk_folder("include"))
    arguments.options.include_folders.push_back(std::move(*includes));
  if (const char* encoder = std::getenv("CMOS_ENCODER");
      encoder != nullptr && arguments.options.encoder.empty())
    arguments.options.encoder = encoder;
  arguments.options.warnings = !arguments.no_warnings;
  arguments.options.listing = !arguments.listing.empty();
  arguments.options.verify = !arguments.no_verify;
  arguments.options.read_file = [&arguments](const std::string& path) {
    constexpr std::uint64_t kMost = 1u << 30;
    auto bytes = read_host_file(path, kMost);
    if (bytes) arguments.read.push_back(path);
    return bytes;
  };
  return {};
}

/// An output that is also an input would be lost.
Result<void> check_outputs(const Arguments& arguments) {
  std::vector<std::string> inputs = arguments.read;
  if (arguments.input != "-") inputs.push_back(arguments.input);
  for (const std::string& output : {arguments.output, arguments.listing, arguments.depfile}) {
    if (output.empty() || output == "-") continue;
    for (const std::string& input : inputs) {
      std::error_code none;
      if (output != input && !std::filesystem::equivalent(output, input, none)) continue;
      return fail(ErrorCode::kUsage,
                  fmt::format("{} is an input: it would be overwritten", output));
    }
  }
  return {};
}

/// What make and ninja read as one word.
std::string make_word(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    if (byte == ' ' || byte == '#' || byte == '\\') out += '\\';
    if (byte == '$') out += '$';
    out += byte;
  }
  return out;
}

/// A rule for make; each file that was read has an empty rule of its own, so that one that is
/// deleted does not stop the build.
std::string dependencies(const Arguments& arguments) {
  std::vector<std::string> files;
  const auto add = [&files](const std::string& path) {
    if (std::find(files.begin(), files.end(), path) == files.end()) files.push_back(path);
  };
  if (arguments.input != "-") add(arguments.input);
  for (const std::string& path : arguments.read) add(path);
  std::string text =
      make_word(arguments.depfile_target.empty() ? arguments.output : arguments.depfile_target) +
      ":";
  for (const std::string& path : files) text += " \\\n  " + make_word(path);
  text += '\n';
  for (const std::string& path : files) {
    if (path != arguments.input) text += "\n" + make_word(path) + ":\n";
  }
  return text;
}

/// False, with a message, when the host refused.
Result<bool> write_output(const std::string& path, Bytes bytes) {
  if (path == "-") return tools::print(as_text(bytes));
  CMOS_TRY_VOID(write_host_file(path, bytes));
  return true;
}

/// The exit status.
Result<int> assemble(const Arguments& arguments) {
  const bool from_stdin = arguments.input == "-";
  constexpr std::uint64_t kMost = 256u << 20;
  CMOS_TRY(const std::vector<std::uint8_t> bytes,
           read_host_file(from_stdin ? "/dev/stdin" : arguments.input, kMost));
  prepare_heap(bytes.size());
  const std::string name = from_stdin ? "<stdin>" : arguments.input;
  CMOS_TRY(const assembler::Output out,
           arguments.preprocess
               ? assembler::preprocess(name, std::string(as_text(bytes)), arguments.options)
               : assembler::assemble(name, std::string(as_text(bytes)), arguments.options));
  std::fwrite(out.messages.data(), 1, out.messages.size(), stderr);
  if (out.errors != 0 || (out.cpo.empty() && !arguments.preprocess)) {
    const bool all = out.errors < assembler::Reporter::kMost;
    tools::complain(fmt::format("{}: {}{} error{}", arguments.input, all ? "" : "at least ",
                                out.errors, out.errors == 1 ? "" : "s"));
    return 1;
  }
  if (arguments.fatal_warnings && !out.messages.empty()) {
    tools::complain(fmt::format("{}: warnings are failures (--fatal-warnings)", arguments.input));
    return 1;
  }
  CMOS_TRY_VOID(check_outputs(arguments));
  const Bytes main = arguments.preprocess ? as_bytes(out.text) : Bytes(out.cpo);
  CMOS_TRY(bool written, write_output(arguments.output, main));
  if (arguments.listing == "-") {
    written = tools::print(presentable_lines(out.listing)) && written;
  } else if (!arguments.listing.empty()) {
    CMOS_TRY_VOID(write_host_file(arguments.listing, as_bytes(out.listing)));
  }
  if (!arguments.depfile.empty())
    CMOS_TRY_VOID(write_host_file(arguments.depfile, as_bytes(dependencies(arguments))));
  return written ? 0 : 1;
}

/// sdcc's assembler does its work in its own way.
Result<int> assemble_by_sdcc(const Arguments& arguments, const CLI::App& app) {
  for (const char* const option : {"--define", "--preprocess", "--depfile", "--depfile-beside",
                                   "--depfile-target", "--no-verify", "--debug"}) {
    if (app.count(option) != 0)
      return fail(ErrorCode::kUsage,
                  fmt::format("{} has no meaning for --arch {}", option, arguments.options.arch));
  }
  return assemble_small({.input = arguments.input,
                         .output = arguments.output,
                         .format = arguments.format,
                         .listing = arguments.listing,
                         .fatal_warnings = arguments.fatal_warnings,
                         .options = arguments.options});
}

Result<int> assemble_by_cbt(Arguments& arguments) {
  if (!arguments.format.empty())
    return fail(ErrorCode::kUsage, "--oformat is for --arch _Z80 and 8080; others become CPOs");
  CMOS_TRY_VOID(finish(arguments));
  return assemble(arguments);
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Assembles CBT assembly into a CalamOS object (CPO).", "cmos-as");
  tools::set_up(app, "cmos-as",
                "Messages read FILE:LINE:COLUMN: error: ...; the language: docs/assembly.md.\n"
                "Exit status: 0 success, 1 the source has errors, 2 wrong usage.\n\n"
                "Example: cmos-as hello.asm && cmos-ld hello.cpo -lcmos -o hello.cpe");
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, own_words(words), tools::kToolUsage)) return *status;
  const Result<int> done = assembler::is_sdas_arch(arguments.options.arch)
                               ? assemble_by_sdcc(arguments, app)
                               : assemble_by_cbt(arguments);
  if (done) return *done;
  tools::complain(done.error());
  return tools::tool_status(done.error().code);
}

}  // namespace
}  // namespace cmos::as

int main(int argc, char** argv) {
  return cmos::as::run({argv + 1, argv + argc});
}
