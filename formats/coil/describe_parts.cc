#include "formats/coil/describe_parts.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cmos::coil {

formats::PrivateGroup header_group(Bytes bytes, FileKind kind) {
  const FileKindRow& row = row_of(kind);
  formats::PrivateGroup out{fmt::format("{} header", row.description), {}};
  Findings findings("");
  const auto header = parse_header(bytes, kind, findings);
  if (!header) return out;
  const Version& version = header->version;
  out.fields = {{"version", fmt::format("{}.{}.{}", version.major, version.minor, version.patch)},
                {"flags", fmt::format("0x{:02x} ({})", header->flags,
                                      names_of_bits(row.flags, header->flags))}};
  for (std::size_t i = 0; i < row.offset_count(); ++i)
    out.fields.push_back({std::string(row.offsets[i]), fmt::format("0x{:x}", header->offsets[i])});
  out.fields.push_back({"file_size", fmt::format("{}", header->file_size)});
  return out;
}

formats::PrivateGroup debug_group(const DebugInfo& debug) {
  formats::PrivateGroup out{"Debug information", {}};
  const std::pair<std::string_view, std::size_t> counts[] = {
      {"sources", debug.sources.size()},     {"lines", debug.lines.size()},
      {"types", debug.types.size()},         {"fields", debug.fields.size()},
      {"variables", debug.variables.size()}, {"scopes", debug.scopes.size()},
      {"functions", debug.functions.size()}};
  for (const auto& [name, count] : counts)
    out.fields.push_back({std::string(name), fmt::format("{}", count)});
  for (const DebugSource& one : debug.sources)
    out.fields.push_back({fmt::format("source {}", one.id),
                          fmt::format("{}, CRC-32 0x{:08x}",
                                      quote(as_bytes(debug.string(one.name)), 256), one.hash)});
  return out;
}

std::string format_name(FileKind kind, ByteOrder order) {
  return fmt::format("{}-{}", row_of(kind).name, order == ByteOrder::kBig ? "big" : "little");
}

formats::Symbol described(const Symbol& symbol) {
  namespace attribute = symbol_attribute;
  formats::Symbol out;
  out.name = symbol.name;
  out.value = symbol.value;
  out.binding = symbol.has(attribute::kWeak)     ? object::Binding::kWeak
                : symbol.has(attribute::kGlobal) ? object::Binding::kGlobal
                                                 : object::Binding::kLocal;
  if (symbol.has(attribute::kFunction)) out.kind = object::SymbolKind::kFunction;
  if (symbol.has(attribute::kData)) out.kind = object::SymbolKind::kObject;
  if (symbol.has(attribute::kCommon)) {
    out.place = object::Place::kCommon;
    out.size = symbol.value;
    out.alignment = 1;
  } else if (symbol.has(attribute::kAbsolute)) {
    out.place = object::Place::kAbsolute;
  }
  return out;
}

}  // namespace cmos::coil
