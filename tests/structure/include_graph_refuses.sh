#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# include_graph.sh finds an include that breaks the order of the folders, or that tells the engine of a task.
set -euo pipefail
source=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
(cd "$source" && find CMakeLists.txt medcl app \( -name '*.h' -o -name '*.cc' -o -name CMakeLists.txt \) -print0 |
  xargs -0 cp --parents -t "$copy")

check() { bash "$source/tests/structure/include_graph.sh" "$copy"; }
check || { echo "the sources themselves are refused"; exit 1; }

refuses() {  # FOLDER HEADER
  local file=$copy/medcl/$1/stranger.cc
  printf '#include "%s"\n' "$2" >"$file"
  if check >/dev/null; then echo "medcl/$1 may include $2"; exit 1; fi
  rm "$file"
}
refuses engine medcl/task/config.h
refuses engine medcl/methods/method.h
refuses engine medcl/dataset/dataset.h
refuses run medcl/model/network.h
refuses run medcl/dataset/dataset.h
refuses task medcl/pretraining/pretrain.h
refuses core medcl/format/json.h
