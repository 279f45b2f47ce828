// Paths of the `Cmos:\` namespace (abi 5): from a guest's bytes to a list of plain names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vfs/error.h"

namespace cmos::vfs {

inline constexpr std::size_t kMaxComponent = 255;  ///< bytes of UTF-8

/// Whether `text` can be one name in a path: 1–255 bytes of UTF-8 without `\`, `/`, `:` and control
/// characters (U+0000–001F, U+007F–009F), and not `.` or `..`. The rule for backup names too
/// (abi 1.4).
bool valid_component(std::string_view text);

/// A normalised absolute path: no `.`, no `..`, no empty names. Names are joined by '/', which no
/// name can contain, so that any tail of it is at once a host path relative to the folder that
/// stands for its head.
class Path {
 public:
  /// The top, `Cmos:\`.
  Path() = default;

  /// abi 5: separator `\`, `Cmos:` in any case, else below `Cmos:\data\`; `.` and `..` lexically,
  /// `..` at the top stays there; repeated and trailing separators count as one. kInvalid for an
  /// empty path and for a bad component, also one that a later `..` removes. `Cmos:` must be
  /// followed by `\` or by nothing.
  static VfsResult<Path> parse(std::string_view text);
  /// From names that are valid components.
  static Path of(std::string_view joined) { return Path(std::string(joined)); }

  bool is_top() const { return joined_.empty(); }
  /// "data/notes/a.txt"; empty at the top.
  const std::string& joined() const { return joined_; }
  /// "data"; empty at the top.
  std::string_view first() const;
  /// What follows the first `count` names: "a.txt".
  std::string_view after(std::size_t count) const;
  /// How many names there are.
  std::size_t depth() const;
  std::vector<std::string_view> components() const;
  /// Whether `this` is `ancestor` or lies below it.
  bool is_within(std::string_view ancestor_joined) const;
  /// For people: `Cmos:\data\a.txt`.
  std::string text() const;

  friend bool operator==(const Path&, const Path&) = default;

 private:
  explicit Path(std::string joined) : joined_(std::move(joined)) {}
  std::string joined_;
};

/// Splits a joined relative path at its last name: "a/b/c" → {"a/b", "c"}, "c" → {"", "c"}.
struct ParentAndName {
  std::string_view parent;
  std::string_view name;
};
ParentAndName split_last(std::string_view joined);
/// "a" + "b" → "a/b"; an empty head or tail vanishes.
std::string join(std::string_view head, std::string_view tail);

/// The program name that a host file gets (abi 5): its file name without `.cpe` or `.cxe`,
/// characters that a path cannot carry replaced by `_`, cut to 255 bytes; "program" when nothing is
/// left.
std::string program_name_for(std::string_view host_path);

}  // namespace cmos::vfs
