#include "formats/coil/debug_file.h"

#include <fmt/format.h>

#include "formats/coil/rules.h"
#include "formats/coil/tables.h"

namespace cmos::coil {

bool looks_like_coild(Bytes bytes) {
  const FileKindRow* row = kind_of(bytes);
  return row != nullptr && row->kind == FileKind::kDebug;
}

namespace {

/// The header names the strings a second time.
void check_strings(const Header& header, Bytes bytes, Findings& findings) {
  const std::uint32_t debug = header.offsets[0];
  ByteReader in(bytes.subspan(debug), debug, header.order());
  in.u32("debug version");
  in.u32("tables_offset");
  const std::uint64_t strings = std::uint64_t{debug} + in.u32("strings_offset");
  if (in.ok() && header.offsets[2] != strings)
    findings.add(rules_of::kDebug.rule, 16, "strings_offset", fmt::format("{}", header.offsets[2]),
                 fmt::format("{}, as the debug section says", strings));
}

}  // namespace

std::optional<DebugFile> parse_debug_file(Bytes bytes, Findings& findings) {
  const auto header = parse_header(bytes, FileKind::kDebug, findings);
  if (!header) return std::nullopt;
  DebugFile out;
  out.version = header->version;
  out.order = header->order();
  if (header->offsets[0] == 0) {
    findings.add(rules_of::kDebug.rule, 8, "debug_offset", "0", "where the debug section begins");
    return out;
  }
  out.debug =
      parse_debug(bytes.subspan(header->offsets[0]), out.order, header->offsets[0], findings);
  check_strings(*header, bytes, findings);
  out.symbols = TableReader(bytes, out.order, findings).symbols(header->offsets[1]);
  return out;
}

Result<DebugFileRead> read_debug_file(Bytes bytes, std::string_view file) {
  Findings findings(file);
  auto parsed = parse_debug_file(bytes, findings);
  DebugFileRead out;
  CMOS_TRY(out.warnings, readable(std::move(findings)));
  out.file = std::move(*parsed);
  return out;
}

Result<std::vector<std::uint8_t>> write_debug_file(const DebugFile& file) {
  CMOS_TRY_VOID(check_symbols(file.symbols));
  ByteWriter out(file.order);
  put_header(FileKind::kDebug, file.version, 0, out);
  patch_offset(1, out.size(), out);
  put_symbols(file.symbols, out);
  patch_offset(0, out.size(), out);
  patch_offset(2, out.size() + debug_strings_offset(file.debug), out);
  write_debug(file.debug, out);
  if (out.size() > UINT32_MAX)
    return fail(ErrorCode::kLimit, fmt::format("a file of {} bytes: at most {} fit the format",
                                               out.size(), UINT32_MAX));
  patch_file_size(FileKind::kDebug, out);
  return std::move(out).take();
}

}  // namespace cmos::coil
