// The mini-disk (cpe 1.4, abi 3, 0x20–0x25).
#include "syscalls/calls.h"
#include "syscalls/transfer.h"

namespace cmos::syscalls {
namespace {

/// Runs `act(disk)`; its VfsResult is the answer.
template <class Act>
CallResult with_minidisk(Kernel& kernel, Act&& act) {
  MinidiskService* const service = kernel.services().minidisk;
  if (service == nullptr) return answer(Status::kNoSys);
  const auto disk = service->minidisk();
  if (!disk) return answer(kernel, disk.error());
  const auto result = act(**disk);
  service->used(**disk);
  if (!result) return answer(kernel, result.error());
  if constexpr (std::is_void_v<typename decltype(result)::value_type>) {
    return answer(std::uint64_t{0});
  } else {
    return answer(std::uint64_t{*result});
  }
}

}  // namespace

CallResult sys_md_read(Kernel& kernel, Unsigned<"offset"> offset, BytesOut<"buffer"> buffer) {
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kWrite))
    return answer(Status::kFault);
  return with_minidisk(kernel, [&](minidisk::Minidisk& disk) {
    return move_pieces(kernel, buffer.address, buffer.length, emu::kWrite,
                       [&](std::uint64_t done, std::span<std::uint8_t> piece) {
                         return disk.read(offset.value + done, piece);
                       });
  });
}

CallResult sys_md_write(Kernel& kernel, Unsigned<"offset"> offset, BytesIn<"buffer"> buffer) {
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kRead))
    return answer(Status::kFault);
  return with_minidisk(kernel, [&](minidisk::Minidisk& disk) {
    return move_pieces(kernel, buffer.address, buffer.length, emu::kRead,
                       [&](std::uint64_t done, std::span<const std::uint8_t> piece) {
                         return disk.write(offset.value + done, piece);
                       });
  });
}

CallResult sys_md_size(Kernel& kernel) {
  return with_minidisk(kernel, [](minidisk::Minidisk& disk) { return disk.size(); });
}

CallResult sys_md_flush(Kernel& kernel) {
  return with_minidisk(kernel, [](minidisk::Minidisk& disk) { return disk.flush(); });
}

CallResult sys_md_lock(Kernel& kernel, Named<"mode", kLockModeNames> mode) {
  if (mode.value > 1) return answer(Status::kInvalid);
  return with_minidisk(kernel,
                       [&](minidisk::Minidisk& disk) { return disk.lock(mode.value == 0); });
}

CallResult sys_md_unlock(Kernel& kernel) {
  return with_minidisk(kernel, [](minidisk::Minidisk& disk) { return disk.unlock(); });
}

}  // namespace cmos::syscalls
