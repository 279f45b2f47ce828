#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/host_file.h"
#include "base/text.h"
#include "tools/cmos-mod/commands.h"
#include "tools/cmos-mod/sources.h"
#include "tools/common/command_line.h"

namespace cmos::modtool {
namespace {

Error usage(std::string message) {
  return {.code = ErrorCode::kUsage, .message = std::move(message)};
}

/// "MINIMUM[:REQUESTED]".
Result<void> budget(std::string_view option, const std::string& text, std::uint16_t& least,
                    std::uint16_t& requested) {
  if (text.empty()) return {};
  const std::size_t colon = text.find(':');
  const auto first = tools::parse_number(text.substr(0, colon));
  const auto second =
      colon == std::string::npos ? first : tools::parse_number(text.substr(colon + 1));
  if (!first || !second || *first > *second || *second > UINT16_MAX)
    return fail(
        usage(fmt::format("{} {}: MINIMUM[:REQUESTED] is expected, ascending, at most 65535",
                          option, quote(as_bytes(text), 64))));
  least = static_cast<std::uint16_t>(*first);
  requested = static_cast<std::uint16_t>(*second);
  return {};
}

/// "NAME[:TYPE]"; the name.
Result<std::string> typed(std::string_view option, const std::string& text,
                          mod::MakeOptions& options) {
  const std::size_t colon = text.rfind(':');
  const std::string name = text.substr(0, colon);
  if (name.empty())
    return fail(
        usage(fmt::format("{} {}: NAME[:TYPE] is expected", option, quote(as_bytes(text), 64))));
  if (colon == std::string::npos) return name;
  const auto type = mod::value_type_named(text.substr(colon + 1));
  if (!type || !mod::is_export_type(static_cast<std::uint8_t>(*type)))
    return fail(
        usage(fmt::format("{} {}: the type is one of byte, wyde, tetra, octa, string, "
                          "procedure",
                          option, quote(as_bytes(text), 64))));
  options.types[name] = *type;
  return name;
}

Result<mod::MakeOptions> options_of(const Arguments& arguments) {
  mod::MakeOptions out;
  if (!arguments.cpu.empty() && arguments.cpu != "any") {
    const mod::FamilyRow* row = mod::family_named(arguments.cpu);
    if (row == nullptr)
      return fail(usage(fmt::format("--cpu {}: no such CPU (see cmos-mod make --help)",
                                    quote(as_bytes(arguments.cpu), 64))));
    out.cpu = {row->family, static_cast<std::uint8_t>(arguments.least_stepping)};
  }
  out.required = arguments.required;
  out.model = arguments.model;
  out.start = arguments.start;
  if (!arguments.platform.empty()) out.platforms.push_back(arguments.platform);
  CMOS_TRY_VOID(budget("--stack", arguments.stack, out.budget.min_stack, out.budget.stack));
  CMOS_TRY_VOID(budget("--heap", arguments.heap, out.budget.min_heap, out.budget.heap));
  for (const std::string& one : arguments.imports) CMOS_TRY_VOID(typed("--import", one, out));
  for (const std::string& one : arguments.exports) {
    CMOS_TRY(auto name, typed("--export", one, out));
    out.exports.push_back(std::move(name));
  }
  return out;
}

}  // namespace

Result<void> make(const Arguments& arguments) {
  CMOS_TRY(const auto options, options_of(arguments));
  std::deque<std::vector<std::uint8_t>> contents;
  std::vector<mod::Source> sources;
  const auto add = [&](const std::string& file, bool overlay) -> Result<void> {
    CMOS_TRY(auto bytes, read_host_file(file));
    contents.push_back(std::move(bytes));
    CMOS_TRY(auto source, read_source(contents.back(), file, options.cpu.family));
    for (mod::SourceSegment& one : source.segments) {
      if (overlay && one.type == mod::SectionType::kText) one.type = mod::SectionType::kOverlay;
    }
    sources.push_back(std::move(source));
    return {};
  };
  for (const std::string& one : arguments.files) CMOS_TRY_VOID(add(one, false));
  for (const std::string& one : arguments.overlays) CMOS_TRY_VOID(add(one, true));
  CMOS_TRY(const auto made, mod::make(sources, options));
  auto bytes = mod::write(made.module);
  if (!bytes) return fail(std::move(bytes).error().in_file(arguments.output));
  return write_host_file(arguments.output, *bytes);
}

}  // namespace cmos::modtool
