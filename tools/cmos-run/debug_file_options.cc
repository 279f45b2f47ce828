#include "tools/cmos-run/debug_file_options.h"

#include <filesystem>

#include "formats/cpe/cpe.h"
#include "formats/debugmap/side_file.h"
#include "loader/cbc.h"
#include "symbolize/cbc_lines.h"
#include "symbolize/side_file.h"
#include "tools/common/diagnostics.h"

namespace cmos::run {

void declare_debug_file_options(CLI::App& app, DebugFileArguments& arguments) {
  const std::string group = "Debug information";
  auto* none = app.add_flag("--no-debug-file", arguments.none,
                            "Do not look for source lines and link origins")
                   ->group(group);
  app.add_option(
         "--debug-file", arguments.file,
         "Side file of cmos-ld or cmos-pack, or the linked ELF file (default: FILE.cpe.debug, "
         "if it is there); read only for a report or --trace-lines")
      ->type_name("FILE")
      ->excludes(none)
      ->group(group);
  app.add_option("--source-folder", arguments.sources,
                 "Quote source lines from files below DIR too, beside those below the current "
                 "folder and the program's; repeatable")
      ->take_all()
      ->expected(1)
      ->type_name("DIR")
      ->group(group);
}

namespace {

/// What came with a program may name any file of the host: only those nearby are quoted from.
std::vector<std::string> source_folders(const DebugFileArguments& arguments,
                                        const std::string& program, bool from_host) {
  std::vector<std::string> out = arguments.sources;
  out.emplace_back(".");
  if (!from_host) return out;
  const std::filesystem::path folder = std::filesystem::path(program).parent_path();
  if (!folder.empty()) out.push_back(folder.string());
  return out;
}

/// Bytecode brings its lines itself, alone and in a CPE.
std::unique_ptr<symbolize::Lookup> bytecode_lines(const DebugFileArguments& arguments,
                                                  const std::string& program,
                                                  const vfs::SharedBytes& binary, bool from_host) {
  std::vector<std::string> folders = source_folders(arguments, program, from_host);
  if (!cpe::looks_like_cpe(*binary))
    return symbolize::make_cbc_lines(*binary, cpe::kLoadAddress, std::move(folders));
  const auto file = cpe::read(*binary, program);
  if (!file || file->executable.arch != loader::kBytecodeArch) return nullptr;
  return symbolize::make_cbc_lines(file->executable.code, cpe::kLoadAddress, std::move(folders));
}

}  // namespace

std::unique_ptr<symbolize::Lookup> make_lookup(const DebugFileArguments& arguments,
                                               const std::string& program,
                                               const vfs::SharedBytes& binary, bool from_host) {
  if (arguments.none) return nullptr;
  if (arguments.file.empty()) {
    if (auto lines = bytecode_lines(arguments, program, binary, from_host)) return lines;
    if (!from_host) return nullptr;
  }
  return std::make_unique<symbolize::LazySideFile>(symbolize::LazySideFile::Options{
      .path = arguments.file.empty() ? debugmap::side_file_name(program) : arguments.file,
      .required = !arguments.file.empty(),
      .program = binary,
      .sources = source_folders(arguments, program, from_host),
      .warn = [](const std::string& text) { tools::warn(text); }});
}

}  // namespace cmos::run
