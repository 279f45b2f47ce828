// Relocation types: ONE table of what can be patched into code and data (abi 7, docs/cpo.md). A
// type is one field encoding and one formula; its number stands in CPO files and never changes.
// Several ELF types may mean the same one.
//
//   S  address of the symbol          A    addend                P  address of the field
//   G  address of the symbol's slot in the global offset table  GOT  address of that table
//   L  S, or a stub that leads there  T    1 when the symbol is a Thumb function, else 0
//   Z  size of the symbol
//   Page(x)  x without its low 12 bits
//
// 32-bit ISAs calculate modulo 2^32: `evaluate` returns such values sign-extended.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::object {

/// kZ80 is the 8080, too, whose relocations are some of the Z80's.
enum class Isa : std::uint8_t { kX86_64, kX86, kArm, kArm64, kZ80 };
inline constexpr std::size_t kIsaCount = 5;
std::string_view name(Isa isa);

enum class RelocationType : std::uint8_t {
  // data and x86
  kAbs64 = 1,
  kAbs32 = 2,
  kAbs32U = 3,
  kAbs32S = 4,
  kAbs16 = 5,
  kAbs8 = 6,
  kPc64 = 7,
  kPc32 = 8,
  kPc16 = 9,
  kPc8 = 10,
  kBranch32 = 11,
  // global offset table, data and x86
  kGotPc32 = 12,
  kGotPc32Relax = 13,
  kGotPc32RexRelax = 14,
  kGotBasePc32 = 15,
  kGotOff32 = 16,
  kGot32 = 17,
  kGot32Relax = 18,
  kGotOff64 = 19,
  kGotBasePc64 = 20,
  kGot64 = 21,
  kGotPc64 = 22,
  kBranchGotOff64 = 23,
  // sizes of symbols
  kSize32 = 24,
  kSize64 = 25,
  // ARM
  kArmCall = 32,
  kArmJump24 = 33,
  kArmMovwAbs = 34,
  kArmMovtAbs = 35,
  kArmMovwPc = 36,
  kArmMovtPc = 37,
  kArmPc31 = 38,
  kArmLdrPc12 = 39,
  // ARM, one instruction of several that build a distance together
  kArmAddPcG0Nc = 40,
  kArmAddPcG0 = 41,
  kArmAddPcG1Nc = 42,
  kArmAddPcG1 = 43,
  kArmAddPcG2 = 44,
  kArmLdrPcG1 = 45,
  kArmLdrPcG2 = 46,
  // Thumb
  kThumbCall = 48,
  kThumbJump24 = 49,
  kThumbJump19 = 50,
  kThumbMovwAbs = 51,
  kThumbMovtAbs = 52,
  kThumbMovwPc = 53,
  kThumbMovtPc = 54,
  kThumbJump11 = 55,
  kThumbJump8 = 56,
  kThumbAdr12 = 57,
  kThumbLdr12 = 58,
  kThumbLdr8 = 59,
  kThumbMovB0 = 60,
  kThumbMovB1 = 61,
  kThumbMovB2 = 62,
  kThumbMovB3 = 63,
  // ARM64
  kA64Branch26 = 64,
  kA64Branch19 = 65,
  kA64TestBranch14 = 66,
  kA64Adr21 = 67,
  kA64AdrPage21 = 68,
  kA64AdrPage21Nc = 69,
  kA64Add12 = 70,
  kA64Ldst8 = 71,
  kA64Ldst16 = 72,
  kA64Ldst32 = 73,
  kA64Ldst64 = 74,
  kA64Ldst128 = 75,
  kA64LdrPc19 = 76,
  kA64MovwU0 = 77,
  kA64MovwU0Nc = 78,
  kA64MovwU1 = 79,
  kA64MovwU1Nc = 80,
  kA64MovwU2 = 81,
  kA64MovwU2Nc = 82,
  kA64MovwU3 = 83,
  kA64MovwS0 = 84,
  kA64MovwS1 = 85,
  kA64MovwS2 = 86,
  kA64GotPage21 = 87,
  kA64GotLdr12 = 88,
  kA64GotPageLdr15 = 89,
  kA64GotLdrPc19 = 90,
  kA64MovwPcS0 = 91,
  kA64MovwPcS0Nc = 92,
  kA64MovwPcS1 = 93,
  kA64MovwPcS1Nc = 94,
  kA64MovwPcS2 = 95,
  kA64MovwPcS2Nc = 96,
  kA64MovwPcS3 = 97,
  // ARM again
  kArmLdrsPcG0 = 112,
  kArmLdrsPcG1 = 113,
  kArmLdrsPcG2 = 114,
  kArmLdcPcG0 = 115,
  kArmLdcPcG1 = 116,
  kArmLdcPcG2 = 117,
  // bytes of an address, of the Z80 and the 8080
  kAbsByte0 = 120,
  kAbsByte1 = 121,
};

/// How the value is calculated, with the letters above.
enum class Formula : std::uint8_t {
  kAbsolute,           ///< (S + A) | T
  kRelative,           ///< ((S + A) | T) - P
  kBranch,             ///< ((L + A) | T) - P
  kPage,               ///< Page(S + A) - Page(P)
  kGotSlotRelative,    ///< G + A - P
  kGotSlotOffset,      ///< G + A - GOT
  kGotSlot,            ///< G + A
  kGotSlotPage,        ///< Page(G + A) - Page(P)
  kGotSlotPageOffset,  ///< G + A - Page(GOT)
  kGotRelative,        ///< GOT + A - P
  kGotOffset,          ///< S + A - GOT
  kBranchGotOffset,    ///< L + A - GOT
  kRelativeAligned,    ///< ((S + A) | T) - (P & ~3)
  kSize,               ///< Z + A
};
std::string_view text(Formula formula);

/// Where the value's bits go.
enum class Field : std::uint8_t {
  kData,       ///< `size` whole bytes = X >> shift
  kArmBranch,  ///< imm24 = X >> 2; BL and BLX are exchanged as the target's state asks (the latter
               ///< has X bit 1 in bit 24)
  kArmJump,    ///< imm24 = X >> 2
  kArmMov,     ///< imm4:imm12 in bits 19-16 and 11-0
  kArmPc31,    ///< bits 30-0; bit 31 is kept
  kArmLdr,     ///< imm12 = |X|, bit 23 set when X is not negative
  // Of a distance that several instructions add up, each takes the eight highest bits that are left
  // of |X|, at an even position; `shift` instructions have taken theirs before this one.
  kArmAdd,        ///< the next eight bits as rotated imm8; ADD, or SUB when X is negative
  kArmAddRest,    ///< the same, and nothing may be left
  kArmLdrRest,    ///< what is left is imm12, with bit 23 as above
  kArmLdrsRest,   ///< what is left is imm4:imm4 in bits 11-8 and 3-0
  kArmLdcRest,    ///< what is left is imm8 << 2
  kThumbBranch,   ///< BL/BLX T1/T2: S, J1, J2, imm10, imm11
  kThumbJump24,   ///< B.W T4: the same bits
  kThumbJump19,   ///< B<c>.W T3: S, J2, J1, imm6, imm11
  kThumbJump11,   ///< B T2: imm11 = X >> 1
  kThumbJump8,    ///< B<c> T1: imm8 = X >> 1
  kThumbMov,      ///< imm4, i, imm3, imm8
  kThumbAdr12,    ///< i, imm3, imm8 = |X|; ADD, or SUB when X is negative
  kThumbLdr12,    ///< imm12 = |X|; bit 7 of the first halfword set when X is not negative
  kThumbLdr8,     ///< imm8 = X >> 2
  kThumbImm8,     ///< imm8 = X >> shift
  kA64Imm26,      ///< bits 25-0 = X >> 2
  kA64Imm19,      ///< bits 23-5 = X >> 2
  kA64Imm14,      ///< bits 18-5 = X >> 2
  kA64Adr,        ///< immlo bits 30-29, immhi bits 23-5 = X
  kA64AdrPage,    ///< the same bits = X >> 12
  kA64Imm12,      ///< bits 21-10 = (X & 0xfff) >> shift
  kA64Ldr15,      ///< bits 21-10 = X >> 3
  kA64Movw,       ///< bits 20-5 = X >> shift
  kA64MovwSigned  ///< the same; MOVN with inverted bits when X is negative, else MOVZ
};

/// Which values are refused. The bounds are those of X itself, before any shift.
enum class Range : std::uint8_t {
  kAny,        ///< high bits are cut off
  kSigned,     ///< -2^(bits-1) … 2^(bits-1)-1
  kUnsigned,   ///< 0 … 2^bits-1
  kEither,     ///< -2^(bits-1) … 2^bits-1
  kMagnitude,  ///< -(2^bits-1) … 2^bits-1
  kRest,       ///< what other instructions leave of |X| fits the field
};

/// What documents say of a range that is no interval; empty for the others.
std::string_view text(Range range);

struct ElfType {
  Isa isa;
  std::uint32_t number;
};

/// One row of the table.
struct RelocationInfo {
  RelocationType type;
  std::string_view name;  ///< "pc32", as dumps print it
  std::uint8_t size;      ///< bytes of the field
  Field field;
  std::uint8_t shift;  ///< of fields that hold a part of X
  Formula formula;
  Range range;
  std::uint8_t bits;      ///< of range
  std::uint8_t multiple;  ///< X must be a multiple of it
  std::span<const ElfType>
      elf;  ///< what it is called in ELF; the first one of an ISA is the usual one

  bool valid_for(Isa isa) const;
  /// AArch64: the low 12 bits of an address whose page an ADRP has.
  bool is_page_offset() const { return field == Field::kA64Imm12 && formula == Formula::kAbsolute; }
  /// The linker has to provide a slot of the global offset table for the symbol.
  bool needs_got_slot() const;
  /// The formula has GOT in it.
  bool needs_got_base() const;
  bool is_branch() const { return formula == Formula::kBranch; }
};

/// nullptr for a number that is not in the table.
const RelocationInfo* find_relocation(std::uint8_t number);
/// The row of a type that is in the table.
const RelocationInfo& info(RelocationType type);
/// All rows, by ascending number.
std::span<const RelocationInfo> relocation_table();

/// The type that an ELF relocation number stands for, or nothing when it is not supported.
std::optional<RelocationType> from_elf(Isa isa, std::uint32_t number);
/// The usual ELF number of a type, or nothing when the ISA has none.
std::optional<std::uint32_t> to_elf(Isa isa, RelocationType type);
/// Relocations that ask for nothing in a static link (R_*_NONE, R_ARM_V4BX).
bool is_no_op(Isa isa, std::uint32_t number);
/// <elf.h>'s name of any ELF relocation number, also of unsupported ones; empty when there is none.
std::string_view elf_name(Isa isa, std::uint32_t number);
/// Whether a relocation of that name is about thread-local variables.
bool is_thread_local_name(std::string_view elf_name);

/// The letters of a formula; those that it does not use are ignored.
struct Inputs {
  std::uint64_t symbol = 0;  ///< S (or L), without the Thumb bit
  bool thumb = false;        ///< T
  std::int64_t addend = 0;
  std::uint64_t place = 0;     ///< P
  std::uint64_t got_slot = 0;  ///< G
  std::uint64_t got = 0;       ///< GOT
  std::uint64_t size = 0;      ///< Z
};
/// X by the type's formula. ARM's T is part of it: bit 0 of an odd X says "Thumb".
std::int64_t evaluate(RelocationType type, Isa isa, const Inputs& inputs);

/// What is known about the code that a branch leads to; the instruction keeps its own state when
/// nothing is.
enum class TargetState : std::uint8_t { kUnknown, kArm, kThumb };

enum class ApplyStatus : std::uint8_t {
  kDone,
  kOutOfRange,
  kMisaligned,
  kNeedsStub,  ///< the branch cannot change between ARM and Thumb state: it must lead to a stub
               ///< that does
};
/// Writes X into the field at field[0]; `field` has at least info(type).size bytes and is not
/// changed unless kDone. Other bits of the field's bytes are kept.
ApplyStatus write_field(RelocationType type, std::span<std::uint8_t> field, std::int64_t value,
                        TargetState state = TargetState::kUnknown);
/// The same with an error that names the type, the value and the bounds (code kMalformed; the
/// caller adds object, section, offset and symbol).
Result<void> apply(RelocationType type, std::span<std::uint8_t> field, std::int64_t value,
                   TargetState state = TargetState::kUnknown);
/// The error text of a status that is not kDone.
Error explain(ApplyStatus status, RelocationType type, std::int64_t value);

/// What REL objects store in the field as addend; nothing when fewer bytes than info(type).size are
/// given.
std::optional<std::int64_t> read_addend(RelocationType type, Bytes field);
/// Zeroes the bits that write_field would write (a Thumb branch's J bits become those of offset 0).
void clear_field(RelocationType type, std::span<std::uint8_t> field);

/// kGot32 and kGot32Relax on x86 in code without a base register (`call *foo@GOT`) mean the slot's
/// address, G + A: true when the ModRM byte before the field says so.
bool got32_has_no_base(std::uint8_t modrm);

}  // namespace cmos::object
