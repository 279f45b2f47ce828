// Reading and validating are one parse: read() hands out the first error, validate() all findings.
#include <algorithm>

#include "formats/cpo/parse.h"

namespace cmos::cpo {
namespace {

enum class Purpose : std::uint8_t { kLoad, kValidate };

Parse parse_file(Bytes bytes, std::string_view name, Purpose purpose) {
  Parse parse(bytes, name);
  const auto header = parse_header(bytes, parse.findings);
  if (!header) return parse;
  parse.header = *header;
  parse.result.file.version = header->version;
  parse.result.file.arch = header->arch;
  parse.result.layout.file_size = bytes.size();
  if (purpose == Purpose::kValidate) check_arch(*header, parse.findings);
  if (!parse_areas(parse)) return parse;
  parse_tables(parse);
  parse_link(parse);
  return parse;
}

}  // namespace

bool looks_like_cpo(Bytes file_bytes) {
  return file_bytes.size() >= kMagic.size() && as_text(file_bytes.first(kMagic.size())) == kMagic;
}

std::string_view arch_of(Bytes file_bytes) {
  if (!looks_like_cpo(file_bytes) || file_bytes.size() < kArchField + 4) return {};
  return as_text(file_bytes.subspan(kArchField, 4));
}

Result<ReadResult> read(Bytes file_bytes, std::string_view file, const ReadOptions& options) {
  Parse parse = parse_file(file_bytes, file, Purpose::kLoad);
  std::vector<Finding> findings = std::move(parse.findings).take(options.strict);
  const auto error = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kError;
  });
  if (error != findings.end()) return fail(std::move(error->where));
  parse.result.findings = std::move(findings);
  return std::move(parse.result);
}

std::vector<Finding> validate(Bytes file_bytes, std::string_view file, const ReadOptions& options) {
  Parse parse = parse_file(file_bytes, file, Purpose::kValidate);
  std::vector<Finding> findings = std::move(parse.findings).take(options.strict);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return a.where.offset.value_or(0) < b.where.offset.value_or(0);
  });
  return findings;
}

}  // namespace cmos::cpo
