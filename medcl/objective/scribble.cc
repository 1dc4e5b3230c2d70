// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/scribble.h"

#include "medcl/core/error.h"
#include "medcl/kernels/by_image.h"
#include "medcl/kernels/log_likelihood.h"
#include "medcl/objective/guarded_log.h"
#include "medcl/objective/map_axes.h"

namespace medcl {
namespace {

void check_shapes(const torch::Tensor& prediction_bks, const torch::Tensor& target_bks) {
  check(are_maps(prediction_bks) && prediction_bks.sizes() == target_bks.sizes(),
        "prediction and annotation have the same shape [B, m+1, s]");
}

}  // namespace

torch::Tensor partial_cross_entropy(const torch::Tensor& prob_bks,
                                    const torch::Tensor& target_bks) {
  check_shapes(prob_bks, target_bks);
  return ratio_or_zero(-(target_bks * guarded_log(prob_bks)).sum(), target_bks.sum());
}

torch::Tensor partial_cross_entropy_from_logits(const torch::Tensor& logits_bks,
                                                const torch::Tensor& target_bks) {
  check_shapes(logits_bks, target_bks);
  return ratio_or_zero(-fast::log_likelihood(logits_bks, target_bks), target_bks.sum());
}

torch::Tensor balanced_annotation(const torch::Tensor& target_bks, double strength) {
  if (strength == 0) return target_bks;
  const torch::Tensor count_k = target_bks.sum(all_but_maps(target_bks));
  const torch::Tensor present_k = count_k.gt(0);
  const torch::Tensor mean_count =
      ratio_or_zero(count_k.sum(), present_k.to(count_k.scalar_type()).sum());
  const torch::Tensor weight_k =
      torch::where(present_k, (mean_count / count_k).pow(strength), torch::zeros_like(count_k));
  std::vector<std::int64_t> shape(static_cast<std::size_t>(target_bks.dim()), 1);
  shape[1] = -1;
  return target_bks * weight_k.view(shape);
}

torch::Tensor union_cross_entropy(const torch::Tensor& union_logits_bus,
                                  const torch::Tensor& target_bks,
                                  const torch::Tensor& membership_um) {
  check(are_maps(union_logits_bus) && union_logits_bus.size(1) == membership_um.size(0) &&
            target_bks.size(1) == membership_um.size(1) + 1,
        "a logit of every union, an annotation of every class");
  const torch::Tensor logits_bun = union_logits_bus.flatten(2);
  const torch::Tensor target_bkn = target_bks.flatten(2);
  const torch::Tensor inside_bun =
      torch::matmul(membership_um, target_bkn.narrow(1, 1, membership_um.size(1)));
  const torch::Tensor annotated_b1n = target_bkn.sum(1, /*keepdim=*/true);
  const torch::Tensor gain = inside_bun * torch::log_sigmoid(logits_bun) +
                             (annotated_b1n - inside_bun) * torch::log_sigmoid(-logits_bun);
  return ratio_or_zero(-gain.sum(), annotated_b1n.sum() * membership_um.size(0));
}

torch::Tensor partial_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks) {
  check_shapes(prob_bks, target_bks);
  const auto sums_of = [](const fast::Tensors& inputs) {
    const torch::Tensor &prob = inputs[0], &target = inputs[1];
    const auto axes = spatial_axes(prob);
    const torch::Tensor annotated_b1s = target.sum(1, /*keepdim=*/true);
    return fast::Tensors{(prob * target).sum(axes), target.sum(axes),
                         (prob * annotated_b1s).sum(axes)};
  };
  const fast::Tensors sums_bk = fast::by_image(sums_of, {prob_bks, target_bks});
  const torch::Tensor overlap_k = sums_bk[0].sum(0), target_k = sums_bk[1].sum(0);
  const torch::Tensor predicted_k = sums_bk[2].sum(0);
  const torch::Tensor dice_k = ratio_or_zero(2 * overlap_k, target_k + predicted_k);
  const torch::Tensor counted_k = target_k.gt(0).to(dice_k.scalar_type());
  return ratio_or_zero(((1 - dice_k) * counted_k).sum(), counted_k.sum());
}

torch::Tensor whole_image_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks) {
  check_shapes(prob_bks, target_bks);
  const torch::Tensor overlap = (prob_bks * target_bks).sum();
  return 1 - 2 * overlap / (prob_bks.sum() + target_bks.sum());
}

}  // namespace medcl
