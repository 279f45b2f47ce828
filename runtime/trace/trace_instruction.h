// `--trace=insn`: one instruction with what it changed. Its effect is known only when the next
// event comes, so begin() remembers and finish() compares.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "disasm/disasm.h"
#include "emu/engine.h"
#include "runtime/trace/trace_text.h"

namespace cmos::runtime {

/// One executed (or faulting) instruction.
struct InstructionStep {
  std::uint64_t pc = 0;
  std::string text;                 ///< disassembly; `.byte 0x06 0x…` for what is none
  std::vector<std::uint8_t> bytes;  ///< what is mapped at pc, up to the instruction's end
  std::vector<std::pair<emu::RegisterIndex, std::uint64_t>>
      changed;                       ///< new values; pc is left out
  std::optional<std::string> flags;  ///< when they changed
};

class InstructionTracer {
 public:
  /// All borrowed.
  InstructionTracer(const emu::Isa& isa, const emu::GuestMemory& memory, const emu::Engine& engine);

  /// Before the instruction at `pc` executes.
  void begin(std::uint64_t pc);
  /// The step begun last, with what has changed since; nullptr when there is none. Valid until the
  /// next begin().
  const InstructionStep* finish();
  /// The same for a trap, which changes nothing itself, and for what did not complete.
  const InstructionStep* finish_without_effect();

 private:
  const disasm::Disassembler* disassembler();
  void decode(std::uint64_t pc);

  const emu::Isa& isa_;
  const emu::GuestMemory& memory_;
  const emu::Engine& engine_;
  std::optional<disasm::Disassembler>
      disassemblers_[2];  ///< by Thumb state, opened when first needed
  std::vector<std::uint64_t> registers_;
  std::string flags_;
  InstructionStep step_;
  bool pending_ = false;
};

/// `0x00400004  main+0x4   mov eax, 1   rax=0x1`, in columns, without a line end.
void append_instruction_text(fmt::memory_buffer& out, const InstructionStep& step,
                             const TraceContext& context);
/// The members of an instruction event of docs/trace.schema.json, without braces.
void append_instruction_json(fmt::memory_buffer& out, const InstructionStep& step,
                             const TraceContext& context);

}  // namespace cmos::runtime
