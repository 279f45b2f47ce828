#include "runtime/supervisor/black_box.h"

#include <sys/mman.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <new>

#include "runtime/process/process.h"

namespace cmos::runtime {
namespace {

constexpr std::array kCrashes = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS};

CrashNote* crash_note = nullptr;
std::array<struct sigaction, kCrashes.size()> before{};
std::atomic<const Process*> guest{nullptr};
std::atomic<bool> noting{false};

/// Whatever is broken may break this too: a second signal then finds `noting` set.
void write_guest(CrashNote& note) {
  const Process* const process = guest.load();
  if (process == nullptr) return;
  const Process& inner = process->innermost();
  const emu::Isa& isa = inner.isa();
  note.pc = inner.engine().read_register(isa.cpu.pc);
  note.thumb = inner.engine().thumb();
  std::copy_n(isa.arch.begin(), std::min(isa.arch.size(), note.arch.size()), note.arch.begin());
  note.has_guest = true;
  for (std::size_t size = note.code.size(); size > 0 && note.size == 0; --size) {
    if (inner.memory().peek(note.pc, std::span(note.code).first(size)))
      note.size = static_cast<std::uint8_t>(size);
  }
}

void on_crash(int signal, siginfo_t* info, void*) {
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    if (kCrashes[i] == signal) ::sigaction(signal, &before[i], nullptr);
  }
  if (!noting.exchange(true)) {
    crash_note->detail = signal == SIGSYS ? static_cast<std::uint64_t>(info->si_syscall)
                                          : reinterpret_cast<std::uintptr_t>(info->si_addr);
    crash_note->signal.store(signal);
    write_guest(*crash_note);
  }
  // An instruction that faulted is executed again, and the process ends; so does abort(). What was
  // sent by somebody is sent again.
  if (info->si_code <= 0 || signal == SIGSYS) ::raise(signal);
}

}  // namespace

BlackBox* BlackBox::create() {
  void* const place =
      ::mmap(nullptr, sizeof(BlackBox), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return place == MAP_FAILED ? nullptr : new (place) BlackBox;
}

void watch_for_crashes(CrashNote& note) {
  // The stack that overflowed cannot be used. Static: there is one process.
  alignas(16) static std::array<std::uint8_t, 64 * 1024> stack;
  crash_note = &note;
  const stack_t place{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  ::sigaltstack(&place, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  // A crash while a crash is noted must not wait for the first one's end.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (std::size_t i = 0; i < kCrashes.size(); ++i) ::sigaction(kCrashes[i], &action, &before[i]);
}

void note_guest(const Process* process) noexcept {
  guest.store(process);
}

}  // namespace cmos::runtime
