#include "linker/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/host_file.h"

namespace cmos::linker {
namespace {

/// A read-only mapping; empty when the file cannot be mapped.
class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat info {};
    if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
      const auto size = static_cast<std::size_t>(info.st_size);
      void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
      if (at != MAP_FAILED) {
        data_ = at;
        size_ = size;
      }
    }
    ::close(fd);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }
  Bytes bytes() const { return {static_cast<const std::uint8_t*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

void Files::map_prefix(std::string prefix, std::string shown) {
  prefixes_.emplace_back(std::move(prefix), std::move(shown));
}

std::string Files::shown(const std::string& path) const {
  const auto found = std::find_if(prefixes_.rbegin(), prefixes_.rend(),
                                  [&](const auto& one) { return path.starts_with(one.first); });
  if (found == prefixes_.rend()) return path;
  return found->second + path.substr(found->first.size());
}

Result<FileBytes> HostFiles::open(const std::string& path) {
  auto mapping = std::make_shared<Mapping>(path);
  if (!mapping->bytes().empty()) return FileBytes{mapping->bytes(), mapping};
  // Pipes and empty files, and every error with its reason.
  CMOS_TRY(std::vector<std::uint8_t> data, read_host_file(path));
  auto held = std::make_shared<const std::vector<std::uint8_t>>(std::move(data));
  return FileBytes{Bytes(*held), held};
}

bool HostFiles::exists(const std::string& path) const {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

std::string HostFiles::identity(const std::string& path) const {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return path;
  return fmt::format("{}:{}", info.st_dev, info.st_ino);
}

void MemoryFiles::add(std::string path, std::vector<std::uint8_t> bytes) {
  files_[std::move(path)] = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

Result<FileBytes> MemoryFiles::open(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end())
    return fail(
        Error{.code = ErrorCode::kNotFound, .file = path, .message = std::strerror(ENOENT)});
  return FileBytes{Bytes(*found->second), found->second};
}

bool MemoryFiles::exists(const std::string& path) const {
  return files_.contains(path);
}

}  // namespace cmos::linker
