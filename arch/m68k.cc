// The 68000: 32-bit registers, 24 bits of address, most significant byte first. gdb's numbers are
// those of m68k-core.xml, where the status register has 32 bits.
#include <elf.h>

#include "arch/cpu.h"

namespace cmos::arch {
namespace {

// clang-format off
constexpr Register kRegisters[] = {
    {"d0", 32, RegisterKind::kInteger, 0, {0, 0, "int32"}},
    {"d1", 32, RegisterKind::kInteger, 1, {1, 0, "int32"}},
    {"d2", 32, RegisterKind::kInteger, 2, {2, 0, "int32"}},
    {"d3", 32, RegisterKind::kInteger, 3, {3, 0, "int32"}},
    {"d4", 32, RegisterKind::kInteger, 4, {4, 0, "int32"}},
    {"d5", 32, RegisterKind::kInteger, 5, {5, 0, "int32"}},
    {"d6", 32, RegisterKind::kInteger, 6, {6, 0, "int32"}},
    {"d7", 32, RegisterKind::kInteger, 7, {7, 0, "int32"}},
    {"a0", 32, RegisterKind::kInteger, 8, {8, 0, "data_ptr"}},
    {"a1", 32, RegisterKind::kInteger, 9, {9, 0, "data_ptr"}},
    {"a2", 32, RegisterKind::kInteger, 10, {10, 0, "data_ptr"}},
    {"a3", 32, RegisterKind::kInteger, 11, {11, 0, "data_ptr"}},
    {"a4", 32, RegisterKind::kInteger, 12, {12, 0, "data_ptr"}},
    {"a5", 32, RegisterKind::kInteger, 13, {13, 0, "data_ptr"}},
    {"a6", 32, RegisterKind::kInteger, 14, {14, 0, "data_ptr", "fp"}},
    {"sp", 32, RegisterKind::kInteger, 15, {15, 0, "data_ptr"}},
    {"sr", 16, RegisterKind::kFlags, kNoNumber, {16, 0, "int32", "ps"}},
    {"pc", 32, RegisterKind::kInteger, 24, {17, 0, "code_ptr"}},
};
// clang-format on

constexpr std::string_view kFeatures[] = {"org.gnu.gdb.m68k.core"};
constexpr DecodingInfo kDecodings[] = {{Decoding::kNative, "68000", 2, 10, 2}};
constexpr ArchCode kCodes[] = {{"_68K", "68000"}};

}  // namespace

const Cpu kM68k{.name = "68000",
                .codes = kCodes,
                .description = "Motorola 68000",
                .byte_order = ByteOrder::kBig,
                .word_bits = 32,
                .pointer_bits = 32,
                .address_bits = 24,
                .registers = kRegisters,
                .general_count = 18,
                .pc = 17,
                .sp = 15,
                .frame = 14,
                .result = 0,
                .gdb_features = kFeatures,
                .gdb_name = "m68k",
                .decodings = kDecodings,
                .stack_alignment = 2,
                .elf = {EM_68K, 32, "m68k", "m68k"},
                .llvm_triple = "m68k-none-elf",
                .decoder = Decoder::kCapstone};

}  // namespace cmos::arch
