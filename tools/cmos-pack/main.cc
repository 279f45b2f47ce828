// cmos-pack: a linked ELF program in, a CPE out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "base/host_file.h"
#include "tools/cmos-pack/pack.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"

namespace cmos::pack {
namespace {

struct Arguments {
  std::string input;
  std::string output;
  std::string author;
  std::string site;
  std::uint32_t author_hash = 0;
  std::string mini_disk = "0";
  bool no_symbols = false;
  std::string symbols = "all";
  bool no_checksum = false;
  bool no_protect = false;
  Options options;
};

void declare(CLI::App& app, Arguments& arguments) {
  const std::vector<std::string_view> archs = cpe::documented_archs();
  app.add_option("FILE", arguments.input, "The ELF executable, linked at 0x400000 (ld -T cmos.ld)")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", arguments.output, "The CPE to write")->type_name("CPE")->required();
  app.add_option("--arch", arguments.options.arch,
                 "ARCH code; needed only for APPL (default: from the ELF machine)")
      ->type_name("ARCH")
      ->check(tools::one_of({archs.begin(), archs.end()}));
  app.add_option("--entry", arguments.options.entry_symbol,
                 "Start at this symbol instead of the ELF entry")
      ->type_name("SYMBOL");
  app.add_option("--author", arguments.author, "Author name of the signature")->type_name("NAME");
  app.add_option("--site", arguments.site, "Author site or contact of the signature")
      ->type_name("URL");
  app.add_option("--author-hash", arguments.author_hash, "Author ID of the signature")
      ->type_name("NUMBER");
  app.add_option("--mini-disk", arguments.mini_disk,
                 "Size of the mini-disk in bytes, or with K, M, G")
      ->type_name("BYTES")
      ->check(tools::byte_size());
  app.add_option("--backup-name", arguments.options.backup_name,
                 "File in Cmos:\\data\\ that backs the mini-disk")
      ->type_name("NAME");
  auto* none = app.add_flag("--no-symbols", arguments.no_symbols,
                            "Only what has a meaning: boundaries and the abort method");
  app.add_option("--symbols", arguments.symbols, "Which symbols to keep: all, global")
      ->type_name("WHICH")
      ->check(tools::one_of({"all", "global"}))
      ->excludes(none)
      ->capture_default_str();
  app.add_flag("--no-checksum", arguments.no_checksum, "Leave the checksum out");
  app.add_flag("--minimal", arguments.options.minimal,
               "The form that the CPE document lists: last 12 header bytes 0");
  app.add_flag("--no-protect", arguments.no_protect,
               "No boundary symbols: one writable and executable image");
}

Result<void> finish(const CLI::App& app, Arguments& arguments) {
  Options& options = arguments.options;
  const bool signed_by =
      app.count("--author") + app.count("--site") + app.count("--author-hash") > 0;
  if (signed_by && options.minimal)
    return fail(ErrorCode::kUsage, "--minimal has no place for --author, --site and --author-hash");
  if (signed_by)
    options.signature = cpe::Signature{arguments.author, arguments.site, arguments.author_hash};
  const std::uint64_t mini_disk = tools::parse_byte_size(arguments.mini_disk).value_or(UINT64_MAX);
  if (mini_disk > UINT32_MAX)
    return fail(ErrorCode::kUsage,
                fmt::format("--mini-disk: {} is more than a CPE can state, {} bytes",
                            arguments.mini_disk, UINT32_MAX));
  options.mini_disk_size = static_cast<std::uint32_t>(mini_disk);
  options.checksum = !arguments.no_checksum;
  options.protect = !arguments.no_protect;
  options.symbols = arguments.no_symbols            ? SymbolChoice::kNone
                    : arguments.symbols == "global" ? SymbolChoice::kGlobal
                                                    : SymbolChoice::kAll;
  return {};
}

Result<void> convert(const Arguments& arguments) {
  CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(arguments.input));
  CMOS_TRY(const elf::Executable program, elf::read_executable(bytes, arguments.input));
  CMOS_TRY(const Packed packed, pack(program, arguments.input, arguments.options));
  auto written = cpe::write(packed.executable);
  if (!written) return fail(std::move(written).error().in_file(arguments.output));
  for (const std::string& warning : packed.warnings)
    tools::warn(fmt::format("{}: {}", arguments.input, warning));
  return write_host_file(arguments.output, *written);
}

int run(const std::vector<std::string>& words) {
  CLI::App app("Turns a linked ELF program into a CalamOS executable (CPE).", "cmos-pack");
  tools::set_up(app, "cmos-pack",
                "Exit status: 0 success, 1 the program cannot be packed, 2 wrong usage.");
  Arguments arguments;
  declare(app, arguments);
  if (const auto status = tools::parse(app, words, tools::kToolUsage)) return *status;
  auto done = finish(app, arguments);
  if (done) done = convert(arguments);
  if (done) return 0;
  tools::complain(done.error().text());
  return tools::tool_status(done.error().code);
}

}  // namespace
}  // namespace cmos::pack

int main(int argc, char** argv) {
  return cmos::pack::run({argv + 1, argv + argc});
}
