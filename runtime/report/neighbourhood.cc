#include "runtime/report/neighbourhood.h"

#include <algorithm>
#include <charconv>

namespace cmos::runtime {
namespace {

/// A function longer than this is not disassembled from its start.
constexpr std::uint64_t kMaxBack = 64 * 1024;

/// The mapped bytes of [from, to) that lie in the region of `from`.
std::vector<std::uint8_t> mapped(const emu::GuestMemory& memory, std::uint64_t from,
                                 std::uint64_t to) {
  const emu::Region* region = memory.find(from);
  if (region == nullptr) return {};
  std::vector<std::uint8_t> bytes(std::min(to, region->end()) - from);
  if (!memory.peek(from, bytes)) return {};
  return bytes;
}

/// The last `count` instructions of the way from `start` to exactly `pc`; empty when the way does
/// not arrive.
std::vector<disasm::Instruction> way_to(std::uint64_t start, std::uint64_t pc,
                                        const emu::GuestMemory& memory,
                                        const disasm::Disassembler& disassembler,
                                        std::size_t count) {
  const std::vector<std::uint8_t> bytes = mapped(memory, start, pc);
  if (bytes.size() != pc - start) return {};
  std::vector<disasm::Instruction> way = disassembler.decode_all(bytes, start, bytes.size());
  const std::size_t kept = std::min(count, way.size());
  way.erase(way.begin(), way.end() - static_cast<std::ptrdiff_t>(kept));
  // An instruction that straddles pc shows as data in front of it.
  const bool arrives = std::none_of(way.begin(), way.end(), [](const disasm::Instruction& one) {
    return one.mnemonic.starts_with('.');
  });
  return arrives ? way : std::vector<disasm::Instruction>{};
}

std::vector<disasm::Instruction> before_pc(std::uint64_t pc, const emu::Isa& isa,
                                           const emu::GuestMemory& memory,
                                           const SymbolIndex& symbols,
                                           const disasm::Disassembler& disassembler,
                                           std::size_t count) {
  const emu::Region* region = memory.find(pc);
  std::uint64_t floor = region->base;
  if (const auto symbol = symbols.find(pc)) {
    floor = std::max(floor, symbol->start);
    if (symbol->offset <= kMaxBack) {
      auto way = way_to(floor, pc, memory, disassembler, count);
      if (!way.empty()) return way;
    }
  }
  const std::uint64_t reach = count * isa.cpu.max_instruction();
  std::uint64_t start = pc - std::min(reach, pc - floor);
  start += (pc - start) % isa.cpu.min_instruction();
  for (; start < pc; start += isa.cpu.min_instruction()) {
    auto way = way_to(start, pc, memory, disassembler, count);
    if (!way.empty()) return way;
  }
  return {};
}

}  // namespace

std::vector<disasm::Instruction> neighbourhood(std::uint64_t pc, const emu::Engine& engine,
                                               const emu::GuestMemory& memory,
                                               const SymbolIndex& symbols, std::size_t before,
                                               std::size_t after) {
  const emu::Isa& isa = engine.isa();
  if (isa.cpu.decoder == arch::Decoder::kNone || memory.find(pc) == nullptr) return {};
  const auto disassembler = disasm::Disassembler::open(isa.arch, engine.thumb());
  if (!disassembler) return {};
  auto out = before_pc(pc, isa, memory, symbols, *disassembler, before);
  std::uint64_t end = pc + (after + 1) * isa.cpu.max_instruction();
  if (symbols.in_image(pc)) end = std::min(end, symbols.image_end());
  const auto bytes = mapped(memory, pc, end);
  for (auto& one : disassembler->decode_all(bytes, pc, after + 1)) out.push_back(std::move(one));
  return out;
}

std::string annotated(const disasm::Instruction& instruction, const SymbolIndex& symbols) {
  std::string text = instruction.text();
  const std::size_t at = instruction.operands.rfind("0x");
  if (at == std::string::npos) return text;
  const char* first = instruction.operands.data() + at + 2;
  const char* last = instruction.operands.data() + instruction.operands.size();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(first, last, value, 16);
  // Only an operand of its own: `[rax + 0x400000]` is no address yet.
  const bool starts =
      at == 0 || instruction.operands[at - 1] == '#' ||
      (instruction.operands[at - 1] == ' ' && instruction.operands.find('[') == std::string::npos);
  const bool alone = error == std::errc{} && end == last && starts;
  if (!alone || !symbols.find(value)) return text;
  return text + " <" + symbols.text(value) + ">";
}

}  // namespace cmos::runtime
