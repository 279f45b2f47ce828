// What a run may add to the disk: `--max-files`, `--max-disk`. Net growth counts: what it removes
// or cuts off gives room again once the host has it back, which for a file is when its last name
// and its last handle are gone; what was there before does not count. An overlay's copies count as
// bytes, not as files. Sizes are as `stat` shows them, so that holes count too.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "vfs/host_folder.h"

namespace cmos::vfs {

/// Safe to use from several threads.
class Quota {
 public:
  /// Files and folders; bytes. Nothing = unlimited.
  Quota(std::optional<std::uint64_t> max_files, std::optional<std::uint64_t> max_bytes)
      : max_files_(max_files), max_bytes_(max_bytes) {}

  bool counts_files() const { return max_files_.has_value(); }
  bool counts_bytes() const { return max_bytes_.has_value(); }
  bool counts() const { return counts_files() || counts_bytes(); }

  /// False when there is no room; then nothing is taken.
  bool take_file();
  void give_file();
  bool take_bytes(std::uint64_t count);
  void give_bytes(std::uint64_t count);

  /// An open file, which keeps its bytes charged. Must go before its descriptor is closed.
  class Held {
   public:
    Held() = default;
    Held(Held&& other) noexcept;
    Held& operator=(Held&&) = delete;
    ~Held();

   private:
    friend class Quota;
    Held(Quota& quota, int fd, FileId id) : quota_(&quota), fd_(fd), id_(id) {}
    Quota* quota_ = nullptr;
    int fd_ = -1;
    FileId id_ = {};
  };
  /// `fd` is of a regular file and outlives the answer.
  Held hold(int fd);

  /// A name of `gone` (as it was before) is no more: its room is given back, at once or when its
  /// last handle is closed. A file that has other names on the host gives none. `as_file` says
  /// whether it counted as one.
  void lost_name(const NodeInfo& gone, bool as_file);

  /// What a whole new content for a file needs, to be taken before and settled after.
  struct Replacement {
    enum class Missing : std::uint8_t { kNothing, kFiles, kBytes };
    Missing missing = Missing::kNothing;  ///< else there is no room, and nothing was taken
    std::uint64_t size = 0;               ///< of the new content
    std::uint64_t growth = 0;
    bool new_file = false;
    bool old_is_held = false;  ///< it stays on the disk, beside the new one
    std::optional<NodeInfo> old = {};
  };
  /// `old` is the file that loses its name, where there is one; `new_file` says whether the name is
  /// new to the program.
  Replacement take_replacement(std::optional<NodeInfo> old, bool new_file, std::uint64_t size);
  void settle(const Replacement& replacement, bool in_place);

  /// Held while a file's size is asked and then changed, so that two handles cannot count the same
  /// growth twice; and while a file is opened or loses its name.
  std::unique_lock<std::mutex> hold_sizes() { return std::unique_lock(sizes_); }

 private:
  struct OpenFile {
    std::uint64_t handles = 0;
    bool nameless = false;
    bool as_file = false;  ///< of a nameless one
  };
  void closed(FileId id, std::uint64_t size);

  std::optional<std::uint64_t> max_files_;
  std::optional<std::uint64_t> max_bytes_;
  std::mutex counters_;
  std::mutex sizes_;
  std::int64_t files_ = 0;
  std::int64_t bytes_ = 0;
  std::map<FileId, OpenFile> open_;
};

}  // namespace cmos::vfs
