// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/total.h"

namespace medcl {

torch::Tensor total_loss(const LossTerms& terms, const std::map<std::string, double>& weights) {
  torch::Tensor total;
  for (const auto& [name, value] : terms.terms) {
    const auto found = weights.find(name);
    const double weight = found == weights.end() ? 1.0 : found->second;
    if (weight == 0.0) continue;
    const torch::Tensor part = weight == 1.0 ? value : value * weight;
    total = total.defined() ? total + part : part;
  }
  return total.defined() ? total : torch::zeros({});
}

}  // namespace medcl
