// A guest of a few bytes of machine code, for the engine's tests.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>

#include "emu/engine.h"
#include "tests/emu/programs.h"

namespace cmos::emu {

inline constexpr std::uint64_t kCode = 0x400000, kData = 0x500000, kStack = 0x600000,
                               kMegabyte = 1 << 20;

/// Whether the engine is the tuned one, which alone is exact in some things (emu/engine.h,
/// Fault::pc_exact).
inline const bool kTuned =
    EngineTable::built_in().rows().front().engine.find("tuned") != std::string_view::npos;

struct GuestOptions {
  Permissions code = kRead | kWrite | kExecute;
  EngineOptions engine = {};
};

class Guest {
 public:
  explicit Guest(const Isa& isa, std::vector<std::uint8_t> code, GuestOptions options = {})
      : memory(isa.cpu.address_bits, 64 * kMegabyte) {
    EXPECT_TRUE(memory.map(kCode, 0x10000, options.code, "code"));
    EXPECT_TRUE(memory.map(kData, 0x10000, kRead | kWrite, "data"));
    EXPECT_TRUE(memory.map(kStack, 0x10000, kRead | kWrite, "stack"));
    EXPECT_TRUE(memory.poke(kCode, code));
    const auto row = EngineTable::built_in().find(isa.arch);
    EXPECT_TRUE(row);
    auto made = (*row)->make(memory, options.engine);
    EXPECT_TRUE(made) << made.error().text();
    engine = std::move(*made);
    engine->write_register(isa.cpu.sp, kStack + 0x8000);
    engine->jump(kCode);
  }

  explicit Guest(const Program& program, GuestOptions options = {})
      : Guest(*program.isa, program.code, options) {
    engine->jump(kCode | (program.thumb ? 1 : 0));
  }

  std::uint64_t reg(std::string_view name) const {
    const auto registers = engine->isa().cpu.general();
    for (std::size_t i = 0; i < registers.size(); ++i)
      if (registers[i].name == name) return engine->read_register(static_cast<RegisterIndex>(i));
    ADD_FAILURE() << "no register " << name;
    return 0;
  }
  void set(std::string_view name, std::uint64_t value) {
    const auto registers = engine->isa().cpu.general();
    for (std::size_t i = 0; i < registers.size(); ++i)
      if (registers[i].name == name)
        return engine->write_register(static_cast<RegisterIndex>(i), value);
    ADD_FAILURE() << "no register " << name;
  }
  std::uint64_t pc() const { return engine->read_register(engine->isa().cpu.pc); }
  Stop run(std::uint64_t most = UINT64_MAX) { return engine->run({.max_instructions = most}); }
  std::uint64_t load(std::uint64_t address, unsigned size) const {
    std::vector<std::uint8_t> bytes(size);
    EXPECT_TRUE(memory.peek(address, bytes));
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    return value;
  }

  GuestMemory memory;
  std::unique_ptr<Engine> engine;
};

}  // namespace cmos::emu
