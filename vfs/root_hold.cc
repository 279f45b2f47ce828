#include "vfs/root_hold.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cmos::vfs {
namespace {

/// Makes `path` and what leads to it; what was made is added to `made`.
bool make_with_parents(const std::string& path, std::vector<std::string>& made) {
  if (::mkdir(path.c_str(), 0777) == 0) {
    made.push_back(path);
    return true;
  }
  if (errno == EEXIST) return true;
  const auto slash = path.find_last_of('/');
  if (errno != ENOENT || slash == std::string::npos || slash == 0) return false;
  if (!make_with_parents(path.substr(0, slash), made)) return false;
  if (::mkdir(path.c_str(), 0777) != 0) return errno == EEXIST;
  made.push_back(path);
  return true;
}

}  // namespace

/// False when it is to be tried again: another run has removed the folder meanwhile.
bool RootHold::open(const std::string& root) {
  fd_ = UniqueFd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd_) return errno != ENOENT || !make_with_parents(root, made_);
  struct stat info {};
  // Who removes the folder holds it alone; what cannot be locked is not removed by anybody.
  ::flock(fd_.get(), LOCK_SH);
  return ::fstat(fd_.get(), &info) != 0 || info.st_nlink > 0;
}

RootHold::RootHold(const std::string& root) {
  constexpr int kAttempts = 16;
  for (int attempt = 0; attempt < kAttempts && !open(root); ++attempt) {
  }
}

RootHold::~RootHold() {
  if (made_.empty() || !fd_ || ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) return;
  while (!made_.empty() && ::rmdir(made_.back().c_str()) == 0) made_.pop_back();
}

}  // namespace cmos::vfs
