// CPO -> the linker's object model.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/cpo/parse.h"

namespace cmos::cpo {
namespace {

using object::kNoIndex;
using object::Place;
using object::SectionKind;

class ToObject {
 public:
  ToObject(const ReadResult& read, std::string_view name)
      : read_(read), file_(read.file), layout_(read.layout) {
    out_.file = name;
    out_.arch = file_.arch;
    out_.isa = object::isa_of(file_.arch);
  }

  Result<object::Object> convert() {
    if (!out_.isa && !file_.relocations.empty())
      return fail(Error{.code = ErrorCode::kUnsupported,
                        .file = out_.file,
                        .offset = kArchField,
                        .field = "ARCH",
                        .found = quote(as_bytes(file_.arch)),
                        .expected = "an ARCH whose relocations are known"});
    if (file_.link) {
      linked_sections();
    } else {
      plain_sections();
    }
    for (std::size_t i = 0; i < file_.symbols.size(); ++i)
      out_.symbols.push_back(file_.link ? linked_symbol(i) : plain_symbol(i));
    relocations();
    return std::move(out_);
  }

 private:
  // ---- sections ------------------------------------------------------------------------------

  void plain_sections() {
    const bool labels =
        std::any_of(file_.symbols.begin(), file_.symbols.end(), [](const Symbol& one) {
          return one.type != SymbolType::kExtern && one.area == Area::kCode;
        });
    if (!file_.code.empty() || labels) {
      object::Section code;
      code.name = "CODE";
      code.kind = SectionKind::kCode;
      code.alignment = kCodeAlignment;
      code.size = static_cast<std::uint32_t>(file_.code.size());
      code.bytes = file_.code;
      code.file_offset = layout_.code;
      out_.sections.push_back(code);
    }
    first_record_ = static_cast<std::uint32_t>(out_.sections.size());
    for (std::size_t i = 0; i < file_.records.size(); ++i) {
      object::Section section = record_section(i);
      section.kind = file_.records[i].variable ? SectionKind::kVar : SectionKind::kConst;
      out_.sections.push_back(section);
      record_section_.push_back(first_record_ + static_cast<std::uint32_t>(i));
    }
    // Optional sections are kept by tools that rewrite the file; a link has no use for them.
  }

  object::Section record_section(std::size_t index) const {
    const Record& record = file_.records[index];
    object::Section out;
    out.name = record.name;
    out.alignment = record.alignment;
    out.size = record.size;
    out.bytes = record.bytes;
    out.data_type = record.type;
    out.file_offset = index < layout_.record_bytes.size() ? layout_.record_bytes[index] : 0;
    return out;
  }

  void linked_sections() {
    record_section_.assign(file_.records.size(), kNoIndex);
    for (const Unit& unit : file_.link->units) {
      object::Section out;
      switch (unit.area) {
        case UnitArea::kCode:
          out.bytes = file_.code.subspan(unit.place, unit.size);
          out.file_offset = layout_.code + unit.place;
          break;
        case UnitArea::kData:
          out = record_section(unit.place);
          record_section_[unit.place] = static_cast<std::uint32_t>(out_.sections.size());
          break;
        case UnitArea::kSide:
          out.bytes = file_.optional_sections[unit.place].bytes;
          break;
      }
      out.name = unit.name;
      out.kind = unit.kind;
      out.alignment = std::uint32_t{1} << unit.log2_alignment;
      out.size = unit.size;
      out.entry_size = unit.entry_size;
      out.group = unit.group;
      out.link_order = unit.link_order;
      out.retain = (unit.flags & unit_flags::kRetain) != 0;
      out.merge = (unit.flags & unit_flags::kMerge) != 0;
      out.strings = (unit.flags & unit_flags::kStrings) != 0;
      out.tls = (unit.flags & unit_flags::kTls) != 0;
      out_.sections.push_back(out);
    }
    for (const std::string_view group : file_.link->groups) out_.groups.push_back({group});
  }

  // ---- symbols -------------------------------------------------------------------------------

  object::Symbol common_part(const Symbol& symbol) const {
    object::Symbol out;
    out.name = symbol.name;
    out.location = symbol.location;
    out.size = symbol.size;
    out.binding =
        symbol.type == SymbolType::kLocal ? object::Binding::kLocal : object::Binding::kGlobal;
    return out;
  }

  object::Symbol plain_symbol(std::size_t index) const {
    const Symbol& symbol = file_.symbols[index];
    object::Symbol out = common_part(symbol);
    if (symbol.type == SymbolType::kExtern) return out;
    out.place = Place::kSection;
    if (symbol.area == Area::kCode) {
      out.section = 0;
      out.kind = object::SymbolKind::kFunction;
      out.value = symbol.offset;
      out.thumb = out_.isa == object::Isa::kArm && (symbol.offset & 1) != 0;
      if (out.thumb) out.value &= ~std::uint64_t{1};
      return out;
    }
    out.kind = object::SymbolKind::kObject;
    const auto record = record_at(read_, symbol.offset);  // the reader has seen that there is one
    out.section = first_record_ + static_cast<std::uint32_t>(*record);
    out.value = symbol.offset - read_.image_offsets[*record];
    return out;
  }

  object::Symbol linked_symbol(std::size_t index) const {
    const Symbol& symbol = file_.symbols[index];
    const LinkSymbol& more = file_.link->symbols[index];
    object::Symbol out = common_part(symbol);
    if ((more.flags & symbol_flags::kWeak) != 0) out.binding = object::Binding::kWeak;
    out.thumb = (more.flags & symbol_flags::kThumb) != 0;
    out.kind = more.kind;
    out.visibility = more.visibility;
    out.place = more.place;
    out.section = more.unit;
    switch (more.place) {
      case Place::kUndefined:
        break;
      case Place::kAbsolute:
        out.value = more.value;
        out.size = more.size;
        break;
      case Place::kCommon:
        out.alignment = more.alignment;
        out.size = more.size;
        break;
      case Place::kSection:
        place_in_unit(symbol, more, out);
        break;
    }
    return out;
  }

  void place_in_unit(const Symbol& symbol, const LinkSymbol& more, object::Symbol& out) const {
    const Unit& unit = file_.link->units[more.unit];
    switch (unit.area) {
      case UnitArea::kCode:
        out.value = (out.thumb ? symbol.offset & ~1u : symbol.offset) - unit.place;
        break;
      case UnitArea::kData:
        out.value = symbol.offset - read_.image_offsets[unit.place];
        break;
      case UnitArea::kSide:
        out.value = more.value;
        out.size = more.size;
        break;
    }
  }

  // ---- relocations ---------------------------------------------------------------------------

  void relocations() {
    std::optional<CodeUnits> units;
    if (file_.link) units.emplace(*file_.link);
    for (const Relocation& one : file_.relocations) {
      object::Relocation out;
      out.symbol = one.symbol;
      out.type = static_cast<object::RelocationType>(one.type);
      out.addend = one.addend;
      if (one.area == Area::kData) {
        const std::size_t record = *record_at(read_, one.offset);
        out.section = record_section_[record];
        out.offset = one.offset - read_.image_offsets[record];
      } else if (units) {
        out.section = *units->at(one.offset);
        out.offset = one.offset - file_.link->units[out.section].place;
      } else {
        out.offset = one.offset;
      }
      out_.relocations.push_back(out);
    }
    if (file_.link) side_relocations();
    object::index_relocations(out_);
  }

  void side_relocations() {
    for (const SideRelocation& one : file_.link->relocations)
      out_.relocations.push_back({one.unit, one.offset, one.symbol,
                                  static_cast<object::RelocationType>(one.type), one.addend});
  }

  const ReadResult& read_;
  const File& file_;
  const Layout& layout_;
  object::Object out_;
  std::uint32_t first_record_ = 0;
  std::vector<std::uint32_t> record_section_;
};

}  // namespace

Result<object::Object> to_object(const ReadResult& read, std::string_view file) {
  return ToObject(read, file).convert();
}

Result<object::Object> read_object(Bytes file_bytes, std::string_view file) {
  CMOS_TRY(const ReadResult read, cpo::read(file_bytes, file));
  return to_object(read, file);
}

}  // namespace cmos::cpo
