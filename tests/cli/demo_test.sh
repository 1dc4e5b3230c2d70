#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `./run demo` makes of its trainings: the same number of steps on every machine, no comparison of models
# that were not trained to the end, and no folder emptied that is not its own. A stand-in for the program
# writes what `medcl` would. Argument: the root of the sources.
set -uo pipefail
run=$(realpath "$1")/run
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

complain() {
  printf 'FAILED: %s\n' "$*"
  sed 's/^/    /' "$work/seen" | tail -n 12
  failures=$((failures + 1))
}

# The stand-in notes how it was called; a training of it makes $STEPS of 900 steps, partial cross-entropy $PCE_STEPS.
cat >"$work/medcl" <<'PROGRAM'
#!/usr/bin/env bash
set -eu
echo "$*" >>"$CALLS"
output=
words=("$@")
for ((n = 0; n < $#; ++n)); do [[ ${words[n]} == -o ]] && output=${words[n + 1]}; done
case $1 in
  train)
    mkdir -p "$output"
    steps=$STEPS
    [[ $* == *"--method pce"* ]] && steps=$PCE_STEPS
    printf '[schedule]\nsteps = 5\n[train]\nseed = 1\nsteps = 900\n[other]\nsteps = 7\n' >"$output/config.toml"
    printf '{"step":1,"loss":{}}\n{"step":%d,"loss":{}}\n' "$steps" >"$output/metrics.jsonl" ;;
  evaluate)
    dice=0.8625
    [[ $output == */pce.json ]] && dice=0.6
    printf '{\n"foreground_mean": {\n"Dice": %s, "IoU": 0.5 },\n"mean": {"1": {"Dice": 0.1}}}\n' $dice >"$output" ;;
  *) [[ -z $output ]] || mkdir -p "$output" ;;
esac
PROGRAM
chmod +x "$work/medcl"

# demo STEPS PCE_STEPS [NAME=VALUE...]: all that it prints goes to `seen`, the calls to `calls`.
demo() {
  local steps=$1 pce=$2
  shift 2
  : >"$work/calls"
  env -u MEDCL_DEMO_TIME MEDCL_DEMO_PROGRAM="$work/medcl" MEDCL_DEMO_FOLDER="$work/demo" CALLS="$work/calls" \
    STEPS="$steps" PCE_STEPS="$pce" "$@" "$run" demo >"$work/seen" 2>&1
}

demo 900 900 || complain "the demo failed"
grep -q 'MedCL  *0.863' "$work/seen" || complain "the score of MedCL is not printed"
grep -q 'difference  *+0.263' "$work/seen" || complain "the difference is not printed"
[[ $(grep -c '^train ' "$work/calls") -eq 2 ]] || complain "there are not two trainings"
grep '^train ' "$work/calls" | grep -qE -- '--time|--steps' && complain "a training depends on more than the preset"
grep -q '^report .*--compare' "$work/calls" || complain "the page compares nothing"

demo 120 900 MEDCL_DEMO_TIME=5s || complain "the short demo failed"
grep -q '^train .*--time 5s' "$work/calls" || complain "MEDCL_DEMO_TIME is not used"
grep -q '120 of 900 steps' "$work/seen" || complain "it does not say how far the training came"
grep -qE 'difference|mean Dice' "$work/seen" && complain "it compares models that were not trained to the end"
grep -q '^report .*--compare' "$work/calls" && complain "the page compares them"

demo 900 899 || complain "the demo failed"
grep -q '899 of 900 steps' "$work/seen" || complain "a baseline that was cut short is not named"
grep -qE 'difference|mean Dice' "$work/seen" && complain "it compares with a baseline that was cut short"
grep -q '^report .*--compare' "$work/calls" && complain "the page compares with it"

mkdir -p "$work/mine/data"
echo precious >"$work/mine/data/scan"
demo 900 900 MEDCL_DEMO_FOLDER="$work/mine" && complain "it works in the folder of somebody else"
[[ -e $work/mine/data/scan ]] || complain "it emptied the folder of somebody else"

echo "$failures failed"
exit $((failures > 0))
