// x86: where a block ends in a jump whose target is known when it runs, as each `ret` does. The
// library calls a helper that looks the target's block up in a table by its pc, which is a third of
// the time of code that calls much. We look into that table in generated code, and leave the helper
// what is not found.
//
// A block is the one to go on in when its pc, its code segment (in 64-bit code there is one) and
// its flags are those that the processor has now: the differences of all of them come together, so
// that there is one branch. An entry of the table may be empty, for which a block stands that is
// never the one. The library also compares how a block was made: an invalid one it has taken out of
// the table, and one of a single instruction, from stepping, does no harm.
//
// While single steps are made the helper is asked, which ends the run.
#ifdef CMOS_UNICORN_TUNED

#include <array>

#include "emu/unicorn/tuned/tuned.h"
#include "emu/unicorn/tuned/x86_state.h"

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __real_tcg_gen_lookup_and_goto_ptr_x86_64(void* context);
void* gen_new_label_x86_64(void* context);
void tcg_gen_op1_x86_64(void* context, int operation, std::uintptr_t a);
void tcg_gen_andi_i64_x86_64(void* context, std::intptr_t result, std::intptr_t a, std::int64_t b);
void tcg_gen_shri_i64_x86_64(void* context, std::intptr_t result, std::intptr_t a, std::int64_t b);
void tcg_gen_shli_i64_x86_64(void* context, std::intptr_t result, std::intptr_t a, std::int64_t b);
void tcg_gen_movcond_i64_x86_64(void* context, int condition, std::intptr_t result, std::intptr_t a,
                                std::intptr_t b, std::intptr_t then, std::intptr_t otherwise);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace cmos::emu::unicorn {
namespace {

// tcg/tcg-opc.h, tcg/tcg.h
enum Operation : std::uint8_t {
  kSetLabel = 1,
  kLoad32u = 71,
  kLoad64 = 73,
  kAdd = 78,
  kAnd = 87,
  kOr = 88,
  kXor = 89,
  kGotoPointer = 132,
};
constexpr int kType64 = 1, kConditionEqual = 8, kConditionNotEqual = 9;

// struct CPUX86State: the code segment's base and what the translator's flags are made of.
constexpr std::size_t kSystemFlags = 0x88, kModeFlags = 0xb0, kCodeBase = 0xd8;
constexpr std::int64_t kSystemFlagsUsed = 0x73100;  // VM, AC, RF, IOPL, TF
// struct TranslationBlock
constexpr std::size_t kBlockPc = 0, kBlockBase = 8, kBlockFlags = 0x10, kBlockCode = 0x20;
// struct CPUState, which stands before CPUX86State: tb_jmp_cache
constexpr std::ptrdiff_t kJumpTable = -0x8618;

/// The block that stands for none: no pc and no flags are these.
constexpr std::array<std::uint64_t, 5> kNoBlockAtAll{~0ull, ~0ull, ~0ull, ~0ull, ~0ull};

/// Operations on 64-bit temporaries, which are freed at the end.
class Emitter {
 public:
  Emitter(const Target& target, void* context) : target_(target), context_(context) {}
  ~Emitter() {
    for (const std::intptr_t one : made_)
      target_.free_temporary(context_, reinterpret_cast<void*>(argument(one)));
  }
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;

  std::uintptr_t argument(std::intptr_t value) const {
    return reinterpret_cast<std::uintptr_t>(context_) + static_cast<std::uintptr_t>(value);
  }
  std::intptr_t make(bool lives_on = false) {
    made_.push_back(static_cast<char*>(target_.new_temporary(context_, kType64, lives_on)) -
                    static_cast<char*>(context_));
    return made_.back();
  }
  std::intptr_t constant(std::int64_t value) {
    made_.push_back(target_.constant(context_, value));
    return made_.back();
  }
  void load(Operation size, std::intptr_t result, std::intptr_t base, std::ptrdiff_t offset) {
    target_.emit3(context_, size, argument(result), argument(base),
                  static_cast<std::uintptr_t>(offset));
  }
  void apply(Operation operation, std::intptr_t result, std::intptr_t a, std::intptr_t b) {
    target_.emit3(context_, operation, argument(result), argument(a), argument(b));
  }

 private:
  const Target& target_;
  void* context_;
  std::vector<std::intptr_t> made_;
};

/// `place` becomes the address of the entry of `pc`, less kJumpTable: tb_jmp_cache_hash_func(),
/// times the size of a pointer.
void emit_hash(Emitter& emitter, void* context, std::intptr_t place, std::intptr_t pc,
               std::intptr_t env) {
  constexpr std::int64_t kHalf = 6, kPointer = 3, kLow = 0x3f << kPointer,
                         kHigh = 0xfc0 << kPointer;
  const std::intptr_t high = emitter.make();
  tcg_gen_shri_i64_x86_64(context, place, pc, kHalf);
  emitter.apply(kXor, place, place, pc);
  tcg_gen_shri_i64_x86_64(context, high, place, kHalf - kPointer);
  tcg_gen_andi_i64_x86_64(context, high, high, kHigh);
  tcg_gen_shli_i64_x86_64(context, place, place, kPointer);
  tcg_gen_andi_i64_x86_64(context, place, place, kLow);
  emitter.apply(kOr, place, place, high);
  emitter.apply(kAdd, place, place, env);
}

}  // namespace

void Tuned::emit_indirect_jump(void* context) {
  if (stepping_) return __real_tcg_gen_lookup_and_goto_ptr_x86_64(context);
  void* slow = gen_new_label_x86_64(context);
  {
    Emitter emitter(target_, context);
    const auto env = field<std::intptr_t>(context, kContextEnv);
    const std::intptr_t pc = emitter.make(), base = emitter.make(), block = emitter.make(),
                        other = emitter.make(), differs = emitter.make(), code = emitter.make(true);
    const auto compare = [&](Operation size, std::size_t offset, std::intptr_t with) {
      emitter.load(size, other, block, static_cast<std::ptrdiff_t>(offset));
      emitter.apply(kXor, other, other, with);
      emitter.apply(kOr, differs, differs, other);
    };
    emitter.load(kLoad64, pc, env, x86::kPc);
    if (word_bytes_ == 4) {
      emitter.load(kLoad64, base, env, kCodeBase);
      emitter.apply(kAdd, pc, pc, base);
    }
    emit_hash(emitter, context, block, pc, env);
    emitter.load(kLoad64, block, block, kJumpTable);
    const std::intptr_t none = emitter.constant(
        static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&kNoBlockAtAll)));
    tcg_gen_movcond_i64_x86_64(context, kConditionEqual, block, block, emitter.constant(0), none,
                               block);
    emitter.load(kLoad64, differs, block, kBlockPc);
    emitter.apply(kXor, differs, differs, pc);
    if (word_bytes_ == 4) compare(kLoad64, kBlockBase, base);
    emitter.load(kLoad32u, pc, env, kSystemFlags);
    tcg_gen_andi_i64_x86_64(context, pc, pc, kSystemFlagsUsed);
    emitter.load(kLoad32u, base, env, kModeFlags);
    emitter.apply(kOr, pc, pc, base);
    compare(kLoad32u, kBlockFlags, pc);
    emitter.load(kLoad64, code, block, kBlockCode);
    target_.branch_if(context, kConditionNotEqual, differs, 0, slow);
    tcg_gen_op1_x86_64(context, kGotoPointer, emitter.argument(code));
  }
  constexpr std::uint16_t kPresent = 1;  // in the first field of struct TCGLabel
  field<std::uint16_t>(slow, 0) |= kPresent;
  tcg_gen_op1_x86_64(context, kSetLabel, reinterpret_cast<std::uintptr_t>(slow));
  __real_tcg_gen_lookup_and_goto_ptr_x86_64(context);
}

}  // namespace cmos::emu::unicorn

#endif  // CMOS_UNICORN_TUNED
