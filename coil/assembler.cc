#include "coil/assembler.h"

#include <fmt/format.h>

#include "coil/debug_builder.h"
#include "coil/emitter.h"
#include "coil/source_reader.h"
#include "formats/coil/debug_file.h"

namespace cmos::casm {
namespace {

constexpr Warning kWarnings[] = {
    {"unused-label", "a label or SYM that nothing refers to"},
    {"undeclared", "a variable that no VAR declares before its use"},
    {"align", "code that cannot be aligned"},
};

coil::ObjectFile object_of(const Assembly& assembly, const Options& options) {
  coil::ObjectFile out;
  out.order = options.order;
  out.symbols = assembly.symbols;
  out.relocations = assembly.relocations;
  for (const SectionOut& one : assembly.sections) {
    coil::Section section;
    section.name = one.name;
    section.attributes = one.attributes;
    section.size = one.size();
    section.address = one.address;
    section.alignment = one.alignment;
    section.processor = one.processor;
    section.bytes = one.bytes.data();
    out.sections.push_back(section);
  }
  return out;
}

std::string hex(Bytes bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

struct ListingEntry {
  const SectionOut* section;
  Placed placed;
};
using ListingLines = std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<ListingEntry>>;

void list_line(std::uint32_t line, std::string_view text, const std::vector<ListingEntry>& entries,
               std::string& out) {
  constexpr std::size_t kShown = 16;
  bool first = true;
  for (const ListingEntry& entry : entries) {
    const Bytes all = entry.section->bytes.data();
    const Bytes bytes = entry.section->uninitialised()
                            ? Bytes{}
                            : all.subspan(entry.placed.offset, entry.placed.size);
    const std::string shown = hex(bytes.first(std::min(bytes.size(), kShown)));
    out += fmt::format("{:>6} {:08x} {:34} {}\n", line, entry.placed.offset,
                       shown + (bytes.size() > kShown ? ".." : ""), first ? text : "");
    first = false;
  }
}

/// Line, section offset and bytes in front of each line that made some.
std::string listing_of(const Assembly& assembly, const source::Sources& sources) {
  ListingLines lines;
  for (const SectionOut& section : assembly.sections) {
    for (const Placed& placed : section.placed) {
      const Span& where = assembly.statements[placed.statement].span;
      lines[{where.file, where.line}].push_back({&section, placed});
    }
  }
  std::string out;
  for (std::uint32_t file = 0; file < sources.size(); ++file) {
    out += fmt::format("; {}\n", sources[file].name);
    for (std::uint32_t line = 1; line <= sources[file].lines.size(); ++line) {
      const std::string_view text = sources[file].lines[line - 1];
      const auto found = lines.find({file, line});
      if (found == lines.end())
        out += fmt::format("{:>6} {:43} {}\n", line, "", text);
      else
        list_line(line, text, found->second, out);
    }
  }
  return out;
}

}  // namespace

std::span<const Warning> warnings() {
  return kWarnings;
}

Output assemble(std::string_view file, std::string text, const Options& options) {
  source::Sources sources;
  source::Reporter reporter;
  SourceReader reader(options, sources, reporter);
  std::vector<Statement> statements = reader.read(file, std::move(text));
  Emitter emitter(options, sources, reporter);
  const Assembly assembly = emitter.emit(std::move(statements));
  Output out;
  if (!reporter.has_errors()) {
    coil::ObjectFile object = object_of(assembly, options);
    if (options.debug) object.debug = build_debug(assembly, object, sources, options);
    auto written = coil::write_object_file(object);
    if (written)
      out.coil = std::move(*written);
    else
      reporter.error({}, written.error().text());
    if (options.listing) out.listing = listing_of(assembly, sources);
  }
  out.errors = reporter.errors();
  out.warnings = reporter.warnings();
  for (const source::Diagnostic& one : std::move(reporter).take(sources))
    out.messages += source::render(sources, one);
  if (out.errors != 0 || (options.fatal_warnings && out.warnings != 0)) out.coil.clear();
  return out;
}

Result<SplitDebug> split_debug(Bytes bytes, std::string_view file) {
  CMOS_TRY(coil::ObjectRead read, coil::read_object_file(bytes, file));
  if (!read.file.debug)
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = std::string(file),
                      .message = "there is no debug information in it"});
  coil::DebugFile debug;
  debug.order = read.file.order;
  debug.debug = std::move(*read.file.debug);
  debug.symbols = read.file.symbols;
  read.file.debug.reset();
  SplitDebug out;
  CMOS_TRY(out.coil, coil::write_object_file(read.file));
  CMOS_TRY(out.coild, coil::write_debug_file(debug));
  return out;
}

}  // namespace cmos::casm
