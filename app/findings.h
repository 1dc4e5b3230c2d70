// SPDX-License-Identifier: Apache-2.0
#pragma once

// Findings of a data set as verbs print them.

#include <filesystem>

#include "medcl/core/finding.h"

namespace medcl {

/// A table on standard output: how bad, where (paths under `root` without it) and by which rule,
/// what is wrong. Findings that differ in nothing but the place share a row, which names the first
/// few places; with `all` every place.
void print_findings(const Findings& findings, const std::filesystem::path& root, bool all = false);

}  // namespace medcl
