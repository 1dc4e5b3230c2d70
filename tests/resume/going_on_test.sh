#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a person meets who goes on with a run, moves its data, names folders in another encoding, or is short of time.
# Argument: the program.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly OFTEN=(--set train.checkpoint_every=4 --set train.validate_every=4)

keeps() { checks=$((checks + 1)); grep -q -- "$1" "$2/config.toml" || wrong "$2/config.toml does not hold '$1'"; }

ends 0 phantom data --seed 5 --size 48 --slices 2 --scribbled 2 --unlabelled 1 --validation 1 --test 1

# An end that is reached says so, with the line that goes on, and that line works.
ends 0 train data -o run "${TINY[@]}" "${OFTEN[@]}" --steps 4
says 'largest component: (none|each|together|both) \(mean Dice of 1 validation case: none [0-9.]+, each'
ends 0 train --resume run
says 'nothing was left to do: plan done after 4 steps'
says '^  medcl train --resume run --steps 8$'
eval "${medcl@Q} $(sed -n 's/^  medcl \(train --resume run --steps 8\)$/\1/p' stdout)" >stdout 2>stderr || wrong 'the line does not work'
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
grep -q preset stderr && wrong 'a run that goes on is advised a preset'
ends 2 train data -o new "${TINY[@]}" "${OFTEN[@]}" --steps 2 --accept-changes
says 'accept-changes'

# A time budget that is too short is said, in the model and on the page too, and goes on.
ends 0 train data -o short "${TINY[@]}" "${OFTEN[@]}" --steps 100000 --time 1s
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
ends 0 train "$odd" -o "$odd/run" "${TINY[@]}" "${OFTEN[@]}" --steps 4
ends 0 train --resume "$odd/run" --steps 5
ends 0 predict -m "$odd/run" "$odd/imagesTs" -o "$odd/predictions"
ends 0 evaluate --predictions "$odd/predictions" --reference "$odd/labelsTs" --dataset "$odd" -o scores.json
ends 0 report "$odd/run" --predictions "$odd/predictions" --dataset "$odd" --evaluation scores.json -o "$odd/page"

# The model's rule is applied, replaced and turned off.
ends 0 train moved -o both "${TINY[@]}" "${OFTEN[@]}" --steps 2 --set validate.largest_component=both
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

# A plan refuses what a training refuses, in the same words, and does not show what it does not use.
ends 2 train moved -o refused --set prepare.normalisation=window --set prepare.window_low=300 --steps 2
says 'a window without width'
tail -n 1 stderr | sed 's/^medcl [a-z]*: //' >words
ends 2 plan moved --set prepare.normalisation=window --set prepare.window_low=300 --steps 2
checks=$((checks + 1))
[[ $(tail -n 1 stderr | sed 's/^medcl [a-z]*: //') == "$(cat words)" ]] || wrong 'other words than those of train'
ends 0 plan moved --set prepare.window_low=300 --steps 2
says 'prepare.window_low is given and not used'
checks=$((checks + 1))
grep -q '^window_low' stdout && wrong 'the plan shows an option that it does not use'

# A best model that is damaged is noticed before anything else is made of the run.
cp -r again damaged
printf x >>damaged/best/weights.safetensors
ends 4 train --resume damaged --steps 3
says 'damaged/best/weights.safetensors'
says 'put it back from a copy'

# A rule of post-processing may stand behind its flag as behind any other.
ends 0 predict -m both moved/imagesTs -o p5 --largest-component together
says 'post-processing: largest 3-D component of all classes together'
says '^next: medcl report both --predictions p5'
ends 0 info both
says '^normalisation: slice-zscore'
silent 'spacing mm: 0'
finish
