#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program is built as hardened as Debian's own: position independent, relocations read-only and
# bound at start, no executable stack, stack protector, checked string functions. It searches no
# folder for its libraries that depends on where it is started, in the build tree and installed.
# Arguments: the program, the build type, the build folder.
set -uo pipefail
program=$1 build_type=$2 build_folder=$3
command -v readelf >/dev/null || { echo "skipped: no readelf"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# result OK TEXT
result() {
  if [[ $1 == yes ]]; then echo "ok: $2"; else
    echo "FAILED: $2"
    failures=$((failures + 1))
  fi
}

# has WHAT PATTERN TEXT
has() { result "$(grep -qE "$2" <<<"$3" && echo yes)" "$1 in $program"; }

check_hardening() {
  local segments dynamic symbols
  segments=$(readelf --wide --file-header --segments "$program")
  dynamic=$(readelf --wide --dynamic "$program")
  symbols=$(readelf --wide --dyn-syms "$program")
  has "position independence" 'Type: +DYN' "$segments"
  has "read-only relocations" 'GNU_RELRO' "$segments"
  has "stack that is not executable" 'GNU_STACK.* RW ' "$segments"
  has "binding at start" 'BIND_NOW|Flags:.*NOW' "$dynamic"
  has "stack protector" '__stack_chk_fail' "$symbols"
  has "checked string functions" '__(memcpy|snprintf|vsnprintf|fprintf|memset|strcpy|read)_chk' "$symbols"
}

# Every entry of a search path is absolute, and so is every needed library that is named by a path.
# An empty entry is the working folder; '$ORIGIN' is the folder of the program, which may be anybody's.
check_search_path() {
  local dynamic paths needed
  dynamic=$(readelf --wide --dynamic "$1")
  paths=$(sed -nE 's/.*\((RPATH|RUNPATH)\).*\[(.*)\]$/:\2:/p' <<<"$dynamic")
  needed=$(sed -nE 's/.*\(NEEDED\).*\[(.*)\]$/\1/p' <<<"$dynamic" | grep -E '^[^/]+/' || true)
  result "$([[ -z $paths || ! $paths =~ :(:|[^/:]) ]] && echo yes)" "no relative search path in $1: '${paths//:/ }'"
  result "$([[ -z $needed ]] && echo yes)" "no library by a relative path in $1: '$needed'"
}

# A file with the name of each library of the program lies in the folder where it is started: loaded
# from there, it ends the program before main().
check_planted_libraries() {
  local planted=$work/planted name
  mkdir -p "$planted"
  for name in $(ldd "$1" | awk '$2 == "=>" {print $1}'); do echo "no library" >"$planted/$name"; done
  result "$([[ -n $(ls "$planted") ]] && echo yes)" "libraries of $1 are known"
  (cd "$planted" && LD_LIBRARY_PATH=$planted "$1" --version) >/dev/null 2>&1
  result "$([[ $? == 127 ]] && echo yes)" "planted libraries would be noticed"
  (cd "$planted" && env -u LD_LIBRARY_PATH "$1" --version) >/dev/null
  result "$([[ $? == 0 ]] && echo yes)" "$1 takes no library from the folder where it is started"
}

[[ $build_type == Release ]] && check_hardening
installed=$work/prefix
cmake --install "$build_folder" --component program --prefix "$installed" >/dev/null ||
  result no "the program can be installed"
for one in "$program" "$installed"/bin/*; do
  check_search_path "$one"
  check_planted_libraries "$one"
done
exit $((failures > 0))
