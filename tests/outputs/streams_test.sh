#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Standard streams that are closed, in all eight combinations: what is printed goes nowhere, and never
# into a file that the program writes. A reader of the log that goes away, and a terminal that does (SIGHUP),
# end a training as SIGTERM does: saved. Argument: the program. MEDCL_STREAMS=all tries every verb in every
# combination, else four of them in two each.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/common.sh"
make_inputs
verbs=(predict predict_mha evaluate scribble scribble_nrrd convert prepare_folder phantom_folder import_folder relabel_folder new_folder train_folder)
[[ ${MEDCL_STREAMS:-some} == all ]] || verbs=(evaluate scribble_nrrd import_folder train_folder)

# result VERB PATH: what must be equal. A run folder holds times: its weights and the steps of its log.
result() {
  if [[ $1 == train_folder ]]; then
    sha256sum <"$2/last/weights.safetensors"
    grep -vc '^{.*}$' "$2/metrics.jsonl"
    wc -l <"$2/metrics.jsonl"
  elif [[ -d $2 ]]; then
    content "$2"
  else
    sha256sum <"$2"
  fi
}

equal=0 turn=0
for verb in "${verbs[@]}"; do
  mkdir -p open
  to "$verb" "open/$verb$(ending "$verb")" >stdout 2>stderr </dev/null || { cat stderr; complain "$verb failed"; }
  expected=$(result "$verb" "open/$verb$(ending "$verb")")
  combinations=(001 010 011 100 101 110 111)
  # In the short form two for every verb: the next one, and all closed.
  [[ ${MEDCL_STREAMS:-some} == all ]] || combinations=("${combinations[@]:$((turn % 7)):1}" 111)
  turn=$((turn + 1))
  for combination in "${combinations[@]}"; do
    checks=$((checks + 1))
    out=closed/$verb$combination$(ending "$verb")
    mkdir -p closed
    (
      [[ $combination == 1?? ]] && exec <&-
      [[ $combination == ??1 ]] && exec 2>&-
      [[ $combination == ?1? ]] && exec >&-
      to "$verb" "$out"
    ) >stdout 2>stderr || complain "$verb with closed streams $combination failed"
    if [[ $(result "$verb" "$out") == "$expected" ]]; then equal=$((equal + 1)); else complain "$verb with closed streams $combination: another result"; fi
    rm -rf "$out"
  done
done
echo "$equal of $checks outputs with closed streams are equal to those with open ones"

# A training that would go on for long, stopped by what happens to its log.
train_long() {
  exec "$medcl" train in/data -o "$1" "${TINY[@]}" --cache in/cache --steps 1000000 --set train.validate_every=7 --set train.checkpoint_every=1000000
}
saved() {
  local run=$1 last
  last=$(find "$run/checkpoints" -name manifest.json | sort | tail -n 1)
  [[ -n $last ]] || { complain "$run: nothing is saved"; return; }
  "$medcl" train --resume "$run" --steps "$(($(grep -o '"step": [0-9]*' "$last" | grep -o '[0-9]*$') + 1))" --cache in/cache >stdout 2>stderr ||
    { cat stderr; complain "$run: cannot be resumed"; }
}
checks=$((checks + 1))
mkfifo log
(train_long run_pipe >log 2>&1) & process=$!
grep -q validation <log  # and the reader is gone
wait "$process"
found=$?
[[ $found -eq 141 ]] || complain "a training whose log's reader went away ended with $found, expected 141"
saved run_pipe
checks=$((checks + 1))
(train_long run_hup >hup.log 2>&1) & process=$!
while ! grep -q validation hup.log && kill -0 "$process" 2>/dev/null; do sleep 0.05; done
kill -HUP "$process"
kill -HUP "$process" 2>/dev/null  # the shell and the kernel both say it
wait "$process"
found=$?
[[ $found -eq 129 ]] || { cat hup.log; complain "a training whose terminal went away ended with $found, expected 129"; }
saved run_hup
finish
