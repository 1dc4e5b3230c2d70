#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a person meets who goes on with a run, moves its data, names folders in another encoding, or is short of time.
# Argument: the program.
set -uo pipefail
medcl=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export COLUMNS=200  # sentences stay on one line
failures=0 checks=0
readonly TINY=(--preset phantom --method pce --threads 1 --set network.width=4 --set crop.size=32 --set sampler.batch=4
  --set train.checkpoint_every=4 --set train.validate_every=4)

complain() {
  printf 'FAILED: %s\n' "$*"
  sed 's/^/    /' stdout stderr | tail -8
  failures=$((failures + 1))
}

# ends CODE ARGUMENT...: runs the program.
ends() {
  local code=$1 found
  shift
  checks=$((checks + 1))
  timeout 120 "$medcl" "$@" >stdout 2>stderr
  found=$?
  [[ $found -eq $code ]] || complain "'$*' ended with $found, expected $code"
}

says() { checks=$((checks + 1)); grep -qE -- "$1" stdout stderr || complain "nobody says '$1'"; }
keeps() { checks=$((checks + 1)); grep -q -- "$1" "$2/config.toml" || complain "$2/config.toml does not hold '$1'"; }
one_line() {
  checks=$((checks + 1))
  [[ $(grep -c '^medcl ' stderr) -eq 1 ]] || complain "not one line"
  grep -qE 'json\.exception|filesystem error' stderr && complain "a library's own text"
}

ends 0 phantom data --seed 5 --size 48 --slices 2 --scribbled 2 --unlabelled 1 --validation 1 --test 1

# An end that is reached says so, with the line that goes on, and that line works.
ends 0 train data -o run "${TINY[@]}" --steps 4
says 'largest component: (none|each|together|both) \(mean Dice of 1 validation case: none [0-9.]+, each'
ends 0 train --resume run
says 'nothing was left to do: plan done after 4 steps'
says '^  medcl train --resume run --steps 8$'
eval "${medcl@Q} $(sed -n 's/^  medcl \(train --resume run --steps 8\)$/\1/p' stdout)" >stdout 2>stderr || complain 'the line does not work'
says '^8 steps'
keeps 'steps = 8' run

# What a run keeps is refused by name.
for words in '--preset laptop' '--config run/config.toml' '-o other' 'elsewhere' '--seed 9' '--set network.width=8' '--method medcl'; do
  # shellcheck disable=SC2086
  ends 2 train $words --resume run
  one_line
done
ends 2 train --resume run --steps 0
says 'such as --time 30m or --steps 2000'
one_line
grep -q preset stderr && complain 'a run that goes on is advised a preset'
ends 2 train data -o new "${TINY[@]}" --steps 2 --accept-changes
says 'accept-changes'

# A time budget that is too short is said, in the model and on the page too, and goes on.
ends 0 train data -o short "${TINY[@]}" --steps 100000 --time 1s
says 'of 100000 planned steps'
says '^  medcl train --resume short --time [0-9]+m$'
ends 0 info short
says 'cut_short'
ends 0 train --resume short --steps 1 --set train.time_s=0
says 'nothing was left to do'

# The dataset moved.
mv data moved
ends 4 train --resume run --steps 9
says '--set dataset=NEW'
one_line
ends 0 train --resume run --steps 9 --set dataset=moved
keeps "dataset = \"$work/moved\"" run
ends 0 train --resume run --steps 10

# A label changed.
label=$(find moved/labelsTr -name '*.nii.gz' | sort | head -n 1)
cp "$label" label.bak
gunzip -c "$label" >poked.nii && printf '\0' | dd of=poked.nii bs=1 seek=500 conv=notrunc status=none && gzip -nc poked.nii >"$label"
ends 2 train --resume run --steps 12
says "labelsTr/$(basename "$label") changed"
one_line
ends 0 train --resume run --steps 12 --accept-changes
says 'no longer counts'

# Names in another encoding go through every verb and come back.
odd=$(printf 'caf\351')
cp -r moved "$odd"
ends 0 train "$odd" -o "$odd/run" "${TINY[@]}" --steps 4
ends 0 train --resume "$odd/run" --steps 5
ends 0 predict -m "$odd/run" "$odd/imagesTs" -o "$odd/predictions"
ends 0 evaluate --predictions "$odd/predictions" --reference "$odd/labelsTs" --dataset "$odd" -o scores.json
ends 0 report "$odd/run" --predictions "$odd/predictions" --dataset "$odd" --evaluation scores.json -o "$odd/page"

# The model's rule is applied, replaced and turned off.
ends 0 train moved -o both "${TINY[@]}" --steps 2 --set validate.largest_component=both
ends 0 predict -m both moved/imagesTs -o p1
says 'post-processing: largest 3-D component of all classes together, then of each'
ends 0 predict -m both moved/imagesTs -o p2 --no-postprocess
says 'post-processing: none'
ends 0 predict -m both moved/imagesTs -o p3 --largest-component
says 'post-processing: largest 3-D component of each class'
ends 2 predict -m both moved/imagesTs -o p4 --largest-component --no-postprocess

# Descriptions with wrong fields.
echo '{"medcl": {"labels": {"background": 0, "a": 1}, "options": 3}, "metric_per_case": []}' >bad.json
ends 4 report run --dataset moved --evaluation bad.json -o page
one_line

# Without a preset, the options follow from the data.
ends 0 train moved -o none --steps 2 --threads 1
says '^cases: training on 2 labelled and 1 unlabelled cases, validating on [0-9]+'
says '^slices: [0-9]+ of [0-9]+ drawn; RV [0-9]+, MYO [0-9]+, LV [0-9]+$'
says '^structures: .* a crop of [0-9]+ x [0-9]+ pixels: '
says '^network: unet of width 16, method medcl, batch 8, 1 thread,'
says '^time: 2 steps'
ends 0 train moved -o again --steps 2 --config none/plan.toml
ends 2 plan moved --set crop.size=24
echo "$checks checks, $failures failed"
exit $((failures > 0))
