#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program is built as hardened as Debian's own: position independent, relocations read-only and
# bound at start, no executable stack, stack protector, checked string functions.
# Arguments: the program, the build type.
set -uo pipefail
program=$1 build_type=$2
command -v readelf >/dev/null || { echo "skipped: no readelf"; exit 77; }
[[ $build_type == Release ]] || { echo "skipped: a $build_type build"; exit 77; }
failures=0

# has WHAT PATTERN TEXT
has() {
  if grep -qE "$2" <<<"$3"; then echo "ok: $1"; else
    echo "FAILED: no $1 in $program"
    failures=$((failures + 1))
  fi
}

segments=$(readelf --wide --file-header --segments "$program")
dynamic=$(readelf --wide --dynamic "$program")
symbols=$(readelf --wide --dyn-syms "$program")
has "position independence" 'Type: +DYN' "$segments"
has "read-only relocations" 'GNU_RELRO' "$segments"
has "stack that is not executable" 'GNU_STACK.* RW ' "$segments"
has "binding at start" 'BIND_NOW|Flags:.*NOW' "$dynamic"
has "stack protector" '__stack_chk_fail' "$symbols"
has "checked string functions" '__(memcpy|snprintf|vsnprintf|fprintf|memset|strcpy|read)_chk' "$symbols"
exit $((failures > 0))
