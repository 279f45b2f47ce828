#include "syscalls/cpm/bdos.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cmos::cpm {
namespace {

constexpr std::uint8_t kEndOfText = 0x1a;
constexpr std::uint8_t kReturn = 0x0d, kLineFeed = 0x0a, kBackspace = 0x08;
constexpr std::uint8_t kNoInput = 0xff;

// 128 records of a track, blocks of 2 KiB, 4096 of them, 1024 entries: 8 MiB.
constexpr std::uint8_t kDiskParameters[15] = {128, 0,    4,    15, 0, 0xff, 0x0f, 0xff,
                                              3,   0xff, 0xff, 0,  0, 0,    0};

}  // namespace

Bdos::Bdos(emu::GuestMemory& memory, Console& console, Drives& drives)
    : memory_(memory), console_(console), drives_(drives) {}

// ---- memory -------------------------------------------------------------------------------------

/// Addresses wrap as the CPU's do.
void Bdos::get(std::uint16_t address, std::span<std::uint8_t> out) const {
  const std::size_t first = std::min<std::size_t>(out.size(), 0x10000U - address);
  (void)memory_.peek(address, out.first(first));
  if (first < out.size()) (void)memory_.peek(0, out.subspan(first));
}

std::uint8_t Bdos::byte(std::uint16_t address) const {
  std::uint8_t out = 0;
  get(address, std::span(&out, 1));
  return out;
}

void Bdos::put(std::uint16_t address, Bytes bytes) {
  const std::size_t first = std::min<std::size_t>(bytes.size(), 0x10000U - address);
  (void)memory_.poke(address, bytes.first(first));
  if (first < bytes.size()) (void)memory_.poke(0, bytes.subspan(first));
}

void Bdos::put_word(std::uint16_t address, std::uint16_t value) {
  std::uint8_t bytes[2];
  store(std::span(bytes), value);
  put(address, bytes);
}

Fcb Bdos::fcb(std::uint16_t address) const {
  Fcb out;
  get(address, out.bytes);
  return out;
}

void Bdos::put_fcb(std::uint16_t address, const Fcb& fcb, std::size_t size) {
  put(address, Bytes(fcb.bytes).first(size));
}

FilePlace Bdos::place_of(const Fcb& fcb) const {
  const unsigned drive = fcb.drive() & 0x1f;
  return {drive == 0 ? drive_ : drive - 1, user_, fcb.name()};
}

void Bdos::prepare() {
  const auto jump = [&](std::uint16_t at, std::uint16_t to) {
    put_byte(at, 0xc3);
    put_word(static_cast<std::uint16_t>(at + 1), to);
  };
  const auto trap = [&](std::uint16_t at, std::uint8_t number) {
    const std::uint8_t code[] = {0xed, 0xed, number, 0xc9};
    put(at, code);
  };
  jump(0, layout::kBios + 3);
  put_byte(layout::kDrive, static_cast<std::uint8_t>(user_ << 4 | drive_));
  jump(5, layout::kBdos);
  trap(layout::kBdos, kBdosTrap);
  for (const CallRow& row : bios_calls()) {
    const auto stub = static_cast<std::uint16_t>(layout::kStubs + 4 * row.number);
    jump(static_cast<std::uint16_t>(layout::kBios + 3 * row.number), stub);
    trap(stub, static_cast<std::uint8_t>(kBiosTrap + row.number));
  }
  put(layout::kParameters, kDiskParameters);
}

void Bdos::set_arguments(const std::vector<std::string>& words) {
  std::string tail;
  for (const std::string& one : words) tail += " " + one;
  constexpr std::size_t kMost = 126;
  tail.resize(std::min(tail.size(), kMost));
  for (char& c : tail) c = upper(c);
  put_byte(layout::kTail, static_cast<std::uint8_t>(tail.size()));
  put(layout::kTail + 1, as_bytes(tail));
  put_byte(static_cast<std::uint16_t>(layout::kTail + 1 + tail.size()), 0);
  for (std::size_t i = 0; i < 2; ++i) {
    std::string_view word = i < words.size() ? std::string_view(words[i]) : std::string_view();
    std::uint8_t bytes[16] = {};
    if (word.size() >= 2 && word[1] == ':') {
      bytes[0] = static_cast<std::uint8_t>((word[0] & 0x1f));
      word.remove_prefix(2);
    }
    const FileName name = name_of_word(word);
    std::copy(name.text.begin(), name.text.end(), bytes + 1);
    put(i == 0 ? layout::kFcb1 : layout::kFcb2, bytes);
  }
}

std::string Bdos::fcb_text(std::uint16_t address) const {
  const Fcb one = fcb(address);
  const FilePlace place = place_of(one);
  std::string name = fmt::format("{}:{}", static_cast<char>('A' + place.drive), place.name.shown());
  return fmt::format("{} record {}", quote(as_bytes(name)), one.record());
}

std::string Bdos::text_at(std::uint16_t address) const {
  std::string out;
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    const std::uint8_t c = byte(static_cast<std::uint16_t>(address + i));
    if (c == '$') break;
    out += static_cast<char>(c);
  }
  return out;
}

// ---- dispatch -----------------------------------------------------------------------------------

CallAnswer Bdos::bdos(const CallRegisters& registers) {
  const std::uint8_t number = registers.c;
  if (number == 0) return {0, false, false};
  if (number <= 11) return console(number, registers.de);
  if (number == kReturnCode) {
    exit_code_ = registers.de >= 0xff00 ? 1 : registers.de & 0xff;
    return {};
  }
  switch (number) {
    case 15:
    case 16:
    case 17:
    case 18:
    case 19:
    case 20:
    case 21:
    case 22:
    case 23:
    case 30:
    case 33:
    case 34:
    case 35:
    case 36:
    case 40:
      return file(number, registers.de);
    default:
      return disk(number, registers.de);
  }
}

CallAnswer Bdos::bios(std::uint8_t number, const CallRegisters& registers) {
  const auto c = static_cast<std::uint8_t>(registers.bc);
  switch (number) {
    case 0:
    case 1:
      return {0, false, false};
    case 2:
      return byte_answer(console_.ready() ? 0xff : 0);
    case 3:
      return input(false);
    case 4:
      return output(Bytes(&c, 1));
    case 7:
      return byte_answer(kEndOfText);
    case 13:
    case 14:
      return byte_answer(1);  // There are no sectors to read or write.
    case 15:
      return byte_answer(0xff);
    case 16:
      return {registers.bc, true, false};
    default:
      return {};
  }
}

// ---- console ------------------------------------------------------------------------------------

CallAnswer Bdos::console(std::uint8_t number, std::uint16_t de) {
  const auto e = static_cast<std::uint8_t>(de);
  switch (number) {
    case 1:
      return input(true);
    case 2:
      return output(Bytes(&e, 1));
    case 3:
      return byte_answer(kEndOfText);
    case 6:
      return direct(e);
    case 7:
      return byte_answer(byte(layout::kIobyte));
    case 8:
      put_byte(layout::kIobyte, e);
      return {};
    case 9:
      return print(de);
    case 10:
      return read_line(de);
    case 11:
      return byte_answer(console_.ready() ? 0xff : 0);
    default:
      return {};  // Nothing is punched or printed.
  }
}

CallAnswer Bdos::input(bool echo) {
  const auto got = console_.read();
  if (!got) return {0, false, true};
  std::uint8_t c = *got < 0 ? kEndOfText : static_cast<std::uint8_t>(*got);
  if (c == kLineFeed) c = kReturn;
  if (echo && c >= ' ' && !console_.write(Bytes(&c, 1))) return {0, false, true};
  return byte_answer(c);
}

CallAnswer Bdos::output(Bytes text) {
  if (!console_.write(text)) return {0, false, true};
  return {};
}

CallAnswer Bdos::direct(std::uint8_t e) {
  if (e == 0xfe) return byte_answer(console_.ready() ? 0xff : 0);
  if (e != kNoInput) return output(Bytes(&e, 1));
  if (!console_.ready()) return byte_answer(0);
  return input(false);
}

CallAnswer Bdos::print(std::uint16_t address) {
  const std::string text = text_at(address);
  return output(as_bytes(text));
}

CallAnswer Bdos::read_line(std::uint16_t address) {
  if (address == 0) address = dma_;
  const std::uint8_t most = byte(address);
  std::vector<std::uint8_t> line;
  while (line.size() < most) {
    const CallAnswer got = input(false);
    if (!got.returns) return got;
    const auto c = static_cast<std::uint8_t>(got.hl);
    if (c == kReturn || c == kEndOfText) break;
    if (c == kBackspace || c == 0x7f) {
      if (!line.empty()) line.pop_back();
      continue;
    }
    line.push_back(c);
  }
  put_byte(static_cast<std::uint16_t>(address + 1), static_cast<std::uint8_t>(line.size()));
  put(static_cast<std::uint16_t>(address + 2), line);
  return {};
}

// ---- disks --------------------------------------------------------------------------------------

CallAnswer Bdos::disk(std::uint8_t number, std::uint16_t de) {
  const auto e = static_cast<std::uint8_t>(de);
  switch (number) {
    case 12:
      return {0x0022, true, false};
    case 13:
      dma_ = layout::kTail;
      drive_ = 0;
      protected_ = 0;
      return byte_answer(0);
    case 14:
      if (!drives_.mounted(e)) return byte_answer(0xff);
      drive_ = e;
      put_byte(layout::kDrive, static_cast<std::uint8_t>(user_ << 4 | drive_));
      return byte_answer(0);
    case 24:
      return {drives_.mounted_bits(), true, false};
    case 25:
      return byte_answer(drive_);
    case 26:
      dma_ = de;
      return {};
    case 27:
      return {layout::kAllocation, true, false};
    case 28:
      protected_ = static_cast<std::uint16_t>(protected_ | 1U << drive_);
      return {};
    case 29:
      return {static_cast<std::uint16_t>(protected_ | drives_.read_only_bits()), true, false};
    case 31:
      return {layout::kParameters, true, false};
    case 32:
      if (e == 0xff) return byte_answer(user_);
      user_ = e & 0x0f;
      put_byte(layout::kDrive, static_cast<std::uint8_t>(user_ << 4 | drive_));
      return {};
    case 37:
      protected_ = static_cast<std::uint16_t>(protected_ & ~de);
      return byte_answer(0);
    default:
      return {};  // What CP/M 2.2 does not have answers 0.
  }
}

}  // namespace cmos::cpm
