// The engine's mirror of the guest's memory: which pieces of each region the library has mapped.
#include <fmt/format.h>

#include "base/checked.h"
#include "emu/unicorn/engine.h"

namespace cmos::emu::unicorn {
namespace {

constexpr std::uint64_t kSmallPiece = 64ull << 10;

std::uint32_t to_unicorn(Permissions permissions) {
  return ((permissions & kRead) != 0 ? std::uint32_t{UC_PROT_READ} : 0u) |
         ((permissions & kWrite) != 0 ? std::uint32_t{UC_PROT_WRITE} : 0u) |
         ((permissions & kExecute) != 0 ? std::uint32_t{UC_PROT_EXEC} : 0u);
}

}  // namespace

Result<void> UnicornEngine::map_piece(const Region& region, std::uint64_t base,
                                      std::uint64_t size) {
  return check(fmt::format("map {}", region.name),
               uc_mem_map_ptr(uc_, base, size, to_unicorn(region.permissions),
                              region.host + (base - region.base)));
}

Result<void> UnicornEngine::on_map(const Region& region) {
  CMOS_TRY_VOID(map_piece(region, region.base, region.size));
  pieces_[region.base] = {{region.base, region.size}};
  return {};
}

void UnicornEngine::on_unmap(const Region& region) {
  if ((region.permissions & kExecute) != 0) on_host_write(region.base, region.size);
  for (const Piece& piece : pieces_[region.base]) backend_->unmap(piece.base, piece.size);
  pieces_.erase(region.base);
}

// Unmapping costs the library time for each page, and a heap grows by a page at a time. So a region
// that grows in place gets a new piece, and the last pieces become one when they are of a size: few
// pieces, and each page is mapped again a logarithmic number of times.
Result<void> UnicornEngine::on_resize(const Region& old, const Region& now) {
  if (now.host != old.host) return remap(old, now);
  return now.size > old.size ? grow(old, now) : shrink(now);
}

Result<void> UnicornEngine::remap(const Region& old, const Region& now) {
  on_unmap(old);
  if (auto mapped = on_map(now); !mapped) {
    (void)on_map(old);
    return mapped;
  }
  return {};
}

Result<void> UnicornEngine::grow(const Region& old, const Region& now) {
  auto& pieces = pieces_[now.base];
  Piece last{old.end(), now.size - old.size};
  std::size_t kept = pieces.size();
  while (kept > 0 && pieces[kept - 1].size <= last.size) {
    --kept;
    last = {pieces[kept].base, pieces[kept].size + last.size};
  }
  for (std::size_t i = kept; i < pieces.size(); ++i)
    backend_->unmap(pieces[i].base, pieces[i].size);
  if (auto mapped = map_piece(now, last.base, last.size); !mapped) {
    for (std::size_t i = kept; i < pieces.size(); ++i)
      (void)map_piece(old, pieces[i].base, pieces[i].size);
    return mapped;
  }
  pieces.resize(kept);
  pieces.push_back(last);
  return {};
}

Result<void> UnicornEngine::shrink(const Region& now) {
  if ((now.permissions & kExecute) != 0) on_host_write(now.base, now.size);
  auto& pieces = pieces_[now.base];
  while (!pieces.empty() && pieces.back().base + pieces.back().size > now.end()) {
    const Piece last = pieces.back();
    pieces.pop_back();
    backend_->unmap(last.base, last.size);
    // What stays of it becomes pieces of falling size, so that the next one to give way is small.
    for (std::uint64_t base = last.base, left = now.end() > base ? now.end() - base : 0;
         left > 0;) {
      const std::uint64_t size = left <= kSmallPiece ? left : align_up(left / 2, kGuestPage);
      CMOS_TRY_VOID(map_piece(now, base, size));
      pieces.push_back({base, size});
      base += size;
      left -= size;
    }
  }
  return {};
}

void UnicornEngine::on_host_write(std::uint64_t address, std::uint64_t size) {
  backend_->forget_code(address, size);
}

}  // namespace cmos::emu::unicorn
