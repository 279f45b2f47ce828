// The side that is tested: cmos' own engine.
#pragma once

#include <memory>
#include <string_view>

#include "tests/cpu/case.h"

namespace cmos::cpu_test {

/// `frame` is what stands below kFirstSlot; `leave` makes the jump to the tail at an address.
struct Framing {
  std::vector<std::uint8_t> frame;
  std::vector<std::uint8_t> (*leave)(std::uint64_t at, bool thumb);
};

std::unique_ptr<Machine> guest_cpu(std::string_view arch, Framing framing);

}  // namespace cmos::cpu_test
