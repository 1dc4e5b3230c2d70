#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files that the documentation points at exist: Markdown links and `folder/file` code spans.
set -euo pipefail
cd "$1"
failed=0

check() {  # document, target, folder that the target is relative to
  [[ -e $3/$2 ]] && return 0
  echo "$1: '$2' does not exist"
  failed=1
}

while IFS= read -r document; do
  folder=$(dirname "$document")
  while IFS= read -r target; do
    [[ $target =~ ^(https?:|mailto:|#) ]] || check "$document" "${target%%#*}" "$folder"
  done < <(grep -oE '\]\([^)]+\)' "$document" | sed 's/^](//; s/)$//')
  while IFS= read -r target; do
    check "$document" "$target" .
  done < <(grep -oE '`(medcl|app|tests|docs|configs|cmake|fuzz|bench)/[A-Za-z0-9_/.-]+\.(h|cc|md|toml|cmake|sh|txt)`' "$document" | tr -d '`')
done < <(find . -name '*.md' -not -path './build*' -not -path './demo/*' -not -path './runs/*')
exit $failed
