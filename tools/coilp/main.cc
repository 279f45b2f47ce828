// coilp: COIL to native code, which cmos-ld links.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <string>

#include "assembler/assembler.h"
#include "base/host_file.h"
#include "base/host_files.h"
#include "coil/lower.h"
#include "coil/native.h"
#include "formats/coil/object_file.h"
#include "formats/coil/registers.h"
#include "syscalls/table.h"
#include "tools/common/coil_debug.h"
#include "tools/common/coil_status.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::casm {
namespace {

struct Arguments {
  std::string input;
  std::string output;
  std::string optimization = "2";
  std::string targets;
  std::vector<std::string> features;
  std::vector<std::string> delayed;
  bool bytecode = false;
  bool assembly = false;
  bool debug = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("FILE", arguments.input, "A .coil, or a .coilo in which COIL waits")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", arguments.output,
                 "The file to write (default: FILE with .coilo, or with -S .s, for its ending)")
      ->type_name("COILO");
  app.add_option("-O,--optimize", arguments.optimization,
                 "0 every variable in memory, 1 to 3 in registers, s and z for size (default: 2)")
      ->type_name("LEVEL")
      ->check(tools::one_of({"0", "1", "2", "3", "s", "z"}));
  app.add_option("-t,--target", arguments.targets,
                 "cpu-x86-64 (default) or cpu-arm-64; several, separated by commas, write one file "
                 "each, with the target in front of its ending")
      ->type_name("TARGET[,TARGET]");
  app.add_option(
         "-f,--feature", arguments.features,
         "A feature of the CPU that the code may use (SSE4_2, POPCNT, CRC, ...); repeat it, "
         "or separate several by commas")
      ->type_name("FEATURE")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->envname("COIL_FEATURES");
  app.add_option("--delay", arguments.delayed,
                 "Keep the COIL of this section, for a later coilp to compile; repeat it")
      ->type_name("SECTION")
      ->allow_extra_args(false);
  app.add_flag("--cbc", arguments.bytecode, "Add what coil2cbc makes of FILE as a section");
  app.add_flag(
      "-g,--debug", arguments.debug,
      "Source lines for fault reports and debuggers, as far as FILE has debug information");
  app.add_flag("-S,--assembly", arguments.assembly, "Write assembly instead of a .coilo");
}

int complain(const Error& error, int status) {
  tools::complain(error);
  return status;
}

std::uint32_t call_number(std::string_view name) {
  for (const syscalls::Row& row : syscalls::table()) {
    if (row.name == name) return static_cast<std::uint32_t>(row.number);
  }
  return 0;
}

/// clang does everything; llc alone keeps variables in memory.
std::vector<std::vector<std::string>> commands(const NativeSource& source,
                                               const Arguments& arguments) {
  std::vector<std::vector<std::string>> out;
  for (const char* const program : {"clang-14", "clang"})
    out.push_back({program, "-target", source.triple, "-x", "ir", "-O" + arguments.optimization,
                   arguments.assembly ? "-S" : "-c", "-", "-o", "-", "-ffreestanding", "-fno-pic",
                   "-ffp-contract=off", "-ffunction-sections", "-Wno-override-module",
                   "-fno-color-diagnostics", "-fno-addrsig"});
  const std::string level =
      arguments.optimization == "s" || arguments.optimization == "z" ? "2" : arguments.optimization;
  for (const char* const program : {"llc-14", "llc"})
    out.push_back({program, "-mtriple=" + source.triple, "-O" + level,
                   arguments.assembly ? "-filetype=asm" : "-filetype=obj",
                   "-relocation-model=static", "-function-sections", "-o", "-"});
  return out;
}

Result<std::vector<std::uint8_t>> compile(Bytes coil, const Arguments& arguments,
                                          const NativeOptions& options) {
  CMOS_TRY(const NativeSource source, native_source(coil, arguments.input, options));
  constexpr std::chrono::milliseconds kPatience{60'000};
  CMOS_TRY(assembler::Encoded made, assembler::run_program(source.text, commands(source, arguments),
                                                           "clang-14, or llvm-14", kPatience));
  if (made.crash) return fail(std::move(*made.crash));
  if (made.elf.empty())
    return fail(Error{.code = ErrorCode::kInternal,
                      .file = arguments.input,
                      .message = "LLVM refuses what was made of it: " +
                                 made.messages.substr(0, made.messages.find('\n'))});
  if (arguments.assembly) return std::move(made.elf);
  return native_object(made.elf, coil, arguments.input, options);
}

Result<std::vector<coil::Triple>> targets(const std::string& text) {
  std::vector<coil::Triple> out;
  std::istringstream in(text);
  for (std::string name; std::getline(in, name, ',');) {
    const auto triple = coil::triple_named(name);
    const bool known =
        triple && (*triple == coil::Triple{1, 1, 3} || *triple == coil::Triple{1, 2, 2});
    if (!known)
      return fail(ErrorCode::kUsage,
                  fmt::format("target {}: expected cpu-x86-64 or cpu-arm-64", name));
    out.push_back(*triple);
  }
  if (out.empty()) return fail(ErrorCode::kUsage, "-t: no target");
  return out;
}

/// What LLVM calls a feature of the .target files.
std::string llvm_feature(std::string_view name) {
  if (name == "FP") return "fp-armv8";
  std::string out;
  for (const char c : name)
    out += c == '_' ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Those of a target among the features that are asked for; every one has to be some target's.
Result<std::vector<std::string>> features(const Arguments& arguments, const coil::Triple& target,
                                          const std::vector<coil::Triple>& all) {
  std::vector<std::string> out;
  for (const std::string& name : arguments.features) {
    auto has = [&](const coil::Triple& one) {
      const auto& list = coil::device_of(one).features;
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    if (has(target)) {
      out.push_back(llvm_feature(name));
    } else if (std::none_of(all.begin(), all.end(), has)) {
      return fail(
          Error{.code = ErrorCode::kUsage,
                .field = "-f",
                .found = name,
                .expected = fmt::format("a feature of {}: {}", coil::name_of(target),
                                        fmt::join(coil::device_of(target).features, ", "))});
    }
  }
  return out;
}

/// Without -t a .coilo says for which target it is.
std::string default_target(Bytes bytes) {
  constexpr coil::Triple kUsual{1, 1, 3};
  if (!coil::looks_like_coilo(bytes)) return coil::name_of(kUsual);
  const auto read = coil::read_object_file(bytes, "");
  return coil::name_of(read ? read->file.output.target.value_or(kUsual) : kUsual);
}

/// The bytecode that goes into the .coilo; none when it is not asked for.
Result<std::vector<std::uint8_t>> bytecode(Bytes bytes, const Arguments& arguments) {
  if (!arguments.bytecode) return {};
  if (coil::looks_like_coilo(bytes))
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = arguments.input,
                      .message = "--cbc: a .coilo has no longer all of what bytecode is made of"});
  return lower_to_cbc(bytes, arguments.input, {.debug = arguments.debug});
}

/// a.coilo for one target, a.cpu-arm-64.coilo for one of several.
std::string name_for(const std::string& output, const coil::Triple& target, bool several) {
  if (!several) return output;
  std::filesystem::path path(output);
  return path.replace_extension(coil::name_of(target) + path.extension().string()).string();
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Compiles a COIL object to native code (.coilo), which cmos-ld links.", "coilp");
  tools::set_up(app, "coilp",
                "clang-14 compiles what coilp makes of the file. Exit status: 0 success, 2 wrong "
                "usage,\n3 the file cannot be read, 4 or written, 5 it has errors, or what native "
                "code cannot do.\nWhat that is: docs/coil.md, 11.\n\n"
                "Example: coilp hello.coil && cmos-ld hello.coilo -o hello.cpe");
  app.set_version_flag("-v,--version", app.version(), "Print the version and exit");
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kCoilUsage)) return *status;
  if (!arguments.targets.empty()) {
    if (const auto known = targets(arguments.targets); !known)
      return complain(known.error(), tools::kCoilUsage);
  }
  const auto bytes = read_host_file(arguments.input);
  if (!bytes) return complain(bytes.error(), tools::coil_status(bytes.error().code));
  const auto wanted =
      targets(arguments.targets.empty() ? default_target(*bytes) : arguments.targets);
  if (!wanted) return complain(wanted.error(), tools::kCoilUsage);
  const std::string output = !arguments.output.empty()
                                 ? arguments.output
                                 : std::filesystem::path(arguments.input)
                                       .replace_extension(arguments.assembly ? ".s" : ".coilo")
                                       .string();
  const auto lowered = bytecode(*bytes, arguments);
  if (!lowered) return complain(lowered.error(), tools::coil_status(lowered.error().code));
  std::vector<std::vector<std::uint8_t>> made;
  std::vector<HostFile> files;
  for (const coil::Triple& target : *wanted) {
    auto known = features(arguments, target, *wanted);
    if (!known) return complain(known.error(), tools::kCoilUsage);
    const NativeOptions options{.target = target,
                                .features = std::move(*known),
                                .debug = arguments.debug,
                                .delayed = arguments.delayed,
                                .bytecode = *lowered,
                                .stdout_call = call_number("stdout"),
                                .exit_call = call_number("exit")};
    auto out = compile(*bytes, arguments, options);
    if (!out) return complain(out.error(), tools::coil_status(out.error().code));
    made.push_back(std::move(*out));
    files.push_back({name_for(output, target, wanted->size() > 1), {}});
    if (const auto kept = tools::keep_input(arguments.input, files.back().path, "-o COILO"); !kept)
      return complain(kept.error(), tools::kCoilUsage);
  }
  if (arguments.debug) tools::warn_without_debug(*bytes, arguments.input);
  for (std::size_t i = 0; i < files.size(); ++i) files[i].data = made[i];
  if (auto done = write_host_files(files); !done) return complain(done.error(), tools::kCoilOutput);
  return 0;
}

}  // namespace
}  // namespace cmos::casm

int main(int argc, char** argv) {
  return cmos::casm::run({argv + 1, argv + argc});
}
