// Reader, validator, writer and conversions of CPO on any bytes. What reads must be written and
// read again as the same bytes, give an object that keeps the model's guarantees, and the validator
// must find an error exactly where the reader refuses.
#include <algorithm>

#include "formats/cpo/cpo.h"
#include "fuzz/require.h"

namespace {

using cmos::Bytes;
using cmos::Finding;
using cmos::Severity;
using cmos::fuzz::require;
namespace cpo = cmos::cpo;

bool has_errors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& one) { return one.severity == Severity::kError; });
}

void check_findings(const std::vector<Finding>& findings, std::size_t size) {
  for (const Finding& one : findings) {
    require(!one.rule.empty() && !one.section.empty(), "a finding names rule and section");
    require(one.where.file == "f" && !one.where.field.empty() && !one.where.found.empty() &&
                !one.where.expected.empty(),
            "a finding says file, field, found and expected");
    require(one.where.offset && *one.where.offset <= size, "a finding lies in the file");
  }
}

void check_object(const cpo::ReadResult& result) {
  const auto object = cpo::to_object(result, "f");
  if (!object) return;
  if (object->isa)
    require(cmos::object::check(*object).has_value(), "an object keeps its guarantees");
  const auto file = cpo::from_object(*object);
  if (!file) return;
  const auto bytes = cpo::write(*file);
  require(bytes.has_value(), "what came from an object can be written");
  const auto again = cpo::read_object(*bytes, "f");
  require(again && again->relocations.size() == object->relocations.size() &&
              again->symbols.size() == object->symbols.size(),
          "it reads as an object again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, size);
  const auto findings = cpo::validate(file, "f");
  check_findings(findings, size);
  const auto result = cpo::read(file, "f");
  require(result.has_value() != has_errors(findings), "reader and validator agree");
  if (!result) return 0;
  const auto written = cpo::write(result->file);
  require(written.has_value(), "what reads can be written");
  const auto again = cpo::read(*written, "f", {.strict = false});
  require(again.has_value(), "what was written reads");
  const auto twice = cpo::write(again->file);
  require(twice && *twice == *written, "canonical bytes stay as they are");
  check_object(*result);
  return 0;
}
