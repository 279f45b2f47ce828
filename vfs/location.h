// Private to vfs/: where a path leads.
#pragma once

#include "vfs/namespace.h"

namespace cmos::vfs {

struct Namespace::Location {
  enum class Kind : std::uint8_t {
    kNothing,   ///< no such place
    kVirtual,   ///< the top, sys_apps, and folders that only lead to mounts
    kProgram,   ///< sys_apps\<program>
    kMinidisk,  ///< sys_apps\<program>\md
    kVolume,    ///< in a volume, perhaps its top (rest is empty)
  } kind = Kind::kNothing;
  std::string program = {};
  Volume* volume = nullptr;
  std::string rest = {};  ///< the path in the volume
};

inline constexpr std::string_view kData = "data";
inline constexpr std::string_view kApps = "sys_apps";
inline constexpr std::string_view kMinidiskName = "md";
inline constexpr std::string_view kBinaryName = "program.cpe";
inline constexpr std::string_view kIdentityName = "identity";

}  // namespace cmos::vfs
