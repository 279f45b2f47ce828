// What the bytes of code sections are: ARM or Thumb instructions, or data among them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "inspect/format.h"

namespace cmos::inspect {

enum class State : std::uint8_t { kCode, kThumb, kData };

struct Change {
  std::uint64_t address = 0;
  State state = State::kCode;
};

/// Mapping symbols say it exactly; in a section without any, functions tell Thumb from ARM. A CPE
/// does not say which symbols are functions: there branches are followed from the entry point and
/// from what is known to be Thumb.
class States {
 public:
  explicit States(const Description& image);
  /// By ascending address.
  std::span<const Change> of(std::size_t section) const { return lists_[section]; }

 private:
  std::vector<std::vector<Change>> lists_;
};

}  // namespace cmos::inspect
