#include "formats/rel/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace cmos::rel {
namespace {

using object::kNoIndex;
using object::Place;
using object::RelocationType;
using object::SectionKind;

/// Where relative jumps count from: the end of their byte. CPO's count from the byte itself.
constexpr std::int64_t kDistanceBias = 1;

constexpr std::uint32_t kMostAlignment = 256;

tl::unexpected<Error> refuse(std::string_view file, std::string field, std::string found,
                             std::string expected) {
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = std::string(file),
                    .field = std::move(field),
                    .found = std::move(found),
                    .expected = std::move(expected)});
}

class ToObject {
 public:
  ToObject(const File& file, std::string_view arch, std::string_view name) : file_(file) {
    out_.file = name;
    out_.arch = arch;
    out_.isa = object::isa_of(arch);
  }

  Result<object::Object> convert() {
    CMOS_TRY_VOID(check_linkable(file_, out_.file));
    for (const Area& one : file_.areas) section(one);
    for (const Symbol& one : file_.symbols) symbol(one);
    for (std::uint32_t i = 0; i < file_.areas.size(); ++i) relocations(i);
    object::index_relocations(out_);
    return std::move(out_);
  }

 private:
  /// An absolute area has no contents, and no place in a program.
  void section(const Area& area) {
    if (area.is_absolute()) {
      section_.push_back(kNoIndex);
      area_symbol_.push_back(kNoIndex);
      return;
    }
    section_.push_back(static_cast<std::uint32_t>(out_.sections.size()));
    area_symbol_.push_back(kNoIndex);
    const bool variables = area.bytes.empty() || holds_variables(area.name);
    out_.sections.push_back({.name = area.name,
                             .kind = variables ? SectionKind::kVar : SectionKind::kCode,
                             .size = area.size,
                             .bytes = area.bytes});
  }

  /// The assembler's own symbol is 0, which a relocation without a symbol says.
  void symbol(const Symbol& in) {
    symbol_.push_back(kNoIndex);
    if (in.name == kAssemblersOwn) return;
    symbol_.back() = static_cast<std::uint32_t>(out_.symbols.size());
    object::Symbol out{.name = in.name, .binding = object::Binding::kGlobal};
    if (in.defined) {
      const std::uint32_t section = in.area == kNoArea ? kNoIndex : section_[in.area];
      out.place = section == kNoIndex ? Place::kAbsolute : Place::kSection;
      out.section = section;
      out.value = in.value;
    }
    out_.symbols.push_back(out);
  }

  /// The nameless symbol of an area, made when a relocation asks for it; none of an absolute one.
  std::uint32_t symbol_of_area(std::uint32_t area) {
    std::uint32_t& index = area_symbol_[area];
    if (index != kNoIndex || section_[area] == kNoIndex) return index;
    index = static_cast<std::uint32_t>(out_.symbols.size());
    out_.symbols.push_back({.section = section_[area],
                            .place = Place::kSection,
                            .kind = object::SymbolKind::kSection});
    return index;
  }

  void relocations(std::uint32_t area) {
    for (const Relocation& in : file_.areas[area].relocations) {
      const std::uint32_t symbol = in.is_symbol ? symbol_[in.index] : symbol_of_area(in.index);
      // An addend has 16 bits: what is above 0x7fff stands for a negative one.
      std::int64_t addend = static_cast<std::int16_t>(in.addend);
      if (in.relative) addend -= kDistanceBias;
      out_.relocations.push_back({.section = section_[area],
                                  .offset = in.offset,
                                  .symbol = symbol,
                                  .type = type_of(in),
                                  .addend = addend});
    }
  }

  static RelocationType type_of(const Relocation& in) {
    if (in.relative) return RelocationType::kPc8;
    return in.part == Relocation::Part::kWord  ? RelocationType::kAbs16
           : in.part == Relocation::Part::kLow ? RelocationType::kAbsByte0
                                               : RelocationType::kAbsByte1;
  }

  const File& file_;
  object::Object out_;
  std::vector<std::uint32_t> section_;      ///< per area; kNoIndex of an absolute one
  std::vector<std::uint32_t> area_symbol_;  ///< per area; kNoIndex until one is made
  std::vector<std::uint32_t> symbol_;       ///< per symbol; kNoIndex of the assembler's own
};

class FromObject {
 public:
  explicit FromObject(const object::Object& object) : object_(object) {}

  Result<File> convert() {
    if (object_.isa != object::Isa::kZ80)
      return refuse(object_.file, "ARCH", quote(as_bytes(object_.arch)), "\"_Z80\" or \"8080\"");
    out_.options = kZ80Option;
    for (std::size_t i = 0; i < object_.sections.size(); ++i) CMOS_TRY_VOID(section(i));
    for (std::size_t i = 0; i < object_.symbols.size(); ++i) CMOS_TRY_VOID(symbol(i));
    for (const object::Relocation& one : object_.relocations) CMOS_TRY_VOID(relocation(one));
    return std::move(out_);
  }

 private:
  Result<void> section(std::size_t index) {
    const object::Section& in = object_.sections[index];
    area_.push_back(kNoArea);
    if (!in.loaded()) return {};
    const std::string field = fmt::format("section {}", quote(as_bytes(in.name), 64));
    if (in.kind > SectionKind::kVar)
      return refuse(object_.file, field, std::string(object::name(in.kind)),
                    "code, constants or variables");
    if (in.group != kNoIndex || in.party != kNoIndex || in.tls || in.merge)
      return refuse(object_.file, field,
                    in.tls     ? "thread-local variables"
                    : in.merge ? "contents that may be shared"
                               : "a member of a group",
                    "a section that is linked as it is");
    if (in.size > UINT16_MAX)
      return refuse(object_.file, field, fmt::format("{} bytes", in.size), "less than 64 KiB");
    if (in.alignment > kMostAlignment)
      return refuse(object_.file, field, fmt::format("an alignment of {}", in.alignment),
                    fmt::format("at most {}, that of where programs begin", kMostAlignment));
    area_.back() = static_cast<std::uint32_t>(out_.areas.size());
    Area& out = out_.areas.emplace_back();
    out.name = in.name;
    out.size = in.size;
    out.alignment = in.alignment;
    if (in.bytes.empty()) return {};  // what other objects have for it says what it holds
    out.variables = in.kind == SectionKind::kVar;
    out.bytes.assign(in.bytes.begin(), in.bytes.end());
    out.bytes.resize(in.size);
    return {};
  }

  Result<void> symbol(std::size_t index) {
    const object::Symbol& in = object_.symbols[index];
    symbol_.push_back(kNoArea);
    const std::string field = fmt::format("symbol {} {}", index, quote(as_bytes(in.name), 64));
    if (in.binding == object::Binding::kWeak || in.place == Place::kCommon)
      return refuse(object_.file, field, in.place == Place::kCommon ? "common" : "weak",
                    "a symbol that one object defines");
    if (!in.location.empty())
      return refuse(object_.file, field,
                    fmt::format("the location {}", quote(as_bytes(in.location), 64)),
                    "none: links for small CPUs search all inputs");
    const bool loaded = in.place != Place::kSection || area_[in.section] != kNoArea;
    if (in.binding == object::Binding::kLocal || !loaded) {
      if (in.place != Place::kUndefined || in.binding != object::Binding::kLocal) return {};
      return refuse(object_.file, field, "local and not defined", "a global one");
    }
    symbol_.back() = static_cast<std::uint32_t>(out_.symbols.size());
    out_.symbols.push_back({.name = std::string(in.name),
                            .defined = in.place != Place::kUndefined,
                            .value = static_cast<std::uint32_t>(in.value),
                            .area = in.place == Place::kSection ? area_[in.section] : kNoArea});
    return {};
  }

  Result<void> relocation(const object::Relocation& in) {
    const std::uint32_t area = area_[in.section];
    if (area == kNoArea) return {};
    Relocation out;
    out.offset = in.offset;
    std::int64_t addend = in.addend;
    switch (in.type) {
      case RelocationType::kPc8:
        out.part = Relocation::Part::kLow;
        out.relative = true;
        addend += kDistanceBias;
        break;
      case RelocationType::kAbs16:
        out.part = Relocation::Part::kWord;
        break;
      case RelocationType::kAbsByte0:
        out.part = Relocation::Part::kLow;
        break;
      case RelocationType::kAbsByte1:
        out.part = Relocation::Part::kHigh;
        break;
      default:
        return refuse(object_.file, fmt::format("{}+0x{:x}", out_.areas[area].name, in.offset),
                      std::string(object::info(in.type).name),
                      "abs16, abs-byte0, abs-byte1 or pc8");
    }
    CMOS_TRY_VOID(target(in.symbol, out, addend));
    out.addend = static_cast<std::uint16_t>(addend);
    out_.areas[area].relocations.push_back(out);
    return {};
  }

  /// A local symbol is a place in its area, or a number.
  Result<void> target(std::uint32_t index, Relocation& out, std::int64_t& addend) {
    out.is_symbol = true;
    if (index == kNoIndex) {
      out.index = number_zero();
    } else if (symbol_[index] != kNoArea) {
      out.index = symbol_[index];
    } else {
      const object::Symbol& symbol = object_.symbols[index];
      addend += static_cast<std::int64_t>(symbol.value);
      out.is_symbol = symbol.place != Place::kSection;
      out.index = out.is_symbol ? number_zero() : area_[symbol.section];
      if (out.index == kNoArea)
        return refuse(object_.file,
                      fmt::format("symbol {} {}", index, quote(as_bytes(symbol.name), 64)),
                      fmt::format("a place in {}, which is not loaded",
                                  quote(as_bytes(object_.sections[symbol.section].name), 64)),
                      "one in memory, for a relocation of code or data");
    }
    return {};
  }

  /// The assembler's own symbol, whose value is 0.
  std::uint32_t number_zero() {
    if (zero_ == kNoArea) {
      zero_ = static_cast<std::uint32_t>(out_.symbols.size());
      out_.symbols.push_back(
          {.name = std::string(kAssemblersOwn), .defined = true, .area = kNoArea});
    }
    return zero_;
  }

  const object::Object& object_;
  File out_;
  std::vector<std::uint32_t> area_;    ///< per section; kNoArea of one that is not loaded
  std::vector<std::uint32_t> symbol_;  ///< per symbol; kNoArea of a local one
  std::uint32_t zero_ = kNoArea;
};

}  // namespace

bool holds_variables(std::string_view area) {
  constexpr std::array<std::string_view, 5> kNames{"_DATA", "_INITIALIZED", "_BSS", "_BSEG",
                                                   "_HEAP"};
  return std::find(kNames.begin(), kNames.end(), area) != kNames.end();
}

Result<void> check_linkable(const File& file, std::string_view name) {
  if (!is_for_z80(file))
    return refuse(name, "O, options", quote(as_bytes(file.options), 64), "-mz80, code for the Z80");
  for (const Area& one : file.areas) {
    const std::string field = fmt::format("area {}", quote(as_bytes(one.name), 64));
    if (one.is_absolute() && !one.bytes.empty())
      return refuse(name, field,
                    fmt::format("contents for fixed addresses from 0x{:x} on", one.address),
                    "a relocatable area; a start-up code for ROMs is none for programs");
    if ((one.flags & Area::kOverlaid) != 0 && one.size != 0)
      return refuse(name, field, "an overlaid area", "one whose parts follow each other");
    for (const Relocation& item : one.relocations) {
      if (item.relative && item.part != Relocation::Part::kLow)
        return refuse(name, fmt::format("{}+0x{:x}", one.name, item.offset),
                      "a distance of other than one byte", "one byte");
    }
  }
  return {};
}

Result<object::Object> to_object(const File& file, std::string_view arch, std::string_view name) {
  return ToObject(file, arch, name).convert();
}

Result<File> from_object(const object::Object& object) {
  return FromObject(object).convert();
}

}  // namespace cmos::rel
