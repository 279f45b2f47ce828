// docs/objdump.schema.json. Addresses are text: JSON numbers are exact up to 2^53 only.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "inspect/json.h"
#include "inspect/listing.h"

namespace cmos::inspect {
namespace {

using Json = nlohmann::ordered_json;

class Builder {
 public:
  Builder(const Description& image, const ObjdumpOptions& options)
      : image_(image), options_(options) {}

  Json header() const {
    const FileFlags flags = file_flags(image_);
    return {{"file", json_text(image_.file)},
            {"format", image_.format},
            {"architecture", image_.architecture},
            {"start_address", image_.start ? Json(hex(*image_.start)) : Json(nullptr)},
            {"flags", flags.names}};
  }

  Json private_headers() const {
    Json out = Json::array();
    for (const PrivateGroup& group : image_.private_groups) {
      Json fields = Json::array();
      for (const PrivateField& field : group.fields)
        fields.push_back({{"name", field.name}, {"value", field.value}});
      out.push_back({{"title", group.title}, {"fields", std::move(fields)}});
    }
    return out;
  }

  Json sections() const {
    Json out = Json::array();
    for (std::size_t i = 0; i < image_.sections.size(); ++i) {
      const Section& one = image_.sections[i];
      if (!options_.wants(one)) continue;
      out.push_back({{"index", i},
                     {"name", json_text(one.name)},
                     {"address", hex(one.address)},
                     {"size", one.size},
                     {"stored", one.bytes.size()},
                     {"file_offset", one.file_offset},
                     {"alignment", std::uint64_t{1} << one.log2_alignment},
                     {"flags", section_flags(one)},
                     {"group", one.group ? Json(json_text(*one.group)) : Json(nullptr)}});
    }
    return out;
  }

  Json symbols() const {
    Json out = Json::array();
    for (const Symbol& one : image_.symbols)
      out.push_back(symbol_json(image_, one, options_.demangle));
    return out;
  }

  Json relocation(const Section& section, const Relocation& one) const {
    Json name = nullptr;
    if (one.symbol != kNoIndex)
      name = json_text(image_.symbol_name(image_.symbols[one.symbol]), options_.demangle);
    return {{"section", json_text(section.name)},
            {"offset", hex(one.offset)},
            {"type", one.type},
            {"symbol", std::move(name)},
            {"addend", one.addend ? Json(*one.addend) : Json(nullptr)}};
  }

  Json relocations() const {
    Json out = Json::array();
    for (const Section& section : image_.sections) {
      if (!options_.wants(section)) continue;
      for (const Relocation& one : section.relocations) out.push_back(relocation(section, one));
    }
    return out;
  }

  Json contents() const {
    Json out = Json::array();
    for (const Section& one : image_.sections) {
      if (one.bytes.empty() || !options_.wants(one)) continue;
      out.push_back({{"section", json_text(one.name)},
                     {"address", hex(one.address)},
                     {"bytes", hex_bytes(one.bytes)}});
    }
    return out;
  }

 private:
  const Description& image_;
  const ObjdumpOptions& options_;
};

class CodeBuilder : public Listener {
 public:
  CodeBuilder(const Description& image, const ObjdumpOptions& options, const Labels& labels)
      : image_(image), options_(options), labels_(labels), builder_(image, options) {}

  void section(const Section& section) override {
    section_ = &section;
    out_.push_back({{"section", json_text(section.name)}, {"labels", Json::array()}});
  }
  void label(std::uint64_t at, std::string_view name) override {
    out_.back()["labels"].push_back(
        {{"name", json_text(name)}, {"address", hex(at)}, {"instructions", Json::array()}});
  }
  void line(const Line& line) override {
    const disasm::Instruction& one = line.instruction;
    Json entry = {{"address", hex(one.address)},
                  {"bytes", hex_bytes(one.bytes)},
                  {"mnemonic", one.mnemonic},
                  {"operands", one.operands}};
    if (line.target) {
      const auto index = static_cast<std::size_t>(section_ - image_.sections.data());
      const std::string name = labels_.name(line.target->address, index, options_.demangle);
      entry["target"] = {{"address", hex(line.target->address)},
                         {"symbol", name.empty() ? Json(nullptr) : Json(name)}};
    }
    if (!line.relocations.empty()) {
      Json list = Json::array();
      for (const Relocation& relocation : line.relocations)
        list.push_back(builder_.relocation(*section_, relocation));
      entry["relocations"] = std::move(list);
    }
    lines().push_back(std::move(entry));
  }
  void zeros(std::uint64_t at, std::uint64_t count) override {
    lines().push_back({{"address", hex(at)}, {"zeros", count}});
  }

  Json take() { return std::move(out_); }

 private:
  Json& lines() { return out_.back()["labels"].back()["instructions"]; }

  const Description& image_;
  const ObjdumpOptions& options_;
  const Labels& labels_;
  Builder builder_;
  const Section* section_ = nullptr;
  Json out_ = Json::array();
};

std::string_view kind_name(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::kNone:
      break;
    case SymbolKind::kObject:
      return "object";
    case SymbolKind::kFunction:
      return "function";
    case SymbolKind::kSection:
      return "section";
    case SymbolKind::kFile:
      return "file";
    case SymbolKind::kMapping:
      return "mapping";
    case SymbolKind::kTls:
      return "thread-local";
    case SymbolKind::kIndirect:
      return "indirect function";
  }
  return "none";
}

std::string_view binding_name(const Symbol& symbol) {
  if (symbol.unique) return "unique";
  return symbol.binding == Binding::kLocal  ? "local"
         : symbol.binding == Binding::kWeak ? "weak"
                                            : "global";
}

std::string_view visibility_name(Visibility visibility) {
  constexpr std::string_view kNames[] = {"default", "internal", "hidden", "protected"};
  return kNames[static_cast<std::size_t>(visibility) & 3];
}

}  // namespace

std::string hex_bytes(Bytes bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

Json symbol_json(const Description& image, const Symbol& one, bool demangle) {
  Json out = {{"name", json_text(image.symbol_name(one), demangle)},
              {"value", hex(one.value)},
              {"size", one.place == Place::kCommon ? one.value : one.size},
              {"binding", binding_name(one)},
              {"kind", kind_name(one.kind)},
              {"visibility", visibility_name(one.visibility)},
              {"section", json_text(image.place_name(one))}};
  if (one.place == Place::kCommon) {
    out["value"] = hex(0);
    out["alignment"] = one.alignment;
  }
  if (one.thumb) out["thumb"] = true;
  if (!one.location.empty()) out["location"] = json_text(one.location);
  return out;
}

std::string json_document(const Json& json) {
  return presentable_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

Result<Json> objdump_json(const Description& image, const ObjdumpOptions& options) {
  const Builder builder(image, options);
  Json out = builder.header();
  if (options.private_headers) out["private_headers"] = builder.private_headers();
  if (options.section_headers) out["sections"] = builder.sections();
  if (options.symbols) out["symbols"] = builder.symbols();
  if (options.relocations) out["relocations"] = builder.relocations();
  if (options.contents) out["contents"] = builder.contents();
  if (!options.wants_code()) return out;
  const Labels labels(image);
  CodeBuilder code(image, options, labels);
  auto walked = walk_code(image, options, labels, code);
  if (!walked) return fail(std::move(walked).error().in_file(image.file));
  out["disassembly"] = code.take();
  return out;
}

}  // namespace cmos::inspect
