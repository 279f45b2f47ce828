#include "syscalls/calls.h"

namespace cmos::syscalls {

CallResult sys_exit(Kernel& kernel, Unsigned<"code"> code) {
  return kernel.exit(code.value);
}

CallResult sys_arguments(Kernel& kernel, BytesOut<"buffer"> buffer) {
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kWrite))
    return answer(Status::kFault);
  const auto block = kernel.argument_block();
  const auto copied = std::min<std::uint64_t>(block.size(), buffer.length);
  if (copied > 0)
    kernel.memory().write(buffer.address, block.first(static_cast<std::size_t>(copied)));
  return answer(block.size());
}

}  // namespace cmos::syscalls
