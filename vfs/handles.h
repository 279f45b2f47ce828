// A process's open files (abi 3): small numbers from 3, the lowest free one first.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "vfs/namespace.h"

namespace cmos::vfs {

class Handles {
 public:
  static constexpr std::uint64_t kFirst = 3;
  static constexpr std::size_t kDefaultLimit = 256;

  /// `names` must outlive it.
  explicit Handles(Namespace& names, std::size_t limit = kDefaultLimit)
      : names_(names), limit_(limit) {}

  /// kTooMany when `limit` handles are open; checked before anything is created.
  VfsResult<std::uint64_t> open(std::string_view path, std::uint32_t flags);
  VfsResult<void> close(std::uint64_t handle);
  /// The open file, for read, write, seek and list. kBadHandle.
  VfsResult<File*> get(std::uint64_t handle) const;

  std::size_t open_count() const { return open_; }
  void close_all();

 private:
  Namespace& names_;
  std::size_t limit_;
  std::size_t open_ = 0;
  std::vector<std::unique_ptr<File>> files_;  ///< handle - kFirst; null = free
};

}  // namespace cmos::vfs
