#include "emu/arm_refused.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace cmos::emu {
namespace {

/// What follows a name, by bits of the word; '?' where there is no such instruction.
enum class Suffix : std::uint8_t {
  kNone,
  kAtomic,     ///< a64: acquire, release, size, as of ldadd
  kCompare,    ///< the same at the places of cas
  kPair,       ///< the same of casp, without a size
  kSize,       ///< a64: b, h or nothing, by the upper bits
  kKey,        ///< a64: a or b
  kCrc,        ///< a32: c, then b, h or w
  kOrdered,    ///< a32: the size of lda
  kExclusive,  ///< a32: that of ldaex, which has a double one, too
};

struct Row {
  std::uint32_t mask, value;
  std::string_view name, extension;
  Suffix suffix = Suffix::kNone;
};

/// What there is, but not for user mode.
constexpr std::string_view kPrivileged = "privileged", kRegister = "register", kHere = "here";

// Each table is read from its first row on.
constexpr auto kA64 = std::to_array<Row>({
    {0xffff'0000, 0x0000'0000, "udf", kHere},
    {0xffe0'001f, 0xd400'0002, "hvc", kPrivileged},
    {0xffe0'001f, 0xd400'0003, "smc", kPrivileged},
    {0xffe0'001f, 0xd440'0000, "hlt", kPrivileged},
    {0xffe0'001c, 0xd4a0'0000, "dcps", kPrivileged},
    {0xffff'ffff, 0xd69f'03e0, "eret", kPrivileged},
    {0xffff'ffff, 0xd6bf'03e0, "drps", kPrivileged},
    {0xffff'ffe0, 0xd503'1000, "wfet", "WFxT"},
    {0xffff'ffe0, 0xd503'1020, "wfit", "WFxT"},
    {0xffff'ffff, 0xd503'30ff, "sb", "SB"},
    {0xffff'ffff, 0xd500'401f, "cfinv", "FlagM"},
    {0xffff'ffff, 0xd500'403f, "xaflag", "FlagM2"},
    {0xffff'ffff, 0xd500'405f, "axflag", "FlagM2"},
    {0xffe0'7c10, 0xba00'0400, "rmif", "FlagM"},
    {0xffff'fc1f, 0x3a00'080d, "setf8", "FlagM"},
    {0xffff'fc1f, 0x3a00'480d, "setf16", "FlagM"},
    {0xffff'ffc0, 0xd53b'2400, "mrs", "RNG"},
    {0xffff'ffe0, 0xd523'3060, "tstart", "TME"},
    {0xfff0'0000, 0xd530'0000, "mrs", kRegister},
    {0xfff0'0000, 0xd510'0000, "msr", kRegister},
    {0xfff8'f01f, 0xd500'401f, "msr", kRegister},
    {0xfff8'0000, 0xd528'0000, "sysl", kPrivileged},
    {0xffff'f000, 0xd508'8000, "tlbi", kPrivileged},
    {0xffff'f000, 0xd508'7000, "ic, dc or at", kPrivileged},
    {0xfff8'0000, 0xd508'0000, "sys", kPrivileged},
    // atomic accesses
    {0x3fa0'7c00, 0x08a0'7c00, "cas", "LSE", Suffix::kCompare},
    {0xbfa0'7c00, 0x0820'7c00, "casp", "LSE", Suffix::kPair},
    {0x3f20'fc00, 0x3820'0000, "ldadd", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'1000, "ldclr", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'2000, "ldeor", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'3000, "ldset", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'4000, "ldsmax", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'5000, "ldsmin", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'6000, "ldumax", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'7000, "ldumin", "LSE", Suffix::kAtomic},
    {0x3f20'fc00, 0x3820'8000, "swp", "LSE", Suffix::kAtomic},
    {0x3fff'fc00, 0x38bf'c000, "ldapr", "LRCPC", Suffix::kSize},
    {0x3fe0'0c00, 0x1900'0000, "stlur", "LRCPC2", Suffix::kSize},
    {0x3fe0'0c00, 0x1940'0000, "ldapur", "LRCPC2", Suffix::kSize},
    {0x3f20'0c00, 0x1900'0000, "ldapurs", "LRCPC2", Suffix::kSize},
    {0x3b20'0c00, 0x1900'0400, "", "MOPS"},
    {0xffff'fc00, 0xf83f'd000, "ld64b", "LS64"},
    {0xffff'fc00, 0xf83f'9000, "st64b", "LS64"},
    {0xffe0'ec00, 0xf820'a000, "st64bv", "LS64"},
    // pointer authentication, memory tagging
    {0xffff'f800, 0xd71f'0800, "bra", "PAuth", Suffix::kKey},
    {0xffff'f800, 0xd73f'0800, "blra", "PAuth", Suffix::kKey},
    {0xffff'fc1f, 0xd61f'081f, "braaz", "PAuth"},
    {0xffff'fc1f, 0xd61f'0c1f, "brabz", "PAuth"},
    {0xffff'fc1f, 0xd63f'081f, "blraaz", "PAuth"},
    {0xffff'fc1f, 0xd63f'0c1f, "blrabz", "PAuth"},
    {0xffff'fbff, 0xd65f'0bff, "reta", "PAuth", Suffix::kKey},
    {0xffff'fbff, 0xd69f'0bff, "ereta", kPrivileged, Suffix::kKey},
    {0xffff'8000, 0xdac1'0000, "", "PAuth"},
    {0xffe0'fc00, 0x9ac0'3000, "pacga", "PAuth"},
    {0xff20'0400, 0xf820'0400, "ldra", "PAuth"},
    {0xff20'0000, 0xd920'0000, "", "MTE"},
    {0xffe0'fc00, 0x9ac0'1000, "irg", "MTE"},
    {0xffe0'fc00, 0x9ac0'1400, "gmi", "MTE"},
    {0xdfe0'fc00, 0x9ac0'0000, "subp", "MTE"},
    {0xffc0'c000, 0x9180'0000, "addg", "MTE"},
    {0xffc0'c000, 0xd180'0000, "subg", "MTE"},
    // floating point
    {0xffff'fc00, 0x1e7e'0000, "fjcvtzs", "JSCVT"},
    {0xffff'fc00, 0x1e63'4000, "bfcvt", "BF16"},
    {0xffbf'fc00, 0x1e28'4000, "frint32z", "FRINTTS"},
    {0xffbf'fc00, 0x1e28'c000, "frint32x", "FRINTTS"},
    {0xffbf'fc00, 0x1e29'4000, "frint64z", "FRINTTS"},
    {0xffbf'fc00, 0x1e29'c000, "frint64x", "FRINTTS"},
    {0xbfbf'fc00, 0x0e21'e800, "frint32z", "FRINTTS"},
    {0xbfbf'fc00, 0x2e21'e800, "frint32x", "FRINTTS"},
    {0xbfbf'fc00, 0x0e21'f800, "frint64z", "FRINTTS"},
    {0xbfbf'fc00, 0x2e21'f800, "frint64x", "FRINTTS"},
    {0xffe0'fc00, 0x1ee0'0800, "fmul", "FP16"},
    {0xffe0'fc00, 0x1ee0'1800, "fdiv", "FP16"},
    {0xffe0'fc00, 0x1ee0'2800, "fadd", "FP16"},
    {0xffe0'fc00, 0x1ee0'3800, "fsub", "FP16"},
    {0xffe0'8000, 0x1fc0'0000, "fmadd", "FP16"},
    {0xffe0'fc07, 0x1ee0'2000, "fcmp", "FP16"},
    {0xffff'fc00, 0x1ee1'c000, "fsqrt", "FP16"},
    {0xffe0'1fe0, 0x1ee0'1000, "fmov", "FP16"},
    {0x5fc0'0000, 0x1ec0'0000, "", "FP16"},
    // vectors
    {0xbf20'fc00, 0x2e00'8400, "sqrdmlah", "RDM"},
    {0xff20'fc00, 0x7e00'8400, "sqrdmlah", "RDM"},
    {0xbf00'f400, 0x2f00'd000, "sqrdmlah", "RDM"},
    {0xff00'f400, 0x7f00'd000, "sqrdmlah", "RDM"},
    {0xbf20'fc00, 0x2e00'8c00, "sqrdmlsh", "RDM"},
    {0xff20'fc00, 0x7e00'8c00, "sqrdmlsh", "RDM"},
    {0xbf00'f400, 0x2f00'f000, "sqrdmlsh", "RDM"},
    {0xff00'f400, 0x7f00'f000, "sqrdmlsh", "RDM"},
    {0xbfe0'fc00, 0x0e80'9400, "sdot", "DotProd"},
    {0xbfe0'fc00, 0x2e80'9400, "udot", "DotProd"},
    {0xbfc0'f400, 0x0f80'e000, "sdot", "DotProd"},
    {0xbfc0'f400, 0x2f80'e000, "udot", "DotProd"},
    {0xbf20'e400, 0x2e00'c400, "fcmla", "FCMA"},
    {0xbf20'ec00, 0x2e00'e400, "fcadd", "FCMA"},
    {0xbfc0'9400, 0x2f40'1000, "fcmla", "FCMA"},
    {0xbfc0'9400, 0x2f80'1000, "fcmla", "FCMA"},
    {0xbfe0'fc00, 0x0e20'ec00, "fmlal", "FHM"},
    {0xbfe0'fc00, 0x0ea0'ec00, "fmlsl", "FHM"},
    {0xbfe0'fc00, 0x2e20'cc00, "fmlal2", "FHM"},
    {0xbfe0'fc00, 0x2ea0'cc00, "fmlsl2", "FHM"},
    {0xbfc0'f400, 0x0f80'0000, "fmlal", "FHM"},
    {0xbfc0'f400, 0x0f80'4000, "fmlsl", "FHM"},
    {0xbfc0'f400, 0x2f80'8000, "fmlal2", "FHM"},
    {0xbfc0'f400, 0x2f80'c000, "fmlsl2", "FHM"},
    {0xffe0'fc00, 0x4e80'a400, "smmla", "I8MM"},
    {0xffe0'fc00, 0x6e80'a400, "ummla", "I8MM"},
    {0xffe0'fc00, 0x4e80'ac00, "usmmla", "I8MM"},
    {0xbfe0'fc00, 0x0e80'9c00, "usdot", "I8MM"},
    {0xbfc0'f400, 0x0f80'f000, "usdot", "I8MM"},
    {0xbfc0'f400, 0x0f00'f000, "sudot", "I8MM"},
    {0xbfe0'fc00, 0x2e40'fc00, "bfdot", "BF16"},
    {0xbfc0'f400, 0x0f40'f000, "bfdot", "BF16"},
    {0xffe0'fc00, 0x6e40'ec00, "bfmmla", "BF16"},
    {0xbfe0'fc00, 0x2ec0'fc00, "bfmlal", "BF16"},
    {0xbfc0'f400, 0x0fc0'f000, "bfmlal", "BF16"},
    {0xbfff'fc00, 0x0ea1'6800, "bfcvtn", "BF16"},
    {0x9f60'c400, 0x0e40'0400, "", "FP16"},
    {0xdf60'c400, 0x5e40'0400, "", "FP16"},
    {0x9f7e'0c00, 0x0e78'0800, "", "FP16"},
    {0xdf7e'0c00, 0x5e78'0800, "", "FP16"},
    {0x9fc0'b400, 0x0f00'1000, "", "FP16"},
    {0xdfc0'b400, 0x5f00'1000, "", "FP16"},
    {0x9fc0'f400, 0x0f00'9000, "", "FP16"},
    {0xdfc0'f400, 0x5f00'9000, "", "FP16"},
    {0xbff8'fc00, 0x0f00'fc00, "fmov", "FP16"},
    // hashes and ciphers
    {0xffe0'8000, 0xce00'0000, "eor3", "SHA3"},
    {0xffe0'8000, 0xce20'0000, "bcax", "SHA3"},
    {0xffe0'0000, 0xce80'0000, "xar", "SHA3"},
    {0xffe0'fc00, 0xce60'8c00, "rax1", "SHA3"},
    {0xffe0'fc00, 0xce60'8000, "sha512h", "SHA512"},
    {0xffe0'fc00, 0xce60'8400, "sha512h2", "SHA512"},
    {0xffe0'fc00, 0xce60'8800, "sha512su1", "SHA512"},
    {0xffff'fc00, 0xcec0'8000, "sha512su0", "SHA512"},
    {0xffe0'8000, 0xce40'0000, "sm3ss1", "SM3"},
    {0xffe0'c000, 0xce40'8000, "sm3tt", "SM3"},
    {0xffe0'f800, 0xce60'c000, "sm3partw", "SM3"},
    {0xffe0'fc00, 0xce60'c800, "sm4ekey", "SM4"},
    {0xffff'fc00, 0xcec0'8400, "sm4e", "SM4"},
    {0x9e00'0000, 0x8000'0000, "", "SME"},
    {0x1e00'0000, 0x0400'0000, "", "SVE"},
});

// What A32 and T32 encode alike, as A32 does: coprocessors, floating point and vectors.
constexpr auto kVectors = std::to_array<Row>({
    {0xff80'0e50, 0xfe00'0a00, "vsel", "ARMv8"},
    {0xffb0'0e50, 0xfe80'0a00, "vmaxnm", "ARMv8"},
    {0xffb0'0e50, 0xfe80'0a40, "vminnm", "ARMv8"},
    {0xffa0'0f10, 0xf300'0f10, "vmaxnm", "ARMv8"},
    {0xffa0'0f10, 0xf320'0f10, "vminnm", "ARMv8"},
    {0xffbc'0ed0, 0xfeb8'0a40, "vrint", "ARMv8"},
    {0xffbc'0e50, 0xfebc'0a40, "vcvt with a mode of rounding", "ARMv8"},
    {0xffbf'0fd0, 0xf3b6'0640, "vcvt", "BF16"},
    {0xffb3'0c10, 0xf3b2'0400, "vrint", "ARMv8"},
    {0xffb3'0c10, 0xf3b3'0000, "vcvt with a mode of rounding", "ARMv8"},
    {0x0fbf'0e50, 0x0eb6'0a40, "vrint", "ARMv8"},
    {0x0fbf'0ed0, 0x0eb7'0a40, "vrint", "ARMv8"},
    {0x0fbe'0f50, 0x0eb2'0b40, "vcvt of half and double precision", "ARMv8"},
    {0xffbf'0fd0, 0xf3b0'0300, "aese", "AES"},
    {0xffbf'0fd0, 0xf3b0'0340, "aesd", "AES"},
    {0xffbf'0fd0, 0xf3b0'0380, "aesmc", "AES"},
    {0xffbf'0fd0, 0xf3b0'03c0, "aesimc", "AES"},
    {0xffb0'0f50, 0xf2a0'0e00, "vmull", "PMULL"},
    {0xffbf'0fd0, 0xf3b9'02c0, "sha1h", "SHA1"},
    {0xffbf'0fd0, 0xf3ba'0380, "sha1su1", "SHA1"},
    {0xffbf'0fd0, 0xf3ba'03c0, "sha256su0", "SHA256"},
    {0xffb0'0f50, 0xf200'0c40, "sha1c", "SHA1"},
    {0xffb0'0f50, 0xf210'0c40, "sha1p", "SHA1"},
    {0xffb0'0f50, 0xf220'0c40, "sha1m", "SHA1"},
    {0xffb0'0f50, 0xf230'0c40, "sha1su0", "SHA1"},
    {0xffb0'0f50, 0xf300'0c40, "sha256h", "SHA256"},
    {0xffb0'0f50, 0xf310'0c40, "sha256h2", "SHA256"},
    {0xffb0'0f50, 0xf320'0c40, "sha256su1", "SHA256"},
    {0xff80'0f10, 0xf300'0b10, "vqrdmlah", "RDM"},
    {0xff80'0f10, 0xf300'0c10, "vqrdmlsh", "RDM"},
    {0xfeb0'0f50, 0xf290'0e40, "vqrdmlah", "RDM"},
    {0xfeb0'0f50, 0xf2a0'0e40, "vqrdmlah", "RDM"},
    {0xfeb0'0f50, 0xf290'0f40, "vqrdmlsh", "RDM"},
    {0xfeb0'0f50, 0xf2a0'0f40, "vqrdmlsh", "RDM"},
    {0xffb0'0f10, 0xfc20'0d00, "vsdot", "DotProd"},
    {0xffb0'0f10, 0xfc20'0d10, "vudot", "DotProd"},
    {0xffb0'0f10, 0xfe20'0d00, "vsdot", "DotProd"},
    {0xffb0'0f10, 0xfe20'0d10, "vudot", "DotProd"},
    {0xfe20'0f10, 0xfc20'0800, "vcmla", "FCMA"},
    {0xfea0'0f10, 0xfc80'0800, "vcadd", "FCMA"},
    {0xff00'0f10, 0xfe00'0800, "vcmla", "FCMA"},
    {0xffb0'0f10, 0xfc20'0810, "vfmal", "FHM"},
    {0xffb0'0f10, 0xfca0'0810, "vfmsl", "FHM"},
    {0xffb0'0f50, 0xfc20'0c40, "vsmmla", "I8MM"},
    {0xffb0'0f50, 0xfc20'0c50, "vummla", "I8MM"},
    {0xffb0'0f50, 0xfca0'0c40, "vusmmla", "I8MM"},
    {0xffb0'0f10, 0xfca0'0d00, "vusdot", "I8MM"},
    {0x0fbf'0fd0, 0x0eb9'0bc0, "vjcvt", "JSCVT"},
    {0x0c00'0f00, 0x0c00'0900, "", "FP16"},
    {0x0fe0'0fff, 0x0ee0'0a10, "vmsr or vmrs", kRegister},
    {0x0f10'0e10, 0x0e00'0e10, "mcr", kRegister},
    {0x0f10'0e10, 0x0e10'0e10, "mrc", kRegister},
    {0x0ff0'0e00, 0x0c40'0e00, "mcrr", kRegister},
    {0x0ff0'0e00, 0x0c50'0e00, "mrrc", kRegister},
});

constexpr auto kA32 = std::to_array<Row>({
    {0xfff0'00f0, 0xe7f0'00f0, "udf", kHere},
    {0xfe50'0fff, 0xf810'0a00, "rfe", kPrivileged},
    {0xfe5f'ffe0, 0xf84d'0500, "srs", kPrivileged},
    {0xfff1'fe20, 0xf100'0000, "cps", kPrivileged},
    {0xffff'fdff, 0xf110'0000, "setpan", "PAN"},
    {0xffff'ffff, 0xf57f'f070, "sb", "SB"},
});
constexpr auto kA32Conditional = std::to_array<Row>({
    {0x0ff0'00f0, 0x0140'0070, "hvc", kPrivileged},
    {0x0fff'fff0, 0x0160'0070, "smc", kPrivileged},
    {0x0ff0'00f0, 0x0100'0070, "hlt", "ARMv8"},
    {0x0fff'ffff, 0x0160'006e, "eret", kPrivileged},
    {0x0f90'0df0, 0x0100'0040, "crc32", "CRC32", Suffix::kCrc},
    {0x0f90'fff0, 0x0180'fc90, "stl", "ARMv8", Suffix::kOrdered},
    {0x0f90'0fff, 0x0190'0c9f, "lda", "ARMv8", Suffix::kOrdered},
    {0x0f90'0ff0, 0x0180'0e90, "stlex", "ARMv8", Suffix::kExclusive},
    {0x0f90'0fff, 0x0190'0e9f, "ldaex", "ARMv8", Suffix::kExclusive},
    {0x0fb0'00f0, 0x0100'0000, "mrs", kRegister},
    {0x0fb0'00f0, 0x0120'0000, "msr", kRegister},
    {0x0fb0'f000, 0x0320'f000, "msr", kRegister},
});

constexpr auto kT32 = std::to_array<Row>({
    {0xfff0'f000, 0xf7f0'a000, "udf", kHere},       {0xfff0'f000, 0xf7e0'8000, "hvc", kPrivileged},
    {0xfff0'f000, 0xf7f0'8000, "smc", kPrivileged}, {0xffff'ffff, 0xf3de'8f00, "eret", kPrivileged},
    {0xffd0'ffff, 0xe810'c000, "rfe", kPrivileged}, {0xffd0'ffff, 0xe990'c000, "rfe", kPrivileged},
    {0xffdf'ffe0, 0xe98d'c000, "srs", kPrivileged}, {0xffdf'ffe0, 0xe80d'c000, "srs", kPrivileged},
    {0xffff'ffff, 0xf3bf'8f70, "sb", "SB"},         {0xffff'fffc, 0xf78f'8000, "dcps", kPrivileged},
    {0xffff'f800, 0xf3af'8000, "cps", kPrivileged}, {0xffe0'f0df, 0xf3e0'8000, "mrs", kRegister},
    {0xffe0'f0df, 0xf380'8000, "msr", kRegister},   {0xfff0'f0f0, 0xfac0'f080, "crc32b", "CRC32"},
    {0xfff0'f0f0, 0xfac0'f090, "crc32h", "CRC32"},  {0xfff0'f0f0, 0xfac0'f0a0, "crc32w", "CRC32"},
    {0xfff0'f0f0, 0xfad0'f080, "crc32cb", "CRC32"}, {0xfff0'f0f0, 0xfad0'f090, "crc32ch", "CRC32"},
    {0xfff0'f0f0, 0xfad0'f0a0, "crc32cw", "CRC32"}, {0xfff0'0fff, 0xe8c0'0f8f, "stlb", "ARMv8"},
    {0xfff0'0fff, 0xe8c0'0f9f, "stlh", "ARMv8"},    {0xfff0'0fff, 0xe8c0'0faf, "stl", "ARMv8"},
    {0xfff0'0ff0, 0xe8c0'0fc0, "stlexb", "ARMv8"},  {0xfff0'0ff0, 0xe8c0'0fd0, "stlexh", "ARMv8"},
    {0xfff0'0ff0, 0xe8c0'0fe0, "stlex", "ARMv8"},   {0xfff0'00f0, 0xe8c0'00f0, "stlexd", "ARMv8"},
    {0xfff0'0fff, 0xe8d0'0f8f, "ldab", "ARMv8"},    {0xfff0'0fff, 0xe8d0'0f9f, "ldah", "ARMv8"},
    {0xfff0'0fff, 0xe8d0'0faf, "lda", "ARMv8"},     {0xfff0'0fff, 0xe8d0'0fcf, "ldaexb", "ARMv8"},
    {0xfff0'0fff, 0xe8d0'0fdf, "ldaexh", "ARMv8"},  {0xfff0'0fff, 0xe8d0'0fef, "ldaex", "ARMv8"},
    {0xfff0'00ff, 0xe8d0'00ff, "ldaexd", "ARMv8"},
});

constexpr auto kT16 = std::to_array<Row>({
    {0xff00, 0xde00, "udf", kHere},
    {0xffc0, 0xba80, "hlt", "ARMv8"},
    {0xfff7, 0xb610, "setpan", "PAN"},
    {0xffe8, 0xb660, "cps", kPrivileged},
});

std::string order(bool acquire, bool release) {
  return std::string(acquire ? "a" : "") + (release ? "l" : "");
}

std::string suffix_of(Suffix suffix, std::uint32_t word) {
  const auto bit = [word](unsigned number) { return (word >> number & 1) != 0; };
  const std::string size = std::array{"b", "h", "", ""}[word >> 30];
  switch (suffix) {
    case Suffix::kAtomic:
      return order(bit(23), bit(22)) + size;
    case Suffix::kCompare:
      return order(bit(22), bit(15)) + size;
    case Suffix::kPair:
      return order(bit(22), bit(15));
    case Suffix::kSize:
      return size;
    case Suffix::kKey:
      return bit(10) ? "b" : "a";
    case Suffix::kCrc:
      return (bit(9) ? "c" : "") + std::string(1, "bhw?"[word >> 21 & 3]);
    case Suffix::kOrdered:
      return std::array{"", "?", "b", "h"}[word >> 21 & 3];
    case Suffix::kExclusive:
      return std::array{"", "d", "b", "h"}[word >> 21 & 3];
    case Suffix::kNone:
      break;
  }
  return {};
}

std::string find(std::span<const Row> rows, std::uint32_t word) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [word](const Row& one) { return (word & one.mask) == one.value; });
  if (row == rows.end()) return {};
  const std::string name = std::string(row->name) + suffix_of(row->suffix, word);
  if (name.find('?') != std::string::npos) return {};
  if (row->extension == kHere) return name;
  if (row->extension == kPrivileged) return fmt::format("{}, a privileged instruction", name);
  if (row->extension == kRegister)
    return fmt::format("{} of an undefined or privileged register", name);
  if (name.empty()) return fmt::format("instruction of {}", row->extension);
  return fmt::format("{} instruction of {}", name, row->extension);
}

}  // namespace

std::string a64_refused_name(std::uint32_t word) {
  return find(kA64, word);
}

std::string a32_refused_name(std::uint32_t word) {
  if (std::string name = find(kA32, word); !name.empty()) return name;
  if (word >> 28 != 0xf)
    if (std::string name = find(kA32Conditional, word); !name.empty()) return name;
  return find(kVectors, word);
}

std::string t32_refused_name(std::uint32_t word) {
  if (std::string name = find(kT32, word); !name.empty()) return name;
  // Vectors: 111U1111 here is 1111001U in A32; what else has coprocessors is the same.
  const std::uint32_t first = word >> 24;
  if ((first & 0xef) == 0xef)
    return find(kVectors, (word & 0xff'ffff) | (0xf2u | (first >> 4 & 1)) << 24);
  return (first & 0xec) == 0xec ? find(kVectors, word) : std::string();
}

std::string t16_refused_name(std::uint32_t halfword) {
  return find(kT16, halfword);
}

}  // namespace cmos::emu
