#include "tools/cmos-info/other.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "formats/registry/registry.h"
#include "inspect/objdump.h"
#include "inspect/validate.h"

namespace cmos::info {

using Json = nlohmann::ordered_json;

bool is_coil_file(Bytes bytes) {
  const formats::Format* format = formats::detect(bytes);
  return format != nullptr && (format->name.starts_with("coil") || format->name == "cbc");
}

Described describe_as_text(Bytes bytes, const std::string& file, const Options& options) {
  const inspect::Report report = inspect::validate(bytes, file, options.read.strict);
  const std::string_view title = formats::detect(bytes)->title;
  Described out;
  out.has_errors = report.count(Severity::kError) != 0;
  {
    inspect::Text text([&out](std::string_view part) { out.text += part; });
    text.print("{}: {}, {} bytes\n", inspect::shown(file), title, bytes.size());
    if (auto described = formats::detect(bytes)->describe(bytes, file)) {
      inspect::ObjdumpOptions wanted;
      wanted.private_headers = wanted.section_headers = true;
      wanted.symbols = options.all_symbols;
      static_cast<void>(inspect::print_objdump(*described, wanted, text));
    }
    text.print("\nFindings: {}\n", report.findings.size());
    for (const Finding& one : report.findings) text.print("  {}\n", inspect::finding_text(one));
  }
  return out;
}

Json describe_as_json(Bytes bytes, const std::string& file) {
  const inspect::Report report = inspect::validate(bytes, file, false);
  Json out = inspect::report_json(report);
  out["size"] = bytes.size();
  inspect::ObjdumpOptions wanted;
  wanted.private_headers = wanted.section_headers = wanted.symbols = true;
  const auto described = formats::detect(bytes)->describe(bytes, file);
  out["description"] = nullptr;
  if (!described) return out;
  if (auto json = inspect::objdump_json(*described, wanted)) out["description"] = std::move(*json);
  return out;
}

}  // namespace cmos::info
