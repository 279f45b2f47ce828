// The reference for x86: a child process that runs the cases on the host's own CPU. Its memory at
// the cases' addresses is shared with this process, which talks to it by a byte through a pipe.
// 32-bit code runs in the same process, by a far jump into the code segment that Linux keeps for
// it.
#if defined(__x86_64__)

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/cpu/x86.h"

namespace cmos::cpu_test {
namespace {

constexpr std::uint64_t kCodeSegment32 = 0x23, kCodeSegment64 = 0x33, kDataSegment = 0x2b;

struct Shared {
  std::array<State, kBatch> states;
  std::uint32_t count = 0;
  bool wide = false;
};

template <class T>
T& at(std::uint64_t address) {
  return *reinterpret_cast<T*>(address);
}

Shared* shared = nullptr;
State* running = nullptr;
std::uint64_t slot_start = 0;

Trap trap_of(int signal) {
  switch (signal) {
    case SIGILL:
      return Trap::kIllegal;
    case SIGFPE:
      return Trap::kArithmetic;
    case SIGSEGV:
      return Trap::kMemory;
    case SIGBUS:
      return Trap::kMisaligned;
    default:
      return Trap::kOther;
  }
}

/// The state is as the faulting instruction left it: the tail stores it as after any other case.
void on_signal(int signal, siginfo_t* info, void* context) {
  auto* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const auto pc = static_cast<std::uint64_t>(registers[REG_RIP]);
  if (running == nullptr || pc < kFirstSlot || pc >= kCode + kCodeSize) _exit(2);
  running->trap = trap_of(signal);
  running->trap_at = static_cast<std::uint32_t>(pc - slot_start);
  running->trap_address = reinterpret_cast<std::uint64_t>(info->si_addr);
  registers[REG_RIP] = static_cast<long long>(kTail);
}

/// Runs the head, the case, and the tail, which comes back to where kReturn says.
[[gnu::noinline]] void enter(bool wide) {
  std::uint64_t head = wide ? kCode : kCode | kCodeSegment32 << 32, is_wide = wide;
  std::uint64_t back = kReturn, saved = kSavedStack;
  asm volatile(
      "sub $128, %%rsp\n"
      "push %%rbp\n"
      "push %%rbx\n"
      "lea 1f(%%rip), %%rax\n"
      "push %[head]\n"
      "mov %%rsp, (%[saved])\n"
      "test %[wide], %[wide]\n"
      "jz 0f\n"
      "mov %%rax, (%[back])\n"
      "jmp *%[head]\n"
      "0:\n"
      // 32-bit code comes back by a jump below 4 GiB, which goes on from here.
      "mov %%rax, 16(%[back])\n"
      "ljmp *(%%rsp)\n"
      "1:\n"
      "mov %[at_saved], %%eax\n"
      "mov (%%rax), %%rsp\n"
      "pop %%rax\n"
      "pop %%rbx\n"
      "pop %%rbp\n"
      "add $128, %%rsp\n"
      "cld\n"
      : [wide] "+d"(is_wide), [head] "+S"(head), [back] "+D"(back), [saved] "+c"(saved)
      : [at_saved] "i"(kSavedStack)
      : "rax", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

void run_case(std::size_t number) {
  running = &shared->states[number];
  slot_start = kFirstSlot + number * kSlotSize;
  std::memcpy(&at<char>(kState), running->registers.data(), kRegistersSize);
  std::memcpy(&at<char>(kData + kWindowStart), running->memory.data(), kWindow);
  at<std::uint64_t>(kEntry) = slot_start;
  enter(shared->wide);
  asm volatile("fninit; ldmxcsr %0" : : "m"(kMxcsrMasks));
  std::memcpy(running->registers.data(), &at<char>(kState), kRegistersSize);
  std::memcpy(running->memory.data(), &at<char>(kData + kWindowStart), kWindow);
  running = nullptr;
}

// jmp [kReturn + 16]: where 32-bit code comes back as 64-bit code.
void write_way_back(std::uint64_t address) {
  const std::array<std::uint8_t, 3> code{0xff, 0x24, 0x25};
  std::memcpy(&at<char>(address), code.data(), code.size());
  at<std::uint32_t>(address + 3) = kReturn + 16;
}

[[noreturn]] void serve(int requests, int answers) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  static std::array<char, 64 << 10> stack;
  const stack_t alternate{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP})
    sigaction(signal, &action, nullptr);
  if (!shared->wide) {
    asm volatile("mov %0, %%ds; mov %0, %%es" : : "r"(kDataSegment));
    const std::uint64_t way_back = kCode + 0xc00;
    write_way_back(way_back);
    at<std::uint64_t>(kReturn) = way_back | kCodeSegment64 << 32;
  }
  for (char byte = 0; read(requests, &byte, 1) == 1;) {
    for (std::size_t i = 0; i < shared->count; ++i) run_case(i);
    if (write(answers, &byte, 1) != 1) break;
  }
  _exit(0);
}

class HostCpu final : public Machine {
 public:
  explicit HostCpu(bool wide) : wide_(wide) {
    map();
    start();
  }
  ~HostCpu() override {
    close(requests_);
    close(answers_);
    waitpid(child_, nullptr, 0);
    munmap(pages_, kSize);
  }

  std::vector<State> run(const std::vector<Case>& cases) override {
    auto* own = static_cast<Shared*>(static_cast<void*>(pages_));
    own->count = static_cast<std::uint32_t>(cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      own->states[i] = cases[i].before;
      const std::size_t offset = 0x1000 + i * kSlotSize;
      auto code = cases[i].reference_code();
      const auto leave = x86_leave(kCode + offset + code.size());
      code.insert(code.end(), leave.begin(), leave.end());
      std::memcpy(pages_ + kStatesSize + offset, code.data(), code.size());
    }
    char byte = 0;
    if (write(requests_, &byte, 1) != 1 || read(answers_, &byte, 1) != 1)
      throw std::runtime_error("the process of the host's CPU ended");
    return {own->states.begin(), own->states.begin() + static_cast<std::ptrdiff_t>(cases.size())};
  }

 private:
  static constexpr std::size_t kStatesSize = (sizeof(Shared) + 0xfff) & ~std::size_t{0xfff};
  static constexpr std::size_t kSize = kStatesSize + kCodeSize;

  void map() {
    file_ = memfd_create("cpu-test", MFD_CLOEXEC);
    if (file_ < 0 || ftruncate(file_, kSize) != 0) throw std::runtime_error("no shared memory");
    void* place = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    if (place == MAP_FAILED) throw std::runtime_error("no shared memory");
    pages_ = static_cast<std::uint8_t*>(place);
    new (place) Shared{};
    static_cast<Shared*>(place)->wide = wide_;
    const auto frame = x86_frame(wide_, true);
    std::memcpy(pages_ + kStatesSize, frame.data(), frame.size());
  }

  void start() {
    std::array<int, 2> to{}, from{};
    if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    child_ = fork();
    if (child_ == 0) {
      close(to[1]);
      close(from[0]);
      become_child(to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    requests_ = to[1];
    answers_ = from[0];
    if (child_ < 0) throw std::runtime_error("no process");
  }

  [[noreturn]] void become_child(int requests, int answers) {
    shared = static_cast<Shared*>(static_cast<void*>(pages_));
    const auto place = [](std::uint64_t address, std::size_t size, int protection, int flags,
                          int file, std::size_t offset) {
      void* wanted = reinterpret_cast<void*>(address);
      if (mmap(wanted, size, protection, flags | MAP_FIXED_NOREPLACE, file,
               static_cast<off_t>(offset)) != wanted)
        _exit(3);
    };
    constexpr int kPrivate = MAP_PRIVATE | MAP_ANONYMOUS, kData2 = PROT_READ | PROT_WRITE;
    place(kCode, kCodeSize, kData2 | PROT_EXEC, MAP_SHARED, file_, kStatesSize);
    place(kState, kStateSize, kData2, kPrivate, -1, 0);
    place(kData, kDataSize, kData2, kPrivate, -1, 0);
    serve(requests, answers);
  }

  bool wide_;
  int file_ = -1, requests_ = -1, answers_ = -1;
  std::uint8_t* pages_ = nullptr;
  pid_t child_ = -1;
};

}  // namespace

std::unique_ptr<Machine> host_cpu(bool wide) {
  return std::make_unique<HostCpu>(wide);
}

}  // namespace cmos::cpu_test

#endif
