// The lines of `--trace-format=json`: one object per event, as docs/trace.schema.json describes.
// Written straight into a buffer: building a tree per line would cost more than the call it
// describes.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "runtime/trace/trace_text.h"

namespace cmos::runtime {

/// `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, since JSON cannot hold them.
void append_json_string(fmt::memory_buffer& out, std::string_view text);

/// Members `"address":"0x400010","symbol":"main","offset":16`; the symbol is null where there is
/// none.
void append_json_location(fmt::memory_buffer& out, std::uint64_t address,
                          const TraceContext& context);

/// The members of a call, from "sequence" to "error", without braces: they also stand in a report.
void append_json_call(fmt::memory_buffer& out, const CapturedCall& call,
                      const TraceContext& context);

}  // namespace cmos::runtime
