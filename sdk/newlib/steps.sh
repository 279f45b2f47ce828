# shellcheck shell=sh disable=SC2154 # the variables are those of the script that reads this
# Sourced by the scripts that build libraries of the SDK: $library and $arch are named in what is shown, $log has the rest.

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

# step MESSAGE COMMAND...: `set -e` does not reach into a command whose status is tested, so functions chain with &&.
step() {
  message=$1
  shift
  echo "$library $arch: $message"
  "$@" >>"$log" 2>&1 || { echo "$library $arch: failed; the log is $log:" >&2; tail -n 15 "$log" >&2; exit 1; }
}

# workplace FOLDER: where to build what ends in FOLDER. make cannot handle white space in names: what has some is built
# elsewhere and moved.
workplace() {
  case $1 in *[[:space:]]*) echo "${TMPDIR:-/tmp}/cmos-$library" ;; *) echo "$1" ;; esac
}
