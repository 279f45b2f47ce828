#include "base/interrupted.h"

#include <atomic>
#include <cerrno>

namespace cmos {
namespace {

std::atomic<bool> gives_up{false};

}  // namespace

void give_up_interrupted_calls() noexcept {
  gives_up.store(true);
}

bool interrupted_call_goes_on(int number) noexcept {
  return number == EINTR && !gives_up.load();
}

}  // namespace cmos
