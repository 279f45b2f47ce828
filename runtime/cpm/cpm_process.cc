#include "runtime/cpm/cpm_process.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "emu/i8080/engine.h"
#include "emu/z80/engine.h"

namespace cmos::runtime {
namespace {

constexpr std::uint64_t kMemory = 0x10000;
constexpr std::size_t kShownText = 64;
/// The same of the Z80 and the 8080.
using emu::z80::kAf, emu::z80::kBc, emu::z80::kHl;

}  // namespace

CpmProcess::CpmProcess() : memory_(16, kMemory), told_(512) {}

Result<std::unique_ptr<CpmProcess>> CpmProcess::load(Bytes program, std::string_view file,
                                                     cpm::Console& console, cpm::Drives& drives,
                                                     const CpmLimits& limits, CpmCpu cpu) {
  std::unique_ptr<CpmProcess> out(new CpmProcess());
  out->limits_ = limits;
  CMOS_TRY_VOID(out->prepare(program, file, console, drives, cpu));
  return out;
}

Result<void> CpmProcess::prepare(Bytes program, std::string_view file, cpm::Console& console,
                                 cpm::Drives& drives, CpmCpu cpu) {
  constexpr std::size_t kMost = cpm::layout::kBdos - cpm::layout::kProgram;
  if (program.empty() || program.size() > kMost)
    return fail(Error{.code = ErrorCode::kMalformed,
                      .file = std::string(file),
                      .offset = 0,
                      .field = "CP/M program",
                      .found = fmt::format("{} bytes", program.size()),
                      .expected = fmt::format("1 to {}", kMost)});
  CMOS_TRY_VOID(memory_.map(0, kMemory, emu::kRead | emu::kWrite | emu::kExecute, "memory"));
  const emu::EngineOptions options{.count_instructions = true};
  CMOS_TRY(engine_, cpu == CpmCpu::kZ80 ? emu::make_z80(emu::kZ80Escape, memory_, options)
                                        : emu::make_8080(emu::k8080Escape, memory_, options));
  bdos_ = std::make_unique<cpm::Bdos>(memory_, console, drives);
  bdos_->prepare();
  (void)memory_.poke(cpm::layout::kProgram, program);
  // The CCP calls the program: a return ends it as a jump to 0 does. The word there is 0.
  engine_->write_register(engine_->isa().cpu.sp, cpm::layout::kBdos - 8);
  engine_->jump(cpm::layout::kProgram);
  return {};
}

const CpmOutcome& CpmProcess::run() {
  for (;;) {
    const std::uint64_t done = engine_->instructions();
    const std::uint64_t left =
        limits_.max_instructions
            ? *limits_.max_instructions - std::min(*limits_.max_instructions, done)
            : UINT64_MAX;
    if (left == 0) {
      outcome_.ending = CpmEnding::kInstructions;
      break;
    }
    const emu::Stop& stop = engine_->run({.max_instructions = left});
    if (stop.reason == emu::StopReason::kSyscall) {
      if (!serve(stop.syscall)) break;
    } else if (stop.reason == emu::StopReason::kFault) {
      outcome_.ending = CpmEnding::kFaulted;
      outcome_.fault = stop.fault;
      break;
    } else if (stop.reason == emu::StopReason::kRequested) {
      outcome_.ending = CpmEnding::kStopped;
      break;
    }
  }
  outcome_.instructions = engine_->instructions();
  return outcome_;
}

/// Whoever called the BDOS or a BIOS entry: the return address less the call.
std::uint16_t CpmProcess::caller() const {
  std::uint8_t bytes[2] = {};
  (void)memory_.peek(engine_->read_register(engine_->isa().cpu.sp), bytes);
  return static_cast<std::uint16_t>(cmos::load(Bytes(bytes)) - 3);
}

bool CpmProcess::serve(const emu::SyscallRegisters& trap) {
  const auto bc = static_cast<std::uint16_t>(trap.arguments[0]);
  const cpm::CallRegisters registers{static_cast<std::uint8_t>(bc),
                                     static_cast<std::uint16_t>(trap.arguments[1]), bc};
  const bool bdos = trap.number == cpm::kBdosTrap;
  const auto entry = static_cast<std::uint8_t>(trap.number - cpm::kBiosTrap);
  const cpm::CallRow* row = bdos ? cpm::bdos_call(registers.c) : cpm::bios_call(entry);
  ++outcome_.calls;
  // Nobody calls the end of a program: a jump leads there.
  const bool called = bdos || entry > 1;
  const std::string origin =
      trace_ ? fmt::format("0x{:04x}", called ? caller() : 0) : std::string();
  if (row == nullptr && bdos && registers.c != cpm::kReturnCode && !told_[registers.c]) {
    told_[registers.c] = true;
    if (unknown_)
      unknown_(fmt::format("BDOS call {} at 0x{:04x} is none of CP/M 2.2; it answers 0",
                           registers.c, caller()));
  }
  const std::string line = trace_ ? before(row, bdos ? "bdos" : "bios", registers) : std::string();
  const cpm::CallAnswer answer = bdos ? bdos_->bdos(registers) : bdos_->bios(entry, registers);
  if (trace_) trace_(fmt::format("{}: {}{}", origin, line, after(row, answer)));
  if (answer.interrupted) {
    outcome_.ending = CpmEnding::kStopped;
    return false;
  }
  if (!answer.returns) {
    outcome_.ending = CpmEnding::kExited;
    outcome_.code = bdos_->exit_code();
    return false;
  }
  // A = L and B = H, as programs for CP/M 1 expect.
  const std::uint64_t f = engine_->read_register(kAf) & 0xff;
  engine_->write_register(kHl, answer.hl);
  engine_->write_register(kAf, std::uint64_t{answer.hl & 0xffU} << 8 | f);
  if (bdos) engine_->write_register(kBc, (answer.hl & 0xff00U) | (bc & 0xffU));
  return true;
}

std::string CpmProcess::before(const cpm::CallRow* row, std::string_view origin,
                               const cpm::CallRegisters& registers) const {
  const bool bdos = origin == "bdos";
  if (row == nullptr) return fmt::format("bdos {}(0x{:04x})", registers.c, registers.de);
  const auto small = static_cast<std::uint8_t>(bdos ? registers.de : registers.bc);
  std::string argument;
  switch (row->argument) {
    case cpm::Argument::kNone:
      break;
    case cpm::Argument::kByte:
      argument = fmt::format("0x{:02x}", small);
      break;
    case cpm::Argument::kCharacter:
      argument = quote(Bytes(&small, 1));
      break;
    case cpm::Argument::kDrive:
      argument = small < cpm::kDrives ? fmt::format("{}:", static_cast<char>('A' + small))
                                      : fmt::format("0x{:02x}", small);
      break;
    case cpm::Argument::kFcb:
      argument = bdos_->fcb_text(registers.de);
      break;
    case cpm::Argument::kAddress:
      argument = fmt::format("0x{:04x}", registers.de);
      break;
    case cpm::Argument::kText: {
      const std::string text = bdos_->text_at(registers.de);
      argument = quote(as_bytes(text), kShownText);
      break;
    }
  }
  return fmt::format("{}({})", row->name, argument);
}

std::string CpmProcess::after(const cpm::CallRow* row, const cpm::CallAnswer& answer) {
  if (!answer.returns) return " = ?";
  const auto low = static_cast<std::uint8_t>(answer.hl);
  switch (row == nullptr ? cpm::Answer::kWord : row->answer) {
    case cpm::Answer::kNone:
      return "";
    case cpm::Answer::kByte:
      return fmt::format(" = 0x{:02x}", low);
    case cpm::Answer::kCharacter:
      return fmt::format(" = {}", quote(Bytes(&low, 1)));
    case cpm::Answer::kWord:
      break;
  }
  return fmt::format(" = 0x{:04x}", answer.hl);
}

std::string CpmProcess::registers() const {
  std::string out;
  const arch::Cpu& cpu = engine_->isa().cpu;
  for (emu::RegisterIndex i = 0; i < cpu.general_count; ++i)
    out += fmt::format("{}{}={:04x}", out.empty() ? "" : " ", cpu.registers[i].name,
                       engine_->read_register(i));
  const std::string flags = engine_->flags();
  return flags.empty() ? out : out + " (" + flags + ")";
}

}  // namespace cmos::runtime
