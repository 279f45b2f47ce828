// One system call with everything its registers point to, read out of guest memory: what traces and
// reports print. The argument list is the table row's, so that it shows what the handler received.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emu/isa.h"
#include "emu/memory.h"
#include "runtime/process/observer.h"
#include "syscalls/table.h"

namespace cmos::runtime {

struct CapturedArgument {
  const syscalls::ArgumentInfo* info = nullptr;
  std::uint64_t value = 0;   ///< of the first register
  std::uint64_t length = 0;  ///< of the second register, when there is one

  /// How the memory behind a pointer is shown.
  enum class Content : std::uint8_t {
    kNone,     ///< as the bare value: no pointer, null, not accessible, or an output that was not
               ///< written
    kBytes,    ///< `bytes`; `total` is how many there were
    kNumber,   ///< `number`: a colour, a time
    kStrings,  ///< `strings`: the parts of a pair or a list of arguments; `total` is their count
    kPlaceholder,  ///< `<time>`, `<random>`: other bytes in every run
  };
  Content content = Content::kNone;
  std::uint64_t total = 0;
  std::int64_t number = 0;
  std::vector<std::uint8_t>
      bytes;  ///< at most CaptureOptions::string_size; reused from call to call
  std::optional<std::uint32_t> digest;  ///< CRC-32 of all bytes, with CaptureOptions::digests
  struct Text {
    std::string bytes;
    std::uint64_t total = 0;
    std::optional<std::uint32_t> digest;
  };
  std::vector<Text> strings;
  /// kStatOut only, when content is kNumber.
  struct Stat {
    std::uint64_t size = 0;
    std::uint32_t kind = 0, flags = 0;
    std::int64_t modified = 0;  ///< nanoseconds since 1970
  } stat;
};

struct CaptureOptions {
  std::size_t string_size = 32;  ///< bytes shown of a string
  bool show_times =
      false;             ///< what the clock and the random source return, instead of a placeholder
  bool digests = false;  ///< what is longer than string_size is told apart by a checksum
};

class CapturedCall {
 public:
  std::uint64_t sequence = 0;
  emu::SyscallRegisters registers;
  const syscalls::Row* row = nullptr;
  bool returned = false;
  std::int64_t result = 0;                       ///< sign-extended from the guest's word
  const syscalls::StatusInfo* status = nullptr;  ///< when the result is an error
  std::array<CapturedArgument, 3> arguments;
  std::size_t argument_count = 0;  ///< 0 for a number without row: show the registers

  /// Reads what the call will read; outputs stay kNone.
  void enter(const SyscallEvent& event, const emu::Isa& isa, const emu::GuestMemory& memory,
             const CaptureOptions& options);
  /// Reads what the call has written. `event` is the same call on exit.
  void exit(const SyscallEvent& event, const emu::Isa& isa, const emu::GuestMemory& memory,
            const CaptureOptions& options);
};

/// `value`, of which only the guest's word counts, as a signed number.
std::int64_t sign_extend(std::uint64_t value, const emu::Isa& isa);

}  // namespace cmos::runtime
