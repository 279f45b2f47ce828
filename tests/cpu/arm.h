// The ARM side of the differential tester (ARM, Thumb and ARM64): the state's layout, the code
// around a case, and random instructions.
#pragma once

#include "tests/cpu/case.h"
#include "tests/cpu/differ.h"
#include "tests/cpu/guest.h"
#include "tests/cpu/random.h"

namespace cmos::cpu_test {

/// Where a State has its registers. One integer register belongs to the code around a case: no
/// instruction of a case uses it.
struct ArmLayout {
  std::size_t register_size, flags, control, status, vectors;
  unsigned link;
};
inline constexpr ArmLayout kLayout32{4, 0x40, 0x44, 0x44, 0x50, 12},
    kLayout64{8, 0x100, 0x108, 0x110, 0x120, 18};

Framing arm_framing(bool wide, bool native);
Subject arm_subject(std::string arch);

struct ArmRow;

/// Random instructions out of the rows of arm_rows.h, and states for them.
class ArmGenerator {
 public:
  enum class Code : std::uint8_t { kArm, kThumb, kArm64, kApple };
  ArmGenerator(Code code, std::uint64_t seed);
  Case single();
  Case sequence();

 private:
  struct Choice;
  Piece piece(bool in_sequence);
  std::uint32_t fill(std::string_view pattern, Choice& choice);
  std::uint32_t pick(char letter, Choice& choice);
  void add(std::vector<std::uint8_t>& code, std::string_view pattern, Choice& choice);
  Piece conditional();
  State random_state();

  Code code_;
  bool wide_;
  Random random_;
  std::vector<const ArmRow*> rows_;
};

}  // namespace cmos::cpu_test
