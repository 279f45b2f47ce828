#include "runtime/report/backtrace.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "emu/bytecode.h"
#include "loader/loader.h"
#include "runtime/report/unwind.h"

namespace cmos::runtime {
namespace {

class Walker {
 public:
  Walker(const emu::Engine& engine, const emu::GuestMemory& memory)
      : engine_(engine), cpu_(engine.isa().cpu), memory_(memory) {}

  std::optional<std::uint64_t> word(std::uint64_t address) const {
    std::array<std::uint8_t, 8> raw{};
    if (!memory_.read(address, std::span(raw).first(cpu_.pointer_bytes()))) return std::nullopt;
    return load(Bytes(raw).first(cpu_.pointer_bytes()), cpu_.byte_order);
  }

  /// `value` as a return address, when it can be one. The lowest bit of ARM's tells the caller's
  /// state.
  std::optional<std::uint64_t> code_address(std::optional<std::uint64_t> value) const {
    if (!value) return std::nullopt;
    const bool interworking = cpu_.knows(arch::Decoding::kThumb);
    const std::uint64_t address = interworking ? *value & ~1ull : *value;
    if (address % cpu_.min_instruction() != 0) return std::nullopt;
    const emu::Region* region = memory_.find(address);
    if (region == nullptr || (region->permissions & emu::kExecute) == 0) return std::nullopt;
    return address;
  }

  struct Link {
    std::uint64_t frame;
    std::uint64_t pc;
  };
  /// The frame record at `frame`: saved frame pointer and return address, next to each other.
  std::optional<Link> record(std::uint64_t frame) const {
    const std::uint64_t size = cpu_.pointer_bytes();
    if (frame == 0 || frame % std::min<std::uint64_t>(size, cpu_.stack_alignment) != 0)
      return std::nullopt;
    const auto first = word(frame);
    if (!first) return std::nullopt;
    if (const auto pc = code_address(word(frame + size))) return Link{*first, *pc};
    // gcc's ARM frames: r11 points at the return address, the saved r11 lies below it.
    if (!is_arm32() || frame < size) return std::nullopt;
    const auto below = word(frame - size);
    const auto pc = code_address(first);
    if (!below || !pc) return std::nullopt;
    return Link{*below, *pc};
  }

  bool in_exit_stub(std::uint64_t pc) const {
    const emu::Region* const region = memory_.find(pc);
    return region != nullptr && region->name == loader::kExitStubName;
  }
  bool is_arm32() const { return cpu_.link != emu::kNoRegister && cpu_.pointer_bytes() == 4; }
  std::uint64_t reg(emu::RegisterIndex index) const { return engine_.read_register(index); }
  const arch::Cpu& cpu() const { return cpu_; }

 private:
  const emu::Engine& engine_;
  const arch::Cpu& cpu_;
  const emu::GuestMemory& memory_;
};

/// The caller that no frame record tells of: of a function without frame, or of a jump into
/// nowhere.
std::optional<std::uint64_t> direct_caller(std::uint64_t pc, const Walker& walker,
                                           const SymbolIndex& symbols) {
  const bool wild = !walker.code_address(pc);
  if (walker.cpu().link == emu::kNoRegister) {
    if (!wild) return std::nullopt;
    return walker.code_address(walker.word(walker.reg(walker.cpu().sp)));
  }
  const auto link = walker.code_address(walker.reg(walker.cpu().link));
  if (!link || wild) return link;
  // After the first call of its own, the link register points back into the function itself.
  const auto here = symbols.find(pc);
  const auto there = symbols.find(*link - 1);
  if (here && there && here->start == there->start) return std::nullopt;
  return link;
}

}  // namespace

std::optional<SymbolIndex::Hit> Frame::symbol(const SymbolIndex& symbols) const {
  auto hit = symbols.find(is_return && pc > 0 ? pc - 1 : pc);
  if (hit && is_return) ++hit->offset;
  return hit;
}

std::vector<Frame> backtrace(std::uint64_t pc, const emu::Engine& engine,
                             const emu::GuestMemory& memory, const SymbolIndex& symbols,
                             symbolize::Lookup* lookup) {
  const Walker walker(engine, memory);
  std::vector<Frame> frames{{pc, false}};
  if (const auto* named = dynamic_cast<const emu::BytecodeEngine*>(&engine)) {
    for (const std::uint64_t caller : named->callers(kMaxFrames - 1))
      frames.push_back({caller, true});
    return frames;
  }
  std::uint64_t frame = walker.cpu().frame == emu::kNoRegister ? 0 : walker.reg(walker.cpu().frame);
  if (lookup != nullptr) {
    Unwinder unwinder(engine, memory, *lookup, pc);
    while (frames.size() < kMaxFrames && unwinder.up()) {
      const auto caller = walker.code_address(unwinder.pc());
      if (!caller || walker.in_exit_stub(*caller)) return frames;
      frames.push_back({*caller, true});
    }
    if (frames.size() > 1) {
      if (!unwinder.frame_pointer()) return frames;
      frame = *unwinder.frame_pointer();
    }
  }
  auto link = walker.record(frame);
  if (frames.size() == 1) {
    const auto direct = direct_caller(pc, walker, symbols);
    if (direct && !walker.in_exit_stub(*direct) && !(link && link->pc == *direct)) {
      frames.push_back({*direct, true});
    }
  }
  while (link && frames.size() < kMaxFrames && !walker.in_exit_stub(link->pc)) {
    frames.push_back({link->pc, true});
    if (link->frame <= frame) break;
    frame = link->frame;
    link = walker.record(frame);
  }
  return frames;
}

}  // namespace cmos::runtime
