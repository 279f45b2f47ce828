# shellcheck shell=sh disable=SC2034 # the variables are for the script that reads this
# Sourced by build.sh: what differs between the ISAs beyond the SDK's own flags. cmos_target ARCH sets
#   host     for newlib's configure
#   extra    compiler flags on top of sdk/flags/clang-ARCH.txt
#   helpers  the archive with the compiler's run-time routines (division, conversion, long double ...)
cmos_target() {
  extra=''
  case $1 in
    8664) host=x86_64-none-elf package=libclang-rt-14-dev helpers=$(cmos_compiler_rt x86_64) ;;
    __86) host=i686-none-elf package=libclang-rt-14-dev helpers=$(cmos_compiler_rt i386) ;;
    # Debian's only libgcc.a for ARM is armhf's, and the linker refuses to mix the two ways of passing floats.
    _ARM) host=arm-none-eabi package=libgcc-12-dev-armhf-cross helpers=$(cmos_libgcc arm-linux-gnueabihf) extra=-mfloat-abi=hard ;;
    AR64 | APPL) host=aarch64-none-elf package=libgcc-12-dev-arm64-cross helpers=$(cmos_libgcc aarch64-linux-gnu) ;;
    *) echo "no C library for ARCH '$1' (8664, __86, _ARM, AR64, APPL)" >&2; return 2 ;;
  esac
  [ -f "$helpers" ] || { echo "$helpers is missing: install $package" >&2; return 2; }
}

cmos_compiler_rt() { echo "$("$CMOS_CLANG" --print-resource-dir)/lib/linux/libclang_rt.builtins-$1.a"; }
cmos_libgcc() { echo "/usr/lib/gcc-cross/$1/12/libgcc.a"; }

# cmos_unwinder ARCH sets, for the C++ library, unwind_tables: `compiled`, or the archive that has unwind_members.
cmos_unwinder() {
  case $1 in
    8664 | __86) unwind_tables=compiled ;;
    _ARM) unwind_tables=$(cmos_libgcc arm-linux-gnueabihf) unwind_members='unwind-arm.o libunwind.o pr-support.o unwind-c.o' ;;
    AR64 | APPL) unwind_tables=$(cmos_libgcc aarch64-linux-gnu) unwind_members='unwind-dw2.o unwind-c.o' ;;
  esac
  unwind_tables=${unwind_tables%.a}${unwind_members:+_eh.a}
}
