// The console of a handle: callbacks of the host where it has given some, memory where it has not.
// Private to capi/.
#pragma once

#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include "capi/cmos.h"
#include "syscalls/console.h"

namespace cmos::capi {

class HandleConsole final : public syscalls::Console {
 public:
  void set_output(cmos_output_function function, void* user) {
    output_ = function;
    output_user_ = user;
  }
  void set_input(cmos_input_function function, void* user) {
    input_ = function;
    input_user_ = user;
  }
  bool has_input_function() const { return input_ != nullptr; }

  void feed(std::string_view bytes);
  /// What was kept of a stream, 0 or 1; nothing of it stays.
  std::string take(std::size_t stream) { return std::exchange(kept_.at(stream), {}); }

  bool write(Bytes text, std::optional<std::uint32_t> colour) override;
  bool write_error(Bytes text) override;
  std::optional<int> read(syscalls::InputStyle style) override;
  void flush() override {}
  void interrupt() noexcept override { interrupted_.store(true); }

 private:
  bool put(cmos_stream stream, Bytes text);
  bool fill(syscalls::InputStyle style);

  cmos_output_function output_ = nullptr;
  void* output_user_ = nullptr;
  cmos_input_function input_ = nullptr;
  void* input_user_ = nullptr;
  std::array<std::string, 2> kept_;  ///< by stream
  std::string waiting_;              ///< input; what is before `used_` was read
  std::size_t used_ = 0;
  bool ended_ = false;
  std::atomic<bool> interrupted_{false};
};

}  // namespace cmos::capi
