#include "runtime/supervisor/death.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "disasm/disasm.h"

namespace cmos::runtime {
namespace {

std::string hex_bytes(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
  return text;
}

/// `0x00400010: lock cmp dword ptr [rcx], eax (f0 39 01)`, as far as it is known.
std::string place_text(const CrashNote& note) {
  std::string text = fmt::format("{:#010x}", note.pc);
  const auto size = std::min<std::size_t>(note.size, note.code.size());
  if (size == 0) return text;
  const Bytes code = Bytes(note.code).first(size);
  const auto end = std::find(note.arch.begin(), note.arch.end(), '\0');
  const std::string arch(note.arch.begin(), end);
  if (const auto disassembler = disasm::Disassembler::open(arch, note.thumb)) {
    if (const auto one = disassembler->decode(code, note.pc))
      return fmt::format("{}: {} ({})", text, one->text(), hex_bytes(code.first(one->size)));
  }
  return fmt::format("{}: {}", text, hex_bytes(code));
}

std::string reason(int signal, const CrashNote& note) {
  const bool noted = note.signal.load() == signal;
  if (signal == SIGSYS && noted)
    return fmt::format("it made host call {}, which the sandbox does not allow", note.detail);
  if (signal == SIGKILL)
    return "SIGKILL, sent by somebody or by the host when its memory is used up";
  const char* const name = ::sigabbrev_np(signal);
  std::string text =
      name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
  if (noted && (signal == SIGSEGV || signal == SIGBUS))
    text += fmt::format(" at host address {:#x}", note.detail);
  return text;
}

}  // namespace

Error describe(const Death& death, const BlackBox& box) {
  const CrashNote& note = box.crash;
  std::string message = "the emulator failed: " + reason(death.signal, note);
  if (note.has_guest && note.signal.load() != 0)
    message += fmt::format("; the guest was at {}", place_text(note));
  return {.code = ErrorCode::kInternal, .message = std::move(message)};
}

}  // namespace cmos::runtime
