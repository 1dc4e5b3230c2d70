// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_terms.h"

#include "medcl/objective/mix_consistency.h"
#include "medcl/objective/scribble.h"

namespace medcl {

torch::Tensor dice_term(const MedclOptions& options, const torch::Tensor& prob_bks,
                        const torch::Tensor& target_bks) {
  return options.dice == DiceForm::kAnnotated ? partial_dice(prob_bks, target_bks)
                                              : whole_image_dice(prob_bks, target_bks);
}

torch::Tensor mix_term(const MedclOptions& options, const torch::Tensor& own_bks,
                       const torch::Tensor& mixed_bks, const InterMixDraw& inter) {
  const auto target = inter.mix(options.mix_stop_gradient ? own_bks.detach() : own_bks);
  return 1 + mix_consistency_loss(mixed_bks, target);
}

}  // namespace medcl
