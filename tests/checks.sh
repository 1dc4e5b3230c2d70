# SPDX-License-Identifier: Apache-2.0
# How scripts of tests count and report; sourced. A script adds to `checks` and ends with `finish`.
failures=0 checks=0

complain() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

skip() {
  echo "skipped: $*"
  exit 77
}

finish() {
  echo "$checks checks, $failures failed"
  exit $((failures > 0))
}
