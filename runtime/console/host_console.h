// The console of cmos-run: the host's stdin and stdout (abi 3).
//
// Output to a terminal is written at once, in one piece with its colour; elsewhere as Delivery
// says, and in any case when there is much of it, before the guest waits for input, and at the end.
// Input is read ahead; what a file still held is given back by close(), so that the next program of
// a shell script finds it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/console/pending_output.h"
#include "syscalls/console.h"

namespace cmos::runtime {

enum class ColourMode : std::uint8_t {
  kAuto,  ///< on a terminal, unless NO_COLOR is set to something (no-color.org) or TERM is "dumb"
  kAlways,
  kNever,
};

/// When output that is not a terminal's reaches the host.
enum class Delivery : std::uint8_t {
  kCollected,  ///< when there is much of it
  /// At once, unless some was written a moment ago: then once the process has computed for
  /// kSoonMicroseconds. The timer is the process's only ITIMER_PROF, its handler runs in the thread
  /// that writes, and one console of a process can have it.
  kSoon,
  kAtOnce,  ///< with every call
};
inline constexpr int kSoonMicroseconds = 20'000;

/// Whether `mode` means colours on `descriptor`.
bool wants_colour(ColourMode mode, int descriptor);

class HostConsole : public syscalls::Console {
 public:
  /// The descriptors are borrowed, and so is `pending`; nullptr: the console has its own.
  explicit HostConsole(ColourMode colour, int input = 0, int output = 1,
                       PendingOutput* pending = nullptr);
  HostConsole(const HostConsole&) = delete;
  HostConsole& operator=(const HostConsole&) = delete;
  ~HostConsole() override;

  /// Before the first write.
  void deliver(Delivery when);

  bool write(Bytes text, std::optional<std::uint32_t> colour) override;
  /// To the host's standard error, at once and behind all output before it.
  bool write_error(Bytes text) override;
  std::optional<int> read(syscalls::InputStyle style) override;
  void flush() override;
  void hurry() noexcept override { hurried_.store(true); }
  void interrupt() noexcept override;

  /// flush(), the terminal as it was, unread input given back to a file. Once; the destructor does
  /// it otherwise.
  void close();
  /// errno of the first write that failed, 0 = none. Output after it is lost.
  int write_error() const { return write_error_; }
  /// errno of the read that failed, 0 = none: to the guest it was the end of input.
  int read_error() const { return read_error_; }

 private:
  static void on_timer(int);
  void delivery_is_due() noexcept;
  bool deliver_without_waiting() noexcept;
  void start_timer() noexcept;
  void deliver_as_chosen();
  bool write_all(Bytes data);
  void append(std::string_view text);
  std::optional<int> fill(syscalls::InputStyle style);
  void count_known();
  bool wait_for_input();

  const int input_;
  const int output_;
  bool output_is_terminal_;
  bool colour_;
  std::unique_ptr<PendingOutput> own_pending_;
  PendingOutput& pending_;
  int write_error_ = 0;
  Delivery delivery_ = Delivery::kCollected;
  std::atomic<bool> busy_{false};  ///< `pending_` is being changed: the timer's handler waits
  std::atomic<bool> timer_runs_{false};

  enum class InputKind : std::uint8_t { kUnknown, kTerminal, kFile, kStream };
  InputKind input_kind_ = InputKind::kUnknown;
  std::vector<std::uint8_t> ahead_;  ///< input read ahead
  std::size_t ahead_used_ = 0;
  std::size_t known_ = 0;  ///< bytes of a pipe or a terminal that can be read without waiting
  int read_error_ = 0;
  bool input_ended_ = false;
  bool closed_ = false;

  std::atomic<bool> interrupted_{false};
  std::atomic<bool> hurried_{false};  ///< a stuck reader is not waited for
  std::atomic<int> wake_{-1};         ///< an eventfd, made when a read first waits
};

}  // namespace cmos::runtime
