// SYMBOL TABLE (cpo 4, abi 7), relocations and optional sections.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/checked.h"
#include "base/text.h"
#include "formats/cpo/parse.h"

namespace cmos::cpo {

std::optional<std::size_t> bad_name_byte(std::string_view name) {
  if (const auto bad = first_invalid_utf8(as_bytes(name))) return bad;
  const std::size_t zero = name.find('\0');
  if (zero == std::string_view::npos) return std::nullopt;
  return zero;
}

namespace {

class Tables {
 public:
  Tables(Parse& parse, std::uint64_t start)
      : parse_(parse), file_(parse.result.file), reader_(parse.bytes.subspan(start), start) {}

  void read() {
    if (!symbols()) return;
    if ((parse_.header.flags & kHasRelocations) != 0 && !relocations()) return;
    if ((parse_.header.flags & kHasOptional) != 0 && !optional_sections()) return;
    if (!reader_.at_end())
      parse_.findings.add(rules::kTrailingBytes, reader_.offset(), "end of file",
                          fmt::format("{} more bytes", reader_.remaining()), "none");
  }

 private:
  void report(const Rule& rule, std::uint64_t at, std::string field, std::string found,
              std::string expected) {
    parse_.findings.add(rule, at, field, std::move(found), std::move(expected));
  }
  bool truncated(const Rule& rule, std::string_view entry, std::size_t index) {
    Error where = reader_.error();
    where.field = fmt::format("{} {} {}", entry, index, where.field);
    parse_.findings.add(rule, std::move(where));
    return false;
  }
  /// The number of entries, each of which has at least `least` bytes.
  std::optional<std::uint32_t> count(const Rule& rule, std::string_view field,
                                     std::uint64_t least) {
    const std::uint64_t at = reader_.offset();
    const std::uint32_t count = reader_.u32(field);
    if (!reader_.ok()) {
      parse_.findings.add(rule, reader_.error());
      return std::nullopt;
    }
    if (count <= reader_.remaining() / least) return count;
    report(rule, at, std::string(field), fmt::format("{}", count),
           fmt::format("at most {}, the entries that the rest of the file can hold",
                       reader_.remaining() / least));
    return std::nullopt;
  }

  // ---- symbols -------------------------------------------------------------------------------

  bool symbols() {
    parse_.result.layout.symbols = reader_.offset();
    const auto total = count(rules::kSymbolsTruncated, "symbol count", 18);
    if (!total) return false;
    file_.symbols.reserve(*total);
    for (std::uint32_t i = 0; i < *total; ++i) {
      if (!symbol(i)) return false;
    }
    return true;
  }

  static std::string symbol_field(std::size_t index, std::string_view part) {
    return fmt::format("symbol {} {}", index, part);
  }

  bool symbol(std::size_t index) {
    const std::uint64_t at = reader_.offset();
    Symbol out;
    const std::uint32_t name_length = reader_.u32("name length");
    out.name = as_text(reader_.bytes(name_length, "name"));
    const std::uint64_t type_at = reader_.offset();
    const std::uint8_t type = reader_.u8("type");
    const std::uint8_t section = reader_.u8("section");
    out.offset = reader_.u32("offset");
    out.size = reader_.u32("size");
    const std::uint32_t location_length = reader_.u32("location length");
    out.location = as_text(reader_.bytes(location_length, "location"));
    if (!reader_.ok()) return truncated(rules::kSymbolsTruncated, "symbol", index);
    if (type > 2)
      report(rules::kBadSymbolType, type_at, symbol_field(index, "type"), fmt::format("{}", type),
             "0 (local), 1 (global) or 2 (extern)");
    if (section > 1)
      report(rules::kBadSymbolSection, type_at + 1, symbol_field(index, "section"),
             fmt::format("{}", section), "0 (code) or 1 (data)");
    out.type = static_cast<SymbolType>(type);
    out.area = static_cast<Area>(section);
    check_symbol_name(index, at + 4, out);
    check_place(index, type_at, out);
    check_location(index, type_at + 14, out);
    check_twice(index, at + 4, out);
    file_.symbols.push_back(out);
    parse_.result.layout.symbol_entries.push_back(at);
    return true;
  }

  void check_symbol_name(std::size_t index, std::uint64_t at, const Symbol& symbol) {
    if (symbol.name.empty() && symbol.type != SymbolType::kLocal)
      report(rules::kBadSymbolName, at - 4, symbol_field(index, "name length"), "0",
             "a name, unless it is local");
    if (const auto bad = bad_name_byte(symbol.name))
      report(rules::kBadSymbolName, at + *bad, symbol_field(index, "name"),
             fmt::format("byte 0x{:02x}", as_bytes(symbol.name)[*bad]), "UTF-8 without 0");
  }

  void check_place(std::size_t index, std::uint64_t type_at, const Symbol& symbol) {
    if (symbol.type == SymbolType::kExtern) {
      if (symbol.offset != 0 || symbol.size != 0)
        report(rules::kExternWithPlace, type_at + 2, symbol_field(index, "offset, size"),
               fmt::format("0x{:x}, {}", symbol.offset, symbol.size), "0, 0 for an extern");
      return;
    }
    if (symbol.area == Area::kData) return check_data_place(index, type_at, symbol);
    const bool thumb = parse_.header.arch == "_ARM";
    const std::uint64_t offset = thumb ? symbol.offset & ~1u : symbol.offset;
    if (range_inside(offset, symbol.size, file_.code.size())) return;
    report(rules::kSymbolOutsideSection, type_at + 2, symbol_field(index, "offset, size"),
           fmt::format("0x{:x}, {}", symbol.offset, symbol.size),
           fmt::format("a range inside the {} bytes of CODE", file_.code.size()));
  }

  void check_data_place(std::size_t index, std::uint64_t type_at, const Symbol& symbol) {
    const auto record = record_at(parse_.result, symbol.offset);
    const bool inside = record && range_inside(symbol.offset - parse_.result.image_offsets[*record],
                                               symbol.size, file_.records[*record].size);
    if (inside) return;
    report(rules::kSymbolOutsideSection, type_at + 2, symbol_field(index, "offset, size"),
           fmt::format("0x{:x}, {}", symbol.offset, symbol.size),
           fmt::format("a range inside one record of the {} bytes of DATA in memory",
                       parse_.result.image_size));
  }

  void check_location(std::size_t index, std::uint64_t at, const Symbol& symbol) {
    if (symbol.location.empty()) return;
    if (const auto bad = bad_name_byte(symbol.location))
      report(rules::kBadLocation, at + *bad, symbol_field(index, "location"),
             fmt::format("byte 0x{:02x}", as_bytes(symbol.location)[*bad]), "UTF-8 without 0");
    if (symbol.type != SymbolType::kExtern)
      report(rules::kUnusedLocation, at, symbol_field(index, "location"),
             quote(as_bytes(symbol.location), 64), "none: the symbol is not an extern");
  }

  void check_twice(std::size_t index, std::uint64_t at, const Symbol& symbol) {
    if (symbol.type == SymbolType::kLocal) return;
    const auto [before, fresh] = named_.emplace(symbol.name, index);
    if (fresh) return;
    const bool both_extern = symbol.type == SymbolType::kExtern &&
                             file_.symbols[before->second].type == SymbolType::kExtern;
    report(both_extern ? rules::kDuplicateExtern : rules::kDuplicateSymbol, at,
           symbol_field(index, "name"), fmt::format("{} again", quote(as_bytes(symbol.name), 64)),
           fmt::format("another name than symbol {}", before->second));
  }

  // ---- relocations ---------------------------------------------------------------------------

  bool relocations() {
    file_.has_relocation_table = true;
    parse_.result.layout.relocations = reader_.offset();
    const auto total = count(rules::kRelocationsTruncated, "relocation count", 20);
    if (!total) return false;
    isa_ = object::isa_of(parse_.header.arch);
    file_.relocations.reserve(*total);
    for (std::uint32_t i = 0; i < *total; ++i) {
      if (!relocation(i)) return false;
    }
    return true;
  }

  static std::string relocation_field(std::size_t index, std::string_view part) {
    return fmt::format("relocation {} {}", index, part);
  }

  bool relocation(std::size_t index) {
    const std::uint64_t at = reader_.offset();
    Relocation out;
    const std::uint8_t section = reader_.u8("section");
    out.type = reader_.u8("type");
    const std::uint16_t reserved = reader_.u16("reserved");
    out.offset = reader_.u32("offset");
    out.symbol = reader_.u32("symbol index");
    out.addend = reader_.i64("addend");
    if (!reader_.ok()) return truncated(rules::kRelocationsTruncated, "relocation", index);
    out.area = static_cast<Area>(section);
    if (section > 1)
      report(rules::kBadRelocationSection, at, relocation_field(index, "section"),
             fmt::format("{}", section), "0 (code) or 1 (data)");
    if (reserved != 0)
      report(rules::kReservedNotZero, at + 2, relocation_field(index, "reserved"),
             fmt::format("0x{:04x}", reserved), "0");
    check_field(index, at, out);
    if (out.symbol != kNoSymbol && out.symbol >= file_.symbols.size())
      report(rules::kBadRelocationSymbol, at + 8, relocation_field(index, "symbol index"),
             fmt::format("{}", out.symbol),
             fmt::format("less than {}, the number of symbols", file_.symbols.size()));
    file_.relocations.push_back(out);
    return true;
  }

  void check_field(std::size_t index, std::uint64_t at, const Relocation& relocation) {
    const object::RelocationInfo* row = object::find_relocation(relocation.type);
    if (row == nullptr || (isa_ && !row->valid_for(*isa_))) {
      report(rules::kBadRelocationType, at + 1, relocation_field(index, "type"),
             fmt::format("{}", relocation.type),
             isa_ ? fmt::format("a relocation type of {}", name(*isa_)) : "a relocation type");
      return;
    }
    if (inside(relocation, row->size)) return;
    report(rules::kRelocationOutsideSection, at + 4, relocation_field(index, "offset"),
           fmt::format("0x{:x}", relocation.offset),
           fmt::format("a field of {} bytes inside {}", row->size,
                       relocation.area == Area::kCode
                           ? fmt::format("the {} bytes of CODE", file_.code.size())
                           : std::string("the stored bytes of one record")));
  }

  bool inside(const Relocation& relocation, std::uint64_t size) const {
    if (relocation.area == Area::kCode)
      return range_inside(relocation.offset, size, file_.code.size());
    const auto record = record_at(parse_.result, relocation.offset);
    if (!record) return false;
    return range_inside(relocation.offset - parse_.result.image_offsets[*record], size,
                        file_.records[*record].bytes.size());
  }

  // ---- optional sections ---------------------------------------------------------------------

  bool optional_sections() {
    file_.has_optional_table = true;
    parse_.result.layout.optional_sections = reader_.offset();
    const auto total = count(rules::kOptionalTruncated, "optional section count", 8);
    if (!total) return false;
    for (std::uint32_t i = 0; i < *total; ++i) {
      if (!optional_section(i)) return false;
    }
    return true;
  }

  bool optional_section(std::size_t index) {
    const std::uint64_t at = reader_.offset();
    OptionalSection out;
    const std::uint32_t name_length = reader_.u32("name length");
    out.name = as_text(reader_.bytes(name_length, "name"));
    const std::uint32_t size = reader_.u32("size");
    const std::uint64_t bytes_at = reader_.offset();
    out.bytes = reader_.bytes(size, "bytes");
    if (!reader_.ok()) return truncated(rules::kOptionalTruncated, "optional section", index);
    const std::string field = fmt::format("optional section {} name", index);
    if (out.name.empty()) report(rules::kBadOptionalName, at, field, "an empty name", "a name");
    if (const auto bad = bad_name_byte(out.name))
      report(rules::kBadOptionalName, at + 4 + *bad, field,
             fmt::format("byte 0x{:02x}", as_bytes(out.name)[*bad]), "UTF-8 without 0");
    if (out.name != kLinkName) {
      file_.optional_sections.push_back(out);
    } else if (parse_.link) {
      report(rules::kDuplicateLink, at, field, "\"cmos.link\" again", "one at most");
    } else {
      parse_.link = out.bytes;
      parse_.link_at = bytes_at;
    }
    return true;
  }

  Parse& parse_;
  File& file_;
  ByteReader reader_;
  std::optional<object::Isa> isa_;
  std::unordered_map<std::string_view, std::size_t>
      named_;  ///< first symbol of each name, but locals
};

}  // namespace

std::optional<std::size_t> record_at(const ReadResult& result, std::uint64_t offset) {
  const auto after =
      std::upper_bound(result.image_offsets.begin(), result.image_offsets.end(), offset);
  if (after == result.image_offsets.begin()) return std::nullopt;
  const auto index = static_cast<std::size_t>(after - result.image_offsets.begin()) - 1;
  if (offset - result.image_offsets[index] > result.file.records[index].size) return std::nullopt;
  return index;
}

void parse_tables(Parse& parse) {
  Tables(parse, parse.header.symbol_table).read();
}

}  // namespace cmos::cpo
