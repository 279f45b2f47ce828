#include "formats/members.h"

namespace cmos::formats {

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty() || name.starts_with('/')) return std::string(name);
  std::string out(folder);
  if (!out.ends_with('/')) out += '/';
  return out.append(name);
}

std::string thin_member_path(std::string_view archive, std::string_view member) {
  return join_path(folder_of(archive), member);
}

}  // namespace cmos::formats
