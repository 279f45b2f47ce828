// The steps of a parse. A step reads its part, reports to `findings` and tells by its result
// whether what follows can still be located.
#pragma once

#include <optional>

#include "base/findings.h"
#include "formats/cpo/cpo.h"
#include "formats/cpo/rules.h"

namespace cmos::cpo {

// Places of header fields.
inline constexpr std::uint64_t kArchField = 5;
inline constexpr std::uint64_t kFlagsField = 9;
inline constexpr std::uint64_t kReservedField = 10;
inline constexpr std::uint64_t kHeaderSizeField = 12;
inline constexpr std::uint64_t kCodeSizeField = 16;
inline constexpr std::uint64_t kDataSizeField = 20;
inline constexpr std::uint64_t kSymbolTableField = 24;
inline constexpr std::uint64_t kTailField = 28;

struct Header {
  std::uint8_t version = 0;
  std::string arch;
  std::uint8_t flags = 0;
  std::uint16_t reserved = 0;
  std::uint32_t header_size = 0;
  std::uint32_t code_size = 0;
  std::uint32_t data_size = 0;
  std::uint32_t symbol_table = 0;
  std::uint32_t tail = 0;
};

struct Parse {
  Parse(Bytes file_bytes, std::string_view name) : bytes(file_bytes), findings(name) {}

  Bytes bytes;
  Header header;
  Findings findings;
  ReadResult result;
  std::optional<Bytes> link;  ///< of "cmos.link"
  std::uint64_t link_at = 0;  ///< its place in the file
};

std::optional<Header> parse_header(Bytes file, Findings& findings);
void check_arch(const Header& header, Findings& findings);

/// CODE and DATA. False when a size makes the rest impossible to locate.
bool parse_areas(Parse& parse);
/// Symbol table and all that follows it.
void parse_tables(Parse& parse);
/// "cmos.link", after everything that it refers to.
void parse_link(Parse& parse);

/// The record that holds [offset, offset + size) of the image; of several the last, so that empty
/// records do not count.
std::optional<std::size_t> record_at(const ReadResult& result, std::uint64_t offset);

/// Finds the unit of a place in CODE. The link section must outlive it, and its code units ascend.
class CodeUnits {
 public:
  explicit CodeUnits(const Link& link);
  /// The last one that begins at or before `offset`; it may end before it.
  std::optional<std::uint32_t> at(std::uint64_t offset) const;

 private:
  const Link& link_;
  std::vector<std::uint32_t> order_;
};

/// The bytes that write() puts into "cmos.link".
std::vector<std::uint8_t> link_bytes(const Link& link);

/// Where text stops being what names are made of: UTF-8 without 0.
std::optional<std::size_t> bad_name_byte(std::string_view name);

}  // namespace cmos::cpo
