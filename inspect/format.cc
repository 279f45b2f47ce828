#include "inspect/format.h"

#include "base/host_file.h"
#include "inspect/text.h"

namespace cmos::inspect {

Result<Input> open_input(Bytes bytes, const std::string& file) {
  const formats::Format* format = formats::detect(bytes);
  if (format == nullptr) return fail(formats::unrecognized(bytes, file));
  Input out;
  out.file = file;
  if (format->members == nullptr) {
    out.parts.push_back({.file = file, .archive = {}, .member = {}, .bytes = bytes, .owned = {}});
    return out;
  }
  out.is_archive = true;
  CMOS_TRY(out.archive, format->members(bytes, file));
  for (const formats::Member& member : out.archive.members) {
    Part part{.file = formats::member_name(file, member.name),
              .archive = file,
              .member = std::string(member.name),
              .bytes = member.bytes,
              .owned = {}};
    if (out.archive.thin) {
      auto contents = read_host_file(formats::thin_member_path(file, member.name));
      if (!contents) {
        Error error = std::move(contents).error();
        error.file = shown(error.file);
        out.errors.push_back(std::move(error));
        continue;
      }
      part.owned = std::move(*contents);
      part.bytes = part.owned;
    }
    out.parts.push_back(std::move(part));
  }
  return out;
}

Result<Description> describe(const Part& part) {
  const formats::Format* format = formats::detect(part.bytes);
  if (format == nullptr) return fail(formats::unrecognized(part.bytes, part.file));
  if (format->describe == nullptr)
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = part.file,
                      .offset = 0,
                      .field = "file format",
                      .found = std::string(format->title),
                      .expected = "an object or an executable"});
  return format->describe(part.bytes, part.file);
}

}  // namespace cmos::inspect
