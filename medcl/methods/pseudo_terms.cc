// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/pseudo_terms.h"

#include "medcl/kernels/log_likelihood.h"
#include "medcl/objective/pseudo_label.h"
#include "medcl/objective/scribble.h"

namespace medcl {

void add_pseudo_terms(const torch::Tensor& logits_bks, const torch::Tensor& target_bks,
                      double weight, LossTerms& terms) {
  terms.add("pseudo_ce", partial_cross_entropy_from_logits(logits_bks, target_bks), weight);
  terms.add("pseudo_dice", squared_dice(fast::softmax(logits_bks), target_bks), weight);
}

}  // namespace medcl
