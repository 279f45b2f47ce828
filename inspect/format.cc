#include "inspect/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host_file.h"
#include "base/text.h"
#include "inspect/text.h"
#include "inspect/validate.h"
#include "formats/cpe/cpe.h"
#include "formats/cpo/cpo.h"
#include "formats/elf/object.h"

namespace cmos::inspect {
namespace {

bool looks_like_cpe(Bytes bytes) {
  return as_text(bytes.first(std::min(bytes.size(), cpe::kMagic.size()))) == cpe::kMagic;
}

Result<Container> open_archive(Bytes bytes, std::string_view file) {
  Container out;
  CMOS_TRY(out.archive, archive::read(bytes, file, archive::Thin::kAllow));
  return out;
}

// clang-format off
constexpr Format kFormats[] = {
    // name, description, begins like it, image, members, object, findings
    {"cpe", "CalamOS executable", looks_like_cpe, cpe_image, nullptr, nullptr, validate_cpe},
    {"cpo", "CalamOS object", cpo::looks_like_cpo, cpo_image, nullptr, cpo::read_object, validate_cpo},
    {"elf", "ELF object or program", elf::looks_like_elf, elf_image, nullptr, elf::read_object, validate_elf},
    {"archive", "ar archive", archive::looks_like_archive, nullptr, open_archive, nullptr, validate_archive},
};
// clang-format on

}  // namespace

std::span<const Format> formats() {
  return kFormats;
}

const Format* detect(Bytes bytes) {
  for (const Format& one : kFormats) {
    if (one.matches(bytes)) return &one;
  }
  return nullptr;
}

Error unrecognized(Bytes bytes, std::string_view file) {
  std::string known;
  for (const Format& one : kFormats) {
    if (!known.empty()) known += ", ";
    known += one.description;
  }
  constexpr std::size_t kShown = 8;
  return Error{.code = ErrorCode::kUnsupported,
               .file = std::string(file),
               .offset = 0,
               .field = "file format",
               .found = bytes.empty() ? std::string("an empty file")
                                      : quote(bytes.first(std::min(bytes.size(), kShown))),
               .expected = std::move(known)};
}

std::string member_name(std::string_view archive, std::string_view member) {
  return fmt::format("{}({})", archive, shown(member));
}

std::string thin_member_path(const std::string& archive, std::string_view member) {
  if (member.starts_with('/')) return std::string(member);
  const std::size_t slash = archive.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : archive.substr(0, slash + 1);
  return folder + std::string(member);
}

Result<Input> open_input(Bytes bytes, const std::string& file) {
  const Format* format = detect(bytes);
  if (format == nullptr) return fail(unrecognized(bytes, file));
  Input out;
  out.file = file;
  if (format->open == nullptr) {
    out.parts.push_back({.file = file, .archive = {}, .member = {}, .bytes = bytes, .owned = {}});
    return out;
  }
  out.is_archive = true;
  CMOS_TRY(out.container, format->open(bytes, file));
  for (const archive::Member& member : out.container.archive.members) {
    Part part{.file = member_name(file, member.name),
              .archive = file,
              .member = std::string(member.name),
              .bytes = member.bytes,
              .owned = {}};
    if (out.container.archive.thin) {
      auto contents = read_host_file(thin_member_path(file, member.name));
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

Result<Image> read_image(const Part& part) {
  const Format* format = detect(part.bytes);
  if (format == nullptr) return fail(unrecognized(part.bytes, part.file));
  if (format->read == nullptr)
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = part.file,
                      .offset = 0,
                      .field = "file format",
                      .found = std::string(format->description),
                      .expected = "an object or an executable"});
  return format->read(part.bytes, part.file);
}

}  // namespace cmos::inspect
