#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every verb that writes x every operation on its output that can fail, those of foreign writers (ITK) and
# of children included: the program ends with a code that is not 0 and one line, or the output is as without
# the fault. What is there in the end is complete or absent, and no draft is left. The same with a limit of
# file sizes. Arguments: the program, the shim. MEDCL_FAULTS=all tries all verbs and
# operations, else a few.
here=$(cd "$(dirname "$0")" && pwd)
shim=$(realpath "$2")
source "$here/common.sh"
LD_PRELOAD=$shim "$medcl" --version >/dev/null 2>&1 || skip "this program does not run with a preloaded library"
make_inputs
verbs=(predict evaluate scribble convert predict_folder scribble_folder report_folder prepare_folder phantom_folder import_folder new_folder as_dataset_folder relabel_folder)
if to scribble_mha probe.mha >/dev/null 2>&1; then verbs+=(predict_mha predict_nrrd scribble_mha scribble_nrrd); fi
[[ ${MEDCL_FAULTS:-some} == all ]] || verbs=(evaluate predict_folder import_folder "${verbs[@]: -2}")

# result PATH: its content; files that hold times without them.
result() {
  if [[ -d $1 ]]; then
    find "$1" -name prediction.json -exec sed -i '/"seconds"/d' {} +
    content "$1"
  else
    sha256sum <"$1"
  fi
}

drafts() { find out -name '.*.tmp-*'; }

tried=0 good=0 refused=0
# judge VERB CODE WHERE
judge() {
  local verb=$1 code=$2 where=$3 out=out/it$(ending "$1")
  checks=$((checks + 1)) tried=$((tried + 1))
  if [[ $code -eq 0 ]]; then
    [[ $(result "$out") == "$expected" ]] || { complain "$verb, $where: ended with 0 and another result"; return; }
  else
    refused=$((refused + 1))
    [[ $code -eq 4 || $code -eq 6 ]] || { cat stderr; complain "$verb, $where: ended with $code"; return; }
    [[ $(grep -c '^medcl ' stderr) -eq 1 ]] || { cat stderr; complain "$verb, $where: not one line"; return; }
    if [[ -f $out && $(result "$out") != "$expected" ]]; then complain "$verb, $where: an output that is not complete"; return; fi
    case $verb in phantom* | import* | relabel*) [[ ! -d $out || $(result "$out") == "$expected" ]] || { complain "$verb, $where: a part of a data set"; return; } ;; esac
  fi
  # What could not be removed goes the next time.
  if [[ -n $(drafts) ]]; then
    rm -rf out/*
    to "$verb" "$out" >stdout 2>stderr || { cat stderr; complain "$verb after $where: failed"; return; }
    [[ -z $(drafts) ]] || { drafts; complain "$verb after $where: a draft is left"; return; }
  fi
  good=$((good + 1))
}

for verb in "${verbs[@]}"; do
  out=$work/out/it$(ending "$verb")
  mkdir -p out
  rm -f operations
  LD_PRELOAD=$shim MEDCL_FAULT_PATH=$work/out MEDCL_FAULT_LOG=$work/operations to "$verb" "$out" >stdout 2>stderr ||
    { cat stderr; complain "$verb failed without a fault"; continue; }
  expected=$(result "$out")
  count=$(wc -l <operations)
  size=$(find "$out" -type f -links 1 -printf '%s\n' | sort -n | tail -n 1)
  stride=$count
  [[ ${MEDCL_FAULTS:-some} == all ]] && stride=1
  actions=(eio enospc)
  [[ ${MEDCL_FAULTS:-some} == all ]] || actions=("${actions[@]:$((tried / 2 % 2)):1}")
  for action in "${actions[@]}"; do
    # In the short form one operation each, another one for every verb.
    first=1
    [[ ${MEDCL_FAULTS:-some} == all ]] || first=$((1 + (7 * tried + 3) % count))
    for ((n = first; n <= count; n += stride)); do
      rm -rf out tmp && mkdir out tmp
      LD_PRELOAD=$shim MEDCL_FAULT_PATH=$work/out MEDCL_FAULT_AT=$n MEDCL_FAULT_DO=$action to "$verb" "$out" >stdout 2>stderr
      judge "$verb" $? "$action at operation $n ($(sed -n "${n}s/^[0-9]* //p" operations))"
    done
  done
  rm -rf out tmp && mkdir out tmp
  (exec prlimit --fsize=$((size / 2)) bash -c "$(declare -f to); $(declare -p medcl image labels TINY TINY_SAM work); to $verb $out") 2>&1 >stdout | cat >stderr
  code=${PIPESTATUS[0]}
  judge "$verb" "$code" "files of at most $((size / 2)) bytes"
  [[ $code -eq 6 ]] || { cat stderr; complain "$verb with a limit of file sizes ended with $code, expected 6"; }
  echo "$verb: $count operations"
  rm -rf out
done
echo "$good of $tried faults at the operations of ${#verbs[@]} verbs: complete, or refused ($refused) without a trace"
finish
