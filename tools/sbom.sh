#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The third-party software in a program, as SPDX 2.3 JSON on standard output: the Debian packages of the
# libraries that it loads, and of the header-only libraries that are compiled in.
# Argument: the program.
set -euo pipefail
program=$(realpath "$1")
readonly HEADER_ONLY=(nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libboost-dev)

packages_loaded() {
  local library
  ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | while read -r library; do
    # Libraries are listed under the path they were installed with, which /usr merging may have changed.
    dpkg-query --search "$(realpath "$library")" "$library" "/usr$library" "${library#/usr}" 2>/dev/null |
      sed -n '1s/:.*//p' || true  # dpkg-query fails for those of the paths that it does not know
  done
}

entry() {
  local name=$1 use=$2 version source
  version=$(dpkg-query -W -f '${Version}' "$name" 2>/dev/null | head -n 1) || return 0
  source=$(dpkg-query -W -f '${source:Package}' "$name" 2>/dev/null | head -n 1)
  printf '    {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "comment": "%s; source package %s",\n' \
    "${name//[^A-Za-z0-9.-]/-}" "$name" "$version" "$use" "$source"
  printf '     "downloadLocation": "NOASSERTION", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", '
  printf '"referenceType": "purl", "referenceLocator": "pkg:deb/debian/%s@%s"}]},\n' "$name" "${version//+/%2B}"
}

version=$("$program" --version | awk '{print $2}')
hash=$(sha256sum "$program" | cut -c 1-64)
mapfile -t loaded < <(packages_loaded | sort -u)
cat <<JSON
{
  "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
  "name": "medcl-$version", "documentNamespace": "https://spdx.org/spdxdocs/medcl-$version-$hash",
  "creationInfo": {"created": "$(date -u +%Y-%m-%dT%H:%M:%SZ)", "creators": ["Tool: medcl tools/sbom.sh"]},
  "documentDescribes": ["SPDXRef-medcl"],
  "packages": [
JSON
for name in "${loaded[@]}"; do entry "$name" "loaded at run time"; done
for name in "${HEADER_ONLY[@]}"; do entry "$name" "headers, compiled in"; done
cat <<JSON
    {"SPDXID": "SPDXRef-medcl", "name": "medcl", "versionInfo": "$version", "licenseDeclared": "Apache-2.0",
     "downloadLocation": "NOASSERTION", "checksums": [{"algorithm": "SHA256", "checksumValue": "$hash"}]}
  ]
}
JSON
