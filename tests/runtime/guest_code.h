// Just enough of an assembler to write the same small guest for every documented ARCH: calls, a
// jump to itself, a fault.
//
// Memory of a guest: code at the start of the image, the abort method at kAbortOffset, data at
// kDataOffset.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "formats/cpe/cpe.h"

namespace cmos::runtime {

inline constexpr std::uint32_t kAbortOffset = 0x400;
inline constexpr std::uint32_t kDataOffset = 0x800;

class GuestCode {
 public:
  explicit GuestCode(std::string_view arch) : arch_(arch) {}

  /// A system call with up to three 32-bit arguments; registers that are not named keep their
  /// values.
  GuestCode& call(std::uint32_t number, const std::vector<std::uint32_t>& arguments = {}) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
      set_argument(static_cast<unsigned>(i), arguments[i]);
    set_number(number);
    return trap();
  }
  /// A call whose first argument is the result of the call before.
  GuestCode& call_with_result(std::uint32_t number) {
    if (arch_ == "8664") bytes({0x48, 0x89, 0xc1});  // mov rcx, rax
    if (arch_ == "__86") bytes({0x89, 0xc1});        // mov ecx, eax
    return call(number);                             // elsewhere the result register is argument 1
  }
  /// exit(result of the call before)
  GuestCode& exit_with_result() { return call_with_result(0); }
  /// The value that the entry function returns, then its return.
  GuestCode& return_value(std::uint32_t value) {
    if (x86()) {
      bytes({0xb8}).word(value);
    } else {
      set_argument(0, value);
    }
    return give_back();
  }
  GuestCode& give_back() {
    if (x86()) return bytes({0xc3});
    return word(arm() ? 0xe12f'ff1e : 0xd65f'03c0);  // bx lr; ret
  }
  GuestCode& endless_loop() {
    if (x86()) return bytes({0xeb, 0xfe});
    return word(arm() ? 0xeaff'fffe : 0x1400'0000);
  }
  /// Reads address 0. ARM: through a register that no call here uses.
  GuestCode& null_read() {
    if (arch_ == "8664") return bytes({0x8b, 0x04, 0x25}).word(0);
    if (arch_ == "__86") return bytes({0xa1}).word(0);
    return word(arm() ? 0xe598'1000 : 0xf940'0281);  // ldr r1, [r8]; ldr x1, [x20]
  }
  GuestCode& illegal_instruction() {
    if (x86()) return bytes({0x0f, 0x0b});
    return word(arm() ? 0xe7f0'00f0 : 0x0000'0000);
  }
  /// Pushes until the stack is full.
  GuestCode& overflow_the_stack() {
    if (x86()) return bytes({0x50, 0xeb, 0xfd});  // push rax; jmp
    if (arm()) return word(0xe52d'0004).word(0xeaff'fffd);
    return word(0xf81f'0fe0).word(0x17ff'ffff);
  }
  /// `count` instructions that do nothing.
  GuestCode& nops(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      if (x86()) {
        bytes({0x90});
      } else {
        word(arm() ? 0xe320'f000 : 0xd503'201f);
      }
    }
    return *this;
  }
  /// How many instructions call(number, arguments) is.
  unsigned call_length(std::size_t arguments) const {
    const auto each = static_cast<unsigned>(arguments);
    return x86() ? each + 2 : 2 * each + 2;
  }

  /// What follows is the program's abort method.
  GuestCode& abort_method() {
    out_.resize(kAbortOffset);
    has_abort_ = true;
    return *this;
  }
  /// Appends to the data; its address.
  std::uint32_t data(std::string_view text) {
    const auto address = static_cast<std::uint32_t>(cpe::kLoadAddress + kDataOffset + data_.size());
    data_ += text;
    return address;
  }

  cpe::Executable executable() const {
    if (out_.size() > kDataOffset) throw std::length_error("the guest's code runs into its data");
    cpe::Executable file;
    file.arch = arch_;
    file.code = out_;
    file.code.resize(kDataOffset);
    file.code.insert(file.code.end(), data_.begin(), data_.end());
    if (has_abort_) file.symbols.push_back({"abort", kAbortOffset});
    return file;
  }
  /// The bytes of the file.
  std::vector<std::uint8_t> file() const { return cpe::write(executable()).value(); }

 private:
  bool x86() const { return arch_ == "8664" || arch_ == "__86"; }
  bool arm() const { return arch_ == "_ARM"; }

  GuestCode& bytes(std::initializer_list<std::uint8_t> code) {
    out_.insert(out_.end(), code);
    return *this;
  }
  GuestCode& word(std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  void set_argument(unsigned index, std::uint32_t value) {
    constexpr std::uint8_t kMove[] = {0xb9, 0xba, 0xbf};  // mov ecx|edx|edi, imm32
    if (x86()) {
      bytes({kMove[index]}).word(value);
    } else {
      move(index, value);
    }
  }
  void set_number(std::uint32_t number) {
    if (x86()) {
      bytes({0xb8}).word(number);
    } else if (arm()) {
      word(0xe300'0000 | (number >> 12 & 0xf) << 16 | 7 << 12 | (number & 0xfff));
    } else {
      word(0x5280'0000 | (number & 0xffff) << 5 | 8);
    }
  }
  void move(unsigned index, std::uint32_t value) {
    const std::uint32_t low = value & 0xffff;
    const std::uint32_t high = value >> 16;
    if (arm()) {
      word(0xe300'0000 | (low >> 12) << 16 | index << 12 | (low & 0xfff));    // movw
      word(0xe340'0000 | (high >> 12) << 16 | index << 12 | (high & 0xfff));  // movt
    } else {
      word(0x5280'0000 | low << 5 | index);   // movz w
      word(0x72a0'0000 | high << 5 | index);  // movk w, lsl 16
    }
  }
  GuestCode& trap() {
    if (x86()) return bytes({0xcd, 0x80});
    return word(arm() ? 0xef00'0000 : 0xd400'0001);
  }

  std::string arch_;
  std::vector<std::uint8_t> out_;
  std::string data_;
  bool has_abort_ = false;
};

}  // namespace cmos::runtime
