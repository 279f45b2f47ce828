#include "emu/memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/host_memory.h"

namespace cmos::emu {
namespace {

// Every region reserves address space beyond its end, so that an `sbrk` of 4 KiB neither moves nor
// copies anything. Address space costs nothing; the reservation is PROT_NONE, so a stray host
// access past a region traps.
constexpr std::uint64_t kReserveMinimum = 1ull << 20;
// A guest of a few pages must not cost 2 MiB because the host rounds it up; from this size on huge
// pages save more in page faults and TLB misses than they waste.
constexpr std::uint64_t kHugePagesFrom = 8ull << 20;
// How far from a region an address is still described by it.
constexpr std::uint64_t kNearby = 64ull << 10;

void choose_page_size(std::uint8_t* host, std::uint64_t reserved, std::uint64_t used) {
  madvise(host, reserved, used < kHugePagesFrom ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
}

/// Reserves `size` bytes of host address space that cannot be touched yet, or nullptr.
std::uint8_t* reserve(std::uint64_t size) {
  void* place = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return place == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(place);
}

/// Makes [host + from, host + to) usable; bytes never used since reserve() or decommit() read as
/// zero.
bool commit(std::uint8_t* host, std::uint64_t from, std::uint64_t to) {
  return from == to || mprotect(host + from, to - from, PROT_READ | PROT_WRITE) == 0;
}

void decommit(std::uint8_t* host, std::uint64_t from, std::uint64_t to) {
  madvise(host + from, to - from, MADV_DONTNEED);
  mprotect(host + from, to - from, PROT_NONE);
}

std::string range_text(std::uint64_t base, std::uint64_t size) {
  return fmt::format("[{:#x}, {:#x})", base, base + size);
}

}  // namespace

GuestMemory::GuestMemory(unsigned address_bits, std::uint64_t limit)
    : GuestMemory(address_bits, std::make_shared<MemoryBudget>(limit)) {}

GuestMemory::GuestMemory(unsigned address_bits, std::shared_ptr<MemoryBudget> budget)
    : address_end_(address_bits >= 64 ? 0 : 1ull << address_bits), budget_(std::move(budget)) {}

GuestMemory::~GuestMemory() {
  for (auto& [base, region] : regions_) {
    if (listener_ != nullptr) listener_->on_unmap(region);
    munmap(region.host, reserved_.at(base));
  }
  budget_->give(used_);
}

/// `bytes` more, of a region `name` of `size` bytes.
Result<void> GuestMemory::take(MemoryCharge& charge, std::uint64_t bytes, std::string_view name,
                               std::uint64_t size) const {
  if (charge.add(bytes)) return {};
  return fail(ErrorCode::kLimit,
              fmt::format("{} of {} bytes exceeds the memory limit of {} bytes ({} used)", name,
                          size, budget_->limit(), budget_->used()));
}

Result<void> GuestMemory::set_listener(MemoryListener* listener) {
  listener_ = listener;
  if (listener_ == nullptr) return {};
  for (const auto& [base, region] : regions_) CMOS_TRY_VOID(listener_->on_map(region));
  return {};
}

Result<void> GuestMemory::check_free(std::uint64_t base, std::uint64_t size,
                                     const Region* except) const {
  if (base % kGuestPage != 0 || size % kGuestPage != 0 || size == 0)
    return fail(ErrorCode::kInternal,
                fmt::format("region {} is not made of whole pages", range_text(base, size)));
  const std::uint64_t last = base + (size - 1);
  if (last < base || (address_end_ != 0 && last >= address_end_))
    return fail(ErrorCode::kLimit,
                fmt::format("region {} lies outside the address space", range_text(base, size)));
  auto next = regions_.upper_bound(last);
  while (next != regions_.begin()) {
    const Region& below = (--next)->second;
    if (below.base + (below.size - 1) < base) break;
    if (&below == except) continue;
    return fail(ErrorCode::kInternal,
                fmt::format("region {} overlaps {} {}", range_text(base, size), below.name,
                            range_text(below.base, below.size)));
  }
  return {};
}

Result<void> GuestMemory::map(std::uint64_t base, std::uint64_t size, Permissions permissions,
                              std::string name) {
  CMOS_TRY_VOID(check_free(base, size, nullptr));
  MemoryCharge charge(budget_);
  CMOS_TRY_VOID(take(charge, size, name, size));
  Region region{.base = base, .size = size, .permissions = permissions, .name = std::move(name)};
  const std::uint64_t reserved = std::max(size, kReserveMinimum);
  region.host = reserve(reserved);
  if (region.host == nullptr || !commit(region.host, 0, size)) {
    if (region.host != nullptr) munmap(region.host, reserved);
    return fail(no_host_memory(fmt::format("{} bytes of {}", size, region.name)));
  }
  choose_page_size(region.host, reserved, size);
  if (listener_ != nullptr) {
    if (auto told = listener_->on_map(region); !told) {
      munmap(region.host, reserved);
      return told;
    }
  }
  reserved_[base] = reserved;
  regions_.emplace(base, std::move(region));
  used_ += size;
  charge.keep();
  last_found_ = nullptr;
  return {};
}

Result<void> GuestMemory::resize(std::uint64_t base, std::uint64_t new_size) {
  auto found = regions_.find(base);
  if (found == regions_.end())
    return fail(ErrorCode::kInternal, fmt::format("no region starts at {:#x}", base));
  Region& region = found->second;
  if (new_size == region.size) return {};
  if (new_size == 0) {
    remove(found);
    return {};
  }
  if (auto free = check_free(base, new_size, &region); !free)
    return fail(new_size % kGuestPage != 0 ? ErrorCode::kInternal : ErrorCode::kLimit,
                free.error().message);
  MemoryCharge charge(budget_);
  if (new_size > region.size)
    CMOS_TRY_VOID(take(charge, new_size - region.size, region.name, new_size));

  const Region old = region;
  Reservation place{region.host, reserved_[base]};
  if (new_size > place.size) {
    CMOS_TRY(place, larger_reservation(region, new_size));
  }
  if (new_size > old.size && !commit(place.host, old.size, new_size)) {
    if (place.host != old.host) munmap(place.host, place.size);
    return fail(no_host_memory(fmt::format("{} bytes of {}", new_size, region.name)));
  }
  if (old.size < kHugePagesFrom && new_size >= kHugePagesFrom)
    choose_page_size(place.host, place.size, new_size);
  region.size = new_size;
  region.host = place.host;
  if (listener_ != nullptr) {
    if (auto told = listener_->on_resize(old, region); !told) {
      // The engine keeps what it had.
      if (place.host != old.host)
        munmap(place.host, place.size);
      else if (new_size > old.size)
        decommit(place.host, old.size, new_size);
      region = old;
      return told;
    }
  }
  if (place.host != old.host) munmap(old.host, reserved_[base]);
  if (new_size < old.size) decommit(place.host, new_size, old.size);
  reserved_[base] = place.size;
  used_ = used_ - old.size + new_size;
  charge.keep();
  if (new_size < old.size) budget_->give(old.size - new_size);
  last_found_ = nullptr;
  return {};
}

Result<GuestMemory::Reservation> GuestMemory::larger_reservation(const Region& region,
                                                                 std::uint64_t new_size) const {
  // Doubling keeps the number of copies logarithmic however small the steps are.
  Reservation place{nullptr, new_size};
  if (const auto twice = checked_mul<std::uint64_t>(new_size, 2)) {
    place = {reserve(*twice), *twice};
  }
  if (place.host == nullptr) place = {reserve(new_size), new_size};
  if (place.host == nullptr || !commit(place.host, 0, region.size)) {
    if (place.host != nullptr) munmap(place.host, place.size);
    return fail(no_host_memory(fmt::format("{} bytes of {}", new_size, region.name)));
  }
  choose_page_size(place.host, place.size, new_size);
  std::memcpy(place.host, region.host, region.size);
  return place;
}

void GuestMemory::remove(std::map<std::uint64_t, Region>::iterator region) {
  if (listener_ != nullptr) listener_->on_unmap(region->second);
  munmap(region->second.host, reserved_.at(region->first));
  used_ -= region->second.size;
  budget_->give(region->second.size);
  reserved_.erase(region->first);
  regions_.erase(region);
  last_found_ = nullptr;
}

const Region* GuestMemory::look_up(std::uint64_t address) const {
  auto next = regions_.upper_bound(address);
  if (next == regions_.begin()) return nullptr;
  const Region& region = (--next)->second;
  if (address - region.base >= region.size) return nullptr;
  return last_found_ = &region;
}

bool GuestMemory::accessible(std::uint64_t address, std::uint64_t length,
                             Permissions needed) const {
  while (length > 0) {
    const Region* region = find(address);
    if (region == nullptr || (region->permissions & needed) != needed) return false;
    const std::uint64_t piece = std::min(length, region->size - (address - region->base));
    length -= piece;
    address += piece;
    if (address == 0 && length > 0) return false;
  }
  return true;
}

bool GuestMemory::read(std::uint64_t address, std::span<std::uint8_t> out) const {
  return copy_out(address, out, kRead);
}

bool GuestMemory::peek(std::uint64_t address, std::span<std::uint8_t> out) const {
  return copy_out(address, out, kNone);
}

bool GuestMemory::write(std::uint64_t address, Bytes data) {
  return copy_in(address, data, kWrite);
}

bool GuestMemory::poke(std::uint64_t address, Bytes data) {
  return copy_in(address, data, kNone);
}

bool GuestMemory::copy_out(std::uint64_t address, std::span<std::uint8_t> out,
                           Permissions needed) const {
  return for_each_piece(address, out.size(), needed, [&out](std::span<std::uint8_t> piece) {
    std::memcpy(out.data(), piece.data(), piece.size());
    out = out.subspan(piece.size());
  });
}

bool GuestMemory::copy_in(std::uint64_t address, Bytes data, Permissions needed) {
  const std::uint64_t length = data.size();
  const bool copied =
      for_each_piece(address, length, needed, [&data](std::span<std::uint8_t> piece) {
        std::memcpy(piece.data(), data.data(), piece.size());
        data = data.subspan(piece.size());
      });
  // for_each_piece() has told of writes that asked for kWrite.
  if (copied && (needed & kWrite) == 0) host_wrote(address, length);
  return copied;
}

void GuestMemory::host_wrote(std::uint64_t address, std::uint64_t length) const {
  if (listener_ == nullptr) return;
  while (length > 0) {
    const Region* region = find(address);
    const std::uint64_t piece = std::min(length, region->size - (address - region->base));
    if ((region->permissions & kExecute) != 0) listener_->on_host_write(address, piece);
    address += piece;
    length -= piece;
  }
}

std::optional<Bytes> GuestMemory::view(std::uint64_t address, std::uint64_t length) const {
  if (length == 0) return Bytes{};
  const Region* region = find(address);
  if (region == nullptr || (region->permissions & kRead) == 0) return std::nullopt;
  const std::uint64_t offset = address - region->base;
  if (!range_inside(offset, length, region->size)) return std::nullopt;
  return Bytes(region->host + offset, length);
}

void GuestMemory::name_hole(std::uint64_t base, std::uint64_t size, std::string name) {
  holes_.push_back({base, size, std::move(name)});
}

std::string GuestMemory::describe(std::uint64_t address) const {
  if (const Region* region = find(address))
    return fmt::format("{:#x} bytes into {}", address - region->base, region->name);
  if (address < kGuestPage) return "the null page";
  for (const Hole& hole : holes_)
    if (address - hole.base < hole.size)
      return fmt::format("{:#x} bytes into {}", address - hole.base, hole.name);
  if (address_end_ != 0 && address >= address_end_) return "outside the address space";
  return describe_by_neighbour(address);
}

std::string GuestMemory::describe_by_neighbour(std::uint64_t address) const {
  std::uint64_t nearest = kNearby;
  std::string text = "unmapped";
  const auto consider = [&](std::uint64_t distance, std::string_view relation,
                            std::string_view name) {
    if (distance >= nearest) return;
    nearest = distance;
    text = fmt::format("{} bytes {} {}", distance, relation, name);
  };
  for (const auto& [base, region] : regions_) {
    if (address < base)
      consider(base - address, "before", region.name);
    else
      consider(address - region.end(), "past the end of", region.name);
  }
  for (const Hole& hole : holes_) {
    if (address < hole.base)
      consider(hole.base - address, "before", hole.name);
    else
      consider(address - (hole.base + hole.size), "past the end of", hole.name);
  }
  return text;
}

}  // namespace cmos::emu
