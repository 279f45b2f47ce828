// Z80 and 8080, by register pairs as gdb's z80.xml has them: a and f are the high and the low byte
// of af. `iff` has IFF1 in bit 0 and IFF2 in bit 1, `im` is the interrupt mode.
//
// A file asks for them by ARCH codes that cpe 1.1 does not list; ELF knows the Z80 alone.
#include "arch/cpu.h"

namespace cmos::arch {
namespace {

// clang-format off
constexpr Register kZ80Registers[] = {
    {"af", 16, RegisterKind::kFlags, kNoNumber, {0, 0, "af_flags"}},
    {"bc", 16, RegisterKind::kInteger, kNoNumber, {1, 0, "uint16"}},
    {"de", 16, RegisterKind::kInteger, kNoNumber, {2, 0, "data_ptr"}},
    {"hl", 16, RegisterKind::kInteger, kNoNumber, {3, 0, "data_ptr"}},
    {"ix", 16, RegisterKind::kInteger, kNoNumber, {6, 0, "data_ptr"}},
    {"iy", 16, RegisterKind::kInteger, kNoNumber, {7, 0, "data_ptr"}},
    {"sp", 16, RegisterKind::kInteger, kNoNumber, {4, 0, "data_ptr"}},
    {"pc", 16, RegisterKind::kInteger, kNoNumber, {5, 0, "code_ptr"}},
    {"af'", 16, RegisterKind::kFlags, kNoNumber, {8, 0, "af_flags"}},
    {"bc'", 16, RegisterKind::kInteger, kNoNumber, {9, 0, "uint16"}},
    {"de'", 16, RegisterKind::kInteger, kNoNumber, {10, 0, "data_ptr"}},
    {"hl'", 16, RegisterKind::kInteger, kNoNumber, {11, 0, "data_ptr"}},
    {"ir", 16, RegisterKind::kInteger, kNoNumber, {12, 0, "uint16"}},
    {"iff", 8, RegisterKind::kControl, kNoNumber},
    {"im", 8, RegisterKind::kControl, kNoNumber},
};

constexpr Register k8080Registers[] = {
    {"af", 16, RegisterKind::kFlags, kNoNumber, {0, 0, "af_flags"}},
    {"bc", 16, RegisterKind::kInteger, kNoNumber, {1, 0, "uint16"}},
    {"de", 16, RegisterKind::kInteger, kNoNumber, {2, 0, "data_ptr"}},
    {"hl", 16, RegisterKind::kInteger, kNoNumber, {3, 0, "data_ptr"}},
    {"sp", 16, RegisterKind::kInteger, kNoNumber, {4, 0, "data_ptr"}},
    {"pc", 16, RegisterKind::kInteger, kNoNumber, {5, 0, "code_ptr"}},
    {"iff", 8, RegisterKind::kControl, kNoNumber},
};
// clang-format on

constexpr std::string_view kFeatures[] = {"org.gnu.gdb.z80.cpu"};
constexpr DecodingInfo kZ80Decodings[] = {{Decoding::kNative, "Z80", 1, 4, 1}};
constexpr DecodingInfo k8080Decodings[] = {{Decoding::kNative, "8080", 1, 3, 1}};
constexpr ArchCode kZ80Codes[] = {{"_Z80", "Z80"}};
constexpr ArchCode k8080Codes[] = {{"8080", "8080"}};
constexpr std::uint16_t kElfMachineZ80 = 220;  // EM_Z80

}  // namespace

const Cpu kZ80{.name = "Z80",
               .codes = kZ80Codes,
               .description = "Zilog Z80",
               .word_bits = 8,
               .pointer_bits = 16,
               .address_bits = 16,
               .load_address = 0x100,
               .registers = kZ80Registers,
               .general_count = 13,
               .pc = 7,
               .sp = 6,
               .frame = 4,
               .result = 3,
               .gdb_features = kFeatures,
               .gdb_name = "z80",
               .decodings = kZ80Decodings,
               .elf = {kElfMachineZ80, 32, "Z80", "z80"},
               .decoder = Decoder::kZ80};

const Cpu k8080{.name = "8080",
                .codes = k8080Codes,
                .description = "Intel 8080",
                .word_bits = 8,
                .pointer_bits = 16,
                .address_bits = 16,
                .load_address = 0x100,
                .registers = k8080Registers,
                .general_count = 6,
                .pc = 5,
                .sp = 4,
                .result = 3,
                .gdb_features = kFeatures,
                .gdb_name = "i8080",
                .decodings = k8080Decodings,
                .decoder = Decoder::k8080};

}  // namespace cmos::arch
