#include "emu/x86_length.h"

#include <array>
#include <utility>

namespace cmos::emu {
namespace {

// What follows an opcode byte (Intel SDM volume 2, appendix A).
enum Form : std::uint8_t {
  kPlain = 0,
  kModRm = 1,
  kImm8 = 2,
  kImm16 = 4,
  kImmZ = 8,     ///< 2 or 4 bytes, by operand size
  kImmV = 16,    ///< like kImmZ, 8 with REX.W
  kOffset = 32,  ///< an address, by address size
  kGroup3 = 64,  ///< F6, F7: an immediate only for /0 and /1
};

constexpr std::array<std::uint8_t, 256> one_byte_forms() {
  std::array<std::uint8_t, 256> forms{};
  for (unsigned row = 0; row < 0x40; row += 8) {
    for (unsigned i = 0; i < 4; ++i) forms[row + i] = kModRm;
    forms[row + 4] = kImm8;
    forms[row + 5] = kImmZ;
  }
  forms[0x62] = forms[0x63] = kModRm;
  forms[0x68] = kImmZ;
  forms[0x69] = kModRm | kImmZ;
  forms[0x6a] = kImm8;
  forms[0x6b] = kModRm | kImm8;
  for (unsigned i = 0x70; i < 0x80; ++i) forms[i] = kImm8;
  for (unsigned i = 0x80; i < 0x90; ++i) forms[i] = kModRm;
  forms[0x80] = forms[0x82] = forms[0x83] = kModRm | kImm8;
  forms[0x81] = kModRm | kImmZ;
  forms[0x9a] = forms[0xea] = kImmZ | kImm16;
  for (unsigned i = 0xa0; i < 0xa4; ++i) forms[i] = kOffset;
  forms[0xa8] = kImm8;
  forms[0xa9] = kImmZ;
  for (unsigned i = 0xb0; i < 0xb8; ++i) forms[i] = kImm8;
  for (unsigned i = 0xb8; i < 0xc0; ++i) forms[i] = kImmV;
  forms[0xc0] = forms[0xc1] = forms[0xc6] = kModRm | kImm8;
  forms[0xc2] = forms[0xca] = kImm16;
  forms[0xc4] = forms[0xc5] = kModRm;  // LES, LDS; VEX is found before the table is asked
  forms[0xc7] = kModRm | kImmZ;
  forms[0xc8] = kImm16 | kImm8;
  forms[0xcd] = kImm8;
  for (unsigned i = 0xd0; i < 0xd4; ++i) forms[i] = kModRm;
  forms[0xd4] = forms[0xd5] = kImm8;
  for (unsigned i = 0xd8; i < 0xe0; ++i) forms[i] = kModRm;
  for (unsigned i = 0xe0; i < 0xe8; ++i) forms[i] = kImm8;
  forms[0xe8] = forms[0xe9] = kImmZ;
  forms[0xeb] = kImm8;
  forms[0xf6] = forms[0xf7] = kModRm | kGroup3;
  forms[0xfe] = forms[0xff] = kModRm;
  return forms;
}

constexpr std::array<std::uint8_t, 256> two_byte_forms() {
  std::array<std::uint8_t, 256> forms{};
  for (auto& form : forms) form = kModRm;
  for (const unsigned i : {0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0e, 0x77, 0xa0,
                           0xa1, 0xa2, 0xa8, 0xa9, 0xaa})
    forms[i] = kPlain;
  for (unsigned i = 0x30; i < 0x40; ++i) forms[i] = kPlain;
  for (unsigned i = 0x80; i < 0x90; ++i) forms[i] = kImmZ;
  for (unsigned i = 0xc8; i < 0xd0; ++i) forms[i] = kPlain;
  for (const unsigned i : {0x0f, 0x70, 0x71, 0x72, 0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6})
    forms[i] = kModRm | kImm8;
  return forms;
}

constexpr auto kOneByte = one_byte_forms();
constexpr auto kTwoByte = two_byte_forms();
constexpr unsigned kLongest = 15;

class Decoder {
 public:
  Decoder(Bytes code, bool wide)
      : code_(code.first(std::min<std::size_t>(code.size(), kLongest))), wide_(wide) {}

  X86Shape shape() {
    prefixes();
    if (ended()) return {};
    std::uint8_t opcode = next();
    if (is_vector_prefix(opcode)) return {.vector_prefix = true, .modrm = std::nullopt};
    std::uint8_t form = kOneByte[opcode];
    if (wide_ &&
        (opcode == 0x9a || opcode == 0xea || opcode == 0x82 || opcode == 0xd4 || opcode == 0xd5))
      form = kPlain;
    bool control_register = false;
    X86Map map = X86Map::kOne;
    if (opcode == 0x0f) {
      if (ended()) return {};
      opcode = next();
      form = kTwoByte[opcode];
      control_register = opcode >= 0x20 && opcode < 0x24;  // the mod field is ignored
      map = X86Map::kTwo;
      if (opcode == 0x38 || opcode == 0x3a) {
        map = opcode == 0x38 ? X86Map::kThree38 : X86Map::kThree3a;
        form = opcode == 0x38 ? kModRm : kModRm | kImm8;
        if (ended()) return {};
        opcode = next();
      }
    }
    const auto opcode_at = static_cast<std::uint8_t>(at_ - 1);
    std::optional<std::uint8_t> modrm;
    if ((form & kModRm) != 0) {
      if (ended()) return {};
      modrm = code_[at_];
      if (!operand(form, opcode, control_register)) return {};
    }
    at_ += immediate_size(form);
    if (at_ > code_.size()) return {};
    const bool one_byte = map == X86Map::kOne;
    const bool repeated = repeat_ != 0 && one_byte && is_string(opcode);
    return {.length = static_cast<unsigned>(at_),
            .repeated = repeated,
            .port = one_byte && is_port(opcode),
            .lock = lock_,
            .map = map,
            .opcode = opcode,
            .modrm = modrm,
            .opcode_at = opcode_at,
            .short_operand = short_operand_,
            .repeat = repeat_,
            .rex = rex_,
            .ignored_rex = ignored_rex_};
  }

 private:
  bool ended() const { return at_ >= code_.size(); }
  std::uint8_t next() { return code_[at_++]; }

  void legacy_prefixes() {
    for (; !ended(); ++at_) {
      const std::uint8_t byte = code_[at_];
      if (byte == 0x66)
        short_operand_ = true;
      else if (byte == 0x67)
        other_address_ = true;
      else if (byte == 0xf2 || byte == 0xf3)
        repeat_ = byte;
      else if (byte == 0xf0)
        lock_ = true;
      else if (byte != 0x2e && byte != 0x36 && byte != 0x3e && byte != 0x26 && byte != 0x64 &&
               byte != 0x65)
        break;
    }
  }

  void prefixes() {
    legacy_prefixes();
    // REX counts only directly before the opcode; earlier ones are ignored.
    std::uint16_t seen = 0;
    while (wide_ && !ended() && (code_[at_] & 0xf0) == 0x40) {
      seen |= static_cast<std::uint16_t>(1u << at_);
      rex_ = code_[at_++];
      const std::size_t behind = at_;
      legacy_prefixes();
      if (at_ == behind) continue;
      ignored_rex_ |= std::exchange(seen, 0);
      rex_ = 0;
    }
  }

  bool is_vector_prefix(std::uint8_t opcode) const {
    if (opcode != 0xc4 && opcode != 0xc5 && opcode != 0x62) return false;
    // In 32-bit mode these are LES, LDS and BOUND, which take memory only.
    return wide_ || (!ended() && (code_[at_] & 0xc0) == 0xc0);
  }

  static bool is_port(std::uint8_t opcode) {
    return (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xe4 && opcode <= 0xe7) ||
           (opcode >= 0xec && opcode <= 0xef);
  }

  static bool is_string(std::uint8_t opcode) {
    return (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xa4 && opcode <= 0xa7) ||
           (opcode >= 0xaa && opcode <= 0xaf);
  }

  bool operand(std::uint8_t& form, std::uint8_t opcode, bool control_register) {
    if (ended()) return false;
    const std::uint8_t modrm = next();
    const unsigned mod = control_register ? 3 : modrm >> 6, rm = modrm & 7;
    if ((form & kGroup3) != 0 && (modrm >> 3 & 7) < 2) form |= opcode == 0xf6 ? kImm8 : kImmZ;
    if (mod == 3) return true;
    if (!wide_ && other_address_) {
      at_ += mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
      return true;
    }
    unsigned base = rm;
    if (rm == 4) {
      if (ended()) return false;
      base = next() & 7;
    }
    at_ += mod == 1 ? 1 : mod == 2 || base == 5 ? 4 : 0;
    return true;
  }

  std::size_t immediate_size(std::uint8_t form) const {
    const std::size_t operand_size = short_operand_ && (rex_ & 8) == 0 ? 2 : 4;
    std::size_t size = 0;
    if ((form & kImm8) != 0) size += 1;
    if ((form & kImm16) != 0) size += 2;
    if ((form & kImmZ) != 0) size += operand_size;
    if ((form & kImmV) != 0) size += (rex_ & 8) != 0 ? 8 : operand_size;
    if ((form & kOffset) != 0) size += wide_ ? (other_address_ ? 4 : 8) : (other_address_ ? 2 : 4);
    return size;
  }

  Bytes code_;
  bool wide_;
  std::size_t at_ = 0;
  bool short_operand_ = false, other_address_ = false, lock_ = false;
  std::uint8_t repeat_ = 0, rex_ = 0;
  std::uint16_t ignored_rex_ = 0;
};

}  // namespace

X86Shape x86_shape(Bytes code, bool wide) {
  return Decoder(code, wide).shape();
}

}  // namespace cmos::emu
