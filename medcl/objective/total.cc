// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/total.h"

namespace medcl {

torch::Tensor total_loss(const LossTerms& terms) {
  torch::Tensor total;
  for (const LossTerm& term : terms.terms) {
    if (term.weight == 0.0) continue;
    const torch::Tensor part = term.weight == 1.0 ? term.value : term.value * term.weight;
    total = total.defined() ? total + part : part;
  }
  return total.defined() ? total : torch::zeros({});
}

}  // namespace medcl
