#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C and kills in predict, import, phantom and relabel at every renaming: nothing hidden is left by Ctrl-C, what a
# kill left is gone after the next start, which is not blocked, and the result is that of a run which was never
# stopped; `predict --continue` keeps what is finished. Two imports into one target: one of them gives the
# whole data set, the other is refused. Files of others, whatever their names, stay. Arguments: the program,
# the shim.
here=$(cd "$(dirname "$0")" && pwd)
shim=$(realpath "$2")
source "$here/common.sh"
LD_PRELOAD=$shim "$medcl" --version >/dev/null 2>&1 || skip "this program does not run with a preloaded library"
make_inputs
drafts() { find out -name '.*.tmp-*' ! -name '.of_somebody*'; }

result() {
  find "$1" -name prediction.json -exec sed -i '/"seconds"/d' {} +
  content "$1"
}

verbs=(import_folder predict_folder)
[[ ${MEDCL_INTERRUPTS:-some} == all ]] && verbs=(phantom_folder import_folder relabel_folder predict_folder)
for verb in "${verbs[@]}"; do
  mkdir -p out
  rm -f operations
  LD_PRELOAD=$shim MEDCL_FAULT_PATH=$work/out MEDCL_FAULT_KIND=rename MEDCL_FAULT_LOG=$work/operations to $verb "$work/out/it" >stdout 2>stderr ||
    { cat stderr; complain "$verb failed"; continue; }
  expected=$(result out/it)
  count=$(wc -l <operations)
  stopped=0 stride=$((count * 2 / 3))
  [[ ${MEDCL_INTERRUPTS:-some} == all ]] && stride=1
  for action in int kill; do
    for ((n = 2; n <= count; n += stride)); do
      checks=$((checks + 1))
      rm -rf out && mkdir out
      echo 'of somebody' >out/.of_somebody.tmp-1-2-3
      LD_PRELOAD=$shim MEDCL_FAULT_PATH=$work/out MEDCL_FAULT_KIND=rename MEDCL_FAULT_AT=$n MEDCL_FAULT_DO=$action to $verb "$work/out/it" >stdout 2>stderr
      code=$?
      if [[ $action == int ]]; then
        [[ $code -eq 130 || $code -eq 0 ]] || { cat stderr; complain "$verb, Ctrl-C at renaming $n: ended with $code"; }
        [[ -z $(drafts) ]] || complain "$verb, Ctrl-C at renaming $n: left $(drafts)"
      fi
      [[ $code -eq 0 ]] || stopped=$((stopped + 1))
      more='' before=()
      if [[ $verb == predict_folder ]]; then
        more=--continue
        mapfile -t before < <(find out/it -name "*.nii.gz" ! -path "*.tmp-*" -printf '%p %i %T@\n' 2>/dev/null)
      elif [[ -e out/it ]]; then
        [[ $(result out/it) == "$expected" ]] || complain "$verb, $action at renaming $n: a part of a data set"
        rm -rf out/it
      fi
      to $verb "$work/out/it" $more >stdout 2>stderr || { cat stderr; complain "$verb after $action at renaming $n: failed"; }
      [[ $(result out/it) == "$expected" ]] || { complain "$verb after $action at renaming $n: another result"; diff <(echo "$expected") <(result out/it); }
      [[ -z $(drafts) ]] || complain "$verb after $action at renaming $n: left $(drafts)"
      [[ -e out/.of_somebody.tmp-1-2-3 ]] || complain "$verb after $action at renaming $n: removed a file of somebody"
      kept=0
      for file in "${before[@]}"; do
        [[ $file == "$(find "${file%% *}" -printf '%p %i %T@\n')" ]] && kept=$((kept + 1))
      done
      if [[ $more == --continue && $action == kill && ${#before[@]} -gt 0 ]]; then
        [[ $kept -ge $((${#before[@]} - 5)) ]] || complain "$verb after $action at renaming $n: only $kept of ${#before[@]} outputs were kept"
      fi
    done
  done
  echo "$verb: stopped $stopped times at $count renamings, then complete"
  [[ $stopped -ge 2 ]] || complain "$verb: was stopped only $stopped times"
  rm -rf out
done

# --continue with a record of other options is refused; without a record, outputs stay, with a warning.
checks=$((checks + 1))
to predict_folder out/it >stdout 2>stderr || complain "predict failed"
to predict_folder out/it --continue --flips >stdout 2>stderr && complain "--continue with other options ended with 0"
grep -q 'made in another way' stderr || { cat stderr; complain "--continue with other options: does not say so"; }
rm out/it/prediction.json
to predict_folder out/it --continue >stdout 2>stderr || { cat stderr; complain "--continue without a record failed"; }
grep -q '^warning: .*stay as they are' stderr || { cat stderr; complain "--continue without a record: no warning"; }
to predict_folder out/it >stdout 2>stderr && complain "predict replaced outputs"
grep -q -- '--continue' stderr || { cat stderr; complain "predict does not name --continue"; }

# Two at once.
whole=0 both=0
for ((n = 0; n < ${MEDCL_RACES:-2}; ++n)); do
  checks=$((checks + 1))
  rm -rf race && mkdir race
  to import_folder race/it >one.log 2>&1 & one=$!
  to import_folder race/it >two.log 2>&1 & two=$!
  wait $one; a=$?
  wait $two; b=$?
  [[ $a -eq 0 && $b -eq 0 ]] && both=$((both + 1))
  [[ $a -eq 0 || $b -eq 0 ]] || { cat one.log two.log; complain "two imports: none ended with 0"; }
  [[ $(ls -A race) == it || $(ls -A race) == $'it\nit-1' ]] || { ls -A race; complain "two imports left something else"; }
  [[ $(find race/it -name '*_0000.nii.gz' | wc -l) -eq 2 ]] && whole=$((whole + 1))
done
[[ $both -eq 0 ]] || complain "two imports into one target both ended with 0"
[[ $whole -eq ${MEDCL_RACES:-2} ]] || complain "two imports: a part of a data set was published"
echo "$whole of ${MEDCL_RACES:-2} races of two imports gave one whole data set"
finish
