// CPO files for tests, every field of which can be set wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/cpo/cpo.h"

namespace cmos::cpo::test {

std::string u16(std::uint32_t value);
std::string u32(std::uint64_t value);
std::string u64(std::uint64_t value);
/// u32 length + text.
std::string counted(std::string_view text);

struct DraftRecord {
  int kind = 0;
  int type = 9;
  std::uint32_t alignment = 4;
  std::string name = "greeting";
  std::uint32_t size = 8;
  std::string bytes = "12345678";
  std::optional<std::uint32_t> name_length = {};
  std::optional<std::uint32_t> stored_length = {};
  std::string text() const;
};
struct DraftSymbol {
  std::string name = "start";
  int type = 1;
  int section = 0;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  std::string location = {};
  std::optional<std::uint32_t> name_length = {};
  std::optional<std::uint32_t> location_length = {};
  std::string text() const;
};
struct DraftRelocation {
  int section = 0;
  int type = 8;  ///< pc32
  std::uint32_t reserved = 0;
  std::uint32_t offset = 4;
  std::uint32_t symbol = 2;
  std::uint64_t addend = static_cast<std::uint64_t>(-4);
  std::string text() const;
};

/// By default a small complete file: 16 bytes of code, a constant and a variable, a global, a local
/// and an extern symbol, a relocation in each area, one optional section.
struct Draft {
  std::string magic{kMagic};
  int version = 1;
  std::string arch = "8664";
  int flags = 3;
  std::uint32_t reserved = 0;
  std::uint32_t header_size = 32;
  std::optional<std::uint32_t> code_size = {};
  std::optional<std::uint32_t> data_size = {};
  std::optional<std::uint32_t> symbol_table = {};
  std::uint32_t tail = 0;
  std::string code = std::string(16, '\x90');
  std::vector<DraftRecord> records{{}, {1, 3, 4, "counter", 4, std::string(4, '\0')}};
  std::string data_tail = {};  ///< more bytes in DATA
  std::string gap = {};
  std::vector<DraftSymbol> symbols{
      {}, {"greeting", 0, 1, 0, 8}, {"stdout", 2, 0, 0, 0, "libcmos.a"}};
  std::optional<std::uint32_t> symbol_count = {};
  std::vector<DraftRelocation> relocations{{}, {1, 3, 0, 8, 1, 0}};
  std::optional<std::uint32_t> relocation_count = {};
  std::string optional_sections = u32(1) + counted("note") + counted("kept");
  std::string trailing = {};

  std::string bytes() const;
};

/// The bytes of a "cmos.link" section for Draft's default tables, every field of which can be set
/// wrong.
struct DraftLink {
  std::uint32_t version = 1;
  std::vector<std::string> units;
  std::optional<std::uint32_t> unit_count = {};
  std::vector<std::string> groups{counted("pick")};
  std::vector<std::string> symbols;
  std::optional<std::uint32_t> symbol_count = {};
  std::vector<std::string> relocations;
  std::string tail = {};

  DraftLink();
  std::string bytes() const;
  /// Draft's optional sections with this one among them; "note" is number 0.
  std::string optional_sections() const;
};
std::string unit(int kind, int flags, int log2, int area, std::uint32_t place, std::uint32_t size,
                 std::string_view name, std::uint32_t entry_size = 0,
                 std::uint32_t group = UINT32_MAX, std::uint32_t link_order = UINT32_MAX);
std::string link_symbol(int flags, int kind, int visibility, int place, std::uint32_t in_unit,
                        std::uint32_t size = 0, std::uint32_t alignment = 0,
                        std::uint64_t value = 0);
std::string side_relocation(std::uint32_t in_unit, std::uint32_t offset, std::uint32_t type,
                            std::uint32_t symbol);

/// "read", or the text of the first error.
std::string outcome(const std::string& bytes, const ReadOptions& options = {});
/// "severity rule" of all findings, separated by commas.
std::string rules_of(const std::string& bytes, const ReadOptions& options = {});

}  // namespace cmos::cpo::test
