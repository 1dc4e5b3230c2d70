// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/scribble.h"

#include "medcl/core/error.h"
#include "medcl/objective/guarded_log.h"

namespace medcl {
namespace {

void check_shapes(const torch::Tensor& prediction_bkhw, const torch::Tensor& target_bkhw) {
  check(prediction_bkhw.dim() == 4 && prediction_bkhw.sizes() == target_bkhw.sizes(),
        "prediction and annotation have the same shape [B, m+1, H, W]");
}

torch::Tensor weighted_mean(const torch::Tensor& log_prob, const torch::Tensor& target) {
  return ratio_or_zero(-(target * log_prob).sum(), target.sum());
}

}  // namespace

torch::Tensor partial_cross_entropy(const torch::Tensor& prob_bkhw,
                                    const torch::Tensor& target_bkhw) {
  check_shapes(prob_bkhw, target_bkhw);
  return weighted_mean(guarded_log(prob_bkhw), target_bkhw);
}

torch::Tensor partial_cross_entropy_from_logits(const torch::Tensor& logits_bkhw,
                                                const torch::Tensor& target_bkhw) {
  check_shapes(logits_bkhw, target_bkhw);
  return weighted_mean(torch::log_softmax(logits_bkhw, 1), target_bkhw);
}

torch::Tensor balanced_annotation(const torch::Tensor& target_bkhw, double strength) {
  if (strength == 0) return target_bkhw;
  const torch::Tensor count_k = target_bkhw.sum({0, 2, 3});
  const torch::Tensor present_k = count_k.gt(0);
  const torch::Tensor mean_count =
      ratio_or_zero(count_k.sum(), present_k.to(count_k.scalar_type()).sum());
  const torch::Tensor weight_k =
      torch::where(present_k, (mean_count / count_k).pow(strength), torch::zeros_like(count_k));
  return target_bkhw * weight_k.view({1, -1, 1, 1});
}

torch::Tensor union_cross_entropy(const torch::Tensor& union_logits_buhw,
                                  const torch::Tensor& target_bkhw,
                                  const torch::Tensor& membership_um) {
  check(union_logits_buhw.dim() == 4 && union_logits_buhw.size(1) == membership_um.size(0) &&
            target_bkhw.size(1) == membership_um.size(1) + 1,
        "a logit of every union, an annotation of every class");
  const torch::Tensor logits_bun = union_logits_buhw.flatten(2);
  const torch::Tensor target_bkn = target_bkhw.flatten(2);
  const torch::Tensor inside_bun =
      torch::matmul(membership_um, target_bkn.narrow(1, 1, membership_um.size(1)));
  const torch::Tensor annotated_b1n = target_bkn.sum(1, /*keepdim=*/true);
  const torch::Tensor gain = inside_bun * torch::log_sigmoid(logits_bun) +
                             (annotated_b1n - inside_bun) * torch::log_sigmoid(-logits_bun);
  return ratio_or_zero(-gain.sum(), annotated_b1n.sum() * membership_um.size(0));
}

torch::Tensor partial_dice(const torch::Tensor& prob_bkhw, const torch::Tensor& target_bkhw) {
  check_shapes(prob_bkhw, target_bkhw);
  const torch::Tensor annotated_b1hw = target_bkhw.sum(1, /*keepdim=*/true);
  // One view for both products: their gradients meet there, whatever other terms add later.
  const torch::Tensor prob = prob_bkhw.narrow(1, 0, prob_bkhw.size(1));
  const torch::Tensor overlap_k = (prob * target_bkhw).sum({0, 2, 3});
  const torch::Tensor target_k = target_bkhw.sum({0, 2, 3});
  const torch::Tensor predicted_k = (prob * annotated_b1hw).sum({0, 2, 3});
  const torch::Tensor dice_k = ratio_or_zero(2 * overlap_k, target_k + predicted_k);
  const torch::Tensor counted_k = target_k.gt(0).to(dice_k.scalar_type());
  return ratio_or_zero(((1 - dice_k) * counted_k).sum(), counted_k.sum());
}

torch::Tensor whole_image_dice(const torch::Tensor& prob_bkhw, const torch::Tensor& target_bkhw) {
  check_shapes(prob_bkhw, target_bkhw);
  const torch::Tensor overlap = (prob_bkhw * target_bkhw).sum();
  return 1 - 2 * overlap / (prob_bkhw.sum() + target_bkhw.sum());
}

}  // namespace medcl
