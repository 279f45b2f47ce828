// The linker's object model -> CPO. CODE is all code sections one after another, each aligned; a
// constant or variable section becomes a record; what is not loaded becomes an optional section.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/checked.h"
#include "base/text.h"
#include "formats/cpo/parse.h"

namespace cmos::cpo {
namespace {

using object::kNoIndex;
using object::Place;
using object::SectionKind;

constexpr std::uint32_t kMostRecordAlignment = 0x8000;  ///< of the record's u16

bool is_writable(SectionKind kind) {
  return kind != SectionKind::kConst;
}

/// Whether the document's tables alone say all of it: what a plain file reads back as.
bool section_is_plain(const object::Section& section) {
  const bool bare = section.group == kNoIndex && section.link_order == kNoIndex &&
                    section.entry_size == 0 && !section.retain && !section.merge &&
                    !section.strings && !section.tls;
  switch (section.kind) {
    case SectionKind::kCode:
      return bare && section.name == "CODE" && section.alignment == kCodeAlignment &&
             section.bytes.size() == section.size && section.size != 0;
    case SectionKind::kConst:
    case SectionKind::kVar:
      return bare && section.alignment <= kMostRecordAlignment;
    default:
      return false;
  }
}

bool symbol_is_plain(const object::Object& object, const object::Symbol& symbol) {
  if (symbol.binding == object::Binding::kWeak) return false;
  if (symbol.visibility != object::Visibility::kDefault) return false;
  if (symbol.place == Place::kUndefined)
    return symbol.kind == object::SymbolKind::kNone && symbol.binding == object::Binding::kGlobal;
  if (symbol.place != Place::kSection) return false;
  const bool code = object.sections[symbol.section].kind == SectionKind::kCode;
  return symbol.kind == (code ? object::SymbolKind::kFunction : object::SymbolKind::kObject);
}

bool is_plain(const object::Object& object) {
  SectionKind last = SectionKind::kCode;
  for (std::size_t i = 0; i < object.sections.size(); ++i) {
    const object::Section& section = object.sections[i];
    const bool ordered = section.kind >= last && (section.kind != SectionKind::kCode || i == 0);
    if (!ordered || !section_is_plain(section)) return false;
    last = section.kind;
  }
  return object.groups.empty() &&
         std::all_of(object.symbols.begin(), object.symbols.end(),
                     [&](const object::Symbol& one) { return symbol_is_plain(object, one); });
}

class FromObject {
 public:
  FromObject(const object::Object& object, LinkSection link)
      : object_(object), with_link_(link == LinkSection::kWhenNeeded && !is_plain(object)) {
    if (link == LinkSection::kNever) plain_ = true;
  }

  Result<File> convert() {
    CMOS_TRY_VOID(object::check(object_));
    file_.arch = object_.arch;
    if (plain_) CMOS_TRY_VOID(check_plain());
    if (with_link_) file_.link.emplace();
    CMOS_TRY_VOID(sections());
    symbols_into_tables();
    relocations();
    return std::move(file_);
  }

 private:
  tl::unexpected<Error> refuse(std::string field, std::string found, std::string expected) const {
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = object_.file,
                      .field = std::move(field),
                      .found = std::move(found),
                      .expected = std::move(expected)});
  }
  std::string section_field(std::size_t index, std::string_view part) const {
    return fmt::format("section {} {} {}", index, quote(as_bytes(object_.sections[index].name), 64),
                       part);
  }
  std::string symbol_field(std::size_t index, std::string_view part) const {
    return fmt::format("symbol {} {} {}", index, quote(as_bytes(object_.symbols[index].name), 64),
                       part);
  }

  /// What a plain file would silently change.
  Result<void> check_plain() const {
    constexpr std::string_view kHow = "nothing that needs the optional section \"cmos.link\"";
    for (std::size_t i = 0; i < object_.sections.size(); ++i) {
      const object::Section& section = object_.sections[i];
      const bool array =
          section.kind >= SectionKind::kPreinit && section.kind <= SectionKind::kFini;
      if (array || section.group != kNoIndex || section.tls)
        return refuse(section_field(i, "kind"),
                      section.group != kNoIndex ? "a member of a COMDAT group"
                      : section.tls             ? "thread-local variables"
                                                : std::string(object::name(section.kind)),
                      std::string(kHow));
    }
    for (std::size_t i = 0; i < object_.symbols.size(); ++i) {
      const object::Symbol& symbol = object_.symbols[i];
      const bool named =
          symbol.kind != object::SymbolKind::kFile && symbol.kind != object::SymbolKind::kSection;
      if (symbol.binding == object::Binding::kWeak)
        return refuse(symbol_field(i, "binding"), "weak", std::string(kHow));
      if (symbol.place == Place::kCommon || (symbol.place == Place::kAbsolute && named))
        return refuse(symbol_field(i, "place"),
                      symbol.place == Place::kCommon ? "a common symbol" : "an absolute symbol",
                      std::string(kHow));
    }
    return {};
  }

  // ---- sections ------------------------------------------------------------------------------

  Result<void> sections() {
    unit_start_.assign(object_.sections.size(), 0);
    record_of_.assign(object_.sections.size(), kNoIndex);
    side_of_.assign(object_.sections.size(), kNoIndex);
    CMOS_TRY_VOID(code());
    CMOS_TRY_VOID(records(false));
    CMOS_TRY_VOID(records(true));
    const Image image = lay_out(file_.records);
    if (image.size > UINT32_MAX)
      return refuse("DATA", fmt::format("{} bytes in memory", image.size), "less than 4 GiB");
    for (std::size_t i = 0; i < object_.sections.size(); ++i) {
      if (record_of_[i] != kNoIndex)
        unit_start_[i] = static_cast<std::uint32_t>(image.offsets[record_of_[i]]);
    }
    if (!with_link_) return {};
    CMOS_TRY_VOID(side_sections());
    for (std::size_t i = 0; i < object_.sections.size(); ++i) add_unit(i);
    for (const object::Group& group : object_.groups) file_.link->groups.push_back(group.signature);
    return {};
  }

  Result<void> check_name(std::size_t index) const {
    const std::string_view name = object_.sections[index].name;
    if (name.empty()) return refuse(section_field(index, "name"), "no name", "a name");
    if (first_invalid_utf8(as_bytes(name)))
      return refuse(section_field(index, "name"), "bytes that are not UTF-8", "UTF-8");
    return {};
  }

  Result<void> code() {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < object_.sections.size(); ++i) {
      const object::Section& section = object_.sections[i];
      if (section.kind != SectionKind::kCode) continue;
      if (section.bytes.size() != section.size)
        return refuse(
            section_field(i, "size"),
            fmt::format("{} bytes, of which {} are stored", section.size, section.bytes.size()),
            "code that is stored whole");
      // CODE itself is aligned to 16 only; what needs more has it in its unit.
      const std::uint64_t alignment = std::min(section.alignment, kCodeAlignment);
      const std::uint64_t start = align_up(bytes.size(), alignment);
      if (start + section.size > UINT32_MAX)
        return refuse("CODE", fmt::format("{} bytes", start + section.size), "less than 4 GiB");
      bytes.resize(start);
      bytes.insert(bytes.end(), section.bytes.begin(), section.bytes.end());
      unit_start_[i] = static_cast<std::uint32_t>(start);
      clear_fields(section, std::span(bytes).subspan(start));
    }
    file_.code = file_.storage.keep(std::move(bytes));
    return {};
  }

  /// A relocated field's old content means nothing: equal objects shall give equal files.
  void clear_fields(const object::Section& section, std::span<std::uint8_t> bytes) const {
    for (const object::Relocation& one : object_.relocations_of(section))
      object::clear_field(one.type, bytes.subspan(one.offset, object::info(one.type).size));
  }

  Bytes cleared(const object::Section& section) {
    if (section.relocation_count == 0) return section.bytes;
    std::vector<std::uint8_t> bytes(section.bytes.begin(), section.bytes.end());
    clear_fields(section, bytes);
    return file_.storage.keep(std::move(bytes));
  }

  Result<void> records(bool variables) {
    for (std::size_t i = 0; i < object_.sections.size(); ++i) {
      const object::Section& section = object_.sections[i];
      if (!section.loaded() || section.kind == SectionKind::kCode) continue;
      if (is_writable(section.kind) != variables) continue;
      CMOS_TRY_VOID(check_name(i));
      if (!with_link_ && section.alignment > kMostRecordAlignment)
        return refuse(section_field(i, "alignment"), fmt::format("{}", section.alignment),
                      fmt::format("at most {}", kMostRecordAlignment));
      Record record;
      record.variable = variables;
      record.type = section.data_type;
      record.alignment =
          static_cast<std::uint16_t>(std::min(section.alignment, kMostRecordAlignment));
      record.name = section.name;
      record.size = section.size;
      record.bytes = cleared(section);
      record_of_[i] = static_cast<std::uint32_t>(file_.records.size());
      file_.records.push_back(record);
    }
    return {};
  }

  Result<void> side_sections() {
    for (std::size_t i = 0; i < object_.sections.size(); ++i) {
      const object::Section& section = object_.sections[i];
      if (section.loaded()) continue;
      CMOS_TRY_VOID(check_name(i));
      if (section.bytes.size() != section.size)
        return refuse(
            section_field(i, "size"),
            fmt::format("{} bytes, of which {} are stored", section.size, section.bytes.size()),
            "a section that is stored whole, since it is not loaded");
      if (section.name == kLinkName)
        return refuse(section_field(i, "name"), "the name of CPO's own section", "another name");
      side_of_[i] = static_cast<std::uint32_t>(file_.optional_sections.size());
      file_.optional_sections.push_back({section.name, cleared(section)});
    }
    return {};
  }

  void add_unit(std::size_t index) {
    const object::Section& section = object_.sections[index];
    Unit unit;
    unit.kind = section.kind;
    unit.flags = static_cast<std::uint8_t>(
        (section.retain ? unit_flags::kRetain : 0) | (section.merge ? unit_flags::kMerge : 0) |
        (section.strings ? unit_flags::kStrings : 0) | (section.tls ? unit_flags::kTls : 0));
    unit.log2_alignment = static_cast<std::uint8_t>(std::countr_zero(section.alignment));
    unit.size = section.size;
    unit.entry_size = section.entry_size;
    unit.group = section.group;
    unit.link_order = section.link_order;
    unit.name = section.name;
    if (section.kind == SectionKind::kCode) {
      unit.area = UnitArea::kCode;
      unit.place = unit_start_[index];
    } else if (section.loaded()) {
      unit.area = UnitArea::kData;
      unit.place = record_of_[index];
    } else {
      unit.area = UnitArea::kSide;
      unit.place = side_of_[index];
    }
    file_.link->units.push_back(unit);
  }

  // ---- symbols -------------------------------------------------------------------------------

  void symbols_into_tables() {
    file_.symbols.reserve(object_.symbols.size());
    for (const object::Symbol& symbol : object_.symbols) {
      file_.symbols.push_back(table_symbol(symbol));
      if (with_link_) file_.link->symbols.push_back(link_symbol(symbol));
    }
  }

  Symbol table_symbol(const object::Symbol& symbol) const {
    Symbol out;
    out.name = symbol.name;
    const bool local = symbol.binding == object::Binding::kLocal;
    const bool elsewhere = symbol.place == Place::kUndefined || symbol.place == Place::kCommon;
    out.type = local ? SymbolType::kLocal : elsewhere ? SymbolType::kExtern : SymbolType::kGlobal;
    if (out.type == SymbolType::kExtern) out.location = symbol.location;
    if (symbol.place != Place::kSection) return out;
    const object::Section& section = object_.sections[symbol.section];
    if (!section.loaded()) return out;
    out.area = section.kind == SectionKind::kCode ? Area::kCode : Area::kData;
    out.offset = unit_start_[symbol.section] + static_cast<std::uint32_t>(symbol.value);
    if (symbol.thumb && out.area == Area::kCode) out.offset |= 1;
    out.size = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(symbol.size, section.size - symbol.value));
    return out;
  }

  LinkSymbol link_symbol(const object::Symbol& symbol) const {
    LinkSymbol out;
    out.flags = static_cast<std::uint8_t>(
        (symbol.binding == object::Binding::kWeak ? symbol_flags::kWeak : 0) |
        (symbol.thumb ? symbol_flags::kThumb : 0));
    out.kind = symbol.kind;
    out.visibility = symbol.visibility;
    out.place = symbol.place;
    out.unit = symbol.section;
    const bool side = symbol.place == Place::kSection && !object_.sections[symbol.section].loaded();
    if (side || symbol.place == Place::kAbsolute || symbol.place == Place::kCommon) {
      out.size = static_cast<std::uint32_t>(std::min<std::uint64_t>(symbol.size, UINT32_MAX));
      out.alignment = symbol.alignment;
      out.value = symbol.value;
    }
    return out;
  }

  // ---- relocations ---------------------------------------------------------------------------

  void relocations() {
    for (const object::Relocation& one : object_.relocations) {
      const object::Section& section = object_.sections[one.section];
      const auto type = static_cast<std::uint8_t>(one.type);
      if (section.loaded()) {
        file_.relocations.push_back({section.kind == SectionKind::kCode ? Area::kCode : Area::kData,
                                     type, unit_start_[one.section] + one.offset, one.symbol,
                                     one.addend});
      } else if (with_link_) {
        file_.link->relocations.push_back({one.section, one.offset, type, one.symbol, one.addend});
      }
    }
    file_.has_relocation_table = !file_.relocations.empty();
    file_.has_optional_table = with_link_;
  }

  const object::Object& object_;
  bool with_link_ = false;
  bool plain_ = false;
  File file_;
  std::vector<std::uint32_t> unit_start_;  ///< in CODE or in the memory image
  std::vector<std::uint32_t> record_of_;
  std::vector<std::uint32_t> side_of_;
};

}  // namespace

Result<File> from_object(const object::Object& object, LinkSection link) {
  return FromObject(object, link).convert();
}

}  // namespace cmos::cpo
