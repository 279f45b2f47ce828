#include "tools/cmos-as/small.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "assembler/sdas.h"
#include "base/host_file.h"
#include "base/text.h"
#include "formats/cpo/cpo.h"
#include "formats/rel/convert.h"
#include "linker/whitesmith/wslink.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::as {
namespace {

/// The object in the format of the link, which a partial link of one object changes and nothing
/// else.
Result<std::vector<std::uint8_t>> whitesmith_object(std::vector<std::uint8_t> rel,
                                                    const std::string& file) {
  linker::MemoryFiles files;
  files.add(file, std::move(rel));
  wslink::Options options;
  options.files = {file};
  options.rules = wslink::Rules::kModern;
  options.partial = true;
  const auto linked = wslink::link(options, files);
  if (!linked) return fail(linked.error().front());
  return wslink::bytes_of(*linked, true);
}

/// The same object as CPO, for the ARCH that was asked for.
Result<std::vector<std::uint8_t>> cpo_object(const std::vector<std::uint8_t>& rel,
                                             std::string_view arch, const std::string& file) {
  CMOS_TRY(const rel::File areas, rel::read(rel, file));
  CMOS_TRY(const object::Object object, rel::to_object(areas, arch, file));
  CMOS_TRY(const cpo::File cpo, cpo::from_object(object));
  return cpo::write(cpo);
}

/// What nobody says, the output's name tells; else it is a CPO, as that of every other ARCH.
void choose_format(SmallJob& job) {
  if (!job.format.empty()) return;
  job.format = std::filesystem::path(job.output).extension() == ".rel" ? "rel" : "cpo";
}

Result<void> name_output(SmallJob& job) {
  if (!job.output.empty()) return {};
  if (job.input == "-")
    return fail(ErrorCode::kUsage, "standard input has no name: say -o FILE (see cmos-as --help)");
  job.output = std::filesystem::path(job.input).replace_extension(
      job.format == "whitesmith" ? ".o" : "." + job.format);
  if (job.output == job.input)
    return fail(ErrorCode::kUsage, fmt::format("{} would be overwritten: say -o FILE", job.input));
  return {};
}

Result<void> check_outputs(const SmallJob& job) {
  if (job.output == "-" && job.listing == "-")
    return fail(ErrorCode::kUsage, "both the object and the listing would go to standard output");
  for (const std::string& output : {job.output, job.listing}) {
    std::error_code none;
    if (output.empty() || output == "-" || job.input == "-") continue;
    if (output == job.input || std::filesystem::equivalent(output, job.input, none))
      return fail(ErrorCode::kUsage,
                  fmt::format("{} is an input: it would be overwritten", output));
  }
  return {};
}

/// False when standard output refused.
Result<bool> put(const std::string& path, Bytes bytes) {
  if (path == "-") return tools::print(as_text(bytes));
  CMOS_TRY_VOID(write_host_file(path, bytes));
  return true;
}

}  // namespace

Result<int> assemble_small(SmallJob job) {
  choose_format(job);
  CMOS_TRY_VOID(name_output(job));
  CMOS_TRY_VOID(check_outputs(job));
  constexpr std::uint64_t kMost = 256u << 20;
  const bool from_stdin = job.input == "-";
  CMOS_TRY(const std::vector<std::uint8_t> source,
           read_host_file(from_stdin ? "/dev/stdin" : job.input, kMost));
  job.options.listing = !job.listing.empty();
  const std::string name = from_stdin ? "<stdin>" : job.input;
  CMOS_TRY(assembler::SdasOutput made, assembler::run_sdas(name, as_text(source), job.options));
  std::fwrite(made.messages.data(), 1, made.messages.size(), stderr);
  if (made.errors != 0) {
    tools::complain(
        fmt::format("{}: {} error{}", job.input, made.errors, made.errors == 1 ? "" : "s"));
    return 1;
  }
  if (job.fatal_warnings && !made.messages.empty()) {
    tools::complain(fmt::format("{}: warnings are failures (--fatal-warnings)", job.input));
    return 1;
  }
  if (job.format == "whitesmith") {
    auto object = whitesmith_object(std::move(made.rel), name);
    if (!object) return fail(std::move(object).error().in_file(job.output));
    made.rel = std::move(*object);
  } else if (job.format == "cpo") {
    auto object = cpo_object(made.rel, job.options.arch, name);
    if (!object) return fail(std::move(object).error().in_file(job.output));
    made.rel = std::move(*object);
  }
  CMOS_TRY(bool written, put(job.output, made.rel));
  if (!job.listing.empty()) {
    CMOS_TRY(const bool listed, put(job.listing, as_bytes(made.listing)));
    written = written && listed;
  }
  return written ? 0 : 1;
}

}  // namespace cmos::as
