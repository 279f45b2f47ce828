// Memory map of a process (abi 2), from low to high addresses:
//
//   null page | image at 0x400000 | one free page, up to 64 KiB | heap -> ... | guard | stack to
//   0x70000000 | exit stub
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
                         emu::GuestMemory& memory) {
  const SectionLook how = look(section.kind);
  const std::uint64_t base = cpe::kLoadAddress + section.offset;
  CMOS_TRY_VOID(
      memory.map(base, align_up(section.memory_size, emu::kGuestPage), how.permissions, how.name));
  const Bytes code = executable.code;
  if (section.offset >= code.size()) return {};
  const Bytes raw = code.subspan(
      section.offset, std::min<std::uint64_t>(section.memory_size, code.size() - section.offset));
  if (!memory.poke(base, raw)) return fail(ErrorCode::kInternal, "the image is not mapped");
  return {};
}

/// Everything that follows from the sizes alone, checked before anything is mapped.
Result<Placement> place(const cpe::ReadResult& file, const emu::GuestMemory& memory,
                        std::uint64_t requested_stack) {
  const auto stack = checked_align_up(requested_stack, emu::kGuestPage);
  constexpr std::uint64_t kRoom = kStackTop - kStackGuard - cpe::kLoadAddress;
  if (!stack || *stack == 0 || *stack >= kRoom) {
    return fail(Error{.code = ErrorCode::kLimit,
                      .field = "stack size",
                      .found = fmt::format("{} bytes", requested_stack),
                      .expected = fmt::format("1 to {} bytes", kRoom - emu::kGuestPage)});
  }
  const std::uint64_t image = align_up(memory_size(file.sections), emu::kGuestPage);
  if (image == 0 || image > kRoom - *stack) {
    return fail(Error{.code = ErrorCode::kLimit,
                      .field = "image",
                      .found = fmt::format("{} bytes of memory", image),
                      .expected = fmt::format("1 to {} bytes, below a stack of {} bytes",
                                              kRoom - *stack, *stack)});
  }
  if (image + *stack + emu::kGuestPage > memory.limit()) {
    return fail(
        Error{.code = ErrorCode::kLimit,
              .field = "image",
              .found = fmt::format("{} bytes of memory with a stack of {} bytes", image, *stack),
              .expected = fmt::format("at most {} bytes in all", memory.limit())});
  }
  Placement placement;
  placement.image_base = cpe::kLoadAddress;
  placement.image_end = cpe::kLoadAddress + image;
  placement.entry = cpe::kLoadAddress + file.entry;
  placement.stack_top = kStackTop;
  placement.stack_base = kStackTop - *stack;
  placement.heap_limit = placement.stack_base - kStackGuard;
  placement.heap_base = std::min(align_up(placement.image_end + emu::kGuestPage, kHeapAlignment),
                                 placement.heap_limit);
  return placement;
}

void name_holes(emu::GuestMemory& memory, const Placement& placement) {
  memory.name_hole(0, emu::kGuestPage, "the null page");
  memory.name_hole(placement.heap_limit, kStackGuard, "stack guard");
}

}  // namespace

Result<Placement> load(const cpe::ReadResult& file, const emu::Isa& isa, emu::GuestMemory& memory,
                       const Options& options) {
  CMOS_TRY(const Placement placement, place(file, memory, options.stack_size));
  std::vector<cpe::ImageSection> sections = file.sections;
  if (!options.protect) {
    sections = {{cpe::SectionKind::kWhole, 0, memory_size(file.sections)}};
  }
  for (const cpe::ImageSection& section : sections) {
    CMOS_TRY_VOID(map_section(file.executable, section, memory));
  }
  CMOS_TRY_VOID(memory.map(placement.stack_base, placement.stack_top - placement.stack_base,
                           kReadWrite, "stack"));
  CMOS_TRY_VOID(memory.map(kExitStub, emu::kGuestPage, kReadExecute, "exit stub"));
  if (!memory.poke(kExitStub, isa.exit_stub)) {
    return fail(ErrorCode::kInternal, "the exit stub does not fit its page");
  }
  name_holes(memory, placement);
  return placement;
}

Result<void> start(emu::Engine& engine, emu::GuestMemory& memory, const Placement& placement) {
  const arch::Cpu& cpu = engine.isa().cpu;
  // Registers behind pc are state of the CPU (flags); their reset value is the engine's business.
  for (emu::RegisterIndex index = 0; index < cpu.general().size() && index < cpu.pc; ++index) {
    engine.write_register(index, 0);
  }
  std::uint64_t sp = align_down(placement.stack_top - placement.stack_headroom, cpu.stack_alignment);
  if (cpu.return_style == arch::ReturnStyle::kPushed) {
    sp -= cpu.pointer_bytes();
    ByteWriter pushed(cpu.byte_order);
    pushed.number(placement.exit_stub, cpu.pointer_bytes());
    if (!memory.write(sp, pushed.data())) {
      return fail(ErrorCode::kInternal, "the stack is not mapped");
    }
  } else {
    engine.write_register(cpu.link, placement.exit_stub);
  }
  engine.write_register(cpu.sp, sp);
  engine.jump(placement.entry);
  return {};
}

}  // namespace cmos::loader
