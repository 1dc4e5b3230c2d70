// SPDX-License-Identifier: Apache-2.0
#pragma once

// The same problem in a hundred files is one thing to tell a person, not a hundred.

#include <string>
#include <vector>

#include "medcl/core/finding.h"

namespace medcl {

/// Findings of one severity and rule that say the same.
struct FindingGroup {
  Finding first;
  Findings all;  ///< `first` among them
  /// True when expected, found and remedy are equal in all of them.
  [[nodiscard]] bool alike() const;
};

/// The findings in groups, in the order of the first finding of each.
std::vector<FindingGroup> grouped(const Findings& findings);

/// Names as one phrase: "12 files: a, b, c, ..." (at most `listed` names), or the only name.
std::string counted_names(const std::vector<std::string>& names, const std::string& what,
                          std::size_t listed = 3);

/// One line for each group of errors or warnings, as an error has it, with the number of further
/// places behind it.
std::vector<std::string> warnings_of(const Findings& findings);

}  // namespace medcl
