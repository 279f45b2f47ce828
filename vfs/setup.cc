#include "vfs/setup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>  // mkdtemp
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "vfs/host_folder.h"

namespace cmos::vfs {
namespace {

constexpr std::string_view kScratchPrefix = "cmos-overlay-";

tl::unexpected<Error> bad_mount(std::string_view text, std::string message) {
  return fail(Error{.code = ErrorCode::kUsage,
                    .field = "--mount",
                    .found = std::string(text),
                    .expected = "Cmos:\\NAME=DIR or Cmos:\\NAME=DIR:ro",
                    .message = std::move(message)});
}

/// Whether this process now holds the folder's lock; so nobody else uses it.
bool lock_folder(int fd) {
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
}

void remove_abandoned(const std::string& inside) {
  DIR* stream = ::opendir(inside.c_str());
  if (stream == nullptr) return;
  const HostFolder folder(inside);
  while (const dirent* entry = ::readdir(stream)) {  // NOLINT(concurrency-mt-unsafe): own stream
    const std::string_view name = entry->d_name;
    if (!name.starts_with(kScratchPrefix)) continue;
    const UniqueFd fd(
        ::openat(::dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0 || info.st_uid != ::geteuid()) continue;
    if (lock_folder(fd.get())) [[maybe_unused]]
      const auto removed = folder.remove_tree(name);
  }
  ::closedir(stream);
}

}  // namespace

Result<Mount> parse_mount(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return bad_mount(text, "no '='");
  const std::string_view name = text.substr(0, equals);
  // Mounts are named from the top; only a path inside a program starts at the data branch.
  const bool absolute = name.size() >= 5 && name[4] == ':';
  const auto at =
      Path::parse(absolute || name.empty() ? std::string(name) : "Cmos:\\" + std::string(name));
  if (!at) return bad_mount(text, "not a path of the namespace");
  if (at->is_top() || at->is_within("sys_apps")) {
    return bad_mount(text, at->text() + " belongs to the root and cannot be a mount");
  }
  Mount out{.at = *at, .host_path = std::string(text.substr(equals + 1))};
  if (out.host_path.ends_with(":ro")) {
    out.read_only = true;
    out.host_path.resize(out.host_path.size() - 3);
  }
  if (out.host_path.empty()) return bad_mount(text, "no host folder");
  return out;
}

Result<std::string> choose_root(const std::optional<std::string>& option,
                                const std::function<const char*(const char*)>& environment) {
  if (option) {
    if (option->empty())
      return fail(Error{.code = ErrorCode::kUsage, .field = "--root", .message = "is empty"});
    return *option;
  }
  const auto value = [&](const char* name) {
    const char* found = environment(name);
    return std::string(found == nullptr ? "" : found);
  };
  if (auto root = value("CMOS_ROOT"); !root.empty()) return root;
  if (const auto data = value("XDG_DATA_HOME"); data.starts_with('/')) return data + "/calamos";
  if (const auto home = value("HOME"); !home.empty()) return home + "/.local/share/calamos";
  return fail(ErrorCode::kUsage,
              "no root folder: give --root DIR, or set CMOS_ROOT, XDG_DATA_HOME or HOME");
}

std::string scratch_location(const std::function<const char*(const char*)>& environment) {
  const char* chosen = environment("TMPDIR");
  return chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
}

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::create(const std::string& inside) {
  remove_abandoned(inside);
  constexpr int kAttempts = 16;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = inside + "/" + std::string(kScratchPrefix) + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) break;
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat info {};
    // Another run may have taken it for an abandoned one before the lock was held.
    if (fd && lock_folder(fd.get()) && ::fstat(fd.get(), &info) == 0 && info.st_nlink > 0) {
      return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(path), std::move(fd)));
    }
  }
  return fail(Error{
      .code = ErrorCode::kHostIo,
      .file = inside,
      .message = std::string("cannot make a folder for the overlay: ") + std::strerror(errno)});
}

ScratchFolder::~ScratchFolder() {
  const auto slash = path_.rfind('/');
  const HostFolder folder(path_.substr(0, slash));
  [[maybe_unused]] const auto removed = folder.remove_tree(path_.substr(slash + 1));
}

}  // namespace cmos::vfs
