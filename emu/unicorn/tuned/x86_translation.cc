// x86: where single instructions are translated. Some the library translates to something else than
// a processor does; they are told it as others, or get calls before and after them.
//
// Other bytes: the translator reads a REX prefix that does not count as a repetition of the prefix
// behind it, a prefix of es, cs, ss or ds, which 64-bit code ignores, as another one of fs or gs
// before or behind it, F2 and F3 as the last of them, `test` in its second encoding as in its first
// one, the predicate of a comparison without the bits that processors ignore, and an x87
// instruction that works on x87 registers alone as fnop, whose call becomes one that does it as a
// whole on the host.
//
// MMX: the registers are those of the x87, whose upper bits become ones; the instruction as a whole
// makes all of them valid, with 0 as the top.
//
// cmpxchg of 32 bits in 64-bit code: the library clears the upper halves of rax and the operand
// also when they are not written.
//
// cmpxchg8b and cmpxchg16b keep all flags but one, which the library does not tell their helper.
//
// Alignment: the first access of an instruction whose operand must be aligned to 16 bytes demands
// it. That is part of the comparison with the soft TLB, and costs nothing.
//
// The calls are of helpers that no guest can reach, instructions of SVM, which is off.
#ifdef CMOS_UNICORN_TUNED

#include <algorithm>
#include <array>

#include "emu/unicorn/tuned/tuned.h"
#include "emu/unicorn/tuned/x86_state.h"
#include "emu/x86_meaning.h"

extern "C" {
std::intptr_t tcg_const_i32_x86_64(void* context, std::int32_t value);
void tcg_gen_op2_x86_64(void* context, int operation, std::uintptr_t a, std::uintptr_t b);
void tcg_gen_ext32u_i64_x86_64(void* context, std::intptr_t result, std::intptr_t value);
void tcg_gen_movcond_i64_x86_64(void* context, int condition, std::intptr_t result, std::intptr_t a,
                                std::intptr_t b, std::intptr_t then, std::intptr_t otherwise);
void tcg_temp_free_internal_x86_64(void* context, void* temporary);
void __real_tcg_gen_callN_x86_64(void*, void*, void*, int, void**);
void __wrap_helper_vmload_x86_64(void* env, std::uint32_t instruction);
void __wrap_helper_vmsave_x86_64(void* env, std::uint32_t written);
void __wrap_helper_invlpga_x86_64(void* env, std::uint32_t number);
void __wrap_helper_fwait_x86_64(void* env);
void helper_fpop_x86_64(void* env);
void __wrap_helper_enter_mmx_x86_64(void* env);
}

namespace cmos::emu::unicorn {
namespace {

// tcg/tcg-opc.h, tcg/tcg.h
constexpr int kOpStore64 = 77, kOpAdd64 = 78, kType64 = 1, kConditionEqual = 8,
              kConditionNotEqual = 9;

constexpr std::uint8_t kFnopOpcode = 0xd9, kFnopModrm = 0xd0;

void* as_pointer(auto* function) {
  return reinterpret_cast<void*>(function);
}

bool is_memory(const X86Shape& shape) {
  return shape.modrm && *shape.modrm >> 6 != 3;
}

/// fcmovcc, whose number in the encoding is that of a register.
bool is_conditional_move(const X86Shape& shape) {
  return shape.map == X86Map::kOne && (shape.opcode == 0xda || shape.opcode == 0xdb) &&
         !is_memory(shape) && shape.modrm.value_or(0xff) < 0xe0;
}

/// cmpxchg of 32 bits, other than with eax itself.
bool is_short_exchange(const X86Shape& shape) {
  return shape.map == X86Map::kTwo && shape.opcode == 0xb1 && !shape.short_operand &&
         (shape.rex & 8) == 0 &&
         (is_memory(shape) || (*shape.modrm & 7) != 0 || (shape.rex & 1) != 0);
}

/// Of several prefixes of one kind the last one counts, and to 64-bit code those of fs and gs alone
/// are segment prefixes.
void change_prefixes(const X86Shape& shape, std::span<std::uint8_t> prefixes, bool wide) {
  const auto is_fs_or_gs = [](std::uint8_t byte) { return byte == 0x64 || byte == 0x65; };
  const auto is_other_segment = [](std::uint8_t byte) { return (byte & 0xe7) == 0x26; };
  const auto is_repeat = [](std::uint8_t byte) { return (byte & 0xfe) == 0xf2; };
  const auto last = std::find_if(prefixes.rbegin(), prefixes.rend(), is_fs_or_gs);
  if (wide && last != prefixes.rend())
    std::replace_if(prefixes.begin(), prefixes.end(), is_other_segment, std::uint8_t{*last});
  std::replace_if(prefixes.begin(), prefixes.end(), is_repeat, shape.repeat);
}

/// An instruction as the translator is to read it.
void change_bytes(const X86Shape& shape, std::span<std::uint8_t> code, bool wide) {
  const std::size_t modrm = shape.opcode_at + 1u;
  for (std::size_t i = shape.opcode_at; i-- > 0;)
    if ((shape.ignored_rex >> i & 1) != 0) code[i] = code[i + 1];
  change_prefixes(shape, code.first(shape.opcode_at), wide);
  const bool one = shape.map == X86Map::kOne, two = shape.map == X86Map::kTwo;
  if (one && (shape.opcode | 1) == 0xf7 && (*shape.modrm & 0x38) == 8) code[modrm] &= 0xc7;
  // lock neg sets the flags of its operand as that was; nobody sees whether it is locked.
  constexpr std::uint8_t kLock = 0xf0, kNoMeaning = 0xf3;
  if (one && (shape.opcode | 1) == 0xf7 && (*shape.modrm & 0x38) == 0x18 && is_memory(shape))
    std::replace(code.begin(), code.begin() + shape.opcode_at, kLock, kNoMeaning);
  if (two && shape.opcode == 0xc2) code[shape.length - 1] &= 7;
  // lahf and sahf know no REX prefix, which would make spl of ah.
  constexpr std::uint8_t kDs = 0x3e, kRexR = 4;
  if (one && (shape.opcode == 0x9e || shape.opcode == 0x9f) && shape.rex != 0)
    for (std::size_t i = shape.opcode_at; i-- > 0 && (code[i] & 0xf0) == 0x40;) code[i] = kDs;
  // mov with an immediate operand: ModRM.reg is a part of the opcode.
  if (one && (shape.opcode | 1) == 0xc7 && shape.rex != 0)
    code[shape.opcode_at - 1u] &= static_cast<std::uint8_t>(~kRexR);
  if (x86_whole_x87(shape)) {
    code[shape.opcode_at] = kFnopOpcode;
    code[modrm] = kFnopModrm;
  }
}

}  // namespace

/// Before the translation of an instruction; `translation` is the library's DisasContext.
void Tuned::begin_instruction(void* translation) {
  const auto address = field<std::uint64_t>(translation, kNextPc<std::uint64_t>);
  plan_ = {};
  if (address == replaced_) return;
  std::size_t size = plan_.code.size();
  while (size > 0 && !setup_.memory.peek(address, std::span(plan_.code).first(size))) --size;
  const Bytes code = Bytes(plan_.code).first(size);
  const X86Shape shape = x86_shape(code, word_bytes_ == 8);
  if (shape.length == 0) return;
  plan_.address = address;
  plan_.length = shape.length;
  plan_.aligned = x86_aligned_operand(shape);
  if (x86_whole_x87(shape)) plan_.x87 = static_cast<std::int32_t>(shape.opcode << 8 | *shape.modrm);
  change_bytes(shape, plan_.code, word_bytes_ == 8);
  if (x86_popping_x87(shape)) {
    plan_.pops = true;
    note_pop(1);
  }
  if (is_conditional_move(shape))
    call_helper(as_pointer(&__wrap_helper_invlpga_x86_64), *shape.modrm & 7);
  if (const X86Mmx mmx = x86_mmx(shape); mmx.used) {
    constexpr std::int32_t kNone = 8;
    plan_.mmx = static_cast<std::int32_t>(mmx.written.value_or(kNone));
    call_helper(as_pointer(&__wrap_helper_enter_mmx_x86_64), std::nullopt);
  }
  if (shape.map == X86Map::kTwo && shape.opcode == 0xc7) settle_flags(translation);
  if (word_bytes_ == 8 && is_short_exchange(shape)) {
    keep_register(0);
    const unsigned other = (*shape.modrm & 7u) | (shape.rex & 1u) << 3;
    if (!is_memory(shape)) keep_register(other);
  }
}

void Tuned::end_instruction() {
  const Plan plan = std::exchange(plan_, {});
  if (plan.pops) note_pop(0);
  if (plan.kept[0].before != 0) restore_registers(plan.kept[0], plan.kept[1]);
  if (plan.mmx >= 0) call_helper(as_pointer(&__wrap_helper_vmsave_x86_64), plan.mmx);
}

/// Emits what tells helpers which flags there are.
void Tuned::settle_flags(void* translation) {
  constexpr std::size_t kFlagsKind = 0x74, kUnsettled = 0x7c;  // cc_op, cc_op_dirty
  if (!std::exchange(field<bool>(translation, kUnsettled), false)) return;
  constexpr int kOpMove32 = 6;
  auto* context = field<char*>(uc_, kUcTcgContext);
  tcg_gen_op2_x86_64(
      context, kOpMove32,
      reinterpret_cast<std::uintptr_t>(context + field<std::intptr_t>(context, kContextFlagsKind)),
      field<std::uint32_t>(translation, kFlagsKind));
}

/// Emits a copy of an integer register.
void Tuned::keep_register(unsigned number) {
  auto* context = field<char*>(uc_, kUcTcgContext);
  const auto as_argument = [context](std::intptr_t temporary) {
    return reinterpret_cast<std::uintptr_t>(context + temporary);
  };
  const Kept kept{
      .place = field<std::intptr_t>(context, kContextRegisters + 8ul * number),
      .before = static_cast<char*>(target_.new_temporary(context, kType64, true)) - context};
  const std::intptr_t zero = target_.constant(context, 0);
  target_.emit3(context, kOpAdd64, as_argument(kept.before), as_argument(kept.place),
                as_argument(zero));
  target_.free_temporary(context, context + zero);
  plan_.kept[plan_.kept[0].before != 0 ? 1 : 0] = kept;
}

/// Emits what cmpxchg leaves alone: the accumulator when its lower half is what it was, the operand
/// when it was another than that.
void Tuned::restore_registers(const Kept& accumulator, const Kept& operand) {
  auto* context = field<char*>(uc_, kUcTcgContext);
  const auto new_value = [&] {
    return static_cast<char*>(target_.new_temporary(context, kType64, false)) - context;
  };
  const std::intptr_t low = new_value(), other = new_value();
  tcg_gen_ext32u_i64_x86_64(context, low, accumulator.before);
  if (operand.before != 0) {
    tcg_gen_ext32u_i64_x86_64(context, other, operand.before);
    tcg_gen_movcond_i64_x86_64(context, kConditionNotEqual, operand.place, low, other,
                               operand.before, operand.place);
  }
  tcg_gen_movcond_i64_x86_64(context, kConditionEqual, accumulator.place, low, accumulator.place,
                             accumulator.before, accumulator.place);
  for (const std::intptr_t temporary : {low, other, accumulator.before, operand.before})
    if (temporary != 0) target_.free_temporary(context, context + temporary);
}

/// Emits `x87_pops = value`.
void Tuned::note_pop(std::int64_t value) {
  auto* context = field<char*>(uc_, kUcTcgContext);
  const std::intptr_t number = target_.constant(context, value);
  const std::intptr_t place = target_.constant(
      context, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&x87_pops)));
  const auto as_argument = [context](std::intptr_t temporary) {
    return reinterpret_cast<std::uintptr_t>(context + temporary);
  };
  target_.emit3(context, kOpStore64, as_argument(number), as_argument(place), 0);
  for (const std::intptr_t temporary : {number, place})
    target_.free_temporary(context, context + temporary);
}

/// Emits a call of a helper of one or two arguments.
void Tuned::call_helper(void* helper, std::optional<std::int32_t> argument) {
  auto* context = field<char*>(uc_, kUcTcgContext);
  std::array<void*, 2> arguments{context + field<std::intptr_t>(context, kContextEnv), nullptr};
  if (argument) arguments[1] = context + tcg_const_i32_x86_64(context, *argument);
  __real_tcg_gen_callN_x86_64(context, helper, nullptr, argument ? 2 : 1, arguments.data());
  if (argument) tcg_temp_free_internal_x86_64(context, arguments[1]);
}

/// A call that the library emits: true when something else was emitted in its place, or nothing.
bool Tuned::replaces_call(const void* helper) {
  if (plan_.x87 >= 0 && helper == as_pointer(&__wrap_helper_fwait_x86_64)) {
    call_helper(as_pointer(&__wrap_helper_vmload_x86_64), plan_.x87);
    return true;
  }
  if (helper == as_pointer(&helper_fpop_x86_64)) return plan_.pops;
  // It was called before the instruction where that works on MMX registers.
  return helper == as_pointer(&__wrap_helper_enter_mmx_x86_64);
}

std::uint32_t Tuned::demanded_alignment(std::uint32_t operation) {
  constexpr std::uint32_t kAlign16 = 4 << 4;
  return std::exchange(plan_.aligned, false) ? operation | kAlign16 : operation;
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __wrap_tcg_gen_callN_x86_64(void* context, void* helper, void* result, int count,
                                 void** arguments) {
  if (current != nullptr && current->replaces_call(helper)) return;
  __real_tcg_gen_callN_x86_64(context, helper, result, count, arguments);
}

#define CMOS_ACCESS(name)                                                                   \
  void __real_tcg_gen_qemu_##name##_i64_x86_64(void*, std::intptr_t, std::intptr_t,         \
                                               std::uintptr_t, std::uint32_t);              \
  void __wrap_tcg_gen_qemu_##name##_i64_x86_64(void* uc, std::intptr_t value,               \
                                               std::intptr_t address, std::uintptr_t index, \
                                               std::uint32_t operation) {                   \
    if (current != nullptr) operation = current->demanded_alignment(operation);             \
    __real_tcg_gen_qemu_##name##_i64_x86_64(uc, value, address, index, operation);          \
  }
CMOS_ACCESS(ld)
CMOS_ACCESS(st)

void __real_tcg_gen_lookup_and_goto_ptr_x86_64(void* context);
void __wrap_tcg_gen_lookup_and_goto_ptr_x86_64(void* context) {
  if (current != nullptr) return current->emit_indirect_jump(context);
  __real_tcg_gen_lookup_and_goto_ptr_x86_64(context);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED
