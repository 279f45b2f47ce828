// Where the segments of several objects go in the segments of one module, and what of their
// references is known then.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/module/make.h"

namespace cmos::mod {

struct Position {
  std::optional<std::size_t> segment;  ///< index in the module; nothing: `offset` is a number
  std::uint32_t offset = 0;
};

/// One segment of the module.
struct LaidOut {
  SectionType type = SectionType::kText;
  std::string name;
  std::optional<std::uint32_t> origin;
  std::optional<bool> required;
  ByteOrder order = ByteOrder::kLittle;
  std::vector<std::uint8_t> bytes;  ///< none: so many zeros
  std::size_t size = 0;
};

/// A symbol and the source that defines it.
struct Definition {
  std::size_t source;
  const SourceSymbol* symbol;
};

struct Layout {
  std::vector<LaidOut> segments;
  /// Of every segment of every source.
  std::vector<std::vector<Position>> positions;
  /// What the sources define under global names.
  std::map<std::string_view, Definition> names;
  const std::vector<Source>* sources = nullptr;

  /// Of a symbol that its source defines, with the Thumb bit.
  Position position(std::size_t source, const SourceSymbol& symbol) const;
  /// Whether the field has its value already.
  bool resolved(std::size_t source, std::size_t segment, const SourceReference& reference) const;
  /// Of what a reference in this source names; nothing when no source has it.
  std::optional<Definition> definition(std::size_t source, const SourceReference& reference) const;
};

/// `sources` must outlive the layout. Fails as make() does.
Result<Layout> lay_out(const std::vector<Source>& sources, Family family);

}  // namespace cmos::mod
