#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run killed with SIGKILL at any step and resumed ends with the weights of a run never stopped,
# whatever the number of loader threads. Argument: the program.
set -euo pipefail
medcl=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
readonly STEPS=12

"$medcl" phantom data --seed 5 --size 48 --slices 2 --scribbled 2 --unlabelled 1 --validation 1 --test 0 >/dev/null 2>&1

# start RUN WORKERS; in the background it becomes the program itself, so that $! is its process.
start() {
  exec "$medcl" train data -o "$1" --preset phantom --steps $STEPS --threads 1 --workers "$2" \
    --set network.width=4 --set crop.size=32 --set sampler.batch=4 \
    --set train.checkpoint_every=2 --set train.validate_every=5 >"$1.log" 2>&1
}

hashes() { (cd "$1" && sha256sum last/weights.safetensors best/weights.safetensors); }
steps_done() { [[ -f $1/metrics.jsonl ]] && grep -c '"loss"' "$1/metrics.jsonl" || true; }

# wait_for RUN STEP PROCESS: until STEP steps are logged or the process has ended.
wait_for() {
  while [[ $(steps_done "$1") -lt $2 ]] && kill -0 "$3" 2>/dev/null; do sleep 0.01; done
}

# kill_at RUN STEP WORKERS: SIGKILL as soon as STEP steps are logged.
kill_at() {
  start "$1" "$3" &
  local process=$!
  wait_for "$1" "$2" "$process"
  kill -9 "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || true
}

fail() { echo "FAILED: $*"; exit 1; }

(start whole 0) || { cat whole.log; fail "the uninterrupted run failed"; }
expected=$(hashes whole)

for workers in 1 3; do
  (start "workers$workers" "$workers") || fail "run with $workers loader threads failed"
  [[ $(hashes "workers$workers") == "$expected" ]] || fail "$workers loader threads change the result"
done

for step in 1 3 6 11; do
  run=killed$step
  kill_at "$run" "$step" $((step % 4))
  [[ ! -e $run/last ]] || echo "step $step: the run was over before it could be killed"
  "$medcl" train --resume "$run" --workers $(((step + 1) % 4)) >"$run.log" 2>&1 ||
    { cat "$run.log"; fail "resume after a kill at step $step"; }
  [[ $(hashes "$run") == "$expected" ]] || fail "killed at step $step: other weights than the run never stopped"
  [[ $(steps_done "$run") -eq $STEPS ]] || fail "killed at step $step: metrics.jsonl holds $(steps_done "$run") steps"
done

# Ctrl-C saves, says how to go on, and ends with 130.
start interrupted 1 &
process=$!
wait_for interrupted 3 "$process"
kill -INT "$process"
code=0
wait "$process" || code=$?
[[ $code -eq 130 ]] || fail "Ctrl-C ended with $code"
grep -q 'medcl train --resume interrupted' interrupted.log || fail "Ctrl-C does not say how to go on"
"$medcl" train --resume interrupted >interrupted.log 2>&1 || fail "resume after Ctrl-C"
[[ $(hashes interrupted) == "$expected" ]] || fail "Ctrl-C and resume: other weights"
echo "all runs end with the same weights"
