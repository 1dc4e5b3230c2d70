# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts in this folder that look at what the program says: a folder of its own, options of tiny runs,
# and checks of what was said. Sourced with the program as $1.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../checks.sh"
medcl=$(realpath "$1")
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export COLUMNS=200  # sentences stay on one line
readonly TINY=(--preset phantom --method pce --threads 1 --set network.width=4 --set crop.size=32 --set sampler.batch=4)

# wrong TEXT: complains, and shows what the program said last.
wrong() {
  complain "$*"
  sed 's/^/    /' stdout stderr | tail -8
}

# ends CODE ARGUMENT...: runs the program.
ends() {
  local code=$1 found
  shift
  checks=$((checks + 1))
  timeout 120 "$medcl" "$@" >stdout 2>stderr
  found=$?
  [[ $found -eq $code ]] || wrong "'$*' ended with $found, expected $code"
}

says() { checks=$((checks + 1)); grep -qE -- "$1" stdout stderr || wrong "nobody says '$1'"; }
silent() { checks=$((checks + 1)); grep -qE -- "$1" stdout stderr && wrong "somebody says '$1'"; }
one_line() {
  checks=$((checks + 1))
  [[ $(grep -c '^medcl ' stderr) -eq 1 ]] || wrong "not one line"
  grep -qE 'json\.exception|filesystem error' stderr && wrong "a library's own text"
}
