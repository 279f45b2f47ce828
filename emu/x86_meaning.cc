#include "emu/x86_meaning.h"

#include <array>

namespace cmos::emu {
namespace {

/// A set of opcodes of one map.
class Opcodes {
 public:
  struct Range {
    std::uint8_t first, last;
  };
  constexpr Opcodes(std::initializer_list<Range> ranges) {
    for (const Range range : ranges)
      for (unsigned i = range.first; i <= range.last; ++i) bits_[i / 64] |= 1ull << (i % 64);
  }
  constexpr bool has(std::uint8_t opcode) const {
    return (bits_[opcode / 64] >> (opcode % 64) & 1) != 0;
  }

 private:
  std::array<std::uint64_t, 4> bits_{};
};

// Two-byte opcodes by their mandatory prefix: none, 66, f3, f2.
constexpr std::array<Opcodes, 4> kAlignedTwo{{
    {{0x14, 0x15},
     {0x28, 0x29},
     {0x2b, 0x2b},
     {0x51, 0x59},
     {0x5b, 0x5f},
     {0xc2, 0xc2},
     {0xc6, 0xc6}},
    {{0x14, 0x15},
     {0x28, 0x29},
     {0x2b, 0x2d},
     {0x51, 0x51},
     {0x54, 0x6d},
     {0x6f, 0x70},
     {0x74, 0x76},
     {0x7c, 0x7d},
     {0x7f, 0x7f},
     {0xc2, 0xc2},
     {0xc6, 0xc6},
     {0xd0, 0xd5},
     {0xd8, 0xf6},
     {0xf8, 0xfe}},
    {{0x12, 0x12}, {0x16, 0x16}, {0x5b, 0x5b}, {0x70, 0x70}},
    {{0x70, 0x70}, {0x7c, 0x7d}, {0xd0, 0xd0}, {0xe6, 0xe6}},
}};
constexpr Opcodes kAligned38{{0x00, 0x0b}, {0x10, 0x10}, {0x14, 0x15}, {0x17, 0x17},
                             {0x1c, 0x1e}, {0x28, 0x2b}, {0x37, 0x41}, {0xdb, 0xdf}};
constexpr Opcodes kAligned3a{{0x08, 0x09}, {0x0c, 0x0f}, {0x40, 0x42}, {0x44, 0x44}, {0xdf, 0xdf}};

unsigned mandatory(const X86Shape& shape) {
  return shape.repeat == 0xf3 ? 2 : shape.repeat == 0xf2 ? 3 : shape.short_operand ? 1 : 0;
}
bool in_memory(const X86Shape& shape) {
  return shape.modrm && *shape.modrm >> 6 != 3;
}

// Two-byte opcodes of MMX without a prefix: those that write the register that ModRM.reg names, and
// those that write none.
constexpr Opcodes kMmxReg{{0x60, 0x6b}, {0x6e, 0x70}, {0x74, 0x76}, {0xc4, 0xc4}, {0xd1, 0xd5},
                          {0xd8, 0xe5}, {0xe8, 0xef}, {0xf1, 0xf6}, {0xf8, 0xfe}};
constexpr Opcodes kMmxNone{{0x7e, 0x7f}, {0xc5, 0xc5}, {0xd7, 0xd7}, {0xe7, 0xe7}, {0xf7, 0xf7}};
constexpr Opcodes kMmx38{{0x00, 0x0b}, {0x1c, 0x1e}};

/// Register forms of the x87 by opcode: the ModRM bytes (c0 … ff) that x86_whole_x87() is about.
constexpr std::array<Opcodes, 8> kWholeX87{{
    {{0xc0, 0xff}},
    {{0xc0, 0xcf},
     {0xd0, 0xd0},
     {0xd8, 0xdf},
     {0xe0, 0xe1},
     {0xe4, 0xe5},
     {0xe8, 0xee},
     {0xf0, 0xff}},
    {{0xe9, 0xe9}},
    {},
    {{0xc0, 0xff}},
    {{0xc0, 0xef}},
    {{0xc0, 0xd7}, {0xd9, 0xd9}, {0xe0, 0xff}},
    {{0xc0, 0xdf}},
}};

bool is_x87(const X86Shape& shape) {
  return shape.length != 0 && shape.map == X86Map::kOne && shape.opcode >= 0xd8 &&
         shape.opcode <= 0xdf && shape.modrm;
}

X86Mmx two_byte_mmx(const X86Shape& shape) {
  const unsigned prefix = mandatory(shape), reg = *shape.modrm >> 3 & 7, rm = *shape.modrm & 7;
  const std::uint8_t opcode = shape.opcode;
  if (opcode == 0xd6 && prefix >= 2 && !in_memory(shape))
    return {.used = true, .written = prefix == 3 ? std::optional(reg) : std::nullopt};
  // Conversions between doubles and integers in MMX registers.
  if (prefix <= 1 && (opcode == 0x2c || opcode == 0x2d)) return {.used = true, .written = reg};
  if (opcode == 0x2a && prefix <= 1) return {.used = !in_memory(shape), .written = std::nullopt};
  if (prefix != 0) return {};
  if (opcode >= 0x71 && opcode <= 0x73) return {.used = true, .written = rm};
  if (opcode == 0x7f && !in_memory(shape)) return {.used = true, .written = rm};
  if (kMmxReg.has(opcode)) return {.used = true, .written = reg};
  return {.used = kMmxNone.has(opcode), .written = std::nullopt};
}

}  // namespace

bool x86_aligned_operand(const X86Shape& shape) {
  if (shape.length == 0 || !in_memory(shape)) return false;
  switch (shape.map) {
    case X86Map::kTwo:
      return kAlignedTwo[mandatory(shape)].has(shape.opcode);
    case X86Map::kThree38:
      return mandatory(shape) == 1 && kAligned38.has(shape.opcode);
    case X86Map::kThree3a:
      return mandatory(shape) == 1 && kAligned3a.has(shape.opcode);
    case X86Map::kOne:
      break;
  }
  return false;
}

X86Mmx x86_mmx(const X86Shape& shape) {
  if (shape.length == 0 || !shape.modrm) return {};
  const unsigned reg = *shape.modrm >> 3 & 7;
  if (shape.map == X86Map::kTwo) return two_byte_mmx(shape);
  const bool one = (shape.map == X86Map::kThree38 && kMmx38.has(shape.opcode)) ||
                   (shape.map == X86Map::kThree3a && shape.opcode == 0x0f);
  return one && mandatory(shape) == 0 ? X86Mmx{.used = true, .written = reg} : X86Mmx{};
}

bool x86_whole_x87(const X86Shape& shape) {
  return is_x87(shape) && !in_memory(shape) && kWholeX87[shape.opcode - 0xd8].has(*shape.modrm);
}

bool x86_popping_x87(const X86Shape& shape) {
  if (!is_x87(shape)) return false;
  const unsigned extension = *shape.modrm >> 3 & 7;
  if (!in_memory(shape)) return shape.opcode == 0xdf && (extension == 5 || extension == 6);
  switch (shape.opcode) {
    case 0xdb:
      return extension == 1 || extension == 3 || extension == 7;
    case 0xdd:
      return extension == 1 || extension == 3;
    case 0xdf:
      return extension == 1 || extension == 3 || extension >= 6;
    default:
      return extension == 3;
  }
}

}  // namespace cmos::emu
