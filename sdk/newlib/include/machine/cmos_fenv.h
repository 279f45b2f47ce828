/* <sys/fenv.h> of ARM and ARM64, where newlib 3.3 has a placeholder that says that there are
 * neither exceptions nor rounding modes. The numbers are the bits of FPSCR, or of FPSR and FPCR. */
#ifndef _SYS_FENV_H_
#define _SYS_FENV_H_

#define FE_INVALID 0x01
#define FE_DIVBYZERO 0x02
#define FE_OVERFLOW 0x04
#define FE_UNDERFLOW 0x08
#define FE_INEXACT 0x10
#define FE_ALL_EXCEPT 0x1f

#define FE_TONEAREST 0x000000
#define FE_UPWARD 0x400000
#define FE_DOWNWARD 0x800000
#define FE_TOWARDZERO 0xc00000

typedef struct {
  unsigned control, status;
} fenv_t;
typedef unsigned fexcept_t;

extern const fenv_t _fe_dfl_env_object;
#define FE_DFL_ENV (&_fe_dfl_env_object)

#endif
