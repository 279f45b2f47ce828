// Files for the tests, built byte by byte so that each field can be wrong on its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "formats/cpe/cpe.h"

namespace cmos::cpe {

/// A CPE as a bag of fields. The defaults make a valid file; a field that is set overrides what
/// would be computed.
struct Draft {
  std::string magic = "CMOS";
  std::uint8_t version = 1;
  std::string arch = "8664";
  std::uint32_t mini_disk_size = 64;
  std::uint32_t entry = 0;
  std::optional<std::uint32_t> metadata_offset;
  std::optional<std::uint32_t> code_size;
  std::optional<std::uint32_t> checksum;  ///< nothing: the right one
  std::string signature;                  ///< raw bytes
  std::optional<std::uint32_t> table_length;
  std::string table;  ///< raw bytes
  std::string code = std::string(28, '\x90');
  std::string mini_disk = std::string("\0\0\0\0\0", 5);
  std::string tail;

  std::string bytes() const;
};

std::string u32(std::uint32_t value);
/// An entry of the symbol table.
std::string symbol(const std::string& name, std::uint32_t offset);
/// `text` behind its length.
std::string counted(const std::string& text);

inline Result<ReadResult> read_text(const std::string& bytes, const ReadOptions& options = {}) {
  return read(as_bytes(bytes), "t.cpe", options);
}
inline std::vector<Finding> validate_text(const std::string& bytes,
                                          const ReadOptions& options = {}) {
  return validate(as_bytes(bytes), "t.cpe", options);
}
/// "warning stale-lock, error bad-lock": the findings of a validation in their order.
std::string rules_of(const std::vector<Finding>& findings);
/// The error's text, or "read".
std::string outcome(const Result<ReadResult>& result);

}  // namespace cmos::cpe
