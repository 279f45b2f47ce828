// Tests that run a real guest on every documented ARCH.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "runtime/process/process.h"
#include "tests/runtime/guest_code.h"

namespace cmos::runtime {

class EveryArch : public ::testing::TestWithParam<std::string> {
 protected:
  GuestCode code() const { return GuestCode(GetParam()); }

  std::unique_ptr<Process> start(const GuestCode& guest, ProcessOptions options = {}) {
    auto loaded = Process::load(guest.file(), "guest.cpe", std::move(options));
    EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : loaded.error().text());
    return loaded ? std::move(*loaded) : nullptr;
  }
  std::uint64_t all_bits() const {
    return GetParam() == "_ARM" || GetParam() == "__86" ? 0xffff'ffff : ~0ull;
  }
};

inline auto documented_archs() {
  return ::testing::Values("8664", "__86", "_ARM", "AR64", "APPL");
}
inline std::string arch_name(const ::testing::TestParamInfo<std::string>& info) {
  return info.param[0] == '_' ? "x" + info.param.substr(1) : info.param;
}

}  // namespace cmos::runtime
