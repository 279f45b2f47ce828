// Memory map of a process (abi 2), from low to high addresses:
//
//   null page
//   image at 0x400000
//   one free page, up to 64 KiB
//   heap, which grows upwards
//   guard
//   stack up to 0x70000000
//   exit stub
//
// CPUs with other addresses have a map of their own (emu::MemoryMap). In 64 KiB the image shares
// the page at 0 with whatever the CPU wants there, so it is one range with all permissions, and
// addresses from 0 on are mapped. The 6502's stack lies there, too, before the image.
#include "loader/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/checked.h"

namespace cmos::loader {
namespace {

constexpr emu::Permissions kReadExecute = emu::kRead | emu::kExecute;
constexpr emu::Permissions kReadWrite = emu::kRead | emu::kWrite;

struct SectionLook {
  emu::Permissions permissions;
  const char* name;
};

SectionLook look(cpe::SectionKind kind) {
  switch (kind) {
    case cpe::SectionKind::kCode:
      return {kReadExecute, "code"};
    case cpe::SectionKind::kConst:
      return {emu::kRead, "const"};
    case cpe::SectionKind::kVar:
      return {kReadWrite, "var"};
    case cpe::SectionKind::kWhole:
      break;
  }
  return {kReadWrite | emu::kExecute, "image"};
}

std::uint64_t memory_size(const std::vector<cpe::ImageSection>& sections) {
  std::uint64_t end = 0;
  for (const cpe::ImageSection& section : sections) {
    end = std::max(end, section.offset + section.memory_size);
  }
  return end;
}

Result<void> map_section(const cpe::Executable& executable, const cpe::ImageSection& section,
                         std::uint64_t load_address, emu::GuestMemory& memory) {
  const SectionLook how = look(section.kind);
  const std::uint64_t base = load_address + section.offset;
  const std::uint64_t first = align_down(base, emu::kGuestPage);
  CMOS_TRY_VOID(memory.map(first, align_up(base + section.memory_size, emu::kGuestPage) - first,
                           how.permissions, how.name));
  const Bytes code = executable.code;
  if (section.offset >= code.size()) return {};
  const Bytes raw = code.subspan(
      section.offset, std::min<std::uint64_t>(section.memory_size, code.size() - section.offset));
  if (!memory.poke(base, raw)) return fail(ErrorCode::kInternal, "the image is not mapped");
  return {};
}

/// Where the image may reach to, and the stack.
struct Room {
  std::uint64_t stack;  ///< bytes
  std::uint64_t end;    ///< of image and heap
};

Result<Room> place_stack(const emu::Isa& isa, std::uint64_t requested) {
  const emu::MemoryMap& map = isa.map;
  const std::uint64_t load = isa.cpu.load_address;
  // The stack before the image is where and as large as the CPU has it.
  if (map.stack_top <= load) return Room{.stack = map.stack_size, .end = map.exit_stub};
  const std::uint64_t room = map.stack_top - map.stack_guard - load;
  const auto stack =
      checked_align_up(requested == kDefaultStack ? map.stack_size : requested, emu::kGuestPage);
  if (!stack || *stack == 0 || *stack >= room) {
    return fail(Error{.code = ErrorCode::kLimit,
                      .field = "stack size",
                      .found = fmt::format("{} bytes", requested),
                      .expected = fmt::format(
                          "1 to {} bytes", align_down(room - emu::kGuestPage, emu::kGuestPage))});
  }
  return Room{.stack = *stack, .end = map.stack_top - map.stack_guard - *stack};
}

/// Everything that follows from the sizes alone, checked before anything is mapped.
Result<Placement> place(const cpe::ReadResult& file, const emu::Isa& isa,
                        const emu::GuestMemory& memory, std::uint64_t requested_stack) {
  CMOS_TRY(const Room room, place_stack(isa, requested_stack));
  const emu::MemoryMap& map = isa.map;
  const std::uint64_t load = isa.cpu.load_address;
  const std::uint64_t size = memory_size(file.sections);
  const std::uint64_t end = align_up(load + size, emu::kGuestPage);
  const std::uint64_t image = end - align_down(load, emu::kGuestPage);
  if (size == 0 || end > room.end) {
    return fail(Error{.code = ErrorCode::kLimit,
                      .field = "image",
                      .found = fmt::format("{} bytes of memory", align_up(size, emu::kGuestPage)),
                      .expected = fmt::format("1 to {} bytes, below a stack of {} bytes",
                                              room.end - load, room.stack)});
  }
  if (image + room.stack + emu::kGuestPage > memory.limit()) {
    return fail(Error{
        .code = ErrorCode::kLimit,
        .field = "image",
        .found = fmt::format("{} bytes of memory with a stack of {} bytes", image, room.stack),
        .expected = fmt::format("at most {} bytes in all", memory.limit())});
  }
  Placement placement;
  placement.image_base = load;
  placement.image_end = end;
  placement.entry = load + file.entry;
  placement.stack_top = map.stack_top;
  placement.stack_base = map.stack_top - room.stack;
  placement.exit_stub = map.exit_stub;
  placement.stack_headroom = map.stack_headroom;
  placement.heap_limit = room.end;
  placement.heap_base =
      std::min(align_up(placement.image_end + map.heap_gap, map.heap_alignment), room.end);
  return placement;
}

void name_holes(emu::GuestMemory& memory, const emu::MemoryMap& map, const Placement& placement) {
  if (placement.image_base >= emu::kGuestPage)
    memory.name_hole(0, emu::kGuestPage, "the null page");
  if (placement.stack_base >= placement.image_end)
    memory.name_hole(placement.heap_limit, map.stack_guard, "stack guard");
}

}  // namespace

Result<Placement> load(const cpe::ReadResult& file, const emu::Isa& isa, emu::GuestMemory& memory,
                       const Options& options) {
  CMOS_TRY(const Placement placement, place(file, isa, memory, options.stack_size));
  std::vector<cpe::ImageSection> sections = file.sections;
  // Sections begin at pages of the image, which are pages of memory only where the image is at one.
  if (!options.protect || placement.image_base % emu::kGuestPage != 0) {
    sections = {{cpe::SectionKind::kWhole, 0, memory_size(file.sections)}};
  }
  for (const cpe::ImageSection& section : sections) {
    CMOS_TRY_VOID(map_section(file.executable, section, placement.image_base, memory));
  }
  if (placement.stack_base >= placement.image_end) {
    CMOS_TRY_VOID(memory.map(placement.stack_base, placement.stack_top - placement.stack_base,
                             kReadWrite, "stack"));
  }
  CMOS_TRY_VOID(memory.map(isa.map.exit_stub, emu::kGuestPage, kReadExecute, kExitStubName));
  if (!memory.poke(isa.map.exit_stub, isa.exit_stub)) {
    return fail(ErrorCode::kInternal, "the exit stub does not fit its page");
  }
  name_holes(memory, isa.map, placement);
  return placement;
}

std::uint64_t initial_stack_pointer(const arch::Cpu& cpu, const Placement& placement) {
  return align_down(placement.stack_top - placement.stack_headroom, cpu.stack_alignment);
}

bool return_to_exit_stub(emu::Engine& engine, emu::GuestMemory& memory, const Placement& placement,
                         std::uint64_t sp) {
  const arch::Cpu& cpu = engine.isa().cpu;
  const std::uint64_t stub = placement.exit_stub;
  if (cpu.return_style == arch::ReturnStyle::kLinkRegister) {
    engine.write_register(cpu.link, stub);
    engine.write_register(cpu.sp, sp);
    return true;
  }
  const unsigned less = cpu.return_style == arch::ReturnStyle::kPushedLessOne ? 1 : 0;
  sp -= cpu.pointer_bytes();
  ByteWriter pushed(cpu.byte_order);
  pushed.number(stub - less, cpu.pointer_bytes());
  if (!memory.write(sp, pushed.data())) return false;
  engine.write_register(cpu.sp, sp - less);
  return true;
}

Result<void> start(emu::Engine& engine, emu::GuestMemory& memory, const Placement& placement) {
  const arch::Cpu& cpu = engine.isa().cpu;
  // Registers behind pc are state of the CPU (flags); their reset value is the engine's business.
  for (emu::RegisterIndex index = 0; index < cpu.general().size() && index < cpu.pc; ++index) {
    engine.write_register(index, 0);
  }
  if (!return_to_exit_stub(engine, memory, placement, initial_stack_pointer(cpu, placement)))
    return fail(ErrorCode::kInternal, "the stack is not mapped");
  engine.jump(placement.entry);
  return {};
}

}  // namespace cmos::loader
