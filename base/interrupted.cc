#include "base/interrupted.h"

#include <atomic>
#include <cerrno>
#include <csignal>

namespace cmos {
namespace {

std::atomic<bool> gives_up{false};

}  // namespace

void give_up_interrupted_calls() noexcept {
  gives_up.store(true);
}

void unblock_signal(int signal) noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool interrupted_call_goes_on(int number) noexcept {
  return number == EINTR && !gives_up.load();
}

}  // namespace cmos
