#include "formats/registry/archives.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "formats/archive/archive.h"
#include "formats/archive/rules.h"
#include "formats/registry/exports.h"
#include "formats/registry/registry.h"

namespace cmos::formats {
namespace {

class ArchiveLint {
 public:
  ArchiveLint(std::string_view file, const Archive& archive)
      : file_(file), archive_(archive), findings_(file), indexed_(archive.members.size()) {
    for (const IndexEntry& one : archive.index) indexed_[one.member].insert(one.symbol);
  }

  std::vector<Finding> run() {
    for (std::size_t i = 0; i < archive_.members.size(); ++i) member(i);
    if (!archive_.has_index && exports_)
      findings_.add(archive::rules::kNoIndex, 0, "symbol index", "none", "one (cmos-ar s)");
    std::vector<Finding> out = std::move(findings_).take(false);
    std::move(of_members_.begin(), of_members_.end(), std::back_inserter(out));
    return out;
  }

 private:
  void member(std::size_t index) {
    const Member& one = archive_.members[index];
    const std::string quoted = quote(as_bytes(one.name), 128);
    if (!names_.insert(one.name).second)
      findings_.add(archive::rules::kDuplicateMember, one.header_offset, "member name",
                    quoted + ", a second time", "a name for each member");
    const std::string file = member_name(file_, one.name);
    const Format* format = detect(one.bytes);
    const bool object = format != nullptr && format->object != nullptr;
    if (!object) {
      findings_.add(archive::rules::kUnknownMember, one.offset, fmt::format("member {}", quoted),
                    format == nullptr ? std::string("no known format") : std::string(format->title),
                    fmt::format("a {} object", object_titles()));
      return;
    }
    std::vector<Finding> own = format->validate(one.bytes, file);
    std::move(own.begin(), own.end(), std::back_inserter(of_members_));
    const auto names = exported_symbols(one.bytes, file);
    if (!names) return;
    check_arch(one, names->arch);
    check_index(index, names->names);
  }

  void check_arch(const Member& one, const std::string& arch) {
    if (arch_.empty()) arch_ = arch;
    if (arch == arch_) return;
    findings_.add(archive::rules::kMixedArch, one.offset,
                  fmt::format("member {} ARCH", quote(as_bytes(one.name), 128)),
                  quote(as_bytes(arch)),
                  fmt::format("{}, that of the first member", quote(as_bytes(arch_))));
  }

  void check_index(std::size_t index, const std::vector<std::string>& names) {
    exports_ |= !names.empty();
    if (!archive_.has_index) return;
    const Member& one = archive_.members[index];
    const std::string field =
        fmt::format("symbol index, member {}", quote(as_bytes(one.name), 128));
    std::set<std::string_view> defined(names.begin(), names.end());
    for (const std::string_view name : defined) {
      if (!indexed_[index].contains(name))
        findings_.add(archive::rules::kIndexIncomplete, one.header_offset, field, "no entry",
                      fmt::format("{}, which the member defines (cmos-ar s renews the index)",
                                  quote(as_bytes(name), 128)));
    }
    for (const std::string_view name : indexed_[index]) {
      if (!defined.contains(name))
        findings_.add(
            archive::rules::kIndexStale, one.header_offset, field,
            fmt::format("{}, which the member does not define", quote(as_bytes(name), 128)),
            "names that it defines (cmos-ar s renews the index)");
    }
  }

  std::string_view file_;
  const Archive& archive_;
  Findings findings_;
  std::vector<Finding> of_members_;
  std::vector<std::set<std::string_view>> indexed_;
  std::set<std::string_view> names_;
  std::string arch_;
  bool exports_ = false;
};

}  // namespace

std::vector<Finding> validate_archive(Bytes bytes, std::string_view file) {
  const auto archive = archive::read(bytes, file, archive::Thin::kAllow);
  if (archive && !archive->thin) return ArchiveLint(file, *archive).run();
  Findings findings(file);
  if (!archive) {
    findings.add(archive::rules::kMalformed, archive.error());
  } else {
    findings.add(archive::rules::kThin, 0, "magic",
                 "\"!<thin>\\n\", the paths of the members alone",
                 "an archive that holds its members, when it is to be copied");
  }
  return std::move(findings).take(false);
}

}  // namespace cmos::formats
