// Whitesmith's objects and programs as the inspecting tools see them, and their archives as
// libraries of any format.
#pragma once

#include "formats/description.h"
#include "formats/members.h"

namespace cmos::whitesmith {

/// kMalformed and kUnsupported say offset and field. The CPU, which the file does not name, is the
/// 68000 when words have four bytes, most significant first, else the Z80.
Result<formats::Description> describe(Bytes bytes, std::string_view file);

/// The members of an archive of any of the three kinds.
Result<formats::Archive> members(Bytes bytes, std::string_view file);
/// A 0xFF75 archive; there is no index, and names and lengths alone are kept.
Result<std::vector<std::uint8_t>> write_members(const std::vector<formats::NewMember>& members,
                                                bool with_index);
/// The container, and every member.
std::vector<Finding> validate_library(Bytes bytes, std::string_view file);

}  // namespace cmos::whitesmith
