// From any bytes to guest memory: what loads lies where abi 1.3 and 2 say, with the permissions
// they say, within the memory limit.
#include <algorithm>
#include <array>

#include "emu/i8080/engine.h"
#include "emu/i8086/engine.h"
#include "emu/m68k/engine.h"
#include "emu/mos6502/engine.h"
#include "emu/z80/engine.h"
#include "formats/cpe/cpe.h"
#include "fuzz/require.h"
#include "loader/loader.h"
#include "tests/loader/register_file.h"

namespace {

using cmos::Bytes;
using cmos::emu::GuestMemory;
using cmos::fuzz::require;
namespace cpe = cmos::cpe;
namespace emu = cmos::emu;
namespace loader = cmos::loader;

constexpr std::uint64_t kLimit = 4ull << 20;
constexpr std::array<const emu::Isa*, 10> kIsas{&emu::kX8664, &emu::kX86, &emu::kArm,  &emu::kArm64,
                                                &emu::kApple, &emu::kZ80, &emu::k8080, &emu::kM68k,
                                                &emu::k6502,  &emu::k8086};

const emu::Isa& isa_of(const cpe::Executable& executable) {
  for (const emu::Isa* isa : kIsas) {
    if (isa->arch == executable.arch) return *isa;
  }
  return emu::kX8664;
}

void check_content(const cpe::ReadResult& file, const GuestMemory& memory,
                   std::uint64_t load_address) {
  const std::vector<std::uint8_t>& code = file.executable.code;
  for (const cpe::ImageSection& section : file.sections) {
    std::vector<std::uint8_t> loaded(section.memory_size);
    require(memory.peek(load_address + section.offset, loaded), "a section is mapped");
    const std::uint64_t raw = section.offset >= code.size()
                                  ? 0
                                  : std::min(section.memory_size, code.size() - section.offset);
    const auto from = code.begin() + static_cast<std::ptrdiff_t>(
                                         std::min<std::uint64_t>(section.offset, code.size()));
    const auto rest = loaded.begin() + static_cast<std::ptrdiff_t>(raw);
    require(std::equal(loaded.begin(), rest, from), "the raw bytes are there");
    require(std::all_of(rest, loaded.end(), [](std::uint8_t byte) { return byte == 0; }),
            "the rest is zero");
  }
}

void check_placement(const loader::Placement& placement, const GuestMemory& memory,
                     const emu::Isa& isa) {
  require(memory.used() <= kLimit, "the limit holds");
  if (isa.cpu.load_address == cpe::kLoadAddress) {
    require(memory.find(0) == nullptr, "the null page is free");
    require(memory.find(placement.stack_base - 1) == nullptr, "the stack is guarded");
  }
  require(placement.heap_base >= placement.image_end + isa.map.heap_gap ||
              placement.heap_base == placement.heap_limit,
          "there is a gap between image and heap");
  require(placement.heap_base <= placement.heap_limit, "the heap ends below the guard");
  require(memory.find(placement.entry & ~1ull) != nullptr, "the entry is mapped");
}

void check_start(const loader::Placement& placement, GuestMemory& memory, const emu::Isa& isa) {
  loader::RegisterFile engine(isa);
  require(loader::start(engine, memory, placement).has_value(), "the stack takes the way back");
  require(engine.jumped_to == placement.entry, "a program begins at its entry");
  require(engine.read_register(isa.cpu.sp) <= placement.stack_top, "with the stack in its place");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = cpe::read(Bytes(data, size), "f");
  if (!file) return 0;
  const emu::Isa& isa = isa_of(file->executable);
  const bool bounded = file->sections.front().kind != cpe::SectionKind::kWhole;
  constexpr std::array<std::uint64_t, 4> kStacks{64 << 10, loader::kDefaultStack, 0, UINT64_MAX};
  for (const bool protect : {true, false}) {
    for (const std::uint64_t stack : kStacks) {
      GuestMemory memory(isa.cpu.address_bits, kLimit);
      const auto placement = loader::load(*file, isa, memory, {protect, stack});
      if (!placement) {
        require(placement.error().code == cmos::ErrorCode::kLimit,
                "only size is a reason to refuse");
        require(memory.regions().empty(), "a refused load maps nothing");
        continue;
      }
      check_placement(*placement, memory, isa);
      check_content(*file, memory, isa.cpu.load_address);
      check_start(*placement, memory, isa);
      for (const auto& [base, region] : memory.regions()) {
        const bool open =
            (region.permissions & emu::kWrite) && (region.permissions & emu::kExecute);
        require(!open || !protect || !bounded || isa.cpu.load_address % emu::kGuestPage != 0,
                "protected memory is never writable and executable");
      }
    }
  }
  return 0;
}
