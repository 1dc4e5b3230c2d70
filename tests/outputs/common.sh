# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts in this folder: small inputs for every verb that writes, in $work/in, and the
# command line of each verb. Sourced with the program as $1.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../checks.sh"
medcl=$(realpath "$1")
work=$(realpath "$(mktemp -d)")
export TMPDIR=$work/tmp OMP_NUM_THREADS=1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir in tmp
readonly TINY=(--preset phantom --threads 1 --workers 0 --method pce --set network.width=4 --set crop.size=32 --set sampler.batch=2)
readonly TINY_SAM=(--preset sam-phantom --steps 1 --set crop.size=32 --set sam.image_size=32 --set sam.encoder_width=16
  --set sam.encoder_depth=1 --set sam.encoder_heads=2 --set sam.decoder_width=16 --set sampler.batch=2 --set train.threads=1
  --set train.workers=0 --cache "$work/in/cache")

# One float32 of that name, as safetensors.
tensor() {
  local header="{\"$1\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
  printf "\\$(printf %o ${#header})\\0\\0\\0\\0\\0\\0\\0%s\\0\\0\\200\\077" "$header"
}

# A data set in the layout of MSCMRseg, for import: images and dense labels of the phantom.
make_source() {
  local file id n=0
  mkdir -p in/source/{train,val,TestSet}/{images,labels}
  for file in in/data/labelsTs/*.nii.gz; do
    id=$(basename "$file" .nii.gz)
    n=$((n + 1))
    cp "in/data/imagesTs/${id}_0000.nii.gz" "in/source/train/images/subject${n}_DE.nii.gz"
    cp "$file" "in/source/train/labels/subject${n}_DE_scribble.nii.gz"
  done
}

make_inputs() {
  {
    "$medcl" phantom in/data --seed 5 --size 32 --slices 2 --scribbled 2 --unlabelled 0 --validation 1 --test 2 &&
      "$medcl" train in/data -o in/run "${TINY[@]}" --steps 1 --cache in/cache &&
      "$medcl" predict -m in/run in/data/imagesTs -o in/predictions --threads 1 &&
      "$medcl" evaluate -p in/predictions -r in/data/labelsTs -d in/data -o in/scores.json
  } >make.log 2>&1 || { cat make.log; echo "cannot make the inputs"; exit 1; }
  mkdir in/dense
  cp -r in/data/imagesTs in/dense/imagesTr
  cp -r in/data/labelsTs in/dense/labelsTr
  sed 's/"numTraining": *[0-9]*/"numTraining": 2/' in/data/dataset.json >in/dense/dataset.json
  tensor model.w >in/weights.safetensors
  mkdir in/loose
  for image in in/data/imagesTs/*.nii.gz; do
    id=$(basename "$image" _0000.nii.gz)
    cp "$image" "in/loose/$id.nii.gz" && cp "in/data/labelsTs/$id.nii.gz" "in/loose/${id}_seg.nii.gz"
  done
  make_source
  image=$(find in/data/imagesTs -name '*.nii.gz' | sort | head -n 1)
  labels=$(find in/data/labelsTs -name '*.nii.gz' | sort | head -n 1)
}

# to VERB OUTPUT ARGUMENT...: runs the verb so that it writes to OUTPUT. Verbs that end with
# "_folder" write a folder, "_mha" and "_nrrd" foreign files.
to() {
  local verb=$1 output=$2
  shift 2
  case $verb in
    predict | predict_mha | predict_nrrd) set -- predict -m in/run "$image" -o "$output" --threads 1 "$@" ;;
    predict_folder) set -- predict -m in/run in/data/imagesTs -o "$output" --probabilities --threads 1 "$@" ;;
    evaluate) set -- evaluate -p in/predictions -r in/data/labelsTs -d in/data -o "$output" "$@" ;;
    scribble | scribble_mha | scribble_nrrd) set -- scribble --labels "$labels" -o "$output" "$@" ;;
    scribble_folder) set -- scribble --dataset in/dense -o "$output" "$@" ;;
    as_dataset_folder) set -- scribble --dataset in/dense --as-dataset -o "$output" "$@" ;;
    new_folder) set -- new in/loose -o "$output" "$@" ;;
    report_folder) set -- report in/run --dataset in/data --evaluation in/scores.json --predictions in/predictions -o "$output" "$@" ;;
    convert) set -- convert in/weights.safetensors "$output" "$@" ;;
    prepare_folder) set -- prepare in/data -o "$output" "$@" ;;
    phantom_folder) set -- phantom "$output" --seed 7 --size 32 --slices 2 --scribbled 1 --unlabelled 1 --validation 1 --test 1 "$@" ;;
    import_folder) set -- import mscmr in/source "$output" "$@" ;;
    relabel_folder) set -- relabel in/data -o "$output" --map LV=BLOOD "$@" ;;
    train_folder) set -- train in/data -o "$output" "${TINY[@]}" --steps 1 "$@" ;;
    *) echo "no verb $verb"; exit 1 ;;
  esac
  timeout "${limit_s:-60}" "$medcl" "$@"
}

# ending VERB: of the file that it writes.
ending() {
  case $1 in
    *_mha) echo .mha ;;
    *_nrrd) echo .nrrd ;;
    predict | scribble) echo .nii.gz ;;
    evaluate) echo .json ;;
    convert) echo .safetensors ;;
  esac
}

# content FOLDER...: kind, name and bytes of all that is in them, whatever it is, but not drafts.
content() {
  local folder
  for folder in "$@"; do
    (cd "$folder" 2>/dev/null || { sha256sum "$folder"; exit; }
      find . -name '.*.tmp-*' -prune -o -printf '%y %p %l\n' | sort
      find . -name '.*.tmp-*' -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum)
  done
}
