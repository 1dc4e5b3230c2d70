#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An installed MedCL can be found, compiled against and linked by another CMake project, with the public
# headers alone; the example of the documentation is such a project.
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
sed -n '/^```cpp$/,/^```$/{/^```/d;p}' "$here/../../docs/how-to/embed-in-cpp.md" >"$work/example.cc"
cmake -S "$here/consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$2" \
  -DTorch_DIR="$3" -DCMAKE_BUILD_TYPE=Debug -DEXAMPLE="$work/example.cc" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cd "$work"
"$work/build/consumer"
code=0
message=$("$work/build/example" 2>&1) || code=$?
echo "$message"
[[ $code == 4 && $message == runs/first:* ]] || { echo "the example does not say what is missing"; exit 1; }
