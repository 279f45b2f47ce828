#include "capi/console.h"

#include <algorithm>
#include <utility>

namespace cmos::capi {
namespace {

/// Read ahead of the program from the input callback, which may give less.
constexpr std::size_t kAhead = 4096;

static_assert(static_cast<int>(syscalls::InputStyle::kTerminal) == CMOS_INPUT_LINE);
static_assert(static_cast<int>(syscalls::InputStyle::kNoEcho) == CMOS_INPUT_NO_ECHO);
static_assert(static_cast<int>(syscalls::InputStyle::kRawKey) == CMOS_INPUT_KEY);

}  // namespace

void HandleConsole::feed(std::string_view bytes) {
  // What was read goes once it is the larger part, so that a long conversation takes no more memory
  // than its longest line.
  if (used_ > waiting_.size() / 2) {
    waiting_.erase(0, used_);
    used_ = 0;
  }
  waiting_ += bytes;
}

bool HandleConsole::write(Bytes text, std::optional<std::uint32_t> /*colour*/) {
  return put(CMOS_STDOUT, text);
}

bool HandleConsole::write_error(Bytes text) {
  return put(CMOS_STDERR, text);
}

bool HandleConsole::put(cmos_stream stream, Bytes text) {
  if (output_ != nullptr) return output_(output_user_, stream, text.data(), text.size()) == 0;
  kept_.at(stream) += as_text(text);
  return true;
}

std::optional<int> HandleConsole::read(syscalls::InputStyle style) {
  if (used_ == waiting_.size() && !fill(style)) {
    if (interrupted_.load()) return std::nullopt;
    return -1;
  }
  return static_cast<unsigned char>(waiting_[used_++]);
}

bool HandleConsole::fill(syscalls::InputStyle style) {
  if (input_ == nullptr || ended_ || interrupted_.load()) return false;
  waiting_.resize(kAhead);
  used_ = 0;
  const std::size_t got =
      input_(input_user_, static_cast<cmos_input_style>(style), waiting_.data(), kAhead);
  waiting_.resize(std::min(got, kAhead));
  if (got == 0 && !interrupted_.load()) ended_ = true;
  return got != 0;
}

}  // namespace cmos::capi
