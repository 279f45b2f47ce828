#include "emu/cbc/interpreter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace cmos::emu::cbc {
namespace {

/// What a call takes of the stack beside its slots.
constexpr std::uint64_t kFrameBytes = 32;

using U32 = std::uint32_t;
using U64 = std::uint64_t;

std::uint64_t of_i32(U32 value) {
  return static_cast<U64>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}
float f32(U64 bits) {
  return std::bit_cast<float>(static_cast<U32>(bits));
}
double f64(U64 bits) {
  return std::bit_cast<double>(bits);
}
U64 bits_of(float value) {
  return std::bit_cast<U32>(value);
}
U64 bits_of(double value) {
  return std::bit_cast<U64>(value);
}

/// Toward zero; what is too large becomes the nearest integer there is, and NaN becomes 0.
template <class Integer, class Float>
Integer truncated(Float value) {
  using Limits = std::numeric_limits<Integer>;
  if (std::isnan(value)) return 0;
  // The least integer is a power of two and so exact; its negative is one past the greatest.
  constexpr auto kLeast = static_cast<Float>(Limits::min());
  if (value < kLeast) return Limits::min();
  if (value >= -kLeast) return Limits::max();
  return static_cast<Integer>(value);
}

template <class Integer>
Integer quotient(Integer a, Integer b) {
  return b == -1 ? static_cast<Integer>(0 - static_cast<std::make_unsigned_t<Integer>>(a))
                 : static_cast<Integer>(a / b);
}
template <class Integer>
Integer remainder(Integer a, Integer b) {
  return b == -1 ? Integer{0} : static_cast<Integer>(a % b);
}

}  // namespace

std::uint8_t* MemoryView::look_up(std::uint64_t address, std::uint64_t size, Permissions needed,
                                  Window& window) {
  const Region* region = memory_.find(address);
  if (region == nullptr || (region->permissions & needed) == 0) return nullptr;
  if (region->size - (address - region->base) < size) return nullptr;
  window = {region->base, region->size, region->host};
  return region->host + (address - region->base);
}

Interpreter::Interpreter(const Program& program, const GuestMemory& memory, std::uint64_t stack)
    : program_(program), memory_(memory, program.order == ByteOrder::kBig), stack_(stack) {}

// ---- frames -----------------------------------------------------------------------------------

/// Room for a frame that is the `depth`-th.
bool Interpreter::make_frame(std::uint32_t function, std::uint32_t base, std::size_t depth) {
  const std::uint64_t end = std::uint64_t{base} + program_.functions[function].slots;
  if (end * sizeof(U64) + depth * kFrameBytes > stack_) return false;
  if (values_.size() < end) values_.resize(std::max<std::uint64_t>(end, 2 * values_.size()));
  if (frames_.size() < depth) frames_.resize(std::max(depth, 2 * frames_.size()));
  return true;
}

void Interpreter::start(std::size_t function, std::span<const std::uint64_t> arguments) {
  const Function& entry = program_.functions[function];
  next_ = program_.operations.data() + entry.first;
  if (!make_frame(static_cast<std::uint32_t>(function), 0, 1)) {
    // The first instruction would find no room: it runs into the end of the stack.
    values_.assign(entry.slots, 0);
    frames_.resize(std::max<std::size_t>(1, frames_.size()));
  }
  slots_ = values_.data();
  std::fill_n(slots_, entry.slots, 0);
  for (std::size_t i = 0; i < std::min<std::size_t>(arguments.size(), entry.parameters); ++i)
    slots_[i] = arguments[i];
  frames_[0] = {nullptr, nullptr, 0, static_cast<std::uint32_t>(function)};
  depth_ = 1;
}

/// False when the stack is full; nothing has changed then.
[[gnu::always_inline]] inline bool Interpreter::enter(Place& at, const Call& call) {
  const std::uint32_t base = at.frame->base + call.caller_slots;
  const std::uint64_t end = std::uint64_t{base} + call.callee_slots;
  const auto depth = static_cast<std::size_t>(at.frame - frames_.data()) + 2;
  if (end > values_.size() || depth > frames_.size() ||
      end * sizeof(U64) + depth * kFrameBytes > stack_) [[unlikely]] {
    const std::uint32_t own = at.frame->base;
    if (!make_frame(call.function, base, depth)) {
      memory_fault(0, sizeof(U64), Access::kWrite);
      fault_.detail = kStackFull;
      return false;
    }
    at.frame = frames_.data() + (depth - 2);
    at.slots = values_.data() + own;
  }
  const U64* const from = at.slots;
  const std::uint16_t* const arguments = program_.call_slots.data() + call.arguments;
  at.slots += call.caller_slots;
  for (std::uint32_t i = 0; i < call.argument_count; ++i) at.slots[i] = from[arguments[i]];
  for (std::uint32_t i = call.first_zero; i < call.callee_slots; ++i) {
    at.slots[i] = 0;
    // There are few: a call of memset, which this would become, takes longer.
    asm("" : "+r"(i));
  }
  *++at.frame = {at.pc, program_.call_slots.data() + call.results, base, call.function};
  at.pc = program_.operations.data() + call.first;
  return true;
}

/// False when it was the first function that returned.
[[gnu::always_inline]] inline bool Interpreter::leave(Place& at, bool has_value) {
  const U64 value = has_value ? at.slots[at.pc->a] : 0;
  const Frame& own = *at.frame;
  if (own.back == nullptr) [[unlikely]] {
    result_ = value;
    return false;
  }
  const std::uint16_t to = has_value ? own.results[at.pc->b] : kNoSlot;
  at.pc = own.back + 1;
  --at.frame;
  at.slots = values_.data() + at.frame->base;
  if (to != kNoSlot) at.slots[to] = value;
  return true;
}

void Interpreter::host_call(const Operation& at, const U64* slots) {
  call_ = &program_.calls[at.target];
  arguments_.clear();
  for (std::uint32_t i = 0; i < call_->argument_count; ++i)
    arguments_.push_back(slots[program_.call_slots[call_->arguments + i]]);
}

void Interpreter::set_host_result(std::uint64_t value) {
  if (call_ == nullptr || depth_ == 0) return;
  const std::uint16_t to = program_.call_slots[call_->results];
  if (to != kNoSlot) slots_[to] = value;
  call_ = nullptr;
}

std::uint32_t Interpreter::offset() const {
  return next_ == nullptr
             ? 0
             : program_.offsets[static_cast<std::size_t>(next_ - program_.operations.data())];
}

std::uint32_t Interpreter::call_offset() const {
  return program_.offsets[static_cast<std::size_t>(next_ - 1 - program_.operations.data())];
}

std::uint64_t Interpreter::stack_used() const {
  if (depth_ == 0) return 0;
  const Frame& last = frames_[depth_ - 1];
  return (std::uint64_t{last.base} + program_.functions[last.function].slots) * sizeof(U64) +
         depth_ * kFrameBytes;
}

std::uint64_t Interpreter::callers_used() const {
  if (depth_ == 0) return 0;
  return std::uint64_t{frames_[depth_ - 1].base} * sizeof(U64) + (depth_ - 1) * kFrameBytes;
}

std::vector<std::uint32_t> Interpreter::callers(std::size_t most) const {
  std::vector<std::uint32_t> out;
  for (std::size_t i = depth_; i-- > 0 && out.size() < most;) {
    const Operation* const back = frames_[i].back;
    if (back == nullptr) break;
    out.push_back(
        program_.offsets[static_cast<std::size_t>(back + 1 - program_.operations.data())]);
  }
  return out;
}

// ---- faults -----------------------------------------------------------------------------------

void Interpreter::trap(const Operation& at) {
  const TrapInfo& info = program_.traps[static_cast<std::size_t>(at.value)];
  fault_ = {};
  fault_.kind = info.kind;
  fault_.detail = info.detail;
}

void Interpreter::arithmetic_fault(std::string detail) {
  fault_ = {};
  fault_.kind = FaultKind::kArithmetic;
  fault_.detail = std::move(detail);
}

void Interpreter::memory_fault(std::uint64_t address, std::uint32_t size, Access access) {
  fault_ = {};
  fault_.kind = FaultKind::kMemory;
  fault_.address = address;
  fault_.size = size;
  fault_.access = access;
}

// ---- the loop ---------------------------------------------------------------------------------

Interpreter::Exit Interpreter::run(std::uint64_t budget, bool exact) {
  left_ = static_cast<std::int64_t>(budget);
  call_ = nullptr;
  return exact ? execute<true>() : execute<false>();
}

// clang-format off
// A block is paid for when it is entered; an exact run pays for each instruction.
#define DISPATCH() goto *kHandlers[static_cast<std::size_t>(kExact ? pc->plain : pc->code)]
#define PAY() \
  if (kExact) { \
    if (left == 0) goto budget; \
    --left; \
  }
#define ENTER(to) \
  do { \
    pc = (to); \
    if (!kExact) { left -= pc->block; if (left < 0) [[unlikely]] goto block_budget; } \
    PAY() \
    DISPATCH(); \
  } while (false)
#define NEXT() do { ++pc; PAY() DISPATCH(); } while (false)

#define INTEGER(name, expression32, expression64) \
  k##name##32: { const U32 x = static_cast<U32>(slots[pc->b]), y = static_cast<U32>(slots[pc->c]); slots[pc->a] = of_i32(expression32); NEXT(); } \
  k##name##64: { const U64 x = slots[pc->b], y = slots[pc->c]; slots[pc->a] = expression64; NEXT(); } \
  k##name##32Imm: { const U32 x = static_cast<U32>(slots[pc->b]), y = static_cast<U32>(pc->value); slots[pc->a] = of_i32(expression32); NEXT(); } \
  k##name##64Imm: { const U64 x = slots[pc->b], y = static_cast<U64>(pc->value); slots[pc->a] = expression64; NEXT(); }
#define SIMPLE_INTEGER(name, sign) INTEGER(name, x sign y, x sign y)
#define DIVISION_FORM(name, form, Integer, function, second) \
  k##name##form: { \
    const auto x = static_cast<Integer>(slots[pc->b]), y = static_cast<Integer>(second); \
    if (y == 0) [[unlikely]] { arithmetic_fault("division by zero"); goto fault; } \
    slots[pc->a] = static_cast<U64>(static_cast<std::int64_t>(function(x, y))); \
    NEXT(); \
  }
#define DIVISION(name, function) \
  DIVISION_FORM(name, 32, std::int32_t, function, slots[pc->c]) \
  DIVISION_FORM(name, 64, std::int64_t, function, slots[pc->c]) \
  DIVISION_FORM(name, 32Imm, std::int32_t, function, pc->value) \
  DIVISION_FORM(name, 64Imm, std::int64_t, function, pc->value)
#define FLOAT(name, sign) \
  k##name##F32: slots[pc->a] = bits_of(f32(slots[pc->b]) sign f32(slots[pc->c])); NEXT(); \
  k##name##F64: slots[pc->a] = bits_of(f64(slots[pc->b]) sign f64(slots[pc->c])); NEXT(); \
  k##name##F32Imm: slots[pc->a] = bits_of(f32(slots[pc->b]) sign f32(static_cast<U64>(pc->value))); NEXT(); \
  k##name##F64Imm: slots[pc->a] = bits_of(f64(slots[pc->b]) sign f64(static_cast<U64>(pc->value))); NEXT();
#define BRANCH_IF(condition) \
  do { if (condition) { ENTER(operations + pc->target); } else { ENTER(pc + 1); } } while (false)
#define SIGNED(slot) static_cast<std::int64_t>(slots[pc->slot])
#define COMPARE(name, sign) \
  k##name: BRANCH_IF(SIGNED(a) sign SIGNED(b)); \
  k##name##Zero: BRANCH_IF(SIGNED(a) sign 0); \
  k##name##F32: BRANCH_IF(f32(slots[pc->a]) sign f32(slots[pc->b])); \
  k##name##F32Zero: BRANCH_IF(f32(slots[pc->a]) sign 0.0F); \
  k##name##F64: BRANCH_IF(f64(slots[pc->a]) sign f64(slots[pc->b])); \
  k##name##F64Zero: BRANCH_IF(f64(slots[pc->a]) sign 0.0); \
  kAdd32Imm##name: { \
    const U64 sum = of_i32(static_cast<U32>(slots[pc->b]) + static_cast<U32>(pc->value)); \
    slots[pc->a] = sum; \
    ++pc; \
    BRANCH_IF(static_cast<std::int64_t>(sum) sign SIGNED(b)); \
  }
// A constant is kept in its variable as well: others may read it.
#define CONSTANT_FORM(name, form, Word, sign, convert) \
  kConstant##name##form: { \
    const auto y = static_cast<Word>(pc->value); \
    slots[pc->a] = static_cast<U64>(pc->value); \
    ++pc; \
    const auto x = static_cast<Word>(slots[pc->b]); \
    slots[pc->a] = convert(x sign y); \
    NEXT(); \
  }
#define CONSTANT_INTEGER(name, sign) \
  CONSTANT_FORM(name, 32, U32, sign, of_i32) \
  CONSTANT_FORM(name, 64, U64, sign, U64)
#define CONSTANT_COMPARE(name, sign) \
  kConstant##name: { \
    const std::int64_t y = pc->value; \
    slots[pc->a] = static_cast<U64>(y); \
    ++pc; \
    BRANCH_IF(SIGNED(a) sign y); \
  }
#define LOAD(name, Word, convert) \
  k##name: { Word word; address = slots[pc->b] + static_cast<U64>(pc->value); size = sizeof word; \
    if (!memory_.load(address, word)) [[unlikely]] { goto load_fault; } else { slots[pc->a] = convert; NEXT(); } } \
  k##name##At: { Word word; address = static_cast<U64>(pc->value); size = sizeof word; \
    if (!memory_.load(address, word)) [[unlikely]] { goto load_fault; } else { slots[pc->a] = convert; NEXT(); } }
#define STORE(name, Word) \
  k##name: address = slots[pc->b] + static_cast<U64>(pc->value); size = sizeof(Word); \
    if (!memory_.store(address, static_cast<Word>(slots[pc->a]))) [[unlikely]] { goto store_fault; } else { NEXT(); } \
  k##name##At: address = static_cast<U64>(pc->value); size = sizeof(Word); \
    if (!memory_.store(address, static_cast<Word>(slots[pc->a]))) [[unlikely]] { goto store_fault; } else { NEXT(); }

#define INTEGER_LABELS(name) &&k##name##32, &&k##name##64, &&k##name##32Imm, &&k##name##64Imm,
#define FLOAT_LABELS(name) &&k##name##F32, &&k##name##F64, &&k##name##F32Imm, &&k##name##F64Imm,
#define COMPARE_LABELS(name) &&k##name, &&k##name##Zero, &&k##name##F32, &&k##name##F32Zero, &&k##name##F64, &&k##name##F64Zero,
#define FUSED_LABELS(name) &&kAdd32Imm##name,
#define CONSTANT_INTEGER_LABELS(name) &&kConstant##name##32, &&kConstant##name##64,
#define CONSTANT_COMPARE_LABELS(name) &&kConstant##name,

// The handlers of all operations in one function, which is what makes them fast: the registers that
// hold pc and slots are never saved between two of them.
template <bool kExact>
Interpreter::Exit Interpreter::execute() {
  static const void* const kHandlers[] = {  // in the order of Code
      &&kTrap, &&kNop, &&kScope, &&kBranch, &&kCall, &&kHostCall, &&kReturn, &&kReturnValue, &&kConstant,
      &&kLoad8, &&kLoad16, &&kLoad32, &&kLoad64, &&kLoadBits32,
      &&kLoad8At, &&kLoad16At, &&kLoad32At, &&kLoad64At, &&kLoadBits32At,
      &&kStore8, &&kStore16, &&kStore32, &&kStore64, &&kStore8At, &&kStore16At, &&kStore32At, &&kStore64At,
      &&kSqrtF32, &&kSqrtF64, &&kI32ToI64, &&kI64ToI32, &&kI32ToF32, &&kI64ToF64, &&kF32ToI32, &&kF64ToI64,
      &&kF32ToF64, &&kF64ToF32,
      CMOS_CBC_INTEGER(INTEGER_LABELS) CMOS_CBC_FLOAT(FLOAT_LABELS) CMOS_CBC_COMPARE(COMPARE_LABELS)
      CMOS_CBC_COMPARE(FUSED_LABELS)
      CMOS_CBC_PLAIN_INTEGER(CONSTANT_INTEGER_LABELS) CMOS_CBC_COMPARE(CONSTANT_COMPARE_LABELS) &&kConstants};
  static_assert(std::size(kHandlers) == static_cast<std::size_t>(Code::kCount));

  const Operation* const operations = program_.operations.data();
  Place at{next_, slots_, frames_.data() + depth_ - 1};
  const Operation*& pc = at.pc;
  U64*& slots = at.slots;
  std::int64_t left = left_;
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  Exit exit = Exit::kFault;
  ENTER(pc);

  kTrap: trap(*pc); goto fault;
  kNop: NEXT();
  kScope: std::fill(slots + pc->a, slots + pc->b, 0); NEXT();
  kBranch: ENTER(operations + pc->target);
  kCall:
    if (!enter(at, program_.calls[pc->target])) goto fault;
    ENTER(pc);
  kHostCall: host_call(*pc, slots); exit = Exit::kHost; ++pc; goto out;
  kReturn:
    if (!leave(at, false)) { exit = Exit::kFinished; goto out; }
    ENTER(pc);
  kReturnValue:
    if (!leave(at, true)) { exit = Exit::kFinished; goto out; }
    ENTER(pc);
  kConstants:
    for (std::uint16_t more = pc->c; more > 1; --more, ++pc) slots[pc->a] = static_cast<U64>(pc->value);
  kConstant: slots[pc->a] = static_cast<U64>(pc->value); NEXT();

  LOAD(Load8, std::uint8_t, static_cast<U64>(static_cast<std::int64_t>(static_cast<std::int8_t>(word))))
  LOAD(Load16, std::uint16_t, static_cast<U64>(static_cast<std::int64_t>(static_cast<std::int16_t>(word))))
  LOAD(Load32, U32, of_i32(word))
  LOAD(Load64, U64, word)
  LOAD(LoadBits32, U32, word)
  STORE(Store8, std::uint8_t)
  STORE(Store16, std::uint16_t)
  STORE(Store32, U32)
  STORE(Store64, U64)

  kSqrtF32: slots[pc->a] = bits_of(std::sqrt(f32(slots[pc->b]))); NEXT();
  kSqrtF64: slots[pc->a] = bits_of(std::sqrt(f64(slots[pc->b]))); NEXT();
  kI32ToI64: slots[pc->a] = of_i32(static_cast<U32>(slots[pc->b])); NEXT();
  kI64ToI32: slots[pc->a] = of_i32(static_cast<U32>(slots[pc->b])); NEXT();
  kI32ToF32: slots[pc->a] = bits_of(static_cast<float>(static_cast<std::int32_t>(slots[pc->b]))); NEXT();
  kI64ToF64: slots[pc->a] = bits_of(static_cast<double>(SIGNED(b))); NEXT();
  kF32ToI32: slots[pc->a] = of_i32(static_cast<U32>(truncated<std::int32_t>(f32(slots[pc->b])))); NEXT();
  kF64ToI64: slots[pc->a] = static_cast<U64>(truncated<std::int64_t>(f64(slots[pc->b]))); NEXT();
  kF32ToF64: slots[pc->a] = bits_of(static_cast<double>(f32(slots[pc->b]))); NEXT();
  kF64ToF32: slots[pc->a] = bits_of(static_cast<float>(f64(slots[pc->b]))); NEXT();

  SIMPLE_INTEGER(Add, +)
  SIMPLE_INTEGER(Sub, -)
  SIMPLE_INTEGER(Mul, *)
  DIVISION(Div, quotient)
  DIVISION(Rem, remainder)
  SIMPLE_INTEGER(And, &)
  SIMPLE_INTEGER(Or, |)
  SIMPLE_INTEGER(Xor, ^)
  FLOAT(Add, +)
  FLOAT(Sub, -)
  FLOAT(Mul, *)
  FLOAT(Div, /)
  COMPARE(Eq, ==)
  COMPARE(Ne, !=)
  COMPARE(Lt, <)
  COMPARE(Le, <=)
  COMPARE(Gt, >)
  COMPARE(Ge, >=)
  CONSTANT_INTEGER(Add, +)
  CONSTANT_INTEGER(Sub, -)
  CONSTANT_INTEGER(Mul, *)
  CONSTANT_INTEGER(And, &)
  CONSTANT_INTEGER(Or, |)
  CONSTANT_INTEGER(Xor, ^)
  CONSTANT_COMPARE(Eq, ==)
  CONSTANT_COMPARE(Ne, !=)
  CONSTANT_COMPARE(Lt, <)
  CONSTANT_COMPARE(Le, <=)
  CONSTANT_COMPARE(Gt, >)
  CONSTANT_COMPARE(Ge, >=)

load_fault:
  memory_fault(address, size, Access::kRead);
  goto fault;
store_fault:
  memory_fault(address, size, Access::kWrite);
fault:
  // Neither this instruction nor those behind it in its block were done.
  left += kExact ? 1 : static_cast<std::int64_t>(pc->block);
  goto out;
block_budget:
  left += pc->block;
budget:
  exit = Exit::kBudget;
out:
  next_ = pc;
  slots_ = slots;
  depth_ = static_cast<std::size_t>(at.frame - frames_.data()) + 1;
  left_ = left;
  return exit;
}
// clang-format on

}  // namespace cmos::emu::cbc
