#include "inspect/text.h"

#include <algorithm>

#include "base/demangle.h"
#include "base/text.h"

namespace cmos::inspect {
namespace {

/// Names in a file can be as long as the file, and thousands of symbols can share one.
constexpr std::size_t kLongestName = 4096;

}  // namespace

std::string shown(std::string_view name, bool demangle) {
  return demangle ? presentable(demangled(name), kLongestName) : presentable(name, kLongestName);
}

std::string json_text(std::string_view name, bool demangle) {
  const std::string text = demangle ? demangled(name) : std::string(name);
  if (text.size() <= kLongestName && !first_invalid_utf8(as_bytes(text))) return text;
  return shown(text);
}

std::string hex(std::uint64_t value) {
  return fmt::format("0x{:08x}", value);
}

std::string address(std::uint64_t value, unsigned digits) {
  return fmt::format("{:0{}x}", value, digits);
}

std::string_view severity_name(Severity severity) {
  return severity == Severity::kHint ? "note" : name(severity);
}

}  // namespace cmos::inspect
