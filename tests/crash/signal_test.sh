#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SIGTERM and SIGINT save and end with 143 and 130, a second one ends at once without saving; equal
# seeds give equal bytes for any number of loader threads, stopped or not; a loss that is not a
# number ends with 1 and keeps the batch and the last checkpoint. Arguments: the program, the shim.
here=$(cd "$(dirname "$0")" && pwd)
shim=$(realpath "$2")
source "$here/common.sh"
plan=(--steps 24 --threads 1 --set train.checkpoint_every=5 --set train.validate_every=6)
make_data
(new_run whole "${plan[@]}" --workers 0) || { cat whole.log; exit 1; }
expected=$(result whole)

for signal in TERM INT; do
  code=143
  [[ $signal == INT ]] && code=130
  checks=$((checks + 1))
  (new_run "stopped$signal" "${plan[@]}") & process=$!
  wait_for "stopped$signal" 3 "$process"
  kill -"$signal" "$process"
  wait "$process"
  found=$?
  [[ $found -eq $code ]] || complain "SIG$signal ended with $found, expected $code"
  grep -q "medcl train --resume stopped$signal" "stopped$signal.log" || complain "SIG$signal: does not say how to go on"
  done_before=$(steps_done "stopped$signal")
  [[ -e stopped$signal/checkpoints/step-$(printf %08d "$done_before")/manifest.json ]] || complain "SIG$signal: step $done_before is not saved"
  (resume "stopped$signal") || { cat "stopped$signal.log"; complain "SIG$signal: cannot be resumed"; }
  [[ $(result "stopped$signal") == "$expected" ]] || complain "SIG$signal: another result"
  echo "SIG$signal: saved step $done_before, ended with $found, resumed to the same result"
done

# Steps of this network take seconds, so that the second signal arrives within one.
"$medcl" phantom large --seed 5 --size 192 --slices 2 --scribbled 2 --unlabelled 1 --validation 1 --test 0 >/dev/null 2>&1
for signal in TERM INT; do
  code=143
  [[ $signal == INT ]] && code=130
  checks=$((checks + 1))
  (exec "$medcl" train large -o "twice$signal" --preset phantom --cache "$work/cache_large" --steps 50 --threads 1 \
    --set prepare.spacing_mm=0 --set network.width=32 --set crop.size=192 --set sampler.batch=12 >"twice$signal.log" 2>&1) & process=$!
  while [[ ! -e twice$signal/metrics.jsonl ]] && kill -0 "$process" 2>/dev/null; do sleep 0.02; done
  sleep 0.3
  kill -"$signal" "$process"
  sleep 0.1
  kill -"$signal" "$process" 2>/dev/null || complain "SIG$signal twice: one was enough, the step was too short"
  wait "$process"
  found=$?
  [[ $found -eq $code ]] || complain "SIG$signal twice ended with $found, expected $code"
  grep -q 'everything is saved' "twice$signal.log" && complain "SIG$signal twice: it saved first"
  echo "SIG$signal twice: ended with $found at once"
done

# Ctrl-C while cases are prepared: nothing was begun, and the same command works again.
if LD_PRELOAD=$shim "$medcl" --version >/dev/null 2>&1; then
  checks=$((checks + 1))
  rm -rf cache
  launcher=(env "LD_PRELOAD=$shim" "MEDCL_FAULT_PATH=$work/cache/" MEDCL_FAULT_KIND=rename MEDCL_FAULT_AT=1 MEDCL_FAULT_DO=int)
  (new_run early "${plan[@]}")
  found=$?
  launcher=()
  [[ $found -eq 130 ]] || { cat early.log; complain "Ctrl-C while preparing ended with $found"; }
  grep -q 'before the first step; run the same command again' early.log || { cat early.log; complain "Ctrl-C while preparing: no word of what to do"; }
  [[ $(find cache -name '*.safetensors' | wc -l) -eq 1 ]] || complain "Ctrl-C while preparing: it went on"
  (new_run early "${plan[@]}") || { cat early.log; complain "after Ctrl-C while preparing: cannot be started"; }
  [[ $(result early) == "$expected" ]] || complain "after Ctrl-C while preparing: another result"
fi

# Ctrl-C in pre-training: what was learned until then is saved, and the line that is said goes on.
checks=$((checks + 1))
(exec "$medcl" pretrain data -o encoder "${TINY[@]}" "${TINY_SAM[@]}" --steps 1000000 >pretrain.log 2>&1) & process=$!
while [[ ! -e $work/pretrain.log ]] || ! grep -q 'loss' pretrain.log; do kill -0 "$process" 2>/dev/null || break; sleep 0.05; done
kill -INT "$process"
wait "$process"
found=$?
[[ $found -eq 130 ]] || { cat pretrain.log; complain "Ctrl-C while pre-training ended with $found"; }
grep -q 'medcl pretrain --resume encoder' pretrain.log || complain "Ctrl-C while pre-training: nothing says how to go on"
steps=$(grep -o 'after step [0-9]*' pretrain.log | grep -o '[0-9]*')
"$medcl" pretrain --resume encoder --steps $((steps + 1)) >pretrain.log 2>&1 || { cat pretrain.log; complain "pre-training did not go on"; }
"$medcl" info encoder/encoder.safetensors >/dev/null || complain "pre-training: no encoder"

# The same seed, three times with each number of loader threads.
same=0 tried=0
for workers in 0 2 4; do
  for repeat in 1 2 3; do
    checks=$((checks + 1)) tried=$((tried + 1))
    run=same$workers-$repeat
    (new_run "$run" "${plan[@]}" --workers "$workers") || complain "$run failed"
    [[ $(result "$run") == "$expected" ]] && same=$((same + 1))
    rm -rf "$run"
  done
done
[[ $same -eq $tried ]] || complain "only $same of $tried runs of one seed are equal"
echo "$same of $tried runs of one seed with 0, 2 and 4 loader threads are equal"

# Pixels that become no numbers under a running training: prepared cases are mapped, and checked when
# they are opened.
poison() {  # FILE...: the whole image part becomes NaN
  local file header pixels
  for file in "$@"; do
    header=$(od -An -t u8 -N 8 "$file" | tr -d ' ')
    pixels=$(grep -ao '"image":{[^}]*' "$file" | grep -o '"data_offsets":\[[0-9]*,[0-9]*' | grep -o '[0-9]*$')
    head -c "$pixels" /dev/zero | tr '\0' '\377' |
      dd of="$file" bs=1M seek=$((header + 8)) oflag=seek_bytes conv=notrunc status=none
  done
}
checks=$((checks + 1))
(new_run nan "${plan[@]}" --workers 0) & process=$!
wait_for nan 6 "$process"
kill -STOP "$process"
before=$(cd nan/checkpoints && find . -type f -exec sha256sum {} + | sort)
poison cache/*.safetensors
kill -CONT "$process"
wait "$process"
found=$?
[[ $found -eq 1 ]] || { cat nan.log; complain "nan: ended with $found, expected 1"; }
[[ $(grep -c '^medcl train: ' nan.log) -eq 1 ]] || { cat nan.log; complain "nan: not one line"; }
grep -qE '^medcl train: .*not finite.*batch phantom_' nan.log || { cat nan.log; complain "nan: the batch is not named"; }
[[ -e nan/failed_step/batch.safetensors && -e nan/failed_step/failure.json ]] || complain "nan: the batch is not kept"
[[ -n $before && $(cd nan/checkpoints && find . -type f -exec sha256sum {} + | sort) == "$before" ]] || complain "nan: the last checkpoint changed"

# The next start notices what happened to the prepared cases, and prepares them anew.
(resume nan) || { cat nan.log; complain "nan: cannot go on"; }
[[ $(grep -c 'the prepared case is damaged' nan.log) -eq 4 ]] || { cat nan.log; complain "nan: damage is not said"; }
[[ $(result nan) == "$expected" ]] || complain "nan: another result"
echo "a loss that is not finite: ended with 1 and one line, kept the batch and the checkpoints"
finish
