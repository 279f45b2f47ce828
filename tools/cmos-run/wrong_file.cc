#include "tools/cmos-run/wrong_file.h"

#include <array>
#include <string_view>
#include <utility>

namespace cmos::run {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::string_view magic;
  std::string_view hint;
};

constexpr std::array<Kind, 5> kKinds{{
    {"\x7f"
     "ELF"sv,
     "this is an ELF file; cmos-pack makes a CPE of a linked one"},
    {"#!"sv, "this is a script for the host, not a CalamOS program"},
    {"MZ"sv, "this is a DOS or Windows (PE) program, not a CalamOS program"},
    {"CPO\0"sv, "this is a CPO object; it has to be linked first"},
    {"!<arch>\n"sv, "this is an archive of objects; it has to be linked first"},
}};

}  // namespace

Error with_hint(Error error, Bytes file) {
  for (const Kind& kind : kKinds) {
    if (!as_text(file).starts_with(kind.magic)) continue;
    error.expected += error.expected.empty() ? "" : "; ";
    error.expected += kind.hint;
  }
  return error;
}

}  // namespace cmos::run
