#include "base/host_file.h"

#include "base/host_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/interrupted.h"

namespace cmos {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

tl::unexpected<Error> host_error(ErrorCode code, const std::string& path, int number) {
  return fail(Error{.code = code, .file = path, .message = std::strerror(number)});
}

tl::unexpected<Error> write_error(const std::string& path, int number) {
  return fail(Error{.code = ErrorCode::kHostIo,
                    .file = path,
                    .message = std::string("cannot be written: ") + std::strerror(number)});
}

ErrorCode open_failure(int number) {
  return number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kUnreadable;
}

}  // namespace

Result<std::vector<std::uint8_t>> read_host_file(const std::string& path, std::uint64_t max_size) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return host_error(open_failure(errno), path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return host_error(ErrorCode::kHostIo, path, errno);
  if (S_ISDIR(info.st_mode)) return host_error(ErrorCode::kUnreadable, path, EISDIR);
  std::vector<std::uint8_t> data;
  // The size is a hint only: pipes report 0 and files may grow meanwhile.
  const auto hint = static_cast<std::uint64_t>(info.st_size < 0 ? 0 : info.st_size);
  if (hint > max_size) return host_error(ErrorCode::kLimit, path, EFBIG);
  data.resize(hint + 1);
  std::size_t used = 0;
  for (;;) {
    if (used == data.size()) data.resize(data.size() * 2);
    const ssize_t got = ::read(file.get(), data.data() + used, data.size() - used);
    if (got < 0 && interrupted_call_goes_on(errno)) continue;
    if (got < 0) return host_error(ErrorCode::kHostIo, path, errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > max_size) return host_error(ErrorCode::kLimit, path, EFBIG);
  }
  data.resize(used);
  return data;
}

namespace {

/// 0, or the errno of what the host refused.
int write_all(int fd, Bytes data) {
  for (std::size_t done = 0; done < data.size();) {
    const ssize_t put = ::write(fd, data.data() + done, data.size() - done);
    if (put < 0 && interrupted_call_goes_on(errno)) continue;
    if (put < 0) return errno;
    done += static_cast<std::size_t>(put);
  }
  return 0;
}

/// A device, a pipe or a link keeps its place: renaming over /dev/null would replace it.
bool must_stay(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

Result<void> write_in_place(const std::string& path, Bytes data, FileMode mode) {
  Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode)));
  if (file.get() < 0) return write_error(path, errno);
  if (const int refused = write_all(file.get(), data); refused != 0)
    return write_error(path, refused);
  if (::close(file.release()) != 0) return write_error(path, errno);
  return {};
}

/// A file that was written beside the one that it is to replace; removed unless it did.
class AsideFile {
 public:
  static Result<AsideFile> write(const std::string& path, Bytes data, FileMode mode) {
    AsideFile out(path);
    Descriptor file(::mkostemp(out.aside_.data(), O_CLOEXEC));
    if (file.get() < 0) return write_error(path, errno);
    out.exists_ = true;
    if (const int refused = write_all(file.get(), data); refused != 0)
      return write_error(path, refused);
    // mkostemp makes a private file; an ordinary output file follows the user's umask.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file.get(), static_cast<mode_t>(mode) & ~mask) != 0)
      return write_error(path, errno);
    if (::close(file.release()) != 0) return write_error(path, errno);
    return out;
  }
  AsideFile(AsideFile&& other) noexcept
      : path_(std::move(other.path_)),
        aside_(std::move(other.aside_)),
        exists_(std::exchange(other.exists_, false)) {}
  AsideFile& operator=(AsideFile&&) = delete;
  ~AsideFile() {
    if (exists_) ::unlink(aside_.c_str());
  }

  Result<void> replace() {
    if (::rename(aside_.c_str(), path_.c_str()) != 0) return write_error(path_, errno);
    exists_ = false;
    return {};
  }

 private:
  explicit AsideFile(const std::string& path) : path_(path), aside_(path + ".XXXXXX") {}

  std::string path_;
  std::string aside_;
  bool exists_ = false;
};

}  // namespace

Result<void> write_host_file(const std::string& path, Bytes data, FileMode mode) {
  if (must_stay(path)) return write_in_place(path, data, mode);
  CMOS_TRY(AsideFile file, AsideFile::write(path, data, mode));
  return file.replace();
}

Result<void> write_host_files(std::span<const HostFile> files) {
  std::vector<AsideFile> aside;
  for (const HostFile& one : files) {
    if (must_stay(one.path)) continue;
    CMOS_TRY(AsideFile file, AsideFile::write(one.path, one.data, FileMode::kData));
    aside.push_back(std::move(file));
  }
  for (const HostFile& one : files) {
    if (must_stay(one.path)) CMOS_TRY_VOID(write_in_place(one.path, one.data, FileMode::kData));
  }
  for (AsideFile& one : aside) {
    CMOS_TRY_VOID(one.replace());
  }
  return {};
}

Result<void> check_can_write(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return write_error(path, EISDIR);
  if (must_stay(path)) {
    // A link that leads to nothing yet is no error.
    if (::access(path.c_str(), W_OK) != 0 && errno != ENOENT) return write_error(path, errno);
    return {};
  }
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1) + ".";
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return write_error(path, errno);
  return {};
}

bool is_plain_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace cmos
