// x86: SSE arithmetic. The library's own never sets a flag of MXCSR, raises no exception, knows
// denormals-are-zero for some operands and flush-to-zero for x87 only, and chooses among NaNs its
// own way. Since hosts of this build are x86-64, each of its helpers becomes the instruction
// itself.
//
// MXCSR: while a guest runs, the host's is the guest's with all exceptions masked (Floats). What
// reads the guest's must collect it first: a read in translated code gets a call before it.
//
// Unmasked exceptions: only then an instruction is done on copies, its flags are looked at, and
// #XM leaves the destination as it was. dpps and dppd end at the first of their steps that raises
// one.
#ifdef CMOS_UNICORN_TUNED

#include <emmintrin.h>

#include <array>
#include <cstring>
#include <utility>

#include "emu/unicorn/tuned/x86_state.h"

namespace cmos::emu::unicorn::x86 {
namespace {

constexpr std::uint32_t kFlushToZero = 0x8000, kUnderflowMask = 0x800, kUnderflow = 0x10,
                        kBeforeResult = 7;  // invalid, denormal, divide by zero

std::uint32_t get_mxcsr() {
  std::uint32_t value = 0;
  asm volatile("stmxcsr %0" : "=m"(value));
  return value;
}
void set_mxcsr(std::uint32_t value) {
  asm volatile("ldmxcsr %0" : : "m"(value));
}

std::uint32_t& mxcsr(void* env) {
  return field<std::uint32_t>(env, kMxcsr);
}

bool all_masked(void* env) {
  return (mxcsr(env) & kMxcsrMasks) == kMxcsrMasks;
}

// Generated code works on halves of registers. Loads and stores of just what an instruction needs
// get what was stored before from the store buffer, others wait for the cache.
template <std::size_t kBytes = 16>
__m128i load(const void* from) {
  if constexpr (kBytes == 4) {
    std::int32_t value = 0;
    std::memcpy(&value, from, sizeof value);
    return _mm_cvtsi32_si128(value);
  } else {
    const __m128i low = _mm_loadl_epi64(static_cast<const __m128i*>(from));
    if constexpr (kBytes == 8) return low;
    return _mm_castpd_si128(
        _mm_loadh_pd(_mm_castsi128_pd(low), static_cast<const double*>(from) + 1));
  }
}
template <std::size_t kBytes = 16>
void store(void* to, __m128i value) {
  if constexpr (kBytes == 4) {
    const std::int32_t low = _mm_cvtsi128_si32(value);
    std::memcpy(to, &low, sizeof low);
  } else if constexpr (kBytes == 8) {
    _mm_storel_epi64(static_cast<__m128i*>(to), value);
  } else {
    _mm_storeu_si128(static_cast<__m128i*>(to), value);
  }
}

/// What kind of numbers a result consists of: an unmasked underflow needs them.
enum class Result : std::uint8_t { kOther, kFloat, kFloats, kDouble, kDoubles };

bool is_tiny(Result kind, __m128i value) {
  std::array<std::uint64_t, 2> words{};
  store(words.data(), value);
  const auto tiny_double = [](std::uint64_t bits) {
    return (bits >> 52 & 0x7ff) == 0 && bits << 12 != 0;
  };
  const auto tiny_float = [](std::uint64_t bits) {
    return (bits >> 23 & 0xff) == 0 && static_cast<std::uint32_t>(bits) << 9 != 0;
  };
  switch (kind) {
    case Result::kFloat:
      return tiny_float(words[0]);
    case Result::kFloats:
      return tiny_float(words[0]) || tiny_float(words[0] >> 32) || tiny_float(words[1]) ||
             tiny_float(words[1] >> 32);
    case Result::kDouble:
      return tiny_double(words[0]);
    case Result::kDoubles:
      return tiny_double(words[0]) || tiny_double(words[1]);
    case Result::kOther:
      break;
  }
  return false;
}

/// operate() with some exceptions unmasked: the flags are those of the hardware, and an exception
/// ends it.
template <class Operate>
[[gnu::noinline]] void operate_unmasked(void* env, std::uintptr_t from, Result kind,
                                        Operate&& operate) {
  collect_mxcsr(env);
  const std::uint32_t before = mxcsr(env), unmasked = ~(before >> 7) & kMxcsrFlags;
  std::uint32_t control = (before & ~kMxcsrFlags) | kMxcsrMasks;
  if ((before & kUnderflowMask) == 0) control &= ~kFlushToZero;
  set_mxcsr(control);
  const __m128i result = operate();
  std::uint32_t flags = get_mxcsr() & kMxcsrFlags;
  if ((unmasked & kUnderflow) != 0 && is_tiny(kind, result)) flags |= kUnderflow;
  if ((flags & unmasked & kBeforeResult) != 0) flags &= kBeforeResult;
  mxcsr(env) = before | flags;
  set_mxcsr(mxcsr(env) | kMxcsrMasks);
  if ((flags & unmasked) != 0) raise_exception_ra_x86_64(env, kSimdException, from);
}

/// d = operate(d, s)
template <Result kKind, std::size_t kBytes = 16, std::size_t kSource = kBytes, class Operate>
void operate(void* env, void* d, const void* s, std::uintptr_t from, Operate&& instruction) {
  const __m128i source = load<kSource>(s);
  __m128i value = load<kBytes>(d);
  const auto now = [&] {
    instruction(value, source);
    return value;
  };
  if (all_masked(env)) [[likely]]
    now();
  else
    operate_unmasked(env, from, kKind, now);
  store<kBytes>(d, value);
}

/// The result of a conversion to an integer register.
template <class Integer, std::size_t kBytes, class Convert>
Integer convert(void* env, const void* s, std::uintptr_t from, Convert&& instruction) {
  const __m128i source = load<kBytes>(s);
  Integer value = 0;
  const auto now = [&] {
    instruction(value, source);
    return source;
  };
  if (all_masked(env)) [[likely]]
    now();
  else
    operate_unmasked(env, from, Result::kOther, now);
  return value;
}

template <std::size_t kBytes, class Compare>
void compare(void* env, const void* d, const void* s, std::uintptr_t from, Compare&& instruction) {
  const __m128i left = load<kBytes>(d), right = load<kBytes>(s);
  std::uint8_t carry = 0, parity = 0, zero = 0;
  const auto now = [&] {
    instruction(left, right, carry, parity, zero);
    return left;
  };
  if (all_masked(env)) [[likely]]
    now();
  else
    operate_unmasked(env, from, Result::kOther, now);
  field<std::uint64_t>(env, kFlagsSource) =
      static_cast<std::uint64_t>(carry | parity << 2 | zero << 6);
}

/// One function for each immediate operand, which is part of an instruction.
struct WithImmediate {
  void (*run)(__m128i& value, __m128i source);
};
template <class Instructions, std::size_t... kNumbers>
constexpr auto immediates(std::index_sequence<kNumbers...>) {
  return std::to_array<WithImmediate>({{&Instructions::template run<kNumbers>}...});
}

#define CMOS_IMMEDIATES(name)                                                      \
  struct name##_instructions {                                                     \
    template <std::size_t kNumber>                                                 \
    static void run(__m128i& value, __m128i source) {                              \
      asm volatile(#name " %2, %1, %0" : "+x"(value) : "x"(source), "i"(kNumber)); \
    }                                                                              \
  };
CMOS_IMMEDIATES(roundps)
CMOS_IMMEDIATES(roundpd)
CMOS_IMMEDIATES(roundss)
CMOS_IMMEDIATES(roundsd)
CMOS_IMMEDIATES(dpps)
CMOS_IMMEDIATES(dppd)

/// All ones in each of the lanes of `kBytes` whose bit is set.
template <std::size_t kBytes>
__m128i lanes(unsigned bits) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if ((bits >> (i / kBytes) & 1) != 0) bytes[i] = 0xff;
  return load(bytes.data());
}

/// What a scalar product does before its last flags: an unmasked exception in the products, or in
/// one step of their sum, keeps the next step from being done and from telling anything.
template <Result kKind, std::size_t kBytes, class Multiply, class Add>
[[gnu::noinline]] void raise_by_steps(void* env, __m128i value, __m128i source, std::uintptr_t from,
                                      Multiply&& multiply, Add&& add) {
  operate_unmasked(env, from, kKind, [&] {
    multiply(value, source);
    return value;
  });
  for (std::size_t sums = 16 / kBytes; sums > 1; sums /= 2)
    operate_unmasked(env, from, kKind, [&] {
      add(value, value);
      return value;
    });
}

/// Integer results of a pair of numbers are eight bytes of a register of MMX.
__m128i low_half(const void* from) {
  return _mm_loadl_epi64(static_cast<const __m128i*>(from));
}

}  // namespace

Floats::Floats(void* env) : env_(env) {
  if (env_ == nullptr) return;
  before_ = get_mxcsr();
  set_mxcsr(mxcsr(env_) | kMxcsrMasks);
}

Floats::~Floats() {
  if (env_ == nullptr) return;
  collect_mxcsr(env_);
  leave_x87(env_);
  set_mxcsr(before_);
}

void collect_mxcsr(void* env) {
  mxcsr(env) |= get_mxcsr() & kMxcsrFlags;
}

void load_mxcsr(void* env, std::uint32_t value, std::uintptr_t from) {
  constexpr std::uint32_t kReserved = 0xffff'0000;
  if ((value & kReserved) != 0) raise_exception_ra_x86_64(env, kProtection, from);
  mxcsr(env) = value;
  set_mxcsr(value | kMxcsrMasks);
}

}  // namespace cmos::emu::unicorn::x86

// NOLINTBEGIN(bugprone-reserved-identifier)
using namespace cmos::emu::unicorn;
using namespace cmos::emu::unicorn::x86;

#define CMOS_FROM reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))

/// `bytes` of the register change, and as many of the source are read.
#define CMOS_OPERATION(name, kind, bytes)                                                   \
  void __wrap_helper_##name##_x86_64(void* env, void* d, const void* s) {                   \
    operate<Result::kind, bytes>(env, d, s, CMOS_FROM, [](__m128i& value, __m128i source) { \
      asm volatile(#name " %1, %0" : "+x"(value) : "x"(source));                            \
    });                                                                                     \
  }
#define CMOS_EACH_FORMAT(name)          \
  CMOS_OPERATION(name##ss, kFloat, 4)   \
  CMOS_OPERATION(name##sd, kDouble, 8)  \
  CMOS_OPERATION(name##ps, kFloats, 16) \
  CMOS_OPERATION(name##pd, kDoubles, 16)
/// The same where no result is tiny for being rounded.
#define CMOS_EXACT(name)               \
  CMOS_OPERATION(name##ss, kOther, 4)  \
  CMOS_OPERATION(name##sd, kOther, 8)  \
  CMOS_OPERATION(name##ps, kOther, 16) \
  CMOS_OPERATION(name##pd, kOther, 16)
/// A conversion between formats of `bytes` and `source` bytes.
#define CMOS_CONVERSION(name, kind, bytes, source_bytes)                  \
  void __wrap_helper_##name##_x86_64(void* env, void* d, const void* s) { \
    operate<Result::kind, bytes, source_bytes>(                           \
        env, d, s, CMOS_FROM, [](__m128i& value, __m128i source) {        \
          asm volatile(#name " %1, %0" : "+x"(value) : "x"(source));      \
        });                                                               \
  }

#define CMOS_COMPARISON(name, format, number, bytes)                                          \
  void __wrap_helper_cmp##name##format##_x86_64(void* env, void* d, const void* s) {          \
    operate<Result::kOther, bytes>(env, d, s, CMOS_FROM, [](__m128i& value, __m128i source) { \
      asm volatile("cmp" #format " $" #number ", %1, %0" : "+x"(value) : "x"(source));        \
    });                                                                                       \
  }
#define CMOS_COMPARISONS(name, number)  \
  CMOS_COMPARISON(name, ss, number, 4)  \
  CMOS_COMPARISON(name, sd, number, 8)  \
  CMOS_COMPARISON(name, ps, number, 16) \
  CMOS_COMPARISON(name, pd, number, 16)

#define CMOS_ORDER(name, bytes)                                                               \
  void __wrap_helper_##name##_x86_64(void* env, void* d, const void* s) {                     \
    compare<bytes>(env, d, s, CMOS_FROM,                                                      \
                   [](__m128i left, __m128i right, std::uint8_t& carry, std::uint8_t& parity, \
                      std::uint8_t& zero) {                                                   \
                     asm volatile(#name " %4, %3\n setc %0\n setp %1\n setz %2"               \
                                  : "=&q"(carry), "=&q"(parity), "=&q"(zero)                  \
                                  : "x"(left), "x"(right)                                     \
                                  : "cc");                                                    \
                   });                                                                        \
  }

#define CMOS_TO_INTEGER(helper, type, instruction, bytes)                            \
  type __wrap_helper_##helper##_x86_64(void* env, const void* s) {                   \
    return convert<type, bytes>(env, s, CMOS_FROM, [](type& value, __m128i source) { \
      asm volatile(instruction " %1, %0" : "=r"(value) : "x"(source));               \
    });                                                                              \
  }
#define CMOS_FROM_INTEGER(helper, type, instruction, bytes)                                  \
  void __wrap_helper_##helper##_x86_64(void* env, void* d, type number) {                    \
    operate<Result::kOther, bytes>(env, d, d, CMOS_FROM, [number](__m128i& value, __m128i) { \
      asm volatile(instruction " %1, %0" : "+x"(value) : "r"(number));                       \
    });                                                                                      \
  }
#define CMOS_TO_MMX(helper, instruction, half)                                                   \
  void __wrap_helper_##helper##_x86_64(void* env, void* d, const void* s) {                      \
    become_mmx(env);                                                                             \
    const __m128i source = half ? low_half(s) : load(s);                                         \
    __m128i result = source;                                                                     \
    operate<Result::kOther>(env, &result, &source, CMOS_FROM, [](__m128i& value, __m128i from) { \
      asm volatile(instruction " %1, %0" : "=x"(value) : "x"(from));                             \
    });                                                                                          \
    _mm_storel_epi64(static_cast<__m128i*>(d), result);                                          \
  }
#define CMOS_WITH_IMMEDIATE(name, count, kind, bytes)                                            \
  void __wrap_helper_##name##_xmm_x86_64(void* env, void* d, const void* s,                      \
                                         std::uint32_t number) {                                 \
    static constexpr auto kInstructions =                                                        \
        immediates<name##_instructions>(std::make_index_sequence<count>());                      \
    operate<Result::kind, bytes>(env, d, s, CMOS_FROM, kInstructions[number & (count - 1)].run); \
  }
/// The operands have lanes of `bytes`, some of which the immediate chooses.
#define CMOS_SCALAR_PRODUCT(name, kind, bytes, multiply, add)                             \
  void __wrap_helper_##name##_xmm_x86_64(void* env, void* d, const void* s,               \
                                         std::uint32_t number) {                          \
    static constexpr auto kInstructions =                                                 \
        immediates<name##_instructions>(std::make_index_sequence<256>());                 \
    if (!all_masked(env)) {                                                               \
      const __m128i chosen = lanes<bytes>(number >> 4);                                   \
      raise_by_steps<Result::kind, bytes>(                                                \
          env, _mm_and_si128(load(d), chosen), _mm_and_si128(load(s), chosen), CMOS_FROM, \
          [](__m128i& value, __m128i source) {                                            \
            asm volatile(multiply " %1, %0" : "+x"(value) : "x"(source));                 \
          },                                                                              \
          [](__m128i& value, __m128i source) {                                            \
            asm volatile(add " %1, %0" : "+x"(value) : "x"(source));                      \
          });                                                                             \
    }                                                                                     \
    operate<Result::kind, 16>(env, d, s, CMOS_FROM, kInstructions[number & 0xff].run);    \
  }

extern "C" {
CMOS_EACH_FORMAT(add)
CMOS_EACH_FORMAT(sub)
CMOS_EACH_FORMAT(mul)
CMOS_EACH_FORMAT(div)
CMOS_EXACT(min)
CMOS_EXACT(max)
CMOS_EXACT(sqrt)
CMOS_OPERATION(haddps, kFloats, 16)
CMOS_OPERATION(haddpd, kDoubles, 16)
CMOS_OPERATION(hsubps, kFloats, 16)
CMOS_OPERATION(hsubpd, kDoubles, 16)
CMOS_OPERATION(addsubps, kFloats, 16)
CMOS_OPERATION(addsubpd, kDoubles, 16)
CMOS_OPERATION(rcpps, kOther, 16)
CMOS_OPERATION(rcpss, kOther, 4)
CMOS_OPERATION(rsqrtps, kOther, 16)
CMOS_OPERATION(rsqrtss, kOther, 4)
CMOS_CONVERSION(cvtps2pd, kOther, 16, 8)
CMOS_OPERATION(cvtpd2ps, kFloats, 16)
CMOS_CONVERSION(cvtss2sd, kOther, 8, 4)
CMOS_CONVERSION(cvtsd2ss, kFloat, 4, 8)
CMOS_OPERATION(cvtdq2ps, kOther, 16)
CMOS_CONVERSION(cvtdq2pd, kOther, 16, 8)
CMOS_OPERATION(cvtps2dq, kOther, 16)
CMOS_OPERATION(cvttps2dq, kOther, 16)
CMOS_OPERATION(cvtpd2dq, kOther, 16)
CMOS_OPERATION(cvttpd2dq, kOther, 16)
CMOS_COMPARISONS(eq, 0)
CMOS_COMPARISONS(lt, 1)
CMOS_COMPARISONS(le, 2)
CMOS_COMPARISONS(unord, 3)
CMOS_COMPARISONS(neq, 4)
CMOS_COMPARISONS(nlt, 5)
CMOS_COMPARISONS(nle, 6)
CMOS_COMPARISONS(ord, 7)
CMOS_ORDER(comiss, 4)
CMOS_ORDER(comisd, 8)
CMOS_ORDER(ucomiss, 4)
CMOS_ORDER(ucomisd, 8)
CMOS_TO_INTEGER(cvtss2si, std::int32_t, "cvtss2si", 4)
CMOS_TO_INTEGER(cvtsd2si, std::int32_t, "cvtsd2si", 8)
CMOS_TO_INTEGER(cvttss2si, std::int32_t, "cvttss2si", 4)
CMOS_TO_INTEGER(cvttsd2si, std::int32_t, "cvttsd2si", 8)
CMOS_TO_INTEGER(cvtss2sq, std::int64_t, "cvtss2si", 4)
CMOS_TO_INTEGER(cvtsd2sq, std::int64_t, "cvtsd2si", 8)
CMOS_TO_INTEGER(cvttss2sq, std::int64_t, "cvttss2si", 4)
CMOS_TO_INTEGER(cvttsd2sq, std::int64_t, "cvttsd2si", 8)
CMOS_FROM_INTEGER(cvtsi2ss, std::int32_t, "cvtsi2ss", 4)
CMOS_FROM_INTEGER(cvtsi2sd, std::int32_t, "cvtsi2sd", 8)
CMOS_FROM_INTEGER(cvtsq2ss, std::int64_t, "cvtsi2ss", 4)
CMOS_FROM_INTEGER(cvtsq2sd, std::int64_t, "cvtsi2sd", 8)
CMOS_TO_MMX(cvtps2pi, "cvtps2dq", true)
CMOS_TO_MMX(cvttps2pi, "cvttps2dq", true)
CMOS_TO_MMX(cvtpd2pi, "cvtpd2dq", false)
CMOS_TO_MMX(cvttpd2pi, "cvttpd2dq", false)
CMOS_WITH_IMMEDIATE(roundps, 16, kOther, 16)
CMOS_WITH_IMMEDIATE(roundpd, 16, kOther, 16)
CMOS_WITH_IMMEDIATE(roundss, 16, kOther, 4)
CMOS_WITH_IMMEDIATE(roundsd, 16, kOther, 8)
CMOS_SCALAR_PRODUCT(dpps, kFloats, 4, "mulps", "haddps")
CMOS_SCALAR_PRODUCT(dppd, kDoubles, 8, "mulpd", "haddpd")

// A pair of integers becomes two floats, which leave the upper half alone, or two doubles.
void __wrap_helper_cvtpi2ps_x86_64(void* env, void* d, const void* s) {
  // From memory, it is no instruction of MMX.
  const auto* stack = &field<char>(env, kStack);
  if (s >= stack && s < stack + 0x80) become_mmx(env);
  const __m128i source = low_half(s);
  __m128i result = source;
  operate<Result::kOther>(env, &result, &source, CMOS_FROM, [](__m128i& value, __m128i from) {
    asm volatile("cvtdq2ps %1, %0" : "=x"(value) : "x"(from));
  });
  _mm_storel_epi64(static_cast<__m128i*>(d), result);
}
void __wrap_helper_cvtpi2pd_x86_64(void* /*env*/, void* d, const void* s) {
  store(d, _mm_castpd_si128(_mm_cvtepi32_pd(low_half(s))));
}

void __wrap_helper_ldmxcsr_x86_64(void* env, std::uint32_t value) {
  load_mxcsr(env, value, CMOS_FROM);
}

// stmxcsr is translated to a load from the library's state. It gets a call of a helper that no
// guest can reach, an instruction of SVM, which collects the flags.
void __wrap_helper_clgi_x86_64(void* env) {
  collect_mxcsr(env);
}
void tcg_gen_callN_x86_64(void* context, void* function, void* result, int count, void** arguments);
void __real_tcg_gen_op3_x86_64(void*, int, std::uintptr_t, std::uintptr_t, std::uintptr_t);
void __wrap_tcg_gen_op3_x86_64(void* context, int operation, std::uintptr_t a, std::uintptr_t b,
                               std::uintptr_t c) {
  constexpr int kLoad32u = 71;
  if (operation == kLoad32u && c == kMxcsr &&
      b ==
          reinterpret_cast<std::uintptr_t>(context) + field<std::uintptr_t>(context, kContextEnv)) {
    std::array<void*, 1> arguments{reinterpret_cast<void*>(b)};
    tcg_gen_callN_x86_64(context, reinterpret_cast<void*>(&__wrap_helper_clgi_x86_64), nullptr, 1,
                         arguments.data());
  }
  __real_tcg_gen_op3_x86_64(context, operation, a, b, c);
}
}
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED
