// From lines to statements: includes are read, conditionals decided, the lines of a SWITCH joined
// (docs/coil.md 4.2).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coil/assembler.h"
#include "coil/syntax.h"

namespace cmos::casm {

class SourceReader {
 public:
  SourceReader(const Options& options, source::Sources& sources, source::Reporter& reporter);

  std::vector<Statement> read(std::string_view file, std::string text);

 private:
  /// One IF that is open.
  struct Conditional {
    Span where;
    bool taken = false;   ///< one of its branches was
    bool active = false;  ///< this branch is
    bool outer = false;   ///< what stands around it is read
    bool has_else = false;
  };

  void file(std::uint32_t index, unsigned depth);
  void statement(Statement statement, unsigned depth);
  void include(const Statement& statement, unsigned depth);
  void conditional(const Statement& statement);
  bool holds(const Statement& statement);
  std::uint64_t value_of(const Argument& argument);
  void follow(const Statement& statement);
  bool continue_switch(Statement& statement);
  bool active() const { return conditionals_.empty() || conditionals_.back().active; }
  void error(Span where, std::string message, std::uint32_t code);

  const Options& options_;
  source::Sources& sources_;
  source::Reporter& reporter_;
  std::map<std::string, std::uint64_t, std::less<>> values_;
  coil::Triple target_;
  std::vector<Conditional> conditionals_;
  std::vector<Statement> out_;
  std::uint64_t open_cases_ = 0;  ///< lines that the SWITCH at the end of out_ still lacks
  bool needs_default_ = false;
};

}  // namespace cmos::casm
