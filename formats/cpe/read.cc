// Reading and validating are one parse: read() hands out the first error, validate() all findings.
#include "formats/cpe/cpe.h"

#include <algorithm>

#include "formats/cpe/parse.h"

namespace cmos::cpe {
namespace {

void parse_body(Parse& parse, bool with_signature) {
  std::uint64_t start = kHeaderSize;
  if (with_signature) {
    const auto after = parse_signature(parse, start);
    if (!after) return;
    start = *after;
  }
  const CodeExtent extent = parse_code(parse, start);
  if (extent.machine_code && extent.end) {
    find_sections(parse);
    check_entry(parse);
  }
  if (extent.end) parse_mini_disk(parse, *extent.end);
}

void begin(Parse& parse, const Header& header) {
  parse.header = header;
  Executable& executable = parse.result.executable;
  executable.version = header.version;
  executable.arch = header.arch;
  executable.mini_disk_size = header.mini_disk_size;
  executable.entry_offset = header.entry_offset;
  executable.states_code_size = header.code_size != 0;
  executable.has_checksum = header.checksum != 0;
  parse.result.layout.file_size = parse.file.size();
  parse.result.layout.stored_checksum = header.checksum;
}

/// The document's table has no field that says whether there is a SIGNATURE: when the reading
/// without one fails, the reading with one is tried (abi 1.1).
Parse parse_zero_tail(const Parse& start) {
  Parse without = start;
  parse_body(without, false);
  if (!without.findings.has_errors()) return without;
  Parse with = start;
  with.findings.add(rules::kUnstatedSignature, kMetadataOffsetField, "optional metadata offset",
                    "0, but a SIGNATURE follows the header", "29");
  parse_body(with, true);
  return with.findings.has_errors() ? without : with;
}

enum class Purpose : std::uint8_t { kLoad, kValidate };

Parse parse_file(Bytes file, std::string_view name, const ReadOptions& options, Purpose purpose) {
  Parse parse(file, name, options);
  const auto header = parse_header(file, parse.findings);
  if (!header) return parse;
  begin(parse, *header);
  if (purpose == Purpose::kValidate) check_arch(*header, parse.findings);
  if (header->metadata_offset != 0 && header->metadata_offset != kHeaderSize) {
    parse.findings.add(rules::kBadMetadataOffset, kMetadataOffsetField, "optional metadata offset",
                       std::to_string(header->metadata_offset), "29, or 0 for no SIGNATURE");
  } else if (header->zero_tail()) {
    parse = parse_zero_tail(parse);
  } else {
    parse_body(parse, header->metadata_offset != 0);
  }
  // Last, although the field comes early: in a cut file the place of the cut says more than a wrong
  // sum.
  check_checksum(file, *header, parse.findings);
  return parse;
}

}  // namespace

bool looks_like_cpe(Bytes file_bytes) {
  return file_bytes.size() >= kMagic.size() && as_text(file_bytes.first(kMagic.size())) == kMagic;
}

Result<ReadResult> read(Bytes file_bytes, std::string_view file, const ReadOptions& options) {
  Parse parse = parse_file(file_bytes, file, options, Purpose::kLoad);
  std::vector<Finding> findings = std::move(parse.findings).take(options.strict);
  const auto error = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kError;
  });
  if (error != findings.end()) return fail(std::move(error->where));
  parse.result.findings = std::move(findings);
  return std::move(parse.result);
}

Inspection inspect(Bytes file_bytes, std::string_view file, const ReadOptions& options) {
  Parse parse = parse_file(file_bytes, file, options, Purpose::kValidate);
  std::vector<Finding> findings = std::move(parse.findings).take(options.strict);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return a.where.offset.value_or(0) < b.where.offset.value_or(0);
  });
  return {std::move(parse.result), std::move(findings)};
}

std::vector<Finding> validate(Bytes file_bytes, std::string_view file, const ReadOptions& options) {
  return inspect(file_bytes, file, options).findings;
}

}  // namespace cmos::cpe
