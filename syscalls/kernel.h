// What system-call handlers act on: one Kernel per guest process. It owns the state that calls
// change (heap end, output count, the request to end) and borrows everything else. A family of
// calls whose service is not there answers NOSYS.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/checked.h"
#include "emu/isa.h"
#include "emu/memory.h"
#include "syscalls/console.h"
#include "syscalls/services.h"
#include "syscalls/sources.h"
#include "syscalls/table.h"

namespace cmos::syscalls {

/// Borrowed; all outlive the Kernel.
struct Services {
  Console* console = nullptr;
  Clock* clock = nullptr;
  RandomSource* random = nullptr;
  // Null: the calls of the family answer NOSYS.
  Files* files = nullptr;
  MinidiskService* minidisk = nullptr;
  Launcher* launcher = nullptr;
  const ProgramInfo* program = nullptr;
};

/// Bytes that a call brings to their address; borrowed.
struct Overlay {
  std::uint64_t address = 0;
  Bytes bytes;
};

struct KernelOptions {
  unsigned word_bytes = 8;                    ///< of a register and a pointer
  ByteOrder byte_order = ByteOrder::kLittle;  ///< of numbers in the guest's memory
  std::uint64_t heap_base = 0;                ///< page-aligned; nothing is mapped there
  std::uint64_t heap_limit = 0;               ///< the heap never reaches beyond this address
  bool heap_mapped = false;  ///< all of the heap is memory from the start, of any alignment
  std::uint64_t max_output = UINT64_MAX;      ///< bytes of stdout and stderr
  std::vector<std::string> arguments = {};    ///< argument 0 is the program
  std::vector<std::string> environment = {};  ///< NAME=VALUE
  std::vector<Overlay> overlays = {};         ///< by the number that the call `overlay` gets
  /// Asked between the pieces of a call that moves much; nothing: never.
  std::function<bool()> stop_requested = {};
};

/// How often a guest may be told that its output is refused before it is ended: `app | head` must
/// end, even when the program ignores what stdout answers.
inline constexpr unsigned kRefusedWrites = 1000;

/// Why a call did not return to its caller.
enum class EndRequest : std::uint8_t {
  kNone,
  kExit,         ///< exit_code() holds the argument
  kOutputLimit,  ///< max_output bytes were written and there was more
  kOutputGone,   ///< kRefusedWrites in a row were refused, and the guest does not heed the error
  kInterrupted,  ///< a stop request reached a call that waited
};

class Kernel {
 public:
  /// `memory` outlives the Kernel.
  Kernel(emu::GuestMemory& memory, const Services& services, KernelOptions options);

  emu::GuestMemory& memory() { return memory_; }
  const emu::GuestMemory& memory() const { return memory_; }
  const Services& services() const { return services_; }
  unsigned word_bytes() const { return options_.word_bytes; }
  ByteOrder byte_order() const { return options_.byte_order; }
  /// The largest number that a result register holds apart from those of errors. A guest with wide
  /// registers takes it as signed.
  std::uint64_t largest_result() const {
    if (word_bytes() == 8) return INT64_MAX;
    return (std::uint64_t{1} << (8 * word_bytes())) - 1 - 4095;
  }
  /// A register value as the signed number it stands for.
  std::int64_t as_signed(std::uint64_t word) const { return sign_extend(word, word_bytes()); }

  // ---- ending -----------------------------------------------------------------------------------
  EndRequest end_request() const { return end_request_; }
  std::uint64_t exit_code() const { return exit_code_; }
  CallResult exit(std::uint64_t code);
  CallResult end(EndRequest request);
  /// Whether a call that takes long is to be given up, with end(EndRequest::kInterrupted).
  bool stop_requested() const { return options_.stop_requested && options_.stop_requested(); }
  /// Taken back, so that the abort method can make calls after the ending (abi 2).
  void clear_end_request() { end_request_ = EndRequest::kNone; }

  // ---- output -----------------------------------------------------------------------------------
  /// Writes to the console what max_output leaves of `text`.
  CallResult write_output(Bytes text, std::optional<std::uint32_t> colour);
  /// The same to the console's other stream; max_output holds for both together.
  CallResult write_error(Bytes text);
  std::uint64_t output_bytes() const { return output_bytes_; }
  /// What max_output leaves; a launched program gets that, and count_output() what it used of it.
  std::uint64_t output_left() const { return options_.max_output - output_bytes_; }
  void count_output(std::uint64_t bytes) { output_bytes_ += bytes; }

  // ---- heap -------------------------------------------------------------------------------------
  /// Moves the end of the heap; pages follow it, new bytes are zero. The old end, kInvalid or
  /// kNoMemory.
  CallResult grow(std::int64_t bytes);
  std::uint64_t heap_base() const { return options_.heap_base; }
  std::uint64_t heap_end() const { return heap_end_; }
  /// How far the end ever was from the begin.
  std::uint64_t peak_heap() const { return peak_heap_; }
  /// Copies an overlay to its place; its address, or kInvalid when there is none of that number.
  CallResult load_overlay(std::uint64_t number);
  std::uint64_t peak_memory() const { return peak_memory_; }

  /// The arguments as the call `arguments` lays them out: u32 count, then u32 length + bytes each.
  std::span<const std::uint8_t> argument_block();
  /// The environment in the same form.
  std::span<const std::uint8_t> environment_block();

 private:
  template <class Writer>
  CallResult write_counted(Bytes text, const Writer& writer);
  std::span<const std::uint8_t> block_of(const std::vector<std::string>& texts,
                                         std::vector<std::uint8_t>& kept) const;

  emu::GuestMemory& memory_;
  Services services_;
  KernelOptions options_;
  std::uint64_t heap_end_;
  std::uint64_t peak_heap_ = 0;
  std::uint64_t output_bytes_ = 0;
  unsigned refused_writes_ = 0;  ///< in a row
  std::uint64_t peak_memory_;
  EndRequest end_request_ = EndRequest::kNone;
  std::uint64_t exit_code_ = 0;
  std::vector<std::uint8_t> argument_block_;
  std::vector<std::uint8_t> environment_block_;
};

/// A failed call's answer.
inline CallResult answer(Status status) {
  return {.value = static_cast<std::int64_t>(status), .returns = true};
}
inline CallResult answer(std::uint64_t value) {
  return {.value = static_cast<std::int64_t>(value), .returns = true};
}

}  // namespace cmos::syscalls
