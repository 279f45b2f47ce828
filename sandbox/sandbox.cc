#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sandbox/call_filter.h"
#include "sandbox/landlock.h"

namespace cmos::sandbox {
namespace {

// A sanitizer reads /proc, starts a process to explain what it has found and a thread with ptrace
// to find leaks: with all that allowed a sandbox would be none.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

/// Descriptors lie close together: the search ends at a gap.
void close_inherited() {
  constexpr int kGap = 16;
  for (int fd = STDERR_FILENO + 1, missing = 0; missing < kGap; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    missing = flags < 0 ? missing + 1 : 0;
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) ::close(fd);
  }
}

}  // namespace

Confinement confine(const Policy& policy) {
  if (kSanitized) return {.missing = "a build with sanitizers has no sandbox"};
  close_inherited();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return {.missing = std::string("no_new_privs: ") + std::strerror(errno)};
  const std::string files = restrict_files(policy);
  const std::string calls = restrict_calls(policy.calls);
  const bool both = !files.empty() && !calls.empty();
  return {.files = files.empty(),
          .calls = calls.empty(),
          .missing = both ? files + "; " + calls : files + calls};
}

}  // namespace cmos::sandbox
