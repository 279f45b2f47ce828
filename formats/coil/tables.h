// The tables that .coil, .coilo and .coild share, and what the readers of all formats do with what
// they found.
#pragma once

#include <optional>
#include <vector>

#include "base/findings.h"
#include "formats/coil/object_file.h"

namespace cmos::coil {

/// Reads tables at offsets of a file; what is wrong becomes a finding, what was read before stays.
class TableReader {
 public:
  TableReader(Bytes file, ByteOrder order, Findings& findings);

  std::vector<Symbol> symbols(std::uint32_t offset);
  std::vector<Section> sections(std::uint32_t offset);
  std::vector<Relocation> relocations(std::uint32_t offset);

  /// A reader behind the count of a table whose entries have at least `least_entry` bytes; nothing
  /// when the table is absent or the count cannot be true.
  std::optional<ByteReader> open(std::uint32_t offset, std::string_view name,
                                 std::uint32_t least_entry, std::uint32_t& count);

 private:
  void cut(const Error& error);
  void contents(Section& section, std::uint64_t at);

  Bytes file_;
  ByteOrder order_;
  Findings& findings_;
};

void put_symbols(const std::vector<Symbol>& symbols, ByteWriter& out);
/// kLimit when a name is longer than its length can say, or there are too many.
Result<void> check_symbols(const std::vector<Symbol>& symbols);

/// The findings of a parse as a reader's answer: the first error, or all that are warnings. Bytes
/// behind the file's end are one here.
Result<std::vector<Finding>> readable(Findings findings);

}  // namespace cmos::coil
