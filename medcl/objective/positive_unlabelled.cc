// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/positive_unlabelled.h"

#include <algorithm>
#include <cmath>

#include "medcl/objective/class_margins.h"
#include "medcl/objective/guarded_log.h"

namespace medcl {
namespace {

torch::Tensor mean_over(const torch::Tensor& value, const torch::Tensor& weight) {
  const torch::Tensor counted = weight.to(value.scalar_type());
  return ratio_or_zero((value * counted).sum(), counted.sum());
}

}  // namespace

torch::Tensor PositiveUnlabelled::usable() const {
  return positive.sum().gt(0).logical_and(unlabelled.any()).to(margin.scalar_type());
}

PositiveUnlabelled pixels_of_class(const torch::Tensor& margin_bks, const torch::Tensor& target_bks,
                                   std::int64_t k) {
  const torch::Tensor positive = target_bks.select(1, k);
  return {margin_bks.select(1, k), positive, target_bks.sum(1) - positive,
          nobody_annotated(target_bks)};
}

torch::Tensor nnpu_risk(const PositiveUnlabelled& pixels, const torch::Tensor& prior,
                        const NnpuOptions& options) {
  const torch::Tensor as_positive = torch::sigmoid(-pixels.margin);
  const torch::Tensor as_negative = torch::sigmoid(pixels.margin);
  const torch::Tensor positive = prior * mean_over(as_positive, pixels.positive);
  const torch::Tensor negative =
      mean_over(as_negative, pixels.unlabelled) - prior * mean_over(as_negative, pixels.positive);
  const torch::Tensor too_low = negative.detach().lt(-options.beta);
  const torch::Tensor value = positive + negative.clamp_min(-options.beta);
  const torch::Tensor differentiated =
      torch::where(too_low, -options.gamma * negative, positive + negative);
  const torch::Tensor risk = differentiated + (value - differentiated).detach();
  if (options.negatives == 0) return risk * pixels.usable();
  const torch::Tensor annotated = positive + (1 - prior) * mean_over(as_negative, pixels.negative);
  return ((1 - options.negatives) * risk + options.negatives * annotated) * pixels.usable();
}

torch::Tensor value_ignoring_loss(const PositiveUnlabelled& pixels, double share,
                                  bool with_negatives) {
  const torch::Tensor unlabelled = pixels.margin.masked_select(pixels.unlabelled);
  const std::int64_t count = unlabelled.size(0);
  const auto ignored = static_cast<std::int64_t>(std::floor(share * static_cast<double>(count)));
  const torch::Tensor kept = std::get<0>(unlabelled.topk(std::max<std::int64_t>(count - ignored, 0),
                                                         0, /*largest=*/false, /*sorted=*/false));
  torch::Tensor total = torch::softplus(kept).sum();
  torch::Tensor weight = torch::full({}, static_cast<double>(kept.size(0)), total.options());
  if (with_negatives) {
    total = total + (torch::softplus(pixels.margin) * pixels.negative).sum();
    weight = weight + pixels.negative.sum();
  }
  const torch::Tensor positive = mean_over(torch::softplus(-pixels.margin), pixels.positive);
  return 0.5 * (positive + ratio_or_zero(total, weight)) * pixels.usable();
}

}  // namespace medcl
