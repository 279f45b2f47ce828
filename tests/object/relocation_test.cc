// The table of relocation types against what GNU ld and lld computed (relocation_cases.txt, written
// by make_relocation_cases.py), and its edges.
#include "relocation/relocation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "object/object.h"

namespace cmos::object {
namespace {

using Content = std::vector<std::uint8_t>;

struct Case {
  std::string line;
  Isa isa = Isa::kX86_64;
  std::uint32_t elf = 0;
  std::string linker;
  Inputs inputs;
  TargetState state = TargetState::kUnknown;
  bool implicit = false;
  Content before;
  Content after;
};

Content from_hex(const std::string& text) {
  Content out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return out;
}
std::string to_hex(const Content& bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::uint64_t number(const std::string& text) {
  return text == "-" ? 0 : std::stoull(text, nullptr, 16);
}

Case parse(const std::string& line) {
  static const std::map<std::string, Isa> kIsas{{"x86-64", Isa::kX86_64},
                                                {"x86", Isa::kX86},
                                                {"ARM", Isa::kArm},
                                                {"ARM64", Isa::kArm64},
                                                {"Z80", Isa::kZ80}};
  std::istringstream in(line);
  std::string isa, symbol, state, addend, place, slot, got, before, after;
  Case out;
  in >> isa >> out.elf >> out.linker >> symbol >> state >> addend >> place >> slot >> got >>
      before >> after;
  out.line = line;
  out.isa = kIsas.at(isa);
  out.inputs.symbol = number(symbol);
  out.inputs.thumb = state == "thumb";
  out.state = state == "thumb" ? TargetState::kThumb
              : state == "arm" ? TargetState::kArm
                               : TargetState::kUnknown;
  out.implicit = addend == "?";
  if (!out.implicit) out.inputs.addend = std::stoll(addend);
  out.inputs.place = number(place);
  out.inputs.got_slot = number(slot);
  out.inputs.got = number(got);
  out.before = from_hex(before);
  out.after = from_hex(after);
  return out;
}

std::vector<Case> cases() {
  std::ifstream in(CMOS_SOURCE_DIR "/tests/object/relocation_cases.txt");
  std::vector<Case> out;
  for (std::string line; std::getline(in, line);) out.push_back(parse(line));
  // No linker for the Z80 reads ELF: these are by the formulas.
  for (const char* const line : {
           "Z80 4 - 1234 - 2 105 - - 0000000000000000 3612000000000000",
           "Z80 1 - 7f - -1 105 - - 0000000000000000 7e00000000000000",
           "Z80 3 - 120 - -1 105 - - 0000000000000000 1a00000000000000",
           "Z80 7 - 1200 - -1 105 - - 0000000000000000 ff00000000000000",
           "Z80 8 - 1200 - -1 105 - - 0000000000000000 1100000000000000",
       })
    out.push_back(parse(line));
  return out;
}

TEST(Relocation, ComputesWhatTheLinkersCompute) {
  const std::vector<Case> all = cases();
  ASSERT_GT(all.size(), 300u);
  std::set<RelocationType> seen;
  for (const Case& one : all) {
    SCOPED_TRACE(one.line);
    const auto type = from_elf(one.isa, one.elf);
    ASSERT_TRUE(type);
    seen.insert(*type);
    Inputs inputs = one.inputs;
    inputs.size = inputs.symbol;  // which the cases of its relocations have in this place
    if (one.implicit) {
      const auto addend = read_addend(*type, one.before);
      ASSERT_TRUE(addend);
      inputs.addend = *addend;
    }
    Content field = one.before;
    const auto applied = apply(*type, field, evaluate(*type, one.isa, inputs), one.state);
    EXPECT_TRUE(applied) << applied.error().text();
    // What follows the field in the file belongs to other relocations.
    const std::size_t size = info(*type).size;
    EXPECT_EQ(to_hex({field.begin(), field.begin() + size}),
              to_hex({one.after.begin(), one.after.begin() + size}));
  }
  std::string missing;
  for (const RelocationInfo& row : relocation_table()) {
    if (seen.count(row.type) == 0) missing += std::string(row.name) + " ";
  }
  EXPECT_EQ(missing, "");
}

TEST(RelocationTable, NumbersNamesAndElfTypesAreUnique) {
  std::set<std::string_view> names;
  std::set<std::pair<Isa, std::uint32_t>> elf;
  unsigned last = 0;
  for (const RelocationInfo& row : relocation_table()) {
    const auto value = static_cast<unsigned>(row.type);
    EXPECT_GT(value, last);
    last = value;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(find_relocation(static_cast<std::uint8_t>(value)), &row);
    EXPECT_EQ(&info(row.type), &row);
    ASSERT_FALSE(row.elf.empty());
    for (const ElfType& one : row.elf) {
      EXPECT_TRUE(elf.insert({one.isa, one.number}).second) << row.name << " " << one.number;
      EXPECT_TRUE(row.valid_for(one.isa));
      EXPECT_EQ(from_elf(one.isa, one.number), row.type);
      EXPECT_NE(elf_name(one.isa, one.number), "") << row.name;
      EXPECT_FALSE(is_no_op(one.isa, one.number));
    }
    EXPECT_EQ(to_elf(row.elf[0].isa, row.type), row.elf[0].number);
  }
  EXPECT_EQ(find_relocation(0), nullptr);
  EXPECT_EQ(find_relocation(255), nullptr);
  EXPECT_EQ(from_elf(Isa::kX86_64, 22), std::nullopt);
  EXPECT_EQ(from_elf(Isa::kArm64, 0xffff'ffff), std::nullopt);
  EXPECT_EQ(to_elf(Isa::kX86, RelocationType::kA64Adr21), std::nullopt);
}

TEST(RelocationTable, NamesElfTypesThatNothingSupports) {
  EXPECT_EQ(elf_name(Isa::kX86_64, 22), "R_X86_64_GOTTPOFF");
  EXPECT_EQ(elf_name(Isa::kX86, 14), "R_386_TLS_TPOFF");
  EXPECT_EQ(elf_name(Isa::kArm, 10), "R_ARM_THM_CALL");
  EXPECT_EQ(elf_name(Isa::kArm, 26), "R_ARM_GOT_BREL");
  EXPECT_EQ(elf_name(Isa::kArm64, 549), "R_AARCH64_TLSLE_ADD_TPREL_HI12");
  EXPECT_EQ(elf_name(Isa::kX86, 200), "");
  EXPECT_TRUE(is_no_op(Isa::kArm, 40));
  EXPECT_FALSE(is_no_op(Isa::kX86, 40));
}

std::string range_text(const RelocationInfo& row) {
  if (!text(row.range).empty()) return std::string(text(row.range));
  const Error error = explain(ApplyStatus::kOutOfRange, row.type, 0);
  return error.expected;
}

/// The row that docs/cpo.md has for a type.
std::string documented_row(const RelocationInfo& row) {
  std::string formula(text(row.formula));
  if (const std::size_t bar = formula.find('|'); bar != std::string::npos)
    formula.insert(bar, "\\");
  std::string elf;
  for (const ElfType& one : row.elf) {
    elf += (elf.empty() ? "" : ", ") + std::string(elf_name(one.isa, one.number));
  }
  return fmt::format("| {} | `{}` | {} | {} | {} | {} | {} |", static_cast<unsigned>(row.type),
                     row.name, row.size, formula, range_text(row), row.multiple, elf);
}

TEST(RelocationTable, IsDocumented) {
  std::ifstream in(CMOS_SOURCE_DIR "/docs/cpo.md");
  std::set<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.insert(line);
  for (const RelocationInfo& row : relocation_table())
    EXPECT_EQ(lines.count(documented_row(row)), 1u) << documented_row(row);
}

/// Whether the field holds all of a value, so that it can be read back.
bool holds_whole(const RelocationInfo& row) {
  return row.range == Range::kSigned && row.field != Field::kA64AdrPage &&
         row.field != Field::kA64MovwSigned;
}

/// An instruction for each type that its field may stand in.
Content sample(RelocationType type) {
  switch (info(type).field) {
    case Field::kArmBranch:
      return {0x00, 0x00, 0x00, 0xeb};
    case Field::kArmJump:
      return {0x00, 0x00, 0x00, 0x1a};
    case Field::kArmLdr:
      return {0x00, 0x00, 0x9f, 0xe5};
    case Field::kThumbBranch:
      return {0x00, 0xf0, 0x00, 0xf8};
    case Field::kThumbJump24:
      return {0x00, 0xf0, 0x00, 0xb8};
    case Field::kThumbJump19:
      return {0x00, 0xf0, 0x00, 0x80};
    case Field::kThumbMov:
      return {0x40, 0xf2, 0x00, 0x00};
    case Field::kA64MovwSigned:
      return {0x00, 0x00, 0x80, 0xd2};
    default:
      return Content(info(type).size, 0);
  }
}

struct Bounds {
  std::int64_t low;
  std::int64_t high;
};
Bounds bounds(const RelocationInfo& row) {
  const std::int64_t half = std::int64_t{1} << (row.bits - 1);
  switch (row.range) {
    case Range::kSigned:
      return {-half, half - 1};
    case Range::kUnsigned:
      return {0, half * 2 - 1};
    case Range::kMagnitude:
      return {1 - half * 2, half * 2 - 1};
    default:
      return {-half, half * 2 - 1};
  }
}

TEST(RelocationRange, IsExactAtBothEnds) {
  for (const RelocationInfo& row : relocation_table()) {
    if (row.range == Range::kAny || row.range == Range::kRest) continue;
    SCOPED_TRACE(row.name);
    const Bounds limits = bounds(row);
    const std::int64_t step = row.multiple;
    const std::int64_t low = limits.low;
    const std::int64_t high = limits.high - limits.high % step;
    Content field = sample(row.type);
    EXPECT_EQ(write_field(row.type, field, low), ApplyStatus::kDone);
    if (holds_whole(row)) {
      EXPECT_EQ(read_addend(row.type, field), low);
    }
    EXPECT_EQ(write_field(row.type, field, high), ApplyStatus::kDone);
    if (holds_whole(row)) {
      EXPECT_EQ(read_addend(row.type, field), high);
    }
    const Content kept = field;
    EXPECT_EQ(write_field(row.type, field, low - step), ApplyStatus::kOutOfRange);
    EXPECT_EQ(write_field(row.type, field, limits.high + 1), ApplyStatus::kOutOfRange);
    EXPECT_EQ(write_field(row.type, field, INT64_MIN), ApplyStatus::kOutOfRange);
    EXPECT_EQ(write_field(row.type, field, INT64_MAX), ApplyStatus::kOutOfRange);
    EXPECT_EQ(field, kept);
  }
}

TEST(RelocationRange, RefusesWhatIsNotAMultiple) {
  for (const RelocationInfo& row : relocation_table()) {
    if (row.multiple == 1) continue;
    SCOPED_TRACE(row.name);
    Content field = sample(row.type);
    const Content kept = field;
    // Bit 0 of a branch's value says Thumb, and Thumb code lies at even addresses.
    if (row.multiple == 2 && row.is_branch()) continue;
    EXPECT_EQ(write_field(row.type, field, row.multiple / 2), row.multiple == 2 || row.multiple > 2
                                                                  ? ApplyStatus::kMisaligned
                                                                  : ApplyStatus::kDone);
    EXPECT_EQ(field, kept);
  }
}

TEST(RelocationField, KeepsEveryOtherBit) {
  for (const RelocationInfo& row : relocation_table()) {
    SCOPED_TRACE(row.name);
    Content field = sample(row.type);
    Content cleared = field;
    clear_field(row.type, cleared);
    ASSERT_EQ(write_field(row.type, field, 64), ApplyStatus::kDone);
    clear_field(row.type, field);
    EXPECT_EQ(to_hex(field), to_hex(cleared));
    EXPECT_EQ(read_addend(row.type, cleared), 0);
    EXPECT_EQ(read_addend(row.type, Bytes(cleared).first(cleared.size() - 1)), std::nullopt);
  }
}

TEST(RelocationGroup, EachInstructionTakesEightBits) {
  constexpr std::int64_t kDistance = 0x1234'5678 - 0x78;
  Content first{0x00, 0x00, 0x8f, 0xe2};  // add r0, pc, #…
  Content second = first;
  Content third = first;
  ASSERT_EQ(write_field(RelocationType::kArmAddPcG0Nc, first, kDistance), ApplyStatus::kDone);
  ASSERT_EQ(write_field(RelocationType::kArmAddPcG1Nc, second, kDistance), ApplyStatus::kDone);
  ASSERT_EQ(write_field(RelocationType::kArmAddPcG2, third, kDistance), ApplyStatus::kDone);
  const auto constant = [](const Content& field) {
    return *read_addend(RelocationType::kArmAddPcG0, field);
  };
  EXPECT_EQ(constant(first) + constant(second) + constant(third), kDistance);
  EXPECT_EQ(write_field(RelocationType::kArmAddPcG1, third, kDistance), ApplyStatus::kOutOfRange);
  EXPECT_EQ(write_field(RelocationType::kArmLdrPcG1, third, kDistance), ApplyStatus::kOutOfRange);
  EXPECT_EQ(write_field(RelocationType::kArmLdrsPcG0, third, 0x100), ApplyStatus::kOutOfRange);
  EXPECT_EQ(write_field(RelocationType::kArmLdcPcG0, third, 0x402), ApplyStatus::kOutOfRange);
}

TEST(RelocationApply, SaysWhatIsWrong) {
  Content field(4, 0);
  EXPECT_EQ(apply(RelocationType::kPc32, field, INT64_C(0x80000000)).error().text(),
            "relocation pc32: found 0x80000000, expected -0x80000000 to 0x7fffffff");
  EXPECT_EQ(apply(RelocationType::kAbs32U, field, -1).error().text(),
            "relocation abs32u: found -0x1, expected 0x0 to 0xffffffff");
  EXPECT_EQ(apply(RelocationType::kAbs32, field, INT64_C(-0x80000001)).error().text(),
            "relocation abs32: found -0x80000001, expected -0x80000000 to 0xffffffff");
  EXPECT_EQ(apply(RelocationType::kA64Ldst64, field, 4).error().text(),
            "relocation a64-ldst64: found 0x4, expected a multiple of 8");
  EXPECT_EQ(apply(RelocationType::kArmLdrPc12, field, 4096).error().text(),
            "relocation arm-ldr-pc12: found 0x1000, expected -0xfff to 0xfff");
  EXPECT_EQ(apply(RelocationType::kAbs64, field, 4).error().text(),
            "relocation abs64: found 4 bytes, expected a field of 8");
  EXPECT_EQ(
      apply(RelocationType::kArmJump24, field, 8, TargetState::kThumb).error().text(),
      "relocation arm-jump24: found a branch that cannot change between ARM and Thumb, expected "
      "a target in its own state, or a stub");
}

TEST(RelocationApply, ChangesStateOnlyWhereTheInstructionCan) {
  Content bl{0xfe, 0xff, 0xff, 0xeb};
  EXPECT_EQ(write_field(RelocationType::kArmCall, bl, 0x103, TargetState::kThumb),
            ApplyStatus::kDone);
  EXPECT_EQ(to_hex(bl), "400000fb");
  EXPECT_EQ(write_field(RelocationType::kArmCall, bl, 0x100, TargetState::kArm),
            ApplyStatus::kDone);
  EXPECT_EQ(to_hex(bl), "400000eb");
  Content blne{0xfe, 0xff, 0xff, 0x1b};
  EXPECT_EQ(write_field(RelocationType::kArmCall, blne, 0x101, TargetState::kThumb),
            ApplyStatus::kNeedsStub);
  EXPECT_EQ(to_hex(blne), "feffff1b");
  Content jump{0x00, 0xf0, 0x00, 0xb8};
  EXPECT_EQ(write_field(RelocationType::kThumbJump24, jump, 0x100, TargetState::kArm),
            ApplyStatus::kNeedsStub);
  EXPECT_EQ(write_field(RelocationType::kThumbJump24, jump, 0x101, TargetState::kThumb),
            ApplyStatus::kDone);
  // BLX rounds its own address down: the last reachable place of BL is out of its range.
  Content call{0x00, 0xf0, 0x00, 0xf8};
  EXPECT_EQ(write_field(RelocationType::kThumbCall, call, 0xff'fffe, TargetState::kThumb),
            ApplyStatus::kDone);
  EXPECT_EQ(write_field(RelocationType::kThumbCall, call, 0xff'fffe, TargetState::kArm),
            ApplyStatus::kOutOfRange);
}

TEST(RelocationEvaluate, WrapsAtTheWidthOfTheIsa) {
  const Inputs inputs{.symbol = 0x9000'0000, .addend = 0, .place = 0x1000'0000};
  EXPECT_EQ(evaluate(RelocationType::kPc32, Isa::kX86, inputs), INT32_MIN);
  EXPECT_EQ(evaluate(RelocationType::kPc32, Isa::kX86_64, inputs), INT64_C(0x80000000));
  const Inputs page{.symbol = 0x12345, .addend = 0xfff, .place = 0x10fff};
  EXPECT_EQ(evaluate(RelocationType::kA64AdrPage21, Isa::kArm64, page), 0x3000);
}

TEST(RelocationGot, KnowsWhatTheLinkerMustProvide) {
  EXPECT_TRUE(info(RelocationType::kGotPc32).needs_got_slot());
  EXPECT_FALSE(info(RelocationType::kGotPc32).needs_got_base());
  EXPECT_TRUE(info(RelocationType::kGot32).needs_got_slot());
  EXPECT_TRUE(info(RelocationType::kGot32).needs_got_base());
  EXPECT_FALSE(info(RelocationType::kGotOff32).needs_got_slot());
  EXPECT_TRUE(info(RelocationType::kGotOff32).needs_got_base());
  EXPECT_TRUE(info(RelocationType::kBranch32).is_branch());
  EXPECT_FALSE(info(RelocationType::kPc32).is_branch());
  EXPECT_TRUE(got32_has_no_base(0x05));   // mov foo@GOT, %eax
  EXPECT_TRUE(got32_has_no_base(0x15));   // call *foo@GOT
  EXPECT_FALSE(got32_has_no_base(0x83));  // mov foo@GOT(%ebx), %eax
}

}  // namespace
}  // namespace cmos::object
