// A guest of a few bytes on a CPU with less than 32 bits of address: memory from address 0 (of the
// 68000 from 0x400000) up to kSmallEnd, nothing behind it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "emu/engine.h"

namespace cmos::emu {

inline constexpr std::uint64_t kSmallSize = 0xe000;

/// Registers by name; "f" is the lower half of "af".
using Registers = std::map<std::string, std::uint64_t>;

class SmallGuest {
 public:
  explicit SmallGuest(const Isa& isa, const std::vector<std::uint8_t>& code,
                      EngineOptions options = {.count_instructions = true})
      : memory(isa.cpu.address_bits, 1u << 20),
        base(isa.cpu.load_address & ~0xfffull),
        start(isa.cpu.load_address) {
    EXPECT_TRUE(memory.map(base, kSmallSize, kRead | kWrite | kExecute, "memory"));
    EXPECT_TRUE(memory.poke(start, code));
    const auto row = EngineTable::built_in().find(isa.arch);
    EXPECT_TRUE(row);
    auto made = (*row)->make(memory, options);
    EXPECT_TRUE(made) << made.error().text();
    engine = std::move(*made);
    engine->write_register(isa.cpu.sp, base + 0xd000 + 0xff);
    if (isa.cpu.stack_alignment > 1) engine->write_register(isa.cpu.sp, base + 0xd000);
    engine->jump(start);
  }

  std::uint64_t reg(std::string_view name) const {
    const auto index = engine->isa().cpu.register_named(name);
    EXPECT_NE(index, kNoRegister) << name;
    return engine->read_register(index);
  }
  void set(std::string_view name, std::uint64_t value) {
    const auto index = engine->isa().cpu.register_named(name);
    ASSERT_NE(index, kNoRegister) << name;
    engine->write_register(index, value);
  }
  void set(const Registers& registers) {
    for (const auto& [name, value] : registers) set(name, value);
  }
  std::uint64_t pc() const { return engine->read_register(engine->isa().cpu.pc); }
  Stop run(std::uint64_t most = UINT64_MAX) { return engine->run({.max_instructions = most}); }
  std::uint8_t byte(std::uint64_t address) const {
    std::uint8_t value = 0;
    EXPECT_TRUE(memory.peek(address, {&value, 1}));
    return value;
  }
  void poke(std::uint64_t address, const std::vector<std::uint8_t>& bytes) {
    EXPECT_TRUE(memory.poke(address, bytes));
  }

  GuestMemory memory;
  std::uint64_t base, start;
  std::unique_ptr<Engine> engine;
};

}  // namespace cmos::emu
