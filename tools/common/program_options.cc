#include "tools/common/program_options.h"

#include <fmt/format.h>

#include "base/host_file.h"
#include "tools/common/command_line.h"

namespace cmos::tools {
namespace {

/// What CLI11 stores for the option without a value; a file of this name needs a folder: ./true.
constexpr std::string_view kBesideOutput = "true";

}  // namespace

void declare_program(CLI::App& app, ProgramArguments& arguments) {
  app.add_option("--author", arguments.author, "Author name of the signature")->type_name("NAME");
  app.add_option("--site", arguments.site, "Author site or contact of the signature")
      ->type_name("URL");
  app.add_option("--author-hash", arguments.author_hash, "Author ID of the signature")
      ->type_name("NUMBER");
  app.add_option("--mini-disk", arguments.mini_disk,
                 "Size of the mini-disk in bytes, or with K, M, G")
      ->type_name("BYTES")
      ->check(byte_size());
  app.add_option("--backup-name", arguments.backup_name,
                 "File in Cmos:\\data\\ that backs the mini-disk")
      ->type_name("NAME");
  auto* none = app.add_flag("--no-symbols", arguments.no_symbols,
                            "Only what has a meaning: boundaries and the abort method");
  app.add_option("--symbols", arguments.symbols, "Which symbols to keep: all, global")
      ->type_name("WHICH")
      ->check(one_of({"all", "global"}))
      ->excludes(none)
      ->capture_default_str();
  app.add_flag("--no-checksum", arguments.no_checksum, "Leave the checksum out");
  app.add_flag("--minimal", arguments.minimal,
               "The form that the CPE document lists: last 12 header bytes 0");
  app.add_flag("--no-protect", arguments.no_protect,
               "No boundary symbols: one writable and executable image");
  // A flag with a value: a word behind it is never taken for the file.
  app.add_flag("--debug-map", arguments.debug_map,
               "Write a side file with debug information (default: OUTPUT.debug) even when the "
               "inputs have none")
      ->type_name("[=FILE]");
  app.add_flag("--no-debug-map,-S,--strip-debug", arguments.no_debug_map,
               "Write no side file, even when the inputs have debug information");
}

std::optional<std::string> debug_map_file(const ProgramArguments& arguments,
                                          const std::string& output, bool has_debug_information) {
  if (arguments.debug_map == kBesideOutput) return output + ".debug";
  if (!arguments.debug_map.empty()) return arguments.debug_map;
  const bool wanted = has_debug_information && !arguments.no_debug_map;
  // What is linked only to see whether it can be, by configure scripts, goes to /dev/null.
  if (!wanted || !is_plain_file(output)) return std::nullopt;
  return output + ".debug";
}

Result<cpe::ProgramOptions> program_options(const CLI::App& app,
                                            const ProgramArguments& arguments) {
  cpe::ProgramOptions options;
  const bool signed_by =
      app.count("--author") + app.count("--site") + app.count("--author-hash") > 0;
  if (signed_by && arguments.minimal)
    return fail(ErrorCode::kUsage, "--minimal has no place for --author, --site and --author-hash");
  if (signed_by)
    options.signature = cpe::Signature{arguments.author, arguments.site, arguments.author_hash};
  const std::uint64_t mini_disk = parse_byte_size(arguments.mini_disk).value_or(UINT64_MAX);
  if (mini_disk > UINT32_MAX)
    return fail(ErrorCode::kUsage,
                fmt::format("--mini-disk: {} is more than a CPE can state, {} bytes",
                            arguments.mini_disk, UINT32_MAX));
  options.mini_disk_size = static_cast<std::uint32_t>(mini_disk);
  options.backup_name = arguments.backup_name;
  options.minimal = arguments.minimal;
  options.checksum = !arguments.no_checksum;
  options.protect = !arguments.no_protect;
  options.symbols = arguments.no_symbols            ? cpe::SymbolChoice::kNone
                    : arguments.symbols == "global" ? cpe::SymbolChoice::kGlobal
                                                    : cpe::SymbolChoice::kAll;
  return options;
}

}  // namespace cmos::tools
