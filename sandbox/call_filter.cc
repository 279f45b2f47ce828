#include "sandbox/call_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace cmos::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // unknown here: see restrict_calls()
#endif

class Program {
 public:
  Program(std::vector<Call> calls, std::uint32_t process)
      : calls_(std::move(calls)), process_(process) {
    load(offsetof(seccomp_data, arch));
    // A call by another architecture's rules (int 0x80) means another call by the same number.
    jump(BPF_JEQ, kArchitecture, 1, 0);
    answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
    search(0, calls_.size());
  }
  std::vector<sock_filter> take() { return std::move(code_); }

 private:
  void load(std::size_t offset) {
    code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void jump(std::uint16_t how, std::uint32_t value, std::size_t if_so, std::size_t if_not) {
    code_.push_back(BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), value,
                             static_cast<std::uint8_t>(if_so), static_cast<std::uint8_t>(if_not)));
  }
  void answer(std::uint32_t action) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }

  void search(std::size_t first, std::size_t last) {
    if (last - first == 1) {
      leaf(calls_[first]);
      return;
    }
    const std::size_t middle = first + (last - first) / 2;
    // Distances fit a byte or not: a jump by a word stands between, the near one is its exception.
    const std::size_t branch = code_.size();
    jump(BPF_JGE, static_cast<std::uint32_t>(calls_[middle].number), 0, 1);
    code_.push_back(BPF_STMT(BPF_JMP | BPF_JA, 0));
    search(first, middle);
    code_[branch + 1].k = static_cast<std::uint32_t>(code_.size() - (branch + 2));
    search(middle, last);
  }

  void leaf(const Call& call) {
    jump(BPF_JEQ, static_cast<std::uint32_t>(call.number), 1, 0);
    answer(SECCOMP_RET_TRAP);
    condition(call);
  }

  void condition(const Call& call) {
    const std::size_t low = offsetof(seccomp_data, args) + call.index * sizeof(std::uint64_t) +
                            (std::endian::native == std::endian::big ? 4 : 0);
    switch (call.when) {
      case When::kAlways:
        break;
      case When::kNever:
        answer(SECCOMP_RET_ERRNO | ENOSYS);
        return;
      case When::kOneOf:
        load(low);
        for (std::size_t i = 0; i < call.values.size(); ++i)
          jump(BPF_JEQ, call.values[i], call.values.size() - i, 0);
        answer(SECCOMP_RET_TRAP);
        break;
      case When::kHasFlag:
        load(low);
        jump(BPF_JSET, call.values[0], 1, 0);
        answer(SECCOMP_RET_TRAP);
        break;
      case When::kIsZero:
        load(low);
        jump(BPF_JEQ, 0, 0, 2);
        load(low ^ 4);
        jump(BPF_JEQ, 0, 1, 0);
        answer(SECCOMP_RET_TRAP);
        break;
      case When::kIsThisProcess:
        load(low);
        jump(BPF_JEQ, process_, 1, 0);
        answer(SECCOMP_RET_TRAP);
        break;
    }
    answer(SECCOMP_RET_ALLOW);
  }

  std::vector<Call> calls_;
  std::uint32_t process_;
  std::vector<sock_filter> code_;
};

}  // namespace

std::vector<sock_filter> filter_program(std::span<const Call> calls, std::uint32_t process) {
  std::vector<Call> sorted(calls.begin(), calls.end());
  std::ranges::sort(sorted, {}, &Call::number);
  return Program(std::move(sorted), process).take();
}

std::string restrict_calls(Policy::Calls calls) {
  if (kArchitecture == 0) return "seccomp: no list of calls for this processor";
  auto code = filter_program(call_list(calls), static_cast<std::uint32_t>(::getpid()));
  const sock_fprog program{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  // Without SPEC_ALLOW older kernels slow down all code of the process, which gains nothing: it has
  // one owner, and what it may read it may read anyway.
  constexpr unsigned kFlags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, &program) == 0) return {};
  return std::string("seccomp: ") + std::strerror(errno);
}

}  // namespace cmos::sandbox
