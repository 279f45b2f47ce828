#include "tests/cpu/differ.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "disasm/disasm.h"

namespace cmos::cpu_test {
namespace {

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  std::string text = "0x";
  for (std::size_t i = size; i-- > 0;) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

/// `ignored`: bits of the field that need not be the same.
bool same(const Field& field, const State& a, const State& b, std::uint64_t ignored) {
  const std::uint8_t *left = a.registers.data() + field.offset,
                     *right = b.registers.data() + field.offset;
  if (field.size > 8) return std::memcmp(left, right, field.size) == 0;
  std::uint64_t x = 0, y = 0;
  std::memcpy(&x, left, field.size);
  std::memcpy(&y, right, field.size);
  return ((x ^ y) & field.mask & ~ignored) == 0;
}

std::string trap_text(const State& state) {
  constexpr std::array<const char*, 6> kNames{"none",   "illegal instruction", "arithmetic",
                                              "memory", "misaligned",          "other"};
  const std::string name = kNames.at(static_cast<std::size_t>(state.trap));
  return state.trap == Trap::kNone
             ? name
             : fmt::format("{} at +{}, {:#x}", name, state.trap_at, state.trap_address);
}

/// On x86 a misaligned access is a protection fault, which Linux cannot tell from other ones.
bool same_trap(const Subject& subject, const State& a, const State& b) {
  const bool of_memory = a.trap == Trap::kMemory || a.trap == Trap::kMisaligned;
  if (subject.addresses)
    return a.trap == b.trap && (a.trap == Trap::kNone || a.trap_at == b.trap_at) &&
           (!of_memory || a.trap_address == b.trap_address);
  const auto kind = [](Trap trap) { return trap == Trap::kMisaligned ? Trap::kMemory : trap; };
  return kind(a.trap) == kind(b.trap) && (a.trap == Trap::kNone || a.trap_at == b.trap_at);
}

}  // namespace

std::vector<std::string> differences(const Subject& subject, const Case& test, const State& found,
                                     const State& expected) {
  std::vector<std::string> all;
  if (!same_trap(subject, found, expected))
    all.push_back(fmt::format("trap: {}, expected {}", trap_text(found), trap_text(expected)));
  std::uint64_t ignored = 0;
  for (const Piece& piece : test.pieces)
    ignored = (piece.defines_flags ? 0 : ignored) | piece.undefined_flags;
  // What an unmasked overflow or underflow would be rounded to is not looked for.
  constexpr std::uint64_t kPrecision = 0x20;
  for (const Field& field : subject.fields) {
    const bool rounds = field.name == "mxcsr" && found.trap == Trap::kArithmetic;
    if (!same(field, found, expected, field.flags ? ignored : rounds ? kPrecision : 0))
      all.push_back(fmt::format("{}: {}, expected {}", field.name,
                                hex(found.registers.data() + field.offset, field.size),
                                hex(expected.registers.data() + field.offset, field.size)));
  }
  for (std::size_t i = 0; i < kWindow; i += 16)
    if (std::memcmp(&found.memory[i], &expected.memory[i], 16) != 0)
      all.push_back(fmt::format("memory at {:#x}: {}, expected {}", kData + kWindowStart + i,
                                hex(&found.memory[i], 16), hex(&expected.memory[i], 16)));
  return all;
}

std::size_t Differ::run(std::size_t count, const std::function<Case()>& next,
                        std::size_t most_alike) {
  std::map<std::string, std::size_t> seen;
  std::size_t different = 0;
  for (std::size_t done = 0; done < count;) {
    std::vector<Case> batch;
    while (batch.size() < kBatch && done + batch.size() < count) {
      Case test = next();
      if (mnemonics_.empty() || mnemonics_.count(last_mnemonic(test)) != 0)
        batch.push_back(std::move(test));
    }
    const auto found = tested_.run(batch), expected = reference_.run(batch);
    std::vector<Case> bad;
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (!differences(subject_, batch[i], found[i], expected[i]).empty()) bad.push_back(batch[i]);
    for (const Case& test : bad) {
      ++different;
      // One instruction is known by its name; a sequence only when it is shrunk.
      const bool single = test.pieces.size() == 1;
      if (single && ++seen[last_mnemonic(test)] > most_alike) continue;
      const Case small = shrink(test);
      if (single || ++seen[last_mnemonic(small)] <= most_alike) report(small);
    }
    done += batch.size();
  }
  for (const auto& [mnemonic, times] : seen) fmt::print("{:6} {}\n", times, mnemonic);
  return different;
}

bool Differ::differs(const Case& test) {
  const auto found = tested_.run({test}), expected = reference_.run({test});
  return !differences(subject_, test, found[0], expected[0]).empty();
}

Case Differ::shrink(Case test) {
  if (!differs(test)) return test;
  while (drop_pieces(test)) {
  }
  simplify(test);
  return test;
}

bool Differ::drop_pieces(Case& test) {
  for (std::size_t i = test.pieces.size(); i-- > 0 && test.pieces.size() > 1;) {
    Case smaller = test;
    smaller.pieces.erase(smaller.pieces.begin() + static_cast<std::ptrdiff_t>(i));
    if (!differs(smaller)) continue;
    test = smaller;
    return true;
  }
  return false;
}

namespace {

/// The case with one register or piece of memory made zero, for each of them.
std::vector<Case> simpler_cases(const Subject& subject, const Case& test) {
  std::vector<Case> all;
  for (const Field& field : subject.fields) {
    if (field.flags) continue;
    State state = test.before;
    std::fill_n(state.registers.data() + field.offset, field.size, std::uint8_t{0});
    if (field.name == "mxcsr") state.set<std::uint32_t>(field.offset, 0x1f80);
    if (field.name == "fcw") state.set<std::uint16_t>(field.offset, 0x37f);
    all.push_back({.pieces = test.pieces, .before = state, .thumb = test.thumb});
  }
  for (std::size_t i = 0; i < kWindow; i += 16) {
    State state = test.before;
    std::fill_n(&state.memory[i], 16, std::uint8_t{0});
    all.push_back({.pieces = test.pieces, .before = state, .thumb = test.thumb});
  }
  return all;
}

/// `state` with all that `simpler` changed of `original`.
void take_over(State& state, const State& original, const State& simpler) {
  for (std::size_t i = 0; i < kRegistersSize; ++i)
    if (simpler.registers[i] != original.registers[i]) state.registers[i] = simpler.registers[i];
  for (std::size_t i = 0; i < kWindow; ++i)
    if (simpler.memory[i] != original.memory[i]) state.memory[i] = simpler.memory[i];
}

}  // namespace

/// Makes each register and piece of memory zero that has no part in the difference: all at once
/// when that works, as a rule, and else one by one.
void Differ::simplify(Case& test) {
  const std::vector<Case> candidates = simpler_cases(subject_, test);
  const auto found = tested_.run(candidates), expected = reference_.run(candidates);
  const State original = test.before;
  Case together = test;
  std::vector<const Case*> fit;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (differences(subject_, candidates[i], found[i], expected[i]).empty()) continue;
    fit.push_back(&candidates[i]);
    take_over(together.before, original, candidates[i].before);
  }
  if (differs(together)) {
    test = together;
    return;
  }
  for (const Case* candidate : fit) {
    Case simpler = test;
    take_over(simpler.before, original, candidate->before);
    if (differs(simpler)) test = simpler;
  }
}

std::string Differ::last_mnemonic(const Case& test) const {
  const auto disassembler = disasm::Disassembler::open(subject_.arch, test.thumb);
  if (!disassembler || test.pieces.empty()) return "?";
  const auto insn = disassembler->decode(test.pieces.back().code, kFirstSlot);
  return insn ? insn->mnemonic : "?";
}

void Differ::report(const Case& test) {
  const auto disassembler = disasm::Disassembler::open(subject_.arch, test.thumb);
  const auto found = tested_.run({test}), expected = reference_.run({test});
  fmt::print("---- {}{}\n", subject_.arch, test.thumb ? " (Thumb)" : "");
  for (const Piece& piece : test.pieces) {
    std::string bytes;
    for (const std::uint8_t byte : piece.code) bytes += fmt::format("{:02x} ", byte);
    const auto insn = disassembler->decode(piece.code, kFirstSlot);
    fmt::print("    {:40} ; {}\n", insn ? insn->text() : "?", bytes);
  }
  const State zero;
  for (const Field& field : subject_.fields)
    if (std::memcmp(zero.registers.data(), test.before.registers.data() + field.offset,
                    field.size) != 0)
      fmt::print("  with {} = {}\n", field.name,
                 hex(test.before.registers.data() + field.offset, field.size));
  for (std::size_t i = 0; i < kWindow; i += 16)
    if (std::any_of(&test.before.memory[i], &test.before.memory[i] + 16,
                    [](std::uint8_t byte) { return byte != 0; }))
      fmt::print("  with [{:#x}] = {}\n", kData + kWindowStart + i,
                 hex(&test.before.memory[i], 16));
  for (const std::string& line : differences(subject_, test, found[0], expected[0]))
    fmt::print("  {}\n", line);
}

}  // namespace cmos::cpu_test
