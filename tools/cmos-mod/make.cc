#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/host_file.h"
#include "base/text.h"
#include "formats/module/edit.h"
#include "tools/cmos-mod/commands.h"
#include "tools/cmos-mod/description.h"
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
  std::vector<std::string> words{text.substr(0, colon)};
  if (colon != std::string::npos) words.push_back(text.substr(colon + 1));
  if (read_budget(words, least, requested)) return {};
  return fail(usage(fmt::format("{} {}: MINIMUM[:REQUESTED] is expected, ascending, at most 65535",
                                option, quote(as_bytes(text), 64))));
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

/// The command line alone, or with a description file.
Result<std::vector<Part>> parts_of(const Arguments& arguments) {
  CMOS_TRY(auto options, options_of(arguments));
  std::vector<Part> out;
  if (arguments.description.empty()) {
    out.emplace_back().options = std::move(options);
  } else {
    CMOS_TRY(const auto text, read_host_file(arguments.description));
    CMOS_TRY(out, read_description(as_text(text), arguments.description, options));
  }
  const bool further = !arguments.files.empty() || !arguments.overlays.empty();
  if (further && out.size() > 1)
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = arguments.description,
                      .message = "it is for several CPUs: their objects stand in it"});
  for (const std::string& one : arguments.files) out.front().objects.push_back({one, false});
  for (const std::string& one : arguments.overlays) out.front().objects.push_back({one, true});
  return out;
}

Result<mod::Made> make_part(Part part) {
  std::deque<std::vector<std::uint8_t>> contents;
  std::vector<mod::Source> sources;
  for (const Part::Object& one : part.objects) {
    CMOS_TRY(auto bytes, read_host_file(one.file));
    contents.push_back(std::move(bytes));
    CMOS_TRY(auto source, read_source(contents.back(), one.file, part.options.cpu.family));
    for (mod::SourceSegment& segment : source.segments) {
      if (one.overlay && segment.type == mod::SectionType::kText)
        segment.type = mod::SectionType::kOverlay;
    }
    sources.push_back(std::move(source));
  }
  if (!part.raw.segments.empty() || !part.raw.symbols.empty() || sources.empty())
    sources.push_back(std::move(part.raw));
  return mod::make(sources, part.options);
}

Result<void> write(const mod::Module& module, const std::string& file) {
  auto bytes = mod::write(module);
  if (!bytes) return fail(std::move(bytes).error().in_file(file));
  return write_host_file(file, *bytes);
}

}  // namespace

Result<void> make(const Arguments& arguments) {
  if (arguments.files.empty() && arguments.overlays.empty() && arguments.description.empty())
    return fail(usage("nothing to make a module of: OBJECT or --description is expected"));
  CMOS_TRY(auto parts, parts_of(arguments));
  std::vector<mod::Made> made;
  for (Part& one : parts) {
    CMOS_TRY(auto done, make_part(std::move(one)));
    made.push_back(std::move(done));
  }
  if (made.size() == 1) return write(made.front().module, arguments.output);
  std::vector<mod::Input> inputs;
  for (const mod::Made& one : made) inputs.push_back({arguments.description, &one.module});
  CMOS_TRY(const auto merged, mod::merge(inputs));
  return write(merged, arguments.output);
}

}  // namespace cmos::modtool
