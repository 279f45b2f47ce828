#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "formats/whitesmith/archive.h"
#include "formats/whitesmith/describe.h"
#include "formats/whitesmith/rules.h"
#include "formats/whitesmith/whitesmith.h"

namespace cmos::whitesmith {

Result<formats::Archive> members(Bytes bytes, std::string_view file) {
  constexpr std::uint32_t kUsualMode = 0644;
  CMOS_TRY(const Archive archive, read_archive(bytes, file));
  formats::Archive out;
  for (const Member& one : archive.members)
    out.members.push_back(
        {.name = one.name,
         .header_offset = one.header_offset,
         .offset = one.offset,
         .bytes = one.bytes,
         .size = one.bytes.size(),
         .modified = one.modified,
         .uid = one.uid,
         .gid = one.gid,
         .mode = archive.kind == ArchiveKind::kWhitesmith ? kUsualMode : one.mode});
  return out;
}

Result<std::vector<std::uint8_t>> write_members(const std::vector<formats::NewMember>& members,
                                                bool) {
  std::vector<NewMember> list;
  list.reserve(members.size());
  for (const formats::NewMember& one : members) list.push_back({one.name, one.bytes});
  return write_archive(list);
}

std::vector<Finding> validate_library(Bytes bytes, std::string_view file) {
  std::vector<Finding> out = validate_archive(bytes, file);
  const auto archive = read_archive(bytes, file);
  if (!archive) return out;
  Findings findings(file);
  std::vector<Finding> of_members;
  std::set<std::string_view> seen;
  for (const Member& one : archive->members) {
    if (one.name == kIndexMember) continue;
    const std::string quoted = quote(as_bytes(one.name), 32);
    if (!seen.insert(one.name).second)
      findings.add(rules::kDuplicateMember, one.header_offset, "member name",
                   quoted + ", a second time", "a name for each member");
    if (!looks_like_object(one.bytes)) {
      findings.add(rules::kForeignMember, one.offset, fmt::format("member {}", quoted),
                   one.bytes.empty() ? "nothing" : fmt::format("0x{:02x}", one.bytes[0]),
                   "0x99, a Whitesmith's object");
      continue;
    }
    std::vector<Finding> own = validate(one.bytes, fmt::format("{}({})", file, one.name));
    std::move(own.begin(), own.end(), std::back_inserter(of_members));
  }
  std::vector<Finding> more = std::move(findings).take(false);
  std::move(more.begin(), more.end(), std::back_inserter(out));
  std::move(of_members.begin(), of_members.end(), std::back_inserter(out));
  return out;
}

}  // namespace cmos::whitesmith
