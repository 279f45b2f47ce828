// How the inspecting tools go through what they are given: every file, every member of an archive,
// on to the next one after an error.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "inspect/format.h"
#include "inspect/text.h"

namespace cmos::inspect {

/// Standard output in large pieces, and messages that come after what was printed before them.
class Output {
 public:
  Output();
  inspect::Text& text() { return text_; }
  /// `TOOL: ERROR` on stderr; the status becomes 1.
  void complain(const Error& error);
  /// The exit status: 0, or 1 after a complaint or when standard output cannot be written.
  int finish();

 private:
  bool failed_ = false;
  bool broken_ = false;
  inspect::Text text_;
};

struct Visitor {
  /// Before the members of an archive; may be empty.
  std::function<void(const inspect::Input&)> archive;
  std::function<void(const inspect::Part&, const inspect::Description&)> image;
};
void visit(const std::vector<std::string>& files, const Visitor& visitor, Output& output);

}  // namespace cmos::inspect
