#include "tools/common/diagnostics.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/near.h"
#include "base/text.h"

namespace cmos::tools {
namespace {

std::string program_name = "cmos";

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    const char* no_colour = std::getenv("NO_COLOR");
    const auto colours = no_colour != nullptr && *no_colour != '\0' ? spdlog::color_mode::never
                                                                    : spdlog::color_mode::automatic;
    spdlog::logger made(program_name,
                        std::make_shared<spdlog::sinks::stderr_color_sink_st>(colours));
    made.flush_on(spdlog::level::trace);
    return made;
  }();
  return instance;
}

/// "; did you mean …?" for a host file that is not there.
std::string near_file(const Error& error) {
  namespace fs = std::filesystem;
  constexpr std::size_t kMost = 10'000;  // of a folder's names: enough for people's folders
  std::error_code ignored;
  const fs::path path(error.file);
  const bool missing = error.code == ErrorCode::kNotFound && path.has_filename();
  if (!missing || fs::exists(path, ignored)) return {};
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder, ignored), end; it != end && names.size() < kMost;
       it.increment(ignored))
    names.push_back(it->path().filename());
  const auto near = nearest(path.filename().string(), names);
  if (!near) return {};
  return "; did you mean " + (path.has_parent_path() ? (folder / *near).string() : *near) + "?";
}

}  // namespace

void set_program_name(std::string_view program) {
  program_name = program;
}

void note(std::string_view message) {
  logger().set_pattern("%n: %v");
  logger().info(presentable(message));
}

void warn(std::string_view message) {
  logger().set_pattern("%n: %^%l%$: %v");
  logger().warn(presentable(message));
}

void complain(std::string_view message) {
  logger().set_pattern("%n: %v");
  logger().error(presentable(message));
}

void complain(const Error& error) {
  const std::string text = error.text();
  const bool has_hint = text.find("did you mean") != std::string::npos;
  complain(has_hint ? text : text + near_file(error));
}

}  // namespace cmos::tools
