// The x86 side of the differential tester: the state's layout, the code around a case, and random
// instructions.
#pragma once

#include <memory>

#include "tests/cpu/case.h"
#include "tests/cpu/random.h"

namespace cmos::cpu_test {

// The registers of a State: the area of fxsave, the integer registers by their number in
// encodings, the flags.
inline constexpr std::size_t kFcw = 0, kFsw = 2, kFtw = 4, kMxcsr = 24, kX87 = 32, kXmm = 160,
                             kGpr = 0x200, kFlags = 0x280;
inline constexpr std::uint32_t kMxcsrMasks = 0x1f80, kFcwMasks = 0x3f;
inline constexpr std::uint64_t kStatusFlags = 0x8d5, kDirectionFlag = 0x400;

/// Head, tail and, for the reference process, the way back from 32-bit code: what stands below
/// kFirstSlot.
std::vector<std::uint8_t> x86_frame(bool wide, bool native);
/// The jump to the tail that ends the code of a slot; `at` is the address of the jump.
std::vector<std::uint8_t> x86_leave(std::uint64_t at);

/// Random instructions and states. Random bytes become an instruction when Capstone decodes them
/// and they are part of what the CPU of docs/cpu.md executes; memory operands are made to point
/// into the case's window.
class X86Generator {
 public:
  /// Of 32-bit code: all instructions, those whose bytes mean the same to 64-bit code (a prefix
  /// before the reference's makes their addresses the same), or those that do not.
  enum class Part : std::uint8_t { kAll, kLike64Bit, kUnlike64Bit };
  X86Generator(bool wide, std::uint64_t seed, Part part = Part::kAll);
  ~X86Generator();
  Case single();
  Case sequence();

 private:
  struct Decoder;
  std::optional<Piece> instruction(State& state, bool in_sequence);
  std::vector<std::uint8_t> random_bytes(bool absolute);
  State random_state();
  void random_x87(State& state);
  void random_vectors(State& state);

  bool wide_;
  Part part_;
  Random random_;
  std::unique_ptr<Decoder> decoder_;
};

/// The host's CPU, which must be an x86-64.
std::unique_ptr<Machine> host_cpu(bool wide);

}  // namespace cmos::cpu_test
