// CP/M 2.2's BDOS and the console part of its BIOS, over memory of 64 KiB and the registers of a
// Z80 (docs/cpm.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emu/memory.h"
#include "syscalls/cpm/calls.h"
#include "syscalls/cpm/console.h"
#include "syscalls/cpm/drives.h"
#include "syscalls/cpm/fcb.h"

namespace cmos::cpm {

/// Where things are in memory.
namespace layout {
inline constexpr std::uint16_t kIobyte = 0x0003;
inline constexpr std::uint16_t kDrive = 0x0004;  ///< user << 4 | drive
inline constexpr std::uint16_t kFcb1 = 0x005c;
inline constexpr std::uint16_t kFcb2 = 0x006c;
inline constexpr std::uint16_t kTail = 0x0080;  ///< also the first DMA address
inline constexpr std::uint16_t kProgram = 0x0100;
inline constexpr std::uint16_t kBdos = 0xfc06;  ///< the first address that is not the program's
inline constexpr std::uint16_t kBios = 0xfd00;
inline constexpr std::uint16_t kStubs = 0xfe00;
inline constexpr std::uint16_t kParameters = 0xff00;  ///< of every disk
inline constexpr std::uint16_t kAllocation = 0xff10;
}  // namespace layout

/// Numbers of traps: that of the BDOS, and the first of the BIOS.
inline constexpr std::uint8_t kBdosTrap = 0;
inline constexpr std::uint8_t kBiosTrap = 1;

/// Registers of a call, and what it answers.
struct CallRegisters {
  std::uint8_t c = 0;
  std::uint16_t de = 0;
  std::uint16_t bc = 0;
};
struct CallAnswer {
  std::uint16_t hl = 0;
  bool returns = true;       ///< false: the program ended, or waits no longer
  bool interrupted = false;  ///< by a stop request
};

class Bdos {
 public:
  Bdos(emu::GuestMemory& memory, Console& console, Drives& drives);

  /// Page zero, the jumps and the tables, as a program finds them.
  void prepare();
  /// The command line's words as tail and FCBs.
  void set_arguments(const std::vector<std::string>& words);
  void set_drive(unsigned drive) { drive_ = drive; }

  CallAnswer bdos(const CallRegisters& registers);
  CallAnswer bios(std::uint8_t number, const CallRegisters& registers);
  /// What a program asked for by a call that leaves an exit status (MP/M's and CP/M 3's 108).
  int exit_code() const { return exit_code_; }

  /// The FCB at an address, as traces show it: `"B:NAME.TYP" record 12`.
  std::string fcb_text(std::uint16_t address) const;
  /// The text that print_string would print.
  std::string text_at(std::uint16_t address) const;

 private:
  struct Search {
    FilePlace place;
    bool all_extents = false;
    std::uint8_t extent = 0;
    std::vector<FileName> names;
    std::size_t next = 0;
    std::uint32_t next_extent = 0;
  };

  void get(std::uint16_t address, std::span<std::uint8_t> out) const;
  std::uint8_t byte(std::uint16_t address) const;
  void put(std::uint16_t address, Bytes bytes);
  void put_byte(std::uint16_t address, std::uint8_t value) { put(address, Bytes(&value, 1)); }
  void put_word(std::uint16_t address, std::uint16_t value);
  Fcb fcb(std::uint16_t address) const;
  void put_fcb(std::uint16_t address, const Fcb& fcb, std::size_t size = Fcb::kSize);
  FilePlace place_of(const Fcb& fcb) const;
  std::uint32_t records(const FilePlace& place);

  static CallAnswer byte_answer(unsigned value) {
    return {static_cast<std::uint16_t>((value & 0xff) | (value & 0xff) << 8), true, false};
  }
  CallAnswer console(std::uint8_t number, std::uint16_t de);
  CallAnswer disk(std::uint8_t number, std::uint16_t de);
  CallAnswer file(std::uint8_t number, std::uint16_t de);
  CallAnswer input(bool echo);
  CallAnswer output(Bytes text);
  CallAnswer direct(std::uint8_t e);
  CallAnswer print(std::uint16_t address);
  CallAnswer read_line(std::uint16_t address);
  CallAnswer open(std::uint16_t address);
  CallAnswer search(std::uint16_t address);
  CallAnswer search_next();
  CallAnswer erase(std::uint16_t address);
  CallAnswer rename(std::uint16_t address);
  CallAnswer make(std::uint16_t address);
  CallAnswer read_sequential(std::uint16_t address);
  CallAnswer write_sequential(std::uint16_t address);
  CallAnswer read_random(std::uint16_t address);
  CallAnswer write_random(std::uint16_t address);
  CallAnswer file_size(std::uint16_t address);
  unsigned read_record(const FilePlace& place, std::uint32_t record);
  unsigned write_record(const FilePlace& place, std::uint32_t record);
  void put_entry(const FileName& name, std::uint32_t extent, std::uint32_t records);

  emu::GuestMemory& memory_;
  Console& console_;
  Drives& drives_;
  unsigned drive_ = 0;
  unsigned user_ = 0;
  std::uint16_t dma_ = layout::kTail;
  std::uint16_t protected_ = 0;  ///< drives that the program itself protects
  Search search_;
  int exit_code_ = 0;
};

}  // namespace cmos::cpm
