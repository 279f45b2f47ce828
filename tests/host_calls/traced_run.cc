#include "tests/host_calls/traced_run.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

namespace cmos::testing {
namespace {

constexpr int kSyscallStop = SIGTRAP | 0x80;  // with PTRACE_O_TRACESYSGOOD

user_regs_struct registers_of(pid_t pid) {
  user_regs_struct out{};
  EXPECT_EQ(::ptrace(PTRACE_GETREGS, pid, nullptr, &out), 0);
  return out;
}
void set_registers(pid_t pid, const user_regs_struct& registers) {
  EXPECT_EQ(::ptrace(PTRACE_SETREGS, pid, nullptr, &registers), 0);
}

}  // namespace

TracedRun::TracedRun(const std::vector<std::string>& command)
    : output_(::memfd_create("output", MFD_CLOEXEC)) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(output_.get(), STDOUT_FILENO);
    ::dup2(output_.get(), STDERR_FILENO);
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::waitpid(pid_, &status_, 0);  // stopped by the exec
  ended_ = !WIFSTOPPED(status_);
  EXPECT_FALSE(ended_) << command.front() << " cannot be started";
  EXPECT_EQ(::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL),
            0);
}

TracedRun::~TracedRun() {
  kill();
}

/// To the next entry or exit of a call; false when the program has ended.
bool TracedRun::step() {
  long signal = 0;
  while (!ended_) {
    if (::ptrace(PTRACE_SYSCALL, pid_, nullptr, signal) != 0 ||
        ::waitpid(pid_, &status_, 0) != pid_ || !WIFSTOPPED(status_)) {
      ended_ = true;
      break;
    }
    if (WSTOPSIG(status_) == kSyscallStop) return true;
    signal = WSTOPSIG(status_);
  }
  return false;
}

std::optional<HostCall> TracedRun::enter() {
  if (!step()) return std::nullopt;
  const user_regs_struct now = registers_of(pid_);
  return HostCall{static_cast<long>(now.orig_rax),
                  {now.rdi, now.rsi, now.rdx, now.r10, now.r8, now.r9}};
}

std::optional<std::int64_t> TracedRun::leave() {
  if (!step()) return std::nullopt;
  user_regs_struct now = registers_of(pid_);
  if (refused_ != 0) {
    now.rax = static_cast<std::uint64_t>(-static_cast<std::int64_t>(std::exchange(refused_, 0)));
    set_registers(pid_, now);
  }
  return static_cast<std::int64_t>(now.rax);
}

void TracedRun::refuse(int error) {
  user_regs_struct now = registers_of(pid_);
  now.orig_rax = ~0ull;  // no such call
  set_registers(pid_, now);
  refused_ = error;
}

void TracedRun::shorten(std::uint64_t size) {
  user_regs_struct now = registers_of(pid_);
  now.rdx = size;
  set_registers(pid_, now);
}

std::string TracedRun::text(std::uint64_t address) const {
  std::string out;
  char byte = 0;
  iovec here{&byte, 1};
  iovec there{reinterpret_cast<void*>(address), 1};
  while (out.size() < 4096 && ::process_vm_readv(pid_, &here, 1, &there, 1, 0) == 1 && byte != 0) {
    out += byte;
    there.iov_base = static_cast<char*>(there.iov_base) + 1;
  }
  return out;
}

bool TracedRun::is_pipe(std::uint64_t descriptor) const {
  char target[16] = {};
  const std::string link =
      "/proc/" + std::to_string(pid_) + "/fd/" + std::to_string(static_cast<int>(descriptor));
  return ::readlink(link.c_str(), target, sizeof target - 1) > 0 &&
         std::string_view(target).starts_with("pipe:");
}

void TracedRun::kill() {
  if (ended_) return;
  ended_ = true;
  ::kill(pid_, SIGKILL);
  do ::waitpid(pid_, &status_, 0);
  while (WIFSTOPPED(status_));
}

int TracedRun::finish() {
  if (!ended_) {
    ended_ = true;
    ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
    ::waitpid(pid_, &status_, 0);
  }
  return status_;
}

std::string TracedRun::output() const {
  std::string out;
  char piece[4096];
  for (;;) {
    const ssize_t got = ::pread(output_.get(), piece, sizeof piece, static_cast<off_t>(out.size()));
    if (got <= 0) return out;
    out.append(piece, static_cast<std::size_t>(got));
  }
}

}  // namespace cmos::testing
