// The table itself. docs/cpo.md repeats its numbers, names and formulas; tests/object
// checks that the two agree.
#include <algorithm>
#include <initializer_list>

#include "relocation/relocation.h"

namespace cmos::object {
namespace {

constexpr Isa X64 = Isa::kX86_64;
constexpr Isa X86 = Isa::kX86;
constexpr Isa ARM = Isa::kArm;
constexpr Isa A64 = Isa::kArm64;
constexpr Isa Z80 = Isa::kZ80;

struct Row {
  RelocationType type;
  std::string_view name;
  std::uint8_t size;
  Field field;
  std::uint8_t shift;
  Formula formula;
  Range range;
  std::uint8_t bits;
  std::uint8_t multiple;
  std::uint8_t elf_count;
  std::array<ElfType, 5> elf;
};

// clang-format off
using T = RelocationType;
using F = Field;
using V = Formula;
using R = Range;
constexpr Row kRows[] = {
    {T::kAbs64, "abs64", 8, F::kData, 0, V::kAbsolute, R::kAny, 64, 1, 2, {{{X64, 1}, {A64, 257}}}},
    {T::kAbs32, "abs32", 4, F::kData, 0, V::kAbsolute, R::kEither, 32, 1, 4, {{{X86, 1}, {ARM, 2}, {ARM, 38}, {A64, 258}}}},
    {T::kAbs32U, "abs32u", 4, F::kData, 0, V::kAbsolute, R::kUnsigned, 32, 1, 1, {{{X64, 10}}}},
    {T::kAbs32S, "abs32s", 4, F::kData, 0, V::kAbsolute, R::kSigned, 32, 1, 1, {{{X64, 11}}}},
    {T::kAbs16, "abs16", 2, F::kData, 0, V::kAbsolute, R::kEither, 16, 1, 5, {{{X64, 12}, {X86, 20}, {ARM, 5}, {A64, 259}, {Z80, 4}}}},
    {T::kAbs8, "abs8", 1, F::kData, 0, V::kAbsolute, R::kEither, 8, 1, 4, {{{X64, 14}, {X86, 22}, {ARM, 8}, {Z80, 1}}}},
    {T::kPc64, "pc64", 8, F::kData, 0, V::kRelative, R::kAny, 64, 1, 2, {{{X64, 24}, {A64, 260}}}},
    {T::kPc32, "pc32", 4, F::kData, 0, V::kRelative, R::kSigned, 32, 1, 4, {{{X64, 2}, {X86, 2}, {ARM, 3}, {A64, 261}}}},
    {T::kPc16, "pc16", 2, F::kData, 0, V::kRelative, R::kSigned, 16, 1, 3, {{{X64, 13}, {X86, 21}, {A64, 262}}}},
    {T::kPc8, "pc8", 1, F::kData, 0, V::kRelative, R::kSigned, 8, 1, 3, {{{X64, 15}, {X86, 23}, {Z80, 3}}}},
    {T::kBranch32, "branch32", 4, F::kData, 0, V::kBranch, R::kSigned, 32, 1, 3, {{{X64, 4}, {X86, 4}, {A64, 314}}}},
    {T::kGotPc32, "got-pc32", 4, F::kData, 0, V::kGotSlotRelative, R::kSigned, 32, 1, 3, {{{X64, 9}, {ARM, 96}, {ARM, 41}}}},
    {T::kGotPc32Relax, "got-pc32-relax", 4, F::kData, 0, V::kGotSlotRelative, R::kSigned, 32, 1, 1, {{{X64, 41}}}},
    {T::kGotPc32RexRelax, "got-pc32-rex-relax", 4, F::kData, 0, V::kGotSlotRelative, R::kSigned, 32, 1, 1, {{{X64, 42}}}},
    {T::kGotBasePc32, "gotbase-pc32", 4, F::kData, 0, V::kGotRelative, R::kSigned, 32, 1, 3, {{{X64, 26}, {X86, 10}, {ARM, 25}}}},
    {T::kGotOff32, "gotoff32", 4, F::kData, 0, V::kGotOffset, R::kSigned, 32, 1, 2, {{{X86, 9}, {ARM, 24}}}},
    {T::kGot32, "got32", 4, F::kData, 0, V::kGotSlotOffset, R::kSigned, 32, 1, 3, {{{X64, 3}, {X86, 3}, {ARM, 26}}}},
    {T::kGot32Relax, "got32-relax", 4, F::kData, 0, V::kGotSlotOffset, R::kSigned, 32, 1, 1, {{{X86, 43}}}},
    {T::kGotOff64, "gotoff64", 8, F::kData, 0, V::kGotOffset, R::kAny, 64, 1, 1, {{{X64, 25}}}},
    {T::kGotBasePc64, "gotbase-pc64", 8, F::kData, 0, V::kGotRelative, R::kAny, 64, 1, 1, {{{X64, 29}}}},
    {T::kGot64, "got64", 8, F::kData, 0, V::kGotSlotOffset, R::kAny, 64, 1, 2, {{{X64, 27}, {X64, 30}}}},
    {T::kGotPc64, "got-pc64", 8, F::kData, 0, V::kGotSlotRelative, R::kAny, 64, 1, 1, {{{X64, 28}}}},
    {T::kBranchGotOff64, "branch-gotoff64", 8, F::kData, 0, V::kBranchGotOffset, R::kAny, 64, 1, 1, {{{X64, 31}}}},
    {T::kSize32, "size32", 4, F::kData, 0, V::kSize, R::kUnsigned, 32, 1, 2, {{{X64, 32}, {X86, 38}}}},
    {T::kSize64, "size64", 8, F::kData, 0, V::kSize, R::kAny, 64, 1, 1, {{{X64, 33}}}},

    {T::kArmCall, "arm-call", 4, F::kArmBranch, 0, V::kBranch, R::kSigned, 26, 4, 1, {{{ARM, 28}}}},
    {T::kArmJump24, "arm-jump24", 4, F::kArmJump, 0, V::kBranch, R::kSigned, 26, 4, 3, {{{ARM, 29}, {ARM, 1}, {ARM, 27}}}},
    {T::kArmMovwAbs, "arm-movw-abs", 4, F::kArmMov, 0, V::kAbsolute, R::kAny, 16, 1, 1, {{{ARM, 43}}}},
    {T::kArmMovtAbs, "arm-movt-abs", 4, F::kArmMov, 16, V::kAbsolute, R::kAny, 32, 1, 1, {{{ARM, 44}}}},
    {T::kArmMovwPc, "arm-movw-pc", 4, F::kArmMov, 0, V::kRelative, R::kAny, 16, 1, 1, {{{ARM, 45}}}},
    {T::kArmMovtPc, "arm-movt-pc", 4, F::kArmMov, 16, V::kRelative, R::kAny, 32, 1, 1, {{{ARM, 46}}}},
    {T::kArmPc31, "arm-pc31", 4, F::kArmPc31, 0, V::kRelative, R::kSigned, 31, 1, 1, {{{ARM, 42}}}},
    {T::kArmLdrPc12, "arm-ldr-pc12", 4, F::kArmLdr, 0, V::kRelative, R::kMagnitude, 12, 1, 1, {{{ARM, 4}}}},
    {T::kArmAddPcG0Nc, "arm-add-pc-g0-nc", 4, F::kArmAdd, 0, V::kRelative, R::kAny, 32, 1, 1, {{{ARM, 57}}}},
    {T::kArmAddPcG0, "arm-add-pc-g0", 4, F::kArmAddRest, 0, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 58}}}},
    {T::kArmAddPcG1Nc, "arm-add-pc-g1-nc", 4, F::kArmAdd, 1, V::kRelative, R::kAny, 32, 1, 1, {{{ARM, 59}}}},
    {T::kArmAddPcG1, "arm-add-pc-g1", 4, F::kArmAddRest, 1, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 60}}}},
    {T::kArmAddPcG2, "arm-add-pc-g2", 4, F::kArmAddRest, 2, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 61}}}},
    {T::kArmLdrPcG1, "arm-ldr-pc-g1", 4, F::kArmLdrRest, 1, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 62}}}},
    {T::kArmLdrPcG2, "arm-ldr-pc-g2", 4, F::kArmLdrRest, 2, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 63}}}},

    {T::kThumbCall, "thumb-call", 4, F::kThumbBranch, 0, V::kBranch, R::kSigned, 25, 2, 1, {{{ARM, 10}}}},
    {T::kThumbJump24, "thumb-jump24", 4, F::kThumbJump24, 0, V::kBranch, R::kSigned, 25, 2, 1, {{{ARM, 30}}}},
    {T::kThumbJump19, "thumb-jump19", 4, F::kThumbJump19, 0, V::kBranch, R::kSigned, 21, 2, 1, {{{ARM, 51}}}},
    {T::kThumbMovwAbs, "thumb-movw-abs", 4, F::kThumbMov, 0, V::kAbsolute, R::kAny, 16, 1, 1, {{{ARM, 47}}}},
    {T::kThumbMovtAbs, "thumb-movt-abs", 4, F::kThumbMov, 16, V::kAbsolute, R::kAny, 32, 1, 1, {{{ARM, 48}}}},
    {T::kThumbMovwPc, "thumb-movw-pc", 4, F::kThumbMov, 0, V::kRelative, R::kAny, 16, 1, 1, {{{ARM, 49}}}},
    {T::kThumbMovtPc, "thumb-movt-pc", 4, F::kThumbMov, 16, V::kRelative, R::kAny, 32, 1, 1, {{{ARM, 50}}}},
    {T::kThumbJump11, "thumb-jump11", 2, F::kThumbJump11, 0, V::kBranch, R::kSigned, 12, 2, 1, {{{ARM, 102}}}},
    {T::kThumbJump8, "thumb-jump8", 2, F::kThumbJump8, 0, V::kBranch, R::kSigned, 9, 2, 1, {{{ARM, 103}}}},
    {T::kThumbAdr12, "thumb-adr12", 4, F::kThumbAdr12, 0, V::kRelativeAligned, R::kMagnitude, 12, 1, 1, {{{ARM, 53}}}},
    {T::kThumbLdr12, "thumb-ldr12", 4, F::kThumbLdr12, 0, V::kRelativeAligned, R::kMagnitude, 12, 1, 1, {{{ARM, 54}}}},
    {T::kThumbLdr8, "thumb-ldr8", 2, F::kThumbLdr8, 2, V::kRelativeAligned, R::kUnsigned, 10, 4, 1, {{{ARM, 11}}}},
    {T::kThumbMovB0, "thumb-mov-b0", 2, F::kThumbImm8, 0, V::kAbsolute, R::kAny, 8, 1, 1, {{{ARM, 132}}}},
    {T::kThumbMovB1, "thumb-mov-b1", 2, F::kThumbImm8, 8, V::kAbsolute, R::kAny, 8, 1, 1, {{{ARM, 133}}}},
    {T::kThumbMovB2, "thumb-mov-b2", 2, F::kThumbImm8, 16, V::kAbsolute, R::kAny, 8, 1, 1, {{{ARM, 134}}}},
    {T::kThumbMovB3, "thumb-mov-b3", 2, F::kThumbImm8, 24, V::kAbsolute, R::kAny, 8, 1, 1, {{{ARM, 135}}}},

    {T::kA64Branch26, "a64-branch26", 4, F::kA64Imm26, 2, V::kBranch, R::kSigned, 28, 4, 2, {{{A64, 283}, {A64, 282}}}},
    {T::kA64Branch19, "a64-branch19", 4, F::kA64Imm19, 2, V::kBranch, R::kSigned, 21, 4, 1, {{{A64, 280}}}},
    {T::kA64TestBranch14, "a64-test-branch14", 4, F::kA64Imm14, 2, V::kBranch, R::kSigned, 16, 4, 1, {{{A64, 279}}}},
    {T::kA64Adr21, "a64-adr21", 4, F::kA64Adr, 0, V::kRelative, R::kSigned, 21, 1, 1, {{{A64, 274}}}},
    {T::kA64AdrPage21, "a64-adr-page21", 4, F::kA64AdrPage, 12, V::kPage, R::kSigned, 33, 1, 1, {{{A64, 275}}}},
    {T::kA64AdrPage21Nc, "a64-adr-page21-nc", 4, F::kA64AdrPage, 12, V::kPage, R::kAny, 33, 1, 1, {{{A64, 276}}}},
    {T::kA64Add12, "a64-add12", 4, F::kA64Imm12, 0, V::kAbsolute, R::kAny, 12, 1, 1, {{{A64, 277}}}},
    {T::kA64Ldst8, "a64-ldst8", 4, F::kA64Imm12, 0, V::kAbsolute, R::kAny, 12, 1, 1, {{{A64, 278}}}},
    {T::kA64Ldst16, "a64-ldst16", 4, F::kA64Imm12, 1, V::kAbsolute, R::kAny, 12, 2, 1, {{{A64, 284}}}},
    {T::kA64Ldst32, "a64-ldst32", 4, F::kA64Imm12, 2, V::kAbsolute, R::kAny, 12, 4, 1, {{{A64, 285}}}},
    {T::kA64Ldst64, "a64-ldst64", 4, F::kA64Imm12, 3, V::kAbsolute, R::kAny, 12, 8, 1, {{{A64, 286}}}},
    {T::kA64Ldst128, "a64-ldst128", 4, F::kA64Imm12, 4, V::kAbsolute, R::kAny, 12, 16, 1, {{{A64, 299}}}},
    {T::kA64LdrPc19, "a64-ldr-pc19", 4, F::kA64Imm19, 2, V::kRelative, R::kSigned, 21, 4, 1, {{{A64, 273}}}},
    {T::kA64MovwU0, "a64-movw-u0", 4, F::kA64Movw, 0, V::kAbsolute, R::kUnsigned, 16, 1, 1, {{{A64, 263}}}},
    {T::kA64MovwU0Nc, "a64-movw-u0-nc", 4, F::kA64Movw, 0, V::kAbsolute, R::kAny, 16, 1, 1, {{{A64, 264}}}},
    {T::kA64MovwU1, "a64-movw-u1", 4, F::kA64Movw, 16, V::kAbsolute, R::kUnsigned, 32, 1, 1, {{{A64, 265}}}},
    {T::kA64MovwU1Nc, "a64-movw-u1-nc", 4, F::kA64Movw, 16, V::kAbsolute, R::kAny, 32, 1, 1, {{{A64, 266}}}},
    {T::kA64MovwU2, "a64-movw-u2", 4, F::kA64Movw, 32, V::kAbsolute, R::kUnsigned, 48, 1, 1, {{{A64, 267}}}},
    {T::kA64MovwU2Nc, "a64-movw-u2-nc", 4, F::kA64Movw, 32, V::kAbsolute, R::kAny, 48, 1, 1, {{{A64, 268}}}},
    {T::kA64MovwU3, "a64-movw-u3", 4, F::kA64Movw, 48, V::kAbsolute, R::kAny, 64, 1, 1, {{{A64, 269}}}},
    {T::kA64MovwS0, "a64-movw-s0", 4, F::kA64MovwSigned, 0, V::kAbsolute, R::kSigned, 17, 1, 1, {{{A64, 270}}}},
    {T::kA64MovwS1, "a64-movw-s1", 4, F::kA64MovwSigned, 16, V::kAbsolute, R::kSigned, 33, 1, 1, {{{A64, 271}}}},
    {T::kA64MovwS2, "a64-movw-s2", 4, F::kA64MovwSigned, 32, V::kAbsolute, R::kSigned, 49, 1, 1, {{{A64, 272}}}},
    {T::kA64GotPage21, "a64-got-page21", 4, F::kA64AdrPage, 12, V::kGotSlotPage, R::kSigned, 33, 1, 1, {{{A64, 311}}}},
    {T::kA64GotLdr12, "a64-got-ldr12", 4, F::kA64Imm12, 3, V::kGotSlot, R::kAny, 12, 8, 1, {{{A64, 312}}}},
    {T::kA64GotPageLdr15, "a64-got-page-ldr15", 4, F::kA64Ldr15, 3, V::kGotSlotPageOffset, R::kUnsigned, 15, 8, 1, {{{A64, 313}}}},
    {T::kA64GotLdrPc19, "a64-got-ldr-pc19", 4, F::kA64Imm19, 2, V::kGotSlotRelative, R::kSigned, 21, 4, 1, {{{A64, 309}}}},
    {T::kA64MovwPcS0, "a64-movw-pc-s0", 4, F::kA64MovwSigned, 0, V::kRelative, R::kSigned, 17, 1, 1, {{{A64, 287}}}},
    {T::kA64MovwPcS0Nc, "a64-movw-pc-s0-nc", 4, F::kA64Movw, 0, V::kRelative, R::kAny, 16, 1, 1, {{{A64, 288}}}},
    {T::kA64MovwPcS1, "a64-movw-pc-s1", 4, F::kA64MovwSigned, 16, V::kRelative, R::kSigned, 33, 1, 1, {{{A64, 289}}}},
    {T::kA64MovwPcS1Nc, "a64-movw-pc-s1-nc", 4, F::kA64Movw, 16, V::kRelative, R::kAny, 32, 1, 1, {{{A64, 290}}}},
    {T::kA64MovwPcS2, "a64-movw-pc-s2", 4, F::kA64MovwSigned, 32, V::kRelative, R::kSigned, 49, 1, 1, {{{A64, 291}}}},
    {T::kA64MovwPcS2Nc, "a64-movw-pc-s2-nc", 4, F::kA64Movw, 32, V::kRelative, R::kAny, 48, 1, 1, {{{A64, 292}}}},
    {T::kA64MovwPcS3, "a64-movw-pc-s3", 4, F::kA64MovwSigned, 48, V::kRelative, R::kAny, 64, 1, 1, {{{A64, 293}}}},

    {T::kArmLdrsPcG0, "arm-ldrs-pc-g0", 4, F::kArmLdrsRest, 0, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 64}}}},
    {T::kArmLdrsPcG1, "arm-ldrs-pc-g1", 4, F::kArmLdrsRest, 1, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 65}}}},
    {T::kArmLdrsPcG2, "arm-ldrs-pc-g2", 4, F::kArmLdrsRest, 2, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 66}}}},
    {T::kArmLdcPcG0, "arm-ldc-pc-g0", 4, F::kArmLdcRest, 0, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 67}}}},
    {T::kArmLdcPcG1, "arm-ldc-pc-g1", 4, F::kArmLdcRest, 1, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 68}}}},
    {T::kArmLdcPcG2, "arm-ldc-pc-g2", 4, F::kArmLdcRest, 2, V::kRelative, R::kRest, 32, 1, 1, {{{ARM, 69}}}},

    {T::kAbsByte0, "abs-byte0", 1, F::kData, 0, V::kAbsolute, R::kAny, 8, 1, 1, {{{Z80, 7}}}},
    {T::kAbsByte1, "abs-byte1", 1, F::kData, 8, V::kAbsolute, R::kAny, 16, 1, 1, {{{Z80, 8}}}},
};
// clang-format on
constexpr std::size_t kCount = std::size(kRows);
constexpr std::uint8_t kUnused = 0xff;

struct Tables {
  std::array<RelocationInfo, kCount> infos;
  std::array<std::uint8_t, 256> by_number;
};

Tables build() {
  Tables out{};
  out.by_number.fill(kUnused);
  for (std::size_t i = 0; i < kCount; ++i) {
    const Row& row = kRows[i];
    out.infos[i] = {
        row.type,    row.name,  row.size, row.field,    row.shift,
        row.formula, row.range, row.bits, row.multiple, std::span(row.elf).first(row.elf_count)};
    out.by_number[static_cast<std::uint8_t>(row.type)] = static_cast<std::uint8_t>(i);
  }
  return out;
}

const Tables& tables() {
  static const Tables kTables = build();
  return kTables;
}

/// ELF number -> type, dense: objects have millions of relocations.
using ElfNumbers = std::array<std::array<std::uint8_t, 320>, kIsaCount>;
ElfNumbers build_elf_numbers() {
  ElfNumbers out{};
  for (const Row& row : kRows) {
    for (std::size_t i = 0; i < row.elf_count; ++i)
      out[static_cast<std::size_t>(row.elf[i].isa)][row.elf[i].number] =
          static_cast<std::uint8_t>(row.type);
  }
  return out;
}

}  // namespace

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kX86_64:
      return "x86-64";
    case Isa::kX86:
      return "x86";
    case Isa::kArm:
      return "ARM";
    case Isa::kArm64:
      return "ARM64";
    case Isa::kZ80:
      return "Z80";
  }
  return "unknown";
}

std::string_view text(Formula formula) {
  switch (formula) {
    case Formula::kAbsolute:
      return "(S + A) | T";
    case Formula::kRelative:
      return "((S + A) | T) - P";
    case Formula::kBranch:
      return "((L + A) | T) - P";
    case Formula::kPage:
      return "Page(S + A) - Page(P)";
    case Formula::kGotSlotRelative:
      return "G + A - P";
    case Formula::kGotSlotOffset:
      return "G + A - GOT";
    case Formula::kGotSlot:
      return "G + A";
    case Formula::kGotSlotPage:
      return "Page(G + A) - Page(P)";
    case Formula::kGotSlotPageOffset:
      return "G + A - Page(GOT)";
    case Formula::kGotRelative:
      return "GOT + A - P";
    case Formula::kGotOffset:
      return "((S + A) | T) - GOT";
    case Formula::kBranchGotOffset:
      return "L + A - GOT";
    case Formula::kRelativeAligned:
      return "((S + A) | T) - (P & ~3)";
    case Formula::kSize:
      return "Z + A";
  }
  return "";
}

std::string_view text(Range range) {
  if (range == Range::kAny) return "any";
  return range == Range::kRest ? "a rest that the field holds" : "";
}

bool RelocationInfo::valid_for(Isa isa) const {
  return std::any_of(elf.begin(), elf.end(), [isa](const ElfType& one) { return one.isa == isa; });
}

bool RelocationInfo::needs_got_slot() const {
  switch (formula) {
    case Formula::kGotSlotRelative:
    case Formula::kGotSlotOffset:
    case Formula::kGotSlot:
    case Formula::kGotSlotPage:
    case Formula::kGotSlotPageOffset:
      return true;
    default:
      return false;
  }
}

bool RelocationInfo::needs_got_base() const {
  switch (formula) {
    case Formula::kGotSlotOffset:
    case Formula::kGotSlotPageOffset:
    case Formula::kGotRelative:
    case Formula::kGotOffset:
    case Formula::kBranchGotOffset:
      return true;
    default:
      return false;
  }
}

const RelocationInfo* find_relocation(std::uint8_t number) {
  const std::uint8_t index = tables().by_number[number];
  return index == kUnused ? nullptr : &tables().infos[index];
}

const RelocationInfo& info(RelocationType type) {
  return tables().infos[tables().by_number[static_cast<std::uint8_t>(type)]];
}

std::span<const RelocationInfo> relocation_table() {
  return tables().infos;
}

std::optional<RelocationType> from_elf(Isa isa, std::uint32_t number) {
  static const ElfNumbers kNumbers = build_elf_numbers();
  const auto& numbers = kNumbers[static_cast<std::size_t>(isa)];
  if (number >= numbers.size() || numbers[number] == 0) return std::nullopt;
  return static_cast<RelocationType>(numbers[number]);
}

std::optional<std::uint32_t> to_elf(Isa isa, RelocationType type) {
  for (const ElfType& one : info(type).elf) {
    if (one.isa == isa) return one.number;
  }
  return std::nullopt;
}

bool is_no_op(Isa isa, std::uint32_t number) {
  constexpr std::uint32_t kArmV4bx = 40;  // marks a `bx`, which every CPU since ARMv4T has
  constexpr std::uint32_t kA64Null = 256;
  return number == 0 || (isa == Isa::kArm && number == kArmV4bx) ||
         (isa == Isa::kArm64 && number == kA64Null);
}

}  // namespace cmos::object
