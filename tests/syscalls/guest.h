// A guest without a CPU: memory, console and kernel, and calls made by number as a trap would make
// them. Every test that takes it runs for 32-bit and 64-bit registers.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "emu/memory.h"
#include "syscalls/buffer_console.h"
#include "syscalls/kernel.h"
#include "syscalls/table.h"

namespace cmos::syscalls {

struct FixedClock final : Clock {
  std::int64_t now(ClockKind kind) override {
    return kind == ClockKind::kUtc ? 0x1122334455667788 : 42;
  }
};
/// Bytes 1, 2, 3 …; counts how often it was asked.
struct CountingRandom final : RandomSource {
  std::uint8_t next = 1;
  int asked = 0;
  bool fill(std::span<std::uint8_t> out) override {
    ++asked;
    for (std::uint8_t& byte : out) byte = next++;
    return true;
  }
};

// Code, constants and variables lie next to each other, as in a protected image; below and above is
// nothing.
inline constexpr std::uint64_t kCode = 0x40'0000;   // r-x, one page
inline constexpr std::uint64_t kConst = 0x40'1000;  // r--, one page
inline constexpr std::uint64_t kVar = 0x40'2000;    // rw-, two pages
inline constexpr std::uint64_t kImageEnd = 0x40'4000;
inline constexpr std::uint64_t kHeap = 0x41'0000;
inline constexpr std::uint64_t kHeapLimit = 0x50'0000;
inline constexpr std::uint64_t kMemoryLimit = 64 * emu::kGuestPage;

class Guest {
 public:
  /// `services` beside the console, the clock and the random source.
  explicit Guest(unsigned word_bytes, KernelOptions options = {}, Services services = {})
      : memory(word_bytes * 8, kMemoryLimit) {
    mask = word_bytes == 8 ? ~0ull : 0xffff'ffffull;
    map(kCode, 1, emu::kRead | emu::kExecute, "code");
    map(kConst, 1, emu::kRead, "const");
    map(kVar, 2, emu::kRead | emu::kWrite, "var");
    options.word_bytes = word_bytes;
    options.heap_base = kHeap;
    options.heap_limit = kHeapLimit;
    services.console = &console;
    services.clock = &clock;
    services.random = &random;
    kernel = std::make_unique<Kernel>(memory, services, std::move(options));
  }

  /// The call as the result register sees it, sign-extended.
  std::int64_t call(std::string_view name, std::uint64_t a = 0, std::uint64_t b = 0,
                    std::uint64_t c = 0) {
    return result(name, a, b, c).value;
  }
  CallResult result(std::string_view name, std::uint64_t a = 0, std::uint64_t b = 0,
                    std::uint64_t c = 0) {
    const Row* row = find(name);
    return row->call(*kernel, {.number = row->number, .arguments = {a & mask, b & mask, c & mask}});
  }

  void poke(std::uint64_t address, std::string_view text) {
    ASSERT_TRUE(memory.poke(address, as_bytes(text)));
  }
  std::string peek(std::uint64_t address, std::size_t size) {
    std::string text(size, '\0');
    EXPECT_TRUE(memory.peek(address, {reinterpret_cast<std::uint8_t*>(text.data()), size}));
    return text;
  }
  /// Every byte of every region, to show that a call changed nothing.
  std::string all_bytes() {
    std::string all;
    for (const auto& [base, region] : memory.regions()) all += peek(base, region.size);
    return all;
  }

  std::uint64_t mask;
  emu::GuestMemory memory;
  BufferConsole console;
  FixedClock clock;
  CountingRandom random;
  std::unique_ptr<Kernel> kernel;

 private:
  void map(std::uint64_t base, std::uint64_t pages, emu::Permissions permissions,
           std::string name) {
    ASSERT_TRUE(memory.map(base, pages * emu::kGuestPage, permissions, std::move(name)));
  }
};

class EveryWidth : public testing::TestWithParam<unsigned> {};
inline std::string width_name(const testing::TestParamInfo<unsigned>& info) {
  return std::to_string(info.param * 8) + "bit";
}

inline constexpr std::int64_t kFaultValue = static_cast<std::int64_t>(Status::kFault);

}  // namespace cmos::syscalls
