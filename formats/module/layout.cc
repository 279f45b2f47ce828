#include "formats/module/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "base/text.h"

namespace cmos::mod {
namespace {

/// Whether a module has no relocation for it.
bool needs_one_segment(const SourceReference& one, Family family) {
  if (one.field) return true;
  return one.type == ValueType::kDisplacement && one.width != 0 &&
         one.width != width(one.type, family);
}

/// Position-independent code of the i386 counts from the global offset table: here from the begin
/// of its segment, which holds none.
bool names_segment(const SourceReference& one) {
  return one.field && object::info(one.field->type).formula == object::Formula::kGotRelative;
}

unsigned bytes_of(const SourceReference& one, Family family) {
  if (one.field) return object::info(one.field->type).size;
  return one.width != 0 ? one.width : width(one.type, family);
}

class Layouter {
 public:
  Layouter(const std::vector<Source>& sources, Family family) : sources_(sources), family_(family) {
    out_.sources = &sources;
  }

  Result<Layout> run() {
    CMOS_TRY_VOID(names());
    for (const Source& one : sources_) {
      first_.push_back(root_.size());
      root_.resize(root_.size() + one.segments.size());
    }
    std::iota(root_.begin(), root_.end(), std::size_t{0});
    CMOS_TRY_VOID(each(&Layouter::join));
    CMOS_TRY_VOID(place());
    CMOS_TRY_VOID(each(&Layouter::resolve));
    return std::move(out_);
  }

 private:
  /// One reference with where it stands.
  struct At {
    std::size_t source;
    std::size_t segment;
    const SourceReference& reference;
  };

  Result<void> names() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      for (const SourceSymbol& one : sources_[i].symbols) {
        if (one.segment == SourceSymbol::kUndefined || !one.global || one.name.empty()) continue;
        if (!out_.names.emplace(one.name, Definition{i, &one}).second)
          return fail(Error{.code = ErrorCode::kUsage,
                            .file = sources_[i].file,
                            .field = quote(as_bytes(one.name), 64),
                            .found = "a second definition",
                            .expected = "one"});
      }
    }
    return {};
  }

  Result<void> each(Result<void> (Layouter::*action)(const At&)) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      for (std::size_t k = 0; k < sources_[i].segments.size(); ++k) {
        for (const SourceReference& one : sources_[i].segments[k].references)
          CMOS_TRY_VOID((this->*action)({i, k, one}));
      }
    }
    return {};
  }

  tl::unexpected<Error> refuse(const At& at, std::string found) const {
    const SourceSegment& segment = sources_[at.source].segments[at.segment];
    return fail(
        Error{.code = ErrorCode::kUnsupported,
              .file = sources_[at.source].file,
              .field = fmt::format("{}+0x{:x}", presentable(segment.name, 64), at.reference.offset),
              .found = std::move(found),
              .expected = "a target in the same module, or a field of 1, 2, 4 or 8 whole bytes"});
  }

  std::string what(const At& at) const {
    const std::string_view name = sources_[at.source].symbols[at.reference.symbol].name;
    return fmt::format("relocation {}{}",
                       at.reference.what.empty() ? "of a distance" : at.reference.what,
                       name.empty() ? "" : " to " + quote(as_bytes(name), 64));
  }

  std::size_t find(std::size_t one) {
    while (root_[one] != one) one = root_[one] = root_[root_[one]];
    return one;
  }

  Result<void> join(const At& at) {
    if (!needs_one_segment(at.reference, family_) || names_segment(at.reference)) return {};
    const auto defined = out_.definition(at.source, at.reference);
    if (!defined) return refuse(at, what(at) + ", which no object defines");
    const auto [source, symbol] = *defined;
    if (symbol->segment == SourceSymbol::kAbsolute) return refuse(at, what(at) + ", a number");
    const std::size_t a = find(first_[at.source] + at.segment);
    const std::size_t b = find(first_[source] + symbol->segment);
    if (a == b) return {};
    if (alone(sources_[at.source].segments[at.segment]) ||
        alone(sources_[source].segments[symbol->segment]))
      return refuse(at, what(at) + ", from one segment to another");
    root_[std::max(a, b)] = std::min(a, b);
    return {};
  }
  /// What cannot be part of another segment.
  static bool alone(const SourceSegment& one) {
    return one.type == SectionType::kOverlay || one.type == SectionType::kZeroPage || one.origin;
  }

  Result<void> place() {
    std::map<std::size_t, std::size_t> segment_of;  // of a root
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      out_.positions.emplace_back();
      for (std::size_t k = 0; k < sources_[i].segments.size(); ++k) {
        const auto [known, first] = segment_of.emplace(find(first_[i] + k), out_.segments.size());
        const SourceSegment& segment = sources_[i].segments[k];
        if (first) begin(sources_[i], segment);
        CMOS_TRY(const std::uint32_t offset, add(sources_[i], segment, known->second));
        out_.positions.back().push_back({known->second, offset});
      }
    }
    return {};
  }

  void begin(const Source& source, const SourceSegment& in) {
    LaidOut out;
    out.type = in.type;
    out.name = in.name;
    out.origin = in.origin;
    out.required = in.required;
    out.order = in.big_endian.value_or(source.big_endian) ? ByteOrder::kBig : ByteOrder::kLittle;
    out_.segments.push_back(std::move(out));
  }

  Result<std::uint32_t> add(const Source& source, const SourceSegment& in, std::size_t number) {
    LaidOut& out = out_.segments[number];
    const std::size_t alignment = std::max<std::size_t>(in.alignment, 1);
    const std::size_t offset = align_up(out.size, alignment);
    const std::size_t size = in.bytes.empty() ? in.size : in.bytes.size();
    if (offset + size > UINT16_MAX)
      return fail(Error{.code = ErrorCode::kUsage,
                        .file = source.file,
                        .field = in.name + " size",
                        .found = fmt::format("{}", offset + size),
                        .expected = "at most 65535"});
    // What is put together with code is code, and with variables variable.
    if (in.type == SectionType::kText || out.type == SectionType::kReadOnlyData) out.type = in.type;
    if (!in.bytes.empty() || !out.bytes.empty()) {
      out.bytes.resize(offset + size);
      std::copy(in.bytes.begin(), in.bytes.end(),
                out.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    }
    out.size = offset + size;
    return static_cast<std::uint32_t>(offset);
  }

  Result<void> resolve(const At& at) {
    const unsigned size = bytes_of(at.reference, family_);
    const Position place = out_.positions[at.source][at.segment];
    LaidOut& segment = out_.segments[*place.segment];
    const std::size_t offset = std::size_t{place.offset} + at.reference.offset;
    if (size > segment.bytes.size() || offset > segment.bytes.size() - size)
      return refuse(at, "a field that ends behind its segment");
    if (!out_.resolved(at.source, at.segment, at.reference)) return {};
    const auto field = std::span(segment.bytes).subspan(offset, size);
    const auto here = static_cast<std::uint32_t>(offset);
    const auto done = at.reference.field ? in_instruction(at, field, here)
                                         : distance(at, field, segment.order, here);
    if (done) return {};
    return refuse(at, what(at) + ": " + done.error().text());
  }

  /// Where the reference leads, in the same segment, with the Thumb bit.
  std::uint32_t target(const At& at) const {
    const Definition to = *out_.definition(at.source, at.reference);
    return out_.position(to.source, *to.symbol).offset;
  }

  Result<void> distance(const At& at, std::span<std::uint8_t> field, ByteOrder order,
                        std::uint32_t here) const {
    const auto size = static_cast<unsigned>(field.size());
    const auto addend = static_cast<std::uint64_t>(sign_extend(load(field, order), size));
    const std::uint64_t away = std::uint64_t{target(at)} - (std::uint64_t{here} + size);
    const auto value = static_cast<std::int64_t>(away + addend);
    if (sign_extend(static_cast<std::uint64_t>(value), size) != value)
      return fail(ErrorCode::kUnsupported, fmt::format("{} does not fit {} bytes", value, size));
    store(field, static_cast<std::uint64_t>(value), order);
    return {};
  }

  Result<void> in_instruction(const At& at, std::span<std::uint8_t> field,
                              std::uint32_t here) const {
    const InstructionField& one = *at.reference.field;
    const object::RelocationInfo& row = object::info(one.type);
    if (row.is_page_offset()) return object::apply(one.type, field, one.addend);
    if (row.formula == object::Formula::kPage)
      return without_page(field, std::int64_t{target(at)} - here);
    object::Inputs inputs{.addend = one.addend, .place = here};
    if (names_segment(at.reference))
      return object::apply(one.type, field, object::evaluate(one.type, one.isa, inputs));
    const SourceSymbol& symbol = *out_.definition(at.source, at.reference)->symbol;
    inputs.symbol = target(at) & ~std::uint32_t{symbol.thumb};
    inputs.thumb = symbol.thumb;
    return object::apply(one.type, field, object::evaluate(one.type, one.isa, inputs),
                         symbol.code_state());
  }

  /// ARM64 makes an address of its page and its low 12 bits, both of which depend on where the
  /// segment is placed. The target lies near: ADRP becomes ADR with the symbol's very address, and
  /// what belongs to it adds no more than its addend.
  static Result<void> without_page(std::span<std::uint8_t> field, std::int64_t away) {
    field[3] &= 0x7f;
    return object::apply(object::RelocationType::kA64Adr21, field, away);
  }

  const std::vector<Source>& sources_;
  const Family family_;
  Layout out_;
  std::vector<std::size_t> first_;  // number of each source's first segment
  std::vector<std::size_t> root_;   // of the segments that become one
};

}  // namespace

Position Layout::position(std::size_t source, const SourceSymbol& symbol) const {
  const std::uint32_t offset = symbol.offset | std::uint32_t{symbol.thumb};
  if (symbol.segment == SourceSymbol::kAbsolute) return {std::nullopt, offset};
  const Position begin = positions[source][symbol.segment];
  return {begin.segment, begin.offset + offset};
}

std::optional<Definition> Layout::definition(std::size_t source,
                                             const SourceReference& reference) const {
  const SourceSymbol& one = (*sources)[source].symbols[reference.symbol];
  if (one.segment != SourceSymbol::kUndefined) return Definition{source, &one};
  const auto known = names.find(one.name);
  return known == names.end() ? std::nullopt : std::optional(known->second);
}

bool Layout::resolved(std::size_t source, std::size_t segment,
                      const SourceReference& reference) const {
  if (names_segment(reference)) return true;
  if (!reference.field && reference.type != ValueType::kDisplacement) return false;
  const auto to = definition(source, reference);
  return to && position(to->source, *to->symbol).segment == positions[source][segment].segment;
}

Result<Layout> lay_out(const std::vector<Source>& sources, Family family) {
  return Layouter(sources, family).run();
}

}  // namespace cmos::mod
