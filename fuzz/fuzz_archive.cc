// The archive reader on any bytes; what reads can be written and holds the same members again,
// unless a name came from a layout that ours has no room for.
#include "formats/archive/archive.h"
#include "fuzz/require.h"

namespace {

using cmos::Bytes;
using cmos::fuzz::require;
namespace archive = cmos::archive;

void check_again(const archive::Archive& parsed) {
  std::vector<archive::NewMember> members;
  for (const archive::Member& one : parsed.members) {
    require(!one.name.empty(), "a member has a name");
    members.push_back({std::string(one.name), one.bytes, {}});
  }
  for (const archive::IndexEntry& entry : parsed.index) {
    require(entry.member < members.size(), "the index names members");
    members[entry.member].symbols.push_back(entry.symbol);
  }
  const auto written = archive::write(members, parsed.has_index);
  if (!written) return;
  const auto again = archive::read(*written, "f");
  require(again && again->members.size() == members.size() &&
              again->index.size() == parsed.index.size(),
          "what was written reads");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = archive::read(Bytes(data, size), "f");
  if (!parsed) {
    require(parsed.error().offset && *parsed.error().offset <= size && parsed.error().file == "f",
            "an error says file and offset");
    return 0;
  }
  check_again(*parsed);
  return 0;
}
