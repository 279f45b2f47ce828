// Compares two machines, shrinks a case on which they differ, and prints it for people.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cpu/case.h"

namespace cmos::cpu_test {

/// A register in the layout of State::registers.
struct Field {
  std::string name;
  std::size_t offset = 0, size = 0;
  std::uint64_t mask = ~0ull;  ///< the bits that are compared, of fields up to 8 bytes
  bool flags = false;          ///< of these a case may leave bits undefined
};

struct Subject {
  std::string arch;
  std::vector<Field> fields;
  bool addresses = false;  ///< of memory faults are compared
};

Subject x86_subject(bool wide);

/// "xmm1: 0x… , expected 0x…" for each register, piece of memory or trap that differs.
std::vector<std::string> differences(const Subject& subject, const Case& test, const State& found,
                                     const State& expected);

class Differ {
 public:
  Differ(const Subject& subject, Machine& tested, Machine& reference)
      : subject_(subject), tested_(tested), reference_(reference) {}

  /// Runs `count` cases; reports each that differs, shrunk, and returns how many did. Of one
  /// instruction at most `most_alike` are reported.
  std::size_t run(std::size_t count, const std::function<Case()>& next, std::size_t most_alike);
  /// From now on looks at cases alone whose last instruction is one of these; empty: at all.
  void look_at(std::set<std::string> mnemonics) { mnemonics_ = std::move(mnemonics); }

 private:
  bool differs(const Case& test);
  Case shrink(Case test);
  bool drop_pieces(Case& test);
  void simplify(Case& test);
  std::string last_mnemonic(const Case& test) const;
  void report(const Case& test);

  const Subject& subject_;
  Machine& tested_;
  Machine& reference_;
  std::set<std::string> mnemonics_;
};

}  // namespace cmos::cpu_test
