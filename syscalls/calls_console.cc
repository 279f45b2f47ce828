#include <vector>

#include "syscalls/calls.h"

namespace cmos::syscalls {
namespace {

/// The colour that a pointer names: null is none. False when the pointer is bad.
bool read_colour(const Kernel& kernel, std::uint64_t address,
                 std::optional<std::uint32_t>& colour) {
  if (address == 0) return true;
  std::array<std::uint8_t, 4> bytes{};
  if (!kernel.memory().read(address, bytes)) return false;
  const auto argb = load<std::uint32_t>(bytes.data(), kernel.byte_order());
  if (argb >> 24 != 0) colour = argb;
  return true;
}

/// Text that lies across regions is rare, and the console takes one piece: a coloured text has one
/// start and one reset.
template <class Text, class Writer>
CallResult write(Kernel& kernel, const Text& text, const Writer& writer) {
  if (text.length == 0) return answer(std::uint64_t{0});
  if (const auto view = kernel.memory().view(text.address, text.length)) return writer(*view);
  std::vector<std::uint8_t> copy(static_cast<std::size_t>(text.length));
  if (!kernel.memory().read(text.address, copy)) return answer(Status::kFault);
  return writer(copy);
}

InputStyle style_of(std::uint64_t value) {
  if (value == 1) return InputStyle::kNoEcho;
  if (value == 2) return InputStyle::kRawKey;
  return InputStyle::kTerminal;
}

}  // namespace

CallResult sys_stdout(Kernel& kernel, BytesIn<"text"> text, ColourPointer<"colour"> colour) {
  std::optional<std::uint32_t> argb;
  if (!kernel.memory().accessible(text.address, text.length, emu::kRead))
    return answer(Status::kFault);
  if (!read_colour(kernel, colour.value, argb)) return answer(Status::kFault);
  return write(kernel, text, [&](Bytes piece) { return kernel.write_output(piece, argb); });
}

CallResult sys_stderr(Kernel& kernel, BytesIn<"text"> text) {
  if (!kernel.memory().accessible(text.address, text.length, emu::kRead))
    return answer(Status::kFault);
  return write(kernel, text, [&](Bytes piece) { return kernel.write_error(piece); });
}

CallResult sys_stdin(Kernel& kernel, Named<"style", kStyleNames> style) {
  const auto byte = kernel.services().console->read(style_of(style.value));
  if (!byte) return kernel.end(EndRequest::kInterrupted);
  return {.value = *byte, .returns = true};
}

}  // namespace cmos::syscalls
