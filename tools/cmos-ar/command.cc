#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "tools/cmos-ar/ar.h"

namespace cmos::ar {
namespace {

struct OperationLetter {
  char letter;
  Operation operation;
};
constexpr OperationLetter kOperations[] = {
    {'d', Operation::kDelete},  {'m', Operation::kMove},    {'p', Operation::kPrint},
    {'q', Operation::kAppend},  {'r', Operation::kReplace}, {'t', Operation::kList},
    {'x', Operation::kExtract},
};

/// False for a letter that is no modifier.
bool set_modifier(Command& command, char letter) {
  switch (letter) {
    case 'c':
      command.quiet_create = true;
      return true;
    case 's':
      command.with_index = true;
      return true;
    case 'S':
      command.with_index = false;
      return true;
    case 'v':
      command.verbose = true;
      return true;
    case 'u':
      command.update = true;
      return true;
    case 'o':
      command.original_dates = true;
      return true;
    case 'D':
      command.deterministic = true;
      return true;
    case 'U':
      command.deterministic = false;
      return true;
    case 'b':
    case 'i':
      command.before = true;
      return true;
    case 'a':
    case 'P':
    case 'l':
      return true;
    default:
      return false;
  }
}

}  // namespace

bool wants_position(const std::string& letters) {
  return letters.find_first_of("abi") != std::string::npos;
}

Result<Command> parse_letters(const std::string& letters) {
  Command out;
  char chosen = 0;
  for (const char letter : letters) {
    const auto* const found =
        std::find_if(std::begin(kOperations), std::end(kOperations),
                     [letter](const OperationLetter& one) { return one.letter == letter; });
    if (found != std::end(kOperations)) {
      if (chosen != 0 && chosen != letter)
        return fail(ErrorCode::kUsage,
                    fmt::format("two operations, '{}' and '{}': one is possible", chosen, letter));
      chosen = letter;
      out.operation = found->operation;
    } else if (letter == 'T') {
      return fail(ErrorCode::kUsage, "thin archives can be read, but not made");
    } else if (!set_modifier(out, letter)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("unknown letter {} in {}", quote(as_bytes({&letter, 1})),
                              quote(as_bytes(letters))));
    }
  }
  if (chosen != 0) return out;
  if (letters.find('s') == std::string::npos)
    return fail(ErrorCode::kUsage,
                fmt::format("no operation in {}: one of d, m, p, q, r, s, t, x is needed",
                            quote(as_bytes(letters))));
  out.operation = Operation::kIndex;
  return out;
}

}  // namespace cmos::ar
