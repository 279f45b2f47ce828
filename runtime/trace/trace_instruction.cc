#include "runtime/trace/trace_instruction.h"

#include <algorithm>

#include "emu/bytecode.h"
#include "runtime/trace/trace_buffer.h"
#include "runtime/trace/trace_json.h"

namespace cmos::runtime {
namespace {

/// Engine::flags() says in words what this register's number would only repeat.
bool holds_flags(std::string_view name) {
  return name.ends_with("flags") || name == "cpsr" || name == "nzcv";
}

}  // namespace

InstructionTracer::InstructionTracer(const emu::Isa& isa, const emu::GuestMemory& memory,
                                     const emu::Engine& engine)
    : isa_(isa), memory_(memory), engine_(engine), registers_(isa.cpu.general().size()) {}

const disasm::Disassembler* InstructionTracer::disassembler() {
  auto& slot = disassemblers_[engine_.thumb() ? 1 : 0];
  if (!slot && isa_.cpu.decoder != arch::Decoder::kNone) {
    auto opened = disasm::Disassembler::open(isa_.arch, engine_.thumb());
    if (opened) slot.emplace(std::move(*opened));
  }
  return slot ? &*slot : nullptr;
}

void InstructionTracer::decode(std::uint64_t pc) {
  step_.text.clear();
  step_.bytes.resize(isa_.cpu.max_instruction());
  while (!step_.bytes.empty() && !memory_.peek(pc, step_.bytes)) step_.bytes.pop_back();
  if (const auto* bytecode = dynamic_cast<const emu::BytecodeEngine*>(&engine_)) {
    if (const auto one = bytecode->instruction_at(pc)) {
      step_.text = one->text;
      step_.bytes.resize(std::min<std::size_t>(step_.bytes.size(), one->size));
      return;
    }
  }
  const disasm::Disassembler* with = disassembler();
  if (const auto one = with == nullptr ? std::nullopt : with->decode(step_.bytes, pc)) {
    step_.text = one->text();
    step_.bytes.resize(one->size);
    return;
  }
  const std::size_t unit = std::min<std::size_t>(step_.bytes.size(), isa_.cpu.min_instruction());
  step_.bytes.resize(unit);
  if (unit == 0) step_.text = "(nothing is mapped here)";
  for (const std::uint8_t byte : step_.bytes) {
    step_.text += fmt::format("{}0x{:02x}", step_.text.empty() ? ".byte " : ", ", byte);
  }
}

void InstructionTracer::begin(std::uint64_t pc) {
  step_.pc = pc;
  decode(pc);
  for (std::size_t i = 0; i < registers_.size(); ++i) {
    registers_[i] = engine_.read_register(static_cast<emu::RegisterIndex>(i));
  }
  flags_ = engine_.flags();
  pending_ = true;
}

const InstructionStep* InstructionTracer::finish_without_effect() {
  if (!pending_) return nullptr;
  pending_ = false;
  step_.changed.clear();
  step_.flags.reset();
  return &step_;
}

const InstructionStep* InstructionTracer::finish() {
  if (finish_without_effect() == nullptr) return nullptr;
  for (std::size_t i = 0; i < registers_.size(); ++i) {
    const auto index = static_cast<emu::RegisterIndex>(i);
    if (index == isa_.cpu.pc || holds_flags(isa_.cpu.general()[i].name)) continue;
    const std::uint64_t now = engine_.read_register(index);
    if (now != registers_[i]) step_.changed.emplace_back(index, now);
  }
  std::string flags = engine_.flags();
  if (flags != flags_) step_.flags = std::move(flags);
  return &step_;
}

namespace {

/// Spaces up to `column`, counted from `start`, and at least two.
void pad(fmt::memory_buffer& out, std::size_t start, std::size_t column) {
  const std::size_t used = out.size() - start;
  put(out, "{:{}}", "", used + 2 <= column ? column - used : 2);
}

}  // namespace

void append_instruction_text(fmt::memory_buffer& out, const InstructionStep& step,
                             const TraceContext& context) {
  constexpr std::size_t kTextColumn = 36;
  constexpr std::size_t kChangesColumn = 72;
  const std::size_t start = out.size();
  put(out, "0x{:08x}  ", step.pc);
  append_location(out, step.pc, context.symbols, context.memory);
  pad(out, start, kTextColumn);
  put(out, step.text);
  if (step.changed.empty() && !step.flags) return;
  pad(out, start, kChangesColumn);
  std::string_view separator;
  for (const auto& [index, value] : step.changed) {
    put(out, "{}{}={:#x}", separator, context.isa.cpu.general()[index].name, value);
    separator = " ";
  }
  if (step.flags) put(out, "{}flags={}", separator, step.flags->empty() ? "-" : *step.flags);
}

void append_instruction_json(fmt::memory_buffer& out, const InstructionStep& step,
                             const TraceContext& context) {
  append_json_location(out, step.pc, context);
  put(out, ",\"bytes\":\"");
  for (const std::uint8_t byte : step.bytes) put(out, "{:02x}", byte);
  put(out, "\",\"text\":");
  append_json_string(out, step.text);
  put(out, ",\"registers\":{");
  std::string_view separator;
  for (const auto& [index, value] : step.changed) {
    put(out, "{}\"{}\":\"{:#x}\"", separator, context.isa.cpu.general()[index].name, value);
    separator = ",";
  }
  put(out, "},\"flags\":");
  if (step.flags) {
    append_json_string(out, *step.flags);
  } else {
    put(out, "null");
  }
}

}  // namespace cmos::runtime
