#include "tools/cmos-info/other.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "formats/registry/registry.h"
#include "inspect/objdump.h"
#include "inspect/validate.h"

namespace cmos::info {

using Json = nlohmann::ordered_json;

namespace {

/// Formats that are shown as the registry describes them; of all other bytes a CPE's header is
/// shown.
constexpr std::string_view kOthers[] = {
    "coil", "coilo", "cbc", "coild", "whitesmith", "whitesmith-archive", "unix-archive", "rel"};

std::string_view title_of(Bytes bytes) {
  const formats::Format* const format = formats::detect(bytes);
  return format == nullptr ? std::string_view("of no known format") : format->title;
}

void print_members(const formats::Archive& archive, inspect::Text& text) {
  text.print("\nMembers: {}\n", archive.members.size());
  for (const formats::Member& one : archive.members)
    text.print("  0x{:08x} {:>8}  {:<14}  {}\n", one.offset, one.size, inspect::shown(one.name),
               title_of(one.bytes));
}

Json members_json(const formats::Archive& archive) {
  Json out = Json::array();
  for (const formats::Member& one : archive.members) {
    const formats::Format* const format = formats::detect(one.bytes);
    Json row;
    row["name"] = std::string(one.name);
    row["offset"] = one.offset;
    row["size"] = one.size;
    row["format"] = format == nullptr ? Json() : Json(format->name);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

bool is_other_file(Bytes bytes) {
  const formats::Format* const format = formats::detect(bytes);
  return format != nullptr && std::ranges::find(kOthers, format->name) != std::end(kOthers);
}

Described describe_as_text(Bytes bytes, const std::string& file, const Options& options) {
  const inspect::Report report = inspect::validate(bytes, file, options.read.strict);
  const formats::Format& format = *formats::detect(bytes);
  Described out;
  out.has_errors = report.count(Severity::kError) != 0;
  inspect::Text text([&out](std::string_view part) { out.text += part; });
  text.print("{}: {}, {} bytes\n", inspect::shown(file), format.title, bytes.size());
  if (format.members != nullptr) {
    if (const auto archive = format.members(bytes, file)) print_members(*archive, text);
  } else if (auto described = format.describe(bytes, file)) {
    inspect::ObjdumpOptions wanted;
    wanted.private_headers = wanted.section_headers = true;
    wanted.symbols = options.all_symbols;
    static_cast<void>(inspect::print_objdump(*described, wanted, text));
  }
  text.print("\nFindings: {}\n", report.findings.size());
  for (const Finding& one : report.findings) text.print("  {}\n", inspect::finding_text(one));
  text.flush();
  return out;
}

Json describe_as_json(Bytes bytes, const std::string& file) {
  const inspect::Report report = inspect::validate(bytes, file, false);
  Json out = inspect::report_json(report);
  out["size"] = bytes.size();
  inspect::ObjdumpOptions wanted;
  wanted.private_headers = wanted.section_headers = wanted.symbols = true;
  const formats::Format& format = *formats::detect(bytes);
  out["description"] = nullptr;
  if (format.members != nullptr) {
    if (const auto archive = format.members(bytes, file)) out["members"] = members_json(*archive);
    return out;
  }
  const auto described = format.describe(bytes, file);
  if (!described) return out;
  if (auto json = inspect::objdump_json(*described, wanted)) out["description"] = std::move(*json);
  return out;
}

}  // namespace cmos::info
