// Stubs for branches that cannot reach their target, or cannot enter its state.
#include <fmt/format.h>

#include "linker/branch.h"
#include "linker/layout.h"

namespace cmos::linker {
namespace {

using object::Isa;

/// Nearest pools stay in reach of every branch: half of what an unconditional one has.
std::uint64_t pool_spacing(Isa isa) {
  constexpr std::uint64_t kMiB = 1u << 20;
  return isa == Isa::kArm64 ? 64 * kMiB : 8 * kMiB;  // +-128 MiB; Thumb has +-16 MiB
}

class Finder {
 public:
  Finder(Context& context, Layout& layout) : context_(context), layout_(layout) {}

  void run() {
    constexpr int kMostRounds =
        16;  // each adds veneers that the ones before have moved out of reach
    for (int round = 0; round < kMostRounds && !context_.failed(); ++round) {
      if (!find()) break;
      layout_.assign();
    }
    set_targets();
  }

 private:
  /// Whether a veneer was added.
  bool find() {
    bool added = false;
    for (std::uint32_t i = 0; i < context_.out.objects.size(); ++i) {
      const InputObject& object = context_.out.objects[i];
      for (std::uint32_t s = 0; s < object.sections.size(); ++s) {
        const object::Section& section = object.object.sections[s];
        if (object.sections[s].fate != Fate::kPlaced || section.kind != object::SectionKind::kCode)
          continue;
        for (const object::Relocation& one : object.object.relocations_of(section)) {
          if (may_use_veneer(one.type)) added = check(i, section, one) || added;
        }
      }
    }
    return added;
  }

  bool check(std::uint32_t object, const object::Section& section, const object::Relocation& one) {
    const Target target = context_.out.target_of(object, one);
    const std::uint64_t place =
        context_.out.objects[object].sections[one.section].address + one.offset;
    const std::int64_t value = branch_value(context_.out.isa, one, target, place);
    if (!needs_veneer(one, section.bytes.subspan(one.offset), target, value)) return false;
    if (context_.tables.pools.empty()) layout_.add_pools(pool_spacing(context_.out.isa));
    auto& pools = context_.tables.pools;
    VeneerPool& pool = pools[nearest_pool(pools, place)];
    const auto number = static_cast<std::uint32_t>(pool.veneers.size());
    if (!pool.index.try_emplace(veneer_key(context_.out, object, one, target), number).second)
      return false;
    pool.veneers.push_back({.size = veneer_size(context_.out.isa),
                            .thumb = is_thumb_branch(one.type),
                            .object = object,
                            .symbol = one.symbol});
    pool.causes.push_back(&one);
    return true;
  }

  void set_targets() {
    for (VeneerPool& pool : context_.tables.pools) {
      for (std::size_t i = 0; i < pool.veneers.size(); ++i) {
        Veneer& veneer = pool.veneers[i];
        const object::Relocation& cause = *pool.causes[i];
        veneer.target = veneer_target(cause, context_.out.target_of(veneer.object, cause));
      }
    }
  }

  Context& context_;
  Layout& layout_;
};

}  // namespace

void add_veneers(Context& context, Layout& layout) {
  const Isa isa = context.out.isa;
  if (isa == Isa::kArm || isa == Isa::kArm64) Finder(context, layout).run();
}

}  // namespace cmos::linker
