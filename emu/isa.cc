#include "emu/isa.h"

namespace cmos::emu {
namespace {

constexpr std::array<RegisterInfo, 18> kX8664Registers{{{"rax", 64},
                                                        {"rbx", 64},
                                                        {"rcx", 64},
                                                        {"rdx", 64},
                                                        {"rsi", 64},
                                                        {"rdi", 64},
                                                        {"rbp", 64},
                                                        {"rsp", 64},
                                                        {"r8", 64},
                                                        {"r9", 64},
                                                        {"r10", 64},
                                                        {"r11", 64},
                                                        {"r12", 64},
                                                        {"r13", 64},
                                                        {"r14", 64},
                                                        {"r15", 64},
                                                        {"rip", 64},
                                                        {"rflags", 64}}};
// mov rcx, rax; xor eax, eax; int 0x80
constexpr std::array<std::uint8_t, 7> kX8664Exit{0x48, 0x89, 0xc1, 0x31, 0xc0, 0xcd, 0x80};

constexpr std::array<RegisterInfo, 10> kX86Registers{{{"eax", 32},
                                                      {"ebx", 32},
                                                      {"ecx", 32},
                                                      {"edx", 32},
                                                      {"esi", 32},
                                                      {"edi", 32},
                                                      {"ebp", 32},
                                                      {"esp", 32},
                                                      {"eip", 32},
                                                      {"eflags", 32}}};
// mov ecx, eax; xor eax, eax; int 0x80
constexpr std::array<std::uint8_t, 6> kX86Exit{0x89, 0xc1, 0x31, 0xc0, 0xcd, 0x80};

constexpr std::array<RegisterInfo, 17> kArmRegisters{{{"r0", 32},
                                                      {"r1", 32},
                                                      {"r2", 32},
                                                      {"r3", 32},
                                                      {"r4", 32},
                                                      {"r5", 32},
                                                      {"r6", 32},
                                                      {"r7", 32},
                                                      {"r8", 32},
                                                      {"r9", 32},
                                                      {"r10", 32},
                                                      {"r11", 32},
                                                      {"r12", 32},
                                                      {"sp", 32},
                                                      {"lr", 32},
                                                      {"pc", 32},
                                                      {"cpsr", 32}}};
// mov r7, #0; svc #0
constexpr std::array<std::uint8_t, 8> kArmExit{0x00, 0x70, 0xa0, 0xe3, 0x00, 0x00, 0x00, 0xef};

constexpr std::array<RegisterInfo, 34> kArm64Registers{
    {{"x0", 64},  {"x1", 64},  {"x2", 64},  {"x3", 64},  {"x4", 64},  {"x5", 64},  {"x6", 64},
     {"x7", 64},  {"x8", 64},  {"x9", 64},  {"x10", 64}, {"x11", 64}, {"x12", 64}, {"x13", 64},
     {"x14", 64}, {"x15", 64}, {"x16", 64}, {"x17", 64}, {"x18", 64}, {"x19", 64}, {"x20", 64},
     {"x21", 64}, {"x22", 64}, {"x23", 64}, {"x24", 64}, {"x25", 64}, {"x26", 64}, {"x27", 64},
     {"x28", 64}, {"x29", 64}, {"x30", 64}, {"sp", 64},  {"pc", 64},  {"nzcv", 32}}};
// mov x8, #0; svc #0
constexpr std::array<std::uint8_t, 8> kArm64Exit{0x08, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};

constexpr Isa arm64_row(std::string_view arch, std::string_view description,
                        std::string_view traps) {
  return {.arch = arch,
          .description = description,
          .word_bytes = 8,
          .registers = kArm64Registers,
          .pc = 32,
          .sp = 31,
          .fp = 29,
          .link = 30,
          .number = 8,
          .result = 0,
          .arguments = {0, 1, 2},
          .traps = traps,
          .return_style = ReturnStyle::kLinkRegister,
          .stack_alignment = 16,
          .min_instruction_bytes = 4,
          .max_instruction_bytes = 4,
          .exit_stub = kArm64Exit,
          .disassembler = "AR64"};
}

}  // namespace

const Isa kX8664{.arch = "8664",
                 .description = "x86-64",
                 .word_bytes = 8,
                 .registers = kX8664Registers,
                 .pc = 16,
                 .sp = 7,
                 .fp = 6,
                 .link = kNoRegister,
                 .number = 0,
                 .result = 0,
                 .arguments = {2, 3, 5},
                 .traps = "int 0x80, syscall",
                 .return_style = ReturnStyle::kPushed,
                 .stack_alignment = 16,
                 .min_instruction_bytes = 1,
                 .max_instruction_bytes = 15,
                 .exit_stub = kX8664Exit,
                 .disassembler = "8664"};

const Isa kX86{.arch = "__86",
               .description = "x86",
               .word_bytes = 4,
               .registers = kX86Registers,
               .pc = 8,
               .sp = 7,
               .fp = 6,
               .link = kNoRegister,
               .number = 0,
               .result = 0,
               .arguments = {2, 3, 5},
               .traps = "int 0x80",
               .return_style = ReturnStyle::kPushed,
               .stack_alignment = 16,
               .min_instruction_bytes = 1,
               .max_instruction_bytes = 15,
               .exit_stub = kX86Exit,
               .disassembler = "__86"};

const Isa kArm{.arch = "_ARM",
               .description = "ARM",
               .word_bytes = 4,
               .registers = kArmRegisters,
               .pc = 15,
               .sp = 13,
               .fp = 11,
               .link = 14,
               .number = 7,
               .result = 0,
               .arguments = {0, 1, 2},
               .traps = "svc #0",
               .return_style = ReturnStyle::kLinkRegister,
               .stack_alignment = 16,
               .min_instruction_bytes = 2,
               .max_instruction_bytes = 4,
               .exit_stub = kArmExit,
               .disassembler = "_ARM"};

const Isa kArm64 = arm64_row("AR64", "ARM64", "svc #0");
const Isa kApple = arm64_row("APPL", "Apple silicon", "svc #0, svc #0x80");

}  // namespace cmos::emu
