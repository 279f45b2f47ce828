// The steps of a parse, one file each. A step reads its part, reports to `findings` and tells by
// its result whether what follows can still be located.
#pragma once

#include <optional>

#include "base/findings.h"
#include "formats/cpe/cpe.h"
#include "formats/cpe/rules.h"

namespace cmos::cpe {

// Places of header fields that later rules point at (abi 1.1).
inline constexpr std::uint64_t kEntryField = 13;
inline constexpr std::uint64_t kMetadataOffsetField = 17;
inline constexpr std::uint64_t kCodeSizeField = 21;
inline constexpr std::uint64_t kChecksumField = 25;

/// The section is padded to this (cpe 1.3).
inline constexpr std::uint64_t kCodeAlignment = 16;

struct Header {
  std::uint8_t version = 0;
  std::string arch;
  std::uint32_t mini_disk_size = 0;
  std::uint32_t entry_offset = 0;
  std::uint32_t metadata_offset = 0;
  std::uint32_t code_size = 0;
  std::uint32_t checksum = 0;

  /// What a linker writes that knows only the document's table (abi 1.1).
  bool zero_tail() const { return metadata_offset == 0 && code_size == 0 && checksum == 0; }
};

/// One reading of one file, filled in step by step.
struct Parse {
  Parse(Bytes bytes, std::string_view name, const ReadOptions& read_options)
      : file(bytes), options(read_options), findings(name) {}

  Bytes file;
  ReadOptions options;
  Header header;
  Findings findings;
  ReadResult result;
  std::uint64_t memory_size = 0;             ///< of the image, by find_sections()
  std::vector<std::uint64_t> symbol_fields;  ///< where each symbol's entry begins in the file
};

/// Nothing when the rest of the file cannot be a CPE that we know.
std::optional<Header> parse_header(Bytes file, Findings& findings);
void check_arch(const Header& header, Findings& findings);
void check_checksum(Bytes file, const Header& header, Findings& findings);

/// SIGNATURE at `start`; the offset after it, or nothing.
std::optional<std::uint64_t> parse_signature(Parse& parse, std::uint64_t start);

/// Where CODE ends; nothing when that cannot be said.
struct CodeExtent {
  std::optional<std::uint64_t> machine_code;
  std::optional<std::uint64_t> end;
};
/// Everything of CODE that begins at `start`, but the entry and the boundaries, which need both
/// ends.
CodeExtent parse_code(Parse& parse, std::uint64_t start);

/// The end of CODE when the header does not state it (abi 1.5).
std::optional<std::uint64_t> infer_code_end(Parse& parse, std::uint64_t code_section,
                                            std::uint64_t machine_code);

/// The image's sections, then the entry point, which has to lie in them (abi 1.3, 1.1).
void find_sections(Parse& parse);
void check_entry(Parse& parse);

/// MINI DISK at `start`, the end of CODE.
void parse_mini_disk(Parse& parse, std::uint64_t start);
/// What is wrong with a backup file name, if anything (abi 1.4).
struct NameFault {
  std::size_t at = 0;  ///< byte of the name
  std::string found;
  std::string expected;
};
std::optional<NameFault> backup_name_fault(Bytes name);

}  // namespace cmos::cpe
