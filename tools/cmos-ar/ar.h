// What cmos-ar was asked for, and the members it works on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "formats/registry/registry.h"
#include "tools/inspect/inputs.h"

namespace cmos::ar {

/// d, m, p, q, r, t, x, or s when it stands alone.
enum class Operation : std::uint8_t {
  kDelete,
  kMove,
  kPrint,
  kAppend,
  kReplace,
  kList,
  kExtract,
  kIndex,
  kScript
};

/// What a script (-M) does to an archive.
struct Step {
  enum class Kind : std::uint8_t { kFile, kReplace, kDelete, kLibrary } kind = Kind::kFile;
  std::string name;                  ///< of the file, member or archive
  std::vector<std::string> members;  ///< kLibrary: those of it; empty = all
};

struct Command {
  Operation operation = Operation::kList;
  bool quiet_create = false;    ///< c
  bool with_index = true;       ///< not S
  bool verbose = false;         ///< v
  bool update = false;          ///< u
  bool original_dates = false;  ///< o
  bool deterministic = true;    ///< D, not U
  bool before = false;          ///< b or i
  std::string position;         ///< of a, b, i: the member's name; empty = the end
  bool json = false;
  std::string output_folder;  ///< of extracted files; empty = the current one
  std::string archive;
  std::vector<std::string> names;  ///< of files or members
  std::vector<Step> steps;         ///< kScript
  bool from_nothing = false;       ///< kScript: what the archive holds is dropped
};

/// What the letters ask for ("rcs"); kUsage with what is wrong.
Result<Command> parse_letters(const std::string& letters);
/// Whether a, b or i is among them: the first word after the letters is a member's name then.
bool wants_position(const std::string& letters);

/// The members of an archive that is being made: views into the old one's bytes, or read files.
struct Entry {
  std::string name;
  Bytes bytes;
  std::vector<std::uint8_t> owned;
  std::uint64_t modified = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0644;
};

/// r, q, d, m, s. The old archive stays whole unless all succeeds.
Result<void> modify(const Command& command, inspect::Output& output);
/// The commands that standard input holds (-M).
Result<void> run_script(inspect::Output& output);
/// t, p, x.
Result<void> read(const Command& command, inspect::Output& output);

}  // namespace cmos::ar
