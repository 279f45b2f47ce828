// The host's console: what reaches a pipe, a file, a terminal, and when (abi 3).
#include "runtime/console/host_console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "runtime/console/terminal.h"

namespace cmos::runtime {
namespace {

using syscalls::InputStyle;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_reader() { close_end(ends_[0]); }
  void close_writer() { close_end(ends_[1]); }
  void send(std::string_view text) const {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// What can be read without waiting.
  std::string received() const {
    std::string all;
    for (pollfd ready{.fd = ends_[0], .events = POLLIN, .revents = 0}; ::poll(&ready, 1, 0) == 1;) {
      std::array<char, 4096> part{};
      const ssize_t got = ::read(ends_[0], part.data(), part.size());
      if (got <= 0) break;
      all.append(part.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

class Terminal {
 public:
  Terminal() { EXPECT_EQ(::openpty(&user_, &program_, nullptr, nullptr, nullptr), 0); }
  ~Terminal() {
    ::close(user_);
    ::close(program_);
  }
  int program() const { return program_; }
  void type(std::string_view text) const {
    EXPECT_EQ(::write(user_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// What stands on the screen up to and including `end`.
  std::string screen_until(std::string_view end) const {
    std::string all;
    while (!all.ends_with(end)) {
      char one = 0;
      if (::read(user_, &one, 1) != 1) break;
      all += one;
    }
    return all;
  }
  tcflag_t local_modes() const {
    termios modes{};
    ::tcgetattr(program_, &modes);
    return modes.c_lflag;
  }

 private:
  int user_ = -1;
  int program_ = -1;
};

bool write(HostConsole& console, std::string_view text, std::optional<std::uint32_t> colour = {}) {
  return console.write(as_bytes(text), colour);
}

std::string read_line(HostConsole& console, InputStyle style) {
  std::string line;
  for (auto byte = console.read(style); byte && *byte >= 0; byte = console.read(style)) {
    line += static_cast<char>(*byte);
    if (*byte == '\n') break;
  }
  return line;
}

// ---- output ----

TEST(HostConsoleOutput, IsCollectedForAPipeUntilItIsFlushed) {
  const Pipe out;
  HostConsole console(ColourMode::kAuto, 0, out.writer());
  EXPECT_TRUE(write(console, "one "));
  EXPECT_TRUE(write(console, "two"));
  EXPECT_EQ(out.received(), "");
  console.flush();
  EXPECT_EQ(out.received(), "one two");
}

TEST(HostConsoleOutput, MuchOfItIsWrittenWithoutAFlush) {
  const Pipe out;
  HostConsole console(ColourMode::kNever, 0, out.writer());
  const std::string much(40'000, 'x');
  EXPECT_TRUE(write(console, much));
  EXPECT_EQ(out.received(), "");
  std::string all;
  std::thread reader([&] {
    while (all.size() < 80'000) all += out.received();
  });
  EXPECT_TRUE(write(console, much));
  reader.join();
  EXPECT_EQ(all, much + much);
}

TEST(HostConsoleOutput, IsFlushedBeforeInputIsAwaited) {
  const Pipe out;
  const Pipe in;
  in.send("x");
  HostConsole console(ColourMode::kAuto, in.reader(), out.writer());
  write(console, "prompt> ");
  EXPECT_EQ(console.read(InputStyle::kTerminal), 'x');
  EXPECT_EQ(out.received(), "prompt> ");
}

TEST(HostConsoleOutput, AFullDeviceIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  HostConsole console(ColourMode::kAuto, 0, full);
  EXPECT_TRUE(write(console, "lost later"));
  EXPECT_EQ(console.write_error(), 0);
  console.close();
  EXPECT_EQ(console.write_error(), ENOSPC);
  EXPECT_FALSE(write(console, "refused now"));
  ::close(full);
}

TEST(HostConsoleOutput, AReaderThatWentAwayIsAnError) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe out;
  out.close_reader();
  HostConsole console(ColourMode::kAuto, 0, out.writer());
  EXPECT_FALSE(write(console, std::string(100'000, 'x')));
  EXPECT_EQ(console.write_error(), EPIPE);
}

// ---- colours ----

TEST(HostConsoleColour, IsNeverInAPipeUnlessAlwaysWanted) {
  const Pipe out;
  {
    HostConsole console(ColourMode::kAuto, 0, out.writer());
    write(console, "plain", 0xff102030);
  }
  EXPECT_EQ(out.received(), "plain");
  {
    HostConsole console(ColourMode::kAlways, 0, out.writer());
    write(console, "text", 0xff102030);
    write(console, "|");
    write(console, "clear", 0x00102030);
    write(console, "|", std::nullopt);
    write(console, "", 0xff102030);
  }
  EXPECT_EQ(out.received(), "\x1b[38;2;16;32;48mtext\x1b[0m|clear|");
}

TEST(HostConsoleColour, FollowsTheTerminalAndTheEnvironment) {
  const Terminal terminal;
  const Pipe pipe;
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  EXPECT_TRUE(wants_colour(ColourMode::kAuto, terminal.program()));
  EXPECT_FALSE(wants_colour(ColourMode::kAuto, pipe.writer()));
  EXPECT_FALSE(wants_colour(ColourMode::kNever, terminal.program()));
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(wants_colour(ColourMode::kAuto, terminal.program()));
  EXPECT_TRUE(wants_colour(ColourMode::kAlways, pipe.writer()));
  ::setenv("NO_COLOR", "", 1);  // set but empty counts as not set
  EXPECT_TRUE(wants_colour(ColourMode::kAuto, terminal.program()));
  ::setenv("TERM", "dumb", 1);
  EXPECT_FALSE(wants_colour(ColourMode::kAuto, terminal.program()));
}

TEST(HostConsoleColour, ATerminalGetsTextAtOnce) {
  const Terminal terminal;
  HostConsole console(ColourMode::kAlways, 0, terminal.program());
  write(console, "hi", 0x80ff0001);
  EXPECT_EQ(terminal.screen_until("m"
                                  "hi\x1b[0m"),
            "\x1b[38;2;255;0;1mhi\x1b[0m");
}

// ---- input ----

TEST(HostConsoleInput, EndsForGood) {
  Pipe in;
  in.send(std::string_view("a\0\xff", 3));
  in.close_writer();
  HostConsole console(ColourMode::kNever, in.reader(), 1);
  EXPECT_EQ(console.read(InputStyle::kTerminal), 'a');
  EXPECT_EQ(console.read(InputStyle::kNoEcho), 0);
  EXPECT_EQ(console.read(InputStyle::kRawKey), 255);
  EXPECT_EQ(console.read(InputStyle::kTerminal), -1);
  EXPECT_EQ(console.read(InputStyle::kRawKey), -1);
}

TEST(HostConsoleInput, AClosedDescriptorIsTheEnd) {
  HostConsole console(ColourMode::kNever, 1000, 1);
  EXPECT_EQ(console.read(InputStyle::kTerminal), -1);
}

TEST(HostConsoleInput, AFileGetsBackWhatWasNotRead) {
  char name[] = "/tmp/cmos-console-XXXXXX";
  const int file = ::mkstemp(name);
  ASSERT_GE(file, 0);
  ::unlink(name);
  ASSERT_EQ(::write(file, "first\nsecond\n", 13), 13);
  ::lseek(file, 0, SEEK_SET);
  {
    HostConsole console(ColourMode::kNever, file, 1);
    EXPECT_EQ(read_line(console, InputStyle::kTerminal), "first\n");
  }
  EXPECT_EQ(::lseek(file, 0, SEEK_CUR), 6);
  ::close(file);
}

TEST(HostConsoleInput, AnInterruptEndsTheWait) {
  const Pipe in;
  HostConsole console(ColourMode::kNever, in.reader(), 1);
  std::thread other([&] { console.interrupt(); });
  EXPECT_EQ(console.read(InputStyle::kTerminal), std::nullopt);
  other.join();
  EXPECT_EQ(console.read(InputStyle::kTerminal), std::nullopt) << "and every later one";
}

// ---- terminal modes ----

TEST(HostConsoleStyles, ATerminalEchoesLinesByItself) {
  const Terminal terminal;
  HostConsole console(ColourMode::kNever, terminal.program(), terminal.program());
  terminal.type("abc\n");
  EXPECT_EQ(read_line(console, InputStyle::kTerminal), "abc\n");
  EXPECT_EQ(terminal.screen_until("\n"), "abc\r\n");
  EXPECT_NE(terminal.local_modes() & ECHO, 0u);
}

TEST(HostConsoleStyles, ChangeTheModesAndPutThemBack) {
  const Terminal terminal;
  const tcflag_t before = terminal.local_modes();
  {
    HostConsole console(ColourMode::kNever, terminal.program(), terminal.program());
    EXPECT_EQ(terminal.local_modes(), before) << "only when needed";
    terminal.type("secret\n");
    EXPECT_EQ(read_line(console, InputStyle::kNoEcho), "secret\n");
    EXPECT_EQ(terminal.local_modes(), before & ~tcflag_t{ECHO});
    terminal.type("key");
    EXPECT_EQ(console.read(InputStyle::kRawKey), 'k') << "without Enter";
    EXPECT_EQ(terminal.local_modes(), before & ~tcflag_t{ECHO | ICANON});
    EXPECT_EQ(terminal.local_modes() & ISIG, before & ISIG) << "Ctrl-C goes on to work";
    EXPECT_EQ(console.read(InputStyle::kTerminal), 'e') << "what was typed ahead is not lost";
    EXPECT_EQ(console.read(InputStyle::kTerminal), 'y');
    terminal.type("line\n");
    EXPECT_EQ(read_line(console, InputStyle::kTerminal), "line\n");
    EXPECT_EQ(terminal.local_modes(), before);
    terminal.type("x");
    EXPECT_EQ(console.read(InputStyle::kRawKey), 'x');
  }
  EXPECT_EQ(terminal.local_modes(), before);
}

TEST(HostConsoleStyles, AreRestoredFromASignalHandlerToo) {
  const Terminal terminal;
  const tcflag_t before = terminal.local_modes();
  HostConsole console(ColourMode::kNever, terminal.program(), terminal.program());
  terminal.type("x");
  EXPECT_EQ(console.read(InputStyle::kRawKey), 'x');
  restore_terminal();
  EXPECT_EQ(terminal.local_modes(), before);
}

TEST(HostConsoleStyles, CtrlDEndsInputForGood) {
  const Terminal terminal;
  HostConsole console(ColourMode::kNever, terminal.program(), terminal.program());
  terminal.type("\x04");
  EXPECT_EQ(console.read(InputStyle::kTerminal), -1);
  terminal.type("more\n");
  EXPECT_EQ(console.read(InputStyle::kTerminal), -1);
}

}  // namespace
}  // namespace cmos::runtime
