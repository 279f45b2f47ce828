#include "runtime/trace/trace_call.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/checked.h"

namespace cmos::runtime {
namespace {

using syscalls::ArgumentKind;
using Content = CapturedArgument::Content;

constexpr std::uint64_t kMaxListed = 32;  ///< strings shown of an argument list

/// Reading for one argument; everything it reads is checked as the call itself would check it.
class Reader {
 public:
  Reader(const emu::Isa& isa, const emu::GuestMemory& memory, const CaptureOptions& options)
      : isa_(isa), memory_(memory), options_(options) {}

  /// The head of [address, address + length), when all of it is readable.
  bool head(std::uint64_t address, std::uint64_t length, std::vector<std::uint8_t>& out) const {
    if (!memory_.accessible(address, length, emu::kRead)) return false;
    out.resize(std::min<std::uint64_t>(length, options_.string_size));
    return memory_.read(address, out);
  }

  /// Of what head() cuts; nothing when it cuts nothing or no digests are wanted.
  std::optional<std::uint32_t> digest(std::uint64_t address, std::uint64_t length) const {
    if (!options_.digests || length <= options_.string_size) return std::nullopt;
    uLong crc = ::crc32(0, nullptr, 0);
    const bool whole =
        memory_.for_each_piece(address, length, emu::kRead, [&crc](std::span<std::uint8_t> piece) {
          crc = ::crc32_z(crc, piece.data(), piece.size());
        });
    return whole ? std::optional(static_cast<std::uint32_t>(crc)) : std::nullopt;
  }

  std::optional<std::uint64_t> number(std::uint64_t address, unsigned size) const {
    std::array<std::uint8_t, 8> raw{};
    if (!memory_.read(address, std::span(raw).first(size))) return std::nullopt;
    return load(Bytes(raw).first(size), isa_.cpu.byte_order);
  }

  void bytes(CapturedArgument& argument, std::uint64_t length) const {
    if (argument.value == 0 && length == 0) return;
    if (!head(argument.value, length, argument.bytes)) return;
    argument.total = length;
    argument.digest = digest(argument.value, length);
    argument.content = Content::kBytes;
  }

  void colour(CapturedArgument& argument) const {
    if (argument.value == 0) return;
    if (const auto value = number(argument.value, 4)) {
      argument.number = static_cast<std::int64_t>(*value);
      argument.content = Content::kNumber;
    }
  }

  void time(CapturedArgument& argument) const {
    if (const auto value = number(argument.value, 8)) {
      argument.number = static_cast<std::int64_t>(*value);
      argument.content = Content::kNumber;
    }
  }

  /// abi 3, `stat`: u64 size, u32 kind, u32 flags, i64 modified.
  void stat(CapturedArgument& argument) const {
    std::array<std::uint8_t, 24> raw{};
    if (!memory_.read(argument.value, raw)) return;
    ByteReader reader(raw, 0, isa_.cpu.byte_order);
    argument.stat.size = reader.u64("size");
    argument.stat.kind = reader.u32("kind");
    argument.stat.flags = reader.u32("flags");
    argument.stat.modified = reader.i64("modified");
    argument.content = Content::kNumber;
  }

  /// abi 3, `rename`: from pointer, from length, to pointer, to length, each of register width.
  void pair(CapturedArgument& argument) const {
    std::array<std::uint64_t, 4> words{};
    for (unsigned i = 0; i < 4; ++i) {
      const auto word =
          number(argument.value + i * isa_.cpu.pointer_bytes(), isa_.cpu.pointer_bytes());
      if (!word) return;
      words[i] = *word;
    }
    argument.strings.clear();
    for (unsigned i = 0; i < 4; i += 2) {
      if (!add_string(argument, words[i], words[i + 1])) return;
    }
    argument.total = 2;
    argument.content = Content::kStrings;
  }

  /// abi 3, `exec_cpe`: u32 count, then u32 length + bytes each.
  void list(CapturedArgument& argument) const {
    if (argument.value == 0) return;
    const auto count = number(argument.value, 4);
    if (!count) return;
    argument.strings.clear();
    std::uint64_t at = argument.value + 4;
    for (std::uint64_t i = 0; i < std::min(*count, kMaxListed); ++i) {
      const auto length = number(at, 4);
      if (!length || !add_string(argument, at + 4, *length)) return;
      at += 4 + *length;
    }
    argument.total = *count;
    argument.content = Content::kStrings;
  }

 private:
  bool add_string(CapturedArgument& argument, std::uint64_t address, std::uint64_t length) const {
    std::vector<std::uint8_t> shown;
    if (!head(address, length, shown)) return false;
    argument.strings.push_back({std::string(as_text(shown)), length, digest(address, length)});
    return true;
  }

  const emu::Isa& isa_;
  const emu::GuestMemory& memory_;
  const CaptureOptions& options_;
};

void read_input(CapturedArgument& argument, const Reader& reader) {
  switch (argument.info->kind) {
    case ArgumentKind::kBytesIn:
    case ArgumentKind::kPathIn:
      reader.bytes(argument, argument.length);
      break;
    case ArgumentKind::kColour:
      reader.colour(argument);
      break;
    case ArgumentKind::kPair:
      reader.pair(argument);
      break;
    case ArgumentKind::kArguments:
      reader.list(argument);
      break;
    default:
      break;
  }
}

void read_output(CapturedArgument& argument, const Reader& reader, std::int64_t result) {
  switch (argument.info->kind) {
    case ArgumentKind::kBytesOut:
      if (result < 0) break;
      reader.bytes(argument, std::min(argument.length, static_cast<std::uint64_t>(result)));
      break;
    case ArgumentKind::kTimeOut:
      reader.time(argument);
      break;
    case ArgumentKind::kStatOut:
      reader.stat(argument);
      break;
    default:
      break;
  }
}

bool is_output(ArgumentKind kind) {
  return kind == ArgumentKind::kBytesOut || kind == ArgumentKind::kTimeOut ||
         kind == ArgumentKind::kStatOut;
}

}  // namespace

std::int64_t sign_extend(std::uint64_t value, const emu::Isa& isa) {
  return cmos::sign_extend(value, isa.cpu.pointer_bytes());
}

void CapturedCall::enter(const SyscallEvent& event, const emu::Isa& isa,
                         const emu::GuestMemory& memory, const CaptureOptions& options) {
  sequence = event.sequence;
  registers = event.registers;
  row = event.row;
  returned = false;
  result = 0;
  status = nullptr;
  argument_count = 0;
  if (row == nullptr) return;
  const Reader reader(isa, memory, options);
  for (const syscalls::ArgumentInfo& info : row->arguments) {
    if (argument_count == arguments.size() || info.first_register >= 3) break;
    CapturedArgument& argument = arguments[argument_count++];
    argument.info = &info;
    argument.value = registers.arguments[info.first_register];
    argument.length = info.registers == 2 && info.first_register < 2
                          ? registers.arguments[info.first_register + 1u]
                          : 0;
    argument.content = Content::kNone;
    read_input(argument, reader);
  }
}

void CapturedCall::exit(const SyscallEvent& event, const emu::Isa& isa,
                        const emu::GuestMemory& memory, const CaptureOptions& options) {
  returned = event.returns && !(row != nullptr && row->result == syscalls::ResultKind::kNone);
  if (!returned) return;
  result = sign_extend(event.result, isa);
  const bool end_of_input =
      row != nullptr && row->result == syscalls::ResultKind::kByte && result == -1;
  if (!end_of_input) status = syscalls::find_status(result);
  if (row == nullptr || status != nullptr) return;
  const Reader reader(isa, memory, options);
  for (std::size_t i = 0; i < argument_count; ++i) {
    CapturedArgument& argument = arguments[i];
    if (!is_output(argument.info->kind)) continue;
    if (row->nondeterministic && !options.show_times) {
      argument.content = Content::kPlaceholder;
    } else {
      read_output(argument, reader, result);
    }
  }
}

}  // namespace cmos::runtime
