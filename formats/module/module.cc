#include "formats/module/module.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/module/parse.h"

namespace cmos::mod {

bool looks_like_module(Bytes bytes) {
  const std::size_t known = std::size(kMagic) - 1;
  return bytes.size() >= known && std::equal(kMagic, kMagic + known, bytes.begin());
}

std::string Segment::label() const {
  return name && !name->empty() ? std::string(*name) : fmt::format("segment {}", id);
}

const Segment* Module::segment(std::uint16_t id) const {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [&](const Segment& one) { return one.id == id; });
  return found == segments.end() ? nullptr : &*found;
}

std::vector<Family> Module::families() const {
  std::vector<Family> out;
  for (const FamilyRow& row : mod::families()) {
    if (std::any_of(segments.begin(), segments.end(),
                    [&](const Segment& one) { return one.family() == row.family; }))
      out.push_back(row.family);
  }
  return out;
}

namespace {

/// What parts say of each other makes sense only when they are whole.
std::optional<Module> parse_and_lint(Bytes bytes, Findings& findings) {
  auto module = parse(bytes, findings);
  if (module && !findings.has_errors()) lint(*module, findings);
  return module;
}

}  // namespace

Result<Module> read(Bytes bytes, std::string_view file) {
  Findings findings(file);
  auto module = parse_and_lint(bytes, findings);
  if (module && !findings.has_errors()) return std::move(*module);
  for (Finding& one : std::move(findings).take(false)) {
    if (one.severity == Severity::kError) return fail(std::move(one.where));
  }
  return fail(ErrorCode::kInternal, "a module without a fault was refused");
}

std::vector<Finding> validate(Bytes bytes, std::string_view file) {
  Findings findings(file);
  (void)parse_and_lint(bytes, findings);
  return std::move(findings).take(false);
}

}  // namespace cmos::mod
