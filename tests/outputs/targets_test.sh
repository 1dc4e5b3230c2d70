#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every verb that writes x everything that may stand where it shall write: its own input (as itself, by
# a hard link, by a link), a file it compares with, a file or folder of somebody, a FIFO, a socket, a device,
# a link to nothing, a place below a file. It is refused within seconds, by name, and nothing changes.
# Argument: the program. MEDCL_TARGETS=all tries every pair with and without --force.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/common.sh"
make_inputs
all=${MEDCL_TARGETS:-some}

# The files that a verb reads.
inputs_of() {
  case $1 in
    predict*) echo "$image" in/run/best/weights.safetensors ;;
    evaluate) echo in/predictions/"$(basename "$labels")" "$labels" in/data/dataset.json ;;
    scribble*) echo "$labels" ;;
    convert) echo in/weights.safetensors ;;
  esac
}

mkdir place
echo 'of somebody' >place/foreign
mkdir place/folder && echo 'of somebody' >place/folder/notes.txt
mkfifo place/fifo
ln -s nowhere place/dangling
if [[ $(id -u) -eq 0 ]] && mknod place/device c 1 3 2>/dev/null; then device=place/device; else device=; fi
command -v perl >/dev/null && perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "place/socket", Listen => 1)'

# attempt VERB WORDS TARGET ARGUMENT...: refused with these words, and nothing changes anywhere.
attempt() {
  local verb=$1 words=$2 target=$3 before found
  shift 3
  checks=$((checks + 1))
  before=$(content place in/data in/predictions in/weights.safetensors)
  to "$verb" "$target" "$@" >stdout 2>stderr
  found=$?
  [[ $found -eq 2 || $found -eq 4 ]] || complain "$verb onto $target $*: ended with $found"
  grep -qE "$words" stderr || { cat stderr; complain "$verb onto $target $*: does not say '$words'"; }
  if [[ $(content place in/data in/predictions in/weights.safetensors) != "$before" ]]; then
    complain "$verb onto $target $*: something was changed"
  fi
}

# turn: in the short form, one of six questions in turn is asked.
asked=0
turn() {
  asked=$((asked + 1))
  [[ $all == all || $((asked % 6)) -eq 0 ]]
}

# both VERB WORDS TARGET: with --force too where it matters, or where all is tried.
both() {
  local verb=$1
  attempt "$@"
  case $verb in import* | phantom* | relabel* | prepare* | train*) return ;; esac
  if [[ $all == all ]]; then attempt "$@" --force; fi
}

for verb in predict evaluate scribble convert predict_mha scribble_nrrd; do
  end=$(ending $verb)
  for input in $(inputs_of $verb); do
    if [[ $input == *$end || $verb == evaluate ]]; then both $verb 'is the input itself' "$input"; fi
    rm -f place/soft* place/hard*
    ln "$input" "place/hard$end" && ln -s "$work/$input" "place/soft$end"
    ! turn || both $verb 'is the input itself' "place/hard$end"
    attempt $verb 'is the input itself' "place/soft$end" --force
    rm -f place/soft* place/hard*
    [[ $all == all ]] || [[ $verb == evaluate ]] || break
  done
  for what in foreign folder fifo dangling socket device; do
    [[ -e place/$what || -L place/$what ]] && turn || continue
    mv "place/$what" "place/$what$end"
    case $what in
      foreign) attempt $verb 'exists already' "place/$what$end" ;;
      folder) both $verb 'is a folder' "place/$what$end" ;;
      fifo) both $verb 'is a FIFO' "place/$what$end" ;;
      socket) both $verb 'is a socket' "place/$what$end" ;;
      device) both $verb 'is a character device' "place/$what$end" ;;
      dangling) both $verb 'is a link to nothing' "place/$what$end" ;;
    esac
    mv "place/$what$end" "place/$what"
  done
  ! turn || both $verb 'is a file, not a folder' "place/foreign/out$end"
done

for verb in predict_folder scribble_folder report_folder prepare_folder phantom_folder import_folder relabel_folder new_folder as_dataset_folder train_folder; do
  ! turn || both $verb 'is a FIFO|[Nn]ot a directory|not a folder|File exists|is no' place/fifo
  ! turn || both $verb 'is a link to nothing|[Nn]ot a directory|File exists' place/dangling
  ! turn || both $verb 'is a file|[Nn]ot a directory|File exists' place/foreign
  [[ -z $device ]] || ! turn || both $verb 'is a character device|[Nn]ot a directory|File exists' $device
done
for verb in phantom_folder import_folder relabel_folder new_folder as_dataset_folder; do
  attempt $verb 'not empty' place/folder
  ! turn || attempt $verb 'is a dataset' in/data
  attempt $verb 'lies in imagesTr, whose files are inputs' in/dense/imagesTr/new
done
attempt predict_folder 'exists already.*--continue' in/predictions
attempt scribble_folder 'lies in labelsTr, whose files are inputs' in/dense/labelsTr
attempt scribble_folder 'lies in labelsTr, whose files are inputs' in/dense/labelsTr --force
attempt scribble_folder 'lies in imagesTr' in/dense/imagesTr/strokes
attempt prepare_folder 'is the dataset itself' in/data
attempt new_folder 'lies in a folder of loose files' in/loose/dataset
attempt prepare_folder 'lies in labelsTr' in/dense/labelsTr/prepared
attempt convert 'is a file of a run' in/run/last/weights.safetensors --force
attempt predict_folder 'is a file of a run' in/run/checkpoints
cp -r in/run/best place/model
attempt convert 'is a file of a model' place/model/weights.safetensors --force
rm -r place/model
attempt train_folder 'lies in labelsTr' in/dense/labelsTr/run
attempt prepare_folder 'lies in labelsTr' in/data/../data/labelsTr/prepared
attempt train_folder 'is the dataset itself' in/data/.
attempt train_folder 'lies in imagesTs' in/data/imagesTs
attempt scribble 'is the input itself' "$(dirname "$labels")/new/../$(basename "$labels")" --force
cp -r in/data/imagesTs place/scans
for file in place/scans/*; do mv "$file" "${file/_0000/}"; done
for force in "" --force; do
  checks=$((checks + 1))
  before=$(content place)
  "$medcl" predict -m in/run place/scans -o place/scans --threads 1 $force 2>stderr >stdout && complain "predict into its own inputs ended with 0"
  grep -q 'is the input itself' stderr || { cat stderr; complain "predict into its own inputs: does not say so"; }
  [[ $(content place) == "$before" ]] || complain "predict into its own inputs changed them"
done

# nnU-Net has a summary.json of its own beside predictions.
checks=$((checks + 1))
cp -r in/predictions place/nnunet
echo '{"foreground_mean": {"Dice": 0.9}}' >place/nnunet/summary.json
"$medcl" evaluate -p place/nnunet -r in/data/labelsTs -d in/data >stdout 2>stderr && complain "nnU-Net's summary.json was replaced"
grep -q 'medcl did not write it' stderr || { cat stderr; complain "nnU-Net's summary.json: does not say so"; }
grep -q 0.9 place/nnunet/summary.json || complain "nnU-Net's summary.json is gone"

# A dataset reads folders by their names: a copy may lie inside, except where such a folder would be.
cp -r in/dense place/dense && rm -rf place/dense/imagesTs
attempt relabel_folder 'lies in imagesTs' place/dense/imagesTs
checks=$((checks + 2))
"$medcl" check place/dense --json >before 2>stderr
"$medcl" relabel place/dense -o place/dense/copy --map LV=lumen >stdout 2>stderr || { cat stderr; complain "relabel into a folder of the dataset failed"; }
"$medcl" check place/dense --json >after 2>stderr
cmp before after || complain "a copy inside a dataset was taken for its content"
rm -r place/dense

# Folders that are absent are created; those in which nothing can be written are refused before the work.
for verb in predict evaluate scribble convert report_folder; do
  turn || continue
  checks=$((checks + 1))
  to $verb "place/new/$verb/deep/out$(ending $verb)" >stdout 2>stderr || { cat stderr; complain "$verb into absent folders failed"; }
done
finish
