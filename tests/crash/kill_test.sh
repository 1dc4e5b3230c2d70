#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run that is killed with SIGKILL after any step and resumed ends with the bytes of a run never
# stopped: weights, averages, optimiser, step. Kills are exact: fault_shim ends the program right
# after the n-th line of metrics.jsonl (60 steps and 3 validations).
# Arguments: the program, the shim, and "sam" for a SAM instead of the U-Net. MEDCL_KILLS=all kills after
# every line, else after some; MEDCL_KILL_THREADS sets the compute threads (1).
here=$(cd "$(dirname "$0")" && pwd)
shim=$(realpath "$2")
source "$here/common.sh"
LD_PRELOAD=$shim "$medcl" --version >/dev/null 2>&1 || skip "this program does not run with a preloaded library"
readonly LINES_IN_ALL=63 threads=${MEDCL_KILL_THREADS:-1}
plan=(--steps 60 --threads "$threads" --set train.checkpoint_every=7 --set train.validate_every=20)
[[ ${3:-unet} == sam ]] && network=("${TINY_SAM[@]}")
make_data

(new_run whole "${plan[@]}" --workers 0) || { cat whole.log; exit 1; }
expected=$(result whole)
lines=(1 21 22 41 63)
[[ ${MEDCL_KILLS:-some} == all ]] && mapfile -t lines < <(seq $LINES_IN_ALL)

# kill_after_line RUN LINE: a new run that is killed right after it wrote this line of metrics.jsonl.
kill_after_line() {
  (
    export LD_PRELOAD=$shim MEDCL_FAULT_PATH="$1/metrics.jsonl\$" MEDCL_FAULT_KIND=write
    export MEDCL_FAULT_AT=$2 MEDCL_FAULT_DO=kill
    new_run "$1" "${plan[@]}" --workers $(($2 % 3))
  )
}

equal=0
for line in "${lines[@]}"; do
  checks=$((checks + 1))
  run=killed$line
  kill_after_line "$run" "$line" 2>/dev/null
  code=$?
  [[ $code -eq 137 ]] || complain "line $line: ended with $code instead of being killed"
  [[ $(wc -l <"$run/metrics.jsonl") -eq $line ]] || complain "line $line: killed elsewhere"
  (resume "$run" --workers $(((line + 1) % 3))) || { cat "$run.log"; complain "line $line: cannot be resumed"; }
  if [[ $(result "$run") == "$expected" && $(wc -l <"$run/metrics.jsonl") -eq $LINES_IN_ALL ]]; then
    equal=$((equal + 1))
  else
    complain "line $line: another result than the run never stopped"
  fi
  rm -rf "$run" "$run.log"
done
echo "$equal of ${#lines[@]} runs killed after a line of metrics.jsonl end as the run never stopped ($threads threads)"

# Killed again and again at random moments, with a checkpoint after every step.
checks=$((checks + 1))
RANDOM=7 kills=0
(new_run random "${plan[@]}" --set train.checkpoint_every=1) & process=$!
while kill -0 "$process" 2>/dev/null && ((kills < ${MEDCL_RANDOM_KILLS:-8})); do
  wait_for random $((kills * 60 / (${MEDCL_RANDOM_KILLS:-8} + 1) + 1)) "$process"
  sleep "0.0$((RANDOM % 90 + 10))"
  kill -9 "$process" 2>/dev/null && kills=$((kills + 1))
  wait "$process" 2>/dev/null
  if [[ -e random/config.toml ]]; then
    (resume random) & process=$!
  else
    (new_run random "${plan[@]}" --set train.checkpoint_every=1) & process=$!
  fi
done
wait "$process" || { cat random.log; complain "the run killed at random moments cannot be resumed"; }
[[ $(result random) == "$expected" ]] || complain "killed at random moments: another result"
echo "a run killed $kills times at random moments ends as the run never stopped"
finish
