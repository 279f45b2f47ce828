// CBC, COIL's bytecode: a machine without registers of its own. What is shown as
// such are the interpreter's places: the next instruction, the stack, the frame of variables, and
// the value that the last `ret` gave back; and the number and arguments of a host call.
#include "arch/cpu.h"

namespace cmos::arch {
namespace {

// clang-format off
constexpr Register kRegisters[] = {
    {"pc", 64, RegisterKind::kInteger, kNoNumber},
    {"sp", 64, RegisterKind::kInteger, kNoNumber},
    {"fp", 64, RegisterKind::kInteger, kNoNumber},
    {"rv", 64, RegisterKind::kInteger, kNoNumber}, {"n", 64, RegisterKind::kInteger, kNoNumber},
    {"a0", 64, RegisterKind::kInteger, kNoNumber}, {"a1", 64, RegisterKind::kInteger, kNoNumber},
    {"a2", 64, RegisterKind::kInteger, kNoNumber},
};
// clang-format on

constexpr DecodingInfo kDecodings[] = {{Decoding::kNative, "CBC", 2, 261, 1}};
constexpr ArchCode kCodes[] = {{"_CBC", "CBC"}};

}  // namespace

const Cpu kCbc{.name = "CBC",
               .codes = kCodes,
               .description = "COIL's bytecode",
               .word_bits = 64,
               .pointer_bits = 64,
               .address_bits = 64,
               .registers = kRegisters,
               .general_count = 8,
               .pc = 0,
               .sp = 1,
               .frame = 2,
               .result = 3,
               .decodings = kDecodings,
               .stack_alignment = 8,
               .decoder = Decoder::kCbc};

}  // namespace cmos::arch
