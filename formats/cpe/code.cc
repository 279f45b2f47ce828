// CODE (cpe 1.3, abi 1.3): u32 table length, table of (u32 name length, name, u32 offset), raw
// machine code, padding. The padding cannot be told from code by the file alone, so it stays part
// of the code, except where __image_end says that the program ended before it.
#include <fmt/format.h>

#include "base/checked.h"
#include "base/name_index.h"
#include "base/text.h"
#include "formats/cpe/parse.h"

namespace cmos::cpe {
namespace {

/// The end that the header states, when it can be one.
std::optional<std::uint64_t> stated_end(Parse& parse, std::uint64_t start) {
  const std::uint64_t size = parse.header.code_size;
  if (size < 4) {
    parse.findings.add(rules::kBadCodeSize, kCodeSizeField, "code section size",
                       fmt::format("{}", size), "0 (not stated) or at least 4");
    return std::nullopt;
  }
  if (!range_inside(start, size, parse.file.size())) {
    parse.findings.add(rules::kBadCodeSize, kCodeSizeField, "code section size",
                       fmt::format("{}", size),
                       fmt::format("at most {}, the bytes from 0x{:x} to the end of the file",
                                   parse.file.size() - start, start));
    return std::nullopt;
  }
  return start + size;
}

std::string field(std::size_t index, std::string_view part) {
  return fmt::format("symbol {} {}", index, part);
}

void parse_symbols(Parse& parse, ByteReader table) {
  constexpr std::size_t kUsualEntry = 24;  // bytes; more or fewer entries only cost copies
  const std::size_t count = table.remaining() / kUsualEntry;
  NameIndex seen(count);
  parse.result.executable.symbols.reserve(count);
  parse.symbol_fields.reserve(count);
  for (std::size_t index = 0; !table.at_end(); ++index) {
    const std::uint64_t entry = table.offset();
    Symbol symbol;
    const std::uint32_t length = table.u32("name length");
    const Bytes name = table.bytes(length, "name");
    symbol.offset = table.u32("code offset");
    if (!table.ok()) {
      Error where = table.error();
      where.field = field(index, where.field);
      where.message = "the symbol table does not end with an entry";
      parse.findings.add(rules::kBadTable, std::move(where));
      return;
    }
    if (const auto bad = first_invalid_utf8(name)) {
      parse.findings.add(rules::kBadTable, entry + 4 + *bad, field(index, "name"),
                         fmt::format("byte 0x{:02x}", name[*bad]), "UTF-8");
    }
    if (!seen.add(as_text(name)).is_new) {
      parse.findings.add(rules::kDuplicateSymbol, entry + 4, field(index, "name"),
                         fmt::format("{} again", quote(name, 64)), "each name once");
    }
    symbol.name = as_text(name);
    parse.result.executable.symbols.push_back(std::move(symbol));
    parse.symbol_fields.push_back(entry);
  }
}

/// The table, when its length fits below `limit`: the offset of the machine code behind it.
std::optional<std::uint64_t> parse_table(Parse& parse, std::uint64_t start, std::uint64_t limit) {
  ByteReader reader(parse.file.subspan(start, limit - start), start);
  const std::uint32_t length = reader.u32("symbol table length");
  if (!reader.ok()) {
    parse.findings.add(rules::kCodeTruncated, reader.error());
    return std::nullopt;
  }
  if (length > reader.remaining()) {
    parse.findings.add(rules::kBadTableLength, start, "symbol table length",
                       fmt::format("{}", length),
                       fmt::format("at most {}, the bytes left for CODE", reader.remaining()));
    return std::nullopt;
  }
  parse.result.layout.symbol_table = reader.offset();
  parse_symbols(parse, reader.sub(length, "symbol table"));
  return reader.offset();
}

}  // namespace

CodeExtent parse_code(Parse& parse, std::uint64_t start) {
  Layout& layout = parse.result.layout;
  layout.code_section = start;
  CodeExtent extent;
  const bool stated = parse.header.code_size != 0;
  if (stated) extent.end = stated_end(parse, start);
  extent.machine_code = parse_table(parse, start, extent.end.value_or(parse.file.size()));
  if (!extent.machine_code) return extent;
  layout.machine_code = *extent.machine_code;
  if (!stated) extent.end = infer_code_end(parse, start, *extent.machine_code);
  if (!extent.end) return extent;

  const Bytes code = parse.file.subspan(*extent.machine_code, *extent.end - *extent.machine_code);
  parse.result.executable.code.assign(code.begin(), code.end());
  if (const std::uint64_t size = *extent.end - start; size % kCodeAlignment != 0) {
    parse.findings.add(rules::kUnpaddedCode, *extent.end, "padding",
                       fmt::format("a CODE section of {} bytes", size), "a multiple of 16");
  }
  return extent;
}

}  // namespace cmos::cpe
