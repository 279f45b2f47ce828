#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tools/cmos-info/info.h"

namespace cmos::info {
namespace {

using Json = nlohmann::ordered_json;

Json address(std::uint64_t value) {
  return fmt::format("0x{:08x}", value);
}

Json optional_text(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json header_json(const Info& info) {
  Json out = Json::array();
  for (const FieldValue& value : info.header) {
    Json stored = nullptr;
    if (value.number) stored = *value.number;
    if (value.whole() && value.is_text()) stored = as_text(value.raw);
    out.push_back({{"field", value.field.name},
                   {"offset", value.field.offset},
                   {"size", value.field.size},
                   {"value", std::move(stored)},
                   {"meaning", optional_text(value.meaning)}});
  }
  return out;
}

Json signature_json(const Info& info) {
  const auto& signature = info.inspection.reading.executable.signature;
  if (!signature) return nullptr;
  return {{"author", signature->author},
          {"site", signature->site},
          {"author_hash", signature->author_hash}};
}

Json parts_json(const Info& info) {
  Json out = Json::array();
  for (const Part& part : info.parts)
    out.push_back({{"part", part.name}, {"offset", part.offset}, {"size", part.size}});
  return out;
}

Json sections_json(const Info& info) {
  Json out = Json::array();
  for (const Section& section : info.sections)
    out.push_back({{"section", section.name},
                   {"permissions", section.permissions},
                   {"address", address(section.address)},
                   {"size", section.size},
                   {"zero_filled", section.zero_filled}});
  return out;
}

Json entry_json(const Info& info) {
  if (!info.entry) return nullptr;
  return {{"address", address(info.entry->address)},
          {"symbol", optional_text(info.entry->symbol)},
          {"thumb", info.entry->thumb}};
}

Json symbols_json(const Info& info, const Options& options) {
  Json out = {{"count", info.symbols_read() ? Json(info.symbols.size()) : Json(nullptr)}};
  if (!options.all_symbols) return out;
  Json list = Json::array();
  const std::uint64_t base = cpe::load_address(info.inspection.reading.executable.arch);
  for (const cpe::Symbol& symbol : info.symbols)
    list.push_back({{"name", symbol.name}, {"address", address(base + symbol.offset)}});
  out["list"] = std::move(list);
  return out;
}

Json mini_disk_json(const Info& info) {
  if (!info.mini_disk_read()) return nullptr;
  const cpe::Executable& executable = info.inspection.reading.executable;
  return {{"size", executable.mini_disk_size},
          {"section", executable.has_mini_disk_section},
          {"locked", executable.mini_disk_locked},
          {"backup_name", optional_text(executable.backup_name)}};
}

Json checksum_json(const Info& info) {
  const bool known = info.checksum != ChecksumState::kUnknown;
  return {{"state", name(info.checksum)},
          {"computed", known ? address(info.computed_checksum) : Json(nullptr)}};
}

Json findings_json(const Info& info) {
  Json out = Json::array();
  for (const Finding& finding : info.inspection.findings) {
    const Error& where = finding.where;
    out.push_back({{"severity", cmos::name(finding.severity)},
                   {"rule", finding.rule},
                   {"spec", finding.section},
                   {"offset", where.offset ? Json(*where.offset) : Json(nullptr)},
                   {"field", optional_text(where.field)},
                   {"found", optional_text(where.found)},
                   {"expected", optional_text(where.expected)},
                   {"message", optional_text(where.message)}});
  }
  return out;
}

Json file_json(const Info& info, const Options& options) {
  return {{"file", info.file},
          {"size", info.file_size},
          {"valid", !info.has_errors()},
          {"header", header_json(info)},
          {"signature", signature_json(info)},
          {"layout", parts_json(info)},
          {"image", sections_json(info)},
          {"entry", entry_json(info)},
          {"symbols", symbols_json(info, options)},
          {"mini_disk", mini_disk_json(info)},
          {"checksum", checksum_json(info)},
          {"findings", findings_json(info)}};
}

}  // namespace

Json json_of(const Info& info, const Options& options) {
  return file_json(info, options);
}

std::string document_of(Json list) {
  const Json document = {{"files", std::move(list)}};
  return presentable_json(document.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace cmos::info
