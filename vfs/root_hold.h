// The root folder while a run is confined to it. A process that may open files below the root alone
// cannot make the root: it is there before, and gone again when nothing was put into it.
#pragma once

#include <string>
#include <vector>

#include "vfs/unique_fd.h"

namespace cmos::vfs {

class RootHold {
 public:
  /// Makes the folder, and those on the way to it, when it is not there. A folder that cannot be
  /// made or opened is not held: whoever uses it is told then.
  explicit RootHold(const std::string& root);
  RootHold(const RootHold&) = delete;
  RootHold& operator=(const RootHold&) = delete;
  /// Removes what was made here, as far as it is empty and no other run holds it.
  ~RootHold();

 private:
  bool open(const std::string& root);

  UniqueFd fd_;                    ///< with a shared lock
  std::vector<std::string> made_;  ///< the outermost first
};

}  // namespace cmos::vfs
