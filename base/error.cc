#include "base/error.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cmos {

std::string Error::text() const {
  std::string line;
  auto add = [&line](std::string_view part, std::string_view separator) {
    if (part.empty()) return;
    if (!line.empty()) line += separator;
    line += part;
  };
  add(file, "");
  if (offset) add(fmt::format("offset 0x{:x}", *offset), ": ");
  add(field, ": ");
  add(message, ": ");
  if (!found.empty()) add("found " + found, ": ");
  if (!expected.empty()) add("expected " + expected, found.empty() ? ": " : ", ");
  return presentable(line);
}

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::kHint:
      return "hint";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

tl::unexpected<Error> Refusals::refuse(ErrorCode code, std::uint64_t offset, std::string_view field,
                                       std::string found, std::string expected) const {
  return fail(Error{.code = code,
                    .file = refused_file_,
                    .offset = offset,
                    .field = std::string(field),
                    .found = std::move(found),
                    .expected = std::move(expected)});
}

}  // namespace cmos
