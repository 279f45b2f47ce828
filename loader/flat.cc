#include "loader/flat.h"

#include <fmt/format.h>

#include "base/checked.h"

namespace cmos::loader {
namespace {

constexpr emu::Permissions kAll = emu::kRead | emu::kWrite | emu::kExecute;

Result<Placement> place(const FlatImage& image, const emu::Isa& isa,
                        const emu::GuestMemory& memory) {
  if (image.memory_end > memory.limit())
    return fail(Error{.code = ErrorCode::kLimit,
                      .field = "memory",
                      .found = fmt::format("{} bytes", image.memory_end),
                      .expected = fmt::format("at most {} bytes", memory.limit())});
  const std::uint64_t stub = align_up(isa.exit_stub.size(), isa.cpu.stack_alignment);
  const std::uint64_t least = stub + isa.cpu.pointer_bytes();
  if (image.stack_top - image.stack_base < least)
    return fail(Error{.code = ErrorCode::kLimit,
                      .field = "stack size",
                      .found = fmt::format("{} bytes", image.stack_top - image.stack_base),
                      .expected = fmt::format("at least {} bytes, for the way back", least)});
  Placement out;
  out.image_base = 0;
  out.image_end = image.memory_end;
  out.entry = image.entry;
  out.exit_stub = align_down(image.stack_top - stub, isa.cpu.stack_alignment);
  out.stack_base = image.stack_base;
  out.stack_top = out.exit_stub;
  out.stack_headroom = 0;
  out.heap_base = image.heap_base;
  out.heap_limit = image.heap_limit;
  out.heap_mapped = true;
  return out;
}

}  // namespace

Result<Placement> load(const FlatImage& image, const emu::Isa& isa, emu::GuestMemory& memory) {
  CMOS_TRY(const Placement placement, place(image, isa, memory));
  CMOS_TRY_VOID(memory.map(0, align_up(image.memory_end, emu::kGuestPage), kAll, "memory"));
  for (const FlatImage::Piece& one : image.pieces) {
    if (!memory.poke(one.address, one.bytes))
      return fail(ErrorCode::kInternal, "a segment is not mapped");
  }
  if (!memory.poke(placement.exit_stub, isa.exit_stub))
    return fail(ErrorCode::kInternal, "the exit stub is not mapped");
  return placement;
}

}  // namespace cmos::loader
