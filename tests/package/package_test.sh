#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An installed MedCL can be found, compiled against and linked by another CMake project, with the public
# headers alone; the examples of the documentation are such a project, and segment what the program segments.
# Arguments: build folder, C++ compiler, Torch_DIR.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if grep -q '^CMAKE_CXX_FLAGS:.*-fsanitize' "$1/CMakeCache.txt"; then
  echo "skipped: a build with sanitizers"
  exit 77
fi
cmake --install "$1" --prefix "$work/prefix" >/dev/null
headers=$(find "$work/prefix/include" -name '*.h' | wc -l)
echo "$headers headers are installed"
[[ ! -e $work/prefix/include/medcl/format/zip_directory.h ]] || { echo "internal headers are installed"; exit 1; }

# Every block of C++ in the documentation is a program: example_1.cc, example_2.cc ...
find "$here/../../README.md" "$here/../../docs" -name '*.md' -print0 | sort -z |
  xargs -0 awk -v work="$work" '
    /^```cpp$/ { file = work "/example_" ++count ".cc"; next }
    /^```/ { file = "" }
    file != "" { print >file }'
examples=("$work"/example_*.cc)
[[ ${#examples[@]} == 2 ]] || { echo "${#examples[@]} examples in the documentation"; exit 1; }
sources=$(IFS=';'; echo "${examples[*]}")
cmake -S "$here/consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$2" \
  -DTorch_DIR="$3" -DCMAKE_BUILD_TYPE=Debug -DEXAMPLES="$sources" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cd "$work"
"$work/build/consumer"
for example in example_1 example_2; do
  code=0
  message=$("$work/build/$example" 2>&1) || code=$?
  echo "$message"
  [[ $code == 4 && $message == runs/first:* ]] || { echo "$example does not say what is missing"; exit 1; }
done

medcl=$work/prefix/bin/medcl
{
  "$medcl" phantom data --seed 5 --size 48 --slices 2 --scribbled 1 --unlabelled 0 --validation 1 --test 0
  "$medcl" train data -o runs/first --preset phantom --steps 2 --threads 1 \
    --set network.width=4 --set crop.size=32 --set sampler.batch=4
  cp "$(find data/imagesTr -name '*.nii.gz' | sort | head -1)" scan.nii.gz
  "$medcl" predict scan.nii.gz -m runs/first -o predicted.nii.gz
} >log 2>&1 || { cat log; exit 1; }
for example in example_1 example_2; do
  "$work/build/$example"
  cmp <(gzip -dc labels.nii.gz) <(gzip -dc predicted.nii.gz) || { echo "$example segments otherwise than medcl predict"; exit 1; }
  rm labels.nii.gz
done
[[ -s background.nii.gz ]] || { echo "example_2 wrote no probabilities"; exit 1; }
