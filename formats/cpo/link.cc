// "cmos.link" <-> struct, with the checks that make it agree with the document's tables.
#include "formats/cpo/link.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/text.h"
#include "formats/cpo/parse.h"

namespace cmos::cpo {
namespace {

using object::kNoIndex;
using object::Place;
using object::SectionKind;

constexpr std::uint8_t kMostLog2 = 31;

class LinkParser {
 public:
  explicit LinkParser(Parse& parse)
      : parse_(parse), file_(parse.result.file), reader_(*parse.link, parse.link_at) {}

  void read() {
    const std::uint32_t version = reader_.u32("cmos.link version");
    if (reader_.ok() && version != kLinkVersion) {
      parse_.findings.add(
          rules::kBadLinkVersion,
          Error{.code = version > kLinkVersion ? ErrorCode::kUnsupported : ErrorCode::kMalformed,
                .offset = parse_.link_at,
                .field = "cmos.link version",
                .found = fmt::format("{}", version),
                .expected = fmt::format("{}", kLinkVersion)});
      return;
    }
    if (units() && groups() && symbols() && relocations()) {
      if (!reader_.at_end())
        report(rules::kLinkTruncated, reader_.offset(), "cmos.link size",
               fmt::format("{} more bytes", reader_.remaining()), "none");
      check_units();
      check_symbols();
      check_relocations();
    } else if (!reader_.ok()) {
      parse_.findings.add(rules::kLinkTruncated, reader_.error());
    }
    file_.link = std::move(link_);
  }

 private:
  void report(const Rule& rule, std::uint64_t at, std::string_view field, std::string found,
              std::string expected) {
    parse_.findings.add(rule, at, field, std::move(found), std::move(expected));
  }
  static std::string unit_field(std::size_t index, std::string_view part) {
    return fmt::format("cmos.link unit {} {}", index, part);
  }
  static std::string symbol_field(std::size_t index, std::string_view part) {
    return fmt::format("cmos.link symbol {} {}", index, part);
  }

  bool count(std::uint32_t& count, std::string_view field, std::uint64_t least) {
    const std::uint64_t at = reader_.offset();
    count = reader_.u32(field);
    if (!reader_.ok()) return false;
    if (count <= reader_.remaining() / least) return true;
    report(rules::kLinkTruncated, at, field, fmt::format("{}", count),
           fmt::format("at most {}, the entries that the section can hold",
                       reader_.remaining() / least));
    return false;
  }

  // ---- reading -------------------------------------------------------------------------------

  bool units() {
    std::uint32_t total = 0;
    if (!count(total, "cmos.link unit count", 28)) return false;
    for (std::uint32_t i = 0; i < total; ++i) {
      unit_at_.push_back(reader_.offset());
      Unit out;
      out.kind = static_cast<SectionKind>(reader_.u8("cmos.link unit kind"));
      out.flags = reader_.u8("cmos.link unit flags");
      out.log2_alignment = reader_.u8("cmos.link unit alignment");
      out.area = static_cast<UnitArea>(reader_.u8("cmos.link unit area"));
      out.place = reader_.u32("cmos.link unit place");
      out.size = reader_.u32("cmos.link unit size");
      out.entry_size = reader_.u32("cmos.link unit entry size");
      out.group = reader_.u32("cmos.link unit group");
      out.link_order = reader_.u32("cmos.link described unit");
      const std::uint32_t length = reader_.u32("cmos.link unit name length");
      out.name = as_text(reader_.bytes(length, "cmos.link unit name"));
      if (!reader_.ok()) return false;
      check_name(rules::kBadUnit, fmt::format("cmos.link unit {} name", i), out.name);
      link_.units.push_back(out);
    }
    return true;
  }

  bool groups() {
    std::uint32_t total = 0;
    if (!count(total, "cmos.link group count", 4)) return false;
    for (std::uint32_t i = 0; i < total; ++i) {
      const std::uint64_t at = reader_.offset();
      const std::uint32_t length = reader_.u32("cmos.link group name length");
      const Bytes name = reader_.bytes(length, "cmos.link group name");
      if (!reader_.ok()) return false;
      if (name.empty())
        report(rules::kBadGroup, at, fmt::format("cmos.link group {} name length", i), "0",
               "a name");
      check_name(rules::kBadGroup, fmt::format("cmos.link group {} name", i), as_text(name));
      link_.groups.push_back(as_text(name));
    }
    return true;
  }

  /// A unit's name becomes that of a record or an optional section, which take no others. The name
  /// has just been read.
  void check_name(const Rule& rule, const std::string& field, std::string_view name) {
    if (const auto bad = bad_name_byte(name))
      report(rule, reader_.offset() - name.size() + *bad, field,
             fmt::format("byte 0x{:02x}", as_bytes(name)[*bad]), "UTF-8 without 0");
  }

  bool symbols() {
    const std::uint64_t at = reader_.offset();
    std::uint32_t total = 0;
    if (!count(total, "cmos.link symbol count", 24)) return false;
    if (total != file_.symbols.size()) {
      report(rules::kBadLinkSymbol, at, "cmos.link symbol count", fmt::format("{}", total),
             fmt::format("{}, as the symbol table", file_.symbols.size()));
      return false;
    }
    link_.symbols.reserve(total);
    symbols_at_ = reader_.offset();
    for (std::uint32_t i = 0; i < total; ++i) {
      LinkSymbol out;
      out.flags = reader_.u8("cmos.link symbol flags");
      out.kind = static_cast<object::SymbolKind>(reader_.u8("cmos.link symbol kind"));
      out.visibility = static_cast<object::Visibility>(reader_.u8("cmos.link symbol visibility"));
      out.place = static_cast<Place>(reader_.u8("cmos.link symbol place"));
      out.unit = reader_.u32("cmos.link symbol unit");
      out.size = reader_.u32("cmos.link symbol size");
      out.alignment = reader_.u32("cmos.link symbol alignment");
      out.value = reader_.u64("cmos.link symbol value");
      link_.symbols.push_back(out);
    }
    return reader_.ok();
  }

  bool relocations() {
    std::uint32_t total = 0;
    if (!count(total, "cmos.link relocation count", 24)) return false;
    link_.relocations.reserve(total);
    relocations_at_ = reader_.offset();
    for (std::uint32_t i = 0; i < total; ++i) {
      SideRelocation out;
      out.unit = reader_.u32("cmos.link relocation unit");
      out.offset = reader_.u32("cmos.link relocation offset");
      const std::uint32_t type = reader_.u32("cmos.link relocation type");
      out.type = type > UINT8_MAX ? 0 : static_cast<std::uint8_t>(type);
      out.symbol = reader_.u32("cmos.link relocation symbol");
      out.addend = reader_.i64("cmos.link relocation addend");
      link_.relocations.push_back(out);
    }
    return reader_.ok();
  }

  // ---- checking ------------------------------------------------------------------------------

  void bad_unit(std::size_t index, std::uint64_t at, std::string_view part, std::string found,
                std::string expected) {
    report(rules::kBadUnit, unit_at_[index] + at, unit_field(index, part), std::move(found),
           std::move(expected));
  }

  void check_units() {
    record_used_.assign(file_.records.size(), false);
    side_used_.assign(file_.optional_sections.size(), false);
    for (std::size_t i = 0; i < link_.units.size(); ++i) {
      const Unit& unit = link_.units[i];
      if (unit.kind > SectionKind::kOther)
        bad_unit(i, 0, "kind", fmt::format("{}", static_cast<unsigned>(unit.kind)), "0 to 9");
      if ((unit.flags & ~unit_flags::kAll) != 0)
        bad_unit(i, 1, "flags", fmt::format("0x{:x}", unit.flags), "bits 0 to 3");
      if (unit.log2_alignment > kMostLog2)
        bad_unit(i, 2, "alignment", fmt::format("2^{}", unit.log2_alignment), "at most 2^31");
      if (unit.group != kNoIndex && unit.group >= link_.groups.size())
        bad_unit(i, 16, "group", fmt::format("{}", unit.group),
                 fmt::format("less than {}", link_.groups.size()));
      if (unit.link_order != kNoIndex && unit.link_order >= link_.units.size())
        bad_unit(i, 20, "described unit", fmt::format("{}", unit.link_order),
                 fmt::format("less than {}", link_.units.size()));
      check_merge(i);
      check_area(i);
    }
    for (std::size_t i = 0; i < record_used_.size(); ++i) {
      if (!record_used_[i])
        report(rules::kBadUnit, parse_.link_at, "cmos.link units",
               fmt::format("none for record {}", i), "one for each record");
    }
  }

  void check_merge(std::size_t index) {
    const Unit& unit = link_.units[index];
    if ((unit.flags & unit_flags::kMerge) == 0) return;
    if (unit.entry_size == 0 || unit.size % unit.entry_size != 0)
      bad_unit(index, 12, "entry size", fmt::format("{}", unit.entry_size),
               fmt::format("a divisor of its size {}", unit.size));
  }

  void check_area(std::size_t index) {
    const Unit& unit = link_.units[index];
    switch (unit.area) {
      case UnitArea::kCode:
        return check_code_unit(index);
      case UnitArea::kData:
        return check_data_unit(index);
      case UnitArea::kSide:
        return check_side_unit(index);
    }
    bad_unit(index, 3, "area", fmt::format("{}", static_cast<unsigned>(unit.area)), "0, 1 or 2");
  }

  void check_kind(std::size_t index, bool fits, std::string_view where) {
    if (!fits)
      bad_unit(index, 0, "kind", std::string(name_of(link_.units[index].kind)),
               fmt::format("what {} can hold", where));
  }
  static std::string_view name_of(SectionKind kind) {
    return kind > SectionKind::kOther ? "unknown" : object::name(kind);
  }

  void check_code_unit(std::size_t index) {
    const Unit& unit = link_.units[index];
    check_kind(index, unit.kind == SectionKind::kCode, "CODE");
    if (!range_inside(unit.place, unit.size, file_.code.size())) {
      bad_unit(index, 4, "place, size", fmt::format("0x{:x}, {}", unit.place, unit.size),
               fmt::format("a range inside the {} bytes of CODE", file_.code.size()));
    } else if (unit.place < code_end_) {
      bad_unit(index, 4, "place", fmt::format("0x{:x}", unit.place),
               fmt::format("at least 0x{:x}, the end of the unit before it", code_end_));
    } else {
      code_end_ = std::uint64_t{unit.place} + unit.size;
    }
  }

  void check_data_unit(std::size_t index) {
    const Unit& unit = link_.units[index];
    check_kind(index, unit.kind >= SectionKind::kConst && unit.kind <= SectionKind::kFini, "DATA");
    if (unit.place >= file_.records.size()) {
      bad_unit(index, 4, "place", fmt::format("{}", unit.place),
               fmt::format("less than {}, the number of records", file_.records.size()));
      return;
    }
    const Record& record = file_.records[unit.place];
    if (unit.size != record.size)
      bad_unit(index, 8, "size", fmt::format("{}", unit.size),
               fmt::format("{}, as its record", record.size));
    if (unit.kind == SectionKind::kVar && !record.variable)
      bad_unit(index, 0, "kind", "var", "a kind for constants, as its record");
    if (unit.kind == SectionKind::kConst && record.variable)
      bad_unit(index, 0, "kind", "const", "a kind for variables, as its record");
    if (record_used_[unit.place])
      bad_unit(index, 4, "place", fmt::format("record {} again", unit.place), "each record once");
    record_used_[unit.place] = true;
    if ((unit.flags & unit_flags::kStrings) != 0 && record.bytes.size() != record.size)
      bad_unit(index, 1, "flags", "strings in zero-filled memory", "stored bytes");
  }

  void check_side_unit(std::size_t index) {
    const Unit& unit = link_.units[index];
    check_kind(index, unit.kind >= SectionKind::kUnwind, "an optional section");
    if (unit.place >= file_.optional_sections.size()) {
      bad_unit(index, 4, "place", fmt::format("{}", unit.place),
               fmt::format("less than {}, the number of optional sections",
                           file_.optional_sections.size()));
      return;
    }
    if (unit.size != file_.optional_sections[unit.place].bytes.size())
      bad_unit(index, 8, "size", fmt::format("{}", unit.size),
               fmt::format("{}, as its optional section",
                           file_.optional_sections[unit.place].bytes.size()));
    if (side_used_[unit.place])
      bad_unit(index, 4, "place", fmt::format("optional section {} again", unit.place),
               "each optional section once");
    side_used_[unit.place] = true;
  }

  void bad_symbol(std::size_t index, std::uint64_t at, std::string_view part, std::string found,
                  std::string expected) {
    report(rules::kBadLinkSymbol, symbols_at_ + index * 24 + at, symbol_field(index, part),
           std::move(found), std::move(expected));
  }

  void check_symbols() {
    for (std::size_t i = 0; i < link_.symbols.size(); ++i) {
      const LinkSymbol& one = link_.symbols[i];
      if ((one.flags & ~symbol_flags::kAll) != 0)
        bad_symbol(i, 0, "flags", fmt::format("0x{:x}", one.flags), "bits 0 and 1");
      if (one.kind > object::SymbolKind::kIndirect)
        bad_symbol(i, 1, "kind", fmt::format("{}", static_cast<unsigned>(one.kind)), "0 to 7");
      if (one.visibility > object::Visibility::kProtected)
        bad_symbol(i, 2, "visibility", fmt::format("{}", static_cast<unsigned>(one.visibility)),
                   "0 to 3");
      if ((one.flags & symbol_flags::kWeak) != 0 && file_.symbols[i].type == SymbolType::kLocal)
        bad_symbol(i, 0, "flags", "a weak local symbol", "a global or extern one");
      check_symbol_place(i);
    }
  }

  void check_symbol_place(std::size_t index) {
    const LinkSymbol& one = link_.symbols[index];
    const Symbol& symbol = file_.symbols[index];
    const bool is_extern = symbol.type == SymbolType::kExtern;
    if (one.place > Place::kCommon) {
      bad_symbol(index, 3, "place", fmt::format("{}", static_cast<unsigned>(one.place)), "0 to 3");
      return;
    }
    // A reader that knows only the document's table has to look elsewhere for a common symbol.
    const bool may_be_extern = one.place == Place::kUndefined || one.place == Place::kCommon;
    const bool must_be_extern = may_be_extern && symbol.type != SymbolType::kLocal;
    if (is_extern != must_be_extern)
      bad_symbol(index, 3, "place", fmt::format("{}", static_cast<unsigned>(one.place)),
                 is_extern ? "undefined or common, as an extern" : "a definition, as its type");
    if (one.place == Place::kCommon &&
        (one.alignment == 0 || (one.alignment & (one.alignment - 1)) != 0))
      bad_symbol(index, 12, "alignment", fmt::format("{}", one.alignment), "a power of two");
    if ((one.place == Place::kSection) != (one.unit != kNoIndex)) {
      bad_symbol(index, 4, "unit", fmt::format("{}", one.unit),
                 one.place == Place::kSection ? "its unit" : "0xffffffff");
    } else if (one.place == Place::kSection) {
      check_symbol_unit(index);
    }
  }

  void check_symbol_unit(std::size_t index) {
    const LinkSymbol& one = link_.symbols[index];
    const Symbol& symbol = file_.symbols[index];
    if (one.unit >= link_.units.size()) {
      bad_symbol(index, 4, "unit", fmt::format("{}", one.unit),
                 fmt::format("less than {}", link_.units.size()));
      return;
    }
    const Unit& unit = link_.units[one.unit];
    std::uint64_t start = 0;
    std::uint64_t value = 0;
    switch (unit.area) {
      case UnitArea::kSide:
        value = one.value;
        break;
      case UnitArea::kCode:
        start = unit.place;
        value = symbol.offset;
        if ((one.flags & symbol_flags::kThumb) != 0) value &= ~std::uint64_t{1};
        break;
      case UnitArea::kData:
        if (unit.place >= parse_.result.image_offsets.size()) return;  // reported with the unit
        start = parse_.result.image_offsets[unit.place];
        value = symbol.offset;
        break;
    }
    const bool same_area = unit.area == UnitArea::kSide ||
                           (unit.area == UnitArea::kCode) == (symbol.area == Area::kCode);
    if (same_area && value >= start && value - start <= unit.size) return;
    bad_symbol(index, 4, "unit", fmt::format("{}, which does not hold the symbol", one.unit),
               "the unit that the symbol table places it in");
  }

  void check_relocations() {
    const auto isa = object::isa_of(parse_.header.arch);
    for (std::size_t i = 0; i < link_.relocations.size(); ++i) {
      const SideRelocation& one = link_.relocations[i];
      const std::uint64_t at = relocations_at_ + i * 24;
      const auto report_field = [&](std::uint64_t offset, std::string_view part, std::string found,
                                    std::string expected) {
        report(rules::kBadLinkRelocation, at + offset,
               fmt::format("cmos.link relocation {} {}", i, part), std::move(found),
               std::move(expected));
      };
      const object::RelocationInfo* row = object::find_relocation(one.type);
      if (one.unit >= link_.units.size() || link_.units[one.unit].area != UnitArea::kSide) {
        report_field(0, "unit", fmt::format("{}", one.unit), "a unit of area 2");
      } else if (row == nullptr || (isa && !row->valid_for(*isa))) {
        report_field(8, "type", fmt::format("{}", one.type), "a relocation type of the ARCH");
      } else if (!range_inside(one.offset, row->size, link_.units[one.unit].size)) {
        report_field(4, "offset", fmt::format("0x{:x}", one.offset),
                     fmt::format("a field of {} bytes inside the unit's {}", row->size,
                                 link_.units[one.unit].size));
      }
      if (one.symbol != kNoSymbol && one.symbol >= file_.symbols.size())
        report_field(12, "symbol", fmt::format("{}", one.symbol),
                     fmt::format("less than {}", file_.symbols.size()));
    }
    check_main_relocations();
  }

  /// With units, a field may not straddle two of them: they are placed independently.
  void check_main_relocations() {
    const CodeUnits units(link_);
    for (std::size_t i = 0; i < file_.relocations.size(); ++i) {
      const Relocation& one = file_.relocations[i];
      const object::RelocationInfo* row = object::find_relocation(one.type);
      if (one.area != Area::kCode || row == nullptr) continue;
      const auto unit = units.at(one.offset);
      const bool inside = unit && range_inside(one.offset - link_.units[*unit].place, row->size,
                                               link_.units[*unit].size);
      if (!inside)
        report(rules::kBadUnit, parse_.link_at, "cmos.link units",
               fmt::format("none that holds the field of relocation {} at 0x{:x}", i, one.offset),
               "a unit for all relocated code");
    }
  }

  Parse& parse_;
  File& file_;
  ByteReader reader_;
  Link link_;
  std::vector<std::uint64_t> unit_at_;  ///< of each unit in the file
  std::uint64_t symbols_at_ = 0;
  std::uint64_t relocations_at_ = 0;
  std::uint64_t code_end_ = 0;
  std::vector<bool> record_used_;
  std::vector<bool> side_used_;
};

void write_text(ByteWriter& out, std::string_view text) {
  out.u32(static_cast<std::uint32_t>(text.size()));
  out.text(text);
}

}  // namespace

void parse_link(Parse& parse) {
  if (parse.link) LinkParser(parse).read();
}

CodeUnits::CodeUnits(const Link& link) : link_(link) {
  for (std::size_t i = 0; i < link.units.size(); ++i) {
    if (link.units[i].area == UnitArea::kCode) order_.push_back(static_cast<std::uint32_t>(i));
  }
}

std::optional<std::uint32_t> CodeUnits::at(std::uint64_t offset) const {
  const auto after = std::upper_bound(order_.begin(), order_.end(), offset,
                                      [this](std::uint64_t wanted, std::uint32_t unit) {
                                        return wanted < link_.units[unit].place;
                                      });
  if (after == order_.begin()) return std::nullopt;
  return *(after - 1);
}

std::vector<std::uint8_t> link_bytes(const Link& link) {
  ByteWriter out;
  out.u32(kLinkVersion);
  out.u32(static_cast<std::uint32_t>(link.units.size()));
  for (const Unit& unit : link.units) {
    out.u8(static_cast<std::uint8_t>(unit.kind));
    out.u8(unit.flags);
    out.u8(unit.log2_alignment);
    out.u8(static_cast<std::uint8_t>(unit.area));
    out.u32(unit.place);
    out.u32(unit.size);
    out.u32(unit.entry_size);
    out.u32(unit.group);
    out.u32(unit.link_order);
    write_text(out, unit.name);
  }
  out.u32(static_cast<std::uint32_t>(link.groups.size()));
  for (const std::string_view group : link.groups) write_text(out, group);
  out.u32(static_cast<std::uint32_t>(link.symbols.size()));
  for (const LinkSymbol& symbol : link.symbols) {
    out.u8(symbol.flags);
    out.u8(static_cast<std::uint8_t>(symbol.kind));
    out.u8(static_cast<std::uint8_t>(symbol.visibility));
    out.u8(static_cast<std::uint8_t>(symbol.place));
    out.u32(symbol.unit);
    out.u32(symbol.size);
    out.u32(symbol.alignment);
    out.u64(symbol.value);
  }
  out.u32(static_cast<std::uint32_t>(link.relocations.size()));
  for (const SideRelocation& relocation : link.relocations) {
    out.u32(relocation.unit);
    out.u32(relocation.offset);
    out.u32(relocation.type);
    out.u32(relocation.symbol);
    out.i64(relocation.addend);
  }
  return std::move(out).take();
}

}  // namespace cmos::cpo
