#!/bin/sh
# Builds the C library for one ISA: newlib from Debian's package newlib-source, and the system layer in system/.
#   usage: build.sh ARCH OUTPUT_FOLDER        ARCH: 8664, __86, _ARM, AR64 (APPL runs the same code)
# OUTPUT_FOLDER gets include/, lib/ and flags.txt, which `cmos-cc --libc OUTPUT_FOLDER` uses. What is up to date is not built again. The same sources and compiler give the same
# bytes. A build that fails leaves the folder as it was, and its log beside it: OUTPUT_FOLDER.log
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/targets.sh"
. "$here/steps.sh"
library=newlib
CMOS_CLANG=${CMOS_CLANG:-clang-14}
[ $# = 2 ] || { echo "usage: $0 ARCH OUTPUT_FOLDER" >&2; exit 2; }
arch=$1
mkdir -p "$(dirname "$2")"
output=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
log=$output.log
archive=${CMOS_NEWLIB_ARCHIVE:-/usr/src/newlib/newlib-3.3.0.tar.xz}
jobs=${CMOS_JOBS:-2}

for tool in "$CMOS_CLANG" llvm-ar-14 llvm-ranlib-14 make patch xz; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing: install clang-14 llvm-14 make patch xz-utils" >&2; exit 2; }
done
[ -f "$archive" ] || { echo "$0: $archive is missing: install newlib-source" >&2; exit 2; }
cmos_target "$arch"
flags=$here/../flags/clang-$arch.txt

# Two stamps: newlib itself takes a minute and hardly ever changes, the system layer a second.
library_stamp="$arch $("$CMOS_CLANG" --version | head -n 1) $(digest "$archive" "$here/build.sh" "$here/targets.sh" "$here/newlib-3.3.0.patch" "$flags" "$helpers")"
system_stamp="$library_stamp $(digest "$here/system.sh" "$here"/system/* "$here"/include/*.h "$here"/include/*/*.h "$here"/../include/*.h "$here/../flags/c++.txt" "$here"/../lib/*.h)"
stamp_is() { [ -f "$output/$1" ] && [ "$(cat "$output/$1")" = "$2" ]; }
exec 9>"$output.lock"
flock 9
# Its time says when it was compared last: cmos-cc asks again only when something is newer.
if stamp_is system.stamp "$system_stamp"; then touch "$output/system.stamp"; exit 0; fi

work=$(mktemp -d "$(workplace "$output").build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

unpack() {
  mkdir "$work/source" &&
    tar -xJf "$archive" -C "$work/source" --strip-components=1 --exclude='*/libgloss' &&
    patch -s -p1 -d "$work/source" <"$here/newlib-3.3.0.patch"
}

# The library and the programs that use it share these. -nostdlibinc: the compiler's own headers, never the host's.
{ echo "-fhosted"; echo "-nostdlibinc"; [ -z "$extra" ] || echo "$extra"; } >"$work/flags.txt"
cp "$flags" "$work/arch-flags.txt"
compiler="$CMOS_CLANG @$work/arch-flags.txt @$work/flags.txt"
# No path of this machine may reach an object.
options="-O2 -ffile-prefix-map=$work/source=newlib"
# Compilers for x86 take it for granted that memory of malloc() has room for a register of SSE.
[ "$arch" != __86 ] || options="$options -DMALLOC_ALIGNMENT=16"

configure() {
  # -w: it is old C, at which newer compilers find much to say.
  mkdir "$work/build" && cd "$work/build" &&
    CC="$compiler" CFLAGS="$options -w" CCAS="$compiler" CCASFLAGS="$options -w" AR=llvm-ar-14 RANLIB=llvm-ranlib-14 AS="$compiler -c" \
      CONFIG_SHELL=/bin/sh /bin/sh "$work/source/newlib/configure" --quiet --host="$host" --target="$host" --prefix=/cmos \
      --disable-multilib --disable-newlib-supplied-syscalls --disable-newlib-multithread \
      --enable-newlib-io-long-long --enable-newlib-io-long-double --enable-newlib-io-c99-formats --enable-newlib-io-pos-args
}

compile() { make -C "$work/build" -j"$jobs" CFLAGS="$options -w" MAKEINFO=true all; }

# What newlib compiles for other systems alone.
posix() {
  libc=$work/source/newlib/libc
  mkdir "$work/members" && cd "$work/members" || return
  for name in posix/glob posix/fnmatch posix/regcomp posix/regexec posix/regerror posix/regfree posix/collcmp unix/basename unix/dirname; do
    # system/surroundings.c has the one that says GLOB_NOMATCH.
    $compiler $options -w -D_GNU_SOURCE -Dglob=__cmos_glob -isystem "$here/include" -isystem "$work/result/include" -I "$libc/posix" -I "$libc/locale" \
      -c "$libc/$name.c" -o "posix_$(basename "$name").o" || return
  done
}

# The archives are rebuilt in order of name: newlib's own order of members depends on how its makefiles ran.
repack() {
  mkdir -p "$work/members" && cd "$work/members" &&
    llvm-ar-14 x "$work/stage/cmos/$host/lib/$1" && llvm-ar-14 rcsD "$work/result/lib/$1" ./*.o &&
    cd "$work" && rm -r "$work/members"
}

collect() {
  make -C "$work/build" install DESTDIR="$work/stage" &&
    mkdir -p "$work/result/lib" && mv "$work/stage/cmos/$host/include" "$work/result/include" &&
    posix && repack libc.a && repack libm.a && cp "$helpers" "$work/result/lib/libhelpers.a" && cp "$work/flags.txt" "$work/result/" &&
    echo "$library_stamp" >"$work/result/library.stamp"
}

. "$here/system.sh"

: >"$log"
if stamp_is library.stamp "$library_stamp"; then
  cp -R "$output" "$work/result"
  rm -f "$work/result/system.stamp"
else
  step "unpack" unpack
  step "configure" configure
  step "compile (about a minute)" compile
  step "collect" collect
fi
step "system layer" system_layer
rm -rf "$output" # cleared only now: a build that failed leaves the old one
mv "$work/result" "$output"
rm -f "$log"
