#include <algorithm>
#include <map>

#include "disasm/disasm.h"
#include "emu/arm_meaning.h"
#include "tests/cpu/arm.h"
#include "tests/cpu/arm_rows.h"

namespace cmos::cpu_test {
namespace {

/// Which integer registers play which part. Sequences keep what points into the window.
struct Pools {
  std::vector<unsigned> all, values, bases, indexes;
};

std::vector<unsigned> numbers(unsigned end, const std::vector<unsigned>& without) {
  std::vector<unsigned> all;
  for (unsigned i = 0; i < end; ++i)
    if (std::find(without.begin(), without.end(), i) == without.end()) all.push_back(i);
  return all;
}

constexpr unsigned kStack32 = 13, kStack64 = 31;

/// By the bits of a register's number.
const Pools& pools(unsigned bits) {
  static const std::map<unsigned, Pools> all{
      {3, {numbers(8, {}), numbers(5, {}), {6, 7}, {5}}},
      {4,
       {numbers(15, {kLayout32.link, kStack32}),
        numbers(15, {kLayout32.link, kStack32, 5, 6, 7, 8, 9, 10}),
        {8, 9, kStack32},
        {10}}},
      {5,
       {numbers(32, {kLayout64.link}),
        numbers(32, {kLayout64.link, 20, 21, 22, 23, 24}),
        {20, 21, 22, kStack64},
        {23, 24}}},
  };
  return all.at(bits);
}

template <std::size_t N>
void append(std::vector<const ArmRow*>& to, const std::array<ArmRow, N>& rows) {
  for (const ArmRow& row : rows) to.push_back(&row);
}

/// Which bits are 1 in `mask` says where `value` is looked at.
struct Excluded {
  std::uint32_t mask, value;
};
/// What qemu-user's newest CPU has and ARMv8.5 had not: BFloat16, products of matrices.
constexpr auto kBeyondApple = std::to_array<Excluded>({
    {0xff3ffc00, 0x1e23'4000 & 0xff3ffc00},  // bfcvt
    {0xbffffc00, 0x0ea1'6800},               // bfcvtn
    {0x9f00f400, 0x0f00f000},                // bfdot, bfmlal, sudot, usdot by element
});

}  // namespace

struct ArmGenerator::Choice {
  bool in_sequence = false;
  bool pointed = false;
  unsigned bits = 0;  ///< of a register's number, in the instruction under way
  unsigned base = 0;
  std::vector<bool> shared;  ///< what 'z' stood for, in this order
  std::size_t next_shared = 0;
  std::vector<unsigned> written;
};

ArmGenerator::ArmGenerator(Code code, std::uint64_t seed)
    : code_(code), wide_(code == Code::kArm64 || code == Code::kApple), random_(seed) {
  if (code == Code::kArm) append(rows_, rows::kArm);
  if (code == Code::kThumb) append(rows_, rows::kThumb);
  if (wide_) append(rows_, rows::kArm64);
  if (code == Code::kApple)
    for (int i = 0; i < 3; ++i) append(rows_, rows::kApple);
}

std::uint32_t ArmGenerator::pick(char letter, Choice& choice) {
  const Pools& pool = pools(choice.bits);
  switch (letter) {
    case 'n':
      if (!choice.pointed) {
        // The stack pointer comes last, and not among the low registers.
        const std::size_t count =
            pool.bases.size() - (choice.in_sequence && choice.bits > 3 ? 1 : 0);
        choice.base = pool.bases[random_.below(count)];
        choice.pointed = true;
      }
      return choice.base;
    case 'm':
      return random_.pick(pool.indexes);
    case 's':
      return random_.pick(pool.all);
    case 'p':
      return random_.pick({15u, 15u, kStack32, pool.indexes[0]});
    default:
      break;
  }
  for (;;) {
    const unsigned number =
        random_.pick(choice.in_sequence || letter == 'u' ? pool.values : pool.all);
    auto& written = choice.written;
    if (letter != 't' && std::find(written.begin(), written.end(), number) != written.end())
      continue;
    written.push_back(number);
    return number;
  }
}

std::uint32_t ArmGenerator::fill(std::string_view pattern, Choice& choice) {
  std::uint32_t word = 0;
  const auto put = [&word](std::uint32_t value, unsigned bits) { word = word << bits | value; };
  const std::uint64_t kind = random_.below(10);  // immediate operands at their ends
  for (std::size_t at = 0; at < pattern.size();) {
    const char letter = pattern[at];
    std::size_t end = at;
    while (end < pattern.size() && pattern[end] == letter) ++end;
    const std::size_t run = end - at;
    if (letter == '0' || letter == '1') {
      put(letter == '1' ? 1 : 0, 1);
      ++at;
    } else if (letter == '.') {
      put(run > 2 && kind < 2 ? static_cast<std::uint32_t>(0 - kind) & 1 : random_.bits() & 1, 1);
      ++at;
    } else if (letter == 'z') {
      if (choice.next_shared == choice.shared.size()) choice.shared.push_back(random_.percent(50));
      put(choice.shared[choice.next_shared++] ? 1 : 0, 1);
      ++at;
    } else if (letter == 'c') {
      put(random_.percent(60) ? 14 : static_cast<std::uint32_t>(random_.below(14)), 4);
      at = end;
    } else {
      choice.bits = wide_ ? 5 : run % 4 == 0 ? 4 : 3;
      put(pick(letter, choice), choice.bits);
      at += choice.bits;
    }
  }
  return word;
}

void ArmGenerator::add(std::vector<std::uint8_t>& code, std::string_view pattern, Choice& choice) {
  choice.next_shared = 0;
  std::uint32_t word = fill(pattern, choice);
  const bool is_short = pattern.size() == 16;
  if (code_ == Code::kThumb && !is_short) word = word << 16 | word >> 16;
  for (unsigned i = 0; i < (is_short ? 2u : 4u); ++i)
    code.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
}

Piece ArmGenerator::piece(bool in_sequence) {
  static constexpr std::array<const char*, 4> kArchs{"_ARM", "_ARM", "AR64", "APPL"};
  static const auto kDecoders = [] {
    std::vector<disasm::Disassembler> all;
    for (std::size_t i = 0; i < kArchs.size(); ++i)
      all.push_back(std::move(*disasm::Disassembler::open(kArchs[i], i == 1)));
    return all;
  }();
  for (;;) {
    const ArmRow& row = *random_.pick(rows_);
    Choice choice;
    choice.in_sequence = in_sequence;
    Piece made;
    add(made.code, row.first, choice);
    // What is undefined ends a sequence; it is looked at alone, now and then.
    const auto& decoder = kDecoders[static_cast<std::size_t>(code_)];
    if (!decoder.decode(made.code, kFirstSlot) && (in_sequence || random_.percent(90))) continue;
    std::uint32_t word = 0;
    if (made.code.size() == 4) std::memcpy(&word, made.code.data(), 4);
    const auto is_it = [word](const Excluded& other) { return (word & other.mask) == other.value; };
    // qemu-user ends on some of these, too.
    if (code_ == Code::kApple && emu::a64_ends_library(word)) continue;
    if (code_ == Code::kApple && std::any_of(kBeyondApple.begin(), kBeyondApple.end(), is_it))
      continue;
    if (!row.second.empty()) add(made.code, row.second, choice);
    return made;
  }
}

/// An IT block as one piece.
Piece ArmGenerator::conditional() {
  const std::uint64_t condition = random_.below(14), count = 1 + random_.below(3);
  std::uint64_t mask = 8u >> (count - 1);
  for (std::uint64_t i = 1; i < count; ++i) mask |= (random_.bits() & 1) << (4 - i);
  Piece made;
  const std::uint64_t it = 0xbf00 | condition << 4 | mask;
  made.code = {static_cast<std::uint8_t>(it), static_cast<std::uint8_t>(it >> 8)};
  for (std::uint64_t i = 0; i < count;) {
    const Piece next = piece(true);
    const bool is_pair = next.code.size() > 4;
    if (is_pair) continue;
    made.code.insert(made.code.end(), next.code.begin(), next.code.end());
    ++i;
  }
  return made;
}

State ArmGenerator::random_state() {
  const ArmLayout& layout = wide_ ? kLayout64 : kLayout32;
  State state;
  const auto set = [&](unsigned number, std::uint64_t value) {
    if (wide_)
      state.set<std::uint64_t>(8ul * number, value);
    else
      state.set<std::uint32_t>(4ul * number, static_cast<std::uint32_t>(value));
  };
  for (unsigned i = 0; i < (wide_ ? 31u : 15u); ++i)
    if (i != layout.link) set(i, edge_integer(random_));
  for (const unsigned bits : wide_ ? std::vector<unsigned>{5} : std::vector<unsigned>{3, 4}) {
    for (const unsigned number : pools(bits).bases) {
      const std::uint64_t offset = random_.below(64);
      set(number, kMiddle - 32 + (random_.percent(80) ? offset & ~15ull : offset));
    }
    for (const unsigned number : pools(bits).indexes)
      set(number, random_.percent(80) ? 8 * random_.below(3) : random_.below(16));
  }
  set(wide_ ? kStack64 : kStack32, kMiddle + 16 * random_.below(4));
  state.set<std::uint32_t>(layout.flags, static_cast<std::uint32_t>(random_.bits()) &
                                             (wide_ ? 0xf000'0000u : 0xf80f'0000u));
  const bool ordinary = random_.percent(50);
  std::uint32_t control = ordinary ? 0 : static_cast<std::uint32_t>(random_.below(16)) << 22;
  std::uint32_t status = random_.percent(70) ? 0 : static_cast<std::uint32_t>(random_.bits());
  if (code_ == Code::kApple && !ordinary && random_.percent(30)) control |= 1u << 19;
  status &= 0x0800'009f;
  if (wide_) {
    state.set<std::uint32_t>(layout.control, control);
    state.set<std::uint32_t>(layout.status, status);
  } else {
    const auto flags = static_cast<std::uint32_t>(random_.below(16)) << 28;
    state.set<std::uint32_t>(layout.status, control | status | flags);
  }
  for (std::size_t i = 0; i < (wide_ ? 32u : 16u); ++i)
    fill_vector(random_, state.registers.data() + layout.vectors + 16 * i);
  for (std::size_t i = 0; i < kWindow; i += 16) fill_vector(random_, state.memory.data() + i);
  return state;
}

Case ArmGenerator::single() {
  Case made{.pieces = {}, .before = random_state(), .thumb = code_ == Code::kThumb};
  made.pieces.push_back(made.thumb && random_.percent(20) ? conditional() : piece(false));
  return made;
}

Case ArmGenerator::sequence() {
  Case made{.pieces = {}, .before = random_state(), .thumb = code_ == Code::kThumb};
  for (const std::uint64_t length = 3 + random_.below(6); made.pieces.size() < length;)
    made.pieces.push_back(made.thumb && random_.percent(20) ? conditional() : piece(true));
  return made;
}

}  // namespace cmos::cpu_test
