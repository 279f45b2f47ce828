#include "emu/x86_undefined.h"

#include <array>

namespace cmos::emu {
namespace {

/// A row: opcodes of one map, and which values of ModRM.reg it is about.
struct Row {
  X86Map map;
  std::uint8_t first, last;
  std::uint8_t step = 1;       ///< between the opcodes from `first` to `last`
  std::uint8_t groups = 0xff;  ///< bit n: ModRM.reg = n

  constexpr bool covers(const X86Shape& shape) const {
    return shape.map == map && shape.opcode >= first && shape.opcode <= last &&
           (shape.opcode - first) % step == 0 &&
           (groups >> (shape.modrm.value_or(0) >> 3 & 7) & 1) != 0;
  }
};

constexpr std::uint8_t group(std::initializer_list<unsigned> numbers) {
  unsigned bits = 0;
  for (const unsigned number : numbers) bits |= 1u << number;
  return static_cast<std::uint8_t>(bits);
}

// LOCK: instructions that read, change and write their first operand, which must be memory.
constexpr std::array kLockable{
    Row{X86Map::kOne, 0x00, 0x30, 8},  // add, or, adc, sbb, and, sub, xor r/m8, r8
    Row{X86Map::kOne, 0x01, 0x31, 8},  // … r/m, r
    Row{X86Map::kOne, 0x80, 0x83, 1, group({0, 1, 2, 3, 4, 5, 6})},  // the same with an immediate
    Row{X86Map::kOne, 0x86, 0x87},                                   // xchg
    Row{X86Map::kOne, 0xf6, 0xf7, 1, group({2, 3})},                 // not, neg
    Row{X86Map::kOne, 0xfe, 0xff, 1, group({0, 1})},                 // inc, dec
    Row{X86Map::kTwo, 0xab, 0xbb, 8},                                // bts, btr, btc r/m, r
    Row{X86Map::kTwo, 0xba, 0xba, 1, group({5, 6, 7})},              // … r/m, imm8
    Row{X86Map::kTwo, 0xb0, 0xb1},                                   // cmpxchg
    Row{X86Map::kTwo, 0xc0, 0xc1},                                   // xadd
    Row{X86Map::kTwo, 0xc7, 0xc7, 1, group({1})},                    // cmpxchg8b, cmpxchg16b
};

// Instructions whose operand is the memory itself, an address or more than a register holds.
constexpr std::array kMemoryOnly{
    Row{X86Map::kOne, 0x62, 0x62},                    // bound
    Row{X86Map::kOne, 0x8d, 0x8d},                    // lea
    Row{X86Map::kOne, 0xc4, 0xc5},                    // les, lds
    Row{X86Map::kOne, 0xff, 0xff, 1, group({3, 5})},  // call far, jmp far
    Row{X86Map::kTwo, 0xb2, 0xb2},                    // lss
    Row{X86Map::kTwo, 0xb4, 0xb5},                    // lfs, lgs
    Row{X86Map::kTwo, 0xc3, 0xc3},                    // movnti
    Row{X86Map::kTwo, 0xc7, 0xc7, 1, group({1})},     // cmpxchg8b, cmpxchg16b
    Row{X86Map::kTwo, 0x2b, 0x2b},                    // movntps, movntpd
    Row{X86Map::kTwo, 0xe7, 0xe7},                    // movntq, movntdq
};

// Instructions that exist without a prefix 66, F2 or F3 alone. (With one, fxsave and its group
// would be instructions of extensions that no processor here has.)
constexpr std::array kWithoutPrefix{
    Row{X86Map::kTwo, 0xc3, 0xc3},  // movnti
    Row{X86Map::kTwo, 0xae, 0xae},  // fxsave … sfence
};
// The same of 66, between registers.
constexpr std::array kRegistersWithout66{
    Row{X86Map::kTwo, 0x12, 0x16, 4},  // movhlps, movlhps
};

template <class Rows>
bool any(const Rows& rows, const X86Shape& shape) {
  for (const Row& row : rows)
    if (row.covers(shape)) return true;
  return false;
}

}  // namespace

bool x86_undefined(const X86Shape& shape) {
  if (shape.length == 0) return false;
  const bool memory = shape.modrm && *shape.modrm >> 6 != 3;
  if (shape.lock && (!memory || !any(kLockable, shape))) return true;
  if ((shape.short_operand || shape.repeat != 0) && any(kWithoutPrefix, shape)) return true;
  if (!memory && shape.short_operand && shape.repeat == 0 && any(kRegistersWithout66, shape))
    return true;
  return !memory && any(kMemoryOnly, shape);
}

}  // namespace cmos::emu
