// What the generator knows of x86 instructions, by Capstone's numbers.
#pragma once

#include <capstone/capstone.h>

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace cmos::cpu_test {

inline constexpr std::uint64_t kCarry = 1, kParity = 4, kAuxiliary = 0x10, kZero = 0x40,
                               kSign = 0x80, kOverflow = 0x800;

/// Control flow, what needs an operating system, and extensions that no ARCH has.
inline constexpr auto kExcludedGroups =
    std::to_array<unsigned>({X86_GRP_JUMP,     X86_GRP_CALL,  X86_GRP_RET,
                             X86_GRP_INT,      X86_GRP_IRET,  X86_GRP_PRIVILEGE,
                             X86_GRP_VM,       X86_GRP_AVX,   X86_GRP_AVX2,
                             X86_GRP_AVX512,   X86_GRP_BMI,   X86_GRP_BMI2,
                             X86_GRP_FMA,      X86_GRP_FMA4,  X86_GRP_XOP,
                             X86_GRP_TBM,      X86_GRP_SHA,   X86_GRP_ADX,
                             X86_GRP_RTM,      X86_GRP_SSE4A, X86_GRP_3DNOW,
                             X86_GRP_FSGSBASE, X86_GRP_HLE,   X86_GRP_F16C,
                             X86_GRP_SGX,      X86_GRP_SMAP,  X86_GRP_BRANCH_RELATIVE});

/// The same where Capstone has no group; and what differs on purpose: the time stamp, CPUID, and
/// segment registers, whose selectors an operating system chooses.
inline constexpr auto kExcludedInstructions = std::to_array<unsigned>(
    {X86_INS_RDTSC,    X86_INS_RDTSCP,     X86_INS_CPUID,    X86_INS_RDRAND,    X86_INS_RDSEED,
     X86_INS_RDPMC,    X86_INS_XGETBV,     X86_INS_XSETBV,   X86_INS_XSAVE,     X86_INS_XSAVEOPT,
     X86_INS_XSAVE64,  X86_INS_XSAVEOPT64, X86_INS_XSAVEC,   X86_INS_XSAVEC64,  X86_INS_XSAVES,
     X86_INS_XSAVES64, X86_INS_XRSTOR,     X86_INS_XRSTOR64, X86_INS_XRSTORS,   X86_INS_XRSTORS64,
     X86_INS_SYSCALL,  X86_INS_SYSENTER,   X86_INS_SYSEXIT,  X86_INS_SYSRET,    X86_INS_HLT,
     X86_INS_MONITOR,  X86_INS_MWAIT,      X86_INS_STR,      X86_INS_SLDT,      X86_INS_SGDT,
     X86_INS_SIDT,     X86_INS_SMSW,       X86_INS_LGDT,     X86_INS_LIDT,      X86_INS_LLDT,
     X86_INS_LTR,      X86_INS_LMSW,       X86_INS_VERR,     X86_INS_VERW,      X86_INS_LAR,
     X86_INS_LSL,      X86_INS_ARPL,       X86_INS_LDS,      X86_INS_LES,       X86_INS_LFS,
     X86_INS_LGS,      X86_INS_LSS,        X86_INS_POPF,     X86_INS_POPFD,     X86_INS_POPFQ,
     X86_INS_CLI,      X86_INS_STI,        X86_INS_IN,       X86_INS_OUT,       X86_INS_INSB,
     X86_INS_INSD,     X86_INS_INSW,       X86_INS_OUTSB,    X86_INS_OUTSD,     X86_INS_OUTSW,
     X86_INS_INVLPG,   X86_INS_WBINVD,     X86_INS_INVD,     X86_INS_CLTS,      X86_INS_RDMSR,
     X86_INS_WRMSR,    X86_INS_RSM,        X86_INS_UD2,      X86_INS_UD2B,      X86_INS_UD0,
     X86_INS_INT1,     X86_INS_LJMP,       X86_INS_LCALL,    X86_INS_RETF,      X86_INS_RETFQ,
     X86_INS_IRET,     X86_INS_LOOP,       X86_INS_LOOPE,    X86_INS_LOOPNE,    X86_INS_BOUND,
     X86_INS_INTO,     X86_INS_CLFLUSHOPT, X86_INS_CLWB,     X86_INS_PCOMMIT,   X86_INS_GETSEC,
     X86_INS_MOVNTSD,  X86_INS_MOVNTSS,    X86_INS_EXTRQ,    X86_INS_INSERTQ,   X86_INS_ENCLS,
     X86_INS_ENCLU,    X86_INS_SALC,       X86_INS_FXRSTOR,  X86_INS_FXRSTOR64, X86_INS_FXSAVE,
     X86_INS_FXSAVE64, X86_INS_XABORT,     X86_INS_XBEGIN,   X86_INS_XEND,      X86_INS_XTEST,
     X86_INS_FEMMS,    X86_INS_TZCNT});

inline constexpr auto kExcludedRegisters = std::to_array<unsigned>(
    {X86_REG_CS, X86_REG_DS, X86_REG_ES, X86_REG_FS, X86_REG_GS, X86_REG_SS, X86_REG_CR0,
     X86_REG_CR1, X86_REG_CR2, X86_REG_CR3, X86_REG_CR4, X86_REG_CR8, X86_REG_DR0, X86_REG_DR1,
     X86_REG_DR2, X86_REG_DR3, X86_REG_DR6, X86_REG_DR7});

namespace lists {
inline constexpr auto kLogic =
    std::to_array<unsigned>({X86_INS_AND, X86_INS_OR, X86_INS_XOR, X86_INS_TEST});
inline constexpr auto kShifts = std::to_array<unsigned>(
    {X86_INS_SHL, X86_INS_SHR, X86_INS_SAR, X86_INS_SAL, X86_INS_SHLD, X86_INS_SHRD});
inline constexpr auto kShortShifts =
    std::to_array<unsigned>({X86_INS_SHL, X86_INS_SHR, X86_INS_SAL, X86_INS_SHLD, X86_INS_SHRD});
inline constexpr auto kRotations =
    std::to_array<unsigned>({X86_INS_ROL, X86_INS_ROR, X86_INS_RCL, X86_INS_RCR});
inline constexpr auto kProducts = std::to_array<unsigned>({X86_INS_MUL, X86_INS_IMUL});
inline constexpr auto kQuotients = std::to_array<unsigned>({X86_INS_DIV, X86_INS_IDIV});
inline constexpr auto kBits =
    std::to_array<unsigned>({X86_INS_BT, X86_INS_BTS, X86_INS_BTR, X86_INS_BTC});
inline constexpr auto kScans = std::to_array<unsigned>({X86_INS_BSF, X86_INS_BSR});
inline constexpr auto kZeros = std::to_array<unsigned>({X86_INS_LZCNT});
inline constexpr auto kAsciiSums = std::to_array<unsigned>({X86_INS_AAA, X86_INS_AAS});
inline constexpr auto kAsciiProducts = std::to_array<unsigned>({X86_INS_AAM, X86_INS_AAD});
inline constexpr auto kDecimal = std::to_array<unsigned>({X86_INS_DAA, X86_INS_DAS});
}  // namespace lists

/// docs/cpu.md lists them for people.
inline constexpr std::array<std::pair<std::span<const unsigned>, std::uint64_t>, 12>
    kUndefinedFlags{{
        {lists::kLogic, kAuxiliary},
        {lists::kShifts, kAuxiliary | kOverflow},
        {lists::kShortShifts, kCarry},
        {lists::kRotations, kOverflow},
        {lists::kProducts, kSign | kZero | kAuxiliary | kParity},
        {lists::kQuotients, kSign | kZero | kAuxiliary | kParity | kCarry | kOverflow},
        {lists::kBits, kOverflow | kSign | kAuxiliary | kParity},
        {lists::kScans, kCarry | kOverflow | kSign | kAuxiliary | kParity},
        {lists::kZeros, kOverflow | kSign | kAuxiliary | kParity},
        {lists::kAsciiSums, kOverflow | kSign | kZero | kParity},
        {lists::kAsciiProducts, kOverflow | kAuxiliary | kCarry},
        {lists::kDecimal, kOverflow},
    }};

/// The second operand is the offset of a bit.
inline constexpr std::span<const unsigned> kBitTests = lists::kBits;

/// Instructions whose memory operand is not among their operands.
inline constexpr auto kUsesPointers = std::to_array<unsigned>(
    {X86_INS_MASKMOVQ, X86_INS_MASKMOVDQU, X86_INS_XLATB, X86_INS_PUSH, X86_INS_POP, X86_INS_PUSHF,
     X86_INS_PUSHFD, X86_INS_PUSHFQ, X86_INS_PUSHAW, X86_INS_PUSHAL, X86_INS_POPAW, X86_INS_POPAL,
     X86_INS_ENTER, X86_INS_LEAVE});

/// Instructions whose operand on the stack has 64 bits in 64-bit code.
inline constexpr auto kUsesStack = std::to_array<unsigned>(
    {X86_INS_PUSH, X86_INS_POP, X86_INS_PUSHF, X86_INS_PUSHFD, X86_INS_PUSHAW, X86_INS_PUSHAL,
     X86_INS_POPAW, X86_INS_POPAL, X86_INS_ENTER, X86_INS_LEAVE});

inline constexpr auto kExchanges =
    std::to_array<unsigned>({X86_INS_CMPXCHG, X86_INS_CMPXCHG8B, X86_INS_CMPXCHG16B});

/// Instructions that store where the last x87 instruction stood, of which nobody keeps track here.
inline constexpr auto kAlone = std::to_array<unsigned>({X86_INS_FNSTENV, X86_INS_FNSAVE});

}  // namespace cmos::cpu_test
