#include "sandbox/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace cmos::sandbox {
namespace {

// What older headers do not know: numbers of rights, and what a ruleset says beside files.
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // from ABI 4 on: TCP's bind and connect
  std::uint64_t scopes = 0;   // from ABI 6 on: abstract sockets and signals of others
};
constexpr std::uint64_t kNetwork = 3;
constexpr std::uint64_t kScopes = 3;
constexpr std::uint64_t kTruncate = 1ull << 14;     // from ABI 3 on
constexpr std::uint64_t kDeviceIoctl = 1ull << 15;  // from ABI 5 on

/// Before this one a file could not be renamed from one folder to another, which every atomic
/// replacement does.
constexpr long kNeededAbi = 2;

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kChangeFile = kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr std::uint64_t kChange = kRead | kChangeFile | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER;
/// All that can be refused; what no place grants is refused everywhere.
constexpr std::uint64_t kEverything = kChange | LANDLOCK_ACCESS_FS_EXECUTE |
                                      LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                      LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                      LANDLOCK_ACCESS_FS_MAKE_SYM | kDeviceIoctl;

std::uint64_t known_rights(long abi) {
  std::uint64_t rights = kEverything;
  if (abi < 3) rights &= ~kTruncate;
  if (abi < 5) rights &= ~kDeviceIoctl;
  return rights;
}

/// 0, or errno.
int allow(int ruleset, const Place& place, std::uint64_t known) {
  const int at = ::open(place.path.c_str(), O_PATH | O_CLOEXEC);
  if (at < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : errno;
  struct stat info {};
  const bool folder = ::fstat(at, &info) == 0 && S_ISDIR(info.st_mode);
  std::uint64_t rights = place.access == Place::Access::kChange ? kChange : kRead;
  if (!folder) rights &= kChangeFile;
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = rights & known;
  beneath.parent_fd = at;
  const long done =
      ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  const int refused = done == 0 ? 0 : errno;
  ::close(at);
  return refused;
}

}  // namespace

std::string restrict_files(const Policy& policy) {
  const std::string name = "Landlock";
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 0) return name + ": " + std::strerror(errno);
  if (abi < kNeededAbi) return name + ": the host's version is too old";
  Ruleset attributes{.files = known_rights(abi)};
  // seccomp has all of it too, where the host has seccomp.
  if (abi >= 4) attributes.network = kNetwork;
  if (abi >= 6) attributes.scopes = kScopes;
  const auto ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (ruleset < 0) return name + ": " + std::strerror(errno);
  int refused = 0;
  for (const Place& place : policy.places) {
    if (refused == 0) refused = allow(ruleset, place, attributes.files);
  }
  if (refused == 0 && ::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) refused = errno;
  ::close(ruleset);
  return refused == 0 ? std::string() : name + ": " + std::strerror(refused);
}

}  // namespace cmos::sandbox
