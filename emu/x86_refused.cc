#include "emu/x86_refused.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cmos::emu {
namespace {

constexpr int kAny = -1;
/// What a prefix 66, f3, f2 is called in a VEX prefix.
enum Prefix : int { kPlain, k66, kF3, kF2 };

struct Row {
  unsigned map;  ///< 1: 0f, 2: 0f 38, 3: 0f 3a
  unsigned opcode;
  int prefix, group;  ///< `group`: the middle bits of ModRM
  std::string_view name, extension;
};

constexpr auto kVexRows = std::to_array<Row>({
    {2, 0xf2, kPlain, kAny, "andn", "BMI1"},
    {2, 0xf3, kPlain, 1, "blsr", "BMI1"},
    {2, 0xf3, kPlain, 2, "blsmsk", "BMI1"},
    {2, 0xf3, kPlain, 3, "blsi", "BMI1"},
    {2, 0xf7, kPlain, kAny, "bextr", "BMI1"},
    {2, 0xf5, kPlain, kAny, "bzhi", "BMI2"},
    {2, 0xf5, kF3, kAny, "pext", "BMI2"},
    {2, 0xf5, kF2, kAny, "pdep", "BMI2"},
    {2, 0xf6, kF2, kAny, "mulx", "BMI2"},
    {2, 0xf7, k66, kAny, "shlx", "BMI2"},
    {2, 0xf7, kF3, kAny, "sarx", "BMI2"},
    {2, 0xf7, kF2, kAny, "shrx", "BMI2"},
    {3, 0xf0, kF2, kAny, "rorx", "BMI2"},
    {2, 0x13, k66, kAny, "vcvtph2ps", "F16C"},
    {3, 0x1d, k66, kAny, "vcvtps2ph", "F16C"},
});

constexpr auto kPlainRows = std::to_array<Row>({
    {2, 0xf6, k66, kAny, "adcx", "ADX"},
    {2, 0xf6, kF3, kAny, "adox", "ADX"},
    {2, 0xc8, kPlain, kAny, "sha1nexte", "SHA"},
    {2, 0xc9, kPlain, kAny, "sha1msg1", "SHA"},
    {2, 0xca, kPlain, kAny, "sha1msg2", "SHA"},
    {2, 0xcb, kPlain, kAny, "sha256rnds2", "SHA"},
    {2, 0xcc, kPlain, kAny, "sha256msg1", "SHA"},
    {2, 0xcd, kPlain, kAny, "sha256msg2", "SHA"},
    {3, 0xcc, kPlain, kAny, "sha1rnds4", "SHA"},
    {1, 0xc7, kAny, 6, "rdrand", "RDRAND"},
    {1, 0xc7, kAny, 7, "rdseed", "RDSEED"},
    {1, 0xae, kF3, 0, "rdfsbase", "FSGSBASE"},
    {1, 0xae, kF3, 1, "rdgsbase", "FSGSBASE"},
    {1, 0xae, kF3, 2, "wrfsbase", "FSGSBASE"},
    {1, 0xae, kF3, 3, "wrgsbase", "FSGSBASE"},
    {1, 0xae, kPlain, 4, "xsave", "XSAVE"},
    {1, 0xae, kPlain, 5, "xrstor", "XSAVE"},
    {1, 0xae, kPlain, 6, "xsaveopt", "XSAVE"},
    {1, 0xae, k66, 6, "clwb", "CLWB"},
    {1, 0xae, k66, 7, "clflushopt", "CLFLUSHOPT"},
    {1, 0x78, kF2, kAny, "insertq", "SSE4a"},
    {1, 0x79, kF2, kAny, "insertq", "SSE4a"},
    {1, 0x78, k66, kAny, "extrq", "SSE4a"},
    {1, 0x79, k66, kAny, "extrq", "SSE4a"},
    {1, 0x2b, kF2, kAny, "movntsd", "SSE4a"},
    {1, 0x2b, kF3, kAny, "movntss", "SSE4a"},
});

std::string name_of(const Row& row) {
  return fmt::format("{} instruction of {}", row.name, row.extension);
}

template <std::size_t N>
std::string find(const std::array<Row, N>& rows, unsigned map, unsigned opcode, int prefix,
                 unsigned modrm) {
  const auto fits = [&](const Row& row) {
    return row.map == map && row.opcode == opcode && (row.prefix == kAny || row.prefix == prefix) &&
           (row.group == kAny || static_cast<unsigned>(row.group) == (modrm >> 3 & 7));
  };
  const auto found = std::find_if(rows.begin(), rows.end(), fits);
  return found == rows.end() ? std::string() : name_of(*found);
}

bool is_segment_or_size(std::uint8_t byte) {
  constexpr std::array<std::uint8_t, 7> kBytes{0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x67};
  return std::find(kBytes.begin(), kBytes.end(), byte) != kBytes.end();
}

std::string vector_name(Bytes code) {
  constexpr std::uint8_t kEvex = 0x62, kLongVex = 0xc4;
  std::size_t at = 0;
  while (at < code.size() && is_segment_or_size(code[at])) ++at;
  if (at < code.size() && code[at] == kEvex) return "EVEX-encoded (AVX-512) instruction";
  std::string name;
  if (at + 4 < code.size() && code[at] == kLongVex) {
    const unsigned map = code[at + 1] & 0x1f, opcode = code[at + 3];
    name = find(kVexRows, map, opcode, code[at + 2] & 3, code[at + 4]);
    const unsigned column = opcode & 0xf, row = opcode >> 4;
    if (name.empty() && map == 2 && column >= 6 && row >= 9 && row <= 0xb) name = "FMA instruction";
  }
  return name.empty() ? "VEX-encoded (AVX) instruction" : name;
}

}  // namespace

std::string x86_refused_name(Bytes code, bool wide) {
  const X86Shape shape = x86_shape(code, wide);
  if (shape.vector_prefix) return vector_name(code);
  if (shape.map == X86Map::kOne || shape.length == 0) return {};
  if (shape.map == X86Map::kTwo && shape.opcode == 0x0f) return "3DNow! instruction";
  const unsigned modrm = shape.modrm.value_or(0);
  if (shape.map == X86Map::kTwo && shape.opcode == 1) {
    if (modrm == 0xf9) return "rdtscp instruction of RDTSCP";
    if (modrm == 0xd0) return "xgetbv instruction of XSAVE";
    if (modrm == 0xd5 || modrm == 0xd6) return "instruction of TSX";
  }
  const unsigned map = shape.map == X86Map::kTwo ? 1 : shape.map == X86Map::kThree38 ? 2 : 3;
  const int prefix = shape.repeat == 0xf3   ? kF3
                     : shape.repeat == 0xf2 ? kF2
                     : shape.short_operand  ? k66
                                            : kPlain;
  return find(kPlainRows, map, shape.opcode, prefix, modrm);
}

}  // namespace cmos::emu
