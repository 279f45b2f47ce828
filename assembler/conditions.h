// .if and its like: which lines of a source are read.
#pragma once

#include <functional>
#include <vector>

#include "assembler/expression.h"
#include "assembler/program.h"

namespace cmos::assembler {

class Conditions {
 public:
  /// `known` tells whether a name is defined as anything that is not a symbol.
  Conditions(Program& program, std::function<bool(std::string_view)> known,
             std::function<const Target&(Span)> target, Reporter& reporter)
      : program_(program),
        known_(std::move(known)),
        target_(std::move(target)),
        reporter_(reporter) {}

  /// Whether lines are read here.
  bool active() const { return open_.empty() || (open_.back().taken && open_.back().outer); }
  /// Whether `word`, without nasm's `%` but with a dot, is one of these; done then. The cursor
  /// stands behind it.
  bool line(std::string_view word, Span where, Cursor& cursor);
  std::size_t depth() const { return open_.size(); }
  /// Reports those that are open beyond a depth, and closes them.
  void close(std::size_t depth);
  /// Those of a text that uses this one cannot be ended in it.
  std::size_t enter();
  void leave(std::size_t floor);

 private:
  struct Condition {
    Span where;
    bool taken = false;  ///< the part that is being read
    bool any = false;    ///< some part has been taken
    bool outer = true;   ///< what surrounds it is taken
    bool in_else = false;
  };

  bool evaluate(std::string_view word, Cursor& cursor);
  bool is_arch(Cursor& cursor);
  bool is_defined(std::string_view word, Cursor& cursor);
  bool is_same(std::string_view word, Cursor& cursor);

  Program& program_;
  std::function<bool(std::string_view)> known_;
  std::function<const Target&(Span)> target_;
  Reporter& reporter_;
  std::vector<Condition> open_;
  std::size_t floor_ = 0;
};

}  // namespace cmos::assembler
