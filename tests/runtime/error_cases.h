// One way for each error that each call documents, and one way for each call to succeed.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "tests/runtime/error_stage.h"

namespace cmos::runtime {

using Scene = std::function<void(ErrorStage&)>;

struct ErrorCase {
  std::string_view call;
  syscalls::Status status;
  Scene scene;  ///< ends with the call
  testing::Denial denial = {};
};
/// What a guest does, or finds in its root, to meet the error.
std::vector<ErrorCase> guest_error_cases();
/// What the host refuses while the call runs.
std::vector<ErrorCase> host_error_cases();

/// By name of the call; only those that reach the host.
struct Success {
  std::string_view call;
  Scene scene;
};
const std::vector<Success>& successes();

/// A system call of the host and errors that its manual names, a general one first.
struct HostCall {
  std::vector<long> numbers;
  std::vector<int> errors;
};
const std::vector<HostCall>& host_calls();

}  // namespace cmos::runtime
