#include "runtime/report/operands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace cmos::runtime {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// The words of a text, each with what stands before it since the last one.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  /// Empty at the end.
  std::string_view next() {
    const std::size_t from = at_;
    while (at_ < text_.size() && !is_word(text_[at_])) ++at_;
    between_ = text_.substr(from, at_ - from);
    const std::size_t start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  std::string_view between() const { return between_; }

 private:
  std::string_view text_;
  std::string_view between_;
  std::size_t at_ = 0;
};

std::optional<std::uint64_t> register_value(const emu::Engine& engine, std::string_view name) {
  const auto part = engine.isa().cpu.part_named(name);
  if (!part) return std::nullopt;
  const std::uint64_t all = part->bits >= 64 ? ~0ull : (1ull << part->bits) - 1;
  return engine.read_register(part->whole) >> part->shift & all;
}

std::optional<std::uint64_t> number(std::string_view word) {
  const bool hexadecimal = word.starts_with("0x");
  if (hexadecimal) word.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(word.data(), word.data() + word.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// The address that `[base + index*scale - displacement]` stands for, without its brackets.
std::optional<std::uint64_t> address_of(std::string_view text,
                                        const disasm::Instruction& instruction,
                                        const emu::Engine& engine) {
  const arch::Cpu& cpu = engine.isa().cpu;
  Words words(text);
  std::uint64_t sum = 0;
  std::uint64_t term = 0;
  bool negative = false;
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    const bool ip = cpu.part_named(word) && cpu.part_named(word)->whole == cpu.pc;
    auto value =
        ip ? std::optional(instruction.address + instruction.size) : register_value(engine, word);
    if (!value) value = number(word);
    if (!value) return std::nullopt;
    if (words.between().find('*') != std::string_view::npos) {
      term *= *value;
      continue;
    }
    sum += negative ? 0 - term : term;
    negative = words.between().find('-') != std::string_view::npos;
    term = *value;
  }
  return (sum + (negative ? 0 - term : term)) & cpu.pointer_mask();
}

/// "dword ptr [rbp - 8]" and what is there; nothing for a size without a name, memory that cannot
/// be read, and an address behind a segment register.
std::optional<OperandValue> memory_value(const disasm::Instruction& instruction,
                                         const emu::Engine& engine,
                                         const emu::GuestMemory& memory) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kSizes{
      {{"byte", 1}, {"dword", 4}, {"qword", 8}, {"word", 2}}};
  const std::string_view text = instruction.operands;
  const std::size_t open = text.find(" ptr [");
  const std::size_t close = text.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  const auto* size = std::find_if(kSizes.begin(), kSizes.end(), [&](const auto& one) {
    return text.substr(0, open).ends_with(one.first);
  });
  if (size == kSizes.end()) return std::nullopt;
  const std::size_t inside = open + std::string_view(" ptr [").size();
  const auto address = address_of(text.substr(inside, close - inside), instruction, engine);
  std::array<std::uint8_t, 8> raw{};
  const auto bytes = std::span(raw).first(size->second);
  if (!address || !memory.peek(*address, bytes)) return std::nullopt;
  const std::size_t from = open - size->first.size();
  return OperandValue{std::string(text.substr(from, close + 1 - from)),
                      load(bytes, engine.isa().cpu.byte_order)};
}

}  // namespace

std::vector<OperandValue> operand_values(const disasm::Instruction& instruction,
                                         const emu::Engine& engine,
                                         const emu::GuestMemory& memory) {
  const arch::Cpu& cpu = engine.isa().cpu;
  std::vector<OperandValue> out;
  Words words(instruction.operands);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    const auto part = cpu.part_named(word);
    const bool shown =
        std::ranges::any_of(out, [&](const OperandValue& one) { return one.name == word; });
    if (!part || part->whole == cpu.pc || shown) continue;
    out.push_back({std::string(word), *register_value(engine, word)});
  }
  if (auto there = memory_value(instruction, engine, memory)) out.push_back(std::move(*there));
  return out;
}

}  // namespace cmos::runtime
