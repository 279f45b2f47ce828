// What a program was made from: source lines and link origins for addresses of its image. Reports
// and traces ask through this interface; where the answers come from is behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cmos::symbolize {

struct SourceLine {
  std::string file;  ///< as the compiler recorded it, below the current folder relative to it
  std::uint32_t line = 0;
  std::uint32_t column = 0;  ///< 0 = unknown

  bool operator==(const SourceLine&) const = default;
};

struct OriginRelocation {
  std::uint64_t place = 0;
  std::string type;    ///< "pc32"
  std::string symbol;  ///< empty: none
  std::int64_t addend = 0;
  std::string text;  ///< "relocation pc32 against `bar`-4"
};

struct Origin {
  std::string kind;          ///< "section", "merged", "common", "got", "veneer"
  std::string file;          ///< "lib.a(foo.o)"; empty when no input has it
  std::string section;       ///< ".text"; empty likewise
  std::uint64_t offset = 0;  ///< in the section
  std::string symbol;        ///< of common, got and veneer
  std::vector<OriginRelocation> relocations;
  std::string text;  ///< "foo.o, .text+0x12"
};

/// Where the caller's frame lies, as call frame information has it. Registers by their DWARF
/// numbers.
struct UnwindRule {
  enum class Kind : std::uint8_t { kUndefined, kSame, kAtCfa, kCfaPlus, kRegister };
  Kind kind = Kind::kUndefined;
  std::int64_t offset = 0;   ///< kAtCfa: saved at CFA + offset; kCfaPlus: is CFA + offset
  std::uint32_t source = 0;  ///< kRegister
};
struct UnwindRow {
  std::uint32_t cfa_register = 0;
  std::int64_t cfa_offset = 0;
  std::uint32_t return_register = 0;  ///< column of the return address
  std::vector<UnwindRule> rules;      ///< by register
};

class Lookup {
 public:
  virtual ~Lookup() = default;
  /// Nothing when the address has no line.
  virtual std::optional<SourceLine> line(std::uint64_t address) = 0;
  /// Of the bytes [address, address + size).
  virtual std::optional<Origin> origin(std::uint64_t address, std::uint64_t size) = 0;
  /// Nothing when the code at the address has no call frame information.
  virtual std::optional<UnwindRow> unwind(std::uint64_t address) = 0;
  /// The text of a line, as source_text() has it; nothing when it may not be shown.
  virtual std::optional<std::string> source_text(const SourceLine& line) {
    static_cast<void>(line);
    return std::nullopt;
  }
};

/// The line's text, without the blanks around it; nothing when the file cannot be read, is no text,
/// or lies outside all `folders`. Debug information comes with a program and may name any file of
/// the host, so only these may be quoted from. Links are followed first, on both sides. The host's
/// top folder allows nothing: everything lies below it.
std::optional<std::string> source_text(const SourceLine& line,
                                       const std::vector<std::string>& folders);

}  // namespace cmos::symbolize
