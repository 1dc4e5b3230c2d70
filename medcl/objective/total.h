// SPDX-License-Identifier: Apache-2.0
#pragma once

// The weighted sum of the terms of an objective.
//
// Source: MedCL, Eq. (6): a plain sum, all weights 1.

#include <torch/torch.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace medcl {

/// Scalars by name, in the order in which they are logged.
struct LossTerms {
  std::vector<std::pair<std::string, torch::Tensor>> terms;
};

/// Sum of weight * term; a term without an entry in `weights` has weight 1. A term of weight 0
/// takes no part, not even when it is not finite. 0 without terms.
torch::Tensor total_loss(const LossTerms& terms, const std::map<std::string, double>& weights = {});

}  // namespace medcl
