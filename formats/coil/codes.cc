#include "formats/coil/codes.h"

#include <fmt/format.h>

#include <charconv>

namespace cmos::coil {
namespace {

constexpr Code kProcessors[] = {{0, "any"},  {1, "cpu"}, {2, "gpu"}, {3, "tpu"},      {4, "dsp"},
                                {5, "fpga"}, {6, "npu"}, {7, "vpu"}, {0xff, "custom"}};
constexpr Code kCpuArchitectures[] = {{1, "x86"},     {2, "arm"},   {3, "riscv"},    {4, "mips"},
                                      {5, "powerpc"}, {6, "sparc"}, {0xff, "custom"}};
constexpr Code kGpuArchitectures[] = {
    {1, "cuda"}, {2, "gcn"}, {3, "xe"}, {4, "mali"}, {5, "powervr"}};
constexpr Code kTpuArchitectures[] = {{1, "google"}, {2, "nvidia"}};
constexpr Code kX86Modes[] = {{1, "16"}, {2, "32"}, {3, "64"}};
constexpr Code kArmModes[] = {{1, "32"}, {2, "64"}, {3, "thumb"}, {4, "thumbee"}};
constexpr Code kRiscvModes[] = {{1, "32"}, {2, "64"}, {3, "128"}};
constexpr Code kCudaModes[] = {{1, "sm50"}, {2, "sm60"}, {3, "sm70"}, {4, "sm75"}, {5, "sm80"}};
constexpr Code kCapabilities[] = {{0x01, "int"},    {0x02, "float"},   {0x04, "vector"},
                                  {0x08, "tensor"}, {0x10, "atomics"}, {0x20, "threads"},
                                  {0x40, "memory"}, {0x80, "special"}};
constexpr Code kMemoryModels[] = {
    {1, "flat"}, {2, "segmented"}, {3, "hierarchical"}, {4, "distributed"}};

constexpr Code kSymbolAttributes[] = {{0x01, "global"},   {0x02, "weak"},    {0x04, "local"},
                                      {0x08, "function"}, {0x10, "data"},    {0x20, "absolute"},
                                      {0x40, "common"},   {0x80, "exported"}};
constexpr Code kSectionAttributes[] = {
    {0x01, "execute"},       {0x02, "write"},  {0x04, "read"},       {0x08, "initialised"},
    {0x10, "uninitialised"}, {0x20, "linked"}, {0x40, "discardable"}};
constexpr Code kRelocationTypes[] = {{1, "absolute"},
                                     {2, "relative"},
                                     {3, "pc-relative"},
                                     {4, "section-relative"},
                                     {5, "symbol-addend"}};

constexpr Code kConditions[] = {{0, "EQ"}, {1, "NE"},  {2, "GE"}, {3, "LT"}, {4, "GT"}, {5, "LE"},
                                {6, "Z"},  {7, "NZ"},  {8, "C"},  {9, "NC"}, {10, "S"}, {11, "NS"},
                                {12, "O"}, {13, "NO"}, {14, "P"}, {15, "NP"}};
constexpr Code kVisibilities[] = {{0, "TMP"}, {1, "FILE"}, {2, "GLOB"}};
constexpr Code kAccessParameters[] = {
    {1, "ATOMIC"}, {2, "VOLATILE"}, {3, "ALIGNED"}, {4, "UNALIGNED"}};
constexpr Code kVectorLoadParameters[] = {{0, "ALIGNED"}, {1, "UNALIGNED"}, {2, "BROADCAST"}};
constexpr Code kAbiControls[] = {{0, "ABICTL_STANDARD"},
                                 {1, "ABICTL_PARAM"},
                                 {2, "ABICTL_RET"},
                                 {3, "ABICTL_SWITCH"},
                                 {4, "ABICTL_AUTO"}};
constexpr Code kAbiRecords[] = {{0, "EXIT"},   {1, "PARAMS"}, {2, "RETS"},
                                {3, "CALLER"}, {4, "CALLEE"}, {5, "SALLIGN"},
                                {6, "RZONE"},  {7, "SHADOW"}, {8, "ARGSTYLE"}};

struct NamedTriple {
  std::string_view name;
  Triple triple;
};
// The documented spellings, and those that follow from them.
constexpr NamedTriple kTriples[] = {
    {"cpu-x86-16", {1, 1, 1}},      {"cpu-x86-32", {1, 1, 2}},    {"cpu-x86-64", {1, 1, 3}},
    {"cpu-arm-32", {1, 2, 1}},      {"cpu-arm-64", {1, 2, 2}},    {"cpu-arm-thumb", {1, 2, 3}},
    {"cpu-arm-thumbee", {1, 2, 4}}, {"cpu-riscv-32", {1, 3, 1}},  {"cpu-riscv-64", {1, 3, 2}},
    {"cpu-riscv-128", {1, 3, 3}},   {"gpu-cuda-sm50", {2, 1, 1}}, {"gpu-cuda-sm60", {2, 1, 2}},
    {"gpu-cuda-sm70", {2, 1, 3}},   {"gpu-cuda-sm75", {2, 1, 4}}, {"gpu-cuda-sm80", {2, 1, 5}},
    {"x86-64", {1, 1, 3}},          {"arm64", {1, 2, 2}},         {"aarch64", {1, 2, 2}},
};

}  // namespace

std::optional<std::string_view> name_of(Codes codes, std::uint32_t value) {
  for (const Code& one : codes) {
    if (one.value == value) return one.name;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> value_of(Codes codes, std::string_view name) {
  for (const Code& one : codes) {
    if (one.name == name) return one.value;
  }
  return std::nullopt;
}

std::string names_of_bits(Codes codes, std::uint32_t bits) {
  std::string out;
  auto add = [&out](std::string_view name) {
    if (!out.empty()) out += " | ";
    out += name;
  };
  for (const Code& one : codes) {
    if ((bits & one.value) != 0) add(one.name);
  }
  if (const std::uint32_t rest = bits & ~known_bits(codes); rest != 0)
    add(fmt::format("0x{:x}", rest));
  return out.empty() ? "0" : out;
}

std::uint32_t known_bits(Codes codes) {
  std::uint32_t out = 0;
  for (const Code& one : codes) out |= one.value;
  return out;
}

Codes processors() {
  return kProcessors;
}

Codes architectures(std::uint32_t device) {
  switch (device) {
    case 1:
      return kCpuArchitectures;
    case 2:
      return kGpuArchitectures;
    case 3:
      return kTpuArchitectures;
    default:
      return {};
  }
}

Codes modes(std::uint32_t device, std::uint32_t architecture) {
  const struct {
    std::uint32_t device;
    std::uint32_t architecture;
    Codes modes;
  } rows[] = {{1, 1, kX86Modes}, {1, 2, kArmModes}, {1, 3, kRiscvModes}, {2, 1, kCudaModes}};
  for (const auto& row : rows) {
    if (row.device == device && row.architecture == architecture) return row.modes;
  }
  return {};
}

Codes capabilities() {
  return kCapabilities;
}
Codes memory_models() {
  return kMemoryModels;
}
Codes symbol_attributes() {
  return kSymbolAttributes;
}
Codes section_attributes() {
  return kSectionAttributes;
}
Codes relocation_types() {
  return kRelocationTypes;
}
Codes conditions() {
  return kConditions;
}
Codes visibilities() {
  return kVisibilities;
}
Codes access_parameters() {
  return kAccessParameters;
}
Codes vector_load_parameters() {
  return kVectorLoadParameters;
}
Codes abi_controls() {
  return kAbiControls;
}
Codes abi_records() {
  return kAbiRecords;
}

std::optional<Triple> triple_named(std::string_view text) {
  for (const NamedTriple& one : kTriples) {
    if (one.name == text) return one.triple;
  }
  if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + 2, end, number, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != end || number > 0xffffff || number <= 0xffff)
    return std::nullopt;
  return Triple{static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                static_cast<std::uint8_t>(number)};
}

std::string name_of(const Triple& triple) {
  for (const NamedTriple& one : kTriples) {
    if (one.triple == triple) return std::string(one.name);
  }
  return fmt::format("0x{:06x}", triple.number());
}

}  // namespace cmos::coil
