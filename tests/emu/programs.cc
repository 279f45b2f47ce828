#include "tests/emu/programs.h"

#include <algorithm>
#include <cstdlib>

namespace cmos::emu {

const std::vector<Program>& all_programs() {
  static const std::vector<Program> programs{
#include "tests/emu/programs.inc"
  };
  return programs;
}

std::vector<Program> programs_with_label(const std::string& label) {
  std::vector<Program> found;
  for (const Program& candidate : all_programs())
    if (candidate.labels.count(label) != 0) found.push_back(candidate);
  return found;
}

const Program& program(const std::string& name, const Isa& isa) {
  for (const Program& candidate : all_programs())
    if (candidate.name == name && candidate.isa == &isa) return candidate;
  std::abort();  // a test names a program that is not there
}

}  // namespace cmos::emu
