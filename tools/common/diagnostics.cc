#include "tools/common/diagnostics.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <cstdlib>
#include <memory>
#include <utility>

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

}  // namespace cmos::tools
