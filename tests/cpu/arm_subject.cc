#include <fmt/format.h>

#include "tests/cpu/arm.h"

namespace cmos::cpu_test {
namespace {

// Linux keeps other bits of CPSR than a program without one sees.
constexpr std::uint64_t kProgramFlags32 = 0xf80f'0000, kProgramFlags64 = 0xf000'0000;

}  // namespace

Subject arm_subject(std::string arch) {
  const bool wide = arch != "_ARM";
  const ArmLayout& layout = wide ? kLayout64 : kLayout32;
  Subject subject{.arch = std::move(arch), .fields = {}, .addresses = true};
  const unsigned count = wide ? 32 : 15;
  for (unsigned i = 0; i < count; ++i)
    if (i != layout.link)
      subject.fields.push_back({i == 31 ? std::string("sp")
                                : wide  ? fmt::format("x{}", i)
                                        : fmt::format("r{}", i),
                                layout.register_size * i, layout.register_size});
  subject.fields.push_back({.name = "flags",
                            .offset = layout.flags,
                            .size = 4,
                            .mask = wide ? kProgramFlags64 : kProgramFlags32,
                            .flags = true});
  if (wide) subject.fields.push_back({"fpcr", layout.control, 4});
  subject.fields.push_back({wide ? "fpsr" : "fpscr", layout.status, 4});
  for (unsigned i = 0; i < 32; ++i)
    subject.fields.push_back({fmt::format("{}{}", wide ? 'v' : 'd', i),
                              layout.vectors + (wide ? 16 : 8) * i, wide ? 16u : 8u});
  return subject;
}

}  // namespace cmos::cpu_test
