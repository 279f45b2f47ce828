// CP/M's file control blocks: 36 bytes in the program's memory (docs/cpm.md).
//
//   0   drive: 0 the current one, 1 to 16 A to P
//   1   eight bytes of name and three of type, filled with spaces; bit 7 of them are attributes
//   12  extent (EX), S1, S2; 15 records of this extent (RC)
//   16  16 bytes for the system; of a rename: drive, new name and type
//   32  record in the extent (CR)
//   33  three bytes of random record (R0, R1, R2)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cmos::cpm {

inline constexpr std::uint32_t kRecord = 128;          ///< bytes
inline constexpr std::uint32_t kExtentRecords = 128;   ///< in one extent
inline constexpr std::uint32_t kMaxRecords = 0x10000;  ///< 8 MiB, CP/M 2.2's largest file

/// As CP/M has names and arguments: ASCII letters in upper case, all else as it is.
char upper(char c);

/// A name and a type without attributes, filled with spaces; `?` stands for any character.
struct FileName {
  std::array<char, 11> text{};

  bool operator==(const FileName&) const = default;
  auto operator<=>(const FileName&) const = default;
  bool ambiguous() const;
  /// Whether a name without `?` fits this one.
  bool fits(const FileName& name) const;
  /// "NAME.TYP", "NAME".
  std::string shown() const;
};

/// The name that a host file has in CP/M; nothing for those that have none (longer than 8.3, other
/// characters).
std::optional<FileName> name_of_host(std::string_view host);
/// A word of a command line, with `*` as so many `?`; what does not fit is cut as CP/M's CCP does.
FileName name_of_word(std::string_view word);

struct Fcb {
  static constexpr std::size_t kSize = 36;
  std::array<std::uint8_t, kSize> bytes{};

  std::uint8_t drive() const { return bytes[0]; }
  FileName name() const { return name_at(1); }
  /// The new name of a rename.
  FileName new_name() const { return name_at(17); }

  /// First record of its extent.
  std::uint32_t extent_record() const {
    return ((bytes[14] & 0x3fU) * 32U + (bytes[12] & 0x1fU)) * kExtentRecords;
  }
  std::uint32_t record() const { return extent_record() + bytes[32]; }
  /// Sets extent and record; RC too, of a file with so many records.
  void set_record(std::uint32_t record, std::uint32_t records);
  std::uint32_t random_record() const {
    return bytes[33] | std::uint32_t{bytes[34]} << 8 | std::uint32_t{bytes[35]} << 16;
  }
  void set_random_record(std::uint32_t record);

 private:
  FileName name_at(std::size_t at) const;
};

}  // namespace cmos::cpm
