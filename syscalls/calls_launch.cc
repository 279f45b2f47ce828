// Launching programs, and what a program can ask about itself (abi 3, 0x30–0x31).
#include "syscalls/calls.h"
#include "syscalls/transfer.h"

namespace cmos::syscalls {
namespace {

/// What a guest's arguments may be in all, so that the host's memory is not a guest's to fill.
constexpr std::uint64_t kMaxArguments = 1 << 20;

std::optional<std::uint64_t> u32_at(const Kernel& kernel, std::uint64_t address) {
  std::array<std::uint8_t, 4> raw{};
  if (!kernel.memory().read(address, raw)) return std::nullopt;
  return load<std::uint32_t>(raw.data(), kernel.byte_order());
}

/// u32 count, then u32 length + bytes each; null is none.
tl::expected<std::vector<std::string>, Status> argument_list(const Kernel& kernel,
                                                             std::uint64_t address) {
  std::vector<std::string> list;
  if (address == 0) return list;
  const emu::GuestMemory& memory = kernel.memory();
  const auto count = u32_at(kernel, address);
  if (!count) return tl::unexpected(Status::kFault);
  std::uint64_t at = address + 4;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto length = u32_at(kernel, at);
    if (!length || !memory.accessible(at + 4, *length, emu::kRead))
      return tl::unexpected(Status::kFault);
    at += 4 + *length;
    if (at - address > kMaxArguments) return tl::unexpected(Status::kInvalid);
    std::string text(static_cast<std::size_t>(*length), '\0');
    memory.read(at - *length, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    list.push_back(std::move(text));
  }
  return list;
}

}  // namespace

CallResult sys_exec_cpe(Kernel& kernel, PathIn<"path"> path,
                        ArgumentsPointer<"arguments"> arguments) {
  if (kernel.services().launcher == nullptr) return answer(Status::kNoSys);
  const auto parsed = guest_path(kernel, path.address, path.length);
  auto list = argument_list(kernel, arguments.value);
  if (!list && list.error() == Status::kFault) return answer(Status::kFault);
  if (!parsed) return answer(parsed.error());
  if (!list) return answer(list.error());
  return kernel.services().launcher->launch(kernel, *parsed, *std::move(list));
}

CallResult sys_query_cpe(Kernel& kernel, Named<"what", kQueryNames> what,
                         BytesOut<"buffer"> buffer) {
  if (kernel.services().program == nullptr) return answer(Status::kNoSys);
  if (!kernel.memory().accessible(buffer.address, buffer.length, emu::kWrite))
    return answer(Status::kFault);
  if (what.value > static_cast<std::uint64_t>(Query::kSymbolCount)) return answer(Status::kInvalid);
  const auto value = kernel.services().program->value(static_cast<Query>(what.value));
  const auto copied = std::min<std::uint64_t>(value.size(), buffer.length);
  if (copied > 0)
    kernel.memory().write(buffer.address, Bytes(value).first(static_cast<std::size_t>(copied)));
  return answer(std::uint64_t{value.size()});
}

}  // namespace cmos::syscalls
