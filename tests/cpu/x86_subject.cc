#include <fmt/format.h>

#include "tests/cpu/differ.h"
#include "tests/cpu/x86.h"

namespace cmos::cpu_test {

Subject x86_subject(bool wide) {
  constexpr std::array<const char*, 16> kWide{"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                              "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                              "r12", "r13", "r14", "r15"};
  Subject subject{.arch = wide ? "8664" : "__86", .fields = {}};
  const auto add = [&](std::string name, std::size_t offset, std::size_t size,
                       std::uint64_t mask = ~0ull, bool flags = false) {
    subject.fields.push_back({std::move(name), offset, size, mask, flags});
  };
  for (std::size_t i = 0; i < (wide ? 16u : 8u); ++i) {
    std::string name = kWide[i];
    if (!wide) name[0] = 'e';
    add(name, kGpr + 8 * i, wide ? 8 : 4);
  }
  add("flags", kFlags, 4, kStatusFlags | kDirectionFlag, true);
  add("fcw", kFcw, 2);
  add("fsw", kFsw, 2);
  add("ftw", kFtw, 1);
  add("mxcsr", kMxcsr, 4);
  for (std::size_t i = 0; i < 8; ++i) add(fmt::format("st{}", i), kX87 + 16 * i, 10);
  for (std::size_t i = 0; i < (wide ? 16u : 8u); ++i)
    add(fmt::format("xmm{}", i), kXmm + 16 * i, 16);
  return subject;
}

}  // namespace cmos::cpu_test
