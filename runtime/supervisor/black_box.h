// What a supervised process writes down while it lives, in memory that its supervisor shares, so
// that whatever ends it, what it knew is told. The process may run a hostile guest that has taken
// it over: the supervisor checks every field before it uses it, and none of them can make it do
// more than print text, deliver output and set terminal modes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "runtime/console/pending_output.h"
#include "runtime/console/terminal.h"

namespace cmos::runtime {

class Process;

/// Of the signal that ends the process; written by its handler (watch_for_crashes()).
struct CrashNote {
  std::atomic<int> signal{0};  ///< 0: nothing is written down
  std::uint64_t detail = 0;    ///< SIGSYS: the host call's number; else the host address
  bool has_guest = false;      ///< what follows is known
  std::uint64_t pc = 0;        ///< where the guest was, as far as the engine has written it down
  bool thumb = false;
  std::uint8_t size = 0;  ///< bytes of code known from there on
  std::array<std::uint8_t, 16> code{};
  std::array<char, 8> arch{};
};

struct BlackBox {
  TerminalState terminal;
  CrashNote crash;
  PendingOutput output;

  /// Shared by this process and those that it forks, for good. nullptr when the host has no memory.
  static BlackBox* create();
};

/// Makes the signals of a crash (SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS) leave a note,
/// and go on as before: the process dies of them. `note` outlives the process.
void watch_for_crashes(CrashNote& note);
/// The guest whose place a note names; nullptr: none runs. Borrowed.
void note_guest(const Process* process) noexcept;

}  // namespace cmos::runtime
