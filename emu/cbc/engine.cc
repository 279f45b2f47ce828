#include "emu/cbc/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/coil/instruction_text.h"

namespace cmos::emu::cbc {
namespace {

// Registers of arch::kCbc.
constexpr RegisterIndex kPc = 0;
constexpr RegisterIndex kSp = 1;
constexpr RegisterIndex kFp = 2;
constexpr RegisterIndex kRv = 3;
constexpr RegisterIndex kNumber = 4;
constexpr std::array<RegisterIndex, 3> kArguments{5, 6, 7};

/// The call `exit`, which the return of the first function makes.
constexpr std::uint64_t kExitCall = 0;
/// How long a request to stop may wait, in instructions.
constexpr std::uint64_t kSlice = 1u << 20;
/// Nobody returns to the exit stub; `end` is what would stand there.
constexpr std::array<std::uint8_t, 2> kExitStub{0x11, 0x00};
constexpr std::uint64_t kDefaultStack = 1u << 20;

}  // namespace

const Isa kIsa{"_CBC", arch::kCbc, kNumber, kRv, kArguments, "call of host.*", kExitStub};

Result<std::unique_ptr<Engine>> CbcEngine::make(GuestMemory& memory, const EngineOptions& options) {
  std::unique_ptr<CbcEngine> out(new CbcEngine(memory, options));
  CMOS_TRY_VOID(memory.set_listener(out.get()));
  return out;
}

CbcEngine::~CbcEngine() {
  static_cast<void>(memory_.set_listener(nullptr));
}

void CbcEngine::changed() {
  if (interpreter_ != nullptr) interpreter_->memory_changed();
}

Result<void> CbcEngine::on_map(const Region&) {
  changed();
  return {};
}
void CbcEngine::on_unmap(const Region&) {
  changed();
}
Result<void> CbcEngine::on_resize(const Region&, const Region&) {
  changed();
  return {};
}

// ---- registers --------------------------------------------------------------------------------

std::uint64_t CbcEngine::read_register(RegisterIndex index) const {
  const bool running = interpreter_ != nullptr && !beginning_;
  switch (index) {
    case kPc:
      return running ? base_ + interpreter_->offset() : address_;
    case kSp:
      return stack_top_ -
             (running ? std::min(interpreter_->stack_used(), stack_top_ - stack_base_) : 0);
    case kFp:
      return stack_top_ -
             (running ? std::min(interpreter_->callers_used(), stack_top_ - stack_base_) : 0);
    default:
      return index - kRv < static_cast<int>(values_.size()) ? values_[index - kRv] : 0u;
  }
}

void CbcEngine::write_register(RegisterIndex index, std::uint64_t value) {
  if (index == kSp) {
    stack_top_ = value;
    const Region* region = value == 0 ? nullptr : memory_.find(value - 1);
    stack_base_ = region == nullptr ? value - std::min(value, kDefaultStack) : region->base;
  } else if (index >= kRv && index - kRv < static_cast<int>(values_.size())) {
    values_[index - kRv] = value;
    if (index == kRv && interpreter_ != nullptr && !beginning_ && !ended_)
      interpreter_->set_host_result(value);
  }
}

// ---- where it begins --------------------------------------------------------------------------

/// Reads the image that begins at `address`.
bool CbcEngine::open_image(std::uint64_t address) {
  const Region* region = memory_.find(address);
  if (region == nullptr) return false;
  const Bytes image(region->host + (address - region->base),
                    region->size - (address - region->base));
  if (!coil::looks_like_cbc(image)) return false;
  auto built = build(image, address);
  if (!built) {
    refusal_ = built.error().text();
    return false;
  }
  program_ = std::make_unique<Program>(std::move(*built));
  file_ = std::move(coil::read_cbc(image.first(program_->image_size), "")->file);
  base_ = address;
  image_end_ = address + program_->image_size;
  if (program_->memory_size != 0 && memory_.find(kDataAddress) == nullptr) {
    const std::uint64_t size = (program_->memory_size + kGuestPage - 1) / kGuestPage * kGuestPage;
    if (auto mapped = memory_.map(kDataAddress, size, kRead | kWrite, "data"); !mapped) {
      refusal_ = mapped.error().text();
      return false;
    }
  }
  interpreter_ = std::make_unique<Interpreter>(*program_, memory_, stack_top_ - stack_base_);
  return true;
}

void CbcEngine::jump(std::uint64_t address) {
  address_ = address;
  beginning_.reset();
  const bool inside = program_ != nullptr && address >= base_ && address < image_end_;
  if (!inside && !open_image(address)) {
    interpreter_.reset();
    return;
  }
  ended_ = false;
  beginning_ = program_->entry;
  if (address == base_) return;
  const auto& all = program_->functions;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Function& one) {
    return one.code_size != 0 && base_ + one.code_offset == address;
  });
  if (found == all.end())
    beginning_.reset();  // it goes on where it was
  else
    beginning_ = static_cast<std::size_t>(found - all.begin());
}

void CbcEngine::begin() {
  interpreter_->start(*beginning_, std::span(values_).subspan(2));
  beginning_.reset();
}

// ---- running ----------------------------------------------------------------------------------

Interpreter::Exit CbcEngine::slice(std::uint64_t budget, bool exact) {
  const Interpreter::Exit exit = interpreter_->run(budget, exact);
  executed_ += budget - interpreter_->left();
  return exit;
}

void CbcEngine::refuse(std::string detail) {
  stop_ = {};
  stop_.reason = StopReason::kFault;
  stop_.fault.pc = read_register(kPc);
  stop_.fault.detail = std::move(detail);
}

void CbcEngine::failed(const Fault& fault) {
  stop_ = {};
  stop_.reason = StopReason::kFault;
  stop_.fault = fault;
  stop_.fault.pc = read_register(kPc);
  if (fault.detail == kStackFull) stop_.fault.address = stack_base_ - 8;
}

void CbcEngine::finished() {
  ended_ = true;
  values_[0] = interpreter_->result();
  stop_ = {};
  stop_.reason = StopReason::kSyscall;
  stop_.syscall.number = kExitCall;
  stop_.syscall.arguments[0] = values_[0];
  stop_.syscall.pc = read_register(kPc);
}

bool CbcEngine::call_host() {
  const Function& function = program_->functions[interpreter_->host_function()];
  const auto arguments = interpreter_->arguments();
  const std::string_view name = std::string_view(function.name).substr(coil::kHostPrefix.size());
  const auto number = numbers_ ? numbers_(name, arguments.size()) : std::nullopt;
  if (!number) {
    refuse(fmt::format("there is no host function {} with {} argument{}",
                       quote(as_bytes(function.name), 64), arguments.size(),
                       arguments.size() == 1 ? "" : "s"));
    return true;
  }
  stop_ = {};
  stop_.reason = StopReason::kSyscall;
  stop_.syscall.number = values_[1] = *number;
  for (std::size_t i = 0; i < stop_.syscall.arguments.size(); ++i)
    stop_.syscall.arguments[i] = values_[2 + i] = i < arguments.size() ? arguments[i] : 0;
  stop_.syscall.pc = base_ + interpreter_->call_offset();
  return true;
}

/// False when the run goes on.
bool CbcEngine::stopped(Interpreter::Exit exit) {
  switch (exit) {
    case Interpreter::Exit::kBudget:
      return false;
    case Interpreter::Exit::kHost:
      return call_host();
    case Interpreter::Exit::kFinished:
      finished();
      return true;
    case Interpreter::Exit::kFault:
      failed(interpreter_->fault());
      return true;
  }
  return false;
}

const Stop& CbcEngine::run(const RunLimits& limits) {
  if (interpreter_ == nullptr || ended_) {
    refuse(!refusal_.empty() ? refusal_
           : ended_          ? std::string("the program has ended")
                             : fmt::format("no CBC image begins at 0x{:x}", address_));
    return stop_;
  }
  if (beginning_) begin();
  std::uint64_t left = limits.max_instructions;
  while (!stop_requested_.load(std::memory_order_relaxed)) {
    const std::uint64_t budget = std::min(left, kSlice);
    Interpreter::Exit exit = slice(budget, false);
    // What is left of the budget ends inside of a block; or the block is longer than a slice.
    const bool inside = budget == left || interpreter_->left() == budget;
    if (exit == Interpreter::Exit::kBudget && interpreter_->left() != 0 && inside)
      exit = slice(interpreter_->left(), true);
    left -= std::min(left, budget - interpreter_->left());
    if (stopped(exit)) return stop_;
    if (left != 0) continue;
    stop_ = {};
    stop_.reason = StopReason::kBudget;
    return stop_;
  }
  stop_ = {};
  stop_.reason = StopReason::kRequested;
  return stop_;
}

const Stop& CbcEngine::step() {
  return run({.max_instructions = 1});
}

std::optional<BytecodeEngine::Text> CbcEngine::instruction_at(std::uint64_t address) const {
  if (!file_ || address < base_) return std::nullopt;
  const std::uint64_t at = address - base_;
  Bytes code = file_->anonymous_code;
  std::uint64_t start = file_->anonymous_offset;
  for (const coil::CbcFunction& one : file_->functions) {
    if (at < one.code_offset || at - one.code_offset >= one.code.size()) continue;
    code = one.code;
    start = one.code_offset;
  }
  if (at < start || at - start >= code.size()) return std::nullopt;
  const coil::CbcDecoded one = coil::decode_cbc(code, at - start, file_->order, 0);
  if (one.fault != coil::DecodeFault::kNone) return std::nullopt;
  return Text{coil::cbc_text(one.instruction, *file_, base_ + start),
              static_cast<std::uint32_t>(one.instruction.size)};
}

std::vector<std::uint64_t> CbcEngine::callers(std::size_t most) const {
  std::vector<std::uint64_t> out;
  if (interpreter_ == nullptr || beginning_) return out;
  for (const std::uint32_t offset : interpreter_->callers(most)) out.push_back(base_ + offset);
  return out;
}

}  // namespace cmos::emu::cbc
