#include "tools/cmos-mod/sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/registry/registry.h"
#include "formats/whitesmith/whitesmith.h"

namespace cmos::modtool {
namespace {

using mod::SectionType;
using mod::Source;
using mod::SourceReference;
using mod::SourceSegment;
using mod::SourceSymbol;
using mod::ValueType;

Error unsupported(std::string_view file, std::string field, std::string found,
                  std::string expected) {
  return {.code = ErrorCode::kUnsupported,
          .file = std::string(file),
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected)};
}

// ---- Whitesmith's -----------------------------------------------------------------------------

/// Its segments, in the order of whitesmith::Segment from kText on.
class WhitesmithSource {
 public:
  WhitesmithSource(const whitesmith::File& in, std::string_view file) : in_(in) {
    out_.file = file;
    out_.big_endian = in.config.order() == ByteOrder::kBig;
  }

  Result<Source> convert() {
    segment(SectionType::kText, ".text", in_.text, 0);
    segment(SectionType::kData, ".data", in_.data, 0);
    segment(SectionType::kData, ".bss", {}, in_.bss);
    for (const whitesmith::Symbol& one : in_.symbols) symbol(one);
    for (std::size_t i = 0; i < 3; ++i) out_.symbols.push_back({"", i, 0, false});
    CMOS_TRY_VOID(items(in_.text_items, 0));
    CMOS_TRY_VOID(items(in_.data_items, 1));
    drop_empty();
    return std::move(out_);
  }

 private:
  void segment(SectionType type, std::string_view name, Bytes bytes, std::uint32_t size) {
    SourceSegment one;
    one.type = type;
    one.name = name;
    one.bytes.assign(bytes.begin(), bytes.end());
    one.size = size;
    out_.segments.push_back(std::move(one));
  }

  void symbol(const whitesmith::Symbol& in) {
    SourceSymbol one;
    one.name = in.name;
    one.global = in.global;
    if (in.common()) {
      // Storage of its own, which the first module that defines it gives.
      one.segment = out_.segments.size();
      segment(SectionType::kData, in.name, {}, in.value);
    } else if (in.defined && in.segment == whitesmith::Segment::kAbsolute) {
      one.segment = SourceSymbol::kAbsolute;
      one.offset = in.value;
    } else if (in.defined) {
      one.segment = static_cast<std::size_t>(in.segment) - 1;
      one.offset = in.value - in_.base(in.segment);
    }
    out_.symbols.push_back(std::move(one));
  }

  Result<void> items(const std::vector<whitesmith::Item>& list, std::size_t segment) {
    for (const whitesmith::Item& one : list) {
      const auto place = static_cast<whitesmith::Segment>(segment + 1);
      if (one.relative)
        return fail(unsupported(out_.file, whitesmith::place(place, one.offset),
                                "a relocation relative to its own segment",
                                "one of the field's whole value"));
      SourceReference out;
      out.type = one.is_long ? ValueType::kTetra : ValueType::kPointer;
      if (!one.is_long && in_.config.wide()) out.type = ValueType::kWyde;
      out.offset = one.offset;
      if (one.names_symbol()) {
        out.symbol = one.symbol();
      } else {
        const auto target = static_cast<whitesmith::Segment>(one.target);
        if (target == whitesmith::Segment::kAbsolute) continue;
        out.symbol = static_cast<std::uint32_t>(in_.symbols.size() + one.target - 1);
        rebase(segment, one, in_.base(target));
      }
      out_.segments[segment].references.push_back(out);
    }
    return {};
  }

  /// In place stands an address of the object's own; a module counts from the symbol.
  void rebase(std::size_t segment, const whitesmith::Item& one, std::uint32_t base) {
    const std::span<std::uint8_t> field =
        std::span(out_.segments[segment].bytes).subspan(one.offset, one.size());
    store(field, load(field, in_.config.order()) - base, in_.config.order());
  }

  /// Segments that hold nothing, unless something refers to them.
  void drop_empty() {
    for (std::size_t i = out_.segments.size(); i-- > 0;) {
      if (!out_.segments[i].bytes.empty() || out_.segments[i].size != 0) continue;
      const bool named = std::any_of(out_.symbols.begin(), out_.symbols.end(), [&](const auto& s) {
        return s.segment == i && !s.name.empty();
      });
      if (named || referred(i)) continue;
      out_.segments.erase(out_.segments.begin() + static_cast<std::ptrdiff_t>(i));
      for (SourceSymbol& one : out_.symbols) {
        if (one.segment < SourceSymbol::kAbsolute && one.segment > i) --one.segment;
      }
    }
  }

  bool referred(std::size_t segment) const {
    return std::any_of(out_.segments.begin(), out_.segments.end(), [&](const SourceSegment& s) {
      return std::any_of(s.references.begin(), s.references.end(), [&](const auto& reference) {
        return out_.symbols[reference.symbol].segment == segment;
      });
    });
  }

  const whitesmith::File& in_;
  Source out_;
};

// ---- objects of the linker's model ------------------------------------------------------------

class ObjectSource {
 public:
  explicit ObjectSource(const object::Object& in) : in_(in) { out_.file = in.file; }

  Result<Source> convert() {
    for (std::size_t i = 0; i < in_.sections.size(); ++i) CMOS_TRY_VOID(section(i));
    for (const object::Symbol& one : in_.symbols) symbol(one);
    for (const object::Relocation& one : in_.relocations) CMOS_TRY_VOID(relocation(one));
    for (const object::Unresolvable& one : in_.unresolvable) {
      if (places_[one.section] != SourceSymbol::kUndefined) return refuse(one);
    }
    return std::move(out_);
  }

 private:
  Result<void> section(std::size_t index) {
    const object::Section& in = in_.sections[index];
    places_.push_back(SourceSymbol::kUndefined);
    if (in.loaded() && in.kind > object::SectionKind::kVar && in.size != 0)
      return fail(unsupported(in_.file, presentable(in.name, 64),
                              "functions that are called before or after main", "constant values"));
    if (in.kind > object::SectionKind::kVar || in.size == 0) return {};
    places_.back() = out_.segments.size();
    SourceSegment one;
    one.type = in.kind == object::SectionKind::kCode    ? SectionType::kText
               : in.kind == object::SectionKind::kConst ? SectionType::kReadOnlyData
                                                        : SectionType::kData;
    one.name = in.name;
    one.size = in.size;
    one.alignment = in.alignment;
    one.bytes.assign(in.bytes.begin(), in.bytes.end());
    if (!one.bytes.empty()) one.bytes.resize(in.size);
    out_.segments.push_back(std::move(one));
    return {};
  }

  void symbol(const object::Symbol& in) {
    SourceSymbol one;
    one.name = in.kind == object::SymbolKind::kSection ? std::string_view() : in.name;
    one.global = in.binding != object::Binding::kLocal;
    one.hidden = in.visibility == object::Visibility::kHidden ||
                 in.visibility == object::Visibility::kInternal;
    one.offset = static_cast<std::uint32_t>(in.value);
    one.thumb = in.thumb;
    one.function = in.kind == object::SymbolKind::kFunction;
    if (in.place == object::Place::kAbsolute) one.segment = SourceSymbol::kAbsolute;
    if (in.place == object::Place::kSection) one.segment = places_[in.section];
    if (in.place == object::Place::kCommon) {
      // Storage of its own, which the first module that defines it gives.
      one.segment = out_.segments.size();
      one.offset = 0;
      SourceSegment storage;
      storage.type = SectionType::kData;
      storage.name = in.name;
      storage.size = static_cast<std::uint32_t>(in.size);
      storage.alignment = in.alignment;
      out_.segments.push_back(std::move(storage));
    }
    out_.symbols.push_back(std::move(one));
  }

  /// A field of whole bytes that holds an address.
  static std::optional<ValueType> address_type(object::RelocationType type) {
    switch (type) {
      case object::RelocationType::kAbs8:
        return ValueType::kByte;
      case object::RelocationType::kAbs16:
        return ValueType::kWyde;
      case object::RelocationType::kAbs32:
      case object::RelocationType::kAbs32U:
      case object::RelocationType::kAbs32S:
        return ValueType::kTetra;
      case object::RelocationType::kAbs64:
        return ValueType::kOcta;
      default:
        return std::nullopt;
    }
  }

  /// What is known of a target in the same segment: its distance, and what ARM64's instructions
  /// make of page and low bits.
  static bool is_distance(const object::RelocationInfo& row) {
    using object::Formula;
    if (row.is_page_offset()) return true;
    constexpr Formula kKnown[] = {Formula::kRelative,    Formula::kBranch,
                                  Formula::kPage,        Formula::kRelativeAligned,
                                  Formula::kGotRelative, Formula::kGotOffset};
    return std::find(std::begin(kKnown), std::end(kKnown), row.formula) != std::end(kKnown);
  }
  static bool is_plain(const object::RelocationInfo& row) {
    return row.field == object::Field::kData &&
           (row.formula == object::Formula::kRelative || row.formula == object::Formula::kBranch);
  }

  Result<void> relocation(const object::Relocation& in) {
    const std::size_t place = places_[in.section];
    if (place == SourceSymbol::kUndefined) return {};
    const object::Section& section = in_.sections[in.section];
    const object::RelocationInfo& row = object::info(in.type);
    const auto address = address_type(in.type);
    if (in.symbol == object::kNoIndex || (!address && !is_distance(row)))
      return fail(unsupported(
          in_.file, fmt::format("{}+0x{:x}", presentable(section.name, 64), in.offset),
          fmt::format("relocation {}", row.name), "a field of 1, 2, 4 or 8 whole bytes"));
    SourceSegment& out = out_.segments[place];
    if (out.bytes.empty()) out.bytes.resize(out.size);
    SourceReference reference{.offset = in.offset, .symbol = in.symbol, .what = row.name};
    const auto field = std::span(out.bytes).subspan(in.offset, row.size);
    if (address) {
      reference.type = *address;
      store(field, static_cast<std::uint64_t>(in.addend));
    } else if (is_plain(row)) {
      reference.type = ValueType::kDisplacement;
      reference.width = row.size;
      // Modules count from the end of the field, objects from its start.
      store(field, static_cast<std::uint64_t>(in.addend) + row.size);
    } else {
      reference.field = mod::InstructionField{in.type, *in_.isa, in.addend};
    }
    out.references.push_back(reference);
    return {};
  }

  Result<Source> refuse(const object::Unresolvable& one) const {
    const std::string_view name = in_.isa ? object::elf_name(*in_.isa, one.number) : "";
    return fail(unsupported(
        in_.file,
        fmt::format("{}+0x{:x}", presentable(in_.sections[one.section].name, 64), one.offset),
        name.empty() ? fmt::format("relocation type {}", one.number)
                     : fmt::format("relocation {}", name),
        "a field of 1, 2, 4 or 8 whole bytes"));
  }

  const object::Object& in_;
  std::vector<std::size_t> places_;  // segment of each section
  Source out_;
};

}  // namespace

Result<Source> read_source(Bytes bytes, std::string_view file, mod::Family family) {
  if (whitesmith::looks_like_object(bytes)) {
    CMOS_TRY(const auto read, whitesmith::read(bytes, file));
    return WhitesmithSource(read.file, file).convert();
  }
  if (auto small = read_small_source(bytes, file, family)) return *std::move(small);
  const formats::Format* format = formats::detect(bytes);
  if (format == nullptr) return fail(formats::unrecognized(bytes, file));
  if (format->object == nullptr)
    return fail(
        unsupported(file, "file format", std::string(format->title),
                    "a Whitesmith's, o65, sdcc's, " + formats::object_titles() + " object"));
  CMOS_TRY(const auto object, format->object(bytes, file));
  return ObjectSource(object).convert();
}

}  // namespace cmos::modtool
