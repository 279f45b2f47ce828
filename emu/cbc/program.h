// A .cbc image made ready to be interpreted: every instruction decoded, its variables resolved to
// slots of the frame, its branches to places in one list of operations. What an instruction does
// wrong whatever happens (an unknown opcode, an undeclared variable, an integer operation on a
// float) becomes an operation that traps when it is reached, so that bytes nobody has validated are
// as harmless as others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "emu/cbc/operations.h"
#include "emu/engine.h"
#include "formats/coil/cbc.h"

namespace cmos::emu::cbc {

/// What a variable holds; integers of 32 bits lie sign-extended in their slots. Parameters of
/// functions without signature take what comes.
enum class SlotType : std::uint8_t { kAny, kI32, kI64, kF32, kF64 };

inline constexpr std::uint16_t kNoSlot = 0xffff;

struct Operation {
  Code code = Code::kTrap;            ///< perhaps two instructions at once
  Code plain = Code::kTrap;           ///< this instruction alone
  std::uint16_t a = 0, b = 0, c = 0;  ///< slots
  /// Instructions from this one to the one that ends its block, both included: they are counted
  /// when the block is entered.
  std::uint32_t block = 0;
  std::uint32_t target = 0;  ///< an index in Program::operations; of calls one in Program::calls
  std::int64_t value = 0;    ///< an immediate, an address; of traps an index in Program::traps
};

struct Call {
  std::uint32_t function = 0;
  std::uint32_t first = 0;      ///< the callee's first operation
  std::uint32_t arguments = 0;  ///< where Program::call_slots has the caller's slots
  std::uint32_t results = 0;    ///< the same of where the value goes, by its ordinal
  std::uint16_t argument_count = 0;
  std::uint16_t caller_slots = 0;  ///< of the caller's frame
  std::uint16_t callee_slots = 0;
  std::uint16_t first_zero = 0;  ///< slots from here on are zeroed; the callee sets those before
};

struct TrapInfo {
  FaultKind kind = FaultKind::kIllegalInstruction;
  std::string detail;
};

struct Function {
  std::string name;
  bool of_host = false;
  std::uint32_t first = 0;  ///< its first operation
  std::uint32_t code_offset = 0;
  std::uint32_t code_size = 0;
  std::uint16_t parameters = 0;
  std::uint16_t slots = 0;             ///< of a frame, parameters first
  std::uint16_t set_first = 0;         ///< so many are parameters, or get constants at the start
  std::vector<std::uint8_t> returned;  ///< ids of variables that `ret` names, by their ordinals
};

struct Program {
  ByteOrder order = ByteOrder::kLittle;
  std::vector<Operation> operations;
  std::vector<std::uint32_t> offsets;  ///< of each operation, in the image
  std::vector<Function> functions;
  std::vector<Call> calls;
  std::vector<std::uint16_t> call_slots;  ///< kNoSlot drops a result
  std::vector<TrapInfo> traps;
  std::size_t entry = 0;          ///< a function
  std::uint64_t image_size = 0;   ///< the header's file_size
  std::uint64_t memory_size = 0;  ///< zero-filled bytes at kDataAddress that the program asks for
};

/// Where a program's own memory lies.
inline constexpr std::uint64_t kDataAddress = 0x2000'0000;
/// The attribute that says how much of it there is, in decimal.
inline constexpr std::string_view kMemoryAttribute = "memory";

/// `image` begins with the magic and may go on behind the file; `base` is its address in memory.
/// Fails with what is wrong in the file's structure.
Result<Program> build(Bytes image, std::uint64_t base);

}  // namespace cmos::emu::cbc
