#include "tools/cmos-run/debug_file_options.h"

#include "formats/debugmap/side_file.h"
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
}

std::unique_ptr<symbolize::Lookup> make_lookup(const DebugFileArguments& arguments,
                                               const std::string& program,
                                               const vfs::SharedBytes& binary, bool from_host) {
  if (arguments.none || (arguments.file.empty() && !from_host)) return nullptr;
  return std::make_unique<symbolize::LazySideFile>(symbolize::LazySideFile::Options{
      .path = arguments.file.empty() ? debugmap::side_file_name(program) : arguments.file,
      .required = !arguments.file.empty(),
      .program = binary,
      .warn = [](const std::string& text) { tools::warn(text); }});
}

}  // namespace cmos::run
