#include <sys/stat.h>

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

}  // namespace

std::optional<std::string> source_text(const SourceLine& line) {
  if (line.line == 0 || !is_regular(line.file)) return std::nullopt;
  const auto bytes = read_host_file(line.file, kMaxSource);
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
  if (text.size() > kMaxShown || first_invalid_utf8(as_bytes(text))) return std::nullopt;
  // What is left may still hold characters that move a terminal's cursor.
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return std::nullopt;
  }
  return std::string(text);
}

}  // namespace cmos::symbolize
