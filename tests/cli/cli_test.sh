#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the program promises at its edge: exit codes, one clear line per error, no partial output.
# Argument: the program. Broken inputs are made from a small synthetic dataset.
set -uo pipefail
medcl=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0 checks=0

complain() {
  printf 'FAILED: %s\n' "$*"
  sed 's/^/    stderr: /' stderr | head -5
  failures=$((failures + 1))
}

# refuses CODE REGEX OUTPUT ARGUMENT...: exit code CODE, exactly one line on stderr that begins with
# "medcl" and matches REGEX (others may only be warnings or progress), nothing on stdout, and OUTPUT ("-" = none) does not exist afterwards.
refuses() {
  local code=$1 pattern=$2 output=$3 found
  shift 3
  checks=$((checks + 1))
  [[ $output == - ]] || rm -rf "$output"
  timeout 120 "$medcl" "$@" >stdout 2>stderr
  found=$?
  [[ $found =~ ^$code$ ]] || complain "'$*' ended with $found, expected $code"
  [[ $(grep -vcE '^(warning: |[a-z]+ [0-9]+/[0-9]+ )' stderr) -eq 1 ]] || complain "'$*' did not print one line"
  grep -qE "^medcl.*$pattern" stderr || complain "'$*' does not say '$pattern'"
  [[ ! -s stdout ]] || complain "'$*' printed a result"
  if [[ $output != - ]]; then
    [[ ! -e $output ]] || complain "'$*' left $output behind"
    [[ -z $(find "$(dirname "$output")" -name '.*.tmp-*' -print -quit) ]] || complain "'$*' left a temporary file"
  fi
}

# accepts REGEX ARGUMENT...: exit code 0 and stdout matches REGEX.
accepts() {
  local pattern=$1
  shift
  checks=$((checks + 1))
  timeout 300 "$medcl" "$@" >stdout 2>stderr || complain "'$*' failed"
  grep -qE "$pattern" stdout || complain "'$*' does not print '$pattern'"
}

# finds RULE: check ends with 3 and names the rule.
finds() {
  checks=$((checks + 1))
  timeout 120 "$medcl" check "$2" >stdout 2>stderr
  [[ $? -eq 3 ]] || complain "check of $2 did not end with 3"
  grep -qE "$1" stdout || complain "check of $2 does not name '$1'"
}

fresh() { rm -rf broken && cp -r data broken; }
first_of() { local all=("$1"/*); basename "${all[0]}" "$2"; }
# poke FILE OFFSET BYTES: overwrites bytes inside a .nii.gz.
poke() {
  gunzip -c "$1" >poked.nii && printf '%b' "$3" | dd of=poked.nii bs=1 seek="$2" conv=notrunc status=none
  gzip -nc poked.nii >"$1"
}
train() { refuses "$1" "$2" run train "${4:-broken}" -o run --steps 1 --preset phantom ${3:-}; }

accepts '^medcl [0-9]+\.[0-9]+' --version
accepts 'train' --help
while read -r verb; do
  accepts "^(Example:|) *medcl $verb " "$verb" --help
done < <("$medcl" --help | sed -n '/^Verbs:/,/^$/p' | awk '/^  [a-z]/ {print $1}')

refuses 2 "unknown verb 'trian'.*'train'" - trian
refuses 2 "unknown option '--metod'.*'--method'" - train data -o run --metod pce
refuses 2 '' - check
refuses 2 'spacing.*lengths in mm' - info data --spacing nan,1,1
refuses 4 'nowhere' - check nowhere
refuses 4 'nowhere' run train nowhere -o run --preset phantom
refuses 4 'empty' run train empty_missing -o run --preset phantom
mkdir empty
refuses 4 'empty' run train empty -o run --preset phantom
refuses 4 'empty' - check empty

accepts 'data' phantom data --seed 3 --size 64 --slices 3 --scribbled 2 --unlabelled 1 --validation 1 --test 1
accepts '0 errors' check data
# What keeps a dataset from being read is a finding like the others, for machines too.
mkdir unread && echo "{" >unread/dataset.json
checks=$((checks + 1))
"$medcl" check unread --json >stdout 2>stderr && complain "check --json of a broken dataset.json ended with 0"
head -c 1 stdout | grep -q '{' || complain "check --json of a broken dataset.json printed no JSON"
grep -q '"id": "dataset-unreadable"' stdout || complain "check --json of a broken dataset.json has no finding"
accepts 'nnUNet_preprocessed/data/nnUNetPlans.json' plan data --nnunet -o plans.json
grep -q '"network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet"' plans.json ||
  complain "plan --nnunet -o plans.json is no plan of nnU-Net"
accepts '"plans_name": "nnUNetResEncUNetMPlans"' plan data --nnunet --planner resenc-m --json
accepts '^name = "nnunet2d"' plan data --nnunet
refuses 2 '--json' - plan data --nnunet --planner resenc-m
refuses 2 'follows from the data alone' - plan data --nnunet --steps 5
refuses 2 '--nnunet' - plan data --planner resenc-m
image=$(first_of data/imagesTr _0000.nii.gz)
label=$(first_of data/labelsTr .nii.gz)

refuses 2 'nearest|did you mean|network.width' run train data -o run --steps 1 --set network.widht=8
printf '[network]\nwidht = 8\n' >typo.toml
refuses 2 'network.widht' run train data -o run --steps 1 --config typo.toml
printf '[network\n' >syntax.toml
refuses 4 'syntax.toml' run train data -o run --steps 1 --config syntax.toml
refuses 2 'phantom' run train data -o run --steps 1 --preset fantom
refuses 2 '' run train data -o run --preset phantom --time soon

fresh && head -c 2000 data/imagesTr/"$image"_0000.nii.gz >broken/imagesTr/"$image"_0000.nii.gz
train 4 "$image"_0000
finds "$image"_0000 broken
: >broken/imagesTr/"$image"_0000.nii.gz
train 4 "$image"_0000

fresh && poke broken/imagesTr/"$image"_0000.nii.gz 80 '\0000\0000\0300\0177'  # pixdim[1] = NaN
train '(3|4)' "$image"_0000
finds "$image"_0000 broken

fresh && poke broken/labelsTr/"$label".nii.gz 352 '\0115'  # a label value that no class has
train 3 "$label"
finds 'label-outside-map|outside' broken

fresh && poke broken/labelsTr/"$label".nii.gz 292 '\0000\0000\0310\0102'  # srow_x[3] = 100
poke broken/labelsTr/"$label".nii.gz 268 '\0000\0000\0310\0102'             # qoffset_x = 100
train 3 "$label"
finds 'label-geometry' broken

accepts 'plain' phantom plain --seed 3 --size 64 --slices 3 --scribbled 2 --unlabelled 1 --validation 0 --test 0
rm -f plain/labelsTr/*
train 3 'no scribble' '' plain
finds 'no-annotation' plain

fresh && rm -rf broken/imagesTr/* broken/labelsTr/* broken/splits_final.json
train 3 'no scribble|no cases'
finds 'no-cases' broken

fresh && echo '{"labels":' >broken/dataset.json
train 4 'dataset.json'

for what in step predict pipeline; do
  accepts "^$what: .* images/s" bench "$what" --width 2 --size 32 --batch 2 --steps 1 --threads 1
done
refuses 2 'sprint' - bench sprint

# A SAM without any weights: pre-trained, trained and asked, each in a few steps.
tiny=(--set crop.size=32 --set sam.image_size=32 --set sam.encoder_width=16 --set sam.encoder_depth=1
  --set sam.encoder_heads=2 --set sam.decoder_width=16 --set sampler.batch=2 --set train.threads=1)
accepts 'encoder/encoder.safetensors: 3 steps' pretrain data -o encoder --steps 3 "${tiny[@]}"
accepts '2 steps' train data -o sam_run --preset sam-phantom --steps 2 "${tiny[@]}"
grep -q 'RANDOM weights' stderr || complain 'random weights are not said'
accepts 'heart|slices' predict -m sam_run data/imagesTs -o sam_whole --threads 1

# No output becomes a file of a dataset, whichever verb writes it, not even with --force.
one=$(first_of data/imagesTs _0000.nii.gz)
scan=data/imagesTs/${one}_0000.nii.gz
refuses 2 'lies in labelsTr' - predict -m sam_run "$scan" -o data/labelsTr --threads 1
refuses 2 'is a dataset' - predict -m sam_run "$scan" -o data --threads 1
refuses 2 'lies in imagesTs' - predict -m sam_run "$scan" -o data/imagesTs/other_0000.nii.gz --threads 1 --force
refuses 2 'lies in imagesTs' - scribble --labels "data/labelsTs/$one.nii.gz" -o "$scan" --force
refuses 2 'that of a dataset' - evaluate -p sam_whole -r data/labelsTs -o data/splits_final.json --force
refuses 2 'an empty name' - predict -m sam_run "$scan" -o "" --threads 1
refuses 2 'is a model' - train data -o cached --preset sam-phantom --steps 1 "${tiny[@]}" --cache sam_run/best

accepts 'slices' predict -m sam_run data/imagesTs -o mirrored --flips --threads 1
grep -q 'trained without any' stderr || complain 'mirror images that the model never saw are not warned of'

# --continue knows the images that labels were made of, and takes a model that was moved.
cp -r data/imagesTs scans && cp -r sam_run sam_moved
accepts 'slices' predict -m sam_run scans -o gone_on --threads 1
accepts '0 slices' predict -m sam_moved scans -o gone_on --threads 1 --continue
cp "data/imagesTr/$(ls data/imagesTr | head -n 1)" "scans/${one}_0000.nii.gz"
accepts 'slices' predict -m sam_run scans -o gone_on --threads 1 --continue
grep -q "case $one: its image is another one than before" stderr || complain 'a replaced scan is not noticed'

grep -q '"box": "whole image"' sam_whole/prediction.json || complain 'the box is not written'
accepts 'slices' predict -m sam_run data/imagesTs -o sam_twice --box first_pass --threads 1
grep -q '"box": "first pass' sam_twice/prediction.json || complain 'the first pass is not written'
accepts 'slices' predict -m sam_run data/imagesTs -o sam_boxes --box reference --box-from data/labelsTs --box-shift-px 10 --threads 1
grep -q '"box": "reference labels of data/labelsTs, corners shifted by up to 10 px of 1024"' sam_boxes/prediction.json || complain 'the reference is not written'
echo "{\"${image}\": {\"0\": [4, 4, 30, 30]}}" >boxes.json
refuses 2 'box-from' sam_file predict -m sam_run data/imagesTs -o sam_file --box file
refuses 3 'boxes.json' sam_file predict -m sam_run data/imagesTs -o sam_file --box file --box-from boxes.json
accepts '2 steps' train data -o sam_taught --preset sam-phantom --steps 2 "${tiny[@]}" --set sam.checkpoint=encoder/encoder.safetensors
grep -q 'RANDOM weights' stderr && complain 'weights of a file are said to be random'
refuses 5 'not the weights of a SAM' bad_run train data -o bad_run --preset sam-phantom --set sam.checkpoint=sam_run/prepared/"$image".safetensors
refuses 2 'first_pass' - predict -m no_model data/imagesTs -o sam_twice --box first_pas

refuses 4 'no_model' out.nii.gz predict -m no_model data/imagesTs -o out.nii.gz
printf 'a volume of noise' >noise.nii.gz
refuses 4 'noise' strokes.nii.gz scribble --labels noise.nii.gz -o strokes.nii.gz
refuses 2 'kind|nonsense' target import nonsense data target
refuses 4 'nowhere' target import mscmr nowhere target
refuses '(3|4)' '' target import mscmr empty target

# One float32 of that name, as safetensors.
tensor() {
  local header="{\"$1\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
  printf "\\$(printf %o ${#header})\\0\\0\\0\\0\\0\\0\\0%s\\0\\0\\200\\077" "$header"
}
tensor model.module.w >wrapped.safetensors
tensor w >w.safetensors
accepts 'parameters: 1' info w.safetensors
accepts '1 tensors, 1 parameters' convert wrapped.safetensors out.safetensors --like w.safetensors
accepts 'w: F32 1' info out.safetensors
refuses 2 'out.safetensors.*--force' - convert wrapped.safetensors out.safetensors
accepts 'kept.safetensors' convert wrapped.safetensors kept.safetensors --strip ''
accepts 'model.module.w' info kept.safetensors
checks=$((checks + 1))
"$medcl" convert kept.safetensors absent.safetensors --strip '' --like w.safetensors >stdout 2>stderr
[[ $? -eq 5 && ! -e absent.safetensors ]] && grep -q '^missing: w$' stdout || complain "convert wrote what does not fit"
refuses 2 '.safetensors' - convert w.safetensors out.pth
refuses 2 'net' - convert w.safetensors other.safetensors --strip net.
printf '\200\002cposix\nsystem\nX\004\0\0\0echo\205R.' >evil.pth
refuses 4 'posix.system' - info evil.pth
refuses 4 'posix.system' other.safetensors convert evil.pth other.safetensors
printf 'version https://git-lfs.github.com/spec/v1\n' >pointer.pth
refuses 4 'git lfs pull' - info pointer.pth

echo "$checks checks, $failures failed"
exit $((failures > 0))
