// The table itself: what it promises to traces, listings and guests.
#include <set>

#include "tests/syscalls/guest.h"

namespace cmos::syscalls {
namespace {

TEST(Table, HasEveryCallOfTheAbi) {
  std::vector<std::uint32_t> numbers;
  for (const Row& row : table()) numbers.push_back(row.number);
  const std::vector<std::uint32_t> expected{
      0,    1,    2,    0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x20,
      0x21, 0x22, 0x23, 0x24, 0x25, 0x30, 0x31, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46};
  EXPECT_EQ(numbers, expected);
}

TEST(Table, FindsByNumberAndName) {
  for (const Row& row : table()) {
    EXPECT_EQ(find(std::uint64_t{row.number}), &row);
    EXPECT_EQ(find(row.name), &row);
  }
  for (const std::uint64_t number :
       {3ull, 0xfull, 0x1aull, 0x26ull, 0x32ull, 0x47ull, 0x1'0000'0001ull, ~0ull}) {
    EXPECT_EQ(find(number), nullptr) << number;
  }
  EXPECT_EQ(find("nothing"), nullptr);
}

TEST(Table, OnlyTheDocumentsCallsAreDocumented) {
  for (const Row& row : table()) EXPECT_EQ(row.documented, row.number <= 2) << row.name;
}

TEST(Table, ArgumentsFillTheRegistersInOrder) {
  for (const Row& row : table()) {
    unsigned next = 0;
    for (const ArgumentInfo& argument : row.arguments) {
      EXPECT_EQ(argument.first_register, next) << row.name;
      EXPECT_FALSE(argument.name.empty());
      next += argument.registers;
    }
    EXPECT_LE(next, 3u) << row.name;
  }
  const auto arguments = find("stdout")->arguments;
  ASSERT_EQ(arguments.size(), 2u);
  EXPECT_EQ(arguments[0].kind, ArgumentKind::kBytesIn);
  EXPECT_EQ(arguments[1].name, "colour");
  EXPECT_EQ(arguments[1].first_register, 2);
}

TEST(Table, WhatIsNotSupportedSaysWhyAndAnswersNosys) {
  Guest guest(8);
  const std::string before = guest.all_bytes();
  for (const Row& row : table()) {
    EXPECT_FALSE(row.summary.empty()) << row.name;
    EXPECT_EQ(row.supported, row.note.empty()) << row.name;
    if (row.supported) continue;
    EXPECT_TRUE(row.note.starts_with("not served yet: ")) << row.name;
    EXPECT_EQ(guest.call(row.name, kVar, 8, kVar), static_cast<std::int64_t>(Status::kNoSys))
        << row.name;
  }
  EXPECT_EQ(guest.all_bytes(), before);
}

TEST(Table, EveryErrorHasItsDocumentedValueAndName) {
  EXPECT_EQ(find_status(-1)->name, "CPE_ERROR_INVALID");
  EXPECT_EQ(find_status(-3)->name, "CPE_ERROR_FAULT");
  EXPECT_EQ(find_status(-13)->name, "CPE_ERROR_NO_MEMORY");
  EXPECT_EQ(find_status(-16)->name, "CPE_ERROR_MINIDISK_BUSY");
  EXPECT_EQ(find_status(-18)->name, "CPE_ERROR_CHILD_FAULT");
  EXPECT_EQ(find_status(0), nullptr);
  EXPECT_EQ(find_status(-19), nullptr);
  EXPECT_EQ(find_status(INT64_MIN), nullptr);
  EXPECT_EQ(statuses().size(), 18u);
}

TEST(Table, OnlyTimeAndRandomnessDifferBetweenRuns) {
  std::set<std::string_view> names;
  for (const Row& row : table()) {
    if (row.nondeterministic) names.insert(row.name);
    EXPECT_EQ(row.nondeterministic, !row.placeholder.empty());
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"clock", "random"}));
}

}  // namespace
}  // namespace cmos::syscalls
