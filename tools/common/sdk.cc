#include "tools/common/sdk.h"

#include <cstdlib>
#include <filesystem>

namespace cmos::tools {

std::optional<std::string> sdk_folder(std::string_view name) {
  if (const char* sdk = std::getenv("CMOS_SDK"); sdk != nullptr && *sdk != '\0')
    return (std::filesystem::path(sdk) / name).string();
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const char* place : {"../share/cmos/sdk", "../sdk"}) {
    const std::filesystem::path folder = self.parent_path() / place / name;
    std::error_code missing;
    if (!error && std::filesystem::is_directory(folder, missing))
      return folder.lexically_normal().string();
  }
  return std::nullopt;
}

}  // namespace cmos::tools
