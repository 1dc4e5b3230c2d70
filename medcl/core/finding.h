// SPDX-License-Identifier: Apache-2.0
#pragma once

// A problem found in data. Validation lists all findings instead of stopping at the first.

#include <string>
#include <vector>

#include "medcl/core/error.h"

namespace medcl {

enum class Severity { kInfo, kWarning, kError };

inline const char* severity_name(Severity severity) {
  return severity == Severity::kError     ? "error"
         : severity == Severity::kWarning ? "warning"
                                          : "info";
}

struct Finding {
  Severity severity = Severity::kError;
  std::string id;   ///< stable kebab-case name of the rule, e.g. "label-outside-map"
  Problem problem;  ///< `where` names the file or case
  bool fixable = false;
};

using Findings = std::vector<Finding>;

}  // namespace medcl
