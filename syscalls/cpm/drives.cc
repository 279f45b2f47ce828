#include "syscalls/cpm/drives.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/text.h"

namespace cmos::cpm {
namespace {

DriveError error_of(int number) {
  switch (number) {
    case ENOENT:
      return DriveError::kNotFound;
    case EROFS:
    case EACCES:
    case EPERM:
      return DriveError::kReadOnly;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return DriveError::kNoSpace;
    default:
      return DriveError::kHost;
  }
}

/// The host files of a folder, by name; of several that mean one the one in upper case.
template <typename Function>
void each_file(int folder, Function function) {
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return;
  DIR* const stream = ::fdopendir(copy);
  if (stream == nullptr) {
    ::close(copy);
    return;
  }
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    const auto known = name_of_host(name);
    if (!known) continue;
    struct stat info {};
    if (::fstatat(folder, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode))
      function(*known, name);
  }
  ::closedir(stream);
}

/// Whether the host has something by this name, also what CP/M does not see: a link, a folder.
bool taken(int folder, const FileName& name) {
  struct stat info {};
  return ::fstatat(folder, name.shown().c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

struct Drives::Folder {
  int descriptor = -1;
  bool read_only = false;
  ~Folder() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

Result<std::pair<unsigned, DriveMount>> parse_drive(std::string_view text) {
  const bool letter =
      text.size() > 3 && ((text[0] >= 'A' && text[0] <= 'P') || (text[0] >= 'a' && text[0] <= 'p'));
  if (!letter || text.substr(1, 2) != ":=")
    return fail(ErrorCode::kUsage, fmt::format("--mount {}: 'A:=DIR[:ro]' is expected with "
                                               "--os=cpm, A to P",
                                               quote(as_bytes(text), 128)));
  DriveMount out;
  std::string_view folder = text.substr(3);
  if (folder.ends_with(":ro")) {
    out.read_only = true;
    folder.remove_suffix(3);
  }
  out.folder = folder;
  return std::pair{static_cast<unsigned>((text[0] | 0x20) - 'a'), out};
}

Drives::Drives() = default;

Drives::~Drives() {
  for (const auto& [place, file] : open_) ::close(file.descriptor);
}

Result<void> Drives::mount(unsigned drive, const DriveMount& mount) {
  auto folder = std::make_unique<Folder>();
  folder->read_only = mount.read_only;
  folder->descriptor = ::open(mount.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder->descriptor < 0)
    return fail(Error{.code = ErrorCode::kHostIo,
                      .file = mount.folder,
                      .message = fmt::format("drive {}: {}", static_cast<char>('A' + drive),
                                             std::strerror(errno))});
  drives_[drive] = std::move(folder);
  return {};
}

bool Drives::mounted(unsigned drive) const {
  return drive < kDrives && drives_[drive] != nullptr;
}

std::uint16_t Drives::mounted_bits() const {
  unsigned out = 0;
  for (unsigned i = 0; i < kDrives; ++i) out |= drives_[i] != nullptr ? 1U << i : 0U;
  return static_cast<std::uint16_t>(out);
}

std::uint16_t Drives::read_only_bits() const {
  unsigned out = 0;
  for (unsigned i = 0; i < kDrives; ++i)
    out |= drives_[i] != nullptr && drives_[i]->read_only ? 1U << i : 0U;
  return static_cast<std::uint16_t>(out);
}

int Drives::open_user(unsigned drive, unsigned user, bool make) {
  if (!mounted(drive)) return -1;
  const int folder = drives_[drive]->descriptor;
  const std::string name = user == 0 ? "." : std::to_string(user);
  if (make && user != 0) (void)::mkdirat(folder, name.c_str(), 0777);
  return ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

std::optional<std::string> Drives::host_name(int folder, const FileName& name) const {
  // An FCB may hold any bytes: what is no name, "../X" too, names nothing of the host's.
  if (name_of_host(name.shown()) != name) return std::nullopt;
  // As this writes it, or in whatever case the host has it.
  std::optional<std::string> out;
  struct stat info {};
  const std::string usual = name.shown();
  if (::fstatat(folder, usual.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
    return S_ISREG(info.st_mode) ? std::optional(usual) : std::nullopt;
  each_file(folder, [&](const FileName& known, std::string_view host) {
    if (known == name && (!out || host < *out)) out = host;
  });
  return out;
}

std::vector<FileName> Drives::list(unsigned drive, unsigned user, const FileName& pattern) {
  std::set<FileName> out;
  const int folder = open_user(drive, user, false);
  if (folder < 0) return {};
  each_file(folder, [&](const FileName& known, std::string_view) {
    if (pattern.fits(known)) out.insert(known);
  });
  ::close(folder);
  return {out.begin(), out.end()};
}

DriveError Drives::make(const FilePlace& place) {
  // Only what reads back by its name may be made.
  if (name_of_host(place.name.shown()) != place.name) return DriveError::kHost;
  if (mounted(place.drive) && drives_[place.drive]->read_only) return DriveError::kReadOnly;
  const int folder = open_user(place.drive, place.user, true);
  if (folder < 0) return DriveError::kHost;
  DriveError error = DriveError::kNone;
  if (host_name(folder, place.name)) {
    error = DriveError::kHost;
  } else {
    const int descriptor = ::openat(folder, place.name.shown().c_str(),
                                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0)
      error = error_of(errno);
    else
      keep(place, {descriptor, true});
  }
  ::close(folder);
  return error;
}

DriveError Drives::remove(const FilePlace& place) {
  if (mounted(place.drive) && drives_[place.drive]->read_only) return DriveError::kReadOnly;
  const int folder = open_user(place.drive, place.user, false);
  if (folder < 0) return DriveError::kNotFound;
  const auto name = host_name(folder, place.name);
  DriveError error = DriveError::kNotFound;
  if (name) error = ::unlinkat(folder, name->c_str(), 0) == 0 ? DriveError::kNone : error_of(errno);
  ::close(folder);
  close(place);
  return error;
}

DriveError Drives::rename(const FilePlace& place, const FileName& to) {
  if (mounted(place.drive) && drives_[place.drive]->read_only) return DriveError::kReadOnly;
  if (name_of_host(to.shown()) != to) return DriveError::kHost;
  const int folder = open_user(place.drive, place.user, false);
  if (folder < 0) return DriveError::kNotFound;
  const auto name = host_name(folder, place.name);
  DriveError error = DriveError::kNotFound;
  if (name && to == place.name)
    error = DriveError::kNone;
  else if (name && (host_name(folder, to) || taken(folder, to)))
    error = DriveError::kHost;
  else if (name)
    error = ::renameat(folder, name->c_str(), folder, to.shown().c_str()) == 0 ? DriveError::kNone
                                                                               : error_of(errno);
  ::close(folder);
  close(place);
  return error;
}

Drives::OpenFile* Drives::open(const FilePlace& place, bool writable, DriveError& error) {
  error = DriveError::kNone;
  const auto known = open_.find(place);
  if (known != open_.end() && (known->second.writable || !writable)) return &known->second;
  if (writable && mounted(place.drive) && drives_[place.drive]->read_only) {
    error = DriveError::kReadOnly;
    return nullptr;
  }
  const int folder = open_user(place.drive, place.user, false);
  const auto name = folder < 0 ? std::nullopt : host_name(folder, place.name);
  if (!name) {
    if (folder >= 0) ::close(folder);
    error = DriveError::kNotFound;
    return nullptr;
  }
  const int flags = (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const int descriptor = ::openat(folder, name->c_str(), flags);
  const int number = errno;
  ::close(folder);
  if (descriptor < 0) {
    error = error_of(number);
    return nullptr;
  }
  return &keep(place, {descriptor, writable});
}

Drives::OpenFile& Drives::keep(const FilePlace& place, const OpenFile& file) {
  close(place);
  // A program that never closes must not use up the host's descriptors.
  constexpr std::size_t kMostOpen = 64;
  if (open_.size() >= kMostOpen) close(open_.begin()->first);
  return open_[place] = file;
}

std::optional<std::uint64_t> Drives::size(const FilePlace& place) {
  DriveError error = DriveError::kNone;
  const OpenFile* file = open(place, false, error);
  struct stat info {};
  if (file == nullptr || ::fstat(file->descriptor, &info) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(info.st_size);
}

std::optional<std::size_t> Drives::read(const FilePlace& place, std::uint64_t at,
                                        std::span<std::uint8_t> out) {
  DriveError error = DriveError::kNone;
  const OpenFile* file = open(place, false, error);
  if (file == nullptr) return std::nullopt;
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(file->descriptor, out.data() + done, out.size() - done,
                                static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

DriveError Drives::write(const FilePlace& place, std::uint64_t at, Bytes data) {
  DriveError error = DriveError::kNone;
  const OpenFile* file = open(place, true, error);
  if (file == nullptr) return error;
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t wrote = ::pwrite(file->descriptor, data.data() + done, data.size() - done,
                                   static_cast<off_t>(at + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return error_of(errno);
    done += static_cast<std::size_t>(wrote);
  }
  return DriveError::kNone;
}

bool Drives::close(const FilePlace& place) {
  const auto known = open_.find(place);
  if (known == open_.end()) return false;
  ::close(known->second.descriptor);
  open_.erase(known);
  return true;
}

}  // namespace cmos::cpm
