#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A grid of runs that is killed and stopped and goes on ends with the weights of one never stopped; a method that these
# labels cannot teach is a row and no end; other data are other runs; what cannot work is refused before the first run;
# status, report and the script of SLURM. Argument: the program.
set -uo pipefail
source "$(dirname "$0")/../checks.sh"
medcl=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export COLUMNS=200  # sentences stay on one line

cat >tiny.toml <<'TOML'
title = "A tiny comparison"
about = "Two methods and one that these scribbles cannot teach."
[grid]
methods = ["pce", "medcl", "fullsup"]
scribbles = [2]
[run]
preset = "phantom"
steps = 6
set = ["network.width=4", "crop.size=32", "sampler.batch=4", "train.checkpoint_every=1", "train.validate_every=3"]
evaluate = "test"
[report]
reference = "medcl"
published_from = "a paper"
scribbles = true
[dataset.hearts]
title = "Small hearts"
phantom.size = 48
phantom.slices = 2
phantom.scribbled = 3
phantom.unlabelled = 1
phantom.validation = 1
phantom.test = 2
[published.medcl]
conditions = "256 px"
mean = 0.832
TOML

# ends CODE ARGUMENT...: runs the program.
ends() {
  local code=$1 found
  shift
  checks=$((checks + 1))
  timeout 300 "$medcl" "$@" >stdout 2>stderr
  found=$?
  [[ $found -eq $code ]] || { complain "'$*' ended with $found, expected $code"; tail -n 5 stdout stderr; }
}
says() {
  checks=$((checks + 1))
  grep -qE -- "$1" stdout stderr || { complain "nobody says '$1'"; tail -n 5 stdout stderr; }
}
holds() {
  checks=$((checks + 1))
  grep -qF -- "$2" "$1" || complain "$1 does not hold '$2'"
}
hashes() { (cd "$1/runs" && sha256sum */train/best/weights.safetensors */train/last/weights.safetensors); }
steps_done() { cat "$1"/runs/*/train/metrics.jsonl 2>/dev/null | grep -c '"loss"'; }
# begin STEPS FOLDER: starts the grid and waits until so many steps are done.
begin() {
  "$medcl" experiment run tiny.toml -o "$2" --threads 1 >log 2>&1 &
  process=$!
  while [[ $(steps_done "$2") -lt $1 ]] && kill -0 $process 2>/dev/null; do sleep 0.01; done
}

ends 0 experiment run tiny.toml --dry-run
says 'hearts-pce-n2-d0-s1-[0-9a-f]{8} +0'
says '3 runs of 6 steps each'
checks=$((checks + 1))
[[ ! -e runs ]] || complain 'a dry run left a folder'

# Never stopped.
ends 0 experiment run tiny.toml -o whole --threads 1
says '2 runs done, 1 failed'
says 'warning: failed: hearts-fullsup-.*dense labels'
says 'warning: 1 of 3 runs failed'

# Killed in the first run, stopped in the second, and gone on with.
begin 2 parts
kill -9 $process 2>/dev/null
wait $process 2>/dev/null
ends 0 experiment status tiny.toml -o parts
says 'waiting'
begin 8 parts
kill -INT $process 2>/dev/null
wait $process
code=$?
checks=$((checks + 1))
[[ $code -eq 130 ]] || { complain "Ctrl-C ended with $code"; tail -n 5 log; }
ends 0 experiment run tiny.toml -o parts --threads 1 --jobs 2
says '2 runs done, 1 failed'
checks=$((checks + 1))
[[ $(hashes parts) == "$(hashes whole)" ]] || complain 'other weights than the grid never stopped'

# Done is done; two processes share what is left.
ends 0 experiment run tiny.toml -o parts
says '2 runs done'
rm parts/results/hearts-pce* parts/results/hearts-medcl*
rm -r parts/runs/hearts-pce* parts/runs/hearts-medcl*
"$medcl" experiment run tiny.toml -o parts --threads 1 >log 2>&1 &
ends 0 experiment run tiny.toml -o parts --threads 1
wait $!
checks=$((checks + 1))
[[ $(hashes parts) == "$(hashes whole)" ]] || complain 'two processes end with other weights than one'

ends 0 experiment status tiny.toml -o parts
says 'hearts-pce-n2-d0-s1-[0-9a-f]{8}-[0-9a-f]{8} +done +Dice [0-9.]+ in '
says 'failed +train: .*dense labels'
says '2 done, 1 failed'
ends 0 experiment status tiny.toml -o parts --json
says '"state": "failed"'

# One run by its number, as a task of an array does it; its result joins the others by a copy of its file.
ends 0 experiment slurm tiny.toml -o alone --script alone.sbatch --cpus 1
holds alone.sbatch '--array=0-2'
holds alone.sbatch "exec $medcl experiment run $work/tiny.toml -o $work/alone "
holds alone.sbatch "#SBATCH --chdir=$work"
SLURM_ARRAY_TASK_ID=1 SLURM_CPUS_PER_TASK=1 bash alone.sbatch >stdout 2>stderr || complain 'the task of the array failed'
says '^1 run done, 0 failed'
checks=$((checks + 1))
[[ $(ls alone/results) == hearts-medcl-n2-d0-s1-*.json ]] || complain 'another run than number 1'
ends 2 experiment run tiny.toml -o alone --only 3
says 'expected 0..2'
ends 2 experiment run tiny.toml -o alone --only -1
says '--only'
ends 1 experiment run tiny.toml -o alone --only 2 --threads 1
says 'no run has a result: all failed'
ends 0 experiment slurm tiny.toml -o alone --sbatch=--partition=gpu --sbatch=--gres=gpu:1
says '^#SBATCH --gres=gpu:1'

ends 0 experiment report tiny.toml -o parts
says 'Small hearts, 2 scribbled cases'
says '2 test cases'
holds parts/report/index.html 'data:image/png'
holds parts/report/index.html '<svg'
holds parts/report/index.html 'fullsup'
holds parts/report/index.html 'Validation Dice'
holds parts/report/tables.md '| medcl |'
holds parts/report/tables.tex '\toprule'
holds parts/report/numbers.csv 'hearts,"Small hearts, 2 scribbled cases",medcl,'
holds parts/report/curves-1.svg 'http://www.w3.org/2000/svg'
checks=$((checks + 1))
grep -qE 'https?://[^w]|<script' parts/report/index.html && complain 'the page needs something from elsewhere'
ends 4 experiment report tiny.toml -o nowhere
says 'nowhere'

# Other data are other runs; what there was of the data before stays, and is told of.
label=$(find parts/data/hearts-*/labelsTs -name '*.nii.gz' | sort | head -n 1)
cp "$label" label.bak
printf 'x' >>"$label"
ends 3 experiment report tiny.toml -o parts
says 'no result is of this data'
says 'hearts: 3 results of data [0-9a-f]{8}, not of the data that is there now \([0-9a-f]{8}\)'
ends 0 experiment status tiny.toml -o parts
says '3 waiting'
says 'warning: hearts: 3 results of data'
cp label.bak "$label"
ends 0 experiment status tiny.toml -o parts
says '2 done, 1 failed'
checks=$((checks + 1))
grep -q warning stderr && complain 'a warning about data that were put back'

# What can be known to fail is refused before the first run, and leaves nothing.
refused() {  # refused CODE 's/SED/SCRIPT/' WORDS
  sed "$2" tiny.toml >changed.toml
  ends "$1" experiment run changed.toml -o refused
  says "$3"
  ends "$1" experiment run changed.toml -o refused --dry-run
}
refused 2 's/"fullsup"/"no_such_method"/' 'changed.toml: method no_such_method: .*unknown value'
refused 2 's/"fullsup"/"wsl4"/; s/"network.width=4"/"network.name=resunet"/' 'method wsl4 needs a second decoder, which the network resunet does not have .*expected .*unet, found'
refused 2 's/network.width=4/network.widht=4/' 'network.widht'
refused 2 's/preset = "phantom"/preset = "phantoms"/' 'unknown preset'
refused 2 's/reference = "medcl"/reference = "medlc"/' 'report.reference.*medcl'
refused 2 's/mean = 0.832/mean = 83.2/' 'published.medcl.mean.*from 0 to 1'
refused 2 's/published.medcl/published.mixup/' 'published.mixup: no row of this name'
refused 3 's/^scribbles = \[2\]/scribbles = [4]/' 'grid.scribbles: .*at most 3, found 4'
printf '[prediction.a]\nflags = ["--bx", "reference"]\n' >more
cat tiny.toml more >flags.toml
ends 2 experiment run flags.toml -o refused
says 'prediction.a.flags.*--bx'
sed 's/^phantom\..*//; s/^title = "Small hearts"/folder = "elsewhere"/' tiny.toml >away.toml
ends 4 experiment run away.toml -o refused
says "dataset.hearts.folder.*$work/elsewhere"
ends 0 experiment run away.toml -o refused --dry-run
says "warning: no dataset hearts in $work/elsewhere"
ends 0 experiment status away.toml -o refused
says '3 waiting'
checks=$((checks + 1))
[[ ! -e refused ]] || complain 'a refused experiment left a folder'

# Nothing is wider than the terminal but what is one word or one error.
checks=$((checks + 1))
wide=$(export COLUMNS=80
  for verb in run status report slurm; do "$medcl" experiment $verb --help; done
  "$medcl" experiment run tiny.toml -o parts --threads 1 2>/dev/null
  "$medcl" experiment status tiny.toml -o parts 2>/dev/null
  "$medcl" experiment report tiny.toml -o parts 2>/dev/null | sed 's/±/+/g')
grep -E '^.{81,}' <<<"$wide" && complain 'lines are wider than the terminal'

# Folders and files of an experiment say what they are; that of a run is none.
ends 0 info parts
says 'kind: experiment'
says 'done: 2'
ends 0 info tiny.toml
says 'kind: description of an experiment'
ends 0 info "$(ls parts/results/hearts-pce*.json)" "$(ls parts/runs/hearts-pce*/scores.json)"
says 'kind: result of a run of medcl experiment'
says 'kind: scores of medcl evaluate'
ends 2 experiment report tiny.toml -o "$(ls -d parts/runs/hearts-pce*/train)"
says 'is a run'
mkdir something
ends 2 experiment report tiny.toml -o something
says 'no experiment there'

# What is no experiment.
sed 's/steps = 6/steps = 6\nminutes = 1/' tiny.toml >both.toml
ends 2 experiment run both.toml
says 'either steps or minutes'
ends 2 experiment run tiny.toml --dataset absent=data
says '--dataset'
checks=$((checks + 1))
[[ ! -e runs ]] || complain 'a refused experiment left a folder'
finish
