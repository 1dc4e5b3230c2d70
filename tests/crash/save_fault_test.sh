#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file operation of a run of the real program, checkpoints and models included, is killed,
# torn, or fails with EIO or ENOSPC. The run ends with a documented exit code and one line, and,
# resumed (or started again when it had not begun), ends with the bytes of a run without a fault.
# Arguments: the program, the shim. MEDCL_KILLS=all tries all operations but those between two writes
# to one file, else some.
here=$(cd "$(dirname "$0")" && pwd)
shim=$(realpath "$2")
source "$here/common.sh"
LD_PRELOAD=$shim "$medcl" --version >/dev/null 2>&1 || skip "this program does not run with a preloaded library"
plan=(--steps 4 --threads 1 --method pce --set train.checkpoint_every=2 --set train.validate_every=2)
make_data

(new_run whole "${plan[@]}") || { cat whole.log; exit 1; }
expected=$(result whole)
(
  export LD_PRELOAD=$shim MEDCL_FAULT_PATH=$work/faulty MEDCL_FAULT_LOG=$work/operations
  new_run "$work/faulty" "${plan[@]}"
) || exit 1
rm -rf faulty
# Numbers of operations that differ from the one before or behind.
mapfile -t distinct < <(awk '{n[NR] = $1; key[NR] = $2 " " $3} END {for (i = 1; i <= NR; ++i)
  if (key[i] != key[i - 1] || key[i] != key[i + 1]) print n[i]}' operations)
stride=36
[[ ${MEDCL_KILLS:-some} == all ]] && stride=1

# with_fault ACTION NUMBER: a new run with this fault.
with_fault() {
  (
    export LD_PRELOAD=$shim MEDCL_FAULT_PATH=$work/faulty MEDCL_FAULT_AT=$2 MEDCL_FAULT_DO=$1
    new_run "$work/faulty" "${plan[@]}"
  )
}

goes_on() {
  if [[ -e faulty/config.toml ]]; then
    (resume faulty)
  else
    (new_run faulty "${plan[@]}")
  fi
}

declare -A expected_code=([kill]=137 [torn]=137 [eio]=4 [enospc]=6)
good=0 tried=0
for action in kill torn eio enospc; do
  for ((n = checks % stride; n < ${#distinct[@]}; n += stride)); do
    checks=$((checks + 1)) tried=$((tried + 1))
    where="$action at operation ${distinct[n]} ($(sed -n "${distinct[n]}s/^[0-9]* //p" operations))"
    with_fault "$action" "${distinct[n]}" 2>/dev/null
    code=$?
    # Removing an old checkpoint may fail: the run goes on.
    if [[ $code -ne ${expected_code[$action]} && $code -ne 0 ]]; then
      cat faulty.log
      complain "$where: ended with $code"
    fi
    if [[ $code -eq 4 || $code -eq 6 ]]; then
      [[ $(grep -c '^medcl train: ' faulty.log) -eq 1 ]] || complain "$where: no single line"
    fi
    goes_on || { cat faulty.log; complain "$where: cannot go on"; }
    if [[ $(result faulty) == "$expected" && $(steps_done faulty) -eq 4 ]]; then
      good=$((good + 1))
    else
      complain "$where: another result"
    fi
    rm -rf faulty
  done
done
echo "$good of $tried faults at ${#distinct[@]} distinct operations (of $(wc -l <operations)) led to the same result"
finish
