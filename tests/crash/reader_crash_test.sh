#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ITK or GDCM crashes on one file of a DICOM folder: the import names that file and takes the other
# series; of its own series it takes what is left, unless a slice is then missing in the middle.
#   reader_crash_test.sh PROGRAM FAULT_SHIM DATA
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
shim=$(realpath "$2")
LD_PRELOAD=$shim "$medcl" --version >/dev/null 2>&1 || skip "this program does not run with a preloaded library"
data=$(realpath -m "${MEDCL_DATA:-$3}")/dicom
[[ -d $data/mr_brain && -d $data/ct_3slice ]] || skip "no DICOM data"
mkdir source
cp -r "$data/mr_brain" "$data/ct_3slice" source/
mapfile -t files < <(cd source/mr_brain && ls)

# imported NAME FILE SIGNAL: import with a reader that dies of the signal when it opens the file.
imported() {
  env LD_PRELOAD="$shim" MEDCL_READER_CRASH="$2" MEDCL_READER_SIGNAL="$3" \
    "$medcl" import dicom source "$1" >"$1.log" 2>&1
}

"$medcl" import dicom source sound >sound.log 2>&1 || complain "the sound folder is not imported: $(cat sound.log)"
kept=0
signals=(4 6 7 8 9 11)  # ILL ABRT BUS FPE KILL SEGV
for file in "${files[@]}"; do
  signal=${signals[checks % ${#signals[@]}]}
  checks=$((checks + 1))
  out=crash_$checks
  imported "$out" "/mr_brain/$file" "$signal" || complain "$file, signal $signal: exit code $?: $(cat "$out.log")"
  [[ $(grep -c "crashed" "$out.log") -eq 1 ]] || complain "$file, signal $signal: not one finding: $(cat "$out.log")"
  grep -q "mr_brain/$file: .*crashed" <(tr -s "\n " " " <"$out.log") || complain "$file: it is not named: $(cat "$out.log")"
  cmp -s "$out"/imagesTr/ct-3slice_0000.nii.gz sound/imagesTr/ct-3slice_0000.nii.gz || complain "$file: the other series is not as it was"
  if [[ -e $out/imagesTr/mr-brain_0000.nii.gz ]]; then kept=$((kept + 1)); else
    grep -q "missing slice" "$out.log" || complain "$file: its series is left out without a reason: $(cat "$out.log")"
  fi
  rm -r "$out"
done
[[ $kept -eq 2 ]] || complain "$kept instead of 2 series without their first or last slice were kept"
finish
