// SPDX-License-Identifier: Apache-2.0
#pragma once

// Cross-validation folds in which every class stays learnable.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"

namespace medcl {

struct CaseClasses {
  std::string id;
  std::vector<bool> present;  ///< per class index; empty for unlabelled cases
};

/// `fold_count` splits whose validation sets are disjoint and of nearly equal size. Each class that
/// occurs at all occurs in the training set of every split: a case that alone shows a class is
/// never held out, and neither are unlabelled cases. Depends on `seed` and on the set of cases, not
/// on their order.
/// @throws Error(kUsage) fewer cases to hold out than folds, fold_count < 2.
std::vector<Split> make_splits(std::vector<CaseClasses> cases, std::int64_t fold_count,
                               std::uint64_t seed);

}  // namespace medcl
