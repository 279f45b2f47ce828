#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/host_file.h"
#include "base/text.h"
#include "symbolize/lookup.h"

namespace cmos::symbolize {
namespace {

constexpr std::uint64_t kMaxSource = 64 << 20;
constexpr std::size_t kMaxShown = 120;

/// A debug file may name anything: a pipe would never end.
bool is_regular(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// `file` has no links on its way.
bool lies_below(const std::filesystem::path& file, const std::string& folder) {
  std::error_code failed;
  const std::filesystem::path top = std::filesystem::canonical(folder, failed);
  if (failed || top == top.root_path()) return false;
  return std::mismatch(top.begin(), top.end(), file.begin(), file.end()).first == top.end();
}

/// The file itself, when one of the folders has it.
std::optional<std::string> permitted_file(const std::string& name,
                                          const std::vector<std::string>& folders) {
  std::error_code failed;
  const std::filesystem::path file = std::filesystem::canonical(name, failed);
  if (failed || !std::any_of(folders.begin(), folders.end(),
                             [&](const std::string& folder) { return lies_below(file, folder); }))
    return std::nullopt;
  return file.string();
}

}  // namespace

std::optional<std::string> source_text(const SourceLine& line,
                                       const std::vector<std::string>& folders) {
  if (line.line == 0) return std::nullopt;
  const auto file = permitted_file(line.file, folders);
  if (!file || !is_regular(*file)) return std::nullopt;
  const auto bytes = read_host_file(*file, kMaxSource);
  if (!bytes) return std::nullopt;
  std::string_view rest = as_text(*bytes);
  for (std::uint32_t i = 1; i < line.line; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end + 1);
  }
  std::string_view text = rest.substr(0, rest.find('\n'));
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  // A line that would move a terminal's cursor is no text.
  if (text.size() > kMaxShown || presentable_lines(text) != text) return std::nullopt;
  return std::string(text);
}

}  // namespace cmos::symbolize
