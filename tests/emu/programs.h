// Programs of programs.asm, assembled ahead.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "emu/isa.h"

namespace cmos::emu {

struct Program {
  std::string name;
  const Isa* isa;
  bool thumb;
  std::vector<std::uint8_t> code;
  std::map<std::string, std::uint64_t> labels;

  friend void PrintTo(const Program& program, std::ostream* out) {
    *out << program.isa->arch << " " << program.name;
  }
};

const std::vector<Program>& all_programs();
std::vector<Program> programs_with_label(const std::string& label);
const Program& program(const std::string& name, const Isa& isa);

}  // namespace cmos::emu
