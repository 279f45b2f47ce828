#!/bin/sh
# Builds the C++ standard library for one ISA on the C library in a folder: libstdc++ from Debian's package gcc-12-source,
# and an unwinder.
#   usage: build.sh ARCH LIBC_FOLDER        ARCH: 8664, __86, _ARM, AR64 (APPL runs the same code)
# LIBC_FOLDER is what newlib/build.sh has made; it gets a folder c++ with include/ and lib/, which `cmos-cc --libc LIBC_FOLDER` uses for C++. What is up to date is not
# built again. The same sources and compiler give the same bytes. A build that fails leaves the folder as it was, and its log beside it: LIBC_FOLDER.c++.log
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../newlib/targets.sh"
. "$here/../newlib/steps.sh"
library=libstdc++
CMOS_CLANG=${CMOS_CLANG:-clang-14}
[ $# = 2 ] || { echo "usage: $0 ARCH LIBC_FOLDER" >&2; exit 2; }
arch=$1
[ -f "$2/library.stamp" ] || { echo "$0: no C library in '$2': build one with newlib/build.sh" >&2; exit 2; }
libc=$(cd "$2" && pwd)
output=$libc/c++
log=$libc.c++.log
release=gcc-12.2.0
archive=${CMOS_GCC_ARCHIVE:-/usr/src/gcc-12/$release-dfsg.tar.xz}
jobs=${CMOS_JOBS:-2}

for tool in "$CMOS_CLANG" llvm-ar-14 llvm-ranlib-14 llvm-nm-14 make xz; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing: apt install clang-14 llvm-14 make xz-utils" >&2; exit 2; }
done
[ -f "$archive" ] || { echo "$0: the C++ library is made of $archive, which is missing: apt install gcc-12-source" >&2; exit 2; }
cmos_target "$arch"
cmos_unwinder "$arch"
flags=$here/../flags

stamp="$arch $(stat -L -c '%s %Y' "$archive") $(digest "$libc/library.stamp" "$here"/*.* "$here"/unwind/* "$here/../newlib/targets.sh" "$flags/c++-hosted.txt" "$flags/c++.txt")"
exec 9>"$libc.c++.lock"
flock 9
# Its time says when it was compared last: cmos-cc asks again only when something is newer.
if [ -f "$output/stamp" ] && [ "$(cat "$output/stamp")" = "$stamp" ]; then touch "$output/stamp"; exit 0; fi

work=$(mktemp -d "$(workplace "$libc").c++.build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

unpack() {
  set -- libstdc++-v3 libgcc libiberty include config libbacktrace/filetype.awk gcc/BASE-VER gcc/DATESTAMP gcc/ginclude/unwind-arm-common.h \
    config.guess config.sub config-ml.in install-sh ltmain.sh mkinstalldirs missing config.rpath move-if-change libtool-ldflags
  for name in "$@"; do set -- "$@" "$release/$name"; shift; done
  # What the build reads of the documentation and the test suite are the makefiles.
  mkdir "$work/source" &&
    tar -xJf "$archive" -C "$work/source" --strip-components=1 --exclude='*/testsuite/*/*' --exclude='*/doc/html/*' --exclude='*/doc/xml/*' "$@" &&
    cp "$here/os_defines.h" "$work/source/libstdc++-v3/config/os/newlib/os_defines.h" &&
    cp "$here/gthr.h" "$work/source/libgcc/gthr-posix.h" && # the name that clang's thread model has
    echo '#include "gthr-posix.h"' >"$work/source/libgcc/gthr-default.h" &&
    sed -i 's/ -gno-as-loc-support//' "$work/source/libstdc++-v3/src/c++11/Makefile.in" || return # an option of gcc alone
  # For ARM clang's <unwind.h> has other types than the library expects.
  [ "$arch" != _ARM ] || cp "$work/source/gcc/ginclude/unwind-arm-common.h" "$work/source/libgcc" || return
  # Linkers for ARM make R_ARM_TARGET2 what it is on Linux, whatever the target.
  [ "$arch" != _ARM ] || sed 's/^#elif (defined(linux)/#elif 1 || (defined(linux)/' "$work/source/libgcc/config/arm/unwind-arm.h" >"$work/source/libgcc/unwind.h"
}

# Names without white space for the compiler, which reads them from a variable.
ln -s "$libc" "$work/libc"
cp "$flags/clang-$arch.txt" "$work/arch-flags.txt"
cp "$flags/c++-hosted.txt" "$work/c++-hosted.txt"
compiler="$CMOS_CLANG @$work/arch-flags.txt @$work/libc/flags.txt -isystem $work/libc/include"
# As the library's programs are compiled; some of its sources ask for an older standard. No path of this machine may reach an object.
options="-O2 -ffile-prefix-map=$work/source=libstdc++ -w"
cxx_options="$options -fexceptions -frtti -fno-threadsafe-statics -fsized-deallocation"

configure() {
  # clang has the instructions under other names, and the library takes random numbers from getentropy(); directories
  # have no descriptors.
  mkdir "$work/build" && cd "$work/build" &&
    CC="$compiler" CFLAGS="$options" CPP="$compiler -E" CXX="$compiler -std=gnu++17" CXXFLAGS="$cxx_options" CXXCPP="$compiler -x c++ -E" \
      AR=llvm-ar-14 RANLIB=llvm-ranlib-14 NM=llvm-nm-14 AS="$compiler -c" ac_cv_x86_rdrand=no ac_cv_x86_rdseed=no \
      glibcxx_cv_fdopendir=no glibcxx_cv_dirfd=no glibcxx_cv_openat=no glibcxx_cv_unlinkat=no \
      CONFIG_SHELL=/bin/sh /bin/sh "$work/source/libstdc++-v3/configure" --quiet --host="$host" --target="$host" --prefix=/cmos \
      --with-gxx-include-dir=/cmos/include --with-newlib --with-target-subdir=. --disable-multilib --disable-shared --without-pic --disable-nls \
      --disable-tls --disable-libstdcxx-pch --disable-libstdcxx-filesystem-ts --disable-libstdcxx-backtrace
}

compile() { make -C "$work/build" -j"$jobs" MAKEINFO=true; }

# The headers of the ISA lie among the others. The archive is rebuilt in order of name, as the C library's are.
collect() {
  make -C "$work/build" install DESTDIR="$work/stage" MAKEINFO=true &&
    mkdir -p "$work/result/lib" "$work/members" && cp -R "$work/stage/cmos/include" "$work/result/include" &&
    cp -R "$work/result/include/$host/." "$work/result/include" && rm -r "$work/result/include/$host" &&
    cd "$work/members" && llvm-ar-14 x "$work/stage/cmos/lib/libstdc++.a" && llvm-ar-14 rcsD "$work/result/lib/libstdc++.a" ./*.o
}

# own SOURCE [OPTION...]: one object of our own into the current folder.
own() {
  source=$1
  shift
  # shellcheck disable=SC2086 # words are meant to be split
  $compiler $options "$@" -c "$source" -o "$(basename "${source%.*}").o"
}

# The unwinder is libgcc's: on x86 clang compiles its source, which for ARM asks for what clang has not; there it is of
# Debian's own libgcc_eh.a, less the search for shared libraries.
unwinder() {
  libgcc=$work/source/libgcc
  mkdir "$work/unwind" && cd "$work/unwind" && cp "$libgcc/unwind-generic.h" unwind.h || return
  for name in tsystem coretypes tm libgcc_tm auto-target auto-host md-unwind-support; do : >$name.h; done
  set -- -std=gnu11 -fexceptions "-I$work/unwind" "-I$here/unwind" "-I$libgcc" "-I$work/source/include"
  # shellcheck disable=SC2154,SC2086 # cmos_unwinder sets them, words are meant to be split
  case $unwind_tables in
    compiled) own "$libgcc/unwind-dw2.c" "$@" && own "$libgcc/unwind-c.c" "$@" ;;
    *) llvm-ar-14 x "$unwind_tables" $unwind_members ;;
  esac || return
  # ARM has tables of another kind, which are found by their bounds.
  [ "$arch" = _ARM ] || own "$here/unwind/frames.c" "$@" || return
  llvm-ar-14 rcsD "$work/result/lib/libunwind.a" ./*.o
}

# For programs without exceptions: who would throw says what it would say, and aborts.
noexcept() {
  mkdir "$work/noexcept" && cd "$work/noexcept" &&
    own "$here/noexcept.cc" "@$work/c++-hosted.txt" -fno-exceptions -fno-rtti -isystem "$work/result/include" &&
    llvm-ar-14 rcsD "$work/result/lib/libnoexcept.a" ./*.o && echo "$stamp" >"$work/result/stamp"
}

: >"$log"
step "unpack" unpack
step "configure" configure
step "compile (one to four minutes)" compile
step "collect" collect
step "unwinder" unwinder
step "without exceptions" noexcept
rm -rf "$output" # cleared only now: a build that failed leaves the old one
mv "$work/result" "$output"
rm -f "$log"
