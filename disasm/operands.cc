#include "disasm/operands.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include "base/text.h"

namespace cmos::disasm {

struct OperandReader::State {
  csh handle = 0;
  cs_arch arch = CS_ARCH_X86;
  cs_insn* instruction = nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (instruction != nullptr) cs_free(instruction, 1);
    if (handle != 0) cs_close(&handle);
  }

  std::string_view name(unsigned reg) const {
    const char* text = reg == 0 ? nullptr : cs_reg_name(handle, reg);
    return text == nullptr ? "" : text;
  }

  void x86(std::vector<Operand>& out) const {
    const cs_x86& detail = instruction->detail->x86;
    for (unsigned i = 0; i < detail.op_count; ++i) {
      const cs_x86_op& in = detail.operands[i];
      Operand one;
      one.size = in.size;
      if (in.type == X86_OP_REG) {
        one.kind = Operand::Kind::kRegister;
        one.reg = name(in.reg);
      } else if (in.type == X86_OP_IMM) {
        one.kind = Operand::Kind::kImmediate;
        one.number = in.imm;
      } else if (in.type == X86_OP_MEM) {
        one.kind = Operand::Kind::kMemory;
        one.reg = name(in.mem.base);
        one.index = name(in.mem.index);
        one.segment = name(in.mem.segment);
        one.scale = in.mem.scale;
        one.number = in.mem.disp;
      }
      out.push_back(one);
    }
  }

  void arm(std::vector<Operand>& out) const {
    const cs_arm& detail = instruction->detail->arm;
    for (unsigned i = 0; i < detail.op_count; ++i) {
      const cs_arm_op& in = detail.operands[i];
      Operand one;
      if (in.type == ARM_OP_REG) {
        one.kind = Operand::Kind::kRegister;
        one.reg = name(static_cast<unsigned>(in.reg));
      } else if (in.type == ARM_OP_IMM) {
        one.kind = Operand::Kind::kImmediate;
        one.number = in.imm;
      } else if (in.type == ARM_OP_MEM) {
        one.kind = Operand::Kind::kMemory;
        one.reg = name(in.mem.base);
        one.index = name(in.mem.index);
        one.scale = in.mem.scale;
        one.number = in.mem.disp;
      }
      out.push_back(one);
    }
  }

  void arm64(std::vector<Operand>& out) const {
    const cs_arm64& detail = instruction->detail->arm64;
    for (unsigned i = 0; i < detail.op_count; ++i) {
      const cs_arm64_op& in = detail.operands[i];
      Operand one;
      if (in.type == ARM64_OP_REG) {
        one.kind = Operand::Kind::kRegister;
        one.reg = name(in.reg);
      } else if (in.type == ARM64_OP_IMM) {
        one.kind = Operand::Kind::kImmediate;
        one.number = in.imm;
      } else if (in.type == ARM64_OP_MEM) {
        one.kind = Operand::Kind::kMemory;
        one.reg = name(in.mem.base);
        one.index = name(in.mem.index);
        one.number = in.mem.disp;
      }
      out.push_back(one);
    }
  }
};

OperandReader::OperandReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
OperandReader::OperandReader(OperandReader&&) noexcept = default;
OperandReader& OperandReader::operator=(OperandReader&&) noexcept = default;
OperandReader::~OperandReader() = default;

Result<OperandReader> OperandReader::open(std::string_view arch, bool thumb) {
  int mode = 0;
  auto state = std::make_unique<State>();
  if (arch == "8664" || arch == "__86") {
    mode = arch == "8664" ? CS_MODE_64 : CS_MODE_32;
  } else if (arch == "_ARM") {
    state->arch = CS_ARCH_ARM;
    mode = thumb ? CS_MODE_THUMB : CS_MODE_ARM;
  } else if (arch == "AR64" || arch == "APPL") {
    state->arch = CS_ARCH_ARM64;
  } else {
    return fail(ErrorCode::kUnsupported,
                fmt::format("no disassembler for ARCH {}", quote(as_bytes(arch))));
  }
  const cs_err error = cs_open(state->arch, static_cast<cs_mode>(mode), &state->handle);
  if (error != CS_ERR_OK)
    return fail(ErrorCode::kInternal, fmt::format("Capstone: {}", cs_strerror(error)));
  cs_option(state->handle, CS_OPT_DETAIL, CS_OPT_ON);
  state->instruction = cs_malloc(state->handle);
  if (state->instruction == nullptr) return fail(ErrorCode::kLimit, "Capstone: out of memory");
  return OperandReader(std::move(state));
}

bool OperandReader::read(Bytes code, std::uint64_t address, Operands& out) {
  const std::uint8_t* bytes = code.data();
  std::size_t size = code.size();
  out.list.clear();
  if (!cs_disasm_iter(state_->handle, &bytes, &size, &address, state_->instruction)) return false;
  out.size = state_->instruction->size;
  switch (state_->arch) {
    case CS_ARCH_X86:
      state_->x86(out.list);
      break;
    case CS_ARCH_ARM:
      state_->arm(out.list);
      break;
    default:
      state_->arm64(out.list);
      break;
  }
  return true;
}

std::string OperandReader::text() const {
  const std::string_view mnemonic(static_cast<const char*>(state_->instruction->mnemonic));
  const std::string_view operands(static_cast<const char*>(state_->instruction->op_str));
  return operands.empty() ? std::string(mnemonic) : fmt::format("{} {}", mnemonic, operands);
}

}  // namespace cmos::disasm
