// The host's standard input and output as a CP/M console. A terminal gives keys one by one and
// without echo while the program runs; what is no terminal is read byte by byte, so that what the
// program does not take is left for others.
#pragma once

#include <termios.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "syscalls/cpm/console.h"

namespace cmos::runtime {

class CpmConsole final : public cpm::Console {
 public:
  CpmConsole(int input, int output, std::optional<std::uint64_t> max_output);
  CpmConsole(const CpmConsole&) = delete;
  CpmConsole& operator=(const CpmConsole&) = delete;
  /// Restores the terminal.
  ~CpmConsole() override;

  bool write(Bytes text) override;
  std::optional<int> read() override;
  bool ready() override;

  /// Hands all that was written to the host; false when it refused.
  bool flush();
  bool limit_reached() const { return limit_reached_; }
  bool failed() const { return failed_; }

 private:
  int input_;
  int output_;
  std::optional<std::uint64_t> left_;
  std::vector<std::uint8_t> pending_;
  std::optional<termios> terminal_;
  bool ended_ = false;
  bool limit_reached_ = false;
  bool failed_ = false;
};

}  // namespace cmos::runtime
