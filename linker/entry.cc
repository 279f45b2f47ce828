// Where the program begins (abi 7).
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "formats/cpe/cpe.h"
#include "linker/explain.h"
#include "linker/passes.h"

namespace cmos::linker {
namespace {

std::uint32_t find_entry(const Context& context, std::string_view name) {
  const std::uint32_t index = context.names.find(name);
  if (index == kNoIndex || !context.out.symbols[index].defined()) return kNoIndex;
  return index;
}

Error no_entry(const Context& context) {
  if (context.options.entry.empty())
    return {.code = ErrorCode::kMalformed,
            .message = fmt::format("no entry point: none of {} is defined (--entry names another)",
                                   fmt::join(kEntryNames, ", "))};
  const auto similar = similar_names(context.out.symbols, context.options.entry);
  return {.code = ErrorCode::kMalformed,
          .message = fmt::format(
              "--entry: the symbol {} is not defined{}", quote(as_bytes(context.options.entry)),
              similar.empty() ? "" : fmt::format("; similar: {}", fmt::join(similar, ", ")))};
}

/// The code's stored bytes.
bool in_code(const Linked& linked, std::uint64_t address) {
  for (const Output& one : linked.outputs) {
    if (one.kind == object::SectionKind::kCode && address >= one.address &&
        address - one.address < one.size)
      return true;
  }
  return false;
}

}  // namespace

void choose_entry(Context& context) {
  Linked& out = context.out;
  if (!context.options.entry.empty()) {
    out.entry_symbol = find_entry(context, context.options.entry);
  } else {
    for (const std::string_view name : kEntryNames) {
      if (out.entry_symbol == kNoIndex) out.entry_symbol = find_entry(context, name);
    }
  }
  if (out.entry_symbol == kNoIndex) return context.error(no_entry(context));
  const Symbol& symbol = out.symbols[out.entry_symbol];
  out.entry = symbol.address | (symbol.thumb ? 1 : 0);
  if (in_code(out, symbol.address)) return;
  context.error({.code = ErrorCode::kMalformed,
                 .field = fmt::format("entry point {}", quote(as_bytes(symbol.name), 256)),
                 .found = fmt::format("0x{:x}", symbol.address),
                 .expected = "an address in the code"});
}

}  // namespace cmos::linker
