#include "formats/archive/rules.h"

namespace cmos::archive::rules {
namespace {

// clang-format off
constexpr RuleRow kTable[] = {
    {kMalformed, "the archive's structure is broken"},
    {kThin, "a thin archive: its members are files elsewhere"},
    {kNoIndex, "there is no symbol index"},
    {kIndexIncomplete, "a member defines a symbol that the index does not have"},
    {kIndexStale, "the index has a symbol that its member does not define"},
    {kUnknownMember, "a member that is no object"},
    {kMixedArch, "members for different ARCHs"},
    {kDuplicateMember, "two members of one name"},
};
// clang-format on

}  // namespace

std::span<const RuleRow> table() {
  return kTable;
}

}  // namespace cmos::archive::rules
