# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts in this folder: a synthetic dataset, runs of a tiny network, comparison of
# what they leave. Sourced with the program as $1.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../checks.sh"
medcl=$(realpath "$1")
tests=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
work=$(realpath "$(mktemp -d)")
clean() {
  local process
  for process in $(jobs -p); do kill -9 "$process" 2>/dev/null; done
  rm -rf "$work"
}
trap clean EXIT
cd "$work" || exit 1
make_data() {
  "$medcl" phantom data --seed 5 --size 48 --slices 2 --scribbled 2 --unlabelled 1 --validation 1 \
    --test 0 >/dev/null 2>&1 || { echo "cannot make the dataset"; exit 1; }
}

readonly TINY=(--preset phantom --cache "$work/cache" --set crop.size=32 --set sampler.batch=4)
readonly TINY_SAM=(--config "$tests/tiny_sam.toml" --set sam.adapter_rank=2)

network=(--set network.width=4)  # or TINY_SAM
launcher=()  # words in front of the program, such as a debugger

# new_run RUN ARGUMENT...: in a subshell it becomes the program itself, so that $! is its process.
# What it says goes to NAME.log in the folder of the test, NAME being the last part of RUN.
new_run() {
  local run=$1
  shift
  exec "${launcher[@]}" "$medcl" train data -o "$run" "${TINY[@]}" "${network[@]}" "$@" >"$work/$(basename "$run").log" 2>&1
}

resume() {
  local run=$1
  shift
  exec "${launcher[@]}" "$medcl" train --resume "$run" --cache "$work/cache" "$@" >"$work/$(basename "$run").log" 2>&1
}

# interrupt_at STEP RUN COMMAND ARGUMENT...: new_run or resume, with Ctrl-C as soon as STEP steps are
# logged.
interrupt_at() {
  local step=$1 run=$2 command=$3 process code
  shift 3
  ("$command" "$run" "$@") & process=$!
  wait_for "$run" "$step" "$process"
  kill -INT "$process" 2>/dev/null
  wait "$process"
  code=$?
  [[ $code -eq 130 ]] || { cat "$(basename "$run").log"; complain "$run: Ctrl-C at step $step ended with $code"; }
}

# result RUN: SHA-256 of the models and of weights, averages and optimiser at the last step, and
# the number of that step.
result() {
  local last
  last=$(find "$1/checkpoints" -name 'step-*' | sort | tail -n 1)
  (cd "$1" && sha256sum last/weights.safetensors best/weights.safetensors | cut -c 1-64)
  sha256sum "$last/state.safetensors" | cut -c 1-64
  basename "$last"
  grep -o '"step": [0-9]*' "$last/manifest.json"
}

steps_done() { [[ -f $1/metrics.jsonl ]] && grep -c '"loss"' "$1/metrics.jsonl" || true; }

# wait_for RUN STEP PROCESS: until STEP steps are logged or the process has ended.
wait_for() {
  while [[ $(steps_done "$1") -lt $2 ]] && kill -0 "$3" 2>/dev/null; do sleep 0.01; done
}
