# shellcheck shell=sh
# Sourced by build.sh, whose variables it uses: compiles system/ and adds it to the library in $work/result.

# Headers that do not compile as the first one, or say nothing of functions that are there. Once is enough.
mend_headers() {
  cd "$work/result/include" || return
  for header in sys/utime.h regex.h; do
    grep -q '<sys/types.h> // first' "$header" || sed -i '1i #include <sys/types.h> // first' "$header" || return
  done
  # C++ wants to be told the same each time, and <stdlib.h> says more.
  sed -i 's/^\(extern void \*\{0,1\}\(free\|realloc\|calloc\|malloc\|_free_r\|_realloc_r\|_calloc_r\|_malloc_r\) (.*)\);/\1 _NOTHROW;/' malloc.h || return
  # They need files of the host's system that do not exist.
  rm -f threads.h termios.h utmp.h ndbm.h regdef.h sys/custom_file.h sys/iconvnls.h
  # system/long_double.c has what newlib declares only where a long double is a double.
  sed -i 's/^#if defined (_LDBL_EQ_DBL) || defined (__CYGWIN__)$/#if 1/' math.h || return
  # With -D_FORTIFY_SOURCE.
  grep -q __gnuc_va_list ssp/stdio.h || sed -i 's/__va_list/__gnuc_va_list/g; s/^#include <ssp.ssp.h>/&\n#include <stdarg.h>\n#include <stddef.h>/' ssp/stdio.h || return
  grep -q GLOB_NOMATCH glob.h || sed -i 's/^#define[[:space:]]*GLOB_ABEND.*/&\
#define GLOB_ABORTED GLOB_ABEND\
#define GLOB_NOMATCH (-3)/' glob.h || return
  grep -q timespec_get time.h || sed -i 's/^struct tm[[:space:]]*\*gmtime .*/#define TIME_UTC 1\
struct timespec;\
int timespec_get (struct timespec *, int);\
&/' time.h || return
  # shellcheck disable=SC2154
  case $arch in _ARM | AR64 | APPL) echo '#include <machine/cmos_fenv.h>' >sys/fenv.h ;; esac
  grep -q 'ssize_t getline' stdio.h || sed -i 's/^ssize_t[[:space:]]*__getline .*/&\
ssize_t getline (char **, size_t *, FILE *);\
ssize_t getdelim (char **, size_t *, int, FILE *);/' stdio.h || return
  grep -q '^int lstat' sys/stat.h || sed -i 's/^int[[:space:]]*fstat .*/&\
int lstat (const char *__restrict __path, struct stat *__restrict __buf );/' sys/stat.h
}

system_layer() {
  mkdir "$work/objects" && cp -R "$here/include/." "$work/result/include" && (mend_headers) || return
  for source in "$here"/system/*.c "$here"/system/*.cc; do
    set -- -std=gnu11
    case $source in *.cc) set -- "@$here/../flags/c++.txt" ;; esac
    # shellcheck disable=SC2086,SC2154 # words are meant to be split; the variables are build.sh's
    $compiler $options -ffile-prefix-map="$here"=newlib "$@" -Wall -Wextra -Werror -isystem "$work/result/include" \
      -I "$here/../include" -I "$here/../lib" -c "$source" -o "$work/objects/$(basename "${source%.*}").o" || return
  done
  # shellcheck disable=SC2154
  mv "$work/objects/start.o" "$work/result/lib/" && rm -f "$work/result/lib/libsystem.a" &&
    llvm-ar-14 rcsD "$work/result/lib/libsystem.a" "$work"/objects/*.o && echo "$system_stamp" >"$work/result/system.stamp"
}
