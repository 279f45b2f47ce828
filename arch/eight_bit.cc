// 6502, 6800, and the 56000 of the module format: a successor of the 6502 that was never built, of
// which only the width of its pointers is known. gdb and DWARF number none of them. The 6502's
// stack is the page at 0x0100: its sp has 8 bits, and code is loaded behind that.
#include "arch/cpu.h"

namespace cmos::arch {
namespace {

// clang-format off
constexpr Register k6502Registers[] = {
    {"a", 8, RegisterKind::kInteger, kNoNumber},
    {"x", 8, RegisterKind::kInteger, kNoNumber},
    {"y", 8, RegisterKind::kInteger, kNoNumber},
    {"sp", 8, RegisterKind::kInteger, kNoNumber},
    {"p", 8, RegisterKind::kFlags, kNoNumber},
    {"pc", 16, RegisterKind::kInteger, kNoNumber},
};

constexpr Register k6800Registers[] = {
    {"a", 8, RegisterKind::kInteger, kNoNumber},
    {"b", 8, RegisterKind::kInteger, kNoNumber},
    {"x", 16, RegisterKind::kInteger, kNoNumber},
    {"sp", 16, RegisterKind::kInteger, kNoNumber},
    {"cc", 8, RegisterKind::kFlags, kNoNumber},
    {"pc", 16, RegisterKind::kInteger, kNoNumber},
};

constexpr Register k56000Registers[] = {
    {"sp", 16, RegisterKind::kInteger, kNoNumber},
    {"pc", 16, RegisterKind::kInteger, kNoNumber},
};
// clang-format on

constexpr DecodingInfo k6502Decodings[] = {{Decoding::kNative, "6502", 1, 3, 1}};
constexpr DecodingInfo k6800Decodings[] = {{Decoding::kNative, "6800", 1, 3, 1}};
constexpr DecodingInfo k56000Decodings[] = {{Decoding::kNative, "56000", 1, 3, 1}};
constexpr ArchCode k6502Codes[] = {{"6502", "6502"}};
constexpr ArchCode k6800Codes[] = {{"6800", "6800"}};

}  // namespace

const Cpu k6502{.name = "6502",
                .codes = k6502Codes,
                .description = "MOS Technology 6502",
                .word_bits = 8,
                .pointer_bits = 16,
                .address_bits = 16,
                .load_address = 0x200,
                .registers = k6502Registers,
                .general_count = 6,
                .pc = 5,
                .sp = 3,
                .result = 0,
                .decodings = k6502Decodings,
                .return_style = ReturnStyle::kPushedLessOne,
                .decoder = Decoder::k6502};

const Cpu k6800{.name = "6800",
                .codes = k6800Codes,
                .description = "Motorola 6800",
                .byte_order = ByteOrder::kBig,
                .word_bits = 8,
                .pointer_bits = 16,
                .address_bits = 16,
                .load_address = 0x100,
                .registers = k6800Registers,
                .general_count = 6,
                .pc = 5,
                .sp = 3,
                .result = 0,
                .decodings = k6800Decodings,
                .decoder = Decoder::k6800};

const Cpu k56000{.name = "56000",
                 .codes = {},
                 .description = "an imagined successor of the 6502",
                 .word_bits = 8,
                 .pointer_bits = 16,
                 .address_bits = 16,
                 .registers = k56000Registers,
                 .general_count = 2,
                 .pc = 1,
                 .sp = 0,
                 .decodings = k56000Decodings};

}  // namespace cmos::arch
