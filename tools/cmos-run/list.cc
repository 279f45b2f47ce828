#include "tools/cmos-run/list.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "emu/engine.h"
#include "syscalls/table.h"

namespace cmos::run {
namespace {

using Json = nlohmann::ordered_json;

std::string argument_text(const syscalls::ArgumentInfo& argument) {
  std::string text(argument.name);
  if (argument.registers == 2) text += ", length";
  return text;
}

std::string signature(const syscalls::Row& row) {
  std::vector<std::string> arguments;
  for (const auto& argument : row.arguments) arguments.push_back(argument_text(argument));
  return fmt::format("{}({})", row.name, fmt::join(arguments, ", "));
}

std::vector<std::string_view> error_names(const syscalls::Row& row) {
  std::vector<std::string_view> names;
  for (const syscalls::Status status : row.errors) {
    names.push_back(syscalls::find_status(static_cast<std::int64_t>(status))->name);
  }
  return names;
}

Json argument_json(const syscalls::ArgumentInfo& argument) {
  Json json{{"name", argument.name},
            {"kind", syscalls::name(argument.kind)},
            {"first_register", argument.first_register + 1},
            {"registers", argument.registers}};
  if (!argument.names.empty()) {
    Json& values = json["values"] = Json::object();
    for (const auto& [value, name] : argument.names) values[std::string(name)] = value;
  }
  return json;
}

Json row_json(const syscalls::Row& row) {
  Json json{{"number", row.number},
            {"name", row.name},
            {"category", syscalls::name(row.category)},
            {"origin", row.documented ? "document" : "cmos"},
            {"supported", row.supported}};
  if (!row.note.empty()) json["note"] = row.note;
  Json& arguments = json["arguments"] = Json::array();
  for (const auto& argument : row.arguments) arguments.push_back(argument_json(argument));
  json["result"] = syscalls::name(row.result);
  json["errors"] = error_names(row);
  json["summary"] = row.summary;
  return json;
}

}  // namespace

std::string syscalls_text() {
  std::string text = fmt::format("{:<6}  {:<33}  {:<8}  {:<8}  {:<9}  {}\n", "NUMBER", "CALL",
                                 "CATEGORY", "ORIGIN", "SUPPORTED", "WHAT IT DOES");
  for (const syscalls::Row& row : syscalls::table()) {
    text += fmt::format("0x{:02x}    {:<33}  {:<8}  {:<8}  {:<9}  {}", row.number, signature(row),
                        syscalls::name(row.category), row.documented ? "document" : "cmos",
                        row.supported ? "yes" : "no", row.summary);
    if (!row.errors.empty()) text += fmt::format(" Errors: {}.", fmt::join(error_names(row), ", "));
    if (!row.note.empty()) text += fmt::format(" ({})", row.note);
    text += '\n';
  }
  return text +
         "\nORIGIN document: numbered by the CalamOS document; cmos: ours. Other numbers answer "
         "CPE_ERROR_NOSYS.\n";
}

std::string syscalls_json() {
  Json json{{"syscalls", Json::array()}, {"errors", Json::array()}};
  for (const syscalls::Row& row : syscalls::table()) json["syscalls"].push_back(row_json(row));
  for (const syscalls::StatusInfo& status : syscalls::statuses()) {
    json["errors"].push_back({{"value", static_cast<std::int32_t>(status.status)},
                              {"name", status.name},
                              {"meaning", status.meaning}});
  }
  return json.dump(2) + "\n";
}

std::string syscalls_markdown() {
  std::string text =
      "# System calls\n\n"
      "Made by `cmos-run --list-syscalls=markdown` from the table that also serves the calls.\n"
      "How a call is made: [abi.md](abi.md). Paths, mini-disks: [files.md](files.md).\n\n"
      "The CalamOS document numbers the calls 0 to 2; the others are ours (cmos). A path, a text "
      "or a buffer is a pointer\nand a length in bytes, two registers. Every pointer is checked "
      "before a call has any effect. Other numbers answer\n`CPE_ERROR_NOSYS`, and so do calls "
      "on files, mini-disks and programs when an embedding program offers none.\nBesides that a "
      "call "
      "answers only the errors that it lists: what else a host may invent becomes "
      "`CPE_ERROR_IO`.\n";
  for (const syscalls::Row& row : syscalls::table()) {
    text += fmt::format("\n## 0x{:02x} `{}`{}\n\n{}\n", row.number, signature(row),
                        row.documented ? "" : " (cmos)", row.summary);
    for (const auto& argument : row.arguments) {
      if (argument.names.empty()) continue;
      std::vector<std::string> values;
      for (const auto& [value, name] : argument.names)
        values.push_back(fmt::format("{} {}", value, name));
      text += fmt::format("\n`{}`: {}.\n", argument.name, fmt::join(values, ", "));
    }
    if (!row.errors.empty())
      text += fmt::format("\nErrors: `{}`.\n", fmt::join(error_names(row), "`, `"));
  }
  text += "\n## Errors\n\n| value | name | meaning |\n|--:|---|---|\n";
  for (const syscalls::StatusInfo& status : syscalls::statuses()) {
    text += fmt::format("| {} | `{}` | {} |\n", static_cast<std::int32_t>(status.status),
                        status.name, status.meaning);
  }
  return text;
}

std::string archs_text() {
  std::string text = fmt::format("{:<4}  {:<20}  {:<4}  {:<24}  {:<14}  {:<6}  {}\n", "ARCH", "CPU",
                                 "BITS", "SYSTEM CALL", "ARGUMENTS", "RESULT", "ENGINE");
  for (const emu::EngineRow& row : emu::EngineTable::built_in().rows()) {
    const emu::Isa& isa = *row.isa;
    const std::string call = fmt::format("{} ({})", isa.traps, isa.number_name());
    text += fmt::format("{:<4}  {:<20}  {:<4}  {:<24}  {:<14}  {:<6}  {}\n", isa.arch,
                        isa.description(), isa.cpu.pointer_bytes() * 8, call, isa.arguments_text(),
                        isa.result_name(), row.engine);
  }
  text += fmt::format("\n{:<4}  {:<21}  {}\n", "ARCH", "BASELINE", "ALSO");
  for (const emu::EngineRow& row : emu::EngineTable::built_in().rows())
    text += fmt::format("{:<4}  {:<21}  {}\n", row.isa->arch, row.baseline,
                        row.also.empty() ? "-" : row.also);
  return text;
}

}  // namespace cmos::run
