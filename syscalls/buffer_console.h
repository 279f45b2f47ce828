// A console in memory, for tests and for programs that embed a guest: feed its input, collect its
// output.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "syscalls/console.h"

namespace cmos::syscalls {

class BufferConsole : public Console {
 public:
  /// One stdout call as the guest made it.
  struct Write {
    std::string text;
    std::optional<std::uint32_t> colour;
    bool operator==(const Write&) const = default;
  };

  /// Appends to what the guest's stdin will give; after the last byte it sees the end of input.
  void feed(std::string_view input) { input_ += input; }

  const std::string& output() const { return output_; }
  const std::string& errors() const { return errors_; }  ///< what the guest wrote to stderr
  std::string take_output() { return std::exchange(output_, {}); }
  const std::vector<Write>& writes() const { return writes_; }
  /// The styles that stdin was called with, in order.
  const std::vector<InputStyle>& styles() const { return styles_; }

  bool write(Bytes text, std::optional<std::uint32_t> colour) override {
    output_ += as_text(text);
    writes_.push_back({std::string(as_text(text)), colour});
    return true;
  }
  bool write_error(Bytes text) override {
    errors_ += as_text(text);
    return true;
  }
  std::optional<int> read(InputStyle style) override {
    styles_.push_back(style);
    if (position_ == input_.size()) return -1;
    return static_cast<unsigned char>(input_[position_++]);
  }
  void flush() override {}

 private:
  std::string input_;
  std::size_t position_ = 0;
  std::string output_;
  std::string errors_;
  std::vector<Write> writes_;
  std::vector<InputStyle> styles_;
};

}  // namespace cmos::syscalls
