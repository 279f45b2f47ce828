/* The mathematics of `long double` where that is wider than `double`, which newlib has not: what is exact is exact, and
 * what has to be approximated (sinl, expl, powl ...) has the precision and the range of `double`. The names are weak:
 * the C++ library brings some of its own. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>

#if LDBL_MANT_DIG > DBL_MANT_DIG

#pragma clang diagnostic ignored "-Wmissing-prototypes"
#define CMOS_WEAK __attribute__((weak))

/* ---- approximated ---------------------------------------------------------------------------- */

#define OF_ONE(name) \
  CMOS_WEAK long double name##l(long double x) { return name((double)x); }
#define OF_TWO(name) \
  CMOS_WEAK long double name##l(long double x, long double y) { return name((double)x, (double)y); }

OF_ONE(acos)
OF_ONE(acosh)
OF_ONE(asin)
OF_ONE(asinh)
OF_ONE(atan)
OF_ONE(atanh)
OF_ONE(cbrt)
OF_ONE(cos)
OF_ONE(cosh)
OF_ONE(erf)
OF_ONE(erfc)
OF_ONE(exp)
OF_ONE(exp2)
OF_ONE(expm1)
OF_ONE(lgamma)
OF_ONE(log)
OF_ONE(log10)
OF_ONE(log1p)
OF_ONE(log2)
OF_ONE(sin)
OF_ONE(sinh)
OF_ONE(tan)
OF_ONE(tanh)
OF_ONE(tgamma)
OF_TWO(atan2)
OF_TWO(pow)

/* ---- exact ----------------------------------------------------------------------------------- */

/* Sign and exponent are the uppermost of the words that a number takes. */
#define SIGN_AND_EXPONENT (LDBL_MANT_DIG == 64 ? 4 : 7)
#define EXPONENT 0x7fff
#define BIAS 0x3fff
union number {
  long double value;
  uint16_t words[8];
};

static int exponent_of(long double x) {
  const union number number = {.value = x};
  return number.words[SIGN_AND_EXPONENT] & EXPONENT;
}

CMOS_WEAK long double fabsl(long double x) {
  return __builtin_fabsl(x);
}
CMOS_WEAK long double copysignl(long double x, long double sign) {
  return __builtin_copysignl(x, sign);
}

/* At this size there is nothing behind the point; added and taken away, it rounds as the current mode says. */
#define WHOLE (1 / LDBL_EPSILON)

CMOS_WEAK long double rintl(long double x) {
  if (!(fabsl(x) < WHOLE)) return x;
  const volatile long double sum = x < 0 ? x - WHOLE : x + WHOLE;
  return copysignl(x < 0 ? sum + WHOLE : sum - WHOLE, x);
}
CMOS_WEAK long double nearbyintl(long double x) {
  return rintl(x);
}
CMOS_WEAK long double floorl(long double x) {
  const long double near = rintl(x);
  return copysignl(near > x ? near - 1 : near, x);
}
CMOS_WEAK long double ceill(long double x) {
  const long double near = rintl(x);
  return copysignl(near < x ? near + 1 : near, x);
}
CMOS_WEAK long double truncl(long double x) {
  return copysignl(floorl(fabsl(x)), x);
}
CMOS_WEAK long double roundl(long double x) {
  const long double size = fabsl(x);
  const long double whole = floorl(size);
  return copysignl(size - whole >= 0.5L ? whole + 1 : whole, x);
}
CMOS_WEAK long lrintl(long double x) {
  return (long)rintl(x);
}
CMOS_WEAK long long llrintl(long double x) {
  return (long long)rintl(x);
}
CMOS_WEAK long lroundl(long double x) {
  return (long)roundl(x);
}
CMOS_WEAK long long llroundl(long double x) {
  return (long long)roundl(x);
}

CMOS_WEAK long double frexpl(long double x, int* exponent) {
  *exponent = 0;
  if (x == 0 || exponent_of(x) == EXPONENT) return x;
  int more = 0;
  if (exponent_of(x) == 0) x *= 0x1p120L, more = -120;
  union number number = {.value = x};
  *exponent = exponent_of(x) - (BIAS - 1) + more;
  number.words[SIGN_AND_EXPONENT] = (uint16_t)((number.words[SIGN_AND_EXPONENT] & ~EXPONENT) | (BIAS - 1));
  return number.value;
}
/* The steps downwards stop where a factor still leaves room to round once. */
CMOS_WEAK long double scalbnl(long double x, int by) {
  for (int i = 0; i < 2 && by > BIAS; ++i) x *= 0x1p16383L, by -= BIAS;
  for (int i = 0; i < 2 && by < 1 - BIAS; ++i) x *= 0x1p-16382L * 0x1p113L, by += BIAS - 1 - 113;
  if (by > BIAS) by = BIAS;
  if (by < 1 - BIAS) by = 1 - BIAS;
  union number factor = {.value = 1};
  factor.words[SIGN_AND_EXPONENT] = (uint16_t)(BIAS + by);
  return x * factor.value;
}
CMOS_WEAK long double ldexpl(long double x, int by) {
  return scalbnl(x, by);
}
CMOS_WEAK long double scalblnl(long double x, long by) {
  return scalbnl(x, by > INT_MAX ? INT_MAX : by < INT_MIN ? INT_MIN : (int)by);
}
CMOS_WEAK int ilogbl(long double x) {
  if (x == 0) return FP_ILOGB0;
  if (x != x) return FP_ILOGBNAN;
  if (exponent_of(x) == EXPONENT) return INT_MAX;
  int exponent;
  frexpl(x, &exponent);
  return exponent - 1;
}
CMOS_WEAK long double logbl(long double x) {
  if (x == 0) return -HUGE_VAL;
  if (exponent_of(x) == EXPONENT) return x * x;
  return ilogbl(x);
}
CMOS_WEAK long double modfl(long double x, long double* whole) {
  *whole = truncl(x);
  return copysignl(*whole == x ? 0 : x - *whole, x);
}

/* Long division; what is subtracted has the exponent of what is left, so that every step is exact. */
static long double divide(long double x, long double y, unsigned* quotient) {
  *quotient = 0;
  for (int by = ilogbl(x) - ilogbl(y); by >= 0; --by) {
    const long double part = scalbnl(y, by);
    *quotient <<= 1;
    if (x >= part) x -= part, *quotient |= 1;
  }
  return x;
}
CMOS_WEAK long double fmodl(long double x, long double y) {
  if (y == 0 || x != x || y != y || exponent_of(x) == EXPONENT) return (x * y) / (x * y);
  unsigned quotient;
  if (x == 0 || exponent_of(y) == EXPONENT) return x;
  return copysignl(divide(fabsl(x), fabsl(y), &quotient), x);
}
CMOS_WEAK long double remquol(long double x, long double y, int* quotient) {
  *quotient = 0;
  if (y == 0 || x != x || y != y || exponent_of(x) == EXPONENT) return (x * y) / (x * y);
  if (x == 0 || exponent_of(y) == EXPONENT) return x;
  const long double size = fabsl(y);
  unsigned count;
  long double left = divide(fabsl(x), size, &count);
  /* Compared by halves of what is left, which do not overflow; a tie goes to the even count. */
  const long double other = size - left;
  if (left > other || (left == other && (count & 1) != 0)) left = -other, ++count;
  const int low = (int)(count & 0x7fffffff);
  *quotient = (x < 0) != (y < 0) ? -low : low;
  return x < 0 ? -left : left;
}
CMOS_WEAK long double remainderl(long double x, long double y) {
  int quotient;
  return remquol(x, y, &quotient);
}

CMOS_WEAK long double fmaxl(long double x, long double y) {
  return x != x ? y : y != y || x > y ? x : y;
}
CMOS_WEAK long double fminl(long double x, long double y) {
  return x != x ? y : y != y || x < y ? x : y;
}
CMOS_WEAK long double fdiml(long double x, long double y) {
  return x != x || y != y ? x + y : x > y ? x - y : 0;
}
/* Rounded twice, since there is no wider type. */
CMOS_WEAK long double fmal(long double x, long double y, long double z) {
  return x * y + z;
}
CMOS_WEAK long double nextafterl(long double from, long double to) {
  return nexttowardl(from, to);
}

#endif
