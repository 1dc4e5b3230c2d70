#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Training on a machine whose cores have other work too: steps per second with all cores and with one thread, alone and
# beside a busy loop for every core, in turn. All cores should never be much slower than one thread.
#
#   bench/beside_others.sh [PROGRAM] [SECONDS] [ROUNDS] [PRESET]     default: build/medcl 15 3 phantom
set -eu
program=${1:-build/medcl}
seconds=${2:-15}
rounds=${3:-3}
preset=${4:-phantom}
folder=$(mktemp -d)
loops=""

stop_loops() {
  for loop in $loops; do kill "$loop" 2>/dev/null || true; done
  loops=""
}
trap 'stop_loops; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

start_loops() {
  for _ in $(seq "$(nproc)"); do
    sh -c 'while :; do :; done' &
    loops="$loops $!"
  done
}

# Steps per second of a training with the given number of threads (0: all cores).
pace() {
  run=$folder/run
  rm -rf "$run"
  "$program" train "$folder/data" -o "$run" --preset "$preset" --cache "$folder/prepared" --threads "$1" \
    --time "${seconds}s" --steps 1000000 --set train.validate_every=1000000 >"$folder/out" 2>"$folder/log" ||
    { cat "$folder/log" >&2; exit 1; }
  grep -E 'threads? -> ' "$folder/log" >&2 || true
  sed -n 's/.*"step":\([0-9]*\).*"seconds":\([0-9.]*\).*/\2 \1/p' "$run/metrics.jsonl" |
    awk '$2 > last { last = $2; rate = $2 / $1 } END { printf "%.2f", rate }'
}

"$program" phantom "$folder/data" --seed 1 >/dev/null 2>&1
printf '%-6s %12s %12s %14s %14s %8s\n' round 'all alone' 'one alone' 'all beside' 'one beside' ratio
for round in $(seq "$rounds"); do
  all_alone=$(pace 0)
  one_alone=$(pace 1)
  start_loops
  all_beside=$(pace 0)
  one_beside=$(pace 1)
  stop_loops
  printf '%-6s %12s %12s %14s %14s %8s\n' "$round" "$all_alone" "$one_alone" "$all_beside" "$one_beside" \
    "$(awk "BEGIN { printf \"%.2f\", $all_beside / $one_beside }")"
done
echo "steps per second; ratio: all cores to one thread, beside a busy loop for every core"
