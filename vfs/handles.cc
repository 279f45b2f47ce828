#include "vfs/handles.h"

#include <algorithm>

namespace cmos::vfs {

VfsResult<std::uint64_t> Handles::open(std::string_view path, std::uint32_t flags) {
  CMOS_VFS_TRY(const Path parsed, Path::parse(path));
  if (!valid_open_flags(flags)) return refuse(VfsError::kInvalid);
  if (open_ >= limit_) return refuse(VfsError::kTooMany);
  CMOS_VFS_TRY(auto file, names_.open(parsed, flags));
  const auto free = std::find(files_.begin(), files_.end(), nullptr);
  const auto index = static_cast<std::uint64_t>(free - files_.begin());
  if (free == files_.end()) {
    files_.push_back(std::move(file));
  } else {
    *free = std::move(file);
  }
  ++open_;
  return kFirst + index;
}

VfsResult<void> Handles::close(std::uint64_t handle) {
  CMOS_VFS_TRY([[maybe_unused]] File* const file, get(handle));
  files_[handle - kFirst].reset();
  --open_;
  return {};
}

VfsResult<File*> Handles::get(std::uint64_t handle) const {
  if (handle < kFirst || handle - kFirst >= files_.size()) return refuse(VfsError::kBadHandle);
  File* const file = files_[handle - kFirst].get();
  if (file == nullptr) return refuse(VfsError::kBadHandle);
  return file;
}

void Handles::close_all() {
  files_.clear();
  open_ = 0;
}

}  // namespace cmos::vfs
