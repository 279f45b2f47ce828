# shellcheck shell=sh
# Sourced by build.sh, whose variables it uses: compiles system/ and adds it to the library in $work/result.
system_layer() {
  mkdir "$work/objects" && cp -R "$here/include/." "$work/result/include" || return
  for source in "$here"/system/*.c "$here"/system/*.cc; do
    set -- -std=gnu11
    case $source in *.cc) set -- -std=c++17 -isystem "$here/../include/c++" "@$here/../flags/c++.txt" ;; esac
    # shellcheck disable=SC2086,SC2154 # words are meant to be split; the variables are build.sh's
    $compiler $options -ffile-prefix-map="$here"=newlib "$@" -Wall -Wextra -Werror -isystem "$work/result/include" \
      -I "$here/../include" -I "$here/../lib" -c "$source" -o "$work/objects/$(basename "${source%.*}").o" || return
  done
  # shellcheck disable=SC2154
  mv "$work/objects/start.o" "$work/result/lib/" && rm -f "$work/result/lib/libsystem.a" &&
    llvm-ar-14 rcsD "$work/result/lib/libsystem.a" "$work"/objects/*.o && echo "$system_stamp" >"$work/result/system.stamp"
}
