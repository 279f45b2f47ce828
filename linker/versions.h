// Symbol versions in names, as GNU as writes them: "f@@V2" defines f and its version V2, "f@V1"
// only its version V1.
#pragma once

#include <string>
#include <string_view>

namespace cmos::linker {

/// The name that others refer to: "f" for "f@@V2", else the name itself.
inline std::string_view linked_name(std::string_view name) {
  const std::size_t at = name.find("@@");
  // What Microsoft's compiler mangles begins with '?' and has them, too.
  return at == std::string_view::npos || at == 0 || name[0] == '?' ? name : name.substr(0, at);
}

/// "f@V2" for "f@@V2" (and for "f@@@V2"), empty for other names.
inline std::string versioned_name(std::string_view name) {
  const std::string_view stem = linked_name(name);
  if (stem.size() == name.size()) return {};
  const std::size_t version = name.find_first_not_of('@', stem.size());
  if (version == std::string_view::npos) return {};
  return std::string(stem) + '@' + std::string(name.substr(version));
}

}  // namespace cmos::linker
