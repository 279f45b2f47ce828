// An opcode is three fields, x (2 bits), y (3) and z (3); y is also p (2) and q (1). Most of the
// instructions are regular in them, and the tables below are what they select. A text may hold
//   #  an 8-bit number, ##  a 16-bit number, @  a relative target, $  a displacement of ix or iy
// in the order in which the bytes follow the opcode.
#include "disasm/z80.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

namespace cmos::disasm {
namespace {

constexpr std::array<std::string_view, 8> kRegisters{"b", "c", "d", "e", "h", "l", "(hl)", "a"};
constexpr std::array<std::string_view, 4> kPairs{"bc", "de", "hl", "sp"};
constexpr std::array<std::string_view, 4> kStackPairs{"bc", "de", "hl", "af"};
constexpr std::array<std::string_view, 8> kConditions{"nz", "z", "nc", "c", "po", "pe", "p", "m"};
constexpr std::array<std::string_view, 8> kArithmetic{"add a, ", "adc a, ", "sub ", "sbc a, ",
                                                      "and ",    "xor ",    "or ",  "cp "};
constexpr std::array<std::string_view, 8> kAccumulator{"rlca", "rrca", "rla", "rra",
                                                       "daa",  "cpl",  "scf", "ccf"};
constexpr std::array<std::string_view, 8> kIndirect{"ld (bc), a", "ld a, (bc)",  "ld (de), a",
                                                    "ld a, (de)", "ld (##), hl", "ld hl, (##)",
                                                    "ld (##), a", "ld a, (##)"};
constexpr std::array<std::string_view, 8> kMisc3{
    "jp ##", "", "out (#), a", "in a, (#)", "ex (sp), hl", "ex de, hl", "di", "ei"};
constexpr std::array<std::string_view, 4> kReturns{"ret", "exx", "jp (hl)", "ld sp, hl"};
constexpr std::array<std::string_view, 8> kRotations{"rlc", "rrc", "rl",  "rr",
                                                     "sla", "sra", "sll", "srl"};
constexpr std::array<std::string_view, 8> kMisc7{"ld i, a", "ld r, a", "ld a, i", "ld a, r",
                                                 "rrd",     "rld",     "",        ""};
constexpr std::array<std::string_view, 8> kInterruptModes{"0", "0", "1", "2", "0", "0", "1", "2"};
constexpr std::array<std::array<std::string_view, 4>, 4> kBlocks{
    {{"ldi", "cpi", "ini", "outi"},
     {"ldd", "cpd", "ind", "outd"},
     {"ldir", "cpir", "inir", "otir"},
     {"lddr", "cpdr", "indr", "otdr"}}};

struct Opcode {
  explicit Opcode(std::uint8_t byte) : x(byte >> 6), y(byte >> 3 & 7), z(byte & 7) {}
  unsigned x;
  unsigned y;
  unsigned z;
  unsigned p() const { return y >> 1; }
  bool q() const { return (y & 1) != 0; }
};

std::string join(std::string_view a, std::string_view b, std::string_view c = {},
                 std::string_view d = {}) {
  std::string out(a);
  out += b;
  out += c;
  out += d;
  return out;
}

std::string block0(Opcode op) {
  switch (op.z) {
    case 0:
      if (op.y < 4) return std::string(std::array{"nop", "ex af, af'", "djnz @", "jr @"}[op.y]);
      return join("jr ", kConditions[op.y - 4], ", @");
    case 1:
      return op.q() ? join("add hl, ", kPairs[op.p()]) : join("ld ", kPairs[op.p()], ", ##");
    case 2:
      return std::string(kIndirect[op.y]);
    case 3:
      return join(op.q() ? "dec " : "inc ", kPairs[op.p()]);
    case 4:
      return join("inc ", kRegisters[op.y]);
    case 5:
      return join("dec ", kRegisters[op.y]);
    case 6:
      return join("ld ", kRegisters[op.y], ", #");
    default:
      return std::string(kAccumulator[op.y]);
  }
}

std::string block3(Opcode op) {
  switch (op.z) {
    case 0:
      return join("ret ", kConditions[op.y]);
    case 1:
      return op.q() ? std::string(kReturns[op.p()]) : join("pop ", kStackPairs[op.p()]);
    case 2:
      return join("jp ", kConditions[op.y], ", ##");
    case 3:
      return std::string(kMisc3[op.y]);
    case 4:
      return join("call ", kConditions[op.y], ", ##");
    case 5:
      if (!op.q()) return join("push ", kStackPairs[op.p()]);
      return op.p() == 0 ? "call ##" : "";  // the others are prefixes
    case 6:
      return join(kArithmetic[op.y], "#");
    default:
      return fmt::format("rst 0x{:02x}", op.y * 8);
  }
}

/// The text of an opcode without a prefix; empty for prefixes.
std::string plain(std::uint8_t byte) {
  const Opcode op(byte);
  switch (op.x) {
    case 0:
      return block0(op);
    case 1:
      return byte == 0x76 ? "halt" : join("ld ", kRegisters[op.y], ", ", kRegisters[op.z]);
    case 2:
      return join(kArithmetic[op.y], kRegisters[op.z]);
    default:
      return block3(op);
  }
}

/// After 0xcb.
std::string bits(std::uint8_t byte, std::string_view operand) {
  const Opcode op(byte);
  if (op.x == 0) return join(kRotations[op.y], " ", operand);
  constexpr std::array<std::string_view, 4> kNames{"", "bit ", "res ", "set "};
  return join(kNames[op.x], std::to_string(op.y), ", ", operand);
}

/// After 0xed; empty for what is nothing there.
std::string extended(std::uint8_t byte) {
  const Opcode op(byte);
  if (op.x == 2) return op.z < 4 && op.y >= 4 ? std::string(kBlocks[op.y - 4][op.z]) : "";
  if (op.x != 1) return "";
  switch (op.z) {
    case 0:
      return op.y == 6 ? "in f, (c)" : join("in ", kRegisters[op.y], ", (c)");
    case 1:
      return op.y == 6 ? "out (c), 0" : join("out (c), ", kRegisters[op.y]);
    case 2:
      return join(op.q() ? "adc hl, " : "sbc hl, ", kPairs[op.p()]);
    case 3:
      return op.q() ? join("ld ", kPairs[op.p()], ", (##)") : join("ld (##), ", kPairs[op.p()]);
    case 4:
      return "neg";
    case 5:
      return op.y == 1 ? "reti" : "retn";
    case 6:
      return join("im ", kInterruptModes[op.y]);
    default:
      return std::string(kMisc7[op.y]);
  }
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
}

/// The same instruction with ix or iy; empty when it has no hl, h or l that changes.
std::string indexed(std::uint8_t byte, std::string_view index) {
  std::string text = plain(byte);
  const std::string before = text;
  if (text == "ex de, hl" || text == "halt") return "";
  if (text == "jp (hl)") return join("jp (", index, ")");
  if (text.find("(hl)") != std::string::npos) {
    replace(text, "(hl)", join("(", index, "$)"));
    return text;
  }
  const Opcode op(byte);
  if (text.find("hl") != std::string::npos) {
    // add hl, hl has two.
    replace(text, "hl", index);
    replace(text, "hl", index);
    return text;
  }
  const auto half = [&](unsigned field) {
    return field == 4 || field == 5 ? join(index, kRegisters[field])
                                    : std::string(kRegisters[field]);
  };
  const bool loads = op.x == 1;
  const bool one = op.x == 0 && op.z >= 4 && op.z <= 6;
  if (loads) text = join("ld ", half(op.y), ", ", half(op.z));
  if (one)
    text = join(op.z == 4   ? "inc "
                : op.z == 5 ? "dec "
                            : "ld ",
                half(op.y), op.z == 6 ? ", #" : "");
  if (op.x == 2) text = join(kArithmetic[op.y], half(op.z));
  return text == before ? "" : text;
}

/// Puts the numbers into a text and splits it into mnemonic and operands.
class Filler {
 public:
  Filler(Bytes code, std::uint64_t address, std::size_t at)
      : code_(code), address_(address), at_(at) {}

  /// Nothing when the code ends too early.
  std::optional<Instruction> fill(const std::string& text) {
    Instruction out;
    std::string* part = &out.mnemonic;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == ' ' && part == &out.mnemonic) {
        part = &out.operands;
      } else if (c == '#' && i + 1 < text.size() && text[i + 1] == '#') {
        ++i;
        const std::uint32_t low = byte();
        *part += fmt::format("0x{:04x}", low | byte() << 8);
      } else if (c == '#') {
        *part += fmt::format("0x{:02x}", byte());
      } else if (c == '@') {
        target_ = static_cast<std::int8_t>(byte());
        *part += fmt::format("0x{:04x}",
                             (address_ + at_ + static_cast<std::uint64_t>(target_)) & 0xffff);
      } else if (c == '$') {
        const int offset = static_cast<std::int8_t>(byte());
        *part += fmt::format("{}0x{:02x}", offset < 0 ? '-' : '+', offset < 0 ? -offset : offset);
      } else {
        *part += c;
      }
    }
    if (text.empty() || at_ > code_.size()) return std::nullopt;
    out.address = address_;
    out.size = static_cast<std::uint32_t>(at_);
    out.bytes.assign(code_.begin(), code_.begin() + static_cast<std::ptrdiff_t>(at_));
    return out;
  }

  std::uint32_t byte() {
    const std::size_t at = at_++;
    return at < code_.size() ? code_[at] : 0;
  }

 private:
  Bytes code_;
  std::uint64_t address_;
  std::size_t at_;
  std::int64_t target_ = 0;
};

/// After 0xdd or 0xfd.
std::optional<Instruction> decode_indexed(Bytes code, std::uint64_t address,
                                          std::string_view index) {
  if (code.size() < 2) return std::nullopt;
  if (code[1] != 0xcb) return Filler(code, address, 2).fill(indexed(code[1], index));
  // The displacement stands before the opcode.
  if (code.size() < 4) return std::nullopt;
  const std::uint8_t last = code[3];
  std::string operand = join("(", index, "$)");
  const Opcode op(last);
  // What is not (ix+d) gets a copy of the result.
  if (op.x != 1 && op.z != 6) operand += join(", ", kRegisters[op.z]);
  auto out = Filler(code, address, 2).fill(bits(last, operand));
  if (!out) return out;
  out->size = 4;
  out->bytes.assign(code.begin(), code.begin() + 4);
  return out;
}

// ---- 8080 ----

constexpr std::array<std::string_view, 8> kIntelRegisters{"b", "c", "d", "e", "h", "l", "m", "a"};
constexpr std::array<std::string_view, 4> kIntelPairs{"b", "d", "h", "sp"};
constexpr std::array<std::string_view, 4> kIntelStackPairs{"b", "d", "h", "psw"};
constexpr std::array<std::string_view, 8> kIntelArithmetic{"add", "adc", "sub", "sbb",
                                                           "ana", "xra", "ora", "cmp"};
constexpr std::array<std::string_view, 8> kIntelImmediate{"adi", "aci", "sui", "sbi",
                                                          "ani", "xri", "ori", "cpi"};
constexpr std::array<std::string_view, 8> kIntelAccumulator{"rlc", "rrc", "ral", "rar",
                                                            "daa", "cma", "stc", "cmc"};
constexpr std::array<std::string_view, 8> kIntelIndirect{"stax b",  "ldax b",  "stax d", "ldax d",
                                                         "shld ##", "lhld ##", "sta ##", "lda ##"};
constexpr std::array<std::string_view, 8> kIntelMisc3{"jmp ##", "",     "out #", "in #",
                                                      "xthl",   "xchg", "di",    "ei"};
constexpr std::array<std::string_view, 4> kIntelReturns{"ret", "", "pchl", "sphl"};

bool unused_8080(std::uint8_t byte) {
  return (byte != 0 && byte < 0x40 && (byte & 7) == 0) || byte == 0xcb || byte == 0xd9 ||
         byte == 0xdd || byte == 0xed || byte == 0xfd;
}

std::string intel_block0(Opcode op) {
  switch (op.z) {
    case 0:
      return "nop";
    case 1:
      return op.q() ? join("dad ", kIntelPairs[op.p()]) : join("lxi ", kIntelPairs[op.p()], ", ##");
    case 2:
      return std::string(kIntelIndirect[op.y]);
    case 3:
      return join(op.q() ? "dcx " : "inx ", kIntelPairs[op.p()]);
    case 4:
      return join("inr ", kIntelRegisters[op.y]);
    case 5:
      return join("dcr ", kIntelRegisters[op.y]);
    case 6:
      return join("mvi ", kIntelRegisters[op.y], ", #");
    default:
      return std::string(kIntelAccumulator[op.y]);
  }
}

std::string intel_block3(Opcode op) {
  switch (op.z) {
    case 0:
      return join("r", kConditions[op.y]);
    case 1:
      return op.q() ? std::string(kIntelReturns[op.p()]) : join("pop ", kIntelStackPairs[op.p()]);
    case 2:
      return join("j", kConditions[op.y], " ##");
    case 3:
      return std::string(kIntelMisc3[op.y]);
    case 4:
      return join("c", kConditions[op.y], " ##");
    case 5:
      return op.q() ? "call ##" : join("push ", kIntelStackPairs[op.p()]);
    case 6:
      return join(kIntelImmediate[op.y], " #");
    default:
      return fmt::format("rst {}", op.y);
  }
}

std::string intel(std::uint8_t byte) {
  const Opcode op(byte);
  switch (op.x) {
    case 0:
      return intel_block0(op);
    case 1:
      return byte == 0x76 ? "hlt"
                          : join("mov ", kIntelRegisters[op.y], ", ", kIntelRegisters[op.z]);
    case 2:
      return join(kIntelArithmetic[op.y], " ", kIntelRegisters[op.z]);
    default:
      return intel_block3(op);
  }
}

}  // namespace

std::optional<Instruction> decode_z80(Bytes code, std::uint64_t address) {
  if (code.empty()) return std::nullopt;
  switch (code[0]) {
    case 0xcb:
      if (code.size() < 2) return std::nullopt;
      return Filler(code, address, 2).fill(bits(code[1], kRegisters[code[1] & 7]));
    case 0xed:
      if (code.size() < 2) return std::nullopt;
      return Filler(code, address, 2).fill(extended(code[1]));
    case 0xdd:
      return decode_indexed(code, address, "ix");
    case 0xfd:
      return decode_indexed(code, address, "iy");
    default:
      return Filler(code, address, 1).fill(plain(code[0]));
  }
}

std::optional<Instruction> decode_8080_intel(Bytes code, std::uint64_t address) {
  if (code.empty() || unused_8080(code[0])) return std::nullopt;
  return Filler(code, address, 1).fill(intel(code[0]));
}

std::optional<Instruction> decode_8080_zilog(Bytes code, std::uint64_t address) {
  if (code.empty() || unused_8080(code[0])) return std::nullopt;
  return Filler(code, address, 1).fill(plain(code[0]));
}

}  // namespace cmos::disasm
