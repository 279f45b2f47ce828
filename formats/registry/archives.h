// What is wrong with an archive and its members, whatever format each of them has.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::formats {

/// The archive itself, its index, and every member; members of thin archives are not looked at.
std::vector<Finding> validate_archive(Bytes bytes, std::string_view file);

}  // namespace cmos::formats
