#include "syscalls/calls.h"

namespace cmos::syscalls {

CallResult sys_grow(Kernel& kernel, Signed<"bytes"> bytes) {
  return kernel.grow(bytes.value);
}

CallResult sys_clock(Kernel& kernel, Named<"which", kClockNames> which, TimeOut<"out"> out) {
  constexpr std::uint64_t kSize = 8;
  if (which.value > static_cast<std::uint64_t>(ClockKind::kUtc)) return answer(Status::kInvalid);
  if (!kernel.memory().accessible(out.value, kSize, emu::kWrite)) return answer(Status::kFault);
  ByteWriter time(kernel.byte_order());
  time.i64(kernel.services().clock->now(static_cast<ClockKind>(which.value)));
  kernel.memory().write(out.value, time.data());
  return answer(std::uint64_t{0});
}

CallResult sys_random(Kernel& kernel, BytesOut<"buffer"> buffer) {
  emu::GuestMemory& memory = kernel.memory();
  if (!memory.accessible(buffer.address, buffer.length, emu::kWrite)) return answer(Status::kFault);
  // Through write(), which tells the engine when the buffer lies in executable memory.
  std::array<std::uint8_t, 4096> chunk{};
  for (std::uint64_t done = 0; done < buffer.length;) {
    if (kernel.stop_requested()) return kernel.end(EndRequest::kInterrupted);
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), buffer.length - done));
    const std::span<std::uint8_t> piece = std::span(chunk).first(size);
    if (!kernel.services().random->fill(piece)) return answer(Status::kIo);
    memory.write(buffer.address + done, piece);
    done += size;
  }
  return answer(buffer.length);
}

CallResult sys_overlay(Kernel& kernel, Unsigned<"number"> number) {
  return kernel.load_overlay(number.value);
}

}  // namespace cmos::syscalls
