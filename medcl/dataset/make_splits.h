// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which cases are validated on.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"

namespace medcl {

struct SplitOptions {
  double validation = 0.2;  ///< share of the labelled cases that one split validates on
  std::int64_t folds = 0;   ///< every labelled case is validated on once, in so many splits
  std::uint64_t seed = 1;
  std::string group;  ///< regular expression: cases of which it matches the same text go together
};

/// A case to deal: its name and whether it can be validated on.
struct SplitCase {
  std::string id;
  bool can_validate = false;  ///< it has labels
};

/// Splits of `cases`; those that cannot be validated on train in all of them. Without folds one
/// split, and for less than five groups as many as there are groups, which leave out one each.
/// Empty when nothing can be left out. Deterministic in the seed and the set of names.
/// @throws Error(kUsage) for a share outside (0, 1), fewer than two folds or more than groups, and
///         an expression that is none.
std::vector<Split> make_splits(std::vector<SplitCase> cases, const SplitOptions& options);

}  // namespace medcl
