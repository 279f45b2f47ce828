#include "tools/common/coil_validate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/host_file.h"
#include "base/text.h"
#include "formats/coil/validate.h"
#include "tools/common/coil_status.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::tools {
namespace {

constexpr const char* kFooter =
    "Levels: basic (structure), thorough (references and code), strict (warnings are errors,\n"
    "names, canonical encodings, code that cannot be reached). The rules: docs/coil.md.\n"
    "Exit status: 0 no errors, 2 wrong usage, 3 the file cannot be read, 5 errors.";

struct Arguments {
  std::string file;
  std::string level = "thorough";
  std::string format;
  bool first_only = false;
  bool statistics = false;
  bool json = false;
  bool list_rules = false;
};

std::string list_rules() {
  std::string out;
  for (const coil::RuleRow& row : coil::rules())
    out +=
        fmt::format("{:<20} 0x{:08x} {:<8} {:<8} {:<9} {}\n", row.rule.name, row.code,
                    coil::name(row.level), name(row.rule.severity), row.rule.section, row.meaning);
  return out;
}

std::string text_of(const Finding& one) {
  const coil::RuleRow* row = coil::rule_row(one.rule);
  Error where = one.where;
  const std::string file = std::exchange(where.file, {});
  return fmt::format("{}: {}: {} [{} 0x{:08x}, {}]\n", presentable(file), name(one.severity),
                     where.text(), one.rule, row == nullptr ? 0 : row->code, one.section);
}

nlohmann::ordered_json json_of(const Finding& one) {
  const coil::RuleRow* row = coil::rule_row(one.rule);
  nlohmann::ordered_json out = {{"severity", name(one.severity)},
                                {"rule", one.rule},
                                {"code", fmt::format("0x{:08x}", row == nullptr ? 0 : row->code)},
                                {"section", one.section}};
  if (one.where.offset) out["offset"] = *one.where.offset;
  out["field"] = one.where.field;
  out["found"] = one.where.found;
  out["expected"] = one.where.expected;
  return out;
}

struct Figure {
  std::string_view name;
  std::uint64_t value;
};
std::vector<Figure> figures(const coil::Statistics& one) {
  return {{"symbols", one.symbols},         {"sections", one.sections},
          {"relocations", one.relocations}, {"constants", one.constants},
          {"functions", one.functions},     {"instructions", one.instructions},
          {"code_bytes", one.code_bytes}};
}

std::string report(const Arguments& arguments, std::string_view format,
                   const coil::Validation& validation, std::size_t errors) {
  if (arguments.json) {
    nlohmann::ordered_json out = {
        {"file", arguments.file}, {"format", format}, {"level", arguments.level}};
    out["valid"] = errors == 0;
    out["findings"] = nlohmann::ordered_json::array();
    for (const Finding& one : validation.findings) out["findings"].push_back(json_of(one));
    if (arguments.statistics) {
      for (const Figure& one : figures(validation.statistics))
        out["statistics"][std::string(one.name)] = one.value;
    }
    return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  std::string out;
  for (const Finding& one : validation.findings) out += text_of(one);
  out += fmt::format("{}: {}, {}: {} error{}, {} warning{}\n", presentable(arguments.file), format,
                     arguments.level, errors, errors == 1 ? "" : "s",
                     validation.findings.size() - errors,
                     validation.findings.size() - errors == 1 ? "" : "s");
  if (arguments.statistics) {
    for (const Figure& one : figures(validation.statistics))
      out += fmt::format("  {:<13} {}\n", one.name, one.value);
  }
  return out;
}

void declare(CLI::App& app, Arguments& arguments, std::vector<std::string> formats) {
  app.add_option("FILE", arguments.file, "The file")->type_name("");
  app.add_option("-l,--level", arguments.level, "basic, thorough (default) or strict")
      ->type_name("LEVEL")
      ->check(one_of({"basic", "thorough", "strict"}));
  app.add_flag("-e,--stop-on-error", arguments.first_only, "Say the first error only");
  app.add_flag("-s,--statistics", arguments.statistics, "Say what the file has");
  app.add_option("-f,--format", arguments.format, "Validate as this format")
      ->type_name("FORMAT")
      ->check(one_of(std::move(formats)));
  app.add_flag("--json", arguments.json, "Write JSON");
  app.add_flag("--list-rules", arguments.list_rules, "Print all rules and exit");
}

/// -f, else what the file begins with, else the first that the program is for.
coil::FileKind kind_for(const Arguments& arguments, std::span<const coil::FileKind> kinds,
                        Bytes bytes) {
  for (const coil::FileKind kind : kinds) {
    if (coil::row_of(kind).name == arguments.format) return kind;
  }
  const coil::FileKindRow* found = arguments.format.empty() ? coil::kind_of(bytes) : nullptr;
  if (found != nullptr && std::find(kinds.begin(), kinds.end(), found->kind) != kinds.end())
    return found->kind;
  return kinds.front();
}

int validate(const Arguments& arguments, std::span<const coil::FileKind> kinds) {
  const auto bytes = read_host_file(arguments.file);
  if (!bytes) {
    complain(bytes.error());
    return coil_status(bytes.error().code);
  }
  const coil::FileKind kind = kind_for(arguments, kinds, *bytes);
  coil::Validation out =
      coil::validate(*bytes, arguments.file, kind, *coil::level_named(arguments.level));
  const auto is_error = [](const Finding& one) { return one.severity == Severity::kError; };
  if (arguments.first_only) {
    const auto first = std::find_if(out.findings.begin(), out.findings.end(), is_error);
    if (first != out.findings.end()) out.findings.erase(first + 1, out.findings.end());
  }
  const auto errors =
      static_cast<std::size_t>(std::count_if(out.findings.begin(), out.findings.end(), is_error));
  if (!print(report(arguments, coil::row_of(kind).name, out, errors))) return kCoilOutput;
  return errors == 0 ? 0 : kCoilProcessing;
}

}  // namespace

int run_coil_validator(std::string_view program, std::span<const coil::FileKind> kinds,
                       const std::vector<std::string>& words) {
  CLI::App app("Checks a file against the formats' rules, and says which rule each finding breaks.",
               std::string(program));
  set_up(app, program, kFooter);
  app.set_version_flag("-v,--version", app.version(), "Print the version and exit");
  Arguments arguments;
  std::vector<std::string> formats;
  for (const coil::FileKind kind : kinds) formats.emplace_back(coil::row_of(kind).name);
  declare(app, arguments, std::move(formats));
  if (const auto status = parse(app, words, kCoilUsage)) return *status;
  if (arguments.list_rules) return print(list_rules()) ? 0 : kCoilOutput;
  if (arguments.file.empty()) {
    complain(fmt::format("no file given (see {} --help)", program));
    return kCoilUsage;
  }
  return validate(arguments, kinds);
}

}  // namespace cmos::tools
