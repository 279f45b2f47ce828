// Where the SDK lies.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cmos::tools {

/// A folder of the SDK ("lib", "include"): in CMOS_SDK, else in the SDK that lies beside this
/// program, installed or in a build folder. Nothing when there is none.
std::optional<std::string> sdk_folder(std::string_view name);

}  // namespace cmos::tools
