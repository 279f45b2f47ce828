// x86 in its three widths. DWARF numbers are those of the System V ABIs (the i386 one has no x87
// control words in some editions: these are LLVM's and binutils'), gdb's those of i386-*core.xml,
// *sse.xml and 64bit-segments.xml. A segment register has 16 bits; gdb is told 32.
#include <elf.h>

#include <string>

#include "arch/cpu.h"

namespace cmos::arch {
namespace {

// clang-format off
constexpr Register kX8664Registers[] = {
    {"rax", 64, RegisterKind::kInteger, 0, {0, 0, "int64"}},
    {"rbx", 64, RegisterKind::kInteger, 3, {1, 0, "int64"}},
    {"rcx", 64, RegisterKind::kInteger, 2, {2, 0, "int64"}},
    {"rdx", 64, RegisterKind::kInteger, 1, {3, 0, "int64"}},
    {"rsi", 64, RegisterKind::kInteger, 4, {4, 0, "int64"}},
    {"rdi", 64, RegisterKind::kInteger, 5, {5, 0, "int64"}},
    {"rbp", 64, RegisterKind::kInteger, 6, {6, 0, "data_ptr"}},
    {"rsp", 64, RegisterKind::kInteger, 7, {7, 0, "data_ptr"}},
    {"r8", 64, RegisterKind::kInteger, 8, {8, 0, "int64"}},
    {"r9", 64, RegisterKind::kInteger, 9, {9, 0, "int64"}},
    {"r10", 64, RegisterKind::kInteger, 10, {10, 0, "int64"}},
    {"r11", 64, RegisterKind::kInteger, 11, {11, 0, "int64"}},
    {"r12", 64, RegisterKind::kInteger, 12, {12, 0, "int64"}},
    {"r13", 64, RegisterKind::kInteger, 13, {13, 0, "int64"}},
    {"r14", 64, RegisterKind::kInteger, 14, {14, 0, "int64"}},
    {"r15", 64, RegisterKind::kInteger, 15, {15, 0, "int64"}},
    {"rip", 64, RegisterKind::kInteger, 16, {16, 0, "code_ptr"}},
    {"rflags", 64, RegisterKind::kFlags, 49, {17, 0, "i386_eflags", "eflags"}},
    {"cs", 16, RegisterKind::kControl, 51, {18, 0, "int32"}},
    {"ss", 16, RegisterKind::kControl, 52, {19, 0, "int32"}},
    {"ds", 16, RegisterKind::kControl, 53, {20, 0, "int32"}},
    {"es", 16, RegisterKind::kControl, 50, {21, 0, "int32"}},
    {"fs", 16, RegisterKind::kControl, 54, {22, 0, "int32"}},
    {"gs", 16, RegisterKind::kControl, 55, {23, 0, "int32"}},
    {"st0", 80, RegisterKind::kFloat, 33, {24, 0, "i387_ext"}},
    {"st1", 80, RegisterKind::kFloat, 34, {25, 0, "i387_ext"}},
    {"st2", 80, RegisterKind::kFloat, 35, {26, 0, "i387_ext"}},
    {"st3", 80, RegisterKind::kFloat, 36, {27, 0, "i387_ext"}},
    {"st4", 80, RegisterKind::kFloat, 37, {28, 0, "i387_ext"}},
    {"st5", 80, RegisterKind::kFloat, 38, {29, 0, "i387_ext"}},
    {"st6", 80, RegisterKind::kFloat, 39, {30, 0, "i387_ext"}},
    {"st7", 80, RegisterKind::kFloat, 40, {31, 0, "i387_ext"}},
    {"fctrl", 32, RegisterKind::kControl, 65, {32, 0}},
    {"fstat", 32, RegisterKind::kControl, 66, {33, 0}},
    {"ftag", 32, RegisterKind::kControl, kNoNumber, {34, 0}},
    {"fiseg", 32, RegisterKind::kControl, kNoNumber, {35, 0}},
    {"fioff", 32, RegisterKind::kControl, kNoNumber, {36, 0}},
    {"foseg", 32, RegisterKind::kControl, kNoNumber, {37, 0}},
    {"fooff", 32, RegisterKind::kControl, kNoNumber, {38, 0}},
    {"fop", 32, RegisterKind::kControl, kNoNumber, {39, 0}},
    {"xmm0", 128, RegisterKind::kVector, 17, {40, 1, "vec128"}},
    {"xmm1", 128, RegisterKind::kVector, 18, {41, 1, "vec128"}},
    {"xmm2", 128, RegisterKind::kVector, 19, {42, 1, "vec128"}},
    {"xmm3", 128, RegisterKind::kVector, 20, {43, 1, "vec128"}},
    {"xmm4", 128, RegisterKind::kVector, 21, {44, 1, "vec128"}},
    {"xmm5", 128, RegisterKind::kVector, 22, {45, 1, "vec128"}},
    {"xmm6", 128, RegisterKind::kVector, 23, {46, 1, "vec128"}},
    {"xmm7", 128, RegisterKind::kVector, 24, {47, 1, "vec128"}},
    {"xmm8", 128, RegisterKind::kVector, 25, {48, 1, "vec128"}},
    {"xmm9", 128, RegisterKind::kVector, 26, {49, 1, "vec128"}},
    {"xmm10", 128, RegisterKind::kVector, 27, {50, 1, "vec128"}},
    {"xmm11", 128, RegisterKind::kVector, 28, {51, 1, "vec128"}},
    {"xmm12", 128, RegisterKind::kVector, 29, {52, 1, "vec128"}},
    {"xmm13", 128, RegisterKind::kVector, 30, {53, 1, "vec128"}},
    {"xmm14", 128, RegisterKind::kVector, 31, {54, 1, "vec128"}},
    {"xmm15", 128, RegisterKind::kVector, 32, {55, 1, "vec128"}},
    {"mxcsr", 32, RegisterKind::kControl, 64, {56, 1, "i386_mxcsr"}},
    {"fs_base", 64, RegisterKind::kControl, 58, {57, 2, "long"}},
    {"gs_base", 64, RegisterKind::kControl, 59, {58, 2, "long"}},
};

constexpr Register kX86Registers[] = {
    {"eax", 32, RegisterKind::kInteger, 0, {0, 0, "int32"}},
    {"ebx", 32, RegisterKind::kInteger, 3, {3, 0, "int32"}},
    {"ecx", 32, RegisterKind::kInteger, 1, {1, 0, "int32"}},
    {"edx", 32, RegisterKind::kInteger, 2, {2, 0, "int32"}},
    {"esi", 32, RegisterKind::kInteger, 6, {6, 0, "int32"}},
    {"edi", 32, RegisterKind::kInteger, 7, {7, 0, "int32"}},
    {"ebp", 32, RegisterKind::kInteger, 5, {5, 0, "data_ptr"}},
    {"esp", 32, RegisterKind::kInteger, 4, {4, 0, "data_ptr"}},
    {"eip", 32, RegisterKind::kInteger, 8, {8, 0, "code_ptr"}},
    {"eflags", 32, RegisterKind::kFlags, 9, {9, 0, "i386_eflags"}},
    {"cs", 16, RegisterKind::kControl, 41, {10, 0, "int32"}},
    {"ss", 16, RegisterKind::kControl, 42, {11, 0, "int32"}},
    {"ds", 16, RegisterKind::kControl, 43, {12, 0, "int32"}},
    {"es", 16, RegisterKind::kControl, 40, {13, 0, "int32"}},
    {"fs", 16, RegisterKind::kControl, 44, {14, 0, "int32"}},
    {"gs", 16, RegisterKind::kControl, 45, {15, 0, "int32"}},
    {"st0", 80, RegisterKind::kFloat, 11, {16, 0, "i387_ext"}},
    {"st1", 80, RegisterKind::kFloat, 12, {17, 0, "i387_ext"}},
    {"st2", 80, RegisterKind::kFloat, 13, {18, 0, "i387_ext"}},
    {"st3", 80, RegisterKind::kFloat, 14, {19, 0, "i387_ext"}},
    {"st4", 80, RegisterKind::kFloat, 15, {20, 0, "i387_ext"}},
    {"st5", 80, RegisterKind::kFloat, 16, {21, 0, "i387_ext"}},
    {"st6", 80, RegisterKind::kFloat, 17, {22, 0, "i387_ext"}},
    {"st7", 80, RegisterKind::kFloat, 18, {23, 0, "i387_ext"}},
    {"fctrl", 32, RegisterKind::kControl, 37, {24, 0}},
    {"fstat", 32, RegisterKind::kControl, 38, {25, 0}},
    {"ftag", 32, RegisterKind::kControl, kNoNumber, {26, 0}},
    {"fiseg", 32, RegisterKind::kControl, kNoNumber, {27, 0}},
    {"fioff", 32, RegisterKind::kControl, kNoNumber, {28, 0}},
    {"foseg", 32, RegisterKind::kControl, kNoNumber, {29, 0}},
    {"fooff", 32, RegisterKind::kControl, kNoNumber, {30, 0}},
    {"fop", 32, RegisterKind::kControl, kNoNumber, {31, 0}},
    {"xmm0", 128, RegisterKind::kVector, 21, {32, 1, "vec128"}},
    {"xmm1", 128, RegisterKind::kVector, 22, {33, 1, "vec128"}},
    {"xmm2", 128, RegisterKind::kVector, 23, {34, 1, "vec128"}},
    {"xmm3", 128, RegisterKind::kVector, 24, {35, 1, "vec128"}},
    {"xmm4", 128, RegisterKind::kVector, 25, {36, 1, "vec128"}},
    {"xmm5", 128, RegisterKind::kVector, 26, {37, 1, "vec128"}},
    {"xmm6", 128, RegisterKind::kVector, 27, {38, 1, "vec128"}},
    {"xmm7", 128, RegisterKind::kVector, 28, {39, 1, "vec128"}},
    {"mxcsr", 32, RegisterKind::kControl, 39, {40, 1, "i386_mxcsr"}},
};

constexpr Register k8086Registers[] = {
    {"ax", 16, RegisterKind::kInteger, 0, {0, 0, "int32", "eax"}},
    {"bx", 16, RegisterKind::kInteger, 3, {3, 0, "int32", "ebx"}},
    {"cx", 16, RegisterKind::kInteger, 1, {1, 0, "int32", "ecx"}},
    {"dx", 16, RegisterKind::kInteger, 2, {2, 0, "int32", "edx"}},
    {"si", 16, RegisterKind::kInteger, 6, {6, 0, "int32", "esi"}},
    {"di", 16, RegisterKind::kInteger, 7, {7, 0, "int32", "edi"}},
    {"bp", 16, RegisterKind::kInteger, 5, {5, 0, "int32", "ebp"}},
    {"sp", 16, RegisterKind::kInteger, 4, {4, 0, "int32", "esp"}},
    {"ip", 16, RegisterKind::kInteger, 8, {8, 0, "code_ptr", "eip"}},
    {"flags", 16, RegisterKind::kFlags, 9, {9, 0, "i386_eflags", "eflags"}},
    {"cs", 16, RegisterKind::kControl, 41, {10, 0, "int32"}},
    {"ss", 16, RegisterKind::kControl, 42, {11, 0, "int32"}},
    {"ds", 16, RegisterKind::kControl, 43, {12, 0, "int32"}},
    {"es", 16, RegisterKind::kControl, 40, {13, 0, "int32"}},
};
// clang-format on

constexpr std::string_view kX8664Features[] = {"org.gnu.gdb.i386.core", "org.gnu.gdb.i386.sse",
                                               "org.gnu.gdb.i386.segments"};
constexpr std::string_view kX86Features[] = {"org.gnu.gdb.i386.core", "org.gnu.gdb.i386.sse"};

constexpr DecodingInfo kLongMode[] = {{Decoding::kNative, "x86-64", 1, 15, 1}};
constexpr DecodingInfo kProtectedMode[] = {{Decoding::kNative, "x86", 1, 15, 1}};
constexpr DecodingInfo kRealMode[] = {{Decoding::kNative, "8086", 1, 15, 1}};

constexpr ArchCode kX8664Codes[] = {{"8664", "x86-64", ArchCode::Standing::kDocumented}};
constexpr ArchCode kX86Codes[] = {{"__86", "x86", ArchCode::Standing::kDocumented}};
constexpr ArchCode k8086Codes[] = {{"8086", "8086"}};

std::optional<RegisterPart> part_of(const Cpu& cpu, std::string whole, std::uint8_t bits,
                                    std::uint8_t shift = 0) {
  const RegisterIndex found = cpu.register_named(whole);
  if (found == kNoRegister || cpu.registers[found].bits < bits) return std::nullopt;
  return RegisterPart{found, shift, bits};
}

/// eax, ax, al and ah of rax, sil of rsi, r8d, r8w and r8b of r8; of the narrower CPUs what there
/// is of them.
std::optional<RegisterPart> part(const Cpu& cpu, std::string_view name) {
  const std::string width = cpu.word_bits == 64 ? "r" : cpu.word_bits == 32 ? "e" : "";
  if (name.size() >= 3 && name[0] == 'r' && name[1] >= '1' && name[1] <= '9') {
    const std::uint8_t bits = name.back() == 'd'   ? 32
                              : name.back() == 'w' ? 16
                              : name.back() == 'b' ? 8
                                                   : 0;
    if (bits == 0) return std::nullopt;
    return part_of(cpu, std::string(name.substr(0, name.size() - 1)), bits);
  }
  if (name.size() == 3 && name[0] == 'e')
    return part_of(cpu, width + std::string(name.substr(1)), 32);
  if (name.size() == 3 && name[2] == 'l')
    return part_of(cpu, width + std::string(name.substr(0, 2)), 8);
  if (name.size() != 2) return std::nullopt;
  if (name[1] == 'l' || name[1] == 'h')
    return part_of(cpu, width + name[0] + "x", 8, name[1] == 'h' ? 8 : 0);
  return part_of(cpu, width + std::string(name), 16);
}

}  // namespace

const Cpu kX8664{.name = "x86-64",
                 .codes = kX8664Codes,
                 .description = "64-bit x86 in long mode",
                 .word_bits = 64,
                 .pointer_bits = 64,
                 .address_bits = 64,
                 .registers = kX8664Registers,
                 .general_count = 18,
                 .pc = 16,
                 .sp = 7,
                 .frame = 6,
                 .result = 0,
                 .gdb_features = kX8664Features,
                 .gdb_name = "i386:x86-64",
                 .decodings = kLongMode,
                 .stack_alignment = 16,
                 .elf = {EM_X86_64, 64, "x86-64", "x86-64"},
                 .llvm_triple = "x86_64-none-elf",
                 .decoder = Decoder::kCapstone,
                 .part = part};

const Cpu kX86{.name = "x86",
               .codes = kX86Codes,
               .description = "32-bit x86 in protected mode",
               .word_bits = 32,
               .pointer_bits = 32,
               .address_bits = 32,
               .registers = kX86Registers,
               .general_count = 10,
               .pc = 8,
               .sp = 7,
               .frame = 6,
               .result = 0,
               .gdb_features = kX86Features,
               .gdb_name = "i386",
               .decodings = kProtectedMode,
               .stack_alignment = 16,
               .elf = {EM_386, 32, "i386", "i386"},
               .llvm_triple = "i686-none-elf",
               .decoder = Decoder::kCapstone,
               .part = part};

// A pointer is an offset in a segment; the bus has 20 bits.
const Cpu k8086{.name = "8086",
                .codes = k8086Codes,
                .description = "16-bit x86 in real mode",
                .word_bits = 16,
                .pointer_bits = 16,
                .address_bits = 20,
                .load_address = 0x100,
                .registers = k8086Registers,
                .general_count = 14,
                .pc = 8,
                .sp = 7,
                .frame = 6,
                .result = 0,
                .gdb_features = std::span(kX86Features).first(1),
                .gdb_name = "i8086",
                .decodings = kRealMode,
                .stack_alignment = 2,
                .llvm_triple = "i386-none-elf-code16",
                .decoder = Decoder::kCapstone,
                .part = part};

}  // namespace cmos::arch
