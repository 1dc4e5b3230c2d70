#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk that fills up, and a limit of file sizes (ulimit -f): exit code 6, one line that says how
# much was needed (and how much is free), no abort, the last checkpoint intact; with room again the
# run goes on to the same result. Argument: the program. Full disks need root (a tmpfs mount).
here=$(cd "$(dirname "$0")" && pwd)
source "$here/common.sh"
plan=(--steps 24 --threads 1 --method pce --set train.checkpoint_every=5 --set train.validate_every=8)
make_data
(new_run whole "${plan[@]}") || { cat whole.log; exit 1; }
expected=$(result whole)

# expect_full CODE RUN: as promised when there was no room.
expect_full() {
  [[ $1 -eq 6 ]] || { cat "$(basename "$2").log"; complain "$2: ended with $1, expected 6"; }
  [[ $(grep -c '^medcl train: ' "$(basename "$2").log") -eq 1 ]] || { cat "$(basename "$2").log"; complain "$2: not one line"; }
  grep -qiE 'terminate|abort|core dumped' "$(basename "$2").log" && complain "$2: the program was aborted"
  [[ -z $(find "$2" -name '.*.tmp-*' -print -quit 2>/dev/null) ]] || complain "$2: a temporary file is left"
}

# A few steps without a limit, then files of at most 100 kB: the next checkpoint cannot be written.
checks=$((checks + 1))
interrupt_at 3 limited new_run "${plan[@]}"
before=$(cd limited/checkpoints && find . -type f -exec sha256sum {} + | sort)
(
  ulimit -f 100
  resume limited
)
expect_full $? limited
grep -q 'room for [0-9]* more bytes' limited.log || complain "limited: does not say how much was needed"
[[ -n $(cd limited/checkpoints && sha256sum -c --quiet <<<"$before" 2>&1) ]] && complain "limited: the last checkpoint changed"
(resume limited) || { cat limited.log; complain "limited: cannot be resumed"; }
[[ $(result limited) == "$expected" ]] || complain "limited: another result"

# The results of a command that go to a full disk are missed.
checks=$((checks + 1))
if [[ -w /dev/full ]]; then
  "$medcl" --version >/dev/full 2>lost.log && complain "a version that nobody could read counts as printed"
  "$medcl" info whole/best >/dev/full 2>lost.log
  [[ $? -eq 4 ]] || { cat lost.log; complain "results that went to a full disk count as printed"; }
fi

[[ $(id -u) -eq 0 ]] || { echo "not root: no full disk is tried"; finish; }
mkdir small
mount -t tmpfs -o size=64k medcl_test small 2>/dev/null || { echo "tmpfs cannot be mounted: no full disk is tried"; finish; }
trap 'umount "$work/small"; clean' EXIT
ends=0
for kilobytes in 8 16 300 1000 2000 3000 4000 5000 6000 7000 9000; do
  checks=$((checks + 1))
  mount -o "remount,size=${kilobytes}k" small
  (new_run small/run "${plan[@]}")
  code=$?
  if [[ $code -ne 0 ]]; then
    ends=$((ends + 1))
    expect_full $code small/run
    grep -qE '[0-9.]+ MB free|No space left' run.log || complain "$kilobytes kB: does not say that the disk is full"
  fi
  mount -o remount,size=64m small
  if [[ -e small/run/config.toml ]]; then
    (resume small/run) || { cat run.log; complain "$kilobytes kB: cannot be resumed"; }
  else
    (new_run small/run "${plan[@]}") || { cat run.log; complain "$kilobytes kB: cannot be started again"; }
  fi
  [[ $(result small/run) == "$expected" ]] || complain "$kilobytes kB: another result"
  rm -rf small/run
done
echo "$ends runs met a full disk and went on to the same result when there was room"
[[ $ends -ge 5 ]] || complain "too few runs met a full disk"
finish
