// A case of the differential tester: code, and the whole state it begins with. The same layout of
// memory stands in the guest and in the reference process (the host's CPU, or qemu-user), so that
// the same bytes run on both:
//
//   kCode    head: loads the state and jumps to the code; tail: stores the state and leaves;
//            from kFirstSlot on one slot of code for each case of a batch, each ends in a jump to
//            the tail
//   kState   the registers, in a layout of the ISA's own
//   kData    what memory operands touch: kWindow bytes of it belong to the case
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace cmos::cpu_test {

inline constexpr std::uint64_t kCode = 0x1000'0000, kState = 0x2000'0000, kData = 0x2001'0000;
inline constexpr std::uint64_t kDataSize = 0x2000, kStateSize = 0x1000;
inline constexpr std::uint64_t kTail = kCode + 0x400, kFirstSlot = kCode + 0x1000;
inline constexpr std::size_t kSlotSize = 256, kBatch = 256;
inline constexpr std::uint64_t kCodeSize = 0x1000 + kSlotSize * kBatch;
/// The case's part of kData, and of it the middle, at which memory operands point.
inline constexpr std::size_t kWindow = 1024, kWindowStart = 0xc00;
inline constexpr std::uint64_t kMiddle = kData + kWindowStart + kWindow / 2;

inline constexpr std::size_t kRegistersSize = 0x340;
/// Words of the state page behind the registers: where the head goes, and what only the reference
/// process uses.
inline constexpr std::uint64_t kEntry = kState + 0x340, kReturn = kState + 0x348,
                               kSavedStack = kState + 0x368;
inline constexpr std::uint64_t kScratchStack = kState + 0x800;

/// What stopped the code before its end.
enum class Trap : std::uint32_t { kNone, kIllegal, kArithmetic, kMemory, kMisaligned, kOther };

/// The registers and memory of a case, before or after; trivially copyable, since the reference
/// process finds it in shared memory.
struct State {
  std::array<std::uint8_t, kRegistersSize> registers{};
  std::array<std::uint8_t, kWindow> memory{};
  Trap trap = Trap::kNone;
  std::uint32_t trap_at = 0;  ///< offset of the instruction in the code
  std::uint64_t trap_address = 0;

  template <class T>
  T get(std::size_t offset) const {
    T value;
    std::memcpy(&value, registers.data() + offset, sizeof value);
    return value;
  }
  template <class T>
  void set(std::size_t offset, T value) {
    std::memcpy(registers.data() + offset, &value, sizeof value);
  }
};

/// One instruction of a case.
struct Piece {
  std::vector<std::uint8_t> code;
  std::vector<std::uint8_t> before_reference{};  ///< a prefix that only the reference needs
  std::uint64_t undefined_flags = 0;             ///< that it leaves undefined
  bool defines_flags = false;                    ///< all of them
};

struct Case {
  std::vector<Piece> pieces;
  State before;
  bool thumb = false;

  std::vector<std::uint8_t> code() const {
    std::vector<std::uint8_t> all;
    for (const Piece& piece : pieces) all.insert(all.end(), piece.code.begin(), piece.code.end());
    return all;
  }
  std::vector<std::uint8_t> reference_code() const {
    std::vector<std::uint8_t> all;
    for (const Piece& piece : pieces) {
      all.insert(all.end(), piece.before_reference.begin(), piece.before_reference.end());
      all.insert(all.end(), piece.code.begin(), piece.code.end());
    }
    return all;
  }
};

/// Runs cases: the guest, or what it is compared with.
class Machine {
 public:
  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  virtual ~Machine() = default;
  /// At most kBatch cases. Their states afterwards, in that order.
  virtual std::vector<State> run(const std::vector<Case>& cases) = 0;
};

}  // namespace cmos::cpu_test
