// coildis: COIL's files as CASM.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "base/host_file.h"
#include "coil/disassembler.h"
#include "tools/common/coil_status.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::casm {
namespace {

struct Arguments {
  std::string input;
  std::string output = "-";
  std::string format;
  std::string debug_file;
  DisassembleOptions options;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("FILE", arguments.input, "A .coil, .coilo or .cbc")->type_name("")->required();
  app.add_option("-o,--output", arguments.output, "The text (default: standard output)")
      ->type_name("CASM");
  app.add_flag("-a,--addresses", arguments.options.addresses, "Section offsets, as comments");
  app.add_flag("-r,--raw", arguments.options.raw, "The bytes, as comments");
  app.add_flag("-s,--symbols", arguments.options.symbols, "The symbol table, as comments");
  app.add_flag("-c,--comments", arguments.options.comments,
               "Source lines, as comments, when the file has debug information");
  app.add_option(
         "--debug-file", arguments.debug_file,
         "The .coild with the source lines (default: FILE with the ending .coild, when there "
         "is one and it was made of FILE)")
      ->type_name("COILD");
  app.add_option("-f,--format", arguments.format, "Refuse a file of another format")
      ->type_name("FORMAT")
      ->check(tools::one_of({"coil", "coilo", "cbc"}));
}

int complain(const Error& error, int status) {
  tools::complain(error);
  return status;
}

/// What was split off the object: the file that was named, which must belong to it, or the one
/// beside the object, if it does.
Result<std::optional<coil::DebugFile>> split_debug_of(const Arguments& arguments, Bytes bytes) {
  const bool named = !arguments.debug_file.empty();
  if (!named && !arguments.options.comments) return std::nullopt;
  const std::string path =
      named ? arguments.debug_file
            : std::filesystem::path(arguments.input).replace_extension(".coild").string();
  const auto raw = read_host_file(path);
  if (!raw) return named ? Result<std::optional<coil::DebugFile>>(fail(raw.error())) : std::nullopt;
  auto read = coil::read_debug_file(*raw, path);
  if (!read)
    return named ? Result<std::optional<coil::DebugFile>>(fail(read.error())) : std::nullopt;
  const auto object = coil::read_object_file(bytes, arguments.input);
  if (named && object && !read->file.belongs_to(object->file))
    return fail(Error{.code = ErrorCode::kMalformed,
                      .file = path,
                      .field = "symbols",
                      .found = "those of another object",
                      .expected = "those of " + arguments.input});
  return std::move(read->file);
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Writes a COIL file as CASM that assembles to the same bytes.", "coildis");
  tools::set_up(app, "coildis",
                "Exit status: 0 success, 2 wrong usage, 3 the file cannot be read, 4 or the text "
                "written,\n5 the file has errors.\n\n"
                "Example: coildis hello.coil -o hello.casm");
  app.set_version_flag("-v,--version", app.version(), "Print the version and exit");
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kCoilUsage)) return *status;
  const auto bytes = read_host_file(arguments.input);
  if (!bytes) return complain(bytes.error(), tools::coil_status(bytes.error().code));
  if (const auto kept = tools::keep_input(arguments.input, arguments.output, "-o CASM"); !kept)
    return complain(kept.error(), tools::kCoilUsage);
  const coil::FileKindRow* kind = coil::kind_of(*bytes);
  if (!arguments.format.empty() && (kind == nullptr || kind->name != arguments.format))
    return complain({.code = ErrorCode::kMalformed,
                     .file = arguments.input,
                     .field = "format",
                     .found = kind == nullptr ? "none of COIL's" : std::string(kind->name),
                     .expected = arguments.format},
                    tools::kCoilProcessing);
  const auto debug = split_debug_of(arguments, *bytes);
  if (!debug) return complain(debug.error(), tools::coil_status(debug.error().code));
  if (*debug) arguments.options.debug = &**debug;
  const auto out = disassemble(*bytes, arguments.input, arguments.options);
  if (!out) return complain(out.error(), tools::coil_status(out.error().code));
  if (!out->reproduces)
    tools::warn(arguments.input +
                ": the text says less than the file: assembled, it gives other bytes");
  else if (out->debug)
    tools::warn(arguments.input +
                ": the text has no debug information; assembled, it gives all the rest");
  if (arguments.output == "-") return tools::print(out->text) ? 0 : tools::kCoilOutput;
  if (auto done = write_host_file(arguments.output, as_bytes(out->text)); !done)
    return complain(done.error(), tools::kCoilOutput);
  return 0;
}

}  // namespace
}  // namespace cmos::casm

int main(int argc, char** argv) {
  return cmos::casm::run({argv + 1, argv + argc});
}
