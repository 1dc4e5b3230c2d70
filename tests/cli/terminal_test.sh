#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a person at a terminal sees: lines that fit, a progress line that leaves nothing behind, colours only
# where they are wanted, hints for what was mistyped. Argument: the program.
set -uo pipefail
medcl=$(realpath "$1")
command -v script >/dev/null || { echo "needs script (bsdutils)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset NO_COLOR COLUMNS
export LC_ALL=C.UTF-8 TERM=xterm-256color
failures=0 checks=0

complain() {
  printf 'FAILED: %s\n' "$*"
  failures=$((failures + 1))
}

# widest FILE: its widest line in columns, escape sequences taken out.
widest() { sed 's/\x1b\[[0-9;]*[mK]//g' "$1" | wc -L; }

# fits COLUMNS ARGUMENT...: nothing that the program prints is wider.
fits() {
  local columns=$1
  shift
  checks=$((checks + 1))
  COLUMNS=$columns timeout 120 "$medcl" "$@" >stdout 2>stderr
  [[ -s stdout ]] || complain "'$*' prints no result"
  [[ $(widest stdout) -le $columns ]] || complain "'$*' prints $(widest stdout) columns where $columns fit"
}

# on_terminal COLUMNS ARGUMENT...: runs the program on a terminal; both streams go to the file `seen`.
on_terminal() {
  local columns=$1
  shift
  printf 'stty cols %d rows 24; exec %q' "$columns" "$medcl" >command
  printf ' %q' "$@" >>command
  script -qec "bash command" seen.script </dev/null >/dev/null 2>&1
  grep -v '^Script \(started\|done\)' seen.script >seen
}

# What stays on the screen of what was written: carriage returns go back, ESC [ K erases the rest of the line.
screen() {
  awk '{
    shown = ""; column = 0
    for (i = 1; i <= length($0); ++i) {
      c = substr($0, i, 1)
      if (c == "\r") { column = 0; continue }
      if (c == "\033") {
        last = i + 2
        while (substr($0, last, 1) ~ /[0-9;]/) ++last
        if (substr($0, last, 1) == "K") shown = substr(shown, 1, column)
        i = last
        continue
      }
      shown = substr(shown, 1, column) c substr(shown, column + 2)
      ++column
    }
    print shown
  }' "$1"
}

# says CODE REGEX ARGUMENT...: exit code, and one line on stderr that matches.
says() {
  local code=$1 pattern=$2 found
  shift 2
  checks=$((checks + 1))
  timeout 60 "$medcl" "$@" >stdout 2>stderr
  found=$?
  [[ $found -eq $code ]] || complain "'$*' ended with $found, expected $code"
  grep -qE "$pattern" stdout stderr || complain "'$*' does not say '$pattern': $(head -n 2 stderr)"
}

# Help: every verb in one notation, 80 columns, with an example.
verbs=$("$medcl" --help | sed -n '/^Verbs:/,/^$/p' | awk '/^  [a-z]/ {print $1}')
[[ $(wc -w <<<"$verbs") -ge 13 ]] || complain "help lists only: $verbs"
for verb in $verbs; do
  fits 80 "$verb" --help
  grep -qE '^Examples?:' stdout || complain "the help of $verb has no example"
  grep -qE "^  .*medcl $verb " stdout || complain "the example of $verb does not show it"
  grep -qE '\b(TEXT|INT|FLOAT|UINT|REQUIRED)\b|\{[a-z0-9_]+,' stdout && complain "the help of $verb has another notation: $(grep -E '\bTEXT\b|\bINT\b|\bFLOAT\b|\{[a-z0-9_]+,' stdout | head -n 1)"
done
grep -qE -- '--(quiet|force|json) +[A-Z]+ ' <("$medcl" predict --help) && complain "flags are shown with a value"
fits 80 --help
fits 80 --help-all
fits 50 train --help

# Hints.
says 0 '^Usage: medcl train' help train
says 0 '^Verbs:' help
says 0 '^medcl [0-9]' version
says 2 "unknown verb 'trian'; did you mean 'train'" trian
says 2 "unknown verb 'trian'; did you mean 'train'" help trian
says 2 "unknown verb 'zzz'; .*medcl help" zzz
says 0 '^Verbs:' help help
says 2 "'--modle'; did you mean '--model' of .*predict" --modle runs/a
says 2 "'--modle'; did you mean '--model' of .*predict" train data --modle runs/a
says 2 "did you mean 'cuda'" train data -o run --preset phantom --device gpu
says 2 "unknown option foo *$" train data -o run --preset phantom --set foo=1
says 2 "'--verison'; did you mean '--version'" --verison
says 2 "'-v'; did you mean '--version'" -v
says 2 "'--modle'; did you mean '--model'" predict --modle runs/a scan.nii.gz -o out
says 2 "'-model'; did you mean '--model'" predict -model runs/a scan.nii.gz -o out
says 2 "'--out'; did you mean '--output'" predict -m runs/a scan.nii.gz --out out
says 2 "'--crop-size'; did you mean '--set crop.size=VALUE'" train data -o run --crop-size 80
says 2 "^medcl train: --device: .*one of cpu, cuda.*\"cdua\".*did you mean 'cuda'" train data -o run --preset phantom --device cdua
says 2 "^medcl train: --steps: .*whole number" train data -o run --preset phantom --steps many
says 2 "^medcl predict: --device: .*did you mean 'cuda'" predict -m runs/a scan.nii.gz -o out --device cdua
says 2 "what: .*one of step.*did you mean 'predict'" bench predcit
says 2 "did you mean 'phantom'" train data -o run --preset fantom

# Tables, with classes whose names are wide and words that are long.
"$medcl" phantom data --quiet --seed 3 --size 64 --slices 3 --scribbled 2 --unlabelled 1 --validation 1 --test 3 >stdout 2>stderr ||
  complain "phantom failed"
[[ -s stderr ]] && complain "phantom --quiet prints on stderr: $(head -n 1 stderr)"
sed -i 's/"RV"/"右心室 right ventricle of the heart"/; s/"LV"/"left-ventricle-with-a-very-long-name"/' data/dataset.json
mkdir noise && for name in data/labelsTs/*.nii.gz; do cp "$name" noise/; done
for columns in 40 80 120; do
  fits $columns evaluate --predictions noise --reference data/labelsTs --dataset data --per-case -o scores.json --force
  fits $columns info data
  fits $columns check data
  fits $columns scribble --dataset data -o drawn --force
done
printf '\0\0' | dd of=data/imagesTr/"$(ls data/imagesTr | head -n 1)" bs=1 seek=100 conv=notrunc status=none
for columns in 40 80 120; do fits $columns check data; done

# Progress and colours on a terminal.
"$medcl" phantom hearts --quiet --seed 3 --size 64 --slices 3 --scribbled 2 --unlabelled 1 --validation 1 --test 1 >/dev/null
for columns in 40 80; do
  checks=$((checks + 1))
  rm -rf run
  on_terminal $columns train hearts -o run --preset phantom --steps 40 --set train.validate_every=20 --set sampler.batch=2 --threads 1
  grep -q $'\r' seen || complain "no progress line on a terminal"
  tr '\r' '\n' <seen | sed 's/\x1b\[[0-9;]*[mK]//g' | grep -E '^(training|preparing) [0-9]' >drawn_lines
  [[ -s drawn_lines ]] || complain "no progress of the training on a terminal"
  [[ $(wc -L <drawn_lines) -lt $columns ]] || complain "the progress line is as wide as $(wc -L <drawn_lines) of $columns columns"
  screen seen >stays
  grep -qE '(training|preparing) [0-9]+/' stays && complain "a progress line stays on the screen: $(grep -E '[0-9]+/' stays | head -n 1)"
  grep -qE '^step 20: validation Dice' stays || complain "the validation is not printed on a line of its own"
done
on_terminal 80 train hearts -o run --preset phantom --steps many
grep -q $'\x1b\[31m' seen || complain "errors are not coloured on a terminal"
on_terminal 80 train hearts -o run --preset phantom --steps many --no-color
grep -q $'\x1b\[' seen && complain "--no-color leaves colours"
NO_COLOR=1 on_terminal 80 train hearts -o run --preset phantom --steps many
grep -q $'\x1b\[' seen && complain "NO_COLOR leaves colours"
"$medcl" train hearts -o run --preset phantom --steps many 2>stderr
grep -q $'\x1b' stderr && complain "colours in a file"

# Quiet: results, warnings and errors only.
checks=$((checks + 1))
rm -rf run
"$medcl" train hearts -o run --quiet --preset phantom --steps 4 --set sampler.batch=2 --threads 1 >stdout 2>stderr || complain "train --quiet failed"
grep -v '^warning: ' stderr && complain "train --quiet prints more than warnings"
grep -q '^4 steps' stdout || complain "train --quiet has no result"
"$medcl" check nowhere --quiet >stdout 2>stderr
grep -q 'nowhere' stderr || complain "--quiet hides errors"
"$medcl" phantom wide --quiet --seed 3 --size 64 --slices 3 --spacing-mm 9 --scribbled 1 --unlabelled 0 --validation 1 --test 1 >/dev/null
"$medcl" predict -m run wide/imagesTs -o wide_labels --quiet >stdout 2>stderr || complain "predict --quiet failed"
grep -q '^warning: .*voxels' stderr || complain "--quiet hides warnings: $(cat stderr)"
grep -vq '^warning: ' stderr && complain "predict --quiet prints more than warnings: $(cat stderr)"

echo "$checks checks, $failures failed"
exit $((failures > 0))
