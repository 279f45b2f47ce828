// What `cmos-mod make` does with a description and an object of any format that it takes.
//
//   input   length:u16, little-endian   that many bytes of description   the object
//
// Every object that the description names is that one.
#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "formats/module/edit.h"
#include "fuzz/require.h"
#include "tools/cmos-mod/description.h"
#include "tools/cmos-mod/sources.h"

using namespace cmos;
using cmos::fuzz::require;

namespace {

void check(const Error& error) {
  const std::string text = error.text();
  require(!text.empty() && presentable_lines(text) == text, "an error says something printable");
}

/// What was made is written, and reads as what it was.
void write_and_read(const mod::Module& module) {
  const auto bytes = mod::write(module);
  if (!bytes) return check(bytes.error());
  const auto findings = mod::validate(*bytes, "made.mod");
  require(std::none_of(findings.begin(), findings.end(),
                       [](const Finding& one) { return one.severity == Severity::kError; }),
          "what was made is valid");
  const auto back = mod::read(*bytes, "made.mod");
  require(back.has_value(), "what was made can be read");
  const auto again = mod::write(*back);
  require(again && *again == *bytes, "writing is canonical");
}

void make_part(modtool::Part part, Bytes object) {
  std::vector<mod::Source> sources;
  for (const modtool::Part::Object& one : part.objects) {
    auto source = modtool::read_source(object, one.file, part.options.cpu.family);
    if (!source) return check(source.error());
    for (mod::SourceSegment& segment : source->segments) {
      if (one.overlay && segment.type == mod::SectionType::kText)
        segment.type = mod::SectionType::kOverlay;
    }
    sources.push_back(std::move(*source));
  }
  sources.push_back(std::move(part.raw));
  const auto made = mod::make(sources, part.options);
  if (!made) return check(made.error());
  write_and_read(made->module);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes all(data, size);
  const Bytes rest = all.subspan(2);
  const std::size_t length = std::min<std::size_t>(cmos::load(all.first(2)), rest.size());
  auto parts = modtool::read_description(as_text(rest.first(length)), "a.txt", {});
  if (!parts) {
    check(parts.error());
    return 0;
  }
  constexpr std::size_t kMostObjects = 8;
  for (modtool::Part& one : *parts) {
    if (one.objects.size() <= kMostObjects) make_part(std::move(one), rest.subspan(length));
  }
  return 0;
}
