# Shared by ./run and ./check (POSIX sh). Quiet when all is well; a long step says what it does.
# The caller has set `root` to the project's folder.

if [ -t 2 ]; then cmos_terminal=1; else cmos_terminal=; fi

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Packages of the named groups that are not installed.
missing_packages() {
  for group in "$@"; do
    sed -n "s/^$group //p" "$root/scripts/packages.txt"
  done | while read -r package; do
    status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) || status=none
    case $status in ii*) ;; *) printf '%s ' "$package" ;; esac
  done
}

# Installs what is missing of the named groups; silent, and offline, when nothing is.
install_packages() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null 2>&1 ||
    die "these packages are missing and there is no apt-get to install them: $missing"
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || die "as root, please: apt-get install $missing"
    as_root=sudo
  fi
  say "installing: $missing"
  mkdir -p "$root/build"
  log=$root/build/setup.log
  # shellcheck disable=SC2086  # one word per package
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1 && return 0
  # The package lists may be absent or old on a fresh system.
  # shellcheck disable=SC2086
  $as_root apt-get update >"$log" 2>&1 &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >>"$log" 2>&1 ||
    { tail -n 15 "$log" >&2; die "could not install the packages (the whole log: $log)"; }
}

# step TITLE LOG COMMAND…: runs a long command with its output in LOG; on failure shows the end of it.
step() {
  title=$1; log=$2; shift 2
  say "$title"
  "$@" >"$log" 2>&1 </dev/null || { tail -n 40 "$log" >&2; die "failed: $title (the whole log: $log)"; }
}

# build PRESET [TARGET…]: configures when needed and builds. Says so only when there is work to do.
# with_tests=ON|OFF: whether the tests are part of it; a folder that has them keeps them.
build() {
  preset=$1; shift
  folder=$root/build/$preset
  mkdir -p "$root/build"
  if [ ! -f "$folder/build.ninja" ] || { [ "$with_tests" = ON ] && ! grep -q '^CMOS_TESTS:BOOL=ON' "$folder/CMakeCache.txt"; }; then
    step "configuring ($preset)" "$root/build/$preset-configure.log" \
      cmake -S "$root" --preset "$preset" "-DCMOS_TESTS:BOOL=$with_tests"
  fi
  ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do' && return 0
  log=$root/build/$preset-build.log
  if [ -n "$cmos_terminal" ]; then
    ninja -C "$folder" "$@" >"$log" 2>&1 </dev/null &
    builder=$!
    show_progress "$log" "$builder" "building ($preset)"
    wait "$builder" || { tail -n 40 "$log" >&2; die "the build failed (the whole log: $log)"; }
  else
    step "building ($preset)" "$log" ninja -C "$folder" "$@"
  fi
}

# Keeps one line up to date with ninja's own count, the last [done/all] of its log, until it is done.
show_progress() {
  while kill -0 "$2" 2>/dev/null; do
    count=$(tail -c 2000 "$1" 2>/dev/null | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1)
    printf '\r%s %s\033[K' "$3" "$count" >&2
    sleep 1
  done
  printf '\r\033[K' >&2
}
