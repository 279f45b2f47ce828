#include "tools/common/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/checked.h"
#include "tools/common/diagnostics.h"
#include "tools/common/near.h"

namespace cmos::tools {
namespace {

constexpr std::size_t kHelpColumn = 34;

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  for (const CLI::App* command : app.get_subcommands()) {
    const std::vector<std::string> more = option_names(*command);
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? fmt::format("; did you mean '{}'?", *near) : "";
}

/// What is wrong with the command line, in one line.
std::string usage_text(const CLI::App& app, const CLI::ParseError& error) {
  // Its name is the program's when the program has one, so only its type tells.
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return error.what();
  for (const std::string& word : app.remaining(true)) {
    if (word.size() < 2 || word[0] != '-') return fmt::format("unexpected argument '{}'", word);
    const std::string name = word.substr(0, word.find('='));
    return fmt::format("unknown option '{}'{}", name, suggestion(name, option_names(app)));
  }
  return error.what();
}

class UsageFormatter : public CLI::Formatter {
 public:
  explicit UsageFormatter(std::string usage) : usage_(std::move(usage)) {}
  std::string make_usage(const CLI::App*, std::string) const override {
    return "\n" + usage_ + "\n";
  }

 private:
  std::string usage_;
};

/// nullptr when no option is spelled like this.
const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  for (const CLI::Option* option : app.get_options()) {
    const bool is_long = name.starts_with("--") && option->check_lname(name.substr(2));
    const bool is_short = !name.starts_with("--") && option->check_sname(name.substr(1));
    if (is_long || is_short) return option;
  }
  return nullptr;
}

}  // namespace

void set_up(CLI::App& app, std::string_view program, std::string_view footer) {
  set_program_name(program);
  app.set_version_flag("--version", fmt::format("{} {}", program, CMOS_VERSION),
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer(std::string(footer));
  app.get_formatter()->column_width(kHelpColumn);
}

void set_usage(CLI::App& app, std::string usage) {
  auto formatter = std::make_shared<UsageFormatter>(std::move(usage));
  formatter->column_width(kHelpColumn);
  app.formatter(std::move(formatter));
}

std::optional<int> parse(CLI::App& app, const std::vector<std::string>& arguments,
                         int usage_status) {
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return print(app.help()) ? 0 : usage_status;
  } catch (const CLI::CallForVersion& version) {
    return print(fmt::format("{}\n", version.what())) ? 0 : usage_status;
  } catch (const CLI::ParseError& error) {
    complain(fmt::format("{} (see {} --help)", usage_text(app, error), app.get_name()));
    return usage_status;
  }
  return std::nullopt;
}

bool print(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) complain(fmt::format("standard output: {}", std::strerror(errno)));
  return written;
}

std::size_t own_arguments(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::size_t at = 0;
  while (at < arguments.size()) {
    const std::string& word = arguments[at];
    if (word.size() < 2 || word[0] != '-') break;
    ++at;
    if (word == "--") break;
    if (word.find('=') != std::string::npos) continue;
    const CLI::Option* option = find_option(app, word);
    const bool takes_next =
        option != nullptr && option->get_expected_min() > 0 && option->get_type_size_min() > 0;
    if (takes_next && at < arguments.size()) ++at;
  }
  return at;
}

CLI::Validator one_of(std::vector<std::string> choices) {
  return CLI::Validator(
      [choices = std::move(choices)](const std::string& word) {
        if (std::ranges::find(choices, word) != choices.end()) return std::string();
        return fmt::format("'{}' is none of {}{}", word, fmt::join(choices, ", "),
                           suggestion(word, choices));
      },
      "");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_address(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

CLI::Validator whole_number() {
  return CLI::Validator(
      [](const std::string& text) {
        return parse_number(text) ? std::string()
                                  : fmt::format("'{}' is no whole number from 0 to 2^64-1", text);
      },
      "");
}

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    constexpr std::string_view kUnits = "KkMmGg";
    if (const auto found = kUnits.find(text.back()); found != std::string_view::npos) {
      unit = 1ull << (10 * (1 + found / 2));
      text.remove_suffix(1);
    }
  }
  const auto number = parse_number(text);
  if (!number) return std::nullopt;
  return checked_mul(*number, unit);
}

CLI::Validator byte_size() {
  return CLI::Validator(
      [](const std::string& text) {
        if (parse_byte_size(text)) return std::string();
        return fmt::format(
            "'{}' is no size: a number of bytes, optionally with K, M or G, is expected", text);
      },
      "");
}

CLI::Validator seconds() {
  return CLI::Validator(
      [](const std::string& text) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value,
                                                  std::chars_format::fixed);
        const bool whole = error == std::errc() && end == text.data() + text.size();
        if (whole && std::isfinite(value) && value > 0) return std::string();
        return fmt::format("'{}' is no time: seconds above 0, decimals allowed, are expected",
                           text);
      },
      "");
}

Result<void> keep_input(const std::string& input, const std::string& output,
                        std::string_view option) {
  std::error_code absent;
  if (input != output && !std::filesystem::equivalent(input, output, absent)) return {};
  return fail(ErrorCode::kUsage, fmt::format("{} would be overwritten: say {}", output, option));
}

}  // namespace cmos::tools
