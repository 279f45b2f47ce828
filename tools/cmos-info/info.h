// What cmos-info knows of one file, collected once and then shown as text or JSON. Malformed files
// give what could be read of them.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "formats/cpe/cpe.h"

namespace cmos::info {

struct Options {
  bool all_symbols = false;
  cpe::ReadOptions read;
};

/// One field of HEADER as it stands in the file.
struct FieldValue {
  cpe::HeaderField field;
  Bytes raw;                            ///< fewer bytes than the field has when the file is cut
  std::optional<std::uint64_t> number;  ///< for numbers that are whole
  std::string meaning;                  ///< empty when there is nothing to add

  bool whole() const { return raw.size() == field.size; }
  bool is_text() const { return field.name == "magic" || field.name == "ARCH"; }
};

/// A stretch of the file.
struct Part {
  std::string_view name;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// A section of the image in memory.
struct Section {
  std::string_view name;
  std::string_view permissions;  ///< "r-x"
  std::uint64_t address = 0;
  std::uint64_t size = 0;         ///< bytes in memory
  std::uint64_t zero_filled = 0;  ///< how many of them, at the end, are not in the file
};

struct Entry {
  std::uint64_t address = 0;
  bool thumb = false;
  std::string symbol;  ///< "start+0x4", not escaped; empty when no symbol lies before it
};

enum class ChecksumState : std::uint8_t { kUnknown, kNone, kCorrect, kWrong };

struct Info {
  std::string file;
  std::uint64_t file_size = 0;
  cpe::Inspection inspection;
  std::vector<FieldValue> header;
  std::vector<Part> parts;
  std::vector<Section> sections;
  std::vector<cpe::Symbol> symbols;  ///< by address, then name
  std::optional<Entry> entry;        ///< nothing when it lies in no code
  ChecksumState checksum = ChecksumState::kUnknown;
  std::uint32_t computed_checksum = 0;

  bool has(std::string_view rule) const;
  bool has_errors() const;
  bool signature_read() const { return inspection.reading.executable.signature.has_value(); }
  bool symbols_read() const { return inspection.reading.layout.symbol_table != 0; }
  /// Whether the place of the mini-disk section is known.
  bool mini_disk_read() const { return inspection.reading.layout.mini_disk != 0; }
};

/// `bytes` must outlive the result.
Info collect(Bytes bytes, std::string_view file, const Options& options);

std::string_view name(ChecksumState state);

/// The description of one file, with a final newline. Names from the file are quoted and escaped.
std::string text_of(const Info& info, const Options& options);
/// One file's entry in the JSON document (docs/info.schema.json).
nlohmann::ordered_json json_of(const Info& info, const Options& options);
/// The document of these entries, with a final newline. Bytes that are no UTF-8 become U+FFFD.
std::string document_of(nlohmann::ordered_json list);

}  // namespace cmos::info
