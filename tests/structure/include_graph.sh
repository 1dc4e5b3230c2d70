#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Folders include only what they link, and link only folders named before them in CMakeLists.txt. The engine links
# batches, which are made from datasets, but knows nothing of where they come from.
set -euo pipefail
cd "$1"

find medcl app \( -name '*.h' -o -name '*.cc' \) -print0 | sort -z |
  xargs -0 grep -Hn '^ *# *include ' |
  awk -F: '
    function complain(text) { print text; bad = 1 }
    BEGIN {
      count = split("image dataset mixing methods inference evaluation task pretraining", word, " ")
      for (k = 1; k <= count; ++k) stranger["engine", word[k]] = 1
    }
    # First input: medcl_library(name LINK medcl_a ... [TORCH]) lines, in order.
    FILENAME == ARGV[1] {
      if ($0 !~ /^medcl_library\(/) next
      text = $0
      gsub(/[()]/, " ", text)
      count = split(text, word, /[ \t]+/)
      name = word[2]
      may[name, name] = 1
      for (k = 3; k <= count; ++k) {
        if (word[k] == "TORCH") torch[name] = 1
        if (word[k] !~ /^medcl_/) continue
        linked = substr(word[k], 7)
        if (!(linked in known)) complain("CMakeLists.txt: " name " links " linked ", which is not above it")
        for (folder in known) if ((linked, folder) in may) may[name, folder] = 1
      }
      known[name] = 1
      next
    }
    {
      ++lines
      split($1, part, "/")
      from = part[1] == "app" ? "app" : part[2]
      place = $1 ":" $2
      if (from != "app" && !(from in known)) complain(place ": " from " is not in CMakeLists.txt")
      if (match($0, /"(medcl|app)\/[a-z_0-9]+/)) {
        split(substr($0, RSTART + 1, RLENGTH - 1), target, "/")
        if (target[1] == "app" && from != "app") complain(place ": a library folder includes app/")
        if (target[1] == "medcl" && from != "app" &&
            (!((from, target[2]) in may) || (from, target[2]) in stranger))
          complain(place ": " from " may not include " target[2])
      }
      if ($0 ~ /<(torch|ATen|c10)\// && from != "app" && !(from in torch))
        complain(place ": " from " is built without torch")
      if ($0 ~ /["<]itk[A-Z]/ && from != "image") complain(place ": only image may use ITK")
    }
    END {
      if (lines < 50) complain("only " lines + 0 " includes seen; is this the source folder?")
      exit bad
    }' CMakeLists.txt -
