// Where the printers write, and how they write names. Nothing here prints: the tool hands in what
// does.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cmos::inspect {

/// Collects text and hands it on in large pieces: a disassembly may be many times the input's size.
class Text {
 public:
  using Write = std::function<void(std::string_view)>;
  explicit Text(Write write) : write_(std::move(write)) {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() { flush(); }

  template <class... Values>
  void print(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<Values>(values)...);
    if (buffer_.size() >= kFull) flush();
  }
  void put(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kFull) flush();
  }
  void flush() {
    if (!buffer_.empty()) write_(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kFull = 1 << 16;
  Write write_;
  std::string buffer_;
};

/// A name as text output shows it: presentable (base/text.h), at most 4096 bytes. `demangle` turns
/// C++ names into declarations.
std::string shown(std::string_view name, bool demangle = false);
/// A name as JSON has it: valid UTF-8, at most 4096 bytes.
std::string json_text(std::string_view name, bool demangle = false);

/// "0x00400000": addresses in JSON, where numbers above 2^53 are not exact.
std::string hex(std::uint64_t value);

/// A number of an address's width in hexadecimal digits.
std::string address(std::uint64_t value, unsigned digits);

/// "error", "warning", "note".
std::string_view severity_name(Severity severity);

}  // namespace cmos::inspect
