// Reader, validator and writer of CPE on any bytes. What reads must be written and read again as
// the same struct, a file without warnings as the same bytes, and the validator must find an error
// exactly where the reader refuses.
#include <algorithm>

#include "formats/cpe/cpe.h"
#include "fuzz/require.h"

namespace {

using cmos::Bytes;
using cmos::Finding;
using cmos::Severity;
using cmos::fuzz::require;
namespace cpe = cmos::cpe;

bool has(const std::vector<Finding>& findings, Severity severity) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.severity == severity; });
}

void check_findings(const std::vector<Finding>& findings, std::size_t size) {
  for (const Finding& finding : findings) {
    require(!finding.rule.empty() && !finding.section.empty(), "a finding names rule and section");
    require(finding.where.file == "f" && !finding.where.field.empty() &&
                !finding.where.found.empty() && !finding.where.expected.empty(),
            "a finding says file, field, found and expected");
    require(finding.where.offset && *finding.where.offset <= size, "a finding lies in the file");
  }
}

void check_sections(const cpe::ReadResult& result) {
  std::uint64_t end = 0;
  for (const cpe::ImageSection& section : result.sections) {
    require(section.offset >= end && section.memory_size > 0, "sections ascend and are not empty");
    require(section.offset % cpe::kPageSize == 0, "sections begin at pages");
    end = section.offset + section.memory_size;
  }
  require(!result.sections.empty() && result.sections.front().offset == 0, "the image has a start");
  require((result.entry & ~1ull) < end, "the entry lies in the image");
}

void check_round_trip(Bytes file, const cpe::ReadResult& result, const cpe::ReadOptions& options) {
  const auto written = cpe::write(result.executable);
  require(written.has_value(), "what reads can be written");
  const auto again = cpe::read(*written, "f", {false, options.entry_base});
  require(again.has_value(), "what was written reads");
  cpe::Executable expected = result.executable;
  require(again->executable.code.size() - expected.code.size() < 16, "only padding is added");
  expected.code.resize(again->executable.code.size());
  require(again->executable == expected, "it reads as the same struct");
  const auto twice = cpe::write(again->executable);
  require(twice && *twice == *written, "canonical bytes stay as they are");
  if (!has(result.findings, Severity::kWarning)) {
    require(std::equal(file.begin(), file.end(), written->begin(), written->end()),
            "a file without warnings is canonical");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, size);
  for (const auto base : {cpe::EntryBase::kMachineCode, cpe::EntryBase::kSection}) {
    for (const bool strict : {false, true}) {
      const cpe::ReadOptions options{strict, base};
      const auto findings = cpe::validate(file, "f", options);
      check_findings(findings, size);
      const auto result = cpe::read(file, "f", options);
      if (!result) {
        require(has(findings, Severity::kError), "the validator knows why a file is refused");
        continue;
      }
      const bool unknown_arch = cpe::arch_description(result->executable.arch) == nullptr;
      require(has(findings, Severity::kError) == (strict && unknown_arch),
              "the validator finds no error in what reads");
      check_sections(*result);
      if (!strict) check_round_trip(file, *result, options);
    }
  }
  return 0;
}
