#include "syscalls/calls.h"

namespace cmos::syscalls {
namespace {

/// As much of `block` as there is room for.
template <class Buffer>
CallResult copy_block(Kernel& kernel, const Buffer& buffer, Bytes block) {
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kWrite))
    return answer(Status::kFault);
  const auto copied = std::min<std::uint64_t>(block.size(), buffer.length);
  if (copied > 0)
    kernel.memory().write(buffer.address, block.first(static_cast<std::size_t>(copied)));
  return answer(block.size());
}

}  // namespace

CallResult sys_exit(Kernel& kernel, Unsigned<"code"> code) {
  return kernel.exit(code.value);
}

CallResult sys_arguments(Kernel& kernel, BytesOut<"buffer"> buffer) {
  return copy_block(kernel, buffer, kernel.argument_block());
}

CallResult sys_environment(Kernel& kernel, BytesOut<"buffer"> buffer) {
  return copy_block(kernel, buffer, kernel.environment_block());
}

}  // namespace cmos::syscalls
