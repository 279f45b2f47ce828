#include "formats/module/make.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"
#include "formats/module/edit.h"
#include "formats/module/layout.h"

namespace cmos::mod {
namespace {

Error wrong(std::string_view file, std::string field, std::string found, std::string expected) {
  return {.code = ErrorCode::kUsage,
          .file = std::string(file),
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected)};
}

/// The name that compilers give to where a program begins.
constexpr std::string_view kCompilersStart = "_start";

class Maker {
 public:
  Maker(const std::vector<Source>& sources, const MakeOptions& options)
      : sources_(sources), options_(options) {}

  Result<Made> make() {
    header();
    CMOS_TRY(layout_, lay_out(sources_, options_.cpu.family));
    CMOS_TRY_VOID(start());
    CMOS_TRY_VOID(segments());
    for (std::size_t i = 0; i < sources_.size(); ++i) CMOS_TRY_VOID(definitions(i));
    CMOS_TRY_VOID(exports());
    for (std::size_t i = 0; i < sources_.size(); ++i) CMOS_TRY_VOID(references(i));
    relocations();
    out_.module.has_imports = !out_.module.imports.empty();
    out_.module.has_exports = !out_.module.exports.empty();
    CMOS_TRY_VOID(update_memory(out_.module));
    return std::move(out_);
  }

 private:
  std::string_view keep(std::string_view text) { return out_.storage.keep_text(text); }

  void header() {
    Module& module = out_.module;
    module.memory = options_.budget;
    if (!options_.model.empty()) {
      std::vector<std::uint8_t> data{static_cast<std::uint8_t>(options_.cpu.family),
                                     options_.cpu.stepping};
      data.insert(data.end(), options_.model.begin(), options_.model.end());
      module.options.push_back({option::kCpu, out_.storage.keep(std::move(data))});
    }
    for (const std::string& one : options_.platforms)
      module.options.push_back({option::kPlatform, as_bytes(keep(one))});
    for (const auto& [id, data] : options_.further)
      module.options.push_back({id, out_.storage.keep(data)});
  }

  /// Which name becomes `start`.
  Result<void> start() {
    const auto& names = layout_.names;
    if (options_.start.empty()) {
      if (!names.contains(kStartName) && names.contains(kCompilersStart)) start_ = kCompilersStart;
      return {};
    }
    start_ = options_.start;
    if (!names.contains(start_))
      return fail(wrong("", "start " + quote(as_bytes(start_), 64), "no definition",
                        "a global name of an object"));
    if (start_ != kStartName && names.contains(kStartName))
      return fail(wrong("", "start " + quote(as_bytes(start_), 64),
                        "another 'start' in the same module", "one"));
    return {};
  }

  Result<void> segments() {
    if (layout_.segments.size() > UINT16_MAX)
      return fail(
          wrong("", "segments", fmt::format("{}", layout_.segments.size()), "at most 65535"));
    for (LaidOut& one : layout_.segments) {
      Segment segment;
      segment.type = one.type;
      segment.required = one.required.value_or(options_.required);
      segment.big_endian = one.order == ByteOrder::kBig;
      segment.id = static_cast<std::uint16_t>(out_.module.segments.size() + 1);
      segment.origin = one.origin;
      if (!one.name.empty()) segment.name = keep(one.name);
      if (options_.cpu.family != Family::kNone) segment.cpu = options_.cpu;
      segment.size = static_cast<std::uint16_t>(one.size);
      if (!one.bytes.empty()) segment.payload = out_.storage.keep(std::move(one.bytes));
      out_.module.segments.push_back(std::move(segment));
    }
    return {};
  }

  Result<void> exports() {
    for (const std::string& one : options_.exports) {
      if (!defined_.contains(one) && (one != kStartName || start_.empty()))
        return fail(wrong("", "export " + quote(as_bytes(one), 64), "no definition",
                          "a global name of an object"));
    }
    return {};
  }

  Result<std::uint16_t> next_ordinal(const Source& source) {
    if (last_ordinal_ == UINT16_MAX)
      return fail(wrong(source.file, "ordinals", "more than 65535", "at most 65535"));
    return ++last_ordinal_;
  }

  bool listed(std::string_view name) const {
    return std::find(options_.exports.begin(), options_.exports.end(), name) !=
           options_.exports.end();
  }
  bool exported(const SourceSymbol& one) const {
    if (one.name == start_ && (!options_.start.empty() || listed(kStartName))) return true;
    return !one.hidden && (options_.exports.empty() || listed(one.name));
  }

  ValueType type_of(const SourceSymbol& one, const Source& source) const {
    if (const auto given = options_.types.find(one.name); given != options_.types.end())
      return given->second;
    if (one.segment == SourceSymbol::kUndefined) return ValueType::kProcedure;
    if (one.segment == SourceSymbol::kAbsolute) return ValueType::kByte;
    const SectionType type = source.segments[one.segment].type;
    const bool code = type == SectionType::kText || type == SectionType::kOverlay;
    return code ? ValueType::kProcedure : ValueType::kByte;
  }

  Result<void> definitions(std::size_t index) {
    for (const SourceSymbol& one : sources_[index].symbols) {
      if (one.segment == SourceSymbol::kUndefined || !one.global || one.name.empty()) continue;
      CMOS_TRY(defined_[one.name], define(index, one, exported(one)));
    }
    return {};
  }

  Result<std::uint16_t> define(std::size_t index, const SourceSymbol& one, bool named) {
    const Source& source = sources_[index];
    Export out;
    CMOS_TRY(out.ordinal, next_ordinal(source));
    const Position at = layout_.position(index, one);
    if (at.offset > UINT16_MAX)
      return fail(wrong(source.file, quote(as_bytes(one.name), 64),
                        fmt::format("0x{:x}", at.offset), "at most 0xffff"));
    out.offset = static_cast<std::uint16_t>(at.offset);
    if (at.segment) {
      const Segment& segment = out_.module.segments[*at.segment];
      out.segment = segment.id;
      if (at.offset > segment.size)
        return fail(wrong(source.file, quote(as_bytes(one.name), 64),
                          fmt::format("0x{:x}", at.offset),
                          fmt::format("at most 0x{:x}, where its segment ends", segment.size)));
    }
    out.type = type_of(one, source);
    if (named && one.name == start_) {
      out.type = ValueType::kProcedure;
      out.name = kStartName;
    } else if (named) {
      if (one.name.size() > UINT8_MAX)
        return fail(wrong(source.file, quote(as_bytes(one.name), 64), "a longer name",
                          "at most 255 bytes"));
      out.name = keep(one.name);
    }
    out_.module.exports.push_back(out);
    return out.ordinal;
  }

  /// The ordinal of what a reference of this source names.
  Result<std::uint16_t> ordinal(std::size_t index, std::uint32_t symbol) {
    const SourceSymbol& one = sources_[index].symbols[symbol];
    const bool shared =
        one.segment == SourceSymbol::kUndefined || (one.global && !one.name.empty());
    if (!shared) {
      const auto [known, first] = own_.emplace(std::pair{index, symbol}, 0);
      if (first) {
        CMOS_TRY(known->second, define(index, one, false));
      }
      return known->second;
    }
    if (const auto known = defined_.find(one.name); known != defined_.end()) return known->second;
    const auto [known, first] = imported_.emplace(one.name, 0);
    if (!first) return known->second;
    CMOS_TRY(known->second, next_ordinal(sources_[index]));
    if (one.name.empty() || one.name.size() > UINT8_MAX)
      return fail(wrong(sources_[index].file, "import", quote(as_bytes(one.name), 64),
                        "a name of 1 to 255 bytes"));
    out_.module.imports.push_back({known->second, type_of(one, sources_[index]), keep(one.name)});
    return known->second;
  }

  Result<void> references(std::size_t index) {
    for (std::size_t i = 0; i < sources_[index].segments.size(); ++i) {
      const Position at = layout_.positions[index][i];
      auto& by_ordinal = items_[*at.segment];
      for (const SourceReference& one : sources_[index].segments[i].references) {
        if (layout_.resolved(index, i, one)) continue;
        CMOS_TRY(const std::uint16_t target, ordinal(index, one.symbol));
        by_ordinal[target].push_back(
            {one.type, static_cast<std::uint16_t>(at.offset + one.offset)});
      }
    }
    return {};
  }

  void relocations() {
    for (auto& [number, by_ordinal] : items_) {
      Segment& segment = out_.module.segments[number];
      segment.has_relocations = !by_ordinal.empty();
      for (auto& [target, items] : by_ordinal)
        segment.relocations.push_back({target, std::move(items)});
    }
  }

  const std::vector<Source>& sources_;
  const MakeOptions& options_;
  Layout layout_;
  Made out_;
  std::string_view start_;
  std::uint16_t last_ordinal_ = 0;
  std::map<std::string_view, std::uint16_t> defined_;
  std::map<std::string_view, std::uint16_t> imported_;
  std::map<std::pair<std::size_t, std::uint32_t>, std::uint16_t> own_;
  /// Of each segment of the module.
  std::map<std::size_t, std::map<std::uint16_t, std::vector<Item>>> items_;
};

}  // namespace

Result<Made> make(const std::vector<Source>& sources, const MakeOptions& options) {
  return Maker(sources, options).make();
}

}  // namespace cmos::mod
