// Objects of assemblers for small CPUs, and big-endian ones, as sources of modules.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/elf/big_object.h"
#include "formats/o65/o65.h"
#include "formats/rel/rel.h"
#include "tools/cmos-mod/sources.h"

namespace cmos::modtool {
namespace {

using mod::SectionType;
using mod::Source;
using mod::SourceReference;
using mod::SourceSegment;
using mod::SourceSymbol;
using mod::ValueType;

/// What no module can hold, at a place of a section or area.
Error refusal(std::string_view file, std::string_view area, std::uint32_t offset, std::string found,
              std::string expected) {
  return {.code = ErrorCode::kUnsupported,
          .file = std::string(file),
          .field = fmt::format("{}+0x{:x}", presentable(area, 64), offset),
          .found = std::move(found),
          .expected = std::move(expected)};
}

/// Modules of version 1 have relocations of whole fields alone.
Error half(std::string_view file, std::string_view area, std::uint32_t offset,
           std::string_view which) {
  return refusal(file, area, offset, std::string(which), "a field that holds a whole address");
}

// ---- o65 --------------------------------------------------------------------------------------

constexpr std::size_t kAreas = 4;
constexpr std::string_view kAreaNames[kAreas] = {"text", "data", "bss", "zero"};

class O65Source {
 public:
  O65Source(const o65::File& in, std::string_view file) : in_(in) { out_.file = file; }

  Result<Source> convert() {
    constexpr SectionType kTypes[kAreas] = {SectionType::kText, SectionType::kData,
                                            SectionType::kData, SectionType::kZeroPage};
    for (std::size_t i = 0; i < kAreas; ++i) {
      const o65::Area& area = in_.areas[i];
      if (area.size == 0 && !named(i)) continue;
      places_[i] = out_.segments.size();
      SourceSegment one;
      one.type = kTypes[i];
      one.name = kAreaNames[i];
      one.bytes = area.bytes;
      one.size = area.size;
      out_.segments.push_back(std::move(one));
    }
    symbols();
    for (std::size_t i = 0; i < 2; ++i) CMOS_TRY_VOID(references(i));
    return std::move(out_);
  }

 private:
  static std::size_t index_of(o65::Segment segment) {
    return static_cast<std::size_t>(segment) - static_cast<std::size_t>(o65::Segment::kText);
  }
  /// Whether something refers to an area that holds nothing.
  bool named(std::size_t area) const {
    const auto here = [&](const auto& one) {
      return one.segment >= o65::Segment::kText && index_of(one.segment) == area;
    };
    return std::any_of(in_.exports.begin(), in_.exports.end(), here) ||
           std::any_of(in_.areas.begin(), in_.areas.end(), [&](const o65::Area& from) {
             return std::any_of(from.relocations.begin(), from.relocations.end(), here);
           });
  }

  void symbols() {
    for (const std::string& one : in_.undefined)
      out_.symbols.push_back({one, SourceSymbol::kUndefined, 0, true});
    for (const std::size_t place : places_) out_.symbols.push_back({"", place, 0, false});
    for (const o65::Export& one : in_.exports) {
      SourceSymbol symbol{one.name, SourceSymbol::kAbsolute, one.value, true};
      if (one.segment != o65::Segment::kAbsolute) {
        const std::size_t area = index_of(one.segment);
        symbol.segment = places_[area];
        symbol.offset = one.value - in_.areas[area].base;
      }
      out_.symbols.push_back(std::move(symbol));
    }
  }

  Result<void> references(std::size_t area) {
    using Part = o65::Relocation::Part;
    for (const o65::Relocation& one : in_.areas[area].relocations) {
      if (one.segment == o65::Segment::kAbsolute) continue;
      // The low byte of a zero-page address is all of it.
      const bool zero_page = one.segment == o65::Segment::kZero && one.part == Part::kLow;
      if (one.part != Part::kWord && !zero_page)
        return fail(half(
            out_.file, kAreaNames[area], one.offset,
            one.part == Part::kLow ? "the low byte of an address" : "the high byte of an address"));
      SourceSegment& segment = out_.segments[places_[area]];
      SourceReference out{.type = zero_page ? ValueType::kByte : ValueType::kWyde,
                          .offset = one.offset,
                          .symbol = one.index};
      if (one.segment != o65::Segment::kUndefined) {
        const std::size_t target = index_of(one.segment);
        out.symbol = static_cast<std::uint32_t>(in_.undefined.size() + target);
        const std::span<std::uint8_t> field =
            std::span(segment.bytes).subspan(one.offset, zero_page ? 1 : 2);
        store(field, load(field) - in_.areas[target].base);
      }
      segment.references.push_back(out);
    }
    return {};
  }

  const o65::File& in_;
  std::size_t places_[kAreas] = {SourceSymbol::kUndefined, SourceSymbol::kUndefined,
                                 SourceSymbol::kUndefined, SourceSymbol::kUndefined};
  Source out_;
};

// ---- sdcc's -----------------------------------------------------------------------------------

/// sdcc copies the second to the first before main; a module has the values there at once.
constexpr std::string_view kInitialized = "_INITIALIZED", kInitializer = "_INITIALIZER";

class RelSource {
 public:
  RelSource(rel::File in, std::string_view file) : in_(std::move(in)) {
    out_.file = file;
    out_.big_endian = in_.order == ByteOrder::kBig;
  }

  Result<Source> convert() {
    initial_values();
    for (const rel::Area& one : in_.areas) CMOS_TRY_VOID(area(one));
    symbols();
    for (std::size_t i = 0; i < in_.areas.size(); ++i) CMOS_TRY_VOID(references(i));
    return std::move(out_);
  }

 private:
  void initial_values() {
    rel::Area* first = find(kInitialized);
    rel::Area* second = find(kInitializer);
    if (first == nullptr || second == nullptr || first->size != second->size) return;
    first->bytes = std::exchange(second->bytes, {});
    first->relocations = std::exchange(second->relocations, {});
    second->size = 0;
  }
  rel::Area* find(std::string_view name) {
    const auto found = std::find_if(in_.areas.begin(), in_.areas.end(),
                                    [&](const rel::Area& one) { return one.name == name; });
    return found == in_.areas.end() ? nullptr : &*found;
  }

  static SectionType type_of(const rel::Area& one) {
    const auto begins = [&](std::string_view text) { return one.name.starts_with(text); };
    if (begins("_DATA") || begins("_BSS") || begins(kInitialized) || one.bytes.empty())
      return SectionType::kData;
    if (begins("_CONST") || begins("_RODATA") || begins(kInitializer))
      return SectionType::kReadOnlyData;
    return SectionType::kText;
  }

  Result<void> area(const rel::Area& one) {
    const bool used = std::any_of(in_.symbols.begin(), in_.symbols.end(), [&](const auto& symbol) {
      return symbol.defined && symbol.area == places_.size();
    });
    places_.push_back(SourceSymbol::kUndefined);
    if (one.name == "_GSINIT" && one.size != 0)
      return fail(refusal(out_.file, one.name, 0, "code that sets variables before main",
                          "constant values"));
    if (one.size == 0 && !used && !referred(places_.size() - 1)) return {};
    if ((one.flags & rel::Area::kAbsolute) != 0 && one.size != 0)
      return fail(refusal(out_.file, one.name, 0,
                          fmt::format("an area at address 0x{:x}", one.address),
                          "areas that can be moved"));
    places_.back() = out_.segments.size();
    SourceSegment out;
    out.type = type_of(one);
    out.name = one.name;
    out.bytes = one.bytes;
    out.size = one.size;
    out_.segments.push_back(std::move(out));
    return {};
  }
  bool referred(std::size_t index) const {
    return std::any_of(in_.areas.begin(), in_.areas.end(), [&](const rel::Area& from) {
      return std::any_of(from.relocations.begin(), from.relocations.end(),
                         [&](const auto& one) { return !one.is_symbol && one.index == index; });
    });
  }

  void symbols() {
    for (const rel::Symbol& one : in_.symbols) {
      // The assembler's own name for what has no area.
      const bool own = one.name == ".__.ABS.";
      SourceSymbol out{one.name, SourceSymbol::kUndefined, one.value, !own};
      if (own) out.name.clear();
      if (one.defined)
        out.segment = one.area == rel::kNoArea ? SourceSymbol::kAbsolute : places_[one.area];
      out_.symbols.push_back(std::move(out));
    }
    for (const std::size_t place : places_) out_.symbols.push_back({"", place, 0, false});
  }

  Result<void> references(std::size_t index) {
    using Part = rel::Relocation::Part;
    for (const rel::Relocation& one : in_.areas[index].relocations) {
      const bool jump = one.relative && one.part == Part::kLow;
      if (!jump && one.part != Part::kWord)
        return fail(half(
            out_.file, in_.areas[index].name, one.offset,
            one.part == Part::kLow ? "the low byte of an address" : "the high byte of an address"));
      SourceSegment& segment = out_.segments[places_[index]];
      const std::size_t own = one.is_symbol ? 0 : in_.symbols.size();
      store(std::span(segment.bytes).subspan(one.offset, one.size()), one.addend, in_.order);
      segment.references.push_back(
          {.type = one.relative ? ValueType::kDisplacement : ValueType::kWyde,
           .offset = one.offset,
           .symbol = static_cast<std::uint32_t>(own + one.index),
           .width = static_cast<std::uint8_t>(one.relative ? one.size() : 0),
           .what = "of a distance"});
    }
    return {};
  }

  rel::File in_;
  std::vector<std::size_t> places_;  // segment of each area
  Source out_;
};

// ---- ELF of the 68000 -------------------------------------------------------------------------

class M68kSource {
 public:
  M68kSource(const elf::BigObject& in, std::string_view file) : in_(in) {
    out_.file = file;
    out_.big_endian = true;
  }

  Result<Source> convert() {
    for (const auto& one : in_.sections) section(one);
    for (const auto& one : in_.symbols) symbol(one);
    for (const auto& one : in_.relocations) CMOS_TRY_VOID(reference(one));
    return std::move(out_);
  }

 private:
  static constexpr std::uint32_t kWrite = 1, kAlloc = 2, kExecute = 4;
  static constexpr std::uint16_t kAbsolute = 0xfff1, kCommon = 0xfff2;

  void section(const elf::BigObject::Section& in) {
    places_.push_back(SourceSymbol::kUndefined);
    // Tables for unwinders are of no use to a program that nothing unwinds.
    if ((in.flags & kAlloc) == 0 || in.size == 0 || in.name == ".eh_frame") return;
    places_.back() = out_.segments.size();
    SourceSegment one;
    one.type = (in.flags & kExecute) != 0 ? SectionType::kText
               : (in.flags & kWrite) == 0 ? SectionType::kReadOnlyData
                                          : SectionType::kData;
    one.name = in.name;
    one.bytes.assign(in.bytes.begin(), in.bytes.end());
    one.size = in.size;
    one.alignment = 2;
    out_.segments.push_back(std::move(one));
  }

  void symbol(const elf::BigObject::Symbol& in) {
    SourceSymbol one{std::string(in.name), SourceSymbol::kUndefined, in.value, in.binding != 0};
    if (in.section == kAbsolute) {
      one.segment = SourceSymbol::kAbsolute;
    } else if (in.section == kCommon) {
      one.segment = out_.segments.size();
      one.offset = 0;
      SourceSegment storage;
      storage.type = SectionType::kData;
      storage.name = in.name;
      storage.size = in.size;
      out_.segments.push_back(std::move(storage));
    } else if (in.section < places_.size()) {
      one.segment = in.section == 0 ? SourceSymbol::kUndefined : places_[in.section];
    }
    out_.symbols.push_back(std::move(one));
  }

  Result<void> reference(const elf::BigObject::Relocation& in) {
    const std::size_t place = places_[in.section];
    if (place == SourceSymbol::kUndefined) return {};
    struct Row {
      ValueType type;
      std::uint8_t size;
      std::string_view name;
    };
    static constexpr Row kRows[] = {{ValueType::kTetra, 4, "R_68K_32"},
                                    {ValueType::kWyde, 2, "R_68K_16"},
                                    {ValueType::kByte, 1, "R_68K_8"},
                                    {ValueType::kDisplacement, 4, "R_68K_PC32"},
                                    {ValueType::kDisplacement, 2, "R_68K_PC16"},
                                    {ValueType::kDisplacement, 1, "R_68K_PC8"}};
    SourceSegment& segment = out_.segments[place];
    if (in.type == 0 || in.type > std::size(kRows))
      return fail(refusal(out_.file, segment.name, in.offset,
                          fmt::format("relocation R_68K type {}", in.type),
                          "R_68K_32, _16, _8, _PC32, _PC16 or _PC8"));
    const Row& row = kRows[in.type - 1];
    const unsigned size = row.size;
    if (segment.bytes.size() < size || in.offset > segment.bytes.size() - size)
      return fail(Error{.code = ErrorCode::kMalformed,
                        .file = out_.file,
                        .field = presentable(segment.name, 64),
                        .found = fmt::format("a field of {} bytes at 0x{:x}", size, in.offset),
                        .expected = fmt::format("a place in {} bytes", segment.bytes.size())});
    // Modules count from the end of the field, objects from its start.
    const std::int32_t more =
        row.type == ValueType::kDisplacement ? static_cast<std::int32_t>(size) : 0;
    store(std::span(segment.bytes).subspan(in.offset, size),
          static_cast<std::uint64_t>(std::int64_t{in.addend} + more), ByteOrder::kBig);
    segment.references.push_back({.type = row.type,
                                  .offset = in.offset,
                                  .symbol = in.symbol,
                                  .width = row.size,
                                  .what = row.name});
    return {};
  }

  const elf::BigObject& in_;
  std::vector<std::size_t> places_;  // segment of each section
  Source out_;
};

Error other_cpu(std::string_view file, std::string found, std::string expected) {
  return {.code = ErrorCode::kUsage,
          .file = std::string(file),
          .field = "--cpu",
          .found = std::move(found),
          .expected = std::move(expected)};
}

}  // namespace

std::optional<Result<Source>> read_small_source(Bytes bytes, std::string_view file,
                                                mod::Family family) {
  using mod::Family;
  if (o65::looks_like_o65(bytes)) {
    if (family != Family::k6500)
      return fail(other_cpu(file, std::string(mod::name(family)), "6500, for an o65 object"));
    const auto read = o65::read(bytes, file);
    if (!read) return fail(read.error());
    return O65Source(*read, file).convert();
  }
  if (rel::looks_like_rel(bytes)) {
    if (family != Family::kZ80 && family != Family::k8080 && family != Family::k6800)
      return fail(
          other_cpu(file, std::string(mod::name(family)), "z80, 8080 or 6800, for sdcc's object"));
    auto read = rel::read(bytes, file);
    if (!read) return fail(read.error());
    return RelSource(*std::move(read), file).convert();
  }
  if (elf::looks_like_m68k(bytes)) {
    if (family != Family::k68000)
      return fail(other_cpu(file, std::string(mod::name(family)), "68000, for its ELF object"));
    const auto read = elf::read_m68k_object(bytes, file);
    if (!read) return fail(read.error());
    return M68kSource(*read, file).convert();
  }
  return std::nullopt;
}

}  // namespace cmos::modtool
