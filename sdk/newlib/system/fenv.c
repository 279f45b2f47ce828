/* <fenv.h> of ARM and ARM64, for which newlib has functions that do nothing. On ARM both words are
 * FPSCR. */
#if defined(__arm__) || defined(__aarch64__)

#include <fenv.h>

const fenv_t _fe_dfl_env_object = {0, 0};

static unsigned status(void) {
  unsigned long value;
#if defined(__arm__)
  __asm__ volatile("vmrs %0, fpscr" : "=r"(value) : : "memory");
#else
  __asm__ volatile("mrs %0, fpsr" : "=r"(value) : : "memory");
#endif
  return (unsigned)value;
}

static unsigned control(void) {
  unsigned long value;
#if defined(__arm__)
  __asm__ volatile("vmrs %0, fpscr" : "=r"(value) : : "memory");
#else
  __asm__ volatile("mrs %0, fpcr" : "=r"(value) : : "memory");
#endif
  return (unsigned)value;
}

static void set_status(unsigned long value) {
#if defined(__arm__)
  __asm__ volatile("vmsr fpscr, %0" : : "r"(value) : "memory");
#else
  __asm__ volatile("msr fpsr, %0" : : "r"(value) : "memory");
#endif
}

static void set_control(unsigned long value) {
#if defined(__arm__)
  __asm__ volatile("vmsr fpscr, %0" : : "r"(value) : "memory");
#else
  __asm__ volatile("msr fpcr, %0" : : "r"(value) : "memory");
#endif
}

int feclearexcept(int which) {
  set_status(status() & ~((unsigned)which & FE_ALL_EXCEPT));
  return 0;
}

int feraiseexcept(int which) {
  set_status(status() | ((unsigned)which & FE_ALL_EXCEPT));
  return 0;
}

int fetestexcept(int which) {
  return (int)(status() & (unsigned)which & FE_ALL_EXCEPT);
}

int fegetexceptflag(fexcept_t* flags, int which) {
  *flags = (fexcept_t)fetestexcept(which);
  return 0;
}

int fesetexceptflag(const fexcept_t* flags, int which) {
  const unsigned mask = (unsigned)which & FE_ALL_EXCEPT;
  set_status((status() & ~mask) | (*flags & mask));
  return 0;
}

int fegetround(void) {
  return (int)(control() & FE_TOWARDZERO);
}

int fesetround(int mode) {
  if ((mode & ~FE_TOWARDZERO) != 0) return -1;
  set_control((control() & ~(unsigned)FE_TOWARDZERO) | (unsigned)mode);
  return 0;
}

int fegetenv(fenv_t* env) {
  env->control = control();
  env->status = status();
  return 0;
}

int fesetenv(const fenv_t* env) {
  set_control(env->control);
#if defined(__aarch64__)
  set_status(env->status);
#endif
  return 0;
}

int feholdexcept(fenv_t* env) {
  fegetenv(env);
  return feclearexcept(FE_ALL_EXCEPT);
}

int feupdateenv(const fenv_t* env) {
  const int raised = fetestexcept(FE_ALL_EXCEPT);
  fesetenv(env);
  return feraiseexcept(raised);
}

#endif

/* Nothing but this in the object of other CPUs. */
typedef int cmos_fenv;
