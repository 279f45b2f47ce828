// What the inspecting tools know of COIL's files, and what the validators find in them, as the
// registry of formats asks for it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/findings.h"
#include "formats/coil/header.h"
#include "formats/description.h"

namespace cmos::coil {

/// .coil and .coilo, .cbc, .coild. Code is written as coildis writes it.
Result<formats::Description> describe_object(Bytes bytes, std::string_view file);
Result<formats::Description> describe_cbc(Bytes bytes, std::string_view file);
Result<formats::Description> describe_debug(Bytes bytes, std::string_view file);

/// At the level thorough: what a file must keep to in order to be read and run.
std::vector<Finding> findings_of(Bytes bytes, std::string_view file, FileKind kind);
/// The rules that findings_of() may find broken.
std::span<const cmos::RuleRow> rules_for(FileKind kind);

}  // namespace cmos::coil
