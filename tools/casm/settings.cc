#include "tools/casm/settings.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "base/host_file.h"

namespace cmos::casm {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    if (part = trimmed(part); !part.empty()) out.push_back(part);
  }
  return out;
}

Result<void> set(const std::string& key, const std::string& value, const std::string& file,
                 Settings& out) {
  if (key == "include_path") {
    out.include_folders = split(value, ':');
  } else if (key == "target") {
    out.target = value;
  } else if (key == "optimization") {
    out.optimization = value;
  } else if (key == "debug_level") {
    out.debug_level = value;
  } else if (key == "features") {
    out.features = split(value, ',');
  } else {
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = file,
                      .field = "key",
                      .found = key,
                      .expected = "include_path, target, optimization, debug_level or features"});
  }
  return {};
}

Result<void> read_config(const std::string& file, Settings& out) {
  CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(file));
  std::istringstream in{std::string(as_text(Bytes(bytes)))};
  unsigned number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string place = fmt::format("{}:{}", file, ++number);
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto equals = line.find('=');
    if (equals == std::string::npos)
      return fail(Error{.code = ErrorCode::kUsage,
                        .file = place,
                        .field = "line",
                        .found = line,
                        .expected = "key = value"});
    CMOS_TRY_VOID(
        set(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)), place, out));
  }
  return {};
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Result<std::vector<std::string>> split_words(const std::string& line) {
  std::vector<std::string> out;
  bool inside = false;  // of a word
  char quote = 0;
  for (const char c : line) {
    if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? '\0' : c;
      if (!inside) out.emplace_back();
      inside = true;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
      inside = false;
    } else {
      if (!inside) out.emplace_back();
      inside = true;
      out.back() += c;
    }
  }
  if (quote != 0) return fail(ErrorCode::kUsage, fmt::format("the quote {} is not closed", quote));
  return out;
}

namespace {

/// What the command line checks for itself must be right here, too.
Result<void> check_level(const char* what, const std::string& value, std::string_view known) {
  if (value.empty() || (value.size() == 1 && known.find(value) != std::string_view::npos))
    return {};
  return fail(ErrorCode::kUsage,
              fmt::format("{} {}: expected one of the characters {}", what, value, known));
}

}  // namespace

std::optional<std::uint64_t> number_setting(const std::string& text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  const bool prefixed = text.size() > 2 && text[0] == '0';
  const int base = !prefixed        ? 10
                   : text[1] == 'x' ? 16
                   : text[1] == 'b' ? 2
                   : text[1] == 'o' ? 8
                                    : 10;
  const std::string digits = base == 10 ? text : text.substr(2);
  char* end = nullptr;
  errno = 0;
  const std::uint64_t value = std::strtoull(digits.c_str(), &end, base);
  if (errno != 0 || end != digits.c_str() + digits.size()) return std::nullopt;
  return value;
}

Result<Settings> read_settings() {
  Settings out;
  std::vector<std::string> files = {".coilconfig"};
  if (const std::string home = environment("HOME"); !home.empty())
    files.push_back(home + "/.coilconfig");
  files.emplace_back("/etc/coil/config");
  for (const std::string& file : files) {
    auto done = read_config(file, out);
    if (done) break;
    if (done.error().code != ErrorCode::kNotFound) return fail(std::move(done).error());
  }
  if (const std::string path = environment("COIL_INCLUDE_PATH"); !path.empty())
    out.include_folders = split(path, ':');
  if (const std::string target = environment("COIL_TARGET"); !target.empty()) out.target = target;
  if (const std::string level = environment("COIL_DEBUG_LEVEL"); !level.empty())
    out.debug_level = level;
  if (const std::string level = environment("COIL_OPTIMIZATION"); !level.empty())
    out.optimization = level;
  if (const std::string list = environment("COIL_FEATURES"); !list.empty())
    out.features = split(list, ',');
  CMOS_TRY_VOID(check_level("debug level", out.debug_level, "0123"));
  CMOS_TRY_VOID(check_level("optimization", out.optimization, "0123sz"));
  if (const std::string type = environment("COIL_PROCESSOR_TYPE"); !type.empty()) {
    const auto number = number_setting(type);
    if (!number || *number > 0xff)
      return fail(ErrorCode::kUsage,
                  fmt::format("COIL_PROCESSOR_TYPE {}: expected 0 to 255", type));
    out.processor = static_cast<std::uint8_t>(*number);
  }
  return out;
}

}  // namespace cmos::casm
