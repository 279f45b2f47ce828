/* <fenv.h>: exceptions, rounding modes and environments do what C says. Prints each check that
 * fails. */
#include <fenv.h>
#include <stdio.h>
static int bad;
#define CHECK(x)                        \
  do {                                  \
    if (!(x)) {                         \
      printf("%d: %s\n", __LINE__, #x); \
      bad = 1;                          \
    }                                   \
  } while (0)
int main(void) {
  volatile double one = 1, zero = 0, three = 3, huge = 1e308, tiny = 1e-308;
  volatile double sink;
  fenv_t env, held;
  CHECK(fegetround() == FE_TONEAREST);
  feclearexcept(FE_ALL_EXCEPT);
  CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
  sink = one / zero;
  CHECK(fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
  feclearexcept(FE_ALL_EXCEPT);
  sink = one / three;
  CHECK(fetestexcept(FE_ALL_EXCEPT) == FE_INEXACT);
  feclearexcept(FE_ALL_EXCEPT);
  sink = zero / zero;
  CHECK(fetestexcept(FE_ALL_EXCEPT) == FE_INVALID);
  feclearexcept(FE_ALL_EXCEPT);
  sink = huge * huge;
  CHECK(fetestexcept(FE_ALL_EXCEPT) == (FE_OVERFLOW | FE_INEXACT));
  feclearexcept(FE_ALL_EXCEPT);
  sink = tiny * tiny;
  CHECK(fetestexcept(FE_ALL_EXCEPT) == (FE_UNDERFLOW | FE_INEXACT));
  feclearexcept(FE_ALL_EXCEPT);
  CHECK(feraiseexcept(FE_INVALID | FE_DIVBYZERO) == 0);
  CHECK(fetestexcept(FE_ALL_EXCEPT) == (FE_INVALID | FE_DIVBYZERO));
  feclearexcept(FE_INVALID);
  CHECK(fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
  feclearexcept(FE_ALL_EXCEPT);
  CHECK(fesetround(FE_UPWARD) == 0);
  CHECK(fegetround() == FE_UPWARD);
  sink = one / three;
  CHECK(sink > 0.33333333333333331);
  CHECK(fesetround(FE_TOWARDZERO) == 0);
  CHECK(fegetround() == FE_TOWARDZERO);
  sink = -one / three;
  CHECK(sink == -0.33333333333333331);
  CHECK(fegetenv(&env) == 0);
  CHECK(fesetround(FE_TONEAREST) == 0);
  feclearexcept(FE_ALL_EXCEPT);
  CHECK(fesetenv(&env) == 0);
  CHECK(fegetround() == FE_TOWARDZERO);
  CHECK(fetestexcept(FE_INEXACT));
  CHECK(fesetenv(FE_DFL_ENV) == 0);
  CHECK(fegetround() == FE_TONEAREST);
  CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
  feraiseexcept(FE_OVERFLOW);
  CHECK(feholdexcept(&held) == 0);
  CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
  sink = zero / zero;
  CHECK(feupdateenv(&held) == 0);
  CHECK((fetestexcept(FE_ALL_EXCEPT) & (FE_OVERFLOW | FE_INVALID)) == (FE_OVERFLOW | FE_INVALID));
  fexcept_t f;
  feclearexcept(FE_ALL_EXCEPT);
  feraiseexcept(FE_DIVBYZERO);
  fegetexceptflag(&f, FE_ALL_EXCEPT);
  feclearexcept(FE_ALL_EXCEPT);
  fesetexceptflag(&f, FE_DIVBYZERO);
  CHECK(fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
  puts(bad ? "bad" : "fine");
  return bad;
}
