// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_terms.h"

#include "medcl/objective/mix_consistency.h"
#include "medcl/objective/scribble.h"

namespace medcl {

torch::Tensor dice_term(const MedclOptions& options, const torch::Tensor& prob_bkhw,
                        const torch::Tensor& target_bkhw) {
  return options.dice == DiceForm::kAnnotated ? partial_dice(prob_bkhw, target_bkhw)
                                              : whole_image_dice(prob_bkhw, target_bkhw);
}

torch::Tensor mix_term(const MedclOptions& options, const torch::Tensor& own_bkhw,
                       const torch::Tensor& mixed_bkhw, const InterMixDraw& inter) {
  const auto target = inter.mix(options.mix_stop_gradient ? own_bkhw.detach() : own_bkhw);
  return 1 + mix_consistency_loss(mixed_bkhw, target);
}

}  // namespace medcl
