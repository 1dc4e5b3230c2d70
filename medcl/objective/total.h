// SPDX-License-Identifier: Apache-2.0
#pragma once

// The weighted sum of the terms of an objective.
//
// Source: MedCL, Eq. (6): a plain sum, all weights 1.

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace medcl {

/// A scalar with the weight that it has in the sum; logs show the value without its weight.
struct LossTerm {
  std::string name;
  torch::Tensor value;
  double weight = 1;
};

/// In the order in which they are added up and logged.
struct LossTerms {
  std::vector<LossTerm> terms;
  void add(std::string name, torch::Tensor value, double weight = 1) {
    terms.push_back({std::move(name), std::move(value), weight});
  }
};

/// Sum of weight * value. A term of weight 0 takes no part, not even when it is not finite. 0
/// without terms.
torch::Tensor total_loss(const LossTerms& terms);

}  // namespace medcl
