#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A cross-validation that is killed and resumed ends with the weights of one never stopped; its models predict together,
# and the quality of what they predict is estimated. Argument: the program.
set -uo pipefail
medcl=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export COLUMNS=200  # sentences stay on one line
failures=0
readonly TINY=(--preset phantom --method pce --threads 1 --steps 3 --set network.width=4 --set crop.size=32
  --set sampler.batch=4 --set train.checkpoint_every=1 --set train.validate_every=3)

complain() {
  printf 'FAILED: %s\n' "$*"
  sed 's/^/    /' stdout stderr | tail -8
  failures=$((failures + 1))
}

# ends CODE ARGUMENT...: runs the program.
ends() {
  local code=$1 found
  shift
  timeout 120 "$medcl" "$@" >stdout 2>stderr
  found=$?
  [[ $found -eq $code ]] || complain "'$*' ended with $found, expected $code"
}
says() { grep -qE -- "$1" stdout stderr || complain "nobody says '$1'"; }
hashes() { (cd "$1" && sha256sum fold_*/best/weights.safetensors fold_*/last/weights.safetensors); }

ends 0 phantom data --seed 5 --size 48 --slices 2 --scribbled 2 --unlabelled 2 --validation 1 --test 2

# Too many folds, and folds of a run that has none.
ends 2 train data -o refused "${TINY[@]}" --folds 3
says 'expected 2 to 2'
[[ ! -e refused ]] || complain 'a refused run left a folder'

# Never stopped.
ends 0 train data -o whole "${TINY[@]}" --folds 2
says 'stroke Dice'
says '^next: medcl predict -m whole'
[[ -f whole/folds.json && -f whole/fold_0/config.toml && -f whole/fold_1/config.toml ]] || complain 'no folders of folds'
cmp -s whole/fold_0/best/weights.safetensors whole/fold_1/best/weights.safetensors && complain 'the folds are alike'

# Killed in the second fold, and gone on with by the same command.
"$medcl" train data -o killed "${TINY[@]}" --folds 2 >log 2>&1 &
process=$!
while [[ ! -f killed/fold_1/metrics.jsonl ]] && kill -0 $process 2>/dev/null; do sleep 0.01; done
kill -9 $process 2>/dev/null
wait $process 2>/dev/null
ends 0 train data -o killed "${TINY[@]}" --folds 2
[[ $(hashes killed) == "$(hashes whole)" ]] || complain 'other weights than the run never stopped'

# Interrupted in the first fold, and gone on with by --resume.
"$medcl" train data -o stopped "${TINY[@]}" --folds 2 >log 2>&1 &
process=$!
while [[ ! -f stopped/fold_0/metrics.jsonl ]] && kill -0 $process 2>/dev/null; do sleep 0.01; done
kill -INT $process 2>/dev/null
wait $process
ends 0 train --resume stopped
[[ $(hashes stopped) == "$(hashes whole)" ]] || complain 'other weights after --resume'
ends 0 train --resume stopped/fold_1
says 'nothing was left to do'

# What a run of folds keeps.
ends 2 train data -o whole "${TINY[@]}" --folds 2 --preset laptop
ends 2 train data -o whole "${TINY[@]}" --folds 2 --seed 9
ends 2 train data -o whole "${TINY[@]}"
says 'medcl train --resume whole'
ends 2 train --resume whole/fold_0 --folds 2

# The folds predict together; so do the models that are named.
ends 0 predict -m whole data/imagesTs -o together --probabilities
ends 0 predict -m whole/fold_0 -m whole/fold_1 data/imagesTs -o named
ends 0 predict -m whole/fold_0 data/imagesTs -o alone
for file in together/*.nii.gz; do
  cmp -s "$file" "named/$(basename "$file")" || complain "$file differs from that of the models named one by one"
done
grep -q '"models"' together/prediction.json || complain 'prediction.json does not name the models'
grep -q '"models"' alone/prediction.json && complain 'prediction.json of one model lists models'
rm -r stopped/fold_1/best
ends 4 predict -m stopped data/imagesTs -o none
says 'fold_1'

# What nobody has dense labels for is estimated, from what the folds did not see; a run without folds has nothing such.
ends 0 estimate whole
says '^mean .* [0-9.]+ to [0-9.]+'
says 'cannot see what all folds have in common'
ends 0 estimate whole --json
grep -q '"coverage"' stdout || complain 'no JSON'
cmp -s stdout whole/estimate.json || complain 'estimate.json is not what was printed'
ends 2 estimate whole/fold_0
says 'medcl train DATASET -o RUN --folds'
ends 0 report whole --predictions together -o page
grep -q 'Estimated quality' page/index.html || complain 'the page does not show the estimate'

[[ $failures -eq 0 ]] && echo ok
exit $((failures > 0))
