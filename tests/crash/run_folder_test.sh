#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run folder that is in use, read-only, missing, holds empty files, or meets another clock: clear
# errors, nothing lost. Arguments: the program, the shim. MEDCL_SECOND_PROCESSES sets how many second processes
# try (6).
here=$(cd "$(dirname "$0")" && pwd)
shim=$(realpath "$2")
source "$here/common.sh"
plan=(--steps 40 --threads 1 --method pce --set train.checkpoint_every=5 --set train.validate_every=8)
make_data
(new_run whole "${plan[@]}") || { cat whole.log; exit 1; }
expected=$(result whole)
content() { (cd "$1" && find . -type f ! -name lock -exec sha256sum {} + | sort); }

# says CODE REGEX LOG: what a command ended with and its only line.
says() {
  local found=$1 code=$2 pattern=$3 log=$4
  checks=$((checks + 1))
  [[ $found -eq $code ]] || { cat "$log"; complain "ended with $found, expected $code ($pattern)"; }
  grep -qE "^medcl train: .*$pattern" "$log" || { cat "$log"; complain "does not say '$pattern'"; }
}

# A second process is refused, whether it resumes or starts anew, and does not disturb the first.
(new_run shared "${plan[@]/#40/100000}") & first=$!
wait_for shared 1 "$first"
attempts=${MEDCL_SECOND_PROCESSES:-6} refused=0
for ((n = 0; n < attempts; ++n)); do
  if ((n % 2 == 0)); then
    "$medcl" train --resume shared --cache "$work/cache" >second.log 2>&1
  else
    "$medcl" train data -o shared "${TINY[@]}" "${network[@]}" --steps 2 >second.log 2>&1
  fi
  [[ $? -eq 2 ]] && grep -qE 'another process is using|holds a run already' second.log && refused=$((refused + 1))
done
checks=$((checks + 1))
[[ $refused -eq $attempts ]] || { cat second.log; complain "only $refused of $attempts second processes refused"; }
kill -0 "$first" 2>/dev/null || complain "the first process ended"
echo "$refused of $attempts second processes refused"

# The lock of a process that was killed does not hold.
kill -9 "$first"
wait "$first" 2>/dev/null
checks=$((checks + 1))
[[ -e shared/lock ]] || complain "no lock file to be stale"
(resume shared --steps "$(($(steps_done shared) + 1))") || { cat shared.log; complain "a stale lock holds"; }

# A read-only run folder (root passes permissions, so it is mounted read-only).
before=$(content whole)
read_only=none
if [[ $(id -u) -ne 0 ]]; then
  chmod -R a-w whole && read_only=permissions
elif mount --bind whole whole 2>/dev/null && mount -o remount,ro,bind whole 2>/dev/null; then
  read_only=mount
fi
if [[ $read_only == none ]]; then
  echo "no read-only folder can be made here"
else
  (resume whole --steps 8)
  says $? 4 'whole.*(Read-only|Permission denied)' whole.log
  [[ $read_only == mount ]] && umount whole
  chmod -R u+w whole
  checks=$((checks + 1))
  [[ $(content whole) == "$before" ]] || complain "a read-only run folder changed"
fi

(resume nowhere)
says $? 4 'nowhere.*not a run folder' nowhere.log
echo "no folder" >file
"$medcl" train data -o file/run "${TINY[@]}" "${network[@]}" "${plan[@]}" >file.log 2>&1
says $? 4 'file' file.log

# Each file of a run folder emptied: the run goes on to the same result or says what is broken.
interrupt_at 12 half new_run "${plan[@]}"
mapfile -t files < <(cd half && find . -type f ! -name lock | sort)
went_on=0 said_why=0
for name in "${files[@]}"; do
  checks=$((checks + 1))
  rm -rf broken
  cp -r half broken
  : >"broken/$name"
  (resume broken)
  code=$?
  if [[ $code -eq 0 ]]; then
    [[ $(result broken) == "$expected" ]] || complain "$name emptied: another result"
    went_on=$((went_on + 1))
  else
    [[ $code -eq 4 ]] || { cat broken.log; complain "$name emptied: ended with $code"; }
    grep -q "$(basename "$name")" broken.log || { cat broken.log; complain "$name emptied: is not named"; }
    said_why=$((said_why + 1))
  fi
done
echo "emptied files: $went_on runs went on to the same result, $said_why said what is broken"
[[ $went_on -ge 5 && $said_why -ge 1 ]] || complain "emptied files: not all kinds were tried"

# A clock that jumps ahead and back changes nothing but times.
if LD_PRELOAD=$shim "$medcl" --version >/dev/null 2>&1; then
  checks=$((checks + 1))
  launcher=(env "LD_PRELOAD=$shim" MEDCL_CLOCK_OFFSET_S=300000000)
  interrupt_at 3 clock new_run "${plan[@]}"
  launcher=(env "LD_PRELOAD=$shim" MEDCL_CLOCK_OFFSET_S=-800000000)
  interrupt_at 9 clock resume
  launcher=()
  (resume clock) || { cat clock.log; complain "back in our time a run fails"; }
  [[ $(result clock) == "$expected" ]] || complain "another clock, another result"
  [[ $(find clock -name 'events.out.tfevents.*' | wc -l) -eq 3 ]] || complain "an event file was overwritten"
  echo "years of the event files: $(find clock -name 'events.out.*' | sort | sed 's/.*tfevents\.//; s/\..*//' | while read -r s; do date -d "@$s" +%Y; done | tr '\n' ' ')"
fi
finish
