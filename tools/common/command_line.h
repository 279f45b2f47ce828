// What every tool's command line shares: --help, --version, how usage errors read and what they end
// with.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cmos::tools {

/// `footer` follows the options in --help: examples, exit statuses. Sets the program name of
/// diagnostics too.
void set_up(CLI::App& app, std::string_view program, std::string_view footer);

/// Replaces the line that CLI11 makes: it knows nothing of what follows a tool's own options.
void set_usage(CLI::App& app, std::string usage);

/// Parses; nothing when the tool is to go on, else its exit status: 0 after --help and --version,
/// `usage_status` after one line on stderr that says what is wrong, with the nearest option when
/// one was mistyped.
std::optional<int> parse(CLI::App& app, const std::vector<std::string>& arguments,
                         int usage_status);

/// Writes `text` to stdout; false, with a message, when the host refused.
bool print(std::string_view text);

/// How many of `arguments` (without the program's name) are the tool's own options; the rest begins
/// with the first word that is neither an option nor an option's value. `--` ends the options and
/// belongs to them.
std::size_t own_arguments(const CLI::App& app, const std::vector<std::string>& arguments);

/// Validators for CLI::Option::check(). Help shows the option's type_name() alone.
CLI::Validator one_of(std::vector<std::string> choices);
/// Bytes: a decimal number, optionally with K, M or G (powers of 1024).
CLI::Validator byte_size();
/// A whole number of 64 bits.
CLI::Validator whole_number();
/// Seconds: a decimal number above 0.
CLI::Validator seconds();

std::optional<std::uint64_t> parse_number(std::string_view text);
/// The same, or hexadecimal behind 0x.
std::optional<std::uint64_t> parse_address(std::string_view text);
/// Nothing for what byte_size() refuses.
std::optional<std::uint64_t> parse_byte_size(std::string_view text);

/// kUsage when writing `output` would take the place of `input`, which exists; `option` says
/// how to give another name.
Result<void> keep_input(const std::string& input, const std::string& output,
                        std::string_view option);

}  // namespace cmos::tools
