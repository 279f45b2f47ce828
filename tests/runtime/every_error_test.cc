// Every call × every error that it documents, met by a real guest; and no call ever answers an
// error that it does not document, whatever the host refuses (abi 2, "Failed calls").
#include <gtest/gtest.h>

#include <set>

#include "tests/repetitions.h"
#include "tests/runtime/error_cases.h"
#include "tests/runtime/process_fixture.h"

namespace cmos::runtime {
namespace {

using Pair = std::pair<std::string, std::string>;

std::string name_of(std::optional<std::int64_t> answer) {
  if (!answer) return "no return";
  const auto* status = syscalls::find_status(*answer);
  return status != nullptr ? std::string(status->name) : std::to_string(*answer);
}

std::set<Pair> documented() {
  std::set<Pair> out;
  for (const syscalls::Row& row : syscalls::table()) {
    for (const syscalls::Status error : row.errors)
      out.emplace(row.name, name_of(static_cast<std::int64_t>(error)));
  }
  return out;
}

std::vector<ErrorCase> all_cases() {
  auto out = guest_error_cases();
  const auto more = host_error_cases();
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

TEST(EveryErrorTable, HasACaseForEveryDocumentedPairAndNoOther) {
  std::set<Pair> covered;
  for (const ErrorCase& one : all_cases())
    covered.emplace(one.call, name_of(static_cast<std::int64_t>(one.status)));
  EXPECT_EQ(covered, documented());
}

class EveryError : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Registers, EveryError, ::testing::Values("8664", "_ARM"), arch_name);

TEST_P(EveryError, IsMetByAGuest) {
  for (const ErrorCase& one : all_cases()) {
    if (!testing::can_deny(one.denial)) continue;
    ErrorStage stage(GetParam());
    one.scene(stage);
    EXPECT_EQ(name_of(stage.play(one.call, one.denial)),
              name_of(static_cast<std::int64_t>(one.status)))
        << one.call << (one.denial.error != 0 ? " with host error " : "")
        << (one.denial.error != 0 ? std::to_string(one.denial.error) : "");
  }
}

TEST_P(EveryError, StaysAwayWhenNothingIsWrong) {
  for (const Success& one : successes()) {
    ErrorStage stage(GetParam());
    one.scene(stage);
    EXPECT_GE(stage.play(one.call).value_or(-1), 0) << one.call;
  }
}

TEST(EveryHostFailure, IsAnsweredWithADocumentedErrorOrHarmless) {
  const std::set<Pair> allowed = documented();
  constexpr int kEvery = 20 / testing::repetitions(20);
  int number = 0;
  for (const Success& one : successes()) {
    for (const HostCall& host : host_calls()) {
      for (const int error : host.errors) {
        if (number++ % kEvery != 0) continue;
        if (!testing::can_deny({.calls = host.numbers, .error = error})) continue;
        ErrorStage stage("8664");
        one.scene(stage);
        const auto answer = stage.play(one.call, {.calls = host.numbers, .error = error});
        // Not called, or none of the guest's business: other errors are not, either.
        if (answer.value_or(-1) >= 0) break;
        const bool fine =
            answer.value_or(-1) >= 0 || allowed.contains({std::string(one.call), name_of(answer)});
        EXPECT_TRUE(fine) << one.call << " answers " << name_of(answer) << " when host call "
                          << host.numbers.front() << " fails with " << error;
      }
    }
  }
}

}  // namespace
}  // namespace cmos::runtime
