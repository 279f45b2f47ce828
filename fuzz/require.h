// What a fuzz target demands of the code under test: a broken promise ends the run as a finding.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace cmos::fuzz {

inline void require(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace cmos::fuzz
