// The instructions of the ARMs as patterns, from the most significant bit on (Thumb: the first
// halfword first). What the manuals leave unpredictable is not made. Letters:
//
//   0 1    as they are          .      any bit
//   c      a condition of A32   z      any bits, the same ones in both words of a row
//   s d    an integer register that is read, or written; those written by one row are not the same
//   t      one that is loaded or stored
//   u      the same, where it must not be the base
//   n m    a register that points into the window, and a small index
//   p      of NEON: what is added to the base; 15 nothing, 13 the size of the access
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace cmos::cpu_test {

struct ArmRow {
  std::string_view first, second = {};
};

namespace rows {

inline constexpr auto kArm64 = std::to_array<ArmRow>({
    // addresses, constants, bit fields
    {"...10000...................ddddd"},
    {"...100010.............sssssddddd"},
    {"...100100.............sssssddddd"},
    {"...100101..................ddddd"},
    {"...100110.............sssssddddd"},
    {"...100111.0sssss......sssssddddd"},
    // registers
    {"...01010...sssss......sssssddddd"},
    {"...01011..0sssss......sssssddddd"},
    {"...01011001sssss......sssssddddd"},
    {"...11010000sssss000000sssssddddd"},
    {"..111010010sssss....00sssss0...."},
    {"..111010010.........10sssss0...."},
    {"..011010100sssss....0.sssssddddd"},
    {".0011010110sssss00001.sssssddddd"},
    {".0011010110sssss0010..sssssddddd"},
    {".0011010110sssss010...sssssddddd"},
    {".101101011000000000...sssssddddd"},
    {".0011011000sssss.ssssssssssddddd"},
    {"10011011.01sssss.ssssssssssddddd"},
    {"10011011.10sssss011111sssssddddd"},
    // loads and stores
    {"..111001..00000000....nnnnnttttt"},
    {"..111101..00000000....nnnnn....."},
    {"..111000..0.........00nnnnnttttt"},
    {"..111000..0..........1nnnnnuuuuu"},
    {"..111000..0.........10nnnnnttttt"},
    {"..111100..0.........00nnnnn....."},
    {"..111100..0..........1nnnnn....."},
    {"..111000..1mmmmm.1..10nnnnnttttt"},
    {"..111100..1mmmmm.1..10nnnnn....."},
    {".0101000..000....uuuuunnnnnuuuuu"},
    {".0101001..111....uuuuunnnnnuuuuu"},
    {"0110100..1000....uuuuunnnnnuuuuu"},
    {"..10110...000....uuuuunnnnnuuuuu"},
    {"..10110...111....uuuuunnnnnuuuuu"},
    // exclusive, ordered
    {"zz00100001011111.11111nnnnnuuuuu", "zz001000000uuuuu.11111nnnnnuuuuu"},
    {"1z00100001111111.uuuuunnnnnuuuuu", "1z001000001uuuuu.uuuuunnnnnuuuuu"},
    {"..0010001.011111111111nnnnnuuuuu"},
    // structures of vectors
    {"0.0011000.000000......nnnnn....."},
    {"0.0011001.0mmmmm......nnnnn....."},
    {"0.00110010011111......nnnnn....."},
    {"0.0011010..00000......nnnnn....."},
    {"0.0011011..mmmmm......nnnnn....."},
    // floating point
    {"00011110..100...010000.........."},
    {"00011110..10..00.10000.........."},
    {"00011110..1.........10.........."},
    {"00011111........................"},
    {"00011110..1.....001000.......000"},
    {"00011110..1.........01.........."},
    {"00011110..1.........11.........."},
    {"00011110..1........10000000....."},
    {".0011110..1.....000000sssssddddd"},
    {".0011110..0...........sssssddddd"},
    // vectors
    {"0..01110000.....0....1sssssddddd"},
    {"0..01110..1..........1.........."},
    {"0..01110..1.........00.........."},
    {"0..01110..10000.....10.........."},
    {"0..01110..11000.....10.........."},
    {"0.001110..0.....0...10.........."},
    {"0.101110000.....0....0.........."},
    {"0.001110000.....0...00.........."},
    {"0..0111100000........1.........."},
    {"0..011110............1.........."},
    {"0..01111.............0.........."},
    {"01.11110..1..........1.........."},
    {"01.11110..1.........00.........."},
    {"01.11110..10000.....10.........."},
    {"01.11110..11000.....10.........."},
    {"01011110000.....000001.........."},
    {"01.111110............1.........."},
    {"01.11111.............0.........."},
    // AES, SHA
    {"010011100010100001..10.........."},
    {"01011110000.....0...00.........."},
    {"0101111000101000....10.........."},
});

/// What ARMv8.1 to 8.5 added.
inline constexpr auto kApple = std::to_array<ArmRow>({
    // LSE
    {"..0010001.1uuuuu.11111nnnnnuuuuu"},
    {"0.0010000.100..0.11111nnnnn010.0"},
    {"..111000..1sssss0...00nnnnnttttt"},
    {"..111000..1sssss100000nnnnnttttt"},
    {"..11100010111111110000nnnnnttttt"},
    {"..011001..0.........00nnnnnttttt"},
    // flags
    {"10111010000......00001sssss0...."},
    {"00111010000000000.0010sssss01101"},
    // half precision, products of bytes, complex numbers
    {"0..01110.10.....00...1.........."},
    {"0..01110.111100.....10.........."},
    {"01.11110.10.....00...1.........."},
    {"01.11110.111100.....10.........."},
    {"0..01110..0.....1000.1.........."},
    {"0..01110..0.....100101.........."},
    {"0..01110..0.....110..1.........."},
    {"0..01110..0.....111.01.........."},
    {"01111110..0.....1000.1.........."},
    // SHA-512, SHA-3, SM3, SM4
    {"11001110011.....1.00............"},
    {"110011100.0.....0..............."},
    {"11001110100....................."},
    {"11001110110000001000............"},
});

inline constexpr auto kArm = std::to_array<ArmRow>({
    // one operand an immediate, a shifted register, a register shifted by a register
    {"cccc0010....ssssdddd............"},
    {"cccc00110..1ssss0000............"},
    {"cccc00111.0.ssssdddd............"},
    {"cccc00111.1.0000dddd............"},
    {"cccc0000....ssssdddd.......0ssss"},
    {"cccc00010..1ssss0000.......0ssss"},
    {"cccc00011.0.ssssdddd.......0ssss"},
    {"cccc00011.1.0000dddd.......0ssss"},
    {"cccc0000....ssssddddssss0..1ssss"},
    {"cccc00010..1ssss0000ssss0..1ssss"},
    {"cccc00011.0.ssssddddssss0..1ssss"},
    {"cccc00011.1.0000ddddssss0..1ssss"},
    {"cccc00110.00....dddd............"},
    // products and quotients
    {"cccc0000000.dddd0000ssss1001ssss"},
    {"cccc0000001.ddddssssssss1001ssss"},
    {"cccc00000100ddddddddssss1001ssss"},
    {"cccc00000110ddddssssssss1001ssss"},
    {"cccc00001...ddddddddssss1001ssss"},
    {"cccc00010000ddddssssssss1..0ssss"},
    {"cccc00010010ddddssssssss1.00ssss"},
    {"cccc00010010dddd0000ssss1.10ssss"},
    {"cccc00010100ddddddddssss1..0ssss"},
    {"cccc00010110dddd0000ssss1..0ssss"},
    {"cccc01110000ddddssssssss0..1ssss"},
    {"cccc01110000dddd1111ssss0..1ssss"},
    {"cccc01110100ddddddddssss0..1ssss"},
    {"cccc01110101ddddssssssss00.1ssss"},
    {"cccc01110101ddddssssssss11.1ssss"},
    {"cccc01111000dddd1111ssss0001ssss"},
    {"cccc01111000ddddssssssss0001ssss"},
    {"cccc011100.1dddd1111ssss0001ssss"},
    // saturation, several numbers in a register, bit fields
    {"cccc00010..0ssssdddd00000101ssss"},
    {"cccc000101101111dddd11110001ssss"},
    {"cccc011000.1ssssdddd11110..1ssss"},
    {"cccc01100.1.ssssdddd1111.0.1ssss"},
    {"cccc01101000ssssdddd......01ssss"},
    {"cccc01101000ssssdddd11111011ssss"},
    {"cccc0110101.....dddd......01ssss"},
    {"cccc0110111.....dddd......01ssss"},
    {"cccc01101.10....dddd11110011ssss"},
    {"cccc01101..0ssssdddd..000111ssss"},
    {"cccc01101.11ssssdddd..000111ssss"},
    {"cccc01101..01111dddd..000111ssss"},
    {"cccc01101.111111dddd..000111ssss"},
    {"cccc01101.111111dddd1111.011ssss"},
    {"cccc0111110.....dddd.....001ssss"},
    {"cccc011111000000dddd00000001ssss"},
    {"cccc0111101.....dddd.....101ssss"},
    {"cccc0111111.....dddd.....101ssss"},
    {"cccc00010010..001111000000000000"},
    // loads and stores
    {"cccc010.....nnnnuuuu0000........"},
    {"cccc011.....nnnnuuuu000..000mmmm"},
    {"cccc011.....nnnnuuuu.....010mmmm"},
    {"cccc0001.1.1nnnnuuuu....1011...."},
    {"cccc0001.1.1nnnnuuuu....11.1...."},
    {"cccc0000.1.1nnnnuuuu....1011...."},
    {"cccc000..1.0nnnnuuuu....1011...."},
    {"cccc0001.0.1nnnnuuuu00001011mmmm"},
    {"cccc0001.0.1nnnnuuuu000011.1mmmm"},
    {"cccc0001.1.0nnnn0..0....11.1...."},
    {"cccc0000.100nnnn0..0....11.1...."},
    {"cccc0001.0.0nnnn0..0000011.1mmmm"},
    {"cccc100..0..nnnn0.00.000....1..."},
    {"1110000110z1nnnnuuuu111110011111", "1110000110z0nnnndddd11111001ssss"},
    {"1110000111z1nnnnuuuu111110011111", "1110000111z0nnnndddd11111001ssss"},
    {"111000011011nnnn0..0111110011111", "111000011010nnnn0111111110010..0"},
    // VFP
    {"cccc1110............101.....0..."},
    {"cccc1101..0.nnnn....101.00......"},
    {"cccc11001...nnnn0...10110000..10"},
    {"cccc11001...nnnn0...101000000..1"},
    {"cccc11010.1.nnnn0...10110000..10"},
    {"cccc1110000.....dddd1010.0010000"},
    {"cccc1110........dddd1011...10000"},
    {"cccc111011110001dddd101000010000"},
    {"cccc1100010.dddddddd101.00.1...."},
    // NEON
    {"1111001.0......................."},
    {"1111001.1......................."},
    {"1111001.1.11...............0...."},
    {"1111001.1..................1...."},
    {"111101000..0nnnn..........0.pppp"},
    {"111101000..0nnnn..........10pppp"},
    {"111101001..0nnnn............pppp"},
    {"11110101.101nnnn1111000000000000"},
});

inline constexpr auto kThumb = std::to_array<ArmRow>({
    {"000.......sssddd"},
    {"001..ddd........"},
    {"010000....sssddd"},
    {"010001000ssssddd"},
    {"010001100ssssddd"},
    {"010001010ssssddd"},
    {"0101...mmmnnnttt"},
    {"011.......nnnttt"},
    {"1000......nnnttt"},
    {"1001.ttt00......"},
    {"1010.ddd........"},
    {"10110000.000...."},
    {"10110010..sssddd"},
    // Between them is ARMv8's hlt, some of which qemu-user takes for calls of itself.
    {"101110100.sssddd"},
    {"1011101011sssddd"},
    {"1011010.000.1..."},
    {"10111100000.1..."},
    {"1100.nnn000.1..."},
    // 32 bits: immediates
    {"11110.0.....ssss0...dddd........"},
    {"11110.00.001ssss0...1111........"},
    {"11110.010001ssss0...1111........"},
    {"11110.011011ssss0...1111........"},
    {"11110.0001..11110...dddd........"},
    {"11110.10.0.0ssss0...dddd........"},
    {"11110.10.100....0...dddd........"},
    {"111100111...ssss0...dddd..0....."},
    {"111100110..0ssss0...dddd..0....."},
    // registers
    {"1110101.....ssss0...dddd....ssss"},
    {"11101010.001ssss0...1111....ssss"},
    {"111010110001ssss0...1111....ssss"},
    {"111010111011ssss0...1111....ssss"},
    {"11101010010.11110...dddd....ssss"},
    {"111110100...ssss1111dddd0000ssss"},
    {"111110100...ssss1111dddd10..ssss"},
    {"111110100...11111111dddd10..ssss"},
    {"111110101...ssss1111dddd0...ssss"},
    {"1111101010..ssss1111dddd10..ssss"},
    {"111110110...ssssssssdddd00..ssss"},
    {"111110110...ssss1111dddd00..ssss"},
    {"111110111...ssssdddddddd....ssss"},
    {"1111101110.1ssss1111dddd1111ssss"},
    // loads and stores
    {"111110001...nnnnuuuu0000........"},
    {"111110011..1nnnnuuuu0000........"},
    {"111110000...nnnnuuuu1..........."},
    {"111110010..1nnnnuuuu1..........."},
    {"111110000...nnnnuuuu000000..mmmm"},
    {"111110010..1nnnnuuuu000000..mmmm"},
    {"11101001.1..nnnnuuuuuuuu00......"},
    {"11101000.11.nnnnuuuuuuuu00......"},
    {"1110100010..nnnn0.00.000000.11.."},
    {"1110100100..nnnn0.00.000000.11.."},
    {"111010000101nnnnuuuu111100000000", "111010000100nnnnssssdddd00000000"},
    {"111010001101nnnnuuuu1111010z1111", "111010001100nnnnssss1111010zdddd"},
    {"111010001101nnnnuuuuuuuu01111111", "111010001100nnnnssssssss0111dddd"},
    // VFP
    {"11101110............101.....0..."},
    {"11101101..0.nnnn....101.00......"},
    {"111011001...nnnn0...10110000..10"},
    {"111011001...nnnn0...101000000..1"},
    {"111011010.1.nnnn0...10110000..10"},
    {"11101110000.....dddd1010.0010000"},
    {"11101110........dddd1011...10000"},
    {"11101100010.dddddddd101.00.1...."},
    // NEON
    {"111.11110......................."},
    {"111.11111......................."},
    {"111.11111.11...............0...."},
    {"111110010..0nnnn..........0.pppp"},
    {"111110010..0nnnn..........10pppp"},
    {"111110011..0nnnn............pppp"},
});

}  // namespace rows
}  // namespace cmos::cpu_test
