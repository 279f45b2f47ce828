// cmos-run as it is, but that the emulator's process does what the environment's HOSTILE names just
// before the guest would run: as if a guest had broken out of the emulator. Linked into a test
// alone, in place of Process::run() (--wrap).
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

struct Attempt {
  std::string_view name;
  long (*act)(const char* target);  ///< -1 and errno when it was refused
};

const Attempt kAttempts[] = {
    {"read", [](const char* file) -> long { return ::open(file, O_RDONLY); }},
    {"write", [](const char* file) -> long { return ::open(file, O_WRONLY | O_APPEND); }},
    {"create", [](const char* file) -> long { return ::open(file, O_WRONLY | O_CREAT, 0600); }},
    {"list", [](const char*) -> long { return ::open("/", O_RDONLY | O_DIRECTORY); }},
    {"unlink", [](const char* file) -> long { return ::unlink(file); }},
    {"rename", [](const char* file) -> long { return ::rename(file, "/tmp/cmos-hostile"); }},
    {"symlink", [](const char* file) -> long { return ::symlink("/", file); }},
    {"chmod", [](const char* file) -> long { return ::chmod(file, 0); }},
    {"utime", [](const char* file) -> long { return ::utimensat(AT_FDCWD, file, nullptr, 0); }},
    {"truncate", [](const char* file) -> long { return ::truncate(file, 0); }},
    {"socket", [](const char*) -> long { return ::socket(AF_INET, SOCK_STREAM, 0); }},
    {"unix-socket", [](const char*) -> long { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"fork", [](const char*) -> long { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"execute",
     [](const char*) -> long {
       char name[] = "/bin/true";
       char* const arguments[] = {name, nullptr};
       return ::execve(name, arguments, nullptr);
     }},
    {"kill", [](const char*) -> long { return ::kill(::getppid(), SIGTERM); }},
    {"kill-group", [](const char*) -> long { return ::kill(0, SIGTERM); }},
    {"queue-signal", [](const char*) -> long { return ::sigqueue(::getppid(), SIGTERM, {}); }},
    {"trace",
     [](const char*) -> long { return ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr); }},
    {"type", [](const char*) -> long { return ::ioctl(0, TIOCSTI, "x"); }},
    {"own-signals", [](const char*) -> long { return ::fcntl(0, F_SETOWN, ::getppid()); }},
    {"limits",
     [](const char*) -> long {
       const rlimit none{};
       return ::setrlimit(RLIMIT_CORE, &none);
     }},
    {"inherited", [](const char* number) -> long { return ::fcntl(std::atoi(number), F_GETFD); }},
#if defined(__x86_64__)
    // By the 32-bit rules 20 is getpid, by the 64-bit ones writev.
    {"other-numbers",
     [](const char*) -> long {
       long result = 20;
       asm volatile("int $0x80" : "+a"(result) : : "memory");
       return result;
     }},
#endif
};

void act() {
  const char* const wanted = std::getenv("HOSTILE");
  const char* const target = std::getenv("HOSTILE_TARGET");
  if (wanted == nullptr) return;
  for (const Attempt& attempt : kAttempts) {
    if (attempt.name != wanted) continue;
    const long result = attempt.act(target != nullptr ? target : "");
    fmt::print("{}\n", result == -1 ? fmt::format("refused: {}", std::strerror(errno)) : "done");
    std::fflush(stdout);
  }
}

}  // namespace

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the names are the linker's
extern const void* __real__ZN4cmos7runtime7Process3runEv(void* process);
const void* __wrap__ZN4cmos7runtime7Process3runEv(void* process) {
  act();
  return __real__ZN4cmos7runtime7Process3runEv(process);
}
// NOLINTEND(bugprone-reserved-identifier)
}
