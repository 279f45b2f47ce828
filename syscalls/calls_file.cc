// Files (abi 3, 0x10–0x19). Every pointer is checked before anything happens.
#include <array>

#include "syscalls/calls.h"
#include "syscalls/transfer.h"

namespace cmos::syscalls {
namespace {

/// Runs `act(names)`.
template <class Act>
CallResult with_names(Kernel& kernel, Act&& act) {
  if (kernel.services().files == nullptr) return answer(Status::kNoSys);
  const auto names = kernel.services().files->names();
  if (!names) return answer(kernel, names.error());
  return act(**names);
}

/// Runs `act(file)` on the open file that a handle names.
template <class Act>
CallResult with_file(Kernel& kernel, std::uint64_t handle, Act&& act) {
  if (kernel.services().files == nullptr) return answer(Status::kNoSys);
  const auto handles = kernel.services().files->handles();
  // Without a namespace nothing was ever opened.
  if (!handles) return answer(Status::kBadHandle);
  const auto file = (*handles)->get(handle);
  if (!file) return answer(kernel, file.error());
  return act(**file);
}

std::uint64_t word(const Kernel& kernel, std::span<const std::uint8_t> raw, unsigned index) {
  return load(raw.subspan(index * kernel.word_bytes(), kernel.word_bytes()), kernel.byte_order());
}

}  // namespace

CallResult sys_open(Kernel& kernel, PathIn<"path"> path, Flags<"flags", kOpenFlags> flags) {
  if (kernel.services().files == nullptr) return answer(Status::kNoSys);
  const auto text = guest_text(kernel, path.address, path.length);
  if (!text) return answer(text.error());
  if (flags.value > UINT32_MAX) return answer(Status::kInvalid);
  const auto handles = kernel.services().files->handles();
  if (!handles) return answer(kernel, handles.error());
  const auto handle = (*handles)->open(*text, static_cast<std::uint32_t>(flags.value));
  if (!handle) return answer(kernel, handle.error());
  return answer(*handle);
}

CallResult sys_close(Kernel& kernel, Handle<"handle"> handle) {
  if (kernel.services().files == nullptr) return answer(Status::kNoSys);
  const auto handles = kernel.services().files->handles();
  if (!handles) return answer(Status::kBadHandle);
  return answer(kernel, (*handles)->close(handle.value));
}

CallResult sys_read(Kernel& kernel, Handle<"handle"> handle, BytesOut<"buffer"> buffer) {
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kWrite))
    return answer(Status::kFault);
  return with_file(kernel, handle.value, [&](vfs::File& file) {
    const auto moved =
        move_pieces(kernel, buffer.address, buffer.length, emu::kWrite,
                    [&](std::uint64_t, std::span<std::uint8_t> piece) { return file.read(piece); });
    if (!moved) return answer(kernel, moved.error());
    return answer(*moved);
  });
}

CallResult sys_write(Kernel& kernel, Handle<"handle"> handle, BytesIn<"buffer"> buffer) {
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kRead))
    return answer(Status::kFault);
  return with_file(kernel, handle.value, [&](vfs::File& file) {
    const auto moved = move_pieces(
        kernel, buffer.address, buffer.length, emu::kRead,
        [&](std::uint64_t, std::span<const std::uint8_t> piece) { return file.write(piece); });
    if (!moved) return answer(kernel, moved.error());
    return answer(*moved);
  });
}

CallResult sys_seek(Kernel& kernel, Handle<"handle"> handle, Signed<"offset"> offset,
                    Named<"whence", kWhenceNames> whence) {
  return with_file(kernel, handle.value, [&](vfs::File& file) {
    if (whence.value > static_cast<std::uint64_t>(vfs::Whence::kEnd))
      return answer(Status::kInvalid);
    const auto before = file.seek(0, vfs::Whence::kCurrent);
    if (!before) return answer(kernel, before.error());
    const auto now = file.seek(offset.value, static_cast<vfs::Whence>(whence.value));
    if (!now) return answer(kernel, now.error());
    if (*now > kernel.largest_result()) {
      // A refused seek moves nothing; where it was is a position that was reached before.
      const auto back = file.seek(static_cast<std::int64_t>(*before), vfs::Whence::kStart);
      return back ? answer(Status::kInvalid) : answer(kernel, back.error());
    }
    return answer(*now);
  });
}

CallResult sys_stat(Kernel& kernel, PathIn<"path"> path, StatOut<"out"> out) {
  constexpr std::uint64_t kSize = 24;
  const auto parsed = guest_path(kernel, path.address, path.length);
  if (!kernel.memory().accessible(out.value, kSize, emu::kWrite)) return answer(Status::kFault);
  if (!parsed) return answer(parsed.error());
  return with_names(kernel, [&](vfs::Namespace& names) {
    const auto info = names.stat(*parsed);
    if (!info) return answer(kernel, info.error());
    ByteWriter bytes(kernel.byte_order());
    bytes.u64(info->size);
    bytes.u32(static_cast<std::uint32_t>(info->kind));
    bytes.u32(info->read_only ? 1 : 0);
    bytes.i64(info->modified);
    kernel.memory().write(out.value, bytes.data());
    return answer(std::uint64_t{0});
  });
}

CallResult sys_list(Kernel& kernel, Handle<"handle"> handle, BytesOut<"buffer"> buffer) {
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kWrite))
    return answer(Status::kFault);
  return with_file(kernel, handle.value, [&](vfs::File& file) {
    std::array<std::uint8_t, vfs::kMaxComponent> name{};
    const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(name.size(), buffer.length));
    const auto size = file.list(std::span(name).first(room));
    if (!size) return answer(kernel, size.error());
    if (*size > 0) kernel.memory().write(buffer.address, Bytes(name).first(*size));
    return answer(std::uint64_t{*size});
  });
}

CallResult sys_mkdir(Kernel& kernel, PathIn<"path"> path) {
  const auto parsed = guest_path(kernel, path.address, path.length);
  if (!parsed) return answer(parsed.error());
  return with_names(
      kernel, [&](vfs::Namespace& names) { return answer(kernel, names.make_folder(*parsed)); });
}

CallResult sys_remove(Kernel& kernel, PathIn<"path"> path) {
  const auto parsed = guest_path(kernel, path.address, path.length);
  if (!parsed) return answer(parsed.error());
  return with_names(kernel,
                    [&](vfs::Namespace& names) { return answer(kernel, names.remove(*parsed)); });
}

CallResult sys_rename(Kernel& kernel, PairPointer<"pair"> pair) {
  std::array<std::uint8_t, 32> raw{};
  const auto used = std::span(raw).first(4u * kernel.word_bytes());
  if (!kernel.memory().read(pair.value, used)) return answer(Status::kFault);
  const auto from = guest_path(kernel, word(kernel, used, 0), word(kernel, used, 1));
  const auto to = guest_path(kernel, word(kernel, used, 2), word(kernel, used, 3));
  for (const auto* path : {&from, &to}) {
    if (!*path && path->error() == Status::kFault) return answer(Status::kFault);
  }
  if (!from) return answer(from.error());
  if (!to) return answer(to.error());
  return with_names(
      kernel, [&](vfs::Namespace& names) { return answer(kernel, names.rename(*from, *to)); });
}

}  // namespace cmos::syscalls
