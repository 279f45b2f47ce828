// What the calls on files, mini-disks and programs share: guest paths, moving bytes, errors.
#pragma once

#include <optional>
#include <string>

#include "syscalls/kernel.h"
#include "vfs/error.h"

namespace cmos::syscalls {

/// More than any path that the host takes.
inline constexpr std::uint64_t kMaxPath = 64 * 1024;
/// Bytes that one call moves at most: a result never reaches into the numbers of errors, also when
/// a guest with 32-bit registers takes it as signed.
inline constexpr std::uint64_t kMaxTransfer = 0x7fff'f000;

/// One to one (vfs/error.h).
Status status_of(vfs::VfsError error);
/// A failed call's answer, or the process's end when a stop request came in between.
CallResult answer(Kernel& kernel, vfs::VfsError error);
/// 0, or the error.
CallResult answer(Kernel& kernel, const vfs::VfsResult<void>& result);

/// A path that a pointer and a length name: kFault or kInvalid.
tl::expected<std::string, Status> guest_text(const Kernel& kernel, std::uint64_t address,
                                             std::uint64_t length);
tl::expected<vfs::Path, Status> guest_path(const Kernel& kernel, std::uint64_t address,
                                           std::uint64_t length);

/// Bytes that are moved before a stop request is looked for.
inline constexpr std::size_t kMaxPiece = std::size_t{16} << 20;

/// Calls move(span) for the pieces of guest memory until one is moved only in part, or a stop is
/// requested; the sum. A failure after the first piece is left to the next call: what was moved is
/// not lost. `needed` has been checked to be accessible.
template <class Move>
vfs::VfsResult<std::uint64_t> move_pieces(const Kernel& kernel, std::uint64_t address,
                                          std::uint64_t length, emu::Permissions needed,
                                          Move&& move) {
  std::uint64_t total = 0;
  bool more = true;
  std::optional<vfs::VfsError> error;
  const auto one = [&](std::span<std::uint8_t> piece) {
    more = more && (total == 0 || !kernel.stop_requested());
    if (!more) return;
    const vfs::VfsResult<std::size_t> moved = move(total, piece);
    if (!moved && total == 0) error = moved.error();
    more = moved && *moved == piece.size();
    if (moved) total += *moved;
  };
  const auto all = [&](std::span<std::uint8_t> region) {
    for (; !region.empty(); region = region.subspan(std::min(region.size(), kMaxPiece)))
      one(region.first(std::min(region.size(), kMaxPiece)));
  };
  if (length == 0) {
    one({});
  } else {
    kernel.memory().for_each_piece(address, std::min(length, kMaxTransfer), needed, all);
  }
  if (error) return vfs::refuse(*error);
  return total;
}

}  // namespace cmos::syscalls
