// ARM with Thumb, and ARM64. DWARF numbers are those of Arm's "DWARF for the Arm Architecture" and
// its 64-bit twin, gdb's those of arm-core.xml, arm-vfpv3.xml, aarch64-core.xml and
// aarch64-fpu.xml.
#include <elf.h>

#include <array>
#include <string>
#include <utility>

#include "arch/cpu.h"

namespace cmos::arch {
namespace {

// clang-format off
constexpr Register kArmRegisters[] = {
    {"r0", 32, RegisterKind::kInteger, 0, {0, 0, "uint32"}},
    {"r1", 32, RegisterKind::kInteger, 1, {1, 0, "uint32"}},
    {"r2", 32, RegisterKind::kInteger, 2, {2, 0, "uint32"}},
    {"r3", 32, RegisterKind::kInteger, 3, {3, 0, "uint32"}},
    {"r4", 32, RegisterKind::kInteger, 4, {4, 0, "uint32"}},
    {"r5", 32, RegisterKind::kInteger, 5, {5, 0, "uint32"}},
    {"r6", 32, RegisterKind::kInteger, 6, {6, 0, "uint32"}},
    {"r7", 32, RegisterKind::kInteger, 7, {7, 0, "uint32"}},
    {"r8", 32, RegisterKind::kInteger, 8, {8, 0, "uint32"}},
    {"r9", 32, RegisterKind::kInteger, 9, {9, 0, "uint32"}},
    {"r10", 32, RegisterKind::kInteger, 10, {10, 0, "uint32"}},
    {"r11", 32, RegisterKind::kInteger, 11, {11, 0, "uint32"}},
    {"r12", 32, RegisterKind::kInteger, 12, {12, 0, "uint32"}},
    {"sp", 32, RegisterKind::kInteger, 13, {13, 0, "data_ptr"}},
    {"lr", 32, RegisterKind::kInteger, 14, {14, 0}},
    {"pc", 32, RegisterKind::kInteger, 15, {15, 0, "code_ptr"}},
    {"cpsr", 32, RegisterKind::kFlags, kNoNumber, {25, 0}},
    {"d0", 64, RegisterKind::kVector, 256, {26, 1, "ieee_double"}},
    {"d1", 64, RegisterKind::kVector, 257, {27, 1, "ieee_double"}},
    {"d2", 64, RegisterKind::kVector, 258, {28, 1, "ieee_double"}},
    {"d3", 64, RegisterKind::kVector, 259, {29, 1, "ieee_double"}},
    {"d4", 64, RegisterKind::kVector, 260, {30, 1, "ieee_double"}},
    {"d5", 64, RegisterKind::kVector, 261, {31, 1, "ieee_double"}},
    {"d6", 64, RegisterKind::kVector, 262, {32, 1, "ieee_double"}},
    {"d7", 64, RegisterKind::kVector, 263, {33, 1, "ieee_double"}},
    {"d8", 64, RegisterKind::kVector, 264, {34, 1, "ieee_double"}},
    {"d9", 64, RegisterKind::kVector, 265, {35, 1, "ieee_double"}},
    {"d10", 64, RegisterKind::kVector, 266, {36, 1, "ieee_double"}},
    {"d11", 64, RegisterKind::kVector, 267, {37, 1, "ieee_double"}},
    {"d12", 64, RegisterKind::kVector, 268, {38, 1, "ieee_double"}},
    {"d13", 64, RegisterKind::kVector, 269, {39, 1, "ieee_double"}},
    {"d14", 64, RegisterKind::kVector, 270, {40, 1, "ieee_double"}},
    {"d15", 64, RegisterKind::kVector, 271, {41, 1, "ieee_double"}},
    {"d16", 64, RegisterKind::kVector, 272, {42, 1, "ieee_double"}},
    {"d17", 64, RegisterKind::kVector, 273, {43, 1, "ieee_double"}},
    {"d18", 64, RegisterKind::kVector, 274, {44, 1, "ieee_double"}},
    {"d19", 64, RegisterKind::kVector, 275, {45, 1, "ieee_double"}},
    {"d20", 64, RegisterKind::kVector, 276, {46, 1, "ieee_double"}},
    {"d21", 64, RegisterKind::kVector, 277, {47, 1, "ieee_double"}},
    {"d22", 64, RegisterKind::kVector, 278, {48, 1, "ieee_double"}},
    {"d23", 64, RegisterKind::kVector, 279, {49, 1, "ieee_double"}},
    {"d24", 64, RegisterKind::kVector, 280, {50, 1, "ieee_double"}},
    {"d25", 64, RegisterKind::kVector, 281, {51, 1, "ieee_double"}},
    {"d26", 64, RegisterKind::kVector, 282, {52, 1, "ieee_double"}},
    {"d27", 64, RegisterKind::kVector, 283, {53, 1, "ieee_double"}},
    {"d28", 64, RegisterKind::kVector, 284, {54, 1, "ieee_double"}},
    {"d29", 64, RegisterKind::kVector, 285, {55, 1, "ieee_double"}},
    {"d30", 64, RegisterKind::kVector, 286, {56, 1, "ieee_double"}},
    {"d31", 64, RegisterKind::kVector, 287, {57, 1, "ieee_double"}},
    {"fpscr", 32, RegisterKind::kControl, kNoNumber, {58, 1}},
    {"tpidruro", 32, RegisterKind::kControl, kNoNumber},
};

constexpr Register kArm64Registers[] = {
    {"x0", 64, RegisterKind::kInteger, 0, {0, 0}},
    {"x1", 64, RegisterKind::kInteger, 1, {1, 0}},
    {"x2", 64, RegisterKind::kInteger, 2, {2, 0}},
    {"x3", 64, RegisterKind::kInteger, 3, {3, 0}},
    {"x4", 64, RegisterKind::kInteger, 4, {4, 0}},
    {"x5", 64, RegisterKind::kInteger, 5, {5, 0}},
    {"x6", 64, RegisterKind::kInteger, 6, {6, 0}},
    {"x7", 64, RegisterKind::kInteger, 7, {7, 0}},
    {"x8", 64, RegisterKind::kInteger, 8, {8, 0}},
    {"x9", 64, RegisterKind::kInteger, 9, {9, 0}},
    {"x10", 64, RegisterKind::kInteger, 10, {10, 0}},
    {"x11", 64, RegisterKind::kInteger, 11, {11, 0}},
    {"x12", 64, RegisterKind::kInteger, 12, {12, 0}},
    {"x13", 64, RegisterKind::kInteger, 13, {13, 0}},
    {"x14", 64, RegisterKind::kInteger, 14, {14, 0}},
    {"x15", 64, RegisterKind::kInteger, 15, {15, 0}},
    {"x16", 64, RegisterKind::kInteger, 16, {16, 0}},
    {"x17", 64, RegisterKind::kInteger, 17, {17, 0}},
    {"x18", 64, RegisterKind::kInteger, 18, {18, 0}},
    {"x19", 64, RegisterKind::kInteger, 19, {19, 0}},
    {"x20", 64, RegisterKind::kInteger, 20, {20, 0}},
    {"x21", 64, RegisterKind::kInteger, 21, {21, 0}},
    {"x22", 64, RegisterKind::kInteger, 22, {22, 0}},
    {"x23", 64, RegisterKind::kInteger, 23, {23, 0}},
    {"x24", 64, RegisterKind::kInteger, 24, {24, 0}},
    {"x25", 64, RegisterKind::kInteger, 25, {25, 0}},
    {"x26", 64, RegisterKind::kInteger, 26, {26, 0}},
    {"x27", 64, RegisterKind::kInteger, 27, {27, 0}},
    {"x28", 64, RegisterKind::kInteger, 28, {28, 0}},
    {"x29", 64, RegisterKind::kInteger, 29, {29, 0}},
    {"x30", 64, RegisterKind::kInteger, 30, {30, 0}},
    {"sp", 64, RegisterKind::kInteger, 31, {31, 0, "data_ptr"}},
    {"pc", 64, RegisterKind::kInteger, 32, {32, 0, "code_ptr"}},
    {"nzcv", 32, RegisterKind::kFlags, kNoNumber, {33, 0, "cpsr_flags", "cpsr"}},
    {"v0", 128, RegisterKind::kVector, 64, {34, 1, "aarch64v"}},
    {"v1", 128, RegisterKind::kVector, 65, {35, 1, "aarch64v"}},
    {"v2", 128, RegisterKind::kVector, 66, {36, 1, "aarch64v"}},
    {"v3", 128, RegisterKind::kVector, 67, {37, 1, "aarch64v"}},
    {"v4", 128, RegisterKind::kVector, 68, {38, 1, "aarch64v"}},
    {"v5", 128, RegisterKind::kVector, 69, {39, 1, "aarch64v"}},
    {"v6", 128, RegisterKind::kVector, 70, {40, 1, "aarch64v"}},
    {"v7", 128, RegisterKind::kVector, 71, {41, 1, "aarch64v"}},
    {"v8", 128, RegisterKind::kVector, 72, {42, 1, "aarch64v"}},
    {"v9", 128, RegisterKind::kVector, 73, {43, 1, "aarch64v"}},
    {"v10", 128, RegisterKind::kVector, 74, {44, 1, "aarch64v"}},
    {"v11", 128, RegisterKind::kVector, 75, {45, 1, "aarch64v"}},
    {"v12", 128, RegisterKind::kVector, 76, {46, 1, "aarch64v"}},
    {"v13", 128, RegisterKind::kVector, 77, {47, 1, "aarch64v"}},
    {"v14", 128, RegisterKind::kVector, 78, {48, 1, "aarch64v"}},
    {"v15", 128, RegisterKind::kVector, 79, {49, 1, "aarch64v"}},
    {"v16", 128, RegisterKind::kVector, 80, {50, 1, "aarch64v"}},
    {"v17", 128, RegisterKind::kVector, 81, {51, 1, "aarch64v"}},
    {"v18", 128, RegisterKind::kVector, 82, {52, 1, "aarch64v"}},
    {"v19", 128, RegisterKind::kVector, 83, {53, 1, "aarch64v"}},
    {"v20", 128, RegisterKind::kVector, 84, {54, 1, "aarch64v"}},
    {"v21", 128, RegisterKind::kVector, 85, {55, 1, "aarch64v"}},
    {"v22", 128, RegisterKind::kVector, 86, {56, 1, "aarch64v"}},
    {"v23", 128, RegisterKind::kVector, 87, {57, 1, "aarch64v"}},
    {"v24", 128, RegisterKind::kVector, 88, {58, 1, "aarch64v"}},
    {"v25", 128, RegisterKind::kVector, 89, {59, 1, "aarch64v"}},
    {"v26", 128, RegisterKind::kVector, 90, {60, 1, "aarch64v"}},
    {"v27", 128, RegisterKind::kVector, 91, {61, 1, "aarch64v"}},
    {"v28", 128, RegisterKind::kVector, 92, {62, 1, "aarch64v"}},
    {"v29", 128, RegisterKind::kVector, 93, {63, 1, "aarch64v"}},
    {"v30", 128, RegisterKind::kVector, 94, {64, 1, "aarch64v"}},
    {"v31", 128, RegisterKind::kVector, 95, {65, 1, "aarch64v"}},
    {"fpsr", 32, RegisterKind::kControl, kNoNumber, {66, 1}},
    {"fpcr", 32, RegisterKind::kControl, kNoNumber, {67, 1}},
    {"tpidr_el0", 64, RegisterKind::kControl, 36},
};
// clang-format on

constexpr std::string_view kArmFeatures[] = {"org.gnu.gdb.arm.core", "org.gnu.gdb.arm.vfp",
                                             "org.gnu.gdb.arm.neon"};
constexpr std::string_view kArm64Features[] = {"org.gnu.gdb.aarch64.core",
                                               "org.gnu.gdb.aarch64.fpu"};

constexpr DecodingInfo kArmDecodings[] = {{Decoding::kNative, "ARM", 4, 4, 4},
                                          {Decoding::kThumb, "Thumb", 2, 4, 2}};
constexpr DecodingInfo kArm64Decodings[] = {{Decoding::kNative, "A64", 4, 4, 4}};

constexpr ArchCode kArmCodes[] = {{"_ARM", "ARM", ArchCode::Standing::kDocumented}};
constexpr ArchCode kArm64Codes[] = {{"AR64", "ARM64", ArchCode::Standing::kDocumented},
                                    {"APPL", "Apple silicon", ArchCode::Standing::kDocumented}};

std::optional<RegisterPart> arm_part(const Cpu& cpu, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames{
      {{"sb", "r9"}, {"sl", "r10"}, {"fp", "r11"}, {"ip", "r12"}}};
  for (const auto& [other, usual] : kNames) {
    if (name == other) return cpu.part_named(usual);
  }
  return std::nullopt;
}

/// The low halves have names of their own.
std::optional<RegisterPart> arm64_part(const Cpu& cpu, std::string_view name) {
  if (name == "fp") return cpu.part_named("x29");
  if (name == "lr") return cpu.part_named("x30");
  std::optional<RegisterPart> out;
  if (name == "wsp") out = cpu.part_named("sp");
  if (name.starts_with('w') && !out) out = cpu.part_named("x" + std::string(name.substr(1)));
  if (out) out->bits = 32;
  return out;
}

}  // namespace

const Cpu kArm{.name = "ARM",
               .codes = kArmCodes,
               .description = "32-bit ARM with Thumb, ARMv7-A",
               .word_bits = 32,
               .pointer_bits = 32,
               .address_bits = 32,
               .registers = kArmRegisters,
               .general_count = 17,
               .pc = 15,
               .sp = 13,
               .frame = 11,
               .link = 14,
               .result = 0,
               .gdb_features = kArmFeatures,
               .gdb_name = "arm",
               .decodings = kArmDecodings,
               .stack_alignment = 16,
               .return_style = ReturnStyle::kLinkRegister,
               .elf = {EM_ARM, 32, "ARM", "littlearm"},
               .llvm_triple = "armv7a-none-eabi",
               .decoder = Decoder::kCapstone,
               .part = arm_part};

const Cpu kArm64{.name = "ARM64",
                 .codes = kArm64Codes,
                 .description = "64-bit ARM, ARMv8-A",
                 .word_bits = 64,
                 .pointer_bits = 64,
                 .address_bits = 64,
                 .registers = kArm64Registers,
                 .general_count = 34,
                 .pc = 32,
                 .sp = 31,
                 .frame = 29,
                 .link = 30,
                 .result = 0,
                 .gdb_features = kArm64Features,
                 .gdb_name = "aarch64",
                 .decodings = kArm64Decodings,
                 .stack_alignment = 16,
                 .return_style = ReturnStyle::kLinkRegister,
                 .elf = {EM_AARCH64, 64, "AArch64", "littleaarch64"},
                 .llvm_triple = "aarch64-none-elf",
                 .decoder = Decoder::kCapstone,
                 .part = arm64_part};

}  // namespace cmos::arch
