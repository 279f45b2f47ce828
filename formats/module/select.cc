#include "formats/module/select.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cmos::mod {
namespace {

/// The greater, the closer a segment is to the CPU.
std::pair<int, int> closeness(const Segment& segment, Host host) {
  if (!segment.cpu) return {0, 0};
  return {segment.cpu->family == host.family ? 2 : 1, segment.cpu->stepping};
}

/// Whether one of the segment's ordinals is in `used`, or it is exported by a name.
bool wanted(const Module& module, const Segment& segment, const std::set<std::uint16_t>& used) {
  return std::any_of(module.exports.begin(), module.exports.end(), [&](const Export& one) {
    return one.segment == segment.id && (!one.name.empty() || used.contains(one.ordinal));
  });
}

/// Where the 8080's part of a module has a counterpart for the Z80, a segment of that part stays
/// only when something that stays needs it.
void drop_companions(const Module& module, Host host, const std::vector<bool>& taken,
                     std::set<std::size_t>& beaten) {
  const auto foreign = [&](std::size_t index) {
    return taken[index] && closeness(module.segments[index], host).first == 1;
  };
  if (std::none_of(beaten.begin(), beaten.end(), foreign)) return;
  std::set<std::size_t> doubtful;
  std::set<std::uint16_t> used;
  const auto keep = [&](std::size_t index) {
    for (const Relocations& entry : module.segments[index].relocations) used.insert(entry.ordinal);
  };
  for (std::size_t i = 0; i < module.segments.size(); ++i) {
    if (!taken[i] || beaten.contains(i)) continue;
    if (foreign(i))
      doubtful.insert(i);
    else
      keep(i);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (auto one = doubtful.begin(); one != doubtful.end();) {
      if (!wanted(module, module.segments[*one], used)) {
        ++one;
        continue;
      }
      keep(*one);
      one = doubtful.erase(one);
      changed = true;
    }
  }
  beaten.insert(doubtful.begin(), doubtful.end());
}

}  // namespace

bool runs(Family host, Family have) {
  return host == have || (host == Family::kZ80 && have == Family::k8080);
}

bool fits(const Segment& segment, Host host) {
  return !segment.cpu ||
         (runs(host.family, segment.cpu->family) && segment.cpu->stepping <= host.stepping);
}

std::vector<std::size_t> select(const Module& module, Host host) {
  std::map<std::uint16_t, std::size_t> by_id;
  std::vector<bool> taken(module.segments.size());
  for (std::size_t i = 0; i < module.segments.size(); ++i) {
    by_id.emplace(module.segments[i].id, i);
    taken[i] = fits(module.segments[i], host);
  }
  std::map<std::uint16_t, std::size_t> best;  // by ordinal
  std::set<std::size_t> beaten;
  for (const Export& one : module.exports) {
    const auto at = by_id.find(one.segment);
    if (at == by_id.end() || !taken[at->second]) continue;
    const auto [slot, first] = best.emplace(one.ordinal, at->second);
    if (first || slot->second == at->second) continue;
    const bool better = closeness(module.segments[at->second], host) >
                        closeness(module.segments[slot->second], host);
    beaten.insert(better ? std::exchange(slot->second, at->second) : at->second);
  }
  drop_companions(module, host, taken, beaten);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (taken[i] && !beaten.contains(i)) out.push_back(i);
  }
  return out;
}

std::array<std::uint32_t, kSummedFields> memory_of(const Module& module,
                                                   const std::vector<std::size_t>& segments) {
  std::array<std::uint32_t, kSummedFields> out = {};
  auto& [text, overlay, zero_page, bss, data, rodata] = out;
  for (const std::size_t index : segments) {
    const Segment& one = module.segments[index];
    switch (one.type) {
      case SectionType::kText:
        text += one.size;
        break;
      case SectionType::kOverlay:
        overlay = std::max<std::uint32_t>(overlay, one.size);
        break;
      case SectionType::kZeroPage:
        zero_page += one.size;
        break;
      case SectionType::kReadOnlyData:
        rodata += one.size;
        break;
      default:
        (one.payload ? data : bss) += one.size;
        break;
    }
  }
  return out;
}

}  // namespace cmos::mod
