#!/bin/sh
# Runs one test of cmos_add_test(): a program with given input, and what it must do. Silent and 0 when it does; else 1, with
# everything a person needs to see what is wrong.
#
#   run-test.sh --name NAME --run CMOS_RUN --folder FOLDER [--timeout S] [--stdin FILE] [--expect-stdout FILE]
#       [--expect-exit N] [--expect-trace FILE] [--data FILE]… [--option OPTION]… -- PROGRAM [ARGUMENT…]
set -eu

expect_exit=0 stdin=/dev/null expect_stdout='' expect_trace='' timeout=60 options='' data=''
newline='
'
while [ "$1" != -- ]; do
  case $1 in
    --name) name=$2 ;;
    --run) run=$2 ;;
    --folder) folder=$2 ;;
    --timeout) timeout=$2 ;;
    --stdin) stdin=$2 ;;
    --expect-stdout) expect_stdout=$2 ;;
    --expect-exit) expect_exit=$2 ;;
    --expect-trace) expect_trace=$2 ;;
    --data) data=$data$2$newline ;;
    --option) options=$options$2$newline ;;
    *) echo "run-test.sh: what is '$1'?" >&2; exit 2 ;;
  esac
  shift 2
done
shift
bless=${CMOS_BLESS:-}

# Lists are split at line breaks alone, and names are never patterns.
set -f
IFS=$newline
root=$folder/root
rm -rf "$root"
mkdir -p "$root/data"
for file in $data; do
  cp -R "$file" "$root/data/" || { echo "$name: DATA cannot be copied: $file"; exit 1; }
done
for file in "$stdin" "$1"; do
  [ -r "$file" ] || { echo "$name: there is no file $file"; exit 1; }
done
if [ -n "$expect_trace" ]; then
  options=$options--expect-trace$newline$expect_trace$newline
  [ -z "$bless" ] || options=$options--bless$newline
fi

status=0
# shellcheck disable=SC2086
"$run" --root "$root" --timeout "$timeout" $options "$@" <"$stdin" >"$folder/stdout" 2>"$folder/stderr" || status=$?

failed=''
fail() {
  [ -n "$failed" ] || printf 'FAILED: %s\n' "$name"
  failed=yes
  printf '\n%s\n' "$1"
}
indented() { sed 's/^/    /' "$1" | head -n 200; }

# Text as text, other bytes as hexadecimal lines.
show_difference() {
  if ! diff -u --label expected --label found "$1" "$2" >"$folder/difference"; then
    if grep -q '^Binary files' "$folder/difference"; then
      od -A x -t x1z "$1" >"$folder/expected.hex"
      od -A x -t x1z "$2" >"$folder/stdout.hex"
      diff -u --label expected --label found "$folder/expected.hex" "$folder/stdout.hex" >"$folder/difference" || :
    fi
  fi
  indented "$folder/difference"
  rest=$(($(wc -l <"$folder/difference") - 200))
  [ "$rest" -le 0 ] || printf '    ... and %s more lines\n' "$rest"
}

if [ "$status" = 123 ] && [ -n "$expect_trace" ]; then
  fail "system calls are not those of $expect_trace (CMOS_BLESS=1 writes it)"
elif [ "$status" != "$expect_exit" ]; then
  fail "exit status: found $status, expected $expect_exit"
fi
if [ -n "$expect_stdout" ]; then
  if [ -n "$bless" ] && [ "${expect_stdout#"$folder/"}" = "$expect_stdout" ]; then
    cmp -s "$folder/stdout" "$expect_stdout" || { cp "$folder/stdout" "$expect_stdout"; echo "written: $expect_stdout"; }
  elif [ ! -f "$expect_stdout" ]; then
    fail "there is no file $expect_stdout (CMOS_BLESS=1 writes it)"
  elif ! cmp -s "$expect_stdout" "$folder/stdout"; then
    fail "standard output differs (- expected, + found):"
    show_difference "$expect_stdout" "$folder/stdout"
  fi
fi
[ -n "$failed" ] || exit 0

if [ -s "$folder/stderr" ]; then
  printf '\ncmos-run said:\n'
  indented "$folder/stderr"
fi
if [ -z "$expect_stdout" ] && [ -s "$folder/stdout" ]; then
  printf '\nstandard output:\n'
  indented "$folder/stdout"
fi
shown=''
for word in "$run" --root "$root" $options "$@"; do
  case $word in *[!A-Za-z0-9_.,/:=+@%-]* | '') word=\'$(printf %s "$word" | sed "s/'/'\\\\''/g")\' ;; esac
  shown="$shown $word"
done
printf '\nagain, in the same root folder:\n    %s <%s\n' "${shown# }" "$stdin"
exit 1
