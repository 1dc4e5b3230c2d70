#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every source file names its licence, and no file names a folder of somebody's machine.
set -euo pipefail
cd "$1"
failed=0

files() {
  if [[ -e .git ]] && command -v git >/dev/null && git rev-parse >/dev/null 2>&1; then
    git ls-files
  else
    find . \( -name .git -o -name 'build*' -o -path ./demo -o -path ./runs \) -prune -o -type f -print
  fi
}

while IFS= read -r file; do
  [[ -f $file ]] || continue
  case $file in
    *.cc | *.h | *.cmake | *.cmake.in | *CMakeLists.txt | *.sh | *.toml | run | ./run | .ci/run | ./.ci/run)
      if ! head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0'; then
        echo "$file: no SPDX line"
        failed=1
      fi
      ;;
  esac
  if grep -InE '(^|[^[:alnum:]_.$}])/(work|home|root|Users)/' "$file"; then
    echo "$file: names a folder of one machine"
    failed=1
  fi
  # The program says its name before every message itself.
  if grep -nE '\.where = "medcl[ "]' "$file"; then
    echo "$file: a message that begins with the program's name"
    failed=1
  fi
done < <(files)
exit $failed
