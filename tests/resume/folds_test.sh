#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A cross-validation that is killed and resumed ends with the weights of one never stopped; its models predict together,
# and the quality of what they predict is estimated. Argument: the program.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly SHORT=(--steps 3 --set train.checkpoint_every=1 --set train.validate_every=3)

hashes() { (cd "$1" && sha256sum fold_*/best/weights.safetensors fold_*/last/weights.safetensors); }

ends 0 phantom data --seed 5 --size 48 --slices 2 --scribbled 2 --unlabelled 2 --validation 1 --test 2

# Too many folds, and folds of a run that has none.
ends 2 train data -o refused "${TINY[@]}" "${SHORT[@]}" --folds 3
says 'expected 2 to 2'
[[ ! -e refused ]] || wrong 'a refused run left a folder'

# Never stopped.
ends 0 train data -o whole "${TINY[@]}" "${SHORT[@]}" --folds 2
says 'stroke Dice'
says '^next: medcl predict -m whole'
[[ -f whole/folds.json && -f whole/fold_0/config.toml && -f whole/fold_1/config.toml ]] || wrong 'no folders of folds'
cmp -s whole/fold_0/best/weights.safetensors whole/fold_1/best/weights.safetensors && wrong 'the folds are alike'

# Killed in the second fold, and gone on with by the same command.
"$medcl" train data -o killed "${TINY[@]}" "${SHORT[@]}" --folds 2 >log 2>&1 &
process=$!
while [[ ! -f killed/fold_1/metrics.jsonl ]] && kill -0 $process 2>/dev/null; do sleep 0.01; done
kill -9 $process 2>/dev/null
wait $process 2>/dev/null
ends 0 train data -o killed "${TINY[@]}" "${SHORT[@]}" --folds 2
[[ $(hashes killed) == "$(hashes whole)" ]] || wrong 'other weights than the run never stopped'

# Interrupted in the first fold, and gone on with by --resume.
"$medcl" train data -o stopped "${TINY[@]}" "${SHORT[@]}" --folds 2 >log 2>&1 &
process=$!
while [[ ! -f stopped/fold_0/metrics.jsonl ]] && kill -0 $process 2>/dev/null; do sleep 0.01; done
kill -INT $process 2>/dev/null
wait $process
ends 0 train --resume stopped
[[ $(hashes stopped) == "$(hashes whole)" ]] || wrong 'other weights after --resume'
ends 0 train --resume stopped/fold_1
says 'nothing was left to do'

# What a run of folds keeps.
ends 2 train data -o whole "${TINY[@]}" "${SHORT[@]}" --folds 2 --preset laptop
ends 2 train data -o whole "${TINY[@]}" "${SHORT[@]}" --folds 2 --seed 9
ends 2 train data -o whole "${TINY[@]}" "${SHORT[@]}"
says 'medcl train --resume whole'
ends 2 train --resume whole/fold_0 --folds 2

# The folds predict together; so do the models that are named.
ends 0 predict -m whole data/imagesTs -o together --probabilities
ends 0 predict -m whole/fold_0 -m whole/fold_1 data/imagesTs -o named
ends 0 predict -m whole/fold_0 data/imagesTs -o alone
for file in together/*.nii.gz; do
  cmp -s "$file" "named/$(basename "$file")" || wrong "$file differs from that of the models named one by one"
done
grep -q '"models"' together/prediction.json || wrong 'prediction.json does not name the models'
grep -q '"models"' alone/prediction.json && wrong 'prediction.json of one model lists models'
rm -r stopped/fold_1/best
ends 4 predict -m stopped data/imagesTs -o none
says 'fold_1'

# What nobody has dense labels for is estimated, from what the folds did not see; a run without folds has nothing such.
ends 0 estimate whole
says '^mean .* [0-9.]+ to [0-9.]+'
says 'cannot see what all folds have in common'
ends 0 estimate whole --json
grep -q '"coverage"' stdout || wrong 'no JSON'
cmp -s stdout whole/estimate.json || wrong 'estimate.json is not what was printed'
ends 0 info whole/estimate.json
says 'kind: estimate of medcl estimate'
ends 2 estimate whole/fold_0/
says 'one fold of a run.*medcl estimate whole$'
cp -r whole/fold_0 apart
ends 2 estimate apart
says 'medcl train DATASET -o RUN --folds'
ends 0 report whole --predictions together -o page
grep -q 'Estimated quality' page/index.html || wrong 'the page does not show the estimate'

# Labels that changed since are told.
label=$(find data/labelsTr -name '*.nii.gz' | sort | head -n 1)
cp "$label" label.bak
gunzip -c "$label" >poked.nii && printf '\0' | dd of=poked.nii bs=1 seek=500 conv=notrunc status=none && gzip -nc poked.nii >"$label"
ends 0 estimate whole
says "labelsTr/$(basename "$label") changed"
mv label.bak "$label"
ends 0 estimate whole
silent 'changed since'

# What is in a run of folds; what is damaged of it.
ends 0 info whole
says 'kind: run of 2 folds'
ends 0 info stopped
says 'none yet'
cp -r whole damaged
printf x >>damaged/fold_0/best/weights.safetensors
ends 4 train --resume damaged
says 'remove damaged/fold_0'
rm -r damaged/fold_0
ends 0 train --resume damaged
[[ $(hashes damaged) == "$(hashes whole)" ]] || wrong 'other weights of a fold that was trained anew'
truncate -s 40 damaged/folds.json
ends 4 predict -m damaged data/imagesTs -o none
says 'list of the folds of this run cannot be read'
one_line

# A planned run that stops in its first fold keeps plan and summary for the folds begun later; before its first checkpoint it
# says that it begins again.
PLANNED=(--threads 1 --steps 5000 --set network.width=4 --set crop.size=32 --set sampler.batch=2 --set train.checkpoint_every=1000)
"$medcl" train data -o planned "${PLANNED[@]}" --folds 2 >log 2>&1 &
process=$!
while [[ ! -s planned/fold_0/metrics.jsonl ]] && kill -0 $process 2>/dev/null; do sleep 0.01; done
kill -9 $process 2>/dev/null
wait $process 2>/dev/null
ends 0 train --resume planned --steps 4
says 'nothing was saved of planned/fold_0 before it stopped'
checks=$((checks + 1))
[[ $(grep -c '^structures: ' stderr) -eq 2 ]] || wrong 'no summary of the folds begun by --resume'
cmp -s planned/plan.toml planned/fold_1/plan.toml || wrong 'no plan in a fold begun by --resume'

# Splits that leave out one case each: the commands that are named work.
ends 0 split data --folds 2 --force
ends 2 train data -o more "${TINY[@]}" "${SHORT[@]}" --folds 4
says 'give --folds 2'
ends 2 train data -o more "${TINY[@]}" "${SHORT[@]}" --folds 3
hint=$(sed -n 's/.*make other splits: medcl \(.*--force\).*/\1/p' stderr)
checks=$((checks + 1))
[[ -n $hint ]] || wrong 'no hint'
eval "${medcl@Q} $hint" >stdout 2>stderr || wrong 'the hint does not work'
ends 0 train data -o more "${TINY[@]}" "${SHORT[@]}" --folds 2
finish
