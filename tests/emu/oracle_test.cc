// Random instructions of the 68000, the 8086 and the 8080 on our interpreters and on engines that
// others wrote: Unicorn for the first two, and the Z80, which is an 8080 in all but some flags.
// What the manuals leave undefined is not compared.
#include <unicorn/unicorn.h>

#include <cstring>
#include <random>

#include "emu/z80/engine.h"
#include "tests/emu/small_guest.h"
#include "tests/repetitions.h"

namespace cmos::emu {
namespace {

using Random = std::mt19937;
constexpr std::size_t kMemory = 0x10000;

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%02x ", byte);
    text += digits;
  }
  return text;
}

/// Unicorn with one mapping, beside an engine of ours with the same bytes.
class Peer {
 public:
  Peer(uc_arch arch, uc_mode mode, int model, std::uint64_t base) : base_(base) {
    EXPECT_EQ(uc_open(arch, mode, &uc_), UC_ERR_OK);
    if (model >= 0) {
      EXPECT_EQ(uc_ctl_set_cpu_model(uc_, model), UC_ERR_OK);
    }
    EXPECT_EQ(uc_mem_map_ptr(uc_, base, kMemory, UC_PROT_ALL, place_.data()), UC_ERR_OK);
  }
  ~Peer() { uc_close(uc_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void set(int id, std::uint64_t value) { uc_reg_write(uc_, id, &value); }
  std::uint64_t get(int id) const {
    std::uint64_t value = 0;
    uc_reg_read(uc_, id, &value);
    return value;
  }
  bool run(std::uint64_t from, std::size_t count) {
    uc_ctl_remove_cache(uc_, base_, base_ + kMemory);
    return uc_emu_start(uc_, from, base_ + kMemory, 0, count) == UC_ERR_OK;
  }
  std::uint8_t* bytes() { return place_.data(); }

 private:
  struct alignas(4096) Place : std::array<std::uint8_t, kMemory> {};
  std::uint64_t base_;
  std::unique_ptr<Place> owner_ = std::make_unique<Place>();
  Place& place_ = *owner_;
  uc_engine* uc_ = nullptr;
};

/// Ours, with all of 64 KiB mapped.
struct Ours {
  Ours(const Isa& isa, std::uint64_t base) : memory(isa.cpu.address_bits, 1u << 20) {
    EXPECT_TRUE(memory.map(base, kMemory, kRead | kWrite | kExecute, "memory"));
    engine = std::move(*(*EngineTable::built_in().find(isa.arch))->make(memory, {}));
  }
  std::uint8_t* bytes() { return memory.regions().begin()->second.host; }

  GuestMemory memory;
  std::unique_ptr<Engine> engine;
};

// ---- 68000

constexpr std::uint64_t kBase68k = 0x400000;
constexpr std::uint16_t kMoveToCcr = 0x44fc, kMoveFromSr = 0x40c7;  // #imm, ccr; sr, d7

struct Case68k {
  std::vector<std::uint8_t> code;
  std::array<std::uint32_t, 16> registers{};  ///< d0 to d7, a0 to a7
};

void append(std::vector<std::uint8_t>& code, unsigned word) {
  code.push_back(static_cast<std::uint8_t>(word >> 8));
  code.push_back(static_cast<std::uint8_t>(word));
}

Case68k random_68k(Random& random) {
  Case68k out;
  append(out.code, kMoveToCcr);
  append(out.code, random() & 0x1f);
  append(out.code, random() & 0xffff);
  // Extension words: an address, or displacements that stay near.
  if (random() % 2 == 0) {
    append(out.code, 0x0040);
    append(out.code, random() & 0xf8fe);
  }
  for (int i = 0; i < 4; ++i)
    append(out.code, random() & 0xf8fe);  // later CPUs scale by bits 9 and 10
  for (unsigned i = 0; i < 16; ++i) {
    out.registers[i] = random() % 3 == 0 ? random() & 0xfe : static_cast<std::uint32_t>(random());
    if (i < 8 && random() % 2 == 0) out.registers[i] &= 0xff;
    if (i >= 8) out.registers[i] = kBase68k + 0x4000 + (random() & 0x7ffe);
  }
  return out;
}

/// Condition codes that the manual defines after an opcode.
std::uint16_t defined_68k(std::uint16_t opcode) {
  return 0x11;  // shifted in memory: the library's N and V are none
  if ((opcode & 0xf0c0) == 0x80c0) return 0x13;  // of an overflow, N and Z are not
  return 0x1f;
}

bool comparable_68k(std::uint16_t opcode) {
  const bool decimal =
      (opcode & 0xf1f0) == 0xc100 || (opcode & 0xf1f0) == 0x8100 || (opcode & 0xffc0) == 0x4800;
  // Whether a shift in memory is arithmetic, the library reads from a bit of the address.
  if ((opcode & 0xfcc0) == 0xe0c0) return false;
  if ((opcode & 0xffb8) == 0x48a0) return false;  // movem downwards, as the 68020 stores its base
  if ((opcode & 0x3e) == 0x3a) return false;      // reads the code, which is not the same
  const bool two_bytes =
      (opcode & 0xf1f8) == 0x9108 || (opcode & 0xf1f8) == 0xd108 || (opcode & 0xf1f8) == 0xb108;
  // By subx, addx and cmpm the library lets the stack pointer become odd.
  if (two_bytes && ((opcode & 7) == 7 || (opcode >> 9 & 7) == 7)) return false;
  if (decimal) return false;  // of what are no digits, the manual says nothing
  if ((opcode & 0xf000) == 0x6000 || (opcode & 0xf0f8) == 0x50c8) return false;  // branches
  // link and unlk; of the stack pointer itself, the manual leaves their order open.
  if ((opcode & 0xff00) == 0x4e00) return (opcode & 0xf0) == 0x50 && (opcode & 7) != 7;
  if ((opcode & 0xf1c0) == 0x4180) return false;                                 // chk
  if ((opcode & 0xffc0) == 0x40c0 || (opcode & 0xffc0) == 0x44c0) return false;  // sr, ccr
  if ((opcode & 0xffc0) == 0x4ac0) return false;                                 // tas
  return true;
}

TEST(Oracle, The68000AgreesWithUnicorn) {
  Ours ours(*(*EngineTable::built_in().find("_68K"))->isa, kBase68k);
  Peer peer(UC_ARCH_M68K, UC_MODE_BIG_ENDIAN, UC_CPU_M68K_M68000, kBase68k);
  Random random(68000);
  for (std::size_t i = 0; i < kMemory; ++i) ours.bytes()[i] = static_cast<std::uint8_t>(random());
  std::memcpy(peer.bytes(), ours.bytes(), kMemory);
  int compared = 0;
  for (int i = 0; i < cmos::testing::repetitions(40000); ++i) {
    const Case68k one = random_68k(random);
    const auto opcode = static_cast<std::uint16_t>(one.code[4] << 8 | one.code[5]);
    if (!comparable_68k(opcode)) continue;
    constexpr std::uint64_t kAt = kBase68k + 0x100;
    std::memcpy(ours.bytes() + 0x100, one.code.data(), one.code.size());
    std::memcpy(peer.bytes() + 0x100, one.code.data(), one.code.size());
    for (unsigned r = 0; r < 16; ++r) {
      ours.engine->write_register(static_cast<RegisterIndex>(r), one.registers[r]);
      peer.set(
          r < 8 ? UC_M68K_REG_D0 + static_cast<int>(r) : UC_M68K_REG_A0 + static_cast<int>(r) - 8,
          one.registers[r]);
    }
    ours.engine->jump(kAt);
    ours.engine->step();
    const Stop stop = ours.engine->step();
    const std::uint64_t next = ours.engine->read_register(17);
    const bool behind = next > kAt + 4 && next <= kAt + one.code.size();
    if (stop.reason == StopReason::kFault || !behind) {
      std::memcpy(ours.bytes(), peer.bytes(), kMemory);
      continue;
    }
    // What flags the instruction left shows in a register.
    const std::uint8_t show[2] = {kMoveFromSr >> 8, kMoveFromSr & 0xff};
    std::memcpy(peer.bytes() + (next - kBase68k), show, 2);
    const std::vector<std::uint8_t> mine(ours.bytes(), ours.bytes() + kMemory);
    if (!peer.run(kAt, 3)) {
      std::memcpy(peer.bytes(), ours.bytes(), kMemory);
      continue;
    }
    std::memcpy(peer.bytes() + (next - kBase68k), ours.bytes() + (next - kBase68k), 2);
    ++compared;
    const std::string what = hex(one.code);
    for (unsigned r = 0; r < 16; ++r) {
      if (r == 7) continue;
      ASSERT_EQ(ours.engine->read_register(static_cast<RegisterIndex>(r)),
                peer.get(r < 8 ? UC_M68K_REG_D0 + static_cast<int>(r)
                               : UC_M68K_REG_A0 + static_cast<int>(r) - 8))
          << what << "register " << r << " i " << i;
    }
    const std::uint16_t mask = defined_68k(opcode);
    ASSERT_EQ(ours.engine->read_register(16) & mask, peer.get(UC_M68K_REG_D7) & mask)
        << what << "i " << i;
    ASSERT_EQ(std::memcmp(ours.bytes(), peer.bytes(), kMemory), 0) << what << "i " << i;
  }
  EXPECT_GT(compared, cmos::testing::repetitions(5000));
}

// ---- 8086

constexpr std::uint16_t kC = 1, kP = 4, kA = 0x10, kZ = 0x40, kS = 0x80, kO = 0x800;

std::uint16_t undefined_86(const std::vector<std::uint8_t>& code, std::uint64_t cl) {
  const std::uint8_t opcode = code[0];
  const unsigned reg = code[1] >> 3 & 7;
  if (opcode == 0xf6 || opcode == 0xf7)
    return reg >= 6 ? kC | kP | kA | kZ | kS | kO : reg >= 4 ? kP | kA | kZ | kS : 0;
  if (opcode >= 0xd0 && opcode <= 0xd3) {
    const std::uint64_t count = opcode < 0xd2 ? 1 : cl;
    const unsigned bits = (opcode & 1) != 0 ? 16 : 8;
    std::uint16_t mask = kA;
    if (count != 1) mask |= kO;
    if (count >= bits) mask |= kC;
    return mask;
  }
  if (opcode == 0x27 || opcode == 0x2f) return kO;
  if (opcode == 0x37 || opcode == 0x3f) return kO | kS | kZ | kP;
  if (opcode == 0xd4 || opcode == 0xd5) return kO | kA | kC;
  const bool immediate = opcode >= 0x80 && opcode < 0x84;
  const unsigned operation = immediate ? reg : opcode >> 3 & 7;
  const bool logic = operation == 1 || operation == 4 || operation == 6;
  const bool tests = (opcode & 0xfe) == 0x84 || (opcode & 0xfe) == 0xa8;
  return tests || ((immediate || opcode < 0x40) && logic) ? kA : 0;
}

/// What the processors that Unicorn knows do otherwise than the 8086, or what is no plain step.
bool comparable_86(const std::vector<std::uint8_t>& code, std::uint64_t ax) {
  const std::uint8_t opcode = code[0];
  const bool prefix = (opcode & 0xe7) == 0x26 || (opcode >= 0xf0 && opcode < 0xf4);
  if (prefix || opcode == 0xf4 || opcode == 0xfa || opcode == 0xfb) return false;
  if ((opcode & 0xe6) == 0x06 && opcode < 0x20) return false;  // segments
  if (opcode >= 0x60 && opcode < 0x70) return false;
  if (opcode == 0x54 || opcode == 0x9c || opcode == 0x9d || opcode == 0x9b) return false;
  if (opcode == 0x9a || opcode == 0xea || opcode == 0xc4 || opcode == 0xc5) return false;
  if (opcode == 0x8c || opcode == 0x8e || (opcode >= 0xc8 && opcode <= 0xcf)) return false;
  if (opcode == 0xff && ((code[1] >> 3 & 7) == 3 || (code[1] >> 3 & 7) == 5 || code[1] == 0xf4))
    return false;
  if (opcode == 0x37 || opcode == 0x3f) return (ax & 0xff) < 0xfa && (ax & 0xff) >= 6;
  return true;
}

TEST(Oracle, The8086AgreesWithUnicorn) {
  const Isa& isa = *(*EngineTable::built_in().find("8086"))->isa;
  Ours ours(isa, 0);
  Peer peer(UC_ARCH_X86, UC_MODE_16, -1, 0);
  constexpr std::array<int, 8> kIds{UC_X86_REG_AX, UC_X86_REG_BX, UC_X86_REG_CX, UC_X86_REG_DX,
                                    UC_X86_REG_SI, UC_X86_REG_DI, UC_X86_REG_BP, UC_X86_REG_SP};
  Random random(8086);
  for (std::size_t i = 0; i < kMemory; ++i) ours.bytes()[i] = static_cast<std::uint8_t>(random());
  std::memcpy(peer.bytes(), ours.bytes(), kMemory);
  int compared = 0;
  for (int i = 0; i < cmos::testing::repetitions(10000); ++i) {
    std::vector<std::uint8_t> code(8);
    for (auto& byte : code) byte = static_cast<std::uint8_t>(random());
    std::array<std::uint64_t, 8> values{};
    for (auto& value : values) value = random() & 0xffff;
    values[2] = random() % 2 == 0 ? values[2] & 0x1f : values[2] & 0xff1f;
    values[7] = 0x8000 + (random() & 0xffe);
    const std::uint64_t flags = random() & 0x8d5;
    if (!comparable_86(code, values[0])) continue;
    const std::uint64_t at = 0x1000 + (random() & 0xff);
    const auto put = [&] {
      std::memcpy(ours.bytes(), peer.bytes(), kMemory);
      std::memcpy(ours.bytes() + at, code.data(), code.size());
      for (std::size_t r = 0; r < kIds.size(); ++r)
        ours.engine->write_register(static_cast<RegisterIndex>(r), values[r]);
      ours.engine->write_register(9, flags);
      ours.engine->jump(at);
    };
    // The library translates what follows, too, and some of that would end the process.
    put();
    const bool fault = ours.engine->step().reason == StopReason::kFault;
    const std::uint64_t length = ours.engine->read_register(8) - at;
    put();
    if (fault || length == 0 || length >= code.size()) {
      std::memcpy(ours.bytes(), peer.bytes(), kMemory);
      continue;
    }
    code.resize(length);
    code.resize(16, 0x90);
    put();
    std::memcpy(peer.bytes() + at, code.data(), code.size());
    for (std::size_t r = 0; r < kIds.size(); ++r) peer.set(kIds[r], values[r]);
    peer.set(UC_X86_REG_EFLAGS, flags | 2);
    ours.engine->step();
    // A store into its own page makes the library begin anew, and the count is used up.
    if (!peer.run(at, 1) || peer.get(UC_X86_REG_IP) == at) {
      std::memcpy(peer.bytes(), ours.bytes(), kMemory);
      continue;
    }
    ++compared;
    const std::string what = hex(code);
    for (std::size_t r = 0; r < kIds.size(); ++r)
      ASSERT_EQ(ours.engine->read_register(static_cast<RegisterIndex>(r)), peer.get(kIds[r]))
          << what << isa.cpu.registers[r].name << " i " << i;
    ASSERT_EQ(ours.engine->read_register(8), peer.get(UC_X86_REG_IP)) << what << "i " << i;
    const std::uint64_t mask = 0x8d5u & ~std::uint64_t{undefined_86(code, values[2] & 0xff)};
    ASSERT_EQ(ours.engine->read_register(9) & mask, peer.get(UC_X86_REG_EFLAGS) & mask)
        << what << "i " << i;
    ASSERT_EQ(std::memcmp(ours.bytes(), peer.bytes(), kMemory), 0) << what << "i " << i;
  }
  EXPECT_GT(compared, cmos::testing::repetitions(2500));
}

// ---- 8080

/// Flags that both have: P is the 8080's where the Z80 has an overflow.
std::uint64_t common_flags(std::uint8_t opcode) {
  const bool parity = (opcode & 0xe0) == 0xa0 && (opcode & 0x38) != 0x38;
  const bool parity_of_constant = opcode == 0xe6 || opcode == 0xee || opcode == 0xf6;
  const bool adds = (opcode & 0xf0) == 0x80 || opcode == 0xc6 || opcode == 0xce;
  return 0x81u | 0x40u | (parity || parity_of_constant ? 4u : 0u) | (adds ? 0x10u : 0u);
}

bool comparable_80(std::uint8_t opcode) {
  const bool undocumented = (opcode & 0xc7) == 0 && opcode != 0;
  const bool second =
      opcode == 0xcb || opcode == 0xd9 || opcode == 0xdd || opcode == 0xed || opcode == 0xfd;
  const bool parity_asked = (opcode & 0xf0) == 0xe0 && (opcode & 7) != 6 && (opcode & 7) != 3;
  return !undocumented && !second && !parity_asked && opcode != 0x76 && opcode != 0x27 &&
         opcode != 0xf7 && opcode != 0xd3 && opcode != 0xdb && opcode != 0xf5 && opcode != 0xf1 &&
         opcode != 0xf3 && opcode != 0xfb;
}

TEST(Oracle, The8080AgreesWithTheZ80ButForFlags) {
  Ours ours(*(*EngineTable::built_in().find("8080"))->isa, 0);
  Ours peer(kZ80, 0);
  Random random(8080);
  for (std::size_t i = 0; i < kMemory; ++i) ours.bytes()[i] = static_cast<std::uint8_t>(random());
  std::memcpy(peer.bytes(), ours.bytes(), kMemory);
  for (int i = 0; i < cmos::testing::repetitions(40000); ++i) {
    std::array<std::uint8_t, 3> code{};
    for (auto& byte : code) byte = static_cast<std::uint8_t>(random());
    if (!comparable_80(code[0])) continue;
    const std::uint64_t at = random() & 0xffff;
    for (std::size_t b = 0; b < code.size(); ++b)
      ours.bytes()[(at + b) & 0xffff] = peer.bytes()[(at + b) & 0xffff] = code[b];
    for (RegisterIndex r = 0; r < 4; ++r) {
      const std::uint64_t value = r == 0 ? random() & 0xffd5 : random() & 0xffff;
      ours.engine->write_register(r, value);
      peer.engine->write_register(r, value);
    }
    const std::uint64_t sp = random() & 0xffff;
    ours.engine->write_register(4, sp);
    peer.engine->write_register(6, sp);
    ours.engine->jump(at);
    peer.engine->jump(at);
    ASSERT_EQ(ours.engine->step().reason, peer.engine->step().reason);
    const std::uint64_t mask = 0xff00u | common_flags(code[0]);
    ASSERT_EQ(ours.engine->read_register(0) & mask, peer.engine->read_register(0) & mask)
        << hex({code.begin(), code.end()});
    for (RegisterIndex r = 1; r < 4; ++r)
      ASSERT_EQ(ours.engine->read_register(r), peer.engine->read_register(r))
          << hex({code.begin(), code.end()});
    ASSERT_EQ(ours.engine->read_register(4), peer.engine->read_register(6));
    ASSERT_EQ(ours.engine->read_register(5), peer.engine->read_register(7));
    ASSERT_EQ(std::memcmp(ours.bytes(), peer.bytes(), kMemory), 0)
        << hex({code.begin(), code.end()});
  }
}

}  // namespace
}  // namespace cmos::emu
