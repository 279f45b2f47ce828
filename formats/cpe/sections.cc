// What the image looks like in memory: boundary symbols -> sections with permissions, and where
// execution begins (abi 1.1, 1.3).
//
//   (start) code r-x | __const_start constants r-- | __var_start variables rw- | __image_end
//
// __image_end may lie past the raw bytes (zero-filled) or before their end (the rest is padding).
// Without any of the three the image is one rwx range of the raw bytes.
#include <fmt/format.h>

#include <algorithm>

#include "formats/cpe/parse.h"

namespace cmos::cpe {
namespace {

struct Boundary {
  std::string_view name;
  SectionKind kind;  ///< of what begins there
  std::optional<std::uint64_t> offset;
  std::uint64_t field = 0;  ///< of its offset in the file
};

constexpr std::uint64_t kMostMemory = kImageLimit - kLoadAddress;

bool find_boundary(Parse& parse, Boundary& boundary) {
  bool good = true;
  const std::vector<Symbol>& symbols = parse.result.executable.symbols;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (symbols[i].name != boundary.name) continue;
    const std::uint64_t field = parse.symbol_fields[i] + 4 + symbols[i].name.size();
    if (!boundary.offset) {
      boundary.offset = symbols[i].offset;
      boundary.field = field;
    } else if (*boundary.offset != symbols[i].offset) {
      parse.findings.add(rules::kBoundaryAmbiguous, field, boundary.name,
                         fmt::format("0x{:x}", symbols[i].offset),
                         fmt::format("0x{:x} as before", *boundary.offset));
      good = false;
    }
  }
  return good;
}

bool check_aligned(Parse& parse, const Boundary& boundary) {
  if (!boundary.offset || *boundary.offset % kPageSize == 0) return true;
  parse.findings.add(rules::kBoundaryUnaligned, boundary.field, boundary.name,
                     fmt::format("0x{:x}", *boundary.offset), "a multiple of 4096");
  return false;
}

/// Bytes after the declared end of the program can only be padding.
void check_padding(Parse& parse, std::uint64_t image_end) {
  const std::vector<std::uint8_t>& code = parse.result.executable.code;
  if (image_end >= code.size()) return;
  const auto bad = std::find_if(code.begin() + static_cast<std::ptrdiff_t>(image_end), code.end(),
                                [](std::uint8_t byte) { return byte != 0; });
  if (bad == code.end()) return;
  parse.findings.add(
      rules::kPaddingNotZero,
      parse.result.layout.machine_code + static_cast<std::uint64_t>(bad - code.begin()),
      "padding after __image_end", fmt::format("byte 0x{:02x}", *bad), "0x00");
}

void check_size(Parse& parse, std::uint64_t size, std::uint64_t field, std::string_view name) {
  if (size <= kMostMemory) return;
  parse.findings.add(
      rules::kImageTooLarge, field, name, fmt::format("0x{:x}", size),
      fmt::format("at most 0x{:x}, which keeps the image below the stack", kMostMemory));
}

/// Legal, and what a linker writes for absolute symbols, but more often a mistake in an offset.
void check_symbols(Parse& parse, std::uint64_t memory) {
  const std::vector<Symbol>& symbols = parse.result.executable.symbols;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const Symbol& symbol = symbols[i];
    const bool boundary =
        symbol.name == kConstStart || symbol.name == kVarStart || symbol.name == kImageEnd;
    if (boundary || symbol.offset <= memory) continue;
    parse.findings.add(rules::kSymbolOutsideImage, parse.symbol_fields[i] + 4 + symbol.name.size(),
                       fmt::format("symbol {} code offset", i),
                       fmt::format("0x{:x}", symbol.offset),
                       fmt::format("at most 0x{:x}, the end of the image", memory));
  }
}

}  // namespace

void find_sections(Parse& parse) {
  ReadResult& result = parse.result;
  const std::uint64_t raw = result.executable.code.size();
  std::array<Boundary, 2> starts{
      {{kConstStart, SectionKind::kConst, {}, 0}, {kVarStart, SectionKind::kVar, {}, 0}}};
  Boundary end{kImageEnd, SectionKind::kVar, {}, 0};
  bool good = find_boundary(parse, end);
  for (Boundary& start : starts) {
    good &= find_boundary(parse, start);
    good &= check_aligned(parse, start);
  }
  const std::uint64_t memory = end.offset.value_or(raw);
  parse.memory_size = memory;
  check_size(parse, memory, end.offset ? end.field : result.layout.machine_code,
             end.offset ? kImageEnd : "raw machine code");
  if (end.offset) check_padding(parse, memory);
  check_symbols(parse, memory);

  const bool bounded = end.offset || starts[0].offset || starts[1].offset;
  if (!bounded) {
    result.sections = {{SectionKind::kWhole, 0, memory}};
    return;
  }
  // From the last boundary backwards: none may lie after the next one.
  std::uint64_t next = memory;
  std::string_view next_name = end.offset ? kImageEnd : "the end of the raw machine code";
  std::vector<ImageSection> reversed;
  auto close = [&](SectionKind kind, std::uint64_t start) {
    if (start < next) reversed.push_back({kind, start, next - start});
    next = start;
  };
  for (auto start = starts.rbegin(); start != starts.rend(); ++start) {
    if (!start->offset) continue;
    if (*start->offset > next) {
      parse.findings.add(rules::kBoundaryOrder, start->field, start->name,
                         fmt::format("0x{:x}", *start->offset),
                         fmt::format("at most 0x{:x}, {}", next, next_name));
      good = false;
      continue;
    }
    close(start->kind, *start->offset);
    next_name = start->name;
  }
  close(SectionKind::kCode, 0);
  if (!good) return;
  result.sections.assign(reversed.rbegin(), reversed.rend());
  if (memory > raw && !starts[1].offset) {
    parse.findings.add(rules::kZeroFillNotWritable, end.field, end.name,
                       fmt::format("{} zero-filled bytes", memory - raw),
                       "__var_start, without which they are not writable");
  }
}

void check_entry(Parse& parse) {
  ReadResult& result = parse.result;
  const Executable& executable = result.executable;
  const std::uint64_t stored = executable.entry_offset;
  const std::uint64_t table = result.layout.machine_code - result.layout.code_section;
  const bool literal = parse.options.entry_base == EntryBase::kSection;
  // A Thumb entry is marked by its lowest bit, in the file and in symbols.
  const std::uint64_t mask = executable.arch == "_ARM" ? ~std::uint64_t{1} : ~std::uint64_t{0};
  auto hits_symbol = [&](std::uint64_t offset) {
    return std::any_of(executable.symbols.begin(), executable.symbols.end(),
                       [&](const Symbol& s) { return (s.offset & mask) == (offset & mask); });
  };
  if (!literal && stored >= table && !hits_symbol(stored) && hits_symbol(stored - table)) {
    parse.findings.add(rules::kEntryBase, kEntryField, "entry point offset",
                       fmt::format("{}, where no symbol is", stored),
                       fmt::format("{}, unless it counts from the start of CODE "
                                   "(--entry-base=section)",
                                   stored - table));
  }
  const std::uint64_t end = std::min<std::uint64_t>(executable.code.size(), parse.memory_size);
  const std::uint64_t base = literal ? table : 0;
  if (stored < base || ((stored - base) & mask) >= end) {
    const char* limit =
        end < executable.code.size() ? "__image_end" : "the size of the machine code";
    const std::string expected =
        end == 0  ? std::string("some machine code to begin in")
        : literal ? fmt::format("{} to {}, inside the machine code", base, base + end - 1)
                  : fmt::format("less than {}, {}", end, limit);
    parse.findings.add(rules::kEntryOutsideCode, kEntryField, "entry point offset",
                       fmt::format("{}", stored), expected);
    return;
  }
  result.entry = stored - base;
  for (const ImageSection& section : result.sections) {
    const bool inside = (result.entry & mask) >= section.offset &&
                        (result.entry & mask) - section.offset < section.memory_size;
    if (inside && (section.kind == SectionKind::kConst || section.kind == SectionKind::kVar)) {
      parse.findings.add(
          rules::kEntryNotExecutable, kEntryField, "entry point offset",
          fmt::format("{}, among the {}", stored,
                      section.kind == SectionKind::kConst ? "constants" : "variables"),
          "an offset in the code");
    }
  }
}

}  // namespace cmos::cpe
