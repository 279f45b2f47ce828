// System calls, instructions and endings as people read them: `main+0x1c: stdout("Hello\n", 6,
// #ff00ff00) = 6`. The trace and the fault report print the same text.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "emu/isa.h"
#include "emu/memory.h"
#include "runtime/process/outcome.h"
#include "runtime/report/symbols.h"
#include "runtime/trace/trace_call.h"
#include "symbolize/lookup.h"

namespace cmos::runtime {

/// Addresses in another form than symbol+offset or a number.
class AddressForm {
 public:
  virtual ~AddressForm() = default;
  /// Anything but null.
  virtual void append(fmt::memory_buffer& out, std::uint64_t address) const = 0;
  /// Whether `value`, of which nothing is known, would be shown as anything but the number itself.
  virtual bool names(std::uint64_t value) const = 0;
};

/// What text about a process needs beside the event itself. All borrowed.
struct TraceContext {
  const emu::Isa& isa;
  const emu::GuestMemory& memory;
  const SymbolIndex& symbols;
  const CaptureOptions& options;
  const AddressForm* addresses = nullptr;  ///< nullptr: symbol+offset, or the number
  symbolize::Lookup* lookup = nullptr;     ///< for the caller's source line; nullptr: not shown
};

/// `main+0x1c: stdout("Hello\n", 6, #ff00ff00) = 6`, without a line end. `= ?` when the call has
/// not returned.
void append_call_text(fmt::memory_buffer& out, const CapturedCall& call,
                      const TraceContext& context);

/// `getline+0x1c: stdin(terminal) x 6 = "hello\n"`: of `total` bytes that one place reads, one in a
/// call. `head` are the first of them.
void append_input_text(fmt::memory_buffer& out, const CapturedCall& first, Bytes head,
                       std::uint64_t total, const TraceContext& context);

/// The line of a call's caller, when it is wanted and known.
std::optional<symbolize::SourceLine> caller_line(const CapturedCall& call,
                                                 const TraceContext& context);

/// `+++ exited with 0 +++`, `+++ faulted: memory (139) +++`, `+++ limit --max-instructions 1000
/// (124) +++`.
std::string ending_text(const Outcome& outcome);

/// "memory", "illegal instruction" …
std::string_view name(emu::FaultKind kind);
/// "exited", "faulted" …
std::string_view name(Ending ending);

/// The names of the bits of `value`, `read|write`, what has no name in hex; `0` for none.
std::string flags_text(std::uint64_t value, std::span<const syscalls::NamedValue> names);

/// What a `stat` structure's kind is called (abi 3).
std::string_view stat_kind_name(std::uint32_t kind);

}  // namespace cmos::runtime
