#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From loose files to a page about predictions, with the commands of docs/how-to/own-data.md and nothing
# else: every block of that page behind "<!-- walk: KIND -->" is run on files of that kind.
# Arguments: the program, the maker of loose files, the root of the sources.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../checks.sh"
medcl=$(realpath "$1") make_loose=$(realpath "$2") sources=$(realpath "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
readonly TINY="--preset phantom --threads 1 --workers 0 --method pce --set network.width=4 --set crop.size=32 --set sampler.batch=2 --steps 2"

# commands KIND: of the page, with a training that ends within seconds.
commands() {
  awk -v kind="$1" '$0 == "<!-- walk: " kind " -->" { wanted = 1; next }
    wanted && /^```sh/ { inside = 1; next }
    inside && /^```/ { exit }
    inside { print }' "$sources/docs/how-to/own-data.md" | sed "s/--time 20m/$TINY/"
}

# walk KIND CLASSES: the folder of a walk is left as $work/KIND.
walk() {
  local kind=$1 classes=$2 page files
  echo "== $kind"
  mkdir "$work/$kind" && cd "$work/$kind" || exit 1
  "$make_loose" "$kind" . || complain "$kind: no files"
  files=$(find . -type f -exec sha256sum {} + | sort)
  page=$(commands "$kind")
  checks=$((checks + 1))
  [[ $(grep -c '^medcl ' <<<"$page") -le 4 && $page == *report* ]] || complain "$kind: no walk of four commands: $page"
  medcl() { "$medcl" "$@"; }
  if ! (set -e; eval "$page") >seen 2>&1; then
    complain "$kind: a command failed"
    cat seen
    return
  fi
  checks=$((checks + 3))
  [[ -s report/index.html ]] || complain "$kind: no page"
  "$medcl" check mydata >check.log 2>&1 || { complain "$kind: check finds errors"; cat check.log; }
  for class in $classes; do
    grep -q "\"$class\": [0-9]" mydata/dataset.json || complain "$kind: no class $class"
  done
  [[ $(find . -type f -not -path './mydata/*' -not -path './run/*' -not -path './report/*' -not -path './predictions/*' \
    -not -name seen -not -name check.log -exec sha256sum {} + | sort) == "$files" ]] || complain "$kind: a file of the user changed"
}

# in_new KIND TEXT: what the walk's `medcl new` said.
says() {
  checks=$((checks + 1))
  tr -s ' \n' ' ' <"$work/$1/seen" | grep -qF "$2" || { complain "$1: does not say '$2'"; head -60 "$work/$1/seen"; }
}

walk itk-snap "RV MYO LV ignore"
says itk-snap "0 = not annotated: background has a value of its own"
walk png "nucleus"
says png "0 = background: the drawing is a mask"
checks=$((checks + 3))
grep -q 'Predicted size in px' "$work/png/report/index.html" || complain "png: the page does not count pixels"
grep -qE '[0-9] (ml|mm)\b' "$work/png/report/index.html" && complain "png: the page speaks of mm or ml"
grep -q 'small end' "$work/png/report/index.html" && complain "png: the page speaks of the ends of a picture"
walk slicer "RV MYO LV"
says slicer "holds segments with names"
walk dicom "RV MYO LV ignore"
says dicom "left out: too few slices beside stacks"
grep -q '1.2.826.0.1.3680043.10.3.1' "$work/dicom/mydata/dicom.tsv" || complain "dicom.tsv does not name the series"
walk values "RV MYO LV"
walk one-scan "ignore"
says one-scan "0 = background in the 3 slices drawn in, not annotated in the others"
says one-scan "[held-out-slices]"

cd "$work" || exit 1

# refuses TEXT ARGUMENT...: ends with 2 or 3, says TEXT, makes nothing.
refuses() {
  local text=$1
  shift
  checks=$((checks + 1))
  "$medcl" new "$@" -o nothing >out 2>&1 && complain "'new $*' was taken"
  tr -s ' \n' ' ' <out | grep -qF -- "$text" || { complain "'new $*' does not say '$text'"; cat out; }
  [[ ! -e nothing ]] || { complain "'new $*' left a folder behind"; rm -rf nothing; }
}

refuses '--spacing px' png/images png/masks
refuses '--labels' png/images --spacing px
refuses 'this is a dataset already' png/mydata
mkdir odd && cp itk-snap/case10.nii.gz itk-snap/case10_seg.nii.gz itk-snap/case11_seg.nii.gz odd
refuses '--pair' odd
cp itk-snap/case10_seg.nii.gz odd/case10_mask.nii.gz && rm odd/case11_seg.nii.gz
refuses 'two label files for one case' odd

checks=$((checks + 1))
"$medcl" new itk-snap/case1?.nii.gz itk-snap/*_seg.nii.gz -o itk-snap/mydata >out 2>&1 && complain "a dataset was replaced"
tr -s ' \n' ' ' <out | grep -qF 'there is a dataset already' || { complain "does not say that there is a dataset"; cat out; }

# What is wrong with the images is said in full, and by the exit code: the last voxel is no number.
checks=$((checks + 3))
mkdir broken && cp itk-snap/*_seg.nii.gz itk-snap/case1?.nii.gz broken
gunzip broken/case10.nii.gz
printf '\x00\x00\xc0\x7f' | dd of=broken/case10.nii bs=1 seek=$(($(stat -c %s broken/case10.nii) - 4)) conv=notrunc 2>/dev/null
"$medcl" new broken -o with_errors >out 2>&1
[[ $? == 3 ]] || { complain "a voxel that is no number: not told by the exit code"; cat out; }
[[ -s with_errors/dataset.json ]] || complain "a voxel that is no number: nothing made"
tr -s ' \n' ' ' <out | grep -qF "NaN or infinite voxels" || { complain "errors are counted, not told"; cat out; }

checks=$((checks + 7))
"$medcl" new itk-snap/case1?.nii.gz itk-snap/*_seg.nii.gz -o dry --dry-run >out 2>&1 || complain "--dry-run failed"
[[ ! -e dry ]] || complain "--dry-run made a dataset"
grep -qE '^value +becomes +meaning +voxels' out || { complain "--dry-run shows no values"; cat out; }
"$medcl" new slicer/patient? -o dry --dry-run --json >json 2>/dev/null || complain "--dry-run --json failed"
[[ ! -e dry ]] && head -c 1 json | grep -q '{' && grep -q '"becomes"' json || complain "--dry-run --json printed something else"
"$medcl" new slicer/patient? -o as_json --json >json 2>/dev/null || complain "--json failed"
head -c 1 json | grep -q '{' || complain "--json printed something else"
"$medcl" split itk-snap/mydata --folds 5 >out 2>&1 && complain "split replaced the splits"
"$medcl" split itk-snap/mydata --folds 5 --force >out 2>&1 || { complain "split failed"; cat out; }
[[ $(grep -c '"val"' itk-snap/mydata/splits_final.json) -eq 5 ]] || complain "not five folds"
finish
