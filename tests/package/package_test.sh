#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An installed MedCL can be found, compiled against and linked by another CMake project.
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
cmake -S "$here/consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$2" \
  -DTorch_DIR="$3" -DCMAKE_BUILD_TYPE=Debug >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$work/build/consumer"
